package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/kit/db"
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
		if n := strings.Count(page.Body, ">核桃</td>"); n != 2 {
			t.Errorf("%d rows show what all of them say", n)
		}
		answers(t, officer.Post(path, url.Values{"act": {"import"}}), http.StatusOK)
		shows(t, until(t, officer, path, "导入了 2 行"), "导入了 2 行")
		shows(t, officer.Get("/training"), "甲班", "乙班", "核桃")
	})
}

// TestAKindForAllRowsIsChosenAtTheSheet: a sheet without the column of kinds is not filled by hand: what it is, is chosen.
func TestAKindForAllRowsIsChosenAtTheSheet(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		officer := c.Sign(apptest.Officer)
		page := officer.Upload("/imports/activity", nil, "file", "没有类别.csv", []byte("活动名称,地点,开始日期,现场参加\n甲讲座,青溪乡上村,2026-05-11,41\n乙讲座,青溪乡下村,2026-05-12,42\n"))
		path, _, _ := strings.Cut(page.Path, "?")
		page = until(t, officer, path, "行因此进不了")
		shows(t, page, "没有「类别」这一列", "在下面「没有类别」的「认作」里选")
		hides(t, page, "「类别」所有行都是")
		answers(t, officer.Post(path, url.Values{"act": {"check"}, "sheet.0": {"lecture"}}), http.StatusOK)
		shows(t, until(t, officer, path, "导入 2 行"), "导入 2 行")
	})
}

// TestTheSameFileWithAnotherFill: who hands in once more what is in is told what all its rows said, and can have them say something else.
func TestTheSameFileWithAnotherFill(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		officer := c.Sign(apptest.Officer)
		file := []byte("培训班名称,类型,地点,开始日期,培训人次\n甲班,农村实用技术短期培训,青溪乡上村,2026-05-11,41\n")
		upload := func() (path string, page apptest.Answer) {
			page = officer.Upload("/imports/training", nil, "file", "没有专业.csv", file)
			path, _, _ = strings.Cut(page.Path, "?")
			return path, page
		}
		path, _ := upload()
		until(t, officer, path, "1 行因此进不了")
		if got := officer.Post(path+"/anew", nil); got.Status != http.StatusConflict {
			t.Errorf("what is not in is read anew: %d", got.Status)
		}
		officer.Post(path, url.Values{"act": {"check"}, "sheet.0": {"*"}, "fill.0.subject": {"核桃嫁接"}})
		until(t, officer, path, "导入 1 行")
		officer.Post(path, url.Values{"act": {"import"}})
		done := until(t, officer, path, "导入了 1 行")
		shows(t, done, "「所有行都是」填错了的，撤销那次导入，再导一次。") // nothing can be changed while all wait
		hides(t, done, "换「所有行都是」再导入")
		verifyWaiting(t, c.World)

		again, page := upload()
		shows(t, page, "导入过这个文件，一行也没有变", "那次「专业」所有行都是「核桃嫁接」。", "换「所有行都是」再导入")
		if again != path {
			t.Fatalf("the same bytes are at %s, not at %s", again, path)
		}
		page = officer.Post(path+"/anew", nil)
		anew, _, _ := strings.Cut(page.Path, "?")
		if anew == path {
			t.Fatal("no other review")
		}
		shows(t, page, "这个文件导入过。在下面把「所有行都是」改成别的，再核对", "1 行都和已有的记录一样")
		if !strings.Contains(page.Body, `value="核桃嫁接"`) || !strings.Contains(page.Body, ">核桃嫁接</td>") {
			t.Error("the review does not show what all rows said")
		}
		officer.Post(anew, url.Values{"act": {"check"}, "sheet.0": {"*"}, "fill.0.subject": {""}}) // nothing is said: as it was, and it can be said still
		page = until(t, officer, anew, "1 行都和已有的记录一样")
		if !strings.Contains(page.Body, `name="fill.0.subject"`) {
			t.Error("what was blanked cannot be said any more")
		}
		officer.Post(anew, url.Values{"act": {"check"}, "sheet.0": {"*"}, "fill.0.subject": {"养蜂"}})
		shows(t, until(t, officer, anew, "导入 1 行"), "专业「核桃嫁接」改为「养蜂」")
		hides(t, officer.Get(anew), "不会再记一次")
		officer.Post(anew, url.Values{"act": {"import"}})
		shows(t, until(t, officer, anew, "导入了 1 行"), "改动")
		if says := officer.Get(path).Body; !strings.Contains(says, "又导入过，改了 1 条：那些不动，要动先撤销那次") {
			t.Error("the first import does not say what the later one changed")
		} else if strings.Contains(officer.Get(anew).Body, "又导入过") {
			t.Error("the later import is not told of itself")
		}
		if _, page = upload(); !strings.Contains(plain(page.Body), "那次「专业」所有行都是「养蜂」。") {
			t.Errorf("the last import is not the one that stands:\n%s", plain(page.Body))
		}
		if got := c.Sign(apptest.Outsider).Post(path+"/anew", nil); got.Status != http.StatusNotFound {
			t.Errorf("somebody else's import: %d", got.Status)
		}
	})
}

// TestWhatRowsSayThemselves: no value for all rows is proposed of any day, nor of the year, which the page asks of the sheet.
func TestWhatRowsSayThemselves(t *testing.T) {
	w := apptest.Open(t, "")
	said := map[string]bool{}
	for _, target := range w.App.Intake.Targets {
		for _, c := range target.Columns() {
			if strings.HasSuffix(c.Title, "日期") || strings.HasSuffix(c.Title, "时点") || c.Title == "年份" {
				if said[c.Title] = true; !c.Each() {
					t.Errorf("%s: one value of «%s» is proposed for all rows", target.Kind(), c.Title)
				}
			}
		}
	}
	for _, title := range []string{"开始日期", "建成日期", "年份", "时点"} {
		if !said[title] {
			t.Errorf("no column «%s»", title)
		}
	}
}

// verifyWaiting has 李岩 verify all classes that wait.
func verifyWaiting(t *testing.T, w *apptest.World) {
	t.Helper()
	ctx := w.As(apptest.Second)
	var all []flow.Head
	if err := w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
		all, err = flow.List(ctx, tx, flow.Filter{Kinds: []string{"training"}, States: []flow.State{flow.Submitted}}, flow.Page{Limit: 100})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, h := range all {
		if _, err := w.App.Training.Verify(ctx, h.ID, h.Version, ""); err != nil {
			t.Fatal(err)
		}
	}
}
