package page_test

import (
	"github.com/a-h/templ"

	"shilu/internal/core/page"
)

func reportSample() templ.Component {
	say := func(text string) page.Span { return page.Span{Text: text} }
	fig := func(text, name string) page.Span {
		return page.Span{Chip: &page.Chip{Text: text, Name: name, Href: "/trace"}}
	}
	chosen := page.Span{Chip: &page.Chip{Text: "62期", Name: "培训班", Href: "/report?chip=1", Chosen: true, Chooses: true}}
	stale := page.Span{Chip: &page.Chip{Text: "96条", Name: "答复", Href: "/trace", Now: "现 97"}}
	typed := page.Span{Chip: &page.Chip{Text: "九成以上", Name: "满意度", Href: "/trace", Typed: true}}
	missing := page.Span{Chip: &page.Chip{Text: "［未填］", Name: "培训人次，河西镇", Href: "/trace", Missing: true}}
	doc := page.Document{Title: "云岭县科协2026年前三季度工作总结", Until: "（截至2026年9月18日）", Signature: "云岭县科学技术协会", Date: "2026年9月18日", Blocks: []page.Block{
		{ID: "s1", Level: 1, Spans: []page.Span{say("一、抓培训，办好农民身边的课堂")}},
		{Seal: page.ProofOutline, Count: "4 处", Spans: []page.Span{say("（一）总体情况。截至9月18日，全县举办实用技术培训班"), chosen, say("，培训农民"), fig("3847人次", "培训人次"), say("，受训"), fig("2915人", "受训人数"), say("，完成全年任务的"), fig("76.9%", "完成率"), say("。")}},
		{Seal: page.ProofFull, Count: "2 处", Care: "手填 1", Spans: []page.Span{say("培训按需办班，共收集群众技术需求"), fig("核桃嫁接、花椒修剪、生猪防疫、蔬菜育苗、中药材种植", "需求"), say("等"), fig("118条", "需求"), say("，已答复"), stale, say("，其中转为培训班"), fig("23期", "转为培训班"), say("。参训群众满意度"), typed, say("。")}},
		{Table: &page.DocTable{Title: "表1　各乡镇培训情况", Heads: []string{"乡镇", "期", "人次"}, Rows: [][]page.Span{{say("河东镇"), fig("9", "培训班，河东镇"), fig("612", "培训人次，河东镇")}, {say("河西镇"), fig("8", "培训班，河西镇"), missing}}, Nums: []bool{false, true, true}}},
		{ID: "s2", Level: 1, Spans: []page.Span{say("二、抓活动，让科普走到村头")}},
		{Seal: page.ProofOutline, Count: "3 处", Spans: []page.Span{say("开展科普活动"), fig("186场次", "活动"), say("，参加群众"), fig("41260人次", "参加人次"), say("，覆盖"), fig("71个", "覆盖村"), say("村（社区）。")}},
	}}
	panel := page.ChipPanelBox(page.ChipPanel{
		Chosen:  &page.ChosenChip{Value: "62", Unit: "期", Proof: page.ProofOutline, Name: "培训班，全县", TraceHref: "/trace", Forms: []page.Tab{{"62期", "/report/form?1", true}, {"六十二期", "/report/form?2", false}, {"60余期", "/report/form?3", false}}, Notes: []string{"另有 5 期待核实，未计入"}},
		Search:  &page.ChipSearch{At: at("/report", ""), Text: "培训", Scope: "全县，1月1日—9月18日", More: "再列 6 个", MoreTo: "/report?more=1", Found: []page.FoundFigure{{"培训人次", "同一人两期计两次", "3,847", page.ProofOutline, "/report/put?1", true}, {"受训人数（去重）", "不能由各乡镇相加", "2,915", page.ProofOutline, "/report/put?2", false}, {"合格率", "2,641 ÷ 2,740 人", "96.4%", page.ProofFull, "/report/put?3", false}}},
		Inserts: []page.Action{{Label: "乡镇表", Href: "/report/table", Post: true}, {Label: "逐月图", Href: "/report/chart", Post: true}, {Label: "活动清单", Href: "/report/list", Post: true}}})
	f := frame("报告与简报", at("/report", ""))
	f.Wide = true
	return within(f, page.ReportPage(page.Report{Title: "2026年前三季度工作总结", State: "draft", StateWord: "草稿", Saved: "9:42 已保存", From: "数字取自存证点 № 1204", UpdateHref: "/report/update",
		Actions: []page.Action{{Label: "核对全文", Href: "/check"}, {Label: "定稿并导出 Word", Href: "/report/freeze", Post: true, Kind: page.Primary, Confirm: &page.Confirm{Title: "定稿", Says: "34 个数字照存证点 № 1204 封存，以后的更正另列，不改这一份。", Verb: "定稿并导出"}}},
		Outline: []page.OutlineItem{{"开头", "#s0", "2 处", false, false}, {"一、农民培训", "#s1", "17 处", false, true}, {"（一）总体情况", "#s1", "", true, false}, {"（二）各乡镇", "#s1", "", true, false}, {"二、科普活动", "#s2", "8 处", false, false}, {"五、存在问题", "#s5", "空", false, false}}, OutlineAdd: &page.Action{Label: "添加", Href: "/report/section"},
		Tally: []page.TallyLine{{"数字", "35 处", false, false}, {"活数字", "34", false, false}, {"其中有更新", "1", true, true}, {"手填", "1", false, true}}, Paper: doc, Panel: panel}))
}

func importSample() templ.Component {
	fields := []page.Option{{Value: "name", Label: "班名"}, {Value: "day", Label: "日期"}, {Value: "place", Label: "地点"}, {Value: "attendances", Label: "培训人次"}}
	v := page.ImportReview{Title: "核对要导入的", Crumbs: []page.NavItem{{Label: "导入", Href: "/import"}, {Label: "000-records.xlsx"}}, File: "000-records.xlsx，3 张表，48 行", Action: "/import/1", At: at("/import/1", ""), Says: "先存为待核实，由周敏核实；同一个文件再导入不会重复",
		Buttons: []page.Action{{Label: "导入 43 行", Kind: page.Primary, Name: "act", Value: "import"}, {Label: "照改过的对应再核对", Name: "act", Value: "map"}}, Leave: &page.Action{Label: "不导入", Href: "/import"},
		Sheets: []page.ImportSheet{{Name: "农村实用技术培训", Field: "sheet.0", Kind: "short", Kinds: []page.Option{{Value: "short", Label: "培训班：实用技术"}, {Value: "farm", Label: "培训班：农函大"}}, Open: true, Says: "表头在第 2—3 行；28 行，另有 1 行合计只核对", Asks: []page.MapInput{{Field: "year.0", Label: "没写年份的日期算哪一年", Value: "2026"}, {Field: "head.0", Label: "表头在第几行", Value: "2—3"}}, Lines: []page.RowRemark{{Cell: "第 32 行", Text: "合计，只用来核对"}, {Cell: "第 33 行", Text: "签字：单位负责人", Wrong: false}}, Map: []page.MapColumn{{Letter: "A", Head: "序号", Sample: "1", Field: "col.0.0", Options: fields, Sure: "序号不用"}, {Letter: "B", Head: "培训内容", Sample: "核桃嫁接", Field: "col.0.1", Chosen: "name", Options: fields, Sure: "上次的对应"}, {Letter: "E", Head: "人数", Sample: "191人次", Field: "col.0.4", Chosen: "attendances", Options: fields, Sure: "像是人次，请看一眼", Care: true}}},
			{Name: "Sheet3", Field: "sheet.2", Hidden: true, Says: "空表，不导入"}},
		Verdicts:  []page.View{{Label: "全部", Href: "?v=", Count: 48, Active: true}, {Label: "新增", Href: "?v=new", Count: 43}, {Label: "请看一眼", Href: "?v=warned", Count: 1}, {Label: "进不了", Href: "?v=rejected", Count: 3}},
		Sums:      []page.ImportSum{{Where: "农村实用技术培训，第 32 行「合计」", Stated: "5,050", Added: "5,050"}, {Where: "农函大，第 20 行「合计」", Stated: "492", Added: "490", Differs: true}},
		Places:    []page.ImportPlace{{Value: "青坪乡", Name: "青坪乡", Says: "2 行，先在「农函大」第 5 行；最接近的是青溪乡"}, {Name: "县委党校", Says: "1 行，先在「农函大」第 9 行；不是乡镇和村，请改表"}},
		AllPlaces: &page.Action{Label: "2 个都新建（从2024年1月1日起有），再核对", Name: "act", Value: "places", Small: true},
		Gone:      []page.ImportGone{{Number: "PX-0031", Href: "/record", Title: "白塔乡茶园管理培训班", Where: "「农函大」第 7 行"}}, GoneMore: 3, Covers: "2026年3月至5月",
		Heads: []page.ImportHead{{Label: "班名"}, {Label: "日期"}, {Label: "地点"}, {Label: "人次", Num: true}},
		Rows:  []page.ImportRow{{Where: "第 4 行", Verdict: page.RowNew, Cells: []string{"核桃嫁接", "3月5日", "青溪乡", "191"}}, {Where: "第 12 行", Verdict: page.RowWarned, Cells: []string{"茶园管理", "4月2日", "白塔乡", "约 161"}, Says: []page.RowRemark{{Cell: "E12", Text: "「约161」读作约 161，计入时注明是估计"}}}, {Where: "第 13 行", Verdict: page.RowRejected, Cells: []string{"蔬菜种植", "2099.3.1", "石门镇", "50"}, Says: []page.RowRemark{{Cell: "C13", Text: "日期 2099年3月1日 还没有到，请核对", Wrong: true}}}, {Where: "第 32 行", Verdict: page.RowSkipped, Cells: []string{"合计", "", "", "5050"}}}}
	return within(frame("培训班", at("/import/1", "")), page.ImportReviewPage(v))
}

func importPagesSample() templ.Component {
	return within(frame("培训班", at("/import", "")),
		page.ImportStartPage(page.ImportStart{Title: "导入", Crumbs: []page.NavItem{{Label: "培训班", Href: "/list"}, {Label: "导入"}}, Action: "/import", Accept: ".xlsx,.csv", Says: "认得 xlsx、csv，最大 50 MB；.xls、.et 请另存为 xlsx",
			Fields:  page.SelectField(page.Select{Field: page.Field{Name: "year", Label: "年度", Value: "2026"}, Options: []page.Option{{Value: "2026", Label: "2026年"}, {Value: "2025", Label: "2025年"}}}),
			Samples: []page.Link{{Label: "实用技术培训班一览表.xlsx", Href: "/samples/1"}}, Earlier: page.List{ID: "earlier", Title: "导入过的", At: page.Address{Path: "/import"}, Search: "文件名、谁",
				Columns: []page.Column{{Label: "文件", Kind: page.MainColumn}, {Label: "时间", Plain: true}, {Label: "谁", Plain: true}, {Label: "结果", Kind: page.StateColumn}},
				Rows: []page.Row{{Name: "上半年培训.xlsx", Href: "/import/1", Cells: []templ.Component{page.LinkCell("/import/1", "上半年培训.xlsx"), page.Faint("7月3日 9:12"), page.Cell("周敏"), page.Cell("31 行进账")}},
					{Name: "培训（旧）.xlsx", Href: "/import/2", Left: true, Cells: []templ.Component{page.LinkCell("/import/2", "培训（旧）.xlsx"), page.Faint("7月3日 9:02"), page.Cell("周敏"), page.Cell("已撤销")}}}}}),
		page.ImportRunPage(page.ImportRun{Title: "导入", Crumbs: []page.NavItem{{Label: "导入"}}, File: "花名册.xlsx", Notes: []page.Notice{{Kind: page.Caution, Text: "停在 1,240 行"}}, Actions: []page.Action{{Label: "接着导入", Href: "/import/1/go-on", Post: true}},
			Work: &page.Work{Title: "导入花名册", Done: 1240, Total: 1600, Noun: "行", Says: "约 20 秒，可离开本页", StopHref: "/import/1/stop"}}),
		page.ImportResultPage(page.ImportResult{Title: "导入完成", Lead: "导入完成：1,588 行成功，12 行没进", Text: "多为身份证号位数不对。", FixHref: "/import/1/rejected.xlsx", FixText: "下载这 12 行", Wrong: true, Counts: []page.Big{{"1,588", "行", "新增", ""}, {"12", "行", "没进", ""}},
			Actions: []page.Action{{Label: "撤销本次导入", Href: "/import/1/undo", Post: true, Kind: page.Danger, Confirm: &page.Confirm{Title: "撤销本次导入", Says: "1,588 条记录作废，各留一笔经过。", Reason: "为什么撤销", Verb: "撤销"}}, {Label: "看这批记录", Href: "/list?batch=1", Kind: page.Primary}},
			Heads:   []page.ImportHead{{Label: "姓名"}}, LeftTitle: "没进的行", Left: []page.ImportRow{{Where: "第 9 行", Verdict: page.RowRejected, Cells: []string{"李某"}, Says: []page.RowRemark{{Cell: "D9", Text: "身份证号 17 位，应为 18 位", Wrong: true}}}}}))
}
