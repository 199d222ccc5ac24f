package bench_test

import (
	"testing"

	"shilu/internal/app/bench"
)

// BenchmarkWorks runs each measurement once at full size on SQLite, so that it can be profiled:
//
//	go test ./internal/app/bench -run - -bench Works/import -benchtime 1x -cpuprofile /tmp/cpu.out
func BenchmarkWorks(b *testing.B) {
	for _, work := range bench.Names() {
		b.Run(work, func(b *testing.B) {
			for range b.N {
				if err := bench.Run(b.Context(), bench.Options{Only: []string{work}, Report: func(r bench.Row) { b.Log(r) }}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
