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
	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/xlsx"
)

// searchMost bounds each part of what a search shows, searchExported of what its file has.
const (
	searchMost     = 50
	searchExported = 5000
)

// getSearch finds records of any kind by words, and indicators by name.
func (c *Console) getSearch(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		q := strings.TrimSpace(v.At.Get("q"))
		s := searchShown{Words: q, Scope: v.At.Scope("/search")}
		as, most := v.At.Get("as"), searchMost
		if as != "" {
			if err := access.Require(v.Ctx, access.Export, ""); err != nil {
				return err
			}
			most = searchExported
		}
		if q != "" && v.Actor.May(access.Read, "") {
			heads, err := flow.Search(v.Ctx, tx, q, most)
			if err != nil {
				return err
			}
			s.Records = page.List{Title: v.T("业务记录"), Columns: []page.Column{{Label: v.T("日期"), Plain: true}, {Label: v.T("编号"), Kind: page.CodeColumn}, {Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("地点"), Plain: true}, {Label: v.T("状态"), Kind: page.StateColumn}, {Label: v.T("种类"), Less: true}}}
			for _, h := range heads {
				row := c.recordRow(v, h)
				row.Cells = append(row.Cells, page.Faint(v.T(c.kindTitle(h.Kind))))
				s.Records.Rows = append(s.Records.Rows, row)
				s.File = append(s.File, []any{v.T(c.kindTitle(h.Kind)), h.Number, h.Title, v.T(c.placeName(v, h)), h.Day, v.T(h.Waiting().Title())})
			}
			s.RecordsNote = v.T("%d 条", len(heads))
			if len(heads) == searchMost {
				s.RecordsNote = v.T("最新的 %d 条，再加一个词会更准", len(heads))
			}
			if err := c.searchPapers(tx, v, &s, most); err != nil {
				return err
			}
			if err := c.searchImports(tx, v, &s, most); err != nil {
				return err
			}
			searchPlaces(v, &s, most)
			if err := c.searchFigures(tx, v, &s, most); err != nil {
				return err
			}
		}
		if as != "" {
			return sendTable(w, v, as, v.T("查找「%s」", q), xlsx.Table{Name: v.T("查找"), Rows: xlsx.Values(s.File), Columns: []xlsx.Column{{Title: v.T("种类"), Width: 14}, {Title: v.T("编号"), Kind: xlsx.AsText, Width: 16},
				{Title: v.T("名称"), Width: 36}, {Title: v.T("地点、级别、单位"), Width: 18}, {Title: v.T("日期"), Kind: xlsx.AsDay}, {Title: v.T("状态、数"), Width: 14}}})
		}
		if len(s.File) > 0 && v.Actor.May(access.Export, "") {
			s.Actions = exports(v)
		}
		switch {
		case !v.Actor.May(access.Read, ""):
			s.Empty = &page.Empty{Title: v.T("这里找的是业务记录和指标"), Reason: v.T("管理员没有业务角色，看不到业务记录；账号在「设置」里找"), Out: &page.Action{Label: v.T("去设置"), Href: "/settings"}}
		case q == "":
			s.Empty = &page.Empty{Title: v.T("写几个字再找"), Reason: v.T("按名称、地点、人员、编号找记录，按文件名找佐证和导入的文件，按名称找地点和指标")}
		case len(s.Records.Rows)+len(s.Papers.Rows)+len(s.Imports.Rows)+len(s.Places.Rows)+len(s.Figures.Rows)+len(s.Later) == 0:
			reason := v.T("业务记录和指标里都没有这几个字，少写一个字或换个说法试试")
			if !v.Sight.All {
				reason = v.T("你能看到的业务记录和指标里都没有这几个字；别的单位的记录不在内")
			}
			s.Empty = &page.Empty{Title: v.T("没有找到「%s」", q), Reason: reason, Out: &page.Action{Label: v.T("看全部指标"), Href: v.At.Scope("/figures").String()}}
		}
		return v.Render(w, r, desk.Page{Title: v.T("查找"), Path: "/"}, searchPage(s))
	})
}

// searchPapers finds the papers whose file is called so, each with the record that it belongs to.
func (c *Console) searchPapers(tx *db.Tx, v *desk.Visit, s *searchShown, most int) error {
	s.Papers = page.List{Title: v.T("佐证"), Columns: []page.Column{{Label: v.T("文件"), Kind: page.MainColumn}, {Label: v.T("是什么"), Plain: true}, {Label: v.T("编号"), Kind: page.CodeColumn}, {Label: v.T("记录")}}}
	found, err := evidence.Search(v.Ctx, tx, s.Words, most)
	for _, f := range found {
		href := desk.Href(f.Head.Kind, f.Head.Number)
		s.Papers.Rows = append(s.Papers.Rows, page.Row{Name: f.Name, Href: href, Cells: []templ.Component{page.LinkCell(href, f.Name), page.Faint(v.T(f.Kind.Title())), page.Faint(v.Number(f.Head)), page.Cell(f.Head.Title)}})
		s.File = append(s.File, []any{v.T("佐证"), f.Head.Number, f.Name, v.T(f.Kind.Title()), f.Head.Day, f.Head.Title})
	}
	return err
}

// searchImports finds the workbooks of that name, each with what became of it.
func (c *Console) searchImports(tx *db.Tx, v *desk.Visit, s *searchShown, most int) error {
	s.Imports = page.List{Title: v.T("导入的文件"), Columns: []page.Column{{Label: v.T("文件"), Kind: page.MainColumn}, {Label: v.T("种类"), Plain: true}, {Label: v.T("时间"), Plain: true}, {Label: v.T("谁"), Plain: true}, {Label: v.T("结果"), Kind: page.StateColumn}}}
	found, err := c.Intake.Search(v.Ctx, tx, s.Words, most)
	for _, im := range found {
		href, kind := "/imports/"+im.Target+"/"+im.ID, v.T(c.kindTitle(im.Target))
		s.Imports.Rows = append(s.Imports.Rows, page.Row{Name: im.File, Href: href, Left: im.State == intake.Undone,
			Cells: []templ.Component{page.LinkCell(href, im.File), page.Faint(kind), page.Faint(v.Instant(im.Created)), page.Cell(im.Name), page.Cell(stands(v, im))}})
		s.File = append(s.File, []any{v.T("导入的文件"), nil, im.File, kind, dayOf(v, im.Created), stands(v, im)})
	}
	return err
}

// searchPlaces finds the places of that name whose figures the reader may see; each opens its home.
func searchPlaces(v *desk.Visit, s *searchShown, most int) {
	s.Places = page.List{Title: v.T("地点"), Columns: []page.Column{{Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("级别"), Plain: true}}}
	for _, p := range v.Tree.Places() {
		if len(s.Places.Rows) < most && found(s.Words, p.Name) && v.Sight.Figures(v.Tree, "", p.ID) {
			href := page.Address{Path: "/", Query: indicator.Scope{Place: p.ID, Period: v.Scope.Period}.Query(v.Tree)}.String()
			s.Places.Rows = append(s.Places.Rows, page.Row{Name: p.Name, Href: href, Cells: []templ.Component{page.LinkCell(href, v.Tree.PlaceName(p.ID)), page.Faint(v.T(org.LevelTitle(p.Level)))}})
			s.File = append(s.File, []any{v.T("地点"), p.Code, v.Tree.PlaceName(p.ID), v.T(org.LevelTitle(p.Level)), nil, nil})
		}
	}
}

// searchFigures finds the indicators whose name has the words: those with a number, and those without.
func (c *Console) searchFigures(tx *db.Tx, v *desk.Visit, s *searchShown, most int) error {
	s.Figures = page.List{Title: v.T("指标"), Columns: comparedColumns(v)}
	groups, err := c.groupsOf(tx, v)
	for _, g := range groups {
		for _, f := range g.figures {
			s.Figures.Rows = append(s.Figures.Rows, f.row(v))
			s.File = append(s.File, []any{v.T("指标"), f.Now.Def.Code, f.Now.Def.Name, v.T(f.Now.Def.Unit), nil, cellAmount(f.Now.Def, f.Now.Value)})
		}
		for i, d := range g.later {
			s.Later = append(s.Later, laterFigure{Name: d.Name, Unit: d.Unit, Why: g.whyNot[i], Href: page.Address{Path: "/figures/" + d.Code, Query: v.Scope.Query(v.Tree)}.String()})
			s.File = append(s.File, []any{v.T("指标"), d.Code, d.Name, v.T(d.Unit), nil, g.whyNot[i]})
		}
	}
	s.Figures.Rows = s.Figures.Rows[:min(len(s.Figures.Rows), most)]
	s.Later = s.Later[:min(len(s.Later), most)]
	return err
}
