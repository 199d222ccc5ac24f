package indicator_test

import (
	"encoding/json"
	"testing"

	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

func TestEveryKind(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y := year(2026)
		for _, code := range []string{"i.classes", "i.people", "i.money", "i.members", "i.joined", "i.subjects", "i.both"} {
			w.is(y, code, "0")
		}
		for code, reason := range map[string]string{
			"i.rate": "分母「考试」是 0，算不出比率", "i.quota": "由上级或外部提供，还没有登记", "i.later": "对应的业务还没有启用", "i.old": "从2026年1月1日起不再统计",
		} {
			if f := w.is(y, code, ""); f.Available || f.Reason != reason || f.Seal != indicator.NoSeal {
				t.Errorf("%s: available %v, %q, seal %q", code, f.Available, f.Reason, f.Seal)
			}
		}
		w.post(id.Ref{}, w.at("01", "2026-03-05", "w.classes", 1, "kind=short"), w.at("01", "2026-03-05", "w.people", 50, "kind=short"),
			key(w.at("01", "2026-03-05", "w.subjects", 1), "核桃"), key(w.at("01", "2026-03-05", "w.heads", 1), "p1"), key(w.at("01", "2026-03-05", "w.heads", 1), "p2"),
			w.at("01", "2026-03-05", "w.sessions", 3))
		w.post(id.Ref{}, w.at("02", "2026-05-06", "w.classes", 1, "kind=farm"), w.at("02", "2026-05-06", "w.people", 23, "kind=farm"),
			w.at("02", "2026-05-06", "w.examined", 490, "kind=farm"), w.at("02", "2026-05-06", "w.passed", 480, "kind=farm"),
			w.at("02", "2026-05-06", "w.examined", 10, "kind=short"),
			key(w.at("02", "2026-05-06", "w.subjects", 1), "核桃"), key(w.at("02", "2026-05-06", "w.heads", 1), "核桃"), w.at("02", "2026-05-06", "w.unsaid", 1))
		w.post(id.Ref{}, w.at("0", "2025-11-01", "w.classes", 1, "kind=lecture"), key(w.at("0", "2025-11-01", "w.heads", 1), "p1"),
			move(w.at("0", "2025-11-01", "w.members", 10), ledger.Opening), w.at("0", "2026-04-01", "w.money", 123_456_789),
			move(w.at("0", "2026-02-01", "w.members", 4), ledger.In), move(w.at("0", "2026-06-01", "w.members", -3), ledger.Out))
		w.is(y, "i.classes", "2")
		w.is(y, "i.short", "1")
		w.is(year(2025), "i.short", "1")
		w.is(y, "i.money", "123.46")
		w.is(y, "i.members", "11")
		w.is(year(2025), "i.members", "10")
		w.is(y, "i.joined", "4")
		w.is(y, "i.subjects", "1")
		w.is(y, "i.heads", "3")
		w.is(y, "i.known", "3")
		w.is(year(2025), "i.known", "1")
		w.is(y, "i.both", "1")
		w.is(y, "i.mean", "36.5")
		rate := w.is(y, "i.rate", "97.96")
		if rate.Numerator.Value.RatString() != "480" || rate.Denominator.Value.RatString() != "490" {
			t.Errorf("rate of %s and %s", rate.Numerator.Value, rate.Denominator.Value)
		}
		if f := w.is(y, "i.sessions", "3"); !f.AtLeast || f.MissingRecords != 1 || f.Screen(w.ctx) != "至少 3" || f.Reason != "1 个班没有填场次" {
			t.Errorf("sessions: %+v", f)
		}
		only2 := indicator.Scope{Period: y.Period, Place: orgtest.Place(t, w.tree, "02").ID}
		if f := w.is(only2, "i.sessions", ""); f.Reason != "1 个班没有填场次" {
			t.Errorf("no sessions at all: %q", f.Reason)
		}
		w.is(only2, "i.classes", "1")
		w.is(indicator.Scope{Period: y.Period, Unit: orgtest.Unit(t, w.tree, "u01").ID}, "i.people", "50")
		w.is(indicator.Scope{Period: y.Period, Tags: []ledger.TagIs{{Name: "kind", Values: []string{"farm"}}}}, "i.people", "23")
		w.is(indicator.Scope{Period: day.Month(2026, 3)}, "i.classes", "1")
		all := w.trace(y, "i.rate", indicator.Options{})
		if len(all.Lines) != 2 || all.Total != 2 || all.AddsUp {
			t.Errorf("trace of a ratio lists %d of %d facts, adds up %v", len(all.Lines), all.Total, all.AddsUp)
		}
		for _, code := range []string{"i.mean", "i.members", "i.joined", "i.known", "i.both", "i.sessions", "i.money"} {
			w.trace(y, code, indicator.Options{})
		}
	})
}

func TestMonthsAgreeWithSingleValues(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		for i, on := range []string{"2025-12-30", "2026-01-02", "2026-01-20", "2026-03-31", "2026-04-01", "2026-06-15"} {
			k := []string{"a", "b", "a", "c", "b", "a"}[i]
			w.post(id.Ref{}, w.at("01", on, "w.classes", 1, "kind=short"), w.at("01", on, "w.people", int64(10*i)), key(w.at("01", on, "w.heads", 1), k),
				key(w.at("01", on, "w.subjects", 1), k), move(w.at("01", on, "w.members", int64(i-1)), ledger.In),
				w.at("01", on, "w.examined", 10, "kind=farm"), w.at("01", on, "w.passed", int64(i), "kind=farm"))
		}
		codes := []string{"i.classes", "i.short", "i.members", "i.joined", "i.subjects", "i.heads", "i.known", "i.both", "i.rate", "i.mean"}
		scope := indicator.Scope{Period: day.Period{From: "2026-01-10", To: "2026-06-10"}}
		var months []indicator.Month
		w.view(func(tx *db.Tx) (err error) {
			months, err = w.c.Months(w.ctx, tx, scope, codes...)
			return err
		})
		if len(months) != 6 || months[0].Period.From != "2026-01-10" || months[5].Period.To != "2026-06-10" {
			t.Fatalf("months %v", months)
		}
		for _, m := range months {
			for i, code := range codes {
				of := scope
				of.Period = m.Period
				want := w.figure(of, code)
				if got := m.Figures[i]; indicator.Rounded(got.Value, 2) != indicator.Rounded(want.Value, 2) || got.Reason != want.Reason {
					t.Errorf("%s in %s: %s in the series, %s alone", code, m.Period, indicator.Rounded(got.Value, 2), indicator.Rounded(want.Value, 2))
				}
			}
		}
	})
}

func TestExactness(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y := year(2026)
		about := w.post(id.Ref{}, exactness(w.at("01", "2026-01-05", "w.people", 161), ledger.About))
		f := w.is(y, "i.people", "161")
		if f.Screen(w.ctx) != "约 161" || f.Text(indicator.Form{}) != "约161人次" {
			t.Errorf("a single record prints its own word: %q, %q", f.Screen(w.ctx), f.Text(indicator.Form{}))
		}
		w.post(id.Ref{}, w.at("02", "2026-01-06", "w.people", 4889))
		f = w.is(y, "i.people", "5050")
		if f.Screen(w.ctx) != "5,050" || indicator.Rounded(f.Estimated, 0) != "161" {
			t.Errorf("within the limit a sum is bare: %q, %s estimated", f.Screen(w.ctx), f.Estimated)
		}
		w.update(func(tx *db.Tx) error { return org.Set(w.ctx, tx, indicator.InexactPercent, "2026-01-01", 3, "周敏") })
		if f = w.figure(y, "i.people"); f.Screen(w.ctx) != "约 5,050" {
			t.Errorf("above the limit of 3 %%: %q", f.Screen(w.ctx))
		}
		w.post(about, exactness(w.at("01", "2026-01-05", "w.people", 161), ledger.AtLeast))
		if f = w.figure(y, "i.people"); f.Screen(w.ctx) != "5,050 以上" || f.Text(indicator.Form{}) != "5050人次以上" {
			t.Errorf("at least: %q", f.Screen(w.ctx))
		}
		tr := w.trace(y, "i.people", indicator.Options{})
		if len(tr.Estimates) != 1 || tr.Estimates[0].Fact.Exactness != ledger.AtLeast {
			t.Errorf("the trace names the estimate: %v", tr.Estimates)
		}
	})
}

func TestPendingAndSeal(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y := year(2026)
		ref := w.post(id.Ref{}, w.at("01", "2026-03-05", "w.people", 50), key(w.at("01", "2026-03-05", "w.subjects", 1), "核桃"))
		if f := w.is(y, "i.people", "50"); f.Seal != indicator.Full {
			t.Errorf("nothing pending: seal %q", f.Seal)
		}
		w.expect("submitted", w.at("02", "2026-04-05", "w.people", 30), key(w.at("02", "2026-04-05", "w.subjects", 1), "核桃"), w.at("02", "2026-04-05", "w.examined", 5, "kind=farm"))
		w.expect("submitted", w.at("02", "2026-04-06", "w.people", 12), key(w.at("02", "2026-04-06", "w.subjects", 1), "烤烟"))
		w.expect("draft", w.at("02", "2026-04-07", "w.people", 7))
		w.expect("returned", w.at("01", "2026-04-07", "w.people", 8))
		f := w.is(y, "i.people", "50")
		if f.Seal != indicator.Outline || indicator.Rounded(f.Pending, 0) != "42" || f.PendingRecords != 2 {
			t.Errorf("pending: seal %q, %s of %d records", f.Seal, f.Pending, f.PendingRecords)
		}
		if f := w.is(y, "i.subjects", "1"); indicator.Rounded(f.Pending, 0) != "1" || f.PendingRecords != 2 || f.Seal != indicator.Outline {
			t.Errorf("only 烤烟 is new: %s of %d", f.Pending, f.PendingRecords)
		}
		if f := w.figure(indicator.Scope{Period: y.Period, Place: orgtest.Place(t, w.tree, "01").ID}, "i.people"); f.Seal != indicator.Full {
			t.Errorf("nothing is pending in 河东镇: %q", f.Seal)
		}
		w.post(id.Ref{}, w.at("03", "2026-03-05", "w.examined", 4, "kind=farm"), w.at("03", "2026-03-05", "w.passed", 4, "kind=farm"))
		if f := w.is(y, "i.rate", "100"); f.Seal != indicator.Outline {
			t.Errorf("a ratio takes the weaker seal of its parts: %q", f.Seal)
		}
		left := map[string]indicator.LeftOut{}
		for _, l := range w.trace(y, "i.people", indicator.Options{}).LeftOut {
			left[l.State] = l
		}
		for state, want := range map[string]string{"submitted": "42", "draft": "7", "returned": "8"} {
			if indicator.Rounded(left[state].Amount, 0) != want {
				t.Errorf("left out as %s: %s, want %s", state, left[state].Amount, want)
			}
		}
		w.update(func(tx *db.Tx) error { return ledger.Close(w.ctx, tx, "2026-12-31", "周敏", "年终") })
		if f := w.figure(y, "i.people"); f.Seal != indicator.Frozen {
			t.Errorf("a closed period is 封: %q", f.Seal)
		}
		w.update(func(tx *db.Tx) error {
			_, err := tx.Exec(w.ctx, "INSERT INTO proof (association, record, missing) VALUES (?, ?, ?)", org.Of(w.ctx), ref.ID, "notice")
			return err
		})
		if f := w.figure(y, "i.people"); indicator.Rounded(f.Unproved, 0) != "50" {
			t.Errorf("unproved people %s", f.Unproved)
		}
		if f := w.figure(y, "i.subjects"); indicator.Rounded(f.Unproved, 0) != "1" {
			t.Errorf("unproved subjects %s", f.Unproved)
		}
		w.post(id.Ref{}, key(w.at("04", "2026-03-05", "w.subjects", 1), "核桃"))
		if f := w.figure(y, "i.subjects"); indicator.Rounded(f.Unproved, 0) != "0" {
			t.Errorf("核桃 is proved elsewhere: %s", f.Unproved)
		}
	})
}

func TestAsKnownThen(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y := year(2026)
		ref := w.post(id.Ref{}, w.at("01", "2026-03-05", "w.people", 46), key(w.at("01", "2026-03-05", "w.heads", 1), "p1"), key(w.at("01", "2026-03-05", "w.heads", 1), "p2"))
		then := y
		then.AsOf = w.seal()
		w.post(ref, w.at("01", "2026-03-05", "w.people", 44), key(w.at("01", "2026-03-05", "w.heads", 1), "p1"), key(w.at("01", "2026-03-05", "w.heads", 1), "p2"))
		w.post(id.Ref{}, w.at("02", "2026-03-06", "w.people", 10), key(w.at("02", "2026-03-06", "w.heads", 1), "p3"))
		w.update(func(tx *db.Tx) error { return ledger.Alias(w.ctx, tx, "p2", "p1") })
		w.seal()
		w.is(y, "i.people", "54")
		w.is(y, "i.heads", "2")
		if f := w.is(then, "i.people", "46"); f.Seal != indicator.Frozen || f.Checkpoint != then.AsOf {
			t.Errorf("as known then: seal %q at %d", f.Seal, f.Checkpoint)
		}
		w.is(then, "i.heads", "2")
		w.is(then, "i.known", "2")
		tr := w.trace(then, "i.people", indicator.Options{})
		if len(tr.Lines) != 1 || tr.Lines[0].Correction != indicator.NoCorrection || tr.Sealed.Size != then.AsOf {
			t.Errorf("then nothing was corrected: %+v, sealed at %d", tr.Lines, tr.Sealed.Size)
		}
		last := tr.LeftOut[len(tr.LeftOut)-1]
		if last.State != "later" || last.Records != 2 || indicator.Rounded(last.Amount, 0) != "8" {
			t.Errorf("what came later: %+v", last)
		}
		now := w.trace(y, "i.people", indicator.Options{})
		var pair []indicator.Correction
		for _, l := range now.Lines {
			pair = append(pair, l.Correction)
		}
		if len(pair) != 4 || pair[0] != indicator.NoCorrection || pair[1] != indicator.TakenBack || pair[2] != indicator.TakesBack || pair[3] != indicator.Corrected {
			t.Errorf("the correction stands as a pair: %v", pair)
		}
		w.update(func(tx *db.Tx) error { return ledger.Unalias(w.ctx, tx, "p2") })
		w.is(y, "i.heads", "3")
	})
}

func TestJSON(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.post(id.Ref{}, w.at("01", "2026-03-05", "w.examined", 490, "kind=farm"), w.at("01", "2026-03-05", "w.passed", 480, "kind=farm"))
		out, err := json.Marshal([]indicator.Figure{w.figure(year(2026), "i.rate"), w.figure(year(2026), "i.later")})
		if err != nil {
			t.Fatal(err)
		}
		want := `[{"code":"i.rate","name":"合格率","value":97.96,"unit":"%","kind":"ratio","available":true,"reason":"","numerator":480,"denominator":490,"unproved":null,"estimated":null,"pending":null,"checkpoint":0,"typed":false,"basis":""},` +
			`{"code":"i.later","name":"别的","value":null,"unit":"个","kind":"sum","available":false,"reason":"对应的业务还没有启用","numerator":null,"denominator":null,"unproved":null,"estimated":null,"pending":null,"checkpoint":0,"typed":false,"basis":""}]`
		if string(out) != want {
			t.Errorf("got  %s\nwant %s", out, want)
		}
	})
}

func TestUnknownCode(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		err := w.d.View(w.ctx, func(tx *db.Tx) error {
			_, err := w.c.Values(w.ctx, tx, year(2026), "i.classes", "i.none")
			return err
		})
		if !errs.Is(err, errs.NotFound) {
			t.Errorf("an unknown code gives %v", err)
		}
	})
}
