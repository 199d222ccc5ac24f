package app

import (
	"log/slog"
	"net/http"

	"shilu/internal/face/console"
	"shilu/internal/kit/web"
)

// Handler is the whole of what is served: the console with the pages of the modules.
func (a *App) Handler(log *slog.Logger) http.Handler {
	c := a.Console()
	a.Desk.Nav = c.Nav()
	return web.New(web.Options{Routes: a.Routes(c), Guard: c.Guard, ErrorPage: c.ErrorPage, Proxies: a.Config.Proxies, Observe: a.requests.Observe, Log: log})
}

// Console is the entrance of the staff, wired.
func (a *App) Console() *console.Console {
	c := &console.Console{Desk: a.Desk, Modules: a.Modules, Shown: a.Shown, Intake: a.Intake, Reports: a.Reports, Jobs: a.Jobs, Keeper: a.Keeper, Upkeep: a.Upkeep, Seal: a.Seal, Verify: a.Verify,
		Authority: a.Config.Authority, SetupCode: a.setupCode, Found: a.foundAt}
	a.Desk.Uses = c.RecordUses
	return c
}

// Routes are all addresses with their rights; a test keeps the table of who may what.
func (a *App) Routes(c *console.Console) []web.Route {
	routes := append(c.Routes(), a.healthRoutes()...)
	for _, m := range a.Modules {
		routes = append(routes, m.Routes...)
	}
	return routes
}
