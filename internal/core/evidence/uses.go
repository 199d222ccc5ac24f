package evidence

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Use is another record that has the same file. Number is "" when the actor does not see that record.
type Use struct {
	Number, Title string
	Added         int64
}

// Uses lists the other records that have the file now, oldest first, 20 at most.
func Uses(ctx context.Context, tx *db.Tx, hash, but string) ([]Use, error) {
	seen, args, err := seenRecord(ctx, tx)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, tx, func(s db.Scanner) (u Use, err error) {
		err = s.Scan(&u.Number, &u.Title, &u.Added)
		return u, err
	}, "SELECT "+seen+`, e.added FROM evidence e JOIN record r ON r.association = e.association AND r.id = e.record
		WHERE e.association = ? AND e.hash = ? AND e.removed = 0 AND e.record <> ? ORDER BY e.added, e.id LIMIT 20`, append(args, org.Of(ctx), hash, but)...)
}

// Shared lists, by file, the other records that have a file of this record too, oldest first. Workbooks that many records were
// imported from are left out: they belong to all of them.
func Shared(ctx context.Context, tx *db.Tx, ref id.Ref) (map[string][]Use, error) {
	seen, args, err := seenRecord(ctx, tx)
	if err != nil {
		return nil, err
	}
	// The record's own files first: joined in one query, SQLite would begin with the papers of all records.
	own, err := db.All(ctx, tx, db.Value[string], "SELECT hash FROM evidence WHERE association = ? AND record = ? AND removed = 0 AND line = 0 AND hash <> ''", org.Of(ctx), ref.ID)
	if err != nil || len(own) == 0 {
		return nil, err
	}
	type pair struct {
		hash string
		use  Use
	}
	all, err := db.All(ctx, tx, func(s db.Scanner) (p pair, err error) {
		err = s.Scan(&p.use.Number, &p.use.Title, &p.use.Added, &p.hash)
		return p, err
	}, "SELECT "+seen+`, e.added, e.hash FROM evidence e JOIN record r ON r.association = e.association AND r.id = e.record
		WHERE e.association = ? AND e.hash IN (?) AND e.record <> ? AND e.removed = 0 ORDER BY e.added, e.id LIMIT 200`, append(args, org.Of(ctx), db.List(own), ref.ID)...)
	if err != nil {
		return nil, err
	}
	shared := map[string][]Use{}
	for _, p := range all {
		shared[p.hash] = append(shared[p.hash], p.use)
	}
	return shared, nil
}

// seenRecord selects number and title of the record r where the actor sees it, else empty texts.
func seenRecord(ctx context.Context, tx *db.Tx) (columns string, args []any, err error) {
	sight, err := access.SightsOf(ctx, tx)
	if err != nil {
		return "", nil, err
	}
	seen, with := sight.Where("r")
	if seen == "" {
		return "r.number, r.title", nil, nil
	}
	return "CASE WHEN " + seen + " THEN r.number ELSE '' END, CASE WHEN " + seen + " THEN r.title ELSE '' END", append(append([]any{}, with...), with...), nil
}
