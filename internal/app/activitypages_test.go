package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/work/activity"
)

// activityForm is the form of a lecture in 青溪乡 as the clerk fills it in.
func activityForm(change ...string) url.Values {
	v := url.Values{"id": {id.New()}, "category": {"lecture"}, "life": {"held"}, "name": {"老年人健康讲座"}, "unit": {"u06"}, "place": {"青溪乡 青溪乡上村"}, "venue": {"文化室"}, "site": {"村"},
		"start": {"2026-09-10"}, "end": {"2026-09-10"}, "onsite": {"120"}, "exact": {"exact"}, "experts": {"2"}, "audiences": {"老年人"}, "campaigns": {"全国科普月"}, "act": {"submit"}}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

// enterActivity sends the form of a new activity and gives its number.
func enterActivity(t *testing.T, b *apptest.Browser, form url.Values) string {
	t.Helper()
	got := b.Post("/activity/new", form)
	number := strings.TrimPrefix(got.Path, "/activity/")
	if got.Status != http.StatusOK || !strings.HasPrefix(number, "HD-") {
		t.Fatalf("the activity was not taken: %d at %s\n%s", got.Status, got.Path, plainText(got.Body))
	}
	number, _, _ = strings.Cut(number, "?")
	return number
}

// activityHead reads the record of a number as the officer sees it.
func activityHead(t *testing.T, w *apptest.World, kind, number string) (h flow.Head) {
	t.Helper()
	ctx := w.As(apptest.Officer)
	if err := w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
		h, err = flow.ByNumber(ctx, tx, kind, number)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return h
}

// TestAnActivityByItsPages: a clerk reports with all that an activity may have, an officer verifies, an outsider sees nothing, and
// the campaign and the villages never reached follow.
func TestAnActivityByItsPages(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer, outsider := w.Sign(apptest.Clerk), w.Sign(apptest.Officer), w.Sign(apptest.Outsider)
		answers(t, clerk.Get("/activity"), 200, "科普活动", "新建科普活动")
		answers(t, clerk.Get("/activity/new"), 200, "活动名称", "参加单位", "发放资料", "各站", "青溪乡科协")
		wrong := clerk.Post("/activity/new", activityForm("onsite", "", "end", "2026-09-01", "name", "", "materials.0.title", "手册", "materials.0.kind", "", "materials.0.copies", "好多"))
		answers(t, wrong, 422, "请写活动名称", "结束日期", "好多", "请选「手册」的种类", "请填现场参加或线上参加的人次")
		answers(t, clerk.Post("/activity/new", activityForm("life", "planned")), 422, "还没有办，办完再提交")
		answers(t, clerk.Post("/activity/new", activityForm("onsite", "-3", "cost", "很多钱", "start", "2099-01-01", "end", "2099-01-01")), 422, "是负数", "很多钱", "请核对年份")
		answers(t, clerk.Post("/activity/new", activityForm("parent", "HD-9999")), 422, "没有编号为 HD-9999 的活动")
		answers(t, clerk.Post("/activity/new", activityForm("unit", "u02")), 422, "不归你填")
		form := activityForm("materials.0.title", "老年人防跌倒", "materials.0.kind", "booklet", "materials.0.copies", "约100", "materials.0.source", "县科协", "media.0.outlet", "云岭日报", "media.0.level", "县级",
			"media.0.day", "2026-09-11", "media.0.title", "送健康到村", "media.0.link", "https://example.org/1", "partners.0.name", "云岭县人民医院", "partners.0.role", "协办", "leaders", "刘县长", "cost", "1200.50",
			"drives.0.drive", "五进一联", "drives.0.item", "进乡村", "marks", "重点", "panels", "12", "summary", "来了一百多人")
		number := enterActivity(t, clerk, form)
		page := "/activity/" + number
		answers(t, clerk.Get(page), 200, "老年人健康讲座", "待核实", "云岭县人民医院（协办）", "1200.50", "老年人防跌倒", "送健康到村", "重点", "核实后计入", "全国科普月")
		answers(t, outsider.Get(page), 404)
		leavesOut(t, outsider.Get("/activity"), "老年人健康讲座")
		answers(t, officer.Post(page+"/verify", shown(activityHead(t, w, activity.Kind, number))), 200, "已核实")
		figures(t, w, map[string]string{"event.lectures": "1", "event.key_activities": "1", "media.reports": "1", "media.outlets": "1", "event.drive_items": "1", "event.panels": "12", "media.materials": "约 100"})
		answers(t, officer.Get("/activity?campaign=%E5%85%A8%E5%9B%BD%E7%A7%91%E6%99%AE%E6%9C%88&life=held&category=lecture"), 200, "老年人健康讲座")
		leavesOut(t, officer.Get("/activity/export?format=csv&campaign=%E7%A7%91%E6%8A%80%E4%B9%8B%E6%98%A5"), "老年人健康讲座")
		answers(t, officer.Get("/activity?q=%E9%98%B2%E8%B7%8C%E5%80%92"), 200, "老年人健康讲座")
		for _, format := range []string{"csv", "xlsx"} {
			if got := officer.Get("/activity/export?format=" + format); got.Status != 200 || len(got.Body) < 100 {
				t.Errorf("export as %s answers %d with %d bytes", format, got.Status, len(got.Body))
			}
		}
		answers(t, officer.Get("/campaigns?year=2026"), 200, "科技之春宣传月", "全国科普月（含科普日主场）", "文化科技卫生")
		answers(t, officer.Get("/campaigns?year=2024"), 200, "全国科普日")
		month := officer.Get("/campaigns/" + url.PathEscape("全国科普月") + "?year=2026")
		answers(t, month, 200, "2026年全国科普月", "老年人健康讲座", "统计表", "/figures/event.activities?period=2026-09&amp;tag=campaign")
		answers(t, officer.Get("/campaigns/"+url.PathEscape("没有")+"?year=2026"), 404)
		table := sheet(t, officer.Get("/campaigns/"+url.PathEscape("全国科普月")+"/table?year=2026"), "统计表")
		if last := table[len(table)-1]; last[0] != "合计" || last[1] != "1 场" || last[6] != "120" {
			t.Errorf("the last row of the table is %q", last)
		}
		missed := officer.Get("/campaigns/unreached?year=2026")
		answers(t, missed, 200, "青溪乡下村", "20 个村（社区）里 19 个没到过")
		leavesOut(t, missed, ">青溪乡上村<")
		answers(t, officer.Get("/campaigns/unreached?year=2026&campaign="+url.QueryEscape("科技之春")), 200, "20 个没到过")
		if got := officer.Get("/campaigns/unreached/export?year=2026&format=csv"); strings.Contains(got.Body, "青溪乡上村") || !strings.Contains(got.Body, "青溪乡下村") {
			t.Errorf("the file of villages never reached says %.200s", got.Body)
		}
		// A revision keeps what the form does not show, and the old number until it is verified.
		edit := activityForm("version", itoa(activityHead(t, w, activity.Kind, number).Version), "onsite", "130", "reason", "漏数 10 人")
		edit.Del("id")
		answers(t, clerk.Post(page+"/edit", edit), 200, "待核实")
		figures(t, w, map[string]string{"event.lectures_att": "120"})
	})
}

// TestATourIsEnteredInOneForm: each stop is a row, the tour counts once, and a stop that is wrong is named.
func TestATourIsEnteredInOneForm(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer := w.Sign(apptest.Clerk), w.Sign(apptest.Officer)
		tour := func(change ...string) url.Values {
			v := activityForm("category", "other", "name", "送科技下乡", "start", "2026-03-02", "end", "2026-03-03", "onsite", "", "experts", "", "place", "青溪乡", "campaigns", "送科技下乡",
				"stops.0.day", "2026-03-02", "stops.0.place", "青溪乡上村", "stops.0.onsite", "60", "stops.0.needs", "核桃黑斑病",
				"stops.1.day", "2026-03-03", "stops.1.place", "青溪乡下村", "stops.1.onsite", "约40", "stops.1.clinics", "")
			for i := 0; i+1 < len(change); i += 2 {
				v.Set(change[i], change[i+1])
			}
			return v
		}
		answers(t, clerk.Post("/activity/new", tour("stops.1.day", "2026-04-03", "stops.0.onsite", "")), 422, "第 2 站的日期")
		answers(t, clerk.Post("/activity/new", tour("stops.0.onsite", "")), 422, "第 1 站没有填现场参加")
		// All that is wrong with the stops is said at once, by the numbers of the rows on the page: an empty row has none.
		answers(t, clerk.Post("/activity/new", tour("stops.0.day", "2026-02-01", "stops.0.onsite", "", "stops.1.day", "", "stops.1.place", "", "stops.1.onsite", "", "stops.1.clinics", "",
			"stops.2.day", "2026-04-03", "stops.2.place", "青溪乡下村", "stops.2.onsite", "40")), 422, "第 1 站的日期 2026年2月1日", "第 2 站的日期 2026年4月3日", "第 1 站没有填现场参加", `name="stops.1.onsite" value="40"`)
		// A cell says one thing that is wrong with it, and what could not be read is not missing, too.
		got := clerk.Post("/activity/new", tour("stops.0.day", "2026-13-05", "stops.0.onsite", "abc", "stops.1.place", "无此村"))
		answers(t, got, 422, "还有 3 处要改才能提交", "没有「无此村」", "现场参加「abc」看不懂", "2026-13-05")
		leavesOut(t, got, "站请写日期", "站请选地点", "站没有填", "请填现场参加")
		answers(t, clerk.Post("/activity/new", tour("onsite", "99")), 422, "各站现场参加相加是 100，这里填了 99")
		answers(t, clerk.Post("/activity/new", tour("rows", "add:stops")), 200, "stops.2.day")
		number := enterActivity(t, clerk, tour("place", "")) // which its stops say
		answers(t, clerk.Get("/activity/"+number), 200, "核桃黑斑病", "各站", "青溪乡 青溪乡下村")
		rec, err := w.App.Activity.Get(w.As(apptest.Clerk), number)
		if err != nil || w.Tree.Place(rec.Body.Place).Name != "青溪乡" {
			t.Errorf("the tour is at %q: %v", w.Tree.Place(rec.Body.Place).Name, err)
		}
		answers(t, officer.Post("/activity/"+number+"/verify", shown(activityHead(t, w, activity.Kind, number))), 200)
		table := sheet(t, officer.Get("/campaigns/"+url.PathEscape("送科技下乡")+"/table?year=2026"), "统计表")
		if one, last := table[len(table)-2], table[len(table)-1]; one[6] != "约100" || last[6] != "约100" {
			t.Errorf("the table of the campaign says %q and %q in all", one[6], last[6])
		}
		figures(t, w, map[string]string{"event.activities": "1", "event.attendances": "约 100", "event.onsite_att": "约 100", "event.onsite_villages": "2", "event.villages_covered": "2"})
	})
}

// TestARevisedTourKeepsWhatItsFormDoesNotShow: panels that a list or the API gave a stop stay with that stop when another is taken out.
func TestARevisedTourKeepsWhatItsFormDoesNotShow(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, clerk := w.App.Activity, w.Sign(apptest.Clerk)
		a := lectureIn(t, w)
		a.Name, a.Start, a.End, a.Counts = "送科技下乡", "2026-03-02", "2026-03-04", nil
		for i, panels := range []int{5, 7, 9} {
			place := orgtest.Place(t, w.Tree, fmt.Sprintf("06%02d", i%2+1)).ID
			a.Stops = append(a.Stops, activity.Stop{Day: a.Start.Add(i), Spot: activity.Spot{Place: place, Venue: fmt.Sprintf("场坝%d", i+1)}, Counts: counts("onsite", 40, "panels", panels)})
		}
		h := must[register.Entered](t)(s.Create(w.As(apptest.Clerk), register.New[activity.Activity]{Body: a}))
		page := "/activity/" + h.Number
		form := activityForm("version", itoa(h.Version), "name", a.Name, "category", a.Category, "start", "2026-03-02", "end", "2026-03-04", "place", "青溪乡", "onsite", "", "experts", "", "act", "save",
			"stops.0.day", "", "stops.1.day", "2026-03-03", "stops.1.place", "青溪乡下村", "stops.1.onsite", "40", "stops.2.day", "2026-03-04", "stops.2.place", "青溪乡上村", "stops.2.onsite", "50")
		form.Del("id")
		answers(t, clerk.Get(page+"/edit"), 200, `name="stops.2.panels" value="9"`) // a count that the stops have has a column
		answers(t, clerk.Post(page+"/edit", form), 200, "场坝2", "场坝3")
		rec, err := s.Get(w.As(apptest.Clerk), h.Number)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, stop := range rec.Body.Stops {
			got += fmt.Sprintf("%s %s %d/%d; ", stop.Day, stop.Venue, stop.Counts["onsite"].N, stop.Counts["panels"].N)
		}
		if want := "2026-03-03 场坝2 40/7; 2026-03-04 场坝3 50/9; "; got != want {
			t.Errorf("the tour without its first stop is %q, want %q", got, want)
		}
	})
}

// TestPartnersOnThePhone: the page of a unit's share, its total, the same sending twice, a clash, and who may not.
func TestPartnersOnThePhone(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		units := members(t, w, "农业农村局", "卫生健康局")
		officer, second, farm, health, clerk := w.Sign(apptest.Officer), w.Sign(apptest.Second), w.Sign("m01"), w.Sign("m02"), w.Sign(apptest.Clerk)
		form := activityForm("category", "consult", "name", "科普日一条街", "unit", "office", "place", "县直", "onsite", "1200", "panels", "20", "open", "yes", "start", "2026-09-16", "end", "2026-09-16",
			"partners.0.name", units[0].Name, "partners.0.role", "协办", "partners.1.name", units[1].Name, "partners.1.role", "协办")
		number := enterActivity(t, officer, form)
		page := "/activity/" + number
		answers(t, farm.Get("/activity?view=share"), 200, "科普日一条街")
		// Who does not see the whole county's figures is told what a record adds, with its word of exactness.
		own := activityForm("unit", "m01", "place", "县直", "onsite", "185", "exact", "about")
		if says := plainText(farm.Post("/activity/preview", own).Body); !strings.Contains(says, "约 +185") || !strings.Contains(says, "+1 ") {
			t.Errorf("a unit's preview says %s", says)
		}
		// The share is a to-do from the first day on, with the event's name and day; it is late only a week after the event.
		answers(t, farm.Get("/"), 200, "填份额", "科普日一条街", "9月16日", "9月23日前填", "1 件")
		leavesOut(t, farm.Get("/"), "联合活动待填份额")
		// Every page counts it, for the unit alone that is asked: beside 待办, and at 科普活动.
		for who, asked := range map[*apptest.Browser]bool{farm: true, clerk: false} {
			page := who.Get("/training").Body
			if strings.Contains(page, "待办 <b>1</b>") != asked || strings.Contains(page, `<span class="nav-count">1<span`) != asked {
				t.Errorf("the counts of who is asked (%v) are wrong", asked)
			}
		}
		answers(t, farm.Get("/todo"), 200, "填份额", "科普日一条街", "请我填的")
		leavesOut(t, clerk.Get("/todo"), "科普日一条街")
		late := enterActivity(t, officer, activityForm("category", "consult", "name", "科技活动周", "unit", "office", "place", "县直", "onsite", "300", "open", "yes", "start", "2026-09-07", "end", "2026-09-07",
			"partners.0.name", units[1].Name, "partners.0.role", "协办"))
		answers(t, health.Get("/"), 200, "联合活动待填份额", "科技活动周", "1 场", "逾期 4 天")
		answers(t, health.Get("/late"), 200, "联合活动待填份额", "科技活动周", "1 场")
		answers(t, officer.Get("/activity/"+late), 200, "还没有填", "逾期 4 天")
		answers(t, officer.Get(page), 200, "还没有填", "9月23日前填")
		answers(t, farm.Get(page), 200, "填本单位份额", "还没有填", "农业农村局（协办）")
		second.Post("/language", url.Values{"lang": {"en"}})
		answers(t, second.Get(page), 200, "农业农村局 (Co-organiser), 卫生健康局 (Co-organiser)")
		second.Post("/language", url.Values{"lang": {"zh"}})
		answers(t, farm.Get(page+"/share"), 200, "农业农村局的份额", "交份额", "接待")
		answers(t, clerk.Get(page+"/share"), 404)
		share := url.Values{"client": {id.New()}, "unit": {"m01"}, "panels": {"30"}, "consults": {"70"}, "materials.0.title": {"核桃丰产"}, "materials.0.kind": {"booklet"}, "materials.0.copies": {"200"}}
		answers(t, farm.Post(page+"/share", url.Values{"client": {id.New()}, "unit": {"m01"}}), 422, "请至少填一个数")
		answers(t, farm.Post(page+"/share", url.Values{"client": {id.New()}, "unit": {"m01"}, "panels": {"许多"}}), 422, "许多")
		answers(t, farm.Post(page+"/share", share), 200, "已交农业农村局的份额", "展出展板 50")
		answers(t, farm.Post(page+"/share", share), 200, "展出展板 50")
		again := url.Values{"client": {id.New()}, "unit": {"m01"}, "panels": {"31"}}
		answers(t, farm.Post(page+"/share", again), http.StatusConflict, "已经填了这个单位的份额")
		answers(t, health.Post(page+"/share", url.Values{"client": {id.New()}, "unit": {"m02"}, "clinics": {"60"}}), 200, "义诊 60")
		if got := plainText(farm.Get("/activity?view=share").Body); !strings.Contains(got, "待填份额 0") {
			t.Errorf("after the share was entered the list still waits for it: %s", got)
		}
		answers(t, officer.Get(page), 200, "2 个单位填了", "展板 30", "展出展板 50")
		// What waits is the unit's: a colleague goes on with it, and the history says who did what.
		colleague := w.Sign(another(t, w, units[0], "m01b", "农业农村局小杨"))
		waits := activityShare(t, w, number, units[0])
		answers(t, colleague.Get(page+"/share"), 200, "改份额", "农业农村局联络员")
		fresh := url.Values{"client": {id.New()}, "unit": {"m01"}, "panels": {"32"}, "consults": {"70"}, "materials.0.title": {"核桃丰产"}, "materials.0.kind": {"booklet"}, "materials.0.copies": {"200"}}
		answers(t, colleague.Post(page+"/share", fresh), http.StatusConflict, "农业农村局联络员")
		fresh.Set("version", itoa(waits.Version))
		answers(t, colleague.Post(page+"/share", fresh), 200, "已交农业农村局的份额", "展出展板 52")
		answers(t, colleague.Get(desk.Href(activity.ShareKind, waits.Number)), 200, "农业农村局小杨", "农业农村局联络员", "展出展板「30」改为「32」", "撤回")
		answers(t, health.Post(page+"/share", fresh), 403)
		fresh.Set("panels", "30")
		fresh.Set("version", itoa(activityShare(t, w, number, units[0]).Version))
		answers(t, farm.Post(page+"/share", fresh), 200, "展出展板 50")
		// «核实后计入» has the shares that are verified along.
		effects := strings.Join(strings.Fields(plainText(second.Get(page).Body)), " ")
		for _, want := range []string{"核实时连 2 份份额一起核实", "连 2 份份额一起算：农业农村局、卫生健康局", "展出展板（块(面)） 0 → 变为 50"} {
			if !strings.Contains(effects, want) {
				t.Errorf("before it is verified the event does not say %q: %s", want, effects)
			}
		}
		answers(t, second.Post(page+"/verify", verifies(t, second.Get(page))), 200, "已核实")
		figures(t, w, map[string]string{"event.panels": "50", "event.consult_att": "70", "event.clinic_att": "60", "media.materials": "200"})
		answers(t, officer.Get(page), 200, "已计入", "其中这一条 50", "连 2 份份额一起算")
		joint, err := w.App.Activity.Joint(w.As(apptest.Officer), number)
		if err != nil || len(joint.Shares) != 2 {
			t.Fatal(err, len(joint.Shares))
		}
		mine := joint.Shares[0].Head
		answers(t, farm.Get(desk.Href(activity.ShareKind, mine.Number)), 200, "农业农村局", "看活动", "已核实")
		answers(t, health.Get(desk.Href(activity.ShareKind, mine.Number)), 404)
		share.Set("version", itoa(mine.Version))
		share.Set("panels", "35")
		share.Set("client", id.New())
		answers(t, farm.Post(page+"/share", share), 422, "请写修订的原因")
		share.Set("reason", "漏数 5 块")
		answers(t, farm.Post(page+"/share", share), 200, "已交农业农村局的份额")
		figures(t, w, map[string]string{"event.panels": "50"})
		answers(t, officer.Get("/todo"), 200, mine.Short())
		mine = activityHead(t, w, activity.ShareKind, mine.Number)
		answers(t, officer.Post(desk.Href(activity.ShareKind, mine.Number)+"/verify", shown(mine)), 200, "已核实")
		figures(t, w, map[string]string{"event.panels": "55"})
	})
}

// another is a colleague of a department's liaison.
func another(t *testing.T, w *apptest.World, u org.Unit, login, name string) string {
	t.Helper()
	if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
		_, err := access.CreateAccount(w.Ctx, tx, access.NewAccount{Login: login, Name: name, Unit: u.ID, Grants: []access.Grant{{Role: access.Liaison, Unit: u.ID}}}, access.NewSecret(w.Ctx, ""))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return login
}

// activityShare is the head of a unit's share as it stands.
func activityShare(t *testing.T, w *apptest.World, number string, u org.Unit) flow.Head {
	t.Helper()
	joint, err := w.App.Activity.Joint(w.As(apptest.Officer), number)
	for _, sh := range joint.Shares {
		if sh.Unit == u.ID {
			return sh.Head
		}
	}
	t.Fatal(err, u.Name)
	return flow.Head{}
}

// TestDaysOfCampaignsAreSet: the superior announces other days; the chair sets them for that year alone, with history; forms and the
// campaign's page go by them.
func TestDaysOfCampaignsAreSet(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer, chair, admin := w.Sign(apptest.Clerk), w.Sign(apptest.Officer), w.Sign(apptest.Chair), w.Sign(apptest.Admin)
		one := "/settings/campaigns/" + url.PathEscape("科技活动周")
		answers(t, clerk.Get("/settings"), 200, "主题活动的日期")
		answers(t, clerk.Get("/settings/campaigns?year=2026"), 200, "科技活动周", "5月20日—5月31日", "程序自带", "2027年")
		answers(t, admin.Get("/settings/campaigns?q="+url.QueryEscape("没有的词")), 200, "没有找到")
		answers(t, clerk.Get(one+"?year=2026"), 200, "没有改过，按程序自带的")
		leavesOut(t, clerk.Get(one+"?year=2026"), "清空就照程序自带的")
		set := func(from, to, theme string) url.Values {
			return url.Values{"year": {"2026"}, "from": {from}, "to": {to}, "theme": {theme}}
		}
		answers(t, clerk.Post(one, set("2026-05-23", "2026-05-30", "")), http.StatusForbidden)
		for name, bad := range map[string]struct {
			v    url.Values
			want string
		}{
			"backwards": {set("2026-05-30", "2026-05-23", ""), "比开始日期"}, "another year": {set("2025-05-23", "2025-05-30", ""), "不在 2026 年"},
			"half": {set("2026-05-23", "", ""), "请填结束日期"}, "too long": {set("2026-01-01", "2027-06-01", ""), "超过一年"}, "no day": {set("五月", "2026-05-30", ""), "五月"},
		} {
			if got := chair.Post(one, bad.v); got.Status != http.StatusUnprocessableEntity || !strings.Contains(plainText(got.Body), bad.want) {
				t.Errorf("%s: %d %s", name, got.Status, plainText(got.Body))
			}
		}
		answers(t, chair.Post("/settings/campaigns/"+url.PathEscape("没有"), set("2026-05-23", "2026-05-30", "")), 404)
		answers(t, chair.Post(one, set("2026-05-23", "2026-06-02", "矢志创新发展")), 200, "5月23日—6月2日", "矢志创新发展", "本县定的", "程序自带的", "5月20日—5月31日", "王建国")
		answers(t, officer.Get("/campaigns?year=2026&q="+url.QueryEscape("矢志")), 200, "科技活动周", "5月23日—6月2日")
		answers(t, officer.Get("/campaigns/"+url.PathEscape("科技活动周")+"?year=2026"), 200, "5月23日—6月2日 · 矢志创新发展", "period=2026-05-23..2026-06-02")
		answers(t, officer.Get("/campaigns/"+url.PathEscape("科技活动周")+"?year=2025"), 200, "2025年5月20日—5月31日")
		asked := plainText(clerk.Post("/activity/preview", activityForm("start", "2026-06-01", "end", "2026-06-01", "campaigns", "")).Body)
		if !strings.Contains(asked, "正在「科技活动周」期间（5月23日—6月2日）") {
			t.Errorf("on 1 June the form does not ask: %s", asked)
		}
		answers(t, w.Sign(apptest.Auditor).Get("/settings/trail?kind=&q="), 200, "2026年科技活动周「2026年5月20日—2026年5月31日」改为「2026年5月23日—2026年6月2日」")
		answers(t, chair.Post(one, set("", "", "")), 200, "日期照程序自带的", "程序自带")
		answers(t, officer.Get("/campaigns?year=2026"), 200, "5月20日—5月31日")
	})
}

// TestTwoReportsAreJoinedByPage: the officer is asked, sees both side by side and settles them.
func TestTwoReportsAreJoinedByPage(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		members(t, w, "卫生健康局")
		clerk, health, officer := w.Sign(apptest.Clerk), w.Sign("m01"), w.Sign(apptest.Officer)
		one := enterActivity(t, clerk, activityForm())
		other := enterActivity(t, health, activityForm("unit", "m01", "name", "健康讲座（老年人）", "onsite", "118", "schools", "青溪小学、城关一小", "cost", "1200",
			"media.0.outlet", "县电视台", "media.0.level", "县级", "media.0.day", "2026-09-11"))
		answers(t, officer.Get("/activity/"+other), 200, "也报了一场", "去并", "/activity/"+other+"/join/"+one)
		ask := officer.Get("/activity/" + other + "/join/" + one)
		answers(t, ask, 200, "并为一场联合活动", "留哪一条", "118", "并过去时，这些不会带过去：", "媒体报道 1 篇、到的学校 2 所、经费 1200 元")
		answers(t, clerk.Get("/activity/"+other+"/join/"+one), http.StatusForbidden)
		v := url.Values{"stays": {one}, "version." + one: {"1"}, "version." + other: {"1"}}
		answers(t, officer.Post("/activity/"+other+"/join/"+one, v), 422, "请写为什么是同一场")
		v.Set("reason", "两家联合办的，各报了一次")
		answers(t, officer.Post("/activity/"+other+"/join/"+one, v), 200, "已并到", "由 "+flow.Short(other)+" 并入")
		answers(t, officer.Get("/activity/"+other), 200, "已作废", "两家联合办的")
		answers(t, officer.Post("/activity/"+other+"/join/"+one, v), http.StatusConflict)
	})
}

// The shares of joint activities have no form of their own: no page offers one.
func TestActivitySharesOfferNoForm(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		leavesOut(t, w.Sign(apptest.Officer).Get("/activity.share"), "新建联合活动份额", "/activity.share/new")
	})
}
