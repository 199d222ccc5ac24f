package access

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

const (
	// TokenPrefix is what every token begins with, so that people and scanners of sources know one when they see it.
	TokenPrefix = "shilu_"
	// MostTokenDays is how long a token can last.
	MostTokenDays = 365

	mostTokens = 20 // of one account, that are not over
	tokenEntry = "token"
)

// Token is what a program signs in with, in the name of who made it: it never sees or does what that person may not. Instants are
// UTC milliseconds, 0 for never.
type Token struct {
	ID            string
	Account, Name string // whose, and what it is called
	Person        string // name of the account
	Writes        bool   // else it only reads
	Created       int64
	Expires       int64
	Used          int64 // last request, exact to a minute
	Ended         int64 // revoked, by hand or with the account
}

// Over reports whether nobody gets in with the token any more.
func (t Token) Over(now int64) bool { return t.Ended != 0 || t.Expires <= now }

// NewToken is a token to be made. Days is how long it lasts.
type NewToken struct {
	Name   string
	Writes bool
	Days   int64
}

// CreateToken makes a token of the actor's own and gives it; the program keeps only its hash. Invalid for a wrong name or time, and for
// a token that writes when the actor may not.
func CreateToken(ctx context.Context, tx *db.Tx, n NewToken) (secret string, t Token, err error) {
	me := From(ctx)
	if !me.SignedIn() {
		return "", t, errs.E(errs.SignIn, "请先登录")
	}
	n.Name = strings.TrimSpace(n.Name)
	var wrong errs.Fields
	switch length := utf8.RuneCountInString(n.Name); {
	case length == 0:
		wrong.Add("name", "请写令牌给谁用，例如「农业农村局数据交换」")
	case length > 50:
		wrong.Add("name", "名称有 %d 个字，最多 50 个，请写短一点", length)
	}
	if n.Days < 1 || n.Days > MostTokenDays {
		wrong.Add("days", "有效期 %d 天，要在 1 天到 %d 天之间", n.Days, MostTokenDays)
	}
	if n.Writes && !me.May(Write, "") && !me.May(Check, "") {
		wrong.Add("writes", "你的账号只能查看，令牌也只能读")
	}
	if err := wrong.Err(); err != nil {
		return "", t, err
	}
	now := tx.Millis()
	live, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM api_token WHERE association = ? AND account = ? AND ended = 0 AND expires > ?", org.Of(ctx), me.Account, now)
	if err != nil {
		return "", t, err
	}
	if live >= mostTokens {
		return "", t, errs.E(errs.Conflict, "你有 %d 个令牌在用，最多 %d 个，请先停用不用的", live, mostTokens)
	}
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	secret = TokenPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	t = Token{ID: id.New(), Account: me.Account, Name: n.Name, Person: me.Name, Writes: n.Writes, Created: now, Expires: now + n.Days*24*time.Hour.Milliseconds()}
	if _, err := tx.Exec(ctx, "INSERT INTO api_token (association, id, account, token, name, writes, created, expires, used, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
		org.Of(ctx), t.ID, t.Account, hashOf(secret), t.Name, t.Writes, t.Created, t.Expires); err != nil {
		return "", t, err
	}
	return secret, t, recordToken(ctx, tx, t, "token.create", "")
}

// EndToken revokes a token. NotFound when there is none, or it is somebody else's and the actor may not secure accounts.
func EndToken(ctx context.Context, tx *db.Tx, token string) (Token, error) {
	t, err := db.One(ctx, tx, scanToken, selectToken+" WHERE t.association = ? AND t.id = ?", org.Of(ctx), token)
	if me := From(ctx); err == nil && t.Account != me.Account && !me.May(Secure, "") || errs.Is(err, errs.NotFound) {
		return t, errs.E(errs.NotFound, "没有这个令牌，或者不是你能停用的").Because(err)
	}
	if err != nil || t.Ended != 0 {
		return t, err
	}
	return t, endToken(ctx, tx, &t)
}

func endToken(ctx context.Context, tx *db.Tx, t *Token) error {
	t.Ended = tx.Millis()
	if _, err := tx.Exec(ctx, "UPDATE api_token SET ended = ? WHERE association = ? AND id = ?", t.Ended, org.Of(ctx), t.ID); err != nil {
		return err
	}
	return recordToken(ctx, tx, *t, "token.end", t.Name)
}

// endTokens revokes all tokens of an account: it was closed, or got another password because the old one was not safe any more.
func endTokens(ctx context.Context, tx *db.Tx, account string) error {
	all, err := db.All(ctx, tx, scanToken, selectToken+" WHERE t.association = ? AND t.account = ? AND t.ended = 0 ORDER BY t.id", org.Of(ctx), account)
	for _, t := range all {
		if err == nil {
			err = endToken(ctx, tx, &t)
		}
	}
	return err
}

const selectToken = `SELECT t.id, t.account, t.name, a.name, t.writes, t.created, t.expires, t.used, t.ended
	FROM api_token t JOIN account a ON a.association = t.association AND a.id = t.account`

func scanToken(s db.Scanner) (t Token, err error) {
	err = s.Scan(&t.ID, &t.Account, &t.Name, &t.Person, &t.Writes, &t.Created, &t.Expires, &t.Used, &t.Ended)
	return t, err
}

// ListTokens lists the tokens of an account, or with "" of all, the newest first. The caller has seen to it that the actor may.
func ListTokens(ctx context.Context, tx *db.Tx, account string) ([]Token, error) {
	where, args := " WHERE t.association = ?", []any{org.Of(ctx)}
	if account != "" {
		where, args = where+" AND t.account = ?", append(args, account)
	}
	return db.All(ctx, tx, scanToken, selectToken+where+" ORDER BY t.id DESC", args...)
}

// AuthenticateToken tells in whose name a token acts. Address is left for the caller to fill in. SignIn when there is no such token or it
// is over; Forbidden when its person must change the password first.
func AuthenticateToken(ctx context.Context, d *db.DB, secret string) (Actor, Token, error) {
	var t Token
	var a Account
	now := d.Now().UnixMilli()
	if !strings.HasPrefix(secret, TokenPrefix) || len(secret) > 100 {
		return Actor{}, t, errs.E(errs.SignIn, "没有这个令牌，请在「我的账号」里新建一个")
	}
	err := d.View(ctx, func(tx *db.Tx) (err error) {
		t, err = db.One(ctx, tx, scanToken, selectToken+" WHERE t.association = ? AND t.token = ?", org.Of(ctx), hashOf(secret))
		if errs.Is(err, errs.NotFound) {
			return errs.E(errs.SignIn, "没有这个令牌，请在「我的账号」里新建一个").Because(err)
		}
		if err != nil {
			return err
		}
		a, err = accountBy(ctx, tx, "id", t.Account)
		return err
	})
	switch {
	case err != nil:
		return Actor{}, t, err
	case a.Closed:
		return Actor{}, t, errs.E(errs.SignIn, "这个账号已经停用")
	case t.Ended != 0:
		return Actor{}, t, errs.E(errs.SignIn, "令牌「%s」已经停用，请新建一个", t.Name)
	case t.Expires <= now:
		return Actor{}, t, errs.E(errs.SignIn, "令牌「%s」已经到期，请新建一个", t.Name)
	case a.MustChange:
		return Actor{}, t, errs.E(errs.Forbidden, "请先把一次性密码改掉")
	}
	if now-t.Used >= writeUsed.Milliseconds() {
		if err := d.Update(ctx, func(tx *db.Tx) error { // the condition keeps other copies from writing the same minute again
			_, err := tx.Exec(ctx, "UPDATE api_token SET used = ? WHERE association = ? AND id = ? AND used <= ?", now, org.Of(ctx), t.ID, now-writeUsed.Milliseconds())
			return err
		}); err != nil && !errors.Is(err, db.ErrOutgrown) { // a copy that may write no more still answers what is asked
			return Actor{}, t, err
		}
	}
	return a.actor(ctx), t, nil
}

// keptToken is a token as the trail says it, whole after every change: who puts a row in by hand would act in another's name.
type keptToken struct {
	ID      string `json:"id"`
	Account string `json:"account"`
	Token   string `json:"token"` // the hash that is kept
	Name    string `json:"name"`
	Writes  bool   `json:"writes"`
	Created int64  `json:"created"`
	Expires int64  `json:"expires"`
	Ended   int64  `json:"ended"`
}

func scanKeptToken(s db.Scanner) (k keptToken, err error) {
	err = s.Scan(&k.ID, &k.Account, &k.Token, &k.Name, &k.Writes, &k.Created, &k.Expires, &k.Ended)
	return k, err
}

const selectKeptToken = "SELECT id, account, token, name, writes, created, expires, ended FROM api_token WHERE association = ?"

// recordToken says in the trail what the token is now, and in the history of its account what was done with it.
func recordToken(ctx context.Context, tx *db.Tx, t Token, action, reason string) error {
	kept, err := db.One(ctx, tx, scanKeptToken, selectKeptToken+" AND id = ?", org.Of(ctx), t.ID)
	if err != nil {
		return err
	}
	if _, err := log.Append(ctx, tx, log.Trail, tokenEntry, kept); err != nil {
		return err
	}
	e := Event{Action: action, Ref: id.Ref{Kind: AccountKind, ID: t.Account}, Reason: reason}
	if action == "token.create" {
		may := "只读"
		if t.Writes {
			may = "读写"
		}
		e.Changes = []Change{{Field: "token", Label: "令牌", After: t.Name}, {Field: "writes", Label: "权限", After: may}}
	}
	return Log(ctx, tx, e)
}

// verifyTokens compares the tokens with the trail.
func verifyTokens(ctx context.Context, tx *db.Tx, report log.Report) error {
	all, err := db.All(ctx, tx, scanKeptToken, selectKeptToken+" ORDER BY id", org.Of(ctx))
	if err != nil {
		return err
	}
	bodies, err := db.All(ctx, tx, db.Value[string], "SELECT body FROM log_entry WHERE association = ? AND log = ? AND kind = ? ORDER BY id", org.Of(ctx), log.Trail, tokenEntry)
	if err != nil {
		return err
	}
	latest := make(map[string]keptToken)
	for _, body := range bodies {
		var k keptToken
		_ = json.Unmarshal([]byte(body), &k) // one that cannot be read says nothing: the log reports it
		latest[k.ID] = k
	}
	for _, have := range all {
		want, ok := latest[have.ID]
		delete(latest, have.ID)
		switch {
		case !ok:
			report(log.Difference{Table: "api_token", Row: have.ID, Text: "令牌「%s」不在日志里", Args: []any{have.Name}})
		case have != want:
			report(log.Difference{Table: "api_token", Row: have.ID, Text: "令牌「%s」和日志里的不同", Args: []any{have.Name}})
		}
	}
	for token, k := range latest {
		report(log.Difference{Table: "api_token", Row: token, Text: "日志里有令牌「%s」，表里没有了", Args: []any{k.Name}})
	}
	return nil
}
