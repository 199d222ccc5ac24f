package training

import (
	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/kit/web"
)

// Noun is the measure word of a class.
const Noun = "期"

// pages are the pages of training in the console.
type pages struct {
	*Service
	Desk *desk.Desk
}

func (p *pages) routes() []web.Route {
	route := func(pattern string, right access.Right, h web.Handler) web.Route {
		return web.Route{Pattern: pattern, Right: string(right), Module: Kind, Handler: h}
	}
	return append([]web.Route{
		route("GET /training", access.Read, p.getList),
		route("GET /training/export", access.Export, p.getExport),
		route("POST /training/batch/export", access.Export, p.postExport),
		route("GET /training/new", access.Write, p.getNew),
		route("POST /training/new", access.Write, p.postNew),
		route("POST /training/new/drop", access.Write, p.postDrop),
		route("POST /training/keep", access.Write, p.postKeep),
		route("POST /training/preview", access.Write, p.postPreview),
		route("GET /training/{number}", access.Read, p.getRecord),
		route("GET /training/{number}/edit", access.Write, p.getEdit),
		route("POST /training/{number}/edit", access.Write, p.postEdit),
	}, p.Desk.MoveRoutes(desk.Moves{Kind: Kind, Title: "培训班", Noun: Noun, Submit: p.Submit, Withdraw: p.Withdraw, Verify: p.Verify, Return: p.Return, Void: p.Void,
		Delete: p.Delete, VerifyMany: p.VerifyMany, ReturnMany: p.ReturnMany, Record: p.showRecord, List: p.showList})...)
}
