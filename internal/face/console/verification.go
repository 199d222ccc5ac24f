package console

import (
	"context"
	"fmt"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
)

// differencesKept bounds how many differences the history keeps of one verification.
const differencesKept = 100

// ledgerRef is the association's ledger in the history.
func ledgerRef(ctx context.Context) id.Ref { return id.Ref{Kind: "ledger", ID: org.Of(ctx)} }

// Verification is the job that recomputes the whole ledger; who asked for it stands in the history with the result.
type Verification struct {
	Login string `json:"login"`
	Asked int64  `json:"asked"` // UTC milliseconds
}

// Kind names the work.
func (Verification) Kind() string { return "ledger.verify" }

// Run verifies and writes the result into the history.
func (v Verification) Run(ctx context.Context, d *db.DB, verify func(ctx context.Context, report log.Report) error) error {
	var changes []access.Change
	found := 0
	if err := verify(ctx, func(one log.Difference) {
		if found++; found <= differencesKept {
			changes = append(changes, access.Change{Field: one.Table, Label: one.Where(), After: lang.T(ctx, one.Text, one.Args...)})
		}
	}); err != nil {
		return fmt.Errorf("verify the ledger: %w", err)
	}
	return d.Update(ctx, func(tx *db.Tx) error {
		actor, err := access.ActorOf(ctx, tx, v.Login)
		if err != nil {
			return err
		}
		entries, err := log.Size(ctx, tx, log.Ledger)
		if err != nil {
			return err
		}
		trail, err := log.Size(ctx, tx, log.Trail)
		if err != nil {
			return err
		}
		says := fmt.Sprintf(access.NoneFound, entries, trail)
		if found > 0 {
			says = fmt.Sprintf(access.SomeFound, found)
		}
		return access.Log(access.With(ctx, actor), tx, access.Event{Action: desk.VerifiedEvent, Ref: ledgerRef(ctx), Changes: changes, Reason: says})
	})
}
