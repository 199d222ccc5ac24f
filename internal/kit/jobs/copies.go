package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"shilu/internal/kit/db"
)

// Several copies of the program may do jobs on one PostgreSQL database. Each says that it lives; what a dead one held is taken up by
// the others. A job may be long, so how long it runs says nothing.
const (
	beat     = 3 * time.Second
	deadline = 15 * time.Second // without a beat for so long a copy is dead
)

// databaseNow is the clock of the database, in milliseconds UTC: the copies' own may differ.
const databaseNow = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"

// beats says again and again that this copy lives, and gives back what dead copies hold, until ctx ends. A copy that may write no more,
// because a newer one has upgraded the schema, takes no more jobs.
func (r *Runner) beats(ctx context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		err := r.live(ctx)
		if errors.Is(err, db.ErrOutgrown) {
			slog.Warn("jobs: this copy takes no more", "error", err)
			if err := r.client.Stop(ctx); err != nil && ctx.Err() == nil {
				slog.Warn("jobs: this copy could not stop taking them", "error", err)
			}
			return
		}
		if err != nil && ctx.Err() == nil {
			slog.Warn("jobs: this copy could not say that it lives", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// live says that this copy lives, and gives back the running jobs of copies that do not.
func (r *Runner) live(ctx context.Context) error {
	var freed int64
	if err := r.d.Update(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO job_copy (id, seen) VALUES (?, "+databaseNow+") ON CONFLICT (id) DO UPDATE SET seen = excluded.seen", r.client.ID()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM job_copy WHERE seen < "+databaseNow+" - ?", deadline.Milliseconds()); err != nil {
			return err
		}
		var err error
		freed, err = tx.Exec(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running'
			AND NOT EXISTS (SELECT 1 FROM job_copy c WHERE c.id = attempted_by[array_upper(attempted_by, 1)])`)
		return err
	}); err != nil {
		return fmt.Errorf("say that this copy lives: %w", err)
	}
	if freed > 0 {
		slog.Info("jobs: taken up from a copy that died", "jobs", freed)
		r.wake.wake()
	}
	return nil
}

// leave takes this copy off the list once its jobs have ended. One that may write no more is taken off by others.
func (r *Runner) leave(ctx context.Context) error {
	err := r.d.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM job_copy WHERE id = ?", r.client.ID())
		return err
	})
	if errors.Is(err, db.ErrOutgrown) {
		return nil
	}
	return err
}
