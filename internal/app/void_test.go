package app_test

import (
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

// A class that was struck out counts no more, and verification (at the end of the test) agrees: whether it had been verified,
// revised or only submitted.
func TestVoidedClassesVerify(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer := w.As(apptest.Clerk), w.As(apptest.Officer)
		class := training.Class{Kind: "short", Name: "核桃高接换优技术", Subject: "核桃", Unit: orgtest.Unit(t, w.Tree, "u06").ID,
			Place: orgtest.Place(t, w.Tree, "0601").ID, Start: "2026-09-10", End: "2026-09-10", Attendances: &training.Count{N: 58}}
		enter := func() flow.Head {
			t.Helper()
			done, err := w.App.Training.Create(clerk, training.CreateInput{Body: class, Submit: true})
			if err != nil {
				t.Fatal(err)
			}
			return done.Head
		}
		step := func(h flow.Head, err error) flow.Head {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		verified := step(w.App.Training.Verify(officer, enter().ID, 1, ""))
		step(w.App.Training.Void(officer, verified.ID, verified.Version, "重复"))
		revised := step(w.App.Training.Verify(officer, enter().ID, 1, ""))
		class.Attendances = &training.Count{N: 56}
		open, err := w.App.Training.Save(clerk, training.SaveInput{ID: revised.ID, Version: 1, Body: class, Reason: "重复签名 2 人", Submit: true})
		if err != nil {
			t.Fatal(err)
		}
		struck := step(w.App.Training.Void(officer, open.ID, open.Version, "重复"))
		if got, err := w.App.Training.Get(officer, struck.Number); err != nil || got.Body.Attendances.N != 58 {
			t.Errorf("a voided class shows %v, not the 58 that were struck out: %v", got.Body.Attendances, err)
		}
		step(w.App.Training.Void(officer, enter().ID, 1, "重复"))
		kept := step(w.App.Training.Verify(officer, enter().ID, 1, ""))
		if err := w.App.DB.View(officer, func(tx *db.Tx) error {
			figures, err := w.App.Indicators.Values(officer, tx, indicator.Scope{Period: day.Year(2026)}, "training.short_attendees")
			if err == nil && figures[0].Value.FloatString(0) != "56" {
				t.Errorf("%s counts beside the voided ones as %s, not 56", kept.Number, figures[0].Value)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
