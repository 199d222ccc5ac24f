package pages

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

// Form is what a register's form asks.
type Form[T, W any] struct {
	// Blank is what a new form says already.
	Blank func(v *desk.Visit) url.Values
	// Day is the day by which a form that may still be wrong is filled in: its places, units and kinds; "" is today.
	Day func(values url.Values) day.Day
	// Read reads the whole body; what cannot be read stands in f.Errors, each under its field. It asks nothing of what may be: that
	// is the book's Wrong. was is the version that the form was filled from.
	Read func(ctx context.Context, tx *db.Tx, f *web.Form, was T) (T, error)
	// Values writes a body as its form has it.
	Values func(v *desk.Visit, body T, w W) url.Values
	// Fields are the controls in their order.
	Fields func(v *desk.Visit, f *Filled[T, W]) ([]templ.Component, error)
	// Order are the names of the fields from top to bottom, so that what is wrong is listed so.
	Order []string
	Name  string              // the field by which a form that was not sent is called
	Rows  map[string][]string // the tables within the form, with the keys of their columns

	// Numbers that are wrong count for nothing in the preview and say so; when a field of Stops is wrong, nothing counts.
	Numbers []Number[T]
	Stops   []string
	// Says is what else the preview says under its figures; nil: nothing.
	Says func(v *desk.Visit, body T, checked register.Checked[W]) []string
	Same string // by what records that may be the same are alike: 同名、同日、同地
	// Only says that there may be one such record only: the form leads to it and does not offer to enter another.
	Only bool
}

// Number is a number of the form. Clear takes it out of the body.
type Number[T any] struct {
	Field, Name string
	Clear       func(body *T)
}

// getNew shows an empty form, or with ?form= one that was begun and not sent.
func (p *Pages[T, W]) getNew(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		f := &Filled[T, W]{ID: id.New()}
		if begun := v.At.Get("form"); begun != "" {
			kept, err := desk.KeptForm(v.Ctx, tx, p.Book.Kind, begun)
			if err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
			if err == nil && kept.Fresh {
				f.ID, f.Values, f.kept = kept.ID, kept.Values, kept.At
			}
		}
		if f.Values == nil {
			f.Values = p.Form.Blank(v)
			if last, err := desk.LastKept(v.Ctx, tx, p.Book.Kind); err == nil {
				begun := v.At.With("form", last.ID)
				f.notices = append(f.notices, page.Notice{Lead: v.T("%s 有一张没交的表：%s。", v.Instant(last.At), last.Title),
					Action: &page.Action{Label: v.T("接着填"), Href: begun.String()}})
			} else if !errs.Is(err, errs.NotFound) {
				return err
			}
		}
		return p.showForm(w, r, tx, v, f)
	})
}

// getEdit shows the form of a record: of a draft or returned one to change it, of a verified one to revise it. What was typed last
// time and not sent is there again.
func (p *Pages[T, W]) getEdit(w http.ResponseWriter, r *http.Request) error {
	var refusal error
	err := p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		rec, err := p.editable(tx, v, r.PathValue("number"))
		if errs.Is(err, errs.Conflict) || errs.Is(err, errs.Forbidden) {
			refusal = err
			return nil
		}
		if err != nil {
			return err
		}
		f := &Filled[T, W]{ID: rec.ID, Record: &rec, Version: rec.Version, Values: p.Form.Values(v, rec.Body, rec.Words)}
		kept, err := desk.KeptForm(v.Ctx, tx, p.Book.Kind, rec.ID)
		switch {
		case errs.Is(err, errs.NotFound):
		case err != nil:
			return err
		case v.At.Get("fresh") == "":
			saved := v.At.With("fresh", "1")
			f.Values, f.kept = kept.Values, kept.At
			if n, err := strconv.Atoi(kept.Values.Get("version")); err == nil {
				f.Version = n
			}
			f.notices = append(f.notices, page.Notice{Kind: page.Caution, Lead: v.T("%s 改了没交，已接着填。", v.Instant(kept.At)),
				Action: &page.Action{Label: v.T("不要这些改动，按存好的填"), Href: saved.String()}})
		}
		return p.showForm(w, r, tx, v, f)
	})
	if err == nil && refusal != nil { // the record itself, with why it is not to be changed now
		return p.ShowRecord(w, r, r.PathValue("number"), refusal)
	}
	return err
}

// editable is the record of the number if the actor may change or revise it now.
func (p *Pages[T, W]) editable(tx *db.Tx, v *desk.Visit, number string) (register.Record[T, W], error) {
	rec, err := p.Book.GetIn(v.Ctx, tx, number)
	if err != nil {
		return rec, err
	}
	able, err := flow.AbleTo(v.Ctx, tx, rec.Head)
	if err != nil || able.May(flow.ActSave) || able.May(flow.ActRevise) {
		return rec, err
	}
	for _, action := range []flow.Action{flow.ActSave, flow.ActRevise} {
		if refusal := able[action]; refusal != nil {
			return rec, refusal
		}
	}
	return rec, errs.E(errs.Conflict, "%s 现在是「%s」，不能改；要改，请先撤回，或由核实人退回", v.Number(rec.Head), rec.Waiting().Title())
}

func (p *Pages[T, W]) postNew(w http.ResponseWriter, r *http.Request) error { return p.post(w, r, "") }

func (p *Pages[T, W]) postEdit(w http.ResponseWriter, r *http.Request) error {
	return p.post(w, r, r.PathValue("number"))
}

// post takes the form of a new record (number "") or of one that is there: rows of a table, another kind, saving, submitting.
// Whatever is wrong, the form comes back with all that was typed.
func (p *Pages[T, W]) post(w http.ResponseWriter, r *http.Request, number string) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s := &sent[T, W]{Form: f, submit: f.Values.Get("act") == "submit" || f.Values.Get("distinct") != "", number: number}
	var answered bool
	if err := p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) (err error) {
		answered, err = p.before(w, r, tx, v, s)
		return err
	}); err != nil || answered {
		return err
	}
	head, err := p.write(r.Context(), s)
	if err == nil {
		return p.saved(w, r, s, head)
	}
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error { return p.refused(w, r, tx, v, s, err) })
}

// sent is a form on its way.
type sent[T, W any] struct {
	*web.Form
	number string // "" for a new record
	id     string
	body   T
	record *register.Record[T, W] // the one that is changed; nil for a new one
	submit bool
	who    string // can verify it, for the toast
}

// version is the one that the form was filled from.
func (s *sent[T, W]) version() int {
	n, _ := strconv.Atoi(s.Values.Get("version"))
	return n
}

// view is the form as it came, to be shown again.
func (s *sent[T, W]) view() *Filled[T, W] {
	return &Filled[T, W]{ID: s.id, Record: s.record, Version: s.version(), Values: s.Values}
}

// before reads the form and answers it where nothing is to be written: another row, another kind, something wrong, a record that may
// be there already.
func (p *Pages[T, W]) before(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, s *sent[T, W]) (answered bool, err error) {
	s.id = s.Values.Get("id")
	var was T
	if s.number != "" {
		rec, err := p.Book.GetIn(v.Ctx, tx, s.number)
		if err != nil {
			return true, err
		}
		s.id, s.record, was = rec.ID, &rec, rec.Body
	} else if !id.Valid(s.id) {
		s.id = id.New()
	}
	if ask := s.Values.Get("rows"); ask != "" {
		p.Form.editRows(s.Values, ask)
		return true, p.showForm(w, r, tx, v, s.view())
	}
	p.Form.closeRows(s.Values)
	if s.body, err = p.Form.Read(v.Ctx, tx, s.Form, was); err != nil {
		return true, err
	}
	typed := s.body
	checked, err := p.Book.Check(v.Ctx, tx, s.id, &typed, s.submit)
	view := s.view()
	if view.Errors = v.AllErrors(s.Form, err, slices.Collect(maps.Keys(p.Form.Rows))...); len(view.Errors) > 0 {
		return true, p.showForm(w, r, tx, v, view)
	}
	if err != nil {
		return true, err
	}
	if s.submit {
		if s.who, err = v.Checkers(tx, flow.Head{Kind: p.Book.Kind, Unit: p.Book.Head(s.body).Unit, Author: v.Actor.Account}); err != nil {
			return true, err
		}
	}
	distinct := s.Values.Get("distinct")
	if p.Form.Only {
		distinct = ""
	}
	if view.similar = undecided(checked.Similar, distinct); (s.submit || p.Form.Only) && len(view.similar) > 0 && s.number == "" {
		view.status = http.StatusConflict
		return true, p.showForm(w, r, tx, v, view)
	}
	return false, nil
}

// undecided are the records of which nobody has said yet that they are not the same.
func undecided(all []flow.Head, distinct string) (left []flow.Head) {
	for _, h := range all {
		if !strings.Contains(" "+distinct+" ", " "+h.Number+" ") {
			left = append(left, h)
		}
	}
	return left
}

// write saves the record, or submits it at once.
func (p *Pages[T, W]) write(ctx context.Context, s *sent[T, W]) (flow.Head, error) {
	if s.record == nil {
		out, err := p.Book.Create(ctx, register.New[T]{ID: s.id, Body: s.body, Submit: s.submit})
		return out.Head, err
	}
	out, err := p.Book.Save(ctx, register.Change[T]{ID: s.id, Version: s.version(), Body: s.body, Reason: s.Text("reason", "修订的原因", 500), Submit: s.submit})
	return out.Head, err
}

// saved says what was done and goes to the record.
func (p *Pages[T, W]) saved(w http.ResponseWriter, r *http.Request, s *sent[T, W], h flow.Head) error {
	var today day.Day
	if err := p.Book.DB.Update(r.Context(), func(tx *db.Tx) (err error) {
		if today, err = org.Today(r.Context(), tx); err != nil {
			return err
		}
		return desk.ForgetForm(r.Context(), tx, p.Book.Kind, s.id)
	}); err != nil {
		return err
	}
	where := page.AddressOf(r).Without("form", "fresh")
	where.Path = desk.Href(p.Book.Kind, h.Number)
	undo := ""
	text, args := "已存草稿 %s", []any{h.NumberIn(today)}
	switch {
	case s.submit && s.who != "":
		text, args = "已提交 %s，等%s核实", append(args, s.who)
	case s.submit:
		text = "已提交 %s"
	case h.Revision != flow.None:
		text = "已存修订 %s，提交核实后才改动数字"
	case h.State == flow.Returned:
		text = "已存 %s，改好再提交"
	}
	if s.submit {
		undo = where.Path + "/withdraw?version=" + strconv.Itoa(h.Version)
	}
	desk.Say(w, r, undo, text, args...)
	web.Redirect(w, r, where.String())
	return nil
}

// refused shows the form again after the book refused it: with the wrong fields, with who was quicker, or, when the same form was
// sent twice, the record that it has already made.
func (p *Pages[T, W]) refused(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, s *sent[T, W], refusal error) error {
	view := s.view()
	switch errs.KindOf(refusal) {
	case errs.Invalid:
		view.Errors = v.FieldErrors(refusal)
	case errs.Forbidden:
		view.problem, view.status = v.Problem(refusal), http.StatusForbidden
	case errs.Conflict:
		view.status = http.StatusConflict
		if s.record == nil {
			return p.twice(w, r, tx, v, s, refusal)
		}
		rec, err := p.Book.GetIn(v.Ctx, tx, s.number)
		if err != nil {
			return err
		}
		view.Record, view.problem = &rec, v.Problem(refusal)
		if rec.Version != s.version() {
			view.Version = rec.Version
			if view.theirs, err = p.differences(tx, v, s, rec); err != nil {
				return err
			}
			view.problem = &page.Notice{Kind: page.Wrong, Lead: v.T("%s %s 也改过这条。", rec.Editor, v.Instant(rec.Updated)),
				Text: v.T("你填的都还在，没有存。下面是两边不同的地方，看过再存，就以你填的为准。")}
		}
	default:
		return refusal
	}
	return p.showForm(w, r, tx, v, view)
}

// twice answers a form whose record is there already: sent again, it leads to it; changed since, it becomes a change of it.
func (p *Pages[T, W]) twice(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, s *sent[T, W], refusal error) error {
	h, err := flow.Get(v.Ctx, tx, p.Book.Ref(s.id))
	if errs.Is(err, errs.NotFound) {
		return refusal
	}
	if err != nil {
		return err
	}
	rec, err := p.Book.GetIn(v.Ctx, tx, h.Number)
	if err != nil {
		return err
	}
	typed := s.body
	if _, err := p.Book.Check(v.Ctx, tx, s.id, &typed, false); err != nil {
		return err
	}
	if reflect.DeepEqual(typed, rec.Body) {
		desk.Say(w, r, "", "%s 已经存过，没有重复记", v.Number(h))
		web.Redirect(w, r, desk.Href(p.Book.Kind, h.Number))
		return nil
	}
	view := s.view()
	view.Record, view.Version, view.status = &rec, rec.Version, http.StatusConflict
	if view.theirs, err = p.differences(tx, v, s, rec); err != nil {
		return err
	}
	view.problem = &page.Notice{Kind: page.Wrong, Lead: v.T("这张表已经存为 %s。", v.Number(h)), Text: v.T("下面是和存好的不同的地方，再存一次就改成你填的。")}
	return p.showForm(w, r, tx, v, view)
}

// differences compares what is typed with what is kept.
func (p *Pages[T, W]) differences(tx *db.Tx, v *desk.Visit, s *sent[T, W], kept register.Record[T, W]) ([]page.Difference, error) {
	typed := s.body
	if p.Book.Code != nil {
		if err := p.Book.Code(v.Ctx, tx, &typed, kept.Words, false); err != nil {
			return nil, err
		}
	}
	return p.changes(v, kept.Body, typed, kept.Words), nil
}

// changes are the fields in which two versions differ, as pages show them.
func (p *Pages[T, W]) changes(v *desk.Visit, before, after T, w W) (all []page.Difference) {
	for _, c := range p.Book.Fields.Changes(before, after, w) {
		all = append(all, page.Difference{Label: v.T(c.Label), Before: c.Before, After: c.After})
	}
	return all
}

// postKeep keeps a form while it is typed and answers the sentence that says so.
func (p *Pages[T, W]) postKeep(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	u := desk.Unsent{Kind: p.Book.Kind, ID: f.Values.Get("id"), Title: strings.TrimSpace(f.Values.Get(p.Form.Name)), Values: f.Values, Fresh: f.Values.Get("version") == ""}
	if !id.Valid(u.ID) {
		return errs.E(errs.Invalid, "这张表没有编号，请刷新后再填")
	}
	return p.Desk.Keep(w, r, u)
}

// postDrop gives a form up that was begun and not sent.
func (p *Pages[T, W]) postDrop(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := p.Book.DB.Update(r.Context(), func(tx *db.Tx) error { return desk.ForgetForm(r.Context(), tx, p.Book.Kind, f.Values.Get("id")) }); err != nil {
		return err
	}
	desk.Say(w, r, "", "已丢掉没交的表")
	web.Redirect(w, r, p.path(""))
	return nil
}
