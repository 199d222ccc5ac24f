package console

import (
	"net/http"

	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

func (c *Console) homeRoutes() []web.Route {
	return []web.Route{{Pattern: "GET /{$}", Right: desk.SignedIn, Handler: c.getHome}}
}

func (c *Console) getHome(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		return v.Render(w, r, desk.Page{Title: v.T("首页")}, page.Words(v.T("首页")))
	})
}
