package app_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// sixty is a workbook of sixty rows, each with a note: «约».
func sixty() string {
	text := strings.Builder{}
	text.WriteString(heads)
	for n := range 60 {
		fmt.Fprintf(&text, "%d班,青溪乡科协,青溪乡,2026-03-%02d,2026-03-%02d,核桃,约%d\n", n, n%28+1, n%28+1, 20+n)
	}
	return text.String()
}

// interrupting is a target whose undo is interrupted after some records.
type interrupting struct {
	intake.Target
	after  int
	cancel context.CancelFunc
}

func (t *interrupting) Undo(ctx context.Context, tx *db.Tx, b intake.Batch, a intake.Applied) error {
	if t.after--; t.after == 0 {
		t.cancel()
	}
	return t.Target.Undo(ctx, tx, b, a)
}

// interrupted begins to undo and is interrupted within the records after the first few.
func (i importing) interrupted(r intake.Result, after int) {
	i.t.Helper()
	ctx, cancel := context.WithCancel(i.ctx)
	target := i.w.App.Intake.Targets[0]
	i.w.App.Intake.Targets[0] = &interrupting{target, after, cancel}
	_, err := i.w.App.Intake.Undo(ctx, r.ID)
	i.w.App.Intake.Targets[0] = target
	if now := i.result(r); err == nil || now.State != intake.Undoing || now.Undone == 0 || now.Undone >= after {
		i.t.Fatalf("not interrupted: %v, %d undone, %s", err, now.Undone, now.State)
	}
}

func (i importing) result(r intake.Result) intake.Result {
	i.t.Helper()
	now, err := i.w.App.Intake.Result(i.ctx, r.ID)
	if err != nil {
		i.t.Fatal(err)
	}
	return now
}

// restarted does what a start of the program does.
func (i importing) restarted() {
	i.t.Helper()
	open, err := i.w.App.Intake.Interrupted(i.w.Ctx)
	if err != nil || len(open) != 1 {
		i.t.Fatalf("interrupted %+v %v", open, err)
	}
	if err := i.w.App.Intake.Do(i.w.Ctx, open[0]); err != nil {
		i.t.Fatal(err)
	}
}

func texts(notes []intake.Note) (all string) {
	for _, n := range notes {
		all += n.Text + "\n"
	}
	return all
}

// verified has the officer verify all records of an import.
func (i importing) verified(numbers []string) {
	i.t.Helper()
	for _, n := range numbers {
		h := headOf(i.t, i.w, n)
		if _, err := i.w.App.Training.Verify(i.w.As(apptest.Officer), h.ID, h.Version, ""); err != nil {
			i.t.Fatal(err)
		}
	}
}

// TestAnInterruptedUndoGoesOnAsItBegan: with the rights of who asked for it; nobody else meddles, and the importer who hands the file in
// once more does not either.
func TestAnInterruptedUndoGoesOnAsItBegan(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Clerk)}
		r := i.run(sixty(), "")
		i.verified(i.numbers(r))
		i.ctx = w.As(apptest.Second)
		i.interrupted(r, 45)
		if _, err := w.App.Intake.Undo(w.As(apptest.Officer), r.ID); !errs.Is(err, errs.Conflict) {
			t.Errorf("another officer: %v", err)
		}
		if _, err := w.App.Intake.Run(w.As(apptest.Clerk), "training", "短期实用技术培训.csv", strings.NewReader(sixty()), intake.Options{}, ""); !errs.Is(err, errs.Conflict) {
			t.Errorf("the importer: %v", err)
		}
		i.restarted()
		if now := i.result(r); now.State != intake.Undone || now.Undone != 60 || now.Kept != 0 {
			t.Errorf("gone on: %s, undone %d kept %d", now.State, now.Undone, now.Kept)
		}
		i.stands("0")
	})
}

// TestWhatAnUndoLeftIsCountedOnce: however often it is interrupted or pressed; the notes of the import stay with the rows; and who may
// verify takes back what a clerk had to leave.
func TestWhatAnUndoLeftIsCountedOnce(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Clerk)}
		r := i.run(sixty(), "")
		numbers := i.numbers(r)
		i.verified(numbers[55:])
		i.interrupted(r, 55) // the five are kept, forty are gone
		i.restarted()
		check := func(undone, kept int) {
			t.Helper()
			now := i.result(r)
			if now.State != intake.Undone || now.Undone != undone || now.Kept != kept {
				t.Errorf("%s, undone %d kept %d, want %d and %d", now.State, now.Undone, now.Kept, undone, kept)
			}
			rows, err := w.App.Intake.Rows(i.ctx, r.ID, nil, intake.RowPage{Kept: true})
			if err != nil || len(rows) != kept {
				t.Errorf("%d rows are left, want %d: %v", len(rows), kept, err)
			}
			for _, row := range rows {
				if said := texts(row.Notes); !strings.Contains(said, "约数") || strings.Count(said, "没有撤销：已经核实") != 1 {
					t.Errorf("line %d says %+v", row.Line, row.Notes)
				}
			}
		}
		check(55, 5)
		i.undo(r, 55, 5) // pressed once more
		check(55, 5)
		if page := w.Sign(apptest.Clerk).Get("/imports/training/" + r.ID); strings.Contains(page.Body, "/undo\"") {
			t.Error("a clerk is offered what she may not do")
		}
		officer := w.Sign(apptest.Officer)
		answers(t, officer.Get("/imports/training/"+r.ID), 200, "已撤销 55 条，5 条没有动", "撤销本次导入")
		i.ctx = w.As(apptest.Officer)
		i.undo(r, 60, 0)
		check(60, 0)
		i.stands("0")
		if _, err := w.App.Intake.Undo(i.ctx, r.ID); !errs.Is(err, errs.Conflict) {
			t.Errorf("nothing is left: %v", err)
		}
		rows, err := w.App.Intake.Rows(i.ctx, r.ID, nil, intake.RowPage{})
		if err != nil || len(rows) != 60 {
			t.Fatalf("%d rows: %v", len(rows), err)
		}
		for _, row := range rows {
			if said := texts(row.Notes); !strings.Contains(said, "约数") || strings.Contains(said, "没有撤销") {
				t.Errorf("line %d, that was taken back, says %+v", row.Line, row.Notes)
			}
		}
	})
}

// TestTwoUndoAtOnce: the records are taken back once, and one of the two hears that it is elsewhere by now.
func TestTwoUndoAtOnce(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Officer)}
		r := i.run(sixty(), apptest.Second)
		var both sync.WaitGroup
		errors := make([]error, 2)
		for n, who := range []string{apptest.Officer, apptest.Second} {
			ctx := w.As(who)
			both.Go(func() { _, errors[n] = w.App.Intake.Undo(ctx, r.ID) })
		}
		both.Wait()
		if errors[0] != nil {
			errors[0], errors[1] = errors[1], errors[0]
		}
		if errors[0] != nil || !errs.Is(errors[1], errs.Conflict) || !strings.Contains(errors[1].Error(), "已经到了别的一步") {
			t.Errorf("two at once: %v", errors)
		}
		if now := i.result(r); now.State != intake.Undone || now.Undone != 60 || now.Kept != 0 {
			t.Errorf("%s, undone %d kept %d", now.State, now.Undone, now.Kept)
		}
		i.stands("0")
	})
}

// TestAClerkDoesNotUndoWhatWasVerifiedWithTheImport: she is refused before anything moves.
func TestAClerkDoesNotUndoWhatWasVerifiedWithTheImport(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Clerk)}
		r := i.run(heads+firstRow, apptest.Second)
		if _, err := w.App.Intake.Undo(i.ctx, r.ID); !errs.Is(err, errs.Forbidden) {
			t.Errorf("undone by a clerk: %v", err)
		}
		err := w.App.Intake.Order(i.ctx, r.ID, intake.Undoing, intake.Options{}, func(*db.Tx, intake.Work) error { return nil })
		if !errs.Is(err, errs.Forbidden) {
			t.Errorf("ordered by a clerk: %v", err)
		}
		if now := i.result(r); now.State != intake.Done || now.Created != 1 || headOf(t, w, i.row(r).Number).State != flow.Verified {
			t.Errorf("she moved it: %+v", now.Import)
		}
		i.stands("50")
	})
}
