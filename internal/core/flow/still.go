package flow

import (
	"context"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Still lets records stay as they are until the end of the transaction, which says something by them: a share by its event, a log by its
// facility. Whoever changes one of them waits, and then finds what was said; what is read of them after Still is the latest. Any
// number can say something at the same time.
func Still(ctx context.Context, tx *db.Tx, records ...string) error {
	if !tx.Races() || len(records) == 0 {
		return nil
	}
	_, err := db.All(ctx, tx, db.Value[string], "SELECT id FROM record WHERE association = ? AND id IN (?) ORDER BY id FOR SHARE", org.Of(ctx), db.List(records))
	return err
}
