package activity

import (
	"strconv"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/xlsx"
)

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func shareUnitCell(v *desk.Visit, e register.Entry[Share], _ ShareWords) templ.Component {
	return page.Cell(v.Tree.Unit(e.Unit).Name)
}

// shareExports are the columns of the file of shares.
func shareExports(c Catalogue) []pages.Export[Share, ShareWords] {
	all := []pages.Export[Share, ShareWords]{
		pages.NumberOut[Share, ShareWords](),
		{Column: xlsx.Column{Title: "活动名称", Width: 32}, Cell: func(_ *desk.Visit, e register.Entry[Share], _ ShareWords) any { return e.Body.Name }},
		{Column: xlsx.Column{Title: "单位", Width: 18}, Cell: func(_ *desk.Visit, e register.Entry[Share], w ShareWords) any { return w.Tree.Unit(e.Unit).Name }},
		{Column: xlsx.Column{Title: "日期", Kind: xlsx.AsDay}, Cell: func(_ *desk.Visit, e register.Entry[Share], _ ShareWords) any { return e.Day }},
	}
	for _, one := range c.counts {
		if one.ShareMeasure == "" {
			continue
		}
		title := one.Name
		if one.Code == countOnsite {
			title = "接待"
		}
		all = append(all, pages.CountOut[Share, ShareWords](title, func(s Share) *register.Count { return s.Counts.of(one.Code) }))
	}
	return append(all, pages.FieldOut(c.shareFields(), "materials", "发放资料", 28), pages.FieldOut(c.shareFields(), "note", "备注", 20))
}
