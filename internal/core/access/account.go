package access

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
)

// AccountKind is the kind of accounts in references and in the history.
const AccountKind = "account"

// NewAccount is an account to be made. Unit is the home unit; Phone may be empty.
type NewAccount struct {
	Login, Name, Phone, Unit string
	Grants                   []Grant
}

var (
	loginShape = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,31}$`)
	phoneShape = regexp.MustCompile(`^\+?[0-9-]{7,20}$`)
)

// foldLogin is the login name as it is kept: people type it in either case and with a space behind.
func foldLogin(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// CreateAccount makes an account and gives its one-time password, which the program forgets and which must be changed at the
// first sign-in; there is no default account and no default password. Invalid for wrong fields, Conflict when the login name is
// taken. Whether the actor may is the caller's to ask (the route's right; `shilu init` has no actor yet).
func CreateAccount(ctx context.Context, tx *db.Tx, n NewAccount) (password string, err error) {
	n.Login, n.Name, n.Phone = foldLogin(n.Login), strings.TrimSpace(n.Name), strings.TrimSpace(n.Phone)
	var wrong errs.Fields
	if !loginShape.MatchString(n.Login) {
		wrong.Add("login", "登录名「%s」不合规则：2 到 32 个小写字母、数字、点、横线，例如 zhoumin", n.Login)
	}
	if n.Name == "" {
		wrong.Add("name", "请填写姓名")
	}
	if n.Phone != "" && !phoneShape.MatchString(n.Phone) {
		wrong.Add("phone", "电话「%s」看不懂，请写成 13800005678", n.Phone)
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	if err := checkUnits(ctx, tx, n.Unit); err != nil {
		return "", err
	}
	if err := checkGrants(ctx, tx, n.Grants); err != nil {
		return "", err
	}
	password = oneTime()
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return "", err
	}
	ref := id.Ref{Kind: AccountKind, ID: id.New()}
	added, err := tx.Insert(ctx, `INSERT INTO account (association, id, login, phone, name, unit, password, must_change, changed, used, closed, created)`,
		"ON CONFLICT (association, login) DO NOTHING",
		[]any{org.Of(ctx), ref.ID, n.Login, n.Phone, n.Name, n.Unit, hash, true, tx.Millis(), 0, false, tx.Millis()})
	if err != nil {
		return "", err
	}
	if added == 0 {
		return "", errs.E(errs.Conflict, "登录名「%s」已经有人用了，请换一个", n.Login)
	}
	if err := writeGrants(ctx, tx, ref.ID, n.Grants); err != nil {
		return "", err
	}
	return password, Log(ctx, tx, Event{Action: "account.create", Ref: ref, Changes: []Change{
		{Field: "login", Label: "登录名", After: n.Login}, {Field: "name", Label: "姓名", After: n.Name},
		{Field: "phone", Label: "电话", After: n.Phone, Restricted: true}, {Field: "grants", Label: "角色", After: grantWords(n.Grants)},
	}})
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

// keeper reports whether the role is one of the three keepers'.
func (r Role) keeper() bool { return r == Admin || r == Security || r == Auditor }

// keeps reports whether the actor is one of the three keepers.
func (a Actor) keeps() bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role.keeper() })
}

// checkGrants holds the rules of roles: keepers keep the whole association, and who is audited does not audit (GB/T 22239).
func checkGrants(ctx context.Context, tx *db.Tx, grants []Grant) error {
	var wrong errs.Fields
	held := make(map[Role]bool)
	for i, g := range grants {
		held[g.Role] = true
		switch {
		case !slices.Contains(Roles(), g.Role):
			wrong.Add("grants", "没有「%s」这个角色，请重新选", string(g.Role))
		case g.Role.keeper() && (g.Unit != "" || len(g.Modules) > 0):
			wrong.Add("grants", "%s管整个科协，不能只给一个单位或几个模块", g.Role.Title())
		case slices.ContainsFunc(grants[:i], func(o Grant) bool { return o.Role == g.Role && o.Unit == g.Unit }):
			wrong.Add("grants", "%s在同一个单位给了两次，请删掉一次", g.Role.Title())
		}
	}
	if held[Auditor] && (held[Admin] || held[Security]) {
		wrong.Add("grants", "审计管理员不能同时是系统管理员或安全管理员，请交给两个人")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	for _, g := range grants {
		if err := checkUnits(ctx, tx, g.Unit); err != nil {
			return err
		}
	}
	return nil
}

func writeGrants(ctx context.Context, tx *db.Tx, account string, grants []Grant) error {
	if _, err := tx.Exec(ctx, "DELETE FROM account_grant WHERE association = ? AND account = ?", org.Of(ctx), account); err != nil {
		return err
	}
	rows := make([][]any, len(grants))
	for i, g := range grants {
		rows[i] = []any{org.Of(ctx), account, string(g.Role), g.Unit, strings.Join(g.Modules, " ")}
	}
	_, err := tx.Insert(ctx, "INSERT INTO account_grant (association, account, role, unit, modules)", "", rows...)
	return err
}

// grantWords writes grants for the history.
func grantWords(grants []Grant) string {
	words := make([]string, len(grants))
	for i, g := range grants {
		words[i] = g.Role.Title()
		if more := strings.TrimSpace(g.Unit + " " + strings.Join(g.Modules, " ")); more != "" {
			words[i] += "（" + more + "）"
		}
	}
	return strings.Join(words, "、")
}

// SetGrants replaces the roles of an account; its open sessions have them at once. Conflict when nobody would be left as
// system administrator.
func SetGrants(ctx context.Context, tx *db.Tx, account string, grants []Grant) error {
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return err
	}
	if err := checkGrants(ctx, tx, grants); err != nil {
		return err
	}
	if err := writeGrants(ctx, tx, account, grants); err != nil {
		return err
	}
	if err := adminLeft(ctx, tx, a); err != nil {
		return err
	}
	forget(ctx, tx, account)
	return Log(ctx, tx, Event{Action: "account.grants", Ref: id.Ref{Kind: AccountKind, ID: account}, Changes: []Change{
		{Field: "grants", Label: "角色", Before: grantWords(a.Grants), After: grantWords(grants)}}})
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
	if err := adminLeft(ctx, tx, a); err != nil {
		return err
	}
	if err := endSessions(ctx, tx, account, ""); err != nil {
		return err
	}
	return Log(ctx, tx, Event{Action: "account.close", Ref: id.Ref{Kind: AccountKind, ID: account}, Reason: reason})
}

// adminLeft refuses a change that leaves nobody as system administrator. It is asked after the change.
func adminLeft(ctx context.Context, tx *db.Tx, changed Account) error {
	if !slices.ContainsFunc(changed.Grants, func(g Grant) bool { return g.Role == Admin }) {
		return nil
	}
	// Two changes at the same time must not each rely on the other's administrator: they wait for each other on this row.
	if _, err := tx.Exec(ctx, "UPDATE association SET zone = zone WHERE id = ?", org.Of(ctx)); err != nil {
		return err
	}
	n, err := db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM account_grant g JOIN account a ON a.association = g.association AND a.id = g.account
		WHERE g.association = ? AND g.role = ? AND NOT a.closed`, org.Of(ctx), string(Admin))
	if err == nil && n == 0 {
		return errs.E(errs.Conflict, "%s是最后一个系统管理员，请先让另一个人也当系统管理员", changed.Name)
	}
	return err
}

// ResetPassword gives the account a new one-time password, unlocks it and ends its sessions.
func ResetPassword(ctx context.Context, tx *db.Tx, account string) (password string, err error) {
	a, err := accountByID(ctx, tx, account)
	if err != nil {
		return "", err
	}
	password = oneTime()
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return "", err
	}
	if err := writePassword(ctx, tx, account, hash, true); err != nil {
		return "", err
	}
	if err := unlock(ctx, tx, a.Login); err != nil {
		return "", err
	}
	if err := endSessions(ctx, tx, account, ""); err != nil {
		return "", err
	}
	return password, Log(ctx, tx, Event{Action: "account.reset", Ref: id.Ref{Kind: AccountKind, ID: account}})
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

// KeepersReminder is the standing reminder when one person is both system and security administrator, which a small county may
// allow; "" when nobody is.
func KeepersReminder(ctx context.Context, tx *db.Tx) (string, error) {
	names, err := db.All(ctx, tx, db.Value[string], `SELECT name FROM account a WHERE association = ? AND NOT closed AND
		EXISTS (SELECT 1 FROM account_grant g WHERE g.association = a.association AND g.account = a.id AND g.role = ?) AND
		EXISTS (SELECT 1 FROM account_grant g WHERE g.association = a.association AND g.account = a.id AND g.role = ?) ORDER BY name`,
		org.Of(ctx), string(Admin), string(Security))
	if err != nil || len(names) == 0 {
		return "", err
	}
	return lang.T(ctx, "%s一人兼任系统管理员和安全管理员；等级保护要求分开，有人手时请交给两个人", strings.Join(names, "、")), nil
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
	_, err := tx.Exec(ctx, "UPDATE account SET password = ?, must_change = ?, changed = ? WHERE association = ? AND id = ?",
		hash, mustChange, tx.Millis(), org.Of(ctx), account)
	return err
}
