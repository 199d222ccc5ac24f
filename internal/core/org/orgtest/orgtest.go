// Package orgtest makes the county that tests work in: 云岭县 with ten townships, as in the pictures.
package orgtest

import (
	"context"
	"fmt"
	"testing"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Townships are the names of the county's townships, in their order.
var Townships = []string{"河东镇", "河西镇", "松坪镇", "大营镇", "石门镇", "青溪乡", "白塔乡", "龙泉乡", "红岩乡", "磨盘山乡"}

// County creates the association with its townships (codes 01 to 10), two villages in each (0101 河东镇上村, 0102 河东镇下村),
// the office (code "office") and a unit for each township (code u01 …). It gives a context of the association and today's tree.
func County(t testing.TB, d *db.DB) (context.Context, *org.Tree) {
	t.Helper()
	var a org.Association
	var tree *org.Tree
	ctx := t.Context()
	err := d.Update(ctx, func(tx *db.Tx) (err error) {
		if a, err = org.Create(ctx, tx, org.Association{Name: "云岭县科学技术协会", Code: "yunling"}); err != nil {
			return err
		}
		ctx := org.With(ctx, a.ID)
		if tree, err = org.Load(ctx, tx, "2026-09-18"); err != nil {
			return err
		}
		for i, name := range Townships {
			code := fmt.Sprintf("%02d", i+1)
			p, err := org.AddPlace(ctx, tx, org.Place{Code: code, Name: name, Level: org.LevelTownship, Parent: tree.Root().ID, Sort: i + 1})
			if err != nil {
				return err
			}
			for j, village := range []string{"上村", "下村"} {
				if _, err := org.AddPlace(ctx, tx, org.Place{Code: fmt.Sprintf("%s%02d", code, j+1), Name: name + village, Level: org.LevelVillage, Parent: p.ID, Sort: j + 1}); err != nil {
					return err
				}
			}
			if _, err := org.AddUnit(ctx, tx, org.Unit{Code: "u" + code, Name: name + "科协", Kind: org.KindTownship, Place: p.ID, Parent: tree.Office().ID}); err != nil {
				return err
			}
		}
		tree, err = org.Load(ctx, tx, day.Day("2026-09-18"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return org.With(t.Context(), a.ID), tree
}

// Place and Unit find by code and fail the test when there is none.
func Place(t testing.TB, tree *org.Tree, code string) org.Place {
	t.Helper()
	p, ok := tree.PlaceByCode(code)
	if !ok {
		t.Fatalf("no place %s", code)
	}
	return p
}

// Unit finds a unit by its code.
func Unit(t testing.TB, tree *org.Tree, code string) org.Unit {
	t.Helper()
	u, ok := tree.UnitByCode(code)
	if !ok {
		t.Fatalf("no unit %s", code)
	}
	return u
}
