package app_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/insight/report"
	"shilu/internal/kit/db"
)

// TestTreesAreReadAsTheyWereKnown: a village moves, from today and then from days that a frozen report counts. The report, its
// figures as of its checkpoint and their breakdown stay; the living figures follow the tree; verification says nothing.
func TestTreesAreReadAsTheyWereKnown(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer, admin := w.Sign(apptest.Clerk), w.Sign(apptest.Officer), w.Sign(apptest.Admin)
		number := enter(t, clerk, classForm())
		answers(t, officer.Post("/training/"+number+"/verify", shown(headOf(t, w, number))), http.StatusOK)
		text, err := report.Shipped(w.App.Reports.Outlines, "annual")
		if err != nil {
			t.Fatal(err)
		}
		ctx := w.As(apptest.Officer)
		r, err := w.App.Reports.Create(ctx, report.WriteInput{Outline: "annual", Text: text, Scope: url.Values{"period": {"2026-Q3"}, "place": {"06"}}})
		if err != nil {
			t.Fatal(err)
		}
		r, _, err = w.App.Reports.Freeze(ctx, r.ID, r.Version)
		if err != nil {
			t.Fatal(err)
		}
		_, before, _ := kept(t, w, apptest.Officer, r.ID)

		const code = "training.short_attendees"
		trace := func(place, by string, asOf int64) (tr indicator.Trace) {
			t.Helper()
			if err := w.App.DB.View(ctx, func(tx *db.Tx) error {
				query := url.Values{"period": {"2026-Q3"}}
				if place != "" {
					query.Set("place", place)
				}
				if asOf > 0 {
					query.Set("asof", strconv.FormatInt(asOf, 10))
				}
				scope, _, err := indicator.ParseScope(ctx, tx, query)
				if err != nil {
					return err
				}
				tr, err = w.App.Indicators.Trace(ctx, tx, scope, code, indicator.Options{By: by})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return tr
		}
		value := func(tr indicator.Trace) string { return tr.Screen(ctx) }
		parts := func(tr indicator.Trace) (all string) {
			for _, p := range tr.Parts {
				all += p.Name + " " + p.Figure.Screen(ctx) + "；"
			}
			return all
		}
		then := r.Final.Checkpoint
		stands := func(when string) {
			t.Helper()
			for _, c := range []struct{ what, have, want string }{
				{"青溪乡 then", value(trace("06", "", then)), "58"}, {"河西镇 then", value(trace("02", "", then)), "0"},
				{"townships then", parts(trace("", indicator.PerTownship, then)), "青溪乡 58；"},
				{"villages then", parts(trace("06", indicator.PerTownship, then)), "青溪乡上村 58；"},
				{"units then", parts(trace("", indicator.PerUnit, then)), "青溪乡科协 58；"},
			} {
				if c.have != c.want {
					t.Errorf("%s, %s: %q, want %q", when, c.what, c.have, c.want)
				}
			}
			if tr := trace("06", "", then); !tr.Agrees || tr.Total != 1 || len(tr.Lines) != 1 {
				t.Errorf("%s: the trace then has %d facts, agrees %v", when, tr.Total, tr.Agrees)
			}
			if _, same, _ := kept(t, w, apptest.Officer, r.ID); same.Markdown(t.Context()) != before.Markdown(t.Context()) {
				t.Errorf("%s: the frozen report prints something else", when)
			}
			for _, d := range w.Differences() {
				t.Errorf("%s: verify: %s", when, d)
			}
		}
		stands("before")
		for _, step := range []struct{ from, to, name string }{{"2026-09-18", "02", "河西镇"}, {"2026-01-01", "03", "松坪镇"}} {
			got := admin.Post("/settings/places/0601/move", url.Values{"parent": {step.to}, "move_from": {step.from}})
			answers(t, got, http.StatusOK, step.name)
			if east, there := value(trace("06", "", 0)), value(trace(step.to, "", 0)); east != "0" || there != "58" {
				t.Errorf("from %s: now %s in 青溪乡 and %s in %s", step.from, east, there, step.name)
			}
			if all := parts(trace("", indicator.PerTownship, 0)); all != step.name+" 58；" {
				t.Errorf("from %s: the townships now are %s", step.from, all)
			}
			stands("moved from " + step.from)
		}
		// what prints 约 is by the setting of that time, too
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
			return org.Set(w.Ctx, tx, indicator.InexactPercent, "2026-01-01", 40, "test")
		}); err != nil {
			t.Fatal(err)
		}
		stands("another setting")
		if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) error {
			now, known := 5, 5
			if err := org.SettingAsOf(w.Ctx, tx, indicator.InexactPercent, "2026-09-30", 0, &now); err != nil {
				return err
			}
			err := org.SettingAsOf(w.Ctx, tx, indicator.InexactPercent, "2026-09-30", then, &known)
			if now != 40 || known != 5 {
				t.Errorf("the setting is %d now and was %d then", now, known)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
