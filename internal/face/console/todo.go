package console

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/xlsx"
)

// todoItem is one thing to do: the word of its badge, what it is about, since when.
type todoItem struct {
	Kind              string // verify, returned, draft, asked
	Word, Class       string
	Title, Href, When string
	Says              string // why it was returned
	head              flow.Head
}

// todosMost bounds each part of the page of to-dos.
const todosMost = 300

// todoItems are the actor's to-dos: returned to him, asked of his unit, to verify, his drafts.
func (c *Console) todoItems(tx *db.Tx, v *desk.Visit, t flow.Todos) (items []todoItem, err error) {
	named, err := c.named(tx, v, t)
	if err != nil {
		return nil, err
	}
	add := func(kind, word, class string, heads []flow.Head, since func(flow.Head) string, says func(flow.Head) string) {
		for _, h := range heads {
			title := h.Title
			if more := named[h.ID]; more != "" {
				title = more
			}
			if h.Revision != flow.None {
				title = v.T("%s（修订）", title)
			}
			items = append(items, todoItem{Kind: kind, Word: word, Class: class, Title: title, Href: desk.Href(h.Kind, h.Number), When: since(h), Says: says(h), head: h})
		}
	}
	nothing := func(flow.Head) string { return "" }
	add("returned", v.T("重填"), "badge-back", t.Returned, func(h flow.Head) string { return v.Instant(h.Updated) }, func(h flow.Head) string { return access.Spoken(v.Ctx, h.Remark) })
	for _, m := range c.Modules {
		if m.Asked == nil {
			continue
		}
		asked, err := m.Asked(tx, v)
		if err != nil {
			return nil, err
		}
		for _, a := range asked {
			items = append(items, todoItem{Kind: "asked", Word: a.Word, Class: "badge-wait", Title: a.Head.Title, Href: a.Href, When: a.When, Says: a.Says, head: a.Head})
		}
	}
	add("verify", v.T("核实"), "badge-wait", t.Verify, func(h flow.Head) string { return c.waited(v, h) }, nothing)
	add("draft", v.T("续填"), "", t.Drafts, func(h flow.Head) string { return v.Instant(h.Updated) }, nothing)
	return items, nil
}

// named is what modules call the records of to-dos, by id, where their titles do not tell them apart.
func (c *Console) named(tx *db.Tx, v *desk.Visit, t flow.Todos) (map[string]string, error) {
	all := map[string]string{}
	for _, m := range c.Modules {
		if m.Named == nil {
			continue
		}
		var heads []flow.Head
		for _, h := range slices.Concat(t.Returned, t.Verify, t.Drafts) {
			if h.Kind == m.Kind {
				heads = append(heads, h)
			}
		}
		if len(heads) == 0 {
			continue
		}
		names, err := m.Named(tx, v, heads)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, names)
	}
	return all, nil
}

// askedOf counts those that are asked of the reader's unit.
func askedOf(items []todoItem) (n int) {
	for _, i := range items {
		if i.Kind == "asked" {
			n++
		}
	}
	return n
}

// waited says how long a record has waited to be verified.
func (c *Console) waited(v *desk.Visit, h flow.Head) string {
	zone := v.Association.Location()
	days := day.At(time.UnixMilli(h.Submitted).In(zone), zone).Days(v.Today) - 1
	switch {
	case days <= 0:
		return v.T("今天交的")
	case days == 1:
		return v.T("昨天交的")
	}
	return v.T("等了 %d 天", days)
}

// getTodo lists all that waits for the reader.
func (c *Console) getTodo(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		t, err := flow.TodosOf(v.Ctx, tx, todosMost)
		if err != nil {
			return err
		}
		chosen := v.At.Get("view")
		var items []todoItem
		every, err := c.todoItems(tx, v, t)
		if err != nil {
			return err
		}
		asked := askedOf(every)
		for _, i := range every {
			if (chosen == "" || chosen == i.Kind) && found(v.At.Get("q"), i.Title, i.head.Number, i.head.AuthorName, v.Tree.Unit(i.head.Unit).Name) {
				items = append(items, i)
			}
		}
		if as := v.At.Get("as"); as != "" {
			if err := access.Require(v.Ctx, access.Export, ""); err != nil {
				return err
			}
			return sendTable(w, v, as, v.T("待办"), todoTable(v, items))
		}
		l := page.List{Title: v.T("待办"), At: v.At, Search: v.T("名称、编号、单位、填报人"), Columns: []page.Column{{Label: v.T("要做"), Kind: page.StateColumn}, {Label: v.T("编号"), Kind: page.CodeColumn}, {Label: v.T("名称"), Kind: page.MainColumn},
			{Label: v.T("单位"), Plain: true}, {Label: v.T("日期"), Less: true}, {Label: v.T("填报人"), Less: true}, {Label: v.T("从何时"), Plain: true}, {Label: v.T("说明"), Plain: true}}}
		type view struct {
			key, label string
			n          int
		}
		views := []view{{"", v.T("全部"), t.VerifyN + t.ReturnedN + t.DraftN + asked}, {"returned", v.T("退回给我"), t.ReturnedN}, {"verify", v.T("等我核实"), t.VerifyN}, {"draft", v.T("我的草稿"), t.DraftN}}
		if asked > 0 || chosen == "asked" {
			views = slices.Insert(views, 2, view{"asked", v.T("请我填的"), asked})
		}
		for _, view := range views {
			l.Views = append(l.Views, page.View{Label: view.label, Count: int64(view.n), Href: v.At.With("view", view.key).String(), Active: chosen == view.key})
		}
		for _, i := range items {
			l.Rows = append(l.Rows, page.Row{ID: i.head.ID, Name: i.Title, Href: i.Href, Cells: []templ.Component{todoBadge(i), page.Faint(v.Number(i.head)), page.LinkCell(i.Href, i.Title),
				page.Cell(v.Tree.Unit(i.head.Unit).Name), page.Faint(v.T(i.head.Day.Short(v.Today))), page.Cell(i.head.AuthorName), page.Faint(i.When), page.Missing(i.Says)}})
		}
		if len(items) > 0 && v.Actor.May(access.Export, "") {
			l.Actions = exports(v)
		}
		if all := len(t.Verify) + len(t.Returned) + len(t.Drafts) + asked; all < views[0].n {
			l.Note = &page.Notice{Text: v.T("每类先列等得最久的 %d 件，办完再看其余的", todosMost)}
		}
		l.Empty = &page.Empty{Title: v.T("没有待办"), Reason: v.T("别人交来等你核实的、退回给你的、你没写完的，都会列在这里"), Out: &page.Action{Label: v.T("回首页"), Href: v.At.Scope("/").String()}}
		if chosen != "" || v.At.Get("q") != "" {
			l.Empty = &page.Empty{Title: v.T("这里没有"), Reason: v.T("换一类看，或换个词找"), Out: &page.Action{Label: v.T("看全部 %d 件", views[0].n), Href: v.At.Without("q", "view").String()}}
		}
		return v.Render(w, r, desk.Page{Title: v.T("待办"), Path: "/", NoScope: true}, page.ListPage(l))
	})
}

func todoTable(v *desk.Visit, items []todoItem) xlsx.Table {
	rows := make([][]any, len(items))
	for i, item := range items {
		rows[i] = []any{item.Word, item.head.Number, item.Title, v.Tree.Unit(item.head.Unit).Name, item.head.Day, item.head.AuthorName, strings.TrimSpace(item.When), item.Says}
	}
	return xlsx.Table{Name: v.T("待办"), Columns: []xlsx.Column{{Title: v.T("要做")}, {Title: v.T("编号"), Kind: xlsx.AsText, Width: 16}, {Title: v.T("名称"), Width: 34}, {Title: v.T("单位"), Width: 20}, {Title: v.T("日期"), Kind: xlsx.AsDay}, {Title: v.T("填报人")}, {Title: v.T("从何时"), Width: 16}, {Title: v.T("说明"), Width: 40}},
		Rows: xlsx.Values(rows)}
}
