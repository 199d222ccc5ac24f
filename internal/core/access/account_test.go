package access_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// do runs a write by the system administrator.
func (c county) do(fn func(tx *db.Tx) error) error {
	ctx := c.as("chenzq")
	return c.d.Update(ctx, fn)
}

func TestSignInByTelephone(t *testing.T) {
	both(t, func(c county) {
		for _, name := range []string{"13800005678", " 138-0000-5678 ", "＋86 138 0000 5678", "zhoumin", "ＺｈｏｕＭｉｎ"} {
			if _, a := c.in(name, c.one["zhoumin"], false); a.Name != "周敏" || a.User != "zhoumin" {
				t.Errorf("%q: %+v", name, a)
			}
		}
		sign := func(login string) error {
			_, _, err := access.SignIn(c.ctx, c.d, login, "Wrong-pass1", false, "")
			return err
		}
		// Guesses count together whichever name is used, and an unknown telephone is answered like an unknown name.
		says(t, sign("zhoumin"), errs.Invalid, "密码不对，还可以试 4 次")
		says(t, sign("13800005678"), errs.Invalid, "密码不对，还可以试 3 次")
		says(t, sign("zhoumin"), errs.Invalid, "密码不对，还可以试 2 次")
		says(t, sign("13900000000"), errs.Invalid, "密码不对，还可以试 4 次")
		create := func(n access.NewAccount) error {
			return c.do(func(tx *db.Tx) error {
				_, err := access.CreateAccount(c.ctx, tx, n, access.NewSecret(c.ctx, ""))
				return err
			})
		}
		says(t, create(access.NewAccount{Login: "zhou2", Name: "周二", Phone: "+86 13800005678"}), errs.Conflict, "电话 13800005678 已经是周敏的，一个电话只能给一个账号")
		says(t, create(access.NewAccount{Login: "13800005678", Name: "周二"}), errs.Invalid, "登录名「13800005678」像电话号码，只能用本人的，请把它也填到电话里")
		if err := create(access.NewAccount{Login: "13911112222", Name: "周二", Phone: "139-1111-2222"}); err != nil {
			t.Error(err)
		}
	})
}

// TestATelephoneIsOneAccountsAtTheSameMoment: of many who are given it at once one gets it, and the others are told whose it is.
func TestATelephoneIsOneAccountsAtTheSameMoment(t *testing.T) {
	both(t, func(c county) {
		const many = 4
		secret := access.NewSecret(c.ctx, "")
		var inside sync.WaitGroup // all are in their transactions; SQLite lets one in after the other
		inside.Add(many)
		ends := make(chan error, many)
		for n := range many {
			go func() {
				first := sync.OnceFunc(func() {
					inside.Done()
					if c.d.Dialect == db.Postgres {
						inside.Wait()
					}
				})
				ends <- c.d.Update(c.ctx, func(tx *db.Tx) error {
					first()
					_, err := access.CreateAccount(c.ctx, tx, access.NewAccount{Login: fmt.Sprintf("new%d", n), Name: "新人", Phone: "13511112222"}, secret)
					return err
				})
			}()
		}
		made := 0
		for range many {
			if err := <-ends; err == nil {
				made++
			} else {
				says(t, err, errs.Conflict, "电话 13511112222 已经是新人的，一个电话只能给一个账号")
			}
		}
		if made != 1 {
			t.Errorf("%d accounts have the telephone", made)
		}
	})
}

// TestTelephonesThatWereDoubled: accounts that had the same telephone before it could be one's alone keep it through the upgrade, and
// no third gets it.
func TestTelephonesThatWereDoubled(t *testing.T) {
	sources := []db.Source{org.Migrations, log.Migrations, access.Migrations}
	test := func(t *testing.T, o db.Options) {
		d, err := db.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		versions, err := d.Versions(sources...)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.MigrateTo(t.Context(), slices.DeleteFunc(versions, func(v int64) bool { return v >= 20261126170000 }), sources...); err != nil {
			t.Fatal(err)
		}
		ctx := org.With(t.Context(), "a1")
		if err := d.Update(ctx, func(tx *db.Tx) error {
			for n, closed := range []bool{false, false, true, false} {
				if _, err := tx.Exec(ctx, "INSERT INTO account (association, id, login, phone, name, unit, password, must_change, changed, used, closed, created) VALUES (?, ?, ?, ?, ?, '', '', ?, 0, 0, ?, 1)",
					"a1", fmt.Sprint("id", n), fmt.Sprint("login", n), "13800005678", "甲", false, closed); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(ctx, sources...); err != nil {
			t.Fatal(err)
		}
		insert := func(phone string) error {
			return d.Update(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, "INSERT INTO account (association, id, login, phone, name, unit, password, must_change, changed, used, closed, created) VALUES ('a1', ?, ?, ?, '乙', '', '', ?, 0, 0, ?, 2)",
					id.New(), id.New(), phone, false, false)
				return err
			})
		}
		if err := insert("13800005678"); !db.IsUnique(err) {
			t.Errorf("another gets the telephone: %v", err)
		}
		if err := errors.Join(insert(""), insert("")); err != nil {
			t.Errorf("two without a telephone: %v", err)
		}
		err = d.View(ctx, func(tx *db.Tx) error {
			all, err := db.All(ctx, tx, db.Value[string], "SELECT id FROM account WHERE phone = ? AND NOT closed ORDER BY id", "13800005678")
			if !slices.Equal(all, []string{"id0", "id1", "id3"}) {
				t.Errorf("the telephone is kept by %v", all)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, db.Options{Dir: t.TempDir(), Now: func() time.Time { return dbtest.Now }}) })
	t.Run("postgres", func(t *testing.T) {
		test(t, db.Options{URL: dbtest.PostgresURL(t), Now: func() time.Time { return dbtest.Now }})
	})
}

func TestProfileIsCorrectedAndAnAccountComesBack(t *testing.T) {
	both(t, func(c county) {
		li, u01 := c.account("liwenfang").ID, orgtest.Unit(t, c.tree, "u01")
		set := func(p access.Profile) error {
			return c.do(func(tx *db.Tx) error { return access.SetProfile(c.ctx, tx, li, p) })
		}
		says(t, set(access.Profile{Name: " ", Phone: "x"}), errs.Invalid, "请填写姓名；电话「x」看不懂，请写成 13800005678")
		says(t, set(access.Profile{Name: "李文芳", Phone: "13800005678"}), errs.Conflict, "电话 13800005678 已经是周敏的，一个电话只能给一个账号")
		says(t, set(access.Profile{Name: "李文芳", Unit: "none"}), errs.Invalid, "没有这个单位，请重新选")
		if err := set(access.Profile{Name: "李文芬", Phone: "13711112222", Unit: u01.ID}); err != nil {
			t.Fatal(err)
		}
		if a := c.account("liwenfang"); a.Name != "李文芬" || a.Phone != "137****2222" || a.UnitName != u01.Name {
			t.Errorf("%+v", a)
		}
		var said []access.Entry
		c.update(func(tx *db.Tx) (err error) {
			said, err = access.HistoryOf(c.ctx, tx, id.Ref{Kind: access.AccountKind, ID: li})
			return err
		})
		if len(said) != 2 || said[0].Action != "account.profile" || len(said[0].Changes) != 3 || said[0].Changes[1].After != "137****2222" ||
			said[0].Changes[2].Before != "青溪乡科协" || said[1].Changes[3].After != "填报人（青溪乡科协）" {
			t.Errorf("%+v", said)
		}
		reopen := func() error {
			return c.do(func(tx *db.Tx) (err error) {
				c.one["liwenfang"], err = access.ReopenAccount(c.ctx, tx, li, access.NewSecret(c.ctx, ""))
				return err
			})
		}
		says(t, reopen(), errs.Conflict, "李文芬的账号没有停用")
		if err := c.do(func(tx *db.Tx) error { return access.CloseAccount(c.ctx, tx, li, "借调") }); err != nil {
			t.Fatal(err)
		}
		if err := reopen(); err != nil {
			t.Fatal(err)
		}
		if _, a := c.in("liwenfang", c.one["liwenfang"], false); !a.MustChange || !a.Has(access.Clerk) {
			t.Errorf("%+v", a)
		}
	})
}

// TestNoTransactionWaitsForHashing: while many sign in, nobody who makes or resets an account holds up all who write.
func TestNoTransactionWaitsForHashing(t *testing.T) {
	both(t, func(c county) {
		ctx, cancel := context.WithTimeout(c.ctx, 5*time.Second)
		defer cancel()
		made, reset, li := access.NewSecret(ctx, ""), access.NewSecret(ctx, ""), c.account("liwenfang").ID
		release := access.HoldHashing()
		err := c.d.Update(ctx, func(tx *db.Tx) (err error) {
			if c.one["gaoyan"], err = access.CreateAccount(ctx, tx, access.NewAccount{Login: "gaoyan", Name: "高艳"}, made); err != nil {
				return err
			}
			c.one["liwenfang"], err = access.ResetPassword(ctx, tx, li, reset)
			return err
		})
		release()
		if err != nil {
			t.Fatal(err)
		}
		for _, login := range []string{"gaoyan", "liwenfang"} {
			if _, a := c.in(login, c.one[login], false); !a.MustChange {
				t.Errorf("%+v", a)
			}
		}
	})
}

func TestRolesHoldOnTheirDays(t *testing.T) {
	both(t, func(c county) {
		c.settle("liwenfang")
		li, chen := c.account("liwenfang").ID, c.account("chenzq").ID
		set := func(account string, grants ...access.Grant) error {
			return c.do(func(tx *db.Tx) error { return access.SetGrants(c.ctx, tx, account, grants) })
		}
		clerk := access.Grant{Role: access.Clerk, Unit: orgtest.Unit(t, c.tree, "u06").ID}
		stand := access.Grant{Role: access.Officer, Modules: []string{"training"}, From: "2026-09-20", To: "2026-09-22"}
		if err := set(li, clerk, stand); err != nil {
			t.Fatal(err)
		}
		for _, s := range []struct {
			at  time.Time // Beijing is eight hours on
			may bool
		}{
			{time.Date(2026, 9, 19, 15, 59, 0, 0, time.UTC), false},
			{time.Date(2026, 9, 19, 16, 1, 0, 0, time.UTC), true},
			{time.Date(2026, 9, 21, 15, 59, 0, 0, time.UTC), true},
			{time.Date(2026, 9, 21, 16, 1, 0, 0, time.UTC), false},
		} {
			*c.clock = s.at
			token, _ := c.in("liwenfang", chosen, false)
			a, err := access.Authenticate(c.ctx, c.d, token)
			if err != nil || a.May(access.Check, "training") != s.may || !a.May(access.Write, "training") {
				t.Errorf("%s: %+v %v", s.at, a.Grants, err)
			}
			var able []access.Holder
			c.update(func(tx *db.Tx) (err error) {
				able, err = access.Holders(c.ctx, tx, access.Check, "training", clerk.Unit)
				return err
			})
			if (len(able) == 2) != s.may || len(able) == 0 {
				t.Errorf("%s: %v can verify", s.at, able)
			}
		}
		if g := c.account("liwenfang").Grants; len(g) != 2 || g[1].From != stand.From || g[1].To != stand.To || g[0].From != "" || g[0].To != "" {
			t.Errorf("listed %+v", g)
		}
		says(t, set(li, access.Grant{Role: access.Viewer, From: "2026-09-22", To: "2026-09-22"}), errs.Invalid, "查阅人的结束日要晚于开始日")
		again := stand
		again.From, again.To = "2026-09-21", ""
		says(t, set(li, stand, again), errs.Invalid, "干事在同一个单位给了两次，请删掉一次")
		if again.From = "2026-09-22"; set(li, clerk, stand, again) != nil {
			t.Error("a second time of the same role was refused")
		}
		// Who is administrator for some days only does not let the last one go.
		const last = "陈志强是最后一个系统管理员，请先让另一个人也当系统管理员"
		for _, g := range []access.Grant{{Role: access.Admin, From: "2026-10-01"}, {Role: access.Admin, To: day.Day("2027-01-01")}} {
			if err := set(li, g); err != nil {
				t.Fatal(err)
			}
			says(t, set(chen, access.Grant{Role: access.Security}), errs.Conflict, last)
		}
	})
}

func TestTheTrailNamesTheRequest(t *testing.T) {
	both(t, func(c county) {
		a := access.From(c.as("zhoumin"))
		a.Address, a.Request = "10.0.0.7", "K7Q2-M9XD"
		c.update(func(tx *db.Tx) error {
			return access.Log(access.With(c.ctx, a), tx, access.Event{Action: "record.save", Ref: id.Ref{Kind: "training", ID: "r1"}})
		})
		c.update(func(tx *db.Tx) error {
			all, err := access.ListTrail(c.as2(tx, "sunhao"), tx, access.TrailFilter{Kind: "training"})
			if len(all) != 1 || all[0].Request != "K7Q2-M9XD" || all[0].Address != "10.0.0.7" {
				t.Errorf("%+v", all)
			}
			return err
		})
	})
}

func TestAGuessIsNotTheDeedOfWhoseNameWasTyped(t *testing.T) {
	both(t, func(c county) {
		ctx := access.With(c.ctx, access.Actor{Request: "K7Q2-M9XD"})
		for _, password := range []string{"Wrong-pass1", c.one["zhoumin"]} {
			_, _, _ = access.SignIn(ctx, c.d, "zhoumin", password, false, "10.0.0.66")
			c.later(time.Second)
		}
		zhou := c.account("zhoumin").ID
		c.update(func(tx *db.Tx) error {
			all, err := access.ListTrail(c.as2(tx, "sunhao"), tx, access.TrailFilter{Limit: 2})
			if err != nil {
				return err
			}
			for i, want := range []struct{ action, account, name string }{{"account.signin", zhou, "周敏"}, {"account.refuse", "", ""}} {
				if e := all[i]; e.Action != want.action || e.Account != want.account || e.Name != want.name || e.Ref.ID != zhou || e.Address != "10.0.0.66" || e.Request != "K7Q2-M9XD" {
					t.Errorf("%+v", e)
				}
			}
			return nil
		})
	})
}

func TestFiguresInSight(t *testing.T) {
	both(t, func(c county) {
		sight := func(login string) (s access.Sight) {
			ctx := c.as(login)
			c.update(func(tx *db.Tx) (err error) { s, err = access.SightOf(ctx, tx); return err })
			return s
		}
		u06, u01 := orgtest.Unit(t, c.tree, "u06"), orgtest.Unit(t, c.tree, "u01")
		villages := c.tree.PlaceSubtree(u06.Place)
		if len(villages) < 2 {
			t.Fatal("青溪乡 has no villages")
		}
		for _, s := range []struct {
			name, unit, place string
			clerk             bool
		}{
			{"the county", "", "", false},
			{"her unit", u06.ID, "", true},
			{"another unit", u01.ID, "", false},
			{"the office", c.tree.Office().ID, "", false},
			{"her township", "", u06.Place, true},
			{"a village of it", "", villages[1], true},
			{"another township", "", u01.Place, false},
			{"the whole county as a place", "", c.tree.Root().ID, false},
		} {
			if got := sight("liwenfang").Figures(c.tree, s.unit, s.place); got != s.clerk {
				t.Errorf("李文芳, %s: %v", s.name, got)
			}
			if !sight("zhoumin").Figures(c.tree, s.unit, s.place) {
				t.Errorf("周敏 does not see %s", s.name)
			}
			if sight("sunhao").Figures(c.tree, s.unit, s.place) || (access.Sight{}).Figures(c.tree, s.unit, s.place) {
				t.Errorf("an outsider sees %s", s.name)
			}
		}
	})
}
