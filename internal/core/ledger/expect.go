package ledger

import (
	"context"
	"fmt"

	"shilu/internal/core/association"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Expect keeps what a record that is not verified would post, and its state, in a plain table that no sum reads: it feeds
// «待核实», outlined seals and «left out, and why». Each call replaces the last one; without facts it clears. Facts that have no
// day, unit or place yet cannot stand in any period or scope and are left out; equal ones are added, zeros dropped.
func Expect(ctx context.Context, tx *db.Tx, ref id.Ref, state string, facts ...Fact) error {
	if err := forget(ctx, tx, []string{ref.ID}); err != nil {
		return err
	}
	var placed []Fact
	for _, f := range facts {
		if f.Day != "" && f.Unit != "" && f.Place != "" {
			placed = append(placed, f)
		}
	}
	sets := make(map[string]string)
	rows, err := stated(placed, sets)
	if err != nil {
		return fmt.Errorf("expected of %s: %w", ref, err)
	}
	if err := intern(ctx, tx, sets); err != nil {
		return err
	}
	lines := make([][]any, len(rows))
	for i, r := range rows {
		lines[i] = []any{association.Of(ctx), ref.ID, i, ref.Kind, state, r.measure, r.unit, r.place, r.day, r.tags, r.exactness, r.key, r.movement, r.amount}
	}
	_, err = tx.Insert(ctx, `INSERT INTO expected (association, record, line, kind, state, measure, unit, place, day, tags, exactness, fact_key,
		movement, amount)`, "", lines...)
	return err
}
