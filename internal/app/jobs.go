package app

import (
	"context"
	"log/slog"

	"shilu/internal/kit/jobs"
)

// resumeImports goes on with the imports that a stop of the program interrupted.
type resumeImports struct{}

// Kind names the work.
func (resumeImports) Kind() string { return "intake.resume" }

// handleJobs names what is done in the background.
func (a *App) handleJobs(w *jobs.Workers) {
	jobs.Handle(w, func(ctx context.Context, _ jobs.Job[resumeImports]) error {
		if err := a.Intake.Resume(ctx); err != nil {
			slog.ErrorContext(ctx, "resume imports", slog.Any("error", err))
			return err
		}
		return nil
	})
}
