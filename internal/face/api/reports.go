package api

import (
	"io"
	"net/http"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/register"
	"shilu/internal/insight/report"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

// stored is a report as programs read it.
type stored struct {
	ID         string `json:"id" label:"标识"`
	Title      string `json:"title" label:"标题"`
	Scope      string `json:"scope" label:"口径，照地址的写法"`
	State      string `json:"state" label:"draft 草稿、frozen 已定稿"`
	Version    int    `json:"version" label:"第几版"`
	Author     string `json:"author" label:"谁写的"`
	Created    string `json:"created" label:"建立时刻"`
	Updated    string `json:"updated" label:"最后改动的时刻"`
	Checkpoint int64  `json:"checkpoint,omitempty" label:"定稿时的存证点"`
	File       string `json:"file" label:"Word 文件的地址"`
}

var (
	storedShape  = register.ShapeOf[stored]()
	reportsShape = register.ShapeOf[listed[stored]]()
)

func (a *API) reportOperations() []operation {
	read := string(access.Read)
	formats := []parameter{{name: "as", says: "文件的格式，不写是 docx", values: []string{"docx", "json", "md"}}}
	all := []operation{
		{method: "GET", path: "/reports", right: read, handler: a.reports, id: "reports", title: "看报告", query: pageParameters, answer: reportsShape},
		{method: "GET", path: "/reports/{id}", right: read, handler: a.report, id: "report", title: "看一份报告", answer: storedShape},
		{method: "GET", path: "/reports/{id}/file", right: read, handler: a.reportFile, id: "report_file", title: "下载一份报告", says: "定稿的 Word 文件逐字节不变。", query: formats,
			files: []string{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/json", "text/markdown"}},
	}
	for i := range all {
		all[i].tag = "报告"
	}
	return all
}

func storedOf(s report.Stored) stored {
	out := stored{ID: s.ID, Title: s.Title, Scope: s.Scope, State: string(s.State), Version: s.Version, Author: s.AuthorName, Created: instant(s.Created), Updated: instant(s.Updated),
		File: Root + "/reports/" + s.ID + "/file"}
	if s.Final != nil {
		out.Checkpoint = s.Final.Checkpoint
	}
	return out
}

func (a *API) reports(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), ask(r, pageParameters)
	limit := q.limit()
	var after string // ids are in the order in which reports were made
	later := q.cursor(&after)
	if err := q.wrong.Err(); err != nil {
		return err
	}
	var all []stored
	if err := a.Desk.DB.View(ctx, func(tx *db.Tx) error {
		found, err := a.Reports.List(ctx, tx)
		slices.SortFunc(found, func(x, y report.Stored) int { return strings.Compare(y.ID, x.ID) })
		for _, s := range found {
			if (!later || s.ID < after) && len(all) <= limit {
				all = append(all, storedOf(s))
			}
		}
		return err
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, paged(all, limit, func(last stored) any { return last.ID }))
}

func (a *API) report(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var s report.Stored
	if err := a.Desk.DB.View(ctx, func(tx *db.Tx) (err error) {
		s, err = a.Reports.Get(ctx, tx, r.PathValue("id"))
		return err
	}); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, storedOf(s))
}

func (a *API) reportFile(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), ask(r, []parameter{{name: "as", values: []string{"docx", "json", "md"}}})
	if err := q.wrong.Err(); err != nil {
		return err
	}
	ending := "." + q.get("as")
	if ending == "." {
		ending = ".docx"
	}
	var s report.Stored
	var d report.Document
	if err := a.Desk.DB.View(ctx, func(tx *db.Tx) (err error) {
		if s, err = a.Reports.Get(ctx, tx, r.PathValue("id")); err == nil {
			d, err = a.Reports.Document(ctx, tx, s)
		}
		return err
	}); err != nil {
		return err
	}
	if s.State == report.Frozen && ending == ".docx" {
		f, err := a.Reports.Word(ctx, s)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		return web.Send(w, d.Title+ending, func(out io.Writer) error {
			_, err := io.Copy(out, f)
			return err
		})
	}
	file, err := d.File(ctx, ending)
	if err != nil {
		return err
	}
	return web.Send(w, d.Title+ending, func(out io.Writer) error {
		_, err := out.Write(file)
		return err
	})
}
