package access

import (
	"context"
	"errors"
	"sync"
	"time"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

const (
	believed  = 5 * time.Second // how long a copy of the program believes what it read: what another copy ends may live that long
	writeUsed = time.Minute     // the last use is written at most this often
)

// session is an open session with who it is of. Instants are UTC milliseconds.
type session struct {
	actor               Actor
	used, expires, idle int64
	read                int64 // when it was read from the database
	association, hash   string
}

// sessions remembers what was just read, so that a page with its pictures asks the database once. ended counts the times that
// sessions were ended or changed: what was read before the last of them is not remembered after it.
var sessions = struct {
	sync.Mutex
	by    map[string]session // by association and hash of the token
	ended int64
}{by: make(map[string]session)}

func (s session) key() string { return s.association + " " + s.hash }

// mostSessions bounds the memory; beyond it all is forgotten and read anew.
const mostSessions = 20000

func openSession(ctx context.Context, tx *db.Tx, a Account, remember, waits bool) (token string, err error) {
	token = newToken()
	idle, whole := idleFor, wholeDay
	switch {
	case a.actor(ctx).keeps():
		idle = idleKeeper
	case remember && !a.MustChange:
		idle, whole = wholeWeek, wholeWeek
	}
	now := tx.Millis()
	if _, err := tx.Exec(ctx, "DELETE FROM session WHERE association = ? AND account = ? AND (expires <= ? OR waits > 0 AND waits <= ?)", org.Of(ctx), a.ID, now, now); err != nil {
		return "", err
	}
	until := int64(0)
	if waits {
		until = now + waitFor.Milliseconds()
	}
	_, err = tx.Exec(ctx, "INSERT INTO session (association, token, account, created, used, expires, idle, waits) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		org.Of(ctx), hashOf(token), a.ID, now, now, now+whole.Milliseconds(), idle.Milliseconds(), until)
	return token, err
}

// Authenticate tells whose session the token opens. Address is left for the caller to fill in. SignIn when there is no such
// session, it was left alone for too long, or it has lasted its time.
func Authenticate(ctx context.Context, d *db.DB, token string) (Actor, error) {
	if token == "" {
		return Actor{}, errs.E(errs.SignIn, "请先登录")
	}
	now, hash := d.Now().UnixMilli(), hashOf(token)
	s, ended, ok := recall(session{association: org.Of(ctx), hash: hash}.key(), now)
	if !ok {
		err := d.View(ctx, func(tx *db.Tx) (err error) {
			s, err = readSession(ctx, tx, hash)
			return err
		})
		if err != nil {
			return Actor{}, err
		}
		s.read = now
	}
	if now >= s.expires {
		return Actor{}, errs.E(errs.SignIn, "登录已经到期，请重新登录")
	}
	if now-s.used >= s.idle {
		return Actor{}, errs.E(errs.SignIn, "%d 分钟没有动，请重新登录", s.idle/time.Minute.Milliseconds())
	}
	if ok && now-s.used < writeUsed.Milliseconds() || !remember(s, now, ended) {
		return s.actor, nil
	}
	err := d.Update(ctx, func(tx *db.Tx) error { // the condition keeps other copies from writing the same minute again
		_, err := tx.Exec(ctx, "UPDATE session SET used = ? WHERE association = ? AND token = ? AND used <= ?",
			now, org.Of(ctx), hash, now-writeUsed.Milliseconds())
		return err
	})
	if err != nil && !errors.Is(err, db.ErrOutgrown) { // a copy that may write no more still shows pages
		return Actor{}, err
	}
	return s.actor, nil
}

func readSession(ctx context.Context, tx *db.Tx, hash string) (session, error) {
	s := session{association: org.Of(ctx), hash: hash}
	var created int64
	account, err := db.One(ctx, tx, func(row db.Scanner) (account string, err error) {
		err = row.Scan(&account, &created, &s.used, &s.expires, &s.idle)
		return account, err
	}, "SELECT account, created, used, expires, idle FROM session WHERE association = ? AND token = ? AND waits = 0", org.Of(ctx), hash)
	if errs.Is(err, errs.NotFound) {
		return s, errs.E(errs.SignIn, "请先登录").Because(err)
	}
	if err != nil {
		return s, err
	}
	a, err := accountBy(ctx, tx, "id", account)
	if err != nil {
		return s, err
	}
	if a.Closed {
		return s, errs.E(errs.SignIn, "这个账号已经停用")
	}
	s.actor = a.actor(ctx)
	if s.actor.keeps() { // perhaps not yet at the sign-in
		s.idle, s.expires = min(s.idle, idleKeeper.Milliseconds()), min(s.expires, created+wholeDay.Milliseconds())
	}
	return s, nil
}

// recall gives what was read within the last seconds, and the count of ends. A clock that was set back makes it old too.
func recall(key string, now int64) (s session, ended int64, ok bool) {
	sessions.Lock()
	defer sessions.Unlock()
	s, ok = sessions.by[key]
	return s, sessions.ended, ok && now >= s.read && now-s.read < believed.Milliseconds()
}

// remember keeps what was read, unless a session has ended since the count was taken. It reports whether it falls to the
// caller to write the last use: of requests at the same moment, to one.
func remember(s session, now, ended int64) (due bool) {
	sessions.Lock()
	defer sessions.Unlock()
	s.used = max(s.used, sessions.by[s.key()].used)
	if due = now-s.used >= writeUsed.Milliseconds(); due {
		s.used = now
	}
	if sessions.ended != ended || s.actor.MustChange { // who has just changed his password at another copy must not be asked again
		return due
	}
	if len(sessions.by) >= mostSessions {
		clear(sessions.by)
	}
	sessions.by[s.key()] = s
	return due
}

// forget makes this copy of the program read the account's sessions anew once the change is committed.
func forget(ctx context.Context, tx *db.Tx, account string) {
	association := org.Of(ctx)
	tx.After(func() {
		sessions.Lock()
		defer sessions.Unlock()
		sessions.ended++
		for key, s := range sessions.by {
			if s.association == association && s.actor.Account == account {
				delete(sessions.by, key)
			}
		}
	})
}

// endSessions ends all sessions of an account but the one whose hashed token is kept; where none is, the tokens of programs too.
func endSessions(ctx context.Context, tx *db.Tx, account, kept string) error {
	forget(ctx, tx, account)
	if kept == "" {
		if err := endTokens(ctx, tx, account); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "DELETE FROM session WHERE association = ? AND account = ? AND token <> ?", org.Of(ctx), account, kept)
	return err
}

// SignOut ends the session of the token; no error when there is none.
func SignOut(ctx context.Context, d *db.DB, token string) error {
	return d.Update(ctx, func(tx *db.Tx) error {
		account, err := db.One(ctx, tx, db.Value[string], "DELETE FROM session WHERE association = ? AND token = ? RETURNING account", org.Of(ctx), hashOf(token))
		if errs.Is(err, errs.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		forget(ctx, tx, account)
		return Log(ctx, tx, Event{Action: "account.signout", Ref: id.Ref{Kind: AccountKind, ID: account}})
	})
}
