package upkeep

import (
	"testing"
	"time"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
)

// TestInstantsAreInTheZoneOfTheAssociation: the machine may stand anywhere, in a container at Greenwich.
func TestInstantsAreInTheZoneOfTheAssociation(t *testing.T) {
	dbtest.Both(t, []db.Source{log.Migrations, org.Migrations}, func(t *testing.T, d *db.DB) {
		s := &Service{DB: d}
		at := time.Date(2026, 9, 18, 20, 5, 0, 0, time.UTC)
		if got, err := s.When(t.Context(), at); err != nil || got != "2026-09-19 04:05:00" {
			t.Errorf("before there is an association: %q %v", got, err)
		}
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := org.Create(t.Context(), tx, org.Association{Code: "x", Name: "某地科学技术协会", Zone: "Asia/Urumqi"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.When(t.Context(), at); err != nil || got != "2026-09-19 02:05:00" {
			t.Errorf("in Urumqi: %q %v", got, err)
		}
	})
}
