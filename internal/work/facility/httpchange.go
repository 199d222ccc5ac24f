package facility

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
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/zh"
)

// askFirst asks, before a verified facility in use is revised, whether it was wrong from its start («改正») or became otherwise on a
// day («变动»): the first is the form of the whole record, the second one of its own.
func (c *console) askFirst(edit web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.Query().Get("as") == "fix" || r.URL.Query().Has("fresh") {
			return edit(w, r)
		}
		asks := false
		err := c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
			rec, err := c.GetIn(v.Ctx, tx, r.PathValue("number"))
			if err != nil {
				return err
			}
			able, err := flow.AbleTo(v.Ctx, tx, rec.Head)
			if err != nil || rec.State != flow.Verified || rec.Revision != flow.None || !rec.Body.Last().Standing || rec.Body.Stage != InUse || !able.May(flow.ActRevise) {
				return err
			}
			asks = true
			return c.ask(w, r, v, rec)
		})
		if err != nil || asks {
			return err
		}
		return edit(w, r)
	}
}

func (c *console) ask(w http.ResponseWriter, r *http.Request, v *desk.Visit, rec Record) error {
	at := func(path string, with ...string) string {
		a := v.At
		a.Path = desk.Href(Kind, rec.Number) + path
		if len(with) > 0 {
			a = a.With(with[0], with[1])
		}
		return a.String()
	}
	head := page.FormHead{Title: v.T("要改的是哪一种"), Crumbs: []page.NavItem{{Label: v.T("科普设施"), Href: v.At.Scope("/" + Kind).String()},
		{Label: v.Number(rec.Head) + " " + rec.Title, Href: at("")}, {Label: v.T("修订")}}}
	return v.Render(w, r, desk.Page{Title: head.Title, Path: "/" + Kind}, templ.Join(page.FormTitle(head), choices([]choice{
		{at("/change"), v.T("后来变了：记一次变动"), v.T("例如加长了、搬走了、坏了、修好了、拆除了。从变的那天起按新的算，以前的数不动。")},
		{at("/edit", "as", "fix"), v.T("当初就登记错了：改正"), v.T("例如长度量错了、地点选错了、启用日期写错了。从它自己的日期起改过来，原来的数和改正后的数都查得到。")},
	})))
}

// changed is the form of a change as it is shown.
type changed struct {
	rec     Record
	version int
	values  url.Values
	errors  []page.FieldError
	problem *page.Notice
	tree    *org.Tree
	units   []page.Option
	status  int
	out     int64 // logs that will not count any more, which nobody has agreed to yet
}

// changeable is the facility of the number if the actor may record a change of it now.
func (c *console) changeable(tx *db.Tx, v *desk.Visit, number string) (Record, error) {
	rec, err := c.GetIn(v.Ctx, tx, number)
	if err != nil {
		return rec, err
	}
	able, err := flow.AbleTo(v.Ctx, tx, rec.Head)
	switch {
	case err != nil:
		return rec, err
	case rec.Body.Stage != InUse || !rec.Body.Last().Standing:
		return rec, errs.E(errs.Conflict, "%s 现在是「%s」，没有变动可记", v.Number(rec.Head), lifeTitle(rec.Body.life(c.Catalogue)))
	case able.May(flow.ActSave) || able.May(flow.ActRevise):
		return rec, nil
	}
	for _, action := range []flow.Action{flow.ActSave, flow.ActRevise} {
		if refusal := able[action]; refusal != nil {
			return rec, refusal
		}
	}
	return rec, errs.E(errs.Conflict, "%s 现在是「%s」，不能改；要改，请先撤回，或由核实人退回", v.Number(rec.Head), rec.Waiting().Title())
}

// getChange shows the form of a change, filled with how the facility is now.
func (c *console) getChange(w http.ResponseWriter, r *http.Request) error {
	var refusal error
	err := c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		rec, err := c.changeable(tx, v, r.PathValue("number"))
		if errs.Is(err, errs.Conflict) || errs.Is(err, errs.Forbidden) {
			refusal = err
			return nil
		}
		if err != nil {
			return err
		}
		f := &changed{rec: rec, version: rec.Version, values: url.Values{"what": {string(ledger.Changed)}}}
		if what := v.At.Get("what"); what != "" {
			f.values.Set("what", what)
		}
		if f.tree, err = org.Load(v.Ctx, tx, v.Today); err != nil {
			return err
		}
		c.fillNow(f, v.Today)
		return c.showChange(w, r, v, f)
	})
	if err == nil && refusal != nil {
		return c.facilities.ShowRecord(w, r, r.PathValue("number"), refusal)
	}
	return err
}

// fillNow fills what was not asked yet with how the facility is now: each sort of change asks for something else.
func (c *console) fillNow(f *changed, today day.Day) {
	now := f.rec.Body.Last()
	fill := func(field, value string) {
		if !f.values.Has(field) {
			f.values.Set(field, value)
		}
	}
	fill("place", pages.PlaceWords(f.tree, now.Place))
	fill("spot", now.Spot)
	fill("unit", f.tree.Unit(now.Unit).Code)
	rules := c.Catalogue.On(today)
	k, _ := rules.Kind(f.rec.Body.Kind)
	for _, code := range k.Fields {
		d, _ := rules.Field(code)
		fill(code, d.String(now.Values[code]))
	}
}

// What can become of a facility, as the form asks.
var changeWhats = []struct {
	what ledger.Movement
	says string
}{
	{ledger.Changed, "变化：重新量了、坏了、修好了、换了人"},
	{ledger.MovedIn, "搬迁：换了地方，或换了管理单位"},
	{ledger.Out, "停用拆除：以后没有了"},
}

func (c *console) showChange(w http.ResponseWriter, r *http.Request, v *desk.Visit, f *changed) error {
	units, err := flow.Units(v.Ctx, f.tree, access.Write, Kind)
	if err != nil {
		return err
	}
	for _, u := range units {
		f.units = append(f.units, page.Option{Value: u.Code, Label: u.Name})
	}
	field := func(name, label string) page.Field {
		return page.Field{Name: name, Label: v.T(label), Value: f.values.Get(name), Error: desk.ErrorOf(f.errors, name)}
	}
	what := ledger.Movement(f.values.Get("what"))
	kinds := page.Select{Field: field("what", "怎么了"), Again: v.T("按这个填")}
	for _, one := range changeWhats {
		kinds.Options = append(kinds.Options, page.Option{Value: string(one.what), Label: v.T(one.says)})
	}
	day := field("day", "从哪天起")
	day.Hint = v.T("从这天起按新的算，以前的数不动")
	fields := []templ.Component{page.SelectField(kinds), page.DayInput(page.DayField{Field: day, Min: string(f.rec.Body.Start), Max: string(v.Today)})}
	switch what {
	case ledger.MovedIn:
		place := field("place", "搬到哪里")
		unit := field("unit", "管理单位")
		unit.Hint = v.T("搬到别的乡镇、由别的单位管的，由县科协记")
		if u := f.tree.Unit(f.rec.Body.Last().Unit); !slices.ContainsFunc(f.units, func(o page.Option) bool { return o.Value == u.Code }) {
			f.units = append(f.units, page.Option{Value: u.Code, Label: u.Name})
		}
		spot := field("spot", "具体场所")
		spot.Optional = true
		fields = append(fields, page.ComboField(page.Combo{Field: place, Options: placeNames(f.tree), Placeholder: v.T("乡镇或村，打字找")}),
			page.InputField(page.Input{Field: spot, MaxLength: 120}), page.SelectField(page.Select{Field: unit, Options: f.units}))
	case ledger.Changed:
		rules := c.Catalogue.On(v.Today)
		k, _ := rules.Kind(f.rec.Body.Kind)
		for _, code := range k.Fields {
			d, _ := rules.Field(code)
			one := field(code, d.Name)
			one.Optional = true
			fields = append(fields, controlOf(v, one, d))
		}
	case ledger.Opening, ledger.In, ledger.Out, ledger.MovedOut:
	}
	note := field("note", "说明")
	note.Optional, note.Wide = true, true
	fields = append(fields, page.InputField(page.Input{Field: note, MaxLength: 200, Placeholder: v.T("例如：汛期冲毁，搬到新址")}))
	at := v.At
	at.Path = desk.Href(Kind, f.rec.Number)
	form := page.Form{ID: "change", Action: at.String() + "/change", Version: strconv.Itoa(f.version), Errors: f.errors, Says: v.T("现在的数已经填好，只改变了的"),
		Buttons: []page.Action{{Label: v.T("提交变动"), Kind: page.Primary, Name: "act", Value: "submit"}, {Label: v.T("存着"), Name: "act", Value: "save", AsIs: true}},
		Leave:   &page.Action{Label: v.T("不记了"), Href: at.String()}}
	if f.out > 0 {
		form.Buttons = append(form.Buttons, page.Action{Label: v.T("知道了，照样提交"), Name: "logs", Value: strconv.FormatInt(f.out, 10)})
	}
	form.Action = (&url.URL{Path: at.Path + "/change", RawQuery: at.Query.Encode()}).String()
	head := page.FormHead{Title: v.T("记变动"), Crumbs: []page.NavItem{{Label: v.T("科普设施"), Href: v.At.Scope("/" + Kind).String()},
		{Label: v.Number(f.rec.Head) + " " + f.rec.Title, Href: at.String()}, {Label: v.T("记变动")}}}
	if f.status == 0 && len(f.errors) > 0 {
		f.status = http.StatusUnprocessableEntity
	}
	return v.Render(w, r, desk.Page{Title: head.Title, Path: "/" + Kind, Status: f.status}, changePage(head, form, f.problem, fields))
}

// placeNames are the places by name.
func placeNames(tree *org.Tree) (all []string) {
	for _, p := range tree.Places() {
		all = append(all, pages.PlaceWords(tree, p.ID))
	}
	return all
}

// postChange adds a change to the facility, as a revision where it is verified.
func (c *console) postChange(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	submit := form.Values.Get("act") == "submit" || form.Values.Get("logs") != ""
	version, _ := strconv.Atoi(form.Values.Get("version"))
	var answered bool
	var body Facility
	var rec Record
	var reason string
	if err := c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) (err error) {
		if rec, err = c.changeable(tx, v, r.PathValue("number")); err != nil {
			return err
		}
		f := &changed{rec: rec, version: version, values: form.Values}
		if f.tree, err = org.Load(v.Ctx, tx, v.Today); err != nil {
			return err
		}
		answered = true
		if form.Values.Get("rows") != "" {
			c.fillNow(f, v.Today)
			return c.showChange(w, r, v, f)
		}
		var at int
		if body, at, err = c.readChange(v.Ctx, tx, form, rec.Body); err != nil {
			return err
		}
		typed := body
		checked, err := c.Check(v.Ctx, tx, rec.ID, &typed, submit)
		if f.errors = ofChange(v.AllErrors(form, err), at); len(f.errors) > 0 {
			return c.showChange(w, r, v, f)
		}
		if err != nil {
			return err
		}
		n, err := c.fallsOut(v.Ctx, tx, rec.ID, body)
		if err != nil {
			return err
		}
		if submit && n > 0 && form.Values.Get("logs") != strconv.FormatInt(n, 10) {
			f.out, f.status = n, http.StatusConflict
			f.problem = &page.Notice{Kind: page.Caution, Lead: v.T("有 %d 条日志在停用以后，停用后不再计入。", n), Text: v.T("停用的日子没有写错，就照样提交。")}
			return c.showChange(w, r, v, f)
		}
		reason = zh.Brief(v.T("变动：%s", checked.Words.change(body.Changes[at])), 199)
		answered = false
		return nil
	}); err != nil || answered {
		return err
	}
	out, err := c.Save(r.Context(), register.Change[Facility]{ID: rec.ID, Version: version, Body: body, Reason: reason, Submit: submit})
	if err == nil {
		text := "已存变动 %s，提交核实后才改动数字"
		if submit {
			text = "已提交变动 %s，核实后按新的算"
		}
		desk.Say(w, r, "", text, out.Number)
		at := page.AddressOf(r)
		at.Path = desk.Href(Kind, out.Number)
		web.Redirect(w, r, at.String())
		return nil
	}
	if !errs.Is(err, errs.Conflict) && !errs.Is(err, errs.Forbidden) && !errs.Is(err, errs.Invalid) {
		return err
	}
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error { // somebody was quicker, or it is not his to move there
		f := &changed{version: version, values: form.Values, problem: v.Problem(err), status: web.Status(err)}
		if f.rec, err = c.GetIn(v.Ctx, tx, r.PathValue("number")); err != nil {
			return err
		}
		if errs.Is(err, errs.Conflict) {
			f.version = f.rec.Version
		}
		if f.tree, err = org.Load(v.Ctx, tx, v.Today); err != nil {
			return err
		}
		return c.showChange(w, r, v, f)
	})
}

// ofChange gives the errors of the last change the names that its form has; those of the rest of the record stand without a field.
func ofChange(all []page.FieldError, at int) []page.FieldError {
	for i, e := range all {
		if rest, ok := strings.CutPrefix(e.Name, changeField(at)); ok {
			all[i].Name = rest
		}
	}
	return all
}

// readChange reads a change and puts it into the timeline by its day; at is where it stands there.
func (c *console) readChange(ctx context.Context, tx *db.Tx, f *web.Form, was Facility) (body Facility, at int, err error) {
	body = was
	ch := Change{Day: f.Day("day", "从哪天起"), What: ledger.Movement(f.Values.Get("what")), Note: f.Text("note", "说明", 400)}
	at = len(was.Changes)
	for i, other := range was.Changes {
		if ch.Day != "" && other.Day > ch.Day {
			at = i
			break
		}
	}
	before := was
	before.Changes = was.Changes[:at]
	now := before.Last()
	switch ch.What {
	case ledger.MovedIn:
		t, err := pages.Read(ctx, tx, f, c.treeDay(ch.Day), c.Catalogue.endings)
		if err != nil {
			return body, at, err
		}
		site, err := c.readSite(ctx, t, "", now.Site)
		if err != nil {
			return body, at, err
		}
		site.Village = villageOf(t.Tree, site.Place)
		ch.Site = &site
	case ledger.Changed:
		rules := c.Catalogue.On(ch.Day)
		k, _ := rules.Kind(was.Kind)
		ch.Values = Values{}
		for _, code := range k.Fields {
			d, _ := rules.Field(code)
			v, err := d.Read(f.Values.Get(code))
			var e *errs.Error
			switch {
			case errors.As(err, &e):
				f.Errors.Add(code, e.Text, e.Args...)
			case !v.Equal(now.Values[code]):
				ch.Values[code] = v
			}
		}
	case ledger.Opening, ledger.In, ledger.Out, ledger.MovedOut:
	}
	body.Changes = slices.Insert(slices.Clone(was.Changes), at, ch)
	return body, at, nil
}
