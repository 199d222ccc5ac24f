package page

import (
	"context"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What stands where on the card of a row: a state ends the title line, or else the first figure that matters.
func TestCards(t *testing.T) {
	classes := []Column{{Label: "编号", Kind: CodeColumn, Less: true}, {Label: "班名", Kind: MainColumn}, {Label: "地点", Plain: true}, {Label: "学时", Kind: NumColumn, Less: true}, {Label: "人次", Kind: NumColumn}, {Label: "状态", Kind: StateColumn}}
	sittings := []Column{{Label: "内容", Kind: MainColumn}, {Label: "学时", Kind: NumColumn, Less: true}, {Label: "人次", Kind: NumColumn}}
	words := []Column{{Label: "专业"}, {Label: "别名"}}
	for _, c := range []struct {
		name    string
		columns []Column
		href    string
		want    string // classes and names of the cells
	}{
		{"a list", classes, "/x", "card-less|card-title main||card-less num|num=人次|card-end"},
		{"a list whose rows lead nowhere", classes, "", "|card-title main||num=学时|num=人次|card-end"},
		{"no state", sittings, "", "card-title main|num=学时|card-end num=人次"},
		{"neither state nor figure", words, "", "card-title|=别名"},
	} {
		l := List{Columns: c.columns}
		var got []string
		for i := range c.columns {
			cell := strings.TrimSpace(l.cellClass(Row{Href: c.href}, i))
			if name := l.cardName(i); name != "" && !strings.Contains(cell, "card-less") {
				cell += "=" + name
			}
			got = append(got, cell)
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, s, c.want)
		}
	}
}

// A table that is shown as cards says that it is a table: browsers forget it when the display changes.
func TestTableKeepsItsRoles(t *testing.T) {
	html := render(t, Table(List{Title: "培训班", Columns: []Column{{Label: "班名", Kind: MainColumn, Sort: "title"}, {Label: "人次", Kind: NumColumn}},
		Rows: []Row{{Cells: []templ.Component{Cell("甲"), Cell("3")}}, {Cells: []templ.Component{Cell("乙"), Faint("")}}}}))
	for part, n := range map[string]int{`role="table"`: 1, `role="rowgroup"`: 2, `role="row"`: 3, `role="columnheader"`: 2, `role="cell"`: 4, "cards-sort": 1, `data-name="人次"`: 2, "></td>": 1} {
		if got := strings.Count(html, part); got != n {
			t.Errorf("%s stands %d times instead of %d:\n%s", part, got, n, html)
		}
	}
}
