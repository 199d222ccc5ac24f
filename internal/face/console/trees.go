package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// node is a place or a unit as the pages of both trees show it.
type node struct {
	ID, Code, Name, Parent string
	Sort                   string // level of a place, kind of a unit
	Place                  string // that a unit serves
	Row, Col               int
	Opened, Closed         day.Day
	Depth, Children        int
	Former                 []string // names of what was merged into it
}

// branch is one of the two trees: what its pages are called and how it is changed.
type branch struct {
	kind, path, fresh string // of references; address of its pages; of the page that adds one
	title, add        string
	sortLabel         string
	sorts             []string
	sortTitle         func(string) string
	all               func(tree *org.Tree) []node
	rename            func(ctx context.Context, tx *db.Tx, id, name string, from day.Day) error
	move, merge       func(ctx context.Context, tx *db.Tx, id, other string, from day.Day) error
	unmerge           func(ctx context.Context, tx *db.Tx, id string) (org.Undone, error)
}

var placeBranch = branch{kind: "place", path: "/settings/places", fresh: "/settings/new-place", title: "地点", add: "添加地点", sortLabel: "级别",
	sorts: append([]string{org.LevelTownship, org.LevelVillage}, org.BelowVillage()...), sortTitle: org.LevelTitle, all: placeNodes,
	rename: org.RenamePlace, move: org.MovePlace, merge: org.MergePlace, unmerge: org.UnmergePlace}

var unitBranch = branch{kind: "unit", path: "/settings/units", fresh: "/settings/new-unit", title: "单位", add: "添加单位", sortLabel: "类型",
	sorts: org.Kinds(), sortTitle: org.KindTitle, all: unitNodes, rename: org.RenameUnit, move: org.MoveUnit, merge: org.MergeUnit, unmerge: org.UnmergeUnit}

func placeNodes(tree *org.Tree) []node {
	var all []node
	for _, p := range tree.Places() {
		all = append(all, node{ID: p.ID, Code: p.Code, Name: p.Name, Parent: p.Parent, Sort: p.Level, Row: p.Row, Col: p.Col, Opened: p.Opened, Closed: p.Closed})
	}
	return linked(all)
}

func unitNodes(tree *org.Tree) []node {
	var all []node
	for _, u := range tree.Units() {
		all = append(all, node{ID: u.ID, Code: u.Code, Name: u.Name, Parent: u.Parent, Sort: u.Kind, Place: u.Place, Opened: u.Opened, Closed: u.Closed})
	}
	return linked(all)
}

// linked counts the children of each node and names those that were merged into it; parents stand before children.
func linked(all []node) []node {
	at := make(map[string]int, len(all))
	for i, n := range all {
		at[n.ID] = i
		up, ok := at[n.Parent]
		if !ok {
			continue
		}
		all[i].Depth = all[up].Depth + 1
		if n.Closed == day.Forever {
			all[up].Children++
		} else {
			all[up].Former = append(all[up].Former, n.Name)
		}
	}
	return all
}

func (c *Console) treeRoutes() (routes []web.Route) {
	right := string(access.Trees)
	county := func(h web.Handler) web.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			if !access.From(r.Context()).MayEverywhere(access.Trees, "") {
				return errs.E(errs.Forbidden, "单位和地点是全县的，只管一部分的账号不能改")
			}
			return h(w, r)
		}
	}
	for _, b := range []branch{placeBranch, unitBranch} {
		in := func(h func(b branch, w http.ResponseWriter, r *http.Request) error) web.Handler {
			return county(func(w http.ResponseWriter, r *http.Request) error { return h(b, w, r) })
		}
		one := b.path + "/{code}"
		routes = append(routes,
			web.Route{Pattern: "GET " + b.path, Right: right, Handler: in(c.getNodes)},
			web.Route{Pattern: "GET " + b.fresh, Right: right, Handler: in(c.getNewNode)},
			web.Route{Pattern: "POST " + b.path, Right: right, Handler: in(c.postNode)},
			web.Route{Pattern: "GET " + one, Right: right, Handler: in(c.getNode)},
			web.Route{Pattern: "POST " + one + "/rename", Right: right, Handler: in(c.postRename)},
			web.Route{Pattern: "POST " + one + "/move", Right: right, Handler: in(c.postMove)},
			web.Route{Pattern: "POST " + one + "/merge", Right: right, Handler: in(c.postMerge)},
			web.Route{Pattern: "POST " + one + "/unmerge", Right: right, Handler: in(c.postUnmerge)})
	}
	return append(routes, web.Route{Pattern: "POST /settings/places/{code}/tile", Right: right, Handler: county(c.postTile)},
		web.Route{Pattern: "POST /settings/places/{code}/opened", Right: right, Handler: county(c.postOpened)},
		web.Route{Pattern: "GET /settings/org-file", Right: right, Handler: county(c.getOrgFile)},
		web.Route{Pattern: "POST /settings/org-file", Right: right, Handler: county(c.postOrgFile), Upload: 10 << 20})
}

// nodesAPage is how many places or units a page of the list shows.
const nodesAPage = 100

// former is «含原白塔乡、红岩乡».
func former(v *desk.Visit, n node) string {
	if len(n.Former) == 0 {
		return ""
	}
	return v.T("含原%s", strings.Join(n.Former, v.T("、")))
}

// since is from when to when a node is there: 一直都有, 6月1日起, 到5月31日，并入龙泉乡.
func since(v *desk.Visit, names map[string]string, n node) string {
	switch {
	case n.Closed != day.Forever && n.Closed > v.Today:
		return v.T("用到%s，以后并入别处", n.Closed.Add(-1).Short(v.Today))
	case n.Closed != day.Forever:
		return v.T("到%s，并入%s", n.Closed.Add(-1).Short(v.Today), names[n.Parent])
	case n.Opened != org.Always:
		return v.T("%s起", n.Opened.Short(v.Today))
	}
	return v.T("一直都有")
}

func namesOf(all []node) map[string]string {
	names := make(map[string]string, len(all))
	for _, n := range all {
		names[n.ID] = n.Name
	}
	return names
}

func (c *Console) getNodes(b branch, w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		tree, err := treeToday(v, tx)
		if err != nil {
			return err
		}
		all := b.all(tree)
		names := namesOf(all)
		sort, state, q := v.At.Get("sort_of"), v.At.Get("state"), v.At.Get("q")
		chosen := slices.DeleteFunc(slices.Clone(all), func(n node) bool {
			open := n.Closed == day.Forever
			return sort != "" && n.Sort != sort || state == "open" && !open || state == "closed" && open || !found(q, n.Name, n.Code, names[n.Parent], strings.Join(n.Former, "\n"))
		})
		if as := v.At.Get("as"); as != "" {
			return sendTable(w, v, as, v.T(b.title), b.table(v, tree, chosen), string(access.Trees))
		}
		part := web.ReadList(r, nodesAPage)
		from, to := min(part.Offset(), len(chosen)), min(part.Offset()+nodesAPage, len(chosen))
		l := b.list(v, tree, names, chosen[from:to])
		l.Foot = page.Words(v.T("共 %d 个", len(chosen)))
		l.Pager = page.Pager{Page: part.Page, Last: part.Pages(len(chosen))}
		l.Empty = &page.Empty{Title: v.T("没有符合的%s", v.T(b.title)), Reason: v.T("共有 %d 个，筛选后一个也没有。", len(all)),
			Out: &page.Action{Label: v.T("清除筛选，看全部 %d 个", len(all)), Href: b.path}}
		return v.Render(w, r, desk.Page{Title: v.T(b.title), Path: "/settings", NoScope: true}, templ.Join(crumbs(v, page.NavItem{Label: v.T(b.title)}), page.ListPage(l)))
	})
}

func (b branch) list(v *desk.Visit, tree *org.Tree, names map[string]string, part []node) page.List {
	sorts := []page.Option{{Label: v.T("全部")}}
	for _, s := range b.sorts {
		sorts = append(sorts, page.Option{Value: s, Label: v.T(b.sortTitle(s))})
	}
	l := page.List{Title: v.T(b.title), At: v.At, Search: v.T("名称、代码、上级"),
		Actions: append([]page.Action{{Label: v.T("从文件添加"), Href: "/settings/org-file", Icon: "up"}}, append(exports(v, string(access.Trees)), page.Action{Label: v.T(b.add), Href: b.fresh, Icon: "plus", Kind: page.Primary})...),
		Filters: []page.Filter{{Key: "sort_of", Label: v.T(b.sortLabel), Options: sorts}, {Key: "state", Label: v.T("状态"),
			Options: []page.Option{{Label: v.T("全部")}, {Value: "open", Label: v.T("现有")}, {Value: "closed", Label: v.T("已并入")}}}},
		Note:    &page.Notice{Text: v.T("改名、改上级、并入都从某一天起。那天以前的数字，仍按当时的名称和上级算；账目一条也不改。")},
		Columns: []page.Column{{Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("代码"), Kind: page.StateColumn}, {Label: v.T(b.sortLabel), Kind: page.StateColumn}, {Label: v.T("上级"), Less: true}, {Label: v.T("下级"), Kind: page.NumColumn, Less: true}}}
	if b.kind == "place" {
		l.Columns = append(l.Columns, page.Column{Label: v.T("方格图")})
	} else {
		l.Columns = append(l.Columns, page.Column{Label: v.T("服务地点"), Less: true})
	}
	l.Columns = append(l.Columns, page.Column{Label: v.T("起止"), Less: true})
	for _, n := range part {
		href := b.path + "/" + n.Code
		name := n.Name
		if f := former(v, n); f != "" {
			name += "（" + f + "）"
		}
		last := page.Cell(tree.Place(n.Place).Name)
		if b.kind == "place" {
			last = page.Cell("")
			if n.Row > 0 {
				last = page.Cell(v.T("%d 行 %d 列", n.Row, n.Col))
			} else if n.Sort == org.LevelTownship && n.Closed == day.Forever {
				last = page.Missing(v.T("没放"))
			}
		}
		children := page.Cell(strconv.Itoa(n.Children))
		if n.Children == 0 {
			children = page.Faint("0")
		}
		l.Rows = append(l.Rows, page.Row{ID: n.ID, Name: n.Name, Href: href, Left: n.Closed <= v.Today, Cells: []templ.Component{
			page.LinkCell(href, strings.Repeat("　", min(n.Depth, 4))+name), page.Faint(n.Code), page.Cell(v.T(b.sortTitle(n.Sort))), page.Cell(names[n.Parent]), children, last,
			page.Cell(since(v, names, n))}})
	}
	return l
}

// table is the list as a file; the files of org.ImportFile have the same heads.
func (b branch) table(v *desk.Visit, tree *org.Tree, all []node) xlsx.Table {
	names := namesOf(b.all(tree))
	t := xlsx.Table{Name: v.T(b.title)}
	var rows [][]any
	number := func(n int) any {
		if n == 0 {
			return nil
		}
		return n
	}
	if b.kind == "unit" {
		t.Columns = []xlsx.Column{{Title: "单位"}, {Title: "代码", Kind: xlsx.AsText}, {Title: "类型"}, {Title: "上级"}, {Title: "地点"}, {Title: "起止"}}
		for _, n := range all {
			rows = append(rows, []any{n.Name, n.Code, org.KindTitle(n.Sort), names[n.Parent], tree.Place(n.Place).Name, since(v, names, n)})
		}
	} else {
		t.Columns = []xlsx.Column{{Title: "乡镇"}, {Title: "村"}, {Title: "代码", Kind: xlsx.AsText}, {Title: "行"}, {Title: "列"}, {Title: "起止"}}
		for _, n := range all {
			township, village := n.Name, ""
			switch {
			case n.Sort == org.LevelCounty:
				continue
			case n.Sort != org.LevelTownship:
				township, village = names[n.Parent], n.Name
			}
			rows = append(rows, []any{township, village, n.Code, number(n.Row), number(n.Col), since(v, names, n)})
		}
	}
	t.Rows = xlsx.Values(rows)
	return t
}

// nodeByCode finds the node that the address names.
func (b branch) nodeByCode(tree *org.Tree, code string) (node, error) {
	for _, n := range b.all(tree) {
		if n.Code == code {
			return n, nil
		}
	}
	return node{}, errs.E(errs.NotFound, "没有代码为「%s」的%s", code, b.title)
}
