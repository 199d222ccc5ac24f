package access_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/keys"
)

// in signs somebody in, with the one-time password or the one they have chosen.
func (c county) in(login, password string, remember bool) (string, access.Actor) {
	c.t.Helper()
	token, actor, err := access.SignIn(c.ctx, c.d, login, password, remember, "10.0.0.7")
	if err != nil {
		c.t.Fatal(err)
	}
	return token, actor
}

const chosen = "Shui-Dao7"

// settle gives somebody a password of their own.
func (c county) settle(login string) {
	c.t.Helper()
	token, actor := c.in(login, c.one[login], false)
	if err := access.ChangePassword(access.With(c.ctx, actor), c.d, token, c.one[login], chosen); err != nil {
		c.t.Fatal(err)
	}
}

func TestFirstSignInAsksForAPassword(t *testing.T) {
	both(t, func(c county) {
		token, actor := c.in(" LiWenfang ", c.one["liwenfang"], false)
		if actor.Name != "李文芳" || actor.UnitName != "青溪乡科协" || actor.Address != "10.0.0.7" || !actor.MustChange || len(actor.Grants) != 1 || actor.May(access.Read, "") {
			t.Errorf("%+v", actor)
		}
		says(t, access.Require(access.With(c.ctx, actor), access.Read, ""), errs.Forbidden, "请先把一次性密码改掉")
		other, _ := c.in("liwenfang", c.one["liwenfang"], false)
		ctx := access.With(c.ctx, actor)
		says(t, access.ChangePassword(ctx, c.d, token, "wrong", chosen), errs.Invalid, "密码不对，还可以试 4 次")
		says(t, access.ChangePassword(ctx, c.d, token, c.one["liwenfang"], c.one["liwenfang"]), errs.Invalid, "这个密码最近用过，最近 5 次的密码不能再用")
		if _, err := access.Authenticate(c.ctx, c.d, other); err != nil {
			t.Fatal(err)
		}
		if err := access.ChangePassword(ctx, c.d, token, c.one["liwenfang"], chosen); err != nil {
			t.Fatal(err)
		}
		if a, err := access.Authenticate(c.ctx, c.d, token); err != nil || a.MustChange || !a.May(access.Read, "") {
			t.Errorf("%+v %v", a, err)
		}
		_, err := access.Authenticate(c.ctx, c.d, other)
		says(t, err, errs.SignIn, "请先登录")
	})
}

func TestALastingPasswordNeedNotBeChanged(t *testing.T) {
	both(t, func(c county) {
		c.settle("liwenfang")
		before, _ := c.in("liwenfang", chosen, false)
		var lasting string
		id := c.account("liwenfang").ID
		c.update(func(tx *db.Tx) (err error) {
			lasting, err = access.LastingPassword(c.ctx, tx, id, access.NewSecret(c.ctx, ""))
			return err
		})
		if _, err := access.Authenticate(c.ctx, c.d, before); !errs.Is(err, errs.SignIn) {
			t.Errorf("the session under the old password goes on: %v", err)
		}
		if _, actor := c.in("liwenfang", lasting, false); actor.MustChange || !actor.May(access.Write, "") {
			t.Errorf("%+v", actor)
		}
		if _, _, err := access.SignIn(c.ctx, c.d, "liwenfang", chosen, false, ""); !errs.Is(err, errs.Invalid) {
			t.Errorf("the old password still opens: %v", err)
		}
	})
}

func TestLastFivePasswordsDoNotComeBack(t *testing.T) {
	both(t, func(c county) {
		c.settle("zhoumin")
		token, actor := c.in("zhoumin", chosen, false)
		ctx, now := access.With(c.ctx, actor), chosen
		change := func(to string) error {
			c.later(time.Second)
			err := access.ChangePassword(ctx, c.d, token, now, to)
			if err == nil {
				now = to
			}
			return err
		}
		for _, p := range []string{"Shan-Yang1", "Shan-Yang2", "Shan-Yang3", "Shan-Yang4"} {
			if err := change(p); err != nil {
				t.Fatal(err)
			}
		}
		says(t, change(chosen), errs.Invalid, "这个密码最近用过，最近 5 次的密码不能再用")
		if err := change("Shan-Yang5"); err != nil {
			t.Fatal(err)
		}
		if err := change(chosen); err != nil {
			t.Errorf("the sixth last: %v", err)
		}
	})
}

func TestLockOut(t *testing.T) {
	both(t, func(c county) {
		c.settle("liwenfang")
		sign := func(login, password string) error {
			_, _, err := access.SignIn(c.ctx, c.d, login, password, false, "10.0.0.7")
			return err
		}
		// An account that does not exist is refused in the same words.
		for _, login := range []string{"liwenfang", "nobody"} {
			for _, left := range []string{"4", "3", "2", "1"} {
				says(t, sign(login, "Wrong-pass1"), errs.Invalid, "密码不对，还可以试 "+left+" 次")
			}
			const shut = "已锁定，15 分钟后再试，或请系统管理员解锁"
			says(t, sign(login, "Wrong-pass1"), errs.TooMany, shut)
			says(t, sign(login, chosen), errs.TooMany, shut)
			c.later(10*time.Minute + time.Second)
			says(t, sign(login, chosen), errs.TooMany, "已锁定，5 分钟后再试，或请系统管理员解锁")
			if login == "liwenfang" && c.account(login).Locked != c.clock.Add(5*time.Minute-time.Second).UnixMilli() {
				t.Errorf("locked until %d", c.account(login).Locked)
			}
			c.later(5 * time.Minute)
			says(t, sign(login, "Wrong-pass1"), errs.Invalid, "密码不对，还可以试 4 次") // counted anew
		}
		if err := sign("liwenfang", chosen); err != nil {
			t.Fatal(err)
		}
		says(t, sign("liwenfang", "Wrong-pass1"), errs.Invalid, "密码不对，还可以试 4 次") // a right one clears the count
		for range 4 {
			_ = sign("liwenfang", "Wrong-pass1")
		}
		says(t, sign("liwenfang", chosen), errs.TooMany, "已锁定，15 分钟后再试，或请系统管理员解锁")
		c.update(func(tx *db.Tx) error { return access.Unlock(c.as2(tx, "chenzq"), tx, c.accountIn(tx, "liwenfang")) })
		if err := sign("liwenfang", chosen); err != nil {
			t.Error(err)
		}
		c.update(func(tx *db.Tx) error { return access.CloseAccount(c.ctx, tx, c.accountIn(tx, "liwenfang"), "调走") })
		says(t, sign("liwenfang", chosen), errs.Invalid, "密码不对，还可以试 4 次")
	})
}

// as2 and accountIn are as and account within a transaction.
func (c county) as2(tx *db.Tx, login string) context.Context {
	a, err := access.ActorOf(c.ctx, tx, login)
	if err != nil {
		c.t.Error(err)
	}
	return access.With(c.ctx, a)
}

func (c county) accountIn(tx *db.Tx, login string) string {
	a, err := access.FindAccount(c.ctx, tx, login)
	if err != nil {
		c.t.Error(err)
	}
	return a.ID
}

// A new password that breaks the rules tells nothing about the old one: tries count first, and a lock holds whatever is guessed.
func TestChangingThePasswordIsNoOracle(t *testing.T) {
	both(t, func(c county) {
		c.settle("liwenfang")
		token, actor := c.in("liwenfang", chosen, false)
		ctx := access.With(c.ctx, actor)
		for i := range 5 {
			want, kind := fmt.Sprintf("密码不对，还可以试 %d 次", 4-i), errs.Invalid
			if i == 4 {
				want, kind = "已锁定，15 分钟后再试，或请系统管理员解锁", errs.TooMany
			}
			says(t, access.ChangePassword(ctx, c.d, token, "wrong", "x"), kind, want)
		}
		for _, old := range []string{chosen, "wrong"} {
			for _, fresh := range []string{"x", chosen, "Caihong-6271"} {
				says(t, access.ChangePassword(ctx, c.d, token, old, fresh), errs.TooMany, "已锁定，15 分钟后再试，或请系统管理员解锁")
			}
		}
		c.later(16 * time.Minute)
		err := access.ChangePassword(ctx, c.d, token, chosen, "x")
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "密码至少 8 位") {
			t.Errorf("after the lock: %v", err)
		}
		if err := access.ChangePassword(ctx, c.d, token, chosen, "Caihong-6271"); err != nil {
			t.Error(err)
		}
	})
}

func TestGuessesAtTheSameMomentAreCounted(t *testing.T) {
	both(t, func(c county) {
		var wg sync.WaitGroup
		kinds := make(chan errs.Kind, 20)
		for range cap(kinds) {
			wg.Go(func() {
				_, _, err := access.SignIn(c.ctx, c.d, "zhoumin", "Wrong-pass1", false, "")
				kinds <- errs.KindOf(err)
			})
		}
		wg.Wait()
		close(kinds)
		count := make(map[errs.Kind]int)
		for k := range kinds {
			count[k]++
		}
		if count[errs.Invalid] != 4 || count[errs.TooMany] != 16 {
			t.Errorf("%v", count)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	both(t, func(c county) {
		for _, login := range []string{"liwenfang", "chenzq"} {
			c.settle(login)
		}
		open := func(token string) error { _, err := access.Authenticate(c.ctx, c.d, token); return err }
		for _, s := range []struct {
			login    string
			remember bool
			step     time.Duration // between requests
			last     time.Duration // the last at which it must be open
			sentence string
		}{
			{"liwenfang", false, 30*time.Minute - time.Second, 12 * time.Hour, "登录已经到期，请重新登录"},
			{"liwenfang", false, 30 * time.Minute, 0, "30 分钟没有动，请重新登录"},
			{"chenzq", true, 15 * time.Minute, 0, "15 分钟没有动，请重新登录"},
			{"chenzq", true, 15*time.Minute - time.Second, 12 * time.Hour, "登录已经到期，请重新登录"},
			{"liwenfang", true, 20 * time.Hour, 7 * 24 * time.Hour, "登录已经到期，请重新登录"},
		} {
			token, _ := c.in(s.login, chosen, s.remember)
			age := s.step
			for c.later(s.step); age < s.last; age += s.step {
				if err := open(token); err != nil {
					t.Fatalf("%+v after %s: %v", s, age, err)
				}
				c.later(s.step)
			}
			says(t, open(token), errs.SignIn, s.sentence)
		}
		token, _ := c.in("liwenfang", chosen, false)
		if err := errors.Join(open(token), access.SignOut(c.ctx, c.d, token), access.SignOut(c.ctx, c.d, "none")); err != nil {
			t.Fatal(err)
		}
		says(t, open(token), errs.SignIn, "请先登录")
		says(t, open(""), errs.SignIn, "请先登录")
		// A reset ends what is open at once, and so does a change of roles change what is open.
		token, _ = c.in("liwenfang", chosen, false)
		id := c.account("liwenfang").ID
		c.update(func(tx *db.Tx) error { return access.SetGrants(c.ctx, tx, id, []access.Grant{{Role: access.Viewer}}) })
		if a, err := access.Authenticate(c.ctx, c.d, token); err != nil || a.May(access.Write, "") || !a.May(access.Read, "") {
			t.Errorf("%+v %v", a, err)
		}
		c.update(func(tx *db.Tx) (err error) {
			c.one["liwenfang"], err = access.ResetPassword(c.ctx, tx, id, access.NewSecret(c.ctx, ""))
			return err
		})
		says(t, open(token), errs.SignIn, "请先登录")
		if _, a := c.in("liwenfang", c.one["liwenfang"], true); !a.MustChange {
			t.Error("a reset password need not be changed")
		}
	})
}

func TestLastUseIsWrittenOnceAMinute(t *testing.T) {
	both(t, func(c county) {
		c.settle("zhoumin")
		token, _ := c.in("zhoumin", chosen, false)
		used := func() (at int64) {
			c.update(func(tx *db.Tx) (err error) {
				at, err = db.One(c.ctx, tx, db.Value[int64], "SELECT MAX(used) FROM session WHERE association = ?", org.Of(c.ctx))
				return err
			})
			return at
		}
		began := used()
		var written []int64
		for range 180 { // a request a second for three minutes
			c.later(time.Second)
			if _, err := access.Authenticate(c.ctx, c.d, token); err != nil {
				t.Fatal(err)
			}
			if at := used() - began; len(written) == 0 && at > 0 || len(written) > 0 && at != written[len(written)-1] {
				written = append(written, at)
			}
		}
		if !slices.Equal(written, []int64{60_000, 120_000, 180_000}) {
			t.Errorf("written at %v", written)
		}
		if got := c.account("zhoumin").LastUsed; got != began+180_000 {
			t.Errorf("last used %d", got-began)
		}
	})
}

func TestPasswordMustBeRenewedWhenTheAssociationSaysSo(t *testing.T) {
	both(t, func(c county) {
		c.settle("zhoumin")
		c.update(func(tx *db.Tx) error { return org.Set(c.ctx, tx, access.MaxAgeSetting, "2026-01-01", 90, "陈志强") })
		c.later(90*24*time.Hour - time.Second)
		if _, a := c.in("zhoumin", chosen, false); a.MustChange {
			t.Error("asked too early")
		}
		c.later(time.Second)
		if _, a := c.in("zhoumin", chosen, false); !a.MustChange {
			t.Error("not asked")
		}
	})
}

func TestPasswordRules(t *testing.T) {
	for password, want := range map[string]string{
		"Ab1-":                               "密码至少 8 位，现在只有 4 位；这个密码太常见，容易被猜到，请换一个",
		"abcdefg1":                           "大写字母、小写字母、数字和符号，密码里至少要有三种",
		"Zhoumin-2026":                       "密码里不能有登录名或手机号",
		"Z13800005678x":                      "密码里不能有登录名或手机号",
		"Admin@123":                          "这个密码太常见，容易被猜到，请换一个",
		"Kexie2026!":                         "这个密码太常见，容易被猜到，请换一个",
		"Aa1Aa1Aa1":                          "这个密码太常见，容易被猜到，请换一个",
		"Aa1-" + strings.Repeat("bcdef", 25): "密码最多 128 位，现在有 129 位",
		"":                                   "密码至少 8 位，现在只有 0 位；大写字母、小写字母、数字和符号，密码里至少要有三种；这个密码太常见，容易被猜到，请换一个",
		"Shui-Dao7":                          "",
		"shui dao 7 mu":                      "",
		"山羊Yang2026":                         "",
	} {
		err := access.CheckPassword(password, "zhoumin", "13800005678")
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%q: %v, want %q", password, err, want)
		}
	}
}

func TestTrailIsMaskedSealedAndVerified(t *testing.T) {
	both(t, func(c county) {
		ctx := c.as("zhoumin")
		ref := id.Ref{Kind: "training", ID: id.New()}
		c.update(func(tx *db.Tx) error {
			return access.Log(ctx, tx, access.Event{Action: "record.save", Ref: ref, Version: 2, Reason: "核对", Changes: []access.Change{
				{Field: "phone", Label: "电话", Before: "13800005678", After: "13911112222", Restricted: true}, {Field: "people", Label: "人次", Before: "52", After: "56"}}})
		})
		var all, accounts, page []access.Entry
		c.update(func(tx *db.Tx) (err error) {
			if _, err := access.ListTrail(ctx, tx, access.TrailFilter{}); !errs.Is(err, errs.Forbidden) {
				t.Errorf("an officer reads the trail: %v", err)
			}
			auditor := c.as2(tx, "sunhao")
			if all, err = access.ListTrail(auditor, tx, access.TrailFilter{}); err != nil {
				return err
			}
			if accounts, err = access.ListTrail(auditor, tx, access.TrailFilter{Action: "account."}); err != nil {
				return err
			}
			page, err = access.ListTrail(auditor, tx, access.TrailFilter{Limit: 2, After: &all[1]})
			return err
		})
		if len(all) != 5 || len(accounts) != 4 || len(page) != 2 || page[0].ID != all[2].ID {
			t.Fatalf("%d %d %d", len(all), len(accounts), len(page))
		}
		e := all[0]
		if e.Name != "周敏" || e.Ref != ref || e.Version != 2 || e.Changes[0].Before != "138****5678" || e.Changes[0].After != "139****2222" || e.Changes[1].After != "56" {
			t.Errorf("%+v", e)
		}
		k := log.NewKeeper(c.d, keys.New(), access.TrailSource())
		sealed, err := k.Seal(c.ctx, log.Trail)
		if err != nil || sealed.Size != 5+4 { // the events, and what each account is
			t.Fatalf("%+v %v", sealed, err)
		}
		for _, sql := range []string{"UPDATE history SET name = 'x'", "DELETE FROM history"} {
			if err := c.d.Update(c.ctx, func(tx *db.Tx) error { _, err := tx.Exec(c.ctx, sql); return err }); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", sql, err)
			}
		}
		verify := func() (found []log.Difference) {
			c.update(func(tx *db.Tx) error {
				return k.Verify(c.ctx, tx, log.Trail, func(d log.Difference) { found = append(found, d) })
			})
			return found
		}
		if found := verify(); len(found) != 0 {
			t.Fatalf("%+v", found)
		}
		// Whoever has the database itself can take the guard off, but not forge unseen.
		c.update(func(tx *db.Tx) error {
			drop := "DROP TRIGGER history_no_update"
			if tx.Dialect == db.Postgres {
				drop = "DROP TRIGGER history_no_change ON history"
			}
			if _, err := tx.Exec(c.ctx, drop); err != nil {
				return err
			}
			_, err := tx.Exec(c.ctx, "UPDATE history SET name = ? WHERE association = ? AND id = ?", "李文芳", org.Of(c.ctx), e.ID)
			return err
		})
		if found := verify(); len(found) == 0 || !strings.Contains(fmt.Sprint(found), e.ID) {
			t.Errorf("%+v", found)
		}
	})
}
