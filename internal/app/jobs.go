package app

import "shilu/internal/kit/jobs"

// handleJobs names what is done in the background.
func (a *App) handleJobs(_ *jobs.Workers) {}
