package pages

import (
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
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

// Filled is a form as it is shown: what is typed, and all that is to be said about it.
type Filled[T, W any] struct {
	ID      string
	Record  *register.Record[T, W] // nil for a new one
	Version int                    // the one that was read
	Values  url.Values
	Errors  []page.FieldError
	Words   W         // of the day that the form says
	Tree    *org.Tree // likewise
	Body    T         // what is typed, as far as it can be read
	Opens   bool      // saving opens a revision
	Units   []page.Option
	Tx      *db.Tx // in which the form is shown, for what its controls offer

	visit   *desk.Visit
	kept    int64 // when it was last kept without being sent
	notices []page.Notice
	problem *page.Notice
	similar []flow.Head
	theirs  []page.Difference
	status  int
}

// FilledIn is what a form of the module's own has, so that it can use the controls of the register's: what is typed, and what is wrong.
func FilledIn[T, W any](v *desk.Visit, values url.Values, errors []page.FieldError) *Filled[T, W] {
	return &Filled[T, W]{Values: values, Errors: errors, visit: v, Tree: v.Tree}
}

// showForm shows the form.
func (p *Pages[T, W]) showForm(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, f *Filled[T, W]) error {
	on := v.Today
	if typed := p.Form.Day(f.Values); typed != "" {
		on = typed
	}
	var err error
	if f.Words, err = p.Book.WordsOn(v.Ctx, tx, on); err != nil {
		return err
	}
	if f.Tree, err = org.Load(v.Ctx, tx, on); err != nil {
		return err
	}
	var was T
	ref := p.Book.Ref(id.New()) // whatever id a new record was sent with, it has posted nothing
	if f.Record != nil {
		was, ref = f.Record.Body, f.Record.Ref()
	}
	quiet := &web.Form{Values: f.Values} // what it says of the values is said in f.Errors already
	if f.Body, err = p.Form.Read(v.Ctx, tx, quiet, was); err != nil {
		return err
	}
	counts, err := p.preview(tx, v, quiet, f.Body, ref)
	if err != nil {
		return err
	}
	slices.SortStableFunc(f.Errors, func(a, b page.FieldError) int { return p.Form.place(a.Name) - p.Form.place(b.Name) })
	form := page.Form{ID: "record", Autosave: p.path("/keep"), Preview: p.path("/preview"), Errors: f.Errors}
	head := page.FormHead{Crumbs: []page.NavItem{p.crumb(v, v.At.Scope(p.path("")).String())}, Title: v.T("新建%s", v.T(p.Title))}
	if f.kept > 0 {
		head.Saved = v.T("%s 已自动保存", v.Instant(f.kept))
	}
	p.formHead(v, f, &form, &head)
	if form.Says, err = p.formSays(tx, v, f); err != nil {
		return err
	}
	aside := []templ.Component{page.PreviewSlot(counts)}
	if len(f.similar) > 0 {
		f.notices = append(f.notices, p.alreadyThere(v))
		aside = append([]templ.Component{page.Duplicates(p.duplicate(v, f.similar))}, aside...)
	}
	form.Aside = templ.Join(aside...)
	if f.Units, err = p.mayWriteFor(v, f.Tree); err != nil {
		return err
	}
	if f.status == 0 && len(f.Errors) > 0 {
		f.status = http.StatusUnprocessableEntity
	}
	f.visit, f.Tx = v, tx
	fields, err := p.Form.Fields(v, f)
	if err != nil {
		return err
	}
	if f.Opens {
		reason := f.Field("reason", "为什么修订")
		reason.Wide, reason.Hint = true, v.T("例如：数字抄错，按原件更正。原来的数在修订核实前照旧。")
		fields = append([]templ.Component{page.InputField(page.Input{Field: reason, MaxLength: 500})}, fields...)
	}
	said := formSaid{id: f.ID, problem: f.problem, theirs: f.theirs, notices: f.notices}
	return v.Render(w, r, desk.Page{Title: head.Title, Tags: p.Tags, Status: f.status}, formPage(head, form, said, fields))
}

// place is where a field stands on the form; the reason of a revision is on top.
func (f Form[T, W]) place(name string) int {
	name, _, _ = strings.Cut(name, ".")
	if name == "reason" {
		return -1
	}
	if i := slices.Index(f.Order, name); i >= 0 {
		return i
	}
	return len(f.Order)
}

// formHead fills title, address and buttons, for a new record or for the one that is changed.
func (p *Pages[T, W]) formHead(v *desk.Visit, f *Filled[T, W], form *page.Form, head *page.FormHead) {
	submit := page.Action{Label: v.T("提交核实"), Kind: page.Primary, Name: "act", Value: "submit"}
	save := page.Action{Label: v.T("存草稿"), Name: "act", Value: "save", AsIs: true}
	at := func(path string) string {
		a := v.At.Without("form", "fresh")
		a.Path = path
		return a.String()
	}
	if f.Record == nil {
		form.Action = at(p.path("/new"))
		form.Leave = &page.Action{Label: v.T("放弃"), Href: at(p.path(""))}
		head.Crumbs = append(head.Crumbs, page.NavItem{Label: v.T("新建")})
		form.Buttons = []page.Action{submit, save}
		if f.kept > 0 {
			form.Buttons = append(form.Buttons, page.Action{Label: v.T("丢掉这张表"), Kind: page.Quiet, To: p.path("/new/drop"), AsIs: true})
		}
		return
	}
	rec := f.Record
	f.Opens = rec.State == flow.Verified && rec.Revision == flow.None
	href := desk.Href(p.Book.Kind, rec.Number)
	form.Action, form.Version = at(href+"/edit"), strconv.Itoa(f.Version)
	form.Leave = &page.Action{Label: v.T("不改了"), Href: at(href)}
	head.Title, head.State = rec.Title, string(rec.Waiting())
	verb := v.T("修改")
	switch rec.State {
	case flow.Verified:
		verb, save.Label, submit.Label = v.T("修订"), v.T("存修订"), v.T("提交修订")
	case flow.Returned:
		save.Label = v.T("先存着")
		f.notices = append(f.notices, page.Notice{Kind: page.Caution, Lead: v.T("退回的原因：%s", access.Spoken(v.Ctx, rec.Remark))})
	}
	head.Crumbs = append(head.Crumbs, page.NavItem{Label: v.Number(rec.Head), Href: at(href)}, page.NavItem{Label: verb})
	form.Buttons = []page.Action{submit, save}
}

// formSays names who verifies what is submitted.
func (p *Pages[T, W]) formSays(tx *db.Tx, v *desk.Visit, f *Filled[T, W]) (string, error) {
	unit := p.Book.Head(f.Body).Unit
	if unit == "" {
		return v.T("填报人不能自己核实"), nil
	}
	h := flow.Head{Kind: p.Book.Kind, Unit: unit, Author: v.Actor.Account}
	if f.Record != nil {
		h.Sender = f.Record.Author
	}
	who, err := v.Checkers(tx, h)
	if err != nil || who == "" {
		return v.T("填报人不能自己核实"), err
	}
	return v.T("提交后由%s核实；填报人不能自己核实", who), nil
}

// duplicate asks about records that may be the same.
func (p *Pages[T, W]) duplicate(v *desk.Visit, same []flow.Head) page.Duplicate {
	var numbers []string
	for _, h := range same {
		numbers = append(numbers, h.Number)
	}
	h, noun := same[0], v.T(p.Noun)
	d := page.Duplicate{Lead: v.T("%s已有", v.T(p.Form.Same)), Name: v.Number(h) + " " + h.Title, Href: desk.Href(p.Book.Kind, h.Number),
		Text: v.T("，%s，%s填的，%s。", h.Day.Short(v.Today), h.AuthorName, v.T(h.State.Title()))}
	if len(same) > 1 {
		d.Text += page.Gap(v.Ctx) + v.T("一共 %d %s。", len(same), noun)
	}
	d.Actions = []page.Action{{Label: v.T("不是同一%s，提交", noun), Name: "distinct", Value: strings.Join(numbers, " "), Form: "record"},
		{Label: v.T("是，去看那一%s", noun), Href: desk.Href(p.Book.Kind, h.Number)}}
	if p.Form.Only {
		d.Actions = []page.Action{{Label: v.T("去看那一%s", noun), Href: desk.Href(p.Book.Kind, h.Number)}}
	}
	return d
}

// alreadyThere says why a form was not taken whose record may be there already.
func (p *Pages[T, W]) alreadyThere(v *desk.Visit) page.Notice {
	noun := v.T(p.Noun)
	if p.Form.Only {
		return page.Notice{Kind: page.Caution, Lead: v.T("已经登记过，没有存。"), Text: v.T("%s只能有一%s：要改，到那一%s去修订。", v.T(p.Form.Same), noun, noun)}
	}
	return page.Notice{Kind: page.Caution, Lead: v.T("可能已经记过，还没有提交。"), Text: v.T("看「可能重复」：不是同一%s就点一下，接着提交。", noun)}
}

// mayWriteFor are the units for which the actor enters records; the first stands at the margin.
func (p *Pages[T, W]) mayWriteFor(v *desk.Visit, tree *org.Tree) ([]page.Option, error) {
	units, err := flow.Units(v.Ctx, tree, access.Write, p.Book.Kind)
	if err != nil {
		return nil, err
	}
	depth := func(unit string) (n int) {
		for u := tree.Unit(unit); u.Parent != "" && n < 3; u = tree.Unit(u.Parent) {
			n++
		}
		return n
	}
	all := make([]page.Option, len(units))
	for i, u := range units {
		all[i] = page.Option{Value: u.Code, Label: u.Name, Depth: max(0, depth(u.ID)-depth(units[0].ID))}
	}
	return all, nil
}
