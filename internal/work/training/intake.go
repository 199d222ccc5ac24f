package training

import (
	"slices"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

type sheetColumn = register.SheetColumn[Class, Words]

// Sheet is how workbooks of classes are read and lists of them written.
func (s *Service) Sheet() *register.Sheet[Class, Words] {
	return &register.Sheet[Class, Words]{Book: s.Book, Name: "培训", Table: s.table(), Groups: s.groups(), Group: func(c *Class) *string { return &c.Kind }, Endings: s.Catalogue.endings,
		Tree: tree, On: func(w Words, on day.Day) Words { w.Rules = s.Catalogue.On(on); return w }, Unit: unitOf, Place: placeOf,
		Venue: func(c *Class) *string { return &c.Venue }, Note: func(c *Class) *string { return &c.Note },
		Days: days, Finish: name, Over: over,
		Same: []string{"class_kind", "title", "place", "start_day"}, By: "同名、同地、同日", Like: []string{"class_kind", "subject", "place", "start_day"}, Alike: "专业、地点、日期", Since: "start_day", Within: "venue"}
}

func tree(w Words) *org.Tree   { return w.Tree }
func unitOf(c *Class) *string  { return &c.Unit }
func placeOf(c *Class) *string { return &c.Place }

// table are the columns: the headings that offices give their lists of classes, in the order of the export.
func (s *Service) table() []sheetColumn {
	text, count, names, first, last := register.TextColumn[Class, Words], register.CountColumn[Class, Words], register.NamesColumn[Class, Words], register.DayColumn[Class, Words], register.EndColumn[Class, Words]
	subject := register.FieldColumn("subject", "专业", intake.Text, func(c *Class) *string { return &c.Subject },
		func(r *register.Reading[Words], v intake.Value) (string, bool) {
			if code, known := r.Words.Subjects.Code(v.Text); known {
				return code, true
			}
			return v.Text, true
		}, func(code string, w Words) any { return register.Filled(w.Subjects.Title(code)) }).Or("培训专业", "培训内容", "培训项目", "内容", "课题")
	all := []sheetColumn{
		register.SerialColumn[Class, Words]().Or("编码", "序列"),
		register.NumberColumn[Class, Words](),
		register.KindColumn("类型", func(c Class, w Words) string { return fields.Text("kind", c, w) }).Or("培训类型", "类别", "培训类别").Wide(20),
		text("name", "培训班名称", func(c *Class) *string { return &c.Name }).Or("班名", "名称", "培训名称", "班级名称", "培训班").Wide(32).Tells(),
		{Column: intake.Column{Key: "term", Title: "班次", Aliases: []string{"期次", "期数", "期别"}, Type: intake.Text}},
		subject.Wide(18).Tells(),
		register.UnitColumn("主办单位", unitOf, tree).Or("举办单位", "办班单位", "承办单位"),
	}
	all = append(all, register.PlaceColumns(placeOf, tree, "培训地点", "办班地点", "举办地点")...)
	return append(all,
		text("venue", "具体场所", func(c *Class) *string { return &c.Venue }).Or("场所", "会场", "教室").Wide(18),
		first("start", "开始日期", func(c *Class) *day.Day { return &c.Start }).Or("培训时间", "培训日期", "时间", "日期", "开始", "开始时间", "开班日期", "开班时间", "举办时间", "培训时间/开始"),
		last("end", "结束日期", func(c *Class) *day.Day { return &c.End }).Or("结束", "结束时间", "结业日期", "结业时间", "培训时间/结束").
			Merges(func(into *Class, said Class) {
				if said.End != into.countingDay() {
					into.End = said.End
				}
			}).
			Writes(xlsx.AsDay, func(e entry, _ Words) any {
				if last := e.Body.countingDay(); last != "" {
					return last
				}
				return nil
			}),
		register.OutColumn("学时", func(e entry, _ Words) any {
			if m := e.Body.minutes(); m != nil {
				return float64(*m) / 60
			}
			return nil
		}),
		register.OutColumn("场次", func(e entry, _ Words) any {
			if n := len(e.Body.Sessions); n > 0 {
				return n
			}
			return nil
		}),
		count("enrolled", "招收学员", func(c *Class) **Count { return &c.Enrolled }).Or("招收学员数", "招生人数", "学员数", "学员人数").In("名", "人"),
		count("attendances", "培训人次", func(c *Class) **Count { return &c.Attendances }).Or("参训人次", "人次", "培训人数", "参训人数", "受训人次").In("人次", "人").
			Writes(xlsx.Auto, func(e entry, _ Words) any { return e.Body.attendances().Cell() }),
		count("examined", "参加考试", func(c *Class) **Count { return &c.Examined }).Or("参加考试人数", "参考人数", "考试人数").In("人", "名"),
		count("passed", "考试合格", func(c *Class) **Count { return &c.Passed }).Or("考试合格人数", "合格人数", "合格").In("人", "名"),
		names("teachers", "授课教师", func(c *Class) *[]string { return &c.Teachers }).Or("教师", "授课老师", "主讲人", "授课人", "讲师").Wide(18),
		names("partners", "协办单位", func(c *Class) *[]string { return &c.Partners }).Wide(18),
		text("method", "方式", func(c *Class) *string { return &c.Method }).Or("培训方式", "形式", "培训形式"),
		text("material", "教材", func(c *Class) *string { return &c.Material }).Or("培训教材").Wide(18),
		register.OutColumn("人群", func(e entry, w Words) any { return register.Filled(fields.Text("audiences", e.Body, w)) }).Wide(14),
		register.OutColumn("主题活动", func(e entry, w Words) any { return register.Filled(fields.Text("campaigns", e.Body, w)) }).Wide(14),
		text("note", "备注", func(c *Class) *string { return &c.Note }).Wide(24))
}

// groups are the kinds of the catalogue, known by its words.
func (s *Service) groups() []intake.SheetKind {
	var all []intake.SheetKind
	for _, k := range s.Catalogue.kinds {
		if !slices.ContainsFunc(all, func(s intake.SheetKind) bool { return s.Code == k.Code }) {
			all = append(all, intake.SheetKind{Code: k.Code, Name: k.Name, Hints: k.HintNames})
		}
	}
	return all
}

// days settles the end: that of a cell with both days; a class without an end is one of a single day, said so.
func days(r *register.Reading[Words], c *Class) {
	start, ok := r.Has("start")
	if _, said := r.Has("end"); !ok || said {
		return
	}
	switch {
	case start.Ranged:
		c.End = start.To
		r.Give("end")
	case !r.Bad("end"):
		c.End = c.Start
		r.Warn("end", "没有结束日期，按当天结束记")
	}
}

// over leaves the number of a class alone that is the sum of its sessions; a row that says another is refused: which session was it?
func over(was Class, now *Class) error {
	of := Class{Sessions: was.Sessions}
	sum := of.attendances()
	if sum == nil {
		return nil
	}
	if said := now.Attendances; said != nil && said.String() != sum.String() && (was.Attendances == nil || said.String() != was.Attendances.String()) {
		return errs.E(errs.Invalid, "培训人次是各场相加的%s，这里是%s；要改请打开这一条，改那一场的人次", sum, said)
	}
	now.Attendances = was.Attendances
	return nil
}

// name makes the name that a list of 班次 and 专业 leaves out: 蔬菜种植农函大培训班第1期.
func name(r *register.Reading[Words], c *Class, _ bool) {
	if c.Name != "" || c.Subject == "" {
		return
	}
	term := zh.Fold(r.Text("term"))
	if term != "" && strings.Trim(term, "0123456789") == "" {
		term = "第" + term + "期"
	}
	k, _ := r.Words.Rules.Kind(c.Kind)
	what := "培训班"
	place := ""
	if slices.Contains(k.Needs, "enrolled") {
		what = strings.TrimSuffix(k.Name, "班") + "班"
	} else if p, ok := r.Tree.Township(c.Place); ok {
		place = p.Name
	}
	c.Name = place + r.Words.Subjects.Title(c.Subject) + what + term
}
