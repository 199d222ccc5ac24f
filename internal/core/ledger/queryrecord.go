package ledger

import (
	"context"

	"shilu/internal/kit/db"
)

// Voided counts records that once posted facts of the filter and whose facts were all taken back.
func Voided(ctx context.Context, tx *db.Tx, f Filter) (int64, error) {
	join, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM (SELECT f.record FROM fact f"+join+" WHERE "+where+
		` AND f.record IN (SELECT v.id FROM record v WHERE v.association = f.association AND v.state = 'voided') GROUP BY f.record) n`, args...)
}

// Papers counts the evidence bound to the records behind the facts of the filter.
func Papers(ctx context.Context, tx *db.Tx, f Filter) (int64, error) {
	join, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM evidence e WHERE e.association = ? AND e.removed = 0 AND e.record IN (SELECT f.record FROM fact f"+
		join+" WHERE "+where+")", append([]any{args[0]}, args...)...)
}

// Each calls fn with every fact of the filter, for counting again in the program what a query has summed. Keys are resolved.
func Each(ctx context.Context, tx *db.Tx, f Filter, fn func(measure, key string, movement Movement, amount int64)) error {
	join, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, "SELECT f.measure, COALESCE(a.target, f.fact_key), f.movement, f.amount FROM fact f"+join+aliased+" WHERE "+where, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var measure, key string
		var movement Movement
		var amount int64
		if err := rows.Scan(&measure, &key, &movement, &amount); err != nil {
			return err
		}
		fn(measure, key, movement, amount)
	}
	return rows.Err()
}
