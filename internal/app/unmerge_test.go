package app_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/work/facility"
)

// breakdown is a figure of a place by the places in it, as known at a size of the log (0 is now).
func (c county) breakdown(place, period, code string, asOf int64) (all string) {
	c.Helper()
	ctx := c.As(apptest.Officer)
	if err := c.App.DB.View(ctx, func(tx *db.Tx) error {
		query := url.Values{"period": {period}}
		if place != "" {
			query.Set("place", place)
		}
		if asOf > 0 {
			query.Set("asof", strconv.FormatInt(asOf, 10))
		}
		scope, _, err := indicator.ParseScope(ctx, tx, query)
		if err != nil {
			return err
		}
		tr, err := c.App.Indicators.Trace(ctx, tx, scope, code, indicator.Options{By: indicator.PerTownship})
		if err != nil {
			return err
		}
		if !tr.Agrees {
			c.Errorf("the trace of %s does not agree", code)
		}
		all = tr.Screen(ctx) + "："
		for _, p := range tr.Parts {
			all += p.Name + " " + p.Figure.Screen(ctx) + "；"
		}
		return nil
	}); err != nil {
		c.Fatal(err)
	}
	return all
}

// checkpoint numbers what waits and gives the size of the log.
func (c county) checkpoint() (size int64) {
	c.Helper()
	if _, err := c.App.Seal(c.Ctx); err != nil {
		c.Fatal(err)
	}
	if err := c.App.DB.View(c.Ctx, func(tx *db.Tx) (err error) {
		size, err = db.One(c.Ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM log_leaf WHERE log = 'ledger'")
		return err
	}); err != nil {
		c.Fatal(err)
	}
	return size
}

func (c county) verifies() {
	c.Helper()
	for _, d := range c.Differences() {
		c.Errorf("verify: %s", d)
	}
}

// Villages were merged by mistake, and that is taken back: distinct villages, coverage and the rows by place are what they were; who asks
// what was known between sees the merger.
func TestAMergerOfVillagesIsTakenBack(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		a := activities2026{t, c.World}
		if r := a.run(apptest.Officer, "两村.csv", "类别,活动名称,活动时间,乡镇,村,参加人数\n科普讲座,防火讲座,2月5日,青溪乡,青溪乡上村,60\n科普讲座,防汛讲座,7月6日,青溪乡,青溪乡下村,50\n", apptest.Second); r.Created != 2 {
			t.Fatalf("%v\n%s", r.Counts, a.why(r))
		}
		for _, village := range []string{"0601", "0602"} {
			c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: village + "画廊", Site: c.site(village), Start: "2026-02-01", Values: facility.Values{"length": num(1000)}})
		}
		codes := []string{"place.villages", "event.villages_covered", "event.village_coverage", "venue.board_villages", "venue.board_coverage", "event.attendances"}
		figures := func(asOf int64) (all string) {
			if asOf == 0 {
				for _, place := range []string{"06", ""} {
					for _, period := range []string{"2026", "2026-Q1", "2026-07"} {
						all += c.figures(place, period, codes...) + "\n"
					}
				}
			}
			for _, code := range []string{"event.attendances", "event.villages_covered", "venue.board_coverage"} {
				all += c.breakdown("06", "2026", code, asOf) + c.breakdown("", "2026", code, asOf) + "\n"
			}
			return all
		}
		before := figures(0)
		admin, chair := c.Sign(apptest.Admin), c.Sign(apptest.Chair)
		answers(t, admin.Post("/settings/places/0602/merge", url.Values{"successor": {"0601"}, "merge_from": {"2026-06-01"}}), http.StatusOK, "并入青溪乡上村")
		c.are("06", "2026", "1 1 100% 1 100% 110", codes...)
		merged, then := figures(0), c.checkpoint()
		known := figures(then)
		if !strings.HasSuffix(merged, known) {
			t.Errorf("now\n%s\nas known then\n%s", merged, known)
		}

		page := admin.Get("/settings/places/0602")
		shows(t, page, "撤销并入", "从6月1日起又算它自己的", "那天以后记在青溪乡上村名下的记录和人口等数仍在那边")
		for who, b := range map[string]*apptest.Browser{"clerk": c.Sign(apptest.Clerk), "outsider": c.Sign(apptest.Outsider), "officer": c.Sign(apptest.Officer)} {
			if got := b.Post("/settings/places/0602/unmerge", nil); got.Status != http.StatusForbidden {
				t.Errorf("%s takes a merger back: %d", who, got.Status)
			}
		}
		answers(t, admin.Post("/settings/places/0699/unmerge", nil), http.StatusNotFound)
		answers(t, admin.Post("/settings/places/0601/unmerge", nil), http.StatusUnprocessableEntity, "青溪乡上村没有并入别处，不用撤销")
		undone := admin.Post("/settings/places/0602/unmerge", nil)
		answers(t, undone, http.StatusOK, "已撤销并入；并入以后记在青溪乡上村名下的仍在那边", "撤销地点并入：并入「青溪乡上村」删去，从哪天起「2026年6月1日」删去", "一直都有")
		if after := figures(0); after != before {
			t.Errorf("before\n%s\nafter\n%s", before, after)
		}
		if got := figures(then); got != known {
			t.Errorf("as known then\n%s\nnow\n%s", known, got)
		}
		shows(t, chair.Get("/ledger/changes?period=2026"), "撤销并入青溪乡上村", "并入青溪乡上村", "2026年6月1日")
		shows(t, chair.Get("/figures/event.village_coverage/changes?period=2026&place=06"), "撤销并入青溪乡上村")
		hides(t, chair.Get("/ledger/changes?period=2026-Q1"), "撤销并入")
		c.verifies()

		// It is a village like others: something can be recorded there, and it can be merged again.
		number := enter(t, c.Sign(apptest.Clerk), classForm("place", "青溪乡 青溪乡下村"))
		answers(t, c.Sign(apptest.Officer).Post("/training/"+number+"/verify", shown(headOf(t, c.World, number))), http.StatusOK)
		answers(t, admin.Post("/settings/places/0602/merge", url.Values{"successor": {"0601"}, "merge_from": {"2026-09-01"}}), http.StatusOK, "到8月31日，并入青溪乡上村")
		c.verifies()
	})
}

// A township comes back with its association, which sees its own again and enters anew; what its successor recorded stays there, and a tile
// that another township took is gone.
func TestATownshipComesBackWithItsAssociation(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		admin, clerk, west, officer := c.Sign(apptest.Admin), c.Sign(apptest.Clerk), c.Sign(apptest.Outsider), c.Sign(apptest.Officer) // of 青溪乡 (06) and of 河西镇 (02)
		of02 := func(more ...string) url.Values {
			return classForm(append([]string{"unit", "u02", "place", "河西镇 河西镇上村"}, more...)...)
		}
		own := enter(t, west, of02())
		office := enter(t, officer, of02("unit", "office", "name", "县里在河西镇办的班"))
		earlier := enter(t, officer, of02("unit", "office", "name", "早先在河西镇办的班", "start", "2026-03-01", "end", "2026-03-01"))
		answers(t, officer.Post("/training/"+own+"/verify", shown(headOf(t, c.World, own))), http.StatusOK)
		sees := func(when string, b *apptest.Browser, number string, want int) {
			t.Helper()
			if got := b.Get("/training/" + number); got.Status != want {
				t.Errorf("%s: %s sees %s: %d, want %d", when, b.Login, number, got.Status, want)
			}
		}
		before := c.figures("02", "2026", "training.short_attendees") + c.figures("06", "2026", "training.short_attendees") + c.breakdown("", "2026", "training.short_attendees", 0)
		answers(t, admin.Post("/settings/places/02/tile", url.Values{"row": {"1"}, "col": {"2"}}), http.StatusOK)
		answers(t, admin.Post("/settings/places/02/merge", url.Values{"successor": {"06"}, "merge_from": {"2026-06-01"}, "units": {"1"}}), http.StatusOK, "并入青溪乡")
		c.are("06", "2026", "58", "training.short_attendees")
		sees("merged", clerk, office, http.StatusOK)
		sees("merged", west, office, http.StatusNotFound)
		sees("merged", west, earlier, http.StatusOK)
		answers(t, west.Post("/training/new", of02("name", "并了以后")), http.StatusUnprocessableEntity, "已撤并")
		later := enter(t, clerk, classForm("name", "并了以后在青溪乡办的班"))
		answers(t, admin.Post("/settings/places/05/tile", url.Values{"row": {"1"}, "col": {"2"}}), http.StatusOK)
		answers(t, admin.Post("/settings/places/02/rename", url.Values{"name": {"河西街道"}, "rename_from": {"2026-09-01"}}), http.StatusUnprocessableEntity, "已经并入别处，不能再改", "河西镇科协的并入也撤销")

		answers(t, admin.Post("/settings/places/02/unmerge", url.Values{"units": {"1"}}), http.StatusOK, "已撤销并入；原来的第 1 行第 2 列已经是石门镇，请另选一格", "位置「1 行 2 列」删去", "在方格图里的位置")
		answers(t, admin.Get("/settings/units/u02"), http.StatusOK, "撤销单位并入：并入「青溪乡科协」删去", "一直都有")
		if after := c.figures("02", "2026", "training.short_attendees") + c.figures("06", "2026", "training.short_attendees") + c.breakdown("", "2026", "training.short_attendees", 0); after != before {
			t.Errorf("before %s, after %s", before, after)
		}
		sees("taken back", clerk, office, http.StatusNotFound)
		sees("taken back", clerk, own, http.StatusNotFound)
		sees("taken back", west, office, http.StatusOK)
		sees("taken back", west, own, http.StatusOK)
		sees("taken back", west, later, http.StatusNotFound)
		enter(t, west, of02("name", "撤销以后"))
		c.verifies()

		// Without its association, and then that alone.
		answers(t, admin.Post("/settings/places/02/merge", url.Values{"successor": {"06"}, "merge_from": {"2026-09-01"}, "units": {"1"}}), http.StatusOK, "并入青溪乡")
		answers(t, admin.Post("/settings/places/02/unmerge", nil), http.StatusOK, "已撤销并入")
		shows(t, admin.Get("/settings/units/u02"), "到8月31日，并入青溪乡科协", "改到那边的账号仍在那边")
		stays := "河西镇科协从9月1日起并入青溪乡科协，要撤销请到它的页面。"
		answers(t, admin.Get("/settings/places/02"), http.StatusOK, stays, `href="/settings/units/u02"`)
		if err := c.App.DB.Update(c.As(apptest.Admin), func(tx *db.Tx) error {
			_, err := org.AddUnit(c.As(apptest.Admin), tx, org.Unit{Code: "a-school", Name: "河西镇中学", Kind: org.KindSchool, Place: orgtest.Place(t, c.Tree, "02").ID, Parent: c.Tree.Office().ID})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		hides(t, admin.Get("/settings/places/02"), "河西镇中学也从那天起并入")
		answers(t, admin.Post("/settings/places/02/merge", url.Values{"successor": {"06"}, "merge_from": {"2026-09-05"}}), http.StatusOK, stays, `href="/settings/units/u02"`)
		answers(t, admin.Post("/settings/places/02/unmerge", nil), http.StatusOK, "已撤销并入", stays)
		answers(t, admin.Post("/settings/units/u02/unmerge", nil), http.StatusOK, "已撤销并入", "一直都有")
		hides(t, admin.Get("/settings/places/02"), "要撤销请到它的页面")
		c.verifies()
		if err := c.App.DB.View(c.Ctx, func(tx *db.Tx) error {
			p, err := access.FindAccount(c.Ctx, tx, apptest.Outsider)
			if p.Unit != orgtest.Unit(t, c.Tree, "u02").ID {
				t.Errorf("the account is of %s now", p.UnitName)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// A merger that reached into days that are closed by now is taken back by the chair, with a reason; one that is still to come by whoever
// keeps the places.
func TestWhoTakesAMergerBack(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		admin, chair := c.Sign(apptest.Admin), c.Sign(apptest.Chair)
		merge := func(code, into, from string) {
			t.Helper()
			answers(t, admin.Post("/settings/places/"+code+"/merge", url.Values{"successor": {into}, "merge_from": {from}}), http.StatusOK)
		}
		merge("0602", "0601", "2025-07-01")
		merge("0702", "0701", "2026-11-01")
		c.are("06", "2025", "1", "place.villages")
		c.are("07", "2026", "1", "place.villages")
		shows(t, admin.Get("/settings/places/0702"), "用到10月31日，以后并入别处", "还没有到那天；撤销以后，从11月1日起不并入白塔乡上村")
		hides(t, admin.Get("/settings/places/0602"), "为什么动到结过的账")
		c.closeYear(2025)

		const at = "/settings/places/0602/unmerge"
		shows(t, chair.Get("/settings/places/0602"), "2025年12月31日及以前的账已经结了，要主席来办")
		why := url.Values{"unmerge_reason": {"并错了村"}}
		answers(t, admin.Post(at, why), http.StatusUnprocessableEntity, "这是从2025年7月1日起的，撤销会改动结过的数，要主席来办")
		answers(t, chair.Post(at, nil), http.StatusUnprocessableEntity, "撤销会改动结过的数，请写为什么")
		c.are("06", "2025", "1", "place.villages")
		answers(t, chair.Post(at, why), http.StatusOK, "已撤销并入", "并错了村")
		c.are("06", "2025", "2", "place.villages")
		shows(t, chair.Get("/ledger/changes?period=2025&view=corrections"), "撤销并入青溪乡上村", "结账后更正：并错了村", "2025年7月1日")

		answers(t, admin.Post("/settings/places/0702/unmerge", nil), http.StatusOK, "已撤销并入", "一直都有")
		c.are("07", "2026", "2", "place.villages")
		c.verifies()

		// What another has taken meanwhile is said.
		merge("0302", "0401", "2026-06-01")
		answers(t, admin.Post("/settings/places", url.Values{"name": {"松坪镇下村"}, "parent": {"03"}, "from": {"2026-08-01"}}), http.StatusOK)
		answers(t, admin.Post("/settings/places/0302/unmerge", nil), http.StatusUnprocessableEntity, "松坪镇下面从2026年8月1日起另有「松坪镇下村」")
	})
}
