package access

import (
	"context"
	"time"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// The limits of signing in (domain.md, 5.2).
const (
	tries      = 5                // wrong passwords in a row until the lock
	lockFor    = 15 * time.Minute // how long
	forgetAt   = 24 * time.Hour   // wrong passwords this old no longer count
	idleFor    = 30 * time.Minute
	idleKeeper = 15 * time.Minute
	wholeDay   = 12 * time.Hour     // the longest session
	wholeWeek  = 7 * 24 * time.Hour // the longest session of who asked to be remembered, used or not
)

// MaxAgeSetting is the setting with the days after which a password must be changed; 0 or absent is never.
const MaxAgeSetting = "password.max_days"

// SignIn checks the password and opens a session; login is the login name or the telephone; token goes into a cookie and is nowhere kept as it is. Who asked to be
// remembered stays for a week; keepers are never remembered. Where the account's codes are on, the session opens nothing until
// Codes.Finish (Actor.MustCode). Invalid for a wrong password, TooMany when locked: the same
// sentences, in the same time, whether or not the account exists.
func SignIn(ctx context.Context, d *db.DB, login, password string, remember bool, address string) (token string, actor Actor, err error) {
	login = foldLogin(login)
	a, right, err := checkPassword(ctx, d, login, password)
	if a.ID != "" {
		login = a.Login // guesses by name and by telephone count together
	}
	if err != nil {
		return "", Actor{}, err
	}
	var refusal error
	err = d.Update(ctx, func(tx *db.Tx) error {
		token, actor = "", a.actor(ctx)
		actor.Address, actor.Request = address, From(ctx).Request
		if actor.MustCode, err = asksCode(ctx, tx, a.ID); err != nil {
			return err
		}
		// Whoever guesses is not the one whose name they typed: the history of a refusal names only the address.
		refusal, err = countTry(With(ctx, Actor{Address: address, Request: actor.Request}), tx, login, attempt{right: right, first: actor.MustCode}, a)
		if err != nil || refusal != nil {
			return err
		}
		ctx := With(ctx, actor)
		if err := unchanged(ctx, tx, a); err != nil {
			return err
		}
		if err := checkAge(ctx, tx, &a); err != nil {
			return err
		}
		actor.MustChange = a.MustChange
		if token, err = openSession(ctx, tx, a, remember, actor.MustCode); err != nil || actor.MustCode {
			return err
		}
		return signedIn(ctx, tx, a)
	})
	if err == nil {
		err = refusal // counted and committed
	}
	if err != nil {
		return "", Actor{}, err
	}
	return token, actor, nil
}

// signedIn notes that the account was signed in to.
func signedIn(ctx context.Context, tx *db.Tx, a Account) error {
	if _, err := tx.Exec(ctx, "UPDATE account SET used = ? WHERE association = ? AND id = ?", tx.Millis(), org.Of(ctx), a.ID); err != nil {
		return err
	}
	return Log(ctx, tx, Event{Action: "account.signin", Ref: id.Ref{Kind: AccountKind, ID: a.ID}})
}

// checkPassword reads the account and compares, outside a transaction: it takes as long as 50 writes. For an account that is not
// there, or closed, it compares too, and right is false.
func checkPassword(ctx context.Context, d *db.DB, login, password string) (a Account, right bool, err error) {
	err = d.View(ctx, func(tx *db.Tx) error {
		a, err = accountToSignIn(ctx, tx, login)
		return err
	})
	hash, known := a.password, err == nil && !a.Closed
	if err != nil && !errs.Is(err, errs.NotFound) {
		return Account{}, false, err
	}
	if !known {
		a = Account{}
		if hash, err = nobody(); err != nil {
			return a, false, err
		}
	}
	if len(password) > longest*4 {
		password = "" // no such password can have been set
	}
	right, err = matches(ctx, password, hash)
	return a, right && known, err
}

// attempt is a password or a code that was given.
type attempt struct {
	right bool
	first bool // a code is asked next: a right password does not forget wrong codes, else they could be guessed without end
	code  bool
}

// countTry notes the attempt and tells how it ends: refusal nil when it is right and the name not locked.
func countTry(ctx context.Context, tx *db.Tx, login string, try attempt, a Account) (refusal, err error) {
	now, key := tx.Millis(), hashOf(login)
	if _, err := tx.Exec(ctx, "DELETE FROM sign_in WHERE association = ? AND at < ?", org.Of(ctx), now-forgetAt.Milliseconds()); err != nil {
		return nil, err
	}
	// The row is written first, also for a right password: attempts at the same moment wait for each other here.
	type state struct{ failures, locked int64 }
	s, err := db.One(ctx, tx, func(s db.Scanner) (v state, err error) {
		err = s.Scan(&v.failures, &v.locked)
		return v, err
	}, `INSERT INTO sign_in (association, login, failures, at, locked) VALUES (?, ?, 0, ?, 0)
		ON CONFLICT (association, login) DO UPDATE SET at = excluded.at RETURNING failures, locked`, org.Of(ctx), key, now)
	if err != nil {
		return nil, err
	}
	if s.locked > now {
		return locked(s.locked - now), nil
	}
	switch {
	case try.right && try.first:
		return nil, nil
	case try.right:
		return nil, unlock(ctx, tx, login)
	}
	if s.locked > 0 { // that lock is over
		s = state{}
	}
	s.failures++
	if s.failures >= tries {
		s.locked = now + lockFor.Milliseconds()
	}
	if _, err := tx.Exec(ctx, "UPDATE sign_in SET failures = ?, locked = ? WHERE association = ? AND login = ?",
		s.failures, s.locked, org.Of(ctx), key); err != nil {
		return nil, err
	}
	if a.ID != "" {
		action := "account.refuse"
		if s.locked > 0 {
			action = "account.lock"
		}
		if err := Log(ctx, tx, Event{Action: action, Ref: id.Ref{Kind: AccountKind, ID: a.ID}}); err != nil {
			return nil, err
		}
	}
	if s.locked > 0 {
		return locked(lockFor.Milliseconds()), nil
	}
	if try.code {
		return errs.E(errs.Invalid, "口令不对，还可以试 %d 次", tries-s.failures), nil
	}
	return errs.E(errs.Invalid, "密码不对，还可以试 %d 次", tries-s.failures), nil
}

// locked says for how many minutes, rounded up.
func locked(ms int64) error {
	minutes := (ms + time.Minute.Milliseconds() - 1) / time.Minute.Milliseconds()
	return errs.E(errs.TooMany, "已锁定，%d 分钟后再试，或请系统管理员解锁", minutes)
}

func unlock(ctx context.Context, tx *db.Tx, login string) error {
	_, err := tx.Exec(ctx, "DELETE FROM sign_in WHERE association = ? AND login = ?", org.Of(ctx), hashOf(login))
	return err
}

// checkAge asks for a new password when the association wants one every so many days.
func checkAge(ctx context.Context, tx *db.Tx, a *Account) error {
	var days int64
	if err := org.Setting(ctx, tx, MaxAgeSetting, a.today, &days); err != nil {
		return err
	}
	if days <= 0 || a.MustChange || tx.Millis()-a.changed < days*24*time.Hour.Milliseconds() {
		return nil
	}
	a.MustChange = true
	if _, err := tx.Exec(ctx, "UPDATE account SET must_change = ? WHERE association = ? AND id = ?", true, org.Of(ctx), a.ID); err != nil {
		return err
	}
	return record(ctx, tx, a.ID)
}

// ChangePassword sets the actor's own password and ends their other sessions; token is that of the session that stays. Invalid
// when the new one breaks a rule (CheckPassword) or was one of the last five; the old one is asked again, and wrong answers
// count towards the lock.
func ChangePassword(ctx context.Context, d *db.DB, token, old, fresh string) error {
	me := From(ctx)
	if !me.SignedIn() {
		return errs.E(errs.SignIn, "请先登录")
	}
	a, right, err := checkPassword(ctx, d, me.User, old)
	if err != nil {
		return err
	}
	// The try is counted before a word is said about the new password: else a bad new one would tell whether a guess of the old one
	// is right, without end and in spite of the lock.
	var refusal error
	if err := d.Update(ctx, func(tx *db.Tx) error {
		refusal, err = countTry(ctx, tx, me.User, attempt{right: right}, a)
		return err
	}); err != nil {
		return err
	}
	if refusal != nil {
		return refusal
	}
	if err := CheckPassword(fresh, a.Login, a.phone); err != nil {
		return err
	}
	if err := checkEarlier(ctx, d, a, fresh); err != nil {
		return err
	}
	hash, err := hashPassword(ctx, fresh)
	if err != nil {
		return err
	}
	return d.Update(ctx, func(tx *db.Tx) error {
		if err := unchanged(ctx, tx, a); err != nil {
			return err
		}
		if err := writePassword(ctx, tx, a.ID, hash, false); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, a.ID, hashOf(token)); err != nil {
			return err
		}
		return Log(ctx, tx, Event{Action: "account.password", Ref: id.Ref{Kind: AccountKind, ID: a.ID}})
	})
}

// unchanged refuses when the account was closed or got another password while the old one was being checked.
func unchanged(ctx context.Context, tx *db.Tx, a Account) error {
	n, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM account WHERE association = ? AND id = ? AND password = ? AND NOT closed",
		org.Of(ctx), a.ID, a.password)
	if err == nil && n == 0 {
		return errs.E(errs.Conflict, "这个账号刚刚改过，请重新登录")
	}
	return err
}

// checkEarlier refuses one of the last passwords.
func checkEarlier(ctx context.Context, d *db.DB, a Account, fresh string) error {
	hashes := []string{a.password}
	err := d.View(ctx, func(tx *db.Tx) error {
		earlier, err := db.All(ctx, tx, db.Value[string], `SELECT password FROM account_password WHERE association = ? AND account = ?
			ORDER BY changed DESC LIMIT ?`, org.Of(ctx), a.ID, remembered-1)
		hashes = append(hashes, earlier...)
		return err
	})
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		same, err := matches(ctx, fresh, hash)
		if err != nil {
			return err
		}
		if same {
			var wrong errs.Fields
			wrong.Add("password", "这个密码最近用过，最近 %d 次的密码不能再用", remembered)
			return wrong.Err()
		}
	}
	return nil
}
