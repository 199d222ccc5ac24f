package access

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// accountEntry is the kind of the trail's entries that say what an account is, whole after every change: who is what decides
// who verifies. The telephone is not in it: what is in the log can never be erased.
const accountEntry = "account"

// keptAccount is an account as its entry says it.
type keptAccount struct {
	ID         string      `json:"id"`
	Login      string      `json:"login"`
	Name       string      `json:"name"`
	Unit       string      `json:"unit"`
	Password   string      `json:"password"` // hex sha256 of the hash that is kept
	MustChange bool        `json:"must_change"`
	Changed    int64       `json:"changed"`
	Closed     bool        `json:"closed"`
	Created    int64       `json:"created"`
	Grants     []keptGrant `json:"grants"`
	Code       string      `json:"code,omitempty"` // hex sha256 of what the codes follow from; "" when they are off
}

type keptGrant struct {
	Role    string `json:"role"`
	Unit    string `json:"unit"`
	Modules string `json:"modules"`
	From    string `json:"from"`
	To      string `json:"to"`
}

// record adds the account as it is now to the trail.
func record(ctx context.Context, tx *db.Tx, account string) error {
	// Two changes at the same time must not each miss the other's: they wait for each other on this row.
	if _, err := tx.Exec(ctx, "UPDATE account SET login = login WHERE association = ? AND id = ?", org.Of(ctx), account); err != nil {
		return err
	}
	all, err := keptAccounts(ctx, tx, account)
	if err != nil {
		return err
	}
	if len(all) != 1 {
		return fmt.Errorf("account %s is not there", account)
	}
	_, err = log.Append(ctx, tx, log.Trail, accountEntry, all[0])
	return err
}

// keptAccounts reads one account, or all with "".
func keptAccounts(ctx context.Context, tx *db.Tx, account string) ([]keptAccount, error) {
	and := func(column string) (string, []any) {
		if account == "" {
			return "", []any{org.Of(ctx)}
		}
		return " AND " + column + " = ?", []any{org.Of(ctx), account}
	}
	only, args := and("id")
	all, err := db.All(ctx, tx, func(s db.Scanner) (a keptAccount, err error) {
		err = s.Scan(&a.ID, &a.Login, &a.Name, &a.Unit, &a.Password, &a.MustChange, &a.Changed, &a.Closed, &a.Created)
		a.Password = hashOf(a.Password)
		return a, err
	}, "SELECT id, login, name, unit, password, must_change, changed, closed, created FROM account WHERE association = ?"+only+" ORDER BY id", args...)
	if err != nil {
		return nil, err
	}
	type code struct{ account, hash string }
	only, args = and("account")
	codes, err := db.All(ctx, tx, func(s db.Scanner) (c code, err error) {
		err = s.Scan(&c.account, &c.hash)
		c.hash = hashOf(c.hash)
		return c, err
	}, "SELECT account, sealed FROM account_code WHERE association = ?"+only, args...)
	if err != nil {
		return nil, err
	}
	for _, c := range codes {
		i := slices.IndexFunc(all, func(a keptAccount) bool { return a.ID == c.account })
		if i < 0 { // of an account that is not there
			all = append(all, keptAccount{ID: c.account})
			i = len(all) - 1
		}
		all[i].Code = c.hash
	}
	type row struct {
		account string
		keptGrant
	}
	only, args = and("account")
	grants, err := db.All(ctx, tx, func(s db.Scanner) (r row, err error) {
		err = s.Scan(&r.account, &r.Role, &r.Unit, &r.Modules, &r.From, &r.To)
		return r, err
	}, "SELECT account, role, unit, modules, from_day, to_day FROM account_grant WHERE association = ?"+only, args...)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		i := slices.IndexFunc(all, func(a keptAccount) bool { return a.ID == g.account })
		if i < 0 { // of an account that is not there
			all = append(all, keptAccount{ID: g.account})
			i = len(all) - 1
		}
		all[i].Grants = append(all[i].Grants, g.keptGrant)
	}
	for _, a := range all {
		slices.SortFunc(a.Grants, func(x, y keptGrant) int { return strings.Compare(x.row(), y.row()) })
	}
	return all, nil
}

// row names a grant of an account.
func (g keptGrant) row() string { return g.Role + " " + g.Unit + " " + g.From }

// Verify compares accounts, their roles and tokens with the trail. Each row that differs is reported.
func Verify(ctx context.Context, tx *db.Tx, report log.Report) error {
	all, err := keptAccounts(ctx, tx, "")
	if err != nil {
		return err
	}
	bodies, err := db.All(ctx, tx, db.Value[string], "SELECT body FROM log_entry WHERE association = ? AND log = ? AND kind = ? ORDER BY id",
		org.Of(ctx), log.Trail, accountEntry)
	if err != nil {
		return err
	}
	latest := make(map[string]keptAccount)
	for _, body := range bodies {
		var a keptAccount
		_ = json.Unmarshal([]byte(body), &a) // one that cannot be read says nothing: the log reports it
		latest[a.ID] = a
	}
	for _, have := range all {
		want, ok := latest[have.ID]
		delete(latest, have.ID)
		a, b := have, want
		a.Grants, b.Grants = nil, nil
		if odd := oddFields(a, b); !ok {
			report(log.Difference{Table: "account", Row: have.ID, Text: "账号 %s 不在日志里", Args: []any{have.Login}})
		} else if odd != "" {
			report(log.Difference{Table: "account", Row: have.ID, Text: "账号 %s 和日志里的不同：%s", Args: []any{have.Login, odd}})
		}
		compareGrants(have, want, report)
	}
	for id, a := range latest {
		report(log.Difference{Table: "account", Row: id, Text: "日志里有账号 %s，表里没有了", Args: []any{a.Login}})
	}
	return verifyTokens(ctx, tx, report)
}

// oddFields names what differs, without telling a password's hash.
func oddFields(a, b keptAccount) string {
	var odd []string
	for _, f := range []struct {
		name       string
		have, want any
	}{
		{"登录名", a.Login, b.Login}, {"姓名", a.Name, b.Name}, {"单位", a.Unit, b.Unit}, {"须改密码", a.MustChange, b.MustChange},
		{"改密码时刻", a.Changed, b.Changed}, {"停用", a.Closed, b.Closed}, {"建立时刻", a.Created, b.Created},
	} {
		if f.have != f.want {
			odd = append(odd, fmt.Sprintf("%s是「%v」，应是「%v」", f.name, f.have, f.want))
		}
	}
	if a.Password != b.Password {
		odd = append(odd, "密码被换过")
	}
	if a.Code != b.Code {
		odd = append(odd, "动态口令被换过")
	}
	return strings.Join(odd, "；")
}

func compareGrants(have, want keptAccount, report log.Report) {
	for _, g := range have.Grants {
		i := slices.IndexFunc(want.Grants, func(w keptGrant) bool { return w.row() == g.row() })
		switch {
		case i < 0:
			report(log.Difference{Table: "account_grant", Row: have.ID + " " + g.row(), Text: "日志里没有给 %s 这个角色", Args: []any{have.Login}})
		case want.Grants[i] != g:
			report(log.Difference{Table: "account_grant", Row: have.ID + " " + g.row(), Text: "%s 的这个角色是 %v，日志里是 %v", Args: []any{have.Login, g, want.Grants[i]}})
		}
	}
	for _, w := range want.Grants {
		if !slices.ContainsFunc(have.Grants, func(g keptGrant) bool { return w.row() == g.row() }) {
			report(log.Difference{Table: "account_grant", Row: have.ID + " " + w.row(), Text: "日志里给了 %s 这个角色，表里没有", Args: []any{have.Login}})
		}
	}
}
