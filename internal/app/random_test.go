package app_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/work/training"
)

// randomFor is how long random work goes on, on each engine. SHILU_SEED repeats a run.
const randomFor = 8 * time.Second

// known is what the test itself knows of a class: the naive side of the comparison.
type known struct {
	id       string
	version  int
	latest   training.Class  // as it was saved last
	verified *training.Class // what counts; nil for nothing
	dead     bool            // voided or deleted
	open     bool            // not verified yet: it is expected to count latest
	imported string          // by which import
	changed  bool            // something else than that import's was verified
	fresh    bool            // what stands, or waits, is what that import made
}

// works is a county where random people do random things.
type works struct {
	*apptest.World
	t       *testing.T
	r       *rand.Rand
	classes []*known
	imports []string
	done    map[string]int // steps that were taken, by name
	refused map[string]int
}

// TestRandomWorkKeepsTheBooks lets random people enter, change, submit, verify, return, revise, void, import and undo. After every
// step the ledger says what the verified classes say, and nothing is expected but what waits; at the end verification is silent.
func TestRandomWorkKeepsTheBooks(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		seed := rand.Uint64() //nolint:gosec // a test
		if s, err := strconv.ParseUint(os.Getenv("SHILU_SEED"), 10, 64); err == nil {
			seed = s
		}
		t.Logf("SHILU_SEED=%d", seed)
		c := &works{World: w, t: t, r: rand.New(rand.NewPCG(seed, 1)), done: map[string]int{}, refused: map[string]int{}} //nolint:gosec // a test
		steps := []struct {
			name string
			odds int
			do   func() error
		}{
			{"create", 25, c.create}, {"save", 20, c.save}, {"submit", 20, c.submit}, {"verify", 30, c.verify}, {"return", 5, c.giveBack}, {"withdraw", 6, c.withdraw},
			{"void", 5, c.void}, {"delete", 8, c.remove}, {"import", 2, c.bring}, {"undo", 1, c.undo},
		}
		total := 0
		for _, s := range steps {
			total += s.odds
		}
		n := 0
		for until := time.Now().Add(randomFor); time.Now().Before(until) && !t.Failed(); n++ {
			at := c.r.IntN(total)
			for _, s := range steps {
				if at -= s.odds; at >= 0 {
					continue
				}
				switch err := s.do(); {
				case err == nil:
					c.done[s.name]++
				case errs.KindOf(err) == errs.Internal:
					t.Errorf("step %d, %s: %v", n, s.name, err)
				default:
					c.refused[s.name]++
				}
				c.compare(fmt.Sprintf("step %d, %s", n, s.name))
				break
			}
		}
		t.Logf("%d steps; taken %v; refused %v", n, c.done, c.refused)
		if c.done["verify"] == 0 || c.done["create"] == 0 {
			t.Error("too little was done to mean anything")
		}
	})
}

// somebody is one of the people at random.
func (c *works) somebody(of ...string) context.Context { return c.As(of[c.r.IntN(len(of))]) }

var everybody = []string{apptest.Clerk, apptest.Clerk, apptest.Outsider, apptest.Officer, apptest.Second, apptest.Viewer}

// pick is a class at random; most often one of the latest.
func (c *works) pick() (*known, error) {
	if len(c.classes) == 0 {
		return nil, errs.E(errs.NotFound, "还没有班")
	}
	last := len(c.classes)
	if k := c.classes[c.r.IntN(last)]; c.r.IntN(3) == 0 || last < 6 {
		return k, nil
	}
	return c.classes[last-1-c.r.IntN(min(last, 6))], nil
}

// class is a class of a random township with random numbers, right or wrong.
func (c *works) class() training.Class {
	town := []string{"02", "06"}[c.r.IntN(2)]
	start := day.Day("2026-01-01").Add(c.r.IntN(250))
	out := training.Class{Kind: "short", Name: fmt.Sprintf("班%d", c.r.IntN(1_000_000)), Subject: []string{"核桃嫁接", "养鸡"}[c.r.IntN(2)], Start: start, End: start.Add(c.r.IntN(3)),
		Unit: orgtest.Unit(c.t, c.Tree, "u"+town).ID, Place: orgtest.Place(c.t, c.Tree, town+"01").ID, Attendances: c.people(100), Teachers: []string{"李文华"}}
	if c.r.IntN(3) == 0 {
		out.Kind, out.Enrolled, out.Examined = "farm_school", c.people(40), c.people(40)
		out.Passed = c.people(40) // more than were examined is refused
	}
	for range c.r.IntN(3) {
		out.Sessions = append(out.Sessions, training.Session{Day: start, Attendances: c.people(60), Minutes: int64(60 * c.r.IntN(3))})
	}
	return out
}

func (c *works) people(most int) *training.Count {
	if c.r.IntN(8) == 0 {
		return nil
	}
	return &training.Count{N: int64(c.r.IntN(most)), Exactness: []ledger.Exactness{"", ledger.About, ledger.AtLeast}[c.r.IntN(3)]}
}

func (c *works) create() error {
	k := &known{id: id.New(), latest: c.class(), open: true}
	out, err := c.App.Training.Create(c.somebody(everybody...), training.CreateInput{ID: k.id, Body: k.latest, Submit: c.r.IntN(2) == 0})
	if err == nil {
		k.version = out.Version
		c.classes = append(c.classes, k)
	}
	return err
}

func (c *works) save() error {
	k, err := c.pick()
	if err != nil {
		return err
	}
	class := c.class()
	out, err := c.App.Training.Save(c.somebody(everybody...), training.SaveInput{ID: k.id, Version: k.version - c.r.IntN(10)/9, Body: class, Reason: "更正", Submit: c.r.IntN(2) == 0})
	if err == nil {
		k.version, k.latest, k.fresh = out.Version, class, false
	}
	return err
}

// step takes a step of the flow with a class at random, and says whether it was taken.
func (c *works) step(who []string, do func(ctx context.Context, k *known) (flow.Head, error)) (*known, error) {
	k, err := c.pick()
	if err != nil {
		return nil, err
	}
	h, err := do(c.somebody(who...), k)
	if err != nil {
		return nil, err
	}
	k.version = h.Version
	return k, nil
}

func (c *works) submit() error {
	_, err := c.step(everybody, func(ctx context.Context, k *known) (flow.Head, error) {
		return c.App.Training.Submit(ctx, k.id, k.version)
	})
	return err
}

func (c *works) verify() error {
	k, err := c.step([]string{apptest.Officer, apptest.Second, apptest.Chair, apptest.Clerk}, func(ctx context.Context, k *known) (flow.Head, error) {
		return c.App.Training.Verify(ctx, k.id, k.version, "")
	})
	if err == nil {
		class := k.latest
		k.changed = k.changed || !k.fresh
		k.verified, k.open = &class, false
	}
	return err
}

func (c *works) giveBack() error {
	_, err := c.step([]string{apptest.Officer, apptest.Second}, func(ctx context.Context, k *known) (flow.Head, error) {
		return c.App.Training.Return(ctx, k.id, k.version, "签到册缺页")
	})
	return err
}

func (c *works) withdraw() error {
	givenUp := false
	k, err := c.step(everybody, func(ctx context.Context, k *known) (flow.Head, error) {
		h, err := c.App.Training.Withdraw(ctx, k.id, k.version)
		givenUp = h.State == flow.Verified && h.Revision == flow.None
		return h, err
	})
	if err == nil && givenUp { // what the import made stands again as if nobody had begun to change it
		k.fresh = k.imported != "" && !k.changed
	}
	return err
}

func (c *works) void() error {
	k, err := c.step(everybody, func(ctx context.Context, k *known) (flow.Head, error) {
		return c.App.Training.Void(ctx, k.id, k.version, "重复")
	})
	if err == nil {
		k.verified, k.open, k.dead = nil, false, true
	}
	return err
}

func (c *works) remove() error {
	k, err := c.pick()
	if err != nil {
		return err
	}
	if err := c.App.Training.Delete(c.somebody(everybody...), k.id, k.version); err != nil {
		return err
	}
	k.open, k.dead = false, true
	return nil
}

// bring imports a small workbook, verified by another or not.
func (c *works) bring() error {
	var file bytes.Buffer
	file.WriteString("2026年短期培训台账\n序号,培训班名称,专业,乡镇,村,开始日期,结束日期,人次,授课教师\n")
	rows := 1 + c.r.IntN(4)
	year := 1990 + len(c.imports) // so that no row is taken for one of another workbook
	if year > 2024 {
		return errs.E(errs.Conflict, "这样的年份用完了")
	}
	for i := range rows {
		fmt.Fprintf(&file, "%d,导入班%d,核桃嫁接,青溪乡,青溪乡上村,%d.3.%d,%d.3.%d,%d,李文华\n", i+1, c.r.IntN(1_000_000), year, 1+i, year, 2+i, 10+c.r.IntN(50))
	}
	verifier := []string{"", apptest.Second}[c.r.IntN(2)]
	result, err := c.App.Intake.Run(c.As(apptest.Officer), training.Kind, fmt.Sprintf("%d.csv", len(c.imports)), &file, intake.Options{}, verifier)
	if err != nil {
		return err
	}
	if result.Counts[intake.New] != rows {
		c.t.Errorf("import of %d rows: %v", rows, result.Counts)
	}
	c.imports = append(c.imports, result.ID)
	ctx := c.As(apptest.Officer)
	return c.App.DB.View(ctx, func(tx *db.Tx) error {
		heads, err := flow.List(ctx, tx, flow.Filter{Batch: result.ID}, flow.Page{})
		for _, h := range heads {
			k := &known{id: h.ID, version: h.Version, open: verifier == "", imported: result.ID, fresh: true}
			if err := flow.Body(ctx, tx, h.Ref(), 1, &k.latest); err != nil {
				return err
			}
			if verifier != "" {
				class := k.latest
				k.verified = &class
			}
			c.classes = append(c.classes, k)
		}
		if len(heads) != rows {
			c.t.Errorf("%d records of %d rows", len(heads), rows)
		}
		return err
	})
}

// undo takes an import back: what nobody has worked on since.
func (c *works) undo() error {
	if len(c.imports) == 0 {
		return errs.E(errs.NotFound, "没有导入过")
	}
	which := c.imports[c.r.IntN(len(c.imports))]
	if _, err := c.App.Intake.Undo(c.As(apptest.Officer), which); err != nil {
		return err
	}
	for _, k := range c.classes {
		if k.imported == which && k.fresh && !k.dead {
			k.verified, k.open, k.dead = nil, false, true
		}
	}
	return nil
}

// sums adds up what a class says, in the simplest way.
func sums(into map[string]int64, class training.Class) {
	place := class.Place
	into["training.classes "+place]++
	add := func(measure string, n *training.Count) {
		if n != nil && n.N != 0 {
			into["training."+measure+" "+place] += n.N
		}
	}
	attended, all := int64(0), len(class.Sessions) > 0
	for _, s := range class.Sessions {
		if s.Attendances == nil {
			all = false
			break
		}
		attended += s.Attendances.N
	}
	if all {
		add("attendances", &training.Count{N: attended})
	} else {
		add("attendances", class.Attendances)
	}
	add("enrolled", class.Enrolled)
	add("examined", class.Examined)
	add("passed", class.Passed)
}

// compare looks at the ledger and at what is expected after a step.
func (c *works) compare(step string) {
	c.t.Helper()
	stands, waits := map[string]int64{}, map[string]int64{}
	for _, k := range c.classes {
		if k.verified != nil {
			sums(stands, *k.verified)
		}
		if k.open {
			sums(waits, k.latest)
		}
	}
	for table, want := range map[string]map[string]int64{"fact": stands, "expected": waits} {
		got := map[string]int64{}
		if err := c.App.DB.View(c.Ctx, func(tx *db.Tx) error {
			_, err := db.All(c.Ctx, tx, func(s db.Scanner) (bool, error) {
				var measure, place string
				var n int64
				err := s.Scan(&measure, &place, &n)
				if n != 0 {
					got[measure+" "+place] = n
				}
				return true, err
			}, "SELECT measure, place, CAST(SUM(amount) AS BIGINT) FROM "+table+` WHERE association = ? AND measure IN ('training.classes', 'training.attendances',
				'training.enrolled', 'training.examined', 'training.passed') GROUP BY measure, place`, org.Of(c.Ctx))
			return err
		}); err != nil {
			c.t.Fatal(err)
		}
		if !maps.Equal(got, want) {
			keys := slices.Sorted(maps.Keys(got))
			for key := range want {
				if !slices.Contains(keys, key) {
					keys = append(keys, key)
				}
			}
			for _, key := range keys {
				if got[key] != want[key] {
					c.t.Errorf("after %s: %s says %d of %s, the classes say %d", step, table, got[key], key, want[key])
				}
			}
		}
	}
}
