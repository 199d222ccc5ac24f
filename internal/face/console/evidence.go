package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// papersAtOnce is how much one form may carry; a single file is limited by evidence.Limit.
const papersAtOnce = 2 * evidence.Limit

// evidenceRoutes are the pages of papers of records. Which record, and whether it may be written, is asked in the handlers.
func (c *Console) evidenceRoutes() []web.Route {
	read, write := string(access.Read), string(access.Write)
	return []web.Route{
		{Pattern: "GET /evidence/{paper}", Right: read, Handler: c.getPaper},
		{Pattern: "GET /evidence/{paper}/small", Right: read, Handler: c.getSmallPaper},
		{Pattern: "POST /evidence/{paper}/remove", Right: write, Handler: c.postRemovePaper},
		{Pattern: "GET /evidence/{kind}/{record}/new", Right: write, Handler: c.getAddPapers},
		{Pattern: "POST /evidence/{kind}/{record}", Right: write, Handler: c.postRecordPapers, Upload: papersAtOnce},
	}
}

func (c *Console) getPaper(w http.ResponseWriter, r *http.Request) error {
	return evidence.Serve(w, r, c.Desk.DB, c.Desk.Files, r.PathValue("paper"), false)
}

func (c *Console) getSmallPaper(w http.ResponseWriter, r *http.Request) error {
	return evidence.Serve(w, r, c.Desk.DB, c.Desk.Files, r.PathValue("paper"), true)
}

// subject is a record that takes papers, with what its module says of it.
func (c *Console) subject(tx *db.Tx, r *http.Request, ref id.Ref) (flow.Head, evidence.Subject, error) {
	at := slices.IndexFunc(c.Modules, func(m desk.Module) bool { return m.Kind == ref.Kind && m.Subject != nil })
	if at < 0 {
		return flow.Head{}, evidence.Subject{}, errs.E(errs.NotFound, "没有这条记录，或者不是你能看的")
	}
	h, err := evidence.Writable(r.Context(), tx, ref)
	if err != nil {
		return h, evidence.Subject{}, err
	}
	s, err := c.Modules[at].Subject(r.Context(), tx, ref)
	return h, s, err
}

func recordOf(r *http.Request) id.Ref {
	return id.Ref{Kind: r.PathValue("kind"), ID: r.PathValue("record")}
}

func (c *Console) getAddPapers(w http.ResponseWriter, r *http.Request) error {
	return c.showAddPapers(w, r, nil, nil)
}

// showAddPapers is the page where papers are handed in; f is a form that is shown again with its errors.
func (c *Console) showAddPapers(w http.ResponseWriter, r *http.Request, f *web.Form, problems []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		h, s, err := c.subject(tx, r, recordOf(r))
		if err != nil {
			return err
		}
		kinds, chosen, missing, err := c.paperChoices(tx, v, s)
		if err != nil {
			return err
		}
		typed := func(name string) string {
			if f == nil {
				return ""
			}
			return f.Values.Get(name)
		}
		if k := typed("kind") + v.At.Get("kind"); k != "" {
			chosen = k
		}
		field := func(name, label string) page.Field {
			return page.Field{Name: name, Label: label, Value: typed(name), Error: desk.ErrorOf(problems, name)}
		}
		kind, link, note, file := field("kind", v.T("种类")), field("link", v.T("链接")), field("note", v.T("说明")), field("file", v.T("文件"))
		kind.Value, kind.Note = chosen, v.T("一次传一种，可以几份")
		link.Optional, link.Hint, link.Wide = true, v.T("种类选「%s」时填，从浏览器地址栏整条复制", v.T(evidence.Link.Title())), true
		note.Optional, note.Hint, note.Wide = true, v.T("例如「2 页，56 人」"), true
		file.Wide, file.Hint = true, v.T("收图片、PDF、OFD、Word、Excel、WPS、文本和 mp4，每份最大 %s；照片从不要求", web.Size(evidence.Limit))
		back := desk.Href(h.Kind, h.Number)
		form := page.Form{Action: "/evidence/" + h.Kind + "/" + h.ID, Errors: problems, Lead: v.T("没有添加："), Files: true,
			Buttons: []page.Action{{Label: v.T("添加"), Kind: page.Primary}}, Says: v.T("缺佐证不影响提交和核实，也不改数"), Leave: &page.Action{Label: v.T("回记录"), Href: back}}
		fields := templ.Join(page.SelectField(page.Select{Field: kind, Options: kinds}),
			page.DropField(page.Drop{Field: file, Many: true, Most: evidence.Limit, Missing: missing}),
			page.InputField(page.Input{Field: link, InputMode: "url", MaxLength: 1000, Placeholder: "https://"}),
			page.InputField(page.Input{Field: note, MaxLength: 200}))
		head := page.FormHead{Title: v.T("添加佐证"), Crumbs: []page.NavItem{{Label: v.T(c.moduleTitle(h.Kind)), Href: v.At.Scope("/" + h.Kind).String()},
			{Label: v.Number(h) + " " + h.Title, Href: back}, {Label: v.T("添加佐证")}}}
		if len(problems) > 0 {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
		return v.Render(w, r, desk.Page{Title: head.Title, Path: "/" + h.Kind, NoScope: true},
			templ.Join(page.FormTitle(head), page.Around(page.FormBox(form), fields)))
	})
}

// paperChoices are the kinds of papers: those that the record still needs first, then those it wants, then the rest. chosen is the
// first of them, missing says what is needed.
func (c *Console) paperChoices(tx *db.Tx, v *desk.Visit, s evidence.Subject) (all []page.Option, chosen, missing string, err error) {
	rules, err := v.Papers.Of(v.Ctx, tx, s.Ref.Kind, s.Subkind, s.Day)
	if err != nil {
		return nil, "", "", err
	}
	papers, err := evidence.Of(v.Ctx, tx, s.Ref)
	if err != nil {
		return nil, "", "", err
	}
	var have []evidence.Kind
	for _, p := range papers {
		if p.Removed == 0 {
			have = append(have, p.Kind)
		}
	}
	needed := rules.Missing(evidence.Needed, have)
	var titles []string
	for _, k := range needed {
		titles = append(titles, v.T(k.Title()))
	}
	if len(titles) > 0 {
		missing = v.T("还缺%s", strings.Join(titles, v.T("或")))
	}
	add := func(k evidence.Kind, label string) {
		if !slices.ContainsFunc(all, func(o page.Option) bool { return o.Value == string(k) }) {
			all = append(all, page.Option{Value: string(k), Label: label})
		}
	}
	for _, k := range needed {
		add(k, v.T("%s（应有，还没有）", v.T(k.Title())))
	}
	for _, k := range rules.Missing(evidence.Expected, have) {
		add(k, v.T("%s（有就传）", v.T(k.Title())))
	}
	for _, k := range evidence.Kinds() {
		add(k, v.T(k.Title()))
	}
	return all, all[0].Value, missing, nil
}

// postRecordPapers takes files, or a link, and binds them to a record. The files are streamed to the store before the transaction begins.
func (c *Console) postRecordPapers(w http.ResponseWriter, r *http.Request) error {
	ctx, ref := r.Context(), recordOf(r)
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := c.Desk.DB.View(ctx, func(tx *db.Tx) error { // before anything is stored
		_, _, err := c.subject(tx, r, ref)
		return err
	}); err != nil {
		return err
	}
	papers, err := c.received(r, f)
	if err == nil {
		err = f.Err()
	}
	var uses []string
	var head flow.Head
	if err == nil {
		head, uses, err = c.attach(r, ref, papers)
	}
	if problems := fieldErrors(r, err); len(problems) > 0 {
		if web.Partial(r) { // one of several files that a script sends
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = w.Write([]byte(problems[0].Text))
			return nil
		}
		return c.showAddPapers(w, r, f, problems)
	}
	if err != nil {
		return err
	}
	said := lang.T(ctx, "添加了 %d 份佐证", len(papers))
	if len(uses) > 0 {
		said += lang.T(ctx, "；") + strings.Join(uses, lang.T(ctx, "；"))
	}
	desk.Toast(w, r, said, "")
	web.Redirect(w, r, desk.Back(r, desk.Href(head.Kind, head.Number)))
	return nil
}

// received reads what a form hands in; files are in the store afterwards.
func (c *Console) received(r *http.Request, f *web.Form) (all []evidence.Paper, err error) {
	ctx := r.Context()
	var known []string
	for _, k := range evidence.Kinds() {
		known = append(known, string(k))
	}
	kind := evidence.Kind(f.OneOf("kind", "种类", known...))
	note := f.Text("note", "说明", 200)
	if kind == evidence.Link {
		return []evidence.Paper{{Kind: kind, Link: f.Text("link", "链接", 1000), Note: note}}, nil
	}
	for _, header := range f.Files("file") {
		file, err := header.Open()
		if err != nil {
			return nil, err
		}
		name := evidence.CleanName(header.Filename)
		got, err := evidence.Receive(ctx, c.Desk.Files, name, file)
		_ = file.Close() // only read
		if errs.Is(err, errs.Invalid) || errs.Is(err, errs.TooLarge) {
			f.Errors.Add("file", "%s", lang.Error(ctx, err))
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, evidence.Paper{Kind: kind, File: got, Name: name, Note: note})
	}
	if len(all) == 0 && len(f.Errors) == 0 {
		all = []evidence.Paper{{Kind: kind}} // says that a file is missing
	}
	return all, nil
}

// attach binds papers to the record and settles what it still lacks. uses says where else a file is used.
func (c *Console) attach(r *http.Request, ref id.Ref, papers []evidence.Paper) (head flow.Head, uses []string, err error) {
	ctx := r.Context()
	err = c.Desk.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := c.Desk.Enter(tx, r)
		if err != nil {
			return err
		}
		uses = nil
		for _, p := range papers {
			_, used, err := evidence.Attach(ctx, tx, ref, p)
			if err != nil {
				return err
			}
			if said := v.UsedToo(used); said != "" {
				uses = append(uses, v.T("「%s」：%s", p.Name, said))
			}
		}
		var s evidence.Subject
		if head, s, err = c.subject(tx, r, ref); err != nil {
			return err
		}
		return c.Desk.Papers.UpdateProof(ctx, tx, s)
	})
	return head, uses, err
}

// postRemovePaper takes a paper off its record, with the reason.
func (c *Console) postRemovePaper(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	why := f.Required("reason", "原因", 200)
	if err := f.Err(); err != nil {
		return err
	}
	var taken evidence.Paper
	var head flow.Head
	if err := c.Desk.DB.Update(ctx, func(tx *db.Tx) error {
		if taken, err = evidence.Detach(ctx, tx, r.PathValue("paper"), why); err != nil {
			return err
		}
		if head, err = flow.ByID(ctx, tx, taken.Record); err != nil {
			return err
		}
		_, s, err := c.subject(tx, r, head.Ref())
		if err != nil {
			return err
		}
		return c.Desk.Papers.UpdateProof(ctx, tx, s)
	}); err != nil {
		return err
	}
	desk.Toast(w, r, lang.T(ctx, "取下了「%s」", taken.Name), "")
	web.Redirect(w, r, desk.Back(r, desk.Href(head.Kind, head.Number)))
	return nil
}
