package facility

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// The shapes of the shared list for facilities.
type (
	entry  = register.Entry[Facility]
	column = pages.Column[Facility, Words]
)

// lives are what becomes of a facility, in their order, as pages write it.
var lives = []struct{ life, title string }{
	{string(InUse), "在用"}, {Broken, "待修或停用"}, {Retired, "已拆除停用"},
	{string(Planned), "计划中"}, {string(Approved), "已批准"}, {string(Building), "建设中"}, {string(Accepted), "已验收"},
}

func lifeTitle(life string) string {
	for _, l := range lives {
		if l.life == life {
			return l.title
		}
	}
	return life
}

func (c *console) list() pages.List[Facility, Words] {
	kinds := pages.Filter[Words]{Key: "kind", Label: "类别", Column: "facility_kind", Tag: "kind", Named: true, Find: true,
		Options: func(v *desk.Visit, w Words) (all []page.Option) {
			for _, k := range w.Rules.Kinds() {
				all = append(all, page.Option{Value: k.Code, Label: v.T(k.Name)})
			}
			return all
		}}
	life := pages.Filter[Words]{Key: "life", Label: "现状", Column: "life", Options: func(v *desk.Visit, _ Words) (all []page.Option) {
		for _, l := range lives {
			all = append(all, page.Option{Value: l.life, Label: v.T(l.title)})
		}
		return all
	}}
	return pages.List[Facility, Words]{
		Search: "名称、地点、管护人、编号", Stands: true, Since: func(f Facility) day.Day { return f.Start }, Filters: []pages.Filter[Words]{kinds, life},
		Columns: []column{pages.NumberColumn[Facility, Words](), pages.TitleColumn[Facility, Words]("名称"),
			{Column: page.Column{Label: "类别", Plain: true}, Cell: func(v *desk.Visit, e entry, w Words) templ.Component { return page.Cell(v.T(w.kindName(e.Body.Kind))) }},
			pages.PlaceColumn[Facility, Words](),
			{Column: page.Column{Label: "主要数据", Plain: true}, Cell: func(v *desk.Visit, e entry, w Words) templ.Component { return page.Cell(spoken(v, w.gist(e.Body))) }},
			{Column: page.Column{Label: "启用", Plain: true, Sort: "start"}, Cell: func(v *desk.Visit, e entry, _ Words) templ.Component {
				return pages.Nowrap(v.T(e.Body.Start.Short(v.Today)))
			}},
			{Column: page.Column{Label: "现状"}, Cell: func(v *desk.Visit, e entry, _ Words) templ.Component { return c.lifeCell(v, e) }},
			pages.PapersColumn[Facility, Words](), pages.StateColumn[Facility, Words]()},
		Narrow: c.narrow, Actions: others("logs", "care", "matrix"),
		Unfound: "名称、编号、类别、地点、管护人、设备编号里都没有",
		First:   "有一处就记一处：原来就有的也先登记进来，新建、在用、覆盖率都从这里来。",
		Proved:  "应有的佐证都传了",
	}
}

// others lead from a list to the module's other pages.
func others(keys ...string) func(v *desk.Visit) []page.Action {
	return func(v *desk.Visit) (all []page.Action) {
		for _, t := range pageTabs {
			if slices.Contains(keys, t.key) {
				all = append(all, page.Action{Label: v.T(t.title), Href: v.At.Scope(t.path).String()})
			}
		}
		return all
	}
}

// narrow lists what stood on the last day of the period: what began by then, whatever happened to it afterwards.
func (c *console) narrow(v *desk.Visit, l *pages.Listed) {
	if !l.OwnPeriod || l.Counted != nil {
		return
	}
	l.To = ""
	l.Only = append(l.Only, ledger.Condition{SQL: "c.start_day <= ?", Args: []any{v.Scope.Period.To}})
}

func (c *console) lifeCell(v *desk.Visit, e entry) templ.Component {
	switch life := e.Body.life(c.Catalogue); life {
	case string(InUse):
		return page.Cell(v.T("在用"))
	case Broken:
		return page.Missing(v.T(e.Body.Last().Values["condition"].Text))
	default:
		return page.Faint(v.T(lifeTitle(life)))
	}
}

// spoken is values as pages say them in the reader's language: 约10 米，2 万元.
func spoken(v *desk.Visit, text string) string {
	if lang.From(v.Ctx) == lang.Chinese {
		return text
	}
	parts := strings.Split(text, "，")
	for i, part := range parts {
		words := strings.Split(part, " ")
		for n, word := range words {
			if digits, about := strings.CutPrefix(word, "约"); about {
				word = v.T("约 %s", digits)
			}
			words[n] = v.T(word)
		}
		parts[i] = strings.Join(words, " ")
	}
	return strings.Join(parts, ", ")
}

// gist is what a facility is by its numbers, two at most: 12 米，2 万元.
func (w Words) gist(f Facility) string { return w.gistOf(f.Kind, f.Last()) }

func (w Words) gistOf(kind string, now State) string {
	k, _ := w.Rules.Kind(kind)
	var parts []string
	for _, code := range k.Fields {
		d, _ := w.Rules.Field(code)
		if v := now.Values[code]; v != nil && d.Type.numeric() && len(parts) < 2 {
			parts = append(parts, d.Words(v))
		}
	}
	return strings.Join(parts, "，")
}

// ownList leads on to the logs where the trace of a figure that counts logs asks for its records.
func (c *console) ownList(list web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		at := page.AddressOf(r)
		if d, ok := c.Desk.Indicators.Def(at.Get("figure")); ok && c.countsLogs(d.Measures, d.Numerator) {
			at.Path = "/" + LogKind
			web.Redirect(w, r, at.String())
			return nil
		}
		return list(w, r)
	}
}

// countsLogs reports whether a figure reads what logs post.
func (c *console) countsLogs(measures []string, numerator string) bool {
	if d, ok := c.Desk.Indicators.Def(numerator); ok {
		measures = d.Measures
	} else if numerator != "" {
		measures = []string{numerator}
	}
	for _, l := range c.Catalogue.logs {
		for _, p := range l.Posts {
			for _, m := range measures {
				if m == p.Measure {
					return true
				}
			}
		}
	}
	return false
}

// facilityFields are the fields that some kind of facility has, in the order of the catalogue.
func (c Catalogue) facilityFields() (all []Field) {
	for _, d := range c.fields {
		for _, k := range c.kinds {
			if k.asks(d.Code) {
				all = append(all, d)
				break
			}
		}
	}
	return all
}

// end is the day on which a facility was retired; "" while it stands.
func (f Facility) end() day.Day {
	for _, ch := range f.Changes {
		if ch.What == ledger.Out {
			return ch.Day
		}
	}
	return ""
}
