package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"net/http"
	"runtime"
	"strings"
	"time"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/upkeep"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/jobs"
	"shilu/internal/kit/metrics"
	"shilu/internal/kit/web"
)

// healthRoutes are for what watches over the program: they say nothing of anybody.
func (a *App) healthRoutes() []web.Route {
	routes := []web.Route{
		{Pattern: "GET /healthz", Right: web.Static, Handler: func(w http.ResponseWriter, _ *http.Request) error { return plainly(w, http.StatusOK, "ok") }},
		{Pattern: "GET /readyz", Right: web.Static, Handler: a.getReady},
	}
	if a.Config.MetricsToken != "" {
		routes = append(routes, web.Route{Pattern: "GET /metrics", Right: web.Static, Handler: a.getMetrics})
	}
	return routes
}

func plainly(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := io.WriteString(w, text+"\n")
	return err
}

// patience is how long a database may take to be called ready.
const patience = 3 * time.Second

// getReady says whether requests can be answered: the database does, and its schema is ours.
func (a *App) getReady(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	if err := a.DB.View(ctx, func(tx *db.Tx) error {
		_, err := db.One(ctx, tx, db.Value[int64], "SELECT 1")
		return err
	}); err != nil {
		return plainly(w, http.StatusServiceUnavailable, "database")
	}
	pending, err := a.DB.Plan(ctx, Migrations()...) // Conflict: a newer copy has been here
	if err != nil || len(pending) > 0 {
		return plainly(w, http.StatusServiceUnavailable, "schema")
	}
	return plainly(w, http.StatusOK, "ok")
}

// getMetrics answers a scrape on the main address: the token must be right.
func (a *App) getMetrics(w http.ResponseWriter, r *http.Request) error {
	given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	want, got := sha256.Sum256([]byte(a.Config.MetricsToken)), sha256.Sum256([]byte(given))
	if subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return plainly(w, http.StatusUnauthorized, "token")
	}
	return a.writeMetrics(w, r)
}

// Metrics is the handler of an address of its own, which only this machine reaches.
func (a *App) Metrics() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if err := a.writeMetrics(w, r); err != nil {
			http.Error(w, "metrics", http.StatusInternalServerError)
		}
	})
	return mux
}

func (a *App) writeMetrics(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	return metrics.Write(r.Context(), w, a.measureProgram, a.measureDatabase, a.measureUpkeep)
}

func (a *App) measureProgram(_ context.Context, p *metrics.Page) error {
	p.Gauge("shilu_build_info", "The version that runs.", 1, "version", Version, "go", runtime.Version())
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.Gauge("shilu_memory_bytes", "Memory that the program has from the system.", float64(m.Sys))
	p.Gauge("shilu_goroutines", "Goroutines.", float64(runtime.NumGoroutine()))
	a.requests.Write(p)
	return nil
}

// measureDatabase says how large the database is, what waits in the queue and in the log.
func (a *App) measureDatabase(ctx context.Context, p *metrics.Page) error {
	return a.DB.View(ctx, func(tx *db.Tx) error {
		size, err := tx.Size(ctx)
		if err != nil {
			return err
		}
		p.Gauge("shilu_database_bytes", "Size of the database.", float64(size))
		states, err := jobs.Counts(ctx, tx)
		if err != nil {
			return err
		}
		p.Head("shilu_jobs", "gauge", "Jobs in the queue by kind and state.")
		for _, s := range states {
			p.Value("shilu_jobs", float64(s.Count), "kind", s.Kind, "state", s.State)
		}
		all, err := org.All(ctx, tx)
		if err != nil {
			return err
		}
		waiting, oldest := int64(0), int64(0)
		for _, one := range all {
			for _, name := range []string{log.Ledger, log.Trail} {
				n, since, err := log.Unnumbered(org.With(ctx, one.ID), tx, name)
				if err != nil {
					return err
				}
				if waiting += n; since > 0 && (oldest == 0 || since < oldest) {
					oldest = since
				}
			}
		}
		lag := 0.0
		if oldest > 0 {
			lag = max(0, time.Since(time.UnixMilli(oldest)).Seconds()) // ids have the machine's clock
		}
		p.Gauge("shilu_log_waiting", "Entries of the logs that have no number yet.", float64(waiting))
		p.Gauge("shilu_log_lag_seconds", "Age of the oldest entry without a number.", lag)
		return nil
	})
}

// measureUpkeep says how old the last backup and drill are. A value is absent while there was none.
func (a *App) measureUpkeep(ctx context.Context, p *metrics.Page) error {
	return a.DB.View(ctx, func(tx *db.Tx) error {
		keeper, err := upkeep.Keeper(ctx, tx)
		if errs.Is(err, errs.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		st, err := a.Upkeep.State(org.With(ctx, keeper.ID), tx)
		if err != nil {
			return err
		}
		for _, one := range []struct {
			name, help string
			at         int64
		}{{"shilu_backup_age_seconds", "Age of the last backup.", st.Backup.At}, {"shilu_restore_drill_age_seconds", "Age of the last restore drill that passed.", st.Drill.At}} {
			if one.at > 0 {
				p.Gauge(one.name, one.help, tx.Now.Sub(time.UnixMilli(one.at)).Seconds())
			}
		}
		failed := 0.0
		if st.Failed.At > 0 {
			failed = 1
		}
		p.Gauge("shilu_backup_failed", "1 while the latest backup is one that failed.", failed)
		return nil
	})
}
