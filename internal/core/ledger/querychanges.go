package ledger

import (
	"context"

	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Change is what one posting did to one measure of a record: Before is what it took back, After what it put instead. The first
// posting of a record takes nothing back; voiding puts nothing instead. Both are in the measure's smallest unit.
type Change struct {
	Posting         string
	Ref             id.Ref
	Version         int
	Measure         string
	Days            day.Period // on which the facts count
	Before, After   int64
	Taken, Put      int64     // how many facts were taken back and put
	Was, Is         Exactness // of what was taken back and put; "" where they differ among themselves or there is none
	Reason, Account string
	Closed          bool  // some of it counts on days that were closed when it was posted
	At              int64 // UTC milliseconds
}

// Correction reports whether the posting changed what stood, or came after its day was closed.
func (c Change) Correction() bool { return c.Taken > 0 || c.Closed }

// changesQuery is the changes among the filter's facts, with corrections alone where asked for.
func changesQuery(ctx context.Context, tx *db.Tx, f Filter, corrections bool) (text string, args []any, err error) {
	q, err := f.reading(ctx, tx, By{})
	if err != nil {
		return "", nil, err
	}
	q.columnArgs = nil
	q.join("JOIN posting o ON o.association = f.association AND o.id = f.posting")
	text = q.from("fact") + " GROUP BY f.posting, f.measure"
	if corrections {
		text += " HAVING COUNT(f.reverses) > 0 OR MAX(CASE WHEN o.correction THEN 1 ELSE 0 END) = 1"
	}
	return text, q.args(), nil
}

// Changes lists what each posting changed among the filter's facts, the latest first. limit 0 reads all.
func Changes(ctx context.Context, tx *db.Tx, f Filter, corrections bool, limit, offset int) ([]Change, error) {
	from, args, err := changesQuery(ctx, tx, f, corrections)
	if err != nil {
		return nil, err
	}
	put, taken := "f.reverses IS NULL", "f.reverses IS NOT NULL"
	text := `SELECT f.posting, f.measure, MIN(o.kind), MIN(f.record), MIN(o.version), MIN(f.day), MAX(f.day),
		CAST(COALESCE(SUM(-f.amount) FILTER (WHERE ` + taken + `), 0) AS BIGINT), CAST(COALESCE(SUM(f.amount) FILTER (WHERE ` + put + `), 0) AS BIGINT),
		COUNT(*) FILTER (WHERE ` + taken + `), COUNT(*) FILTER (WHERE ` + put + `),
		COALESCE(MIN(f.exactness) FILTER (WHERE ` + taken + `), ''), COALESCE(MAX(f.exactness) FILTER (WHERE ` + taken + `), ''),
		COALESCE(MIN(f.exactness) FILTER (WHERE ` + put + `), ''), COALESCE(MAX(f.exactness) FILTER (WHERE ` + put + `), ''),
		MIN(o.reason), MIN(o.account), MAX(CASE WHEN o.correction THEN 1 ELSE 0 END), MIN(o.posted)` + from + " ORDER BY MIN(o.posted) DESC, f.posting DESC, f.measure"
	if limit > 0 {
		text += db.Limit(limit, offset)
	}
	return db.All(ctx, tx, func(s db.Scanner) (c Change, err error) {
		var was, is [2]Exactness
		var closed int64
		err = s.Scan(&c.Posting, &c.Measure, &c.Ref.Kind, &c.Ref.ID, &c.Version, &c.Days.From, &c.Days.To, &c.Before, &c.After, &c.Taken, &c.Put,
			&was[0], &was[1], &is[0], &is[1], &c.Reason, &c.Account, &closed, &c.At)
		c.Closed = closed == 1
		if was[0] == was[1] {
			c.Was = was[0]
		}
		if is[0] == is[1] {
			c.Is = is[0]
		}
		return c, err
	}, text, args...)
}

// CountChanges is how many Changes lists.
func CountChanges(ctx context.Context, tx *db.Tx, f Filter, corrections bool) (int64, error) {
	from, args, err := changesQuery(ctx, tx, f, corrections)
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM (SELECT 1 AS one"+from+") n", args...)
}
