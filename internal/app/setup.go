package app

import (
	"context"
	"fmt"
	"os"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/reorg"
	"shilu/internal/face/console"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/keys"
	"shilu/internal/kit/xlsx"
)

// NewAssociation is what `shilu init` and the first-run page ask for.
type NewAssociation struct {
	Name, Code string
	Admin      string // login name of the first administrator
	AdminName  string // name shown; the login name unless given
	County     string // name of the county; taken from Name unless given
	Password   string // that the administrator has chosen; "" makes a one-time one
	Another    bool   // beside those that are there already
}

// Init makes the schema and the master key, then the association with its first administrator, who is system and security
// administrator at once; it gives the association and the one-time password. Conflict as Found.
func Init(ctx context.Context, c Config, n NewAssociation) (made org.Association, password string, err error) {
	a, err := Prepare(ctx, c)
	if err != nil {
		return made, "", err
	}
	defer a.Close()
	return a.Found(ctx, n)
}

// Prepare opens the application on a folder or database that may be new: it makes the master key and brings what is there
// up to date first.
func Prepare(ctx context.Context, c Config) (*App, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, errs.E(errs.Unavailable, "文件夹 %s 建不了，请换一个（--data）", c.Data).Because(err)
	}
	if os.Getenv(keys.Env) == "" {
		if _, err := keys.Load(c.Data, ""); errs.Is(err, errs.NotFound) {
			if _, err := keys.Create(c.Data); err != nil {
				return nil, err
			}
		} else if err != nil {
			return nil, err
		}
	}
	a, up, err := upgrade(ctx, c)
	if a == nil && err == nil {
		a, err = Open(ctx, c)
	}
	if err != nil {
		if a != nil {
			a.Close()
		}
		return nil, err
	}
	a.Upgraded = up
	return a, nil
}

// Found creates an association with its first administrator and gives the one-time password, "" when he has chosen one. Conflict
// when its code is taken, or there is one already and this is not to be Another.
func (a *App) Found(ctx context.Context, n NewAssociation) (made org.Association, password string, err error) {
	secret := access.NewSecret(ctx, n.Password)
	err = a.DB.Update(ctx, func(tx *db.Tx) error {
		all, err := org.All(ctx, tx)
		if err != nil {
			return err
		}
		if len(all) > 0 && !n.Another {
			return errs.E(errs.Conflict, "这里已经有%s，要再建一个请加 --another", named(all))
		}
		made, err = org.Create(ctx, tx, org.Association{Name: n.Name, Code: n.Code, Short: n.County})
		if err != nil {
			return err
		}
		ctx := org.With(ctx, made.ID)
		today, err := org.Today(ctx, tx)
		if err != nil {
			return err
		}
		tree, err := org.Load(ctx, tx, today)
		if err != nil {
			return err
		}
		name := n.AdminName
		if name == "" {
			name = n.Admin
		}
		password, err = access.CreateAccount(ctx, tx, access.NewAccount{Login: n.Admin, Name: name, Unit: tree.Office().ID, Password: n.Password,
			Grants: []access.Grant{{Role: access.Admin}, {Role: access.Security}}}, secret)
		return err
	})
	return made, password, err
}

// NewUser is an account to add at the machine.
type NewUser struct {
	User, FullName, Phone string
	Role                  access.Role
	UnitCode              string // "" is the office
	Modules               []string
}

// AddUser adds an account and gives its one-time password.
func (a *App) AddUser(ctx context.Context, n NewUser) (password string, err error) {
	for _, m := range n.Modules {
		if !slices.ContainsFunc(a.Modules, func(known desk.Module) bool { return known.Kind == m }) {
			return "", errs.E(errs.Invalid, "没有业务「%s」，请核对 --modules", m)
		}
	}
	if ctx, err = a.AtMachine(ctx); err != nil {
		return "", err
	}
	secret := access.NewSecret(ctx, "")
	err = a.DB.Update(ctx, func(tx *db.Tx) error {
		today, err := org.Today(ctx, tx)
		if err != nil {
			return err
		}
		tree, err := org.Load(ctx, tx, today)
		if err != nil {
			return err
		}
		home, grant := tree.Office(), access.Grant{Role: n.Role, Modules: n.Modules}
		if n.UnitCode != "" && n.UnitCode != org.OfficeCode {
			u, ok := tree.UnitByCode(n.UnitCode)
			if !ok {
				return errs.E(errs.Invalid, "没有代码为「%s」的单位，请先用 shilu org import 或在设置里建立", n.UnitCode)
			}
			home, grant.Unit = u, u.ID
		}
		name := n.FullName
		if name == "" {
			name = n.User
		}
		password, err = access.CreateAccount(ctx, tx, access.NewAccount{Login: n.User, Name: name, Phone: n.Phone, Unit: home.ID, Grants: []access.Grant{grant}}, secret)
		return err
	})
	return password, err
}

// ResetUser gives an account a new one-time password and, with codes, turns its second step of signing in off; dropped tells whether
// it was on. NotFound when there is no such account, Conflict when it is closed.
func (a *App) ResetUser(ctx context.Context, login string, codes bool) (password string, dropped bool, err error) {
	if ctx, err = a.AtMachine(ctx); err != nil {
		return "", false, err
	}
	secret := access.NewSecret(ctx, "")
	err = a.DB.Update(ctx, func(tx *db.Tx) error {
		account, err := access.FindAccount(ctx, tx, login)
		if err != nil {
			return err
		}
		if account.Closed {
			return errs.E(errs.Conflict, "账号「%s」已经停用，请在设置里重新启用", login)
		}
		if password, err = access.ResetPassword(ctx, tx, account.ID, secret); err != nil {
			return err
		}
		if dropped = codes && account.AsksCode; dropped {
			return access.DropCode(ctx, tx, account.ID)
		}
		return nil
	})
	return password, dropped, err
}

// ImportOrg adds places and units from a workbook. Places are there from the day on, where their line names none; "" while that is not
// known. Invalid when that reaches into closed days, which is for the chair to do on the pages.
func (a *App) ImportOrg(ctx context.Context, book *xlsx.Book, from day.Day) (done org.Imported, err error) {
	if ctx, err = a.AtMachine(ctx); err != nil {
		return done, err
	}
	err = a.DB.Update(ctx, func(tx *db.Tx) error {
		if done, err = org.ImportFile(ctx, tx, book, from); err != nil || done.Places+done.Units == 0 {
			return err
		}
		if done.Places > 0 {
			if err := reorg.Allow(ctx, tx, done.Since, "", "from", "from"); err != nil {
				return err
			}
		}
		if err := access.Log(ctx, tx, access.Event{Action: reorg.Listed, Reason: book.Name, Changes: []access.Change{
			{Field: "places", Label: "地点", After: fmt.Sprintf(access.NewlyAdded, done.Places)}, {Field: "units", Label: "单位", After: fmt.Sprintf(access.NewlyAdded, done.Units)}}}); err != nil {
			return err
		}
		return flow.Reseat(ctx, tx)
	})
	return done, err
}

// SetupCode is what opens the first-run pages, once, while no association is there; "" when there is one.
func (a *App) SetupCode(ctx context.Context) (string, error) {
	var all []org.Association
	err := a.DB.View(ctx, func(tx *db.Tx) (err error) {
		all, err = org.All(ctx, tx)
		return err
	})
	if err != nil || len(all) > 0 {
		return "", err
	}
	return a.setupCode, nil
}

// foundAt is Found for the first-run pages.
func (a *App) foundAt(ctx context.Context, f console.Founding) (password string, err error) {
	_, password, err = a.Found(ctx, NewAssociation{Name: f.Name, County: f.County, Admin: f.Admin.Login, AdminName: f.Admin.Name, Password: f.Admin.Password})
	return password, err
}
