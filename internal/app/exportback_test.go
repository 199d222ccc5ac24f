package app_test

import (
	"errors"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// The year's lists of the demonstration county, exported and handed in as they are, change nothing: among them events that are planned
// or postponed, two of one name on one day, records of a village and of a township that have been merged into others since, and of which a
// revision waits.
func TestExportedListsComeBackUnchanged(t *testing.T) {
	w := apptest.Demo(t)
	ctx := w.As(apptest.Chair)
	var village org.Place
	if err := w.App.DB.Update(ctx, func(tx *db.Tx) error {
		id, err := db.One(ctx, tx, db.Value[string], "SELECT MIN(r.place) FROM record r JOIN place p ON p.association = r.association AND p.id = r.place WHERE r.kind = 'activity' AND r.state = 'verified' AND r.day >= '2026-04-01' AND p.level = 'village'")
		if err != nil {
			return err
		}
		village = w.Tree.Place(id)
		town, _ := w.Tree.Township(id)
		for _, gone := range w.Tree.Townships() { // another township goes too, with all its villages
			if gone.ID != town.ID {
				if err := errors.Join(org.MergePlace(ctx, tx, gone.ID, town.ID, "2026-05-04"), flow.Reseat(ctx, tx, gone.ID)); err != nil {
					return err
				}
				break
			}
		}
		for _, other := range w.Tree.Villages(village.Parent) {
			if other.ID != id {
				return org.MergePlace(ctx, tx, id, other.ID, "2026-03-02")
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	officer := w.Sign(apptest.Officer)
	for _, kind := range []string{"activity", "training", "facility"} {
		file := officer.Get("/" + kind + "/export?format=csv").Body
		if kind == "activity" && (!strings.Contains(file, village.Name) || !strings.Contains(file, "计划")) {
			t.Fatalf("the list has neither %s nor a plan", village.Name)
		}
		if err := w.App.Intake.Try(w.As(apptest.Officer), kind, kind+".csv", strings.NewReader(file), intake.Options{}, "", func(r intake.Result) error {
			if n := strings.Count(file, "\n") - 1; r.Counts[intake.Same] < n*9/10 {
				t.Errorf("%s: %v of about %d rows", kind, r.Counts, n)
			}
			for _, row := range r.Wrong {
				t.Errorf("%s: row %d stays out: %s", kind, row.Line, intake.Reasons(row.Notes))
			}
			rows, err := w.App.Intake.Rows(w.As(apptest.Officer), r.ID, []intake.Verdict{intake.Changed, intake.New}, intake.RowPage{})
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				t.Errorf("%s: row %d is %s: %v", kind, row.Line, row.Verdict, row.Changes)
			}
			if r.Counts[intake.New]+r.Counts[intake.Changed] > 0 {
				t.Errorf("%s: %v", kind, r.Counts)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
