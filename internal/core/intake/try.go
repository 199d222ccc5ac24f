package intake

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/db"
)

// errTried has the store keep nothing of a file that was only tried.
var errTried = errors.New("tried")

// Try shows what Run would make of a file; within show its rows can be read, too. After it nothing is left: neither import, rows and file,
// nor places. Bytes that are in whole, or whose import was interrupted, show that import.
func (e *Engine) Try(ctx context.Context, target, name string, file io.Reader, o Options, verifyAs string, show func(Result) error) error {
	if err := e.mayRun(ctx, target, o, verifyAs); err != nil {
		return err
	}
	if err := access.Require(ctx, access.Import, target); err != nil {
		return err
	}
	if err := e.DiscardLost(ctx); err != nil {
		return err
	}
	o.DryRun = true
	_, err := e.Files.PutIf(ctx, org.Of(ctx), file, Limit, func(f *os.File, one blob.Stored) error {
		im := newImport(ctx, target, name, one)
		im.State, im.Options = Checking, o
		if err := e.try(ctx, im, f, show); err != nil {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

func (e *Engine) try(ctx context.Context, im Import, f *os.File, show func(Result) error) (err error) {
	book, err := bookIn(f, blob.Stored{Hash: im.Hash, Size: im.Size}, im.File)
	if err != nil {
		return err
	}
	defer func() { _ = book.Close() }()
	var old Import
	var there bool
	var memory map[string]Choice
	if err := e.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if old, there, err = im.earlier(ctx, tx, im.Options.fills()); err != nil || there {
			return err
		}
		if err := im.mayDecide(ctx, im.Options); err != nil {
			return err
		}
		if memory, err = remembered(ctx, tx, im.Target); err != nil {
			return err
		}
		staged := im
		staged.Hash = "" // by this it is a trial: no list has it, no file is missed
		return staged.insert(ctx, tx)
	}); err != nil {
		return err
	}
	if there {
		r, err := e.Result(ctx, old.ID)
		if err != nil {
			return err
		}
		if old.State == Done {
			r = r.Unchanged()
		}
		return show(r)
	}
	defer func() {
		if left := e.discard(context.WithoutCancel(ctx), im.ID); left != nil {
			err = errors.Join(err, left)
		}
	}()
	if err := e.read(ctx, im, book, memory); err != nil {
		return err
	}
	r, err := e.Result(ctx, im.ID)
	if err != nil {
		return err
	}
	r.Hash = im.Hash
	return show(r)
}

// discard removes a trial.
func (e *Engine) discard(ctx context.Context, importID string) error {
	if err := e.clear(ctx, importID); err != nil {
		return err
	}
	return e.DB.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM import WHERE association = ? AND id = ? AND hash = ''", org.Of(ctx), importID)
		return err
	})
}

// lostAfter is how long a trial must not have moved before its process is taken for ended.
const lostAfter = time.Hour

// DiscardLost removes what trials left of which the process ended before it could. A start of the program and every import by the command
// line begin with it.
func (e *Engine) DiscardLost(ctx context.Context) error {
	var lost []string
	if err := e.DB.View(ctx, func(tx *db.Tx) (err error) {
		lost, err = db.All(ctx, tx, db.Value[string], "SELECT id FROM import WHERE association = ? AND target IN (?) AND hash = '' AND updated < ?",
			org.Of(ctx), e.kinds(), tx.Millis()-lostAfter.Milliseconds()) // by target: that is how the index has it
		return err
	}); err != nil {
		return err
	}
	for _, one := range lost {
		if err := e.discard(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) kinds() db.List {
	kinds := make(db.List, len(e.Targets))
	for i, t := range e.Targets {
		kinds[i] = t.Kind()
	}
	return kinds
}
