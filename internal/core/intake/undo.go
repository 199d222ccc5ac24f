package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
)

// few is how many records are taken back in one transaction: each is a step of the flow of its own.
const few = 40

// Undo takes an import back («撤销本次导入»): what it created is voided, what it changed goes back to what it was. The figures change
// together at the end. Whoever imported takes all back that nobody verified yet; what was verified is taken back by who may verify.
// Records that somebody worked on since, and those that the actor has no right to take back, stay as they are, are counted in Kept and
// have the reason in the notes of their rows. It goes on where it was interrupted, for who began it only; and what was left is taken back by
// who calls it once more. Conflict when somebody else is at it, or when nothing is left.
func (e *Engine) Undo(ctx context.Context, importID string) (Result, error) {
	var im Import
	var target Target
	if err := e.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if im, err = find(ctx, tx, importID); err != nil {
			return err
		}
		if target, err = e.target(im.Target); err != nil {
			return err
		}
		if err = im.beginUndo(ctx, tx); err != nil {
			return err
		}
		if im.undo == "" {
			im.undo = id.New()
			if _, err = tx.Exec(ctx, "UPDATE import SET undo = ?, done = 0 WHERE association = ? AND id = ?", im.undo, org.Of(ctx), im.ID); err != nil {
				return err
			}
		}
		return ledger.OpenBatch(ctx, tx, im.undo)
	}); err != nil {
		return Result{}, err
	}
	b := Batch{ID: im.undo, File: im.File, Papers: e.papers(im), Reason: im.why()}
	if err := e.undoRows(ctx, im, target, b); err != nil {
		return Result{}, err
	}
	if err := e.DB.Update(ctx, func(tx *db.Tx) error {
		if err := im.holdUndo(ctx, tx); err != nil {
			return err
		}
		if err := im.move(ctx, tx, Undone, Undoing); err != nil {
			return err
		}
		for _, batch := range []string{im.ID, im.undo} {
			if err := ledger.CloseBatch(ctx, tx, batch); err != nil {
				return err
			}
		}
		return access.Log(ctx, tx, access.Event{Action: "import.undo", Ref: id.Ref{Kind: "import", ID: im.ID}, Reason: im.why()})
	}); err != nil {
		return Result{}, err
	}
	return e.Result(ctx, importID)
}

// orderUndo begins to take the import back, and keeps why.
func (im *Import) orderUndo(ctx context.Context, tx *db.Tx, reason string) error {
	if err := im.mayUndo(ctx); err != nil {
		return err
	}
	if reason == "" && im.Options.Reason == "" && access.From(ctx).May(access.Check, im.Target) {
		verified, err := VerifiedRecords(ctx, tx, im.ID, 1)
		if err != nil {
			return err
		}
		if len(verified) > 0 {
			return errs.E(errs.Invalid, "有核实过的记录，请写明为什么撤销")
		}
	}
	if err := im.beginUndo(ctx, tx); err != nil || reason == "" {
		return err
	}
	im.Options.Reason = reason
	_, err := tx.Exec(ctx, "UPDATE import SET options = ? WHERE association = ? AND id = ?", encode(im.Options), org.Of(ctx), im.ID)
	return err
}

// why is the reason that the records have of their import being taken back.
func (im Import) why() string {
	if im.Options.Reason == "" {
		return fmt.Sprintf(takenBack, im.File)
	}
	return fmt.Sprintf(takenBackWhy, im.File, im.Options.Reason)
}

var takenBackWhy, takenBack = access.Spoke("撤销导入「%s」：%s"), access.Spoke("撤销导入「%s」")

// undoRows takes back what went in, the last row first, so that a revision goes before what it stands on.
func (e *Engine) undoRows(ctx context.Context, im Import, target Target, b Batch) error {
	type in struct {
		place
		Applied
		notes string
	}
	at := place{1 << 30, 0}
	for {
		var rows []in
		next, n := at, few
		for {
			var lost error // somebody else has ended it meanwhile: not about a row
			err := e.DB.Update(ctx, func(tx *db.Tx) (err error) {
				rows = nil
				if lost = im.holdUndo(ctx, tx); lost != nil {
					return lost
				}
				rows, err = db.All(ctx, tx, func(s db.Scanner) (r in, err error) {
					err = s.Scan(&r.sheet, &r.line, &r.Ref.ID, &r.Before, &r.Version, &r.notes, &r.Sheet, &r.Papered)
					r.Ref.Kind, r.Line = im.Target, r.line
					return r, err
				}, `SELECT w.sheet, w.line, w.record, w.version, w.after, w.notes, t.name, EXISTS (SELECT 1 FROM import i
						JOIN import_row o ON o.association = i.association AND o.import = i.id AND o.sheet = w.sheet AND o.line = w.line
						WHERE i.association = w.association AND i.target = ? AND i.hash = ? AND i.id <> w.import AND o.record = w.record AND o.applied = 1)
					FROM import_row w JOIN import_sheet t ON t.association = w.association AND t.import = w.import AND t.sheet = w.sheet
					WHERE w.association = ? AND w.import = ? AND (w.sheet, w.line) < (?, ?) AND w.applied = 1
					AND w.verdict <> 'joined' ORDER BY w.sheet DESC, w.line DESC LIMIT ?`, im.Target, im.Hash, org.Of(ctx), im.ID, at.sheet, at.line, n)
				if err != nil || len(rows) == 0 {
					return err
				}
				for _, r := range rows {
					if err := target.Undo(ctx, tx, b, r.Applied); err != nil {
						return err
					}
					notes, err := reasoned(r.notes, nil)
					if err != nil {
						return err
					}
					if _, err := tx.Exec(ctx, "UPDATE import_row SET applied = 2, notes = ? WHERE association = ? AND import = ? AND sheet = ? AND line = ?",
						notes, org.Of(ctx), im.ID, r.sheet, r.line); err != nil {
						return err
					}
					if _, err := tx.Exec(ctx, "UPDATE import_row SET applied = 2"+partsOf, im.parts(ctx, r.place)...); err != nil {
						return err
					}
				}
				_, err = tx.Exec(ctx, "UPDATE import SET done = done + ? WHERE association = ? AND id = ?", len(rows), org.Of(ctx), im.ID)
				return err
			})
			if lost != nil {
				return lost
			}
			if aboutRow(err) && n > 1 {
				n = 1 // one of them cannot be taken back: find it
				continue
			}
			if len(rows) > 0 {
				next = rows[len(rows)-1].place
			}
			if aboutRow(err) && len(rows) == 1 {
				if err := e.keep(ctx, im, rows[0].place, err); err != nil {
					return err
				}
				break
			}
			if err != nil {
				return err
			}
			break
		}
		if len(rows) == 0 {
			return nil
		}
		at = next
	}
}

// keep notes that a record was left, and why.
func (e *Engine) keep(ctx context.Context, im Import, at place, why error) error {
	return e.DB.Update(ctx, func(tx *db.Tx) error {
		if err := im.holdUndo(ctx, tx); err != nil {
			return err
		}
		row := []any{org.Of(ctx), im.ID, at.sheet, at.line}
		notes, err := db.One(ctx, tx, db.Value[string], "SELECT notes FROM import_row WHERE association = ? AND import = ? AND sheet = ? AND line = ?", row...)
		if err != nil {
			return err
		}
		if notes, err = reasoned(notes, why); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE import_row SET notes = ? WHERE association = ? AND import = ? AND sheet = ? AND line = ? AND applied = 1",
			append([]any{notes}, row...)...)
		return err
	})
}

// reasoned is the notes of a row with why it was not taken back (nil: it was) in place of what an earlier undo said of that.
func reasoned(notes string, why error) (string, error) {
	var all []Note
	if err := json.Unmarshal([]byte(notes), &all); err != nil {
		return "", fmt.Errorf("read the notes of a row: %w", err)
	}
	all = slices.DeleteFunc(all, func(n Note) bool { return n.Cell == "" && strings.HasPrefix(n.Text, "没有撤销：") })
	if why != nil {
		all = append(all, note("", "没有撤销：%s", lang.Said(why)))
	}
	if len(all) == 0 {
		all = nil // as a row without notes is kept
	}
	return encode(all), nil
}

// beginUndo lets the actor take the import back, or go on with that: who began is kept with it. Whoever may undo takes over what came to
// no end by a fault, and what an earlier undo left.
func (im *Import) beginUndo(ctx context.Context, tx *db.Tx) error {
	if err := im.mayUndo(ctx); err != nil {
		return err
	}
	me := person{access.From(ctx).Account, access.From(ctx).User}
	undo := im.undo
	switch im.State {
	case Applying, Stopped, Done:
	case Undoing:
		if im.undoer.account != "" && im.undoer.account != me.account && im.Failure == "" {
			return im.elsewhere()
		}
	case Undone:
		n, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM import_row WHERE association = ? AND import = ? AND applied = 1", org.Of(ctx), im.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return im.elsewhere()
		}
		undo = "" // what the first undo wrote stays visible: this is another batch
	case Received, Checking, Checked, Failed:
		return im.elsewhere()
	}
	if err := im.move(ctx, tx, Undoing, im.State); err != nil { // from where it was read: of two at once, one begins
		return err
	}
	im.undoer, im.undo = me, undo
	_, err := tx.Exec(ctx, "UPDATE import SET undo_account = ?, undo_login = ?, undo = ? WHERE association = ? AND id = ?",
		me.account, me.login, undo, org.Of(ctx), im.ID)
	return err
}

// holdUndo holds the import until the end of the transaction, for who takes it back. Conflict when that is over, or another has taken over.
func (im Import) holdUndo(ctx context.Context, tx *db.Tx) error {
	n, err := tx.Exec(ctx, "UPDATE import SET updated = ? WHERE association = ? AND id = ? AND state = ? AND undo = ? AND undo_account = ?",
		tx.Millis(), org.Of(ctx), im.ID, Undoing, im.undo, im.undoer.account)
	if err == nil && n == 0 {
		return im.elsewhere()
	}
	return err
}

// ByUndo reports whether a version has the reason of an import being taken back: somebody's words were put back.
func ByUndo(reason string) bool { return strings.HasPrefix(reason, "撤销导入「") }

// ChangedSince is the error by which a target says that somebody worked on a record since it was imported.
func ChangedSince(number string) error {
	return errs.E(errs.Conflict, "%s 导入后有人改过，请打开看过再处理", number)
}
