package pages

import (
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
)

// The columns that most lists have.

// NumberColumn is the column of the record's number.
func NumberColumn[T, W any]() Column[T, W] {
	return Column[T, W]{page.Column{Label: "编号", Kind: page.CodeColumn, Sort: "number", Less: true},
		func(v *desk.Visit, e register.Entry[T], _ W) templ.Component { return page.Faint(v.Number(e.Head)) }}
}

// TitleColumn is the column of the record's title, which leads to its page.
func TitleColumn[T, W any](label string) Column[T, W] {
	return Column[T, W]{page.Column{Label: label, Kind: page.MainColumn, Sort: "title"},
		func(v *desk.Visit, e register.Entry[T], _ W) templ.Component {
			return page.LinkCell(Href(v, e.Head), e.Title)
		}}
}

// PlaceColumn is the column of the record's place.
func PlaceColumn[T, W any]() Column[T, W] {
	return Column[T, W]{page.Column{Label: "地点", Plain: true},
		func(v *desk.Visit, e register.Entry[T], _ W) templ.Component {
			return Whole(v.T(PlaceWords(v.Tree, e.Place)))
		}}
}

// DaysColumn is the column of the days that a record lasts.
func DaysColumn[T, W any](label string, days func(body T) (start, end day.Day)) Column[T, W] {
	return Column[T, W]{page.Column{Label: label, Sort: "day", Plain: true}, func(v *desk.Visit, e register.Entry[T], _ W) templ.Component {
		start, end := days(e.Body)
		if start == "" {
			return Nowrap(v.T("未填"))
		}
		words := start.Short(v.Today)
		if end != start && end != "" {
			words += "—" + end.Short(start)
		}
		return Nowrap(v.T(words))
	}}
}

// PapersColumn is the column that says how the record is proved.
func PapersColumn[T, W any]() Column[T, W] {
	return Column[T, W]{page.Column{Label: "佐证"}, func(v *desk.Visit, e register.Entry[T], _ W) templ.Component {
		missing, _, _ := strings.Cut(e.Missing, " ")
		switch {
		case e.Papers == 0 && missing != "":
			return page.Missing(v.T("未传"))
		case missing != "":
			return page.Missing(v.T("缺%s", v.T(evidence.Kind(missing).Title())))
		case e.Papers == 0:
			return page.NotFilled(v.T("可不传"))
		}
		return page.Cell(v.T("%d 件", e.Papers))
	}}
}

// StateColumn is the column of the state and that of an open revision.
func StateColumn[T, W any]() Column[T, W] {
	return Column[T, W]{page.Column{Label: "状态", Kind: page.StateColumn},
		func(v *desk.Visit, e register.Entry[T], _ W) templ.Component { return stateCell(v, e.Head) }}
}

// AuthorColumn is the column of who entered the record.
func AuthorColumn[T, W any]() Column[T, W] {
	return Column[T, W]{page.Column{Label: "填报人", Less: true},
		func(_ *desk.Visit, e register.Entry[T], _ W) templ.Component { return Nowrap(e.AuthorName) }}
}

// CountCell is a count in a list: «未填», a number, or the figure that counts it where trace finds one.
func CountCell(v *desk.Visit, c *register.Count, name string, trace func() (page.Figure, bool)) templ.Component {
	if c == nil {
		return page.NotFilled(v.T("未填"))
	}
	if f, ok := trace(); ok {
		f.Name, f.Value = name, CountText(v, c)
		return page.FigureLink(f)
	}
	return page.Cell(CountText(v, c))
}

// Trace is the address of the figure that counts a measure of a verified record, narrowed to the record's own place, day and tags; ok
// is false where no indicator counts the measure for such a record.
func Trace(v *desk.Visit, h flow.Head, measure string, tags []ledger.TagIs) (page.Figure, bool) {
	if h.State != flow.Verified || v.Tree.Place(h.Place).ID == "" {
		return page.Figure{}, false
	}
	def, ok := v.Counting(measure, tags)
	if !ok {
		return page.Figure{}, false
	}
	scope := indicator.Scope{Place: h.Place, Period: day.Period{From: h.Day, To: h.Day}, Tags: tags}
	return page.Figure{Href: desk.TraceHref(def.Code, scope, v.Tree)}, true
}
