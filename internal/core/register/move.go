package register

import (
	"context"
	"fmt"

	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Submit hands a record over. Invalid lists what is still missing.
func (b *Book[T, W]) Submit(ctx context.Context, record string, version int) (h flow.Head, err error) {
	return b.updated(ctx, func(tx *db.Tx) (flow.Head, error) { return b.SubmitIn(ctx, tx, record, version) })
}

// SubmitIn is Submit in the caller's transaction.
func (b *Book[T, W]) SubmitIn(ctx context.Context, tx *db.Tx, record string, version int) (flow.Head, error) {
	return b.MoveIn(ctx, tx, record, func(tx *db.Tx, latest T) (flow.Head, error) {
		was := latest
		if _, err := b.prepare(ctx, tx, record, &was, &latest, true); err != nil {
			return flow.Head{}, err
		}
		return flow.Submit(ctx, tx, b.Ref(record), version)
	})
}

// Withdraw takes a submitted record back, or gives an open revision up.
func (b *Book[T, W]) Withdraw(ctx context.Context, record string, version int) (flow.Head, error) {
	return b.updated(ctx, func(tx *db.Tx) (flow.Head, error) { return b.WithdrawIn(ctx, tx, record, version) })
}

// WithdrawIn is Withdraw in the caller's transaction.
func (b *Book[T, W]) WithdrawIn(ctx context.Context, tx *db.Tx, record string, version int) (flow.Head, error) {
	return b.MoveIn(ctx, tx, record, func(tx *db.Tx, _ T) (flow.Head, error) { return flow.Withdraw(ctx, tx, b.Ref(record), version) })
}

// Return sends a record back with a remark.
func (b *Book[T, W]) Return(ctx context.Context, record string, version int, remark string) (flow.Head, error) {
	return b.updated(ctx, func(tx *db.Tx) (flow.Head, error) { return b.ReturnIn(ctx, tx, record, version, remark) })
}

// ReturnIn is Return in the caller's transaction.
func (b *Book[T, W]) ReturnIn(ctx context.Context, tx *db.Tx, record string, version int, remark string) (flow.Head, error) {
	return b.MoveIn(ctx, tx, record, func(tx *db.Tx, _ T) (flow.Head, error) { return flow.Return(ctx, tx, b.Ref(record), version, remark) })
}

// Verify makes a record count. What has not happened yet is refused: what is planned posts nothing. why is needed where it counts
// on closed days and no reason stands at its version (Invalid, ledger.ErrClosed), else it may be "".
func (b *Book[T, W]) Verify(ctx context.Context, record string, version int, why string) (h flow.Head, err error) {
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		h, err = b.VerifyIn(ctx, tx, record, version, why)
		return err
	})
	return h, err
}

// VerifyIn is Verify in the caller's transaction.
func (b *Book[T, W]) VerifyIn(ctx context.Context, tx *db.Tx, record string, version int, why string) (flow.Head, error) {
	if err := org.Rely(ctx, tx); err != nil {
		return flow.Head{}, err
	}
	latest, err := b.latest(ctx, tx, record)
	if err != nil {
		return flow.Head{}, err
	}
	if err := b.happened(ctx, tx, latest); err != nil {
		return flow.Head{}, err
	}
	if err := b.placed(ctx, tx, record, latest); err != nil {
		return flow.Head{}, err
	}
	h, err := flow.VerifyLate(ctx, tx, b.Ref(record), version, why)
	if err != nil {
		return h, err
	}
	body, err := b.standing(ctx, tx, h)
	if err != nil {
		return h, err
	}
	return h, b.stand(ctx, tx, h, body, why)
}

func (b *Book[T, W]) happened(ctx context.Context, tx *db.Tx, body T) error {
	if b.NotYet == nil {
		return nil
	}
	today, err := org.Today(ctx, tx)
	if err != nil {
		return err
	}
	return b.NotYet(body, today)
}

// Void strikes a record out; its facts are taken back.
func (b *Book[T, W]) Void(ctx context.Context, record string, version int, reason string) (flow.Head, error) {
	return b.updated(ctx, func(tx *db.Tx) (flow.Head, error) { return b.VoidIn(ctx, tx, record, version, reason) })
}

// VoidIn is Void in the caller's transaction.
func (b *Book[T, W]) VoidIn(ctx context.Context, tx *db.Tx, record string, version int, reason string) (flow.Head, error) {
	return b.MoveIn(ctx, tx, record, func(tx *db.Tx, _ T) (flow.Head, error) { return flow.Void(ctx, tx, b.Ref(record), version, reason) })
}

// updated takes a step in a transaction of its own.
func (b *Book[T, W]) updated(ctx context.Context, step func(tx *db.Tx) (flow.Head, error)) (h flow.Head, err error) {
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		h, err = step(tx)
		return err
	})
	return h, err
}

// Delete removes a draft that was never submitted.
func (b *Book[T, W]) Delete(ctx context.Context, record string, version int) error {
	return b.DB.Update(ctx, func(tx *db.Tx) error { return b.DeleteIn(ctx, tx, record, version) })
}

// DeleteIn is Delete in the caller's transaction.
func (b *Book[T, W]) DeleteIn(ctx context.Context, tx *db.Tx, record string, version int) error {
	if err := flow.Delete(ctx, tx, b.Ref(record), version); err != nil {
		return err
	}
	if err := b.drop(ctx, tx, record); err != nil {
		return err
	}
	return ledger.Expect(ctx, tx, b.Ref(record), "")
}

// MoveIn takes a step of the flow with the latest version of a record, and lets row and ledger follow, in the caller's transaction.
func (b *Book[T, W]) MoveIn(ctx context.Context, tx *db.Tx, record string, step func(tx *db.Tx, latest T) (flow.Head, error)) (flow.Head, error) {
	if err := org.Rely(ctx, tx); err != nil {
		return flow.Head{}, err
	}
	latest, err := b.latest(ctx, tx, record)
	if err != nil {
		return flow.Head{}, err
	}
	h, err := step(tx, latest)
	if err != nil {
		return h, err
	}
	return h, b.Settle(ctx, tx, h)
}

// latest is what the latest version of a record says.
func (b *Book[T, W]) latest(ctx context.Context, tx *db.Tx, record string) (body T, err error) {
	h, err := flow.Get(ctx, tx, b.Ref(record))
	if err != nil {
		return body, err
	}
	if err := flow.Body(ctx, tx, h.Ref(), h.Version, &body); err != nil {
		return body, err
	}
	return body, b.besideOne(ctx, tx, &body)
}

// Kept is what a form that may be sent twice has made under an ID: the record with what it says now. NotFound when it has made none.
func (b *Book[T, W]) Kept(ctx context.Context, tx *db.Tx, record string) (h flow.Head, body T, err error) {
	if h, err = flow.Get(ctx, tx, b.Ref(record)); err != nil {
		return h, body, err
	}
	return h, body, flow.Body(ctx, tx, h.Ref(), Current(h), &body)
}

// VerifyMany makes several new records count together («批量核实»): all of them or none. The error of the first that cannot be
// verified names its number. why is as with Verify.
func (b *Book[T, W]) VerifyMany(ctx context.Context, picks []flow.Pick, why string) (heads []flow.Head, err error) {
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		heads, err = b.VerifyManyIn(ctx, tx, picks, why)
		return err
	})
	return heads, err
}

// VerifyManyIn is VerifyMany in the caller's transaction.
func (b *Book[T, W]) VerifyManyIn(ctx context.Context, tx *db.Tx, picks []flow.Pick, why string) ([]flow.Head, error) {
	for _, p := range picks {
		if p.Ref.Kind != b.Kind {
			return nil, fmt.Errorf("%s verifies a record of %s", b.Kind, p.Ref.Kind)
		}
	}
	if err := org.Rely(ctx, tx); err != nil {
		return nil, err
	}
	heads, err := flow.VerifyMany(ctx, tx, picks, why)
	if err != nil {
		return nil, err
	}
	for _, h := range heads {
		body, err := b.standing(ctx, tx, h)
		if err != nil {
			return nil, err
		}
		if err := b.besideOne(ctx, tx, &body); err != nil {
			return nil, err
		}
		if err := b.happened(ctx, tx, body); err != nil {
			return nil, flow.About(tx, h, err)
		}
		if err := b.placed(ctx, tx, "", body); err != nil {
			return nil, flow.About(tx, h, err)
		}
		if err := b.stand(ctx, tx, h, body, why); err != nil {
			return nil, flow.About(tx, h, err)
		}
	}
	return heads, nil
}

// ReturnMany sends several records back with one remark: all of them or none, as with VerifyMany.
func (b *Book[T, W]) ReturnMany(ctx context.Context, picks []flow.Pick, remark string) (heads []flow.Head, err error) {
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		heads = make([]flow.Head, len(picks))
		for i, p := range picks {
			h, err := flow.Get(ctx, tx, p.Ref)
			if err != nil {
				return err
			}
			if heads[i], err = flow.Return(ctx, tx, p.Ref, p.Version, remark); err != nil {
				return flow.About(tx, h, err)
			}
			if err := b.Settle(ctx, tx, heads[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return heads, err
}
