package indicator_test

import (
	"strings"
	"testing"

	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// says is a fact of an external figure: pop or pupils of a place on a day.
func (w *world) says(figure, place, on string, n int64, tags ...string) ledger.Fact {
	f := w.at(place, on, "external."+figure, n, append([]string{"figure=" + figure}, tags...)...)
	if n == 0 {
		f.Measure, f.Amount = "external.zero", 1
	}
	return f
}

func (w *world) place(s indicator.Scope, code string) indicator.Scope {
	s.Place = orgtest.Place(w.t, w.tree, code).ID
	return s
}

func (w *world) basis(s indicator.Scope, code string, want ...string) {
	w.t.Helper()
	f := w.figure(s, code)
	text := f.Basis
	if !f.Available {
		text = f.Reason
	}
	for _, one := range want {
		if !strings.Contains(text, one) {
			w.t.Errorf("%s rests on %q, which lacks %q", code, text, one)
		}
	}
	if !f.Typed() {
		w.t.Errorf("%s is not marked as typed", code)
	}
}

var townships = []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10"}

// The value of a place is its last one; a place without one has the sum of those in it, if none is missing.
func TestExternalFigures(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y, last := year(2026), year(2025)
		w.is(y, "i.pop", "")
		w.basis(y, "i.pop", "还没有登记")
		for i, code := range townships[:9] {
			w.post(id.Ref{}, w.says("pop", code, "2025-12-31", int64(1000*(i+1)), "source=统计局"))
		}
		w.is(y, "i.pop", "")
		w.basis(y, "i.pop", "缺磨盘山乡的数")
		w.is(y, "i.per", "")
		tenth := w.post(id.Ref{}, exactness(w.says("pop", "10", "2024-12-31", 500, "source=年鉴"), ledger.About))
		w.is(y, "i.pop", "45500")
		w.basis(y, "i.pop", "2025年末的数，来源：统计局", "2024年末的数，来源：年鉴", "由 10 处相加")
		w.is(last, "i.pop", "45500")
		w.is(year(2024), "i.pop", "")
		w.is(w.place(y, "01"), "i.pop", "1000")
		w.is(indicator.Scope{Period: y.Period, Unit: orgtest.Unit(t, w.tree, "u02").ID}, "i.pop", "2000")
		w.post(id.Ref{}, w.at("01", "2026-03-05", "w.people", 25, "kind=farm"), w.at("01", "2026-03-06", "w.people", 7, "kind=short"))
		w.is(w.place(y, "01"), "i.per", "2.5")
		w.basis(w.place(y, "01"), "i.per")
		if got := w.rows(y, "township", "i.pop", "i.per"); !strings.HasPrefix(got, "河东镇 1000 3；河西镇 2000 0") || strings.Contains(got, "县直") {
			t.Errorf("by township: %s", got)
		}
		tr := w.trace(y, "i.pop", indicator.Options{})
		if tr.Records != 10 || tr.Total != 10 || !tr.AddsUp || tr.Parts[0].Figure.Screen(w.ctx) != "9,000" || tr.Parts[0].Records != 1 {
			t.Errorf("the trace: %d records, %d facts, adds up %v, %+v", tr.Records, tr.Total, tr.AddsUp, tr.Parts)
		}
		if !strings.Contains(tr.Formula, "期末以前最近一次核实的「人口」") {
			t.Errorf("formula: %s", tr.Formula)
		}
		// A later value of one place, and the county's own.
		w.post(id.Ref{}, w.says("pop", "01", "2026-06-30", 1100, "source=统计局"))
		w.is(y, "i.pop", "45600")
		w.is(indicator.Scope{Period: day.Period{From: "2026-01-01", To: "2026-05-31"}}, "i.pop", "45500")
		if got := w.rows(y, "month", "i.pop"); !strings.Contains(got, "5月 45500；6月 45600") {
			t.Errorf("by month: %s", got)
		}
		county := w.post(id.Ref{}, w.says("pop", "0", "2025-12-31", 50000, "source=公报"))
		w.is(y, "i.pop", "50000")
		tr = w.trace(y, "i.pop", indicator.Options{})
		if tr.AddsUp || !strings.Contains(tr.Why, "自己登记的数") || tr.Records != 1 || tr.Total != 1 {
			t.Errorf("the county's own: %v %q, %d records, %d facts", tr.AddsUp, tr.Why, tr.Records, tr.Total)
		}
		unused := int64(0)
		for _, l := range tr.LeftOut {
			if l.State == "unused" {
				unused = l.Records
			}
		}
		if unused != 11 {
			t.Errorf("left out %+v", tr.LeftOut)
		}
		w.view(func(tx *db.Tx) error {
			of, err := w.c.Records(w.ctx, tx, y, "i.pop")
			if err != nil {
				return err
			}
			ids, err := db.All(w.ctx, tx, db.Value[string], of.SQL, of.Args...)
			if len(ids) != 1 || ids[0] != county.ID {
				t.Errorf("counted are %v", ids)
			}
			return err
		})
		// What waits is outlined, not counted; what is voided falls back to the sum.
		w.expect("submitted", w.says("pop", "0", "2026-06-30", 51000))
		if f := w.is(y, "i.pop", "50000"); f.Seal != indicator.Outline || f.PendingRecords != 1 {
			t.Errorf("pending: %+v", f)
		}
		w.post(county)
		w.is(y, "i.pop", "45600")
		w.post(tenth)
		w.basis(y, "i.pop", "缺磨盘山乡的数")
	})
}

// A correction on a closed day keeps both values; what was known then is still what it was.
func TestExternalFiguresCorrected(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		last := w.place(year(2025), "01")
		ref := w.post(id.Ref{}, w.says("pop", "01", "2025-12-31", 1000, "source=公报"))
		size := w.seal()
		w.update(func(tx *db.Tx) error { return ledger.Close(w.ctx, tx, "2025-12-31", "x", "") })
		if f := w.is(last, "i.pop", "1000"); f.Seal != indicator.Frozen {
			t.Errorf("a closed year: %v", f.Seal)
		}
		w.post(ref, w.says("pop", "01", "2025-12-31", 1010, "source=年鉴"))
		w.seal()
		w.is(last, "i.pop", "1010")
		then := last
		then.AsOf = size
		w.is(then, "i.pop", "1000")
		w.basis(then, "i.pop", "来源：公报")
		tr := w.trace(last, "i.pop", indicator.Options{})
		if len(tr.Lines) != 3 || tr.Records != 1 {
			t.Errorf("the correction: %d lines, %d records", len(tr.Lines), tr.Records)
		}
		w.trace(then, "i.pop", indicator.Options{})
		w.view(func(tx *db.Tx) error {
			later, err := w.c.Later(w.ctx, tx, last, "i.pop", size)
			if len(later) != 2 {
				t.Errorf("later: %+v", later)
			}
			return err
		})
	})
}

// Stages add up, 0 is a value, percentages are never added.
func TestExternalStagesZerosAndShares(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y := year(2026)
		one := w.place(y, "01")
		w.post(id.Ref{}, w.says("pupils", "01", "2025-09-01", 300, "stage=小学", "source=教育局"))
		w.post(id.Ref{}, w.says("pupils", "01", "2024-09-01", 120, "stage=初中", "source=教育局"))
		w.post(id.Ref{}, w.says("pupils", "01", "2025-09-01", 80, "stage=中职", "source=教育局"))
		w.is(one, "i.pupils", "420")
		w.basis(one, "i.pupils", "2025年9月1日的数", "2024年9月1日的数", "学段：小学、初中")
		narrow := one
		narrow.Tags = []ledger.TagIs{{Name: "stage", Values: []string{"小学"}}, {Name: "kind", Values: []string{"short"}}}
		w.is(narrow, "i.pupils", "300")
		if got := w.rows(one, "tag:stage", "i.pupils"); !strings.Contains(got, "初中 120；小学 300") {
			t.Errorf("by stage: %s", got)
		}
		w.post(id.Ref{}, w.says("pupils", "02", "2025-09-01", 0, "stage=小学"))
		two := w.place(y, "02")
		w.is(two, "i.pupils", "0")
		w.basis(two, "i.pupils", "没有登记：初中")
		for _, village := range []string{"0301", "0302"} {
			w.post(id.Ref{}, w.says("pop", village, "2025-12-31", 70))
			w.post(id.Ref{}, w.says("share", village, "2025-12-31", 1200))
		}
		w.is(w.place(y, "03"), "i.pop", "140")
		w.is(w.place(y, "03"), "i.share", "")
		w.is(w.place(y, "0301"), "i.share", "12")
		w.trace(two, "i.pupils", indicator.Options{})
		w.trace(one, "i.pupils", indicator.Options{By: "tag:stage"})
	})
}

// A place that took another over has both values until it has a later one of its own.
func TestExternalFiguresOfMergedPlaces(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y := year(2026)
		w.post(id.Ref{}, w.says("pop", "01", "2025-12-31", 1000))
		w.update(func(tx *db.Tx) error {
			return org.MergePlace(w.ctx, tx, orgtest.Place(t, w.tree, "02").ID, orgtest.Place(t, w.tree, "01").ID, "2026-04-01")
		})
		one := w.place(y, "01")
		w.basis(one, "i.pop", "缺河西镇的数")
		w.post(id.Ref{}, w.says("pop", "02", "2025-12-31", 600))
		w.is(one, "i.pop", "1600")
		w.is(indicator.Scope{Place: one.Place, Period: day.Period{From: "2026-01-01", To: "2026-03-31"}}, "i.pop", "1000")
		w.post(id.Ref{}, w.says("pop", "01", "2026-06-30", 1650))
		w.is(one, "i.pop", "1650")
		w.trace(one, "i.pop", indicator.Options{})
	})
}

// What verifying a figure would change: the place's own, and the county's where it is added up; a ratio with it.
func TestExternalPreview(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		for _, code := range townships[:9] {
			w.post(id.Ref{}, w.says("pop", code, "2025-12-31", 100))
		}
		preview := func(ref id.Ref, facts ...ledger.Fact) map[string]indicator.Impact {
			by := map[string]indicator.Impact{}
			w.view(func(tx *db.Tx) error {
				all, err := w.c.Preview(w.ctx, tx, ref, facts)
				for _, i := range all {
					by[i.Def.Code] = i
				}
				return err
			})
			return by
		}
		first := preview(id.Ref{Kind: "w", ID: id.New()}, w.says("pop", "10", "2025-12-31", 50))["i.pop"]
		if first.Before.Available || first.After.Screen(w.ctx) != "950" || first.Own == nil || first.Own.After.Screen(w.ctx) != "50" {
			t.Errorf("the last township: %+v", first)
		}
		ref := w.post(id.Ref{}, w.says("pop", "10", "2025-12-31", 50))
		again := preview(ref, w.says("pop", "10", "2025-12-31", 60))["i.pop"]
		if again.Before.Screen(w.ctx) != "950" || again.After.Screen(w.ctx) != "960" || again.Added.Num().Int64() != 10 {
			t.Errorf("a revision: %+v", again)
		}
		w.post(id.Ref{}, w.at("10", "2025-03-05", "w.people", 30, "kind=farm"))
		if per := preview(ref, w.says("pop", "10", "2025-12-31", 60))["i.per"]; per.Own == nil || per.Own.Before.Screen(w.ctx) != "60" || per.Own.After.Screen(w.ctx) != "50" {
			t.Errorf("per hundred: %+v", per)
		}
	})
}
