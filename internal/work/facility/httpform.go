package facility

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

// filled is the form of a facility as it is shown.
type filled = pages.Filled[Facility, Words]

// Where a facility comes from, as the form asks.
const (
	originNew = "new"
	originOld = "old"
)

func (c *console) form() pages.Form[Facility, Words] {
	order := []string{"kind", "name", "place", "spot", "unit", "stage", "start", "origin"}
	var numbers []pages.Number[Facility]
	for _, d := range c.Catalogue.facilityFields() {
		order = append(order, d.Code)
		if d.Type.numeric() {
			numbers = append(numbers, pages.Number[Facility]{Field: d.Code, Name: d.Name, Clear: func(f *Facility) { delete(f.Values, d.Code) }})
		}
	}
	return pages.Form[Facility, Words]{
		Blank: func(v *desk.Visit) url.Values {
			values := url.Values{"kind": {c.Catalogue.On(v.Today).Kinds()[0].Code}, "stage": {string(InUse)}, "origin": {originOld}}
			if kind := v.At.Get("kind"); kind != "" {
				values.Set("kind", kind)
			}
			return values
		},
		Day:    func(values url.Values) day.Day { return pages.DayOf(values.Get("start")) },
		Read:   c.read,
		Values: c.values,
		Fields: c.fields,
		Order:  append(order, "changes", "note"),
		Name:   "name", Numbers: numbers, Stops: []string{"start", "changes", "kind"}, Same: "同名、同类、同地",
	}
}

// read reads the whole facility. Its key stays; what the kind does not ask for is left out.
func (c *console) read(ctx context.Context, tx *db.Tx, f *web.Form, was Facility) (Facility, error) {
	one := Facility{Key: was.Key, Kind: f.Text("kind", "类别", 40), Name: f.Text("name", "名称", 200), Stage: Stage(f.Text("stage", "进展", 20)),
		Start: f.Day("start", "启用日期"), Old: f.Values.Get("origin") == originOld, Note: f.Text("note", "备注", 2000), Values: Values{}}
	t, err := pages.Read(ctx, tx, f, c.treeDay(one.Start), c.Catalogue.endings)
	if err != nil {
		return one, err
	}
	if one.Site, err = c.readSite(ctx, t, "", was.Site); err != nil {
		return one, err
	}
	rules := c.Catalogue.On(one.Start)
	k, _ := rules.Kind(one.Kind)
	for _, code := range k.Fields {
		d, _ := rules.Field(code)
		if v := readField(f, d, code); v != nil {
			one.Values[code] = v
		}
	}
	for i, old := range was.Changes {
		at := changeField(i)
		if f.Bool(at + "drop") {
			continue
		}
		ch := Change{Day: f.Day(at+"day", "日期"), What: old.What, Note: f.Text(at+"note", "说明", 400)}
		if !f.Has(at + "day") { // the form did not show it
			one.Changes = append(one.Changes, old)
			continue
		}
		if old.What == ledger.MovedIn && old.Site != nil {
			site, err := c.readSite(ctx, t, at, *old.Site)
			if err != nil {
				return one, err
			}
			ch.Site = &site
		}
		for code := range old.Values {
			d, _ := rules.Field(code)
			if ch.Values == nil {
				ch.Values = Values{}
			}
			ch.Values[code] = readField(f, d, at+code)
		}
		one.Changes = append(one.Changes, ch)
	}
	return one, nil
}

// treeDay is the day by whose tree a facility's places are read: today's, where it is not said yet.
func (c *console) treeDay(start day.Day) day.Day {
	if start < oldest {
		return ""
	}
	return start
}

// readSite reads where a facility stands and whose it is. A unit that the actor does not enter for stays as it was.
func (c *console) readSite(ctx context.Context, t pages.Typed, at string, was Site) (s Site, err error) {
	var venue string
	s.Place, venue = t.Place(at+"place", "地点")
	if s.Spot = t.Text(at+"spot", "具体场所", 120); s.Spot == "" {
		s.Spot = venue
	}
	if code := t.Values.Get(at + "unit"); was.Unit != "" && t.Tree.Unit(was.Unit).Code == code {
		s.Unit = was.Unit
		return s, nil
	}
	s.Unit, err = t.Unit(ctx, at+"unit", Kind)
	return s, err
}

// readField reads a value; what cannot be read stands in the form's errors under the name of its input.
func readField(f *web.Form, d Field, name string) *Value {
	text := f.Text(name, d.Name, 400)
	v, err := d.Read(text)
	var e *errs.Error
	if errors.As(err, &e) {
		f.Errors.Add(name, e.Text, e.Args...)
	}
	return v
}

// values writes a facility as its form has it.
func (c *console) values(_ *desk.Visit, f Facility, w Words) url.Values {
	v := url.Values{}
	put := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	site := func(at string, s Site) {
		put(at+"place", pages.PlaceWords(w.Tree, s.Place))
		put(at+"spot", s.Spot)
		put(at+"unit", w.Tree.Unit(s.Unit).Code)
	}
	put("kind", f.Kind)
	put("name", f.Name)
	put("stage", string(f.Stage))
	put("start", string(f.Start))
	put("note", f.Note)
	v.Set("origin", originNew)
	if f.Old {
		v.Set("origin", originOld)
	}
	site("", f.Site)
	for _, d := range c.Catalogue.fields {
		put(d.Code, d.String(f.Values[d.Code]))
	}
	for i, ch := range f.Changes {
		at := changeField(i)
		v.Set(at+"day", string(ch.Day))
		put(at+"note", ch.Note)
		if ch.Site != nil {
			site(at, *ch.Site)
		}
		for _, d := range c.Catalogue.fields {
			put(at+d.Code, d.String(ch.Values[d.Code]))
		}
	}
	return v
}

// fields are the controls in their order.
func (c *console) fields(v *desk.Visit, f *filled) ([]templ.Component, error) {
	var all []templ.Component
	add := func(more ...templ.Component) { all = append(all, more...) }
	rules := f.Words.Rules
	kinds := page.Select{Field: f.Counted("kind", "类别"), Again: v.T("按这个类别填")}
	for _, k := range rules.Kinds() {
		kinds.Options = append(kinds.Options, page.Option{Value: k.Code, Label: v.T(k.Name)})
	}
	name := f.Field("name", "名称")
	add(page.SelectField(kinds), page.InputField(page.Input{Field: name, MaxLength: 120, Autocomplete: "off", Placeholder: v.T("例如：大箐村科普画廊")}),
		f.Place("place", "地点"), page.InputField(page.Input{Field: f.Optional("spot", "具体场所"), MaxLength: 120, Placeholder: v.T("例如：村委会院内")}))
	add(c.unit(f, "unit", f.Values.Get("unit")))
	stages := page.Select{Field: f.Counted("stage", "进展")}
	for _, s := range Stages() {
		stages.Options = append(stages.Options, page.Option{Value: string(s), Label: v.T(s.Title())})
	}
	stages.Hint = v.T("在用的才计入；没有建成的先记着")
	start := f.Counted("start", "启用日期")
	start.Hint = v.T("没有建成的写预计的日期")
	origin := f.Field("origin", "来历")
	origin.Preview, origin.Hint = true, v.T("「原有」是建账时已经在用的，不算新建；「新建」按启用日期计入新建")
	add(page.SelectField(stages), page.DayInput(page.DayField{Field: start, Min: string(oldest), Max: string(v.Today.Add(5 * 366))}),
		page.RadioField(page.Radios{Field: origin, Options: []page.Option{{Value: originOld, Label: v.T("原有")}, {Value: originNew, Label: v.T("新建")}}}))
	k, _ := rules.Kind(f.Values.Get("kind"))
	for _, code := range k.Fields {
		d, _ := rules.Field(code)
		add(control(v, f, d, code, slices.Contains(k.Needs, code)))
	}
	if f.Record != nil {
		for i, ch := range f.Record.Body.Changes {
			add(c.changeBlock(v, f, i, ch))
		}
	}
	note := f.Optional("note", "备注")
	note.Wide = true
	add(page.TextField(page.Text{Field: note, Rows: 3, MaxLength: 2000}))
	return all, nil
}

// unit offers the units that the actor enters for; one that he does not, and that stands there already, stays to choose.
func (c *console) unit(f *filled, name, code string) templ.Component {
	offered := f.Units
	if u, ok := f.Tree.UnitByCode(code); ok && !slices.ContainsFunc(offered, func(o page.Option) bool { return o.Value == code }) {
		offered = append(slices.Clone(offered), page.Option{Value: u.Code, Label: u.Name})
	}
	was := f.Units
	f.Units = offered
	defer func() { f.Units = was }()
	return f.Unit(name, "管理单位")
}

// control is the input of a field.
func control(v *desk.Visit, f *filled, d Field, name string, needed bool) templ.Component {
	one := f.Field(name, d.Name)
	one.Optional, one.Preview = !needed, d.Measure != "" || d.Code == "pieces" || len(d.Broken) > 0
	return controlOf(v, one, d)
}

func controlOf(v *desk.Visit, one page.Field, d Field) templ.Component {
	switch d.Type {
	case Choice:
		s := page.Select{Field: one, Empty: v.T("不填")}
		for _, value := range d.Values {
			s.Options = append(s.Options, page.Option{Value: value, Label: v.T(value)})
		}
		return page.SelectField(s)
	case Date:
		return page.DayInput(page.DayField{Field: one, Min: string(oldest), Max: string(v.Today.Add(366))})
	case Text:
		return page.InputField(page.Input{Field: one, MaxLength: int(d.Most)})
	}
	if d.Type == Money {
		one.Hint = v.T("按万元填；也可以写 15000元")
	}
	return page.InputField(page.Input{Field: one, Unit: v.T(d.Unit), InputMode: "decimal", Autocomplete: "off"})
}

// changeBlock is a change that is there, to be put right or taken away: what it changed can be typed anew.
func (c *console) changeBlock(v *desk.Visit, f *filled, i int, ch Change) templ.Component {
	at := changeField(i)
	what := f.Field(at+"day", v.T("从哪天起"))
	what.Preview = true
	inner := []templ.Component{page.DayInput(page.DayField{Field: what, Min: string(oldest), Max: string(v.Today)})}
	if ch.Site != nil {
		inner = append(inner, f.Place(at+"place", "搬到哪里"), page.InputField(page.Input{Field: f.Optional(at+"spot", "具体场所"), MaxLength: 120}),
			c.unit(f, at+"unit", f.Values.Get(at+"unit")))
	}
	for _, d := range c.Catalogue.fields {
		if _, changed := ch.Values[d.Code]; changed {
			inner = append(inner, control(v, f, d, at+d.Code, false))
		}
	}
	inner = append(inner, page.InputField(page.Input{Field: f.Optional(at+"note", "说明"), MaxLength: 200}))
	legend := v.T("第 %d 次变动：%s", i+1, v.T(movementTitle(ch.What)))
	return changeFields(legend, desk.ErrorOf(f.Errors, at+"what"), page.CheckField(page.Checks{Field: page.Field{Name: at + "drop", Label: v.T("这次变动"), Optional: true, Preview: true},
		Options: []page.Option{{Value: "1", Label: v.T("没有发生过，去掉")}}, Chosen: f.Values[at+"drop"]}), inner)
}
