package board

import (
	"context"

	"shilu/internal/core/indicator"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Year is a figure month by month in the year in which a scope ends, up to its last day and no further than today, and in the same
// months of the year before, whole ones.
type Year struct {
	Scope     indicator.Scope // of all its months together
	Now, Last []indicator.Month
	Open      bool // the last month is not over in the scope
	Kept      bool // last year's records are kept here
}

// MonthsOf computes the months of a figure in a scope. Whether the actor may see the scope is asked by the caller
// (indicator.Sight).
func MonthsOf(ctx context.Context, tx *db.Tx, c *indicator.Catalogue, scope indicator.Scope, today day.Day, code string) (Year, error) {
	y := Year{Scope: scope}
	year := scope.Period.To.Year()
	y.Scope.Period = day.Period{From: day.Year(year).From, To: scope.Period.To}
	if today < y.Scope.Period.To && today >= y.Scope.Period.From {
		y.Scope.Period.To = today
	}
	end := day.Month(year, y.Scope.Period.To.Month()).To
	y.Open = y.Scope.Period.To < end
	var err error
	if y.Now, err = c.Months(ctx, tx, y.Scope, code); err != nil {
		return y, err
	}
	earlier := scope
	earlier.Period = day.Period{From: day.Year(year - 1).From, To: day.Month(year-1, end.Month()).To}
	if y.Last, err = c.Months(ctx, tx, earlier, code); err != nil {
		return y, err
	}
	for _, m := range y.Last {
		y.Kept = y.Kept || m.Figures[0].Facts > 0
	}
	return y, nil
}
