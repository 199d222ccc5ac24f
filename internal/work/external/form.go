package external

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/zh"
)

func (c *console) form() pages.Form[Stated, Words] {
	return pages.Form[Stated, Words]{Name: "figure", Same: "同一个数、同一地点、同一时间", Only: true,
		Order: []string{"figure", "place", "year", "day", "value", "source", "unit", "note"}, Stops: []string{"day", "figure"},
		Numbers: []pages.Number[Stated]{{Field: "value", Name: "数值", Clear: func(s *Stated) { s.Value = nil }}},
		Blank: func(v *desk.Visit) url.Values {
			return url.Values{"unit": {v.Tree.Unit(v.Actor.Unit).Code}, "figure": {v.At.Get("figure_of")}}
		},
		Day: func(values url.Values) day.Day { return pages.DayOf(values.Get("day")) },
		Read: func(ctx context.Context, tx *db.Tx, f *web.Form, _ Stated) (s Stated, err error) {
			s = c.readFigure(f)
			s.Source, s.Note = f.Text("source", "来源", longestSource), f.Text("note", "备注", longestNote)
			t, err := pages.Read(ctx, tx, f, s.Day, c.Catalogue.endings)
			if err != nil {
				return s, err
			}
			s.Place, _ = t.Place("place", "地点")
			s.Value = c.readValue(f, "value", s.Figure)
			s.Unit, err = t.Unit(ctx, "unit", Kind)
			return s, err
		},
		Values: func(_ *desk.Visit, s Stated, w Words) url.Values {
			values := url.Values{"figure": {codeOf(s.Figure, s.Stage)}, "place": {w.placeWords(s)}, "day": {string(s.Day)}, "value": {w.value(s)},
				"source": {s.Source}, "unit": {w.Tree.Unit(s.Unit).Code}, "note": {s.Note}}
			if s.Year > 0 {
				values.Set("year", strconv.Itoa(s.Year))
			}
			return values
		},
		Fields: func(v *desk.Visit, f *pages.Filled[Stated, Words]) ([]templ.Component, error) {
			figure, year, source, note := f.Counted("figure", "数据"), f.Counted("year", "年份"), f.Field("source", "来源"), f.Optional("note", "备注")
			year.Optional, year.Hint = true, v.T("学年写前一年：2025—2026学年写 2025；按时点登记的不写")
			on := f.Counted("day", "时点")
			on.Optional, on.Hint = true, v.T("空着就是年末，学校和学生是9月1日")
			source.Wide, source.Hint, note.Wide = true, v.T("谁公布的，哪份文件或哪张表：县统计局《2024年统计公报》"), true
			value := f.Counted("value", "数值")
			value.Hint = v.T("不是逐个数的就写约数：约32000、3.2万")
			r, _ := f.Words.Catalogue.Figure(f.Body.Figure)
			return []templ.Component{
				page.SelectField(page.Select{Field: figure, Options: figureOptions(v, f.Words.Rules), Empty: v.T("请选")}), f.Place("place", "地点"),
				page.InputField(page.Input{Field: year, InputMode: "numeric", MaxLength: 4}), f.Day(on),
				page.InputField(page.Input{Field: value, MaxLength: 30, Unit: v.T(r.Unit)}), f.Unit("unit", "登记单位"),
				page.InputField(page.Input{Field: source, MaxLength: longestSource}), page.TextField(page.Text{Field: note, Rows: 3, MaxLength: longestNote})}, nil
		}}
}

// figureOptions are the figures, those given for several stages once for each.
func figureOptions(v *desk.Visit, rules Rules) (all []page.Option) {
	for _, r := range rules.Figures() {
		if len(r.Stages) == 0 {
			all = append(all, page.Option{Value: r.Code, Label: v.T(r.Name)})
		}
		for _, stage := range r.Stages {
			all = append(all, page.Option{Value: codeOf(r.Code, stage), Label: v.T("%s（%s）", v.T(r.Name), v.T(stage))})
		}
	}
	return all
}

// readFigure reads which figure, year and day a form is about; a day left blank is the figure's usual one, a year that is not asked
// for is none.
func (c *console) readFigure(f *web.Form) (s Stated) {
	s.Figure, s.Stage, _ = strings.Cut(f.Text("figure", "数据", 60), ":")
	s.Day = f.Day("day", "时点")
	r, known := c.Catalogue.Figure(s.Figure)
	if text := f.Text("year", "年份", 10); text != "" && r.Span != PerDay {
		n, err := strconv.Atoi(strings.TrimSuffix(text, "年"))
		if err != nil || n < 1949 || n > 2200 {
			f.Errors.Add("year", "年份「%s」看不懂，请写成 2024", zh.Brief(text, 20))
		} else {
			s.Year = n
		}
	}
	s.settle(r, known)
	return s
}

// settle fills in what follows from the rest: the usual day of a year, the year of a day.
func (s *Stated) settle(r FigureRule, known bool) {
	switch {
	case !known || r.Span == PerDay:
	case s.Day == "":
		s.Day = r.usualDay(s.Year)
	case s.Year == 0 && r.Span == SchoolYear && s.Day.Month() < 8:
		s.Year = s.Day.Year() - 1
	case s.Year == 0:
		s.Year = s.Day.Year()
	}
}

// readValue reads a value of a figure; without a figure there is none to read.
func (c *console) readValue(f *web.Form, field, figure string) *register.Count {
	r, ok := c.Catalogue.Figure(figure)
	if !ok {
		return nil
	}
	n, err := r.Read(f.Text(field, "数值", 30))
	var e *errs.Error
	if errors.As(err, &e) {
		f.Errors.Add(field, e.Text, e.Args...)
	}
	return n
}
