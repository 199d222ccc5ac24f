package ledger

import (
	"context"

	"shilu/internal/core/association"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// FirstIn is the record that counts earliest in a place itself before a day, or will once who verifies agrees, and that day; none when nothing does.
// It reads the facts of all measures: it is for rare questions.
func FirstIn(ctx context.Context, tx *db.Tx, place string, before day.Day) (first id.Ref, on day.Day, err error) {
	type found struct {
		ref id.Ref
		on  day.Day
	}
	association := association.Of(ctx)
	one, err := db.One(ctx, tx, func(s db.Scanner) (f found, err error) {
		err = s.Scan(&f.on, &f.ref.ID, &f.ref.Kind)
		return f, err
	}, `SELECT n.day, n.record, n.kind FROM (
			SELECT f.day AS day, f.record AS record, s.kind AS kind FROM fact f JOIN statement s ON s.association = f.association AND s.record = f.record
				WHERE f.association = ? AND f.place = ? AND f.day < ? GROUP BY f.day, f.record, s.kind, f.measure, f.place HAVING SUM(f.amount) <> 0
			UNION ALL SELECT e.day, e.record, e.kind FROM expected e WHERE e.association = ? AND e.place = ? AND e.day < ? AND e.state = 'submitted') n
		ORDER BY n.day, n.record`+db.Limit(1, 0), association, place, before, association, place, before)
	if errs.Is(err, errs.NotFound) {
		return id.Ref{}, "", nil
	}
	return one.ref, one.on, err
}
