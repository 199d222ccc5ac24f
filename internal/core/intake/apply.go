package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
)

// Apply lets the accepted rows in: as waiting to be verified, or verified in the same run by the account verifyAs (a login name).
// It goes on where an earlier call was interrupted or stopped, with the verifier of then (verifyAs "", Conflict for another); every row
// goes in once, and all become visible together. Forbidden when the verifier is who imports. A row that cannot go in after all becomes a rejected one; the others go on.
func (e *Engine) Apply(ctx context.Context, importID, verifyAs string) (Result, error) {
	b, im, target, err := e.begin(ctx, importID, verifyAs)
	if err != nil {
		return Result{}, err
	}
	a := &applying{engine: e, im: im, target: target, batch: b}
	for _, step := range []func(context.Context) (bool, error){a.newRows, a.changedRows} {
		stopped, err := step(ctx)
		if err != nil {
			return Result{}, err
		}
		if stopped {
			return e.Result(ctx, importID)
		}
	}
	if err := e.DB.Update(ctx, func(tx *db.Tx) error {
		if err := im.move(ctx, tx, Done, Applying); err != nil {
			return err
		}
		if err := ledger.CloseBatch(ctx, tx, im.ID); err != nil {
			return err
		}
		return access.Log(ctx, tx, access.Event{Action: "import.done", Ref: id.Ref{Kind: "import", ID: im.ID}, Reason: im.File})
	}); err != nil {
		return Result{}, err
	}
	return e.Result(ctx, importID)
}

// begin checks who imports and who verifies, and opens the batch.
func (e *Engine) begin(ctx context.Context, importID, verifyAs string) (b Batch, im Import, target Target, err error) {
	err = e.DB.Update(ctx, func(tx *db.Tx) error {
		if im, err = find(ctx, tx, importID); err != nil {
			return err
		}
		if target, err = e.target(im.Target); err != nil {
			return err
		}
		if err := im.mine(ctx); err != nil {
			return err
		}
		if im.State != Checked { // goes on as it began
			if err := im.mayVerifyAs(verifyAs); err != nil {
				return err
			}
			verifyAs = im.Verifier
		}
		b = Batch{ID: im.ID, File: im.File, Papers: e.papers(im), Reason: im.File}
		if b.Verifier, err = e.verifier(ctx, tx, im, verifyAs); err != nil {
			return err
		}
		if err := im.move(ctx, tx, Applying, Checked, Applying, Stopped); err != nil {
			return err
		}
		if b.Verifier != nil {
			im.Verifier, im.VerifierName = verifyAs, access.From(b.Verifier).Name
			if _, err := tx.Exec(ctx, "UPDATE import SET verifier = ?, verifier_name = ? WHERE association = ? AND id = ?",
				im.Verifier, im.VerifierName, org.Of(ctx), im.ID); err != nil {
				return err
			}
		}
		return ledger.OpenBatch(ctx, tx, im.ID)
	})
	return b, im, target, err
}

// mayVerifyAs refuses, for an import that goes on, a verifier whom it did not begin with: the rows that are in would not be verified.
func (im Import) mayVerifyAs(login string) error {
	switch {
	case login == "" || login == im.Verifier:
		return nil
	case im.Verifier == "":
		return errs.E(errs.Conflict, "「%s」上次没有导完，那次没有指定核实人，接着导入也不能加：请不指定核实人接着导入，导完再核实；或者先撤销那次导入再重新导", im.File)
	}
	return errs.E(errs.Conflict, "「%s」上次没有导完，核实人是%s，接着导入不能换：请不指定核实人接着导入；或者先撤销那次导入再重新导", im.File, im.VerifierName)
}

// papers are the hashes of the evidence that the rows of an import have by it.
func (e *Engine) papers(im Import) []string {
	if e.Bind == nil {
		return nil
	}
	return []string{im.Hash}
}

// verifier is the context of who verifies: another account than the importer's, with the right to.
func (e *Engine) verifier(ctx context.Context, tx *db.Tx, im Import, login string) (context.Context, error) {
	if login == "" {
		return nil, nil //nolint:nilnil // nobody verifies
	}
	actor, err := access.ActorOf(ctx, tx, login)
	if err != nil {
		return nil, err
	}
	if actor.Account == im.Account {
		return nil, errs.E(errs.Forbidden, "导入人不能自己核实，请换一个人核实")
	}
	actor.Address, actor.Request = access.From(ctx).Address, access.From(ctx).Request
	as := access.With(context.WithoutCancel(ctx), actor) // see letIn
	return as, access.Require(as, access.Check, im.Target)
}

// applying lets the rows of one import in.
type applying struct {
	engine *Engine
	im     Import
	target Target
	batch  Batch
}

// newRows lets new rows in, a chunk a transaction.
func (a *applying) newRows(ctx context.Context) (stopped bool, err error) {
	queue, err := a.queue(ctx, New)
	singles := 0 // rows left to be tried one by one
	for len(queue) > 0 && err == nil {
		n := 1
		for n < min(chunk, len(queue)) && queue[n].depth == queue[0].depth { // what others are under, is in before them
			n++
		}
		if singles > 0 {
			n, singles = 1, singles-1
		}
		stopped, err = a.letIn(ctx, placesOf(queue[:n]))
		switch {
		case stopped && err == nil:
			return true, nil
		case aboutRow(err) && n > 1:
			singles, err = n, nil // one of these rows cannot go in: find it
			continue
		case aboutRow(err):
			err = a.refuse(ctx, queue[0].place, err)
		}
		queue = queue[n:]
	}
	return false, err
}

// changedRows makes revisions, one a transaction: each may meet somebody who works on the same record.
func (a *applying) changedRows(ctx context.Context) (stopped bool, err error) {
	queue, err := a.queue(ctx, Changed)
	for ; len(queue) > 0 && err == nil; queue = queue[1:] {
		stopped, err = a.letIn(ctx, placesOf(queue[:1]))
		if aboutRow(err) {
			err = a.refuse(ctx, queue[0].place, err)
		}
		if stopped {
			return true, err
		}
	}
	return false, err
}

// queued is a row that is to go in, after all of less depth.
type queued struct {
	place
	depth int
}

func placesOf(queue []queued) []place {
	all := make([]place, len(queue))
	for i, q := range queue {
		all[i] = q.place
	}
	return all
}

// queue lists the rows that are to go in, what others are under first, then by sheet and day: so records are numbered in the order of their
// days, and the indexes by day grow at one place instead of all over.
func (a *applying) queue(ctx context.Context, v Verdict) (all []queued, err error) {
	err = a.engine.DB.View(ctx, func(tx *db.Tx) error {
		all, err = db.All(ctx, tx, func(s db.Scanner) (q queued, err error) {
			err = s.Scan(&q.sheet, &q.line, &q.depth)
			return q, err
		}, "SELECT sheet, line, depth FROM import_row WHERE association = ? AND import = ? AND verdict = ? AND applied = 0 ORDER BY depth, sheet, day, line",
			org.Of(ctx), a.im.ID, v)
		return err
	})
	return all, err
}

// letIn lets those of the rows in that are not in yet, in one transaction.
func (a *applying) letIn(ctx context.Context, queue []place) (stopped bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err // between chunks only: watching the context at every statement costs SQLite a tenth of the time
	}
	ctx = context.WithoutCancel(ctx)
	err = a.engine.DB.UpdateLong(ctx, func(tx *db.Tx) (err error) {
		if stopped, err = a.take(ctx, tx); err != nil || stopped {
			return err
		}
		rows, places, err := a.rows(ctx, tx, queue)
		if err != nil || len(rows) == 0 {
			return err
		}
		return a.let(ctx, tx, rows, places)
	})
	return stopped, err
}

// aboutRow reports whether an error is the row's: what the module or the flow refuses.
func aboutRow(err error) bool {
	if errors.Is(err, context.Canceled) { // another copy of the program has ended the import
		return false
	}
	return errs.Is(err, errs.Invalid) || errs.Is(err, errs.NotFound) || errs.Is(err, errs.Conflict) || errs.Is(err, errs.Forbidden)
}

// take holds the import's row until the end of the transaction, so that two programs never take the same rows, and tells whether
// somebody asked to stop.
func (a *applying) take(ctx context.Context, tx *db.Tx) (stopped bool, err error) {
	if _, err := tx.Exec(ctx, "UPDATE import SET updated = ? WHERE association = ? AND id = ?", tx.Millis(), org.Of(ctx), a.im.ID); err != nil {
		return false, err
	}
	now, err := db.One(ctx, tx, scanImport, selectImport+" WHERE association = ? AND id = ?", org.Of(ctx), a.im.ID)
	if err != nil {
		return false, err
	}
	switch {
	case now.State == Stopped:
		return true, nil
	case now.State != Applying:
		return false, a.im.elsewhere().Because(context.Canceled)
	case now.stop:
		return true, now.move(ctx, tx, Stopped, Applying)
	}
	return false, nil
}

// rows reads those of the rows that are not in.
func (a *applying) rows(ctx context.Context, tx *db.Tx, queue []place) ([]Accepted, []place, error) {
	var all []Accepted
	var places []place
	for len(queue) > 0 {
		sheet := queue[0].sheet
		var lines []any
		for len(queue) > 0 && queue[0].sheet == sheet {
			lines, queue = append(lines, queue[0].line), queue[1:]
		}
		part, err := db.All(ctx, tx, func(s db.Scanner) (r Accepted, err error) {
			var body string
			err = s.Scan(&r.Line, &body, &r.Record, &r.Version, &r.Sheet, &r.joins)
			r.Body = json.RawMessage(body)
			return r, err
		}, `SELECT w.line, w.body, w.record, w.version, t.name, w.joins FROM import_row w
			JOIN import_sheet t ON t.association = w.association AND t.import = w.import AND t.sheet = w.sheet
			WHERE w.association = ? AND w.import = ? AND w.sheet = ? AND w.applied = 0 AND w.verdict IN ('new', 'changed')
				AND w.line IN (?`+strings.Repeat(", ?", len(lines)-1)+`) ORDER BY w.day, w.line`,
			append([]any{org.Of(ctx), a.im.ID, sheet}, lines...)...)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range part {
			all, places = append(all, r), append(places, place{sheet, r.Line})
		}
	}
	return all, places, nil
}

// let lets rows in and marks them, all in one transaction.
func (a *applying) let(ctx context.Context, tx *db.Tx, rows []Accepted, places []place) error {
	applied, err := a.target.Apply(ctx, tx, a.batch, rows)
	if err != nil {
		return err
	}
	bound := make([]Bound, len(applied))
	marks := make([][]any, len(applied))
	for i, r := range applied {
		marks[i] = []any{org.Of(ctx), a.im.ID, places[i].sheet, places[i].line, r.Ref.ID, r.Before, r.Version, 1, "", "", "", "", "", ""}
		bound[i] = Bound{Ref: r.Ref, Subkind: r.Subkind, Day: string(r.Day), Hash: a.im.Hash, Size: a.im.Size, File: a.im.File, Sheet: r.Sheet, Line: r.Line,
			Changes: r.Before > 0}
	}
	// The rows are there: Insert prepares the statement once for all of them, and only its tail is done.
	if _, err := tx.Insert(ctx, `INSERT INTO import_row (association, import, sheet, line, record, version, after, applied, body, day, verdict, cells, notes, changes)`,
		`ON CONFLICT (association, import, sheet, line) DO UPDATE SET record = excluded.record, version = excluded.version, after = excluded.after,
			applied = excluded.applied, body = excluded.body`, marks...); err != nil {
		return err
	}
	for i, r := range rows {
		if r.joins == 0 {
			continue
		}
		if _, err := tx.Exec(ctx, "UPDATE import_row SET record = ?, version = ?, after = ?, applied = 1"+partsOf,
			append([]any{applied[i].Ref.ID, applied[i].Before, applied[i].Version}, a.im.parts(ctx, places[i])...)...); err != nil {
			return err
		}
	}
	for i, r := range applied {
		if r.Waits != nil {
			if err := a.im.addNote(ctx, tx, places[i], waits(r.Waits)); err != nil {
				return err
			}
		}
	}
	if a.engine.Bind != nil {
		if err := a.engine.Bind(ctx, tx, bound); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, "UPDATE import SET done = done + ? WHERE association = ? AND id = ?", len(rows), org.Of(ctx), a.im.ID)
	return err
}

// refuse marks a row that could not go in after all.
func (a *applying) refuse(ctx context.Context, at place, why error) error {
	return a.engine.DB.Update(ctx, func(tx *db.Tx) error {
		sheet, err := db.One(ctx, tx, db.Value[string], "SELECT name FROM import_sheet WHERE association = ? AND import = ? AND sheet = ?", org.Of(ctx), a.im.ID, at.sheet)
		if err != nil {
			return why // not about a row
		}
		if _, err := tx.Exec(ctx, "UPDATE import_row SET verdict = ?, notes = ?, joins = 0"+partsOf,
			append([]any{Rejected, encode([]Note{wrong("", wholeStaysOut, Address(sheet, at.line))})}, a.im.parts(ctx, at)...)...); err != nil {
			return err
		}
		said := lang.Said(why)
		if err := a.im.addNote(ctx, tx, at, wrong("", said.Text, said.Args...)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE import SET total = total - 1 WHERE association = ? AND id = ?", org.Of(ctx), a.im.ID); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE import_row SET verdict = ?, body = '' WHERE association = ? AND import = ? AND sheet = ? AND line = ? AND applied = 0",
			Rejected, org.Of(ctx), a.im.ID, at.sheet, at.line)
		return err
	})
}

// addNote notes something on a row.
func (im Import) addNote(ctx context.Context, tx *db.Tx, at place, n Note) error {
	row := []any{org.Of(ctx), im.ID, at.sheet, at.line}
	text, err := db.One(ctx, tx, db.Value[string], "SELECT notes FROM import_row WHERE association = ? AND import = ? AND sheet = ? AND line = ?", row...)
	if err != nil {
		return err
	}
	var notes []Note
	if err := json.Unmarshal([]byte(text), &notes); err != nil {
		return fmt.Errorf("read the notes of a row: %w", err)
	}
	_, err = tx.Exec(ctx, "UPDATE import_row SET notes = ? WHERE association = ? AND import = ? AND sheet = ? AND line = ?", append([]any{encode(append(notes, n))}, row...)...)
	return err
}

// waits notes why a row was not verified with the import.
func waits(why error) Note {
	n := note("", "没有随导入核实：%s", lang.Said(why))
	n.Waits = true
	return n
}

// Stop asks a running import to stop after its present chunk. What is in stays invisible until Apply goes on, or Undo.
func (e *Engine) Stop(ctx context.Context, importID string) error {
	return e.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := find(ctx, tx, importID)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, "UPDATE import SET stop = ? WHERE association = ? AND id = ? AND state = ?", true, org.Of(ctx), im.ID, Applying)
		if err == nil && n == 0 {
			err = errs.E(errs.Conflict, "「%s」没有在导入，不用停", im.File)
		}
		return err
	})
}
