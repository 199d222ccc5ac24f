package ledger

import (
	"context"

	"shilu/internal/core/association"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// FirstIn is the record with the earliest facts that stand in the places before a day, and that day; none when nothing counts there
// before it. It reads the facts of all measures: it is for rare questions.
func FirstIn(ctx context.Context, tx *db.Tx, places []string, before day.Day) (first id.Ref, on day.Day, err error) {
	type found struct {
		ref id.Ref
		on  day.Day
	}
	one, err := db.One(ctx, tx, func(s db.Scanner) (f found, err error) {
		err = s.Scan(&f.on, &f.ref.ID, &f.ref.Kind)
		return f, err
	}, `SELECT n.day, n.record, s.kind FROM (SELECT f.record AS record, f.day AS day FROM fact f WHERE f.association = ? AND f.place IN (?) AND f.day < ?
			GROUP BY f.record, f.day, f.measure, f.place HAVING SUM(f.amount) <> 0) n
		JOIN statement s ON s.association = ? AND s.record = n.record ORDER BY n.day, n.record`+db.Limit(1, 0),
		association.Of(ctx), db.List(places), before, association.Of(ctx))
	if errs.Is(err, errs.NotFound) {
		return id.Ref{}, "", nil
	}
	return one.ref, one.on, err
}
