package training

import (
	"context"

	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Undo takes one class of an import back: a new one is voided, a changed one is what it was. What somebody changed, submitted or
// verified since is refused.
func (t Intake) Undo(ctx context.Context, tx *db.Tx, b intake.Batch, a intake.Applied) error {
	h, err := flow.ToUndo(ctx, tx, a.Ref)
	if err != nil {
		return err
	}
	switch {
	case h.State == flow.Voided:
		return nil
	case current(h) != a.Version:
		return intake.ChangedSince(h.Number)
	case a.Before == 0:
		return t.void(ctx, tx, b, h)
	}
	if err := t.unbind(ctx, tx, b, a); err != nil {
		return err
	}
	switch {
	case h.State == flow.Verified && h.Revision == flow.None:
		return t.restore(ctx, tx, b, h, a.Before)
	case h.State == flow.Verified && h.Verified == a.Before: // the revision is the import's own
		return t.giveUp(ctx, tx, b, h)
	case unsent(h):
		return t.putBack(ctx, tx, b, h, a.Before)
	}
	return intake.ChangedSince(h.Number) // who fills it in has submitted it since
}

func (t Intake) void(ctx context.Context, tx *db.Tx, b intake.Batch, h flow.Head) error {
	wasVerified := h.Verified > 0
	h, err := flow.Undo(ctx, tx, h.Ref(), h.Version, b.Reason)
	if err != nil {
		return err
	}
	if !wasVerified {
		return ledger.Expect(ctx, tx, h.Ref(), "")
	}
	s, err := t.Service.statement(ctx, tx, h, nil)
	if err != nil {
		return err
	}
	s.Batch, s.Reason = b.ID, b.Reason
	return ledger.Set(ctx, tx, s)
}

// restore lets the verified version before the import's stand again, with its facts.
func (t Intake) restore(ctx context.Context, tx *db.Tx, b intake.Batch, h flow.Head, to int) error {
	var now, old Class
	for version, into := range map[int]*Class{h.Verified: &now, to: &old} {
		if err := flow.Body(ctx, tx, h.Ref(), version, into); err != nil {
			return err
		}
	}
	w, err := t.Service.words(ctx, tx, old.countingDay())
	if err != nil {
		return err
	}
	h = filled(h, old, w)
	if err := flow.Restore(ctx, tx, &h, to, changes(now, old, w), b.Reason); err != nil {
		if errs.Is(err, errs.Conflict) {
			return intake.ChangedSince(h.Number)
		}
		return err
	}
	if err := put(ctx, tx, old, h.ID, to); err != nil {
		return err
	}
	if err := t.Service.Papers.UpdateProof(ctx, tx, old.subject(h.ID)); err != nil {
		return err
	}
	s, err := t.Service.statement(ctx, tx, h, t.Service.Facts(old))
	if err != nil {
		return err
	}
	s.Batch, s.Reason = b.ID, b.Reason
	return ledger.Set(ctx, tx, s)
}

// giveUp gives the revision that the import opened up; the verified version stands as before.
func (t Intake) giveUp(ctx context.Context, tx *db.Tx, b intake.Batch, h flow.Head) error {
	var err error
	if h.Revision == flow.Submitted {
		sent := h
		if h, err = flow.Withdraw(ctx, tx, sent.Ref(), sent.Version); errs.Is(err, errs.Forbidden) { // another undoes it
			h, err = flow.Return(ctx, tx, sent.Ref(), sent.Version, b.Reason)
		}
		if err != nil {
			return err
		}
	}
	if h, err = flow.Withdraw(ctx, tx, h.Ref(), h.Version); err != nil {
		return err
	}
	return t.Service.settle(ctx, tx, h)
}

// putBack writes what a draft or returned class said before the import; it stays with who fills it in.
func (t Intake) putBack(ctx context.Context, tx *db.Tx, b intake.Batch, h flow.Head, to int) error {
	var old Class
	if err := flow.Body(ctx, tx, h.Ref(), to, &old); err != nil {
		return err
	}
	h, err := t.rewrite(ctx, tx, h, h.Version, old, b.Reason)
	if err != nil {
		return err
	}
	if h.State != flow.Verified {
		return t.Service.settle(ctx, tx, h)
	}
	if err := flow.Body(ctx, tx, h.Ref(), h.Verified, &old); err != nil {
		return err
	}
	return t.Service.Papers.UpdateProof(ctx, tx, old.subject(h.ID))
}

// unbind takes the workbook off a class that it changed: the class was there without it.
func (t Intake) unbind(ctx context.Context, tx *db.Tx, b intake.Batch, a intake.Applied) error {
	papers, err := evidence.Of(ctx, tx, a.Ref)
	if err != nil {
		return err
	}
	for _, p := range papers {
		if p.Removed != 0 || p.Line != a.Line || len(b.Papers) != 1 || p.File.Hash != b.Papers[0] {
			continue
		}
		if _, err := evidence.TakeBack(ctx, tx, p.ID, b.Reason); err != nil {
			return err
		}
	}
	return nil
}
