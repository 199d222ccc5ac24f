package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
)

// A row that corrects a closed day says no reason by being in a workbook: whoever verifies it is asked why, and both stand beside the correction.
// Verified with the import it would be without a reason, so it waits; a row that leaves the figures of closed days alone does not.
func TestACorrectionByAnImportNeedsAReason(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		const heads = "编号,培训班名称,类型,乡镇,开始日期,结束日期,专业,培训人次,备注\n"
		row := func(number, people, note string) string {
			return heads + number + ",核桃班,农村实用技术短期培训,青溪乡,2025-05-11,2025-05-11,核桃," + people + "," + note + "\n"
		}
		run := func(name, rows, verifyAs string) intake.Result {
			t.Helper()
			r, err := c.App.Intake.Run(c.As(apptest.Officer), "training", name, strings.NewReader(rows), intake.Options{}, verifyAs)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		run("去年.csv", row("", "58", ""), apptest.Second)
		c.closeYear(2025)
		number := "PX-2025-0001"
		c.are("", "2025", "58", "training.short_attendees")

		run("改人次.csv", row(number, "60", ""), apptest.Second)
		c.are("", "2025", "58", "training.short_attendees")
		second := c.Sign(apptest.Second)
		shows(t, second.Get("/training/"+number), "为什么更正", "那天的账已经结了")
		answers(t, second.Post("/training/"+number+"/verify", shown(headOf(t, c.World, number))), http.StatusUnprocessableEntity, "请写更正的原因")
		c.are("", "2025", "58", "training.short_attendees")
		answers(t, second.Post("/training/"+number+"/verify", shown(headOf(t, c.World, number), "reason", "签到册漏数两人")), http.StatusOK)
		c.are("", "2025", "60", "training.short_attendees")
		shows(t, second.Get("/ledger/changes?period=2025"), "结账后更正：签到册漏数两人（导入「改人次.csv」")

		// Taken back again, the correction says why that was, not which row the version came from that stands now.
		r := run("再改.csv", row(number, "61", ""), "")
		answers(t, second.Post("/training/"+number+"/verify", shown(headOf(t, c.World, number), "reason", "又数了一遍")), http.StatusOK)
		officer, path := c.Sign(apptest.Officer), "/imports/training/"+r.ID
		answers(t, officer.Post(path+"/undo", url.Values{"reason": {"导错了表"}}), http.StatusOK)
		until(t, officer, path, "已撤销")
		c.are("", "2025", "60", "training.short_attendees")
		changes := second.Get("/ledger/changes?period=2025")
		shows(t, changes, "导错了表")
		hides(t, changes, "导错了表（导入")

		run("改备注.csv", row(number, "60", "教材另付"), apptest.Second) // no figure changes
		if h := headOf(t, c.World, number); h.Revision != "" {
			t.Errorf("a row that changes a note waits: %s", h.Revision)
		}
	})
}
