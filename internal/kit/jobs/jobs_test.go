package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
)

type count struct {
	Name string `json:"name"`
}

func (count) Kind() string { return "test.count" }

type house struct {
	t *testing.T
	d *db.DB
	r *jobs.Runner
}

// start runs the workers until the test ends. The clock of these tests runs: River's own does too.
func start(t *testing.T, d *db.DB, do func(ctx context.Context, j jobs.Job[count]) error) house {
	t.Helper()
	h := house{t, d, runner(t, d, do)}
	if err := h.r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := h.r.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return h
}

func runner(t *testing.T, d *db.DB, do func(ctx context.Context, j jobs.Job[count]) error) *jobs.Runner {
	t.Helper()
	w := jobs.NewWorkers()
	jobs.Handle(w, do)
	r, err := jobs.New(d, w, jobs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func both(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	each := func(t *testing.T, o db.Options) {
		o.Now = time.Now
		d := dbtest.Open(t, o, []db.Source{jobs.Migrations})
		if err := jobs.Migrate(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		test(t, d)
	}
	t.Run("sqlite", func(t *testing.T) { each(t, db.Options{Dir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { each(t, db.Options{URL: dbtest.PostgresURL(t)}) })
}

func (h house) insert(name string, how jobs.How) int64 {
	h.t.Helper()
	var n int64
	err := h.d.Update(h.t.Context(), func(tx *db.Tx) (err error) {
		n, err = h.r.Insert(h.t.Context(), tx, "a1", count{name}, how)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h house) state(job int64) jobs.State {
	h.t.Helper()
	var s jobs.State
	err := h.d.View(h.t.Context(), func(tx *db.Tx) (err error) {
		s, err = jobs.Progress(h.t.Context(), tx, "a1", job)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// eventually waits until ok says so.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s did not happen within 15 s", what)
}

func TestAJobRunsOnceItsTransactionIsCommitted(t *testing.T) {
	both(t, func(t *testing.T, d *db.DB) {
		var ran atomic.Int64
		var started atomic.Int64
		h := start(t, d, func(ctx context.Context, j jobs.Job[count]) error {
			if j.Args.Name == "undone" {
				t.Error("a job of a transaction that was rolled back ran")
			}
			started.Store(time.Now().UnixNano())
			ran.Add(1)
			return j.Report(ctx, 3, 7, "读到第 3 张表")
		})
		undo := errors.New("undo")
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			if _, err := h.r.Insert(t.Context(), tx, "a1", count{"undone"}, jobs.How{}); err != nil {
				return err
			}
			return undo
		}); !errors.Is(err, undo) {
			t.Fatal(err)
		}
		job := h.insert("done", jobs.How{})
		eventually(t, "the job", func() bool { return h.state(job).Phase == jobs.Done })
		if s := h.state(job); s.Done != 3 || s.Total != 7 || s.Note != "读到第 3 张表" {
			t.Errorf("progress %+v", s)
		}
		if ran.Load() != 1 {
			t.Errorf("ran %d times", ran.Load())
		}
		err := d.View(t.Context(), func(tx *db.Tx) error { _, err := jobs.Progress(t.Context(), tx, "a2", job); return err })
		if !errs.Is(err, errs.NotFound) {
			t.Errorf("another space sees the job: %v", err)
		}
		// Each comes right after the one before was found: without being woken it would wait for the next look, a second later.
		least := time.Hour
		for range 4 {
			begun, n := time.Now(), ran.Load()
			h.insert("woken", jobs.How{})
			eventually(t, "the next job", func() bool { return ran.Load() > n })
			least = min(least, time.Unix(0, started.Load()).Sub(begun))
		}
		if least > 700*time.Millisecond {
			t.Errorf("begun after %v at best: it was not woken", least)
		}
	})
}

func TestHowAJobFails(t *testing.T) {
	both(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		var logged bytes.Buffer
		before := slog.Default()
		defer slog.SetDefault(before)
		slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil))) // the handler writes line by line, under a lock of its own
		tries := map[string]int{}
		h := start(t, d, func(_ context.Context, j jobs.Job[count]) error {
			mu.Lock()
			tries[j.Args.Name]++
			n := tries[j.Args.Name]
			mu.Unlock()
			switch {
			case j.Args.Name == "said":
				return errs.E(errs.Invalid, "第 %d 张表没有表头", 2)
			case j.Args.Name == "panics" && n == 1:
				panic("boom")
			}
			return nil
		})
		said, panics := h.insert("said", jobs.How{}), h.insert("panics", jobs.How{})
		eventually(t, "the refusal", func() bool { return h.state(said).Phase == jobs.Failed })
		if s := h.state(said); s.Note != "第 2 张表没有表头" {
			t.Errorf("note %q", s.Note)
		}
		eventually(t, "the second try", func() bool { return h.state(panics).Phase == jobs.Done })
		mu.Lock()
		defer mu.Unlock()
		if tries["said"] != 1 || tries["panics"] != 2 {
			t.Errorf("tries %v", tries)
		}
		if said := logged.String(); strings.Count(said, "job panicked") != 1 || !strings.Contains(said, "jobs_test.go") {
			t.Errorf("the log does not tell once where the panic was: %s", said)
		}
	})
}

func TestOnceWhileOneWaitsOrRuns(t *testing.T) {
	both(t, func(t *testing.T, d *db.DB) {
		release := make(chan struct{})
		var ran atomic.Int64
		h := start(t, d, func(_ context.Context, _ jobs.Job[count]) error {
			ran.Add(1)
			<-release
			return nil
		})
		first := h.insert("seal", jobs.How{Once: true})
		if again := h.insert("seal", jobs.How{Once: true}); again != first {
			t.Errorf("second insert made job %d beside %d", again, first)
		}
		if other := h.insert("other", jobs.How{Once: true}); other == first {
			t.Error("other args are another job")
		}
		eventually(t, "both jobs", func() bool { return ran.Load() == 2 })
		close(release)
		eventually(t, "the end", func() bool { return h.state(first).Phase == jobs.Done })
		eventually(t, "a new job", func() bool { return h.insert("seal", jobs.How{Once: true}) != first })
	})
}

func TestAJobOfAKilledProcessIsTakenUp(t *testing.T) {
	both(t, func(t *testing.T, d *db.DB) {
		h := house{t, d, runner(t, d, func(context.Context, jobs.Job[count]) error { return nil })}
		job := h.insert("cut", jobs.How{})
		// As a process leaves it that is killed while it works.
		by := `["shilu"]`
		if d.Dialect == db.Postgres {
			by = `{one}`
		}
		if _, err := d.SQL().ExecContext(t.Context(), "UPDATE river_job SET state = 'running', attempt = 1, attempted_by = '"+by+"', attempted_at = '2026-09-18 02:00:00'"); err != nil {
			t.Fatal(err)
		}
		if err := h.r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the job", func() bool { return h.state(job).Phase == jobs.Done })
		if err := h.r.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// TestAJobIsTakenFromADeadCopyOnly: what a copy that lives is at is left to it, however long it takes.
func TestAJobIsTakenFromADeadCopyOnly(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		d := dbtest.Open(t, db.Options{URL: dbtest.PostgresURL(t), Now: time.Now}, []db.Source{jobs.Migrations})
		if err := jobs.Migrate(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		var ran atomic.Int64
		h := house{t, d, runner(t, d, func(context.Context, jobs.Job[count]) error { ran.Add(1); return nil })}
		job := h.insert("long", jobs.How{})
		exec := func(query string) {
			t.Helper()
			if _, err := d.SQL().ExecContext(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
		exec("UPDATE river_job SET state = 'running', attempt = 1, attempted_by = '{other}', attempted_at = '2020-01-01'")
		exec("INSERT INTO job_copy (id, seen) VALUES ('other', CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT))")
		if err := h.r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Second) // more than a beat
		if ran.Load() != 0 {
			t.Error("the job of a living copy was taken")
		}
		exec("UPDATE job_copy SET seen = seen - 60000 WHERE id = 'other'")
		eventually(t, "the job", func() bool { return h.state(job).Phase == jobs.Done })
		if err := h.r.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int64
		if err := d.SQL().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM job_copy").Scan(&left); err != nil || left != 0 {
			t.Errorf("%d copies are still on the list: %v", left, err)
		}
	})
}

func TestStopWaitsForRunningJobsAndThenCancels(t *testing.T) {
	both(t, func(t *testing.T, d *db.DB) {
		running := make(chan struct{}, 2)
		h := house{t, d, runner(t, d, func(ctx context.Context, j jobs.Job[count]) error {
			running <- struct{}{}
			if j.Args.Name == "endless" {
				<-ctx.Done()
				return ctx.Err()
			}
			time.Sleep(300 * time.Millisecond)
			return nil
		})}
		if err := h.r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		short, endless := h.insert("short", jobs.How{}), h.insert("endless", jobs.How{})
		<-running
		<-running
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // enough for the short one on any machine
		defer cancel()
		if err := h.r.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		if a, b := h.state(short).Phase, h.state(endless).Phase; a != jobs.Done || b != jobs.Waiting {
			t.Errorf("short %s, endless %s", a, b)
		}
	})
}

// TestJobsAndSavesShareTheWriter: many saves while many jobs run; nothing waits for ever, nothing fails.
func TestJobsAndSavesShareTheWriter(t *testing.T) {
	both(t, func(t *testing.T, d *db.DB) {
		var ran atomic.Int64
		h := start(t, d, func(ctx context.Context, j jobs.Job[count]) error {
			for i := range int64(5) {
				if err := j.Report(ctx, i, 5, ""); err != nil {
					return err
				}
			}
			ran.Add(1)
			return nil
		})
		var worst atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 25 {
					begun := time.Now()
					if err := d.Update(t.Context(), func(tx *db.Tx) error {
						_, err := h.r.Insert(t.Context(), tx, "a1", count{"n"}, jobs.How{})
						return err
					}); err != nil {
						t.Error(err)
					}
					if took := int64(time.Since(begun)); took > worst.Load() {
						worst.Store(took)
					}
				}
			})
		}
		wg.Wait()
		eventually(t, "200 jobs", func() bool { return ran.Load() == 200 })
		if w := time.Duration(worst.Load()); w > 2*time.Second {
			t.Errorf("a save waited %v", w)
		} else {
			t.Logf("longest save %v", w)
		}
	})
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestIdleCostsNothing(t *testing.T) {
	both(t, func(t *testing.T, d *db.DB) {
		start(t, d, func(context.Context, jobs.Job[count]) error { return nil })
		time.Sleep(time.Second) // elect, first look
		share := 1.0
		for try := 0; try < 3 && share > 0.02; try++ { // the best of three: others use the machine too
			before, begun := cpu(), time.Now()
			time.Sleep(3 * time.Second)
			share = min(share, float64(cpu()-before)/float64(time.Since(begun)))
		}
		t.Logf("idle: %.2f %% of one core", 100*share)
		if share > 0.02 {
			t.Errorf("idle jobs use %.1f %% of a core", 100*share)
		}
	})
}

// TestAnOutgrownCopyLeavesItsJobs: a job that a copy is at when a newer one upgrades the schema is done by the newer one, and the older
// takes no more.
func TestAnOutgrownCopyLeavesItsJobs(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		url := dbtest.PostgresURL(t)
		old := dbtest.Open(t, db.Options{URL: url, Now: time.Now}, []db.Source{jobs.Migrations})
		if err := jobs.Migrate(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		began, upgraded := make(chan struct{}), make(chan struct{})
		var tried, done atomic.Int64
		h := house{t, old, runner(t, old, func(ctx context.Context, j jobs.Job[count]) error {
			if tried.Add(1) == 1 {
				close(began)
				<-upgraded
			}
			return j.Report(ctx, 1, 2, "")
		})}
		if err := h.r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		job := h.insert("long", jobs.How{})
		<-began
		newer := dbtest.Open(t, db.Options{URL: url, Now: time.Now}, []db.Source{jobs.Migrations, {Name: "newer", FS: fstest.MapFS{
			"20990101000000_newer_thing.sql": {Data: []byte("-- +goose Up\nCREATE TABLE newer (id TEXT PRIMARY KEY);\n")}}}})
		close(upgraded)
		h.d = newer
		time.Sleep(4 * time.Second) // more than a beat: the older copy has noticed
		if phase := h.state(job).Phase; phase == jobs.Failed {
			t.Fatal("the job ended with the copy that was at it")
		}
		next := runner(t, newer, func(context.Context, jobs.Job[count]) error { done.Add(1); return nil })
		if err := next.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := tried.Load()
		eventually(t, "the job", func() bool { return h.state(job).Phase == jobs.Done })
		if done.Load() != 1 || tried.Load() != before {
			t.Errorf("done %d times by the newer copy, tried %d times more by the older", done.Load(), tried.Load()-before)
		}
		for _, r := range []*jobs.Runner{h.r, next} {
			if err := r.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}
