package external

import (
	"slices"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
)

// console are the pages of external figures.
type console struct {
	*Service
	Desk *desk.Desk
	own  *pages.Pages[Stated, Words]
}

// Module is what external figures tell the application.
func (s *Service) Module(d *desk.Desk) desk.Module {
	c := &console{Service: s, Desk: d}
	c.own = &pages.Pages[Stated, Words]{Desk: d, Book: s.Book, Title: "基础数据", Noun: "条", Group: "业务记录",
		Sheet: s.Sheet(), List: c.list(), Form: c.form(), Record: pages.Detail[Stated, Words]{Title: "数值与来源", Bigs: c.bigs, Facts: facts}}
	m := c.own.Module(Migrations)
	m.Whole = true
	m.Routes = append(m.Routes, c.sheetRoutes()...)
	return m
}

type (
	entry  = register.Entry[Stated]
	column = pages.Column[Stated, Words]
)

// placeWords is the place as forms and lists write it.
func (w Words) placeWords(s Stated) string {
	if s.Place == w.Tree.Root().ID {
		return w.Tree.Root().Name
	}
	return pages.PlaceWords(w.Tree, s.Place)
}

func (c *console) list() pages.List[Stated, Words] {
	plain := func(label, sort string, text func(v *desk.Visit, e entry, w Words) string) column {
		return column{Column: page.Column{Label: label, Plain: true, Sort: sort}, Cell: func(v *desk.Visit, e entry, w Words) templ.Component {
			return pages.Nowrap(text(v, e, w))
		}}
	}
	return pages.List[Stated, Words]{Search: "数据、地点、来源、编号", Unfound: "数据、地点、来源、编号里都没有", Stands: true,
		First: "人口、户数、学校、学生由别的部门公布，登记一次，覆盖率和人均的分母都从这里来。", Proved: "应有的来源文件都传了。",
		Columns: []column{pages.NumberColumn[Stated, Words](), pages.TitleColumn[Stated, Words]("数据"),
			plain("地点", "", func(v *desk.Visit, e entry, w Words) string {
				return v.T(w.placeWords(e.Body))
			}),
			{Column: page.Column{Label: "数值", Kind: page.NumColumn, Sort: "value"}, Cell: c.valueCell},
			plain("单位", "", func(v *desk.Visit, e entry, w Words) string { return v.T(c.rule(e.Body).Unit) }),
			plain("时点", "day", func(v *desk.Visit, e entry, _ Words) string { return v.T(e.Body.Day.Long()) }),
			{Column: page.Column{Label: "来源", Plain: true}, Cell: func(_ *desk.Visit, e entry, _ Words) templ.Component { return page.Cell(e.Body.Source) }},
			pages.PapersColumn[Stated, Words](), pages.StateColumn[Stated, Words]()},
		Filters: []pages.Filter[Words]{
			{Key: "figure_of", Label: "数据", Column: "figure", Tag: "figure", Named: true, Options: func(v *desk.Visit, w Words) (all []page.Option) {
				for _, r := range w.Rules.Figures() {
					all = append(all, page.Option{Value: r.Code, Label: v.T(r.Name)})
				}
				return all
			}},
			{Key: "stage", Label: "学段", Column: "stage", Tag: "stage", Options: func(v *desk.Visit, w Words) (all []page.Option) {
				for _, s := range w.Rules.stages() {
					all = append(all, page.Option{Value: s, Label: v.T(s)})
				}
				return all
			}}},
		Actions: func(v *desk.Visit) []page.Action {
			if !c.writes(v) {
				return nil
			}
			return []page.Action{{Label: v.T("按乡镇一次填"), Href: v.At.Scope("/" + Kind + "/sheet").String()}}
		}}
}

// stages are those of all figures, in the order of the catalogue.
func (r Rules) stages() (all []string) {
	for _, f := range r.figures {
		for _, s := range f.Stages {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

func (c *console) rule(s Stated) FigureRule {
	r, _ := c.Catalogue.Figure(s.Figure)
	return r
}

// valueText is the value as pages show it: 32,000, 约 32,000, 12.35.
func (c *console) valueText(v *desk.Visit, s Stated) string {
	r := c.rule(s)
	if s.Value == nil {
		return ""
	}
	if r.Decimals == 0 {
		return pages.CountText(v, s.Value)
	}
	return r.Text(s.Value)
}

func (c *console) valueCell(v *desk.Visit, e entry, _ Words) templ.Component {
	if e.Body.Value == nil {
		return page.NotFilled(v.T("未填"))
	}
	if f, ok := c.traced(v, e.Head, e.Body); ok {
		return page.FigureLink(f)
	}
	return page.Cell(c.valueText(v, e.Body))
}

// traced is the value of a verified record as the figure that has it: its indicator in its place on its day.
func (c *console) traced(v *desk.Visit, h flow.Head, s Stated) (page.Figure, bool) {
	r := c.rule(s)
	if h.State != flow.Verified || v.Tree.Place(s.Place).ID == "" {
		return page.Figure{}, false
	}
	tags := []ledger.TagIs{{Name: "figure", Values: []string{s.Figure}}, {Name: "stage", Values: []string{s.Stage}}}
	def, ok := v.Counting(r.Measure, tags)
	if !ok {
		return page.Figure{}, false
	}
	scope := indicator.Scope{Place: s.Place, Period: day.Period{From: s.Day, To: s.Day}}
	if s.Stage != "" {
		scope.Tags = tags[1:]
	}
	return page.Figure{Name: v.T("%s的%s", h.Title, v.Tree.PlaceName(s.Place)), Value: c.valueText(v, s), Href: desk.TraceHref(def.Code, scope, v.Tree)}, true
}

func (c *console) bigs(v *desk.Visit, rec register.Record[Stated, Words]) []page.Big {
	return []page.Big{{Label: v.T(c.rule(rec.Body).Name), Unit: v.T(c.rule(rec.Body).Unit), Value: c.valueText(v, rec.Body)}}
}

func facts(v *desk.Visit, rec register.Record[Stated, Words]) (all []page.Fact) {
	for _, f := range fields {
		now, was := pages.Said(v, fields, rec, f.Key)
		if f.Key != "value" && (now != "" || was != "") {
			all = append(all, page.Fact{Label: v.T(f.Label), Value: now, Was: was, Wide: f.Key == "source" || f.Key == "note"})
		}
	}
	return all
}
