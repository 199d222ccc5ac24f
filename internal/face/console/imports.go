package console

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// imports are the pages of imports into one module.
type imports struct {
	*Console
	module desk.Module
}

// importRoutes are the pages of imports of workbooks, for each module that takes them.
func (c *Console) importRoutes() []web.Route {
	var all []web.Route
	for _, m := range c.Modules {
		if m.Intake == nil {
			continue
		}
		i := imports{c, m}
		add := func(pattern string, handler web.Handler) {
			all = append(all, web.Route{Pattern: pattern, Right: string(access.Import), Module: m.Kind, Handler: handler})
		}
		at := "/imports/" + m.Kind
		add("GET "+at, i.getStart)
		all = append(all, web.Route{Pattern: "POST " + at, Right: string(access.Import), Module: m.Kind, Handler: i.postFile, Upload: intake.Limit})
		add("GET "+at+"/sample.xlsx", i.getSample)
		add("GET "+at+"/{id}", i.getImport)
		add("POST "+at+"/{id}", i.postReview)
		add("GET "+at+"/{id}/progress", i.getProgress)
		add("GET "+at+"/{id}/rejected.xlsx", i.getRejected)
		add("POST "+at+"/{id}/stop", i.postStop)
		add("POST "+at+"/{id}/go-on", i.postGoOn)
		add("POST "+at+"/{id}/anew", i.postAnew)
		add("POST "+at+"/{id}/undo", i.postUndo)
	}
	return all
}

// href is the address of an import, or of a part of it.
func (i imports) href(id string, part ...string) string {
	at := "/imports/" + i.module.Kind
	if id != "" {
		at += "/" + id
	}
	for _, p := range part {
		at += "/" + p
	}
	return at
}

// crumbs lead back to the list and to the page of imports.
func (i imports) crumbs(v *desk.Visit, last string) []page.NavItem {
	all := []page.NavItem{{Label: v.T(i.module.Title), Href: v.At.Scope("/" + i.module.Kind).String()}, {Label: v.T("导入"), Href: i.href("")}}
	if last == "" {
		all[1].Href = ""
		return all
	}
	return append(all, page.NavItem{Label: last})
}

// render shows a page of imports in the frame of the module's list.
func (i imports) render(w http.ResponseWriter, r *http.Request, v *desk.Visit, title string, shown templ.Component) error {
	return v.Render(w, r, desk.Page{Title: title, Path: "/" + i.module.Kind, NoScope: true}, shown)
}

func (i imports) getStart(w http.ResponseWriter, r *http.Request) error {
	return i.showStart(w, r, "", nil)
}

// showStart is the page where a workbook is handed in. problem says what was wrong with the last one.
func (i imports) showStart(w http.ResponseWriter, r *http.Request, year string, problem []page.FieldError) error {
	earlier, err := i.Intake.List(r.Context(), i.module.Kind, importsMost)
	if err != nil {
		return err
	}
	return i.Desk.View(r, func(_ *db.Tx, v *desk.Visit) error {
		v.At.Path = i.href("")
		chosen := importsChosen(v, earlier)
		if as := v.At.Get("as"); as != "" {
			return sendTable(w, v, as, v.T("导入过的"), importFile(v, chosen), string(access.Import))
		}
		if year == "" {
			year = r.URL.Query().Get("year")
		}
		s := page.ImportStart{Title: v.T("导入%s", v.T(i.module.Title)), Crumbs: i.crumbs(v, ""), Action: i.href(""), Accept: ".xlsx,.csv", Most: intake.Limit, Errors: problem,
			Says: v.T("收 xlsx 和 csv，最大 %s；xls、et 请先在 WPS 里另存为 xlsx", web.Size(intake.Limit)),
			Fields: page.InputField(page.Input{Field: page.Field{Name: "year", Label: v.T("年度"), Value: year, Optional: true, Error: desk.ErrorOf(problem, "year"),
				Hint: v.T("表里日期没写年份、标题也没写时用，例如 %d", v.Today.Year())}, InputMode: "numeric", MaxLength: 8}),
			Samples: []page.Link{{Label: v.T("%s一览表.xlsx", v.T(i.module.Title)), Href: i.href("", "sample.xlsx")}}}
		s.Earlier = i.earlierList(v, r, chosen, len(earlier))
		if len(problem) > 0 {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
		return i.render(w, r, v, s.Title, page.ImportStartPage(s))
	})
}

// importsMost bounds the list of earlier imports, importsAPage what of it a page shows.
const (
	importsMost  = 2000
	importsAPage = 20
)

// importState is where an import stands, by codes that the filter uses.
func importState(im intake.Import) string {
	switch im.State {
	case intake.Done:
		return "done"
	case intake.Undone:
		return "undone"
	case intake.Received, intake.Checking, intake.Checked, intake.Applying, intake.Stopped, intake.Undoing, intake.Failed:
	}
	return "open"
}

// importsChosen are the imports that search and filter leave.
func importsChosen(v *desk.Visit, all []intake.Import) []intake.Import {
	state := v.At.Get("state")
	return slices.DeleteFunc(slices.Clone(all), func(im intake.Import) bool {
		return state != "" && importState(im) != state || !found(v.At.Get("q"), im.File, im.Name)
	})
}

// earlierList is the page of earlier imports that the address asks for.
func (i imports) earlierList(v *desk.Visit, r *http.Request, chosen []intake.Import, all int) page.List {
	l := page.List{ID: "earlier", Title: v.T("导入过的"), At: v.At.Without("year"), Search: v.T("文件名、谁"), Empty: unfound(v, all, "q", "state"),
		Filters: []page.Filter{{Key: "state", Label: v.T("结果"), Options: []page.Option{{Label: v.T("全部")}, {Value: "done", Label: v.T("已导入")}, {Value: "open", Label: v.T("没办完")}, {Value: "undone", Label: v.T("已撤销")}}}},
		Columns: []page.Column{{Label: v.T("文件"), Kind: page.MainColumn}, {Label: v.T("时间"), Plain: true}, {Label: v.T("谁"), Plain: true}, {Label: v.T("结果"), Kind: page.StateColumn}}}
	if all == 0 {
		l.Search, l.Filters, l.Empty = "", nil, &page.Empty{Title: v.T("还没有导入过文件"), Reason: v.T("导入过的列在这里，能再看核对结果，也能撤销。"), Small: true}
		return l
	}
	l.Actions = []page.Action{exportMenu(v)}
	list := web.ReadList(r, importsAPage)
	l.Pager = page.Pager{Page: min(list.Page, list.Pages(len(chosen))), Last: list.Pages(len(chosen))}
	l.Foot = page.Words(v.T("共 %d 次", len(chosen)))
	from := min(list.Offset(), len(chosen))
	for _, im := range chosen[from:min(from+importsAPage, len(chosen))] {
		l.Rows = append(l.Rows, page.Row{Name: im.File, Href: i.href(im.ID), Left: im.State == intake.Undone,
			Cells: []templ.Component{page.LinkCell(i.href(im.ID), im.File), page.Faint(v.Instant(im.Created)), page.Cell(im.Name), page.Cell(stands(v, im))}})
	}
	return l
}

// importFile is the list as a table of a file.
func importFile(v *desk.Visit, all []intake.Import) xlsx.Table {
	rows := make([][]any, len(all))
	for i, im := range all {
		rows[i] = []any{im.File, moment(v, im.Created), im.Name, stands(v, im), im.Total}
	}
	return xlsx.Table{Name: v.T("导入过的"), Rows: xlsx.Values(rows), Columns: []xlsx.Column{{Title: v.T("文件"), Width: 36}, {Title: v.T("时间"), Width: 22}, {Title: v.T("谁")}, {Title: v.T("结果"), Width: 20}, {Title: v.T("行数")}}}
}

// stands says in a few words where an import stands.
func stands(v *desk.Visit, im intake.Import) string {
	switch im.State {
	case intake.Done:
		return v.T("导入 %d 行", im.Total)
	case intake.Undone:
		return v.T("已撤销")
	case intake.Stopped:
		return v.T("停在 %d / %d 行", im.Done, im.Total)
	case intake.Applying:
		return v.T("正在导入")
	case intake.Undoing:
		return v.T("正在撤销")
	case intake.Failed:
		return v.T("读不了")
	case intake.Received, intake.Checking, intake.Checked:
	}
	return v.T("还没有导入")
}

// postFile keeps the workbook and has it read by a job.
func (i imports) postFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	years := yearOf(f, "year", "")
	header, file, err := f.File("file")
	switch {
	case err != nil:
		return err
	case header == nil:
		f.Errors.Add("file", "请选一个 xlsx 或 csv 文件")
	default:
		defer func() { _ = file.Close() }()
	}
	if err := f.Err(); err != nil {
		return i.showStart(w, r, f.Values.Get("year"), fieldErrors(r, err))
	}
	name := evidence.CleanName(header.Filename)
	im, err := i.Intake.Receive(ctx, i.module.Kind, name, file)
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.TooLarge) {
		return i.showStart(w, r, f.Values.Get("year"), []page.FieldError{{Name: "file", Text: lang.T(ctx, "「%s」：%s", name, lang.Error(ctx, err))}})
	}
	if err != nil {
		return err
	}
	switch {
	case im.Again:
		web.Redirect(w, r, i.href(im.ID)+"?again=1")
		return nil
	case im.State == intake.Received:
		if err := i.order(r, im.ID, intake.Checking, intake.Options{Year: years}); err != nil {
			return err
		}
	}
	i.await(r, im.ID)
	web.Redirect(w, r, i.href(im.ID))
	return nil
}

// fieldErrors are the wrong inputs of an error, for pages that are shown before there is a visit.
func fieldErrors(r *http.Request, err error) []page.FieldError {
	var e *errs.Error
	if !errors.As(err, &e) {
		return nil
	}
	var all []page.FieldError
	for _, one := range e.Fields {
		all = append(all, page.FieldError{Name: one.Name, Text: lang.T(r.Context(), one.Text, one.Args...)})
	}
	return all
}

// yearOf reads a year that may be blank; sheet names whose it is.
func yearOf(f *web.Form, name, sheet string) int {
	n := f.Int(name, "年度")
	switch {
	case n == nil:
		return 0
	case *n >= 1990 && *n <= 2100:
		return int(*n)
	case sheet != "":
		f.Errors.Add(name, "「%s」年度填的是 %d，请填四位的年份，例如 2024", sheet, *n)
	default:
		f.Errors.Add(name, "年度填的是 %d，请填四位的年份，例如 2024", *n)
	}
	return 0
}

// order has a job do a step of an import, in the name of who asks.
func (i imports) order(r *http.Request, id string, step intake.State, o intake.Options) error {
	ctx := r.Context()
	return i.Intake.Order(ctx, id, step, o, func(tx *db.Tx, work intake.Work) error {
		_, err := i.Jobs.Insert(ctx, tx, org.Of(ctx), work, jobs.How{})
		return err
	})
}

// patience is how long a request waits for a step to end, so that a small file shows its result at once instead of its progress.
const patience = 1500 * time.Millisecond

// await gives the job of an import a moment. What it does not end within that is shown as progress.
func (i imports) await(r *http.Request, id string) {
	ticker := time.NewTicker(30 * time.Millisecond)
	defer ticker.Stop()
	for end := time.After(patience); ; {
		res, err := i.Intake.Result(r.Context(), id)
		if err != nil || !runs(res.Import) {
			return
		}
		select {
		case <-ticker.C:
		case <-end:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// runs reports whether a job is at the import.
func runs(im intake.Import) bool {
	switch im.State {
	case intake.Received, intake.Checking, intake.Applying, intake.Undoing:
		return true
	case intake.Checked, intake.Stopped, intake.Done, intake.Undone, intake.Failed:
	}
	return false
}

// getImport shows where an import stands: its progress, what was understood, or what became of it.
func (i imports) getImport(w http.ResponseWriter, r *http.Request) error {
	res, err := i.Intake.Result(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	switch {
	case res.Target != i.module.Kind:
		return errs.E(errs.NotFound, "没有这次导入，或者不是你能看的")
	case res.State == intake.Checked:
		return i.showReview(w, r, res, mapping{})
	case res.State == intake.Done || res.State == intake.Undone:
		return i.showResult(w, r, res)
	}
	return i.showRun(w, r, res)
}

// postStop stops a running import after its present chunk.
func (i imports) postStop(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := i.Intake.Stop(r.Context(), id); err != nil && !errs.Is(err, errs.Conflict) { // it ended meanwhile: the page shows how
		return err
	}
	i.await(r, id)
	web.Redirect(w, r, i.href(id))
	return nil
}

// postGoOn goes on with an import that was stopped, or tries a step again that a fault of ours ended.
func (i imports) postGoOn(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	res, err := i.Intake.Result(r.Context(), id)
	if err != nil {
		return err
	}
	step := res.State
	switch step {
	case intake.Stopped:
		step = intake.Applying
	case intake.Received:
		step = intake.Checking
	case intake.Checking, intake.Checked, intake.Applying, intake.Done, intake.Undoing, intake.Undone, intake.Failed:
	}
	return i.step(w, r, id, step, res.Options)
}

// postAnew opens another review of a file that is in, so that something else can be said for all its rows.
func (i imports) postAnew(w http.ResponseWriter, r *http.Request) error {
	im, err := i.Intake.Anew(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := i.order(r, im.ID, intake.Checking, im.Options); err != nil {
		return err
	}
	i.await(r, im.ID)
	web.Redirect(w, r, i.href(im.ID)+"?anew=1")
	return nil
}

func (i imports) postUndo(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	reason := f.Text("reason", "原因", 200)
	if err := f.Err(); err != nil {
		return err
	}
	return i.step(w, r, r.PathValue("id"), intake.Undoing, intake.Options{Reason: reason})
}

// step orders a step and leads to the import's page.
func (i imports) step(w http.ResponseWriter, r *http.Request, id string, step intake.State, o intake.Options) error {
	if err := i.order(r, id, step, o); err != nil {
		return err
	}
	i.await(r, id)
	web.Redirect(w, r, i.href(id))
	return nil
}

// getRejected gives the rows that stayed out as a workbook with the reasons.
func (i imports) getRejected(w http.ResponseWriter, r *http.Request) error {
	res, err := i.Intake.Result(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return web.Send(w, lang.T(r.Context(), "%s 没有导入的 %d 行.xlsx", baseName(res.File), res.Counts[intake.Rejected]), func(out io.Writer) error {
		return i.Intake.Rejected(r.Context(), res.ID, out)
	})
}
