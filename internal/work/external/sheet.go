package external

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
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
	there   map[string]register.Entry[Stated] // by place: what is entered already
	errors  []page.FieldError
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
			s.values.Set("year", itoa(first.lastYear(v.Today)))
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
	s.places = slices.DeleteFunc(slices.Clone(s.places), func(p org.Place) bool { return !r.hasLevel(p.Level) || len(s.places) > pages.MostRows })
	s.there = map[string]register.Entry[Stated]{}
	if slot := s.figure.slot(); slot != "" {
		entries, err := c.ListIn(v.Ctx, tx, register.Query{Filter: flow.Filter{Kinds: []string{Kind}, States: []flow.State{flow.Draft, flow.Submitted, flow.Returned, flow.Verified}},
			Only: slotOnly(s.figure)})
		if err != nil {
			return err
		}
		for _, e := range entries {
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
		page.InputField(page.Input{Field: year, InputMode: "numeric", MaxLength: 4, Unit: v.T("年")}), f.Day(on),
		page.InputField(page.Input{Field: source, MaxLength: 120}), f.Unit("unit", "登记单位")}
	var cells []templ.Component
	for _, p := range s.places {
		one := f.Field(valueField(p), "")
		one.Label, one.Optional = p.Name, true
		if e, ok := s.there[p.ID]; ok {
			one.Hint = v.T("已登记 %s（%s，%s）", c.valueText(v, e.Body), v.Number(e.Head), v.T(e.State.Title()))
			one.Off = one.Value == ""
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
	var all []register.New[Stated]
	if err := c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) (err error) {
		if f.Values.Get("rows") != "" { // another figure, other places
			quiet := &web.Form{Values: f.Values}
			if s.figure = c.readFigure(quiet); s.values.Get("year") == "" {
				rule, _ := c.Catalogue.Figure(s.figure.Figure)
				s.values.Set("year", itoa(rule.lastYear(v.Today)))
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
	err = c.DB.Update(r.Context(), func(tx *db.Tx) error {
		for _, one := range all {
			if _, err := c.CreateIn(r.Context(), tx, one); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case errs.Is(err, errs.Conflict):
		desk.Say(w, r, "", "这张表已经存过，没有重复记")
	case err != nil:
		return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
			s.problem, s.status = v.Problem(err), web.Status(err)
			return c.showSheet(w, r, tx, v, s)
		})
	case submit:
		desk.Say(w, r, "", "已提交 %d 条，等核实", len(all))
	default:
		desk.Say(w, r, "", "已存草稿 %d 条", len(all))
	}
	web.Redirect(w, r, page.AddressOf(r).Without("figure", "year", "town").Scope("/"+Kind).String())
	return nil
}

// shared are the fields that all values of a sheet have in common; what is wrong with them is said once.
var shared = []string{"figure", "year", "day", "source", "unit"}

// readSheet makes a record of each value that was typed, and says of each what is wrong with it.
func (c *console) readSheet(ctx context.Context, tx *db.Tx, v *desk.Visit, f *web.Form, s *sheet, submit bool) (all []register.New[Stated], err error) {
	if err := c.lay(tx, v, s); err != nil {
		return nil, err
	}
	common := s.figure
	common.Source = f.Text("source", "来源", 120)
	t, err := pages.Read(ctx, tx, f, common.Day, c.Catalogue.endings)
	if err != nil {
		return nil, err
	}
	if common.Unit, err = t.Unit(ctx, "unit", Kind); err != nil {
		return nil, err
	}
	said := map[string]bool{}
	for n, p := range s.places {
		field := valueField(p)
		if strings.TrimSpace(f.Values.Get(field)) == "" {
			continue
		}
		one := common
		one.Place, one.Value = p.ID, c.readValue(f, field, common.Figure)
		if e, ok := s.there[p.ID]; ok && e.ID != id.Nth(s.id, n) {
			f.Errors.Add(field, "%s已经登记在 %s，一个口径一个数；数变了或者换了来源，请修订那一条", p.Name, e.Number)
			continue
		}
		_, err := c.Check(ctx, tx, id.Nth(s.id, n), &one, submit && one.Value != nil)
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
		all = append(all, register.New[Stated]{ID: id.Nth(s.id, n), Body: one, Submit: submit})
	}
	if len(all) == 0 && len(f.Errors) == 0 {
		first := "figure"
		if len(s.places) > 0 {
			first = valueField(s.places[0])
		}
		f.Errors.Add(first, "一个数都没有填，至少填一格")
	}
	return all, nil
}
