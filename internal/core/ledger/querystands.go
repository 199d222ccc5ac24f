package ledger

import (
	"context"

	"shilu/internal/kit/db"
)

// Stand is what a record says on a day and was not taken back: of measures whose values stand beside one another and are not added up.
// Its fact has no unit. Facts is how many postings are behind it, corrections included; Marked reports whether it meets the filter's Mark.
type Stand struct {
	Record string
	Fact   Fact
	Facts  int64
	Marked bool
}

// Stands lists what stands of the filter's measures, record by record, the latest day first.
func Stands(ctx context.Context, tx *db.Tx, f Filter) ([]Stand, error) {
	q, err := f.reading(ctx, tx, By{})
	if err != nil {
		return nil, err
	}
	q.join("LEFT JOIN tag_set t ON t.association = f.association AND t.id = f.tags")
	return db.All(ctx, tx, func(s db.Scanner) (one Stand, err error) {
		var tags string
		var marked int64
		if err = s.Scan(&marked, &one.Record, &one.Fact.Measure, &one.Fact.Place, &one.Fact.Day, &tags, &one.Fact.Exactness, &one.Fact.Amount, &one.Facts); err != nil {
			return one, err
		}
		one.Marked = marked > 0
		one.Fact.Tags, err = ParseTags(tags)
		return one, err
	}, "SELECT MAX(CASE WHEN "+q.mark+" THEN 1 ELSE 0 END), f.record, f.measure, f.place, f.day, COALESCE(t.text, ''), f.exactness, CAST(SUM(f.amount) AS BIGINT), COUNT(*)"+
		q.from("fact")+" GROUP BY 2, 3, 4, 5, 6, 7 HAVING SUM(f.amount) <> 0 ORDER BY f.day DESC, f.record DESC", q.args()...)
}
