package indicator_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// preview gives «code: before → after (own before → after) note» of every line.
func (w *world) preview(ref id.Ref, facts ...ledger.Fact) []string {
	w.t.Helper()
	var out []string
	w.view(func(tx *db.Tx) error {
		all, err := w.c.Preview(w.ctx, tx, ref, facts)
		for _, i := range all {
			line := fmt.Sprintf("%s %s→%s", i.Def.Code, i.Before.Screen(w.ctx), i.After.Screen(w.ctx))
			if i.Own != nil {
				line += fmt.Sprintf(" %s %s→%s", i.Own.Name, i.Own.Before.Screen(w.ctx), i.Own.After.Screen(w.ctx))
			}
			if !i.Fed {
				line = "not fed: " + line
			}
			out = append(out, strings.TrimSpace(line+" "+i.Note))
		}
		return err
	})
	return out
}

func TestPreview(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.post(id.Ref{}, w.at("01", "2026-01-05", "w.classes", 1, "kind=short"), w.at("01", "2026-01-05", "w.people", 100),
			key(w.at("01", "2026-01-05", "w.subjects", 1), "核桃"), w.at("01", "2026-01-05", "w.examined", 90, "kind=farm"), w.at("01", "2026-01-05", "w.passed", 90, "kind=farm"))
		facts := []ledger.Fact{w.at("0601", "2026-09-01", "w.classes", 1, "kind=farm"), exactness(w.at("0601", "2026-09-01", "w.people", 50), ledger.About),
			key(w.at("0601", "2026-09-01", "w.subjects", 1), "核桃"), w.at("0601", "2026-09-01", "w.examined", 10, "kind=farm"), w.at("0601", "2026-09-01", "w.passed", 8, "kind=farm"),
			w.at("0601", "2026-09-01", "w.unsaid", 1)}
		ref := id.Ref{Kind: "w", ID: id.New()}
		want := []string{
			"i.classes 1→2 青溪乡 0→1", "i.people 100→约 150 青溪乡 0→约 50", "i.rate 100%→98% 青溪乡 →80% 98 ÷ 100", "i.mean 100→75 青溪乡 →50 150 ÷ 2",
			"not fed: i.sessions 0→ 青溪乡 0→ 1 个班没有填场次", "i.subjects 1→1 青溪乡 0→1 今年已计过，不重复计",
		}
		if got := w.preview(ref, facts...); !slices.Equal(got, want) {
			t.Errorf("preview\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		w.post(ref, facts...)
		for _, line := range w.preview(ref, facts...) {
			if strings.HasPrefix(line, "not fed") {
				t.Errorf("what it counted already lists what it does not feed: %s", line)
			}
			before, after, _ := strings.Cut(strings.Fields(line)[1], "→")
			if before != after && before != "约" && !strings.HasPrefix(line, "i.people 约 150→约 150") {
				t.Errorf("posted already, and yet it changes: %s", line)
			}
		}
		y := year(2026)
		facts[1].Amount = 60
		facts[2].Key = "烤烟"
		got := w.preview(ref, facts...)
		if !slices.Contains(got, "i.people 约 150→约 160 青溪乡 约 50→约 60") || !slices.Contains(got, "i.subjects 1→2 青溪乡 1→1") {
			t.Errorf("a revision shows its difference: %q", got)
		}
		w.post(ref, facts...)
		w.is(y, "i.people", "160")
		w.is(y, "i.subjects", "2")
		if got := w.preview(ref); got != nil {
			t.Errorf("no facts, no preview: %q", got)
		}
	})
}

func local(code string, kind indicator.Kind, measures ...string) indicator.Def {
	return indicator.Def{Code: code, Name: "自定", Unit: "个", Definition: "县里自己定的", Kind: kind, Measures: measures}
}

func TestLocalDefinitions(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		define := func(from string, d indicator.Def) error {
			return w.d.Update(w.ctx, func(tx *db.Tx) error { return w.c.Define(w.ctx, tx, day.Day(from), d) })
		}
		w.post(id.Ref{}, w.at("01", "2025-05-01", "w.classes", 1, "kind=short"), w.at("01", "2026-05-01", "w.classes", 2, "kind=short"), w.at("01", "2026-06-01", "w.classes", 5, "kind=farm"))
		before := year(2026)
		before.AsOf = w.seal()
		own := local("local.all", indicator.Sum, "w.classes")
		if err := define("2026-01-01", own); err != nil {
			t.Fatal(err)
		}
		w.is(year(2026), "local.all", "7")
		narrow := local("i.classes", indicator.Sum, "w.classes")
		narrow.Where = []ledger.TagIs{{Name: "kind", Values: []string{"short"}}}
		if err := define("2026-01-01", narrow); err != nil {
			t.Fatal(err)
		}
		w.is(year(2026), "i.classes", "2")
		w.is(year(2025), "i.classes", "1")
		w.seal()
		w.is(before, "i.classes", "7")
		if err := w.d.View(w.ctx, func(tx *db.Tx) error {
			_, err := w.c.Value(w.ctx, tx, year(2025), "local.all")
			return err
		}); !errs.Is(err, errs.NotFound) {
			t.Errorf("in 2025 there was no local.all: %v", err)
		}
		ratio := indicator.Def{Code: "local.share", Name: "占比", Unit: "%", Definition: "短期班占比", Kind: indicator.Ratio, Numerator: "i.short", Denominator: "local.all", Decimals: 2}
		if err := define("2026-01-01", ratio); err != nil {
			t.Fatal(err)
		}
		w.is(year(2026), "local.share", "28.57")
		w.trace(year(2026), "local.share", indicator.Options{})
		w.update(func(tx *db.Tx) error { return w.c.Retire(w.ctx, tx, "2026-07-01", "i.classes") })
		w.is(year(2026), "i.classes", "7")
		w.is(indicator.Scope{Period: day.Period{From: "2026-01-01", To: "2026-06-30"}}, "i.classes", "2")
		w.update(func(tx *db.Tx) error { return w.c.Retire(w.ctx, tx, "2026-07-01", "local.all") })
		if f := w.is(year(2026), "local.share", ""); f.Reason == "" {
			t.Error("the share lost its denominator and does not say so")
		}
		w.update(func(tx *db.Tx) error {
			all, err := indicator.Locals(w.ctx, tx, "i.classes")
			if err == nil && (len(all) != 2 || !all[0].Retired || all[1].Retired || all[1].By == "") {
				t.Errorf("history of i.classes: %+v", all)
			}
			return err
		})
		later := local("i.later", indicator.Sum, "w.classes")
		if err := define("2026-01-01", later); err != nil {
			t.Fatal(err)
		}
		if f := w.is(year(2026), "i.later", "7"); !f.Def.NotScorable {
			t.Error("a local definition made scorable what must not be scored")
		}
		for what, d := range map[string]indicator.Def{
			"an unknown code": local("x.y", indicator.Sum, "w.classes"), "no measure": local("local.x", indicator.Sum), "an unknown measure": local("local.x", indicator.Sum, "w.none"),
			"an external one": local("local.x", indicator.External), "a wrong kind": local("local.x", indicator.DistinctKeys, "w.classes"), "no name": {Code: "local.x", Kind: indicator.Sum, Measures: []string{"w.classes"}},
			"itself": {Code: "local.x", Name: "圈", Unit: "%", Definition: "圈", Kind: indicator.Ratio, Numerator: "local.x", Denominator: "w.classes"},
		} {
			if err := define("2026-01-01", d); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		verify := func() (found []string) {
			w.view(func(tx *db.Tx) error {
				return indicator.Verify(w.ctx, tx, func(d log.Difference) { found = append(found, d.String()) })
			})
			return found
		}
		if found := verify(); found != nil {
			t.Errorf("verification of an honest table says %q", found)
		}
		w.update(func(tx *db.Tx) error {
			_, err := tx.Exec(w.ctx, "UPDATE indicator_local SET from_day = '2025-01-01' WHERE association = ? AND code = 'local.share'", org.Of(w.ctx))
			return err
		})
		if found := verify(); len(found) != 1 || !strings.Contains(found[0], "local.share") {
			t.Errorf("a changed day is not found: %q", found)
		}
		chair := w.ctx
		w.ctx = access.With(chair, access.Actor{Association: org.Of(chair), Account: id.New(), Grants: []access.Grant{{Role: access.Officer}}})
		if err := define("2026-01-01", own); !errs.Is(err, errs.Forbidden) {
			t.Errorf("an officer defines: %v", err)
		}
		w.ctx = chair
		w.seal()
		w.view(func(tx *db.Tx) error {
			n, err := db.One(w.ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM log_leaf WHERE association = ? AND log = '"+log.Ledger+"' AND kind = 'definition'", org.Of(w.ctx))
			if n != 6 {
				t.Errorf("%d definitions in the log, want 6", n)
			}
			return err
		})
	})
}

func TestScopeInTheAddress(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.seal() // what was known at a size of the log has a number
		parse := func(query string) (indicator.Scope, string, error) {
			v, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(err)
			}
			var s indicator.Scope
			var words, back string
			err = w.d.View(w.ctx, func(tx *db.Tx) error {
				var tree *org.Tree
				var err error
				if s, tree, err = indicator.ParseScope(w.ctx, tx, v); err == nil {
					words, back = w.c.Words(w.ctx, s, tree), s.Query(tree).Encode()
				}
				return err
			})
			return s, words + " | " + back, err
		}
		for query, want := range map[string]string{
			"":                             "全县 · 2026年1月1日—9月18日 | period=2026-01-01..2026-09-18",
			"period=2026-Q3&place=06":      "青溪乡 · 2026年第三季度 | period=2026-Q3&place=06",
			"period=2025&unit=u01":         "河东镇科协 · 2025年 | period=2025&unit=u01",
			"period=2025&tag=kind:a|b":     "全县 · 2025年 · a或b | period=2025&tag=kind%3Aa%7Cb",
			"period=2025&tag=kind=a":       "全县 · 2025年 · a | period=2025&tag=kind%3Aa",
			"period=2025&asof=12&place=01": "河东镇 · 2025年 · 存证点 № 12 时 | asof=12&period=2025&place=01",
		} {
			_, got, err := parse(query)
			if err != nil || got != want {
				t.Errorf("%q: %s (%v), want %s", query, got, err, want)
			}
			if _, again, err := parse(got[strings.Index(got, "| ")+2:]); err != nil || again != got {
				t.Errorf("%q does not come back: %s (%v)", query, again, err)
			}
		}
		for _, query := range []string{"unit=u01&place=01", "unit=nobody", "place=99", "tag=kind", "tag=:a", "asof=-1", "asof=x", "asof=99999999", "period=tomorrow"} {
			if _, _, err := parse(query); !errs.Is(err, errs.Invalid) {
				t.Errorf("%q: %v", query, err)
			}
		}
		if s, _, _ := parse("place=06"); s.Place != orgtest.Place(t, w.tree, "06").ID {
			t.Errorf("place %s", s.Place)
		}
	})
}
