package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/fstest"

	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
)

// newerSources are those of a newer program, which names itself in the schema.
func newerSources() []db.Source {
	return append([]db.Source{db.Migrations, {Name: "newer", FS: fstest.MapFS{
		"20270101000000_newer_thing.sql": {Data: []byte("-- +goose Up\nCREATE TABLE newer (id TEXT PRIMARY KEY);\n")},
	}}}, sources...)
}

// Two copies write to one PostgreSQL. Once a newer one has upgraded the schema, the older one only reads; a copy of the newer program that
// had opened before goes on, and so does one that has upgraded in the same process.
func TestACopyThatIsOutgrownWritesNoMore(t *testing.T) {
	url := dbtest.PostgresURL(t)
	old := dbtest.Open(t, db.Options{URL: url}, append([]db.Source{db.Migrations}, sources...))
	open := func() *db.DB {
		d, err := db.Open(t.Context(), db.Options{URL: url, Program: "9.9"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		if _, err := d.Plan(t.Context(), newerSources()...); err != nil {
			t.Fatal(err)
		}
		return d
	}
	newer, beside := open(), open()
	n := 0
	write := func(d *db.DB) error {
		n++
		return d.Update(t.Context(), func(tx *db.Tx) error { return add(t.Context(), tx, fmt.Sprint(n), n) })
	}
	for name, d := range map[string]*db.DB{"old": old, "newer": newer, "beside": beside} {
		if err := write(d); err != nil {
			t.Errorf("%s, before the upgrade: %v", name, err)
		}
	}
	if err := newer.Migrate(t.Context(), newerSources()...); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for name, err := range map[string]error{"Update": write(old), "UpdateLong": old.UpdateLong(t.Context(), func(*db.Tx) error { return nil })} {
			if !errs.Is(err, errs.Unavailable) || !errors.Is(err, db.ErrOutgrown) || err.Error() != "数据库已由更新的程序（9.9）升级，这一份程序不再写入，请换用新版" {
				t.Errorf("%s of the older copy: %v", name, err)
			}
		}
		for name, d := range map[string]*db.DB{"newer": newer, "beside": beside} {
			if err := write(d); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if got := count(t, old); got != 7 {
		t.Errorf("the older copy reads %d rows, want 7", got)
	}
	if err := old.Migrate(t.Context(), newerSources()...); err != nil {
		t.Fatal(err)
	}
	if err := write(old); err != nil {
		t.Errorf("once it knows the schema: %v", err)
	}
}

// BenchmarkWrite is a write of one row on PostgreSQL, and what asking for newer migrations takes of it.
func BenchmarkWrite(b *testing.B) {
	for name, known := range map[string]bool{"asks": true, "not": false} {
		b.Run(name, func(b *testing.B) {
			url := dbtest.PostgresURL(b)
			d := dbtest.Open(b, db.Options{URL: url}, sources)
			if !known {
				var err error
				if d, err = db.Open(b.Context(), db.Options{URL: url}); err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { _ = d.Close() })
			}
			n := 0
			for b.Loop() {
				n++
				if err := d.Update(context.Background(), func(tx *db.Tx) error { return add(context.Background(), tx, fmt.Sprint(n), n) }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
