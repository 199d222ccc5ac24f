package register

import (
	"context"

	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Undo takes one record of an import back (intake.Target): a new one is voided, a changed one is what it was. What somebody changed,
// submitted or verified since is refused.
func (b *Book[T, W]) Undo(ctx context.Context, tx *db.Tx, batch intake.Batch, a intake.Applied) error {
	h, err := flow.ToUndo(ctx, tx, a.Ref)
	if err != nil {
		return err
	}
	if h.State == flow.Voided {
		return nil
	}
	if stands, err := asApplied(ctx, tx, h, a.Version); err != nil {
		return err
	} else if !stands {
		return intake.ChangedSince(h.Number)
	}
	if a.Before == 0 {
		return b.takeBack(ctx, tx, batch, h)
	}
	if err := unbind(ctx, tx, batch, a); err != nil {
		return err
	}
	switch {
	case h.State == flow.Verified && h.Revision == flow.None:
		return b.restore(ctx, tx, batch, h, a.Before)
	case h.State == flow.Verified && h.Verified == a.Before: // the revision is the import's own
		return b.giveUp(ctx, tx, batch, h)
	case Unsent(h):
		return b.putBack(ctx, tx, batch, h, a.Before)
	}
	return intake.ChangedSince(h.Number) // who fills it in has submitted it since
}

// asApplied reports whether the record says what the version did, because it stands still or undoing a later import put it back.
func asApplied(ctx context.Context, tx *db.Tx, h flow.Head, version int) (bool, error) {
	now := Current(h)
	if now <= version {
		return now == version, nil
	}
	versions, err := flow.Versions(ctx, tx, h.Ref())
	if err != nil || len(versions) < now {
		return false, err
	}
	return intake.ByUndo(versions[now-1].Reason) && versions[now-1].Hash == versions[version-1].Hash, nil
}

// takeBack voids a record that the import made.
func (b *Book[T, W]) takeBack(ctx context.Context, tx *db.Tx, batch intake.Batch, h flow.Head) error {
	wasVerified := h.Verified > 0
	h, err := flow.Undo(ctx, tx, h.Ref(), h.Version, batch.Reason)
	if err != nil {
		return err
	}
	if !wasVerified {
		if err := ledger.Expect(ctx, tx, h.Ref(), ""); err != nil {
			return err
		}
		return b.then(ctx, tx, h, batch.Reason)
	}
	return b.sayIn(ctx, tx, batch, h, nil)
}

// sayIn tells the ledger what a record states after an import was undone.
func (b *Book[T, W]) sayIn(ctx context.Context, tx *db.Tx, batch intake.Batch, h flow.Head, facts []ledger.Fact) error {
	s, err := b.statement(ctx, tx, h, facts)
	if err != nil {
		return err
	}
	s.Batch, s.Reason, s.Origin = batch.ID, batch.Reason, ""
	if err := ledger.Set(ctx, tx, s); err != nil {
		return err
	}
	return b.then(ctx, tx, h, batch.Reason)
}

// restore lets the verified version before the import's stand again, with its facts.
func (b *Book[T, W]) restore(ctx context.Context, tx *db.Tx, batch intake.Batch, h flow.Head, to int) error {
	var now, old T
	for version, into := range map[int]*T{h.Verified: &now, to: &old} {
		if err := flow.Body(ctx, tx, h.Ref(), version, into); err != nil {
			return err
		}
	}
	w, err := b.words(ctx, tx, old)
	if err != nil {
		return err
	}
	h = b.filled(h, old, w)
	if err := flow.Restore(ctx, tx, &h, to, b.Fields.Changes(now, old, w), batch.Reason); err != nil {
		if errs.Is(err, errs.Conflict) {
			return intake.ChangedSince(h.Number)
		}
		return err
	}
	if err := b.put(ctx, tx, old, h.ID, to); err != nil {
		return err
	}
	if err := b.Papers.UpdateProof(ctx, tx, b.SubjectOf(h.ID, old)); err != nil {
		return err
	}
	facts, err := b.FactsOf(ctx, tx, old)
	if err != nil {
		return err
	}
	return b.sayIn(ctx, tx, batch, h, facts)
}

// giveUp gives the revision that the import opened up; the verified version stands as before.
func (b *Book[T, W]) giveUp(ctx context.Context, tx *db.Tx, batch intake.Batch, h flow.Head) error {
	var err error
	if h.Revision == flow.Submitted {
		sent := h
		if h, err = flow.Withdraw(ctx, tx, sent.Ref(), sent.Version); errs.Is(err, errs.Forbidden) { // another undoes it
			h, err = flow.Return(ctx, tx, sent.Ref(), sent.Version, batch.Reason)
		}
		if err != nil {
			return err
		}
	}
	if h, err = flow.Withdraw(ctx, tx, h.Ref(), h.Version); err != nil {
		return err
	}
	return b.Settle(ctx, tx, h)
}

// putBack writes what a draft or returned record said before the import; it stays with who fills it in.
func (b *Book[T, W]) putBack(ctx context.Context, tx *db.Tx, batch intake.Batch, h flow.Head, to int) error {
	var old T
	if err := flow.Body(ctx, tx, h.Ref(), to, &old); err != nil {
		return err
	}
	h, _, err := b.rewrite(ctx, tx, h, h.Version, &old, batch.Reason, false)
	if err != nil {
		return err
	}
	if h.State != flow.Verified {
		return b.Settle(ctx, tx, h)
	}
	stands, err := b.standing(ctx, tx, h)
	if err != nil {
		return err
	}
	return b.Papers.UpdateProof(ctx, tx, b.SubjectOf(h.ID, stands))
}

// unbind takes the workbook off a record that it changed: the record was there without it, unless another import of the file put it on.
func unbind(ctx context.Context, tx *db.Tx, batch intake.Batch, a intake.Applied) error {
	if a.Papered {
		return nil
	}
	papers, err := evidence.Of(ctx, tx, a.Ref)
	if err != nil {
		return err
	}
	for _, p := range papers {
		if p.Removed != 0 || p.Sheet != a.Sheet || p.Line != a.Line || len(batch.Papers) != 1 || p.File.Hash != batch.Papers[0] {
			continue
		}
		if _, err := evidence.TakeBack(ctx, tx, p.ID, batch.Reason); err != nil {
			return err
		}
	}
	return nil
}
