package facility

import (
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/web"
)

// console are the pages of facilities and of their logs.
type console struct {
	*Service
	Desk       *desk.Desk
	facilities *pages.Pages[Facility, Words]
	logs       *pages.Pages[Log, Words]
}

func (s *Service) console(d *desk.Desk) *console {
	c := &console{Service: s, Desk: d}
	c.facilities = &pages.Pages[Facility, Words]{Desk: d, Book: s.Book, Title: "科普设施", Noun: "处", Group: "业务记录", Tags: []string{"kind"}, Sheet: s.Sheet(),
		List: c.list(), Form: c.form(), Record: c.record()}
	c.logs = &pages.Pages[Log, Words]{Desk: d, Book: s.Logs, Title: "设施日志", Noun: "条", Group: "业务记录", Tags: []string{"kind"},
		List: c.logList(), Form: c.logForm(), Record: c.logRecord()}
	return c
}

// pageTabs are the pages between which tabs lead.
var pageTabs = []struct{ key, title, path string }{
	{"", "设施台账", "/" + Kind},
	{"logs", "日志", "/" + LogKind},
	{"care", "管护提醒", "/" + Kind + "/care"},
	{"matrix", "一站一栏一员", "/" + Kind + "/matrix"},
}

// routes are the addresses of facilities: those of every register, and the module's own.
func (c *console) routes() []web.Route {
	route := func(pattern string, right access.Right, h web.Handler) web.Route {
		return web.Route{Pattern: pattern, Right: string(right), Module: Kind, Handler: h}
	}
	all := instead(c.facilities.Routes(), map[string]func(web.Handler) web.Handler{
		"GET /facility":               c.ownList,
		"GET /facility/{number}/edit": c.askFirst,
	})
	return append(all,
		route("GET /facility/matrix", access.Read, c.getMatrix),
		route("GET /facility/matrix/export", access.Export, c.exportMatrix),
		route("GET /facility/care", access.Read, c.getCare),
		route("GET /facility/care/export", access.Export, c.exportCare),
		route("GET /facility/{number}/change", access.Write, c.getChange),
		route("POST /facility/{number}/change", access.Write, c.postChange))
}

// logRoutes are the addresses of logs. New ones are entered in a sheet.
func (c *console) logRoutes() []web.Route {
	return instead(c.logs.Routes(), map[string]func(web.Handler) web.Handler{
		"GET /facility.log/new":  func(web.Handler) web.Handler { return c.getSheet },
		"POST /facility.log/new": func(web.Handler) web.Handler { return c.postSheet },
	})
}

// instead puts other handlers in the place of some.
func instead(all []web.Route, by map[string]func(web.Handler) web.Handler) []web.Route {
	all = slices.Clone(all)
	for i, r := range all {
		if other := by[r.Pattern]; other != nil {
			all[i].Handler = other(r.Handler)
		}
	}
	return all
}
