package page_test

import (
	"context"
	"io"

	"shilu/internal/core/page"
)

type (
	writer = io.Writer
	ctx    = context.Context
)

// frame is the frame of every sample; here names the entry of the rail that is open.
func frame(here string, a page.Address) page.Frame {
	item := func(label, href string, count int64) page.NavItem {
		return page.NavItem{Label: label, Href: href, Count: count, Active: label == here}
	}
	scope := page.ScopeBar{At: a, Where: "全县", Period: "2026年1月1日—9月18日", From: "2026-01-01", To: "2026-09-18",
		Units:   []page.Choice{{Label: "全县", Chosen: true}, {Value: "office", Label: "县科协", Depth: 1}, {Value: "qx", Label: "青溪乡科协", Depth: 1}},
		Places:  []page.Choice{{Value: "qxx", Label: "青溪乡", Depth: 1}, {Value: "dqc", Label: "大箐村", Depth: 2}},
		Periods: []page.Choice{{Value: "2026", Label: "本年", Chosen: true}, {Value: "2025", Label: "去年"}, {Value: "2026-Q3", Label: "本季"}, {Value: "2026-Q2", Label: "上季"}, {Value: "2026-09", Label: "本月"}},
		Tags:    []page.TagChoice{{Kind: "主题活动", Key: "campaign", Value: "kpy", Label: "全国科普月"}, {Kind: "对象", Key: "audience", Value: "farmer", Label: "农民"}},
	}
	return page.Frame{Title: here, Association: "云岭县科学技术协会", At: a, Scope: &scope, SearchHref: "/search", TodoHref: "/todo", Todo: 9,
		Nav: []page.NavGroup{
			{Items: []page.NavItem{item("首页", "/", 0)}},
			{Title: "业务记录", Items: []page.NavItem{item("科普活动", "/activities", 0), item("培训班", "/list", 5), item("阵地设施", "/sites", 2), item("大篷车与巡展", "/caravan", 0), item("志愿服务", "/volunteers", 1), item("青少年科技", "/youth", 0), item("咨询解答", "/answers", 1), item("组织与人员", "/people", 0), item("项目经费", "/projects", 0)}},
			{Title: "数字", Items: []page.NavItem{item("目标与进度", "/goals", 0), item("乡镇考核", "/assessment", 0), item("统计报表", "/forms", 0), item("报告与简报", "/reports", 0), item("数字核对", "/check", 0)}},
		},
		NavFoot: []page.NavItem{item("台账与存证", "/ledger", 0), item("设置", "/settings", 0)},
		Person:  page.Person{Name: "周敏", Where: "办公室", PasswordHref: "/password", LogoutHref: "/logout", LangHref: "/language"},
		Stand:   page.PrintStand{Scope: "全县，2026年1月1日—9月18日", Checkpoint: "1204", Day: "2026年9月18日"},
	}
}
