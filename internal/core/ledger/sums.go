package ledger

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/kit/db"
)

// Sums adds facts up, in one query for all measures of the filter.
func Sums(ctx context.Context, tx *db.Tx, f Filter, by By) ([]Cell, error) {
	all, err := SumsOf(ctx, tx, f, by, nil)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// SumsOf adds facts up for several sets of tags at once, each beside those of the filter: one reading of the facts answers all of
// them. The cells come set by set; a set for which a cell has no facts leaves it out. A nil set is the filter's own.
func SumsOf(ctx context.Context, tx *db.Tx, f Filter, by By, sets ...[]TagIs) ([][]Cell, error) {
	q, err := f.reading(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	markArgs := q.columnArgs
	q.columnArgs = nil
	columns, groups := "f.measure, f.exactness, f.movement", "1, 2, 3"
	if !by.Nothing() {
		columns, groups = columns+", "+q.group, groups+", 4"
	} else {
		columns += ", ''"
	}
	var texts []string
	var args [][]any
	whole := false
	for _, set := range sets {
		var parts []string
		var with []any
		for _, t := range set {
			parts = append(parts, carries)
			with = append(with, q.association, t.Name, db.List(t.Values))
		}
		texts, args = append(texts, strings.Join(parts, " AND ")), append(args, with)
		whole = whole || len(set) == 0
	}
	// sum writes an aggregate of the facts that meet all conditions.
	sum := func(aggregate string, conditions ...string) string {
		conditions = slices.DeleteFunc(conditions, func(c string) bool { return c == "" })
		if len(conditions) == 0 {
			return aggregate
		}
		return aggregate + " FILTER (WHERE " + strings.Join(conditions, " AND ") + ")"
	}
	for i, text := range texts {
		columns += ", CAST(COALESCE(" + sum("SUM(f.amount)", text) + ", 0) AS BIGINT), " + sum("COUNT(*)", text)
		q.columnArgs = slices.Concat(q.columnArgs, args[i], args[i])
		if f.Mark != nil {
			columns += ", CAST(COALESCE(" + sum("SUM(f.amount)", text, q.mark) + ", 0) AS BIGINT)"
			q.columnArgs = slices.Concat(q.columnArgs, args[i], markArgs)
		} else {
			columns += ", 0"
		}
	}
	if !whole {
		q.and("("+strings.Join(texts, " OR ")+")", slices.Concat(args...)...)
	}
	cells := make([][]Cell, len(sets))
	_, err = db.All(ctx, tx, func(s db.Scanner) (c Cell, err error) {
		numbers := make([]int64, 3*len(sets))
		into := []any{&c.Measure, &c.Exactness, &c.Movement, &c.Group}
		for i := range numbers {
			into = append(into, &numbers[i])
		}
		if err = s.Scan(into...); err != nil {
			return c, err
		}
		for i := range sets {
			c.Amount, c.Facts, c.Marked = numbers[3*i], numbers[3*i+1], numbers[3*i+2]
			if c.Facts > 0 {
				cells[i] = append(cells[i], c)
			}
		}
		return c, nil
	}, "SELECT "+columns+q.from("fact")+" GROUP BY "+groups, q.args()...)
	return cells, err
}
