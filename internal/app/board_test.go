package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/desk"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/insight/board"
	"shilu/internal/kit/db"
)

var traceLink = regexp.MustCompile(`<a class="fig[^"]*" href="([^"]+)" data-trace[^>]*>([^<]+)</a>`)

// figuresAgree opens every figure of the page and compares it with its trace.
func figuresAgree(t *testing.T, b *apptest.Browser, page apptest.Answer) (seen int) {
	t.Helper()
	asked := map[string]bool{}
	for _, m := range traceLink.FindAllStringSubmatch(page.Body, -1) {
		href, value := strings.ReplaceAll(m[1], "&amp;", "&"), m[2]
		if asked[href+value] {
			continue
		}
		asked[href+value] = true
		seen++
		trace := b.Get(href)
		if trace.Status != http.StatusOK || !strings.Contains(plain(trace.Body), " "+value+" ") {
			t.Errorf("%s says %s; its trace %s (%d):\n%.400s", page.Path, value, href, trace.Status, plain(trace.Body))
		}
	}
	return seen
}

func TestBoardOfTheYear(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		imported(t, w)
		thisYear(t, w)
		verified(t, w, apptest.Outsider, class(t, w, "02", "去年的班", "水稻病虫害", "2025-06-01", 20, ledger.Exact))
		officer, clerk, outsider := w.Sign(apptest.Officer), w.Sign(apptest.Clerk), w.Sign(apptest.Outsider)

		home := officer.Get("/")
		shows(t, home, "各乡镇", "青溪乡 约 142", "逐月培训人次", "7月 约 50", "6月 0 20", "9月（到 18日）", "项相加 = 216", "全部 约 216 人次 实", "没有逾期")
		if n := figuresAgree(t, officer, home); n < 30 {
			t.Errorf("home has %d figures that open", n)
		}
		if !strings.Contains(home.Body, `data-chart="{`) || strings.Contains(home.Body, "<script>") || strings.Contains(home.Body, " style=") {
			t.Error("the chart is not told by an attribute alone")
		}
		figuresAgree(t, officer, officer.Get("/?period=2024&figure=training.farm_school_pass_rate"))
		shows(t, officer.Get("/?period=2024&figure=training.farm_school_pass_rate"), "逐月农函大合格率", "各项各算，不相加", "没有账目")
		shows(t, officer.Get("/?figure=nothing"), "逐月培训人次") // what is not offered is not asked for
		shows(t, officer.Get("/?place=06"), "青溪乡各村（社区）", "青溪乡上村")
		shows(t, officer.Get("/?unit=office"), "逐月培训人次")
		hides(t, officer.Get("/?unit=office"), "各乡镇")

		own := clerk.Get("/")
		shows(t, own, "青溪乡各村（社区）", "逐月培训人次")
		hides(t, own, "河西", "各乡镇", "20（")
		if n := figuresAgree(t, clerk, own); n < 12 {
			t.Errorf("the clerk's home has %d figures that open", n)
		}
		theirs := outsider.Get("/")
		hides(t, theirs, "青溪", "核桃", "约 142", "216")
		figuresAgree(t, outsider, theirs)
		hides(t, outsider.Get("/?place=06"), "逐月", "约 142")
	})
}

func TestWhatIsLate(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		thisYear(t, w)
		late := func(b *apptest.Browser) apptest.Answer { t.Helper(); return b.Get("/late") }
		shows(t, late(w.Sign(apptest.Officer)), "没有逾期的记录")
		w.Wait(8 * 24 * time.Hour)
		officer := w.Sign(apptest.Officer)
		shows(t, officer.Get("/"), "落后与逾期 2 项", "培训班退回没重填 青溪乡科协 1 条，最久逾期 1 天", "培训班交来没核实 青溪乡科协 1 条，最久逾期 1 天")
		shows(t, late(officer), "全部 2", "退回没重填 1", "交来没核实 1", "草稿没提交 0", "大蒜根腐病防治", "1 天")
		hides(t, officer.Get("/late?view=submitted"), "大蒜根腐病防治")
		shows(t, officer.Get("/late?view=nothing"), "全部 2", "大蒜根腐病防治")
		shows(t, officer.Get("/late?q="+url.QueryEscape("没有的词")), "没有逾期的记录")
		if rows := sheet(t, officer.Get("/late?as=xlsx"), "逾期"); len(rows) != 3 || rows[1][7] != "1" {
			t.Errorf("what is late as a workbook: %v", rows)
		}
		if got := officer.Get("/late?as=pdf"); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("another format: %d", got.Status)
		}
		if got := w.Sign(apptest.Viewer).Get("/late?as=csv"); got.Status != http.StatusForbidden {
			t.Errorf("who may not export does: %d", got.Status)
		}
		clerk := w.Sign(apptest.Clerk)
		shows(t, clerk.Get("/"), "培训班退回没重填", "培训班交来没核实")
		outsider := w.Sign(apptest.Outsider)
		shows(t, outsider.Get("/"), "没有逾期")
		shows(t, late(outsider), "没有逾期的记录")
		if got := w.Sign(apptest.Admin).Get("/late"); got.Status != http.StatusForbidden {
			t.Errorf("a keeper lists records: %d", got.Status)
		}

		// The days are a county's own: a rule with a day from which it holds.
		chair := w.Sign(apptest.Chair)
		shows(t, chair.Get("/settings"), "退回几天算逾期", "7 天")
		admin := w.Sign(apptest.Admin)
		for _, days := range []string{"0", "366", "x"} {
			if got := admin.Post("/settings/values/late-returned", url.Values{"value": {days}, "from": {"2026-01-01"}, "reason": {"放宽"}}); got.Status == http.StatusOK {
				t.Errorf("%s days are taken: %s", days, plain(got.Body))
			}
		}
		if err := w.App.DB.Update(w.As(apptest.Admin), func(tx *db.Tx) error {
			return org.Set(w.As(apptest.Admin), tx, board.ReturnedDays, "2026-01-01", 10, "admin")
		}); err != nil {
			t.Fatal(err)
		}
		hides(t, officer.Get("/"), "退回没重填")
		shows(t, officer.Get("/"), "落后与逾期 1 项")

		// A draft after a month.
		w.Wait(24 * 24 * time.Hour)
		shows(t, w.Sign(apptest.Officer).Get("/late"), "草稿没提交 1")
	})
}

// TestLateLinesOfModules: what a module says is late stands below the records.
func TestLateLinesOfModules(t *testing.T) {
	w := apptest.Open(t, "")
	thisYear(t, w)
	said := 0
	w.App.Modules[0].Late = func(_ *db.Tx, v *desk.Visit) ([]desk.Late, error) {
		said++
		if v.Scope.Place != "" && v.Tree.Place(v.Scope.Place).Code != "06" {
			return nil, nil
		}
		return []desk.Late{{Name: "画廊更换", Says: "青溪乡三季度一次未换", Late: "差 1 期次", Href: "/training"}}, nil
	}
	officer := w.Sign(apptest.Officer)
	shows(t, officer.Get("/"), "落后与逾期 1 项", "画廊更换 青溪乡三季度一次未换 差 1 期次")
	shows(t, officer.Get("/?place=02"), "没有逾期")
	if said != 3 || // the first page after signing in, too
		w.App.Modules[0].Kind != "training" {
		t.Errorf("the module was asked %d times", said)
	}
}

// TestTilesByPosition: where townships stand is data that a keeper changes; those without a place stand below.
func TestTilesByPosition(t *testing.T) {
	w := apptest.Open(t, "")
	thisYear(t, w)
	tile := regexp.MustCompile(`<li class="tile tile-row-(\d+) tile-col-(\d+)[^"]*">\s*<span class="tile-name"[^>]*>青溪乡<`)
	officer := w.Sign(apptest.Officer)
	place := func() string {
		m := tile.FindStringSubmatch(officer.Get("/").Body)
		if m == nil {
			t.Fatal("青溪乡 has no tile")
		}
		return m[1] + "," + m[2]
	}
	before := place()
	set := func(code string, row, col int) {
		t.Helper()
		if err := w.App.DB.Update(w.As(apptest.Admin), func(tx *db.Tx) error {
			return org.SetTile(w.As(apptest.Admin), tx, orgtest.Place(t, w.Tree, code).ID, row, col)
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range w.Tree.Townships() {
		set(p.Code, 0, 0)
	}
	if got := place(); !strings.HasSuffix(got, ",2") { // the sixth of rows of four
		t.Errorf("without positions 青溪乡 stands at %s", got)
	}
	set("06", 7, 9)
	set("01", 6, 8)
	if got := place(); got != "2,2" { // the grid begins where the first tile stands
		t.Errorf("with a position 青溪乡 stands at %s, before at %s", got, before)
	}
}

// TestChartsInTheBrowser: the chart is drawn under the policy, its table closes, a bar opens the trace in the drawer; without the
// script the table stays.
func TestChartsInTheBrowser(t *testing.T) {
	w := apptest.Open(t, "")
	thisYear(t, w)
	c := w.Chrome(t, 3*time.Minute)
	c.Picture(1366, 900, false)
	c.Become(w.Sign(apptest.Officer))
	c.Open("/figures")
	if apptest.Eval[bool](c, "performance.getEntriesByType('resource').some(e => e.name.includes('/chart-'))") {
		t.Error("a page without charts pays for them")
	}
	c.Open("/")
	c.Until("!!document.querySelector('.chart svg path')", "no chart is drawn")
	c.Until("!document.querySelector('[data-chart-table]').open", "the table stays open")
	// The tallest bar of this year.
	const bar = `(() => { const all = Array.from(document.querySelectorAll('.chart svg path')).filter(p => p.getAttribute('fill') === '#14545C');
		all.sort((a, b) => b.getBBox().height - a.getBBox().height); return all[0].getBoundingClientRect(); })()`
	x, y := apptest.Eval[float64](c, bar+".left + 3"), apptest.Eval[float64](c, bar+".top + 5")
	c.Click(x, y)
	c.Until("!document.getElementById('drawer').hidden", "the drawer does not open")
	c.Shows("算法", "2026年5月")
}
