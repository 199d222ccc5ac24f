package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"shilu/internal/core/evidence"
	"shilu/internal/core/intake"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/insight/report"
	"shilu/internal/kit/backup"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
	"shilu/internal/kit/keys"
	"shilu/internal/kit/lang"
)

// unkept are the tables that a backup leaves out, each with its reason. A name that ends in * stands for all that begin so.
var unkept = []string{
	"goose_db_version", // the manifest says which migrations there were
	"schema_step",      // the program that restores names them itself
	"river_*",          // jobs of the machine; an import goes on from its own state
	"record_words*",    // the full-text index, which the rows make anew
	"job_copy",         // and the copies of the program that did them
	"job_progress",     // so does how far it is
	"session",          // who was signed in signs in again
	"request_answer",   // answers of the last day, for requests sent twice
}

// called is what a database that is not empty says it holds.
var called = []backup.Called{
	{Table: "record", Says: func(n int64) lang.Sentence { return lang.Say("业务记录 %d 条", n) }},
	{Table: "place", Says: func(n int64) lang.Sentence { return lang.Say("地点 %d 个", n) }},
	{Table: "unit", Says: func(n int64) lang.Sentence { return lang.Say("单位 %d 个", n) }},
	{Table: "account", Says: func(n int64) lang.Sentence { return lang.Say("账号 %d 个", n) }},
}

func skips(table string) bool {
	for _, name := range unkept {
		if prefix, many := strings.CutSuffix(name, "*"); table == name || many && strings.HasPrefix(table, prefix) {
			return true
		}
	}
	return false
}

// place is what a backup is taken from or restored to.
func place(d *db.DB, files *blob.Store, progress func(backup.Progress)) backup.Place {
	return backup.Place{DB: d, Files: files, Sources: Migrations(), Skips: skips, Called: called, Progress: progress,
		Named: []string{evidence.FilesNamed, intake.FilesNamed, report.FilesNamed}}
}

// Backup writes a backup of the whole installation to a file that must not be there yet, while others go on working. The file is
// there entirely or not at all. The logs are sealed first, so that their last checkpoints are in it.
func (a *App) Backup(ctx context.Context, file string, progress func(backup.Progress)) (m backup.Manifest, err error) {
	if _, err := os.Stat(file); err == nil {
		return m, errs.E(errs.Conflict, "%s 已经存在，请换一个文件名", file)
	}
	if err := a.sealAll(ctx); err != nil {
		return m, err
	}
	return write(ctx, place(a.DB, a.Files, progress), backup.Manifest{Program: Version, Key: a.master.ID()}, file)
}

// write writes a backup beside its name and gives it the name once it is whole and on the disk.
func write(ctx context.Context, from backup.Place, about backup.Manifest, file string) (m backup.Manifest, err error) {
	part, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.part")
	if err != nil {
		return m, errs.E(errs.Unavailable, "%s 写不了，请换一个文件夹", file).Because(err)
	}
	defer func() {
		if err != nil {
			_ = part.Close()
			_ = os.Remove(part.Name())
		}
	}()
	if m, err = backup.Write(ctx, from, about, part); err != nil {
		return m, full(err, file)
	}
	if err = errors.Join(part.Sync(), part.Close()); err != nil {
		return m, full(err, file)
	}
	if err = os.Rename(part.Name(), file); err != nil {
		return m, errs.E(errs.Unavailable, "备份写好了，但改不成 %s 这个名字", file).Because(err)
	}
	return m, settle(filepath.Dir(file))
}

// settle makes a new name in a folder outlast a power cut. Windows keeps names by itself and cannot open folders for it.
func settle(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(folder) //nolint:gosec // the folder that the keeper named
	if err != nil {
		return fmt.Errorf("settle %s: %w", folder, err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// full says what a failed write of a file most often is.
func full(err error, file string) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return errs.E(errs.Unavailable, "%s 写不下去，请看磁盘是否已满", file).Because(err)
	}
	return err
}

// Restore reads a backup into an empty folder or database, of either engine, and gives it opened. The master key of the
// installation that was backed up must be in the folder already, or in SHILU_KEY: it is in no backup.
func Restore(ctx context.Context, c Config, file string, progress func(backup.Progress)) (a *App, m backup.Manifest, err error) {
	master, err := keys.Load(c.Data, os.Getenv(keys.Env))
	if errs.Is(err, errs.NotFound) {
		return nil, m, errs.E(errs.NotFound, "备份里没有主密钥，请先把原来的 %s 放进 %s（或设好 %s），再恢复", keys.File, c.Data, keys.Env)
	}
	if err != nil {
		return nil, m, err
	}
	return restore(ctx, c, master, file, progress)
}

// restore is Restore with the master key at hand.
func restore(ctx context.Context, c Config, master keys.Master, file string, progress func(backup.Progress)) (a *App, m backup.Manifest, err error) {
	b, err := backup.Open(file)
	if err != nil {
		return nil, m, err
	}
	defer func() { _ = b.Close() }()
	m = b.Manifest
	if master.ID() != m.Key {
		return nil, m, errs.E(errs.Conflict, "%s 里的主密钥不是这份备份的，请换上原来的 %s，再恢复", c.Data, keys.File)
	}
	d, err := db.Open(ctx, c.database())
	if err != nil {
		return nil, m, err
	}
	defer func() {
		if err != nil {
			_ = d.Close()
		}
	}()
	files, err := c.files(ctx)
	if err != nil {
		return nil, m, err
	}
	if err = b.Restore(ctx, place(d, files, progress)); err != nil {
		return nil, m, err
	}
	if err = jobs.Migrate(ctx, d); err != nil {
		return nil, m, err
	}
	if a, err = wire(ctx, c, d, master); err != nil {
		return nil, m, err
	}
	old, err := a.outdated(ctx) // an older program may have written the backup
	if err != nil {
		return nil, m, err
	}
	a.Upgraded.Restated, err = a.restate(ctx, old)
	return a, m, err
}

// VerifyAll verifies every association of the installation.
func (a *App) VerifyAll(ctx context.Context, report log.Report) error {
	all, err := a.associations(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := a.Verify(org.With(ctx, one.ID), report); err != nil {
			return err
		}
	}
	return nil
}
