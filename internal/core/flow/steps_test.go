package flow_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

var update = flag.Bool("update", false, "write the golden files")

// stages are the ways to bring a record of 李文芳 (青溪乡) to each stage.
var stages = []struct {
	name  string
	reach func(c county, h flow.Head) flow.Head
}{
	{"draft", func(_ county, h flow.Head) flow.Head { return h }},
	{"withdrawn draft", func(c county, h flow.Head) flow.Head {
		return c.do("李文芳", flow.Withdraw, c.do("李文芳", flow.Submit, h))
	}},
	{"submitted", func(c county, h flow.Head) flow.Head { return c.do("李文芳", flow.Submit, h) }},
	{"returned", func(c county, h flow.Head) flow.Head {
		return c.do("周敏", returned, c.do("李文芳", flow.Submit, h))
	}},
	{"verified", verified},
	{"verified, revision draft", revised},
	{"verified, revision submitted", func(c county, h flow.Head) flow.Head { return c.do("李文芳", flow.Submit, revised(c, h)) }},
	{"verified, revision returned", func(c county, h flow.Head) flow.Head {
		return c.do("周敏", returned, c.do("李文芳", flow.Submit, revised(c, h)))
	}},
	{"verified twice", func(c county, h flow.Head) flow.Head {
		return c.do("周敏", flow.Verify, c.do("李文芳", flow.Submit, revised(c, h)))
	}},
	{"imported", imported},
	{"imported, written at since", func(c county, h flow.Head) flow.Head {
		h = c.do("李文芳", flow.Withdraw, imported(c, h))
		c.update(func(tx *db.Tx) error { return flow.Save(c.as("王强"), tx, &h, body{h.Title, 61}, nil, "") })
		return c.do("李文芳", flow.Submit, h)
	}},
	{"imported, returned", func(c county, h flow.Head) flow.Head { return c.do("周敏", returned, imported(c, h)) }},
	{"imported, verified", func(c county, h flow.Head) flow.Head { return c.do("周敏", flow.Verify, imported(c, h)) }},
	{"voided", func(c county, h flow.Head) flow.Head { return c.do("周敏", voided, verified(c, h)) }},
}

// imported is another record, that 李文芳 imported.
func imported(c county, h flow.Head) flow.Head {
	c.t.Helper()
	h = c.head(h.Title)
	h.State, h.Batch = flow.Submitted, "an import"
	c.update(func(tx *db.Tx) error {
		return flow.BulkCreate(c.as("李文芳"), tx, []flow.Item{{Head: &h, Body: body{h.Title, 50}}}, "上半年.xlsx")
	})
	return h
}

type transition = func(context.Context, *db.Tx, idRef, int) (flow.Head, error)

func returned(ctx context.Context, tx *db.Tx, ref idRef, version int) (flow.Head, error) {
	return flow.Return(ctx, tx, ref, version, "签到册缺第二页")
}

func voided(ctx context.Context, tx *db.Tx, ref idRef, version int) (flow.Head, error) {
	return flow.Void(ctx, tx, ref, version, "重复")
}

func undone(ctx context.Context, tx *db.Tx, ref idRef, version int) (flow.Head, error) {
	return flow.Undo(ctx, tx, ref, version, "撤销导入「上半年.xlsx」")
}

func verified(c county, h flow.Head) flow.Head {
	return c.do("周敏", flow.Verify, c.do("李文芳", flow.Submit, h))
}

func revised(c county, h flow.Head) flow.Head {
	c.t.Helper()
	h = verified(c, h)
	c.update(func(tx *db.Tx) error {
		return flow.Revise(c.as("李文芳"), tx, &h, body{h.Title, 61}, nil, "漏计 1 人")
	})
	return h
}

func (c county) do(who string, what transition, h flow.Head) flow.Head {
	c.t.Helper()
	ctx := c.as(who)
	c.update(func(tx *db.Tx) (err error) {
		h, err = what(ctx, tx, h.Ref(), h.Version)
		return err
	})
	return h
}

// actions are all that can be tried on a record.
var actions = []struct {
	name string
	try  func(ctx context.Context, tx *db.Tx, h flow.Head) error
}{
	{"save", func(ctx context.Context, tx *db.Tx, h flow.Head) error {
		return flow.Save(ctx, tx, &h, body{h.Title, 99}, nil, "")
	}},
	{"submit", func(ctx context.Context, tx *db.Tx, h flow.Head) error { return try(flow.Submit)(ctx, tx, h) }},
	{"withdraw", func(ctx context.Context, tx *db.Tx, h flow.Head) error { return try(flow.Withdraw)(ctx, tx, h) }},
	{"return", func(ctx context.Context, tx *db.Tx, h flow.Head) error { return try(returned)(ctx, tx, h) }},
	{"verify", func(ctx context.Context, tx *db.Tx, h flow.Head) error { return try(flow.Verify)(ctx, tx, h) }},
	{"verify many", func(ctx context.Context, tx *db.Tx, h flow.Head) error {
		_, err := flow.VerifyMany(ctx, tx, []flow.Pick{{Ref: h.Ref(), Version: h.Version}}, "")
		return err
	}},
	{"revise", func(ctx context.Context, tx *db.Tx, h flow.Head) error {
		return flow.Revise(ctx, tx, &h, body{h.Title, 99}, nil, "漏计")
	}},
	{"void", func(ctx context.Context, tx *db.Tx, h flow.Head) error { return try(voided)(ctx, tx, h) }},
	{"undo", func(ctx context.Context, tx *db.Tx, h flow.Head) error { return try(undone)(ctx, tx, h) }},
	{"restore", func(ctx context.Context, tx *db.Tx, h flow.Head) error {
		return flow.Restore(ctx, tx, &h, 1, nil, "撤销导入")
	}},
	{"delete", func(ctx context.Context, tx *db.Tx, h flow.Head) error {
		return flow.Delete(ctx, tx, h.Ref(), h.Version)
	}},
}

func try(what transition) func(ctx context.Context, tx *db.Tx, h flow.Head) error {
	return func(ctx context.Context, tx *db.Tx, h flow.Head) error {
		_, err := what(ctx, tx, h.Ref(), h.Version)
		return err
	}
}

// TestEveryActionAtEveryStage writes down what each action does at each stage for each kind of actor. The golden file is the
// rule book of the flow: read its diff as one.
func TestEveryActionAtEveryStage(t *testing.T) {
	const golden = "testdata/steps.golden"
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := open(t, d)
		c.accounts("周敏", "吴刚", "李文芳")
		var b strings.Builder
		for _, stage := range stages {
			h := stage.reach(c, c.create("李文芳", "核桃嫁接", flow.None))
			fmt.Fprintf(&b, "%s\n", stage.name)
			for _, action := range actions {
				for _, who := range []string{"李文芳", "王强", "赵磊", "周敏", "吴刚", "陈静"} {
					fmt.Fprintf(&b, "  %-12s %s\t%s\n", action.name, who, c.outcome(who, h, action.try))
				}
			}
		}
		if *update && d.Dialect == db.SQLite {
			if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			wants := strings.Split(string(want), "\n")
			for i, line := range strings.Split(b.String(), "\n") {
				if i >= len(wants) || line != wants[i] {
					t.Errorf("line %d: %s", i+1, line)
				}
			}
		}
	})
}

// outcome tries the action, says what came of it and undoes it.
func (c county) outcome(who string, h flow.Head, try func(context.Context, *db.Tx, flow.Head) error) string {
	c.t.Helper()
	ctx := c.as(who)
	out := ""
	undo := fmt.Errorf("undo")
	err := c.d.Update(ctx, func(tx *db.Tx) error {
		before, err := access.HistoryOf(ctx, tx, h.Ref())
		if err != nil {
			return err
		}
		if err := try(ctx, tx, h); err != nil {
			return err
		}
		now, err := flow.Get(c.as("陈静"), tx, h.Ref())
		after, err2 := access.HistoryOf(ctx, tx, h.Ref())
		switch {
		case err2 != nil || len(after) != len(before)+1:
			out = fmt.Sprintf("%d entries in the history: %v", len(after)-len(before), err2)
		case errs.Is(err, errs.NotFound):
			out = "→ gone"
		case err != nil:
			return err
		default:
			out = fmt.Sprintf("→ %s/%s v%d stands %d", now.State, now.Revision, now.Version, now.Verified)
		}
		return undo
	})
	if err == undo { //nolint:errorlint // our own value, unwrapped
		return out
	}
	if errs.KindOf(err) == errs.Internal {
		c.t.Errorf("%s: %v", who, err)
	}
	return fmt.Sprintf("%s: %v", errs.KindOf(err), err)
}
