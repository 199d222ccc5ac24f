// Package dbtest gives tests a fresh, migrated database: SQLite in a temporary folder and PostgreSQL in a schema of its own.
package dbtest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Env names the address of the PostgreSQL server that tests use; `make test` starts one and sets it.
const Env = "SHILU_TEST_POSTGRES"

// Now is the instant of tests: 18 September 2026, 10:00 in China.
var Now = time.Date(2026, 9, 18, 2, 0, 0, 0, time.UTC)

// Both runs the test on SQLite and on PostgreSQL. Without a PostgreSQL server the test fails: storage that was tested on one
// engine only is not tested.
func Both(t *testing.T, sources []db.Source, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, Open(t, db.Options{Dir: t.TempDir()}, sources)) })
	t.Run("postgres", func(t *testing.T) { test(t, Open(t, db.Options{URL: PostgresURL(t)}, sources)) })
}

// Open opens and migrates the database and closes it when the test ends. Its clock stands at Now unless o has one.
func Open(t testing.TB, o db.Options, sources []db.Source) *db.DB {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return Now }
	}
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.Migrate(t.Context(), sources...); err != nil {
		t.Fatal(err)
	}
	return d
}

// PostgresURL makes a schema that is dropped when the test ends, and gives the address that leads to it.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Env)
	if server == "" {
		t.Fatalf("%s is not set: run the tests by `make test`, which starts PostgreSQL", Env)
	}
	schema := "t_" + strings.ReplaceAll(id.New(), "-", "")
	admin := func(statement string) {
		d, err := sql.Open("pgx", server)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		if _, err := d.ExecContext(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	admin("CREATE SCHEMA " + schema)
	t.Cleanup(func() { admin("DROP SCHEMA " + schema + " CASCADE") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}
