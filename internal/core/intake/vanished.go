package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
)

// Cover is what a sheet speaks of: the whole months from that of its first row to that of its last, and the township, if all its rows lie
// in one. Rows that cannot be read do not count: a day in a wrong year must not stretch it.
type Cover struct {
	day.Period
	Township string `json:"township,omitempty"` // name
	place    string // its id
}

// Words writes it: 2026年3月至5月（青溪乡）.
func (c Cover) Words() string {
	sameYear := c.To.Year() == c.From.Year()
	words := fmt.Sprintf("%d年%d月", c.From.Year(), c.From.Month())
	switch {
	case sameYear && c.To.Month() == c.From.Month():
	case sameYear:
		words += fmt.Sprintf("至%d月", c.To.Month())
	default:
		words += fmt.Sprintf("至%d年%d月", c.To.Year(), c.To.Month())
	}
	if c.Township != "" {
		words += "（" + c.Township + "）"
	}
	return words
}

// Covers writes what the file covers, by sheet where they differ.
func (f Found) Covers(ctx context.Context) string {
	var words, sheets []string
	for _, s := range f.Sheets {
		if s.Covers == nil {
			continue
		}
		w := s.Covers.Words()
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
		sheets = append(sheets, lang.T(ctx, "「%s」%s", s.Name, w))
	}
	if len(words) <= 1 {
		return strings.Join(words, "")
	}
	return strings.Join(sheets, lang.T(ctx, "，"))
}

// widen lets a sheet's cover take in a row.
func (c *check) widen(sheet int, d Draft) {
	if d.Day == "" || slices.ContainsFunc(d.Notes, func(n Note) bool { return n.Wrong }) {
		return
	}
	town, _ := c.tree.Township(d.Place)
	month := day.Month(d.Day.Year(), d.Day.Month())
	was, ok := c.covers[sheet]
	if !ok {
		c.covers[sheet] = &Cover{Period: month, Township: town.Name, place: town.ID}
		return
	}
	was.From, was.To = min(was.From, month.From), max(was.To, month.To)
	if was.place != town.ID {
		was.Township, was.place = "", ""
	}
}

// vanished lists the records that came in by an earlier sheet of the same shape and that this file does not name any more. A month's file
// says nothing of other months, nor a township's of other townships: only rows whose day lies in what the sheet covers are asked for, of
// each month of a township those of the latest import that has any; and only records that the actor sees are named.
func (c *check) vanished(ctx context.Context, tx *db.Tx, sheets []*Sheet) (gone []Gone, n int, err error) {
	sight, args, err := flow.Filter{Kinds: []string{c.target.Kind()}}.Where(ctx, tx, "r")
	if err != nil {
		return nil, 0, err
	}
	v := vanishing{check: c, sight: sight, args: args, listed: map[string]bool{}}
	for _, s := range sheets {
		cover, ok := c.covers[s.Index]
		if !ok {
			continue
		}
		s.Covers = cover
		sources, err := db.All(ctx, tx, func(s db.Scanner) (o source, err error) { err = s.Scan(&o.id, &o.sheet, &o.name); return o, err },
			`SELECT i.id, t.sheet, t.name FROM import i JOIN import_sheet t ON t.association = i.association AND t.import = i.id
			WHERE i.association = ? AND i.target = ? AND i.state = ? AND t.shape = ? ORDER BY i.created DESC, i.id DESC, t.name <> ?, t.sheet`,
			org.Of(ctx), c.im.Target, Done, s.Shape, s.Name)
		if err != nil {
			return nil, 0, err
		}
		settled := map[string]bool{} // months of townships
		for _, from := range sources {
			if err := v.compare(ctx, tx, from, *cover, settled); err != nil {
				return nil, 0, err
			}
		}
	}
	return v.gone, v.n, nil
}

// source is a sheet of an earlier import.
type source struct {
	id, name string
	sheet    int
}

// vanishing gathers the records that are not named any more: n in all, the first of them in gone.
type vanishing struct {
	*check
	sight string
	args  []any
	gone  []Gone
	n     int
	// listed are the records that are in it: two sheets of one shape may both have had one.
	listed map[string]bool
}

// compare adds the records of an earlier sheet that are not named any more, of the months that are not settled, and settles those that the
// sheet has rows of.
func (v *vanishing) compare(ctx context.Context, tx *db.Tx, from source, cover Cover, settled map[string]bool) error {
	rows, err := tx.Query(ctx, `SELECT w.day, w.record, r.place, r.number, r.title, w.line FROM import_row w JOIN record r ON r.association = w.association AND r.id = w.record
		WHERE w.association = ? AND w.import = ? AND w.sheet = ? AND w.applied < 2 AND w.day >= ? AND w.day <= ? AND r.state <> 'voided' AND `+v.sight+" ORDER BY w.line",
		append([]any{org.Of(ctx), from.id, from.sheet, cover.From, cover.To}, v.args...)...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	seen := map[string]bool{}
	for rows.Next() {
		var on day.Day
		var record, place string
		g := Gone{Sheet: from.name}
		if err := rows.Scan(&on, &record, &place, &g.Number, &g.Title, &g.Line); err != nil {
			return err
		}
		town, _ := v.tree.Township(place)
		of := on.YearMonth() + " " + town.ID
		if settled[of] || cover.place != "" && town.ID != cover.place {
			continue
		}
		seen[of] = true
		if _, claimed := v.index.claimed[record]; claimed || v.index.named[record] || v.listed[record] {
			continue
		}
		v.listed[record] = true
		if v.n++; v.n <= 200 {
			v.gone = append(v.gone, g)
		}
	}
	maps.Copy(settled, seen)
	return rows.Err()
}
