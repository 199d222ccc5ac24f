package training

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"shilu/internal/core/intake"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
)

// peak reads the most memory that this process held so far, in MB, where the system tells (Linux).
func peak() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kb / 1024
}

// BenchmarkImport measures the whole of an import, verified in the same run, while somebody else keeps saving classes:
// go test ./internal/work/training -run '^$' -bench Import -benchtime 1x. ROWS is 100,000 unless set.
func BenchmarkImport(b *testing.B) {
	rows := 100_000
	if n, err := strconv.Atoi(os.Getenv("ROWS")); err == nil {
		rows = n
	}
	for b.Loop() {
		d := dbtest.Open(b, db.Options{Dir: b.TempDir()}, sources)
		c := openCounty(b, d, b.TempDir())
		file := manyRows(rows)
		service := c.engine.Targets[0].(*register.Sheet[Class, Words])
		var stop atomic.Bool
		var took []time.Duration
		saved := make(chan error, 1)
		zhou := c.as("zhoumin")
		go func() {
			for !stop.Load() {
				at := time.Now()
				if _, err := service.Create(zhou, CreateInput{Body: Class{Kind: "short", Name: fmt.Sprint("别人的班", len(took)), Subject: "养蜂",
					Unit: c.tree.Office().ID, Place: c.tree.Root().ID, Start: "2025-01-02", End: "2025-01-02", Attendances: n(10)}}); err != nil {
					saved <- err
					return
				}
				took = append(took, time.Since(at))
				time.Sleep(20 * time.Millisecond)
			}
			saved <- nil
		}()
		runtime.GC()
		at := time.Now()
		im, err := c.engine.Receive(c.as("liwf"), Kind, "many.csv", bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.engine.Check(c.as("liwf"), im.ID, intake.Options{}); err != nil {
			b.Fatal(err)
		}
		checked := time.Since(at)
		r, err := c.engine.Apply(c.as("liwf"), im.ID, "zhoumin")
		if err != nil || r.Created != rows {
			b.Fatal(err, r.Counts)
		}
		b.ReportMetric(time.Since(at).Seconds(), "s/import")
		b.ReportMetric(checked.Seconds(), "s/check")
		b.ReportMetric(float64(peak()), "MB-peak")
		stop.Store(true)
		if err := <-saved; err != nil {
			b.Fatal(err)
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "ms-p99-save")
		b.ReportMetric(float64(took[len(took)-1].Milliseconds()), "ms-slowest-save")
	}
}
