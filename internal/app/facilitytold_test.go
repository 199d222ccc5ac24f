package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/work/facility"
)

// pastOf is what the page of a record says under 经过.
func pastOf(t testing.TB, a apptest.Answer) string {
	t.Helper()
	text := plain(a.Body)
	_, past, found := strings.Cut(text, " 经过 ")
	if !found {
		t.Fatalf("%s has no 经过: %.600s", a.Path, text)
	}
	return past
}

// toldOnce fails unless the text says each of these exactly once.
func toldOnce(t testing.TB, text string, all ...string) {
	t.Helper()
	for _, one := range all {
		if n := strings.Count(text, one); n != 1 {
			t.Errorf("%q stands there %d times: %s", one, n, text)
		}
	}
}

// TestAFacilityTellsEachHappeningOnce: 李文芳 reports a gallery and, when it was made longer, a change of it; 周敏 moves it to 白塔乡 and later puts
// right what was wrong from its start; 李岩 verifies. Each stands once under 经过, in its own words, with the day from which it holds, and the
// step of posting names the day of the move. The audit trail has all of it as before.
func TestAFacilityTellsEachHappeningOnce(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		clerk, officer, second := c.Sign(apptest.Clerk), c.Sign(apptest.Officer), c.Sign(apptest.Second)
		clerk.Post("/facility/new", gallery(nil))
		at := "/facility/SS-2026-0001"
		says(t, "verified", officer.Post(at+"/verify", url.Values{"version": {"1"}}), http.StatusOK, "从 2026年2月1日起计入")
		says(t, "a change", clerk.Post(at+"/change", url.Values{"version": {"1"}, "what": {"changed"}, "day": {"2026-05-01"}, "length": {"15"}, "cost": {"2"}, "condition": {"良好"}, "note": {"加长 5 米"},
			"act": {"submit"}}), http.StatusOK, "已提交变动", "从 2026年2月1日起计入")
		shows(t, officer.Get(at), "核实修订 等待核实")
		past := pastOf(t, officer.Get(at))
		toldOnce(t, past, "记变动并提交：2026年5月1日起 长度 10 米 → 15 米 「加长 5 米」 李文芳", "长度 10 米", "加长 5 米", "填报并提交")
		if strings.Contains(past, "修订") || strings.Contains(past, "变动「") || strings.HasPrefix(past, "提交") {
			t.Errorf("the change is told as a step of the version too: %s", past)
		}
		says(t, "the change is verified", officer.Post(at+"/verify", url.Values{"version": {"2"}}), http.StatusOK, "从 2026年5月1日起按变化后的计入")
		says(t, "moved", officer.Post(at+"/change", url.Values{"version": {"2"}, "what": {"moved-in"}, "day": {"2026-06-01"}, "place": {"白塔乡 白塔乡上村"}, "unit": {"u07"}, "spot": {"村口"}, "act": {"submit"}}),
			http.StatusOK, "搬迁到 白塔乡 白塔乡上村 村口（白塔乡科协），原在 青溪乡 青溪乡上村 村委会院内（青溪乡科协）", "从 2026年5月1日起按变化后的计入")
		shows(t, officer.Get(at), "核实修订 等待核实")
		moved := second.Post(at+"/verify", url.Values{"version": {"3"}})
		says(t, "the move is verified", moved, http.StatusOK, "2026年6月1日从青溪乡搬到白塔乡，从这天起计入白塔乡")
		hides(t, moved, "从 2026年2月1日起计入")
		fix := gallery(url.Values{"version": {"3"}, "length": {"12"}, "changes.0.day": {"2026-05-01"}, "changes.0.length": {"15"}, "changes.0.note": {"加长 5 米"}, "reason": {"当初量错了"}})
		says(t, "put right", officer.Post(at+"/edit?as=fix", fix), http.StatusOK, "当初量错了")
		says(t, "李岩 verifies it", second.Post(at+"/verify", url.Values{"version": {"4"}}), http.StatusOK, "长度 12 米 → 15 米")
		past = pastOf(t, officer.Get(at))
		toldOnce(t, past, "记变动并提交：2026年6月1日起 从青溪乡 青溪乡上村 村委会院内（青溪乡科协）搬到白塔乡 白塔乡上村 村口（白塔乡科协） 周敏", "记变动并提交：2026年5月1日起 长度 10 米 → 15 米 「加长 5 米」 李文芳",
			"改正并提交：长度「10 米」改为「12 米」", "「当初量错了」 周敏", "2026年5月1日起", "2026年6月1日起")
		if n := strings.Count(past, "核实 "); n != 4 {
			t.Errorf("%d times verified: %s", n, past)
		}
		trail := c.Sign(apptest.Auditor).Get("/settings/trail?area=record.")
		shows(t, trail, "修订：变动填为「2026年5月1日 变化：长度 15 米（加长 5 米）」", "提交", "2026年6月1日 搬迁：到白塔乡 白塔乡上村", "当初量错了")

		// A change that was recorded wrongly is put right: that is no further change.
		rec, err := c.App.Facility.Get(c.As(apptest.Second), "SS-2026-0001")
		if err != nil {
			t.Fatal(err)
		}
		c.change(apptest.Second, rec.Head, "量晚了一个月", func(f *facility.Facility) { f.Changes[0].Day = "2026-04-01" })
		past = pastOf(t, officer.Get(at))
		toldOnce(t, past, "改正并提交：变动「2026年5月1日起 长度 12 米 → 15 米（加长 5 米）」改为「2026年4月1日起 长度 12 米 → 15 米（加长 5 米）」 「量晚了一个月」 李岩")
	})
}

// TestChangesSayFromWhereToWhere: a gallery moves to 白塔乡, an e-station goes from one unit to another, a board turns out to be a gallery of
// another kind. «变了什么» says from what to what, for the county, where it comes to nothing, and for each of both townships.
func TestChangesSayFromWhereToWhere(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		h := c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: "上村画廊", Site: c.site("0601"), Start: "2026-02-01", Values: facility.Values{"length": num(1000)}})
		e := c.stand(apptest.Clerk, facility.Facility{Kind: "estation", Name: "上村e站", Site: c.site("0601"), Start: "2026-02-01",
			Values: facility.Values{"setting": told("乡村"), "online": told("联网"), "cost": num(2_400_000)}})
		b := c.stand(apptest.Clerk, facility.Facility{Kind: "board", Name: "下村宣传栏", Site: c.site("0602"), Start: "2026-02-01", Values: facility.Values{"length": num(600)}})
		since := func() string {
			t.Helper()
			var size int64
			if _, err := c.App.Seal(c.Ctx); err != nil {
				t.Fatal(err)
			}
			if err := c.App.DB.View(c.Ctx, func(tx *db.Tx) (err error) {
				size, err = log.Size(c.Ctx, tx, log.Ledger)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return "/ledger/changes?since=" + itoa(int(size))
		}
		officer := c.Sign(apptest.Officer)

		from := since()
		to := c.site("0701")
		c.change(apptest.Second, h, "搬到白塔乡", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-06-01", What: ledger.MovedIn, Site: &to})
		})
		page := officer.Get(from)
		shows(t, page, "1 笔", "青溪乡 → 白塔乡，青溪乡科协 → 白塔乡科协：有宣传栏的村 1 个", "青溪乡科协 → 白塔乡科协：科普设施 1 处，科普画廊（≥10米） 1 个", "科普画廊长度 10 米", "合计不变", "指标都没有变")
		hides(t, page, "增 1 个，减 1 个", "归类变了")
		shows(t, officer.Get(from+"&place=06"), "科普画廊（≥10米） 减 1 个")
		shows(t, officer.Get(from+"&place=07"), "科普画廊（≥10米） 新入账 1 个")
		if csv := officer.Get(from + "&as=csv").Body; !strings.Contains(csv, "青溪乡 → 白塔乡，青溪乡科协 → 白塔乡科协") || !strings.Contains(csv, "从哪里到哪里") {
			t.Errorf("the file does not say from where to where:\n%s", csv)
		}

		from = since()
		c.change(apptest.Second, e, "归白塔乡科协管", func(f *facility.Facility) {
			site := f.Site
			site.Unit = to.Unit
			f.Changes = append(f.Changes, facility.Change{Day: "2026-07-01", What: ledger.MovedIn, Site: &site})
		})
		shows(t, officer.Get(from), "1 笔", "青溪乡科协 → 白塔乡科协：", "科普设施 1 处", "合计不变")

		from = since()
		c.change(apptest.Second, b, "是长廊，当初选错了类别", func(f *facility.Facility) { f.Kind = "corridor" })
		shows(t, officer.Get(from), "1 笔", "归类变了：类型 科普宣传栏 → 科普长廊")

		// Names are those of the day: 青溪乡 became 青溪镇 later.
		if err := c.App.DB.Update(c.Ctx, func(tx *db.Tx) error {
			return org.RenamePlace(c.Ctx, tx, orgtest.Place(t, c.Tree, "06").ID, "青溪镇", "2026-09-01")
		}); err != nil {
			t.Fatal(err)
		}
		shows(t, officer.Get("/figures/venue.board_villages/changes?period=2026"), "青溪乡 → 白塔乡")
	})
}

// TestADepartmentIsNotAskedForCoverage: 高志明 of 县教育体育局, which serves no township, has no facilities: a coverage of villages does not apply to
// it and is neither 0 nor lacking. Once it has a board in a village it has one, of the county's villages. 青溪乡 without any has 0 %.
func TestADepartmentIsNotAskedForCoverage(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		var bureau org.Unit
		if err := c.App.DB.Update(c.Ctx, func(tx *db.Tx) (err error) {
			if bureau, err = org.AddUnit(c.Ctx, tx, org.Unit{Code: "m01", Name: "县教育体育局", Kind: org.KindMember, Parent: c.Tree.Office().ID}); err != nil {
				return err
			}
			_, err = access.CreateAccount(c.Ctx, tx, access.NewAccount{Login: "gao", Name: "高志明", Unit: bureau.ID, Grants: []access.Grant{{Role: access.Liaison, Unit: bureau.ID}}}, access.NewSecret(c.Ctx, ""))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		c.stand(apptest.Outsider, facility.Facility{Kind: "board", Name: "河西宣传栏", Site: c.site("0201"), Start: "2026-02-01", Values: facility.Values{"length": num(600)}})
		gao, clerk, officer := c.Sign("gao"), c.Sign(apptest.Clerk), c.Sign(apptest.Officer)
		mine := facility.Site{Unit: bureau.ID, Place: orgtest.Place(c, c.Tree, "0601").ID}
		entered, err := c.App.Facility.Create(c.As("gao"), register.New[facility.Facility]{Body: facility.Facility{Kind: "board", Name: "小学宣传栏", Site: mine, Stage: facility.InUse, Start: "2026-03-01", Values: facility.Values{"length": num(600)}}})
		if err != nil {
			t.Fatal(err)
		}
		if page := gao.Get("/facility/" + entered.Number); page.Status != http.StatusOK || !strings.Contains(page.Body, "核实后计入") || strings.Contains(page.Body, "place=06") {
			t.Errorf("what a department's board counts for (%d) shows the figures of the township where it stands, which are not hers", page.Status)
		}
		home := gao.Get("/")
		shows(t, home, "主要数字 县教育体育局", "画廊更换")
		hides(t, home, "村科普宣传栏覆盖率", "村（社区）活动覆盖率", " 0%")
		figures := gao.Get("/figures")
		shows(t, figures, "村科普宣传栏覆盖率 不适用", "一站一栏一员覆盖率 不适用", "县教育体育局没有这类账目，也没有自己的乡镇、村，全县的「村（社区）数」不作它的分母", "图书借阅周转率 没有数", "科普画廊 个 0")
		hides(t, figures, " 0% ")
		shows(t, gao.Get("/figures/venue.board_coverage"), "不适用", "不作它的分母")
		hides(t, gao.Get("/figures/venue.board_coverage"), "不一致")
		shows(t, officer.Get("/figures/venue.board_coverage?by=unit"), "河西镇科协", "50%")
		if got := c.figures("", "2026", "venue.board_coverage"); got != "5%" {
			t.Errorf("the county's coverage is %s", got)
		}
		shows(t, clerk.Get("/"), "村科普宣传栏覆盖率 0%")
		shows(t, officer.Get("/?unit=office"), "村科普宣传栏覆盖率 5%")

		c.stand("gao", facility.Facility{Kind: "board", Name: "小学宣传栏二", Site: mine, Start: "2026-03-01", Values: facility.Values{"length": num(600)}})
		shows(t, gao.Get("/"), "村科普宣传栏覆盖率 5%") // of the county's twenty villages
		hides(t, gao.Get("/"), "村（社区）活动覆盖率")
		trace := gao.Get("/figures/venue.board_coverage")
		shows(t, trace, "条账目一致")
		hides(t, trace, "不一致")

		school, err := addUnit(c, org.Unit{Code: "s01", Name: "青溪小学", Kind: org.KindSchool, Parent: c.Tree.Office().ID, Place: orgtest.Place(c, c.Tree, "06").ID})
		if err != nil {
			t.Fatal(err)
		}
		shows(t, officer.Get("/figures/venue.board_coverage?unit="+school.Code), "不适用") // it lies in a township and does not serve it
	})
}

// addUnit adds a unit to the county.
func addUnit(c county, u org.Unit) (added org.Unit, err error) {
	err = c.App.DB.Update(c.Ctx, func(tx *db.Tx) error {
		added, err = org.AddUnit(c.Ctx, tx, u)
		return err
	})
	return added, err
}

// TestAFacilityPutRightInClosedBooksSaysSo: what was wrong from the start is put right on closed days, too, though the facility was changed after them.
func TestAFacilityPutRightInClosedBooksSaysSo(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		clerk, officer := c.Sign(apptest.Clerk), c.Sign(apptest.Officer)
		clerk.Post("/facility/new", gallery(nil))
		at := "/facility/SS-2026-0001"
		officer.Post(at+"/verify", url.Values{"version": {"1"}})
		clerk.Post(at+"/change", url.Values{"version": {"1"}, "what": {"changed"}, "day": {"2026-09-01"}, "length": {"15"}, "condition": {"良好"}, "act": {"submit"}})
		says(t, "the change is verified", officer.Post(at+"/verify", url.Values{"version": {"2"}}), http.StatusOK, "从 2026年9月1日起")
		hides(t, clerk.Get(at+"/edit?as=fix"), "的账已经结了")
		officer.Post("/ledger/closing", url.Values{"to": {"2026-06-30"}})
		fix := gallery(url.Values{"version": {"2"}, "length": {"12"}, "changes.0.day": {"2026-09-01"}, "changes.0.length": {"15"}})
		says(t, "put right from the start", clerk.Post(at+"/edit?as=fix", fix), http.StatusUnprocessableEntity, "2026年2月1日的账已经结了（结到2026年6月30日）")
		fix.Set("reason", "当初量错了")
		shows(t, clerk.Post(at+"/edit?as=fix", fix), "2026年2月1日的账已经结了（结到2026年6月30日），核实后记为更正") // which the verifier reads, too
		clerk.Post(at+"/drop", url.Values{"version": {"3"}})
		fix.Del("reason")
		fix.Set("length", "10")
		fix.Set("changes.0.length", "16")
		hides(t, clerk.Post(at+"/edit?as=fix", fix), "的账已经结了") // nothing on closed days
	})
}
