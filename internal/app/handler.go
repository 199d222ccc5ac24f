package app

import (
	"log/slog"
	"net/http"

	"shilu/internal/face/console"
	"shilu/internal/kit/web"
)

// Handler is the whole of what is served: the console with the pages of the modules.
func (a *App) Handler(log *slog.Logger) http.Handler {
	c := &console.Console{Desk: a.Desk, Modules: a.Modules}
	a.Desk.Nav = c.Nav()
	return web.New(web.Options{Routes: a.Routes(c), Guard: c.Guard, ErrorPage: c.ErrorPage, Log: log})
}

// Routes are all addresses with their rights; a test keeps the table of who may what.
func (a *App) Routes(c *console.Console) []web.Route {
	routes := c.Routes()
	for _, m := range a.Modules {
		routes = append(routes, m.Routes...)
	}
	return routes
}
