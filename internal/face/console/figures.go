package console

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// figureRoutes are the pages of figures and their traces.
func (c *Console) figureRoutes() []web.Route {
	read, export := string(access.Read), string(access.Export)
	return []web.Route{
		{Pattern: "GET /figures/{code}", Right: read, Handler: c.getTrace},
		{Pattern: "GET /figures/{code}/export", Right: export, Handler: c.exportTrace},
		{Pattern: "GET /figures/{code}/proof", Right: read, Handler: c.getProof},
	}
}

func (c *Console) figureNav() []desk.Entry {
	return []desk.Entry{{Group: "数字", Label: "指标", Path: "/figures", Right: string(access.Read)}}
}

func errText(ctx context.Context, err error) string { return lang.Error(ctx, err) }
