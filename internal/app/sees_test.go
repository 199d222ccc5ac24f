package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

// TestNewUnitsSeeWhatWasDoneInTheirPlace: a village association that is founded later sees the classes of its village, and the
// books stay sound.
func TestNewUnitsSeeWhatWasDoneInTheirPlace(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		out, err := w.App.Training.Create(w.As(apptest.Clerk), training.CreateInput{Body: shortClass(t, w), Submit: true})
		if err != nil {
			t.Fatal(err)
		}
		admin := w.Sign(apptest.Admin)
		got := admin.Post("/settings/units", url.Values{"name": {"青溪乡上村科协"}, "code": {"v0601"}, "kind": {org.KindVillage}, "place": {"0601"}, "parent": {"u06"}})
		if got.Status != http.StatusOK || !strings.HasSuffix(got.Path, "/v0601") {
			t.Fatalf("the unit is not added: %d at %s\n%s", got.Status, got.Path, got.Body)
		}
		n := 0
		if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
			n, err = db.One(w.Ctx, tx, db.Value[int], `SELECT COUNT(*) FROM sees s JOIN unit u ON u.association = s.association AND u.id = s.unit
				WHERE s.association = ? AND s.record = ? AND u.code = 'v0601' AND s.why = 'place'`, org.Of(w.Ctx), out.ID)
			return err
		}); err != nil || n != 1 {
			t.Errorf("the new unit sees %d of 1 classes: %v", n, err)
		}
	})
}
