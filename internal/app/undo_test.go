package app_test

import (
	"context"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/work/training"
)

const (
	heads     = "培训班名称,主办单位,乡镇,开始日期,结束日期,专业,培训人次\n"
	firstRow  = "甲班,青溪乡科协,青溪乡,2026-03-01,2026-03-01,核桃,50\n"
	attendees = "training.short_attendees"
)

// importing runs imports as the officer.
type importing struct {
	t   *testing.T
	w   *apptest.World
	ctx context.Context
}

func (i importing) run(csv, verifyAs string) intake.Result {
	i.t.Helper()
	r, err := i.w.App.Intake.Run(i.ctx, "training", "短期实用技术培训.csv", strings.NewReader(csv), intake.Options{}, verifyAs)
	if err != nil {
		i.t.Fatal(err)
	}
	return r
}

func (i importing) undo(r intake.Result, undone, kept int) {
	i.t.Helper()
	u, err := i.w.App.Intake.Undo(i.ctx, r.ID)
	if err != nil || u.State != intake.Undone || u.Undone != undone || u.Kept != kept {
		rows, _ := i.w.App.Intake.Rows(i.ctx, r.ID, nil, intake.RowPage{})
		i.t.Fatalf("undone %d and kept %d (%v), want %d and %d: %+v", u.Undone, u.Kept, err, undone, kept, rows)
	}
}

func (i importing) stands(want string) {
	i.t.Helper()
	if got := counted(i.t, i.w, attendees); got != want {
		i.t.Errorf("the figure is %s, want %s", got, want)
	}
	for _, d := range i.w.Differences() {
		i.t.Errorf("verification speaks: %s", d)
	}
}

func (i importing) row(r intake.Result) intake.RowView {
	i.t.Helper()
	rows, err := i.w.App.Intake.Rows(i.ctx, r.ID, nil, intake.RowPage{})
	if err != nil || len(rows) != 1 {
		i.t.Fatalf("rows %+v (%v)", rows, err)
	}
	return rows[0]
}

// numbers are those of the records of an import, in the order of its rows.
func (i importing) numbers(r intake.Result) (all []string) {
	i.t.Helper()
	rows, err := i.w.App.Intake.Rows(i.ctx, r.ID, nil, intake.RowPage{})
	if err != nil {
		i.t.Fatal(err)
	}
	for _, row := range rows {
		all = append(all, row.Number)
	}
	return all
}

// stopped is an import that was interrupted after its rows went in, before they became visible.
func (i importing) stopped(csv string) intake.Result {
	i.t.Helper()
	im, err := i.w.App.Intake.Receive(i.ctx, "training", "短期实用技术培训.csv", strings.NewReader(csv))
	if err != nil {
		i.t.Fatal(err)
	}
	if _, err := i.w.App.Intake.Check(i.ctx, im.ID, intake.Options{}); err != nil {
		i.t.Fatal(err)
	}
	stop, cancel := context.WithCancel(i.ctx)
	bind := i.w.App.Intake.Bind
	i.w.App.Intake.Bind = func(ctx context.Context, tx *db.Tx, rows []intake.Bound) error {
		cancel() // interrupted after this chunk
		return bind(ctx, tx, rows)
	}
	_, _ = i.w.App.Intake.Apply(stop, im.ID, "")
	i.w.App.Intake.Bind = bind
	r, err := i.w.App.Intake.Result(i.ctx, im.ID)
	if err != nil || r.State != intake.Applying {
		i.t.Fatalf("not interrupted: %+v %v", r.Import, err)
	}
	return r
}

// class is the latest version of a class, as its page has it.
func (i importing) class(number string) training.Record {
	i.t.Helper()
	c, err := i.w.App.Training.Get(i.ctx, number)
	if err != nil {
		i.t.Fatal(err)
	}
	return c
}

// TestUndoOfVerifiedChanges: the figure is what it was at once, whoever verifies being asked nothing; two imports over each other are
// undone one after the other, and in the other order the earlier is left.
func TestUndoOfVerifiedChanges(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Officer)}
		first := i.run(heads+firstRow, apptest.Second)
		second := i.run(heads+strings.Replace(firstRow, ",50", ",70", 1), apptest.Second)
		third := i.run(heads+strings.Replace(strings.Replace(firstRow, ",50", ",80", 1), "甲班,青溪乡科协,青溪乡", "甲班,河西镇科协,青溪乡", 1), apptest.Second)
		number := i.row(third).Number
		unit := headOf(t, w, number).Unit
		i.stands("80")
		i.undo(third, 1, 0)
		i.stands("70")
		if h := headOf(t, w, number); h.Verified != 2 || h.Version != 3 || h.Revision != flow.None || h.Unit == unit {
			t.Errorf("after undoing the third: %+v", h)
		}
		i.undo(second, 1, 0)
		i.stands("50")
		c := i.class(number)
		if c.State != flow.Verified || c.Verified != 1 || c.Body.Attendances.N != 50 {
			t.Errorf("after undoing the second: %+v", c.Head)
		}
		var papers []evidence.Paper
		var history []access.Entry
		if err := w.App.DB.View(i.ctx, func(tx *db.Tx) (err error) {
			if papers, err = evidence.Of(i.ctx, tx, c.Ref()); err != nil {
				return err
			}
			history, err = access.HistoryOf(i.ctx, tx, c.Ref())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		left := 0
		for _, p := range papers {
			if p.Removed == 0 {
				left++
			}
		}
		if left != 1 {
			t.Errorf("%d papers are left: %+v", left, papers)
		}
		if e := history[0]; e.Action != flow.ActRestore.Event() || !strings.Contains(e.Reason, "撤销导入") || len(e.Changes) == 0 {
			t.Errorf("history %+v", e)
		}
		answers(t, w.Sign(apptest.Officer).Get("/training/"+number), 200, "恢复", "撤销导入")

		// Corrected and verified by hand since: left, and said so. A revision after an undo goes the usual way.
		h := c.Head
		c.Body.Attendances = &training.Count{N: 60}
		saved, err := w.App.Training.Save(w.As(apptest.Clerk), training.SaveInput{ID: h.ID, Version: h.Version, Body: c.Body, Reason: "漏计", Submit: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.App.Training.Verify(i.ctx, h.ID, saved.Version, ""); err != nil {
			t.Fatal(err)
		}
		i.stands("60")
		i.undo(first, 0, 1)
		i.stands("60")
	})
}

// TestAClerkTakesHerOwnImportBack: all that nobody verified goes, by her own hand; what was verified meanwhile stays, with the reason.
// Voiding one record by itself is still not hers.
func TestAClerkTakesHerOwnImportBack(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Clerk)}
		clerk := w.Sign(apptest.Clerk)
		row := func(name string) string { return strings.Replace(firstRow, "甲班,", name+",", 1) }
		all := i.run(heads+row("甲班")+row("乙班")+row("丙班"), "")
		numbers := i.numbers(all)
		refused := clerk.Post("/training/"+numbers[0]+"/void", shown(headOf(t, w, numbers[0]), "reason", "不要了"))
		if h := headOf(t, w, numbers[0]); refused.Status != 403 || h.State != flow.Submitted {
			t.Errorf("a clerk voids what she submitted: %d, %s", refused.Status, h.State)
		}
		w.Sign(apptest.Officer).Post("/training/"+numbers[1]+"/return", shown(headOf(t, w, numbers[1]), "reason", "人次不对"))
		answers(t, clerk.Get("/imports/training/"+all.ID), 200, "撤销本次导入", "导入后核实了的、有人改过的不动")
		i.undo(all, 3, 0)
		i.stands("0")
		for _, n := range numbers {
			if h := headOf(t, w, n); h.State != flow.Voided || h.Verified != 0 {
				t.Errorf("%s is left: %+v", n, h)
			}
			answers(t, clerk.Get("/training/"+n), 200, "李文芳", "作废：撤销导入「短期实用技术培训.csv」", "撤销导入</")
		}

		part := i.run(heads+row("丁班")+row("戊班"), "")
		numbers = i.numbers(part)
		if h := headOf(t, w, numbers[0]); true {
			if _, err := w.App.Training.Verify(w.As(apptest.Officer), h.ID, h.Version, ""); err != nil {
				t.Fatal(err)
			}
		}
		i.stands("50")
		i.undo(part, 1, 1)
		i.stands("50")
		if kept, gone := headOf(t, w, numbers[0]), headOf(t, w, numbers[1]); kept.State != flow.Verified || gone.State != flow.Voided {
			t.Errorf("%s and %s", kept.State, gone.State)
		}
		answers(t, clerk.Get("/imports/training/"+part.ID), 200, "已撤销 1 条，1 条没有动", "丁班", "没有撤销：已经核实，由能核实的人作废")

		// What she changed of a verified class goes back, with the workbook that she bound to it; once it is verified it stays.
		change := heads + strings.Replace(row("丁班"), ",50", ",70", 1)
		i.undo(i.run(change, ""), 1, 0)
		i.stands("50")
		changed := i.run(change, "")
		if _, err := w.App.Training.Verify(w.As(apptest.Officer), headOf(t, w, numbers[0]).ID, 3, ""); err != nil {
			t.Fatal(err)
		}
		i.undo(changed, 0, 1)
		i.stands("70")
		answers(t, clerk.Get("/imports/training/"+changed.ID), 200, "没有撤销：改动已经核实，由能核实的人恢复")

		// Stopped half-way: what is in and out of sight goes, too.
		half := i.stopped(heads + strings.ReplaceAll(row("己班"), "03-01", "05-01"))
		i.undo(half, 1, 0)
		i.stands("70")
		if n := i.numbers(half)[0]; headOf(t, w, n).State != flow.Voided {
			t.Errorf("%s of a stopped import is left", n)
		}
	})
}

// TestUndoByAnotherThanWhoImported gives a revision that waits up, whoever sent it.
func TestUndoByAnotherThanWhoImported(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Officer)}
		i.run(heads+firstRow, apptest.Second)
		change := i.run(heads+strings.Replace(firstRow, ",50", ",70", 1), "")
		i.stands("50")
		i.ctx = w.As(apptest.Second)
		i.undo(change, 1, 0)
		i.stands("50")
		if h := headOf(t, w, i.row(change).Number); h.State != flow.Verified || h.Revision != flow.None || h.Verified != 1 {
			t.Errorf("after undoing: %+v", h)
		}
	})
}

// TestAnOfficerOfOneTownshipRestoresNothingElsewhere: 镇干事 moved a class from 河西镇 to 青溪乡 by an import while both were hers. Since then only
// 青溪乡 is: taking the import back would put the class where she may verify nothing, so it is left, with the reason.
func TestAnOfficerOfOneTownshipRestoresNothingElsewhere(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		here, there := orgtest.Unit(t, w.Tree, "u06").ID, orgtest.Unit(t, w.Tree, "u02").ID
		both := []access.Grant{{Role: access.Officer, Unit: here}, {Role: access.Officer, Unit: there}}
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
			_, err := access.CreateAccount(w.Ctx, tx, access.NewAccount{Login: "zhenganshi", Name: "镇干事", Unit: here, Grants: both}, access.NewSecret(w.Ctx, ""))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		office := importing{t, w, w.As(apptest.Officer)}
		was := heads + strings.Replace(firstRow, "青溪乡科协", "河西镇科协", 1)
		first := office.run(was, apptest.Second)
		number := office.row(first).Number
		i := importing{t, w, w.As("zhenganshi")}
		moved := i.run("编号,"+heads+number+","+firstRow, apptest.Second)
		if h := headOf(t, w, number); h.Unit != here || h.Verified != 2 {
			t.Fatalf("the import did not move it: %+v", h)
		}

		narrowed := access.From(i.ctx)
		narrowed.Grants = both[:1]
		i.ctx = access.With(i.ctx, narrowed)
		i.undo(moved, 0, 1)
		if h := headOf(t, w, number); h.Unit != here || h.Verified != 2 {
			t.Errorf("it went back to 河西镇 by who may verify nothing there: %+v", h)
		}
		if says := texts(i.row(moved).Notes); !strings.Contains(says, "没有撤销") || !strings.Contains(says, "不归镇干事核实") {
			t.Errorf("the row says %q", says)
		}
		i.stands("50")
		i.ctx = w.As(apptest.Officer) // who may verify everywhere takes back what was left
		i.undo(moved, 1, 0)
		if h := headOf(t, w, number); h.Unit != there || h.Verified != 1 {
			t.Errorf("after undoing by the office: %+v", h)
		}
		i.stands("50")
	})
}

// TestImportsDoNotSubmitForOthers: a draft or returned class of a clerk takes what the workbook says and stays hers; undoing gives
// her back what she wrote, unless she has submitted since.
func TestImportsDoNotSubmitForOthers(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Officer)}
		clerk, officer := w.Sign(apptest.Clerk), w.Sign(apptest.Officer)
		for state, says := range map[flow.State]string{flow.Draft: "还是草稿，只改内容，不替填报人提交", flow.Returned: "已退回，只改内容，不替填报人提交"} {
			name := "甲班" + string(state)
			act := "submit"
			if state == flow.Draft {
				act = "draft"
			}
			n := enter(t, clerk, classForm("name", name, "place", "青溪乡", "start", "2026-03-01", "end", "2026-03-01", "act", act))
			if state == flow.Returned {
				officer.Post("/training/"+n+"/return", shown(headOf(t, w, n), "reason", "人次不对"))
			}
			before := i.class(n)
			csv := heads + strings.Replace(strings.Replace(firstRow, "甲班", name, 1), ",50", ",199", 1)
			r := i.run(csv, apptest.Second)
			c := i.class(n)
			if c.State != state || c.Author != before.Author || c.Remark != before.Remark || c.Body.Attendances.N != 199 {
				t.Errorf("%s: after the import %+v", state, c.Head)
			}
			if row := i.row(r); row.Verdict != intake.Changed || len(row.Notes) != 1 || !strings.Contains(row.Notes[0].Text, n+" "+says) {
				t.Errorf("%s: the review says %+v", state, row.Notes)
			}
			if r.Unsent != 1 {
				t.Errorf("%s: %d changed ones wait for who fills them in", state, r.Unsent)
			}
			answers(t, officer.Get("/imports/training/"+r.ID), 200, "1 条还没提交", "由填报人提交")
			i.stands("0")
			i.undo(r, 1, 0)
			c = i.class(n)
			if c.State != state || c.Author != before.Author || c.Remark != before.Remark || c.Hash != before.Hash {
				t.Errorf("%s: after undoing %+v, it was %+v", state, c.Head, before.Head)
			}
			answers(t, clerk.Get("/training/"+n+"/edit"), 200, "58")
			i.stands("0")

			again := i.run(csv, "")
			if _, err := w.App.Training.Submit(w.As(apptest.Clerk), c.ID, headOf(t, w, n).Version); err != nil {
				t.Fatal(err)
			}
			i.undo(again, 0, 1)
			if c := i.class(n); c.State != flow.Submitted || c.Body.Attendances.N != 199 {
				t.Errorf("%s: what she submitted was taken away: %+v", state, c.Head)
			}
			i.stands("0")
		}
	})
}

// TestAnImportGoesOnWithItsVerifierOnly: what began without a verifier is not half verified, and the flag not left aside.
func TestAnImportGoesOnWithItsVerifierOnly(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Officer)}
		im := i.stopped(heads + firstRow)
		_, err := w.App.Intake.Run(i.ctx, "training", "短期实用技术培训.csv", strings.NewReader(heads+firstRow), intake.Options{}, apptest.Second)
		if !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "那次没有指定核实人") {
			t.Errorf("another verifier: %v", err)
		}
		if r := i.run(heads+firstRow, ""); r.ID != im.ID || r.State != intake.Done || r.Created != 1 {
			t.Errorf("goes on: %+v", r.Import)
		}
		i.stands("0")
	})
}

// TestAnotherNameIsAnotherClass: subject, place and day alone make a row no change of a class that has another name, unless the
// workbook is of the kind that it came from, or the number says so.
func TestAnotherNameIsAnotherClass(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Officer)}
		n := enter(t, w.Sign(apptest.Clerk), classForm("name", "己班", "place", "青溪乡", "start", "2026-03-01", "end", "2026-03-01", "act", "draft"))
		r := i.run(heads+firstRow, "")
		if row := i.row(r); row.Verdict != intake.New || row.Number == n || len(row.Notes) != 1 || !strings.Contains(row.Notes[0].Text, n+"「己班」") ||
			!strings.Contains(row.Notes[0].Text, "按新的记") {
			t.Errorf("another name: %+v", row)
		}
		i.undo(r, 1, 0)
		if row := i.row(i.run("编号,"+heads+n+","+firstRow, "")); row.Verdict != intake.Changed || row.Number != n {
			t.Errorf("the number: %+v", row)
		}
		if c := i.class(n); c.Body.Name != "甲班" || c.State != flow.Draft {
			t.Errorf("by its number: %+v", c.Head)
		}
		came := i.run(heads+strings.Replace(firstRow, "03-01", "04-01", 2), apptest.Second)
		renamed := i.run(heads+strings.Replace(strings.Replace(firstRow, "03-01", "04-01", 2), "甲班", "丁班", 1), apptest.Second)
		if row := i.row(renamed); row.Verdict != intake.Changed || row.Number != i.row(came).Number {
			t.Errorf("renamed in a workbook of the same shape: %+v", row)
		}
		i.stands("50")
	})
}

// TestVerifyIsSilentBeforeAnOrderedStepBegins: an import or an undo whose job has not begun has opened no batch yet.
func TestVerifyIsSilentBeforeAnOrderedStepBegins(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Officer)}
		later := func(*db.Tx, intake.Work) error { return nil }
		im, err := w.App.Intake.Receive(i.ctx, "training", "短期实用技术培训.csv", strings.NewReader(heads+firstRow))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.App.Intake.Check(i.ctx, im.ID, intake.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := w.App.Intake.Order(i.ctx, im.ID, intake.Applying, intake.Options{}, later); err != nil {
			t.Fatal(err)
		}
		i.stands("0")
		r, err := w.App.Intake.Apply(i.ctx, im.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.App.Intake.Order(i.ctx, im.ID, intake.Undoing, intake.Options{}, later); err != nil {
			t.Fatal(err)
		}
		i.stands("0")
		i.undo(r, 1, 0)
		i.stands("0")
	})
}
