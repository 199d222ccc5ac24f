package training

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

// getNew shows an empty form, or with ?form= one that was begun and not sent.
func (p *pages) getNew(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		f := &formView{id: id.New()}
		if begun := v.At.Get("form"); begun != "" {
			kept, err := desk.KeptForm(v.Ctx, tx, Kind, begun)
			if err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
			if err == nil && kept.Fresh {
				f.id, f.values, f.kept = kept.ID, kept.Values, kept.At
			}
		}
		if f.values == nil {
			f.values = p.blank(v)
			if last, err := desk.LastKept(v.Ctx, tx, Kind); err == nil {
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

// getEdit shows the form of a class: of a draft or returned one to change it, of a verified one to revise it. What was typed last
// time and not sent is there again.
func (p *pages) getEdit(w http.ResponseWriter, r *http.Request) error {
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
		f := &formView{id: rec.ID, record: &rec, version: rec.Version, values: valuesOf(rec.Body, rec.Words, v.Indicators.Offered("campaign"))}
		kept, err := desk.KeptForm(v.Ctx, tx, Kind, rec.ID)
		switch {
		case errs.Is(err, errs.NotFound):
		case err != nil:
			return err
		case v.At.Get("fresh") == "":
			saved := v.At.With("fresh", "1")
			f.values, f.kept = kept.Values, kept.At
			if n, err := strconv.Atoi(kept.Values.Get("version")); err == nil {
				f.version = n
			}
			f.notices = append(f.notices, page.Notice{Kind: page.Caution, Lead: v.T("%s 改了没交，已接着填。", v.Instant(kept.At)),
				Action: &page.Action{Label: v.T("不要这些改动，按存好的填"), Href: saved.String()}})
		}
		return p.showForm(w, r, tx, v, f)
	})
	if err == nil && refusal != nil { // the class itself, with why it is not to be changed now
		return p.showRecord(w, r, r.PathValue("number"), refusal)
	}
	return err
}

// editable is the class of the number if the actor may change or revise it now.
func (p *pages) editable(tx *db.Tx, v *desk.Visit, number string) (Record, error) {
	rec, err := p.GetIn(v.Ctx, tx, number)
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

func (p *pages) postNew(w http.ResponseWriter, r *http.Request) error { return p.post(w, r, "") }

func (p *pages) postEdit(w http.ResponseWriter, r *http.Request) error {
	return p.post(w, r, r.PathValue("number"))
}

// post takes the form of a new class (number "") or of one that is there: rows of sessions, another kind, saving, submitting.
// Whatever is wrong, the form comes back with all that was typed.
func (p *pages) post(w http.ResponseWriter, r *http.Request, number string) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s := &sent{Form: f, submit: f.Values.Get("act") == "submit" || f.Values.Get("distinct") != "", number: number}
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
type sent struct {
	*web.Form
	number string // "" for a new class
	id     string
	class  Class
	record *Record // the class that is changed; nil for a new one
	submit bool
	who    string // can verify it, for the toast
}

// version is the one that the form was filled from.
func (s *sent) version() int {
	n, _ := strconv.Atoi(s.Values.Get("version"))
	return n
}

// view is the form as it came, to be shown again.
func (s *sent) view() *formView {
	return &formView{id: s.id, record: s.record, version: s.version(), values: s.Values}
}

// before reads the form and answers it where nothing is to be written: another row, another kind, something wrong, a class that may
// be there already.
func (p *pages) before(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, s *sent) (answered bool, err error) {
	s.id = s.Values.Get("id")
	var was Class
	if s.number != "" {
		rec, err := p.GetIn(v.Ctx, tx, s.number)
		if err != nil {
			return true, err
		}
		s.id, s.record, was = rec.ID, &rec, rec.Body
	} else if !id.Valid(s.id) {
		s.id = id.New()
	}
	if ask := s.Values.Get("rows"); ask != "" {
		editRows(s.Values, ask)
		return true, p.showForm(w, r, tx, v, s.view())
	}
	if s.class, err = p.read(v.Ctx, tx, s.Form, was); err != nil {
		return true, err
	}
	typed := s.class
	checked, err := p.Check(v.Ctx, tx, s.id, &typed, s.submit)
	view := s.view()
	if view.errors = v.AllErrors(s.Form, err); len(view.errors) > 0 {
		return true, p.showForm(w, r, tx, v, view)
	}
	if err != nil {
		return true, err
	}
	if s.submit {
		if s.who, err = v.Checkers(tx, flow.Head{Kind: Kind, Unit: s.class.Unit, Author: v.Actor.Account}); err != nil {
			return true, err
		}
	}
	if view.similar = undecided(checked.Similar, s.Values.Get("distinct")); s.submit && len(view.similar) > 0 && s.number == "" {
		view.status = http.StatusConflict
		return true, p.showForm(w, r, tx, v, view)
	}
	return false, nil
}

// undecided are the classes of which nobody has said yet that they are not the same.
func undecided(all []flow.Head, distinct string) (left []flow.Head) {
	for _, h := range all {
		if !strings.Contains(" "+distinct+" ", " "+h.Number+" ") {
			left = append(left, h)
		}
	}
	return left
}

// write saves the class, or submits it at once.
func (p *pages) write(ctx context.Context, s *sent) (flow.Head, error) {
	if s.record == nil {
		out, err := p.Create(ctx, CreateInput{ID: s.id, Body: s.class, Submit: s.submit})
		return out.Head, err
	}
	out, err := p.Save(ctx, SaveInput{ID: s.id, Version: s.version(), Body: s.class, Reason: s.Text("reason", "修订的原因", 500), Submit: s.submit})
	return out.Head, err
}

// saved says what was done and goes to the class.
func (p *pages) saved(w http.ResponseWriter, r *http.Request, s *sent, h flow.Head) error {
	var today day.Day
	if err := p.DB.Update(r.Context(), func(tx *db.Tx) (err error) {
		if today, err = org.Today(r.Context(), tx); err != nil {
			return err
		}
		return desk.ForgetForm(r.Context(), tx, Kind, s.id)
	}); err != nil {
		return err
	}
	where := page.AddressOf(r).Without("form", "fresh")
	where.Path = desk.Href(Kind, h.Number)
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

// refused shows the form again after the service refused it: with the wrong fields, with who was quicker, or, when the same form was
// sent twice, the class that it has already made.
func (p *pages) refused(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, s *sent, refusal error) error {
	view := s.view()
	switch errs.KindOf(refusal) {
	case errs.Invalid:
		view.errors = v.FieldErrors(refusal)
	case errs.Forbidden:
		view.problem, view.status = v.Problem(refusal), http.StatusForbidden
	case errs.Conflict:
		view.status = http.StatusConflict
		if s.record == nil {
			return p.twice(w, r, tx, v, s, refusal)
		}
		rec, err := p.GetIn(v.Ctx, tx, s.number)
		if err != nil {
			return err
		}
		view.record, view.problem = &rec, v.Problem(refusal)
		if rec.Version != s.version() {
			view.version = rec.Version
			view.theirs = differences(v, s.class, rec.Body, rec.Words)
			view.problem = &page.Notice{Kind: page.Wrong, Lead: v.T("%s %s 也改过这条。", rec.Editor, v.Instant(rec.Updated)),
				Text: v.T("你填的都还在，没有存。下面是两边不同的地方，看过再存，就以你填的为准。")}
		}
	default:
		return refusal
	}
	return p.showForm(w, r, tx, v, view)
}

// twice answers a form whose class is there already: sent again, it leads to the class; changed since, it becomes a change of it.
func (p *pages) twice(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, s *sent, refusal error) error {
	h, err := flow.Get(v.Ctx, tx, Ref(s.id))
	if errs.Is(err, errs.NotFound) {
		return refusal
	}
	if err != nil {
		return err
	}
	rec, err := p.GetIn(v.Ctx, tx, h.Number)
	if err != nil {
		return err
	}
	typed := s.class
	if _, err := p.Check(v.Ctx, tx, s.id, &typed, false); err != nil {
		return err
	}
	if reflect.DeepEqual(typed, rec.Body) {
		desk.Say(w, r, "", "%s 已经存过，没有重复记", v.Number(h))
		web.Redirect(w, r, desk.Href(Kind, h.Number))
		return nil
	}
	view := s.view()
	view.record, view.version, view.status = &rec, rec.Version, http.StatusConflict
	view.theirs = differences(v, s.class, rec.Body, rec.Words)
	view.problem = &page.Notice{Kind: page.Wrong, Lead: v.T("这张表已经存为 %s。", v.Number(h)), Text: v.T("下面是和存好的不同的地方，再存一次就改成你填的。")}
	return p.showForm(w, r, tx, v, view)
}

// differences compares what is typed with what is kept.
func differences(v *desk.Visit, typed, kept Class, w Words) (all []page.Difference) {
	if code, known := w.Subjects.Code(typed.Subject); known {
		typed.Subject = code
	}
	for _, c := range fields.Changes(kept, typed, w) {
		all = append(all, page.Difference{Label: v.T(c.Label), Before: c.Before, After: c.After})
	}
	return all
}

// postKeep keeps a form while it is typed and answers the sentence that says so.
func (p *pages) postKeep(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	u := desk.Unsent{Kind: Kind, ID: f.Values.Get("id"), Title: strings.TrimSpace(f.Values.Get("name")), Values: f.Values, Fresh: f.Values.Get("version") == ""}
	if !id.Valid(u.ID) {
		return errs.E(errs.Invalid, "这张表没有编号，请刷新后再填")
	}
	return p.Desk.Keep(w, r, u)
}

// postDrop gives a form up that was begun and not sent.
func (p *pages) postDrop(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := p.DB.Update(r.Context(), func(tx *db.Tx) error { return desk.ForgetForm(r.Context(), tx, Kind, f.Values.Get("id")) }); err != nil {
		return err
	}
	desk.Say(w, r, "", "已丢掉没交的表")
	web.Redirect(w, r, "/"+Kind)
	return nil
}

// postPreview answers what the class would count for as it is typed.
func (p *pages) postPreview(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		ref := Ref(f.Values.Get("id"))
		var was Class
		if f.Values.Get("version") != "" {
			h, err := flow.Get(v.Ctx, tx, ref)
			if err != nil {
				return err
			}
			rec, err := p.GetIn(v.Ctx, tx, h.Number)
			if err != nil {
				return err
			}
			was = rec.Body
		}
		if f.Values.Get("version") == "" { // a new class counts by itself: the id of another would tell what that one has posted
			ref = Ref(id.New())
		}
		c, err := p.read(v.Ctx, tx, f, was)
		if err != nil {
			return err
		}
		box, err := p.preview(tx, v, f, c, ref)
		if err != nil {
			return err
		}
		return v.Part(w, page.PreviewSlot(box))
	})
}

// preview is «核实后计入» of a class as it is typed: numbers that are wrong count for nothing and say so.
func (p *pages) preview(tx *db.Tx, v *desk.Visit, f *web.Form, c Class, ref id.Ref) (page.CountsHere, error) {
	checked, err := p.Check(v.Ctx, tx, ref.ID, &c, false)
	wrong := v.AllErrors(f, err)
	if err != nil && !errs.Is(err, errs.Invalid) {
		return page.CountsHere{}, err
	}
	var lines []page.CountsRow
	for _, one := range []struct {
		field, name string
		count       **Count
	}{{"enrolled", "招收学员", &c.Enrolled}, {"attendances", "培训人次", &c.Attendances}, {"examined", "参加考试", &c.Examined}, {"passed", "考试合格", &c.Passed}} {
		if desk.ErrorOf(wrong, one.field) != "" {
			*one.count = nil
			lines = append(lines, page.CountsRow{Name: v.T(one.name), Wrong: v.T("先改正%s", v.T(one.name))})
		}
	}
	facts := p.Facts(c)
	if desk.ErrorOf(wrong, "start") != "" || desk.ErrorOf(wrong, "end") != "" || desk.ErrorOf(wrong, "sessions") != "" {
		facts = nil
	}
	if c.Unit == "" { // nobody's numbers are shown for a unit that is not his to write for
		facts = nil
	}
	box, err := v.Counts(tx, ref, facts, false)
	if err != nil {
		return box, err
	}
	box.Rows = append(box.Rows, lines...)
	if d := c.countingDay(); d != "" {
		box.Note = v.T("计入 %s", day.Month(d.Year(), d.Month()).Words())
	}
	if n := c.attendances(); n != nil && n.Exactness != "" && n.Exactness != ledger.Exact {
		box.Not = append(box.Not, v.T("培训人次是估计的，记作「%s」", v.CountOf(n.N, n.Exactness)))
	}
	if town := elsewhere(v.Tree, c); town != "" {
		box.Not = append(box.Not, v.T("在%s办，计入%s", town, town))
	}
	for _, one := range checked.Warnings {
		box.Not = append(box.Not, v.T(one.Text, one.Args...))
	}
	if c.Subject != "" && !checked.Words.Subjects.Known(c.Subject) {
		box.Not = append(box.Not, v.T("「%s」是新专业，存后加进专业词典", c.Subject))
	}
	return box, nil
}

// elsewhere is the township of the class's place when the class's unit serves another one; "" when there is nothing to say.
func elsewhere(tree *org.Tree, c Class) string {
	at, inTown := tree.Township(c.Place)
	home, serves := tree.Township(tree.Unit(c.Unit).Place)
	if !inTown || !serves || at.ID == home.ID {
		return ""
	}
	return at.Name
}

// mayWriteFor are the units whose classes the actor enters; the first stands at the margin.
func mayWriteFor(v *desk.Visit, w Words) ([]page.Option, error) {
	units, err := flow.Units(v.Ctx, w.Tree, access.Write, Kind)
	if err != nil {
		return nil, err
	}
	depth := func(unit string) (n int) {
		for u := w.Tree.Unit(unit); u.Parent != "" && n < 3; u = w.Tree.Unit(u.Parent) {
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
