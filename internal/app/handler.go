package app

import (
	"context"
	"log/slog"
	"net/http"
	"slices"

	"shilu/internal/face/api"
	"shilu/internal/face/console"
	"shilu/internal/kit/web"
)

// Handler is the whole of what is served: the console with the pages of the modules, and the entrance for programs.
func (a *App) Handler(log *slog.Logger) http.Handler {
	c := a.Console()
	a.Desk.Nav, a.Desk.AskedN = c.Nav(), c.AskedN()
	return web.New(web.Options{Routes: a.Routes(c), Guard: a.Guard(c), ErrorPage: c.ErrorPage, Proxies: a.Config.Proxies, Observe: a.requests.Observe, Log: log})
}

// Console is the entrance of the staff, wired.
func (a *App) Console() *console.Console {
	c := &console.Console{Desk: a.Desk, Modules: a.Modules, Shown: a.Shown, Intake: a.Intake, Reports: a.Reports, Jobs: a.Jobs, Keeper: a.Keeper, Upkeep: a.Upkeep, Codes: a.Codes, Seal: a.Seal, Verify: a.Verify,
		Authority: a.Config.Authority, SetupCode: a.setupCode, Serves: a.Config.Association, Found: a.foundAt}
	a.Desk.Uses = c.RecordUses
	return c
}

// API is the entrance for programs, wired.
func (a *App) API(c *console.Console) *api.API {
	return api.New(api.API{Desk: a.Desk, Modules: a.Modules, Reports: a.Reports, Keeper: a.Keeper, Association: c.Association})
}

// Guard says who asks and whether they may: people by their session, programs by their token.
func (a *App) Guard(c *console.Console) func(r *http.Request, right, module string) (context.Context, error) {
	programs := a.API(c)
	return func(r *http.Request, right, module string) (context.Context, error) {
		if api.Here(r) {
			return programs.Guard(r, right, module)
		}
		return c.Guard(r, right, module)
	}
}

// Routes are all addresses with their rights; a test keeps the table of who may what.
func (a *App) Routes(c *console.Console) []web.Route {
	routes := slices.Concat(c.Routes(), a.healthRoutes(), a.API(c).Routes())
	for _, m := range a.Modules {
		routes = append(routes, m.Routes...)
	}
	return routes
}
