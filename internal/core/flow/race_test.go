package flow_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

func TestOneOfTwoVerifiersWins(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		for round := range 10 {
			h := c.create("李文芳", fmt.Sprintf("第 %d 期", round), flow.Submitted)
			var wg sync.WaitGroup
			var mu sync.Mutex
			var won int
			var lost []error
			for _, who := range []string{"周敏", "吴刚"} {
				ctx := c.as(who)
				wg.Go(func() {
					err := d.Update(ctx, func(tx *db.Tx) error { _, err := flow.Verify(ctx, tx, h.Ref(), 1); return err })
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						won++
					} else {
						lost = append(lost, err)
					}
				})
			}
			wg.Wait()
			if won != 1 || len(lost) != 1 || !errs.Is(lost[0], errs.Conflict) || !strings.Contains(lost[0].Error(), "记录已核实，不用再核实；最后办理：") {
				t.Fatalf("won %d, lost %v", won, lost)
			}
		}
	})
}

func TestTheSecondSaveIsToldWhoWasFirst(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		h := c.create("李文芳", "核桃嫁接", flow.None)
		first, second := h, h
		c.update(func(tx *db.Tx) error {
			return flow.Save(c.as("李文芳"), tx, &first, body{"核桃嫁接", 51}, nil, "")
		})
		err := d.Update(c.ctx, func(tx *db.Tx) error {
			return flow.Save(c.as("王强"), tx, &second, body{"核桃嫁接", 52}, nil, "")
		})
		if !errs.Is(err, errs.Conflict) || err.Error() != "李文芳 10:00 改过这条记录，这次的改动没有存，请刷新后重填" {
			t.Fatalf("%v", err)
		}
		err = d.Update(c.ctx, func(tx *db.Tx) error { _, err := flow.Submit(c.as("王强"), tx, h.Ref(), 1); return err })
		if !errs.Is(err, errs.Conflict) {
			t.Fatalf("a version that was not seen was submitted: %v", err)
		}
		same := first
		c.update(func(tx *db.Tx) error { return flow.Save(c.as("王强"), tx, &same, body{"核桃嫁接", 51}, nil, "") })
		if got := c.get(h); got.Version != 2 || got.Editor != "李文芳" {
			t.Errorf("a save that changes nothing wrote: %+v", got)
		}
	})
}

func TestNumbersAreDenseAndUnique(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		var mu sync.Mutex
		got := map[int][]int64{}
		var wg sync.WaitGroup
		for worker := range 16 {
			wg.Go(func() {
				for i := range 20 {
					year := 2025 + (worker+i)%2
					number, serial, err := flow.NextNumber(c.ctx, d, "training", "PX", year)
					if err != nil || number != fmt.Sprintf("PX-%d-%04d", year, serial) {
						t.Errorf("%s %d: %v", number, serial, err)
					}
					mu.Lock()
					got[year] = append(got[year], serial)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for _, year := range []int{2025, 2026} {
			slices.Sort(got[year])
			for i, serial := range got[year] {
				if serial != int64(i+1) {
					t.Fatalf("%d: %v", year, got[year])
				}
			}
			if len(got[year]) != 160 {
				t.Errorf("%d numbers in %d", len(got[year]), year)
			}
		}
	})
}

func TestRecordsCreatedAtOnceGetNumbersOfTheirYear(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		var mu sync.Mutex
		var numbers []string
		var wg sync.WaitGroup
		for worker := range 16 {
			ctx := c.as("李文芳")
			wg.Go(func() {
				h := c.head("班")
				if worker%2 == 0 {
					h.Day = "2025-12-31"
				}
				err := flow.Reserve(ctx, d, &h)
				if err == nil {
					err = d.Update(ctx, func(tx *db.Tx) error { return flow.Create(ctx, tx, &h, body{"班", int64(worker)}) })
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				numbers = append(numbers, h.Number)
				mu.Unlock()
			})
		}
		wg.Wait()
		slices.Sort(numbers)
		var want []string
		for _, year := range []int{2025, 2026} {
			for i := range 8 {
				want = append(want, fmt.Sprintf("PX-%d-%04d", year, i+1))
			}
		}
		if !slices.Equal(numbers, want) {
			t.Errorf("got %v", numbers)
		}
	})
}

func TestUnitsOutOfReachAndClosedUnits(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		qingxi, hedong := orgtest.Unit(t, c.tree, "u06").ID, orgtest.Unit(t, c.tree, "u01").ID
		closed := flow.Head{}
		c.update(func(tx *db.Tx) error {
			closed = c.create2(tx, "2026-04-30")
			return org.MergeUnit(c.ctx, tx, qingxi, hedong, "2026-06-01")
		})
		for _, try := range []struct{ who, unit, day, want string }{
			{"李文芳", hedong, "2026-05-01", "只能填本单位和下级单位的记录，「河东镇科协」的请由该单位或县科协填"},
			{"周敏", qingxi, "2026-06-01", "「青溪乡科协」从2026年6月1日起已撤并，不能再记2026年6月1日的工作，请换单位或改日期"},
			{"周敏", qingxi, "2026-05-31", ""},
			{"周敏", "nowhere", "2026-05-31", "没有这个单位，请重新选"},
			{"赵磊", qingxi, "2026-05-31", ""}, // 河东镇 took 青溪乡 over
			{"陈静", qingxi, "2026-05-31", "你的账号不能填报；主席、干事、填报人、联络员可以"},
		} {
			h := c.head("班")
			h.Unit, h.Day = try.unit, dayOf(try.day)
			ctx := c.as(try.who)
			err := d.Update(ctx, func(tx *db.Tx) error { return flow.Create(ctx, tx, &h, body{"班", 1}) })
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != try.want {
				t.Errorf("%s %s: %q, want %q", try.who, try.day, got, try.want)
			}
		}
		moved := closed
		moved.Day = "2026-06-02"
		err := d.Update(c.ctx, func(tx *db.Tx) error { return flow.Save(c.as("周敏"), tx, &moved, body{"班", 2}, nil, "") })
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("a draft moved past the end of its unit: %v", err)
		}
		c.do("周敏", flow.Submit, closed)
	})
}
