package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// accountForm is a form about one account.
type accountForm struct {
	to, crumb, title, says, verb string
	fields                       []templ.Component
}

// accountValues gives what a form about the account of the address begins with.
func (c *Console) accountValues(r *http.Request, of func(tree *org.Tree, a access.Account) url.Values) (values url.Values, err error) {
	err = c.Desk.DB.View(r.Context(), func(tx *db.Tx) error {
		a, err := account(r.Context(), tx, r.PathValue("login"))
		if err != nil {
			return err
		}
		tree, err := todayTree(r.Context(), tx)
		if err != nil {
			return err
		}
		values = of(tree, a)
		return nil
	})
	return values, err
}

// showAccountForm shows a form about the account of the address.
func (c *Console) showAccountForm(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError, make func(d draft, tree *org.Tree, a access.Account) accountForm) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		a, err := account(v.Ctx, tx, r.PathValue("login"))
		if err != nil {
			return err
		}
		tree, err := treeToday(v, tx)
		if err != nil {
			return err
		}
		d := draft{v, values, wrong}
		f := make(d, tree, a)
		d.status(w)
		at := accountsPath + "/" + a.Login
		crumbs := []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("账号"), Href: accountsPath}, {Label: a.Name, Href: at}, {Label: f.crumb}}
		return v.Render(w, r, desk.Page{Title: a.Name, Path: "/settings", NoScope: true}, templ.Join(
			page.FormTitle(page.FormHead{Title: f.title, Crumbs: crumbs}),
			page.Around(page.FormBox(page.Form{Action: at + f.to, Errors: wrong, Lead: d.lead(), Says: f.says,
				Buttons: []page.Action{{Label: f.verb, Kind: page.Primary}}, Leave: &page.Action{Label: v.T("不改了"), Href: at}}), f.fields...)))
	})
}

func (c *Console) getProfile(w http.ResponseWriter, r *http.Request) error {
	values, err := c.accountValues(r, func(tree *org.Tree, a access.Account) url.Values {
		return url.Values{"name": {a.Name}, "unit": {tree.Unit(a.Unit).Code}}
	})
	if err != nil {
		return err
	}
	return c.showProfile(w, r, values, nil)
}

func (c *Console) showProfile(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.showAccountForm(w, r, values, wrong, func(d draft, tree *org.Tree, a access.Account) accountForm {
		phone := optional(d.field("phone", d.T("电话")))
		phone.Hint = d.T("不改就空着")
		if a.Phone != "" {
			phone.Note = d.T("现在是 %s", a.Phone)
		}
		fields := []templ.Component{page.InputField(page.Input{Field: d.field("name", d.T("姓名")), MaxLength: 40}),
			page.InputField(page.Input{Field: phone, InputMode: "tel", MaxLength: 20, Autocomplete: "off"}),
			page.SelectField(page.Select{Field: d.field("unit", d.T("单位")), Options: openUnits(tree)})}
		if a.Phone != "" {
			fields = append(fields, page.CheckField(page.Checks{Field: page.Field{Name: "forget", Label: d.T("不再用电话登录"), Optional: true}, Chosen: values["forget"],
				Options: []page.Option{{Value: "1", Label: d.T("删去电话")}}}))
		}
		return accountForm{"/edit", d.T("改资料"), d.T("改%s的资料", a.Name), d.T("以前的事仍写当时的姓名"), d.T("保存资料"), fields}
	})
}

func (c *Console) postProfile(w http.ResponseWriter, r *http.Request) error {
	login := r.PathValue("login")
	f, wrong, err := c.posted(r, func(ctx context.Context, tx *db.Tx, f *web.Form) error {
		a, err := account(ctx, tx, login)
		if err != nil {
			return err
		}
		tree, err := todayTree(ctx, tx)
		if err != nil {
			return err
		}
		p := access.Profile{Name: f.Required("name", "姓名", 40), Phone: f.Text("phone", "电话", 20), Unit: readUnit(f, tree, "unit")}
		if err := f.Err(); err != nil {
			return err
		}
		if p.Phone == "" && !f.Bool("forget") {
			return access.SetName(ctx, tx, a.ID, p.Name, p.Unit)
		}
		return access.SetProfile(ctx, tx, a.ID, p)
	})
	if err != nil {
		return err
	}
	if wrong != nil {
		return c.showProfile(w, r, f.Values, wrong)
	}
	desk.Toast(w, r, lang.T(r.Context(), "资料已改"), "")
	web.Redirect(w, r, accountsPath+"/"+login)
	return nil
}

func (c *Console) getGrants(w http.ResponseWriter, r *http.Request) error {
	values, err := c.accountValues(r, func(tree *org.Tree, a access.Account) url.Values { return grantValues(tree, a.Grants) })
	if err != nil {
		return err
	}
	return c.showGrants(w, r, values, nil)
}

func (c *Console) showGrants(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.showAccountForm(w, r, values, wrong, func(d draft, tree *org.Tree, a access.Account) accountForm {
		return accountForm{"/roles", d.T("改角色"), d.T("改%s的角色", a.Name), d.T("马上生效，已登录的也一样"), d.T("保存角色"), []templ.Component{c.grantRows(d, tree)}}
	})
}

func (c *Console) postGrants(w http.ResponseWriter, r *http.Request) error {
	login := r.PathValue("login")
	f, wrong, err := c.posted(r, func(ctx context.Context, tx *db.Tx, f *web.Form) error {
		if f.Has("rows") {
			return errAddRow
		}
		a, err := account(ctx, tx, login)
		if err != nil {
			return err
		}
		tree, err := todayTree(ctx, tx)
		if err != nil {
			return err
		}
		grants := c.readGrants(f, tree)
		if err := f.Err(); err != nil {
			return err
		}
		return access.SetGrants(ctx, tx, a.ID, grants)
	})
	switch {
	case errors.Is(err, errAddRow):
		changeRows(f.Values)
		return c.showGrants(w, r, f.Values, nil)
	case err != nil:
		return err
	case wrong != nil:
		return c.showGrants(w, r, f.Values, wrong)
	}
	desk.Toast(w, r, lang.T(r.Context(), "角色已改"), "")
	web.Redirect(w, r, accountsPath+"/"+login)
	return nil
}

// act does something with the account that the address names.
func (c *Console) act(r *http.Request, do func(ctx context.Context, tx *db.Tx, a access.Account) error) (a access.Account, err error) {
	ctx := r.Context()
	err = c.Desk.DB.Update(ctx, func(tx *db.Tx) error {
		if a, err = account(ctx, tx, r.PathValue("login")); err != nil {
			return err
		}
		return do(ctx, tx, a)
	})
	return a, err
}

// done leads back to the account's page with a sentence.
func done(w http.ResponseWriter, r *http.Request, a access.Account, text string) error {
	desk.Toast(w, r, lang.T(r.Context(), text, a.Name), "")
	web.Redirect(w, r, accountsPath+"/"+a.Login)
	return nil
}

func (c *Console) postReset(w http.ResponseWriter, r *http.Request) error {
	var password string
	secret := access.NewSecret(r.Context(), "")
	a, err := c.act(r, func(ctx context.Context, tx *db.Tx, a access.Account) (err error) {
		password, err = access.ResetPassword(ctx, tx, a.ID, secret)
		return err
	})
	if err != nil {
		return err
	}
	return c.showPasswords(w, r, lang.T(r.Context(), "%s的密码已重置", a.Name), []handed{{a, password}})
}

func (c *Console) postReopen(w http.ResponseWriter, r *http.Request) error {
	var password string
	secret := access.NewSecret(r.Context(), "")
	a, err := c.act(r, func(ctx context.Context, tx *db.Tx, a access.Account) (err error) {
		password, err = access.ReopenAccount(ctx, tx, a.ID, secret)
		return err
	})
	if err != nil {
		return err
	}
	return c.showPasswords(w, r, lang.T(r.Context(), "%s的账号已重新启用", a.Name), []handed{{a, password}})
}

func (c *Console) postUnlock(w http.ResponseWriter, r *http.Request) error {
	a, err := c.act(r, func(ctx context.Context, tx *db.Tx, a access.Account) error { return access.Unlock(ctx, tx, a.ID) })
	if err != nil {
		return err
	}
	return done(w, r, a, "%s可以登录了")
}

func (c *Console) postClose(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	reason := f.Required("reason", "原因", 200)
	if err := f.Err(); err != nil {
		return err
	}
	a, err := c.act(r, func(ctx context.Context, tx *db.Tx, a access.Account) error {
		return access.CloseAccount(ctx, tx, a.ID, reason)
	})
	if err != nil {
		return err
	}
	return done(w, r, a, "%s的账号已停用")
}

// handed is an account with the one-time password that is to be handed over.
type handed struct {
	Account  access.Account
	Password string
}

// showPasswords answers with one-time passwords: they are on this page and nowhere else.
func (c *Console) showPasswords(w http.ResponseWriter, r *http.Request, title string, all []handed) error {
	return c.Desk.View(r, func(_ *db.Tx, v *desk.Visit) error {
		w.Header().Set("Cache-Control", "no-store")
		links := []page.Action{{Label: v.T("看账号"), Href: accountsPath + "/" + all[0].Account.Login, Kind: page.Primary}, {Label: v.T("看全部账号"), Href: accountsPath}}
		return v.Render(w, r, desk.Page{Title: title, Path: "/settings", NoScope: true}, templ.Join(
			page.RecordTitle(page.RecordHead{Title: title, Crumbs: accountCrumbs(v, v.T("一次性密码"))}), passwordSlips(all, signInAt(r)), page.Buttons(links)))
	})
}

// signInAt is the address of the sign-in page as the reader's browser knows it.
func signInAt(r *http.Request) string {
	scheme := "http"
	if web.OverTLS(r) {
		scheme = "https"
	}
	return scheme + "://" + r.Host + "/login"
}
