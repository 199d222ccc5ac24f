// Package jobs does work in the background that a transaction asked for: an import, sealing the log. It wraps River, whose
// tables live in the same database, so a job exists exactly when the transaction that inserted it was committed.
//
// A job may run twice (a crash, a lost answer), so it must be safe to repeat. It must not hold a transaction longer than 50 ms:
// SQLite has one writer, and River's own statements wait for it too.
package jobs

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package; River's own come by Migrate.
var Migrations = db.MustSource("jobs", migrations)

// Args say what to do; they are kept as JSON and must stay readable by later versions of the program.
type Args interface {
	// Kind names the work, "intake.import". It never changes.
	Kind() string
}

// Job is a piece of work under way. ID names it on pages, Attempt counts from 1.
type Job[T Args] struct {
	ID      int64
	Attempt int
	Space   string
	Args    T
	d       *db.DB
}

// Workers is the list of what can be done. Fill it with Handle, then give it to New.
type Workers struct {
	river *river.Workers
	d     *db.DB
	enter func(ctx context.Context, space string) context.Context
}

// NewWorkers is an empty list.
func NewWorkers() *Workers { return &Workers{river: river.NewWorkers()} }

// Handle names the function that does the work of a kind. An error made with errs.E ends the job, its sentence is shown; any
// other error lets the job run again later, five times in all.
func Handle[T Args](w *Workers, do func(ctx context.Context, j Job[T]) error) {
	river.AddWorker(w.river, &worker[T]{list: w, do: do})
}

// Options of a Runner. Enter puts a job's space (an association) into its context.
type Options struct {
	Enter    func(ctx context.Context, space string) context.Context
	Workers  int // jobs at the same time; 0 means 2
	Periodic []Periodic
}

// Periodic inserts a job again and again, by one copy only, while none of its kind waits or runs.
type Periodic struct {
	Every time.Duration
	Args  Args
}

// Runner takes jobs in and, once started, does them.
type Runner struct {
	d      *db.DB
	client *river.Client[*sql.Tx]
	wake   *listener
	quit   context.CancelFunc // ends the beats; nil where this is the only copy
}

func (d driver) SupportsListener() bool     { return true }
func (d driver) SupportsListenNotify() bool { return false }
func (d driver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return d.wake
}

// driver is River's driver with the listener of this package instead of its own: on SQLite that would look for rows 20 times
// a second, over PostgreSQL by database/sql there is none. What another copy inserts is found by looking once a second.
type driver struct {
	riverdriver.Driver[*sql.Tx]
	wake *listener
}

func driverOf(d *db.DB) riverdriver.Driver[*sql.Tx] {
	if d.Dialect == db.Postgres {
		return riverdatabasesql.New(d.SQL())
	}
	return riversqlite.New(d.SQL())
}

// Migrate brings River's tables up to date; call it beside db.Migrate.
func Migrate(ctx context.Context, d *db.DB) error {
	m, err := rivermigrate.New(driverOf(d), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("prepare the tables of jobs: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the tables of jobs: %w", err)
	}
	return nil
}

// New makes a runner. It takes jobs in at once and does none before Start.
func New(d *db.DB, w *Workers, o Options) (*Runner, error) {
	w.d, w.enter = d, o.Enter
	r := &Runner{d: d, wake: &listener{notes: make(chan *riverdriver.Notification, 1)}}
	name := "shilu" // the one process on SQLite
	if d.Dialect == db.Postgres {
		name = "shilu-" + id.New()
	}
	var periodic []*river.PeriodicJob
	for _, p := range o.Periodic {
		periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(p.Every), func() (river.JobArgs, *river.InsertOpts) {
			return p.Args, &river.InsertOpts{UniqueOpts: once}
		}, nil))
	}
	var err error
	r.client, err = river.NewClient(driver{driverOf(d), r.wake}, &river.Config{
		ID:                   name,
		Workers:              w.river,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: cmp.Or(o.Workers, 2)}},
		PeriodicJobs:         periodic,
		FetchPollInterval:    time.Second,
		FetchCooldown:        20 * time.Millisecond,
		JobTimeout:           -1,                   // an import of 100,000 rows takes what it takes
		RescueStuckJobsAfter: 365 * 24 * time.Hour, // copies do that themselves: see copies.go
		MaxAttempts:          5,
		Logger:               slog.New(quiet{slog.Default().Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("prepare jobs: %w", err)
	}
	return r, nil
}

// once makes a job unique by its kind and args while another like it waits or runs.
var once = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending,
	rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}

// metadata travels with a job beside its args.
type metadata struct {
	Space string `json:"space,omitempty"`
}

// How says when a job runs. The zero value is: at once, also beside another like it.
type How struct {
	At   time.Time // not before
	Once bool      // not when one with the same kind and args waits or runs; Insert gives the id of that one
}

// Insert adds a job that begins when tx is committed, and gives the number by which Progress shows it.
func (r *Runner) Insert(ctx context.Context, tx *db.Tx, space string, args Args, how How) (int64, error) {
	meta, err := json.Marshal(metadata{Space: space})
	if err != nil {
		return 0, fmt.Errorf("insert job %s: %w", args.Kind(), err)
	}
	o := &river.InsertOpts{ScheduledAt: how.At, Metadata: meta}
	if how.Once {
		o.UniqueOpts = once
	}
	got, err := r.client.InsertTx(ctx, tx.SQL, args, o)
	if err != nil {
		return 0, fmt.Errorf("insert job %s: %w", args.Kind(), err)
	}
	if got.UniqueSkippedAsDuplicate {
		return got.Job.ID, nil
	}
	tx.After(r.wake.wake)
	return got.Job.ID, write(ctx, tx, space, got.Job.ID, args.Kind(), State{Phase: Waiting})
}

// Start begins to do jobs: first those that a killed process left unfinished.
func (r *Runner) Start(ctx context.Context) error {
	if r.d.Dialect == db.Postgres {
		if err := r.live(ctx); err != nil {
			return err
		}
		beats, quit := context.WithCancel(context.WithoutCancel(ctx))
		r.quit = quit
		go r.beats(beats)
	} else if err := r.release(ctx); err != nil {
		return err
	}
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	return nil
}

// release gives back the jobs that a killed process still holds: on SQLite there is one process.
func (r *Runner) release(ctx context.Context) error {
	return r.d.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running'")
		return err
	})
}

// Stop lets running jobs finish until ctx ends, then cancels their contexts and waits for them.
func (r *Runner) Stop(ctx context.Context) error {
	err := r.client.Stop(ctx)
	if ctx.Err() != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = r.client.StopAndCancel(last)
	}
	if r.quit != nil {
		r.quit()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, r.leave(last))
	}
	if err != nil {
		return fmt.Errorf("stop jobs: %w", err)
	}
	return nil
}
