package facility

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// What the matrix can be narrowed to.
const (
	onlyFull = "full"
	onlyNew  = "new"
	onlyLack = "lack"
)

// matrixParts are the three that a village is to have: the indicator that counts the villages which have it.
var matrixParts = []struct {
	Title, Lack, Code string
	has               func(v Village) bool
}{
	{"活动站", "缺活动站", "venue.station_villages", func(v Village) bool { return v.Station }},
	{"宣传栏", "缺宣传栏", "venue.board_villages", func(v Village) bool { return v.Board }},
	{"宣传员", "缺宣传员", "venue.staff_villages", func(v Village) bool { return v.Staff }},
}

// villages are the rows of the matrix that the address asks for, and how many there are without its filter. Forbidden when the actor
// may not see figures of the scope.
func (p *console) villages(tx *db.Tx, v *desk.Visit) (rows []Village, all int, err error) {
	if _, err := indicator.Sight(v.Ctx, tx, v.Tree, v.Scope, Kind); err != nil {
		return nil, 0, err
	}
	every, err := p.Matrix(v.Ctx, tx, v.Scope)
	if err != nil {
		return nil, 0, err
	}
	for _, one := range every {
		if town := v.At.Get("town"); town != "" && v.Tree.Place(one.Parent).Code != town {
			continue
		}
		if q := v.At.Get("q"); q != "" && !strings.Contains(one.Name+"\n"+one.Township, q) {
			continue
		}
		all++
		switch v.At.Get("only") {
		case onlyFull:
			if !one.Full() {
				continue
			}
		case onlyNew:
			if !one.New() {
				continue
			}
		case onlyLack:
			if one.Full() {
				continue
			}
		}
		rows = append(rows, one)
	}
	return rows, all, nil
}

// getMatrix shows village by village what each has of 一站一栏一员.
func (p *console) getMatrix(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		rows, all, err := p.villages(tx, v)
		if err != nil {
			return err
		}
		figures, err := v.Indicators.Values(v.Ctx, tx, v.Scope, "venue.full_sets", "place.villages", "venue.full_set_coverage", "venue.full_sets_new", "venue.full_set_new_rate")
		if err != nil {
			return err
		}
		l := page.List{Title: v.T("一站一栏一员"), At: v.At, Search: v.T("村、乡镇"), Filters: []page.Filter{p.townFilter(v), {Key: "only", Label: v.T("看哪些"), Options: []page.Option{
			{Label: v.T("全部")}, {Value: onlyFull, Label: v.T("三项齐备")}, {Value: onlyNew, Label: v.T("期内新达到")}, {Value: onlyLack, Label: v.T("还缺")}}}},
			Columns: []page.Column{{Label: v.T("村（社区）"), Kind: page.MainColumn}, {Label: v.T("乡镇"), Plain: true}}}
		if v.Actor.May(access.Export, Kind) {
			l.Actions = append(l.Actions, v.ExportMenu("/"+Kind+"/matrix/export"))
		}
		for _, part := range matrixParts {
			l.Columns = append(l.Columns, page.Column{Label: v.T(part.Title)})
		}
		l.Columns = append(l.Columns, page.Column{Label: v.T("是否齐备"), Kind: page.StateColumn})
		for _, one := range rows {
			l.Rows = append(l.Rows, p.villageRow(v, one))
		}
		list := web.ReadList(r, 50)
		total := len(l.Rows)
		if from := list.Offset(); from < total {
			l.Rows = l.Rows[from:min(total, from+list.Size)]
		} else {
			l.Rows = nil
		}
		l.Pager = page.Pager{Page: list.Page, Last: (total + list.Size - 1) / list.Size}
		l.Foot = page.Words(v.T("筛选内 %d 个村（社区），共 %d 个；数到 %s 为止", total, all, v.Scope.Period.To.Long()))
		l.Empty = &page.Empty{Title: v.T("这里没有符合的村（社区）"), Reason: v.T("三项都有、都正常运行的村才算齐备。")}
		if v.At.Get("only")+v.At.Get("town")+v.At.Get("q") != "" {
			l.Empty.Out = &page.Action{Label: v.T("清除筛选"), Href: v.At.Without("only", "town", "q").String()}
		}
		return v.Render(w, r, desk.Page{Title: l.Title, Path: "/" + Kind, Tags: []string{}}, templ.Join(page.TitleLine(l.Title, l.Actions), p.tabs(v, "matrix"), page.Bigs(bigs(v, figures)), page.ListBody(l)))
	})
}

// bigs are figures side by side, each with its trace.
func bigs(v *desk.Visit, figures []indicator.Figure) (all []page.Big) {
	for _, f := range figures {
		one := v.Figure(f)
		b := page.Big{Label: f.Def.Short(), Value: one.Value, Unit: one.Unit, Href: one.Href}
		if b.Value == "" {
			b.Label = v.T("%s（%s）", b.Label, f.Reason)
		}
		all = append(all, b)
	}
	return all
}

func (p *console) villageRow(v *desk.Visit, one Village) page.Row {
	records := func(code string) string {
		scope := v.Scope
		scope.Unit, scope.Place = "", one.ID
		q := scope.Query(v.Tree)
		q.Set("figure", code)
		u := url.URL{Path: "/" + Kind, RawQuery: q.Encode()}
		return u.String()
	}
	row := page.Row{Name: one.Name, Cells: []templ.Component{page.Cell(one.Name), page.Cell(one.Township)}}
	for _, part := range matrixParts {
		if part.has(one) {
			row.Cells = append(row.Cells, page.LinkCell(records(part.Code), v.T("有")))
		} else {
			row.Cells = append(row.Cells, page.Missing(v.T(part.Lack)))
		}
	}
	switch {
	case one.New():
		row.Cells = append(row.Cells, page.Strong(v.T("期内新达到")))
	case one.Full():
		row.Cells = append(row.Cells, page.Cell(v.T("齐备")))
	case one.Before:
		row.Cells = append(row.Cells, page.Late(v.T("原来齐备，现在不齐")))
	default:
		row.Cells = append(row.Cells, page.Faint(v.T("不齐")))
	}
	return row
}

// townFilter narrows to a township.
func (p *console) townFilter(v *desk.Visit) page.Filter {
	f := page.Filter{Key: "town", Label: v.T("乡镇"), Find: true, Options: []page.Option{{Label: v.T("全部")}}}
	for _, t := range v.Tree.Townships() {
		f.Options = append(f.Options, page.Option{Value: t.Code, Label: t.Name})
	}
	return f
}

// exportMatrix gives the matrix as a file.
func (p *console) exportMatrix(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		rows, _, err := p.villages(tx, v)
		if err != nil {
			return err
		}
		t := xlsx.Table{Name: v.T("一站一栏一员"), Columns: []xlsx.Column{{Title: v.T("乡镇"), Width: 12}, {Title: v.T("村（社区）"), Width: 16}, {Title: v.T("代码"), Kind: xlsx.AsText},
			{Title: v.T("活动站")}, {Title: v.T("宣传栏")}, {Title: v.T("宣传员")}, {Title: v.T("三项齐备")}, {Title: v.T("期内新达到")}}}
		yes := func(b bool) string {
			if b {
				return v.T("有")
			}
			return v.T("没有")
		}
		is := func(b bool) string {
			if b {
				return v.T("是")
			}
			return v.T("否")
		}
		t.Rows = func(yield func([]any, error) bool) {
			for _, one := range rows {
				if !yield([]any{one.Township, one.Name, one.Code, yes(one.Station), yes(one.Board), yes(one.Staff), is(one.Full()), is(one.New())}, nil) {
					return
				}
			}
		}
		return desk.SendTable(w, v.At.Get("format"), v.T("一站一栏一员 %s", v.Scope.Period.To.Long()), t)
	})
}
