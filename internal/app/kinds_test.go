package app_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/work/activity"
	"shilu/internal/work/training"
)

// TestNoRegisterTakesTheRecordsOfAnother sends records of one register to the batches of every other: they would be verified there and
// post nothing.
func TestNoRegisterTakesTheRecordsOfAnother(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		class, err := w.App.Training.Create(w.As(apptest.Clerk), training.CreateInput{Body: shortClass(t, w), Submit: true})
		if err != nil {
			t.Fatal(err)
		}
		event := must[register.Entered](t)(w.App.Activity.Create(w.As(apptest.Second), register.New[activity.Activity]{Body: joint(t, w, members(t, w, "农业农村局", "卫生健康局")), Submit: true}))
		officer := w.Sign(apptest.Officer)
		for _, h := range []flow.Head{class.Head, event.Head} {
			for _, m := range w.App.Modules {
				if m.Kind == h.Kind {
					continue
				}
				pick := url.Values{"id": {h.ID + "." + strconv.Itoa(h.Version)}, "remark": {"x"}}
				for _, act := range []string{"verify", "return"} {
					if got := officer.Post("/"+m.Kind+"/batch/"+act, pick); got.Status < 400 {
						t.Errorf("%s %ss a record of %s: %d at %s", m.Kind, act, h.Kind, got.Status, got.Path)
					}
				}
				if err := w.App.DB.View(w.As(apptest.Officer), func(tx *db.Tx) error {
					now, err := flow.Get(w.As(apptest.Officer), tx, h.Ref())
					if err == nil && (now.State != flow.Submitted || now.Version != h.Version) {
						t.Errorf("after %s a record of %s is %s", m.Kind, h.Kind, now.State)
					}
					return err
				}); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.Verified()
	})
}

// TestVillagesOfOthersAreNotShown asks for the villages that nothing reached beyond what the reader sees.
func TestVillagesOfOthersAreNotShown(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk := w.Sign(apptest.Clerk)
		says(t, "her own", clerk.Get("/campaigns/unreached?year=2026"), http.StatusOK, "上村")
		for _, path := range []string{"/campaigns/unreached?place=02&year=2026", "/campaigns/unreached/export?place=02&year=2026&format=csv"} {
			if got := clerk.Get(path); got.Status != http.StatusForbidden {
				t.Errorf("%s: %d", path, got.Status)
			}
		}
		says(t, "the office", w.Sign(apptest.Officer).Get("/campaigns/unreached?place=02&year=2026"), http.StatusOK)
	})
}

// TestBodiesOfProgramsAreChecked sends what no form can send.
func TestBodiesOfProgramsAreChecked(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		p := programOf(w, apptest.Officer)
		p.ask("POST", "/records/activity", `{"body":{"start":"2026-02-30"}}`).has(t, http.StatusUnprocessableEntity, "日期「2026-02-30」看不懂")
		p.ask("POST", "/records/activity", `{"body":{"stops":[{"day":"2026-02-1x"}]}}`).has(t, http.StatusUnprocessableEntity, "日期「2026-02-1x」看不懂", "stops")
		p.ask("POST", "/records/training", `{"body":{"attendances":{"n":3,"exactness":"bogus"}}}`).has(t, http.StatusUnprocessableEntity, "准确程度「bogus」看不懂")
		p.ask("POST", "/records/activity", `{"body":{"counts":{"onsite":{"n":3,"exactness":"bogus"}}}}`).has(t, http.StatusUnprocessableEntity, "准确程度「bogus」看不懂")
	})
}
