package ledger

import (
	"context"
	"strings"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// TagIs asks for facts that carry the tag with any of the values. Several are all required.
type TagIs struct {
	Name   string
	Values []string
}

// Filter says which facts a reader asks for. Unit and Place are ids and stand for their subtrees as of To; at most one is set.
// AsOf, when above 0, is the size of the log at which the question is answered («as known then»).
type Filter struct {
	Measures []string
	From, To day.Day // both included; From "" begins with the ledger
	Unit     string
	Place    string
	Tags     []TagIs
	AsOf     int64
	Record   string // facts of one record alone
	Inexact  bool   // only facts that are estimated
}

// By says into what a sum is broken down: "" nothing, ByMonth, ByPlace (single places), ByUnit, or ByTag("subject").
type By string

// The breakdowns. A fact that carries several values of a tag stands under each: such rows do not add up.
const (
	ByMonth By = "month"
	ByPlace By = "place"
	ByUnit  By = "unit"
)

// ByTag breaks down by the values of a tag; facts without the tag stand under "".
func ByTag(name string) By { return By("tag:" + name) }

// Cell is a sum of facts that are alike in measure, breakdown, exactness and movement.
type Cell struct {
	Measure   string
	Group     string
	Exactness Exactness
	Movement  Movement
	Amount    int64
}

// conditions builds the WHERE clause over fact f: without open batches, as known at AsOf.
func (f Filter) conditions(ctx context.Context, tx *db.Tx) (join, where string, args []any, err error) {
	var b strings.Builder
	b.WriteString("f.association = ?")
	args = append(args, association.Of(ctx))
	and := func(condition string, with ...any) {
		b.WriteString(" AND " + condition)
		args = append(args, with...)
	}
	switch len(f.Measures) {
	case 0:
	case 1:
		and("f.measure = ?", f.Measures[0])
	default:
		and("f.measure IN (?)", db.List(f.Measures))
	}
	if f.From != "" {
		and("f.day >= ?", f.From)
	}
	if f.To != "" {
		and("f.day <= ?", f.To)
	}
	if f.Record != "" {
		and("f.record = ?", f.Record)
	}
	if f.Inexact {
		and("f.exactness <> ?", Exact)
	}
	on := f.To
	if on == "" {
		on = day.Forever.Add(-1)
	}
	if f.Unit != "" {
		and("f.unit IN (SELECT r.descendant FROM unit_reach r WHERE r.association = ? AND r.ancestor = ? AND r.from_day <= ? AND r.to_day > ?)",
			association.Of(ctx), f.Unit, on, on)
	}
	if f.Place != "" {
		and("f.place IN (SELECT r.descendant FROM place_reach r WHERE r.association = ? AND r.ancestor = ? AND r.from_day <= ? AND r.to_day > ?)",
			association.Of(ctx), f.Place, on, on)
	}
	for _, t := range f.Tags {
		and("f.tags IN (SELECT m.tags FROM tag_member m WHERE m.association = ? AND m.name = ? AND m.value IN (?))",
			association.Of(ctx), t.Name, db.List(t.Values))
	}
	if f.AsOf > 0 {
		join = " JOIN log_leaf l ON l.association = f.association AND l.log = '" + log.Ledger + "' AND l.entry = f.id"
		and("l.seq < ?", f.AsOf)
	}
	open, err := log.OpenBatches(ctx, tx)
	if err != nil {
		return "", "", nil, err
	}
	if len(open) > 0 {
		and("f.posting NOT IN (SELECT p.id FROM posting p WHERE p.association = ? AND p.batch IN (?))", association.Of(ctx), db.List(open))
	}
	return join, b.String(), args, nil
}

// group is the SQL of a breakdown and the join that it needs.
func (b By) group() (expression, join string, args []any) {
	switch name, tag := strings.CutPrefix(string(b), "tag:"); {
	case tag:
		return "COALESCE(g.value, '')", " LEFT JOIN tag_member g ON g.association = f.association AND g.tags = f.tags AND g.name = ?", []any{name}
	case b == ByMonth:
		return "SUBSTR(f.day, 1, 7)", "", nil
	case b == ByPlace:
		return "f.place", "", nil
	case b == ByUnit:
		return "f.unit", "", nil
	}
	return "''", "", nil
}

// Sums adds facts up, in one query for all measures of the filter.
func Sums(ctx context.Context, tx *db.Tx, f Filter, by By) ([]Cell, error) {
	join, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return nil, err
	}
	group, groupJoin, groupArgs := by.group()
	groups := "f.measure, f.exactness, f.movement"
	if by != "" {
		groups += ", " + group
	}
	return db.All(ctx, tx, func(s db.Scanner) (c Cell, err error) {
		err = s.Scan(&c.Measure, &c.Exactness, &c.Movement, &c.Group, &c.Amount)
		return c, err
	}, "SELECT f.measure, f.exactness, f.movement, "+group+", CAST(SUM(f.amount) AS BIGINT) FROM fact f"+join+groupJoin+" WHERE "+where+
		" GROUP BY "+groups, append(groupArgs, args...)...)
}

// Distinct is how many keys of a measure net above 0, and how many facts have no key: records that do not say whom they count.
type Distinct struct {
	Measure string
	Group   string
	Keys    int64
	Keyless int64
}

// aliased resolves merged keys (design.md, 4.9).
const aliased = " LEFT JOIN key_alias a ON a.association = f.association AND a.alias = f.fact_key"

// DistinctKeys counts keys; a key that stands in several groups counts in each, so the groups never add up to the whole.
func DistinctKeys(ctx context.Context, tx *db.Tx, f Filter, by By) ([]Distinct, error) {
	join, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return nil, err
	}
	group, groupJoin, groupArgs := by.group()
	return db.All(ctx, tx, func(s db.Scanner) (d Distinct, err error) {
		err = s.Scan(&d.Measure, &d.Group, &d.Keys, &d.Keyless)
		return d, err
	}, `SELECT n.measure, n.grp, COUNT(*) FILTER (WHERE n.k <> '' AND n.amount > 0), CAST(COALESCE(SUM(n.amount) FILTER (WHERE n.k = ''), 0) AS BIGINT)
		FROM (SELECT f.measure AS measure, `+group+` AS grp, COALESCE(a.target, f.fact_key) AS k, SUM(f.amount) AS amount
			FROM fact f`+join+groupJoin+aliased+" WHERE "+where+" GROUP BY 1, 2, 3) n GROUP BY n.measure, n.grp", append(groupArgs, args...)...)
}

// Keys lists the keys of a distinct measure that net above 0, in the order in which they were first counted.
func Keys(ctx context.Context, tx *db.Tx, f Filter) ([]string, error) {
	join, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, tx, db.Value[string], "SELECT k FROM (SELECT COALESCE(a.target, f.fact_key) AS k, MIN(f.day) AS first, SUM(f.amount) AS amount FROM fact f"+
		join+aliased+" WHERE "+where+" AND f.fact_key <> '' GROUP BY 1) n WHERE amount > 0 ORDER BY first, k", args...)
}

// KeysOfAll counts keys that net above 0 in every one of the filter's measures.
func KeysOfAll(ctx context.Context, tx *db.Tx, f Filter) (int64, error) {
	join, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return 0, err
	}
	args = append(args, len(f.Measures))
	return db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM (SELECT n.k FROM (SELECT f.measure AS measure, COALESCE(a.target, f.fact_key) AS k,
		SUM(f.amount) AS amount FROM fact f`+join+aliased+" WHERE "+where+` AND f.fact_key <> '' GROUP BY 1, 2) n WHERE n.amount > 0
		GROUP BY n.k HAVING COUNT(*) = ?) x`, args...)
}

// Unproved adds up the facts whose record lacks a needed paper, by measure.
func Unproved(ctx context.Context, tx *db.Tx, f Filter) (map[string]int64, error) {
	join, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return nil, err
	}
	cells, err := db.All(ctx, tx, func(s db.Scanner) (c Cell, err error) {
		err = s.Scan(&c.Measure, &c.Amount)
		return c, err
	}, "SELECT f.measure, CAST(SUM(f.amount) AS BIGINT) FROM fact f"+join+" WHERE "+where+
		" AND f.record IN (SELECT p.record FROM proof p WHERE p.association = f.association AND p.missing <> '') GROUP BY f.measure", args...)
	if err != nil {
		return nil, err
	}
	sums := make(map[string]int64, len(cells))
	for _, c := range cells {
		sums[c.Measure] = c.Amount
	}
	return sums, nil
}

// Records counts the records whose facts of the filter do not net to nothing.
func Records(ctx context.Context, tx *db.Tx, f Filter) (int64, error) {
	join, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM (SELECT f.record FROM fact f`+join+" WHERE "+where+
		" GROUP BY f.record HAVING SUM(CASE WHEN f.reverses IS NULL THEN 1 ELSE -1 END) > 0) n", args...)
}

// Waiting is what records in a state would post: it feeds «待核实» and «left out, and why».
type Waiting struct {
	Measure string
	State   string
	Amount  int64
	Records int64
}

// Pending adds up what is expected of records that are not verified.
func Pending(ctx context.Context, tx *db.Tx, f Filter) ([]Waiting, error) {
	f.AsOf = 0
	_, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return nil, err
	}
	where, args = withoutPostings(where, args)
	return db.All(ctx, tx, func(s db.Scanner) (w Waiting, err error) {
		err = s.Scan(&w.Measure, &w.State, &w.Amount, &w.Records)
		return w, err
	}, "SELECT f.measure, f.state, CAST(SUM(f.amount) AS BIGINT), COUNT(DISTINCT f.record) FROM expected f WHERE "+where+
		" GROUP BY f.measure, f.state ORDER BY f.measure, f.state", args...)
}

// withoutPostings takes the condition on open batches out: expected rows have no posting. Records of an open batch are left out
// by whoever lists them.
func withoutPostings(where string, args []any) (string, []any) {
	if i := strings.Index(where, " AND f.posting NOT IN"); i >= 0 {
		n := strings.Count(where[i:], "?")
		return where[:i], args[:len(args)-n]
	}
	return where, args
}

// Posted is a fact as it stands in the ledger.
type Posted struct {
	ID, Posting string
	Seq         int64 // its number in the log; -1 until it has one
	Ref         id.Ref
	Fact        Fact
	TagText     string
	Reverses    string
	ReversedBy  string
	Version     int
	Reason      string
	Correction  bool // posted on a day that was closed
	At          int64
}

// List reads facts, the latest day first, reversals beside what they take back. limit 0 reads all.
func List(ctx context.Context, tx *db.Tx, f Filter, limit, offset int) ([]Posted, error) {
	_, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return nil, err
	}
	query := `SELECT f.id, f.posting, COALESCE(l.seq, -1), p.kind, f.record, f.measure, f.amount, f.unit, f.place, f.day, t.text, f.exactness,
		f.fact_key, f.movement, COALESCE(f.reverses, ''), COALESCE(b.id, ''), p.version, p.reason, p.correction, p.posted
		FROM fact f JOIN posting p ON p.association = f.association AND p.id = f.posting
		JOIN tag_set t ON t.association = f.association AND t.id = f.tags
		LEFT JOIN log_leaf l ON l.association = f.association AND l.log = '` + log.Ledger + `' AND l.entry = f.id
		LEFT JOIN fact b ON b.association = f.association AND b.reverses = f.id
		WHERE ` + where + " ORDER BY f.day DESC, f.record DESC, p.posted, f.id"
	if limit > 0 {
		query, args = query+" LIMIT ? OFFSET ?", append(args, limit, offset)
	}
	return db.All(ctx, tx, func(s db.Scanner) (p Posted, err error) {
		err = s.Scan(&p.ID, &p.Posting, &p.Seq, &p.Ref.Kind, &p.Ref.ID, &p.Fact.Measure, &p.Fact.Amount, &p.Fact.Unit, &p.Fact.Place, &p.Fact.Day,
			&p.TagText, &p.Fact.Exactness, &p.Fact.Key, &p.Fact.Movement, &p.Reverses, &p.ReversedBy, &p.Version, &p.Reason, &p.Correction, &p.At)
		if err != nil {
			return p, err
		}
		p.Fact.Tags, err = ParseTags(p.TagText)
		return p, err
	}, query, args...)
}

// Count is how many facts a filter has.
func Count(ctx context.Context, tx *db.Tx, f Filter) (int64, error) {
	join, where, args, err := f.conditions(ctx, tx)
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM fact f"+join+" WHERE "+where, args...)
}
