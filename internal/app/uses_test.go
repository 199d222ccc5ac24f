package app_test

import (
	"net/http"
	"net/url"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
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

		// Neither page reads the texts: what these ask for is kept beside them; of a report of before it is read until the next one is written.
		bodies := func() (unread int64) {
			write(t, w, func(tx *db.Tx) (err error) {
				unread, err = db.One(w.Ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM report WHERE asks = ''")
				return err
			})
			return unread
		}
		write(t, w, func(tx *db.Tx) error {
			_, err := tx.Exec(w.Ctx, "UPDATE report SET asks = '' WHERE state = 'frozen'")
			return err
		})
		for _, path := range []string{record, trace} {
			answers(t, zhou.Get(path), http.StatusOK, `href="`+frozen+`"`, `href="`+draft+`"`)
		}
		if bodies() != 1 {
			t.Errorf("%d reports are as before", bodies())
		}
		report("2023")
		if n := bodies(); n != 0 {
			t.Errorf("the codes of %d reports are not kept", n)
		}
		text := func(to string) {
			write(t, w, func(tx *db.Tx) error {
				_, err := tx.Exec(w.Ctx, "UPDATE report SET body = "+to)
				return err
			})
		}
		text("'nobody reads this' || body")
		for _, path := range []string{record, trace} {
			answers(t, zhou.Get(path), http.StatusOK, `href="`+frozen+`"`, `href="`+draft+`"`)
		}
		text("SUBSTR(body, 18)")

		late := verified(t, w, apptest.Clerk, class(t, w, "06", "补记的班", "核桃嫁接", "2024-03-12", 20, ledger.Exact))
		got := zhou.Get("/training/" + late.Number)
		answers(t, got, http.StatusOK, `href="`+draft+`"`)
		leavesOut(t, got, frozen)
	})
}

func write(t *testing.T, w *apptest.World, do func(tx *db.Tx) error) {
	t.Helper()
	if err := w.App.DB.Update(w.Ctx, do); err != nil {
		t.Fatal(err)
	}
}
