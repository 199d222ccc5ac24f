package console

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// rememberDays is how long a session lasts that was asked to be remembered (access.SignIn).
const rememberDays = 7

func (c *Console) gateRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /login", Right: web.Public, Handler: c.getLogin},
		{Pattern: "POST /login", Right: web.Public, Handler: c.postLogin},
		{Pattern: "POST /logout", Right: desk.Password, Handler: c.postLogout},
		{Pattern: "GET /password", Right: desk.Password, Handler: c.getPassword},
		{Pattern: "POST /password", Right: desk.Password, Handler: c.postPassword},
		{Pattern: "POST /language", Right: web.Static, Handler: postLanguage}, // whoever reads, before there is an association too
	}
}

// csrfToken is what forms carry to show that they are ours. It follows from the session's token and gives nothing of it away.
func csrfToken(session string) string {
	sum := sha256.Sum256([]byte("csrf\x00" + session))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// checkCSRF refuses a form that does not carry the token of the session. kit/web has refused what the browser says is sent from
// another site; this holds also where the browser says nothing.
func checkCSRF(r *http.Request, session string) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	sent := r.Header.Get("X-CSRF-Token")
	if sent == "" {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		sent = f.Values.Get("csrf")
	}
	if subtle.ConstantTimeCompare([]byte(sent), []byte(csrfToken(session))) != 1 {
		return errs.E(errs.Forbidden, "这张表单已经过期，没有照做。请回到上一页刷新后再交一次")
	}
	return nil
}

func (c *Console) getLogin(w http.ResponseWriter, r *http.Request) error {
	next := web.LocalPath(r.URL.Query().Get("next"))
	if access.From(r.Context()).SignedIn() {
		web.Redirect(w, r, next)
		return nil
	}
	return c.showLogin(w, r, page.Login{Next: next, Account: r.URL.Query().Get("account")})
}

func (c *Console) showLogin(w http.ResponseWriter, r *http.Request, l page.Login) error {
	ctx := r.Context()
	var err error
	if l.Association, err = c.associationName(ctx); err != nil {
		return err
	}
	l.Action, l.RememberDays, l.Version = "/login", rememberDays, c.Desk.Version
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if l.AccountError != "" || l.PasswordError != "" || l.Locked != "" {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	return page.LoginPage(l).Render(ctx, w)
}

// associationName stands on the pages before anybody is signed in.
func (c *Console) associationName(ctx context.Context) (name string, err error) {
	err = c.Desk.DB.View(ctx, func(tx *db.Tx) error {
		a, err := org.Get(ctx, tx)
		name = a.Name
		return err
	})
	return name, err
}

func (c *Console) postLogin(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	l := page.Login{Account: f.Text("account", "账号", 64), Next: web.LocalPath(f.Text("next", "下一页", 2000))}
	password := f.Secret("password")
	switch {
	case l.Account == "":
		l.AccountError = lang.T(ctx, "请写账号或手机号")
	case password == "":
		l.PasswordError = lang.T(ctx, "请写密码")
	}
	if l.AccountError != "" || l.PasswordError != "" {
		return c.showLogin(w, r, l)
	}
	remember := f.Bool("remember")
	token, actor, err := access.SignIn(ctx, c.Desk.DB, l.Account, password, remember, web.Address(r))
	switch errs.KindOf(err) {
	case "":
	case errs.TooMany:
		l.Locked = lang.Error(ctx, err)
		return c.showLogin(w, r, l)
	case errs.Invalid:
		l.PasswordError = oneSentence(r, err)
		return c.showLogin(w, r, l)
	default:
		return err
	}
	var age time.Duration
	if remember {
		age = rememberDays * 24 * time.Hour
	}
	if actor.MustCode {
		q := url.Values{"next": {l.Next}}
		if remember {
			q.Set("remember", "1")
		}
		web.SetCookie(w, r, sessionCookie, token, 0)
		web.Redirect(w, r, signInCode+"?"+q.Encode())
		return nil
	}
	web.SetCookie(w, r, sessionCookie, token, age)
	enter(w, r, actor, l.Next)
	return nil
}

// oneSentence is an error with fields as a single sentence.
func oneSentence(r *http.Request, err error) string {
	var e *errs.Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		return lang.T(r.Context(), e.Fields[0].Text, e.Fields[0].Args...)
	}
	return lang.Error(r.Context(), err)
}

// postLogout ends the session. A copy that may write no more can't; there the browser forgets it.
func (c *Console) postLogout(w http.ResponseWriter, r *http.Request) error {
	if err := access.SignOut(r.Context(), c.Desk.DB, web.Cookie(r, sessionCookie)); err != nil && !errors.Is(err, db.ErrOutgrown) {
		return err
	}
	web.SetCookie(w, r, sessionCookie, "", -1)
	web.Redirect(w, r, "/login")
	return nil
}

func (c *Console) getPassword(w http.ResponseWriter, r *http.Request) error {
	return c.showPassword(w, r, page.PasswordChange{}, http.StatusOK)
}

func (c *Console) showPassword(w http.ResponseWriter, r *http.Request, p page.PasswordChange, status int) error {
	ctx := r.Context()
	var err error
	if p.Association, err = c.associationName(ctx); err != nil {
		return err
	}
	p.Action, p.Version = "/password", c.Desk.Version
	p.Rules = []string{lang.T(ctx, "至少 8 个字符"), lang.T(ctx, "大写、小写字母、数字、符号里有三种"), lang.T(ctx, "不含账号和手机号，不用常见密码，不与最近 5 次相同")}
	if access.From(ctx).MustChange {
		p.Why = lang.T(ctx, "第一次登录，请换掉一次性密码")
	} else {
		p.Leave = &page.Action{Label: lang.T(ctx, "不改了"), Href: "/"}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	return page.PasswordPage(p).Render(ctx, w)
}

func (c *Console) postPassword(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	old, fresh := f.Secret("old"), f.Secret("password") // a secret is given once
	if fresh != f.Secret("again") {
		return c.showPassword(w, r, page.PasswordChange{AgainError: lang.T(ctx, "两次写的新密码不一样，请再写一次")}, http.StatusUnprocessableEntity)
	}
	err = access.ChangePassword(ctx, c.Desk.DB, web.Cookie(r, sessionCookie), old, fresh)
	switch errs.KindOf(err) {
	case "":
		desk.Toast(w, r, lang.T(ctx, "密码已改，别处的登录已退出"), "")
		web.Redirect(w, r, "/")
		return nil
	case errs.Invalid, errs.TooMany:
		var p page.PasswordChange
		var e *errs.Error
		if errors.As(err, &e) {
			for _, one := range e.Fields {
				text := lang.T(ctx, one.Text, one.Args...)
				switch one.Name {
				case "old":
					p.OldError = text
				default:
					if p.Error != "" {
						p.Error += lang.T(ctx, "；")
					}
					p.Error += text
				}
			}
		}
		if p.OldError == "" && p.Error == "" {
			p.OldError = lang.Error(ctx, err)
		}
		return c.showPassword(w, r, p, http.StatusUnprocessableEntity)
	}
	return err
}

// postLanguage remembers the language of the interface, and goes back to the page where it was chosen.
func postLanguage(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	tag := lang.Chinese
	if f.Values.Get("lang") == string(lang.English) {
		tag = lang.English
	}
	web.SetCookie(w, r, languageCookie, string(tag), 365*24*time.Hour)
	next := "/"
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host {
		next = web.LocalPath(from.RequestURI())
	}
	web.Redirect(w, r, next)
	return nil
}
