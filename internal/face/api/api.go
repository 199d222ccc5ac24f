// Package api is the entrance for programs: JSON under /api/v1, described by a document that is made from the same table as the routes.
// It routes and translates; what is done is done by core, work and insight.
package api

import (
	"context"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/insight/report"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// Root is where all addresses of the API begin.
const Root = "/api/v1"

// API is filled once, at the start.
type API struct {
	Desk    *desk.Desk
	Modules []desk.Module
	Reports *report.Service
	Keeper  *log.Keeper
	// Association finds whose host it is.
	Association func(ctx context.Context, host string) (string, error)

	limits *limits
}

// New makes the entrance of what is given.
func New(given API) *API {
	given.limits = &limits{window{most: mostWrong}, window{most: mostAsked}}
	return &given
}

// Here reports whether a request is for the API.
func Here(r *http.Request) bool { return r.URL.Path == Root || strings.HasPrefix(r.URL.Path, Root+"/") }

// Guard says in whose name a program asks, by its token, and whether they may. Cookies are not looked at, so that no page can send
// anything in the name of who is signed in.
func (a *API) Guard(r *http.Request, right, module string) (context.Context, error) {
	ctx := lang.With(r.Context(), lang.Asked(r.Header.Get("Accept-Language")))
	association, err := a.Association(ctx, r.Host)
	if err != nil {
		return ctx, err
	}
	ctx = org.With(ctx, association)
	if strings.ContainsFunc(r.URL.Path, unicode.IsControl) || !utf8.ValidString(r.URL.Path) {
		return ctx, errs.E(errs.NotFound, "地址可能写错了，或者这一页已经搬走")
	}
	now, address := a.Desk.DB.Now(), web.Address(r)
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return ctx, errs.E(errs.SignIn, "请在 Authorization 里带上令牌：Bearer %s…；令牌在「我的账号」里新建", access.TokenPrefix)
	}
	actor, token, err := access.AuthenticateToken(ctx, a.Desk.DB, strings.TrimSpace(secret))
	if err != nil {
		if errs.Is(err, errs.SignIn) { // a good token at the same address goes on
			if full := a.limits.wrong.take(address, now); full != nil {
				return ctx, full
			}
		}
		return ctx, err
	}
	if err := a.limits.asked.take(token.ID, now); err != nil {
		return ctx, err
	}
	actor.Address, actor.Request = address, web.Number(r.Context())
	ctx = access.With(ctx, actor)
	if !token.Writes && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return ctx, errs.E(errs.Forbidden, "令牌「%s」只能读，要写请另建一个能写的", token.Name)
	}
	if right == desk.SignedIn {
		return ctx, nil
	}
	return ctx, access.Require(ctx, access.Right(right), module)
}
