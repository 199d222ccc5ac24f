package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

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
	Grants          []Grant
	LastUsed        int64 // last request, exact to a minute
	Locked          int64 // until when
	MustChange      bool
	Closed          bool
	Created         int64

	password string
	changed  int64
	phone    string
}

const accountColumns = `SELECT a.id, a.login, a.name, a.phone, a.unit, COALESCE(n.name, ''), a.must_change, a.closed, a.created, a.used, a.password, a.changed
	FROM account a LEFT JOIN unit_name n ON n.association = a.association AND n.unit = a.unit AND n.from_day <= ? AND n.to_day > ?
	WHERE a.association = ?`

func scanAccount(s db.Scanner) (a Account, err error) {
	err = s.Scan(&a.ID, &a.Login, &a.Name, &a.phone, &a.Unit, &a.UnitName, &a.MustChange, &a.Closed, &a.Created, &a.LastUsed, &a.password, &a.changed)
	a.Phone = Mask(a.phone)
	return a, err
}

// ListAccounts lists all accounts by login name, the closed ones last.
func ListAccounts(ctx context.Context, tx *db.Tx) ([]Account, error) {
	day := today(tx)
	all, err := db.All(ctx, tx, scanAccount, accountColumns+" ORDER BY a.closed, a.login", day, day, org.Of(ctx))
	if err != nil {
		return nil, err
	}
	at := make(map[string]*Account, len(all))
	byLogin := make(map[string]*Account, len(all))
	for i := range all {
		at[all[i].ID], byLogin[hashOf(all[i].Login)] = &all[i], &all[i]
	}
	type grant struct {
		Grant
		account string
	}
	grants, err := db.All(ctx, tx, func(s db.Scanner) (g grant, err error) {
		var modules string
		err = s.Scan(&g.account, &g.Role, &g.Unit, &modules)
		g.Modules = splitModules(modules)
		return g, err
	}, "SELECT account, role, unit, modules FROM account_grant WHERE association = ? ORDER BY account, role, unit", org.Of(ctx))
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
	day := today(tx)
	a, err := db.One(ctx, tx, scanAccount, accountColumns+" AND a."+column+" = ?", day, day, org.Of(ctx), value)
	if err != nil {
		return a, err
	}
	a.Grants, err = db.All(ctx, tx, func(s db.Scanner) (g Grant, err error) {
		var modules string
		err = s.Scan(&g.Role, &g.Unit, &modules)
		g.Modules = splitModules(modules)
		return g, err
	}, "SELECT role, unit, modules FROM account_grant WHERE association = ? AND account = ? ORDER BY role, unit", org.Of(ctx), a.ID)
	return a, err
}

func accountByID(ctx context.Context, tx *db.Tx, id string) (Account, error) {
	a, err := accountBy(ctx, tx, "id", id)
	if errs.Is(err, errs.NotFound) {
		return a, errs.E(errs.NotFound, "没有这个账号").Because(err)
	}
	return a, err
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
	return Actor{Association: org.Of(ctx), Account: a.ID, User: a.Login, Name: a.Name, Unit: a.Unit, UnitName: a.UnitName, Grants: a.Grants, MustChange: a.MustChange}
}

// today is the day in China, as names and reaches of units are dated.
func today(tx *db.Tx) day.Day {
	return day.At(tx.Now, org.Association{Zone: "Asia/Shanghai"}.Location())
}

// hashOf is how a secret or a name that may be one (people type the password in the wrong box) is kept.
func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
