package desk_test

import (
	"fmt"
	"net/url"
	"testing"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

// TestAnAccountKeepsItsNewestForms: 50 of them, whatever their kinds; another account's stay.
func TestAnAccountKeepsItsNewestForms(t *testing.T) {
	dbtest.Both(t, []db.Source{desk.Migrations}, func(t *testing.T, d *db.DB) {
		mine := access.With(org.With(t.Context(), "a1"), access.Actor{Association: "a1", Account: "mine"})
		others := access.With(org.With(t.Context(), "a1"), access.Actor{Association: "a1", Account: "others"})
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			form := func(n int) desk.Unsent {
				return desk.Unsent{Kind: []string{"training", "activity"}[n%2], ID: fmt.Sprintf("%02d", 99-n), Values: url.Values{"n": {fmt.Sprint(n)}}, Fresh: true}
			}
			if err := desk.KeepForm(others, tx, form(0)); err != nil {
				return err
			}
			for n := range 53 {
				if err := desk.KeepForm(mine, tx, form(n)); err != nil {
					return err
				}
				for range 2 { // one of the latest is saved again and pushes none out
					if err := desk.KeepForm(mine, tx, form(n)); err != nil {
						return err
					}
				}
				if _, err := tx.Exec(t.Context(), "UPDATE unsent_form SET at = at - 1"); err != nil { // time goes on
					return err
				}
			}
			for n := range 53 {
				_, err := desk.KeptForm(mine, tx, form(n).Kind, form(n).ID)
				if gone := n < 3; gone != errs.Is(err, errs.NotFound) || !gone && err != nil {
					t.Errorf("form %d: %v", n, err)
				}
			}
			_, err := desk.KeptForm(others, tx, form(0).Kind, form(0).ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
