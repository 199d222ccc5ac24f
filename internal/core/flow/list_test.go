package flow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/log"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// year gives 青溪乡 three records and 河东镇 two, as an import and by hand.
func year(c county) []flow.Head {
	c.t.Helper()
	var items []flow.Item
	for i, one := range []struct{ title, unit, place, day string }{
		{"核桃嫁接技术培训", "u06", "0601", "2026-03-05"},
		{"天麻栽培", "u06", "0602", "2026-05-05"},
		{"核桃病虫害防治", "u06", "06", "2026-09-01"},
		{"养蜂", "u01", "0101", "2026-03-05"},
		{"核桃修剪 Walnut", "u01", "01", "2026-08-08"},
	} {
		h := flow.Head{Kind: "training", Prefix: "PX", Title: one.title, Unit: orgtest.Unit(c.t, c.tree, one.unit).ID,
			Place: orgtest.Place(c.t, c.tree, one.place).ID, Day: dayOf(one.day), State: flow.Submitted, Search: "张老师", Batch: "b1"}
		items = append(items, flow.Item{Head: &h, Body: body{one.title, int64(i)}})
	}
	ctx := c.as("周敏")
	c.update(func(tx *db.Tx) error { return flow.BulkCreate(ctx, tx, items, "培训台账.xlsx") })
	heads := make([]flow.Head, len(items))
	for i, item := range items {
		heads[i] = *item.Head
	}
	return heads
}

func (c county) titles(ctx context.Context, f flow.Filter) string {
	c.t.Helper()
	var got []string
	err := c.d.View(ctx, func(tx *db.Tx) error {
		heads, err := flow.List(ctx, tx, f, flow.Page{})
		for _, h := range heads {
			got = append(got, h.Title)
		}
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.Join(got, " ")
}

func TestListsShowWhatTheFilterSaysAndTheActorSees(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		heads := year(c)
		place := func(code string) string { return orgtest.Place(t, c.tree, code).ID }
		for _, try := range []struct {
			who  string
			f    flow.Filter
			want string
		}{
			{"陈静", flow.Filter{}, "核桃病虫害防治 核桃修剪 Walnut 天麻栽培 养蜂 核桃嫁接技术培训"},
			{"李文芳", flow.Filter{}, "核桃病虫害防治 天麻栽培 核桃嫁接技术培训"},
			{"赵磊", flow.Filter{}, "核桃修剪 Walnut 养蜂"},
			{"陈静", flow.Filter{Place: place("06")}, "核桃病虫害防治 天麻栽培 核桃嫁接技术培训"},
			{"陈静", flow.Filter{Place: place("0602")}, "天麻栽培"},
			{"赵磊", flow.Filter{Place: place("06")}, ""},
			{"陈静", flow.Filter{Unit: orgtest.Unit(t, c.tree, "u01").ID, From: "2026-04-01", To: "2026-12-31"}, "核桃修剪 Walnut"},
			{"陈静", flow.Filter{Unit: orgtest.Unit(t, c.tree, "office").ID}, "核桃病虫害防治 核桃修剪 Walnut 天麻栽培 养蜂 核桃嫁接技术培训"},
			{"陈静", flow.Filter{Text: "核桃"}, "核桃病虫害防治 核桃修剪 Walnut 核桃嫁接技术培训"},
			{"李文芳", flow.Filter{Text: "核桃"}, "核桃病虫害防治 核桃嫁接技术培训"},
			{"陈静", flow.Filter{Text: "核桃 张老师 wal"}, "核桃修剪 Walnut"},
			{"陈静", flow.Filter{Text: "蜂"}, "养蜂"},
			{"陈静", flow.Filter{Text: "PX-0002"}, "天麻栽培"},
			{"陈静", flow.Filter{Text: "PX-2026-0002"}, "天麻栽培"},
			{"陈静", flow.Filter{Text: "…"}, ""},
			{"陈静", flow.Filter{Text: `" OR * ) :&`}, ""},
			{"陈静", flow.Filter{States: []flow.State{flow.Verified}}, ""},
			{"陈静", flow.Filter{Kinds: []string{"activity"}}, ""},
			{"陈静", flow.Filter{Batch: "b1", IDs: []string{heads[1].ID, heads[3].ID}}, "天麻栽培 养蜂"},
		} {
			if got := c.titles(c.as(try.who), try.f); got != try.want {
				t.Errorf("%s %+v: %q, want %q", try.who, try.f, got, try.want)
			}
		}
		c.update(func(tx *db.Tx) error { return log.OpenBatch(c.ctx, tx, "b1") })
		if got := c.titles(c.as("陈静"), flow.Filter{}); got != "" {
			t.Errorf("an unfinished import shows %q", got)
		}
		err := d.View(c.ctx, func(tx *db.Tx) error { _, err := flow.Get(c.as("陈静"), tx, heads[0].Ref()); return err })
		if !errs.Is(err, errs.NotFound) {
			t.Errorf("a record of an unfinished import: %v", err)
		}
		c.update(func(tx *db.Tx) error { return log.CloseBatch(c.ctx, tx, "b1") })
		if got := c.titles(c.as("陈静"), flow.Filter{Kinds: []string{"training"}, Text: "天麻"}); got != "天麻栽培" {
			t.Errorf("a finished import shows %q", got)
		}
	})
}

func TestCountsNeighboursAndTodos(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		heads := year(c)
		c.accounts("周敏", "吴刚")
		c.create("李文芳", "草稿一", flow.None)
		own := c.create("李文芳", "退回一", flow.Submitted)
		c.do("吴刚", returned, own)
		wu := c.as("吴刚")
		var err error
		c.update(func(tx *db.Tx) error {
			_, err = flow.VerifyMany(wu, tx, []flow.Pick{{heads[0].Ref(), 1}, {heads[3].Ref(), 1}}, "")
			return err
		})
		rev := c.get(heads[0])
		c.update(func(tx *db.Tx) error {
			return flow.Revise(c.as("李文芳"), tx, &rev, body{"核桃嫁接", 9}, nil, "改")
		})
		c.do("李文芳", flow.Submit, rev)
		err = d.View(c.ctx, func(tx *db.Tx) error {
			total, by, err := flow.Count(c.as("陈静"), tx, flow.Filter{Kinds: []string{"training"}})
			if total != 7 || by[flow.Submitted] != 4 || by[flow.Verified] != 2 || by[flow.Draft] != 1 || by[flow.Returned] != 1 {
				t.Errorf("counts %d %v", total, by)
			}
			if err != nil {
				return err
			}
			where, args, err := flow.Filter{Text: "核桃"}.Where(c.as("陈静"), tx, "r")
			if err != nil {
				return err
			}
			before, after, err := flow.Neighbours(c.as("陈静"), tx, "record r", where, args, heads[4])
			if before.Title != "核桃病虫害防治" || after.Title != "核桃嫁接技术培训" {
				t.Errorf("neighbours %q %q", before.Title, after.Title)
			}
			if err != nil {
				return err
			}
			before, _, err = flow.Neighbours(c.as("陈静"), tx, "record r", where, args, heads[2])
			if before.ID != "" {
				t.Errorf("before the first: %q", before.Title)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for who, want := range map[string]string{
			"李文芳": "verify 0 returned 退回一 drafts 草稿一",
			"周敏":  "verify 1 核桃嫁接技术培训 returned  drafts ", // wrote the import
			"吴刚":  "verify 4 核桃嫁接技术培训 returned  drafts ",
			"陈静":  "verify 0 returned  drafts ",
		} {
			ctx := c.as(who)
			err := d.View(ctx, func(tx *db.Tx) error {
				todos, err := flow.TodosOf(ctx, tx, 10)
				got := fmt.Sprintf("verify %d", todos.VerifyN)
				if todos.VerifyN > 0 {
					got += " " + todos.Verify[len(todos.Verify)-1].Title
				}
				names := func(heads []flow.Head) string {
					var all []string
					for _, h := range heads {
						all = append(all, h.Title)
					}
					return strings.Join(all, " ")
				}
				got += " returned " + names(todos.Returned) + " drafts " + names(todos.Drafts)
				if !strings.HasPrefix(got, strings.SplitN(want, "核", 2)[0]) || (who != "吴刚" && got != want) {
					t.Errorf("%s: %q, want %q", who, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestBulkIsAllOrNothingAndNobodyVerifiesHisImport(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		c.accounts("周敏", "吴刚")
		heads := year(c)
		if got := []string{heads[0].Number, heads[4].Number}; !slices.Equal(got, []string{"PX-2026-0001", "PX-2026-0005"}) {
			t.Errorf("numbers %v", got)
		}
		picks := func() (all []flow.Pick) {
			for _, h := range heads {
				all = append(all, flow.Pick{Ref: h.Ref(), Version: 1})
			}
			return all
		}
		many := func(who string, picks []flow.Pick) error {
			ctx := c.as(who)
			return d.Update(ctx, func(tx *db.Tx) error { _, err := flow.VerifyMany(ctx, tx, picks, ""); return err })
		}
		if err := many("周敏", picks()); !errs.Is(err, errs.Forbidden) || !strings.Contains(err.Error(), "填报人不能自己核实，请吴刚核实") {
			t.Errorf("own import: %v", err)
		}
		stale := picks()
		stale[4].Version = 2
		if err := many("吴刚", stale); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "PX-0005「") {
			t.Errorf("stale: %v", err)
		}
		old := c.head("去年的班")
		old.Day, old.State = dayOf("2025-11-05"), flow.Submitted
		c.update(func(tx *db.Tx) error {
			return flow.BulkCreate(c.as("周敏"), tx, []flow.Item{{&old, body{"去年的班", 1}}}, "x")
		})
		if err := many("吴刚", []flow.Pick{{Ref: old.Ref(), Version: 2}}); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "PX-2025-0001「去年的班」") {
			t.Errorf("a number of another year: %v", err)
		}
		if got := c.get(heads[0]); got.State != flow.Submitted {
			t.Errorf("part of a refused batch was verified: %+v", got)
		}
		if err := many("吴刚", picks()); err != nil {
			t.Fatal(err)
		}
		err := d.View(c.ctx, func(tx *db.Tx) error {
			entries, err := access.HistoryOf(c.ctx, tx, heads[2].Ref())
			if len(entries) != 2 || entries[0].Action != "record.verify_many" || entries[1].Action != "record.import" || entries[1].Reason != "培训台账.xlsx" {
				t.Errorf("history %+v", entries)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.get(heads[2]); got.State != flow.Verified || got.Verified != 1 || got.Editor != "吴刚" {
			t.Errorf("verified %+v", got)
		}
		bad := c.head("坏")
		bad.Unit = "nowhere"
		good := c.head("好")
		ctx := c.as("周敏")
		err = d.Update(ctx, func(tx *db.Tx) error {
			return flow.BulkCreate(ctx, tx, []flow.Item{{&good, body{"好", 1}}, {&bad, body{"坏", 1}}}, "x")
		})
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "坏") {
			t.Errorf("bad unit: %v", err)
		}
		if got := c.titles(c.as("陈静"), flow.Filter{Text: "好"}); got != "" {
			t.Error("part of a refused import was created")
		}
	})
}

func TestRecordsAreCreatedVerified(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		enter := func(verifier context.Context) (over, planned flow.Head, err error) {
			over, planned = c.head("办完的班"), c.head("要办的班")
			over.State, planned.State = flow.Verified, flow.Submitted
			ctx := c.as("周敏")
			err = d.Update(ctx, func(tx *db.Tx) error {
				return flow.BulkCreateVerified(ctx, verifier, tx, []flow.Item{{&over, body{"办完的班", 1}}, {&planned, body{"要办的班", 1}}}, "x")
			})
			return over, planned, err
		}
		if _, _, err := enter(c.as("周敏")); !errs.Is(err, errs.Forbidden) || !strings.Contains(err.Error(), "填报人不能自己核实") {
			t.Errorf("verified by who enters: %v", err)
		}
		if _, _, err := enter(c.as("李文芳")); !errs.Is(err, errs.Forbidden) {
			t.Errorf("verified by a clerk: %v", err)
		}
		if _, _, err := enter(nil); err == nil {
			t.Error("verified by nobody")
		}
		if got := c.titles(c.as("陈静"), flow.Filter{Text: "的班"}); got != "" {
			t.Errorf("a refused import left %s", got)
		}
		over, planned, err := enter(c.as("吴刚"))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.get(over); got.State != flow.Verified || got.Verified != 1 || got.Editor != "吴刚" || got.AuthorName != "周敏" {
			t.Errorf("over: %+v", got)
		}
		if got := c.get(planned); got.State != flow.Submitted || got.Verified != 0 || got.Editor != "周敏" {
			t.Errorf("planned: %+v", got)
		}
		for ref, want := range map[id.Ref]string{over.Ref(): "吴刚 record.verify_many, 周敏 record.import", planned.Ref(): "周敏 record.import"} {
			err := d.View(c.ctx, func(tx *db.Tx) error {
				entries, err := access.HistoryOf(c.ctx, tx, ref)
				said := make([]string, len(entries))
				for i, e := range entries {
					said[i] = e.Name + " " + e.Action
				}
				if got := strings.Join(said, ", "); got != want {
					t.Errorf("history of %s: %s, want %s", ref, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkBulkCreate(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			o := db.Options{Dir: b.TempDir()}
			if engine == "postgres" {
				o = db.Options{URL: dbtest.PostgresURL(b)}
			}
			d := dbtest.Open(b, o, sources)
			ctx, tree := orgtest.County(b, d)
			ctx = access.With(ctx, access.Actor{Account: "a", Name: "周敏", Grants: []access.Grant{{Role: access.Officer}}})
			const chunk = 500
			n := 0
			begun := time.Now()
			for b.Loop() {
				items := make([]flow.Item, chunk)
				for i := range items {
					code := fmt.Sprintf("%02d", 1+(n+i)%10)
					h := flow.Head{Kind: "training", Prefix: "PX", Title: fmt.Sprintf("%s第 %d 期", orgtest.Townships[i%10], n+i), Unit: orgtest.Unit(b, tree, "u"+code).ID,
						Place: orgtest.Place(b, tree, code+"01").ID, Day: dayOf(fmt.Sprintf("2026-%02d-%02d", 1+i%12, 1+i%28)), State: flow.Submitted, Batch: "b"}
					items[i] = flow.Item{Head: &h, Body: body{h.Title, int64(i)}}
				}
				if err := d.Update(ctx, func(tx *db.Tx) error { return flow.BulkCreate(ctx, tx, items, "x") }); err != nil {
					b.Fatal(err)
				}
				n += chunk
			}
			b.ReportMetric(float64(n)/time.Since(begun).Seconds(), "records/s")
		})
	}
}
