package app_test

import (
	"net/http"
	"testing"

	"shilu/internal/app/apptest"
)

// TestListsOfWhatWaitsAreSorted: every view and filter of what waits, in every order and as a file. SQLite reads them by an index of
// what waits, which a query must ask for as a whole.
func TestListsOfWhatWaitsAreSorted(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		thisYear(t, w)
		for login, b := range map[string]*apptest.Browser{apptest.Officer: w.Sign(apptest.Officer), apptest.Clerk: w.Sign(apptest.Clerk)} {
			for _, list := range []string{"/training", "/activity", "/activity.share", "/facility", "/facility.log", "/external"} {
				for _, narrow := range []string{"state=draft", "state=submitted", "state=returned", "view=verify", "view=draft", "view=returned", "view=verify&q=蜜蜂"} {
					for _, sort := range []string{"", "&sort=title", "&sort=-number", "&sort=day"} {
						if got := b.Get(list + "?" + narrow + sort); got.Status != http.StatusOK {
							t.Errorf("%s reads %s?%s%s: %d", login, list, narrow, sort, got.Status)
						}
					}
				}
			}
		}
		if got := w.Sign(apptest.Officer).Get("/training/export?view=verify&sort=title&format=csv"); got.Status != http.StatusOK {
			t.Errorf("the export of what waits: %d", got.Status)
		}
	})
}
