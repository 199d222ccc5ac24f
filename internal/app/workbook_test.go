package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/kit/db"
)

// takenOver uploads a table of classes and takes it over.
func takenOver(t *testing.T, b *apptest.Browser, name, csv string) {
	t.Helper()
	wait := func(got apptest.Answer) apptest.Answer {
		for end := time.Now().Add(20 * time.Second); strings.Contains(got.Body, "/progress?"); got = b.Get(got.Path) {
			if time.Now().After(end) {
				t.Fatalf("%s does not end:\n%s", got.Path, plainText(got.Body))
			}
			time.Sleep(50 * time.Millisecond)
		}
		return got
	}
	got := wait(b.Upload("/imports/training", nil, "file", name, []byte(csv)))
	at, _, _ := strings.Cut(got.Path, "?")
	if !strings.HasPrefix(at, "/imports/training/") {
		t.Fatalf("the table was not taken: %d at %s\n%s", got.Status, got.Path, plainText(got.Body))
	}
	answers(t, wait(b.Post(at, url.Values{"act": {"import"}})), http.StatusOK)
}

// numberOf is the number of the first class that a list names.
func numberOf(t *testing.T, got apptest.Answer) string {
	t.Helper()
	m := regexp.MustCompile(`/training/(PX-\d+-\d+)`).FindStringSubmatch(got.Body)
	if m == nil {
		t.Fatalf("%s names no class:\n%s", got.Path, plainText(got.Body))
	}
	return m[1]
}

func paperID(t *testing.T, w *apptest.World, record string) string {
	t.Helper()
	return oneText(t, w, "SELECT id FROM evidence WHERE record = ?", record)
}

// Who sees one row of an imported workbook does not get the whole of it.
func TestTheWorkbookIsForWhoSeesAllOfIt(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		const head = "培训班名称,主办单位,乡镇,开始日期,结束日期,专业,培训人次\n"
		officer, clerk := w.Sign(apptest.Officer), w.Sign(apptest.Clerk)
		takenOver(t, officer, "短期实用技术培训.csv", head+"甲班,青溪乡科协,青溪乡,2026-03-01,2026-03-01,核桃,50\n秘密班,河西镇科协,河西镇,2026-03-02,2026-03-02,核桃,60\n")
		number := numberOf(t, clerk.Get("/training"))
		paper := "/evidence/" + paperID(t, w, headOf(t, w, number).ID)

		record := clerk.Get("/training/" + number)
		record.Body = strings.ReplaceAll(record.Body, "\u00a0", " ") // a count is not parted from its unit
		answers(t, record, http.StatusOK, "第 2 行", "整本只有导入人和县科协能下载")
		leavesOut(t, record, paper+`"`)
		for _, path := range []string{paper, paper + "/small"} {
			got := clerk.Get(path)
			answers(t, got, http.StatusForbidden, "第 2 行的来源，整本工作簿只有导入人和县科协能下载")
			leavesOut(t, got, "秘密班")
		}
		answers(t, w.Sign(apptest.Viewer).Get(paper), http.StatusForbidden, "只有导入人和县科协")
		answers(t, w.Sign(apptest.Outsider).Get(paper), http.StatusNotFound)

		for _, b := range []*apptest.Browser{officer, w.Sign(apptest.Second)} {
			record := b.Get("/training/" + number)
			if !strings.Contains(record.Body, paper+`"`) {
				t.Errorf("%s finds no link to the workbook", b.Login)
			}
			answers(t, b.Get(paper), http.StatusOK, "秘密班")
		}

		// A clerk has the workbook that he imported himself.
		takenOver(t, clerk, "短期实用技术培训.csv", head+"丙班,青溪乡科协,青溪乡,2026-04-01,2026-04-01,养蜂,30\n")
		own := oneText(t, w, "SELECT id FROM record WHERE title = ?", "丙班")
		answers(t, clerk.Get("/evidence/"+paperID(t, w, own)), http.StatusOK, "丙班")
	})
}

// oneText reads one value from the database.
func oneText(t *testing.T, w *apptest.World, query string, args ...any) (s string) {
	t.Helper()
	if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
		s, err = db.One(w.Ctx, tx, db.Value[string], query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return s
}
