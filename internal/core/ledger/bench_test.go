package ledger_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/id"
)

// import1000 makes n statements with four facts each, as an imported workbook has them.
func import1000(n, from int) []ledger.Statement {
	statements := make([]ledger.Statement, n)
	for i := range statements {
		k := from + i
		tags := ledger.Tags{{Name: "kind", Value: []string{"short", "long"}[k%2]}, {Name: "subject", Value: fmt.Sprintf("科目%d", k%40)}}
		f := ledger.Fact{Unit: fmt.Sprintf("unit-%024d", k%30), Place: fmt.Sprintf("place-%024d", k%300), Tags: tags}
		year, month, date := 2017+k%10, 1+k%12, 1+k%28
		var facts []ledger.Fact
		for j, m := range []string{"training.classes", "training.attendances", "training.people", "training.people"} {
			f.Measure, f.Amount = m, int64(1+k%90+j)
			f.Day = ledgerDay(year, month, date)
			if m == "training.people" {
				f.Key, f.Amount = fmt.Sprintf("key-%032d", k*2+j), 1
			}
			facts = append(facts, f)
		}
		statements[i] = ledger.Statement{Ref: id.Ref{Kind: "training", ID: id.New()}, Version: 1, FactsVersion: 1, RecordHash: fmt.Sprintf("%064d", k), Facts: facts}
	}
	return statements
}

// bulk imports n statements, 1,000 a transaction.
func bulk(t testing.TB, ctx context.Context, d *db.DB, n int) time.Duration {
	begin := time.Now()
	for from := 0; from < n; from += 1000 {
		statements := import1000(min(1000, n-from), from)
		update(t, ctx, d, func(tx *db.Tx) error { return ledger.SetMany(ctx, tx, statements) })
	}
	return time.Since(begin)
}

func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		d := dbtest.Open(b, db.Options{Dir: b.TempDir()}, sources)
		took := bulk(b, tenant(b), d, 100_000)
		b.ReportMetric(100_000/took.Seconds(), "statements/s")
	}
}
