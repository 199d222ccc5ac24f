package app

import (
	"context"

	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/kit/db"
)

// settledAtOnce is how many proofs one transaction settles: it must not hold up who saves.
const settledAtOnce = 100

// settleProofs settles anew what the records of a kind lack, from a day on, after the rules of papers have changed. Done again it
// changes nothing.
func (a *App) settleProofs(ctx context.Context, s desk.SettleProofs) error {
	for _, m := range a.Modules {
		if m.Kind != s.Of || m.Subjects == nil {
			continue
		}
		for after := ""; ; {
			var part []evidence.Subject
			if err := a.DB.Update(ctx, func(tx *db.Tx) (err error) {
				if part, err = m.Subjects(ctx, tx, s.From, after, settledAtOnce); err != nil {
					return err
				}
				return a.Papers.UpdateProofs(ctx, tx, part)
			}); err != nil {
				return err
			}
			if len(part) < settledAtOnce {
				return nil
			}
			after = part[len(part)-1].Ref.ID
		}
	}
	return nil
}
