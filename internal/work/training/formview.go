package training

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

// formView is the form of a class as it is shown: what is typed, and all that is to be said about it.
type formView struct {
	id      string
	record  *Record // nil for a new class
	version int     // the one that was read
	values  url.Values
	kept    int64 // when it was last kept without being sent
	notices []page.Notice
	problem *page.Notice
	errors  []page.FieldError
	similar []flow.Head
	theirs  []page.Difference
	status  int
}

// numberField is a number that kinds may ask for.
type numberField struct{ key, label, unit string }

var numberFields = []numberField{{"enrolled", "招收学员", "人"}, {"attendances", "培训人次", "人次"}, {"examined", "参加考试", "人"}, {"passed", "考试合格", "人"}, {"hours", "学时", "学时"}}

// blank is what a new form says already.
func (p *pages) blank(v *desk.Visit) url.Values {
	values := url.Values{"exact": {"exact"}}
	if kinds := p.Catalogue.On(v.Today).Kinds(); len(kinds) > 0 {
		values.Set("kind", kinds[0].Code)
	}
	if home := v.Tree.Unit(v.Actor.Unit); home.ID != "" {
		values.Set("unit", home.Code)
	}
	return values
}

// showForm shows the form.
func (p *pages) showForm(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, f *formView) error {
	on := dayOf(f.values.Get("end"))
	if on == "" {
		on = dayOf(f.values.Get("start"))
	}
	words, err := p.WordsOn(v.Ctx, tx, on)
	if err != nil {
		return err
	}
	was, ref := Class{}, Ref(id.New()) // whatever id a new class was sent with, it has posted nothing
	if f.record != nil {
		was, ref = f.record.Body, Ref(f.record.ID)
	}
	quiet := &web.Form{Values: f.values} // what it says of the values is said in f.errors already
	c, err := p.read(v.Ctx, tx, quiet, was)
	if err != nil {
		return err
	}
	counts, err := p.preview(tx, v, quiet, c, ref)
	if err != nil {
		return err
	}
	slices.SortStableFunc(f.errors, func(a, b page.FieldError) int { return fieldOrder(a.Name) - fieldOrder(b.Name) })
	list := v.At.Scope("/" + Kind)
	form := page.Form{ID: "class", Autosave: "/" + Kind + "/keep", Preview: "/" + Kind + "/preview", Errors: f.errors}
	head := page.FormHead{Crumbs: []page.NavItem{{Label: v.T("培训班"), Href: list.String()}}, Title: v.T("新建培训班")}
	if f.kept > 0 {
		head.Saved = v.T("%s 已自动保存", v.Instant(f.kept))
	}
	revises := p.formHead(v, f, &form, &head)
	if form.Says, err = p.formSays(tx, v, c, f); err != nil {
		return err
	}
	aside := []templ.Component{page.PreviewSlot(counts)}
	if len(f.similar) > 0 {
		f.notices = append(f.notices, page.Notice{Kind: page.Caution, Lead: v.T("可能已经记过，还没有提交。"), Text: v.T("看「可能重复」：不是同一期就点一下，接着提交。")})
		aside = append([]templ.Component{page.Duplicates(duplicate(v, f.similar))}, aside...)
	}
	form.Aside = templ.Join(aside...)
	units, err := mayWriteFor(v, words)
	if err != nil {
		return err
	}
	if f.status == 0 && len(f.errors) > 0 {
		f.status = http.StatusUnprocessableEntity
	}
	fields := p.formFields(v, f, words, units, revises)
	return v.Render(w, r, desk.Page{Title: head.Title, Tags: []string{"kind"}, Status: f.status}, formPage(head, form, f, fields))
}

// fieldOrder is where a field stands on the form, so that what is wrong is listed from top to bottom.
func fieldOrder(name string) int {
	name, _, _ = strings.Cut(name, ".")
	return slices.Index([]string{"reason", "kind", "subject", "name", "start", "end", "place", "venue", "enrolled", "attendances", "examined", "passed", "hours",
		"unit", "partners", "sessions", "teachers", "method", "campaigns_more", "material", "note"}, name)
}

// formHead fills title, address and buttons, for a new class or for the one that is changed; it reports whether a revision is opened.
func (p *pages) formHead(v *desk.Visit, f *formView, form *page.Form, head *page.FormHead) (opens bool) {
	submit := page.Action{Label: v.T("提交核实"), Kind: page.Primary, Name: "act", Value: "submit"}
	save := page.Action{Label: v.T("存草稿"), Name: "act", Value: "save", AsIs: true}
	at := func(path string) string {
		a := v.At.Without("form", "fresh")
		a.Path = path
		return a.String()
	}
	if f.record == nil {
		form.Action = at("/" + Kind + "/new")
		form.Leave = &page.Action{Label: v.T("放弃"), Href: at("/" + Kind)}
		head.Crumbs = append(head.Crumbs, page.NavItem{Label: v.T("新建")})
		form.Buttons = []page.Action{submit, save}
		if f.kept > 0 {
			form.Buttons = append(form.Buttons, page.Action{Label: v.T("丢掉这张表"), Kind: page.Quiet, To: "/" + Kind + "/new/drop", AsIs: true})
		}
		return false
	}
	rec := f.record
	opens = rec.State == flow.Verified && rec.Revision == flow.None
	href := desk.Href(Kind, rec.Number)
	form.Action, form.Version = at(href+"/edit"), strconv.Itoa(f.version)
	form.Leave = &page.Action{Label: v.T("不改了"), Href: at(href)}
	head.Title, head.State = rec.Title, string(rec.Waiting())
	verb := v.T("修改")
	switch rec.State {
	case flow.Verified:
		verb, save.Label, submit.Label = v.T("修订"), v.T("存修订"), v.T("提交修订")
	case flow.Returned:
		save.Label = v.T("先存着")
		f.notices = append(f.notices, page.Notice{Kind: page.Caution, Lead: v.T("退回的原因：%s", rec.Remark)})
	}
	head.Crumbs = append(head.Crumbs, page.NavItem{Label: v.Number(rec.Head), Href: at(href)}, page.NavItem{Label: verb})
	form.Buttons = []page.Action{submit, save}
	return opens
}

// formSays names who verifies what is submitted.
func (p *pages) formSays(tx *db.Tx, v *desk.Visit, c Class, f *formView) (string, error) {
	if c.Unit == "" {
		return v.T("填报人不能自己核实"), nil
	}
	h := flow.Head{Kind: Kind, Unit: c.Unit, Author: v.Actor.Account}
	if f.record != nil {
		h.Sender = f.record.Author
	}
	who, err := v.Checkers(tx, h)
	if err != nil || who == "" {
		return v.T("填报人不能自己核实"), err
	}
	return v.T("提交后由%s核实；填报人不能自己核实", who), nil
}

// duplicate asks about classes of the same name, day and place.
func duplicate(v *desk.Visit, same []flow.Head) page.Duplicate {
	var numbers []string
	for _, h := range same {
		numbers = append(numbers, h.Number)
	}
	h := same[0]
	d := page.Duplicate{Lead: v.T("同名、同日、同地已有"), Name: v.Number(h) + " " + h.Title, Href: desk.Href(Kind, h.Number),
		Text: v.T("，%s，%s填的，%s。", h.Day.Short(v.Today), h.AuthorName, v.T(h.State.Title()))}
	if len(same) > 1 {
		d.Text += page.Gap(v.Ctx) + v.T("一共 %d 期。", len(same))
	}
	d.Actions = []page.Action{{Label: v.T("不是同一期，提交"), Name: "distinct", Value: strings.Join(numbers, " "), Form: "class"},
		{Label: v.T("是，去看那一期"), Href: desk.Href(Kind, h.Number)}}
	return d
}

// formFields are the controls in their order. What the kind does not ask for is left out, unless it has a value.
func (p *pages) formFields(v *desk.Visit, f *formView, w Words, units []page.Option, opens bool) []templ.Component {
	field := func(name, label string) page.Field {
		return page.Field{Name: name, Label: v.T(label), Value: f.values.Get(name), Error: desk.ErrorOf(f.errors, name)}
	}
	optional := func(name, label string) page.Field {
		one := field(name, label)
		one.Optional = true
		return one
	}
	var all []templ.Component
	add := func(c ...templ.Component) { all = append(all, c...) }
	if opens {
		reason := field("reason", "为什么修订")
		reason.Wide, reason.Hint = true, v.T("例如：签到册漏计 12 人。原来的数在修订核实前照旧。")
		add(page.InputField(page.Input{Field: reason, MaxLength: 500}))
	}
	kinds := page.Select{Field: field("kind", "类型"), Again: v.T("按这个类型填")}
	kinds.Preview = true
	for _, k := range w.Rules.Kinds() {
		kinds.Options = append(kinds.Options, page.Option{Value: k.Code, Label: v.T(k.Name)})
	}
	subject := field("subject", "专业")
	subject.Preview = true
	name := field("name", "班名")
	name.Wide = true
	add(page.SelectField(kinds), page.ComboField(page.Combo{Field: subject, Options: w.Subjects.Names(), Placeholder: v.T("打字找，没有的直接写")}),
		page.InputField(page.Input{Field: name, MaxLength: 120, Autocomplete: "off", Placeholder: v.T("例如：核桃高接换优技术培训班（第2期）")}))
	start, end := field("start", "开始日期"), field("end", "结束日期")
	start.Preview, end.Preview = true, true
	end.Hint = v.T("只办一天的，和开始日期相同；按这一天计入")
	most := string(v.Today.Add(366))
	add(page.DayInput(page.DayField{Field: start, Min: "1990-01-01", Max: most}), page.DayInput(page.DayField{Field: end, Min: "1990-01-01", Max: most}))
	place := field("place", "地点")
	place.Preview = true
	add(page.ComboField(page.Combo{Field: place, Options: placesFor(v, w), Placeholder: v.T("乡镇或村，打字找")}),
		page.InputField(page.Input{Field: optional("venue", "具体场所"), MaxLength: 120, Placeholder: v.T("例如：核桃示范园")}))
	add(p.numbers(v, f, w, field)...)
	add(unitField(v, units, field("unit", "主办单位")), page.InputField(page.Input{Field: optional("partners", "协办单位"), MaxLength: 400, Placeholder: v.T("几个单位用顿号分开")}))
	add(p.sessionFields(v, f))
	add(page.InputField(page.Input{Field: optional("teachers", "授课教师"), MaxLength: 400, Placeholder: v.T("几位教师用顿号分开")}),
		page.ComboField(page.Combo{Field: optional("method", "方式"), Options: v.Indicators.Offered("mode")}))
	audiences, campaigns := optional("audiences", "面向人群"), optional("campaigns", "主题活动")
	audiences.Wide, campaigns.Wide = true, true
	add(page.CheckField(page.Checks{Field: audiences, Options: options(f.values["audiences"], v.Indicators.Offered("audience")), Chosen: f.values["audiences"]}),
		page.CheckField(page.Checks{Field: campaigns, Options: options(nil, v.Indicators.Offered("campaign")), Chosen: f.values["campaigns"]}),
		page.InputField(page.Input{Field: optional("campaigns_more", "其他主题活动"), MaxLength: 400}), page.InputField(page.Input{Field: optional("material", "教材"), MaxLength: 200}))
	note := optional("note", "备注")
	note.Wide = true
	add(page.TextField(page.Text{Field: note, Rows: 3, MaxLength: 2000}))
	return all
}

// numbers are the counts that the kind asks for.
func (p *pages) numbers(v *desk.Visit, f *formView, w Words, field func(name, label string) page.Field) (all []templ.Component) {
	kind, known := w.Rules.Kind(f.values.Get("kind"))
	for _, one := range numberFields {
		if known && !asks(kind, one.key) && f.values.Get(one.key) == "" {
			continue
		}
		control := field(one.key, one.label)
		control.Preview = true
		control.Optional = !slices.Contains(kind.Needs, one.key)
		switch one.key {
		case "hours":
			all = append(all, page.InputField(page.Input{Field: control, Unit: v.T("学时"), InputMode: "decimal", Autocomplete: "off"}))
			continue
		case "attendances":
			control.Hint = v.T("每次到训的都算；可写 约50、200余。分场填了人次的，这里空着")
			exact := exactChoice(f.values.Get("attendances"), f.values.Get("exact"))
			all = append(all, page.CountField(page.Count{Field: control, Unit: v.T(one.unit), Exact: &page.Exactness{Name: "exact", Label: v.T("这个数准不准"), Value: exact}}))
			continue
		case "enrolled":
			control.Hint = v.T("不与人次相加")
		case "examined":
			if kind.Exam == "expected" {
				control.Hint = v.T("参加统一考试的人数")
			}
		}
		all = append(all, page.CountField(page.Count{Field: control, Unit: v.T(one.unit)}))
	}
	return all
}

// exactChoice is the choice below a count: what was typed into the count wins, as it does when it is read (countOf).
func exactChoice(typed, chosen string) string {
	if c, err := register.ReadCount(typed, chosen); err == nil && c != nil {
		switch c.Exactness {
		case ledger.About, ledger.Nearly:
			return "about"
		case ledger.AtLeast:
			return "least"
		case ledger.Exact:
		}
	}
	if chosen == "" {
		return "exact"
	}
	return chosen
}

// unitField offers the units that the actor enters for; where that is one, it stands there.
func unitField(v *desk.Visit, units []page.Option, field page.Field) templ.Component {
	field.Preview = true
	if len(units) == 1 && field.Error == "" {
		return onlyUnit(field, units[0])
	}
	return page.SelectField(page.Select{Field: field, Options: units, Empty: v.T("请选")})
}

func (p *pages) sessionFields(v *desk.Visit, f *formView) templ.Component {
	rows := page.SubRows{Name: "sessions", Label: v.T("场次"), AddLabel: v.T("再加一场"), Error: desk.ErrorOf(f.errors, "sessions"),
		Hint: v.T("一场一行，选填；不填的，这个班记作没有逐场登记"),
		Heads: []page.SubHead{{Key: "day", Label: v.T("日期"), Type: "date"}, {Key: "topic", Label: v.T("内容")}, {Key: "teacher", Label: v.T("教师")},
			{Key: "hours", Label: v.T("学时"), Type: "number"}, {Key: "attendances", Label: v.T("人次"), Type: "number"}}}
	for n, row := range sessionRows(f.values) {
		one := page.SubRow{Values: row, Errors: map[string]string{}}
		for _, key := range sessionKeys {
			if says := desk.ErrorOf(f.errors, "sessions."+strconv.Itoa(n)+"."+key); says != "" {
				one.Errors[key] = says
			}
		}
		rows.Rows = append(rows.Rows, one)
	}
	if len(rows.Rows) == 0 { // scripts copy the last row, so there is always one
		rows.Rows = []page.SubRow{{}}
	}
	return page.SubRowsField(rows)
}

// placesFor are the places by name, those that the actor's own units serve first.
func placesFor(v *desk.Visit, w Words) []string {
	var own, others []string
	home := w.Tree.Unit(v.Actor.Unit).Place
	near := map[string]bool{}
	if home != "" && home != w.Tree.Root().ID {
		for _, id := range w.Tree.PlaceSubtree(home) {
			near[id] = true
		}
	}
	for _, one := range w.Tree.Places() {
		if near[one.ID] {
			own = append(own, placeWords(w.Tree, one.ID))
		} else {
			others = append(others, placeWords(w.Tree, one.ID))
		}
	}
	return append(own, others...)
}

// options are the values that are offered, and those that are chosen though no longer offered.
func options(chosen, offered []string) (all []page.Option) {
	for _, one := range append(slices.Clone(offered), chosen...) {
		if !slices.ContainsFunc(all, func(o page.Option) bool { return o.Value == one }) {
			all = append(all, page.Option{Value: one, Label: one})
		}
	}
	return all
}
