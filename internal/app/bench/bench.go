// Package bench measures the work that matters, each beside the raw database doing the same in the same run, so that a figure
// means the same on any machine (issue 2, «Speed and memory»).
package bench

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"shilu/internal/app"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Row is one measurement. A nil says that the figure does not apply. Rates are per second; rss is the most memory that this
// process had so far.
type Row struct {
	Work     string   `json:"work"`
	DB       string   `json:"db"`
	Rate     *float64 `json:"rate_per_s"`
	RawRate  *float64 `json:"raw_per_s"`
	Ratio    *float64 `json:"ratio"` // ours to the raw database's: of rates where there are rates, else of seconds
	P50      *float64 `json:"p50_ms"`
	P99      *float64 `json:"p99_ms"`
	RawP99   *float64 `json:"raw_p99_ms"`
	Seconds  *float64 `json:"seconds"`
	RSS      *float64 `json:"rss_mb"`
	Says     string   `json:"-"` // what was measured, for people
	Required string   `json:"-"` // what the issue asks for
}

// Options say what to measure and where. URL is a PostgreSQL server in which schemas are made and dropped; empty is SQLite in a
// temporary folder.
type Options struct {
	URL   string
	Only  []string // W1, W2 …; empty is all
	Short bool     // far smaller, for tests
	// Program is the binary whose start is measured; "" leaves that out.
	Program string
	Report  func(Row)
}

// works are the measurements in their order.
var works = []struct {
	name string
	run  func(ctx context.Context, s *stage) error
}{
	{"W1", measureIntake}, {"W2", measureList}, {"W3", measureExport}, {"W4", measureFigures}, {"W5", measureShares}, {"W6", measureReport}, {"home", measureHome}, {"import", measureImport}, {"backup", measureBackup}, {"start", measureStart},
}

// Run measures and reports each row as it is known.
func Run(ctx context.Context, o Options) error {
	for _, w := range works {
		if len(o.Only) > 0 && !slices.Contains(o.Only, w.name) {
			continue
		}
		s := &stage{Options: o}
		err := w.run(ctx, s)
		s.close()
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}

// Names lists the measurements.
func Names() []string {
	var all []string
	for _, w := range works {
		all = append(all, w.name)
	}
	return all
}

// stage is what one measurement stands on: fresh databases that are gone afterwards.
type stage struct {
	Options
	undo []func()
}

func (s *stage) close() {
	for _, fn := range slices.Backward(s.undo) {
		fn()
	}
}

func (s *stage) dialect() string {
	if s.URL != "" {
		return string(db.Postgres)
	}
	return string(db.SQLite)
}

// folder makes a temporary folder.
func (s *stage) folder() (string, error) {
	dir, err := os.MkdirTemp("", "shilu-bench-")
	if err != nil {
		return "", fmt.Errorf("make a folder: %w", err)
	}
	s.undo = append(s.undo, func() { _ = os.RemoveAll(dir) })
	return dir, nil
}

// config is that of a fresh, empty database.
func (s *stage) config(ctx context.Context) (app.Config, error) {
	dir, err := s.folder()
	if err != nil {
		return app.Config{}, err
	}
	c := app.Config{Data: dir, Now: time.Now}
	if s.URL == "" {
		return c, nil
	}
	schema := "bench_" + strings.ReplaceAll(id.New(), "-", "")
	if err := s.admin(ctx, "CREATE SCHEMA "+schema); err != nil {
		return c, err
	}
	s.undo = append(s.undo, func() { _ = s.admin(context.WithoutCancel(ctx), "DROP SCHEMA "+schema+" CASCADE") })
	u, err := url.Parse(s.URL)
	if err != nil {
		return c, fmt.Errorf("read the address of the database: %w", err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	c.DatabaseURL = u.String()
	return c, nil
}

func (s *stage) admin(ctx context.Context, statement string) error {
	d, err := sql.Open("pgx", s.URL)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer func() { _ = d.Close() }()
	if _, err := d.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// open makes a fresh county.
func (s *stage) open(ctx context.Context) (*county, error) {
	config, err := s.config(ctx)
	if err != nil {
		return nil, err
	}
	a, err := app.Prepare(ctx, config)
	if err != nil {
		return nil, err
	}
	s.undo = append(s.undo, a.Close)
	return newCounty(ctx, a)
}

// clients is how many work at the same time.
const clients = 16

// loop runs fn by the clients for a time and gives how long each call took, sorted.
func loop(ctx context.Context, long time.Duration, fn func(ctx context.Context, client, turn int) error) (took []time.Duration, seconds float64, err error) {
	type result struct {
		took []time.Duration
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan result, clients)
	begin := time.Now()
	for client := range clients {
		go func() {
			var r result
			for turn := 0; time.Since(begin) < long && ctx.Err() == nil; turn++ {
				at := time.Now()
				if r.err = fn(ctx, client, turn); r.err != nil {
					cancel()
					break
				}
				r.took = append(r.took, time.Since(at))
			}
			results <- r
		}()
	}
	for range clients {
		r := <-results
		took = append(took, r.took...)
		if err == nil {
			err = r.err
		}
	}
	seconds = time.Since(begin).Seconds()
	slices.Sort(took)
	return took, seconds, err
}

// long is how long a measurement of rates takes.
func (s *stage) long() time.Duration {
	if s.Short {
		return 300 * time.Millisecond
	}
	return 5 * time.Second
}

func quantile(sorted []time.Duration, q float64) *float64 {
	if len(sorted) == 0 {
		return nil
	}
	return number(float64(sorted[min(len(sorted)-1, int(float64(len(sorted))*q))].Microseconds()) / 1000)
}

// number rounds to what can be read: three places.
func number(v float64) *float64 {
	v = math.Round(v*1000) / 1000
	return &v
}

// rates fills a row from the calls of both sides.
func rates(work, engine string, ours, raw []time.Duration, seconds, rawSeconds float64) Row {
	r := Row{Work: work, DB: engine, Rate: number(float64(len(ours)) / seconds), P50: quantile(ours, 0.5), P99: quantile(ours, 0.99), Seconds: number(seconds), RSS: rss()}
	if len(raw) > 0 {
		r.RawRate, r.RawP99 = number(float64(len(raw))/rawSeconds), quantile(raw, 0.99)
		r.Ratio = number(*r.Rate / *r.RawRate)
	}
	return r
}

// rss is the most memory that this process held, in MB, where the system tells.
func rss() *float64 { return memory("VmHWM:", "self") }

// memory reads a line of a process's status on Linux.
func memory(line, pid string) *float64 {
	f, err := os.Open(filepath.Join("/proc", pid, "status"))
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), line); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				return nil
			}
			return number(kb / 1024)
		}
	}
	return nil
}

// String is the row for people.
func (r Row) String() string {
	show := func(v *float64) string {
		if v == nil {
			return "-"
		}
		return strconv.FormatFloat(*v, 'f', -1, 64)
	}
	return fmt.Sprintf("%-7s %-9s %10s/s raw %10s/s ratio %6s  p50 %8s p99 %8s raw p99 %8s ms  %8s s  rss %6s MB  %s (%s)", r.Work, r.DB, show(r.Rate), show(r.RawRate),
		show(r.Ratio), show(r.P50), show(r.P99), show(r.RawP99), show(r.Seconds), show(r.RSS), r.Says, r.Required)
}
