package page_test

import (
	"github.com/a-h/templ"

	"shilu/internal/core/page"
)

// partsSample is look/00-parts: figures and seals in all their states, badges, buttons, notices, progress.
func partsSample() templ.Component {
	fact := func(label string, shows templ.Component) page.Fact {
		return page.Fact{Label: label, Show: shows, Wide: true}
	}
	fig := func(f page.Figure) templ.Component {
		f.Name, f.Href = "培训人次", "/trace"
		return page.FigureLink(f)
	}
	figures := page.Facts([]page.Fact{
		fact("无待核", fig(page.Figure{Value: "312", Proof: page.ProofFull})), fact("另有待核", fig(page.Figure{Value: "3,847", Unit: "人次", Proof: page.ProofOutline, Note: "另 5 条待核实", Pending: "另有 5 条待核实"})),
		fact("已封存", fig(page.Figure{Value: "91.56", Proof: page.ProofFrozen, Note: "封期或定稿后"})), fact("估计", fig(page.Figure{Value: "约 50", Note: "随记录带来"})), fact("手填", fig(page.Figure{Value: "九成以上", Typed: true})),
		fact("正在算", fig(page.Figure{Computing: true})), fact("未填", fig(page.Figure{})), fact("零", fig(page.Figure{Value: "0"})), fact("不适用", fig(page.Figure{NotApply: true})), fact("无权", fig(page.Figure{NoRight: true, Value: "1"})),
	})
	return within(frame("首页", at("/parts", "")),
		page.Around(page.SectionBox(page.Section{Title: "数字与印"}), figures),
		page.Around(page.SectionBox(page.Section{Title: "状态"}), page.StateBadge("draft"), page.StateBadge("submitted"), page.StateBadge("verified"), page.StateBadge("returned"), page.StateBadge("voided"), page.LateBadge(2), page.Late("慢 17.3"), page.NotFilled("未填")),
		page.Around(page.SectionBox(page.Section{Title: "按钮"}), page.Buttons([]page.Action{{Label: "核实通过", Kind: page.Primary, Href: "/verify", Post: true, Key: "v"}, {Label: "退回", Href: "/return"}, {Label: "核实", Off: "填报人不能自己核实，请周敏核实"}, {Label: "取消", Kind: page.Quiet, Href: "/"}})),
		page.Around(page.SectionBox(page.Section{Title: "提示"}), page.Notices(&page.Notice{Text: "9月起按 2026年版口径"}, nil), page.NoticeBox(page.Notice{Kind: page.Caution, Text: "签到 56 人，填报 58"}), page.NoticeBox(page.Notice{Kind: page.Wrong, Text: "签到册没有上传"})),
		page.Around(page.SectionBox(page.Section{Title: "改"}), page.Around(page.SmallForm("/parts", "那天以前仍按原来的算。", "改", "", nil), page.InputField(page.Input{Field: page.Field{Name: "percent", Label: "改为", Value: "5", Off: true}, Unit: "%"}))),
		page.Around(page.SectionBox(page.Section{Title: "空"}), page.EmptyState(page.Empty{Small: true, Title: "白塔乡本月没有大篷车出车", Reason: "计划 1 次，9月25日。", Out: &page.Action{Label: "补记一次", Href: "/form"}})),
		page.WorkBox(page.Work{Title: "导入花名册", Done: 1240, Total: 1600, Noun: "行", Says: "约 20 秒，可离开本页", StopHref: "/stop", PollHref: "/parts/work"}))
}

// chartSample is the second half of look/01-home: tiles and months of one figure, with their tables.
func chartSample() templ.Component {
	fig := func(value string) page.Figure { return page.Figure{Name: "培训人次", Value: value, Href: "/trace"} }
	table := func(title, head string, rows ...[]string) page.List {
		l := page.List{Title: title, Columns: []page.Column{{Label: head, Kind: page.MainColumn}, {Label: "培训人次", Kind: page.NumColumn}}, Foot: page.SumFoot(page.Figure{Name: "培训人次", Value: "1,133", Href: "/trace", Proof: page.ProofFull, Size: "plain"}, "2 项相加 = 1,133")}
		for _, r := range rows {
			l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{page.Cell(r[0]), page.FigureLink(fig(r[1]))}})
		}
		return l
	}
	tiles := page.Tiles{Name: "各乡镇，培训人次", Cols: 3, Legend: []string{"150 以下", "150—", "300—", "450—", "600 以上"}, Table: table("各乡镇", "地点", []string{"松坪镇", "521"}, []string{"河东镇", "612"}), Tiles: []page.Tile{
		{Name: "磨盘山乡", Row: 1, Col: 1, Class: 0, Figure: fig("88")}, {Name: "松坪镇", Row: 2, Col: 1, Class: 3, Figure: fig("521")}, {Name: "河东镇", Row: 2, Col: 3, Class: 4, Figure: fig("612")},
		{Name: "白塔乡", Row: 3, Col: 2, Class: -1, Figure: page.Figure{Name: "培训人次", Value: "没有数"}, Note: "含原旧塔乡"}}}
	point := func(v float64, text string) page.Point { return page.Point{Value: v, Text: text, Href: "/trace"} }
	months := page.Chart{Name: "逐月培训人次，2026年和2025年", Labels: []string{"1", "2", "3月"}, Open: true, Table: table("逐月培训人次", "月份", []string{"1月", "521"}, []string{"3月", "612"}),
		Series: []page.Series{{Name: "2026年", Points: []page.Point{point(521, "521"), {None: true}, point(612, "612")}}, {Name: "2025年", Line: true, Points: []page.Point{point(400, "400"), point(90, "90"), point(700, "700")}}}}
	which := page.Filter{Key: "figure", Label: "指标", Options: []page.Option{{Value: "a", Label: "培训人次"}, {Value: "b", Label: "培训班"}}}
	return within(frame("首页", at("/charts", "figure=a")),
		page.Around(page.SectionBox(page.Section{Title: "各乡镇", Beside: page.ChoiceBox(which, at("/charts", "figure=a"))}), page.TilesBox(tiles)),
		page.Around(page.SectionBox(page.Section{Title: "逐月培训人次", Note: "人次"}), page.ChartBox(months), page.AgainstBar(62, 50), page.AgainstBar(90, 50)))
}
