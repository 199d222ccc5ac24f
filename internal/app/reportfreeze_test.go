package app_test

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/insight/report"
	"shilu/internal/kit/db"
	"shilu/internal/kit/docx"
	"shilu/internal/kit/errs"
	"shilu/internal/work/training"
)

// frozenYear is the report of 2024, written and frozen by 周敏.
func frozenYear(t *testing.T, w *apptest.World) (report.Stored, report.Document) {
	t.Helper()
	text, err := report.Shipped(w.App.Reports.Outlines, "annual")
	if err != nil {
		t.Fatal(err)
	}
	ctx := w.As(apptest.Officer)
	r, err := w.App.Reports.Create(ctx, report.WriteInput{Outline: "annual", Text: text, Scope: url.Values{"period": {"2024"}}})
	if err != nil {
		t.Fatal(err)
	}
	r, d, err := w.App.Reports.Freeze(ctx, r.ID, r.Version)
	if err != nil {
		t.Fatal(err)
	}
	return r, d
}

// kept reads what a stored report prints, and its Word file.
func kept(t *testing.T, w *apptest.World, who, reportID string) (report.Stored, report.Document, []byte) {
	t.Helper()
	var r report.Stored
	var d report.Document
	ctx := w.As(who)
	if err := w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
		if r, err = w.App.Reports.Get(ctx, tx, reportID); err == nil {
			d, err = w.App.Reports.Document(ctx, tx, r)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	f, err := w.App.Reports.Word(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	word, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return r, d, word
}

// correct takes attendances off the biggest short class: 李岩 revises, 周敏 verifies.
func correct(t *testing.T, w *apptest.World, less int64, reason string) register.Entry[training.Class] {
	t.Helper()
	items, err := w.App.Training.List(w.As(apptest.Second), training.Query{Filter: flow.Filter{Kinds: []string{training.Kind}},
		Only: []ledger.Condition{{SQL: "c.class_kind = ?", Args: []any{"short"}}}, Sort: "-attendances"})
	if err != nil {
		t.Fatal(err)
	}
	record, err := w.App.Training.Get(w.As(apptest.Second), items[0].Number)
	if err != nil {
		t.Fatal(err)
	}
	c := record.Body
	fewer := *c.Attendances
	fewer.N -= less
	c.Attendances, c.Sessions = &fewer, nil
	saved, err := w.App.Training.Save(w.As(apptest.Second), training.SaveInput{ID: items[0].ID, Version: items[0].Version, Body: c, Reason: reason, Submit: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.App.Training.Verify(w.As(apptest.Officer), saved.ID, saved.Version, ""); err != nil {
		t.Fatal(err)
	}
	return items[0]
}

func corrections(t *testing.T, w *apptest.World, r report.Stored) (all []report.Correction) {
	t.Helper()
	ctx := w.As(apptest.Officer)
	if err := w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
		all, err = w.App.Reports.Corrections(ctx, tx, r)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAFrozenReportStands(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		importYear(t, w)
		r, d := frozenYear(t, w)
		_, before, word := kept(t, w, apptest.Viewer, r.ID)
		if d.Stamp == nil || d.Stamp.Checkpoint != r.Final.Checkpoint || before.Markdown(t.Context()) != d.Markdown(t.Context()) {
			t.Fatalf("what was kept is not what was frozen: %+v", d.Stamp)
		}
		passages, err := docx.Read(bytes.NewReader(word), int64(len(word)))
		if err != nil {
			t.Fatal(err)
		}
		text, figures := docx.Plain(passages)
		for _, want := range []string{"存证点 № ", d.Stamp.Root, "实录 " + w.App.Desk.Version, "数字来处", "5050人次", "28笔账目"} {
			if !strings.Contains(text, want) {
				t.Errorf("the frozen Word file lacks %q", want)
			}
		}
		if strings.Contains(text, "草稿") || !strings.Contains(figures[0].Query, "asof=") {
			t.Errorf("the frozen Word file says it is a draft, or its figures are alive: %s", figures[0].Query)
		}
		if all := corrections(t, w, r); len(all) != 0 {
			t.Errorf("%d corrections right after freezing: %+v", len(all), all[0])
		}

		class := correct(t, w, 10, "签到册重新数过，少 10 人次")
		for _, when := range []string{"before the correction has numbers in the log", "after"} {
			after, same, again := kept(t, w, apptest.Viewer, r.ID)
			if !bytes.Equal(word, again) || same.Markdown(t.Context()) != before.Markdown(t.Context()) {
				t.Errorf("%s: the frozen report prints something else", when)
			}
			all := corrections(t, w, after)
			if len(all) == 3 && all[2].Figure.Row == "合计" && all[2].Again && all[2].Now.Text == "5040" {
				all = all[:2]
			}
			if len(all) != 2 { // the county's and the township's 人次
				t.Fatalf("%s: %d corrections", when, len(all))
			}
			c := all[0]
			if c.Figure.Code != "training.short_attendees" || c.Figure.Text != "5050人次" || c.Now.Text != "5040人次" || len(c.Lines) != 2 {
				t.Errorf("%s: corrected %s → %s by %d facts", when, c.Figure.Text, c.Now.Text, len(c.Lines))
			}
			for _, l := range c.Lines {
				if l.Number != class.Number || l.Reason != "签到册重新数过，少 10 人次" {
					t.Errorf("%s: a later fact of %s because %q", when, l.Number, l.Reason)
				}
			}
			if all[1].Figure.Row == "" || len(all[1].Lines) != 2 {
				t.Errorf("%s: the township's correction %+v", when, all[1])
			}
			w.Verified()
		}
		if live := compute(t, w, "annual", mustScope(t, w, r.Scope)); !strings.Contains(live.Markdown(t.Context()), "5040人次") {
			t.Error("the live report does not follow the correction")
		}
		ctx := w.As(apptest.Officer)
		if _, err := w.App.Reports.Save(ctx, r.ID, r.Version, report.WriteInput{Text: "# 改", Scope: url.Values{"period": {"2024"}}}); !errs.Is(err, errs.Conflict) {
			t.Errorf("a frozen report is changed: %v", err)
		}
		if _, _, err := w.App.Reports.Freeze(ctx, r.ID, r.Version); !errs.Is(err, errs.Conflict) {
			t.Errorf("a frozen report is frozen again: %v", err)
		}
		if err := w.App.Reports.Delete(ctx, r.ID, r.Version); !errs.Is(err, errs.Conflict) {
			t.Errorf("a frozen report is deleted: %v", err)
		}
	})
}

func mustScope(t *testing.T, w *apptest.World, query string) (scope indicator.Scope) {
	t.Helper()
	v, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) error {
		scope, _, err = indicator.ParseScope(w.Ctx, tx, v)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return scope
}

// TestTamperedReportsAreNamed changes what a frozen report keeps as an intruder with the database's password would.
func TestTamperedReportsAreNamed(t *testing.T) {
	unlock := func(w *apptest.World) []string {
		if w.App.DB.Dialect == db.Postgres {
			return []string{"ALTER TABLE report_frozen DISABLE TRIGGER ALL"}
		}
		return []string{"DROP TRIGGER report_frozen_no_update", "DROP TRIGGER report_frozen_no_delete"}
	}
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		importYear(t, w)
		r, _ := frozenYear(t, w)
		w.Verified()
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(w.Ctx, "UPDATE report_frozen SET docx = ''")
			return err
		}); err == nil {
			t.Error("a frozen report can be changed without force")
		}
		w.Forged()
		run := func(statements ...string) {
			t.Helper()
			if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
				for _, s := range statements {
					if _, err := tx.Exec(w.Ctx, s); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		found := func() string {
			var said []string
			for _, d := range w.Differences() {
				said = append(said, d.String())
			}
			return strings.Join(said, "\n")
		}
		run(unlock(w)...)
		file := filepath.Join(w.App.Config.Data, "files", org.Of(w.Ctx), r.Final.Docx[:2], r.Final.Docx[2:4], r.Final.Docx)
		word, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, forged := range []struct{ do, undo, says string }{
			{`UPDATE report_frozen SET document = REPLACE(document, '"value":5050,', '"value":6050,')`, `UPDATE report_frozen SET document = REPLACE(document, '"value":6050,', '"value":5050,')`, "定稿的内容与存证里记的不同"},
			{`UPDATE report_frozen SET document = REPLACE(document, '"exact":"5050"', '"exact":"6050"')`, `UPDATE report_frozen SET document = REPLACE(document, '"exact":"6050"', '"exact":"5050"')`, "「短期培训人次」定稿的值是 6050"},
			{`UPDATE report_frozen SET document = REPLACE(document, '"text":"5050人次"', '"text":"6050人次"')`, `UPDATE report_frozen SET document = REPLACE(document, '"text":"6050人次"', '"text":"5050人次"')`, "「短期培训人次」定稿印的是「6050人次」"},
			{"UPDATE report SET title = title || '（改）'", "UPDATE report SET title = REPLACE(title, '（改）', '')", "与存证里记的不同"},
			{"UPDATE report SET state = 'draft'", "UPDATE report SET state = 'frozen'", "现在写着是草稿"},
			{"UPDATE report_frozen SET checkpoint = checkpoint - 1", "UPDATE report_frozen SET checkpoint = checkpoint + 1", "存证点 № "},
		} {
			run(forged.do)
			if said := found(); !strings.Contains(said, forged.says) || !strings.Contains(said, "2024年工作总结") {
				t.Errorf("%s: verification says %q, want %q", forged.do, said, forged.says)
			}
			run(forged.undo)
			if said := found(); said != "" {
				t.Fatalf("after the undoing of %s: %s", forged.do, said)
			}
		}
		if err := os.Chmod(file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(word, ' '), 0o600); err != nil {
			t.Fatal(err)
		}
		if said := found(); !strings.Contains(said, "与定稿时不同") {
			t.Errorf("a changed Word file: verification says %q", said)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if said := found(); !strings.Contains(said, "不在") {
			t.Errorf("a missing Word file: verification says %q", said)
		}
		run("DELETE FROM report_frozen", "DELETE FROM report")
		if said := found(); !strings.Contains(said, "定稿过，现在不在了") {
			t.Errorf("a report that is gone: verification says %q", said)
		}
	})
}

func TestWhoSeesReports(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		importYear(t, w)
		frozen, _ := frozenYear(t, w)
		draft, err := w.App.Reports.Create(w.As(apptest.Officer), report.WriteInput{Outline: "annual", Text: "# {{period}}小结\n办班{{training.sessions 期}}。", Scope: url.Values{"period": {"2024"}, "place": {"06"}}})
		if err != nil {
			t.Fatal(err)
		}
		if draft.Title != "2024年小结" || draft.Place == "" {
			t.Errorf("the draft is %q of %q", draft.Title, draft.Place)
		}
		for who, want := range map[string]string{apptest.Officer: "frozen draft", apptest.Chair: "frozen draft", apptest.Viewer: "frozen", apptest.Clerk: "", apptest.Outsider: "", apptest.Admin: "", apptest.Auditor: ""} {
			ctx := w.As(who)
			var seen []string
			if err := w.App.DB.View(ctx, func(tx *db.Tx) error {
				for _, r := range []report.Stored{frozen, draft} {
					if _, err := w.App.Reports.Get(ctx, tx, r.ID); err == nil {
						seen = append(seen, string(r.State))
					} else if !errs.Is(err, errs.NotFound) {
						return err
					}
				}
				all, err := w.App.Reports.List(ctx, tx)
				if len(all) != len(seen) {
					t.Errorf("%s lists %d reports and opens %d", who, len(all), len(seen))
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(seen, " "); got != want {
				t.Errorf("%s sees %q, want %q", who, got, want)
			}
		}
		refuse := func(who string, kind errs.Kind, do func(ctx context.Context) error) {
			t.Helper()
			if err := do(w.As(who)); !errs.Is(err, kind) {
				t.Errorf("%s: %v, want %s", who, err, kind)
			}
		}
		in := report.WriteInput{Outline: "annual", Text: "# 题\n{{training.sessions}}", Scope: url.Values{"period": {"2024"}}}
		for _, who := range []string{apptest.Clerk, apptest.Viewer, apptest.Admin} {
			refuse(who, errs.Forbidden, func(ctx context.Context) error { _, err := w.App.Reports.Create(ctx, in); return err })
		}
		refuse(apptest.Viewer, errs.NotFound, func(ctx context.Context) error {
			_, _, err := w.App.Reports.Freeze(ctx, draft.ID, draft.Version)
			return err
		})
		refuse(apptest.Clerk, errs.NotFound, func(ctx context.Context) error { return w.App.Reports.Delete(ctx, draft.ID, draft.Version) })
		refuse(apptest.Officer, errs.Conflict, func(ctx context.Context) error {
			_, err := w.App.Reports.Save(ctx, draft.ID, draft.Version+1, in)
			return err
		})
		for name, bad := range map[string]report.WriteInput{
			"line":   {Text: "# 题\n\n办班{{training.classs}}", Scope: url.Values{"period": {"2024"}}},
			"title":  {Text: "办班", Scope: url.Values{"period": {"2024"}}},
			"period": {Text: "# 题", Scope: url.Values{"period": {"去年"}}},
			"place":  {Text: "# 题", Scope: url.Values{"place": {"nowhere"}}},
			"long":   {Text: "# 题\n" + strings.Repeat("长", report.LongestText), Scope: url.Values{}},
		} {
			_, err := w.App.Reports.Save(w.As(apptest.Officer), draft.ID, draft.Version, bad)
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("a wrong %s: %v", name, err)
			}
			if name == "line" && !strings.Contains(err.Error(), "第 3 行") {
				t.Errorf("the wrong line is not named: %v", err)
			}
		}
		saved, err := w.App.Reports.Save(w.As(apptest.Chair), draft.ID, draft.Version, in)
		if err != nil || saved.Title != "题" || saved.Version != draft.Version+1 || saved.Place != "" {
			t.Errorf("saved %+v: %v", saved, err)
		}
		if err := w.App.Reports.Delete(w.As(apptest.Officer), draft.ID, saved.Version); err != nil {
			t.Error(err)
		}
	})
}
