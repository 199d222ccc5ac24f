package app

import (
	"context"
	"os"
	"path/filepath"
	"regexp"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/upkeep"
	"shilu/internal/kit/backup"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
	"shilu/internal/kit/keys"
)

// Upgraded is what an upgrade did. The zero value is that there was nothing to do.
type Upgraded struct {
	Applied     []string   // migrations, oldest first
	Restated    []Restated // kinds whose facts function has a new version, and what that did to their records
	Backup      string     // the file that was written before; "" where there was nothing to lose
	Found       int        // differences that verification has told afterwards
	Differences []log.Difference
}

// MigrationPlan lists the migrations that an upgrade would apply. Conflict when a newer program has been here.
func MigrationPlan(ctx context.Context, c Config) ([]string, error) {
	d, err := db.Open(ctx, c.database())
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	return d.Plan(ctx, Migrations()...)
}

// Upgrade brings the schema up to date, and what was stated by older versions of the facts functions: backup, migrate, restate, verify.
// A database that is empty is only migrated. Nothing is changed when the backup fails, or when a newer program has been here (Conflict).
func Upgrade(ctx context.Context, c Config) (Upgraded, error) {
	a, up, err := upgrade(ctx, c)
	if a != nil {
		a.Close()
	}
	return up, err
}

// upgrade is Upgrade that gives the application opened; nil while no association is there.
func upgrade(ctx context.Context, c Config) (a *App, up Upgraded, err error) {
	d, err := db.Open(ctx, c.database())
	if err != nil {
		return nil, up, err
	}
	defer func() { _ = d.Close() }()
	if up.Applied, err = d.Plan(ctx, Migrations()...); err != nil {
		return nil, up, err
	}
	kept, err := d.Applied(ctx, Migrations()...)
	if err != nil {
		return nil, up, err
	}
	if len(up.Applied) > 0 && len(kept) > 0 {
		if up.Backup, err = backupBefore(ctx, c, d); err != nil {
			return nil, up, err
		}
	}
	if err := d.Migrate(ctx, Migrations()...); err != nil {
		return nil, up, err
	}
	if err := jobs.Migrate(ctx, d); err != nil {
		return nil, up, err
	}
	if there, err := set(ctx, d); err != nil || !there {
		return nil, up, err
	}
	if a, err = Open(ctx, c); err != nil {
		return nil, up, err
	}
	return a, up, up.settle(ctx, c, a)
}

// set reports whether an association is there.
func set(ctx context.Context, d *db.DB) (there bool, err error) {
	err = d.View(ctx, func(tx *db.Tx) error {
		all, err := org.All(ctx, tx)
		there = len(all) > 0
		return err
	})
	return there, err
}

// settle states anew what older versions of the facts functions stated and, where anything was changed, verifies.
func (up *Upgraded) settle(ctx context.Context, c Config, a *App) error {
	old, err := a.outdated(ctx)
	if err != nil {
		return err
	}
	if up.Backup == "" && old.records > 0 {
		if up.Backup, err = backupBefore(ctx, c, a.DB); err != nil {
			return err
		}
	}
	if up.Restated, err = a.restate(ctx, old); err != nil {
		return err
	}
	if up.Backup == "" {
		return nil
	}
	return up.verify(ctx, a)
}

// backupBefore writes a backup at the schema as it is, which this program's restore understands. The logs are not sealed first: what
// waits for its number has it after the restore.
func backupBefore(ctx context.Context, c Config, d *db.DB) (file string, err error) {
	master, err := keys.Load(c.Data, os.Getenv(keys.Env))
	if err != nil {
		return "", err
	}
	files, err := c.files(ctx)
	if err != nil {
		return "", err
	}
	folder := upkeep.Usual.Dir(c.Data)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", errs.E(errs.Unavailable, "升级前要先备份，但文件夹 %s 建不了；没有改动任何内容", folder).Because(err)
	}
	tables, err := d.Tables(ctx)
	if err != nil {
		return "", err
	}
	from := place(d, files, nil)
	from.Named = thereIn(tables, from.Named)
	file = filepath.Join(folder, upkeep.UpgradeName(d.Now().In(china)))
	_, err = write(ctx, from, backup.Manifest{Program: Version, Key: master.ID()}, file)
	return file, err
}

// readFrom finds the table of a query for the names of files.
var readFrom = regexp.MustCompile(`\bFROM (\w+)`)

// thereIn leaves out the queries whose table is not there yet: what is to come has no files.
func thereIn(tables, queries []string) (kept []string) {
	there := map[string]bool{}
	for _, t := range tables {
		there[t] = true
	}
	for _, q := range queries {
		if m := readFrom.FindStringSubmatch(q); m != nil && there[m[1]] {
			kept = append(kept, q)
		}
	}
	return kept
}

// verify recomputes everything as it is now.
func (up *Upgraded) verify(ctx context.Context, a *App) error {
	return a.VerifyAll(ctx, func(d log.Difference) {
		if up.Found++; up.Found <= differencesSay {
			up.Differences = append(up.Differences, d)
		}
	})
}
