package intake

import (
	"context"
	"errors"
	"fmt"
	"io"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
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
	im, err := e.Receive(ctx, target, name, file)
	if err != nil {
		return Result{}, err
	}
	switch im.State {
	case Done:
		r, err := e.Result(ctx, im.ID)
		r.Again = true
		return r, err
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
	case Received, Checking, Checked, Undone:
	}
	r, err := e.Check(ctx, im.ID, o)
	if err != nil || o.DryRun {
		return r, err
	}
	return e.Apply(ctx, im.ID, verifyAs)
}

// Resume goes on with all imports of the association that a stop of the program interrupted, each in the name of who began it.
// It is called at the start, and by the job that runs imports.
func (e *Engine) Resume(ctx context.Context) error {
	var open []Import
	var actors []access.Actor
	if err := e.DB.View(ctx, func(tx *db.Tx) (err error) {
		if open, err = db.All(ctx, tx, scanImport, selectImport+" WHERE association = ? AND state IN (?) ORDER BY created, id", org.Of(ctx),
			db.List{string(Checking), string(Applying), string(Undoing)}); err != nil {
			return err
		}
		actors = make([]access.Actor, len(open))
		for i, im := range open {
			if actors[i], err = access.ActorOf(ctx, tx, im.Login); err != nil {
				return fmt.Errorf("go on with import %s: %w", im.ID, err)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	var failed []error
	for i, im := range open {
		as := access.With(ctx, actors[i])
		var err error
		switch im.State {
		case Checking:
			_, err = e.Check(as, im.ID, im.Options)
		case Applying:
			_, err = e.Apply(as, im.ID, im.Verifier)
		case Undoing:
			_, err = e.Undo(as, im.ID)
		case Received, Checked, Stopped, Done, Undone:
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("go on with import %s (%s): %w", im.ID, im.File, err))
		}
	}
	return errors.Join(failed...)
}
