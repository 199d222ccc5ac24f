package app_test

import (
	"fmt"
	"net/url"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/id"
	"shilu/internal/work/activity"
)

// pagesOfActivities are the pages of activities, with a year of them: lectures in townships, a joint street day with shares, a tour,
// a plan that has passed, two reports of one event.
func pagesOfActivities(w *apptest.World) []shot {
	units := members(w, w, "农业农村局", "卫生健康局", "林业局", "气象局", "教育局")
	s, officer, second := w.App.Activity, w.As(apptest.Officer), w.As(apptest.Second)
	create := func(ctx func() (h register.Entered, err error)) register.Entered {
		return must[register.Entered](w)(ctx())
	}
	enter := func(a activity.Activity, submit bool) flow.Head {
		return create(func() (register.Entered, error) {
			return s.Create(officer, register.New[activity.Activity]{Body: a, Submit: submit})
		}).Head
	}
	topics := []string{"核桃黑斑病防治讲座", "老年人健康讲座", "气象防灾知识讲座", "科学饮食讲座", "森林防火宣传", "青少年天文观测"}
	for i := range 18 {
		a := lectureIn(w, w)
		a.Name, a.Unit = topics[i%len(topics)], orgtest.Unit(w, w.Tree, fmt.Sprintf("u%02d", i%10+1)).ID
		a.Place = orgtest.Place(w, w.Tree, fmt.Sprintf("%02d%02d", i%10+1, i%2+1)).ID
		a.Start = day.Day(fmt.Sprintf("2026-%02d-%02d", i%9+1, i+1))
		a.End, a.Counts = a.Start, counts("onsite", 40+7*i, "experts", 1+i%3)
		a.Campaigns = nil
		if a.Start.Month() == 3 {
			a.Campaigns = []string{"科技之春"}
		}
		if a.Start.Month() == 9 {
			a.Campaigns = []string{"全国科普月"}
		}
		if i%6 == 5 {
			a.Category, a.Site = "youth", "学校"
		}
		h := enter(a, true)
		if i%5 != 4 {
			must[flow.Head](w)(s.Verify(second, h.ID, h.Version, ""))
		}
	}
	street := joint(w, w, units)
	street.Materials = []activity.Material{{Title: "森林防火宣传手册", Kind: "booklet", Copies: register.Count{N: 600}, Source: "县林业局"}, {Title: "环保袋", Kind: "giveaway", Copies: register.Count{N: 300}}}
	street.Media = []activity.Report{{Outlet: "云岭日报", Level: "县级", Day: "2026-09-17", Title: "科普进广场，知识送群众", Link: "https://example.org/2026/0917"}}
	street.Leaders, street.Key = []string{"刘副县长"}, true
	h := enter(street, true)
	for i, u := range units[:3] {
		must[flow.Head](w)(s.EnterShare(w.As(u.Code), activity.ShareInput{Activity: h.ID, Unit: u.ID, Client: id.New(), Counts: counts("panels", 20+10*i, "staff", 6, "consults", 80+i*30, "clinics", 50*i),
			Materials: []activity.Material{{Title: "核桃丰产技术", Kind: "leaflet", Copies: register.Count{N: int64(200 + 100*i)}}}}))
	}
	tour := lectureIn(w, w)
	tour.Category, tour.Name, tour.Campaigns, tour.Unit, tour.Counts, tour.Site = "other", "送科技下乡小分队", []string{"送科技下乡"}, w.Tree.Office().ID, counts("banners", 3), ""
	tour.Place, tour.Venue, tour.Start, tour.End = orgtest.Place(w, w.Tree, "02").ID, "", "2026-04-07", "2026-04-09"
	for i := range 4 {
		tour.Stops = append(tour.Stops, activity.Stop{Day: day.Day(fmt.Sprintf("2026-04-%02d", 7+i%3)), Spot: activity.Spot{Place: orgtest.Place(w, w.Tree, fmt.Sprintf("02%02d", i%2+1)).ID, Venue: "村部"},
			Counts: counts("onsite", 40+i*8, "consults", 12+i), Needs: []string{"核桃黑斑病", "想学养蜂", "", "大棚通风"}[i]})
	}
	tour.Bodies.Teams = []string{"农技队", "卫生队"}
	t := enter(tour, true)
	must[flow.Head](w)(s.Verify(second, t.ID, t.Version, ""))
	plan := lectureIn(w, w)
	plan.Name, plan.Life, plan.Start, plan.End, plan.Counts, plan.Campaigns = "重阳节健康讲座", activity.Planned, "2026-10-20", "2026-10-20", nil, nil
	plan.Unit = orgtest.Unit(w, w.Tree, "u06").ID
	must[register.Entered](w)(s.Create(w.As(apptest.Clerk), register.New[activity.Activity]{Body: plan}))
	plan.Name, plan.Start, plan.End = "中秋科普晚会", "2026-09-05", "2026-09-05"
	must[register.Entered](w)(s.Create(w.As(apptest.Clerk), register.New[activity.Activity]{Body: plan}))
	one := lectureIn(w, w)
	one.Name, one.Start, one.End = "儿童近视防控讲座", "2026-09-14", "2026-09-14"
	stays := must[register.Entered](w)(s.Create(w.As(apptest.Clerk), register.New[activity.Activity]{Body: one, Submit: true}))
	one.Name, one.Unit, one.Counts = "近视防控讲座（儿童）", units[1].ID, counts("onsite", 98, "experts", 3)
	other := must[register.Entered](w)(s.Create(w.As(units[1].Code), register.New[activity.Activity]{Body: one, Submit: true}))
	month := "/campaigns/" + url.PathEscape("全国科普月") + "?year=2026"
	week := "/settings/campaigns/" + url.PathEscape("科技活动周") + "?year=2026"
	press := func(text string) func(c *apptest.Chrome) {
		return func(c *apptest.Chrome) { c.Press(text); time.Sleep(600 * time.Millisecond) }
	}
	return []shot{
		{name: "activities", who: apptest.Officer, path: "/activity"},
		{name: "activities-clerk", who: apptest.Clerk, path: "/activity"},
		{name: "activities-empty", who: apptest.Officer, path: "/activity?campaign=" + url.QueryEscape("快乐老乡")},
		{name: "activity-joint", who: apptest.Second, path: "/activity/" + h.Number},
		{name: "activity-tour", who: apptest.Officer, path: "/activity/" + t.Number},
		{name: "activity-similar", who: apptest.Officer, path: "/activity/" + other.Number},
		{name: "activity-join", who: apptest.Officer, path: "/activity/" + other.Number + "/join/" + stays.Number},
		{name: "activity-join-error", who: apptest.Officer, path: "/activity/" + other.Number + "/join/" + stays.Number, do: press("并为一场")},
		{name: "activity-new", who: apptest.Clerk, path: "/activity/new"},
		{name: "activity-new-open", who: apptest.Clerk, path: "/activity/new", do: func(c *apptest.Chrome) {
			apptest.Eval[bool](c, "document.querySelectorAll('details.fold').forEach(d => d.open = true) || true")
		}},
		{name: "activity-new-error", who: apptest.Clerk, path: "/activity/new", do: press("提交")},
		{name: "activity-edit", who: apptest.Second, path: "/activity/" + h.Number + "/edit", fault: false},
		{name: "share-new", who: units[3].Code, path: "/activity/" + h.Number + "/share"},
		{name: "share-error", who: units[4].Code, path: "/activity/" + h.Number + "/share", do: press("交份额")},
		{name: "share-mine", who: units[0].Code, path: "/activity/" + h.Number + "/share"},
		{name: "share-record", who: apptest.Second, path: "/activity.share/" + must[activity.Joint](w)(s.Joint(officer, h.Number)).Shares[0].Number},
		{name: "shares", who: apptest.Second, path: "/activity.share"},
		{name: "campaigns", who: apptest.Officer, path: "/campaigns?year=2026"},
		{name: "campaign", who: apptest.Officer, path: month},
		{name: "campaign-clerk", who: apptest.Clerk, path: month},
		{name: "campaign-empty", who: apptest.Officer, path: "/campaigns/" + url.PathEscape("快乐老乡") + "?year=2025"},
		{name: "campaigns-none", who: apptest.Officer, path: "/campaigns?year=2026&q=" + url.QueryEscape("没有的词")},
		{name: "unreached", who: apptest.Officer, path: "/campaigns/unreached?year=2026"},
		{name: "editions", who: apptest.Chair, path: "/settings/campaigns?year=2026"},
		{name: "editions-empty", who: apptest.Clerk, path: "/settings/campaigns?year=2026&q=" + url.QueryEscape("没有的词")},
		{name: "edition-new", who: apptest.Chair, path: week},
		{name: "edition-error", who: apptest.Chair, path: week, do: func(c *apptest.Chrome) {
			c.Day("to", "2025-05-30")
			c.Press("改")
			c.Shows("比开始日期")
		}},
		{name: "edition-set", who: apptest.Chair, path: week, do: func(c *apptest.Chrome) {
			c.Day("from", "2026-05-23")
			c.Day("to", "2026-06-02")
			c.Fill("theme", "矢志创新发展 建设科技强国")
			c.Press("改")
			c.Shows("本县定的")
		}},
		{name: "edition-clerk", who: apptest.Clerk, path: week},
	}
}
