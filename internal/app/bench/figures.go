package bench

import (
	"context"
	"fmt"
	"strings"
	"testing/fstest"
	"time"

	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// The measures that the facts of W4 and W6 carry: those of training, so that the real report reads them too, and made-up ones.
var (
	summed  = numbered([]string{"training.classes", "training.attendances", "training.enrolled", "training.examined", "training.passed"}, "w.m%02d", 45)
	counted = numbered([]string{"training.subjects_taught"}, "w.d%02d", 5)
	kinds   = []string{"short", "farm_school", "lecture", "outline"}
)

func numbered(first []string, pattern string, n int) []string {
	for len(first) < n {
		first = append(first, fmt.Sprintf(pattern, len(first)))
	}
	return first
}

// sixty is a catalogue of 60 indicators: 45 sums, 10 of them again with a tag filter, 5 distinct counts.
func sixty() (files fstest.MapFS, codes []string) {
	measures, defs, formulas := "code,name_zh,unit,kind,note_zh\n", "no,code,name_zh,unit,definition_zh,source,kind,record,not_scorable\n",
		"code,measures,where,by,numerator,denominator,divisor,decimals,missing,missing_zh,alias_zh,line,from,to\n"
	add := func(kind, measure, where string) {
		code := fmt.Sprintf("i.%02d", len(codes))
		codes = append(codes, code)
		defs += fmt.Sprintf("%d,%s,名%d,个,口径,报表,%s,班,\n", len(codes), code, len(codes), kind)
		formulas += fmt.Sprintf("%s,%s,%s,place,,,1,0,,,,,,\n", code, measure, where)
	}
	for _, m := range summed {
		measures += m + ",计量,个,flow,\n"
		add("sum", m, "")
	}
	for i := range 10 {
		add("sum", summed[i], []string{"kind=short", "kind=farm_school|lecture"}[i%2])
	}
	for _, m := range counted {
		measures += m + ",计量,个,distinct,\n"
		add("distinct", m, "")
	}
	return fstest.MapFS{"tags.csv": {Data: []byte("name,name_zh,several,values_zh\nkind,类型,,\nsubject,专业,,\n")}, "measures.csv": {Data: []byte(measures)},
		"indicators.csv": {Data: []byte(defs)}, "formulas.csv": {Data: []byte(formulas)}}, codes
}

// filled writes n facts of three years straight into the tables, as many imports would have left them.
func (c *county) filled(n int) error {
	var sets, members, facts [][]any
	association := org.Of(c.ctx)
	for i := range 160 {
		set, kind, subject := fmt.Sprintf("%016x", i), kinds[i%4], fmt.Sprintf("专业%d", i/4)
		sets = append(sets, []any{association, set, "kind=" + kind + ";subject=" + subject})
		members = append(members, []any{association, "kind", kind, set}, []any{association, "subject", subject, set})
	}
	if err := c.DB.Update(c.ctx, func(tx *db.Tx) error {
		if _, err := tx.Insert(c.ctx, "INSERT INTO tag_set (association, id, text)", "", sets...); err != nil {
			return err
		}
		_, err := tx.Insert(c.ctx, "INSERT INTO tag_member (association, name, value, tags)", "", members...)
		return err
	}); err != nil {
		return err
	}
	places, units := c.tree.Places(), c.tree.Units()
	record, posting := "", ""
	for i := range n {
		if i%5 == 0 {
			record, posting = id.New(), id.New()
		}
		k := i / 5
		measure, key := summed[(i*7+k)%len(summed)], ""
		if i%5 == 4 {
			measure, key = counted[k%len(counted)], fmt.Sprintf("key-%032d", (k*7919)%20000)
		}
		on := day.Day("2024-01-01").Add((k * 37) % 1096)
		facts = append(facts, []any{association, id.New(), posting, record, measure, units[k%len(units)].ID, places[k%len(places)].ID, on,
			fmt.Sprintf("%016x", k%160), "exact", key, "", 1 + i%90, nil})
		if len(facts) == 20_000 || i == n-1 {
			if err := c.DB.Update(c.ctx, func(tx *db.Tx) error {
				_, err := tx.Insert(c.ctx, `INSERT INTO fact (association, id, posting, record, measure, unit, place, day, tags, exactness, fact_key,
					movement, amount, reverses)`, "", facts...)
				return err
			}); err != nil {
				return err
			}
			facts = facts[:0]
		}
	}
	if err := c.DB.Update(c.ctx, func(tx *db.Tx) error { // every third record lacks a paper
		_, err := tx.Exec(c.ctx, `INSERT INTO proof (association, record, missing)
			SELECT association, record, CASE WHEN SUM(amount) % 3 = 0 THEN 'roster' ELSE '' END FROM fact WHERE association = ? GROUP BY association, record
			ON CONFLICT DO NOTHING`, association)
		return err
	}); err != nil {
		return err
	}
	return settleStatistics(c)
}

func (s *stage) facts() int {
	if s.Short {
		return 20_000
	}
	return 500_000
}

// measureFigures is W4: 60 indicators for 12 months, of a township and of the county, live over 500,000 facts; beside the same
// sums in SQL over the one covering index.
func measureFigures(ctx context.Context, s *stage) error {
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	files, codes := sixty()
	catalogue, err := indicator.ReadCatalogue(files)
	if err != nil {
		return err
	}
	if err := c.filled(s.facts()); err != nil {
		return err
	}
	township, _ := c.tree.FindPlace(townshipName(2), "")
	for _, of := range []struct{ name, place string }{{"the county", ""}, {"a township", township.ID}} {
		scope := indicator.Scope{Place: of.place, Period: day.Year(2025)}
		var ours, theirs []time.Duration
		for range 7 {
			if err := c.DB.View(c.ctx, func(tx *db.Tx) error {
				at := time.Now()
				if err := c.rawSums(tx, scope); err != nil {
					return err
				}
				theirs = append(theirs, time.Since(at))
				at = time.Now()
				months, err := catalogue.Months(c.ctx, tx, scope, codes...)
				ours = append(ours, time.Since(at))
				if err == nil && len(months) != 12 {
					err = fmt.Errorf("%d months", len(months))
				}
				return err
			}); err != nil {
				return err
			}
		}
		us, raw := sorted(ours)[len(ours)/2], sorted(theirs)[len(theirs)/2]
		s.Report(Row{Work: "W4", DB: s.dialect(), Ratio: number(us.Seconds() / raw.Seconds()), P50: quantile(ours, 0.5), P99: quantile(ours, 0.99), RawP99: quantile(theirs, 0.99),
			Seconds: number(us.Seconds()), RSS: rss(), Says: fmt.Sprintf("60 indicators × 12 months of %s over %d facts", of.name, s.facts()), Required: "ratio ≤ 3"})
	}
	return nil
}

// rawSums asks the database for the same sums without the program: one text a kind of question.
func (c *county) rawSums(tx *db.Tx, scope indicator.Scope) error {
	subtree := " AND f.place IN (SELECT r.descendant FROM place_reach r WHERE r.association = ? AND r.ancestor = ? AND r.from_day <= ? AND r.to_day > ?)"
	const where = " FROM fact f WHERE f.association = ? AND f.measure IN (?) AND f.day >= ? AND f.day <= ?"
	args := func(measures []string) []any {
		a := []any{org.Of(c.ctx), db.List(measures), scope.Period.From, scope.Period.To}
		if scope.Place != "" {
			a = append(a, org.Of(c.ctx), scope.Place, scope.Period.To, scope.Period.To)
		}
		return a
	}
	if scope.Place == "" {
		subtree = ""
	}
	ask := func(text string, args ...any) error {
		rows, err := tx.Query(c.ctx, text, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var measure, month string
			var n int64
			if err := rows.Scan(&measure, &month, &n); err != nil {
				return fmt.Errorf("read a sum: %w", err)
			}
		}
		return rows.Err()
	}
	columns := "SELECT f.measure, SUBSTR(f.day, 1, 7), CAST(SUM(f.amount) AS BIGINT)"
	if err := ask(columns+where+subtree+" GROUP BY 1, 2", args(summed)...); err != nil {
		return err
	}
	for i, asked := range []db.List{{"short"}, {"farm_school", "lecture"}} {
		var some []string
		for j := i; j < 10; j += 2 {
			some = append(some, summed[j])
		}
		if err := ask(columns+where+subtree+" AND f.tags IN (SELECT m.tags FROM tag_member m WHERE m.association = ? AND m.name = 'kind' AND m.value IN (?)) GROUP BY 1, 2",
			append(args(some), org.Of(c.ctx), asked)...); err != nil {
			return err
		}
	}
	return ask(strings.Replace(columns, "CAST(SUM(f.amount) AS BIGINT)", "COUNT(DISTINCT f.fact_key)", 1)+where+subtree+" GROUP BY 1, 2", args(counted)...)
}
