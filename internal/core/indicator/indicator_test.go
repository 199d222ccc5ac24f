package indicator_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/id"
	"shilu/internal/kit/keys"
)

var sources = []db.Source{log.Migrations, org.Migrations, access.Migrations, ledger.Migrations, flow.Migrations, evidence.Migrations, indicator.Migrations}

// tables are a catalogue with an indicator of every kind.
func tables() fstest.MapFS {
	return fstest.MapFS{
		"tags.csv": {Data: []byte("name,name_zh,several,values_zh\nkind,类型,,\nsubject,专业,,\naudience,人群,yes,农民 老年人\nfigure,数据,,\nstage,学段,,\nsource,来源,,\n")},
		"measures.csv": {Data: []byte(`code,name_zh,unit,kind,note_zh
w.classes,班,期,flow,
w.people,人次,人次,flow,
w.money,支出,分,flow,
w.passed,合格,人,flow,
w.examined,考试,人,flow,
w.unsaid,没填,班,flow,
w.sessions,场次,场次,flow,
w.members,会员,人,stock,
w.subjects,专业,个,distinct,
w.heads,人员,人,distinct,
w.open,开放,小时,flow,
w.stations,有站的村,个,distinct,
w.boards,有栏的村,个,distinct,
external.pop,人口,人,external,
external.pupils,学生,人,external,
external.share,比例,0.01%,external,
external.zero,为0的数,条,external,
`)},
		"indicators.csv": {Data: []byte(`no,code,name_zh,unit,definition_zh,source,kind,record,not_scorable
1,i.classes,办班,期,每班记1,报表,sum,班,
2,i.short,短期班,期,短期班,报表,sum,班,
3,i.people,人次,人次,人次合计,报表,sum,班,
4,i.money,支出,万元,支出合计,报表,sum,班,
5,i.rate,合格率,%,合格除以考试,报表,ratio,班,
6,i.mean,班均人次,人次/期,人次除以班数,报表,ratio,班,
7,i.sessions,场次,场次,场次合计,报表,sum,班,
8,i.members,会员,人,年末会员,报表,closing,会员,
9,i.joined,新会员,人,新入会,报表,new,会员,
10,i.subjects,专业数,个,不同专业,报表,distinct,班,
11,i.heads,人数,人,不同人员,报表,distinct,班,
12,i.known,累计人数,人,到期末的不同人员,报表,distinct_end,班,
13,i.both,都有,个,两处都有,报表,all_of,班,
14,i.quota,指标任务,个,上级下达,报表,external,文件,
15,i.later,别的,个,还没有,报表,sum,别的,yes
16,i.old,旧口径,期,旧口径,报表,sum,班,
17,i.villages,村数,个,现有的村,报表,places,区划,
18,i.full,齐备的村,个,期末站栏都有,报表,all_of_end,设施,
19,i.full_new,新齐备的村,个,期内新齐备,报表,all_of_new,设施,
20,i.cover,覆盖率,%,齐备的村除以村数,报表,ratio,设施,
22,i.pop,人口,人,登记的人口,报表,external,登记,
23,i.pupils,学生,人,登记的学生,报表,external,登记,
24,i.share,比例,%,抽样比例,报表,external,登记,
25,i.per,每百人人次,人次/百人,人次除以人口,报表,ratio,班,
21,i.weekly,每周开放,小时/周,开放除以村数除以周数,报表,ratio,班,
`)},
		"formulas.csv": {Data: []byte(`code,measures,where,by,numerator,denominator,divisor,decimals,missing,missing_zh,alias_zh,line,from,to
i.classes,w.classes,,place,,,1,0,,,,,,
i.short,w.classes,kind=short|lecture,place,,,1,0,,,,,,
i.people,w.people,,place,,,1,0,,,,,,
i.money,w.money,,unit,,,1000000,2,,,,,,
i.rate,,kind=farm,place,w.passed,w.examined,1,2,,,,,,
i.mean,,,place,i.people,i.classes,1,1,,,,,,
i.sessions,w.sessions,,place,,,1,0,w.unsaid,个班没有填场次,,,,
i.members,w.members,,unit,,,1,0,,,,,,
i.joined,w.members,,unit,,,1,0,,,,,,
i.subjects,w.subjects,,place,,,1,0,,,,,,
i.heads,w.heads,,place,,,1,0,,个班没有花名册,,,,
i.known,w.heads,,place,,,1,0,,,,,,
i.both,w.subjects w.heads,,place,,,1,0,,,,,,
i.old,w.classes,,place,,,1,0,,,,,,2026-01-01
i.villages,village,,place,,,1,0,,,,,,
i.full,w.stations w.boards,,place,,,1,0,,,,,,
i.full_new,w.stations w.boards,,place,,,1,0,,,,,,
i.cover,,,place,i.full,i.villages,1,1,,,,,,
i.pop,external.pop external.zero,figure=pop,place,,,1,0,,,,,,
i.pupils,external.pupils external.zero,figure=pupils stage=小学|初中,place,,,1,0,,,,,,
i.share,external.share external.zero,figure=share,place,,,100,2,,,,,,
i.per,,kind=farm,place,i.people,i.pop 100,1,1,,,,,,
i.weekly,,,place,w.open,i.villages weeks,1,2,,,,,,
`)},
	}
}

func TestMain(m *testing.M) {
	c, err := indicator.ReadCatalogue(tables())
	if err != nil {
		panic(err)
	}
	shipped, err := indicator.ReadCatalogue(os.DirFS("../../../catalogue"))
	if err != nil {
		panic(err)
	}
	ledger.Measures(append(c.LedgerMeasures(), shipped.LedgerMeasures()...)...)
	os.Exit(m.Run())
}

// world is a county with a catalogue, seen by its chair.
type world struct {
	t    testing.TB
	d    *db.DB
	ctx  context.Context
	tree *org.Tree
	c    *indicator.Catalogue
	k    *log.Keeper
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	c, err := indicator.ReadCatalogue(tables())
	if err != nil {
		t.Fatal(err)
	}
	ctx, tree := orgtest.County(t, d)
	ctx = access.With(ctx, access.Actor{Association: org.Of(ctx), Account: id.New(), Name: "周敏", Grants: []access.Grant{{Role: access.Chair}, {Role: access.Admin}}})
	return &world{t, d, ctx, tree, c, log.NewKeeper(d, keys.New(), ledger.Source)}
}

func (w *world) update(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.Update(w.ctx, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) view(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.View(w.ctx, fn); err != nil {
		w.t.Fatal(err)
	}
}

// at is a fact of a place (code 01 …, 0101 …, "0" the county) on a day, by its township's unit.
func (w *world) at(place, on, measure string, n int64, tags ...string) ledger.Fact {
	w.t.Helper()
	f := ledger.Fact{Measure: measure, Amount: n, Place: orgtest.Place(w.t, w.tree, place).ID, Day: day.Day(on)}
	unit := org.OfficeCode
	if place != "0" {
		unit = "u" + place[:2]
	}
	f.Unit = orgtest.Unit(w.t, w.tree, unit).ID
	for _, t := range tags {
		name, value, _ := strings.Cut(t, "=")
		f.Tags = append(f.Tags, ledger.Tag{Name: name, Value: value})
	}
	return f
}

func key(f ledger.Fact, k string) ledger.Fact { f.Key = k; return f }

func move(f ledger.Fact, m ledger.Movement) ledger.Fact { f.Movement = m; return f }

func exactness(f ledger.Fact, e ledger.Exactness) ledger.Fact { f.Exactness = e; return f }

// post states facts of a record.
func (w *world) post(ref id.Ref, facts ...ledger.Fact) id.Ref {
	w.t.Helper()
	if ref.ID == "" {
		ref = id.Ref{Kind: "w", ID: id.New()}
	}
	w.update(func(tx *db.Tx) error {
		return ledger.Set(w.ctx, tx, ledger.Statement{Ref: ref, Version: 1, FactsVersion: 1, Reason: "更正", Facts: facts})
	})
	return ref
}

func (w *world) expect(state string, facts ...ledger.Fact) id.Ref {
	w.t.Helper()
	ref := id.Ref{Kind: "w", ID: id.New()}
	w.update(func(tx *db.Tx) error { return ledger.Expect(w.ctx, tx, ref, state, facts...) })
	return ref
}

func (w *world) figure(s indicator.Scope, code string) indicator.Figure {
	w.t.Helper()
	var f indicator.Figure
	w.view(func(tx *db.Tx) (err error) {
		if f, err = w.c.Value(w.ctx, tx, s, code); err != nil {
			return err
		}
		glance, err := w.c.Glance(w.ctx, tx, s, code)
		if err != nil {
			return err
		}
		bare, err := w.c.Bare(w.ctx, tx, s, code)
		if err != nil {
			return err
		}
		if g := glance[0]; g.Screen(w.ctx) != f.Screen(w.ctx) || g.Seal != f.Seal || g.PendingRecords != f.PendingRecords || g.Facts != f.Facts {
			w.t.Errorf("%s at a glance: %+v, in full %+v", code, g, f)
		}
		if b := bare[0]; b.Screen(w.ctx) != f.Screen(w.ctx) || b.Seal != indicator.NoSeal {
			w.t.Errorf("%s bare: %+v, in full %+v", code, b, f)
		}
		return nil
	})
	return f
}

// is checks the value of a figure as it is printed in JSON, "" for none.
func (w *world) is(s indicator.Scope, code, want string) indicator.Figure {
	w.t.Helper()
	f := w.figure(s, code)
	if got := strings.TrimSuffix(strings.TrimRight(indicator.Rounded(f.Value, 2), "0"), "."); got != want {
		w.t.Errorf("%s is %q, want %q (%s)", code, got, want, f.Reason)
	}
	return f
}

func (w *world) trace(s indicator.Scope, code string, o indicator.Options) indicator.Trace {
	w.t.Helper()
	var t indicator.Trace
	w.view(func(tx *db.Tx) (err error) {
		t, err = w.c.Trace(w.ctx, tx, s, code, o)
		return err
	})
	if !t.Agrees {
		w.t.Errorf("trace of %s: the facts do not make the figure %s", code, indicator.Rounded(t.Value, 2))
	}
	return t
}

func (w *world) seal() int64 {
	w.t.Helper()
	c, err := w.k.Seal(w.ctx, log.Ledger)
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Size
}

func year(y int) indicator.Scope { return indicator.Scope{Period: day.Year(y)} }

func both(t *testing.T, test func(t *testing.T, w *world)) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) { test(t, newWorld(t, d)) })
}
