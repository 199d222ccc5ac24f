package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shilu/internal/app"
	"shilu/internal/app/apptest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
	"shilu/internal/kit/keys"
)

// anOlderCounty is an installation whose schema lacks the last migrations, with an association in it.
func anOlderCounty(t *testing.T, url string, lacks int) app.Config {
	t.Helper()
	t.Setenv(keys.Env, "")
	c := app.Config{Data: t.TempDir(), DatabaseURL: url, Now: time.Now}
	if _, err := keys.Create(c.Data); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), db.Options{URL: c.DatabaseURL, Dir: c.Data, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	all, err := d.Versions(app.Migrations()...)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.MigrateTo(t.Context(), all[:len(all)-lacks], app.Migrations()...); err != nil {
		t.Fatal(err)
	}
	if err := jobs.Migrate(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO association (id, code, name, short, parent, zone, created) VALUES ('a1', 'yl', '云岭县科协', '云岭县', '', 'Asia/Shanghai', 1)")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestAnUpgradeBacksUpFirst brings counties of several earlier schemas up to date: what was there before lies in a backup, which can
// be restored and is the same county.
func TestAnUpgradeBacksUpFirst(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, lacks := range []int{1, 4, 9} {
			t.Run(engine, func(t *testing.T) {
				url := ""
				if engine == "postgres" {
					url = dbtest.PostgresURL(t)
				}
				c := anOlderCounty(t, url, lacks)
				if _, err := app.Open(t.Context(), c); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "shilu migrate") {
					t.Fatalf("an older schema is opened: %v", err)
				}
				a, err := app.Prepare(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				defer a.Close()
				if len(a.Upgraded.Applied) != lacks || !strings.Contains(a.Upgraded.Backup, "shilu-before-upgrade-") {
					t.Errorf("%d were lacking: %+v", lacks, a.Upgraded)
				}
				again, err := app.Upgrade(t.Context(), c)
				if err != nil || again.Backup != "" || len(again.Applied) != 0 {
					t.Errorf("a second upgrade: %+v, %v", again, err)
				}
				key, err := os.ReadFile(filepath.Join(c.Data, keys.File))
				if err != nil {
					t.Fatal(err)
				}
				other := app.Config{Data: t.TempDir(), Now: time.Now}
				if err := os.WriteFile(filepath.Join(other.Data, keys.File), key, 0o600); err != nil {
					t.Fatal(err)
				}
				back, m, err := app.Restore(t.Context(), other, a.Upgraded.Backup, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer back.Close()
				if m.Rows() == 0 {
					t.Error("the backup is empty")
				}
				if got := rowsOf(t.Context(), t, back.DB, "SELECT id, name, code FROM association"); got != "a1 云岭县科协 yl" {
					t.Errorf("restored: %q", got)
				}
			})
		}
	}
}

// TestNothingIsUpgradedWithoutABackup: where the backup cannot be written, the schema stays as it was.
func TestNothingIsUpgradedWithoutABackup(t *testing.T) {
	c := anOlderCounty(t, "", 1)
	if err := os.WriteFile(filepath.Join(c.Data, "backups"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Prepare(t.Context(), c); !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "升级前要先备份") {
		t.Fatalf("upgraded without a backup: %v", err)
	}
	if plan, err := app.MigrationPlan(t.Context(), c); err != nil || len(plan) != 1 {
		t.Errorf("the schema was changed: %v, %v", plan, err)
	}
}

// TestANewerSchemaIsRefusedByName: an older program says what it does not know and which program does, and changes nothing.
func TestANewerSchemaIsRefusedByName(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		ctx := context.Background()
		exec := func(query string) { // as a newer copy does, not by our own handle
			t.Helper()
			if _, err := w.App.DB.SQL().ExecContext(ctx, query); err != nil {
				t.Fatal(err)
			}
		}
		refused := func(wants ...string) {
			t.Helper()
			for name, try := range map[string]func() error{
				"open":    func() error { _, err := app.Open(ctx, w.App.Config); return err },
				"upgrade": func() error { _, err := app.Upgrade(ctx, w.App.Config); return err },
			} {
				err := try()
				if !errs.Is(err, errs.Conflict) {
					t.Errorf("%s: %v", name, err)
					continue
				}
				for _, want := range wants {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%s says %q, not %q", name, err, want)
					}
				}
			}
		}
		// A number that lies before our own latest is found, too.
		exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (20200101000000, TRUE)")
		refused("20200101000000", "请换用新版程序", "没有改动任何内容")
		exec("INSERT INTO schema_step (version, name, program, at) VALUES (20200101000000, '20200101000000_activity_tables.sql', '9.9', 0)")
		refused("20200101000000_activity_tables.sql", "请换用 9.9 或更新的程序")
		exec("DELETE FROM goose_db_version WHERE version_id = 20200101000000")
		exec("DELETE FROM schema_step WHERE version = 20200101000000")
		if got := rowsOf(ctx, t, w.App.DB, "SELECT name, program, 'x' FROM schema_step WHERE name LIKE '%db_schema_step%'"); got != "20261125222500_db_schema_step.sql "+app.Version+" x" {
			t.Errorf("the program's own migrations are named %q", got)
		}
	})
}
