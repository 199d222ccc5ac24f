package console

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/insight/report"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

const reportsPath = "/reports"

// reportRoutes are the pages of reports.
func (c *Console) reportRoutes() []web.Route {
	read, write := string(access.Read), string(access.Report)
	return []web.Route{
		{Pattern: "GET /reports", Right: read, Handler: c.getReports},
		{Pattern: "GET /reports/new", Right: write, Handler: c.getNewReport},
		{Pattern: "POST /reports", Right: write, Handler: c.postReport},
		{Pattern: "GET /reports/{id}", Right: read, Handler: c.getReport},
		{Pattern: "GET /reports/{id}/file", Right: read, Handler: c.getReportFile},
		{Pattern: "GET /reports/{id}/edit", Right: write, Handler: c.getReportText},
		{Pattern: "POST /reports/{id}/edit", Right: write, Handler: c.postReportText},
		{Pattern: "POST /reports/{id}/update", Right: write, Handler: c.postReportUpdate},
		{Pattern: "POST /reports/{id}/freeze", Right: write, Handler: c.postReportFreeze},
		{Pattern: "POST /reports/{id}/delete", Right: write, Handler: c.postReportDelete},
	}
}

func (c *Console) reportNav() []desk.Entry {
	return []desk.Entry{{Group: "数字", Label: "报告与简报", Path: reportsPath, Right: string(access.Read)}}
}

// reportsPerPage is how many rows a page of the list has.
const reportsPerPage = 50

func (c *Console) getReports(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		all, err := c.Reports.List(v.Ctx, tx)
		if err != nil {
			return err
		}
		state, q := v.At.Get("state"), strings.TrimSpace(v.At.Get("q"))
		chosen := slices.DeleteFunc(slices.Clone(all), func(s report.Stored) bool {
			return state != "" && string(s.State) != state || q != "" && !strings.Contains(s.Title+" "+s.AuthorName+" "+s.Period.Words(), q)
		})
		asked := web.ReadList(r, reportsPerPage, "-updated", "title", "period")
		sortReports(chosen, asked)
		if as := v.At.Get("as"); as != "" {
			if err := access.Require(v.Ctx, access.Export, ""); err != nil {
				return err
			}
			return sendTable(w, v, as, v.T("报告"), c.reportTable(v, chosen))
		}
		l := c.reportList(v, chosen, len(all), asked)
		return v.Render(w, r, desk.Page{Title: v.T("报告与简报"), NoScope: true}, page.ListPage(l))
	})
}

// sortReports puts the reports into the order that the list asks for.
func sortReports(all []report.Stored, asked web.List) {
	slices.SortStableFunc(all, func(a, b report.Stored) int {
		n := 0
		switch asked.Sort {
		case "title":
			n = strings.Compare(a.Title, b.Title)
		case "period":
			n = strings.Compare(string(a.Period.From+a.Period.To), string(b.Period.From+b.Period.To))
		default:
			n = int(max(-1, min(1, a.Updated-b.Updated)))
		}
		if asked.Desc {
			n = -n
		}
		return n
	})
}

func (c *Console) reportList(v *desk.Visit, chosen []report.Stored, all int, asked web.List) page.List {
	may := v.Actor.May(access.Report, "")
	l := page.List{Title: v.T("报告与简报"), At: v.At, Search: v.T("标题、期间、写的人"),
		Columns: []page.Column{{Label: v.T("标题"), Kind: page.MainColumn, Sort: "title"}, {Label: v.T("范围"), Plain: true}, {Label: v.T("期间"), Sort: "period", Plain: true}, {Label: v.T("状态"), Kind: page.StateColumn},
			{Label: v.T("存证点")}, {Label: v.T("写的人"), Less: true}, {Label: v.T("改于"), Sort: "updated"}},
		Filters: []page.Filter{{Key: "state", Label: v.T("状态"), Options: []page.Option{{Label: v.T("全部")}, {Value: string(report.Draft), Label: v.T("草稿")}, {Value: string(report.Frozen), Label: v.T("已定稿")}}}},
		Pager:   page.Pager{Page: asked.Page, Last: asked.Pages(len(chosen))}}
	frozen := 0
	for _, s := range chosen {
		if s.State == report.Frozen {
			frozen++
		}
	}
	l.Foot = page.Words(v.T("共 %d 份，已定稿 %d 份；定稿的数字不再变，以后的更正另列", len(chosen), frozen))
	if len(chosen) > 0 && v.Actor.May(access.Export, "") {
		l.Actions = exports(v)
	}
	begin := page.Action{Label: v.T("写报告"), Href: v.At.Scope("/reports/new").String(), Icon: "plus", Kind: page.Primary}
	if may && all > 0 {
		l.Actions = append(l.Actions, begin)
	}
	switch {
	case all > 0:
		l.Empty = &page.Empty{Title: v.T("没有符合的报告"), Reason: v.T("共有 %d 份，筛选后一份也没有。", all), Out: &page.Action{Label: v.T("清除筛选，看全部 %d 份", all), Href: reportsPath}}
	case may:
		begin.Icon = ""
		l.Empty = &page.Empty{Title: v.T("还没有报告"), Reason: v.T("选一份提纲和期间，数字由业务记录算出，每个都能打开来处。"), Actions: []page.Action{begin}}
	default:
		l.Empty = &page.Empty{Title: v.T("还没有你能看的报告"), Reason: v.T("这里列出已经定稿的报告；草稿由县科协的干事写。")}
	}
	from := min(asked.Offset(), len(chosen))
	for _, s := range chosen[from:min(from+reportsPerPage, len(chosen))] {
		href := reportHref(s.ID)
		point := page.NotFilled(v.T("还没有"))
		if s.Final != nil {
			point = page.Cell("№ " + indicatorNumber(s.Final.Checkpoint))
		}
		l.Rows = append(l.Rows, page.Row{ID: s.ID, Name: s.Title, Href: href, Cells: []templ.Component{page.LinkCell(href, s.Title), page.Cell(c.reportWhere(v, s)),
			page.Cell(v.T(s.Period.Words())), reportState(s.State), point, page.Cell(s.AuthorName), page.Cell(v.Instant(s.Updated))}})
	}
	return l
}

// reportWhere names whose or where the report is.
func (c *Console) reportWhere(v *desk.Visit, s report.Stored) string {
	scope := v.Scope
	scope.Unit, scope.Place = s.Unit, s.Place
	return scope.Who(v.Ctx, v.Tree)
}

func (c *Console) reportTable(v *desk.Visit, all []report.Stored) xlsx.Table {
	rows := make([][]any, len(all))
	for i, s := range all {
		var point any
		if s.Final != nil {
			point = s.Final.Checkpoint
		}
		rows[i] = []any{s.Title, c.reportWhere(v, s), v.T(s.Period.Words()), stateWord(v, s.State), point, s.AuthorName, v.Instant(s.Updated)}
	}
	return xlsx.Table{Name: v.T("报告"), Rows: xlsx.Values(rows), Columns: []xlsx.Column{{Title: v.T("标题")}, {Title: v.T("范围")}, {Title: v.T("期间"), Kind: xlsx.AsText},
		{Title: v.T("状态")}, {Title: v.T("存证点")}, {Title: v.T("写的人")}, {Title: v.T("改于")}}}
}

func reportHref(id string) string { return reportsPath + "/" + id }

func stateWord(v *desk.Visit, s report.State) string {
	if s == report.Frozen {
		return v.T("已定稿")
	}
	return v.T("草稿")
}

// postReportUpdate brings the log up to date, so that the figures on the page are those of the newest checkpoint.
func (c *Console) postReportUpdate(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := c.Desk.DB.View(r.Context(), func(tx *db.Tx) error {
		_, err := c.Reports.Get(r.Context(), tx, id)
		return err
	}); err != nil {
		return err
	}
	point, err := c.Seal(r.Context())
	if err != nil {
		return err
	}
	toast(w, r, "数字已更新到存证点 № %d", point.Size)
	web.Redirect(w, r, reportHref(id))
	return nil
}

func (c *Console) postReportFreeze(w http.ResponseWriter, r *http.Request) error {
	version, err := readVersion(r)
	if err != nil {
		return err
	}
	s, _, err := c.Reports.Freeze(r.Context(), r.PathValue("id"), version)
	if err != nil {
		return err
	}
	if _, err := c.Seal(r.Context()); err != nil { // the freezing itself gets its number
		return err
	}
	toast(w, r, "已定稿，数字照存证点 № %d", s.Final.Checkpoint)
	web.Redirect(w, r, reportHref(s.ID))
	return nil
}

func (c *Console) postReportDelete(w http.ResponseWriter, r *http.Request) error {
	version, err := readVersion(r)
	if err != nil {
		return err
	}
	if err := c.Reports.Delete(r.Context(), r.PathValue("id"), version); err != nil {
		return err
	}
	toast(w, r, "草稿已删除")
	web.Redirect(w, r, reportsPath)
	return nil
}

// readVersion is the version of the report that the form was made from.
func readVersion(r *http.Request) (int, error) {
	f, err := web.ReadForm(r)
	if err != nil {
		return 0, err
	}
	n := f.Int("version", "版本")
	if err := f.Err(); err != nil {
		return 0, err
	}
	if n == nil {
		return 0, errs.E(errs.Invalid, "不知道改的是哪一版，请重新打开报告再做")
	}
	return int(*n), nil
}

// getReportFile gives the report as a file: that of a frozen one byte for byte as it was frozen.
func (c *Console) getReportFile(w http.ResponseWriter, r *http.Request) error {
	ending := "." + r.URL.Query().Get("as")
	if ending == "." {
		ending = ".docx"
	}
	if !slices.Contains(report.Formats, ending) {
		return report.WrongEnding(ending)
	}
	var s report.Stored
	var d report.Document
	ctx := r.Context()
	if err := c.Desk.DB.View(ctx, func(tx *db.Tx) (err error) {
		if s, err = c.Reports.Get(ctx, tx, r.PathValue("id")); err == nil {
			d, err = c.Reports.Document(ctx, tx, s)
		}
		return err
	}); err != nil {
		return err
	}
	name := d.Title + ending
	if s.State == report.Frozen && ending == ".docx" {
		return c.sendWord(ctx, w, s, name)
	}
	file, err := d.File(ctx, ending)
	if err != nil {
		return err
	}
	return web.Send(w, name, func(out io.Writer) error {
		_, err := out.Write(file)
		return err
	})
}

func (c *Console) sendWord(ctx context.Context, w http.ResponseWriter, s report.Stored, name string) error {
	f, err := c.Reports.Word(ctx, s)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return web.Send(w, name, func(out io.Writer) error {
		_, err := io.Copy(out, f)
		return err
	})
}
