package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/keys"
	"shilu/internal/kit/zh"
)

// Codes are the second step of signing in (动态口令): six digits that an application on one's telephone shows (RFC 6238: SHA-1,
// 30 s), or a spare code from paper. Whoever wants it turns it on for himself.
type Codes struct {
	DB     *db.DB
	Master keys.Master
}

const (
	codePeriod = 30 // seconds
	codeSkew   = 1  // periods that a clock may be off, either way
	offerFor   = time.Hour
	waitFor    = 5 * time.Minute // how long a sign-in waits for the code
	spareCodes = 8
)

// CodeOffer is a new secret that is not in force yet: Text to be typed and Address (otpauth://…) to be scanned into the telephone.
// Sealed comes back with the first code.
type CodeOffer struct {
	Text, Address, Sealed string
}

// keptCode is what account_code.sealed wraps.
type keptCode struct {
	Secret string   `json:"secret"`          // base32
	Spare  []string `json:"spare"`           // hex sha256
	Until  int64    `json:"until,omitempty"` // of an offer
}

func codePurpose(ctx context.Context, account string) string {
	return "code/" + org.Of(ctx) + "/" + account
}

// Offer makes a secret for the actor; issuer is what the telephone shows above the digits.
func (c Codes) Offer(ctx context.Context, issuer string) (CodeOffer, error) {
	me := From(ctx)
	key, err := totp.Generate(totp.GenerateOpts{Issuer: strings.ReplaceAll(issuer, ":", " "), AccountName: me.User, Period: codePeriod})
	if err != nil {
		return CodeOffer{}, fmt.Errorf("make a secret for codes: %w", err)
	}
	offer := keptCode{Secret: key.Secret(), Until: c.DB.Now().Add(offerFor).UnixMilli()}
	return CodeOffer{Text: key.Secret(), Address: key.URL(), Sealed: c.seal(ctx, "offer/", me.Account, offer)}, nil
}

// OfferAgain is an offer that was made before, to be shown again; Invalid when it is too old or somebody else's.
func (c Codes) OfferAgain(ctx context.Context, sealed, issuer string) (CodeOffer, error) {
	k, err := c.offered(ctx, sealed)
	if err != nil {
		return CodeOffer{}, err
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(k.Secret)
	if err != nil {
		return CodeOffer{}, fmt.Errorf("read a secret for codes: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: strings.ReplaceAll(issuer, ":", " "), AccountName: From(ctx).User, Period: codePeriod, Secret: secret})
	if err != nil {
		return CodeOffer{}, fmt.Errorf("show a secret for codes: %w", err)
	}
	return CodeOffer{Text: k.Secret, Address: key.URL(), Sealed: sealed}, nil
}

func (c Codes) offered(ctx context.Context, sealed string) (keptCode, error) {
	k, err := c.open(ctx, "offer/", From(ctx).Account, sealed)
	if err != nil || k.Until < c.DB.Now().UnixMilli() {
		return k, errs.E(errs.Invalid, "这个二维码放得太久了，请重新扫").Because(err)
	}
	return k, nil
}

// Accept turns the codes on for the actor with the first one from the telephone, gives the spare codes, which are shown once, and
// ends his other sessions; token is that of the one that stays. Invalid for a wrong code, Conflict when codes are on already.
func (c Codes) Accept(ctx context.Context, token, sealed, code string) (spare []string, err error) {
	k, err := c.offered(ctx, sealed)
	if err != nil {
		return nil, err
	}
	step := stepOf(k.Secret, foldCode(code), c.DB.Now())
	if step == 0 {
		var wrong errs.Fields
		wrong.Add("code", "口令对不上，请看手机上现在的 6 位数字。总是对不上，请核对手机和服务器的时间")
		return nil, wrong.Err()
	}
	me := From(ctx)
	spare, k.Spare = freshSpare()
	k.Until = 0
	return spare, c.DB.Update(ctx, func(tx *db.Tx) error {
		added, err := tx.Insert(ctx, "INSERT INTO account_code (association, account, sealed, step)", "ON CONFLICT (association, account) DO NOTHING",
			[]any{org.Of(ctx), me.Account, c.seal(ctx, "", me.Account, k), step})
		if err != nil {
			return err
		}
		if added == 0 {
			return errs.E(errs.Conflict, "动态口令已经开着")
		}
		if err := record(ctx, tx, me.Account); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, me.Account, hashOf(token)); err != nil {
			return err
		}
		return Log(ctx, tx, Event{Action: "account.code.on", Ref: id.Ref{Kind: AccountKind, ID: me.Account}})
	})
}

// Finish ends a sign-in that waits for the code (Actor.MustCode) and gives the token of the session that is now open. SignIn when it
// waited too long, Invalid for a wrong code, TooMany when locked: codes count with passwords.
func (c Codes) Finish(ctx context.Context, token, code, address string) (fresh string, actor Actor, err error) {
	var refusal error
	err = c.DB.Update(ctx, func(tx *db.Tx) error {
		account, err := db.One(ctx, tx, db.Value[string], "SELECT account FROM session WHERE association = ? AND token = ? AND waits > ?",
			org.Of(ctx), hashOf(token), tx.Millis())
		if errs.Is(err, errs.NotFound) {
			return errs.E(errs.SignIn, "等了太久，请重新登录").Because(err)
		}
		if err != nil {
			return err
		}
		a, err := accountByID(ctx, tx, account)
		if err != nil {
			return err
		}
		actor = a.actor(ctx)
		actor.Address, actor.Request = address, From(ctx).Request
		if refusal, err = c.try(With(ctx, Actor{Address: address, Request: actor.Request}), tx, a, code); err != nil || refusal != nil {
			return err
		}
		ctx := With(ctx, actor)
		fresh = newToken()
		if _, err := tx.Exec(ctx, "UPDATE session SET token = ?, waits = 0, used = ? WHERE association = ? AND token = ?",
			hashOf(fresh), tx.Millis(), org.Of(ctx), hashOf(token)); err != nil {
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
	return fresh, actor, nil
}

// try takes the account's code, and a spare one away; refusal nil when it is right and the name not locked.
func (c Codes) try(ctx context.Context, tx *db.Tx, a Account, code string) (refusal, err error) {
	// The row is written first: who gives another code at the same moment waits here, and reads what is left then.
	if _, err := tx.Exec(ctx, "UPDATE account_code SET step = step WHERE association = ? AND account = ?", org.Of(ctx), a.ID); err != nil {
		return nil, err
	}
	k, last, err := c.read(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	code = foldCode(code)
	step := stepOf(k.Secret, code, c.DB.Now())
	spare := slices.Index(k.Spare, hashOf(code))
	if step > 0 && step <= last {
		return errs.E(errs.Invalid, "这个口令刚用过，等手机上换了下一个再写"), nil
	}
	if refusal, err = countTry(ctx, tx, a.Login, attempt{right: step > 0 || spare >= 0, code: true}, a); err != nil || refusal != nil {
		return refusal, err
	}
	if step > 0 {
		// Of two sign-ins at one moment with one code the second finds it taken.
		n, err := tx.Exec(ctx, "UPDATE account_code SET step = ? WHERE association = ? AND account = ? AND step < ?", step, org.Of(ctx), a.ID, step)
		if err == nil && n == 0 {
			return errs.E(errs.Invalid, "这个口令刚用过，等手机上换了下一个再写"), nil
		}
		return nil, err
	}
	k.Spare = slices.Delete(k.Spare, spare, spare+1)
	if err := c.write(ctx, tx, a.ID, k); err != nil {
		return nil, err
	}
	return nil, Log(ctx, tx, Event{Action: "account.code.spare", Ref: id.Ref{Kind: AccountKind, ID: a.ID}})
}

// Off turns the actor's codes off; it takes one of them. Invalid when it is wrong, TooMany when locked.
func (c Codes) Off(ctx context.Context, code string) error {
	return c.withCode(ctx, code, func(tx *db.Tx, account string) error { return DropCode(ctx, tx, account) })
}

// Respare makes the actor's spare codes anew, which are shown once; those of before are void. It takes a code as Off does.
func (c Codes) Respare(ctx context.Context, code string) (spare []string, err error) {
	return spare, c.withCode(ctx, code, func(tx *db.Tx, account string) error {
		k, _, err := c.read(ctx, tx, account)
		if err != nil {
			return err
		}
		spare, k.Spare = freshSpare()
		if err := c.write(ctx, tx, account, k); err != nil {
			return err
		}
		return Log(ctx, tx, Event{Action: "account.code.respare", Ref: id.Ref{Kind: AccountKind, ID: account}})
	})
}

func (c Codes) withCode(ctx context.Context, code string, do func(tx *db.Tx, account string) error) error {
	var refusal error
	err := c.DB.Update(ctx, func(tx *db.Tx) error {
		a, err := accountByID(ctx, tx, From(ctx).Account)
		if err != nil {
			return err
		}
		if refusal, err = c.try(ctx, tx, a, code); err != nil || refusal != nil {
			return err
		}
		return do(tx, a.ID)
	})
	if err == nil {
		err = refusal
	}
	return err
}

// Spare is how many spare codes the actor has left; NotFound when his codes are off.
func (c Codes) Spare(ctx context.Context, tx *db.Tx) (int, error) {
	k, _, err := c.read(ctx, tx, From(ctx).Account)
	return len(k.Spare), err
}

// DropCode turns the codes of an account off, for one who has lost telephone and paper. NotFound when they are off.
func DropCode(ctx context.Context, tx *db.Tx, account string) error {
	if _, err := db.One(ctx, tx, db.Value[string], "DELETE FROM account_code WHERE association = ? AND account = ? RETURNING account", org.Of(ctx), account); err != nil {
		if errs.Is(err, errs.NotFound) {
			return errs.E(errs.NotFound, "这个账号没有开动态口令").Because(err)
		}
		return err
	}
	if err := record(ctx, tx, account); err != nil {
		return err
	}
	return Log(ctx, tx, Event{Action: "account.code.off", Ref: id.Ref{Kind: AccountKind, ID: account}})
}

// asksCode reports whether the account's codes are on.
func asksCode(ctx context.Context, tx *db.Tx, account string) (bool, error) {
	n, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM account_code WHERE association = ? AND account = ?", org.Of(ctx), account)
	return n > 0, err
}

func (c Codes) read(ctx context.Context, tx *db.Tx, account string) (k keptCode, step int64, err error) {
	sealed, err := db.One(ctx, tx, func(s db.Scanner) (sealed string, err error) {
		err = s.Scan(&sealed, &step)
		return sealed, err
	}, "SELECT sealed, step FROM account_code WHERE association = ? AND account = ?", org.Of(ctx), account)
	if errs.Is(err, errs.NotFound) {
		return k, 0, errs.E(errs.NotFound, "没有开动态口令").Because(err)
	}
	if err != nil {
		return k, 0, err
	}
	k, err = c.open(ctx, "", account, sealed)
	return k, step, err
}

func (c Codes) write(ctx context.Context, tx *db.Tx, account string, k keptCode) error {
	if _, err := tx.Exec(ctx, "UPDATE account_code SET sealed = ? WHERE association = ? AND account = ?", c.seal(ctx, "", account, k), org.Of(ctx), account); err != nil {
		return err
	}
	return record(ctx, tx, account)
}

func (c Codes) seal(ctx context.Context, what, account string, k keptCode) string {
	body, _ := json.Marshal(k) // texts and numbers only
	return c.Master.Wrap(what+codePurpose(ctx, account), body)
}

func (c Codes) open(ctx context.Context, what, account, sealed string) (k keptCode, err error) {
	body, err := c.Master.Unwrap(what+codePurpose(ctx, account), sealed)
	if err != nil {
		return k, err
	}
	return k, json.Unmarshal(body, &k)
}

// foldCode is a code without what people put between its parts.
func foldCode(s string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(zh.Fold(s)))
}

// stepOf is the number of the 30 seconds that the code is of, 0 when it is none of now's.
func stepOf(secret, code string, now time.Time) int64 {
	if len(code) != otp.DigitsSix.Length() {
		return 0
	}
	at := now.Unix() / codePeriod
	found := int64(0)
	for step := at - codeSkew; step <= at+codeSkew; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // the clock is after 1970
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// freshSpare makes spare codes and what is kept of them: 40 bits each, letters and digits that cannot be mistaken.
func freshSpare() (codes, kept []string) {
	const letters = "abcdefghjkmnpqrstuvwxyz023456789" // 32
	for range spareCodes {
		var random [8]byte
		_, _ = rand.Read(random[:]) // never fails (crypto/rand)
		for i := range random {
			random[i] = letters[random[i]%32]
		}
		codes = append(codes, string(random[:4])+"-"+string(random[4:]))
		kept = append(kept, hashOf(string(random[:])))
	}
	return codes, kept
}

func newToken() string {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(secret[:])
}
