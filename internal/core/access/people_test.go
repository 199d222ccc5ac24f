package access_test

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/alexedwards/argon2id"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

func TestMain(m *testing.M) {
	access.Cost = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	os.Exit(m.Run())
}

// things stand for the records of a module.
var things = db.Source{Name: "things", FS: fstest.MapFS{"20261124990000_things.sql": {Data: []byte(
	"-- +goose Up\nCREATE TABLE thing (association TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (association, id));")}}}

// county is 云岭县 with people in it, and a clock that the test moves.
type county struct {
	t     *testing.T
	ctx   context.Context
	d     *db.DB
	tree  *org.Tree
	clock *time.Time
	one   map[string]string // one-time passwords by login
}

func both(t *testing.T, test func(c county)) {
	for name, open := range map[string]func(t *testing.T) db.Options{
		"sqlite":   func(t *testing.T) db.Options { return db.Options{Dir: t.TempDir()} },
		"postgres": func(t *testing.T) db.Options { return db.Options{URL: dbtest.PostgresURL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			clock := dbtest.Now
			o := open(t)
			o.Now = func() time.Time { return clock }
			d := dbtest.Open(t, o, []db.Source{org.Migrations, log.Migrations, access.Migrations, things})
			ctx, tree := orgtest.County(t, d)
			c := county{t: t, ctx: ctx, d: d, tree: tree, clock: &clock, one: make(map[string]string)}
			u06 := orgtest.Unit(t, tree, "u06").ID
			for _, n := range []access.NewAccount{
				{Login: "chenzq", Name: "陈志强", Unit: tree.Office().ID, Grants: []access.Grant{{Role: access.Admin}, {Role: access.Security}}},
				{Login: "zhoumin", Name: "周敏", Unit: tree.Office().ID, Phone: "13800005678", Grants: []access.Grant{{Role: access.Officer, Modules: []string{"training", "activity"}}}},
				{Login: "liwenfang", Name: "李文芳", Unit: u06, Grants: []access.Grant{{Role: access.Clerk, Unit: u06}}},
				{Login: "sunhao", Name: "孙浩", Unit: tree.Office().ID, Grants: []access.Grant{{Role: access.Auditor}}},
			} {
				c.update(func(tx *db.Tx) (err error) {
					c.one[n.Login], err = access.CreateAccount(ctx, tx, n, access.NewSecret(ctx, ""))
					return err
				})
			}
			test(c)
		})
	}
}

func (c county) update(fn func(tx *db.Tx) error) {
	c.t.Helper()
	if err := c.d.Update(c.ctx, fn); err != nil {
		c.t.Fatal(err)
	}
}

// as is the context of somebody at work.
func (c county) as(login string) context.Context {
	c.t.Helper()
	ctx := c.ctx
	c.update(func(tx *db.Tx) error {
		a, err := access.ActorOf(c.ctx, tx, login)
		ctx = access.With(c.ctx, a)
		return err
	})
	return ctx
}

func (c county) account(login string) (a access.Account) {
	c.t.Helper()
	c.update(func(tx *db.Tx) error {
		all, err := access.ListAccounts(c.ctx, tx)
		if i := slices.IndexFunc(all, func(a access.Account) bool { return a.Login == login }); i >= 0 {
			a = all[i]
		}
		return err
	})
	return a
}

func (c county) later(d time.Duration) { *c.clock = c.clock.Add(d) }

// says fails the test unless err has the kind and the sentence.
func says(t *testing.T, err error, kind errs.Kind, sentence string) {
	t.Helper()
	if !errs.Is(err, kind) || err.Error() != sentence {
		t.Errorf("%q (%s), want %q (%s)", err, errs.KindOf(err), sentence, kind)
	}
}

func TestWhoSeesWhat(t *testing.T) {
	both(t, func(c county) {
		of := map[string]string{"r1": "u06", "r2": "u01"}
		c.update(func(tx *db.Tx) error {
			for record, unit := range of {
				if _, err := tx.Exec(c.ctx, "INSERT INTO thing (association, id) VALUES (?, ?)", org.Of(c.ctx), record); err != nil {
					return err
				}
				if err := access.SetSees(c.ctx, tx, id.Ref{Kind: "thing", ID: record}, []access.Sees{{Unit: orgtest.Unit(t, c.tree, unit).ID, Why: "owner"}}); err != nil {
					return err
				}
			}
			return nil
		})
		sees := func(ctx context.Context) (got []string) {
			c.update(func(tx *db.Tx) error {
				sight, err := access.SightOf(ctx, tx)
				if err != nil {
					return err
				}
				where, args := sight.Where("x")
				if where != "" {
					where = " AND " + where
				}
				got, err = db.All(ctx, tx, db.Value[string], "SELECT x.id FROM thing x WHERE x.association = ?"+where+" ORDER BY x.id", append([]any{org.Of(ctx)}, args...)...)
				return err
			})
			return got
		}
		for login, want := range map[string][]string{"liwenfang": {"r1"}, "zhoumin": {"r1", "r2"}, "chenzq": nil, "sunhao": nil} {
			if got := sees(c.as(login)); !slices.Equal(got, want) {
				t.Errorf("%s sees %v, want %v", login, got, want)
			}
		}
		if got := sees(c.ctx); got != nil {
			t.Errorf("an outsider sees %v", got)
		}
		// A partner is given sight and loses it again.
		partner := func(units ...string) {
			c.update(func(tx *db.Tx) error {
				var all []access.Sees
				for _, u := range units {
					all = append(all, access.Sees{Unit: orgtest.Unit(t, c.tree, u).ID, Why: "partner"})
				}
				return access.SetSees(c.ctx, tx, id.Ref{Kind: "thing", ID: "r2"}, all)
			})
		}
		partner("u01", "u06")
		if got := sees(c.as("liwenfang")); !slices.Equal(got, []string{"r1", "r2"}) {
			t.Errorf("a partner sees %v", got)
		}
		partner("u01")
		if got := sees(c.as("liwenfang")); !slices.Equal(got, []string{"r1"}) {
			t.Errorf("a partner no more sees %v", got)
		}
	})
}

func TestWhoMayWhat(t *testing.T) {
	both(t, func(c county) {
		for login, want := range map[string][2]string{ // in training, in youth
			"liwenfang": {"read write import export", "read write import export"},
			"zhoumin":   {"read write verify import export report", ""},
			"chenzq":    {"accounts look security settings", "accounts look security settings"},
			"sunhao":    {"trail", "trail"},
		} {
			a := access.From(c.as(login))
			for i, module := range []string{"training", "youth"} {
				var may []string
				for _, r := range []access.Right{access.Read, access.Write, access.Check, access.Import, access.Export, access.Report, access.Accounts, access.Look, access.Secure, access.Trail, access.Settings} {
					if a.May(r, module) {
						may = append(may, string(r))
					}
				}
				if got := strings.Join(may, " "); got != want[i] {
					t.Errorf("%s in %s: %q, want %q", login, module, got, want[i])
				}
			}
		}
		says(t, access.Require(c.as("liwenfang"), access.Check, "training"), errs.Forbidden, "你的账号不能核实；主席、干事可以")
		says(t, access.Require(c.ctx, access.Read, ""), errs.SignIn, "请先登录")
	})
}

// The table of roles and rights, once more: a slip of the pen there must not open a door.
func TestRightsOfRoles(t *testing.T) {
	for role, want := range map[access.Role]string{
		access.Admin:    "accounts look settings",
		access.Security: "look security",
		access.Auditor:  "trail",
		access.Chair:    "read write verify import export report settings",
		access.Officer:  "read write verify import export report",
		access.Clerk:    "read write import export",
		access.Liaison:  "read write",
		access.Viewer:   "read",
		"root":          "",
	} {
		var may []string
		for _, r := range []access.Right{access.Read, access.Write, access.Check, access.Import, access.Export, access.Report, access.Accounts, access.Look, access.Secure, access.Trail, access.Settings, ""} {
			grants := []access.Grant{{Role: role}}
			if (access.Actor{Grants: grants}).May(r, "training") {
				may = append(may, string(r))
			}
			if (access.Actor{Grants: grants, MustChange: true}).May(r, "") {
				t.Errorf("%s with a one-time password may %s", role, r)
			}
		}
		if got := strings.Join(may, " "); got != want {
			t.Errorf("%s: %q, want %q", role, got, want)
		}
	}
}

func TestSightGoesByModule(t *testing.T) {
	both(t, func(c county) {
		u06 := orgtest.Unit(t, c.tree, "u06").ID
		a := access.Actor{Account: "x", Grants: []access.Grant{{Role: access.Clerk, Unit: u06, Modules: []string{"training"}}, {Role: access.Viewer, Modules: []string{"youth"}}}}
		in := func(a access.Actor, module string) (s access.Sight) {
			c.update(func(tx *db.Tx) (err error) { s, err = access.SightIn(access.With(c.ctx, a), tx, module); return err })
			return s
		}
		if s := in(a, "training"); s.All || !slices.Contains(s.Units, u06) {
			t.Errorf("training: %+v", s)
		}
		if s := in(a, "youth"); !s.All {
			t.Errorf("youth: %+v", s)
		}
		if s := in(a, "society"); s.All || len(s.Units) > 0 {
			t.Errorf("society: %+v", s)
		}
		a.MustChange = true
		if s := in(a, ""); s.All || len(s.Units) > 0 {
			t.Errorf("with a one-time password: %+v", s)
		}
	})
}

func TestAccounts(t *testing.T) {
	both(t, func(c county) {
		zhou := c.account("zhoumin")
		if zhou.Phone != "138****5678" || zhou.UnitName != "云岭县科协" || !zhou.MustChange || zhou.LastUsed != 0 ||
			len(zhou.Grants) != 1 || !slices.Equal(zhou.Grants[0].Modules, []string{"training", "activity"}) {
			t.Errorf("%+v", zhou)
		}
		try := func(n access.NewAccount) error {
			return c.d.Update(c.ctx, func(tx *db.Tx) error {
				_, err := access.CreateAccount(c.ctx, tx, n, access.NewSecret(c.ctx, ""))
				return err
			})
		}
		says(t, try(access.NewAccount{Login: " ZhouMin", Name: "周民"}), errs.Conflict, "登录名「zhoumin」已经有人用了，请换一个")
		says(t, try(access.NewAccount{Login: "周敏", Phone: "看不懂"}), errs.Invalid,
			"登录名「周敏」不合规则：2 到 32 个小写字母、数字、点、横线，例如 zhoumin；请填写姓名；电话「看不懂」看不懂，请写成 13800005678")
		says(t, try(access.NewAccount{Login: "x1", Name: "某", Unit: "none"}), errs.Invalid, "没有这个单位，请重新选")
		says(t, try(access.NewAccount{Login: "x1", Name: "某", Grants: []access.Grant{{Role: "root"}}}), errs.Invalid, "没有「root」这个角色，请重新选")
		says(t, try(access.NewAccount{Login: "x1", Name: "某", Grants: []access.Grant{{Role: access.Auditor}, {Role: access.Security}}}), errs.Invalid,
			"审计管理员不能同时是系统管理员或安全管理员，请交给两个人")
		says(t, try(access.NewAccount{Login: "x1", Name: "某", Grants: []access.Grant{{Role: access.Admin, Unit: zhou.Unit}}}), errs.Invalid,
			"系统管理员管整个科协，不能只给一个单位或几个模块")
		seen := slices.Sorted(maps.Values(c.one))
		if n := len(slices.Compact(seen)); n != 4 {
			t.Errorf("%d different one-time passwords of 4", n)
		}
	})
}

func TestSomebodyStaysAdmin(t *testing.T) {
	both(t, func(c county) {
		chen, li := c.account("chenzq").ID, c.account("liwenfang").ID
		set := func(account string, roles ...access.Role) error {
			return c.d.Update(c.ctx, func(tx *db.Tx) error {
				var all []access.Grant
				for _, r := range roles {
					all = append(all, access.Grant{Role: r})
				}
				return access.SetGrants(c.ctx, tx, account, all)
			})
		}
		reminder := func() (text string) {
			c.update(func(tx *db.Tx) (err error) { text, err = access.KeepersReminder(c.ctx, tx); return err })
			return text
		}
		if got := reminder(); got != "陈志强一人兼任系统管理员和安全管理员；等级保护要求分开，有人手时请交给两个人" {
			t.Error(got)
		}
		closed := func() error {
			return c.d.Update(c.ctx, func(tx *db.Tx) error { return access.CloseAccount(c.ctx, tx, chen, "调走") })
		}
		const last = "陈志强是最后一个系统管理员，请先让另一个人也当系统管理员"
		says(t, set(chen, access.Security), errs.Conflict, last)
		says(t, closed(), errs.Conflict, last)
		if a := c.account("chenzq"); a.Closed || len(a.Grants) != 2 {
			t.Errorf("a refusal left %+v", a)
		}
		if err := set(li, access.Clerk, access.Admin); err != nil {
			t.Fatal(err)
		}
		if err := set(chen, access.Security); err != nil {
			t.Error(err)
		}
		if got := reminder(); got != "" {
			t.Error(got)
		}
		if err := closed(); err != nil {
			t.Error(err)
		}
		says(t, set("none"), errs.NotFound, "没有这个账号")
	})
}
