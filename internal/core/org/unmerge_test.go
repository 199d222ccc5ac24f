package org_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

// merging is a county whose places and units are merged and taken apart again.
type merging struct {
	*testing.T
	d    *db.DB
	ctx  context.Context
	tree *org.Tree
}

func withMergers(t *testing.T, test func(m merging)) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx, tree := orgtest.County(t, d)
		m := merging{t, d, ctx, tree}
		test(m)
		verify(t, d, 0)
	})
}

func (m merging) place(code string) string { return orgtest.Place(m, m.tree, code).ID }
func (m merging) unit(code string) string  { return orgtest.Unit(m, m.tree, code).ID }

func (m merging) try(work func(tx *db.Tx) error) error {
	return m.d.Update(m.ctx, work)
}

func (m merging) do(all ...func(tx *db.Tx) error) {
	m.Helper()
	for _, work := range all {
		if err := m.try(work); err != nil {
			m.Fatal(err)
		}
	}
}

func (m merging) mergePlace(closed, into string, from day.Day) func(tx *db.Tx) error {
	return func(tx *db.Tx) error { return org.MergePlace(m.ctx, tx, m.place(closed), m.place(into), from) }
}

func (m merging) movePlace(code, under string, from day.Day) func(tx *db.Tx) error {
	return func(tx *db.Tx) error { return org.MovePlace(m.ctx, tx, m.place(code), m.place(under), from) }
}

func (m merging) unmergePlace(code string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		_, err := org.UnmergePlace(m.ctx, tx, m.place(code))
		return err
	}
}

// says is both trees on the days on which they could differ, with the reach of them.
func (m merging) says() string {
	m.Helper()
	var all strings.Builder
	if err := m.d.View(m.ctx, func(tx *db.Tx) error {
		for _, on := range []day.Day{org.Always, "2026-05-31", "2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01", "2027-01-01"} {
			tree, err := org.Load(m.ctx, tx, on)
			if err != nil {
				return err
			}
			for _, p := range tree.Places() {
				fmt.Fprintln(&all, on, p, tree.PlaceName(p.ID))
			}
			for _, u := range tree.Units() {
				fmt.Fprintln(&all, on, u)
			}
			fmt.Fprintln(&all, len(tree.Merged()))
		}
		reach, err := db.All(m.ctx, tx, db.Value[string], `SELECT ancestor || ' ' || descendant || ' ' || from_day || ' ' || to_day FROM place_reach WHERE association = ?
			UNION ALL SELECT ancestor || ' ' || descendant || ' ' || from_day || ' ' || to_day FROM unit_reach WHERE association = ? ORDER BY 1`, org.Of(m.ctx), org.Of(m.ctx))
		all.WriteString(strings.Join(reach, "\n"))
		return err
	}); err != nil {
		m.Fatal(err)
	}
	return all.String()
}

// A merger that is taken back leaves the trees as they were on every day: also a move on the day of the merger, one that was planned, and
// the reach of what lies in it. What was known between, the log keeps.
func TestAMergerTakenBackLeavesNothing(t *testing.T) {
	withMergers(t, func(m merging) {
		m.do(m.movePlace("0201", "03", "2026-06-01"), m.movePlace("0202", "03", "2026-08-01"))
		before := m.says()
		m.do(m.mergePlace("0201", "0301", "2026-06-01"), m.mergePlace("0202", "0302", "2026-06-01"), m.mergePlace("02", "01", "2026-07-01"),
			func(tx *db.Tx) error { return org.MergeUnit(m.ctx, tx, m.unit("u02"), m.unit("u01"), "2026-07-01") })
		if m.says() == before {
			t.Fatal("the mergers changed nothing")
		}
		m.do(func(tx *db.Tx) error {
			u, err := org.UnmergeUnit(m.ctx, tx, m.unit("u02"))
			if u.From != "2026-07-01" || u.Successor != m.unit("u01") || u.TakenBy != "" {
				t.Errorf("%+v", u)
			}
			return err
		}, m.unmergePlace("02"), m.unmergePlace("0202"), m.unmergePlace("0201"))
		if after := m.says(); after != before {
			t.Errorf("before\n%s\nafter\n%s", before, after)
		}
		if err := m.try(m.unmergePlace("02")); !errs.Is(err, errs.Conflict) || err.Error() != "河西镇没有并入别处，不用撤销" {
			t.Errorf("a second time: %v", err)
		}
		var said []string
		m.do(func(tx *db.Tx) error {
			all, err := org.RedrawnSince(m.ctx, tx, 0)
			for _, r := range all {
				if r.What == org.Unmerged {
					said = append(said, fmt.Sprint(r.Unit, r.Name, r.From, r.Before == m.place("01") && r.After == m.tree.Root().ID || r.Before == m.unit("u01")))
				}
			}
			return err
		})
		if want := []string{"false河西镇上村2026-06-01false", "false河西镇下村2026-06-01false", "false河西镇2026-07-01true", "true河西镇科协2026-07-01true"}; !slices.Equal(said, want) {
			t.Errorf("what changed: %q", said)
		}
	})
}

// A into B and B into C: each is taken back by itself. A village whose township was merged meanwhile comes back into it, as its siblings are.
func TestMergersInAChain(t *testing.T) {
	withMergers(t, func(m merging) {
		m.do(m.mergePlace("0201", "0202", "2026-06-01"), m.mergePlace("02", "01", "2026-07-01"), m.mergePlace("01", "03", "2026-08-01"))
		parent := func(code string, on day.Day) (name string) {
			m.do(func(tx *db.Tx) error {
				tree, err := org.Load(m.ctx, tx, on)
				if err == nil {
					name = tree.Place(tree.Place(m.place(code)).Parent).Name
				}
				return err
			})
			return name
		}
		m.do(m.unmergePlace("0201"))
		if got := parent("0201", "2026-09-01"); got != "河西镇" {
			t.Errorf("the village lies in %s", got)
		}
		m.do(m.unmergePlace("02"))
		for code, want := range map[string]string{"02": "云岭县", "01": "松坪镇", "0201": "河西镇"} {
			if got := parent(code, "2026-09-01"); got != want {
				t.Errorf("%s lies in %s, want %s", code, got, want)
			}
		}
		m.do(m.mergePlace("02", "01", "2026-07-15"), m.unmergePlace("01"))
		if one, other := parent("02", "2026-09-01"), parent("01", "2026-09-01"); one != "河东镇" || other != "云岭县" {
			t.Errorf("02 lies in %s, 01 in %s", one, other)
		}
	})
}

// What another has taken since the merger is not taken back: a name under the same parent hinders, a tile does not, a code cannot be taken.
func TestWhatOthersTookSinceAMerger(t *testing.T) {
	withMergers(t, func(m merging) {
		m.do(func(tx *db.Tx) error { return org.SetTile(m.ctx, tx, m.place("02"), 1, 2) },
			func(tx *db.Tx) error { return org.SetTile(m.ctx, tx, m.place("04"), 1, 4) },
			m.mergePlace("02", "01", "2026-06-01"), m.mergePlace("04", "01", "2026-06-01"), m.mergePlace("0301", "0302", "2026-06-01"),
			func(tx *db.Tx) error { return org.SetTile(m.ctx, tx, m.place("05"), 1, 2) })
		again := org.Place{Code: "0399", Name: "松坪镇上村", Level: org.LevelVillage, Parent: m.place("03"), Opened: "2026-07-01"}
		m.do(func(tx *db.Tx) (err error) {
			again, err = org.AddPlace(m.ctx, tx, again)
			return err
		})
		if err := m.try(m.unmergePlace("0301")); !errs.Is(err, errs.Conflict) || err.Error() != "松坪镇下面从2026年7月1日起另有「松坪镇上村」，代码 0399；请先从那天起给它改名，再撤销并入" {
			t.Errorf("its name is taken: %v", err)
		}
		if err := m.try(func(tx *db.Tx) error {
			_, err := org.AddPlace(m.ctx, tx, org.Place{Code: "0301", Name: "新村", Level: org.LevelVillage, Parent: m.place("03")})
			return err
		}); !errs.Is(err, errs.Conflict) {
			t.Errorf("a merged place's code was given away: %v", err)
		}
		m.do(func(tx *db.Tx) error { return org.RenamePlace(m.ctx, tx, again.ID, "上新村", "2026-08-01") })
		if err := m.try(m.unmergePlace("0301")); !errs.Is(err, errs.Conflict) {
			t.Errorf("its name was taken in July: %v", err)
		}
		m.do(func(tx *db.Tx) error { return org.RenamePlace(m.ctx, tx, again.ID, "上新村", "2026-07-01") }, m.unmergePlace("0301"))
		m.do(func(tx *db.Tx) error {
			u, err := org.UnmergePlace(m.ctx, tx, m.place("02"))
			if u.TakenBy != "石门镇" || u.Row != 1 || u.Col != 2 {
				t.Errorf("%+v", u)
			}
			return err
		}, m.unmergePlace("04"))
		m.do(func(tx *db.Tx) error {
			tree, err := org.Load(m.ctx, tx, "2026-09-18")
			if p, q := tree.Place(m.place("02")), tree.Place(m.place("04")); p.Row != 0 || p.Col != 0 || q.Row != 1 || q.Col != 4 {
				t.Errorf("the tiles are %d, %d and %d, %d", p.Row, p.Col, q.Row, q.Col)
			}
			return err
		})
	})
}

// A move that was planned before the merger is not taken up again where it would make a circle.
func TestAMergerTakenBackMakesNoCircle(t *testing.T) {
	withMergers(t, func(m merging) {
		var below org.Unit
		m.do(func(tx *db.Tx) (err error) {
			below, err = org.AddUnit(m.ctx, tx, org.Unit{Code: "v1", Name: "上村科协", Kind: org.KindVillage, Parent: m.unit("u02")})
			return err
		}, func(tx *db.Tx) error { return org.MoveUnit(m.ctx, tx, m.unit("u02"), m.unit("u03"), "2026-08-01") },
			func(tx *db.Tx) error { return org.MergeUnit(m.ctx, tx, m.unit("u02"), m.unit("u01"), "2026-07-01") },
			func(tx *db.Tx) error { return org.MoveUnit(m.ctx, tx, m.unit("u03"), below.ID, "2026-08-01") })
		err := m.try(func(tx *db.Tx) error {
			_, err := org.UnmergeUnit(m.ctx, tx, m.unit("u02"))
			return err
		})
		if !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "松坪镇科协现在却在它下面") {
			t.Errorf("%v", err)
		}
	})
}

// Whoever asks what was known before it was taken back sees the merger.
func TestAMergerTakenBackIsStillKnown(t *testing.T) {
	withMergers(t, func(m merging) {
		m.do(m.mergePlace("02", "01", "2026-06-01"))
		var size int64
		m.do(func(tx *db.Tx) (err error) { // what the job that numbers entries does
			if _, err = tx.Exec(m.ctx, "INSERT INTO log_leaf (association, log, seq, entry, kind, hash) SELECT association, log, ROW_NUMBER() OVER (ORDER BY id) - 1, id, kind, '' FROM log_entry WHERE log = ?", log.Ledger); err != nil {
				return err
			}
			size, err = db.One(m.ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM log_leaf")
			return err
		}, m.unmergePlace("02"))
		m.do(func(tx *db.Tx) error {
			for asOf, want := range map[int64]string{size: "河东镇", 0: "云岭县"} {
				tree, err := org.LoadAsOf(m.ctx, tx, "2026-09-18", asOf)
				if err != nil {
					return err
				}
				if got := tree.Place(tree.Place(m.place("02")).Parent).Name; got != want {
					t.Errorf("as of %d it lies in %s, want %s", asOf, got, want)
				}
			}
			return nil
		})
	})
}

// A planned move is not taken up again to a township whose beginning was put after it meanwhile; a township that was merged
// before the move takes the village with it, as it would have.
func TestAMergerTakenBackWaitsForTheParent(t *testing.T) {
	withMergers(t, func(m merging) {
		later := org.Place{Code: "11", Name: "新桥乡", Level: org.LevelTownship, Parent: m.tree.Root().ID, Opened: "2026-11-01"}
		m.do(func(tx *db.Tx) (err error) {
			later, err = org.AddPlace(m.ctx, tx, later)
			return err
		})
		open := func(from day.Day) func(tx *db.Tx) error {
			return func(tx *db.Tx) error { return org.OpenPlace(m.ctx, tx, later.ID, from) }
		}
		m.do(func(tx *db.Tx) error { return org.MovePlace(m.ctx, tx, m.place("0601"), later.ID, "2026-12-01") },
			m.mergePlace("0601", "0602", "2026-11-10"), open("2027-01-01"))
		if err := m.try(m.unmergePlace("0601")); !errs.Is(err, errs.Conflict) ||
			err.Error() != "撤销以后青溪乡上村从2026年12月1日起在新桥乡下面，新桥乡却从2027年1月1日起才有；请先把它改成从那天或以前起有" {
			t.Errorf("its township is not there yet: %v", err)
		}
		m.do(open("2026-12-01"), m.unmergePlace("0601"))
		m.do(m.movePlace("0701", "08", "2026-12-01"), m.mergePlace("08", "09", "2026-11-20"), m.mergePlace("0701", "0702", "2026-11-10"), m.unmergePlace("0701"))
		m.do(func(tx *db.Tx) error {
			tree, err := org.Load(m.ctx, tx, "2026-12-01")
			if err != nil {
				return err
			}
			for code, in := range map[string]string{"0601": later.ID, "0701": m.place("09")} {
				if !slices.Contains(tree.PlaceSubtree(in), m.place(code)) {
					t.Errorf("%s does not lie in %s", code, tree.Place(in).Name)
				}
			}
			return nil
		})
	})
}
