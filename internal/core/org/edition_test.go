package org_test

import (
	"context"
	"errors"
	"testing"

	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
)

// TestTreesAreReadAnewWhenTheyChange: a tree that was kept is never an old one, on no day, and what is rolled back is not kept.
func TestTreesAreReadAnewWhenTheyChange(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx, tree := orgtest.County(t, d)
		place := orgtest.Place(t, tree, "06")
		name := func(ctx context.Context, tx *db.Tx, on string) string {
			t.Helper()
			tree, err := org.Load(ctx, tx, day.Day(on))
			if err != nil {
				t.Fatal(err)
			}
			if tree.On != day.Day(on) {
				t.Errorf("the tree of %s says %s", on, tree.On)
			}
			return tree.Place(place.ID).Name
		}
		view := func(on, want string) {
			t.Helper()
			if err := d.View(ctx, func(tx *db.Tx) error {
				if got := name(ctx, tx, on); got != want {
					t.Errorf("on %s the place is %s, not %s", on, got, want)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		view("2026-09-18", "青溪乡")
		lost := errors.New("not this time")
		if err := d.Update(ctx, func(tx *db.Tx) error {
			if err := org.RenamePlace(ctx, tx, place.ID, "青山乡", "2026-07-01"); err != nil {
				return err
			}
			if got := name(ctx, tx, "2026-09-18"); got != "青山乡" {
				t.Errorf("the transaction itself sees %s", got)
			}
			return lost
		}); !errors.Is(err, lost) {
			t.Fatal(err)
		}
		view("2026-09-18", "青溪乡")
		if err := d.Update(ctx, func(tx *db.Tx) error { return org.RenamePlace(ctx, tx, place.ID, "青溪镇", "2026-07-01") }); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			view("2026-06-30", "青溪乡")
			view("2026-07-01", "青溪镇")
			view("2026-09-18", "青溪镇")
		}
		if err := d.Update(ctx, func(tx *db.Tx) error { // what one reader adds to his tree is not in that of others
			mine, err := org.Load(ctx, tx, "2026-09-18")
			if err != nil {
				return err
			}
			if _, _, err := org.EnsurePlace(ctx, tx, mine, "青溪镇", "新村", "", ""); err != nil {
				return err
			}
			return lost
		}); !errors.Is(err, lost) {
			t.Fatal(err)
		}
		if err := d.View(ctx, func(tx *db.Tx) error {
			other, err := org.Load(ctx, tx, "2026-09-18")
			if err != nil {
				return err
			}
			if _, found := other.FindPlace("青溪镇", "新村"); found {
				t.Error("a place that was rolled back is in the tree that was kept")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
