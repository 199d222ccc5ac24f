package app_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/work/facility"
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
		hides(t, officer.Get("/figures/training.attendees?by=township"), "云海镇")
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

// Villages that became one count as one from that day on, above the line of a coverage as below it, whatever their records are called.
func TestCoverageAfterVillagesWereMerged(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		a := activities2026{t, c.World}
		r := a.run(apptest.Officer, "两村.csv", "类别,活动名称,活动时间,乡镇,村,参加人数\n科普讲座,防火讲座,2月5日,青溪乡,青溪乡上村,60\n科普讲座,防汛讲座,3月6日,青溪乡,青溪乡下村,50\n", apptest.Second)
		if r.Created != 2 {
			t.Fatalf("%v\n%s", r.Counts, a.why(r))
		}
		for _, village := range []string{"0601", "0602"} {
			c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: village + "画廊", Site: c.site(village), Start: "2026-02-01", Values: facility.Values{"length": num(1000)}})
		}
		codes := []string{"place.villages", "event.villages_covered", "event.village_coverage", "venue.board_villages", "venue.board_coverage"}
		c.are("06", "2026", "2 2 100% 2 100%", codes...)
		answers(t, c.Sign(apptest.Admin).Post("/settings/places/0602/merge", url.Values{"successor": {"0601"}, "merge_from": {"2026-06-01"}}), http.StatusOK, "并入青溪乡上村")
		c.are("06", "2026", "1 1 100% 1 100%", codes...)
		c.are("06", "2026-Q1", "2 2 100% 2 100%", codes...)
		c.are("", "2026", "19 1 5.26% 1 5.3%", codes...)
		chair := c.Sign(apptest.Chair)
		shows(t, chair.Get("/figures/event.villages_covered?period=2026&by=township"), "青溪乡")
		unreached := plain(chair.Get("/campaigns/unreached?year=2026").Body)
		if strings.Contains(unreached, "青溪乡上村") || strings.Contains(unreached, "青溪乡下村") || !strings.Contains(unreached, "河东镇上村") {
			t.Errorf("who was not reached: %s", unreached)
		}
	})
}

// A workbook names places as they were called: by an earlier name, in the township of then, in a township that is no more. Nothing of that is
// new, and nothing is made a second time.
func TestAWorkbookNamesPlacesAsTheyWereCalled(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		admin := c.Sign(apptest.Admin)
		answers(t, admin.Post("/settings/places/0601/rename", url.Values{"name": {"上庄村"}, "rename_from": {"2026-02-01"}}), http.StatusOK, "上庄村")
		answers(t, admin.Post("/settings/places/0602/move", url.Values{"parent": {"02"}, "move_from": {"2026-06-01"}}), http.StatusOK, "河西镇")
		answers(t, admin.Post("/settings/places/07/merge", url.Values{"successor": {"08"}, "merge_from": {"2026-03-01"}}), http.StatusOK, "并入龙泉乡")
		for _, year := range []string{"2025", "2026"} {
			rows := "培训班名称,类型,乡镇,村,开始日期,结束日期,专业,培训人次\n"
			for i, place := range []string{"青溪乡,青溪乡上村", "青溪乡,青溪乡下村", "白塔乡,白塔乡上村", "白塔乡,"} {
				rows += "第" + string(rune('1'+i)) + "班,农村实用技术短期培训," + place + "," + year + "-08-11," + year + "-08-11,核桃,41\n"
			}
			r, err := c.App.Intake.Run(c.As(apptest.Officer), "training", year+".csv", strings.NewReader(rows), intake.Options{Create: true}, apptest.Second)
			if err != nil || r.Created != 4 || len(r.Unknown) != 0 {
				t.Fatalf("%s: %+v %v", year, r, err)
			}
		}
		c.are("", "2025", "20 10", "place.villages", "place.townships")
		c.are("", "2026", "20 9", "place.villages", "place.townships")
		c.are("06", "2026", "41", "training.short_attendees")
		c.are("02", "2026", "41", "training.short_attendees")
		c.are("08", "2026", "82", "training.short_attendees")
		c.are("07", "2025", "82", "training.short_attendees")
	})
}

// A revision that was written before its village got a later beginning is not verified after it, and whoever puts something else right in a
// record that stood before may do so.
func TestARevisionBeforeItsPlaceIsThere(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		admin, clerk, officer := c.Sign(apptest.Admin), c.Sign(apptest.Clerk), c.Sign(apptest.Officer)
		made := admin.Post("/settings/places", url.Values{"name": {"云外村"}, "parent": {"06"}, "from": {"2026-09-10"}})
		village := strings.TrimSuffix(made.Path, "?")
		number := enter(t, clerk, classForm("place", "青溪乡 云外村", "start", "2026-09-16", "end", "2026-09-17"))
		answers(t, officer.Post("/training/"+number+"/verify", shown(headOf(t, c.World, number))), http.StatusOK)
		h := headOf(t, c.World, number)
		form := classForm("place", "青溪乡 云外村", "start", "2026-09-12", "end", "2026-09-12", "reason", "日期写错", "version", strconv.Itoa(h.Version), "id", h.ID)
		answers(t, clerk.Post("/training/"+number+"/edit", form), http.StatusOK)
		answers(t, admin.Post(village+"/opened", url.Values{"opened": {"2026-09-15"}}), http.StatusOK, "9月15日起")
		refused := officer.Post("/training/"+number+"/verify", shown(headOf(t, c.World, number)))
		answers(t, refused, http.StatusConflict, "「云外村」从2026年9月15日起才有，不能有2026年9月12日的事")
		c.are("06", "2026", "58", "training.short_attendees")
	})
}

// A township may be said to begin earlier though an older village was moved into it later; a village cannot have been there always where its
// township was not.
func TestTheBeginningOfATownshipWithOlderVillages(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		admin := c.Sign(apptest.Admin)
		made := admin.Post("/settings/places", url.Values{"name": {"岭南镇"}, "parent": {c.Tree.Root().Code}, "from": {"2026-06-01"}})
		town := strings.TrimSuffix(made.Path, "?")
		code := town[strings.LastIndex(town, "/")+1:]
		answers(t, admin.Post("/settings/places", url.Values{"name": {"海边村"}, "parent": {code}, "from": {""}}), http.StatusUnprocessableEntity, "岭南镇从2026年6月1日起才有")
		answers(t, admin.Post("/settings/places/0602/move", url.Values{"parent": {code}, "move_from": {"2026-07-01"}}), http.StatusOK, "岭南镇")
		answers(t, admin.Post(town+"/opened", url.Values{"opened": {"2026-07-02"}}), http.StatusUnprocessableEntity, "2026年7月1日")
		answers(t, admin.Post(town+"/opened", url.Values{"opened": {"2026-05-20"}}), http.StatusOK, "5月20日起")
	})
}
