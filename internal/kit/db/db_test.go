package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

var sources = []db.Source{{Name: "test", FS: fstest.MapFS{
	"20260101000000_test_thing.sql": {Data: []byte("-- +goose Up\nCREATE TABLE thing (id TEXT PRIMARY KEY, n BIGINT NOT NULL);\n")},
}}}

func count(t *testing.T, d *db.DB) int64 {
	t.Helper()
	var n int64
	err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		n, err = db.One(t.Context(), tx, db.Value[int64], "SELECT COUNT(*) FROM thing")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func add(ctx context.Context, tx *db.Tx, id string, n int) error {
	_, err := tx.Exec(ctx, "INSERT INTO thing (id, n) VALUES (?, ?)", id, n)
	return err
}

// Writers that wait together are committed together, yet one that fails or panics must not take the others with it.
func TestEachWriteStandsOrFallsAlone(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		broken := errors.New("broken")
		var wg sync.WaitGroup
		for i := range 90 {
			wg.Go(func() {
				defer func() { _ = recover() }()
				update := d.Update
				if i%4 == 0 {
					update = d.UpdateLong
				}
				err := update(t.Context(), func(tx *db.Tx) error {
					if err := add(t.Context(), tx, fmt.Sprint(i), i); err != nil {
						return err
					}
					switch i % 3 {
					case 1:
						return broken
					case 2:
						panic("a fault in a handler")
					}
					return nil
				})
				if (i%3 == 0 && err != nil) || (i%3 == 1 && !errors.Is(err, broken)) {
					t.Errorf("write %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n := count(t, d); n != 30 {
			t.Errorf("%d rows, want the 30 of the writes that succeeded", n)
		}
	})
}

// A part of a long job that waits longer than a short write still comes after it, and what it leaves is copied from the
// write-ahead log beside the writer.
func TestShortWritesComeBeforeLongOnes(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		if d.Dialect != db.SQLite {
			return // writes at the same time
		}
		begun, release := make(chan struct{}), make(chan struct{})
		var order []string // by the one writer only
		var wg sync.WaitGroup
		write := func(name string, update func(context.Context, func(*db.Tx) error) error) {
			wg.Go(func() {
				if err := update(t.Context(), func(tx *db.Tx) error {
					if name == "first" {
						close(begun)
						<-release
					}
					order = append(order, name)
					return add(t.Context(), tx, name, 1)
				}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		write("first", d.UpdateLong)
		<-begun
		write("long", d.UpdateLong)
		queued(t, d, 1)
		write("short", d.Update)
		queued(t, d, 2)
		close(release)
		wg.Wait()
		if got := strings.Join(order, " "); got != "first short long" {
			t.Errorf("written in the order %s", got)
		}
	})
}

// queued waits until so many writes wait for the writer.
func queued(t *testing.T, d *db.DB, n int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); d.Queued() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d writes wait, not %d", d.Queued(), n)
		}
	}
}

// Whoever closes the page while the writer works undoes nothing of those who are committed together with it. With no regard to how
// the statement was run: a library has its own.
func TestOneWhoGoesAwayTakesNobodyAlong(t *testing.T) {
	slowly := "WITH RECURSIVE many (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM many WHERE i < 1000000) INSERT INTO thing (id, n) SELECT 'slow' || i, i FROM many WHERE i % 100000 = 0"
	for name, write := range map[string]func(ctx context.Context, tx *db.Tx) error{
		"ours": func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, slowly); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "DELETE FROM thing WHERE id = 'none'")
			return err
		},
		"a library": func(ctx context.Context, tx *db.Tx) error { _, err := tx.SQL.ExecContext(ctx, slowly); return err },
	} {
		t.Run(name, func(t *testing.T) {
			d := dbtest.Open(t, db.Options{Dir: t.TempDir()}, sources)
			hold, held := make(chan struct{}), make(chan struct{})
			var wg sync.WaitGroup
			wg.Go(func() { // the next three wait for it, so that they share a commit
				_ = d.Update(t.Context(), func(*db.Tx) error { close(held); <-hold; return nil })
			})
			<-held
			leaving, leave := context.WithCancel(t.Context())
			defer leave()
			failed := make([]error, 3)
			ran := [3]int{}
			for i := range failed {
				wg.Go(func() {
					failed[i] = d.Update(leavingAt(t.Context(), leaving, i == 1), func(tx *db.Tx) error {
						ran[i]++
						if i != 1 {
							return add(t.Context(), tx, fmt.Sprint(i), i)
						}
						time.AfterFunc(50*time.Millisecond, leave)
						return write(leaving, tx)
					})
				})
				queued(t, d, i+1) // in this order
			}
			close(hold)
			wg.Wait()
			if failed[0] != nil || failed[2] != nil || !errors.Is(failed[1], context.Canceled) && !strings.Contains(fmt.Sprint(failed[1]), "interrupt") {
				t.Errorf("%v (ran %v)", failed, ran)
			}
			if n := count(t, d); n != 2 {
				t.Errorf("%d rows, want those of the two who stayed", n)
			}
		})
	}
}

func leavingAt(stays, leaves context.Context, leaving bool) context.Context {
	if leaving {
		return leaves
	}
	return stays
}

func TestAfterRunsOnlyWhenCommitted(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ran := map[string]bool{}
		for _, name := range []string{"kept", "undone"} {
			_ = d.Update(t.Context(), func(tx *db.Tx) error {
				tx.After(func() { ran[name] = true })
				if name == "undone" {
					return errors.New("no")
				}
				return nil
			})
		}
		if !ran["kept"] || ran["undone"] {
			t.Errorf("ran %v", ran)
		}
	})
}

func TestPlaceholdersListsAndConstraints(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Update(ctx, func(tx *db.Tx) error {
			rows := make([][]any, 1000)
			for i := range rows {
				rows[i] = []any{fmt.Sprintf("k?%04d", i), i}
			}
			added, err := tx.Insert(ctx, "INSERT INTO thing (id, n)", "", rows...)
			if added != 1000 {
				t.Errorf("added %d rows, want 1000", added)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.View(ctx, func(tx *db.Tx) error {
			// the question mark in quotes and in the comment is no placeholder
			n, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM thing WHERE n < ? AND id <> 'k?0001' -- why?\n AND id <> ?", 10, "k?0002")
			if n != 8 {
				t.Errorf("counted %d, want 8", n)
			}
			if err != nil {
				return err
			}
			n, err = db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM thing WHERE id IN (?) AND n > ?", db.List{"k?0003", "k?0004", "none"}, 3)
			if n != 1 {
				t.Errorf("counted %d of the list, want 1", n)
			}
			if err != nil {
				return err
			}
			n, err = db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM thing WHERE id IN (?)", db.List{})
			if n != 0 {
				t.Errorf("an empty list matched %d rows", n)
			}
			if err != nil {
				return err
			}
			_, err = db.One(ctx, tx, db.Value[string], "SELECT id FROM thing WHERE n = ?", -1)
			if !errs.Is(err, errs.NotFound) {
				t.Errorf("a missing row gives %v, want not found", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Update(ctx, func(tx *db.Tx) error { return add(ctx, tx, "k?0001", 1) })
		if !db.IsUnique(err) {
			t.Errorf("a second row with the key: %v, want a unique violation", err)
		}
		if err := d.View(ctx, func(tx *db.Tx) error { return add(ctx, tx, "new", 1) }); err == nil {
			t.Error("a view could write")
		}
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		newer := append([]db.Source{{Name: "newer", FS: fstest.MapFS{
			"20270101000000_newer_thing.sql": {Data: []byte("-- +goose Up\nCREATE TABLE newer (id TEXT PRIMARY KEY);\n")},
		}}}, sources...)
		plan, err := d.Plan(t.Context(), newer...)
		if err != nil || len(plan) != 1 {
			t.Fatalf("plan %v, %v", plan, err)
		}
		if err := d.Migrate(t.Context(), newer...); err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context(), sources...); !errs.Is(err, errs.Conflict) {
			t.Errorf("the older program: %v, want a refusal", err)
		}
	})
}

func TestUnnamedMigrationIsAnError(t *testing.T) {
	d := dbtest.Open(t, db.Options{Dir: t.TempDir()}, sources)
	bad := []db.Source{{Name: "bad", FS: fstest.MapFS{"20260115-01_x.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}}}}
	if err := d.Migrate(t.Context(), bad...); err == nil {
		t.Error("a file that goose ignores went unnoticed")
	}
}
