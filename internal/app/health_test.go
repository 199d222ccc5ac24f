package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/kit/db"
)

// sample is a line of a scrape (Prometheus text format 0.0.4).
var sample = regexp.MustCompile(`^[a-z_]+(\{([a-z]+="([^"\\\n]|\\.)*",?)+\})? (NaN|[-+]?Inf|-?[0-9.]+(e[-+][0-9]+)?)$`)

// TestHealthAndMetrics: who watches is told whether the program lives, whether it can answer, and how it does; nothing of anybody.
func TestHealthAndMetrics(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk := w.Sign(apptest.Clerk)
		number := enter(t, clerk, classForm())
		stranger := w.Stranger()
		for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusOK, "/metrics": http.StatusNotFound} {
			if got := stranger.Get(path); got.Status != want {
				t.Errorf("%s: %d %s", path, got.Status, got.Body)
			}
		}
		if err := w.App.Upkeep.Make(w.Ctx, nil); err != nil {
			t.Fatal(err)
		}
		scraped := httptest.NewRecorder()
		w.App.Metrics().ServeHTTP(scraped, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		body, _ := io.ReadAll(scraped.Body)
		page := string(body)
		if scraped.Code != http.StatusOK {
			t.Fatalf("%d %s", scraped.Code, page)
		}
		typed := map[string]bool{}
		for line := range strings.Lines(page) {
			line = strings.TrimSuffix(line, "\n")
			if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
				name, _, _ = strings.Cut(name, " ")
				if typed[name] {
					t.Errorf("%s begins twice", name)
				}
				typed[name] = true
				continue
			}
			if !strings.HasPrefix(line, "# HELP ") && !sample.MatchString(line) {
				t.Errorf("not a line of a scrape: %q", line)
			}
		}
		for _, want := range []string{`shilu_http_requests_total{route="POST /training/new",status="3xx"} 1`, `shilu_http_request_duration_seconds_bucket{route="POST /training/new",le="+Inf"} 1`,
			"shilu_database_bytes ", "shilu_log_waiting ", "shilu_backup_failed 0", "shilu_backup_age_seconds ", `shilu_build_info{version="`} {
			if !strings.Contains(page, want) {
				t.Errorf("no %s in\n%s", want, page)
			}
		}
		for _, personal := range []string{number, "李文芳", apptest.Clerk + `"`, "云岭"} {
			if strings.Contains(page, personal) {
				t.Errorf("it tells of %q", personal)
			}
		}
		if n := strings.Count(page, "\n"); n > 2000 {
			t.Errorf("%d lines", n)
		}

		exec := func(query string) { // as a newer copy does, not by our own handle
			t.Helper()
			if _, err := w.App.DB.SQL().ExecContext(w.Ctx, query); err != nil {
				t.Fatal(err)
			}
		}
		leaves := w.Sign(apptest.Officer)
		exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (20990101000000, TRUE)")
		if got := stranger.Get("/readyz"); got.Status != http.StatusServiceUnavailable || got.Body != "schema\n" {
			t.Errorf("ready for a schema of a newer program: %d %q", got.Status, got.Body)
		}
		if got := stranger.Get("/healthz"); got.Status != http.StatusOK {
			t.Errorf("it lives all the same: %d", got.Status)
		}
		got := clerk.Post("/training/new", classForm("name", "新版升级以后"))
		if w.App.DB.Dialect == db.Postgres {
			answers(t, got, http.StatusServiceUnavailable, "数据库已由更新的程序升级，这一份程序不再写入，请换用新版", "<h1>暂时不能用</h1>")
			for _, wrong := range []string{"程序出了错", "请报这个号"} {
				if strings.Contains(got.Body, wrong) {
					t.Errorf("the page says %s", wrong)
				}
			}
			shows(t, clerk.Get("/training/new"), "这一份程序不再写入，请换用新版")
			if got := leaves.Post("/logout", nil); got.Status != http.StatusOK || !strings.HasPrefix(got.Path, "/login") {
				t.Errorf("signing out: %d %s", got.Status, got.Path)
			}
			answers(t, leaves.Get("/"), http.StatusOK, "登录")
		} else {
			answers(t, got, http.StatusOK) // its folder is held by one process
		}
		exec("DELETE FROM goose_db_version WHERE version_id = 20990101000000")
		answers(t, clerk.Post("/training/new", classForm("name", "换了新版")), http.StatusOK)
	})
}
