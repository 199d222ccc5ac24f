package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
)

// TestAMissingColumnIsFilledForAllRows: the review names the column that the sheet lacks, once, and what is written for all rows is used.
func TestAMissingColumnIsFilledForAllRows(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		officer := c.Sign(apptest.Officer)
		page := officer.Upload("/imports/training", nil, "file", "没有专业.csv", []byte("培训班名称,类型,地点,开始日期,培训人次\n甲班,农村实用技术短期培训,青溪乡上村,2026-05-11,41\n乙班,农村实用技术短期培训,县会议中心,2026-05-12,42\n"))
		path, _, _ := strings.Cut(page.Path, "?")
		page = until(t, officer, path, "2 行因此进不了")
		shows(t, page, "「没有专业」没有「专业」这一列，2 行因此进不了", "「专业」所有行都是")
		if n := strings.Count(page.Body, "2 行因此进不了"); n != 1 {
			t.Errorf("the missing column is named %d times", n)
		}
		answers(t, officer.Post(path, url.Values{"act": {"check"}, "sheet.0": {"*"}, "fill.0.subject": {"核桃"}}), http.StatusOK)
		page = until(t, officer, path, "导入 2 行")
		hides(t, page, "行因此进不了")
		shows(t, page, "「专业」所有行都是")
		answers(t, officer.Post(path, url.Values{"act": {"import"}}), http.StatusOK)
		shows(t, until(t, officer, path, "导入了 2 行"), "导入了 2 行")
		shows(t, officer.Get("/training"), "甲班", "乙班", "核桃")
	})
}
