package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"shilu/internal/core/log"
	"shilu/internal/core/upkeep"
	"shilu/internal/kit/backup"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
)

const (
	drillFolder    = "drill-"
	differencesSay = 20 // of a drill; the rest is the same trouble
)

// Drill restores a backup into a folder of its own beside the data, on SQLite whatever engine it came from, verifies all of it and
// takes it away again. Nothing of the running installation is touched; its master key must be the backup's.
func (a *App) Drill(ctx context.Context, file string, progress func(backup.Progress)) (tried upkeep.Tried, err error) {
	folder, err := os.MkdirTemp(a.Config.Data, drillFolder)
	if err != nil {
		return tried, errs.E(errs.Unavailable, "文件夹 %s 写不了，请看磁盘是否已满", a.Config.Data).Because(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	restored, m, err := restore(ctx, Config{Data: folder, Now: a.Config.Now}, a.master, file, progress)
	tried.Manifest = m
	if err != nil {
		return tried, full(err, folder)
	}
	defer restored.Close()
	return tried, restored.VerifyAll(ctx, func(d log.Difference) {
		if tried.Found++; tried.Found <= differencesSay {
			tried.Differences = append(tried.Differences, d.String())
		}
	})
}

// sweepDrills takes away what a killed program left of its drills.
func (a *App) sweepDrills() {
	left, _ := filepath.Glob(filepath.Join(a.Config.Data, drillFolder+"*"))
	for _, folder := range left {
		if info, err := os.Stat(folder); err == nil && info.IsDir() && time.Since(info.ModTime()) > abandoned { // files have the machine's clock
			_ = os.RemoveAll(folder)
		}
	}
}

// tendEvery is how often it is looked whether a backup is due.
const tendEvery = time.Minute

// tendLoop has a backup made whenever the plan asks for one, until ctx is done.
func (a *App) tendLoop(ctx context.Context) {
	for wait := tendEvery / 4; ; wait = tendEvery { // a short while after the start, when the morning's first pages are shown
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			if err := a.tend(ctx); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "look whether a backup is due", slog.Any("error", err))
			}
		}
	}
}

// tend inserts a backup that is due.
func (a *App) tend(ctx context.Context) error {
	due := false
	if err := a.DB.View(ctx, func(tx *db.Tx) (err error) {
		due, err = a.Upkeep.Due(ctx, tx)
		return err
	}); errs.Is(err, errs.NotFound) || err == nil && !due {
		return nil // nothing is set up yet, or not yet due
	} else if err != nil {
		return err
	}
	return a.DB.Update(ctx, func(tx *db.Tx) error {
		keeper, err := upkeep.Keeper(ctx, tx)
		if err != nil {
			return err
		}
		_, err = a.Jobs.Insert(ctx, tx, keeper.ID, upkeep.MakeJob{}, jobs.How{Once: true})
		return err
	})
}
