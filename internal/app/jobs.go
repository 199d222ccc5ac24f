package app

import (
	"context"
	"fmt"
	"time"

	"shilu/internal/core/desk"
	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/core/upkeep"
	"shilu/internal/face/console"
	"shilu/internal/kit/db"
	"shilu/internal/kit/jobs"
)

// resumeImports goes on with the imports that a stop of a program interrupted.
type resumeImports struct{}

// Kind names the work.
func (resumeImports) Kind() string { return "intake.resume" }

// handleJobs names what is done in the background.
func (a *App) handleJobs(w *jobs.Workers) {
	jobs.Handle(w, func(ctx context.Context, j jobs.Job[console.Verification]) error {
		return j.Args.Run(ctx, a.DB, a.Verify)
	})
	jobs.Handle(w, func(ctx context.Context, j jobs.Job[intake.Work]) error { return a.Intake.Do(ctx, j.Args) })
	jobs.Handle(w, func(ctx context.Context, _ jobs.Job[resumeImports]) error { return a.resume(ctx) })
	jobs.Handle(w, func(ctx context.Context, j jobs.Job[desk.SettleProofs]) error { return a.settleProofs(ctx, j.Args) })
	jobs.Handle(w, func(ctx context.Context, j jobs.Job[upkeep.MakeJob]) error {
		ctx, err := a.Upkeep.As(ctx, j.Args.Login)
		if err != nil {
			return err
		}
		return a.Upkeep.Make(ctx, j.Report)
	})
	jobs.Handle(w, func(ctx context.Context, j jobs.Job[upkeep.DrillJob]) error {
		ctx, err := a.Upkeep.As(ctx, j.Args.Login)
		if err != nil {
			return err
		}
		return a.Upkeep.DrillIn(ctx, j.Args.File, j.Report)
	})
}

// quiet is how long an import must not have moved before it is taken for interrupted: a command line may be at it just now, and a
// job that was at it is begun again by kit/jobs at once.
const quiet = 30 * time.Second

// resume inserts a job for every interrupted import of the association of ctx, and removes what trials left that were killed.
func (a *App) resume(ctx context.Context) error {
	if err := a.Intake.DiscardLost(ctx); err != nil {
		return err
	}
	open, err := a.Intake.Interrupted(ctx)
	if err != nil || len(open) == 0 {
		return err
	}
	return a.DB.Update(ctx, func(tx *db.Tx) error {
		for _, w := range open {
			if _, err := a.Jobs.Insert(ctx, tx, org.Of(ctx), w, jobs.How{At: time.UnixMilli(w.Since).Add(quiet), Once: true}); err != nil {
				return err
			}
		}
		return nil
	})
}

// resumeAll asks for resume in every association, at the start.
func (a *App) resumeAll(ctx context.Context) error {
	return a.DB.Update(ctx, func(tx *db.Tx) error {
		all, err := org.All(ctx, tx)
		if err != nil {
			return err
		}
		for _, one := range all {
			if _, err := a.Jobs.Insert(ctx, tx, one.ID, resumeImports{}, jobs.How{}); err != nil {
				return fmt.Errorf("go on with the imports of %s: %w", one.Code, err)
			}
		}
		return nil
	})
}
