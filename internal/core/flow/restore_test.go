package flow_test

import (
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

// TestNobodyRestoresIntoWhatHeMayNotVerify: a record that a revision moved to 河东镇 goes back to 青溪乡 only by who may verify there too.
func TestNobodyRestoresIntoWhatHeMayNotVerify(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		first := verified(c, c.create("李文芳", "核桃嫁接", flow.None))
		h := c.get(first)
		h.Unit, h.Place = orgtest.Unit(t, c.tree, "u01").ID, orgtest.Place(t, c.tree, "01").ID
		c.update(func(tx *db.Tx) error {
			return flow.Revise(c.as("吴刚"), tx, &h, body{h.Title, 60}, nil, "办在河东镇")
		})
		h = c.do("周敏", flow.Verify, c.do("吴刚", flow.Submit, h))

		restore := func(unit string) error {
			ctx := c.as("周敏")
			if unit != "" {
				actor := access.From(ctx)
				actor.Account, actor.Grants = "a-镇干事", []access.Grant{{Role: access.Officer, Unit: orgtest.Unit(t, c.tree, unit).ID}}
				ctx = access.With(ctx, actor)
			}
			back := c.get(h)
			back.Unit, back.Place = first.Unit, first.Place
			return d.Update(ctx, func(tx *db.Tx) error { return flow.Restore(ctx, tx, &back, first.Version, nil, "撤销导入") })
		}
		if err := restore("u01"); !errs.Is(err, errs.Forbidden) && !errs.Is(err, errs.Invalid) {
			t.Errorf("the officer of 河东镇 puts a record into 青溪乡: %v", err)
		}
		if got := c.get(h); got.Unit != h.Unit || got.Verified != h.Verified {
			t.Errorf("a refused restore changed the record: %+v", got)
		}
		if err := restore(""); err != nil {
			t.Errorf("who may verify everywhere: %v", err)
		}
		if got := c.get(h); got.Unit != first.Unit || got.Verified != first.Version {
			t.Errorf("restored: %+v", got)
		}
	})
}
