package app_test

import (
	"net/http"
	"net/url"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/ledger"
)

// TestWhatUsesAFigureIsLinked: the trace of a figure and the page of a record name the reports that print or count them; a draft
// only to who may write reports, a frozen one not for what was verified after it.
func TestWhatUsesAFigureIsLinked(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		importYear(t, w)
		zhou, cha, zhao := w.Sign(apptest.Officer), w.Sign(apptest.Viewer), w.Sign(apptest.Outsider)
		report := func(period string) string {
			t.Helper()
			got := zhou.Post("/reports", url.Values{"outline": {"annual"}, "period": {period}})
			answers(t, got, http.StatusOK)
			return got.Path
		}
		frozen, draft, other := report("2024"), report("2024-H1"), report("2025")
		answers(t, zhou.Post(frozen+"/freeze", url.Values{"version": {"1"}}), http.StatusOK, "已定稿")

		const record, trace = "/training/PX-2024-0001", "/figures/training.short_attendees?period=2024"
		for _, path := range []string{record, trace} {
			got := zhou.Get(path)
			answers(t, got, http.StatusOK, "用在", `href="`+frozen+`"`, "「云岭县科协2024年工作总结」（已定稿，存证点 № ", `href="`+draft+`"`, "「云岭县科协2024年上半年工作总结」（草稿）")
			leavesOut(t, got, other)
			got = cha.Get(path)
			answers(t, got, http.StatusOK, `href="`+frozen+`"`)
			leavesOut(t, got, draft)
		}
		leavesOut(t, zhou.Get("/figures/training.short_attendees?period=2024&place=02"), frozen, draft)
		leavesOut(t, zhou.Get("/figures/training.lectures?period=2024"), frozen)
		leavesOut(t, zhao.Get("/figures/training.short_attendees?period=2024"), frozen, draft) // a clerk sees no report of the county

		late := verified(t, w, apptest.Clerk, class(t, w, "06", "补记的班", "核桃嫁接", "2024-03-12", 20, ledger.Exact))
		got := zhou.Get("/training/" + late.Number)
		answers(t, got, http.StatusOK, `href="`+draft+`"`)
		leavesOut(t, got, frozen)
	})
}
