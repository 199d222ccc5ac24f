package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"shilu/internal/app/apptest"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/work/activity"
)

// TestListsPrintOnA4 lays pages out as paper: A4 leaves 186 mm (703 px) between its margins. Nothing may reach beyond, and no name may
// fall to a column of single characters.
func TestListsPrintOnA4(t *testing.T) {
	w := apptest.Demo(t)
	c := w.Chrome(t, 3*time.Minute)
	officer := w.Sign(apptest.Officer)
	c.Become(officer)
	c.Picture(703, 980, false)
	if _, err := chromedp.Call(c.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	print := func(path string) {
		t.Helper()
		c.Open(path)
		c.Until("!!document.querySelector('h1, .home')", "the page")
		if over := apptest.Eval[int](c, "document.documentElement.scrollWidth - 703"); over > 0 {
			t.Errorf("%s is %d px too wide for A4 by %s", path, over, apptest.Eval[string](c, `Array.from(document.body.querySelectorAll('*')).map(e => [e, Math.round(e.getBoundingClientRect().left + Math.max(e.offsetWidth || 0, e.scrollWidth || 0))])
				.filter(p => p[1] > 703).map(p => p[0].tagName + '.' + p[0].className + ' ' + p[1]).slice(-12).join('; ')`))
		}
		if narrow := apptest.Eval[string](c, "Array.from(document.querySelectorAll('td.main')).filter(d => d.offsetWidth < 110 && d.innerText.length > 8).map(d => d.innerText.trim() + ' ' + d.offsetWidth).slice(0, 3).join('; ')"); narrow != "" {
			t.Errorf("%s squeezes names on A4: %s", path, narrow)
		}
		if left := apptest.Eval[string](c, "Array.from(document.querySelectorAll('.print-foot')).map(d => d.innerText).join('')"); left == "" {
			t.Errorf("%s has no foot with checkpoint and day on paper", path)
		}
	}
	for _, path := range append([]string{"/", "/training", "/activity", "/activity.share", "/facility", "/facility.log", "/external", "/figures", "/late", "/todo", "/facility/matrix", "/facility/care",
		"/campaigns?year=2026", "/campaigns/unreached?year=2026", "/campaigns/" + url.PathEscape("全国科普月") + "?year=2026", "/settings/campaigns?year=2026", "/settings/terms", "/settings",
		"/ledger", "/ledger/closing", "/ledger/changes", "/search?q=核桃", "/views", "/reports", "/imports/training", "/figures/training.attendees?period=2026", "/figures/training.exam_pass_rate?period=2025",
		"/figures/training.attendees/changes?period=2026"}, printedRecords(w, officer)...) {
		print(path)
	}
	c.Become(w.Sign(apptest.Admin))
	for _, path := range []string{"/settings/accounts", "/settings/places", "/settings/units", "/settings/tokens", "/settings/backup"} {
		print(path)
	}
	c.Become(w.Sign(apptest.Auditor))
	print("/settings/trail")
}

// A printed list says on its foot what it was narrowed by: a list of one township is not the county's.
func TestThePrintedFootNamesTheFilters(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		officer := w.Sign(apptest.Officer)
		for _, kind := range []string{"/training", "/activity", "/facility"} {
			says(t, "narrowed", officer.Get(kind+"?town=06&state=verified&q="+url.QueryEscape("核桃")), http.StatusOK, "筛选：乡镇「青溪乡」、状态「已核实」、查找「核桃」")
			says(t, "one tab", officer.Get(kind+"?view=verify"), http.StatusOK, "　筛选：待")
			if whole := officer.Get(kind); strings.Contains(whole.Body, "筛选：") {
				t.Errorf("%s is whole and says it is narrowed", kind)
			}
		}
	})
}

// printedRecords are the page of a record of each kind, of a tour with its stops, of a joint activity with its shares, and of a report.
func printedRecords(w *apptest.World, officer *apptest.Browser) (paths []string) {
	w.Helper()
	ctx := w.As(apptest.Officer)
	add := func(kind, where string) {
		var number string
		if err := w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
			number, err = db.One(ctx, tx, db.Value[string], "SELECT r.number FROM record r WHERE r.association = ? AND r.kind = ? AND r.state = 'verified' AND "+where+" ORDER BY r.number DESC LIMIT 1",
				org.Of(ctx), kind)
			return err
		}); err != nil {
			w.Fatalf("no record of %s to print: %v", kind, err)
		}
		paths = append(paths, desk.Href(kind, number))
	}
	for _, m := range w.App.Modules {
		add(m.Kind, "1 = 1")
	}
	add(activity.Kind, "EXISTS (SELECT 1 FROM activity c WHERE c.association = r.association AND c.id = r.id AND c.stops > 2)")
	add(activity.Kind, "EXISTS (SELECT 1 FROM activity_share c WHERE c.association = r.association AND c.activity = r.id)")
	return append(paths, officer.Post("/reports", url.Values{"outline": {"annual"}, "period": {"2026"}, "where": {""}}).Path)
}
