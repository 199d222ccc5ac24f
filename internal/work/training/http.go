package training

import (
	"net/http"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

// pages are the pages of training in the console.
type pages struct {
	*Service
	Desk *desk.Desk
}

func (p *pages) routes() []web.Route {
	read := string(access.Read)
	return []web.Route{
		{Pattern: "GET /training", Right: read, Module: Kind, Handler: p.getList},
	}
}

func (p *pages) getList(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		return v.Render(w, r, desk.Page{Title: v.T("培训班"), Tags: []string{"kind"}}, page.ListPage(page.List{Title: v.T("培训班"), At: v.At}))
	})
}
