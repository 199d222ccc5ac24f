package bench_test

import (
	"strings"
	"testing"

	"shilu/internal/app/bench"
	"shilu/internal/kit/db/dbtest"
)

// TestEveryWorkRuns runs the measurements on small data, so that `shilu bench` works when it is needed; it asserts no speed.
func TestEveryWorkRuns(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url := ""
			if engine == "postgres" {
				url = dbtest.PostgresURL(t)
			}
			seen := map[string]int{}
			if err := bench.Run(t.Context(), bench.Options{URL: url, Short: true, Report: func(r bench.Row) {
				seen[r.Work]++
				if r.DB != engine || r.Seconds == nil || *r.Seconds <= 0 || r.Says == "" {
					t.Errorf("%s: a row without its figures: %+v", r.Work, r)
				}
			}}); err != nil {
				t.Fatal(err)
			}
			for _, work := range bench.Names() {
				if seen[work] == 0 && work != "start" { // start needs the built program
					t.Errorf("%s reported nothing; seen: %v", work, seen)
				}
			}
		})
	}
}

func TestNames(t *testing.T) {
	if got := strings.Join(bench.Names(), " "); !strings.HasPrefix(got, "W1 W2 ") {
		t.Errorf("works: %s", got)
	}
}
