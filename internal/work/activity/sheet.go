package activity

import (
	"slices"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/xlsx"
)

type (
	sheetColumn = register.SheetColumn[Activity, Words]
	reading     = register.Reading[Words]
)

// sheet is how workbooks of activities are read and lists of them written. A row without a word on it was held. Two are one by name,
// place and first day; those of one category, place and day are asked about and never taken for one another.
func (s *Service) sheet() *register.Sheet[Activity, Words] {
	return &register.Sheet[Activity, Words]{Book: s.Book, Name: "活动", Table: s.table(), Groups: s.groups(), Group: func(a *Activity) *string { return &a.Category }, Kinded: "category",
		Endings: s.Catalogue.endings, Tree: treeOf, On: func(w Words, on day.Day) Words { w.Rules = s.Catalogue.On(on); return w },
		Unit: unitOf, Place: placeOf, Venue: func(a *Activity) *string { return &a.Venue }, Note: func(a *Activity) *string { return &a.Note },
		Begin: func() Activity { return Activity{Life: Held} }, Days: settleRow, Finish: func(r *reading, a *Activity, _ bool) {
			s.settleStops(r, a)
			settlePartners(r, a)
			a.settle(r.Tree)
		}, Joint: s.tours(), Under: under(), Writing: s.writing,
		Same: []string{"title", "place", "start_day"}, By: "同名、同地、同日", Like: []string{"category", "place", "start_day"}, Alike: "类别、地点、日期", Apart: true, Since: "start_day", Within: "venue"}
}

func treeOf(w Words) *org.Tree    { return w.Tree }
func unitOf(a *Activity) *string  { return &a.Unit }
func placeOf(a *Activity) *string { return &a.Place }

// table are the columns: the headings that offices give their lists of activities, in the order of the export.
func (s *Service) table() []sheetColumn {
	text, names, first, last := register.TextColumn[Activity, Words], register.NamesColumn[Activity, Words], register.DayColumn[Activity, Words], register.EndColumn[Activity, Words]
	all := []sheetColumn{
		register.SerialColumn[Activity, Words]().Or("编码", "序列"),
		register.NumberColumn[Activity, Words](),
		register.KindColumn("类别", func(a Activity, w Words) string { return s.Fields.Text("category", a, w) }).Or("活动类别", "活动类型", "类型", "活动形式", "形式").Wide(14),
		text("name", "活动名称", func(a *Activity) *string { return &a.Name }).Or("名称", "活动", "活动项目", "活动内容", "内容", "主题内容").Wide(32).Tells(),
		tourColumns()[0],
		text("theme", "主题", func(a *Activity) *string { return &a.Theme }).Or("活动主题").Wide(20),
		register.FieldColumn("life", "举办情况", intake.Text, func(a *Activity) *Life { return &a.Life }, readLife, func(l Life, _ Words) any { return l.Title() }).Or("开展情况", "完成情况", "落实情况", "是否举办").Wide(10),
		register.UnitColumn("主办单位", unitOf, treeOf).Or("举办单位", "组织单位", "主办", "牵头单位").
			Merges(func(into *Activity, said Activity) {
				into.Unit, into.Host, into.OwnRole = said.Unit, said.Host, said.OwnRole
			}).
			Writes(xlsx.Auto, func(e entry, w Words) any { return register.Filled(quotedName(s.Fields.Text("unit", e.Body, w))) }),
		{Column: intake.Column{Key: "own", Title: "本单位", Type: intake.Text}, Out: s.out("own"), Width: 18},
		s.partners("partners", "参加单位", "参与").Or("参与单位", "参加单位及分工", "合作单位", "联合单位").Wide(24).Writes(xlsx.Auto, s.out("partners")),
		s.partners("partners_undertake", "承办单位", "承办").Or("承办"),
		s.partners("partners_assist", "协办单位", "协办").Or("协办", "配合单位"),
		s.partners("partners_guide", "指导单位", "指导").Or("指导"),
	}
	for _, c := range register.PlaceColumns(placeOf, treeOf, "活动地点", "举办地点", "开展地点") {
		all = append(all, c.Merges(func(into *Activity, said Activity) {
			into.Place, into.Village, into.Town = said.Place, said.Village, said.Town
		}))
	}
	all = append(all,
		text("venue", "具体场所", func(a *Activity) *string { return &a.Venue }).Or("场所", "会场", "具体地点").Wide(18),
		text("site", "场所种类", func(a *Activity) *string { return &a.Site }).Wide(10),
		first("start", "开始日期", func(a *Activity) *day.Day { return &a.Start }).Or("活动时间", "活动日期", "时间", "日期", "开始", "开始时间", "举办时间", "举办日期", "开展时间", "活动时间/开始"),
		last("end", "结束日期", func(a *Activity) *day.Day { return &a.End }).Or("结束", "结束时间", "活动时间/结束").
			Merges(func(into *Activity, said Activity) {
				if said.End != into.countingDay() {
					into.End = said.End
				}
			}).
			Writes(xlsx.AsDay, func(e entry, _ Words) any { return e.Body.countingDay() }))
	for _, c := range s.Catalogue.counts {
		all = append(all, countColumn(c))
	}
	keys := func(key, title string, at func(a *Activity) *[]string) sheetColumn {
		return register.FieldColumn(key, title, intake.List, at, readBodies, func(all []string, w Words) any { return register.Filled(w.bodyNames(all)) })
	}
	all = append(all, s.materials()...)
	parents := s.parentColumns()
	return append(all, s.campaigns().Or("所属活动", "专项活动", "主题日", "活动专题").Wide(18),
		names("audiences", "人群", func(a *Activity) *[]string { return &a.Audiences }).Or("对象", "活动对象", "受众", "参加对象", "重点人群").Wide(14),
		s.stopsColumn().Wide(40),
		tourColumns()[1],
		s.media().Or("宣传报道", "媒体", "报道媒体").Wide(24),
		keys("schools", "到的学校", func(a *Activity) *[]string { return &a.Bodies.Schools }).Or("学校"),
		keys("enterprises", "服务的企业科协", func(a *Activity) *[]string { return &a.Bodies.Enterprises }),
		keys("teams", "小分队", func(a *Activity) *[]string { return &a.Bodies.Teams }).Or("下乡小分队"),
		keys("receivers", "受赠单位", func(a *Activity) *[]string { return &a.Bodies.Receivers }),
		keys("opened", "开放的单位", func(a *Activity) *[]string { return &a.Bodies.Opened }).Or("开放单位"),
		names("programmes", "重点工程", func(a *Activity) *[]string { return &a.Programme }),
		names("industries", "产业", func(a *Activity) *[]string { return &a.Industry }),
		s.drives(), marks().Writes(0, s.out("marks")), parents[0], parents[1], parents[2],
		names("leaders", "出席领导", func(a *Activity) *[]string { return &a.Leaders }).Or("参加领导", "领导").Wide(18),
		s.cost().Or("经费", "经费支出", "投入经费").Wide(10),
		text("summary", "小结", func(a *Activity) *string { return &a.Summary }).Or("活动小结", "活动效果").Wide(24),
		text("note", "备注", func(a *Activity) *string { return &a.Note }).Wide(24))
}

// out writes a field as history has it.
func (s *Service) out(key string) func(e entry, w Words) any {
	return func(e entry, w Words) any { return register.Filled(s.Fields.Text(key, e.Body, w)) }
}

// groups are the categories of the catalogue, known by its words.
func (s *Service) groups() []intake.SheetKind {
	var all []intake.SheetKind
	for _, k := range s.Catalogue.kinds {
		if !slices.ContainsFunc(all, func(s intake.SheetKind) bool { return s.Code == k.Code }) {
			all = append(all, intake.SheetKind{Code: k.Code, Name: k.Name, Hints: k.HintNames})
		}
	}
	return all
}

// readLife reads what became of an activity.
func readLife(r *reading, v intake.Value) (Life, bool) {
	for _, one := range []struct {
		life  Life
		words []string
	}{{Cancelled, strings.Fields("取消 不办 未举办")}, {Postponed, strings.Fields("延期 推迟")}, {Planned, strings.Fields("计划 拟 未开展 待")}, {Held, strings.Fields("已 举办 完成 开展 是")}} {
		if slices.ContainsFunc(one.words, func(word string) bool { return strings.Contains(v.Text, word) }) {
			return one.life, true
		}
	}
	r.Wrong("life", "举办情况「%s」看不懂，请写已举办、计划、延期或已取消", v.Text)
	return "", false
}

// settleRow settles the last day, and who held it (settleHosts).
func settleRow(r *reading, a *Activity) {
	for _, s := range a.Stops { // of the cell 各站
		if !r.Bad("start") && r.Text("start") == "" && (a.Start == "" || s.Day < a.Start) {
			a.Start = s.Day
			r.Give("start")
		}
		if !r.Bad("end") && r.Text("end") == "" && s.Day > a.End {
			a.End = s.Day
			r.Give("end")
		}
	}
	if start, ok := r.Has("start"); ok && a.End == "" {
		switch {
		case start.Ranged:
			a.End = start.To
			r.Give("end")
		case !r.Bad("end"):
			a.End = a.Start
		}
	}
	settleHosts(r, a)
}

// countColumn is a count of the catalogue.
func countColumn(rule CountRule) sheetColumn {
	c := sheetColumn{Column: intake.Column{Key: rule.Code, Title: rule.Name, Aliases: headsOf(rule), Units: []string{rule.Unit, unitShort(rule.Unit), "人"}, Type: intake.Count}}
	c.Read = func(_ *reading, v intake.Value, into *Activity) bool {
		if into.Counts == nil {
			into.Counts = Counts{}
		}
		into.Counts[rule.Code] = *register.CountIn(v)
		return true
	}
	c.Merge = func(into *Activity, said Activity) {
		n := said.Counts[rule.Code]
		if sum := into.stops(rule.Code); sum != nil && *sum == n {
			return // the stops say it
		}
		if into.Counts == nil {
			into.Counts = Counts{}
		}
		into.Counts[rule.Code] = n
	}
	c.Out = func(e entry, _ Words) any { return e.Body.total(rule.Code).Cell() }
	return c
}

// headsOf are other headings of a count: that of the people who came is the one that lists mean when they say no more.
func headsOf(rule CountRule) (aliases []string) {
	aliases = append(aliases, rule.Name+"人次", rule.Name+"人数")
	switch rule.Code {
	case countOnsite:
		aliases = append(aliases, below(strings.Fields("现场 线下")...)...)
		aliases = append(aliases, strings.Fields("现场人数 现场人次 参加人数 参加人次 参与人数 参与人次 受众人数 受众人次 受益人数 受教育人次 人数 人次")...)
	case countOnline:
		aliases = append(aliases, below(strings.Fields("线上 网上 网络")...)...)
		aliases = append(aliases, strings.Fields("线上人数 线上人次 网上参与人次 观看人次 直播观看人次")...)
	case "consults":
		aliases = append(aliases, strings.Fields("咨询人次 接受咨询 咨询")...)
	}
	return aliases
}

// below are headings of two rows: what is counted above, how below it.
func below(lower ...string) (all []string) {
	for _, upper := range strings.Fields("人数 人次 人员 参加 参与 参加情况 参与情况") {
		for _, one := range lower {
			all = append(all, upper+"/"+one)
		}
	}
	return all
}

func readBodies(r *reading, v intake.Value) ([]string, bool) {
	c := &coder{w: r.Words}
	return c.bodies(v.List), true
}
