package register

import (
	"context"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Create enters a record as a draft, or submits it at once. Invalid lists every wrong field; Conflict when the ID is there already.
func (b *Book[T, W]) Create(ctx context.Context, in New[T]) (out Entered, err error) {
	h := b.newHead(in)
	if err := flow.Reserve(ctx, b.DB, &h); err != nil {
		return out, err
	}
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		out, err = b.create(ctx, tx, h, in)
		return err
	})
	return out, err
}

// CreateIn is Create in the caller's transaction, which then takes the number, too: others who create wait for its end.
func (b *Book[T, W]) CreateIn(ctx context.Context, tx *db.Tx, in New[T]) (Entered, error) {
	return b.create(ctx, tx, b.newHead(in), in)
}

func (b *Book[T, W]) newHead(in New[T]) flow.Head {
	h := b.head(in.Body)
	h.ID = in.ID
	if in.Submit {
		h.State = flow.Submitted
	}
	return h
}

func (b *Book[T, W]) create(ctx context.Context, tx *db.Tx, h flow.Head, in New[T]) (out Entered, err error) {
	if err := org.Rely(ctx, tx); err != nil {
		return out, err
	}
	body := in.Body
	w, err := b.prepare(ctx, tx, h.ID, nil, &body, in.Submit)
	if err != nil {
		return out, err
	}
	h = b.filled(h, body, w)
	if err := flow.Create(ctx, tx, &h, body); err != nil {
		return out, err
	}
	if err := b.stand(ctx, tx, h, body, ""); err != nil {
		return out, err
	}
	return b.entered(ctx, tx, h, body, w)
}

// Save writes a new version of a draft, a returned record or an open revision; on a verified record it opens a revision.
// Conflict when someone else saved in between: nothing is lost or overwritten.
func (b *Book[T, W]) Save(ctx context.Context, in Change[T]) (out Entered, err error) {
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		out, err = b.SaveIn(ctx, tx, in)
		return err
	})
	return out, err
}

// SaveIn is Save in the caller's transaction.
func (b *Book[T, W]) SaveIn(ctx context.Context, tx *db.Tx, in Change[T]) (out Entered, err error) {
	if err := org.Rely(ctx, tx); err != nil {
		return out, err
	}
	h, err := flow.Get(ctx, tx, b.Ref(in.ID))
	if err != nil {
		return out, err
	}
	body := in.Body
	h, w, err := b.rewrite(ctx, tx, h, in.Version, &body, in.Reason, in.Submit)
	if err != nil {
		return out, err
	}
	if in.Submit {
		if h, err = flow.Submit(ctx, tx, h.Ref(), h.Version); err != nil {
			return out, err
		}
	}
	if err := b.Settle(ctx, tx, h); err != nil {
		return out, err
	}
	return b.entered(ctx, tx, h, body, w)
}

// rewrite writes the body as a new version over h, of a verified record as a revision.
func (b *Book[T, W]) rewrite(ctx context.Context, tx *db.Tx, h flow.Head, version int, body *T, reason string, submit bool) (flow.Head, W, error) {
	var old T
	var w W
	if err := flow.Body(ctx, tx, h.Ref(), Current(h), &old); err != nil {
		return h, w, err
	}
	w, err := b.prepare(ctx, tx, h.ID, &old, body, submit)
	if err != nil {
		return h, w, err
	}
	opens := h.State == flow.Verified && h.Revision == flow.None
	h = b.filled(h, *body, w)
	h.Version = version
	changes := b.Fields.Changes(old, *body, w)
	if opens {
		err = flow.Revise(ctx, tx, &h, *body, changes, reason)
	} else {
		err = flow.Save(ctx, tx, &h, *body, changes, reason)
	}
	return h, w, err
}

// prepare codes the words of the body and says all that is wrong with it; submit also asks for what must be there by then. was is the
// version before it, nil for none.
func (b *Book[T, W]) prepare(ctx context.Context, tx *db.Tx, record string, was, body *T, submit bool) (W, error) {
	w, err := b.words(ctx, tx, *body)
	if err != nil {
		return w, err
	}
	if b.Code != nil {
		if err := b.Code(ctx, tx, body, w, true); err != nil {
			return w, err
		}
	}
	if err := b.keep(ctx, tx, record, was, body, w); err != nil {
		return w, err
	}
	if err := b.wrong(ctx, tx, record, was, *body, w, submit); err != nil || b.Refuse == nil {
		return w, err
	}
	return w, b.Refuse(ctx, tx, record, *body)
}

// wrong is Wrong, and a place that is not there yet. was is the version before the body, nil where there is none or it was not read.
func (b *Book[T, W]) wrong(ctx context.Context, tx *db.Tx, record string, was *T, body T, w W, submit bool) error {
	if err := b.Wrong(body, w, submit); err != nil {
		return err
	}
	tree, err := treeToday(ctx, tx)
	if err != nil || !tree.Dated() {
		return err
	}
	if was == nil && record != "" {
		switch h, old, err := b.Kept(ctx, tx, record); {
		case errs.Is(err, errs.NotFound):
		case err != nil:
			return err
		case h.ID != "":
			was = &old
		}
	}
	if err := b.notYet(tree, was, body); err != nil || flow.Importing(ctx) {
		return err
	}
	return b.noMore(tree, was, body)
}

func (b *Book[T, W]) keep(ctx context.Context, tx *db.Tx, record string, was, body *T, w W) error {
	if b.Keep == nil {
		return nil
	}
	return b.Keep(ctx, tx, record, was, body, w)
}

func (b *Book[T, W]) entered(ctx context.Context, tx *db.Tx, h flow.Head, body T, w W) (out Entered, err error) {
	out = Entered{Head: h, Warnings: b.warnings(body, w)}
	if h.Revision != flow.None {
		if out.Warnings, err = b.doubts(ctx, tx, out.Warnings, h.ID, body); err != nil {
			return out, err
		}
	}
	out.Similar, err = b.similar(ctx, tx, body, h.ID)
	return out, err
}
