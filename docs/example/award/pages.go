package award

import (
	"context"
	"net/url"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

// Module is what awards tell the application.
func Module(book *register.Book[Award, Words], d *desk.Desk, endings org.Endings) desk.Module {
	p := pages.Pages[Award, Words]{Desk: d, Book: book, Title: "表彰奖励", Noun: "项", Group: "业务记录", Sheet: sheet(book, endings), List: list(), Form: form(endings),
		Record: pages.Detail[Award, Words]{Title: "人数", Bigs: bigs, Facts: facts}}
	return p.Module(Migrations)
}

func list() pages.List[Award, Words] {
	people := func(v *desk.Visit, e register.Entry[Award], _ Words) templ.Component {
		return pages.CountCell(v, e.Body.People, v.T("%s的获奖人数", e.Title), func() (page.Figure, bool) { return pages.Trace(v, e.Head, MeasurePeople, nil) })
	}
	return pages.List[Award, Words]{Search: "奖项、颁奖单位、地点、编号", Unfound: "奖项、编号、颁奖单位、地点里都没有", First: "得一项就记一项，总结里的表彰从这里来。", Proved: "应有的证书都传了。",
		Columns: []pages.Column[Award, Words]{pages.NumberColumn[Award, Words](), pages.TitleColumn[Award, Words]("奖项"), pages.PlaceColumn[Award, Words](),
			pages.DaysColumn[Award, Words]("日期", func(a Award) (start, end day.Day) { return a.Day, a.Day }),
			{Column: page.Column{Label: "人数", Kind: page.NumColumn, Sort: "people"}, Cell: people},
			pages.PapersColumn[Award, Words](), pages.StateColumn[Award, Words](), pages.AuthorColumn[Award, Words]()},
		Filters: []pages.Filter[Words]{{Key: "many", Label: "规模", Where: func(string) ledger.Condition { return ledger.Condition{SQL: "c.people >= 10"} },
			Options: func(v *desk.Visit, _ Words) []page.Option {
				return []page.Option{{Value: "10", Label: v.T("10 人以上")}}
			}}},
		Measure: MeasureAwards, Sum: &pages.Sum[Award]{Column: "people", Unit: "人", Measure: MeasurePeople, Of: func(a Award) *register.Count { return a.People }}}
}

func form(endings org.Endings) pages.Form[Award, Words] {
	return pages.Form[Award, Words]{Name: "name", Same: "同名、同日", Order: []string{"name", "giver", "day", "place", "people", "unit", "note"}, Stops: []string{"day"},
		Numbers: []pages.Number[Award]{{Field: "people", Name: "获奖人数", Clear: func(a *Award) { a.People = nil }}},
		Blank:   func(v *desk.Visit) url.Values { return url.Values{"unit": {v.Tree.Unit(v.Actor.Unit).Code}} },
		Day:     func(values url.Values) day.Day { return pages.DayOf(values.Get("day")) },
		Read: func(ctx context.Context, tx *db.Tx, f *web.Form, _ Award) (a Award, err error) {
			a = Award{Name: f.Text("name", "奖项名称", 120), Giver: f.Text("giver", "颁奖单位", 120), Day: f.Day("day", "获奖日期"), Note: f.Text("note", "备注", 2000)}
			t, err := pages.Read(ctx, tx, f, a.Day, endings)
			if err != nil {
				return a, err
			}
			a.Place, _ = t.Place("place", "地点")
			a.People = t.Count("people", "获奖人数", "")
			a.Unit, err = t.Unit(ctx, "unit", Kind)
			return a, err
		},
		Values: func(_ *desk.Visit, a Award, w Words) url.Values {
			return url.Values{"name": {a.Name}, "giver": {a.Giver}, "day": {string(a.Day)}, "place": {pages.PlaceWords(w.Tree, a.Place)}, "people": {a.People.String()},
				"unit": {w.Tree.Unit(a.Unit).Code}, "note": {a.Note}}
		},
		Fields: func(v *desk.Visit, f *pages.Filled[Award, Words]) ([]templ.Component, error) {
			people, note := f.Counted("people", "获奖人数"), f.Optional("note", "备注")
			people.Optional, note.Wide = true, true
			return []templ.Component{page.InputField(page.Input{Field: f.Field("name", "奖项名称"), MaxLength: 120}),
				page.InputField(page.Input{Field: f.Field("giver", "颁奖单位"), MaxLength: 120}), f.Day(f.Counted("day", "获奖日期")), f.Place("place", "地点"),
				page.CountField(page.Count{Field: people, Unit: v.T("人")}), f.Unit("unit", "获奖单位"), page.TextField(page.Text{Field: note, Rows: 3, MaxLength: 2000})}, nil
		}}
}

func bigs(v *desk.Visit, rec register.Record[Award, Words]) []page.Big {
	return []page.Big{{Label: v.T("获奖人数"), Unit: v.T("人"), Value: pages.CountText(v, rec.Body.People)}}
}

func facts(v *desk.Visit, rec register.Record[Award, Words]) (all []page.Fact) {
	for _, f := range fields {
		now, was := pages.Said(v, fields, rec, f.Key)
		if f.Key != "people" && (now != "" || was != "") {
			all = append(all, page.Fact{Label: v.T(f.Label), Value: now, Was: was})
		}
	}
	return pages.Even(all)
}
