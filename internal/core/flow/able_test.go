package flow_test

import (
	"strings"
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

// TestWhatCanBeDoneAndWhyNot: what a page offers is what the step itself would allow, and a refusal names who can.
func TestWhatCanBeDoneAndWhyNot(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		draft := c.create("李文芳", "核桃修剪", flow.Draft)
		sent := c.create("李文芳", "核桃嫁接", flow.Submitted)
		own := c.create("周敏", "养蜂", flow.Submitted)
		for _, one := range []struct {
			who  string
			head flow.Head
			may  []flow.Action
			not  map[flow.Action]string // what the refusal says
		}{
			{"李文芳", draft, []flow.Action{flow.ActSave, flow.ActSubmit, flow.ActDelete}, nil},
			{"王强", draft, []flow.Action{flow.ActSave, flow.ActSubmit}, map[flow.Action]string{flow.ActDelete: "李文芳"}},
			{"李文芳", sent, []flow.Action{flow.ActWithdraw}, map[flow.Action]string{flow.ActVerify: "干事", flow.ActReturn: "干事", flow.ActVoid: "干事"}},
			{"周敏", sent, []flow.Action{flow.ActVerify, flow.ActReturn, flow.ActVoid}, map[flow.Action]string{flow.ActWithdraw: "填报人"}},
			{"周敏", own, []flow.Action{flow.ActWithdraw, flow.ActReturn, flow.ActVoid}, map[flow.Action]string{flow.ActVerify: "填报人不能自己核实"}},
			{"陈静", sent, nil, map[flow.Action]string{flow.ActVerify: "干事", flow.ActWithdraw: "不能填报"}},
		} {
			err := d.View(c.ctx, func(tx *db.Tx) error {
				able, err := flow.AbleTo(c.as(one.who), tx, one.head)
				if err != nil {
					return err
				}
				if len(able) != len(one.may)+len(one.not) && one.who != "陈静" {
					t.Errorf("%s on %s: %v", one.who, one.head.Title, able)
				}
				for _, a := range one.may {
					if !able.May(a) {
						t.Errorf("%s may not %s %s: %v", one.who, a, one.head.Title, able[a])
					}
				}
				for a, says := range one.not {
					if err := able[a]; !errs.Is(err, errs.Forbidden) || !strings.Contains(err.Error(), says) {
						t.Errorf("%s, %s of %s: got %v, want a refusal that says %q", one.who, a, one.head.Title, err, says)
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := c.titles(c.as("周敏"), flow.Filter{Kinds: []string{"training"}, ToVerify: true}); got != "核桃嫁接" {
			t.Errorf("周敏 can verify %q", got)
		}
		if got := c.titles(c.as("吴刚"), flow.Filter{Kinds: []string{"training"}, ToVerify: true}); !strings.Contains(got, "养蜂") || !strings.Contains(got, "核桃嫁接") {
			t.Errorf("吴刚 can verify %q", got)
		}
		if got := c.titles(c.as("李文芳"), flow.Filter{Kinds: []string{"training"}, ToVerify: true}); got != "" {
			t.Errorf("李文芳 can verify %q", got)
		}
	})
}

func TestUnitsWithARight(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		clerk, err := flow.Units(c.as("李文芳"), c.tree, access.Write, "training")
		if err != nil || len(clerk) != 1 || clerk[0].Code != "u06" {
			t.Errorf("a clerk of 青溪乡 writes for %v (%v)", clerk, err)
		}
		officer, err := flow.Units(c.as("周敏"), c.tree, access.Write, "training")
		if err != nil || len(officer) != len(c.tree.Units()) {
			t.Errorf("an officer writes for %d units of %d (%v)", len(officer), len(c.tree.Units()), err)
		}
		if _, err := flow.Units(c.as("陈静"), c.tree, access.Write, "training"); !errs.Is(err, errs.Forbidden) {
			t.Errorf("a viewer writes: %v", err)
		}
	})
}

// TestSightGoesByTheModuleOfTheRecord: who sees all of youth work and fills in the training of one township sees the training of that
// township only, in lists and one by one.
func TestSightGoesByTheModuleOfTheRecord(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		c.create("李文芳", "核桃修剪", flow.Submitted)
		far := c.head("河东镇的班")
		far.Unit, far.Place = orgtest.Unit(t, c.tree, "u01").ID, orgtest.Place(t, c.tree, "01").ID
		ctx := c.as("周敏")
		c.update(func(tx *db.Tx) error { return flow.Create(ctx, tx, &far, body{"河东镇的班", 3}) })
		u06 := orgtest.Unit(t, c.tree, "u06").ID
		both := access.With(c.ctx, access.Actor{Account: "a-both", Name: "两头管", Unit: u06, Grants: []access.Grant{
			{Role: access.Clerk, Unit: u06, Modules: []string{"training"}}, {Role: access.Viewer, Modules: []string{"youth"}}}})
		if got := c.titles(both, flow.Filter{Kinds: []string{"training"}}); strings.Contains(got, "河东镇的班") || !strings.Contains(got, "核桃修剪") {
			t.Errorf("the list of training shows %q", got)
		}
		if err := d.View(both, func(tx *db.Tx) error {
			for name, get := range map[string]func() error{
				"by reference": func() error { _, err := flow.Get(both, tx, far.Ref()); return err },
				"by number":    func() error { _, err := flow.ByNumber(both, tx, "training", far.Number); return err },
				"by id":        func() error { _, err := flow.ByID(both, tx, far.ID); return err },
			} {
				if err := get(); !errs.Is(err, errs.NotFound) {
					t.Errorf("%s: %v", name, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
