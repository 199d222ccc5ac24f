package external

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

// sheet is the form by which one figure of one year is entered for all townships, or all villages of one: one source, one day, a
// value for each place, all of them saved or none.
type sheet struct {
	id      string // of the form: the records' ids follow from it, so that sending twice enters nothing twice
	values  url.Values
	figure  Stated // what the values share
	places  []org.Place
	there   map[string]register.Entry[Stated] // by place: what is entered already, and the reader's own drafts
	errors  []page.FieldError
	others  bool // there are places, none of them the reader's to fill in
	problem *page.Notice
	status  int
}

func (c *console) sheetRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /" + Kind + "/sheet", Right: string(access.Write), Module: Kind, Handler: c.getSheet},
		{Pattern: "POST /" + Kind + "/sheet", Right: string(access.Write), Module: Kind, Handler: c.postSheet},
	}
}

func (c *console) writes(v *desk.Visit) bool { return v.Actor.May(access.Write, Kind) }

// recordOf is the id of the record that the sheet makes of a figure: always the same, so that sending twice makes nothing twice.
func (s *sheet) recordOf(one Stated) string {
	return id.Of(s.id, one.Figure, one.Stage, one.slot(), one.Place)
}

// valueField is the name of the control of a place's value.
func valueField(p org.Place) string { return "value." + p.Code }

func (c *console) getSheet(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		s := &sheet{id: id.New(), values: url.Values{}}
		for _, key := range []string{"figure", "year", "town"} {
			s.values.Set(key, v.At.Get(key))
		}
		s.values.Set("unit", v.Tree.Unit(v.Actor.Unit).Code)
		if s.values.Get("figure") == "" {
			first := c.Catalogue.On(v.Today).Figures()[0]
			s.values.Set("figure", first.Code)
			s.values.Set("year", strconv.Itoa(first.lastYear(v.Today)))
		}
		quiet := &web.Form{Values: s.values}
		s.figure = c.readFigure(quiet)
		return c.showSheet(w, r, tx, v, s)
	})
}

// lay lists the places of the sheet and what is entered of them already.
func (c *console) lay(tx *db.Tx, v *desk.Visit, s *sheet) error {
	on := s.figure.Day
	if on == "" {
		on = v.Today
	}
	tree, err := org.Load(v.Ctx, tx, on)
	if err != nil {
		return err
	}
	r, _ := c.Catalogue.Figure(s.figure.Figure)
	s.places = tree.Townships()
	if town, ok := tree.PlaceByCode(s.values.Get("town")); ok {
		s.places = tree.Villages(town.ID)
	}
	units, err := flow.Units(v.Ctx, tree, access.Write, Kind)
	if err != nil {
		return err
	}
	mine := func(p org.Place) bool {
		return slices.ContainsFunc(units, func(u org.Unit) bool { return serves(tree, u, p.ID) })
	}
	s.others = len(s.places) > 0 && !slices.ContainsFunc(s.places, mine)
	s.places = slices.DeleteFunc(slices.Clone(s.places), func(p org.Place) bool { return !r.hasLevel(p.Level) || len(s.places) > pages.MostRows || !mine(p) })
	s.there = map[string]register.Entry[Stated]{}
	if slot := s.figure.slot(); slot != "" {
		entries, err := c.ListIn(v.Ctx, tx, register.Query{Filter: flow.Filter{Kinds: []string{Kind}, States: []flow.State{flow.Draft, flow.Submitted, flow.Returned, flow.Verified}},
			Only: slotOnly(s.figure)})
		if err != nil {
			return err
		}
		for _, e := range entries {
			if _, known := s.there[e.Place]; e.State == flow.Draft && (known || e.Author != v.Actor.Account) {
				continue
			}
			s.there[e.Place] = e
		}
	}
	return nil
}

func (c *console) showSheet(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, s *sheet) error {
	if err := c.lay(tx, v, s); err != nil {
		return err
	}
	f := pages.FilledIn[Stated, Words](v, s.values, s.errors)
	units, err := flow.Units(v.Ctx, v.Tree, access.Write, Kind)
	if err != nil {
		return err
	}
	for _, u := range units {
		f.Units = append(f.Units, page.Option{Value: u.Code, Label: u.Name})
	}
	rules := c.Catalogue.On(v.Today)
	rule, _ := c.Catalogue.Figure(s.figure.Figure)
	towns := page.Select{Field: f.Optional("town", "哪些地方"), Empty: v.T("各乡镇"), Again: v.T("换成这些地方")}
	for _, t := range v.Tree.Townships() {
		towns.Options = append(towns.Options, page.Option{Value: t.Code, Label: v.T("%s各村", t.Name)})
	}
	year, on, source := f.Optional("year", "年份"), f.Optional("day", "时点"), f.Field("source", "来源")
	year.Hint, on.Hint = v.T("学年写前一年：2025—2026学年写 2025；按时点登记的不写"), v.T("空着就是年末，学校和学生是9月1日")
	source.Wide, source.Hint = true, v.T("谁公布的，哪份文件或哪张表：县统计局《2024年统计公报》")
	controls := []templ.Component{
		page.SelectField(page.Select{Field: f.Field("figure", "数据"), Options: figureOptions(v, rules), Again: v.T("换成这个数")}), page.SelectField(towns),
		page.InputField(page.Input{Field: year, InputMode: "numeric", MaxLength: 4}), f.Day(on),
		page.InputField(page.Input{Field: source, MaxLength: longestSource}), f.Unit("unit", "登记单位")}
	var cells []templ.Component
	for _, p := range s.places {
		one := f.Field(valueField(p), "")
		one.Label, one.Optional = p.Name, true
		if e, ok := s.there[p.ID]; ok {
			one.Hint = v.T("已登记 %s（%s，%s）", c.valueText(v, e.Body), v.Number(e.Head), v.T(e.State.Title()))
			one.Off = one.Value == "" && one.Error == ""
		}
		cells = append(cells, page.InputField(page.Input{Field: one, MaxLength: 30, Unit: v.T(rule.Unit)}))
	}
	list := v.At.Without("figure", "year", "town")
	form := page.Form{ID: "sheet", Action: "/" + Kind + "/sheet", Errors: s.errors, Says: v.T("一格一条记录，空着的不记；交上去由核实人一起核实"),
		Buttons: []page.Action{{Label: v.T("提交核实"), Kind: page.Primary, Name: "act", Value: "submit"}, {Label: v.T("存草稿"), Name: "act", Value: "save", AsIs: true}},
		Leave:   &page.Action{Label: v.T("放弃"), Href: list.Scope("/" + Kind).String()}}
	head := page.FormHead{Title: v.T("按乡镇一次填"), Crumbs: []page.NavItem{{Label: v.T("基础数据"), Href: list.Scope("/" + Kind).String()}, {Label: v.T("按乡镇一次填")}}}
	if s.status == 0 && len(s.errors) > 0 {
		s.status = http.StatusUnprocessableEntity
	}
	legend := v.T(rule.Name)
	if s.figure.Stage != "" {
		legend = v.T("%s（%s）", legend, v.T(s.figure.Stage))
	}
	if s.figure.Year > 0 {
		legend = v.T("%s %s", v.T(rule.spanWords(s.figure.Year)), legend)
	}
	empty := ""
	if len(cells) == 0 {
		empty = v.T("%s只按%s登记，这里没有可填的地方。", v.T(rule.Name), rule.levelWords())
		if s.others {
			empty = v.T("这里的地方不归本单位登记。")
		}
	}
	return v.Render(w, r, desk.Page{Title: head.Title, Path: "/" + Kind, Status: s.status}, sheetPage(head, form, s.id, s.problem, controls, legend, empty, cells))
}

// postSheet enters the values of a sheet.
func (c *console) postSheet(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s := &sheet{id: f.Values.Get("id"), values: f.Values}
	if !id.Valid(s.id) {
		s.id = id.New()
	}
	submit := f.Values.Get("act") == "submit"
	answered := true
	var all []cell
	if err := c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) (err error) {
		if f.Values.Get("rows") != "" { // another figure, other places
			quiet := &web.Form{Values: f.Values}
			if s.figure = c.readFigure(quiet); s.values.Get("year") == "" {
				rule, _ := c.Catalogue.Figure(s.figure.Figure)
				s.values.Set("year", strconv.Itoa(rule.lastYear(v.Today)))
				s.figure = c.readFigure(quiet)
			}
			return c.showSheet(w, r, tx, v, s)
		}
		s.figure = c.readFigure(f)
		if all, err = c.readSheet(v.Ctx, tx, v, f, s, submit); err != nil {
			return err
		}
		if s.errors = v.AllErrors(f, nil); len(s.errors) > 0 {
			return c.showSheet(w, r, tx, v, s)
		}
		answered = false
		return nil
	}); err != nil || answered {
		return err
	}
	done := 0
	for range 2 { // who sent the same sheet at the same moment is seen the second time
		if err = c.DB.Update(r.Context(), func(tx *db.Tx) (err error) {
			done, err = c.enter(r.Context(), tx, all, submit)
			return err
		}); !errs.Is(err, errs.Conflict) {
			break
		}
	}
	switch {
	case err != nil:
		return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
			if s.errors = v.AllErrors(&web.Form{Values: f.Values}, err); len(s.errors) == 0 {
				s.problem = v.Problem(err)
			}
			s.status = web.Status(err)
			return c.showSheet(w, r, tx, v, s)
		})
	case done == 0:
		desk.Say(w, r, "", "这张表已经存过，没有重复记")
	case submit:
		desk.Say(w, r, "", "已提交 %d 条，等核实", done)
	default:
		desk.Say(w, r, "", "已存草稿 %d 条", done)
	}
	web.Redirect(w, r, page.AddressOf(r).Without("figure", "year", "town").Scope("/"+Kind).String())
	return nil
}

// cell is a value of a sheet: the control that it was typed into, and the record that it makes. A blank one makes none.
type cell struct {
	register.New[Stated]
	field, place string
	blank        bool
}

// enter makes the records of a sheet, all of them or none, and counts what it changed. What the same sheet has made before stays as it
// is; where it says something else than what is sent now, that is said at its cell.
func (c *console) enter(ctx context.Context, tx *db.Tx, all []cell, submit bool) (done int, err error) {
	var f errs.Fields
	for _, one := range all {
		changed, err := c.enterOne(ctx, tx, one, submit)
		var e *errs.Error
		switch {
		case errors.As(err, &e) && len(e.Fields) > 0:
			for _, wrong := range e.Fields {
				if !slices.Contains(shared, wrong.Name) {
					wrong.Name = one.field
				}
				f.Add(wrong.Name, wrong.Text, wrong.Args...)
			}
		case err != nil:
			return 0, err
		case changed:
			done++
		}
	}
	return done, f.Err()
}

// enterOne enters a cell of a sheet, and reports whether that changed anything.
func (c *console) enterOne(ctx context.Context, tx *db.Tx, one cell, submit bool) (bool, error) {
	h, was, err := c.Kept(ctx, tx, one.ID)
	switch {
	case errs.Is(err, errs.NotFound) && one.blank:
		return false, nil
	case errs.Is(err, errs.NotFound):
		_, err = c.CreateIn(ctx, tx, one.New)
		return err == nil, err
	case err != nil:
		return false, err
	}
	r, _ := c.Catalogue.Figure(was.Figure)
	var f errs.Fields
	switch {
	case h.State == flow.Voided && one.blank:
		return false, nil
	case h.State == flow.Voided:
		f.Add(one.field, "%s的 %s 已经作废，请另开一张表再填", one.place, h.Number)
	case one.blank:
		f.Add(one.field, "%s已经存成 %s（%s，%s），这次空着；不要了，请打开那一条删除或作废", one.place, h.Number, r.Text(was.Value), was.Source)
	case !was.equal(one.Body):
		f.Add(one.field, "%s已经存成 %s（%s，%s），和这次填的不一样；要改，请打开那一条", one.place, h.Number, r.Text(was.Value), was.Source)
	case submit && h.State == flow.Draft:
		_, err := c.SubmitIn(ctx, tx, h.ID, h.Version)
		return err == nil, err
	}
	return false, f.Err()
}

// shared are the fields that all values of a sheet have in common; what is wrong with them is said once.
var shared = []string{"figure", "year", "day", "source", "unit"}

// readSheet makes a record of each value that was typed, and says of each what is wrong with it.
func (c *console) readSheet(ctx context.Context, tx *db.Tx, v *desk.Visit, f *web.Form, s *sheet, submit bool) (all []cell, err error) {
	if err := c.lay(tx, v, s); err != nil {
		return nil, err
	}
	common := s.figure
	common.Source = f.Text("source", "来源", longestSource)
	t, err := pages.Read(ctx, tx, f, common.Day, c.Catalogue.endings)
	if err != nil {
		return nil, err
	}
	if common.Unit, err = t.Unit(ctx, "unit", Kind); err != nil {
		return nil, err
	}
	said := map[string]bool{}
	filled := 0
	for _, p := range s.places {
		field := valueField(p)
		one := common
		one.Place = p.ID
		record := s.recordOf(one)
		if strings.TrimSpace(f.Values.Get(field)) == "" {
			all = append(all, cell{New: register.New[Stated]{ID: record}, field: field, place: p.Name, blank: true})
			continue
		}
		filled++
		one.Value = c.readValue(f, field, common.Figure)
		if e, ok := s.there[p.ID]; ok && e.ID != record {
			f.Errors.Add(field, "%s已经登记在 %s，一个口径一个数；数变了或者换了来源，请修订那一条", p.Name, e.Number)
			continue
		}
		_, err := c.Check(ctx, tx, record, &one, submit && one.Value != nil)
		var e *errs.Error
		switch {
		case err == nil:
		case errors.As(err, &e) && len(e.Fields) > 0:
			for _, wrong := range e.Fields {
				name := wrong.Name
				if !slices.Contains(shared, name) {
					name = field
				} else if said[name] {
					continue
				}
				said[name] = true
				f.Errors.Add(name, wrong.Text, wrong.Args...)
			}
		default:
			return nil, err
		}
		all = append(all, cell{New: register.New[Stated]{ID: record, Body: one, Submit: submit}, field: field, place: p.Name})
	}
	if filled == 0 && len(f.Errors) == 0 {
		first := "figure"
		if len(s.places) > 0 {
			first = valueField(s.places[0])
		}
		f.Errors.Add(first, "一个数都没有填，至少填一格")
	}
	return all, nil
}
