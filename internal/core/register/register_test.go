package register_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

// shelf is a register as unlike a class as they come: a 书屋 whose stock moves on several days and that has no end.
type shelf struct {
	Name  string          `json:"name"`
	Unit  string          `json:"unit"`
	Place string          `json:"place"`
	Built day.Day         `json:"built"`
	Open  bool            `json:"open"`
	Area  *register.Count `json:"area,omitempty"`
	Moves []move          `json:"moves,omitempty"`
}

// move is so many books that came or, below 0, went on a day.
type move struct {
	Day   day.Day `json:"day"`
	Books int64   `json:"books"`
}

func (s shelf) facts() (facts []ledger.Fact) {
	post := func(measure string, n int64, on day.Day, how ledger.Movement) {
		facts = append(facts, ledger.Fact{Measure: measure, Amount: n, Unit: s.Unit, Place: s.Place, Day: on, Movement: how})
	}
	post("test.shelves", 1, s.Built, ledger.In)
	for _, m := range s.Moves {
		if m.Books > 0 {
			post("test.books", m.Books, m.Day, ledger.In)
		} else {
			post("test.books", m.Books, m.Day, ledger.Out)
		}
	}
	return facts
}

func (s shelf) wrong(tree *org.Tree, submit bool) error {
	var f errs.Fields
	if s.Name == "" {
		f.Add("name", "请写名称")
	}
	s.Area.Check(&f, "area", "面积")
	if submit && s.Place == "" {
		f.Add("place", "请选地点")
	}
	if tree.Unit(s.Unit).ID == "" {
		f.Add("unit", "请选单位")
	}
	return f.Err()
}

var migrations = db.Source{Name: "shelf", FS: fstest.MapFS{"20260101000000_shelf.sql": {Data: []byte(`-- +goose Up
CREATE TABLE shelf (association TEXT NOT NULL, id TEXT NOT NULL, built TEXT NOT NULL, opened BOOLEAN NOT NULL, area BIGINT, area_exactness TEXT NOT NULL,
	version BIGINT NOT NULL, PRIMARY KEY (association, id));
CREATE TABLE shelf_move (association TEXT NOT NULL, record TEXT NOT NULL, line BIGINT NOT NULL, day TEXT NOT NULL, books BIGINT NOT NULL,
	PRIMARY KEY (association, record, line));
`)}}}

type books struct {
	*register.Book[shelf, *org.Tree]
	t    *testing.T
	ctx  context.Context
	tree *org.Tree
}

// open gives the register in 云岭县.
func open(t *testing.T, d *db.DB) books {
	t.Helper()
	ledger.Measures(ledger.Measure{Code: "test.shelves", Stock: true}, ledger.Measure{Code: "test.books", Stock: true})
	ctx, tree := orgtest.County(t, d)
	b := &register.Book[shelf, *org.Tree]{DB: d, Kind: "shelf", Prefix: "SW", FactsVersion: 1,
		Papers: evidence.Rules{{Kind: "shelf", Paper: evidence.Photo, Need: evidence.Needed}},
		Words:  org.Trees,
		Head:   func(s shelf) flow.Head { return flow.Head{Title: s.Name, Unit: s.Unit, Place: s.Place, Day: s.Built} },
		Search: func(s shelf, tree *org.Tree) string { return tree.PlaceName(s.Place) },
		Facts:  shelf.facts, Wrong: func(s shelf, tree *org.Tree, submit bool) error { return s.wrong(tree, submit) },
		Fields: register.Fields[shelf, *org.Tree]{
			{Key: "name", Label: "名称", Text: func(s shelf, _ *org.Tree) string { return s.Name }},
			{Key: "area", Label: "面积", Text: func(s shelf, _ *org.Tree) string { return s.Area.String() }},
			{Key: "moves", Label: "图书", Text: func(s shelf, _ *org.Tree) string { return fmt.Sprint(s.Moves) }}},
		Row: register.Row[shelf]{Table: "shelf", Columns: []string{"built", "opened", "area", "area_exactness"}, Values: func(s shelf) []any {
			n, exactness := s.Area.Row()
			return []any{s.Built, s.Open, n, exactness}
		}},
		Lines: []register.Lines[shelf]{{Table: "shelf_move", Columns: []string{"day", "books"}, Values: func(s shelf) (all [][]any) {
			for _, m := range s.Moves {
				all = append(all, []any{m.Day, m.Books})
			}
			return all
		}}},
	}
	return books{b, t, ctx, tree}
}

func both(t *testing.T, test func(t *testing.T, b books)) {
	sources := []db.Source{org.Migrations, log.Migrations, access.Migrations, ledger.Migrations, flow.Migrations, evidence.Migrations, migrations}
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) { test(t, open(t, d)) })
}

func (b books) as(name string) context.Context {
	b.t.Helper()
	grants := map[string]access.Grant{"李文芳": {Role: access.Clerk, Unit: orgtest.Unit(b.t, b.tree, "u06").ID}, "周敏": {Role: access.Officer}}
	g, ok := grants[name]
	if !ok {
		b.t.Fatalf("nobody is called %s", name)
	}
	return access.With(b.ctx, access.Actor{Association: org.Of(b.ctx), Account: "a-" + name, Name: name, Unit: g.Unit, Grants: []access.Grant{g}})
}

func (b books) shelf(name string) shelf {
	return shelf{Name: name, Unit: orgtest.Unit(b.t, b.tree, "u06").ID, Place: orgtest.Place(b.t, b.tree, "0601").ID, Built: "2026-03-02", Open: true,
		Area: &register.Count{N: 40, Exactness: ledger.About}, Moves: []move{{"2026-03-02", 1200}, {"2026-06-10", -30}}}
}

func (b books) create(name string, submit bool) register.Entered {
	b.t.Helper()
	e, err := b.Create(b.as("李文芳"), register.New[shelf]{Body: b.shelf(name), Submit: submit})
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

// stands gives what the ledger says of a record, and by what it is expected.
func (b books) stands(h flow.Head) (said string) {
	b.t.Helper()
	if err := b.DB.View(b.ctx, func(tx *db.Tx) error {
		facts, err := ledger.Standing(b.ctx, tx, h.Ref())
		var all []string
		for _, f := range facts {
			all = append(all, fmt.Sprintf("%s %d %s %s", f.Measure, f.Amount, f.Day, f.Movement))
		}
		slices.Sort(all)
		said = strings.Join(all, "; ")
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return said
}

// differences is what the check of the rows finds.
func (b books) differences() (all []string) {
	b.t.Helper()
	if err := b.DB.View(b.ctx, func(tx *db.Tx) error {
		return b.CheckRows(b.ctx, tx, func(d log.Difference) {
			all = append(all, d.Table+": "+errs.Sprintf(d.Text, d.Args))
			if d.Row == "" {
				b.t.Errorf("no row is named: %+v", d)
			}
		})
	}); err != nil {
		b.t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func (b books) exec(query string, args ...any) {
	b.t.Helper()
	if err := b.DB.Update(b.ctx, func(tx *db.Tx) error { _, err := tx.Exec(b.ctx, query, args...); return err }); err != nil {
		b.t.Fatal(err)
	}
}

func TestARegisterWithMovements(t *testing.T) {
	both(t, func(t *testing.T, b books) {
		e := b.create("上村书屋", true)
		if e.Number != "SW-2026-0001" || e.State != flow.Submitted || b.stands(e.Head) != "" {
			t.Fatalf("entered %+v, the ledger says %q", e.Head, b.stands(e.Head))
		}
		h, err := b.Verify(b.as("周敏"), e.ID, e.Version, "")
		if err != nil {
			t.Fatal(err)
		}
		posted := "test.books -30 2026-06-10 out; test.books 1200 2026-03-02 in; test.shelves 1 2026-03-02 in"
		if got := b.stands(h); got != posted {
			t.Errorf("verified: the ledger says %q", got)
		}
		s := b.shelf("上村书屋")
		s.Moves = append(s.Moves, move{"2026-09-01", 300})
		if _, err := b.Save(b.as("李文芳"), register.Change[shelf]{ID: h.ID, Version: h.Version, Body: s, Submit: true}); !errs.Is(err, errs.Invalid) {
			t.Errorf("a revision without a reason: %v", err)
		}
		revised, err := b.Save(b.as("李文芳"), register.Change[shelf]{ID: h.ID, Version: h.Version, Body: s, Reason: "新到 300 册", Submit: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := b.stands(h); got != posted {
			t.Errorf("an open revision changes the ledger: %q", got)
		}
		if r, err := b.Get(b.as("周敏"), h.Number); err != nil || r.Standing == nil || len(r.Standing.Moves) != 2 || len(r.Body.Moves) != 3 {
			t.Errorf("the record with its revision: %+v, %v", r, err)
		}
		if _, err := b.VerifyMany(b.as("周敏"), []flow.Pick{{Ref: h.Ref(), Version: revised.Version}}, ""); !errs.Is(err, errs.Conflict) {
			t.Errorf("a revision among many: %v", err)
		}
		if h, err = b.Verify(b.as("周敏"), h.ID, revised.Version, ""); err != nil {
			t.Fatal(err)
		}
		if got := b.stands(h); !strings.Contains(got, "test.books 300 2026-09-01 in") {
			t.Errorf("after the revision the ledger says %q", got)
		}
		if h, err = b.Void(b.as("周敏"), h.ID, h.Version, "重复"); err != nil || b.stands(h) != "" {
			t.Errorf("voided: %v, the ledger says %q", err, b.stands(h))
		}
		if found := b.differences(); len(found) > 0 {
			t.Errorf("rows differ: %q", found)
		}
	})
}

// TestInATransactionOfTheCaller: what the caller's transaction does with it stands or falls with the record.
func TestInATransactionOfTheCaller(t *testing.T) {
	both(t, func(t *testing.T, b books) {
		li, stop := b.as("李文芳"), errors.New("stop")
		e := b.create("上村书屋", false)
		changed := b.shelf("上村书屋")
		changed.Moves = changed.Moves[:1]
		var second register.Entered
		err := b.DB.Update(li, func(tx *db.Tx) (err error) {
			if second, err = b.CreateIn(li, tx, register.New[shelf]{Body: b.shelf("下村书屋")}); err != nil {
				return err
			}
			if _, err := b.SaveIn(li, tx, register.Change[shelf]{ID: e.ID, Version: 1, Body: changed}); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if r, err := b.Get(li, e.Number); err != nil || r.Version != 1 || len(r.Body.Moves) != 2 {
			t.Errorf("a save that was given up: %+v, %v", r, err)
		}
		if _, err := b.Get(li, second.Number); !errs.Is(err, errs.NotFound) {
			t.Errorf("a record that was given up: %v", err)
		}
		if err := b.DB.Update(li, func(tx *db.Tx) error {
			_, err := b.SaveIn(li, tx, register.Change[shelf]{ID: e.ID, Version: 1, Body: changed})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Save(li, register.Change[shelf]{ID: e.ID, Version: 1, Body: b.shelf("上村书屋")}); !errs.Is(err, errs.Conflict) {
			t.Errorf("saved over a version that was not read: %v", err)
		}
		if _, err := b.Create(li, register.New[shelf]{ID: e.ID, Body: changed}); !errs.Is(err, errs.Conflict) {
			t.Errorf("the same record twice: %v", err)
		}
		if err := b.Delete(li, e.ID, 2); err != nil {
			t.Fatal(err)
		}
		if found := b.differences(); len(found) > 0 {
			t.Errorf("rows differ: %q", found)
		}
	})
}

func TestRowsAndLinesAreChecked(t *testing.T) {
	both(t, func(t *testing.T, b books) {
		one, other := b.create("上村书屋", true), b.create("下村书屋", false)
		b.exec("UPDATE shelf SET opened = NOT opened WHERE id = ?", one.ID)
		b.exec("DELETE FROM shelf WHERE id = ?", other.ID)
		b.exec("UPDATE shelf_move SET books = books + 1 WHERE record = ? AND line = 1", one.ID)
		b.exec("UPDATE shelf_move SET line = 7 WHERE record = ? AND line = 2", one.ID)
		b.exec("INSERT INTO shelf_move (association, record, line, day, books) VALUES (?, 'nobody', 1, '2026-01-01', 5)", org.Of(b.ctx))
		want := []string{"shelf: 是 2026-03-02|0|40|about（第 1 版），记录第 1 版写的是 2026-03-02|1|40|about", "shelf: 没有这一行",
			"shelf_move: 是 2026-03-02|1201，记录第 1 版写的是 2026-03-02|1200", "shelf_move: 没有这一行", "shelf_move: 没有这一行的业务记录", "shelf_move: 记录第 1 版没有这一行"}
		slices.Sort(want)
		if got := b.differences(); !slices.Equal(got, want) {
			t.Errorf("found %q, not %q", got, want)
		}
	})
}

// TestAModulesConditionStandsAlone: a module's condition is one whatever it says, so that its OR lets nothing past sight.
func TestAModulesConditionStandsAlone(t *testing.T) {
	both(t, func(t *testing.T, b books) {
		b.create("上村书屋", false)
		nobody := access.With(b.ctx, access.Actor{Association: org.Of(b.ctx), Account: "a-none", Name: "局外人"})
		q := register.Query{Only: []ledger.Condition{{SQL: "c.opened OR r.kind = ?", Args: []any{"shelf"}}}}
		for who, want := range map[string]int{"李文芳": 1, "局外人": 0} {
			ctx := nobody
			if want > 0 {
				ctx = b.as(who)
			}
			if got, err := b.List(ctx, q); err != nil || len(got) != want {
				t.Errorf("%s sees %d, %v", who, len(got), err)
			}
		}
	})
}

func TestWhatIsRefused(t *testing.T) {
	both(t, func(t *testing.T, b books) {
		li := b.as("李文芳")
		s := b.shelf("")
		s.Place, s.Area.N = "", -4
		for submit, fields := range map[bool]string{false: "name area", true: "name area place"} {
			_, err := b.Create(li, register.New[shelf]{Body: s, Submit: submit})
			var e *errs.Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			var names []string
			for _, f := range e.Fields {
				names = append(names, f.Name)
			}
			if got := strings.Join(names, " "); got != fields {
				t.Errorf("submit %v: wrong are %s, not %s", submit, got, fields)
			}
		}
		b.NotYet = func(s shelf, today day.Day) error {
			if s.Built > today {
				return errs.E(errs.Conflict, "还没建成")
			}
			return nil
		}
		built, planned := b.create("上村书屋", true), b.shelf("明年的书屋")
		planned.Built = "2027-01-01"
		later, err := b.Create(li, register.New[shelf]{Body: planned, Submit: true})
		if err != nil {
			t.Fatal(err)
		}
		zhou := b.as("周敏")
		if _, err := b.Verify(zhou, later.ID, 1, ""); !errs.Is(err, errs.Conflict) {
			t.Errorf("what is planned was verified: %v", err)
		}
		if _, err := b.VerifyMany(zhou, []flow.Pick{{Ref: built.Ref(), Version: 1}, {Ref: later.Ref(), Version: 1}}, ""); !errs.Is(err, errs.Conflict) ||
			!strings.Contains(err.Error(), "SW-2027-0001") {
			t.Errorf("verified together with what is planned: %v", err)
		}
		if got := b.stands(built.Head); got != "" {
			t.Errorf("all or none, but the ledger says %q", got)
		}
		if _, err := b.ReturnMany(zhou, []flow.Pick{{Ref: built.Ref(), Version: 1}, {Ref: later.Ref(), Version: 1}}, "面积不对"); err != nil {
			t.Error(err)
		}
	})
}
