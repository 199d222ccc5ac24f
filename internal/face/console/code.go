package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/boombuler/barcode/qr"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

const (
	codePath   = "/me/code"    // 动态口令
	signInCode = "/login/code" // the second step of signing in
)

func (c *Console) codeRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET " + signInCode, Right: web.Public, Handler: c.getSignInCode},
		{Pattern: "POST " + signInCode, Right: web.Public, Handler: c.postSignInCode},
		{Pattern: "GET " + codePath, Right: desk.SignedIn, Handler: c.getCode},
		{Pattern: "POST " + codePath, Right: desk.SignedIn, Handler: c.postCode},
		{Pattern: "POST " + codePath + "/off", Right: desk.SignedIn, Handler: c.postCodeOff},
		{Pattern: "POST " + codePath + "/spare", Right: desk.SignedIn, Handler: c.postSpare},
		{Pattern: "POST " + accountsPath + "/{login}/code/off", Right: string(access.Secure), Handler: c.postDropCode},
	}
}

// groups are the letters of a secret in fours, as people copy them.
func groups(secret string) string {
	var parts []string
	for part := range slices.Chunk([]byte(secret), 4) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, " ")
}

// square is a QR code as the path of its dark squares, each one unit wide.
type square struct {
	size int
	path string
}

func newSquare(text string) (square, error) {
	code, err := qr.Encode(text, qr.L, qr.Auto)
	if err != nil {
		return square{}, fmt.Errorf("draw a QR code: %w", err)
	}
	s := square{size: code.Bounds().Dx()}
	var path strings.Builder
	for y := range s.size {
		for x := range s.size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	s.path = path.String()
	return s, nil
}

func (c *Console) getSignInCode(w http.ResponseWriter, r *http.Request) error {
	next := web.LocalPath(r.URL.Query().Get("next"))
	if access.From(r.Context()).SignedIn() {
		web.Redirect(w, r, next)
		return nil
	}
	return c.showSignInCode(w, r, page.CodeStep{Next: next, Remember: r.URL.Query().Has("remember")})
}

func (c *Console) showSignInCode(w http.ResponseWriter, r *http.Request, s page.CodeStep) error {
	ctx := r.Context()
	var err error
	if s.Association, err = c.associationName(ctx); err != nil {
		return err
	}
	s.Action, s.Leave, s.Version = signInCode, "/login?next="+url.QueryEscape(s.Next), c.Desk.Version
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if s.Error != "" || s.Locked != "" {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	return page.CodePage(s).Render(ctx, w)
}

func (c *Console) postSignInCode(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s := page.CodeStep{Next: web.LocalPath(f.Text("next", "下一页", 2000)), Remember: f.Bool("remember")}
	code := f.Secret("code")
	if strings.TrimSpace(code) == "" {
		s.Error = lang.T(ctx, "请写动态口令")
		return c.showSignInCode(w, r, s)
	}
	token, actor, err := c.Codes.Finish(ctx, web.Cookie(r, sessionCookie), code, web.Address(r))
	switch errs.KindOf(err) {
	case "":
	case errs.TooMany:
		s.Locked = lang.Error(ctx, err)
		return c.showSignInCode(w, r, s)
	case errs.Invalid:
		s.Error = oneSentence(r, err)
		return c.showSignInCode(w, r, s)
	case errs.SignIn:
		return c.showLogin(w, r, page.Login{Next: s.Next, Notice: lang.Error(ctx, err)})
	default:
		return err
	}
	var age time.Duration
	if s.Remember {
		age = rememberDays * 24 * time.Hour
	}
	web.SetCookie(w, r, sessionCookie, token, age)
	enter(w, r, actor, s.Next)
	return nil
}

// enter leads somebody who has signed in to where he wanted to go.
func enter(w http.ResponseWriter, r *http.Request, actor access.Actor, next string) {
	if actor.MustChange {
		next = "/password"
	}
	web.Redirect(w, r, next)
}

func (c *Console) getCode(w http.ResponseWriter, r *http.Request) error {
	return c.showCode(w, r, "", nil)
}

// showCode shows how to turn codes on, or what can be done with those that are on.
func (c *Console) showCode(w http.ResponseWriter, r *http.Request, sealed string, wrong []page.FieldError) error {
	w.Header().Set("Cache-Control", "no-store")
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		d := draft{v, nil, wrong}
		field := d.field("code", v.T("动态口令"))
		field.Hint = v.T("手机上的 6 位数字，或一个备用码")
		left, err := c.Codes.Spare(v.Ctx, tx)
		var body templ.Component
		switch {
		case errs.Is(err, errs.NotFound):
			field.Hint = ""
			offer, err := c.offer(v, sealed)
			if err != nil {
				return err
			}
			q, err := newSquare(offer.Address)
			if err != nil {
				return err
			}
			body = page.Around(page.FormBox(page.Form{Action: codePath, Errors: wrong, Lead: d.lead(), Says: v.T("开了以后，登录先写密码，再写手机上的数字。别处的登录会退出"),
				Buttons: []page.Action{{Label: v.T("开动态口令"), Kind: page.Primary}}, Leave: &page.Action{Label: v.T("不开了"), Href: "/me"}}),
				codeOffer(q, offer), codeField(field))
		case err != nil:
			return err
		default:
			body = templ.Join(page.Facts([]page.Fact{{Label: v.T("动态口令"), Value: v.T("开着")}, {Label: v.T("备用码"), Value: v.T("还有 %d 个", left)}}),
				page.Around(page.FormBox(page.Form{Action: codePath + "/spare", Errors: wrong, Lead: d.lead(), Says: v.T("重新生成备用码，原来的作废。换手机请先关掉，再开"),
					Buttons: []page.Action{{Label: v.T("重新生成备用码"), Kind: page.Primary}, {Label: v.T("关动态口令"), To: codePath + "/off", Kind: page.Danger}}, Leave: &page.Action{Label: v.T("不改了"), Href: "/me"}}), codeField(field)))
		}
		d.status(w)
		return v.Render(w, r, desk.Page{Title: v.T("动态口令"), Path: "/settings", NoScope: true}, templ.Join(page.FormTitle(page.FormHead{Title: v.T("动态口令"), Crumbs: meCrumbs(v, v.T("动态口令"))}), body))
	})
}

func codeField(f page.Field) templ.Component {
	return page.InputField(page.Input{Field: f, Autocomplete: "one-time-code", MaxLength: 20, Focus: true})
}

// offer is the secret that a form carried, or a new one where it carried none or one that is too old.
func (c *Console) offer(v *desk.Visit, sealed string) (access.CodeOffer, error) {
	const issuer = "实录" // short: the fewer squares, the surer a poor camera reads them
	if sealed != "" {
		if o, err := c.Codes.OfferAgain(v.Ctx, sealed, issuer); err == nil || !errs.Is(err, errs.Invalid) {
			return o, err
		}
	}
	return c.Codes.Offer(v.Ctx, issuer)
}

func meCrumbs(v *desk.Visit, label string) []page.NavItem {
	return []page.NavItem{{Label: v.T("设置"), Href: "/settings"}, {Label: v.T("我的账号"), Href: "/me"}, {Label: label}}
}

// withCode does something that takes a code; what is wrong with it is shown with the form again.
func (c *Console) withCode(w http.ResponseWriter, r *http.Request, do func(f *web.Form, code string) error) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	code := f.Secret("code")
	sealed := f.Values.Get("sealed")
	if strings.TrimSpace(code) == "" {
		return c.showCode(w, r, sealed, []page.FieldError{{Name: "code", Text: lang.T(r.Context(), "请写动态口令")}})
	}
	err = do(f, code)
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.TooMany) {
		var e *errs.Error
		if errors.As(err, &e) && len(e.Fields) == 0 {
			return c.showCode(w, r, sealed, []page.FieldError{{Name: "code", Text: lang.Error(r.Context(), err)}})
		}
		return c.showCode(w, r, sealed, desk.FieldErrors(r.Context(), err))
	}
	return err
}

func (c *Console) postCode(w http.ResponseWriter, r *http.Request) error {
	return c.withCode(w, r, func(f *web.Form, code string) error {
		spare, err := c.Codes.Accept(r.Context(), web.Cookie(r, sessionCookie), f.Values.Get("sealed"), code)
		if err != nil {
			return err
		}
		return c.showSpare(w, r, lang.T(r.Context(), "动态口令已开"), spare)
	})
}

func (c *Console) postSpare(w http.ResponseWriter, r *http.Request) error {
	return c.withCode(w, r, func(_ *web.Form, code string) error {
		spare, err := c.Codes.Respare(r.Context(), code)
		if err != nil {
			return err
		}
		return c.showSpare(w, r, lang.T(r.Context(), "备用码已重新生成"), spare)
	})
}

// showSpare answers with spare codes: they are on this page and nowhere else.
func (c *Console) showSpare(w http.ResponseWriter, r *http.Request, title string, codes []string) error {
	return c.Desk.View(r, func(_ *db.Tx, v *desk.Visit) error {
		w.Header().Set("Cache-Control", "no-store")
		return v.Render(w, r, desk.Page{Title: title, Path: "/settings", NoScope: true}, templ.Join(
			page.RecordTitle(page.RecordHead{Title: title, Crumbs: meCrumbs(v, v.T("备用码"))}), spareSlips(codes),
			page.Buttons([]page.Action{{Label: v.T("收好了，回我的账号"), Href: "/me", Kind: page.Primary}})))
	})
}

func (c *Console) postCodeOff(w http.ResponseWriter, r *http.Request) error {
	return c.withCode(w, r, func(_ *web.Form, code string) error {
		if err := c.Codes.Off(r.Context(), code); err != nil {
			return err
		}
		desk.Toast(w, r, lang.T(r.Context(), "动态口令已关"), "")
		web.Redirect(w, r, "/me")
		return nil
	})
}

func (c *Console) postDropCode(w http.ResponseWriter, r *http.Request) error {
	a, err := c.act(r, func(ctx context.Context, tx *db.Tx, a access.Account) error { return access.DropCode(ctx, tx, a.ID) })
	if err != nil {
		return err
	}
	return done(w, r, a, "%s的动态口令已关")
}
