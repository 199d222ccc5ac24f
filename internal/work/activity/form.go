package activity

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
)

type filled = pages.Filled[Activity, Words]

// The tables within the form, with the keys of their columns.
var (
	partnerKeys  = []string{"name", "role"}
	materialKeys = []string{"title", "kind", "copies", "source"}
	driveKeys    = []string{"drive", "item"}
	mediaKeys    = []string{"outlet", "level", "day", "title", "link"}
)

// form is what the form of an activity asks.
func (s *Service) form() pages.Form[Activity, Words] {
	f := pages.Form[Activity, Words]{Blank: s.blank, Day: formDay, Read: s.read, Values: func(_ *desk.Visit, a Activity, w Words) url.Values { return valuesOf(a, w) },
		Fields: s.formFields, Name: "name", Same: "名称相近、同日、同地",
		Order: []string{"category", "life", "name", "theme", "start", "end", "place", "venue", "site", "unit"},
		Rows:  map[string][]string{"partners": partnerKeys, "materials": materialKeys, "stops": s.Catalogue.stopKeys(), "media": mediaKeys, "drives": driveKeys},
		Stops: []string{"start", "end", "stops", "materials", "life"}}
	for _, c := range s.Catalogue.counts {
		f.Order = append(f.Order, c.Code)
		f.Numbers = append(f.Numbers, pages.Number[Activity]{Field: c.Code, Name: c.Name, Clear: func(a *Activity) { delete(a.Counts, c.Code) }})
	}
	f.Order = append(f.Order, "campaigns", "audiences", "partners", "host", "own_role", "stops", "materials", "schools", "opened", "enterprises", "receivers", "teams", "media",
		"marks", "parent", "drives", "programmes", "industries", "leaders", "cost", "summary", "note")
	return f
}

// blank is what a new form says already.
func (s *Service) blank(v *desk.Visit) url.Values {
	values := url.Values{"exact": {"exact"}, "life": {string(Held)}}
	if kinds := s.Catalogue.On(v.Today).Kinds(); len(kinds) > 0 {
		values.Set("category", kinds[0].Code)
	}
	if home := v.Tree.Unit(v.Actor.Unit); home.ID != "" {
		values.Set("unit", home.Code)
	}
	if parent := v.At.Get("parent"); parent != "" {
		values.Set("parent", parent)
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

// formFields are the controls: first what every activity has, then what its category asks, then the rest folded. A fold is open where
// something in it is filled in or wrong.
func (s *Service) formFields(v *desk.Visit, f *filled) ([]templ.Component, error) {
	kinds := page.Select{Field: f.Counted("category", "类别"), Again: v.T("按这个类别填")}
	for _, k := range f.Words.Rules.Kinds() {
		kinds.Options = append(kinds.Options, page.Option{Value: k.Code, Label: v.T(k.Name)})
	}
	life := page.Select{Field: f.Counted("life", "举办情况")}
	for _, l := range Lives() {
		life.Options = append(life.Options, page.Option{Value: string(l), Label: v.T(l.Title())})
	}
	name, end := f.Field("name", "活动名称"), f.Counted("end", "结束日期")
	name.Wide = true
	end.Optional, end.Hint = true, v.T("只办一天的不用填；按这一天计入")
	all := []templ.Component{page.SelectField(kinds), page.SelectField(life),
		page.InputField(page.Input{Field: name, MaxLength: 120, Autocomplete: "off", Placeholder: v.T("例如：全国科普日一条街咨询")}),
		f.Day(f.Counted("start", "开始日期")), f.Day(end), f.Place("place", "地点"),
		page.InputField(page.Input{Field: f.Optional("venue", "具体场所"), MaxLength: 120, Placeholder: v.T("例如：人民广场")}),
		page.SelectField(page.Select{Field: f.Optional("site", "场所种类"), Options: words(v, f.Words.Rules.sites), Empty: v.T("没有选")}), f.Unit("unit", "主办单位")}
	kind, _ := f.Words.Rules.Kind(f.Values.Get("category"))
	all = append(all, s.asked(v, f, kind)...)
	all = append(all, s.campaignChecks(v, f), f.Checks("audiences", "面向人群", v.Indicators.Offered("audience")))
	items, err := s.itemsUsed(v, f)
	return append(all, s.folds(v, f, kind, items)...), err
}

// itemsUsed are what drives consisted of so far, in the order in which they were first counted, so that one thing keeps one spelling.
func (s *Service) itemsUsed(v *desk.Visit, f *filled) (items []string, err error) {
	keys, err := ledger.Keys(v.Ctx, f.Tx, ledger.Filter{Measures: []string{measureDriveItems}, To: v.Today})
	for _, k := range keys {
		if _, item, ok := strings.Cut(k, "·"); ok && !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	return items, err
}

// driveOptions are the drives that can be chosen, those that the form says already among them.
func driveOptions(v *desk.Visit, f *filled) []page.Option {
	all := []page.Option{{Label: ""}}
	add := func(drive string) {
		if !slices.ContainsFunc(all, func(o page.Option) bool { return o.Value == drive }) {
			all = append(all, page.Option{Value: drive, Label: v.T(drive)})
		}
	}
	for _, drive := range v.Indicators.Offered("drive") {
		add(drive)
	}
	for _, d := range f.Body.Drives {
		add(d.Drive)
	}
	return all
}

// words are options that are called what they are.
func words(v *desk.Visit, all []string) (options []page.Option) {
	for _, one := range all {
		options = append(options, page.Option{Value: one, Label: v.T(one)})
	}
	return options
}

// asked are the counts of the category.
func (s *Service) asked(v *desk.Visit, f *filled, kind KindRule) (all []templ.Component) {
	for _, c := range f.Words.Rules.counts {
		if slices.Contains(kind.Asks, c.Code) {
			all = append(all, s.countField(v, f, kind, c))
		}
	}
	return all
}

// countField is the control of a count.
func (s *Service) countField(v *desk.Visit, f *filled, kind KindRule, c CountRule) templ.Component {
	field := f.Counted(c.Code, c.Name)
	field.Optional = !slices.ContainsFunc(kind.Needs, func(need string) bool { return slices.Contains(strings.Split(need, "|"), c.Code) })
	count := page.Count{Unit: unitShort(v.T(c.Unit))}
	switch c.Code {
	case countOnsite:
		field.Hint = v.T("可写 约50、200余；分站填了的空着，按各站相加；子活动的数记在子活动里，不加进这里")
		count.Exact = f.Exact(countOnsite, "exact")
	case "consults", "clinics":
		field.Hint = v.T("分站填了的空着，按各站相加；子活动的数记在子活动里，不加进这里")
	case countUnits:
		field.Hint = v.T("各单位自己填份额的，不算在这里")
	}
	count.Field = field
	return page.CountField(count)
}

// campaignChecks offers the campaigns, those that run on the day first.
func (s *Service) campaignChecks(v *desk.Visit, f *filled) templ.Component {
	on := formDay(f.Values)
	field := f.Optional("campaigns", "主题活动")
	field.Wide = true
	checks := page.Checks{Field: field, Chosen: f.Values["campaigns"]}
	add := func(code, label string) {
		if !slices.ContainsFunc(checks.Options, func(o page.Option) bool { return o.Value == code }) {
			checks.Options = append(checks.Options, page.Option{Value: code, Label: label})
		}
	}
	for _, e := range f.Words.Running(on) {
		add(e.Code, v.T("%s（正在期间）", v.T(e.Name)))
	}
	for _, c := range f.Words.Rules.campaigns {
		add(c.Code, v.T(c.Name))
	}
	for _, code := range f.Values["campaigns"] {
		add(code, v.T(s.Catalogue.CampaignName(code, on)))
	}
	return page.CheckField(checks)
}

// folds are the parts of the form that are closed until something is in them.
func (s *Service) folds(v *desk.Visit, f *filled, kind KindRule, items []string) []templ.Component {
	text := func(name, label, placeholder string, wide bool) templ.Component {
		field := f.Optional(name, label)
		field.Wide = wide
		return page.InputField(page.Input{Field: field, MaxLength: 400, Placeholder: v.T(placeholder)})
	}
	area := func(name, label string, rows int) templ.Component {
		field := f.Optional(name, label)
		field.Wide = true
		return page.TextField(page.Text{Field: field, Rows: rows, MaxLength: 2000})
	}
	fold := func(title, note string, names []string, parts ...templ.Component) templ.Component {
		open := false
		for _, name := range names {
			open = open || s.has(f, name)
		}
		return page.FoldBox(page.Fold{Title: v.T(title), Note: v.T(note), Open: open}, templ.Join(parts...))
	}
	var others []string
	var counts []templ.Component
	for _, c := range f.Words.Rules.counts {
		if !slices.Contains(kind.Asks, c.Code) {
			others, counts = append(others, c.Code), append(counts, s.countField(v, f, kind, c))
		}
	}
	host := f.Optional("host", "第一主办是别的单位")
	host.Hint = v.T("例如县委宣传部。写了，这场就不计入本单位主办的活动，只记参加")
	role := page.Select{Field: f.Optional("own_role", "本单位在其中"), Options: words(v, f.Words.Rules.roles), Empty: v.T("没有选")}
	materials := make([]page.Option, 0, len(f.Words.Rules.material))
	for _, m := range f.Words.Rules.material {
		materials = append(materials, page.Option{Value: m.Code, Label: v.T(m.Name)})
	}
	empty := page.Option{Label: ""}
	parts := []templ.Component{
		fold("参加单位", "联合办的、协办的，各单位可自己填份额", []string{"partners", "host", "own_role", "open"},
			f.Table(page.SubRows{Name: "partners", Label: v.T("参加单位"), AddLabel: v.T("再加一个单位"), Hint: v.T("单位表里有的写全名，就能请它自己填份额"),
				Heads: []page.SubHead{{Key: "name", Label: v.T("单位名称")}, {Key: "role", Label: v.T("角色"), Type: "select", Options: append([]page.Option{empty}, words(v, f.Words.Rules.roles)...)}}}),
			page.CheckField(page.Checks{Field: f.Optional("open", "份额"), Options: []page.Option{{Value: "yes", Label: v.T("请各单位自己填份额，合计随填随长")}}, Chosen: f.Values["open"]}),
			page.InputField(page.Input{Field: host, MaxLength: 120}), page.SelectField(role)),
		fold("发放资料", "资料、宣传用品、门票", []string{"materials"},
			f.Table(page.SubRows{Name: "materials", Label: v.T("发放资料"), AddLabel: v.T("再加一种"), Hint: v.T("一个品名一行；种类和份数分开数"),
				Heads: []page.SubHead{{Key: "title", Label: v.T("品名")}, {Key: "kind", Label: v.T("种类"), Type: "select", Options: append([]page.Option{empty}, materials...)},
					{Key: "copies", Label: v.T("数量")}, {Key: "source", Label: v.T("来源")}}})),
		fold("各站", "三下乡、送科技下乡：一站一行，整趟算一次", []string{"stops"},
			f.Table(page.SubRows{Name: "stops", Label: v.T("各站"), AddLabel: v.T("再加一站"), Hint: v.T("各站填了的数相加，算这一趟的；上面同一项空着"), Heads: stopHeads(v, f)})),
		fold("其他数", "这一类一般不填的数", others, counts...),
		fold("到的学校和单位", "数到了几所学校、几个单位", []string{"schools", "opened", "enterprises", "receivers", "teams"},
			text("schools", "到的学校", "几所用顿号分开", false), text("opened", "开放的单位", "几个用顿号分开", false), text("enterprises", "服务的企业科协", "几家用顿号分开", false),
			text("receivers", "受赠单位", "几个用顿号分开", false), text("teams", "下乡小分队", "例如：卫生队、农技队", false)),
		fold("媒体报道", "", []string{"media"},
			f.Table(page.SubRows{Name: "media", Label: v.T("媒体报道"), AddLabel: v.T("再加一条"), Hint: v.T("一篇（条）一行，按报道日期计入"),
				Heads: []page.SubHead{{Key: "outlet", Label: v.T("媒体")}, {Key: "level", Label: v.T("级别"), Type: "select", Options: append([]page.Option{empty}, words(v, []string{"县级", "市级", "省级", "国家级"})...)},
					{Key: "day", Label: v.T("日期"), Type: "date"}, {Key: "title", Label: v.T("标题")}, {Key: "link", Label: v.T("链接")}}})),
		fold("归属和标记", "重点、示范，主活动，专项行动", []string{"marks", "parent", "drives", "programmes", "industries"},
			page.CheckField(page.Checks{Field: f.Optional("marks", "标记"), Chosen: f.Values["marks"], Options: []page.Option{{Value: markKey, Label: v.T("重点活动")}, {Value: markModel, Label: v.T("示范活动")},
				{Value: "umbrella", Label: v.T("只统领子活动，本身没有单独一场")}}}),
			text("parent", "主活动", "主活动的编号，例如 HD-0012", false),
			f.Table(page.SubRows{Name: "drives", Label: v.T("专项行动"), AddLabel: v.T("再加一项"), Hint: v.T("做的哪一件用写过的说法，同一件才只数一次，例如：七个一，读一本科普书"),
				Heads: []page.SubHead{{Key: "drive", Label: v.T("专项行动"), Type: "select", Options: driveOptions(v, f)}, {Key: "item", Label: v.T("做的哪一件"), Offers: items}}}),
			f.Checks("programmes", "重点工程", v.Indicators.Offered("programme")), text("industries", "产业", "例如：果树、畜禽", false)),
		fold("小结", "领导、经费、小结、备注", []string{"theme", "leaders", "cost", "summary", "note"},
			text("theme", "主题", "", true), text("leaders", "出席领导", "几位用顿号分开", false),
			page.InputField(page.Input{Field: f.Optional("cost", "经费"), Unit: v.T("元"), InputMode: "decimal", Autocomplete: "off"}), area("summary", "小结", 4), area("note", "备注", 3)),
	}
	return parts
}

// usualAtStops are the counts that the row of every stop asks for.
var usualAtStops = []string{countOnsite, "consults", "clinics"}

// stopKeys are the keys of the columns that the table of stops may have.
func (c Catalogue) stopKeys() []string {
	keys := append([]string{"day", "place"}, usualAtStops...)
	for _, n := range c.counts {
		if n.AtStops && !slices.Contains(keys, n.Code) {
			keys = append(keys, n.Code)
		}
	}
	return append(keys, "needs")
}

// stopHeads are the columns of the table of stops: beside the usual counts those that a stop says, so that the others can say them, too.
func stopHeads(v *desk.Visit, f *filled) []page.SubHead {
	heads := []page.SubHead{{Key: "day", Label: v.T("日期"), Type: "date"}, {Key: "place", Label: v.T("地点"), Long: true}, {Key: countOnsite, Label: v.T("现场人次")},
		{Key: "consults", Label: v.T("咨询")}, {Key: "clinics", Label: v.T("义诊")}}
	for _, c := range f.Words.Rules.counts {
		if !c.AtStops || slices.Contains(usualAtStops, c.Code) {
			continue
		}
		for i := 0; f.Values.Has(stopRow(i) + "day"); i++ {
			if f.Values.Get(stopRow(i)+c.Code) != "" {
				heads = append(heads, page.SubHead{Key: c.Code, Label: v.T(c.Name)})
				break
			}
		}
	}
	return append(heads, page.SubHead{Key: "needs", Label: v.T("群众的需求"), Long: true})
}

// has reports whether a field of the form, or a row of a table, is filled in or wrong.
func (s *Service) has(f *filled, name string) bool {
	if desk.ErrorOf(f.Errors, name) != "" {
		return true
	}
	for key, values := range f.Values {
		if key != name && !strings.HasPrefix(key, name+".") {
			continue
		}
		if slices.ContainsFunc(values, func(value string) bool { return strings.TrimSpace(value) != "" }) {
			return true
		}
	}
	return slices.ContainsFunc(f.Errors, func(e page.FieldError) bool { return strings.HasPrefix(e.Name, name+".") })
}
