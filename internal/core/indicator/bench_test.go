package indicator_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/id"
)

// w4 is a catalogue of 60 indicators: 45 sums, 10 of them over the same measures with a tag filter, 5 distinct counts.
func w4() (files fstest.MapFS, codes []string) {
	measures, defs, formulas := "code,name_zh,unit,kind,note_zh\n", "no,code,name_zh,unit,definition_zh,source,kind,record,not_scorable\n",
		"code,measures,where,by,numerator,denominator,divisor,decimals,missing,missing_zh,alias_zh,line,from,to\n"
	add := func(kind, measure, where string) {
		code := fmt.Sprintf("i.%02d", len(codes))
		codes = append(codes, code)
		defs += fmt.Sprintf("%d,%s,名%d,个,口径,报表,%s,班,\n", len(codes), code, len(codes), kind)
		formulas += fmt.Sprintf("%s,%s,%s,place,,,1,0,,,,,,\n", code, measure, where)
	}
	for i := range 45 {
		m := fmt.Sprintf("w.m%02d", i)
		measures += m + ",计量,个,flow,\n"
		add("sum", m, "")
	}
	for i := range 10 {
		add("sum", fmt.Sprintf("w.m%02d", i), []string{"kind=short", "kind=farm|lecture"}[i%2])
	}
	for i := range 5 {
		m := fmt.Sprintf("w.d%02d", i)
		measures += m + ",计量,个,distinct,\n"
		add("distinct", m, "")
	}
	return fstest.MapFS{"tags.csv": {Data: []byte("name,name_zh,several\nkind,类型,\nsubject,专业,\n")}, "measures.csv": {Data: []byte(measures)},
		"indicators.csv": {Data: []byte(defs)}, "formulas.csv": {Data: []byte(formulas)}}, codes
}

// fill writes n facts of three years straight into the tables, as many imports would have left them.
func fill(b testing.TB, w *world, n int) {
	kinds := []string{"short", "farm", "lecture", "outline"}
	var sets, members, facts [][]any
	for i := range 160 {
		set := fmt.Sprintf("%016x", i)
		kind, subject := kinds[i%4], fmt.Sprintf("专业%d", i/4)
		sets = append(sets, []any{org.Of(w.ctx), set, "kind=" + kind + ";subject=" + subject})
		members = append(members, []any{org.Of(w.ctx), "kind", kind, set}, []any{org.Of(w.ctx), "subject", subject, set})
	}
	w.update(func(tx *db.Tx) error {
		if _, err := tx.Insert(w.ctx, "INSERT INTO tag_set (association, id, text)", "", sets...); err != nil {
			return err
		}
		_, err := tx.Insert(w.ctx, "INSERT INTO tag_member (association, name, value, tags)", "", members...)
		return err
	})
	places, units := w.tree.Places(), w.tree.Units()
	record, posting := "", ""
	for i := range n {
		if i%5 == 0 {
			record, posting = id.New(), id.New()
		}
		k := i / 5
		measure, fact := fmt.Sprintf("w.m%02d", (i*7+k)%45), ""
		if i%5 == 4 {
			measure, fact = fmt.Sprintf("w.d%02d", k%5), fmt.Sprintf("key-%032d", (k*7919)%20000)
		}
		on := day.Day("2024-01-01").Add((k * 37) % 1096)
		facts = append(facts, []any{org.Of(w.ctx), id.New(), posting, record, measure, units[k%len(units)].ID, places[k%len(places)].ID, on,
			fmt.Sprintf("%016x", k%160), "exact", fact, "", 1 + i%90, nil})
		if len(facts) == 20_000 || i == n-1 {
			w.update(func(tx *db.Tx) error {
				_, err := tx.Insert(w.ctx, `INSERT INTO fact (association, id, posting, record, measure, unit, place, day, tags, exactness, fact_key,
					movement, amount, reverses)`, "", facts...)
				return err
			})
			facts = facts[:0]
		}
	}
	w.update(func(tx *db.Tx) error { // every third record lacks a paper
		_, err := tx.Exec(w.ctx, "INSERT INTO proof (association, record, missing) SELECT association, record, CASE WHEN SUM(amount) % 3 = 0 THEN 'roster' ELSE '' END FROM fact WHERE association = ? GROUP BY association, record", org.Of(w.ctx))
		return err
	})
	if w.d.Dialect == db.Postgres { // autovacuum would have come long ago
		if _, err := w.d.SQL().ExecContext(w.ctx, "VACUUM ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
}

// raw asks the database for the same sums without this package: one text a kind of question, over the same index.
func rawSums(w *world, tx *db.Tx, scope indicator.Scope) (cells int, err error) {
	subtree := " AND f.place IN (SELECT r.descendant FROM place_reach r WHERE r.association = ? AND r.ancestor = ? AND r.from_day <= ? AND r.to_day > ?)"
	where := " FROM fact f WHERE f.association = ? AND f.measure IN (?) AND f.day >= ? AND f.day <= ?"
	args := func(measures []string) []any {
		a := []any{org.Of(w.ctx), db.List(measures), scope.Period.From, scope.Period.To}
		if scope.Place != "" {
			a = append(a, org.Of(w.ctx), scope.Place, scope.Period.To, scope.Period.To)
		}
		return a
	}
	if scope.Place == "" {
		subtree = ""
	}
	ask := func(text string, args ...any) error {
		rows, err := tx.Query(w.ctx, text, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var measure, month string
			var n int64
			if err := rows.Scan(&measure, &month, &n); err != nil {
				return err
			}
			cells++
		}
		return rows.Err()
	}
	var sums, distinct []string
	for i := range 45 {
		sums = append(sums, fmt.Sprintf("w.m%02d", i))
	}
	for i := range 5 {
		distinct = append(distinct, fmt.Sprintf("w.d%02d", i))
	}
	columns := "SELECT f.measure, SUBSTR(f.day, 1, 7), CAST(SUM(f.amount) AS BIGINT)"
	if err := ask(columns+where+subtree+" GROUP BY 1, 2", args(sums)...); err != nil {
		return cells, err
	}
	for i, kinds := range []db.List{{"short"}, {"farm", "lecture"}} {
		var some []string
		for j := i; j < 10; j += 2 {
			some = append(some, sums[j])
		}
		if err := ask(columns+where+subtree+" AND f.tags IN (SELECT m.tags FROM tag_member m WHERE m.association = ? AND m.name = 'kind' AND m.value IN (?)) GROUP BY 1, 2",
			append(args(some), org.Of(w.ctx), kinds)...); err != nil {
			return cells, err
		}
	}
	return cells, ask("SELECT f.measure, SUBSTR(f.day, 1, 7), COUNT(DISTINCT f.fact_key)"+where+subtree+" GROUP BY 1, 2", args(distinct)...)
}

// BenchmarkW4 reads 60 indicators for 12 months of a township and of the county over 500,000 facts, each beside the raw database.
// SHILU_W4_FACTS makes it smaller.
func BenchmarkW4(b *testing.B) {
	n := 500_000
	if s := os.Getenv("SHILU_W4_FACTS"); s != "" {
		if _, err := fmt.Sscan(s, &n); err != nil {
			b.Fatal(err)
		}
	}
	for _, engine := range []db.Dialect{db.SQLite, db.Postgres} {
		o := db.Options{Dir: b.TempDir()}
		if engine == db.Postgres {
			o = db.Options{URL: dbtest.PostgresURL(b)}
		}
		w := newWorld(b, dbtest.Open(b, o, sources))
		files, codes := w4()
		c, err := indicator.ReadCatalogue(files)
		if err != nil {
			b.Fatal(err)
		}
		fill(b, w, n)
		for _, place := range []string{"", "03"} {
			scope := year(2025)
			if place != "" {
				scope.Place = orgtest.Place(b, w.tree, place).ID
			}
			b.Run(strings.TrimSuffix(string(engine)+"/"+place, "/"), func(b *testing.B) {
				var ours, raw []time.Duration
				for b.Loop() {
					w.view(func(tx *db.Tx) error {
						begin := time.Now()
						if _, err := rawSums(w, tx, scope); err != nil {
							return err
						}
						raw = append(raw, time.Since(begin))
						begin = time.Now()
						months, err := c.Months(w.ctx, tx, scope, codes...)
						ours = append(ours, time.Since(begin))
						if err == nil && len(months) != 12 {
							b.Fatalf("%d months", len(months))
						}
						return err
					})
				}
				slices.Sort(ours)
				slices.Sort(raw)
				us, them := ours[len(ours)/2], raw[len(raw)/2]
				w.view(func(tx *db.Tx) error {
					begin := time.Now()
					_, err := c.Values(w.ctx, tx, scope, codes...)
					b.ReportMetric(float64(time.Since(begin).Milliseconds()), "values_ms")
					if err != nil {
						return err
					}
					begin = time.Now()
					_, err = c.Trace(w.ctx, tx, scope, codes[50], indicator.Options{Limit: 50})
					b.ReportMetric(float64(time.Since(begin).Milliseconds()), "trace_ms")
					return err
				})
				b.ReportMetric(float64(us.Milliseconds()), "ms")
				b.ReportMetric(float64(them.Milliseconds()), "raw_ms")
				b.ReportMetric(float64(us)/float64(them), "ratio")
			})
		}
	}
}
