package flow_test

import (
	"context"
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

var sources = []db.Source{org.Migrations, log.Migrations, access.Migrations, flow.Migrations}

// county is 云岭县 with people who work there.
type county struct {
	t    *testing.T
	d    *db.DB
	ctx  context.Context
	tree *org.Tree
}

func open(t *testing.T, d *db.DB) county {
	t.Helper()
	ctx, tree := orgtest.County(t, d)
	return county{t, d, ctx, tree}
}

// as gives the context of one of the people.
func (c county) as(name string) context.Context {
	c.t.Helper()
	township := func(code string) string { return orgtest.Unit(c.t, c.tree, code).ID }
	grants := map[string]access.Grant{
		"李文芳": {Role: "clerk", Unit: township("u06")},   // 青溪乡
		"王强":  {Role: "liaison", Unit: township("u06")}, // 青溪乡
		"赵磊":  {Role: "clerk", Unit: township("u01")},   // 河东镇
		"周敏":  {Role: "officer"},
		"吴刚":  {Role: "officer"},
		"陈静":  {Role: "viewer"},
	}
	g, ok := grants[name]
	if !ok {
		c.t.Fatalf("nobody is called %s", name)
	}
	unit := c.tree.Unit(g.Unit)
	return access.With(c.ctx, access.Actor{Association: org.Of(c.ctx), Account: "a-" + name, Name: name, Unit: g.Unit, UnitName: unit.Name,
		Grants: []access.Grant{g}})
}

type body struct {
	Name   string `json:"name"`
	People int64  `json:"people"`
}

// head is a class in 青溪乡 on 3 September 2026.
func (c county) head(title string) flow.Head {
	return flow.Head{Kind: "training", Prefix: "PX", Title: title, Unit: orgtest.Unit(c.t, c.tree, "u06").ID,
		Place: orgtest.Place(c.t, c.tree, "0601").ID, Day: "2026-09-03", Life: "held"}
}

func (c county) create(who, title string, state flow.State) flow.Head {
	c.t.Helper()
	h := c.head(title)
	h.State = state
	ctx := c.as(who)
	if err := flow.Reserve(ctx, c.d, &h); err != nil {
		c.t.Fatal(err)
	}
	c.update(func(tx *db.Tx) error { return flow.Create(ctx, tx, &h, body{title, 50}) })
	return h
}

func (c county) update(fn func(tx *db.Tx) error) {
	c.t.Helper()
	if err := c.d.Update(c.ctx, fn); err != nil {
		c.t.Fatal(err)
	}
}

// get reads the record as somebody who sees all.
func (c county) get(h flow.Head) flow.Head {
	c.t.Helper()
	ctx := c.as("陈静")
	err := c.d.View(ctx, func(tx *db.Tx) (err error) {
		h, err = flow.Get(ctx, tx, h.Ref())
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return h
}

func TestFromDraftToVerifiedAndRevised(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		li, zhou := c.as("李文芳"), c.as("周敏")
		h := c.create("李文芳", "核桃嫁接", flow.None)
		if h.Number != "PX-2026-0001" || h.Short() != "PX-0001" || h.State != flow.Draft || h.Version != 1 {
			t.Fatalf("created %+v", h)
		}
		h.Title = "核桃嫁接技术"
		c.update(func(tx *db.Tx) error {
			return flow.Save(li, tx, &h, body{"核桃嫁接技术", 52}, []access.Change{{Field: "people", Label: "人次", Before: "50", After: "52"}}, "")
		})
		c.update(func(tx *db.Tx) error { _, err := flow.Submit(li, tx, h.Ref(), 2); return err })
		c.update(func(tx *db.Tx) error { _, err := flow.Verify(zhou, tx, h.Ref(), 2); return err })
		got := c.get(h)
		if got.State != flow.Verified || got.Verified != 2 || got.Version != 2 || got.Title != "核桃嫁接技术" || got.Editor != "周敏" {
			t.Fatalf("verified %+v", got)
		}

		revised := got
		revised.Title, revised.Day = "核桃高接换优", "2026-09-04"
		c.update(func(tx *db.Tx) error {
			return flow.Revise(li, tx, &revised, body{"核桃高接换优", 60}, nil, "签到册漏计 8 人")
		})
		got = c.get(h)
		if got.State != flow.Verified || got.Revision != flow.Draft || got.Verified != 2 || got.Version != 3 || got.Title != "核桃嫁接技术" {
			t.Fatalf("an open revision must leave the head as it stands: %+v", got)
		}
		c.update(func(tx *db.Tx) error { _, err := flow.Submit(li, tx, h.Ref(), 3); return err })
		c.update(func(tx *db.Tx) error { _, err := flow.Verify(zhou, tx, h.Ref(), 3); return err })
		got = c.get(h)
		if got.Revision != flow.None || got.Verified != 3 || got.Title != "核桃高接换优" || got.Day != day.Day("2026-09-04") {
			t.Fatalf("verified revision %+v", got)
		}

		err := d.View(zhou, func(tx *db.Tx) error {
			for version, want := range map[int]body{1: {"核桃嫁接", 50}, 2: {"核桃嫁接技术", 52}, 3: {"核桃高接换优", 60}} {
				var b body
				if err := flow.Body(zhou, tx, h.Ref(), version, &b); err != nil || b != want {
					t.Errorf("version %d: %v, %v", version, b, err)
				}
			}
			vs, err := flow.Versions(zhou, tx, h.Ref())
			if len(vs) != 3 || vs[2].Reason != "签到册漏计 8 人" || vs[2].Hash != got.Hash {
				t.Errorf("versions %+v", vs)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestOwnWorkIsNeverVerified(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		h := c.create("吴刚", "核桃嫁接", flow.Submitted)
		err := d.Update(c.ctx, func(tx *db.Tx) error { _, err := flow.Verify(c.as("吴刚"), tx, h.Ref(), 1); return err })
		if !errs.Is(err, errs.Forbidden) {
			t.Fatalf("own work: %v", err)
		}
		c.update(func(tx *db.Tx) error { _, err := flow.Verify(c.as("周敏"), tx, h.Ref(), 1); return err })
	})
}

type idRef = id.Ref

// accounts adds the people to the accounts of the county, so that refusals can name them.
func (c county) accounts(names ...string) {
	c.t.Helper()
	c.update(func(tx *db.Tx) error {
		for _, name := range names {
			a := access.From(c.as(name))
			if _, err := tx.Exec(c.ctx, `INSERT INTO account (association, id, login, phone, name, unit, password, must_change, changed, used, closed, created)
				VALUES (?, ?, ?, '', ?, ?, '', ?, 0, 0, ?, 0)`, org.Of(c.ctx), a.Account, name, name, a.Unit, false, false); err != nil {
				return err
			}
			if _, err := tx.Exec(c.ctx, "INSERT INTO account_grant (association, account, role, unit, modules) VALUES (?, ?, ?, ?, '')",
				org.Of(c.ctx), a.Account, string(a.Grants[0].Role), a.Grants[0].Unit); err != nil {
				return err
			}
		}
		return nil
	})
}

func dayOf(s string) day.Day { return day.Day(s) }

// create2 makes a draft of 青溪乡 on a day, by an officer, within tx.
func (c county) create2(tx *db.Tx, on day.Day) flow.Head {
	c.t.Helper()
	h := c.head("班")
	h.Day = on
	if err := flow.Create(c.as("周敏"), tx, &h, body{"班", 1}); err != nil {
		c.t.Fatal(err)
	}
	return h
}
