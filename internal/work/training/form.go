package training

import (
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
)

// form is what the form of a class asks.
func (s *Service) form() pages.Form[Class, Words] {
	return pages.Form[Class, Words]{Blank: s.blank, Day: formDay, Read: s.read, Fields: s.formFields, Name: "name", Same: "同名、同日、同地",
		Values: func(v *desk.Visit, c Class, w Words) url.Values {
			return valuesOf(c, w, v.Indicators.Offered("campaign"))
		},
		Order: []string{"kind", "subject", "name", "start", "end", "place", "venue", "enrolled", "attendances", "examined", "passed", "hours",
			"unit", "partners", "sessions", "teachers", "method", "audiences", "campaigns", "campaigns_more", "material", "note"},
		Rows: map[string][]string{"sessions": sessionKeys},
		Numbers: []pages.Number[Class]{{Field: "enrolled", Name: "招收学员", Clear: func(c *Class) { c.Enrolled = nil }},
			{Field: "attendances", Name: "培训人次", Clear: func(c *Class) { c.Attendances = nil }},
			{Field: "examined", Name: "参加考试", Clear: func(c *Class) { c.Examined = nil }},
			{Field: "passed", Name: "考试合格", Clear: func(c *Class) { c.Passed = nil }}},
		Stops: []string{"start", "end", "sessions"}, Says: previewSays}
}

// blank is what a new form says already.
func (s *Service) blank(v *desk.Visit) url.Values {
	values := url.Values{"exact": {"exact"}}
	if kinds := s.Catalogue.On(v.Today).Kinds(); len(kinds) > 0 {
		values.Set("kind", kinds[0].Code)
	}
	if home := v.Tree.Unit(v.Actor.Unit); home.ID != "" {
		values.Set("unit", home.Code)
	}
	return values
}

// formDay is the counting day of what is typed.
func formDay(values url.Values) day.Day {
	if end := pages.DayOf(values.Get("end")); end != "" {
		return end
	}
	return pages.DayOf(values.Get("start"))
}

// previewSays is what else «核实后计入» says of a class as it is typed.
func previewSays(v *desk.Visit, c Class, checked register.Checked[Words]) (all []string) {
	if n := c.attendances(); n != nil && n.Exactness != "" && n.Exactness != ledger.Exact {
		all = append(all, v.T("培训人次是估计的，记作「%s」", pages.CountText(v, n)))
	}
	if c.Subject != "" && !checked.Words.Subjects.Known(c.Subject) {
		all = append(all, v.T("「%s」是新专业，存后加进专业词典", c.Subject))
	}
	return all
}

// formFields are the controls in their order. What the kind does not ask for is left out, unless it has a value.
func (s *Service) formFields(v *desk.Visit, f *pages.Filled[Class, Words]) ([]templ.Component, error) {
	kinds := page.Select{Field: f.Counted("kind", "类型"), Again: v.T("按这个类型填")}
	for _, k := range f.Words.Rules.Kinds() {
		kinds.Options = append(kinds.Options, page.Option{Value: k.Code, Label: v.T(k.Name)})
	}
	name, note, end := f.Field("name", "班名"), f.Optional("note", "备注"), f.Counted("end", "结束日期")
	name.Wide, note.Wide = true, true
	end.Optional, end.Hint = true, v.T("只办一天的不用填；按这一天计入")
	all := []templ.Component{page.SelectField(kinds),
		page.ComboField(page.Combo{Field: f.Counted("subject", "专业"), Options: f.Words.Subjects.Names(), Placeholder: v.T("打字找，没有的直接写")}),
		page.InputField(page.Input{Field: name, MaxLength: 120, Autocomplete: "off", Placeholder: v.T("例如：核桃高接换优技术培训班（第2期）")}),
		f.Day(f.Counted("start", "开始日期")), f.Day(end), f.Place("place", "地点"),
		page.InputField(page.Input{Field: f.Optional("venue", "具体场所"), MaxLength: 120, Placeholder: v.T("例如：核桃示范园")})}
	all = append(all, numbersAsked(v, f)...)
	return append(all, f.Unit("unit", "主办单位"),
		page.InputField(page.Input{Field: f.Optional("partners", "协办单位"), MaxLength: 400, Placeholder: v.T("几个单位用顿号分开")}),
		f.Table(page.SubRows{Name: "sessions", Label: v.T("各场"), AddLabel: v.T("再加一场"), Hint: v.T("一场一行，选填；不填的，这个班记作没有逐场登记"),
			Heads: []page.SubHead{{Key: "day", Label: v.T("日期"), Type: "date"}, {Key: "topic", Label: v.T("内容")}, {Key: "teacher", Label: v.T("教师")},
				{Key: "hours", Label: v.T("学时"), Type: "number"}, {Key: "attendances", Label: v.T("人次"), Type: "number"}}}),
		page.InputField(page.Input{Field: f.Optional("teachers", "授课教师"), MaxLength: 400, Placeholder: v.T("几位教师用顿号分开")}),
		page.ComboField(page.Combo{Field: f.Optional("method", "方式"), Options: v.Indicators.Offered("mode")}),
		f.Checks("audiences", "面向人群", v.Indicators.Offered("audience")), f.Checks("campaigns", "主题活动", v.Indicators.Offered("campaign")),
		page.InputField(page.Input{Field: f.Optional("campaigns_more", "其他主题活动"), MaxLength: 400}),
		page.InputField(page.Input{Field: f.Optional("material", "教材"), MaxLength: 200}), page.TextField(page.Text{Field: note, Rows: 3, MaxLength: 2000})), nil
}

// numbersAsked are the counts that the kind asks for, and those that are there.
func numbersAsked(v *desk.Visit, f *pages.Filled[Class, Words]) (all []templ.Component) {
	kind, known := f.Words.Rules.Kind(f.Values.Get("kind"))
	for _, one := range []struct{ key, label, unit string }{{"enrolled", "招收学员", "人"}, {"attendances", "培训人次", "人次"}, {"examined", "参加考试", "人"},
		{"passed", "考试合格", "人"}, {"hours", "学时", "学时"}} {
		if known && !slices.Contains(kind.Asks, one.key) && f.Values.Get(one.key) == "" {
			continue
		}
		control := f.Counted(one.key, one.label)
		control.Optional = !slices.Contains(kind.Needs, one.key)
		count := page.Count{Unit: v.T(one.unit)}
		switch one.key {
		case "hours":
			all = append(all, page.InputField(page.Input{Field: control, Unit: v.T("学时"), InputMode: "decimal", Autocomplete: "off"}))
			continue
		case "attendances":
			control.Hint = v.T("每次到训的都算；可写 约50、200余。分场填了人次的，这里空着")
			count.Exact = f.Exact("attendances", "exact")
		case "enrolled":
			control.Hint = v.T("不与人次相加")
		case "examined":
			if kind.Exam == "expected" {
				control.Hint = v.T("参加统一考试的人数")
			}
		}
		count.Field = control
		all = append(all, page.CountField(count))
	}
	return all
}
