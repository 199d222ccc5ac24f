package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

func closedUpTo(t testing.TB, w *apptest.World) (d day.Day) {
	t.Helper()
	if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
		d, err = ledger.ClosedUpTo(w.Ctx, tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return d
}

// correctedSince is how many corrections the page counts since the last closing that stands.
func correctedSince(t testing.TB, b *apptest.Browser) int {
	t.Helper()
	found := regexp.MustCompile(`最近一次结账后的更正 ?(\d+) ?笔|(\d+) ?笔 ?最近一次结账后的更正`).FindStringSubmatch(plain(b.Get("/ledger/closing").Body))
	if found == nil {
		t.Fatal("the page counts no corrections")
	}
	n, err := strconv.Atoi(found[1] + found[2])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// An officer closes August, a class of July is corrected afterwards, the chair opens again with a reason; everybody reads what
// changed as far as he may see it.
func TestClosingCorrectingAndReopening(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		thisYear(t, w)
		july := class(t, w, "06", "烤烟分级", "烤烟", "2026-07-09", 53, ledger.Exact)
		e := verified(t, w, apptest.Clerk, july)
		late := reported(t, w, apptest.Clerk, class(t, w, "06", "玉米青贮", "玉米", "2026-08-06", 31, ledger.Exact))
		program := programOf(w, apptest.Second)
		officer, clerk, chair := w.Sign(apptest.Officer), w.Sign(apptest.Clerk), w.Sign(apptest.Chair)

		if _, err := w.App.Seal(w.Ctx); err != nil {
			t.Fatal(err)
		}

		shows(t, officer.Get("/ledger/closing"), "还没有结过账", "2026年8月31日（8月）", "2026年6月30日（6月、二季度、上半年）", "2025年12月31日（12月、四季度、下半年、全年）", "到2026年8月31日为止还没办完的", "待核实", "1 2026年8月6日")
		shows(t, officer.Get("/ledger/closing?to=2026-02-28"), "都办完了", "到2026年2月28日为止")
		for _, to := range []string{"2026-09-30", "2026-08-15", "", "x", "2019-01-31"} {
			got := officer.Post("/ledger/closing", url.Values{"to": {to}})
			if closedUpTo(t, w) != "" {
				t.Errorf("closed up to %q", to)
			}
			answers(t, got, http.StatusUnprocessableEntity, "还没有结账", "不能结到「"+to+"」", "只能结到已经过完、还没有结的月末", "结到2026年8月31日")
		}
		clerk.Get("/ledger/closing")
		if got := clerk.Post("/ledger/closing", url.Values{"to": {"2026-08-31"}}); got.Status != http.StatusForbidden {
			t.Errorf("a clerk closes: %d", got.Status)
		}
		hides(t, clerk.Get("/ledger/closing"), "重新结到", "为什么重开")
		shows(t, clerk.Get("/ledger/closing"), "结账由主席或干事办")

		sealed := func(period, want string) { // programs read one seal, whichever way they ask
			t.Helper()
			for _, at := range []string{"/figures/training.attendees?period=", "/figures/training.attendees/trace?period="} {
				program.ask("GET", at+period, "").has(t, http.StatusOK, `"seal":"`+want+`"`)
			}
		}
		sealed("2026-07", "full")
		sealed("2026-08", "outline")
		shows(t, officer.Post("/ledger/closing", url.Values{"to": {"2026-08-31"}}), "2026年8月31日及以前已结", "周敏", "变了什么")
		sealed("2026-07", "frozen")
		sealed("2026-08", "frozen")
		sealed("2026-09", "outline")
		if d := closedUpTo(t, w); d != "2026-08-31" {
			t.Fatalf("closed up to %q", d)
		}
		if got := officer.Post("/ledger/closing", url.Values{"to": {"2026-07-31"}}); got.Status == http.StatusOK && closedUpTo(t, w) != "2026-08-31" {
			t.Error("closing went back without the chair")
		}
		shows(t, officer.Get("/ledger/changes"), "没有变动", "指标都没有变", "结到2026年8月31日")

		// Who enters a class of a closed day is told so while he types.
		shows(t, clerk.Post("/training/preview", classForm("start", "2026-08-30", "end", "2026-08-31")), "2026年8月31日的账已经结了（结到2026年8月31日）")
		hides(t, clerk.Post("/training/preview", classForm("start", "2026-09-01", "end", "2026-09-01")), "的账已经结了")

		// A correction on a closed day keeps both values and says why.
		july.Attendances = &training.Count{N: 48}
		revision, err := w.App.Training.Save(w.As(apptest.Clerk), training.SaveInput{ID: e.ID, Version: e.Version, Body: july, Reason: "签到册重复 5 人", Submit: true})
		if err != nil {
			t.Fatal(err)
		}
		standing, err := w.App.Training.Verify(w.As(apptest.Officer), revision.ID, revision.Version, "")
		if err != nil {
			t.Fatal(err)
		}
		changes := officer.Get("/ledger/changes")
		shows(t, changes, "培训人次", "53 人次", "48 人次", "结账后更正", "签到册重复 5 人", "周敏", "减 5")
		shows(t, officer.Get("/ledger/changes?view=corrections"), "48 人次")
		all := officer.Get("/ledger/changes?period=2026&since=64") // a class without a roster says nothing of how many people
		shows(t, all, "培训人次 新入账 ")
		hides(t, all, "培训人员 新入账")
		shows(t, officer.Get("/ledger/changes?q="+url.QueryEscape("没有这个")), "没有符合的变动")
		shows(t, officer.Get("/figures/training.attendees/changes?period=2026"), "谁改过", "53 人次", "48 人次", "签到册重复 5 人", "新入账")
		shows(t, officer.Get("/figures/training.attendees?period=2026"), "谁改过")
		shows(t, clerk.Get("/figures/training.attendees/changes?period=2026&unit=u06"), "48 人次")
		if got := w.Sign(apptest.Outsider).Get("/figures/training.attendees/changes?period=2026&unit=u06"); got.Status != http.StatusForbidden || strings.Contains(got.Body, "48 人次") {
			t.Errorf("an outsider reads who changed what: %d", got.Status)
		}
		for _, as := range []string{"csv", "xlsx"} {
			for _, path := range []string{"/ledger/changes?as=", "/figures/training.attendees/changes?period=2026&as=", "/ledger/closing?as="} {
				got := officer.Get(path + as)
				if got.Status != http.StatusOK || !strings.Contains(got.Header.Get("Content-Disposition"), as) {
					t.Errorf("%s%s answers %d %s", path, as, got.Status, got.Header.Get("Content-Disposition"))
				}
			}
		}
		if csv := officer.Get("/ledger/changes?as=csv").Body; !strings.Contains(csv, ",53,48,") || !strings.Contains(csv, e.Number) {
			t.Errorf("the file of changes does not say both values:\n%s", csv)
		}
		for path, want := range map[string]string{"/ledger/changes?since=x": "不是数字", "/ledger/changes?since=999999": "还没有存证点 № 999999", "/ledger/changes?since=-3": "不是数字"} {
			if got := officer.Get(path); got.Status != http.StatusUnprocessableEntity && got.Status != http.StatusBadRequest || !strings.Contains(got.Body, want) {
				t.Errorf("%s answers %d: %s", path, got.Status, plain(got.Body))
			}
		}

		// What was handed in too late counts only with a reason, alone or together, and is a correction.
		shows(t, officer.Get("/training/"+late.Number), "为什么结账后才入账", "计入2026年8月6日", "结到2026年8月31日")
		if got := officer.Post("/training/"+late.Number+"/verify", url.Values{"version": {"1"}}); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "请写更正的原因") {
			t.Errorf("verified on a closed day without a reason: %d", got.Status)
		}
		shows(t, officer.Post("/training/"+late.Number+"/verify", url.Values{"version": {"1"}, "reason": {"乡镇九月才交"}}), "乡镇九月才交")
		another := reported(t, w, apptest.Clerk, class(t, w, "06", "玉米收割", "玉米", "2026-08-07", 29, ledger.Exact))
		timely := reported(t, w, apptest.Clerk, class(t, w, "06", "玉米储藏", "玉米", "2026-09-07", 27, ledger.Exact))
		picks := []string{another.ID + ".1", timely.ID + ".1"}
		shows(t, officer.Post("/training/batch/verify", url.Values{"id": picks}), "为什么结账后才入账", "玉米收割", "玉米储藏", "核实 2 期")
		if got := officer.Post("/training/batch/verify", url.Values{"id": picks, "reason": {" "}}); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("verified together on a closed day without a reason: %d", got.Status)
		}
		if got := officer.Post("/training/batch/verify", url.Values{"id": picks, "reason": {"一起补报"}}); got.Status != http.StatusOK || !strings.HasPrefix(got.Path, "/training") {
			t.Errorf("verified together with a reason: %d %s", got.Status, got.Path)
		}
		shows(t, officer.Get("/ledger/changes?view=corrections&period=2026"), "乡镇九月才交", "29 人次", "一起补报")
		hides(t, officer.Get("/ledger/changes?view=corrections&period=2026"), "27 人次")

		// An import with a verifier lets rows of closed months in, but leaves them to be verified with a reason of their own.
		r, err := w.App.Intake.Run(w.As(apptest.Officer), training.Kind, "补报.csv", strings.NewReader("培训班名称,类型,乡镇,开始日期,结束日期,专业,培训人次\n"+
			"补报的班,农村实用技术短期培训,青溪乡,2026-08-11,2026-08-11,核桃嫁接,41\n当月的班,农村实用技术短期培训,青溪乡,2026-09-11,2026-09-11,核桃嫁接,43\n"),
			intake.Options{}, apptest.Second)
		if err != nil {
			t.Fatal(err)
		}
		if r.Created != 2 {
			t.Fatalf("the import let %d rows in: %+v", r.Created, r)
		}
		shows(t, officer.Get("/training?q="+url.QueryEscape("补报的班")), "待核实")
		shows(t, officer.Get("/training?q="+url.QueryEscape("当月的班")), "已核实")

		// What was opened again leaves the corrections of the days that stay closed, those made before and those made after.
		if n := correctedSince(t, officer); n < 3 {
			t.Errorf("%d corrections since the closing", n)
		}
		shows(t, chair.Post("/ledger/closing/reopen", url.Values{"to": {"2026-07-31"}, "reason": {"八月漏报"}}), "2026年7月31日及以前已结")
		if n := correctedSince(t, officer); n != 1 {
			t.Errorf("%d corrections of July after August was opened again, want that of 烤烟分级", n)
		}
		july.Attendances = &training.Count{N: 47}
		if revision, err = w.App.Training.Save(w.As(apptest.Clerk), training.SaveInput{ID: e.ID, Version: standing.Version, Body: july, Reason: "又少 1 人", Submit: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.App.Training.Verify(w.As(apptest.Officer), revision.ID, revision.Version, ""); err != nil {
			t.Fatal(err)
		}
		if n := correctedSince(t, officer); n != 2 {
			t.Errorf("%d corrections of July, one before and one after August was opened again", n)
		}
		shows(t, officer.Post("/ledger/closing", url.Values{"to": {"2026-08-31"}}), "2026年8月31日及以前已结")
		if n := correctedSince(t, officer); n != 0 {
			t.Errorf("%d corrections since the books were closed anew", n)
		}

		// Only the chair opens again, with a reason; then a change is no correction any more.
		if got := officer.Post("/ledger/closing/reopen", url.Values{"to": {"2026-06-30"}, "reason": {"漏了"}}); got.Status != http.StatusForbidden {
			t.Errorf("an officer opens closed days: %d", got.Status)
		}
		chair.Get("/ledger/closing")
		for _, form := range []url.Values{{"to": {"2026-06-30"}}, {"to": {"2026-06-30"}, "reason": {"  "}}, {"to": {"2026-08-31"}, "reason": {"漏了"}}, {"reason": {"漏了"}}} {
			if got := chair.Post("/ledger/closing/reopen", form); got.Status != http.StatusUnprocessableEntity || closedUpTo(t, w) != "2026-08-31" {
				t.Errorf("reopening with %v answers %d", form, got.Status)
			}
		}
		shows(t, chair.Post("/ledger/closing/reopen", url.Values{"to": {"2026-06-30"}, "reason": {"七月漏报三期"}}), "2026年6月30日及以前已结", "七月漏报三期", "重开", "王建国")
		shows(t, w.Sign(apptest.Auditor).Get("/settings/trail?area=ledger."), "结账", "重开账", "七月漏报三期")
	})
}
