package page_test

import (
	"github.com/a-h/templ"

	"shilu/internal/core/page"
)

func recordSample() templ.Component {
	was := func(name, value string, p page.Proof) page.Figure {
		return page.Figure{Name: name, Value: value, Href: "/trace", Proof: p}
	}
	aside := templ.Join(
		page.CountsBox(page.CountsHere{Title: "核实后计入", Note: "5 个指标", Rows: []page.CountsRow{
			{Name: "培训班（期）", Before: was("培训班", "62", page.ProofOutline), After: "63"},
			{Name: "培训人次", Before: was("培训人次", "3,847", page.ProofOutline), After: "3,905"},
			{Name: "受训人数（去重）", Before: was("受训人数", "2,915", page.ProofOutline), After: "2,957", Note: "14 人今年已参加过别的班，只加 42"},
			{Name: "全国科普月 · 参加人次", Before: was("参加人次", "6,120", page.ProofOutline), After: "6,178"},
			{Name: "青溪乡考核第 9 项", Before: was("考核第 9 项", "4.00", page.ProofNone), After: "4.67", Note: "培训 6 → 7 期，目标 9 期"},
		}, Not: []string{"不计入「科普活动场次」：培训单列，不重复计。"}}),
		page.UsesBox([]page.Use{{Label: "「云岭县科协2026年前三季度工作总结」（草稿）", Href: "/reports/1"}}),
		page.History([]page.Event{{What: "提交核实", Who: "李文芳", When: "9月16日 17:42"}, {What: "退回", Remark: "签到册拍得不清，请重拍", Who: "周敏", When: "9月16日 17:41", Care: true}, {What: "人次 56 改为 58，加备注", Who: "李文芳", When: "9月16日 17:40"}, {What: "手机离线填报，18 分钟后上传", Who: "李文芳", When: "9月16日 17:20", Where: "大箐村"}}),
	)
	section := func(title, note string, body ...templ.Component) templ.Component {
		return templ.ComponentFunc(func(ctx ctx, w writer) error {
			return page.SectionBox(page.Section{Title: title, Note: note}).Render(templ.WithChildren(ctx, templ.Join(body...)), w)
		})
	}
	main := templ.Join(
		page.NoticeBox(page.Notice{Kind: page.Caution, Lead: "签到册 56 个签名，填报 58 人次，相差 2。", Text: "备注写「2 名驻村队员未签」。", Action: &page.Action{Label: "对照签到册", Href: "/compare"}}),
		section("人数与学时", "未核实的数字不盖印，也不计入任何合计",
			page.Bigs([]page.Big{{"58", "人次", "培训人次", ""}, {"56", "人", "实训人数（去重）", ""}, {"31", "人", "其中女性", ""}, {"22", "人", "少数民族", ""}, {"6", "学时", "一天", ""}}),
			page.Facts([]page.Fact{{Label: "日期", Value: "2026年9月16日 9:00—16:00"}, {Label: "地点", Value: "青溪乡大箐村核桃示范园"}, {Label: "专业", Value: "林果 · 核桃"}, {Label: "方式", Value: "现场实训"}, {Label: "主办", Value: "青溪乡科协"}, {Label: "协办", Value: "县核桃产业协会"}, {Label: "教师", Value: "杨志远", Href: "/people/1", Note: "县林草局高级工程师"}, {Label: "教材", Value: "《核桃高产栽培》60 册"}, {Label: "标签", Show: page.Tags([]string{"全国科普月", "农民", "送科技下乡"}), Wide: true}})),
		page.EvidenceStrip(page.Evidence{Note: "应有 3 件已齐，照片可不传", Add: &page.Action{Label: "添加佐证", Href: "/evidence/new"}, Papers: []page.Paper{
			{Name: "开班通知.pdf", Holds: "应有 · 1 页", Kind: page.PaperNotice, Href: "/f/1"}, {Name: "签到册.pdf", Holds: "应有 · 2 页，56 人", Kind: page.PaperRoster, Href: "/f/2"}, {Name: "学员花名册.xlsx", Holds: "应有 · 56 行", Kind: page.PaperSheet, Href: "/f/3"}, {Name: "现场实训.jpg", Holds: "选传 · 手机 9:48", Kind: page.PaperPicture, Href: "/f/4"}, {Name: "教材领用单", Holds: "应有", Missing: true}, {Name: "凭证", Holds: "有就传", Wanted: true}}}),
	)
	main = templ.Join(main, section("修订", "核实后才改动入账的数", page.Differences("核实过的", "修订为", []page.Difference{{Label: "培训人次", Before: "58", After: "61"}, {Label: "备注", After: "补 3 名未签到的"}})))
	columns := templ.ComponentFunc(func(ctx ctx, w writer) error {
		return page.Columns(aside).Render(templ.WithChildren(ctx, main), w)
	})
	f := frame("培训班", at("/record", ""))
	f.Toast = &page.Toast{Text: "已核实 3 期，193 人次入账", UndoHref: "/undo"}
	return within(f, page.RecordTitle(page.RecordHead{
		Crumbs: []page.NavItem{{Label: "培训班", Href: "/list"}, {Label: "PX-0073"}}, Title: "核桃高接换优技术培训班（第2期）", State: "submitted", PrevHref: "/record?1", NextHref: "/record?2",
		Actions: []page.Action{{Label: "作废", Href: "/void", Post: true, Kind: page.Danger, Confirm: &page.Confirm{Title: "作废这一期", Says: "PX-0073 留在清单里，不再计入任何指标；已入账的 58 人次由一笔更正冲回。", Reason: "为什么作废", Verb: "作废"}}, {Label: "退回", Href: "/return", Post: true}, {Label: "核实通过", Href: "/verify", Post: true, Kind: page.Primary}},
		Steps:   []page.Step{{"填报", "李文芳 9月16日 17:20", page.StepDone}, {"提交", "李文芳 9月16日 17:42", page.StepDone}, {"核实", "周敏，今天 18:00 前", page.StepNow}, {"入账并计入指标", "核实后自动", page.StepAhead}}}), columns)
}
