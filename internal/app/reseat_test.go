package app_test

import (
	"net/http"
	"net/url"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
)

// TestWhoSeesFollowsTheTrees: when a village moves or a unit comes or goes, those who serve a record's place on its day see it,
// and nobody else but its own unit; verification, at the end, agrees.
func TestWhoSeesFollowsTheTrees(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		admin, officer := w.Sign(apptest.Admin), w.Sign(apptest.Officer)
		east, west := w.Sign(apptest.Clerk), w.Sign(apptest.Outsider) // of 青溪乡 (06) and of 河西镇 (02)
		office := enter(t, officer, classForm("unit", "office"))
		own := enter(t, east, classForm("name", "本乡自己办的班"))
		earlier := enter(t, officer, classForm("unit", "office", "name", "早先办的班", "start", "2026-08-01", "end", "2026-08-01"))
		sees := func(when string, b *apptest.Browser, number string, want bool) {
			t.Helper()
			status := http.StatusNotFound
			if want {
				status = http.StatusOK
			}
			if got := b.Get("/training/" + number); got.Status != status {
				t.Errorf("%s: %s answers %d, want %d", when, number, got.Status, status)
			}
		}
		change := func(path string, form url.Values) {
			t.Helper()
			if got := admin.Post("/settings/"+path, form); got.Status != http.StatusOK {
				t.Fatalf("%s: %d %s", path, got.Status, plainText(got.Body))
			}
		}
		for _, step := range []struct {
			when, path                      string
			form                            url.Values
			eastOffice, westOffice, westOwn bool
		}{
			{"before", "", nil, true, false, false},
			{"moved after the class", "places/0601/move", url.Values{"parent": {"02"}, "move_from": {"2026-09-18"}}, true, false, false},
			{"moved before it", "places/0601/move", url.Values{"parent": {"03"}, "move_from": {"2026-09-10"}}, false, false, false},
			{"moved back", "places/0601/move", url.Values{"parent": {"02"}, "move_from": {"2026-09-01"}}, false, true, true},
			{"its township merged", "places/02/merge", url.Values{"successor": {"06"}, "merge_from": {"2026-09-05"}, "units": {"1"}}, true, false, false},
		} {
			if step.path != "" {
				change(step.path, step.form)
			}
			sees(step.when, east, office, step.eastOffice)
			sees(step.when, west, office, step.westOffice)
			sees(step.when, west, own, step.westOwn)
			sees(step.when, east, own, true)
			sees(step.when, east, earlier, true)
			sees(step.when, west, earlier, false)
			if d := w.Differences(); len(d) > 0 {
				t.Errorf("%s: %v", step.when, d)
			}
		}
		change("units", url.Values{"name": {"上村科协"}, "kind": {"village"}, "parent": {"u06"}, "place": {"0601"}, "code": {"v0601"}})
		got := admin.Upload("/settings/org-file", nil, "file", "单位.csv", []byte("单位,代码,类型,上级,地点\n上村第二科协,v0602,村科协,青溪乡科协,青溪乡上村\n"))
		says(t, "units by file", got, http.StatusOK, "1 个单位")
	})
}

// TestARevisionIsVerifiedByTheUnitThatItMovesTo: who verifies a revision has the right over the unit that it gives the record,
// and that unit works on the day that it gives.
func TestARevisionIsVerifiedByTheUnitThatItMovesTo(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		unit := func(code string) string { return orgtest.Unit(t, w.Tree, code).ID }
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
			_, err := access.CreateAccount(w.Ctx, tx, access.NewAccount{Login: "town", Name: "乡干事", Unit: unit("u06"), Grants: []access.Grant{{Role: access.Officer, Unit: unit("u06")}}}, access.NewSecret(w.Ctx, ""))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		clerk, officer, second, town, admin := w.Sign(apptest.Clerk), w.Sign(apptest.Officer), w.Sign(apptest.Second), w.Sign("town"), w.Sign(apptest.Admin)
		number := enter(t, clerk, classForm())
		answers(t, town.Post("/training/"+number+"/verify", shown(headOf(t, w, number))), http.StatusOK)
		h := headOf(t, w, number)
		officer.Post("/training/"+number+"/edit", classForm("id", h.ID, "unit", "u02", "place", "河西镇", "version", itoa(h.Version), "reason", "记错了乡"))
		if h = headOf(t, w, number); h.Revision != flow.Submitted {
			t.Fatalf("the revision is %s", h.Revision)
		}
		refused := town.Post("/training/"+number+"/verify", shown(h))
		if h = headOf(t, w, number); h.Revision != flow.Submitted || refused.Status == http.StatusOK {
			t.Errorf("an officer of 青溪乡 verified a record of 河西镇: %d, %s", refused.Status, h.Revision)
		}
		if got := admin.Post("/settings/units/u02/merge", url.Values{"successor": {"u03"}, "merge_from": {"2026-09-01"}}); got.Status != http.StatusOK {
			t.Fatal(plainText(got.Body))
		}
		closed := second.Post("/training/"+number+"/verify", shown(h))
		if h = headOf(t, w, number); h.Revision != flow.Submitted || closed.Status == http.StatusOK {
			t.Errorf("a record of a unit that was closed on its day was verified: %d, %s", closed.Status, h.Revision)
		}
		if h.Unit != unit("u06") {
			t.Error("the verified version does not stand as before")
		}
	})
}
