package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// worker runs one kind of job and keeps its row of progress.
type worker[T Args] struct {
	river.WorkerDefaults[T]
	list *Workers
	do   func(ctx context.Context, j Job[T]) error
}

// Work is called by River.
func (w *worker[T]) Work(ctx context.Context, row *river.Job[T]) error {
	var meta metadata
	if err := json.Unmarshal(row.Metadata, &meta); err != nil {
		return fmt.Errorf("read the metadata of job %d: %w", row.ID, err)
	}
	if w.list.enter != nil && meta.Space != "" {
		ctx = w.list.enter(ctx, meta.Space)
	}
	j := Job[T]{ID: row.ID, Attempt: row.Attempt, Space: meta.Space, Args: row.Args, d: w.list.d}
	if err := j.phase(ctx, Running, ""); err != nil {
		return left(err)
	}
	err := w.call(ctx, j)
	end := context.WithoutCancel(ctx)
	var said *errs.Error
	switch {
	case err == nil:
		return left(j.phase(end, Done, ""))
	case errors.Is(err, db.ErrOutgrown):
		return left(err)
	case errors.As(err, &said):
		return river.JobCancel(errors.Join(err, j.phase(end, Failed, said.Error())))
	case row.Attempt >= row.MaxAttempts:
		return errors.Join(err, j.phase(end, Failed, "程序内部出错，没有办完，请重新来过"))
	}
	return errors.Join(err, j.phase(end, Waiting, "没有办成，稍后自动再试"))
}

// left leaves a job to a newer copy of the program where this one may write no more.
func left(err error) error {
	if errors.Is(err, db.ErrOutgrown) {
		return river.JobSnooze(2 * beat) // until then this copy has ceased to take jobs
	}
	return err
}

// call turns a panic into an error, so that the row of progress says that the job failed; the log keeps where it happened.
func (w *worker[T]) call(ctx context.Context, j Job[T]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("job %d panicked: %v", j.ID, p)
			slog.ErrorContext(ctx, "job panicked", "job", j.ID, "kind", j.Args.Kind(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	return w.do(ctx, j)
}

// NextRetry waits 1, 4, 9, 16 seconds: what fails here fails because the database was busy or the program was stopped.
func (w *worker[T]) NextRetry(row *river.Job[T]) time.Time {
	return w.list.d.Now().Add(time.Duration(row.Attempt*row.Attempt) * time.Second)
}

// Phase is where a job stands.
type Phase string

// The phases. A job that failed once and will run again is Waiting.
const (
	Waiting Phase = "waiting"
	Running Phase = "running"
	Done    Phase = "done"
	Failed  Phase = "failed"
)

// State is what pages show of a job. Total is 0 while it is not known; Note is a sentence, why it failed or what it does now.
type State struct {
	Phase       Phase `json:"phase"`
	Done, Total int64
	Note        string `json:"note,omitempty"`
	Updated     int64  `json:"updated"` // UTC milliseconds
}

// Report says how far the job is. It is a short transaction of its own: call it once a chunk, not once a row.
func (j Job[T]) Report(ctx context.Context, done, total int64, note string) error {
	return j.d.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE job_progress SET done = ?, total = ?, note = ?, updated = ? WHERE association = ? AND job = ?",
			done, total, note, tx.Millis(), j.Space, j.ID)
		return err
	})
}

func (j Job[T]) phase(ctx context.Context, p Phase, note string) error {
	if j.Space == "" {
		return nil // periodic work of the installation: nobody looks at it
	}
	return j.d.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE job_progress SET state = ?, note = CASE WHEN ? = '' THEN note ELSE ? END, updated = ? WHERE association = ? AND job = ?",
			p, note, note, tx.Millis(), j.Space, j.ID)
		return err
	})
}

func write(ctx context.Context, tx *db.Tx, space string, job int64, kind string, s State) error {
	if space == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO job_progress (association, job, kind, state, done, total, note, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		space, job, kind, s.Phase, s.Done, s.Total, s.Note, tx.Millis())
	return err
}

// Progress reads how far a job is. NotFound when the space has no such job.
func Progress(ctx context.Context, tx *db.Tx, space string, job int64) (State, error) {
	return db.One(ctx, tx, func(r db.Scanner) (s State, err error) {
		err = r.Scan(&s.Phase, &s.Done, &s.Total, &s.Note, &s.Updated)
		return s, err
	}, "SELECT state, done, total, note, updated FROM job_progress WHERE association = ? AND job = ?", space, job)
}

var _ rivertype.JobArgs = Args(nil)

// Counted is how many jobs of a kind are in a state of River.
type Counted struct {
	Kind, State string
	Count       int64
}

// Counts counts what is in the queue, what is done and not yet cleared away too.
func Counts(ctx context.Context, tx *db.Tx) ([]Counted, error) {
	return db.All(ctx, tx, func(s db.Scanner) (c Counted, err error) {
		err = s.Scan(&c.Kind, &c.State, &c.Count)
		return c, err
	}, "SELECT kind, CAST(state AS TEXT), COUNT(*) FROM river_job GROUP BY kind, state ORDER BY 1, 2")
}
