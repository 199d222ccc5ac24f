package intake

import (
	"context"
	"io"

	"shilu/internal/core/access"
	"shilu/internal/kit/db"
)

// Run does the whole of an import, as the command line asks for it: receive, check and, without o.DryRun, apply. The same bytes
// again do nothing; an import of these bytes that was interrupted goes on.
func (e *Engine) Run(ctx context.Context, target, name string, file io.Reader, o Options, verifyAs string) (Result, error) {
	if verifyAs != "" { // refuse before anything is read
		if err := e.DB.View(ctx, func(tx *db.Tx) error {
			_, err := e.verifier(ctx, tx, Import{Account: access.From(ctx).Account, Target: target}, verifyAs)
			return err
		}); err != nil {
			return Result{}, err
		}
	}
	t, err := e.target(target)
	if err != nil {
		return Result{}, err
	}
	if err := mayFill(t, o); err != nil {
		return Result{}, err
	}
	im, err := e.receive(ctx, target, name, file, o.fills())
	if err != nil {
		return Result{}, err
	}
	switch im.State {
	case Done:
		r, err := e.Result(ctx, im.ID)
		return r.Unchanged(), err
	case Applying, Stopped:
		if o.DryRun {
			return e.Result(ctx, im.ID)
		}
		return e.Apply(ctx, im.ID, verifyAs)
	case Undoing:
		if o.DryRun {
			return e.Result(ctx, im.ID)
		}
		return e.Undo(ctx, im.ID)
	case Received, Checking, Checked, Undone, Failed:
	}
	r, err := e.Check(ctx, im.ID, o)
	if err != nil || o.DryRun {
		return r, err
	}
	return e.Apply(ctx, im.ID, verifyAs)
}
