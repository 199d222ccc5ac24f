package access

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/zh"
)

// AccountKind is the kind of accounts in references and in the history.
const AccountKind = "account"

// NewAccount is an account to be made. Unit is the home unit; Phone may be empty. Password is one that the person has just
// chosen, at the first run; its Secret is made of it. Empty means a one-time one.
type NewAccount struct {
	Login, Name, Phone, Unit string
	Grants                   []Grant
	Password                 string
}

var (
	loginShape = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,31}$`)
	phoneShape = regexp.MustCompile(`^\+?[0-9]{7,15}$`)
)

// foldLogin is the login name as it is kept: people type it in either case and with a space behind.
func foldLogin(s string) string { return strings.ToLower(strings.TrimSpace(zh.Fold(s))) }

// foldPhone is the telephone number as it is kept, so that who signs in with it need not remember how it was written.
func foldPhone(s string) string {
	s = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(zh.Fold(s))
	if bare := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "86"); len(bare) == 11 && len(s) > 11 {
		return bare
	}
	return s
}

// CreateAccount makes an account and gives the one-time password of its secret, which the program forgets and which must be changed
// at the first sign-in; there is no default account and no default password. Invalid for wrong fields, Conflict when the login name or
// the telephone is taken. Whether the actor may is the caller's to ask (the route's right; `shilu init` has no actor yet).
func CreateAccount(ctx context.Context, tx *db.Tx, n NewAccount, s Secret) (password string, err error) {
	n.Login = foldLogin(n.Login)
	p := Profile{n.Name, n.Phone, n.Unit}.fold()
	if err := CheckNew(n); err != nil {
		return "", err
	}
	ref := id.Ref{Kind: AccountKind, ID: id.New()}
	if err := p.free(ctx, tx, ref.ID); err != nil {
		return "", err
	}
	if err := checkGrants(ctx, tx, n.Grants); err != nil {
		return "", err
	}
	roles, err := grantWords(ctx, tx, n.Grants)
	if err != nil {
		return "", err
	}
	if s.err != nil {
		return "", s.err
	}
	added, err := tx.Insert(ctx, `INSERT INTO account (association, id, login, phone, name, unit, password, must_change, changed, used, closed, created)`,
		"ON CONFLICT (association, login) DO NOTHING",
		[]any{org.Of(ctx), ref.ID, n.Login, p.Phone, p.Name, p.Unit, s.hash, s.password != "", tx.Millis(), 0, false, tx.Millis()})
	if err != nil {
		return "", raced(err)
	}
	if added == 0 {
		return "", errs.E(errs.Conflict, "登录名「%s」已经有人用了，请换一个", n.Login)
	}
	if err := writeGrants(ctx, tx, ref.ID, n.Grants); err != nil {
		return "", err
	}
	return s.password, Log(ctx, tx, Event{Action: "account.create", Ref: ref, Changes: []Change{
		{Field: "login", Label: "登录名", After: n.Login}, {Field: "name", Label: "姓名", After: p.Name},
		{Field: "phone", Label: "电话", After: p.Phone, Restricted: true}, {Field: "grants", Label: "角色", After: roles},
	}})
}

// CheckNew tells what is wrong with the login name, the name and the chosen password of an account, before there is an association
// that it could be made in.
func CheckNew(n NewAccount) error {
	var wrong errs.Fields
	n.Login = foldLogin(n.Login)
	p := Profile{n.Name, n.Phone, n.Unit}.fold()
	checkLogin(&wrong, n.Login, p.Phone)
	p.check(&wrong)
	if n.Password != "" {
		var e *errs.Error
		if errors.As(CheckPassword(n.Password, n.Login, p.Phone), &e) {
			wrong = append(wrong, e.Fields...)
		}
	}
	return wrong.Err()
}

func checkLogin(wrong *errs.Fields, login, phone string) {
	switch {
	case !loginShape.MatchString(login):
		wrong.Add("login", "登录名「%s」不合规则：2 到 32 个小写字母、数字、点、横线，例如 zhoumin", login)
	case phoneShape.MatchString(login) && login != phone:
		wrong.Add("login", "登录名「%s」像电话号码，只能用本人的，请把它也填到电话里", login)
	}
}

// Profile is what an account says about its person. Unit is the home unit; Phone may be empty.
type Profile struct {
	Name, Phone, Unit string
}

func (p Profile) fold() Profile {
	p.Name, p.Phone = strings.TrimSpace(p.Name), foldPhone(p.Phone)
	return p
}

func (p Profile) check(wrong *errs.Fields) {
	if p.Name == "" {
		wrong.Add("name", "请填写姓名")
	}
	if p.Phone != "" && !phoneShape.MatchString(p.Phone) {
		wrong.Add("phone", "电话「%s」看不懂，请写成 13800005678", p.Phone)
	}
}

// free refuses a unit that does not exist, and the telephone of another: who signs in with it must be one person.
func (p Profile) free(ctx context.Context, tx *db.Tx, account string) error {
	if err := checkUnits(ctx, tx, p.Unit); err != nil || p.Phone == "" {
		return err
	}
	names, err := db.All(ctx, tx, db.Value[string], "SELECT name FROM account WHERE association = ? AND phone = ? AND id <> ? AND NOT closed", org.Of(ctx), p.Phone, account)
	if err == nil && len(names) > 0 {
		return errs.E(errs.Conflict, "电话 %s 已经是%s的，一个电话只能给一个账号", p.Phone, names[0])
	}
	return err
}

// raced lets a transaction run again that gave an account the telephone which another had just got: free then says whose it is.
func raced(err error) error {
	if db.IsUnique(err) {
		return errors.Join(db.ErrRetry, err)
	}
	return err
}

// SetName is SetProfile with the telephone as it is: keepers see it masked and cannot write it again.
func SetName(ctx context.Context, tx *db.Tx, account, name, unit string) error {
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return err
	}
	return SetProfile(ctx, tx, account, Profile{Name: name, Phone: a.phone, Unit: unit})
}

// SetProfile corrects name, telephone and home unit of an account; what was done earlier keeps the earlier name.
func SetProfile(ctx context.Context, tx *db.Tx, account string, p Profile) error {
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return err
	}
	p = p.fold()
	var wrong errs.Fields
	p.check(&wrong)
	if phoneShape.MatchString(a.Login) && p.Phone != a.Login {
		wrong.Add("phone", "登录名就是电话 %s，电话不能改", a.Login)
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if err := p.free(ctx, tx, account); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE account SET name = ?, phone = ?, phone_shared = ?, unit = ? WHERE association = ? AND id = ?", p.Name, p.Phone, false, p.Unit, org.Of(ctx), account); err != nil {
		return raced(err)
	}
	if err := record(ctx, tx, account); err != nil {
		return err
	}
	unit, err := unitName(ctx, tx, p.Unit)
	if err != nil {
		return err
	}
	var changes []Change
	for _, c := range []Change{{Field: "name", Label: "姓名", Before: a.Name, After: p.Name},
		{Field: "phone", Label: "电话", Before: a.phone, After: p.Phone, Restricted: true}, {Field: "unit", Label: "单位", Before: a.UnitName, After: unit}} {
		if c.Before != c.After {
			changes = append(changes, c)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	forget(ctx, tx, account)
	return Log(ctx, tx, Event{Action: "account.profile", Ref: id.Ref{Kind: AccountKind, ID: account}, Changes: changes})
}

// checkUnits refuses units that do not exist; "" is the whole association.
func checkUnits(ctx context.Context, tx *db.Tx, units ...string) error {
	for _, u := range units {
		if u == "" {
			continue
		}
		n, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM unit WHERE association = ? AND id = ?", org.Of(ctx), u)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.E(errs.Invalid, "没有这个单位，请重新选")
		}
	}
	return nil
}

// CloseAccount ends an account and its sessions: nobody signs in with it any more, and its name stays in the history. Accounts
// are never deleted. Conflict for the last system administrator.
func CloseAccount(ctx context.Context, tx *db.Tx, account, reason string) error {
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE account SET closed = ? WHERE association = ? AND id = ?", true, org.Of(ctx), account); err != nil {
		return err
	}
	if err := record(ctx, tx, account); err != nil {
		return err
	}
	if err := adminLeft(ctx, tx, a); err != nil {
		return err
	}
	if err := endSessions(ctx, tx, account, ""); err != nil {
		return err
	}
	return Log(ctx, tx, Event{Action: "account.close", Ref: id.Ref{Kind: AccountKind, ID: account}, Reason: reason})
}

// ReopenAccount opens a closed account again, for one who comes back, and gives the one-time password of the secret.
func ReopenAccount(ctx context.Context, tx *db.Tx, account string, s Secret) (password string, err error) {
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return "", err
	}
	if !a.Closed {
		return "", errs.E(errs.Conflict, "%s的账号没有停用", a.Name)
	}
	if err := (Profile{a.Name, a.phone, a.Unit}).free(ctx, tx, account); err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, "UPDATE account SET closed = ?, phone_shared = ? WHERE association = ? AND id = ?", false, false, org.Of(ctx), account); err != nil {
		return "", raced(err)
	}
	if err := Log(ctx, tx, Event{Action: "account.reopen", Ref: id.Ref{Kind: AccountKind, ID: account}}); err != nil {
		return "", err
	}
	return ResetPassword(ctx, tx, account, s)
}

// ResetPassword gives the account the one-time password of the secret, unlocks it and ends its sessions.
func ResetPassword(ctx context.Context, tx *db.Tx, account string, s Secret) (password string, err error) {
	return freshPassword(ctx, tx, account, s, true)
}

// LastingPassword is ResetPassword with a password that need not be changed at the first sign-in, for accounts that are nobody's
// own: those of the demonstration county, which get a new one at every start.
func LastingPassword(ctx context.Context, tx *db.Tx, account string, s Secret) (password string, err error) {
	return freshPassword(ctx, tx, account, s, false)
}

func freshPassword(ctx context.Context, tx *db.Tx, account string, s Secret, mustChange bool) (password string, err error) {
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return "", err
	}
	if s.err != nil {
		return "", s.err
	}
	if err := writePassword(ctx, tx, account, s.hash, mustChange); err != nil {
		return "", err
	}
	if err := unlock(ctx, tx, a.Login); err != nil {
		return "", err
	}
	if err := endSessions(ctx, tx, account, ""); err != nil {
		return "", err
	}
	return s.password, Log(ctx, tx, Event{Action: "account.reset", Ref: id.Ref{Kind: AccountKind, ID: account}})
}

// Unlock lets a locked account sign in again.
func Unlock(ctx context.Context, tx *db.Tx, account string) error {
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return err
	}
	if err := unlock(ctx, tx, a.Login); err != nil {
		return err
	}
	return Log(ctx, tx, Event{Action: "account.unlock", Ref: id.Ref{Kind: AccountKind, ID: account}})
}

// writePassword makes the hash the account's password and keeps the earlier ones that must not come back.
func writePassword(ctx context.Context, tx *db.Tx, account, hash string, mustChange bool) error {
	if _, err := tx.Exec(ctx, `INSERT INTO account_password (association, account, changed, password)
		SELECT association, id, changed, password FROM account WHERE association = ? AND id = ?
		ON CONFLICT (association, account, changed) DO UPDATE SET password = excluded.password`, org.Of(ctx), account); err != nil {
		return fmt.Errorf("keep the earlier password: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM account_password WHERE association = ? AND account = ? AND changed NOT IN (SELECT changed FROM account_password
		WHERE association = ? AND account = ? ORDER BY changed DESC LIMIT ?)`, org.Of(ctx), account, org.Of(ctx), account, remembered-1); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE account SET password = ?, must_change = ?, changed = ? WHERE association = ? AND id = ?",
		hash, mustChange, tx.Millis(), org.Of(ctx), account); err != nil {
		return err
	}
	return record(ctx, tx, account)
}
