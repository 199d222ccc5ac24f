package external

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

type (
	sheetColumn = register.SheetColumn[Stated, Words]
	reading     = register.Reading[Words]
)

// Sheet is how workbooks of figures are read and lists of them written: a row for each figure, or one for each place with a column for
// each figure. There is one figure for a place, stage and year; a row that says another value of it is left, and said.
func (s *Service) Sheet() *register.Sheet[Stated, Words] {
	return &register.Sheet[Stated, Words]{Book: s.Book, Name: "基础数据", Table: s.table(), Groups: s.groups(), Group: func(f *Stated) *string { return &f.Figure }, Kinded: "figure",
		Endings: s.Catalogue.endings, Tree: tree, On: func(w Words, on day.Day) Words { w.Rules = s.Catalogue.On(on); return w },
		Unit: func(f *Stated) *string { return &f.Unit }, Place: placeOf, Days: s.settleRow,
		Same: []string{"figure", "stage", "slot", "place"}, By: "同一个数、同一地点、同一时间", Blank: []string{"stage"}, Dated: true, Held: true}
}

func tree(w Words) *org.Tree    { return w.Tree }
func placeOf(s *Stated) *string { return &s.Place }

// table are the columns, in the order of the export; then those of a sheet with a column for each figure.
func (s *Service) table() []sheetColumn {
	text := register.TextColumn[Stated, Words]
	year := register.FieldColumn("year", "年份", intake.Text, func(f *Stated) *int { return &f.Year }, readYear, nil).Or("年度", "学年", "统计年度").Wide(14).
		Writes(xlsx.AsText, func(e entry, w Words) any { return register.Filled(w.yearWords(e.Body)) })
	year.Year = true
	all := []sheetColumn{
		register.SerialColumn[Stated, Words]().Or("编码"),
		register.NumberColumn[Stated, Words](),
		register.KindColumn("数据", func(f Stated, w Words) string {
			r, _ := w.Catalogue.Figure(f.Figure)
			return r.Name
		}).Or("指标", "指标名称", "数据名称", "项目").Wide(24).Tells(),
		text("stage", "学段", func(f *Stated) *string { return &f.Stage }).Or("学校类别", "办学类型").Wide(12),
	}
	all = append(all, register.PlaceColumns(placeOf, tree, "地区", "哪里")...)
	all = append(all,
		year,
		register.DayColumn[Stated, Words]("day", "时点", func(f *Stated) *day.Day { return &f.Day }).Or("截止日期", "统计时点", "数据时点").Wide(12),
		register.FieldColumn("value", "数值", intake.Text, func(f *Stated) **register.Count { return &f.Value }, s.readCell, nil).Or("数", "数量", "指标值", "数据值").Wide(14).Tells().
			Writes(0, func(e entry, w Words) any {
				r, _ := w.Catalogue.Figure(e.Body.Figure)
				if r.Decimals == 0 {
					return e.Body.Value.Cell()
				}
				return register.Filled(r.Text(e.Body.Value))
			}),
		register.OutColumn("单位", func(e entry, w Words) any {
			r, _ := w.Catalogue.Figure(e.Body.Figure)
			return register.Filled(r.Unit)
		}),
		text("source", "来源", func(f *Stated) *string { return &f.Source }).Or("数据来源", "出处", "资料来源").Wide(36),
		register.UnitColumn("登记单位", func(f *Stated) *string { return &f.Unit }, tree),
		text("note", "备注", func(f *Stated) *string { return &f.Note }).Wide(24))
	for _, r := range s.Catalogue.figures {
		if len(r.Stages) == 0 {
			all = append(all, spread(r, ""))
		}
		for _, stage := range r.Stages {
			all = append(all, spread(r, stage))
		}
	}
	return all
}

// spread is the column of a figure in a sheet that has one for each: 常住人口, 小学在校学生数.
func spread(r FigureRule, stage string) sheetColumn {
	c := sheetColumn{Column: intake.Column{Key: "value." + codeOf(r.Code, stage), Title: stage + r.Name, Type: intake.Text, Units: []string{r.Unit}, Main: true, Of: r.Code, Into: "value"}}
	for _, hint := range r.HintNames {
		c.Aliases = append(c.Aliases, stage+hint)
	}
	if stage != "" {
		c.Aliases = append(c.Aliases, r.Name+"/"+stage, stage+"/"+r.Name)
		for _, hint := range r.HintNames {
			c.Aliases = append(c.Aliases, hint+"/"+stage, stage+"/"+hint)
		}
	}
	return c
}

// groups are the figures, known by their names.
func (s *Service) groups() (all []intake.SheetKind) {
	for _, r := range s.Catalogue.figures {
		all = append(all, intake.SheetKind{Code: r.Code, Name: r.Name, Hints: r.HintNames})
	}
	return all
}

var (
	schoolYear = regexp.MustCompile(`^(\d{4})(?:[-—–~至](\d{2}|\d{4}))?(?:学年|年度|年末|年底|年)?$`)
)

// readYear reads the year of a figure: 2024, 2024年, 2024—2025学年.
func readYear(r *reading, v intake.Value) (int, bool) {
	m := schoolYear.FindStringSubmatch(strings.ReplaceAll(zh.Fold(v.Text), " ", ""))
	if m == nil {
		r.Wrong("year", "年份「%s」看不懂，请写成 2024，学年写成 2024—2025学年", zh.Brief(v.Text, 20))
		return 0, false
	}
	year, err := strconv.Atoi(m[1])
	if err != nil || year < 1949 || year > 2200 {
		r.Wrong("year", "年份「%s」看不懂，请写成 2024，学年写成 2024—2025学年", zh.Brief(v.Text, 20))
		return 0, false
	}
	if m[2] != "" && !strings.HasSuffix(strconv.Itoa(year+1), m[2]) {
		r.Wrong("year", "「%s」不是一个学年，请写成 %d—%d学年", zh.Brief(v.Text, 20), year, year+1)
		return 0, false
	}
	return year, true
}

// readCell keeps the value of a row for settleRow: what it means depends on the figure.
func (s *Service) readCell(_ *reading, _ intake.Value) (*register.Count, bool) { return nil, true }

// settleRow reads the value by its figure, and fills in year and day as the form does.
func (s *Service) settleRow(r *reading, f *Stated) {
	rule, known := s.Catalogue.Figure(f.Figure)
	if _, stage, ok := strings.Cut(r.Sheet.Spread, ":"); ok { // a column of 小学在校学生数
		f.Stage = stage
		r.Give("stage")
	}
	if v, there := r.Has("value"); there && known {
		text := v.Text
		if rule.Unit == "%" && strings.HasSuffix(v.Shown, "%") {
			text = v.Shown
		}
		value, err := rule.Read(text)
		var e *errs.Error
		if errors.As(err, &e) {
			r.Wrong("value", e.Text, e.Args...)
		}
		f.Value = value
	}
	if known && rule.Span == PerDay && f.Year != 0 {
		r.Warn("year", "%s按时点登记，年份没有记", rule.Name)
		f.Year = 0
	}
	if known && rule.Span != PerDay && f.Year == 0 && f.Day == "" && !r.Bad("year") && !r.Bad("day") {
		f.Year = r.Sheet.Year
	}
	if was := *f; known {
		f.settle(rule, known)
		if f.Day != was.Day {
			r.Give("day")
		}
		if f.Year != was.Year {
			r.Give("year")
		}
	}
	if f.Day == "" && !r.Bad("day") && (!known || f.Year == 0 && rule.Span != PerDay) {
		f.Day = r.Today // the row stays out: that is said of the figure or the year already
	}
	if !known && f.Value == nil {
		f.Value = &register.Count{}
	}
	if len(rule.Stages) == 1 && f.Stage == "" {
		f.Stage = rule.Stages[0]
	}
	f.Stage = strings.TrimSuffix(f.Stage, "学段")
	if !slices.Contains(rule.Stages, f.Stage) && known && len(rule.Stages) == 0 && f.Stage != "" {
		r.Warn("stage", "%s不分学段，「%s」没有记", rule.Name, zh.Brief(f.Stage, 20))
		f.Stage = ""
	}
}
