package org_test

import (
	"testing"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

var sources = []db.Source{log.Migrations, org.Migrations}

func TestMergedTownshipCountsUnderItsSuccessor(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx, tree := orgtest.County(t, d)
		east, west := orgtest.Place(t, tree, "01"), orgtest.Place(t, tree, "02")
		village := orgtest.Place(t, tree, "0201")
		err := d.Update(ctx, func(tx *db.Tx) error {
			if err := org.MergePlace(ctx, tx, west.ID, east.ID, "2026-06-01"); err != nil {
				return err
			}
			return org.RenamePlace(ctx, tx, east.ID, "河东街道", "2026-06-01")
		})
		if err != nil {
			t.Fatal(err)
		}
		for on, want := range map[day.Day]struct {
			parent string
			name   string
		}{"2026-05-31": {tree.Root().ID, "河东镇"}, "2026-06-01": {east.ID, "河东街道"}} {
			var then *org.Tree
			var reached int64
			err := d.View(ctx, func(tx *db.Tx) (err error) {
				if then, err = org.Load(ctx, tx, on); err != nil {
					return err
				}
				reached, err = db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM place_reach WHERE association = ? AND ancestor = ?
					AND descendant = ? AND from_day <= ? AND to_day > ?`, org.Of(ctx), east.ID, village.ID, on, on)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := then.Place(west.ID).Parent; got != want.parent {
				t.Errorf("on %s the merged township hangs under %s, want %s", on, got, want.parent)
			}
			if got := then.Place(east.ID).Name; got != want.name {
				t.Errorf("on %s the successor is called %s, want %s", on, got, want.name)
			}
			if (reached == 1) != (on >= "2026-06-01") {
				t.Errorf("on %s reach of the successor to the village: %d rows", on, reached)
			}
		}
		verify(t, d, 0)
	})
}

func verify(t *testing.T, d *db.DB, want int) {
	t.Helper()
	var said []string
	err := d.View(t.Context(), func(tx *db.Tx) error {
		all, err := org.All(t.Context(), tx)
		if err != nil {
			return err
		}
		return org.Verify(org.With(t.Context(), all[0].ID), tx, func(d log.Difference) { said = append(said, d.String()) })
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(said) != want {
		t.Errorf("verify says %q, want %d lines", said, want)
	}
}

func TestVerifyNamesAnEditedRow(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx, tree := orgtest.County(t, d)
		verify(t, d, 0)
		err := d.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM place_reach WHERE descendant = ? AND ancestor = ?", orgtest.Place(t, tree, "0301").ID, tree.Root().ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		verify(t, d, 1)
	})
}

func TestTree(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx, tree := orgtest.County(t, d)
		if n := len(tree.Townships()); n != 10 {
			t.Errorf("%d townships, want 10", n)
		}
		if n := len(tree.PlaceSubtree(tree.Root().ID)); n != 31 {
			t.Errorf("%d places under the county, want 31", n)
		}
		village := orgtest.Place(t, tree, "0601")
		if p, _ := tree.Township(village.ID); p.Name != "青溪乡" {
			t.Errorf("the village lies in %q", p.Name)
		}
		if got := tree.PlaceName(village.ID); got != "青溪乡 青溪乡上村" {
			t.Errorf("place name %q", got)
		}
		if us := tree.UnitsOf(orgtest.Place(t, tree, "06").ID); len(us) != 1 || us[0].Code != "u06" {
			t.Errorf("units of the township: %v", us)
		}
		err := d.Update(ctx, func(tx *db.Tx) error {
			_, err := org.AddPlace(ctx, tx, org.Place{Code: "06", Name: "重复", Level: org.LevelTownship})
			return err
		})
		if !errs.Is(err, errs.Conflict) {
			t.Errorf("a second place with the code: %v, want a conflict", err)
		}
		err = d.Update(ctx, func(tx *db.Tx) error {
			return org.MovePlace(ctx, tx, orgtest.Place(t, tree, "06").ID, village.ID, "2026-01-01")
		})
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("moving a township below its village: %v, want a refusal", err)
		}
	})
}

func TestSettingsAndTermsKeepHistory(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx, _ := orgtest.County(t, d)
		err := d.Update(ctx, func(tx *db.Tx) error {
			for from, limit := range map[day.Day]int{"2025-01-01": 5, "2026-07-01": 3} {
				if err := org.Set(ctx, tx, "inexact_percent", from, limit, "test"); err != nil {
					return err
				}
			}
			for on, want := range map[day.Day]int{"2024-12-31": 7, "2026-06-30": 5, "2026-07-01": 3} {
				got := 7
				if err := org.Setting(ctx, tx, "inexact_percent", on, &got); err != nil {
					return err
				}
				if got != want {
					t.Errorf("on %s the setting is %d, want %d", on, got, want)
				}
			}
			code, err := org.AddTerm(ctx, tx, "subject", "核桃嫁接")
			if err != nil {
				return err
			}
			if err := org.AddAlias(ctx, tx, "subject", "核桃高接", code); err != nil {
				return err
			}
			again, err := org.AddTerm(ctx, tx, "subject", "核桃高接")
			if again != code {
				t.Errorf("an alias got the code %q of its own, want %q", again, code)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		verify(t, d, 0)
	})
}
