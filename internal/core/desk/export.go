package desk

import (
	"io"
	"net/http"

	"shilu/internal/core/access"
	"shilu/internal/core/page"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// SendTable answers with a table as a file to save, "csv" or "xlsx" (also for ""); the name comes without its ending. Further tables are
// further sheets of the workbook; csv has the first alone.
func SendTable(w http.ResponseWriter, format, name string, t xlsx.Table, more ...xlsx.Table) error {
	switch format {
	case "csv":
		return web.Send(w, name+".csv", func(out io.Writer) error { return xlsx.WriteCSV(out, t) })
	case "", "xlsx":
		return web.Send(w, name+".xlsx", func(out io.Writer) error { return xlsx.Write(out, append([]xlsx.Table{t}, more...)...) })
	}
	return errs.E(errs.Invalid, "不能导出成「%s」，请选 xlsx 或 csv", format)
}

// MayTake is nil when the reader takes a list of the module home as a file ("" asks for no module in particular): who exports, and whoever
// has one of the other rights: a keeper takes what is theirs to keep, and with SignedIn everybody their own. Forbidden for others.
func (v *Visit) MayTake(module string, others ...string) error {
	for _, right := range others {
		if right == SignedIn || v.Actor.May(access.Right(right), module) {
			return nil
		}
	}
	return access.Require(v.Ctx, access.Export, module)
}

// ExportMenu offers what the list at the address shows as a file; path answers with SendTable by the parameter "format".
func (v *Visit) ExportMenu(path string) page.Action {
	at := v.At.Without("sort")
	at.Path = path
	return page.Action{Label: v.T("导出"), Icon: "down", Menu: []page.Action{
		{Label: v.T("Excel 工作簿（xlsx）"), Href: at.With("format", "xlsx").String()},
		{Label: v.T("CSV（UTF-8）"), Href: at.With("format", "csv").String()},
	}}
}
