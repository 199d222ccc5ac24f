package intake

import (
	"context"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// Work is a step of an import that a job does. By is the login name of who asked for it. Since is set for a step that another
// process may be at: it is done only if the import has not moved since that instant.
type Work struct {
	Import string `json:"import"`
	By     string `json:"by"`
	Since  int64  `json:"since,omitempty"`
}

// Kind names the work.
func (Work) Kind() string { return "intake.work" }

// Order begins a step for a job to do: Checking (by the options), Applying or Undoing (for the reason of the options, without which what
// is verified is not taken back: Invalid). insert adds the job, in the transaction that
// moves the import, so that there is one job a step. Conflict when the import stands where the step cannot begin.
func (e *Engine) Order(ctx context.Context, importID string, step State, o Options, insert func(tx *db.Tx, w Work) error) error {
	return e.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := find(ctx, tx, importID)
		if err != nil {
			return err
		}
		if im.Failure != "" && im.State == step && step != Undoing { // it ended by a fault of ours: once more
			err = im.move(ctx, tx, step, step)
		} else {
			err = e.order(ctx, tx, &im, step, o)
		}
		if err != nil {
			return err
		}
		return insert(tx, Work{Import: im.ID, By: access.From(ctx).User})
	})
}

func (e *Engine) order(ctx context.Context, tx *db.Tx, im *Import, step State, o Options) error {
	switch step {
	case Checking:
		if err := im.mayDecide(ctx, o); err != nil {
			return err
		}
		target, err := e.target(im.Target)
		if err != nil {
			return err
		}
		if err := mayFill(target, o); err != nil {
			return err
		}
		if err := im.move(ctx, tx, Checking, Received, Checked, Failed); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE import SET options = ? WHERE association = ? AND id = ?", encode(o), org.Of(ctx), im.ID)
		return err
	case Applying:
		if err := im.mine(ctx); err != nil {
			return err
		}
		return im.move(ctx, tx, Applying, Checked, Stopped)
	case Undoing:
		if im.State == Applying || im.State == Undoing && im.Failure == "" { // a job is at it
			return im.elsewhere()
		}
		return im.orderUndo(ctx, tx, o.Reason)
	case Received, Checked, Stopped, Done, Undone, Failed: // no steps
	}
	return im.elsewhere()
}

// Do does the step that an import stands at, in the name of who asked for it; an undo in that of who began it. It goes on where an earlier
// call was interrupted, and does nothing when the step is over. What keeps the step from its end is kept with the import, for its page.
func (e *Engine) Do(ctx context.Context, w Work) error {
	var im Import
	if err := e.DB.View(ctx, func(tx *db.Tx) (err error) {
		im, err = db.One(ctx, tx, scanImport, selectImport+" WHERE association = ? AND id = ?", org.Of(ctx), w.Import)
		return err
	}); err != nil {
		return err
	}
	if w.Since != 0 && im.Updated != w.Since || !slices.Contains([]State{Checking, Applying, Undoing}, im.State) {
		return nil
	}
	by := w.By
	if im.State == Undoing && im.undoer.login != "" {
		by = im.undoer.login
	}
	as := ctx
	err := e.DB.View(ctx, func(tx *db.Tx) error {
		actor, err := access.ActorOf(ctx, tx, by)
		as = access.With(ctx, actor)
		return err
	})
	if err == nil {
		err = e.do(as, im)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	if noted := e.trouble(ctx, im, err); noted != nil {
		return noted
	}
	return err
}

// do does the step as who is in the context.
func (e *Engine) do(ctx context.Context, im Import) (err error) {
	switch im.State {
	case Checking:
		_, err = e.Check(ctx, im.ID, im.Options)
	case Applying:
		_, err = e.Apply(ctx, im.ID, im.Verifier)
	case Undoing:
		_, err = e.Undo(ctx, im.ID)
	case Received, Checked, Stopped, Done, Undone, Failed:
	}
	return err
}

// trouble keeps why a step of the import did not come to its end. What the user must see to ends the step; a fault of ours leaves it
// where it is, to be tried again.
func (e *Engine) trouble(ctx context.Context, im Import, why error) error {
	to, says := im.State, lang.Said(why)
	switch {
	case errs.KindOf(why) == errs.Internal:
		says = lang.Say("程序内部出错，过一会儿自动接着做")
	case im.State == Checking:
		to = Failed
	case im.State == Applying:
		to = Stopped
	}
	return e.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE import SET state = ?, failure = ?, updated = ? WHERE association = ? AND id = ? AND state = ?",
			to, encode(says), tx.Millis(), org.Of(ctx), im.ID, im.State)
		return err
	})
}

// Interrupted lists the steps that somebody's process was at when it was last heard of: what a start of the program goes on with,
// unless they move meanwhile.
func (e *Engine) Interrupted(ctx context.Context) (all []Work, err error) {
	err = e.DB.View(ctx, func(tx *db.Tx) error {
		all, err = db.All(ctx, tx, func(s db.Scanner) (w Work, err error) {
			err = s.Scan(&w.Import, &w.By, &w.Since)
			return w, err
		}, `SELECT id, CASE WHEN state = ? AND undo_login <> '' THEN undo_login ELSE login END, updated FROM import
			 WHERE association = ? AND state IN (?) AND hash <> '' ORDER BY created, id`, Undoing, org.Of(ctx),
			db.List{string(Checking), string(Applying), string(Undoing)})
		return err
	})
	return all, err
}
