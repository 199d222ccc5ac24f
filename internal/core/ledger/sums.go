package ledger

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Sums adds facts up for all measures of the filter.
//
// The facts are first added up by what decides their group (day, place, unit or tags), and only these few sums are looked up in the
// trees. All exactnesses and movements come together first: so facts are added up in the order of the index fact_sum, without
// sorting. Only where there are estimates or movements, a second query tells them apart.
func Sums(ctx context.Context, tx *db.Tx, f Filter, by By) ([]Cell, error) {
	q, err := f.reading(ctx, tx, By{})
	if err != nil {
		return nil, err
	}
	then, err := f.treeThen(ctx, tx, by, q.on)
	if err != nil {
		return nil, err
	}
	g := by.grouping(q.association, then, q.on, "x.k")
	key, keyed := "''", ""
	if column := by.column(); column != "" {
		key, keyed = "f."+column, ", f."+column
	}
	marked := "0"
	if f.Mark != nil {
		marked = "COALESCE(SUM(f.amount) FILTER (WHERE " + q.mark + "), 0)"
	}
	// sums asks for the facts of a condition, apart by exactness and movement where these are columns.
	special := int64(0) // how many of all facts are estimates or movements
	sums := func(exactness, movement, apart, condition string) ([]Cell, error) {
		return db.All(ctx, tx, func(s db.Scanner) (c Cell, err error) {
			var n int64
			err = s.Scan(&c.Measure, &c.Exactness, &c.Movement, &c.Group, &c.Amount, &c.Facts, &c.Marked, &n)
			special += n
			return c, err
		}, "SELECT x.measure, x.exactness, x.movement, "+g.group+", CAST(SUM(x.amount) AS BIGINT), CAST(SUM(x.facts) AS BIGINT), CAST(SUM(x.marked) AS BIGINT), CAST(SUM(x.special) AS BIGINT)"+
			" FROM (SELECT f.measure AS measure, "+exactness+" AS exactness, "+movement+" AS movement, "+key+" AS k, SUM(f.amount) AS amount, COUNT(*) AS facts, "+
			marked+" AS marked, COUNT(*) FILTER (WHERE "+isSpecial+") AS special"+q.from("fact")+condition+" GROUP BY f.measure"+apart+keyed+") x "+g.join+" GROUP BY 1, 2, 3, 4",
			slices.Concat(q.args(), g.args)...)
	}
	all, err := sums("'exact'", "''", "", "")
	if err != nil || special == 0 {
		return all, err
	}
	others, err := sums("f.exactness", "f.movement", ", f.exactness, f.movement", " AND "+isSpecial)
	for _, o := range others {
		for i := range all {
			if c := &all[i]; c.Measure == o.Measure && c.Group == o.Group {
				c.Amount, c.Facts, c.Marked = c.Amount-o.Amount, c.Facts-o.Facts, c.Marked-o.Marked
			}
		}
	}
	return append(slices.DeleteFunc(all, func(c Cell) bool { return c.Facts == 0 }), others...), err
}

// isSpecial is the condition of facts that are estimates or movements of a stock.
const isSpecial = "(f.exactness <> 'exact' OR f.movement <> '')"

// column is the column of fact that decides the group; "" for none.
func (b By) column() string {
	switch b.kind {
	case byMonth:
		return "day"
	case byTag:
		return "tags"
	case byPlaces:
		return "place"
	case byUnits:
		return "unit"
	case byNothing:
	}
	return ""
}

// grouping is how rows come to their group: an expression, and the join that it needs with its arguments.
type grouping struct {
	group, join string
	args        []any
}

// grouping makes the groups of rows whose deciding column is called of, by the trees of a day, or by then where that is given.
func (b By) grouping(association string, then *org.Tree, on, of string) grouping {
	switch {
	case b.kind == byMonth:
		return grouping{group: "SUBSTR(" + of + ", 1, 7)"}
	case b.kind == byTag:
		return grouping{"COALESCE(g.value, '')", "LEFT JOIN tag_member g ON g.association = ? AND g.tags = " + of + " AND g.name = ?", []any{association, b.tag}}
	case b.kind == byNothing:
		return grouping{group: "''"}
	case then == nil:
		return grouping{"COALESCE(g.ancestor, '')", "LEFT JOIN " + b.column() + "_reach g ON g.association = ? AND g.descendant = " + of +
			" AND g.ancestor IN (?) AND g.from_day <= ? AND g.to_day > ?", []any{association, db.List(b.ids), on, on}}
	}
	below := then.PlaceSubtree
	if b.kind == byUnits {
		below = then.UnitSubtree
	}
	var args []any
	for _, top := range b.ids {
		for _, one := range below(top) {
			args = append(args, top, one)
		}
	}
	if len(args) == 0 {
		return grouping{group: "''"}
	}
	return grouping{"COALESCE(g.column1, '')", "LEFT JOIN (VALUES (CAST(? AS TEXT), CAST(? AS TEXT))" + strings.Repeat(", (?, ?)", len(args)/2-1) + ") g ON g.column2 = " + of, args}
}
