package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
)

// Nothing counts in a place before the place is there, whichever of the two comes first: a class of an earlier day is refused by the form and
// by an import, and a later beginning is refused once there is a class.
func TestNothingCountsInAPlaceBeforeItIsThere(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		admin, chair, clerk, officer := c.Sign(apptest.Admin), c.Sign(apptest.Chair), c.Sign(apptest.Clerk), c.Sign(apptest.Officer)
		made := admin.Post("/settings/places", url.Values{"name": {"云外村"}, "parent": {"06"}, "from": {"2026-09-10"}})
		answers(t, made, http.StatusOK, "9月10日起")
		village := strings.TrimSuffix(made.Path, "?")
		early := classForm("place", "青溪乡 云外村", "start", "2026-09-08", "end", "2026-09-08")
		answers(t, clerk.Post("/training/new", early), http.StatusUnprocessableEntity, "「云外村」从2026年9月10日起才有，不能有2026年9月8日的事")
		early.Set("act", "save")
		answers(t, clerk.Post("/training/new", early), http.StatusUnprocessableEntity, "「云外村」从2026年9月10日起才有")
		number := enter(t, clerk, classForm("place", "青溪乡 云外村", "start", "2026-09-11", "end", "2026-09-12"))
		answers(t, admin.Post(village+"/opened", url.Values{"opened": {"2026-09-13"}}), http.StatusUnprocessableEntity, "云外村在2026年9月12日已有记录") // it waits
		answers(t, officer.Post("/training/"+number+"/verify", shown(headOf(t, c.World, number))), http.StatusOK)

		for _, from := range []string{"2026-09-13", "2026-10-01"} { // it counts on its last day
			answers(t, admin.Post(village+"/opened", url.Values{"opened": {from}}), http.StatusUnprocessableEntity, "云外村在2026年9月12日已有记录，请写那天或以前")
			answers(t, chair.Post(village+"/opened", url.Values{"opened": {from}}), http.StatusUnprocessableEntity, "云外村在2026年9月12日已有记录 "+number)
		}
		answers(t, chair.Post(village+"/opened", url.Values{"opened": {"2026-09-12"}}), http.StatusOK, "9月12日起")

		rows := "培训班名称,类型,乡镇,村,开始日期,结束日期,专业,培训人次\n早了,农村实用技术短期培训,青溪乡,云外村,2026-09-11,2026-09-11,核桃,41\n正好,农村实用技术短期培训,青溪乡,云外村,2026-09-12,2026-09-12,核桃,42\n"
		r, err := c.App.Intake.Run(c.As(apptest.Officer), "training", "云外村.csv", strings.NewReader(rows), intake.Options{}, "")
		if err != nil || r.Created != 1 || r.Counts[intake.Rejected] != 1 {
			t.Fatalf("%+v %v", r, err)
		}
		shows(t, officer.Get("/imports/training/"+r.ID+"?tab=rejected"), "「云外村」从2026年9月12日起才有，不能有2026年9月11日的事")
	})
}

// A township that is still to come is not on home, in the choice of the scope or among the rows of a figure; on its day it is.
func TestATownshipThatIsToCome(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		admin, officer := c.Sign(apptest.Admin), c.Sign(apptest.Officer)
		answers(t, admin.Post("/settings/places", url.Values{"name": {"云海镇"}, "parent": {""}, "from": {"2026-12-01"}}), http.StatusUnprocessableEntity, "上级")
		answers(t, admin.Post("/settings/places", url.Values{"name": {"云海镇"}, "parent": {c.Tree.Root().Code}, "from": {"2026-12-01"}}), http.StatusOK, "12月1日起")
		hides(t, officer.Get("/"), "云海镇")
		hides(t, officer.Get("/figures/training.attendees?by=place"), "云海镇")
		c.are("", "2026-11", "10", "place.townships")
		c.are("", "2026-12", "11", "place.townships")
		shows(t, admin.Get("/settings/places"), "云海镇")
	})
}

// A village of an import cannot be there before its township.
func TestAVillageOfAnImportBeforeItsTownship(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		admin, officer := c.Sign(apptest.Admin), c.Sign(apptest.Officer)
		answers(t, admin.Post("/settings/places", url.Values{"name": {"云海镇"}, "parent": {c.Tree.Root().Code}, "from": {"2026-06-01"}}), http.StatusOK, "6月1日起")
		path, _ := review(t, officer, "云海镇.csv", "培训班名称,类型,乡镇,村,开始日期,结束日期,专业,培训人次\n甲班,农村实用技术短期培训,云海镇,云外村,2026-04-11,2026-04-11,核桃,41\n")
		answers(t, officer.Post(path, url.Values{"act": {"places"}}), http.StatusUnprocessableEntity, "表里云海镇云外村的事最早在2026年4月11日，云海镇却从2026年6月1日起才有")
		hides(t, admin.Get("/settings/places"), "云外村")
	})
}

// A row of a village that was merged into another before its day is recorded there, and says where it counts.
func TestARowOfAVillageThatWasMerged(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		admin, officer := c.Sign(apptest.Admin), c.Sign(apptest.Officer)
		answers(t, admin.Post("/settings/places/0602/merge", url.Values{"successor": {"0601"}, "merge_from": {"2026-06-01"}}), http.StatusOK, "并入青溪乡上村")
		merged := "青溪乡下村"
		path := officer.Upload("/imports/training", nil, "file", "并了的村.csv", []byte("培训班名称,类型,乡镇,村,开始日期,结束日期,专业,培训人次\n以前,农村实用技术短期培训,青溪乡,"+merged+",2026-05-11,2026-05-11,核桃,41\n以后,农村实用技术短期培训,青溪乡,"+merged+",2026-07-11,2026-07-11,核桃,42\n")).Path
		path, _, _ = strings.Cut(path, "?")
		page := until(t, officer, path, "导入 2 行")
		if n := strings.Count(plainText(page.Body), merged+"到2026年5月31日为止，以后并入青溪乡上村"); n != 1 {
			t.Errorf("%d rows say where they count", n)
		}
	})
}
