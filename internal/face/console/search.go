package console

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
)

// searchMost bounds each part of what a search finds.
const searchMost = 50

// getSearch finds records of any kind by words, and indicators by name.
func (c *Console) getSearch(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		q := strings.TrimSpace(v.At.Get("q"))
		s := searchShown{Words: q, Scope: v.At.Scope("/search")}
		if q != "" && v.Actor.May(access.Read, "") {
			heads, err := flow.Search(v.Ctx, tx, q, searchMost)
			if err != nil {
				return err
			}
			s.Records = page.List{Title: v.T("业务记录"), Columns: []page.Column{{Label: v.T("日期"), Plain: true}, {Label: v.T("编号"), Kind: page.CodeColumn}, {Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("地点"), Plain: true}, {Label: v.T("状态"), Kind: page.StateColumn}, {Label: v.T("类"), Less: true}}}
			for _, h := range heads {
				row := c.recordRow(v, h)
				row.Cells = append(row.Cells, page.Faint(v.T(c.kindTitle(h.Kind))))
				s.Records.Rows = append(s.Records.Rows, row)
			}
			s.RecordsNote = v.T("%d 条", len(heads))
			if len(heads) == searchMost {
				s.RecordsNote = v.T("最新的 %d 条，再加一个词会更准", len(heads))
			}
			if s.Papers, err = c.searchPapers(tx, v, q); err != nil {
				return err
			}
			s.Places = searchPlaces(v, q)
			if s.Figures, s.Later, err = c.searchFigures(tx, v); err != nil {
				return err
			}
		}
		switch {
		case !v.Actor.May(access.Read, ""):
			s.Empty = &page.Empty{Title: v.T("这里找的是业务记录和指标"), Reason: v.T("管理员没有业务角色，看不到业务记录；账号在「设置」里找"), Out: &page.Action{Label: v.T("去设置"), Href: "/settings"}}
		case q == "":
			s.Empty = &page.Empty{Title: v.T("写几个字再找"), Reason: v.T("按名称、地点、人员、编号找记录，按文件名找佐证，按名称找地点和指标")}
		case len(s.Records.Rows)+len(s.Papers.Rows)+len(s.Places.Rows)+len(s.Figures.Rows)+len(s.Later) == 0:
			reason := v.T("业务记录和指标里都没有这几个字，少写一个字或换个说法试试")
			if !v.Sight.All {
				reason = v.T("你能看到的业务记录和指标里都没有这几个字；别的单位的记录不在内")
			}
			s.Empty = &page.Empty{Title: v.T("没有找到「%s」", q), Reason: reason, Out: &page.Action{Label: v.T("看全部指标"), Href: v.At.Scope("/figures").String()}}
		}
		return v.Render(w, r, desk.Page{Title: v.T("查找"), Path: "/"}, searchPage(s))
	})
}

// searchPapers are the papers whose file is called so, each with the record that it belongs to.
func (c *Console) searchPapers(tx *db.Tx, v *desk.Visit, q string) (page.List, error) {
	l := page.List{Title: v.T("佐证"), Columns: []page.Column{{Label: v.T("文件"), Kind: page.MainColumn}, {Label: v.T("是什么"), Plain: true}, {Label: v.T("编号"), Kind: page.CodeColumn}, {Label: v.T("记录")}}}
	found, err := evidence.Search(v.Ctx, tx, q, searchMost)
	for _, f := range found {
		href := desk.Href(f.Head.Kind, f.Head.Number)
		l.Rows = append(l.Rows, page.Row{Name: f.Name, Href: href, Cells: []templ.Component{page.LinkCell(href, f.Name), page.Faint(v.T(f.Kind.Title())), page.Faint(v.Number(f.Head)), page.Cell(f.Head.Title)}})
	}
	return l, err
}

// searchPlaces are the places of that name whose figures the reader may see; each opens its home.
func searchPlaces(v *desk.Visit, q string) page.List {
	l := page.List{Title: v.T("地点"), Columns: []page.Column{{Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("级别"), Plain: true}}}
	for _, p := range v.Tree.Places() {
		if len(l.Rows) < searchMost && found(q, p.Name) && v.Sight.Figures(v.Tree, "", p.ID) {
			href := page.Address{Path: "/", Query: indicator.Scope{Place: p.ID, Period: v.Scope.Period}.Query(v.Tree)}.String()
			l.Rows = append(l.Rows, page.Row{Name: p.Name, Href: href, Cells: []templ.Component{page.LinkCell(href, v.Tree.PlaceName(p.ID)), page.Faint(v.T(org.LevelTitle(p.Level)))}})
		}
	}
	return l
}

// searchFigures are the indicators whose name has the words: those with a number, and those without.
func (c *Console) searchFigures(tx *db.Tx, v *desk.Visit) (page.List, []laterFigure, error) {
	list := page.List{Title: v.T("指标"), Columns: comparedColumns(v)}
	groups, err := c.groupsOf(tx, v)
	if err != nil {
		return list, nil, err
	}
	var later []laterFigure
	for _, g := range groups {
		for _, f := range g.figures {
			list.Rows = append(list.Rows, f.row(v))
		}
		for i, d := range g.later {
			later = append(later, laterFigure{Name: d.Name, Unit: d.Unit, Why: g.whyNot[i], Href: page.Address{Path: "/figures/" + d.Code, Query: v.Scope.Query(v.Tree)}.String()})
		}
	}
	list.Rows = list.Rows[:min(len(list.Rows), searchMost)]
	return list, later[:min(len(later), searchMost)], nil
}
