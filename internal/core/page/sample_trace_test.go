package page_test

import (
	"github.com/a-h/templ"

	"shilu/internal/core/page"
)

func traceOf() page.Trace {
	t := page.Trace{At: at("/trace", ""), Scope: "全县 · 2026年1月1日—9月18日 · 标签不限", Name: "实用技术培训人次", Value: "3,847", Unit: "人次", Proof: page.ProofOutline,
		Target: "目标 5,000，完成 76.9%", Pending: "另有 5 条待核实，约 290 人次，未计入", PendingHref: "/list", CopyHref: "/trace", ExportHref: "/trace.xlsx",
		Chain:      []page.Link{{"3,847", "", "数字", "/trace", true}, {"66", "条", "账目，含更正 2 组", "#facts", false}, {"62", "条", "业务记录", "/list", false}, {"263", "件", "佐证", "#facts", false}, {"№ 1204", "", "存证点，今日 8:30", "#stamp", false}},
		Definition: "期内已核实的实用技术培训班（含农函大）参加人次；同一人参加两期计两次。2026年版。", Formula: "合计 = Σ 培训人次，按培训日期归期，按举办地归乡镇",
		Users:    []page.Use{{"全年目标第 2 项", "/goals"}, {"乡镇考核第 10 项", "/assessment"}, {"州科协统计表 K-3 第 14 行", "/forms"}, {"三季度总结（草稿）", "/reports"}},
		PartsBy:  []page.Tab{{"乡镇", "/trace?by=township", true}, {"月份", "/trace?by=month", false}, {"专业", "/trace?by=tag:subject", false}, {"人群", "/trace?by=tag:audience", false}},
		PartsSum: "11 项相加 = 3,847",
		LeftOut:  []page.LeftOut{{Name: "PX-0073 核桃高接换优技术（第2期）", Href: "/record", Why: "待核实", Amount: "58"}, {Name: "PX-0068 花椒采后修剪", Href: "/record", Why: "已退回：缺签到册", Amount: "约 50"}},
		Stamp: page.Stamp{Place: "云岭", Note: "任何人拿着存证点都能验证这个数没有被改过", Lines: []page.StampLine{
			{Label: "存证点", Value: "№ 1204，2026年9月18日 8:30，账上共 18,462 条"}, {Label: "根哈希", Value: "7f3a 91c0 5be2 44d8 … 0c6e c91e", Mono: true}, {Label: "包含证明", Value: "66 条全部在账内", OK: true}, {Label: "历史", Value: "9月11日为 3,805；此后入账 1 条（+42）。", Href: "/trace/history", Link: "看变化"}}},
		Recount: page.Recount{Text: "刚刚重算，与 66 条账目一致；存证点 № 1204 签名有效"}, ProofHref: "/proof", AskHref: "/ask"}
	for _, p := range []struct {
		name, value, note string
		width             float64
	}{{"河东镇", "612", "9 期", 100}, {"河西镇", "548", "8 期", 89.5}, {"松坪镇", "521", "8 期", 85.1}, {"大营镇", "466", "7 期", 76.1}, {"石门镇", "372", "6 期", 60.8}, {"青溪乡", "341", "6 期", 55.7}, {"白塔乡", "298", "5 期", 48.7}, {"龙泉乡", "285", "5 期", 46.6}, {"红岩乡", "196", "4 期", 32}, {"县直", "120", "2 期", 19.6}, {"磨盘山乡", "88", "2 期", 14.4}} {
		t.Parts = append(t.Parts, page.Part{Name: p.name, Value: p.value, Note: p.note, Width: p.width, Href: "/trace?place=" + p.name})
	}
	t.Facts = page.FactTable{Note: "最近 5 条和更正", AllHref: "/trace?all=1", AllText: "全部 66 条", Heads: []page.Column{{Label: "日期"}, {Label: "记录"}, {Label: "班名"}, {Label: "地点"}, {Label: "人次", Kind: page.NumColumn}, {Label: "确切"}, {Label: "佐证"}}}
	papers := page.Thumbs([]page.Paper{{Name: "签到册.pdf", Kind: page.PaperRoster, Href: "/f/2"}, {Name: "现场.jpg", Kind: page.PaperPicture, Href: "/f/4"}})
	for _, r := range [][]string{{"9月11日", "PX-0070", "科普专干业务培训", "县直", "42", "确切"}, {"9月9日", "PX-0069", "大蒜根腐病、蒜蛆防治", "龙泉乡", "66", "确切"}, {"9月4日", "PX-0067", "手机应用与防诈骗（老年班）", "河东镇", "83", "确切"}, {"7月14日", "PX-0051", "更正：重复签名 2 人", "白塔乡", "−46", ""}, {"7月14日", "PX-0051", "更正后：水稻病虫害防治", "白塔乡", "44", "确切"}} {
		t.Facts.Rows = append(t.Facts.Rows, page.Row{Correction: r[1] == "PX-0051", Cells: []templ.Component{page.Cell(r[0]), page.LinkCell("/record", r[1]), page.Cell(r[2]), page.Cell(r[3]), page.Strong(r[4]), page.Cell(r[5]), papers}})
	}
	return t
}

func traceSample() templ.Component {
	f := frame("首页", at("/trace", ""))
	return within(f, page.TracePage(traceOf()))
}
