package training

import (
	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
)

type (
	entry  = register.Entry[Class]
	column = pages.Column[Class, Words]
)

// list is what the list of classes shows.
func (s *Service) list() pages.List[Class, Words] {
	return pages.List[Class, Words]{Search: "班名、地点、教师、编号", Unfound: "班名、编号、地点、专业、教师、协办单位里都没有",
		First: "办完一期就记一期：计划、考核、报表和总结里的数字都从这里来。", Proved: "应有的签到册或花名册都传了。", Columns: columns(),
		Measure: measureClasses, Sum: &pages.Sum[Class]{Column: "attendances", Unit: "人次", Measure: measureAttendances, Of: Class.attendances},
		Filters: []pages.Filter[Words]{
			{Key: "subject", Label: "专业", Column: "subject", Tag: "subject", Find: true, Named: true, Options: func(_ *desk.Visit, w Words) (all []page.Option) {
				for _, code := range w.Subjects.Codes() {
					all = append(all, page.Option{Value: code, Label: w.Subjects.Title(code)})
				}
				return all
			}},
			{Key: "kind", Label: "类型", Column: "class_kind", Tag: "kind", Options: func(v *desk.Visit, w Words) (all []page.Option) {
				for _, k := range w.Rules.Kinds() {
					all = append(all, page.Option{Value: k.Code, Label: v.T(k.Name)})
				}
				return all
			}}}}
}

func columns() []column {
	return []column{pages.NumberColumn[Class, Words](), pages.TitleColumn[Class, Words]("班名"), pages.PlaceColumn[Class, Words](),
		pages.DaysColumn[Class, Words]("日期", func(c Class) (start, end day.Day) { return c.Start, c.countingDay() }),
		{Column: page.Column{Label: "学时", Kind: page.NumColumn, Sort: "hours", Less: true}, Cell: func(v *desk.Visit, e entry, _ Words) templ.Component {
			if m := e.Body.minutes(); m != nil {
				return page.Cell(hours(m))
			}
			return page.NotFilled(v.T("未填"))
		}},
		{Column: page.Column{Label: "人次", Kind: page.NumColumn, Sort: "attendances"}, Cell: func(v *desk.Visit, e entry, _ Words) templ.Component {
			return pages.CountCell(v, e.Body.attendances(), v.T("%s的培训人次", e.Title), func() (page.Figure, bool) { return traceOf(v, e.Head, e.Body, measureAttendances) })
		}},
		pages.PapersColumn[Class, Words](), pages.StateColumn[Class, Words](), pages.AuthorColumn[Class, Words]()}
}

// traceOf is the figure that counts a measure of a verified class, narrowed to the class's own place, day, kind and subject.
func traceOf(v *desk.Visit, h flow.Head, c Class, measure string) (page.Figure, bool) {
	tags := []ledger.TagIs{{Name: "kind", Values: []string{c.Kind}}}
	if c.Subject != "" {
		tags = append(tags, ledger.TagIs{Name: "subject", Values: []string{c.Subject}})
	}
	return pages.Trace(v, h, measure, tags)
}
