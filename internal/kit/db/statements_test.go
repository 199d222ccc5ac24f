package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"

	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
)

// What a connection keeps of its statements must not show: the same question inside itself, tables that change between two askings,
// more questions than are kept, one that is given up half-way.
func TestKeptStatementsAnswerAsNewOnes(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if err := d.Update(ctx, func(tx *db.Tx) error {
			for i := range 3 {
				if err := add(ctx, tx, fmt.Sprint(i), i); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		const above = "SELECT n FROM thing WHERE n >= ? ORDER BY n"
		if err := d.View(ctx, func(tx *db.Tx) error {
			if tx.Dialect == db.Postgres { // whose connection answers one question at a time
				return nil
			}
			outer, err := tx.Query(ctx, above, 0)
			if err != nil {
				return err
			}
			defer func() { _ = outer.Close() }()
			for seen := 0; outer.Next(); seen++ {
				var n int
				if err := outer.Scan(&n); err != nil {
					return err
				}
				inner, err := db.All(ctx, tx, db.Value[int], above, n)
				if err != nil {
					return err
				}
				if n != seen || len(inner) != 3-n || inner[0] != n {
					t.Errorf("row %d is %d, and inside it %v", seen, n, inner)
				}
			}
			return outer.Err()
		}); err != nil {
			t.Fatal(err)
		}

		all := func() int {
			var rows []string
			if err := d.View(ctx, func(tx *db.Tx) (err error) {
				rows, err = db.All(ctx, tx, func(s db.Scanner) (text string, err error) {
					var n int64
					err = s.Scan(&text, &n)
					return text, err
				}, "SELECT id, n FROM thing")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return len(rows)
		}
		for step, change := range []string{"CREATE INDEX thing_n ON thing (n)", "ALTER TABLE thing ADD COLUMN note TEXT NOT NULL DEFAULT ''", "DROP INDEX thing_n"} {
			if err := d.Update(ctx, func(tx *db.Tx) error {
				if err := add(ctx, tx, "more"+fmt.Sprint(step), 10); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, change)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if got := all(); got != 4+step {
				t.Errorf("%d rows after %q, want %d", got, change, 4+step)
			}
		}

		if err := d.View(ctx, func(tx *db.Tx) error {
			for i := range 400 { // far more texts than are kept
				got, err := db.One(ctx, tx, db.Value[int], fmt.Sprintf("SELECT %d + CAST(? AS INTEGER)", i), i)
				if err != nil || got != 2*i {
					return fmt.Errorf("question %d: %d, %w", i, got, err)
				}
			}
			return nil
		}); err != nil {
			t.Error(err)
		}

		gone, cancel := context.WithCancel(ctx)
		err := d.View(gone, func(tx *db.Tx) error {
			rows, err := tx.Query(gone, above, 0)
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }()
			rows.Next()
			cancel()
			for rows.Next() {
			}
			return rows.Err()
		})
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, sql.ErrTxDone) {
			t.Errorf("given up: %v", err)
		}
		if _, err := d.SQL().ExecContext(ctx, "INSERT INTO thing (id, n) VALUES ('0', 1)"); !db.IsUnique(err) {
			t.Errorf("a second row of one key: %v", err)
		}

		var many sync.WaitGroup
		for i := range 40 {
			many.Go(func() {
				if i%4 == 0 {
					if err := d.Update(ctx, func(tx *db.Tx) error { return add(ctx, tx, fmt.Sprintf("w%d", i), i) }); err != nil {
						t.Error(err)
					}
					return
				}
				if err := d.View(ctx, func(tx *db.Tx) error {
					for from := range 5 {
						ns, err := db.All(ctx, tx, db.Value[int], above, from)
						if err != nil {
							return err
						}
						for _, n := range ns {
							if n < from {
								return fmt.Errorf("%d is not above %d", n, from)
							}
						}
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
			})
		}
		many.Wait()
	})
}
