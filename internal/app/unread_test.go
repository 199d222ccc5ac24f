package app_test

import (
	"errors"
	"slices"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
)

// TestWhatCannotBeReadIsNamed: versions that are no JSON any more, of verified records and of others, are each named by
// verification, which goes on and finds what else is wrong.
func TestWhatCannotBeReadIsNamed(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		busyCounty(t, w)
		var found []log.Difference
		var versions []string
		err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) (err error) {
			for _, s := range append(unlocked(tx, "record_version"), "UPDATE record_version SET body = '不是 JSON' WHERE version = 1",
				"UPDATE place_name SET name = '改过的' WHERE name = '青溪乡'") {
				if _, err := tx.Exec(w.Ctx, s); err != nil {
					return err
				}
			}
			if versions, err = db.All(w.Ctx, tx, db.Value[string], "SELECT record || ' 1' FROM record_version WHERE version = 1"); err != nil {
				return err
			}
			if err := w.App.Books().Verify(w.Ctx, tx, func(d log.Difference) { found = append(found, d) }); err != nil {
				return err
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			t.Fatal(err)
		}
		named := func(table, row string) bool {
			return slices.ContainsFunc(found, func(d log.Difference) bool { return d.Table == table && (row == "" || d.Row == row) })
		}
		for _, v := range versions {
			if !named("record_version", v) {
				t.Errorf("record_version %s is not named", v)
			}
		}
		if len(versions) < 20 || !named("place_name", "") {
			t.Errorf("of %d versions; the name of the place: %v", len(versions), named("place_name", ""))
		}
		for _, d := range found {
			if d.Table == "training_class" || d.Table == "statement" || d.Table == "fact" || d.Table == "expected" {
				t.Errorf("what follows from a version that cannot be read is not known to be wrong: %s", d)
			}
		}
	})
}
