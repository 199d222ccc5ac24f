package intake

import (
	"context"
	"io"

	"shilu/internal/core/access"
	"shilu/internal/kit/db"
)

// Run does the whole of an import, as the command line asks for it: receive, check and apply. The same bytes again do nothing; an import
// of these bytes that was interrupted goes on. With o.DryRun it is Try, of which only the result is left.
func (e *Engine) Run(ctx context.Context, target, name string, file io.Reader, o Options, verifyAs string) (Result, error) {
	if o.DryRun {
		var r Result
		err := e.Try(ctx, target, name, file, o, verifyAs, func(one Result) error {
			r = one
			return nil
		})
		return r, err
	}
	if err := e.mayRun(ctx, target, o, verifyAs); err != nil {
		return Result{}, err
	}
	if err := e.DiscardLost(ctx); err != nil {
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
		return e.Apply(ctx, im.ID, verifyAs)
	case Undoing:
		return e.Undo(ctx, im.ID)
	case Received, Checking, Checked, Undone, Failed:
	}
	if r, err := e.Check(ctx, im.ID, o); err != nil {
		return r, err
	}
	return e.Apply(ctx, im.ID, verifyAs)
}

// mayRun refuses, before anything is read, what the options or who verifies cannot be.
func (e *Engine) mayRun(ctx context.Context, target string, o Options, verifyAs string) error {
	if verifyAs != "" {
		if err := e.DB.View(ctx, func(tx *db.Tx) error {
			_, err := e.verifier(ctx, tx, Import{Account: access.From(ctx).Account, Target: target}, verifyAs)
			return err
		}); err != nil {
			return err
		}
	}
	t, err := e.target(target)
	if err != nil {
		return err
	}
	return mayFill(t, o)
}
