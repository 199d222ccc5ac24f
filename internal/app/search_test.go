package app_test

import (
	"net/url"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/evidence"
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
