package indicator_test

import (
	"testing"

	"shilu/internal/core/indicator"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

func TestLaterFacts(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		y := year(2026)
		h := w.record("核桃嫁接", w.at("0101", "2026-01-05", "w.people", 50), key(w.at("0101", "2026-01-05", "w.subjects", 1), "核桃"))
		w.post(id.Ref{}, w.at("09", "2026-02-05", "w.people", 20), key(w.at("09", "2026-02-05", "w.subjects", 1), "核桃"))
		since := w.seal()
		later := func(code string) (all []indicator.Line) {
			w.view(func(tx *db.Tx) (err error) {
				all, err = w.c.Later(w.ctx, tx, y, code, since)
				return err
			})
			return all
		}
		if all := later("i.people"); len(all) != 0 {
			t.Errorf("nothing came later, but %d facts are listed", len(all))
		}
		w.post(h.Ref(), w.at("0101", "2026-01-05", "w.people", 40), key(w.at("0101", "2026-01-05", "w.subjects", 1), "核桃"))
		for range 2 { // before and after they have a number in the log
			all := later("i.people")
			if len(all) != 2 {
				t.Fatalf("%d facts came later, want the one that takes back and the new one", len(all))
			}
			for _, l := range all {
				if l.Number != h.Number || l.Reason != "更正" || (l.Correction == indicator.TakesBack) != (l.Fact.Amount == -50) {
					t.Errorf("a later fact %+v", l)
				}
			}
			if all := later("i.subjects"); len(all) != 0 {
				t.Errorf("the subjects did not change, but %d facts are listed", len(all))
			}
			w.seal()
		}
		for code, want := range map[string]int64{"i.people": 4, "i.subjects": 2, "i.mean": 4, "i.both": 2} {
			f := w.figure(y, code)
			if tr := w.trace(y, code, indicator.Options{Limit: 1}); f.Facts != want || tr.Total != want {
				t.Errorf("%s counts %d facts, its trace %d, want %d", code, f.Facts, tr.Total, want)
			}
		}
		then := y
		then.AsOf = since
		for code, want := range map[string]int64{"i.people": 2, "i.subjects": 2} {
			if f := w.figure(then, code); f.Facts != want {
				t.Errorf("as of then %s counts %d facts, want %d", code, f.Facts, want)
			}
		}
	})
}
