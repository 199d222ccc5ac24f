package page_test

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"

	"shilu/internal/core/page"
)

func listSample(empty bool) templ.Component {
	a := at("/list", "date_from=2026-08-20&date_to=2026-09-18&sort=-day")
	if empty {
		a = a.With("township", "mps")
	}
	l := page.List{Title: "培训班", At: a, Search: "班名、地点、教师、填报人",
		Actions: []page.Action{{Label: "导入", Href: "/import", Icon: "up"}, {Label: "导出", Href: "/list?as=xlsx", Icon: "down"}, {Label: "新建培训班", Href: "/form", Icon: "plus", Kind: page.Primary}},
		Views:   []page.View{{Label: "全部", Href: "/list", Count: 73, Active: true}, {Label: "待我核实", Href: "/list?view=1", Count: 5}, {Label: "已退回", Href: "/list?view=2", Count: 2}, {Label: "本月", Href: "/list?view=3", Count: 8}, {Label: "缺佐证", Href: "/list?view=4", Count: 3}},
		Filters: []page.Filter{
			{Key: "township", Label: "乡镇", Find: true, Options: []page.Option{{Label: "全部"}, {Value: "mps", Label: "磨盘山乡"}, {Value: "qx", Label: "青溪乡"}}},
			{Key: "subject", Label: "专业", Options: []page.Option{{Label: "全部"}, {Value: "ht", Label: "林果 · 核桃", Count: 14}}},
			{Key: "date", Label: "日期", Dates: true},
			{Key: "state", Label: "状态", Options: []page.Option{{Label: "全部"}, {Value: "draft", Label: "草稿"}}},
		},
		Columns: []page.Column{{Label: "编号", Kind: page.CodeColumn}, {Label: "班名", Kind: page.MainColumn, Sort: "name"}, {Label: "地点"}, {Label: "日期", Sort: "day"}, {Label: "学时", Kind: page.NumColumn}, {Label: "人次", Kind: page.NumColumn, Sort: "attendances"}, {Label: "实训人", Kind: page.NumColumn}, {Label: "佐证"}, {Label: "状态", Kind: page.StateColumn}, {Label: "填报人"}},
		Batch:   &page.Batch{Noun: "期", SumUnit: "人次", Action: "/list/batch", Actions: []page.Action{{Label: "核实", Kind: page.Primary, Small: true, Name: "act", Value: "verify"}, {Label: "退回", Small: true, Name: "act", Value: "return"}, {Label: "加标签", Small: true, Name: "act", Value: "tag"}, {Label: "导出所选", Small: true, Name: "act", Value: "export"}}},
		Pager:   page.Pager{Page: 1, Last: 2},
		Foot:    page.ListFoot(page.FootSum{Noun: "期", All: 14, Verified: 9, Proof: page.ProofOutline, VerifiedHref: "/trace", Unit: "人次", Sum: "509", SumHref: "/trace"}),
	}
	if empty {
		l.Actions[2].Kind = page.Plain
		l.Empty = &page.Empty{Title: "磨盘山乡 8月20日—9月18日没有已交的培训班", Reason: "有 1 期草稿未提交：魔芋种植技术，罗志强，9月3日。全年目标 6 期，已核实 2 期。",
			Actions: []page.Action{{Label: "看草稿", Href: "/form", Kind: page.Primary}, {Label: "提醒罗志强", Href: "/remind", Post: true}},
			Out:     &page.Action{Label: "清除筛选，看全部 73 期", Href: "/list"},
			Also:    page.Words("也可以下载样表填好后导入；村里没有网络时，用手机「记一笔」先存在本机。")}
		return within(frame("培训班", a), saved(a, page.ListPage(l), page.SavedView{Name: "磨盘山的", Active: true}))
	}
	for _, r := range []struct {
		no, name, place, day, hours, n, people, papers, state, by string
		chosen                                                    bool
	}{
		{"PX-0073", "核桃高接换优技术（第2期）", "青溪乡 大箐村", "9月16日", "6", "58", "56", "5 件", "submitted", "李文芳", true},
		{"PX-0072", "生猪秋季防疫技术", "河西镇 李家营", "9月15日", "4", "64", "61", "4 件", "submitted", "赵永康", true},
		{"PX-0071", "秋季蔬菜育苗与移栽", "大营镇 小河边村", "9月14日", "6", "71", "68", "5 件", "submitted", "何正华", true},
		{"PX-0070", "科普专干业务培训", "县科协三楼会议室", "9月11日", "8", "42", "42", "5 件", "verified", "周敏", false},
		{"PX-0069", "大蒜根腐病、蒜蛆防治", "龙泉乡 龙泉村", "9月9日", "4", "66", "60", "4 件", "verified", "段光明", false},
		{"PX-0068", "花椒采后修剪", "红岩乡 上红岩村", "9月8日", "4", "约 50", "46", "", "returned", "和丽琼", false},
		{"PX-0067", "手机应用与防诈骗（老年班）", "河东镇 北门社区", "9月4日", "3", "83", "83", "4 件", "verified", "杨春梅", false},
		{"PX-0066", "魔芋种植技术", "磨盘山乡 磨盘村", "9月3日", "6", "", "", "", "draft", "罗志强", false},
		{"PX-0065", "家庭农场记账与电商", "松坪镇 松坪社区", "8月29日", "12", "48", "45", "6 件", "verified", "孙国栋", false},
		{"PX-0064", "中药材黄精田间管理", "石门镇 石门坎村", "8月27日", "6", "55", "52", "4 件", "verified", "张家明", false},
	} {
		papers := page.Cell(r.papers)
		if r.papers == "" {
			papers = page.Missing("缺签到册")
		}
		sum, _ := strconv.ParseInt(r.n, 10, 64)
		l.Rows = append(l.Rows, page.Row{ID: r.no, Name: r.name, Href: "/record", Sum: sum, Chosen: r.chosen, Cells: []templ.Component{
			page.Faint(r.no), page.LinkCell("/record", r.name), page.Cell(r.place), page.Cell(r.day), page.Cell(r.hours),
			page.FigureLink(page.Figure{Name: "培训人次", Value: r.n, Href: "/trace"}), page.Cell(r.people), papers, page.StateBadge(r.state), page.Cell(r.by)}})
	}
	return within(frame("培训班", a), saved(a, page.ListPage(l), page.SavedView{Name: "青溪乡核桃", Href: "/list?q=x"}))
}

// saved shows a list to somebody who has saved views of it.
func saved(a page.Address, body templ.Component, views ...page.SavedView) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return body.Render(page.WithSaved(ctx, page.Saved{Path: a.Path, Query: a.Query.Encode(), Views: views}), w)
	})
}
