package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// figureRoutes are the pages of figures and their traces.
func (c *Console) figureRoutes() []web.Route {
	read, export := string(access.Read), string(access.Export)
	return []web.Route{
		{Pattern: "GET /figures", Right: read, Handler: c.getFigures},
		{Pattern: "GET /figures/{code}", Right: read, Handler: c.getTrace},
		{Pattern: "GET /figures/{code}/export", Right: export, Handler: c.exportTrace},
		{Pattern: "GET /figures/{code}/proof", Right: read, Handler: c.getProof},
	}
}

func (c *Console) figureNav() []desk.Entry {
	return []desk.Entry{{Group: "数字", Label: "指标", Path: "/figures", Right: string(access.Read)}}
}

func errText(ctx context.Context, err error) string { return lang.Error(ctx, err) }

// figureGroup is a part of the list of figures.
type figureGroup struct {
	name    string
	figures []compared
	later   []indicator.Def // whose module is not there yet
	whyNot  []string
}

// groupsOf computes all figures that the search finds, by group.
func (c *Console) groupsOf(tx *db.Tx, v *desk.Visit) ([]figureGroup, error) {
	defs, err := v.Indicators.InForce(v.Ctx, tx, v.Scope.Period.To)
	if err != nil {
		return nil, err
	}
	defs = slices.DeleteFunc(defs, func(d indicator.Def) bool { return !found(v.At.Get("q"), d.Name, d.Alias, d.Code, d.Source, d.Line) })
	// A definition without a module is not computed; Values says why.
	var there, later []indicator.Def
	var laterCodes []string
	for _, d := range defs {
		if v.Indicators.Module(d) != "" {
			there = append(there, d)
		} else {
			later, laterCodes = append(later, d), append(laterCodes, d.Code)
		}
	}
	figures, err := c.compare(tx, v, there, true)
	if err != nil {
		return nil, err
	}
	var reasons []indicator.Figure
	if len(laterCodes) > 0 {
		if reasons, err = v.Indicators.Values(v.Ctx, tx, v.Scope, laterCodes...); err != nil {
			return nil, err
		}
	}
	groups := make([]figureGroup, 0, len(c.Shown.Groups)+1)
	at := map[string]int{}
	for _, g := range c.Shown.Groups {
		at[g.Code] = len(groups)
		groups = append(groups, figureGroup{name: v.T(g.Name)})
	}
	own := len(groups)
	groups = append(groups, figureGroup{name: v.T("本县的指标")})
	of := func(code string) *figureGroup {
		word, _, _ := strings.Cut(code, ".")
		if i, ok := at[word]; ok {
			return &groups[i]
		}
		return &groups[own]
	}
	for _, f := range figures {
		g := of(f.Now.Def.Code)
		g.figures = append(g.figures, f)
	}
	for i, d := range later {
		g := of(d.Code)
		g.later, g.whyNot = append(g.later, d), append(g.whyNot, reasons[i].Reason)
	}
	return slices.DeleteFunc(groups, func(g figureGroup) bool { return len(g.figures)+len(g.later) == 0 }), nil
}

func (c *Console) getFigures(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		groups, err := c.groupsOf(tx, v)
		if err != nil {
			return err
		}
		if as := v.At.Get("as"); as != "" {
			if err := access.Require(v.Ctx, access.Export, ""); err != nil {
				return err
			}
			return sendTable(w, v, as, v.T("指标 %s", v.Indicators.Words(v.Ctx, v.Scope, v.Tree)), figureRows(v, groups))
		}
		shown := figuresShown{At: v.At, Search: page.List{At: v.At, Search: v.T("指标名称、代码、报表")}}
		refused := true
		for _, g := range groups {
			if len(g.figures) > 0 {
				shown.Groups = append(shown.Groups, figureTable(v, g))
			}
			for _, f := range g.figures {
				refused = refused && f.NoRight
			}
			if len(g.later) > 0 {
				part := laterGroup{Name: g.name}
				for i, d := range g.later {
					part.Items = append(part.Items, laterFigure{Name: d.Name, Unit: v.T(d.Unit), Why: g.whyNot[i], Href: page.Address{Path: "/figures/" + d.Code, Query: v.Scope.Query(v.Tree)}.String()})
				}
				shown.Later = append(shown.Later, part)
				shown.LaterCount += len(g.later)
			}
		}
		if refused && len(shown.Groups) > 0 {
			_, err := indicator.Sight(v.Ctx, tx, v.Tree, v.Scope, "")
			if errs.Is(err, errs.Forbidden) {
				return c.noSight(w, r, v, err)
			}
		}
		shown.Empty = page.Empty{Title: v.T("没有找到「%s」", v.At.Get("q")), Reason: v.T("按名称、代码、所在报表找，几个词要都对上"), Out: &page.Action{Label: v.T("看全部指标"), Href: v.At.Without("q").String()}}
		if v.Actor.May(access.Export, "") {
			shown.Actions = exports(v)
		}
		return v.Render(w, r, desk.Page{Title: v.T("指标"), Tags: []string{"kind", "subject"}}, figuresPage(shown))
	})
}

func figureTable(v *desk.Visit, g figureGroup) figureSection {
	s := figureSection{Name: g.name, List: page.List{Title: g.name, Columns: append(comparedColumns(v), page.Column{Label: v.T("说明")})}}
	for _, f := range g.figures {
		row := f.row(v)
		row.Cells = append(row.Cells, page.Remark(f.remark(v)))
		s.List.Rows = append(s.List.Rows, row)
	}
	return s
}

func comparedColumns(v *desk.Visit) []page.Column {
	return []page.Column{{Label: v.T("指标"), Kind: page.MainColumn}, {Label: v.T("数字"), Kind: page.NumColumn, Plain: true}, {Label: v.T("上年同期"), Kind: page.NumColumn}, {Label: v.T("比上年")}}
}

// figureRows is the list as a table of a file.
func figureRows(v *desk.Visit, groups []figureGroup) xlsx.Table {
	table := xlsx.Table{Name: v.T("指标"), Columns: []xlsx.Column{{Title: v.T("种类"), Width: 14}, {Title: v.T("代码"), Kind: xlsx.AsText, Width: 30}, {Title: v.T("指标"), Width: 28}, {Title: v.T("数字")},
		{Title: v.T("单位")}, {Title: v.T("上年同期")}, {Title: v.T("待核实条数")}, {Title: v.T("其中估计")}, {Title: v.T("其中缺佐证")}, {Title: v.T("说明"), Width: 30}, {Title: v.T("来源"), Width: 24}, {Title: v.T("口径"), Width: 50}}}
	var rows [][]any
	for _, g := range groups {
		for _, f := range g.figures {
			d := f.Now.Def
			reason := f.Now.Reason
			if f.NoRight {
				reason = v.T("无权查看")
			}
			rows = append(rows, []any{g.name, d.Code, d.Name, cellAmount(d, f.Now.Value), v.T(d.Unit), cellAmount(d, f.Last.Value), f.Now.PendingRecords,
				cellAmount(d, f.Now.Estimated), cellAmount(d, f.Now.Unproved), reason, strings.TrimSpace(d.Source + " " + d.Line), d.Definition})
		}
		for i, d := range g.later {
			rows = append(rows, []any{g.name, d.Code, d.Name, nil, v.T(d.Unit), nil, nil, nil, nil, g.whyNot[i], strings.TrimSpace(d.Source + " " + d.Line), d.Definition})
		}
	}
	table.Rows = xlsx.Values(rows)
	return table
}
