package indicator_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// record makes a record with a number and posts its facts.
func (w *world) record(title string, facts ...ledger.Fact) flow.Head {
	w.t.Helper()
	h := flow.Head{Kind: "w", Prefix: "PX", Title: title, Unit: facts[0].Unit, Place: facts[0].Place, Day: facts[0].Day, State: flow.Submitted}
	if err := flow.Reserve(w.ctx, w.d, &h); err != nil {
		w.t.Fatal(err)
	}
	w.update(func(tx *db.Tx) error {
		h := &h
		return flow.Create(w.ctx, tx, h, map[string]string{"title": title})
	})
	w.post(h.Ref(), facts...)
	return h
}

func (w *world) rows(s indicator.Scope, by string, codes ...string) string {
	w.t.Helper()
	var out []string
	w.view(func(tx *db.Tx) error {
		rows, err := w.c.Breakdown(w.ctx, tx, s, by, codes...)
		for _, r := range rows {
			line := r.Name + r.Note
			empty := true
			for _, f := range r.Figures {
				line += " " + indicator.Rounded(f.Value, 0)
				empty = empty && (f.Value == nil || f.Value.Sign() == 0)
			}
			if !empty {
				out = append(out, line)
			}
		}
		return err
	})
	return strings.Join(out, "；")
}

func TestBreakdown(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y := year(2026)
		w.post(id.Ref{}, w.at("0101", "2026-01-05", "w.people", 5), w.at("01", "2026-01-05", "w.people", 7, "audience=老年人", "audience=农民"),
			key(w.at("01", "2026-01-05", "w.subjects", 1), "核桃"))
		w.post(id.Ref{}, w.at("09", "2026-02-05", "w.people", 20, "audience=农民"), key(w.at("09", "2026-02-05", "w.subjects", 1), "核桃"))
		w.post(id.Ref{}, w.at("10", "2026-03-05", "w.people", 3), w.at("0", "2026-03-06", "w.people", 100))
		if got, want := w.rows(y, "township", "i.people", "i.subjects"), "河东镇 12 1；红岩乡 20 1；磨盘山乡 3 0；县直 100 0"; got != want {
			t.Errorf("by township: %s", got)
		}
		if got, want := w.rows(y, "month", "i.people", "i.subjects"), "1月 12 1；2月 20 1；3月 103 0"; got != want {
			t.Errorf("by month: %s", got)
		}
		if got, want := w.rows(y, "tag:audience", "i.people"), "农民 27；老年人 7；没有标人群 108"; got != want {
			t.Errorf("by audience: %s", got)
		}
		if got, want := w.rows(y, "unit", "i.people", "i.both"), "河东镇科协 12 0；红岩乡科协 20 0；磨盘山乡科协 3 0；云岭县科协本级 100 0"; got != want {
			t.Errorf("by unit: %s", got)
		}
		east := orgtest.Place(t, w.tree, "01")
		if got, want := w.rows(indicator.Scope{Period: y.Period, Place: east.ID}, "township", "i.people"), "河东镇上村 5；河东镇本级 7"; got != want {
			t.Errorf("inside a township: %s", got)
		}
		if got, want := w.rows(indicator.Scope{Period: y.Period, Unit: orgtest.Unit(t, w.tree, "u01").ID}, "township", "i.people"), "河东镇 12"; got != want {
			t.Errorf("a unit's work by township: %s", got)
		}
		w.update(func(tx *db.Tx) error {
			return org.MergePlace(w.ctx, tx, orgtest.Place(t, w.tree, "10").ID, orgtest.Place(t, w.tree, "09").ID, "2026-06-01")
		})
		if got, want := w.rows(y, "township", "i.people"), "河东镇 12；红岩乡含原磨盘山乡 23；县直 100"; got != want {
			t.Errorf("after a merger: %s", got)
		}
		if got, want := w.rows(indicator.Scope{Period: day.Month(2026, 3)}, "township", "i.people"), "磨盘山乡 3；县直 100"; got != want {
			t.Errorf("before the merger: %s", got)
		}
		w.is(indicator.Scope{Period: y.Period, Place: orgtest.Place(t, w.tree, "09").ID}, "i.people", "23")

		tr := w.trace(y, "i.people", indicator.Options{})
		if !tr.AddsUp || tr.PartsBy != "township" || len(tr.Parts) != 3 || tr.Parts[0].Name != "县直" || tr.Parts[0].Share != 1 || tr.Parts[0].Records != 1 {
			t.Errorf("parts of the trace: by %s, adds up %v, %+v", tr.PartsBy, tr.AddsUp, tr.Parts)
		}
		if tr := w.trace(y, "i.subjects", indicator.Options{}); tr.AddsUp || tr.Why == "" {
			t.Error("a distinct count claims to add up")
		}
		if tr := w.trace(y, "i.people", indicator.Options{By: "tag:audience"}); tr.AddsUp || !strings.Contains(tr.Why, "人群") {
			t.Errorf("several audiences: adds up %v, %q", tr.AddsUp, tr.Why)
		}
		err := w.d.View(w.ctx, func(tx *db.Tx) error {
			_, err := w.c.Breakdown(w.ctx, tx, y, "weather", "i.people")
			return err
		})
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("an unknown breakdown gives %v", err)
		}
	})
}

func TestTraceListsFacts(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y := year(2026)
		for i := range 7 {
			w.record(fmt.Sprintf("第%d期", i+1), w.at("01", fmt.Sprintf("2026-03-%02d", i+1), "w.people", int64(i+1), "kind=short"))
		}
		other := w.record("青溪班", w.at("06", "2026-04-01", "w.people", 30))
		first := w.trace(y, "i.people", indicator.Options{Limit: 3})
		if first.Total != 8 || first.Records != 8 || len(first.Lines) != 3 || first.Lines[0].Number != other.Number || first.Lines[0].Place != "青溪乡" || first.Checked != 8 {
			t.Errorf("first page: %d facts of %d records, lines %+v", first.Total, first.Records, first.Lines)
		}
		last := w.trace(y, "i.people", indicator.Options{Limit: 3, Offset: 6})
		if len(last.Lines) != 2 || last.Lines[1].Title != "第1期" || last.Lines[1].Fact.Tags.Text() != "kind=short" {
			t.Errorf("last page: %+v", last.Lines)
		}
		if one := w.trace(y, "i.people", indicator.Options{Fact: first.Lines[1].ID}); len(one.Lines) != 1 || one.Lines[0].ID != first.Lines[1].ID || one.Total != 8 {
			t.Errorf("one fact asked for: %d lines of %d", len(one.Lines), one.Total)
		}
		if m := w.trace(y, "w.people", indicator.Options{Limit: 1}); indicator.Rounded(m.Value, 0) != indicator.Rounded(first.Value, 0) || m.Def.Kind != indicator.Sum || !m.Agrees {
			t.Errorf("the sum of a measure: %s, %+v", m.Value, m.Def)
		}
		chair := w.ctx
		w.ctx = access.With(chair, access.Actor{Association: org.Of(chair), Account: id.New(), Name: "李文", Grants: []access.Grant{{Role: access.Clerk, Unit: orgtest.Unit(t, w.tree, "u06").ID}}})
		err := w.d.View(w.ctx, func(tx *db.Tx) error {
			_, err := w.c.Trace(w.ctx, tx, y, "i.people", indicator.Options{})
			return err
		})
		if !errs.Is(err, errs.Forbidden) {
			t.Errorf("a clerk opens the county's figure: %v", err)
		}
		green := indicator.Scope{Period: y.Period, Place: orgtest.Place(t, w.tree, "06").ID}
		if tr := w.trace(green, "i.people", indicator.Options{}); len(tr.Lines) != 1 || tr.Hidden != 0 {
			t.Errorf("the clerk's own township: %d lines, %d hidden", len(tr.Lines), tr.Hidden)
		}
		w.ctx = chair
		w.post(id.Ref{Kind: "w", ID: id.New()}, w.at("06", "2026-05-01", "w.people", 9)) // nobody's record: only who sees all sees it
		w.ctx = access.With(chair, access.Actor{Association: org.Of(chair), Account: id.New(), Grants: []access.Grant{{Role: access.Clerk, Unit: orgtest.Unit(t, w.tree, "u06").ID}}})
		if tr := w.trace(green, "i.people", indicator.Options{Limit: 1}); len(tr.Lines) != 1 || tr.Hidden != 1 || tr.Total != 2 || tr.Lines[0].Number == "" {
			t.Errorf("hidden facts are counted, not listed: %d lines, %d hidden of %d", len(tr.Lines), tr.Hidden, tr.Total)
		}
	})
}

func TestTraceNamesWhatIsLeftOut(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		march := indicator.Scope{Period: day.Month(2026, 3)}
		kept := w.record("在", w.at("01", "2026-03-01", "w.people", 10))
		gone := w.record("废", w.at("01", "2026-03-02", "w.people", 20))
		w.post(gone.Ref())
		w.update(func(tx *db.Tx) error {
			_, err := tx.Exec(w.ctx, "UPDATE record SET state = 'voided' WHERE association = ? AND id = ?", org.Of(w.ctx), gone.ID)
			if err == nil {
				_, err = tx.Exec(w.ctx, "UPDATE record SET revision = 'submitted' WHERE association = ? AND id = ?", org.Of(w.ctx), kept.ID)
			}
			return err
		})
		w.record("前", w.at("01", "2026-02-28", "w.people", 3))
		w.record("后", w.at("01", "2026-04-01", "w.people", 4))
		w.record("去年", w.at("01", "2025-03-01", "w.people", 5))
		w.update(func(tx *db.Tx) error {
			if err := ledger.OpenBatch(w.ctx, tx, "import"); err != nil {
				return err
			}
			return ledger.Set(w.ctx, tx, ledger.Statement{Ref: id.Ref{Kind: "w", ID: id.New()}, Version: 1, Batch: "import",
				Facts: []ledger.Fact{w.at("01", "2026-03-05", "w.people", 1000)}})
		})
		w.is(march, "i.people", "10")
		tr := w.trace(march, "i.people", indicator.Options{})
		var got []string
		for _, l := range tr.LeftOut {
			got = append(got, fmt.Sprintf("%s %d %s", l.State, l.Records, indicator.Rounded(l.Amount, 0)))
		}
		if p := tr.LeftOut[len(tr.LeftOut)-1].Period; p != (day.Period{From: "2026-04-01", To: "2026-12-31"}) {
			t.Errorf("outside the period: %v", p)
		}
		want := []string{"voided 1 ", "revision 1 ", "import 1 ", "period 1 3", "period 1 4"}
		if !slices.Equal(got, want) {
			t.Errorf("left out %q, want %q", got, want)
		}
		if tr.Records != 1 || tr.Total != 3 || len(tr.Lines) != 3 {
			t.Errorf("%d records, %d facts: the voided one stands with its reversal", tr.Records, tr.Total)
		}
		w.update(func(tx *db.Tx) error { return ledger.CloseBatch(w.ctx, tx, "import") })
		w.is(march, "i.people", "1010")

		out, err := json.Marshal(tr)
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]any
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatal(err)
		}
		fact := back["facts"].([]any)[2].(map[string]any)
		if back["code"] != "i.people" || back["value"] != 10.0 || fact["record"] != kept.Number || fact["amount"] != 10.0 || fact["day"] != "2026-03-01" || fact["place"] != "河东镇" {
			t.Errorf("trace as JSON: %s", out)
		}
	})
}

func TestNamesOfSubjects(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		var walnut, tobacco string
		w.update(func(tx *db.Tx) (err error) {
			if walnut, err = org.AddTerm(w.ctx, tx, "subject", "核桃嫁接"); err == nil {
				tobacco, err = org.AddTerm(w.ctx, tx, "subject", "烤烟栽培")
			}
			return err
		})
		w.post(id.Ref{}, key(w.at("01", "2026-05-01", "w.subjects", 1), walnut))
		w.post(id.Ref{}, key(w.at("02", "2026-02-01", "w.subjects", 1), tobacco))
		gone := w.post(id.Ref{}, key(w.at("02", "2026-01-01", "w.subjects", 1), "不在词典里"))
		if tr := w.trace(year(2026), "i.subjects", indicator.Options{}); strings.Join(tr.Names, " ") != "烤烟栽培 核桃嫁接" || indicator.Rounded(tr.Value, 0) != "3" {
			t.Errorf("names %v of %s", tr.Names, tr.Value)
		}
		w.post(gone)
		w.is(year(2026), "i.subjects", "2")
	})
}
