package facility

import (
	"shilu/internal/core/register"
)

// columns of a facility's row, which lists and matches read.
const columns = "fact_key, facility_kind, life, start_day, end_day, existing, village, spot, pieces, length, staff, books, cost, condition, keeper"

// row is what the facility is after all its changes, in these columns.
func (f Facility) row(c Catalogue) []any {
	now := f.Last()
	number := func(code string) any {
		if v := now.Values[code]; v != nil {
			return v.N
		}
		return nil
	}
	text := func(code string) string {
		if v := now.Values[code]; v != nil {
			return v.Text
		}
		return ""
	}
	return []any{f.Key, f.Kind, f.life(c), f.Start, f.end(), f.Old, now.Village, now.Spot, now.pieces(), number("length"), number("staff"), number("books"), number("cost"),
		text("condition"), text("keeper")}
}

// logColumns are those of a log's row.
const logColumns = "log_kind, facility, facility_kind, day, topic, result, amount"

// row is the log in these columns. Its amount is the number that it says, whatever that is of: a log has one.
func (l Log) row() []any {
	text := func(code string) string {
		if v := l.Values[code]; v != nil {
			return v.Text
		}
		return ""
	}
	var amount *int64
	for _, code := range []string{"visits", "hours", "loans", "uses"} {
		if v := l.Values[code]; v != nil {
			amount = &v.N
		}
	}
	return []any{l.Kind, l.Facility, l.Of, l.Day, text("topic"), text("result"), register.Value(amount)}
}
