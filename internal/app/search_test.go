package app_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/evidence"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

func TestSearchFindsPapersByTheirNames(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		e := reported(t, w, apptest.Clerk, class(t, w, "06", "核桃嫁接技术", "核桃嫁接", "2026-03-12", 56, ledger.Exact))
		if err := w.App.DB.Update(w.As(apptest.Clerk), func(tx *db.Tx) error {
			ref := id.Ref{Kind: "training", ID: e.ID}
			if _, _, err := evidence.Attach(w.As(apptest.Clerk), tx, ref, evidence.Paper{Kind: evidence.Link, Link: "https://example.org/a", Name: "县报 100% Report_3月"}); err != nil {
				return err
			}
			return w.App.Papers.UpdateProof(w.As(apptest.Clerk), tx, evidence.Subject{Ref: ref, Subkind: "short", Day: "2026-03-12"})
		}); err != nil {
			t.Fatal(err)
		}
		officer := w.Sign(apptest.Officer)
		for _, q := range []string{"县报", "report_3", "县报 3月", "100%"} {
			shows(t, officer.Get("/search?q="+url.QueryEscape(q)), "佐证 1 个", "县报 100% Report_3月", "核桃嫁接技术")
		}
		for _, q := range []string{"县报 4月", "reportx3", "100_", "县%3月"} { // what stands for anything in SQL stands for itself here
			hides(t, officer.Get("/search?q="+url.QueryEscape(q)), "佐证 1 个")
		}
		shows(t, w.Sign(apptest.Clerk).Get("/search?q="+url.QueryEscape("县报")), "佐证 1 个")
		hides(t, w.Sign(apptest.Outsider).Get("/search?q="+url.QueryEscape("县报")), "佐证 1 个", "核桃")
	})
}

// TestSearchFindsImportedWorkbooks: a workbook is found by its name as the import that it was, by who sees that in the list of imports.
func TestSearchFindsImportedWorkbooks(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		in := func(who, kind, name, file string) string {
			t.Helper()
			r, err := w.App.Intake.Run(w.As(who), kind, name, strings.NewReader(file), intake.Options{}, "")
			if err != nil {
				t.Fatal(err)
			}
			return "/imports/" + kind + "/" + r.ID
		}
		const heads = "培训班名称,专业,类型,乡镇,开始日期,培训人次\n"
		officers := in(apptest.Officer, "training", "青溪 100% Book_一.csv", heads+"核桃嫁接班,核桃嫁接,农村实用技术短期培训,青溪乡,2026-03-05,52\n")
		clerks := in(apptest.Clerk, "training", "青溪 Book_二.csv", heads+"养蜂班,养蜂,农村实用技术短期培训,青溪乡,2026-04-05,30\n")
		figures := in(apptest.Officer, "external", "青溪人口.csv", "数据,乡镇,年份,数值,来源\n户数,青溪乡,2024,8000,乡政府\n")
		for _, one := range []struct {
			who, words string
			finds      []string
		}{
			{apptest.Officer, "青溪 book", []string{officers, clerks}},
			{apptest.Officer, "青溪人口", []string{figures}},
			{apptest.Officer, "100%", []string{officers}},
			{apptest.Officer, "青溪 三", nil},
			{apptest.Officer, "青%一", nil},
			{apptest.Officer, "bookx一", nil},
			{apptest.Chair, "book_", []string{officers, clerks}},
			{apptest.Clerk, "book_", []string{clerks}},
			{apptest.Clerk, "青溪人口", nil},
			{apptest.Outsider, "book_", nil},
			{apptest.Viewer, "book_", nil},
			{apptest.Admin, "book_", nil},
		} {
			page := w.Sign(one.who).Get("/search?q=" + url.QueryEscape(one.words))
			if len(one.finds) > 0 {
				shows(t, page, fmt.Sprintf("导入的文件 %d 个", len(one.finds)))
			} else {
				hides(t, page, "导入的文件 1 个", "导入的文件 2 个")
			}
			for _, href := range []string{officers, clerks, figures} {
				if got, want := strings.Contains(page.Body, href), slices.Contains(one.finds, href); got != want {
					t.Errorf("%s finds %s by %q: %v, want %v", one.who, href, one.words, got, want)
				}
			}
		}
		officer := w.Sign(apptest.Officer)
		shows(t, officer.Get("/search?q="+url.QueryEscape("青溪人口")), "周敏", "导入 1 行", "基础数据")
		if csv := officer.Get("/search?as=csv&q=" + url.QueryEscape("青溪人口")).Body; !strings.Contains(csv, "导入的文件,,青溪人口.csv,基础数据,2026-09-18,导入 1 行") {
			t.Errorf("the file of the search:\n%s", csv)
		}
	})
}
