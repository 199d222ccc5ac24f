package indicator_test

import (
	"slices"
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

// Ten townships with two villages each: the denominator of a coverage is read from the tree of the period's last day.
func TestPlacesAreCountedInTheTree(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y, last := year(2026), year(2025)
		east, west := orgtest.Place(t, w.tree, "01"), orgtest.Place(t, w.tree, "02")
		in := func(s indicator.Scope, p org.Place) indicator.Scope { s.Place = p.ID; return s }
		w.is(y, "i.villages", "20")
		w.is(in(y, east), "i.villages", "2")
		w.is(indicator.Scope{Period: y.Period, Unit: orgtest.Unit(t, w.tree, "u02").ID}, "i.villages", "2")
		size := w.seal()
		w.update(func(tx *db.Tx) error {
			if err := org.MovePlace(w.ctx, tx, orgtest.Place(t, w.tree, "0202").ID, east.ID, "2026-03-01"); err != nil {
				return err
			}
			if err := org.MergePlace(w.ctx, tx, orgtest.Place(t, w.tree, "0301").ID, orgtest.Place(t, w.tree, "0302").ID, "2026-04-01"); err != nil {
				return err
			}
			_, err := org.AddPlace(w.ctx, tx, org.Place{Code: "0103", Name: "新村", Level: org.LevelVillage, Parent: east.ID, Opened: "2026-05-01"})
			return err
		})
		w.seal()
		w.is(y, "i.villages", "20") // one merged, one new
		w.is(in(y, east), "i.villages", "4")
		w.is(in(y, west), "i.villages", "1")
		w.is(in(last, east), "i.villages", "2")
		w.is(last, "i.villages", "20")
		then := y
		then.AsOf = size
		w.is(in(then, east), "i.villages", "2")
		if got := w.rows(y, "month", "i.villages"); !strings.Contains(got, "3月 20；4月 19；5月 20") {
			t.Errorf("by month: %s", got)
		}
		if got := w.rows(y, "township", "i.villages"); !strings.HasPrefix(got, "河东镇 4；河西镇 1；松坪镇 1；大营镇 2") || strings.Contains(got, "县直") {
			t.Errorf("by township: %s", got)
		}
		tr := w.trace(in(y, east), "i.villages", indicator.Options{})
		if got, want := strings.Join(tr.Names, "；"), "河东镇 4：新村（2026年5月1日起）、河东镇上村、河东镇下村、河西镇下村（2026年3月1日起）"; got != want {
			t.Errorf("the trace names %s", got)
		}
		if tr.Total != 0 || tr.Records != 0 || len(tr.Lines) != 0 {
			t.Errorf("villages have facts: %+v", tr)
		}
		if tr := w.trace(in(then, east), "i.villages", indicator.Options{}); strings.Join(tr.Names, "；") != "河东镇 2：河东镇上村、河东镇下村" {
			t.Errorf("as it was known then: %v", tr.Names)
		}
	})
}

// A village has all when it has a station and a board at the end; it is new when it had not on the day before the period.
func TestAllOfAtTheEnd(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		village := func(code string) string { return orgtest.Place(t, w.tree, code).ID }
		has := func(code, on, measure string, n int64) ledger.Fact {
			return key(w.at(code, on, measure, n), village(code))
		}
		y := year(2026)
		w.post(id.Ref{}, has("0101", "2025-03-01", "w.stations", 1), has("0101", "2025-06-01", "w.boards", 1)) // complete before
		w.post(id.Ref{}, has("0102", "2025-03-01", "w.stations", 1), has("0102", "2026-06-01", "w.boards", 1)) // new
		w.post(id.Ref{}, has("0201", "2026-02-01", "w.stations", 1))                                           // lacks a board
		w.post(id.Ref{}, has("0202", "2025-02-01", "w.stations", 1), has("0202", "2025-02-01", "w.boards", 1)) // gives its board up
		gone := w.post(id.Ref{}, has("0202", "2026-08-01", "w.boards", -1))
		w.is(y, "i.full", "2")
		w.is(y, "i.full_new", "1")
		w.is(year(2025), "i.full", "2")
		w.is(year(2025), "i.full_new", "2")
		w.is(y, "i.cover", "10")
		east := y
		east.Place = orgtest.Place(t, w.tree, "01").ID
		w.is(east, "i.cover", "100")
		if got, want := w.rows(y, "township", "i.full", "i.full_new"), "河东镇 2 1"; got != want {
			t.Errorf("by township: %s", got)
		}
		if got := w.rows(y, "month", "i.full", "i.full_new"); !strings.Contains(got, "5月 2 0；6月 3 1；7月 3 0；8月 2 0") {
			t.Errorf("by month: %s", got)
		}
		tr := w.trace(y, "i.full_new", indicator.Options{})
		if !slices.Equal(tr.Names, []string{"河东镇 河东镇下村"}) {
			t.Errorf("new are %v", tr.Names)
		}
		w.trace(y, "i.full", indicator.Options{})
		cover := w.trace(y, "i.cover", indicator.Options{})
		if cover.Total != 8 || cover.Denominator.Value.Num().Int64() != 20 {
			t.Errorf("coverage: %d facts, %v villages", cover.Total, cover.Denominator.Value)
		}
		// The village that comes from another township with all that it has is not new there.
		w.update(func(tx *db.Tx) error {
			return org.MovePlace(w.ctx, tx, village("0101"), orgtest.Place(t, w.tree, "09").ID, "2026-03-01")
		})
		nine := y
		nine.Place = orgtest.Place(t, w.tree, "09").ID
		w.is(nine, "i.full", "1")
		w.is(nine, "i.full_new", "0")
		// A record's preview: the board that is found again makes no village new, the one of 0201 does.
		preview := func(ref id.Ref, facts ...ledger.Fact) (full, fresh int64) {
			w.view(func(tx *db.Tx) error {
				all, err := w.c.Preview(w.ctx, tx, ref, facts)
				for _, i := range all {
					switch i.Def.Code {
					case "i.full":
						full = i.Added.Num().Int64()
					case "i.full_new":
						fresh = i.Added.Num().Int64()
					}
				}
				return err
			})
			return full, fresh
		}
		if full, fresh := preview(id.Ref{Kind: "w", ID: id.New()}, has("0201", "2026-09-01", "w.boards", 1)); full != 1 || fresh != 1 {
			t.Errorf("a board for 0201: %d, new %d", full, fresh)
		}
		if full, fresh := preview(gone, has("0202", "2026-08-01", "w.boards", 0)); full != 1 || fresh != 0 {
			t.Errorf("0202 keeps its board: %d, new %d", full, fresh)
		}
	})
}

func TestPerWeek(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.post(id.Ref{}, w.at("01", "2026-01-05", "w.open", 80))
		four := indicator.Scope{Period: day.Period{From: "2026-01-01", To: "2026-01-28"}} // four weeks
		w.is(four, "i.weekly", "1")
		w.trace(four, "i.weekly", indicator.Options{})
		w.post(id.Ref{}, w.at("01", "2026-09-18", "w.open", 80))
		running := indicator.Scope{Period: day.Period{From: "2026-09-12", To: "2026-10-09"}} // of four weeks one is over today
		w.is(running, "i.weekly", "4")
		w.trace(running, "i.weekly", indicator.Options{})
		w.view(func(tx *db.Tx) error {
			d, _ := w.c.Def("i.weekly")
			if got, want := w.c.Formula(w.ctx, d), "「开放」÷「村数」÷ 期内周数（天数 ÷ 7），分子、分母各自算出后再相除"; got != want {
				t.Errorf("formula: %s", got)
			}
			return nil
		})
	})
}
