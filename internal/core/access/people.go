package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Account is an account as the keepers see it. Instants are UTC milliseconds, 0 for never.
type Account struct {
	ID, Login, Name string
	Phone           string // masked
	Unit, UnitName  string
	Grants          []Grant // also those of the past and of days to come
	LastUsed        int64   // last request, exact to a minute
	Locked          int64   // until when
	MustChange      bool
	Closed          bool
	AsksCode        bool // signing in takes a code too
	Created         int64

	password string
	changed  int64
	phone    string
	today    day.Day // when it was read
}

const accountColumns = `SELECT a.id, a.login, a.name, a.phone, a.unit, COALESCE(n.name, ''), a.must_change, a.closed, a.created, a.used, a.password, a.changed,
	EXISTS (SELECT 1 FROM account_code c WHERE c.association = a.association AND c.account = a.id)
	FROM account a LEFT JOIN unit_name n ON n.association = a.association AND n.unit = a.unit AND n.from_day <= ? AND n.to_day > ?
	WHERE a.association = ?`

func scanAccount(s db.Scanner) (a Account, err error) {
	err = s.Scan(&a.ID, &a.Login, &a.Name, &a.phone, &a.Unit, &a.UnitName, &a.MustChange, &a.Closed, &a.Created, &a.LastUsed, &a.password, &a.changed, &a.AsksCode)
	a.Phone = Mask(a.phone)
	return a, err
}

// ListAccounts lists all accounts by login name, the closed ones last.
func ListAccounts(ctx context.Context, tx *db.Tx) ([]Account, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	all, err := db.All(ctx, tx, scanAccount, accountColumns+" ORDER BY a.closed, a.login", today, today, org.Of(ctx))
	if err != nil {
		return nil, err
	}
	at := make(map[string]*Account, len(all))
	byLogin := make(map[string]*Account, len(all))
	for i := range all {
		all[i].today = today
		at[all[i].ID], byLogin[hashOf(all[i].Login)] = &all[i], &all[i]
	}
	type grant struct {
		Grant
		account string
	}
	grants, err := db.All(ctx, tx, func(s db.Scanner) (g grant, err error) {
		g.Grant, err = scanGrant(withMore{s, []any{&g.account}})
		return g, err
	}, "SELECT "+grantColumns+", account FROM account_grant WHERE association = ? ORDER BY account, role, unit, from_day", org.Of(ctx))
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		if a := at[g.account]; a != nil {
			a.Grants = append(a.Grants, g.Grant)
		}
	}
	type mark struct {
		key string
		at  int64
	}
	scan := func(s db.Scanner) (m mark, err error) {
		err = s.Scan(&m.key, &m.at)
		return m, err
	}
	uses, err := db.All(ctx, tx, scan, "SELECT account, MAX(used) FROM session WHERE association = ? GROUP BY account", org.Of(ctx))
	if err != nil {
		return nil, err
	}
	for _, u := range uses {
		if a := at[u.key]; a != nil {
			a.LastUsed = max(a.LastUsed, u.at)
		}
	}
	locks, err := db.All(ctx, tx, scan, "SELECT login, locked FROM sign_in WHERE association = ? AND locked > ?", org.Of(ctx), tx.Millis())
	for _, l := range locks {
		if a := byLogin[l.key]; a != nil {
			a.Locked = l.at
		}
	}
	return all, err
}

// accountBy reads the account with its grants of which the column has the value; NotFound when there is none.
func accountBy(ctx context.Context, tx *db.Tx, column, value string) (Account, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return Account{}, err
	}
	a, err := db.One(ctx, tx, scanAccount, accountColumns+" AND a."+column+" = ?", today, today, org.Of(ctx), value)
	if err != nil {
		return a, err
	}
	a.today = today
	a.Grants, err = db.All(ctx, tx, scanGrant, "SELECT "+grantColumns+" FROM account_grant WHERE association = ? AND account = ? ORDER BY role, unit, from_day",
		org.Of(ctx), a.ID)
	return a, err
}

func accountByID(ctx context.Context, tx *db.Tx, id string) (Account, error) {
	a, err := accountBy(ctx, tx, "id", id)
	if errs.Is(err, errs.NotFound) {
		return a, errs.E(errs.NotFound, "没有这个账号").Because(err)
	}
	return a, err
}

// accountToSignIn reads the account with the login name, or else the one open account with the telephone; NotFound when there
// is none.
func accountToSignIn(ctx context.Context, tx *db.Tx, name string) (Account, error) {
	a, err := accountBy(ctx, tx, "login", foldLogin(name))
	phone := foldPhone(name)
	if !errs.Is(err, errs.NotFound) || !phoneShape.MatchString(phone) {
		return a, err
	}
	all, err := db.All(ctx, tx, db.Value[string], "SELECT id FROM account WHERE association = ? AND phone = ? AND NOT closed", org.Of(ctx), phone)
	if err != nil {
		return Account{}, err
	}
	if len(all) != 1 {
		return Account{}, errs.E(errs.NotFound, "没有账号「%s」", name)
	}
	return accountBy(ctx, tx, "id", all[0])
}

// FindAccount reads the account with the login name, open or closed; NotFound when there is none.
func FindAccount(ctx context.Context, tx *db.Tx, login string) (Account, error) {
	a, err := accountBy(ctx, tx, "login", foldLogin(login))
	if errs.Is(err, errs.NotFound) {
		return a, errs.E(errs.NotFound, "没有账号「%s」", login).Because(err)
	}
	return a, err
}

// ActorOf is the actor for work at the machine itself in somebody's name, as `--as zhoumin` and jobs do it. No password is
// asked: who reaches the machine's files could write them anyway. NotFound when there is no open account of the name.
func ActorOf(ctx context.Context, tx *db.Tx, login string) (Actor, error) {
	a, err := FindAccount(ctx, tx, login)
	if err == nil && a.Closed {
		err = errs.E(errs.NotFound, "账号「%s」已经停用", login)
	}
	if err != nil {
		return Actor{}, err
	}
	actor := a.actor(ctx)
	actor.MustChange = false // no password is used
	return actor, nil
}

func (a Account) actor(ctx context.Context) Actor {
	return Actor{Association: org.Of(ctx), Account: a.ID, User: a.Login, Name: a.Name, Unit: a.Unit, UnitName: a.UnitName, MustChange: a.MustChange,
		Grants: slices.DeleteFunc(slices.Clone(a.Grants), func(g Grant) bool { return !g.holds(a.today) })}
}

// hashOf is how a secret or a name that may be one (people type the password in the wrong box) is kept.
func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Names are the names of accounts by their ids, the closed ones too.
func Names(ctx context.Context, tx *db.Tx, accounts []string) (map[string]string, error) {
	names := map[string]string{}
	sorted := slices.Sorted(slices.Values(accounts))
	for chunk := range slices.Chunk(slices.Compact(sorted), 400) {
		if _, err := db.All(ctx, tx, func(s db.Scanner) (name string, err error) {
			var account string
			err = s.Scan(&account, &name)
			names[account] = name
			return name, err
		}, "SELECT id, name FROM account WHERE association = ? AND id IN (?)", org.Of(ctx), db.List(chunk)); err != nil {
			return nil, err
		}
	}
	return names, nil
}
