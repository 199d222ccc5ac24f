// Package console is the entrance of the staff: sign-in, navigation, home, figures and their traces, imports, evidence, reports,
// settings. It routes and shows; what is done is done by core, work and insight.
package console

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/intake"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/upkeep"
	"shilu/internal/insight/report"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
	webassets "shilu/web"
)

// Console is filled once, at the start.
type Console struct {
	Desk    *desk.Desk
	Modules []desk.Module
	Shown   Shown
	Intake  *intake.Engine
	Reports *report.Service
	Jobs    *jobs.Runner
	Keeper  *log.Keeper
	Upkeep  *upkeep.Service
	Codes   access.Codes
	// Authority is the certificate (PEM) that computers are to trust, where the program has an authority of its own.
	Authority []byte
	// Seal numbers and signs both logs of the association; Verify recomputes it.
	Seal   func(ctx context.Context) (log.Checkpoint, error)
	Verify func(ctx context.Context, report log.Report) error

	// Serves is the code of the association that every host name is, where there are several; "" goes by host name.
	Serves string

	// SetupCode opens the first-run pages while there is no association; Found makes it with its first administrator and gives his
	// one-time password.
	SetupCode string
	Found     func(ctx context.Context, f Founding) (password string, err error)

	first firstRun
	hosts hostCache
}

// Routes are all addresses of the console but those of the modules.
func (c *Console) Routes() []web.Route {
	return slices.Concat(
		[]web.Route{{Pattern: "GET " + webassets.Prefix, Right: web.Static, Handler: web.Plain(webassets.Handler())}},
		c.gateRoutes(), c.codeRoutes(), c.trustRoutes(), c.setupRoutes(), c.homeRoutes(), c.viewRoutes(), c.figureRoutes(), c.importRoutes(), c.evidenceRoutes(), c.reportRoutes(), c.ledgerRoutes(), c.closingRoutes(), c.changeRoutes(), c.settingRoutes(),
	)
}

// Nav is the navigation of the console with the modules' entries.
func (c *Console) Nav() []desk.Entry {
	nav := []desk.Entry{{Label: "首页", Path: "/", Right: desk.SignedIn}}
	for _, m := range c.Modules {
		nav = append(nav, m.Nav...)
	}
	return slices.Concat(nav, c.figureNav(), c.reportNav(), c.ledgerNav(), c.settingNav())
}

// AskedN are the counts of what modules ask beside records, by kind, for the number beside 待办.
func (c *Console) AskedN() map[string]func(tx *db.Tx, v *desk.Visit) (int64, error) {
	all := map[string]func(tx *db.Tx, v *desk.Visit) (int64, error){}
	for _, m := range c.Modules {
		if m.AskedN != nil {
			all[m.Kind] = m.AskedN
		}
	}
	return all
}

const (
	sessionCookie  = "shilu"
	languageCookie = "shilu-lang"
)

// Guard says who asks and whether they may: the host decides the association, the session's cookie the person.
func (c *Console) Guard(r *http.Request, right, module string) (context.Context, error) {
	ctx := inLanguage(r)
	if right == desk.Setup {
		return c.guardSetup(ctx, r)
	}
	association, err := c.Association(ctx, r.Host)
	if err != nil {
		return ctx, err
	}
	ctx = org.With(ctx, association)
	token := web.Cookie(r, sessionCookie)
	actor, err := access.Authenticate(ctx, c.Desk.DB, token)
	if err != nil {
		if right == web.Public && errs.Is(err, errs.SignIn) {
			return ctx, nil
		}
		return ctx, err
	}
	actor.Address, actor.Request = web.Address(r), web.Number(r.Context())
	ctx = page.WithCSRF(access.With(ctx, actor), csrfToken(token))
	if right == web.Public {
		return ctx, nil
	}
	if err := mayFollow(ctx, actor, right, module); err != nil {
		return ctx, err
	}
	return ctx, checkCSRF(r, token) // last: it reads the form, up to a whole upload
}

// inLanguage is the request's context with the language that its cookie asks for.
func inLanguage(r *http.Request) context.Context {
	if web.Cookie(r, languageCookie) == string(lang.English) {
		return lang.With(r.Context(), lang.English)
	}
	return r.Context()
}

func mayFollow(ctx context.Context, actor access.Actor, right, module string) error {
	switch {
	case right == desk.Password:
		return nil
	case actor.MustChange:
		return errs.E(errs.Forbidden, "请先把一次性密码改掉")
	case right == desk.SignedIn:
		return nil
	}
	return access.Require(ctx, access.Right(right), module)
}

// errNobody is the cause when no association has the host.
var errNobody = errors.New("no association has this host")

// Association finds whose host it is; Unavailable while nothing is set up.
func (c *Console) Association(ctx context.Context, host string) (string, error) {
	if known, ok := c.hosts.get(host); ok {
		return known, nil
	}
	var found org.Association
	several := false
	err := c.Desk.DB.View(ctx, func(tx *db.Tx) error {
		all, err := org.All(ctx, tx)
		if err != nil {
			return err
		}
		for _, one := range all {
			if len(all) > 1 && one.Code == c.Serves {
				found = one
				return nil
			}
		}
		found, err = org.ByHost(ctx, tx, host)
		several = len(all) > 0
		return err
	})
	if errs.Is(err, errs.NotFound) && several {
		return "", errs.E(errs.Unavailable, "这里有几个科协，这个网址不是其中任何一个的；请在服务器上用 --association 说明是哪一个，再启动实录")
	}
	if errs.Is(err, errs.NotFound) {
		return "", errs.E(errs.Unavailable, "请用服务器上启动实录时显示的链接（…/setup?code=…）开始设置，或在服务器上运行 shilu init").Because(errNobody)
	}
	if err != nil {
		return "", err
	}
	c.hosts.put(host, found.ID)
	return found.ID, nil
}

// ErrorPage says what went wrong and what one can do.
func (c *Console) ErrorPage(w http.ResponseWriter, r *http.Request, status int, err error, number string) {
	ctx := inLanguage(r) // the guard was not asked where there is no such page
	f := page.Fault{Status: status, Text: lang.Error(ctx, err), Number: number, Association: lang.T(ctx, "实录"), Actions: []page.Action{{Label: lang.T(ctx, "回首页"), Href: "/"}}}
	if errors.Is(err, errNobody) {
		f.Title, f.Number, f.Actions = lang.T(ctx, "还没有建立科协"), "", nil
	}
	if errs.Is(err, errs.Unavailable) && f.Title == "" {
		f.Title = lang.T(ctx, web.Title(err))
	}
	if errors.Is(err, db.ErrOutgrown) { // nothing to look for in the log
		f.Number = ""
	}
	actor := access.From(ctx)
	if actor.MustChange {
		f.Actions = []page.Action{{Label: lang.T(ctx, "改密码"), Href: "/password", Kind: page.Primary}}
	}
	if actor.SignedIn() && !actor.MustChange && !web.Partial(r) {
		framed := c.Desk.View(r.Clone(ctx), func(_ *db.Tx, v *desk.Visit) error {
			v.At = page.Address{Path: r.URL.Path}
			f.Association = v.Association.Name
			return v.Render(w, r, desk.Page{Title: lang.T(ctx, web.Title(err)), NoScope: true}, page.FaultBody(f))
		})
		if framed == nil {
			return
		}
	}
	_ = page.FaultPage(f).Render(ctx, w)
}
