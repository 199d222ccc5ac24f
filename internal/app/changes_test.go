package app_test

import (
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/register"
	"shilu/internal/work/activity"
)

// TestWhatOnlyChangesItsTagsIsOneLine: 李文芳 puts an attendance right, by which the lecture becomes a large one; 周敏 verifies it. What
// changed is said once, and of all other numbers of the lecture in one line that they are grouped otherwise now.
func TestWhatOnlyChangesItsTagsIsOneLine(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		s, clerk, officer := w.App.Activity, w.As(apptest.Clerk), w.As(apptest.Officer)
		a := lectureIn(t, w)
		a.Counts = counts("onsite", 120, "experts", 2, "volunteers", 5, "panels", 10, "banners", 3)
		h := must[register.Entered](t)(s.Create(clerk, register.New[activity.Activity]{Body: a, Submit: true}))
		stands := must[flow.Head](t)(s.Verify(officer, h.ID, h.Version, ""))
		if _, err := w.App.Seal(w.Ctx); err != nil {
			t.Fatal(err)
		}
		a.Counts["onsite"] = register.Count{N: 1200}
		h = must[register.Entered](t)(s.Save(clerk, register.Change[activity.Activity]{ID: h.ID, Version: stands.Version, Body: a, Reason: "少写了一个零", Submit: true}))
		must[flow.Head](t)(s.Verify(officer, h.ID, h.Version, ""))
		got := w.Sign(apptest.Officer).Get("/ledger/changes")
		shows(t, got, "现场参加 120 人次 → 1,200 人次", "个数没变，归类变了", "少写了一个零")
		if n := strings.Count(got.Body, "归类变了"); n != 1 {
			t.Errorf("%d lines say that only the grouping changed:\n%s", n, plain(got.Body))
		}
		w.Verified()
	})
}
