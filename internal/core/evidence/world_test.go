package evidence

import (
	"context"
	"os"
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
)

// county is 云岭县 with records that papers are put to.
type county struct {
	t     *testing.T
	d     *db.DB
	ctx   context.Context
	tree  *org.Tree
	store *blob.Store
	files string // the folder of the store
	rules Rules
}

// both runs the test on SQLite and on PostgreSQL.
func both(t *testing.T, test func(t *testing.T, c county)) {
	sources := []db.Source{org.Migrations, log.Migrations, access.Migrations, ledger.Migrations, flow.Migrations, Migrations}
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx, tree := orgtest.County(t, d)
		files := t.TempDir()
		store, err := blob.Open(files)
		if err != nil {
			t.Fatal(err)
		}
		rules, err := ReadRules(os.DirFS("../../../catalogue"))
		if err != nil {
			t.Fatal(err)
		}
		test(t, county{t, d, ctx, tree, store, files, rules})
	})
}

// as is the context of one of the people: 李文芳 of 青溪乡, 赵永康 of 河西镇, 周敏 of the office, 陈静 who only reads.
func (c county) as(name string) context.Context {
	c.t.Helper()
	grants := map[string]access.Grant{
		"李文芳": {Role: access.Clerk, Unit: orgtest.Unit(c.t, c.tree, "u06").ID},
		"赵永康": {Role: access.Clerk, Unit: orgtest.Unit(c.t, c.tree, "u02").ID},
		"周敏":  {Role: access.Officer},
		"陈静":  {Role: access.Viewer},
	}
	g, ok := grants[name]
	if !ok {
		c.t.Fatalf("nobody is called %s", name)
	}
	return access.With(c.ctx, access.Actor{Association: org.Of(c.ctx), Account: "a-" + name, Name: name, Unit: g.Unit, Grants: []access.Grant{g}})
}

// class is a submitted record of a township's unit.
func (c county) class(who, unit, title string) flow.Head {
	c.t.Helper()
	h := flow.Head{Kind: "training", Prefix: "PX", Title: title, Unit: orgtest.Unit(c.t, c.tree, unit).ID, Place: orgtest.Place(c.t, c.tree, unit[1:]).ID,
		Day: "2026-09-03", State: flow.Submitted}
	c.update(func(tx *db.Tx) error { return flow.Create(c.as(who), tx, &h, map[string]string{"title": title}) })
	return h
}

func (c county) update(do func(tx *db.Tx) error) {
	c.t.Helper()
	if err := c.d.Update(c.ctx, do); err != nil {
		c.t.Fatal(err)
	}
}

// attach puts a paper to a record as somebody, and settles what the record lacks.
func (c county) attach(who string, h flow.Head, p Paper) (Paper, []Use, error) {
	var uses []Use
	err := c.d.Update(c.ctx, func(tx *db.Tx) (err error) {
		if p, uses, err = Attach(c.as(who), tx, h.Ref(), p); err != nil {
			return err
		}
		return c.rules.UpdateProof(c.as(who), tx, subject(h))
	})
	return p, uses, err
}

func subject(h flow.Head) Subject {
	return Subject{Ref: h.Ref(), Subkind: "short", Day: h.Day}
}

// lacks is what a record still lacks.
func (c county) lacks(h flow.Head) string {
	c.t.Helper()
	var kinds []Kind
	if err := c.d.View(c.ctx, func(tx *db.Tx) (err error) {
		kinds, err = Proof(c.ctx, tx, h.Ref())
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
	return text(kinds)
}

// entries is how many changes of proof states stand in the ledger's log.
func (c county) entries() (n int64) {
	c.t.Helper()
	if err := c.d.View(c.ctx, func(tx *db.Tx) (err error) {
		n, err = db.One(c.ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM log_entry WHERE association = ? AND kind = 'proof'", org.Of(c.ctx))
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
	return n
}
