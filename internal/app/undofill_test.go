package app_test

import (
	"fmt"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

// fiveClasses lacks the subject, which is said for all rows.
func fiveClasses() string {
	text := strings.Builder{}
	text.WriteString("培训班名称,主办单位,乡镇,开始日期,结束日期,培训人次\n")
	for n := range 5 {
		fmt.Fprintf(&text, "%d班,青溪乡科协,青溪乡,2026-03-%02d,2026-03-%02d,%d\n", n, n+1, n+1, 20+n)
	}
	return text.String()
}

func (i importing) filled(csv, subject string) intake.Result {
	i.t.Helper()
	r, err := i.w.App.Intake.Run(i.ctx, "training", "短期实用技术培训.csv", strings.NewReader(csv), intake.Options{Fill: map[string]string{"subject": subject}}, "")
	if err != nil {
		i.t.Fatal(err)
	}
	return r
}

// returned has the second officer return the record.
func (i importing) returned(number string) {
	i.t.Helper()
	h := headOf(i.t, i.w, number)
	if _, err := i.w.App.Training.Return(i.w.As(apptest.Second), h.ID, h.Version, "请看一眼"); err != nil {
		i.t.Fatal(err)
	}
}

// papered says what a class says, and which papers it has and lacks.
func (i importing) papered(number string) string {
	i.t.Helper()
	c := i.class(number)
	var says string
	if err := i.w.App.DB.View(i.ctx, func(tx *db.Tx) error {
		papers, err := evidence.Of(i.ctx, tx, c.Ref())
		if err != nil {
			return err
		}
		lacks, err := evidence.Proof(i.ctx, tx, c.Ref())
		if err != nil {
			return err
		}
		n := 0
		for _, p := range papers {
			if p.Removed == 0 {
				n++
			}
		}
		says = fmt.Sprintf("%s %s%s %d papers, %d taken off, lacks %v", c.Body.Subject, c.State, c.Revision, n, len(papers)-n, lacks)
		return nil
	}); err != nil {
		i.t.Fatal(err)
	}
	return says
}

// TestUndoOfASecondImportOfAFile: with something else said for all its rows. Each record is then what it was, with the one paper that the
// first import put on, and the first can be taken back as well.
func TestUndoOfASecondImportOfAFile(t *testing.T) {
	for _, who := range []string{apptest.Officer, apptest.Clerk} {
		t.Run(who, func(t *testing.T) {
			apptest.Both(t, func(t *testing.T, w *apptest.World) {
				i := importing{t, w, w.As(who)}
				first := i.filled(fiveClasses(), "桃树")
				numbers := i.numbers(first)
				verify := importing{t, w, w.As(apptest.Second)}
				for n, number := range numbers[:2] {
					h := headOf(t, w, number)
					if _, err := w.App.Training.Verify(verify.ctx, h.ID, h.Version, ""); err != nil {
						t.Fatal(n, err)
					}
				}
				i.returned(numbers[2])
				i.returned(numbers[3])
				before := make([]string, 5)
				for n, number := range numbers {
					before[n] = i.papered(number)
				}
				second := i.filled(fiveClasses(), "果树")
				if second.Counts[intake.Changed] != 4 || second.Revised != 4 {
					t.Fatalf("the second import: %v", second.Counts)
				}
				i.undo(second, 4, 0)
				for n, number := range numbers {
					if now := i.papered(number); now != before[n] {
						t.Errorf("%s was\n%s\nand is\n%s", number, before[n], now)
					}
				}
				if who == apptest.Clerk { // what was verified is not hers to take back
					i.undo(first, 3, 2)
				}
				i.ctx = w.As(apptest.Officer)
				i.undo(first, 5, 0)
				for _, number := range numbers {
					if h := headOf(t, w, number); h.State != flow.Voided {
						t.Errorf("%s is left: %s", number, h.State)
					}
				}
				i.stands("0")
			})
		})
	}
}

// TestUndoOfTwoChangesByAFile: the workbook stays as long as one of its imports does, and goes with the last.
func TestUndoOfTwoChangesByAFile(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Officer)}
		made := i.run(heads+firstRow, "")
		number := i.row(made).Number
		i.returned(number)
		before := i.papered(number)
		row := "培训班名称,主办单位,乡镇,开始日期,结束日期,培训人次\n甲班,青溪乡科协,青溪乡,2026-03-01,2026-03-01,50\n"
		first := i.filled(row, "桃树")
		between := i.papered(number)
		second := i.filled(row, "果树")
		if first.Revised != 1 || second.Revised != 1 || between == before {
			t.Fatalf("%v %v %s", first.Counts, second.Counts, between)
		}
		i.undo(second, 1, 0)
		if now := i.papered(number); now != between {
			t.Errorf("after the second: %s, want %s", now, between)
		}
		i.undo(first, 1, 0)
		if now, want := i.papered(number), strings.Replace(before, "0 taken", "1 taken", 1); now != want {
			t.Errorf("after the first: %s, want %s", now, want)
		}
		i.undo(made, 1, 0)
		i.stands("0")
	})
}

// TestWhatWasWorkedOnAfterAnUndoStays: what undoing put back and somebody changed since is not voided with the first import.
func TestWhatWasWorkedOnAfterAnUndoStays(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Officer)}
		row := "培训班名称,主办单位,乡镇,开始日期,结束日期,培训人次\n甲班,青溪乡科协,青溪乡,2026-03-01,2026-03-01,50\n"
		first := i.filled(row, "桃树")
		number := i.row(first).Number
		i.returned(number)
		second := i.filled(row, "果树")
		i.undo(second, 1, 0)
		c := i.class(number)
		c.Body.Note = "补记"
		if _, err := w.App.Training.Save(i.w.As(apptest.Officer), training.SaveInput{ID: c.ID, Version: c.Version, Body: c.Body}); err != nil {
			t.Fatal(err)
		}
		i.undo(first, 0, 1)
	})
}
