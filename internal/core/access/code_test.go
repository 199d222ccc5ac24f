package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/keys"
)

// phone is a telephone with an authenticator.
type phone struct {
	county
	secret string
}

func (p phone) shows() string {
	p.t.Helper()
	code, err := totp.GenerateCode(p.secret, *p.clock)
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// wait lets time pass.
func (c county) wait(d time.Duration) { *c.clock = c.clock.Add(d) }

// withCodes turns codes on for somebody who is signed in, and gives the telephone and the spare codes.
func (c county) withCodes(codes access.Codes, login string) (phone, []string) {
	c.t.Helper()
	token, actor := c.in(login, chosen, false)
	ctx := access.With(c.ctx, actor)
	offer, err := codes.Offer(ctx, "实录 云岭县科协")
	if err != nil {
		c.t.Fatal(err)
	}
	p := phone{c, offer.Text}
	spare, err := codes.Accept(ctx, token, offer.Sealed, " "+p.shows()[:3]+" "+p.shows()[3:])
	if err != nil {
		c.t.Fatal(err)
	}
	return p, spare
}

func TestCodesAreTheSecondStep(t *testing.T) {
	both(t, func(c county) {
		codes := access.Codes{DB: c.d, Master: keys.New()}
		c.settle("zhoumin")
		other, _ := c.in("zhoumin", chosen, false)
		p, spare := c.withCodes(codes, "zhoumin")
		if len(spare) != 8 {
			t.Errorf("%d spare codes", len(spare))
		}
		_, err := access.Authenticate(c.ctx, c.d, other)
		says(t, err, errs.SignIn, "请先登录") // other places were signed out
		waits, actor := c.in("zhoumin", chosen, false)
		if !actor.MustCode {
			t.Error("the password alone is enough")
		}
		_, err = access.Authenticate(c.ctx, c.d, waits)
		says(t, err, errs.SignIn, "请先登录") // the session opens nothing yet
		_, _, err = codes.Finish(c.ctx, waits, p.shows(), "10.0.0.7")
		says(t, err, errs.Invalid, "这个口令刚用过，等手机上换了下一个再写")
		c.wait(30 * time.Second)
		token, actor, err := codes.Finish(c.ctx, waits, p.shows()[:3]+" "+p.shows()[3:], "10.0.0.7")
		if err != nil || actor.MustCode || actor.Name != "周敏" || !actor.May(access.Read, "training") {
			t.Fatalf("%+v %v", actor, err)
		}
		if a, err := access.Authenticate(c.ctx, c.d, token); err != nil || a.User != "zhoumin" {
			t.Errorf("%+v %v", a, err)
		}
		_, _, err = codes.Finish(c.ctx, waits, p.shows(), "")
		says(t, err, errs.SignIn, "等了太久，请重新登录") // a sign-in is finished once
		waits, _ = c.in("zhoumin", chosen, false)
		if _, _, err = codes.Finish(c.ctx, waits, strings.ToUpper(spare[2]), ""); err != nil {
			t.Fatal(err)
		}
		waits, _ = c.in("zhoumin", chosen, false)
		_, _, err = codes.Finish(c.ctx, waits, spare[2], "")
		says(t, err, errs.Invalid, "口令不对，还可以试 4 次") // a spare code is used once
		c.wait(6 * time.Minute)
		_, _, err = codes.Finish(c.ctx, waits, p.shows(), "")
		says(t, err, errs.SignIn, "等了太久，请重新登录")
		c.clean()
	})
}

// clean fails when verification finds something.
func (c county) clean() {
	c.t.Helper()
	c.update(func(tx *db.Tx) error {
		return access.Verify(c.ctx, tx, func(d log.Difference) { c.t.Errorf("%v", d) })
	})
}

func TestCodesCannotBeGuessed(t *testing.T) {
	both(t, func(c county) {
		codes := access.Codes{DB: c.d, Master: keys.New()}
		c.settle("zhoumin")
		p, _ := c.withCodes(codes, "zhoumin")
		c.wait(time.Minute)
		// The right password in between does not forget the wrong codes.
		for left := 4; left > 0; left-- {
			waits, _ := c.in("zhoumin", chosen, false)
			_, _, err := codes.Finish(c.ctx, waits, "abcdef", "")
			says(t, err, errs.Invalid, "口令不对，还可以试 "+string(rune('0'+left))+" 次")
		}
		waits, _ := c.in("zhoumin", chosen, false)
		_, _, err := codes.Finish(c.ctx, waits, "12345", "")
		says(t, err, errs.TooMany, "已锁定，15 分钟后再试，或请系统管理员解锁")
		_, _, err = codes.Finish(c.ctx, waits, p.shows(), "")
		says(t, err, errs.TooMany, "已锁定，15 分钟后再试，或请系统管理员解锁")
		_, _, err = access.SignIn(c.ctx, c.d, "zhoumin", chosen, false, "")
		says(t, err, errs.TooMany, "已锁定，15 分钟后再试，或请系统管理员解锁")
		c.wait(16 * time.Minute)
		waits, _ = c.in("zhoumin", chosen, false)
		if _, _, err := codes.Finish(c.ctx, waits, p.shows(), ""); err != nil {
			t.Error(err)
		}
	})
}

func TestCodesAreTurnedOff(t *testing.T) {
	both(t, func(c county) {
		codes := access.Codes{DB: c.d, Master: keys.New()}
		c.settle("zhoumin")
		p, spare := c.withCodes(codes, "zhoumin")
		ctx := c.as("zhoumin")
		says(t, codes.Off(ctx, "000000x"), errs.Invalid, "口令不对，还可以试 4 次")
		c.wait(time.Minute)
		fresh, err := codes.Respare(ctx, p.shows())
		if err != nil {
			t.Fatal(err)
		}
		says(t, codes.Off(ctx, spare[0]), errs.Invalid, "口令不对，还可以试 4 次")
		if err := codes.Off(ctx, fresh[0]); err != nil {
			t.Fatal(err)
		}
		c.clean()
		if _, actor := c.in("zhoumin", chosen, false); actor.MustCode {
			t.Error("codes are still asked")
		}
		says(t, codes.Off(ctx, fresh[1]), errs.NotFound, "没有开动态口令")
		c.withCodes(codes, "zhoumin")
		id := c.account("zhoumin").ID
		if err := c.do(func(tx *db.Tx) error { return access.DropCode(c.ctx, tx, id) }); err != nil {
			t.Fatal(err)
		}
		if _, actor := c.in("zhoumin", chosen, false); actor.MustCode {
			t.Error("the keeper could not turn them off")
		}
		says(t, c.do(func(tx *db.Tx) error { return access.DropCode(c.ctx, tx, id) }), errs.NotFound, "这个账号没有开动态口令")
		c.clean()
	})
}

func TestAnOfferIsOnesOwnAndEnds(t *testing.T) {
	both(t, func(c county) {
		codes := access.Codes{DB: c.d, Master: keys.New()}
		zhou, li := c.as("zhoumin"), c.as("liwenfang")
		offer, err := codes.Offer(zhou, "实录: 云岭县科协")
		if err != nil {
			t.Fatal(err)
		}
		p := phone{c, offer.Text}
		if again, err := codes.OfferAgain(zhou, offer.Sealed, "实录: 云岭县科协"); err != nil || again != offer {
			t.Errorf("shown again it is another: %+v %v", again, err)
		}
		_, err = codes.Accept(li, "", offer.Sealed, p.shows())
		says(t, err, errs.Invalid, "这个二维码放得太久了，请重新扫")
		_, err = codes.Accept(zhou, "", offer.Sealed, "12 34")
		says(t, err, errs.Invalid, "口令对不上，请看手机上现在的 6 位数字。总是对不上，请核对手机和服务器的时间")
		c.wait(2 * time.Hour)
		_, err = codes.Accept(zhou, "", offer.Sealed, p.shows())
		says(t, err, errs.Invalid, "这个二维码放得太久了，请重新扫")
		// A kept secret is no offer, and no other master key opens it.
		fresh, _ := codes.Offer(zhou, "实录")
		if _, err := (access.Codes{DB: c.d, Master: keys.New()}).OfferAgain(zhou, fresh.Sealed, "实录"); !errs.Is(err, errs.Invalid) {
			t.Errorf("another key opens it: %v", err)
		}
	})
}
