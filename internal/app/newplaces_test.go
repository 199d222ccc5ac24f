package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/work/facility"
)

// closeYear has 李岩 close the books up to the end of the year.
func (c county) closeYear(year int) {
	c.Helper()
	officer := c.Sign(apptest.Second)
	officer.Get("/ledger/closing")
	if got := officer.Post("/ledger/closing", url.Values{"to": {string(day.Year(year).To)}}); got.Status != http.StatusOK || closedUpTo(c, c.World) != day.Year(year).To {
		c.Fatalf("%d is not closed: %d %s", year, got.Status, plain(got.Body))
	}
}

// review hands a workbook in and gives its address and the page of what it was understood as.
func review(t *testing.T, b *apptest.Browser, name, file string) (path string, page apptest.Answer) {
	t.Helper()
	page = b.Upload("/imports/training", nil, "file", name, []byte(file))
	path, _, _ = strings.Cut(page.Path, "?")
	return path, until(t, b, path, "没有登记的地点")
}

const oldBook = "培训班名称,类型,乡镇,村,开始日期,结束日期,专业,培训人次\n甲班,农村实用技术短期培训,青溪乡,云外村,2025-04-11,2025-04-11,核桃嫁接,41\n" +
	"乙班,农村实用技术短期培训,青溪乡,云外村,2024-05-11,2024-05-11,核桃嫁接,42\n丙班,农村实用技术短期培训,青溪乡,天外村,2026-05-11,2026-05-11,核桃嫁接,43\n"

// New villages of an old workbook are there from the year of their earliest row on, or from a day that one says. Where that is closed,
// only the chair makes them, with a reason, and «变了什么» says that they are why the denominator is another.
func TestNewVillagesOfAnOldWorkbook(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		c.are("", "2025", "20", "place.villages")
		officer, chair := c.Sign(apptest.Officer), c.Sign(apptest.Chair)
		path, page := review(t, officer, "旧台账.csv", oldBook)
		shows(t, page, "新建的话从2024年1月1日起有", "新建的话从2026年1月1日起有", "2 个都新建（各从表里最早的那年起有），再核对", "空着就各从表里最早那一年的1月1日起")
		hides(t, page, "账已经结了")
		c.closeYear(2025)
		page = officer.Get(path)
		shows(t, page, "2 个里有 1 个，那天的账已经结了（结到2025年12月31日）", "要主席来建。")
		refused := officer.Post(path, url.Values{"act": {"places"}})
		answers(t, refused, http.StatusUnprocessableEntity, "从2024年1月1日起会改动结过的数，要主席来办")
		answers(t, officer.Post(path, url.Values{"act": {"places"}, "places_why": {"我要建"}}), http.StatusUnprocessableEntity, "要主席来办")
		for _, from := range []string{"1900-01-01", "2099-01-01", "x"} {
			answers(t, officer.Post(path, url.Values{"act": {"places"}, "places_from": {from}}), http.StatusUnprocessableEntity, "请")
		}
		answers(t, officer.Post(path, url.Values{"act": {"check"}, "place": {"青溪乡\t云外村"}, "places_from": {"2024-05-11"}}), http.StatusUnprocessableEntity, "要主席来办")
		for _, late := range []string{"2024-05-12", "2026-01-01"} { // open, but later than what happened there
			answers(t, officer.Post(path, url.Values{"act": {"check"}, "place": {"青溪乡\t云外村"}, "places_from": {late}}), http.StatusUnprocessableEntity, "表里青溪乡云外村的事最早在2024年5月11日，请写那天或以前")
		}
		c.are("", "2026", "20", "place.villages")

		// From a day that is open anybody who works for the county makes it.
		answers(t, officer.Post(path, url.Values{"act": {"check"}, "place": {"青溪乡\t天外村"}}), http.StatusOK)
		shows(t, until(t, officer, path, "新建了 1 个地点：青溪乡天外村"), "导入 1 行")
		c.are("", "2025", "20", "place.villages")
		c.are("", "2026", "21", "place.villages")

		chairs, page := review(t, chair, "又一份旧台账.csv", strings.ReplaceAll(oldBook, "班,", "班（二）,"))
		shows(t, page, "1 个里有 1 个，那天的账已经结了", "要写原因。", "为什么动到结过的账")
		answers(t, chair.Post(chairs, url.Values{"act": {"places"}}), http.StatusUnprocessableEntity, "从2024年1月1日起会改动结过的数，请写为什么")
		answers(t, chair.Post(chairs, url.Values{"act": {"places"}, "places_why": {"漏登的村"}}), http.StatusOK)
		until(t, chair, chairs, "新建了 1 个地点：青溪乡云外村")
		c.are("", "2023", "20", "place.villages")
		c.are("", "2024", "21", "place.villages")
		c.are("", "2026", "22", "place.villages")
		c.are("06", "2025", "3", "place.villages")

		changes := chair.Get("/ledger/changes?period=2025")
		shows(t, changes, "村（社区）", "20", "21", "增 1", "地点和单位变了", "云外村", "新建村（青溪乡）", "2024年1月1日", "结账后更正：漏登的村（又一份旧台账.csv）", "王建国")
		hides(t, changes, "天外村")
		shows(t, chair.Get("/ledger/changes?period=2025&view=corrections"), "云外村")
		hides(t, chair.Get("/ledger/changes?period=2026&view=corrections"), "天外村")
		shows(t, chair.Get("/ledger/changes?period=2026"), "云外村", "天外村", "旧台账.csv")
		hides(t, chair.Get("/ledger/changes?period=2025&place=01"), "云外村")
		shows(t, chair.Get("/ledger/changes?period=2025&place=06"), "云外村")
		whole := chair.Get("/figures/venue.board_coverage/changes?period=2025")
		shows(t, whole, "云外村", "新建县")
		hides(t, whole, "（）")
		hides(t, chair.Get("/figures/training.attendees/changes?period=2025"), "云外村")
		if csv := chair.Get("/ledger/changes?period=2025&as=csv").Body; !strings.Contains(csv, "新建村（青溪乡）：云外村,地点和单位") {
			t.Errorf("the file of changes does not name the village:\n%s", csv)
		}
		hides(t, chair.Get("/campaigns/unreached?year=2023"), "云外村")
	})
}

// TestAllNewPlacesAreCountedAndNamed: the button counts what the note then says was made, the townships that come with villages among them,
// wherever the file first names them alone.
func TestAllNewPlacesAreCountedAndNamed(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		officer := c.Sign(apptest.Officer)
		path, page := review(t, officer, "新地方.csv", "培训班名称,类型,乡镇,村,开始日期,专业,培训人次\n甲班,农村实用技术短期培训,天河镇,甲村,2026-04-11,核桃嫁接,41\n"+
			"乙班,农村实用技术短期培训,天河镇,乙村,2026-05-11,核桃嫁接,42\n丙班,农村实用技术短期培训,天河镇,,2026-06-11,核桃嫁接,43\n丁班,农村实用技术短期培训,地河镇,丙村,2026-07-11,核桃嫁接,44\n")
		shows(t, page, "5 个都新建（从2026年1月1日起有），再核对", "新建的话从2026年1月1日起有，连同天河镇", "新建的话从2026年1月1日起有，连同地河镇")
		answers(t, officer.Post(path, url.Values{"act": {"places"}}), http.StatusOK)
		shows(t, until(t, officer, path, "新建了"), "新建了 5 个地点：天河镇、天河镇甲村、天河镇乙村、地河镇、地河镇丙村。", "导入 4 行")
		c.are("", "2026", "23", "place.villages")
	})
}

// A place that is made or changed by hand: from impossible days never, on closed days by the chair alone and with a reason.
func TestAPlaceIsThereFromADayOn(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		admin, chair := c.Sign(apptest.Admin), c.Sign(apptest.Chair)
		form := func(change ...string) url.Values {
			f := url.Values{"name": {"云外村"}, "parent": {"06"}, "from": {"2026-03-01"}}
			for i := 0; i < len(change); i += 2 {
				f.Set(change[i], change[i+1])
			}
			return f
		}
		answers(t, admin.Get("/settings/new-place"), http.StatusOK, "从哪天起有", `value="2026-09-18"`)
		for from, want := range map[string]string{"1949-09-30": "太早", "0001-01-01": "没有这一天", "2037-01-01": "太远", "9999-12-31": "太远", "2026-02-30": "没有这一天", "昨天吧": "看不懂"} {
			answers(t, admin.Post("/settings/places", form("from", from)), http.StatusUnprocessableEntity, want)
		}
		c.closeYear(2025)
		answers(t, admin.Get("/settings/new-place"), http.StatusOK, "为什么动到结过的账")
		for _, from := range []string{"2025-12-31", ""} {
			answers(t, admin.Post("/settings/places", form("from", from, "reason", "漏登")), http.StatusUnprocessableEntity, "要主席来办；或者写2026年1月1日或以后")
		}
		answers(t, admin.Post("/settings/places", form()), http.StatusOK, "起止", "3月1日起")
		c.are("06", "2025", "2", "place.villages")
		c.are("06", "2026", "3", "place.villages")
		for _, b := range []*apptest.Browser{c.Sign(apptest.Officer), c.Sign(apptest.Clerk)} {
			if got := b.Get("/settings/new-place"); got.Status != http.StatusForbidden {
				t.Errorf("who is neither keeper nor chair adds places: %d", got.Status)
			}
		}
		answers(t, chair.Post("/settings/places", form("name", "天外村", "from", "2025-06-01")), http.StatusUnprocessableEntity, "请写为什么")
		answers(t, chair.Post("/settings/places", form("name", "天外村", "from", "2025-06-01", "reason", "去年分出来的村")), http.StatusOK, "2025年6月1日起", "去年分出来的村")
		c.are("06", "2025-05", "2", "place.villages")
		c.are("06", "2025", "3", "place.villages")

		// It began on another day: what lies between them is other now.
		made := func(name string) org.Place {
			t.Helper()
			var p org.Place
			if err := c.App.DB.View(c.Ctx, func(tx *db.Tx) error {
				tree, err := org.Load(c.Ctx, tx, "2026-09-18")
				p, _ = tree.FindPlace("青溪乡", name)
				return err
			}); err != nil || p.ID == "" {
				t.Fatal(name, err)
			}
			return p
		}
		at := "/settings/places/" + made("天外村").Code
		answers(t, chair.Post(at+"/opened", url.Values{"opened": {"2025-06-01"}, "opened_reason": {"x"}}), http.StatusUnprocessableEntity, "现在就是2025年6月1日起有")
		answers(t, admin.Post(at+"/opened", url.Values{"opened": {"2026-02-01"}, "opened_reason": {"x"}}), http.StatusUnprocessableEntity, "从2025年6月1日起会改动结过的数，要主席来办")
		answers(t, chair.Post(at+"/opened", url.Values{"opened": {"2026-02-01"}, "opened_reason": {"批文是今年的"}}), http.StatusOK, "2月1日起", "批文是今年的")
		c.are("06", "2025", "2", "place.villages")
		c.are("06", "2026-01", "2", "place.villages")
		answers(t, admin.Post(at+"/opened", url.Values{"opened": {"2026-04-01"}}), http.StatusOK, "4月1日起")
		shows(t, chair.Get("/ledger/changes?period=2026"), "从哪天起有：2025年6月1日 → 2026年2月1日", "从哪天起有：2026年2月1日 → 2026年4月1日", "批文是今年的")

		// Moving and merging reach back as well; before its beginning there is nothing to move.
		for _, which := range []string{"move", "merge"} {
			other := map[string]string{"move": "parent", "merge": "successor"}[which]
			to := map[string]string{"move": "07", "merge": "0601"}[which]
			f := func(code, from string) url.Values { return url.Values{other: {code}, which + "_from": {from}} }
			answers(t, admin.Post(at+"/"+which, f(to, "2026-03-31")), http.StatusUnprocessableEntity, "天外村从2026年4月1日起才有")
			answers(t, admin.Post("/settings/places/0602/"+which, f(to, "2025-12-01")), http.StatusUnprocessableEntity, "要主席来办")
			answers(t, admin.Post("/settings/places/0602/"+which, f(to, "2099-12-01")), http.StatusUnprocessableEntity, "太远")
			answers(t, chair.Post("/settings/places/0602/"+which, f(to, "2025-12-01")), http.StatusUnprocessableEntity, "请写为什么")
		}
		moved := url.Values{"parent": {"07"}, "move_from": {"2025-12-01"}, "move_reason": {"区划调整"}}
		answers(t, chair.Post("/settings/places/0602/move", moved), http.StatusOK, "区划调整")
		shows(t, chair.Get("/ledger/changes?period=2025&place=06"), "移到", "结账后更正：区划调整", "2025年12月1日")
		shows(t, chair.Get("/ledger/changes?period=2025&place=07"), "移到", "区划调整")

		// A list, typed or handed in: a line may say its own day.
		answers(t, admin.Post("/settings/org-file", url.Values{"places": {"青溪乡：甲村、乙村"}, "from": {"2025-01-01"}}), http.StatusUnprocessableEntity, "要主席来办")
		answers(t, admin.Upload("/settings/org-file", url.Values{"from": {"2026-05-01"}}, "file", "地点.csv", []byte("乡镇,村,从哪天起有\n青溪乡,丙村,\n青溪乡,丁村,2026年7月1日\n青溪乡,戊村,不知道\n青溪乡,己村,1900-01-01\n")),
			http.StatusOK, "新加 2 个地点", "第 4 行：从哪天起有写的是「不知道」", "太早")
		if p, q := made("丙村"), made("丁村"); p.Opened != "2026-05-01" || q.Opened != "2026-07-01" {
			t.Errorf("from %s and %s", p.Opened, q.Opened)
		}
		answers(t, admin.Upload("/settings/org-file", url.Values{"from": {"2026-05-01"}}, "file", "地点.csv", []byte("乡镇,村,从哪天起有\n青溪乡,庚村,2024-01-01\n")), http.StatusUnprocessableEntity, "要主席来办")
	})
}

// TestSettingsFromImpossibleDays: no setting holds from a day that cannot be.
func TestSettingsFromImpossibleDays(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		for from, ok := range map[day.Day]bool{"2026-02-30": false, "": false, "1949-09-30": false, "2036-12-31": true, "2037-01-01": false, "9999-12-31": false, org.Always: true, "2020-01-01": true} {
			err := c.App.DB.Update(c.Ctx, func(tx *db.Tx) error { return org.Set(c.Ctx, tx, "board.returned_days", from, 3, "周敏") })
			if (err == nil) != ok || !ok && !errs.Is(err, errs.Invalid) {
				t.Errorf("from %q: %v", from, err)
			}
		}
		chair := c.Sign(apptest.Chair)
		for _, from := range []string{"1900-01-01", "2099-01-01"} {
			answers(t, chair.Post("/settings/values/password-days", url.Values{"value": {"5"}, "from": {from}}), http.StatusUnprocessableEntity, "请核对年份")
		}
	})
}

// What changed says causes whose day lies before the period, in the units of figures, once for each cause, and nothing that is as it was.
func TestChangesNameEarlierCauses(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		first := c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: "青溪上村画廊", Site: c.site("0601"), Start: "2024-02-01", Values: facility.Values{"length": num(1000), "cost": num(2_000_000)}})
		if _, err := c.App.Seal(c.Ctx); err != nil {
			t.Fatal(err)
		}
		c.closeYear(2025)
		officer := c.Sign(apptest.Officer)
		shows(t, officer.Get("/ledger/changes?period=2026"), "没有变动")
		c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: "大箐画廊", Site: c.site("0602"), Start: "2025-03-01", Values: facility.Values{"length": num(2550), "cost": num(350_000)}})
		page := officer.Get("/ledger/changes?period=2026")
		shows(t, page, "画廊长度", "10", "35.5", "增 25.5", "科普画廊长度 新入账 25.5 米", "设施投资 新入账 3,500 元", "大箐画廊", "1 笔")
		hides(t, page, "厘米", "0.01", "青溪上村画廊", "0 处")

		// A gallery that moves within a township changes the county's figures by its villages alone.
		to := c.site("0602")
		c.change(apptest.Second, first, "搬到下村", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-04-01", What: ledger.MovedIn, Site: &to})
		})
		page = officer.Get("/ledger/changes?period=2026")
		shows(t, page, "2 笔", "青溪乡 青溪乡上村 → 青溪乡 青溪乡下村：有宣传栏的村 1 个")
		hides(t, page, "0 处", "0 米", "科普画廊（≥10米） 增", "→ 0")
		shows(t, officer.Get("/figures/venue.gallery_length/changes?period=2026"), "新入账 25.5 米", "新入账 10 米", "2 笔")
	})
}
