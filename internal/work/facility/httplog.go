package facility

import (
	"context"
	"net/url"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// The shapes of the shared list for logs.
type (
	logEntry  = register.Entry[Log]
	logColumn = pages.Column[Log, Words]
	logOutlet = pages.Export[Log, Words]
)

func (c *console) logList() pages.List[Log, Words] {
	which := pages.Filter[Words]{Key: "log", Label: "记什么", Column: "log_kind", Options: func(v *desk.Visit, w Words) (all []page.Option) {
		for _, l := range w.Rules.Logs() {
			all = append(all, page.Option{Value: l.Code, Label: v.T(l.Name)})
		}
		return all
	}}
	kinds := pages.Filter[Words]{Key: "kind", Label: "设施类别", Tag: "kind", Named: true, Find: true,
		Where: func(kind string) ledger.Condition { // as the facility stands now, like the facts
			return ledger.Condition{SQL: "c.facility IN (SELECT x.id FROM facility x WHERE x.association = c.association AND x.facility_kind = ?)", Args: []any{kind}}
		},
		Options: func(v *desk.Visit, w Words) (all []page.Option) {
			for _, k := range w.Rules.Kinds() {
				all = append(all, page.Option{Value: k.Code, Label: v.T(k.Name)})
			}
			return all
		}}
	of := pages.Filter[Words]{Key: "of", Label: "设施", Options: func(v *desk.Visit, _ Words) []page.Option {
		if number := v.At.Get("of"); number != "" { // the page of a facility leads here
			return []page.Option{{Value: number, Label: v.ShortNumber(number)}}
		}
		return nil
	}, Where: func(number string) ledger.Condition {
		return ledger.Condition{SQL: "c.facility IN (SELECT x.id FROM record x WHERE x.association = c.association AND x.kind = ? AND x.number = ?)", Args: []any{Kind, number}}
	}}
	return pages.List[Log, Words]{
		Search: "设施、内容、经手人、编号", Filters: []pages.Filter[Words]{which, kinds, of},
		Columns: []logColumn{pages.NumberColumn[Log, Words](),
			{Column: page.Column{Label: "日期", Sort: "day", Plain: true}, Cell: func(v *desk.Visit, e logEntry, _ Words) templ.Component {
				return pages.Nowrap(v.T(e.Body.Day.Short(v.Today)))
			}},
			pages.TitleColumn[Log, Words]("设施"),
			{Column: page.Column{Label: "记什么"}, Cell: func(v *desk.Visit, e logEntry, w Words) templ.Component {
				return page.Cell(v.T(w.logName(e.Body.Kind)))
			}},
			{Column: page.Column{Label: "内容", Plain: true}, Cell: func(v *desk.Visit, e logEntry, w Words) templ.Component {
				return page.Cell(spoken(v, w.logGist(e.Body)))
			}},
			pages.PlaceColumn[Log, Words](), pages.StateColumn[Log, Words](), pages.AuthorColumn[Log, Words]()},
		Export:  c.logOutlets(),
		Actions: others("", "care", "matrix"),
		Unfound: "设施名称、编号、地点、内容、经手人里都没有",
		First:   "换一次版面、开一次门、借一次书就记一行，一张表可以记许多行。",
		Proved:  "日志不用传佐证",
	}
}

func (c *console) logOutlets() []logOutlet {
	text := func(title string, width float64, of func(l Log, w Words) string) logOutlet {
		return logOutlet{Column: xlsx.Column{Title: title, Width: width}, Cell: func(_ *desk.Visit, e logEntry, w Words) any {
			if s := of(e.Body, w); s != "" {
				return s
			}
			return nil
		}}
	}
	all := []logOutlet{pages.NumberOut[Log, Words](),
		{Column: xlsx.Column{Title: "日期", Kind: xlsx.AsDay}, Cell: func(_ *desk.Visit, e logEntry, _ Words) any { return e.Body.Day }},
		{Column: xlsx.Column{Title: "设施", Width: 24}, Cell: func(_ *desk.Visit, e logEntry, _ Words) any { return e.Title }},
		text("设施类别", 14, func(l Log, w Words) string { return w.kindName(l.Of) }),
		text("记什么", 10, func(l Log, w Words) string { return w.logName(l.Kind) })}
	all = append(all, pages.PlaceOut[Log, Words](func(w Words) *org.Tree { return w.Tree })...)
	seen := map[string]bool{}
	for _, rule := range c.Catalogue.logs {
		for _, code := range rule.Fields {
			if seen[code] {
				continue
			}
			seen[code] = true
			d, _ := c.Catalogue.On("").Field(code)
			title := d.Name
			if d.Type.numeric() {
				title += "（" + d.Unit + "）"
			}
			all = append(all, logOutlet{Column: xlsx.Column{Title: title, Width: 12}, Cell: func(_ *desk.Visit, e logEntry, _ Words) any { return d.Cell(e.Body.Values[code]) }})
		}
	}
	all = append(all, text("备注", 20, func(l Log, _ Words) string { return l.Note }))
	return append(all, pages.StandingOut[Log, Words]()...)
}

// logForm is the form of one log, to change it; new ones are entered in a sheet (httpsheet.go).
func (c *console) logForm() pages.Form[Log, Words] {
	order := []string{"kind", "facility", "day"}
	var numbers []pages.Number[Log]
	for _, d := range c.Catalogue.fields {
		order = append(order, d.Code)
		if d.Type.numeric() {
			numbers = append(numbers, pages.Number[Log]{Field: d.Code, Name: d.Name, Clear: func(l *Log) { delete(l.Values, d.Code) }})
		}
	}
	return pages.Form[Log, Words]{
		Blank: func(*desk.Visit) url.Values { return url.Values{} },
		Day:   func(values url.Values) day.Day { return pages.DayOf(values.Get("day")) },
		Read: func(_ context.Context, _ *db.Tx, f *web.Form, was Log) (Log, error) {
			l := was
			l.Day, l.Note, l.Values = f.Day("day", "日期"), f.Text("note", "备注", 400), Values{}
			rules := c.Catalogue.On(l.Day)
			rule, _ := rules.Log(l.Kind)
			for _, code := range rule.Fields {
				d, _ := rules.Field(code)
				if v := readField(f, d, code); v != nil {
					l.Values[code] = v
				}
			}
			return l, nil
		},
		Values: func(_ *desk.Visit, l Log, w Words) url.Values {
			v := url.Values{"day": {string(l.Day)}, "note": {l.Note}}
			for code, one := range l.Values {
				d, _ := w.Rules.Field(code)
				v.Set(code, d.String(one))
			}
			return v
		},
		Fields: func(v *desk.Visit, f *pages.Filled[Log, Words]) ([]templ.Component, error) {
			on := f.Counted("day", "日期")
			all := []templ.Component{page.ComputedField(page.Computed{Field: page.Field{Name: "facility", Label: v.T("设施"), Value: f.Body.Name, Error: desk.ErrorOf(f.Errors, "facility")}, From: v.T(f.Words.logName(f.Body.Kind))}),
				page.DayInput(page.DayField{Field: on, Min: string(oldest), Max: string(v.Today)})}
			rule, _ := f.Words.Rules.Log(f.Body.Kind)
			for _, code := range rule.Fields {
				d, _ := f.Words.Rules.Field(code)
				one := f.Counted(code, d.Name)
				one.Optional = true
				for _, need := range rule.Needs {
					one.Optional = one.Optional && need != code
				}
				all = append(all, controlOf(v, one, d))
			}
			note := f.Optional("note", "备注")
			note.Wide = true
			return append(all, page.InputField(page.Input{Field: note, MaxLength: 200})), nil
		},
		Order: append(order, "note"), Numbers: numbers, Stops: []string{"day", "facility"}, Same: "同一处、同一天、同一类",
	}
}

func (c *console) logRecord() pages.Detail[Log, Words] {
	return pages.Detail[Log, Words]{Title: "记了什么",
		Bigs: func(v *desk.Visit, rec LogRecord) (all []page.Big) {
			rule, _ := rec.Words.Rules.Log(rec.Body.Kind)
			for _, code := range rule.Fields {
				if d, _ := rec.Words.Rules.Field(code); d.Type.numeric() {
					all = append(all, page.Big{Label: v.T(d.Name), Unit: v.Unit(d.Unit, spoken(v, d.String(rec.Body.Values[code]))), Value: spoken(v, d.String(rec.Body.Values[code]))})
				}
			}
			return all
		},
		Facts: func(v *desk.Visit, rec LogRecord) []page.Fact {
			l, w := rec.Body, rec.Words
			at := page.Fact{Label: v.T("地点"), Value: v.T(w.Tree.PlaceName(rec.Place))}
			if was := w.Tree.PlaceName(l.Place); rec.Place != l.Place {
				at.Note = v.T("记的时候台账写的是%s；按现在的台账，那天设施在这里", v.T(was))
			}
			facts := []page.Fact{c.logs.Fact(v, rec, "记什么", "kind"), c.logs.Fact(v, rec, "日期", "day"), {Label: v.T("设施"), Value: rec.Title, Note: v.T(w.kindName(l.Of))}, at}
			rule, _ := w.Rules.Log(l.Kind)
			for _, code := range rule.Fields {
				if d, _ := w.Rules.Field(code); !d.Type.numeric() {
					facts = append(facts, c.logs.Fact(v, rec, d.Name, code))
				}
			}
			return pages.Even(append(facts, c.logs.Fact(v, rec, "备注", "note")))
		},
		Notices: func(tx *db.Tx, v *desk.Visit, rec LogRecord) ([]page.Notice, error) {
			l := rec.Body
			if err := c.besides(v.Ctx, tx, []*Log{&l}); err != nil || rec.State == flow.Voided || l.Then.State != flow.Verified || l.Then.Standing {
				return nil, err
			}
			return []page.Notice{{Kind: page.Caution, Lead: v.T("设施%s不在启用期间，没有计入。", v.T(l.Day.Short(v.Today))), Text: v.T("日期写错了就改日期；设施的启用或停用日期不对，就改正设施。")}}, nil
		},
		Actions: func(tx *db.Tx, v *desk.Visit, rec LogRecord) ([]page.Action, error) {
			h, err := headOf(v.Ctx, tx, c.Service, rec.Body.Facility)
			if err != nil || h.Number == "" {
				return nil, err
			}
			return []page.Action{{Label: v.T("看这处设施"), Href: v.At.Scope(desk.Href(Kind, h.Number)).String()}}, nil
		},
	}
}
