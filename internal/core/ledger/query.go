package ledger

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// TagIs asks for facts that carry the tag with any of the values. Several are all required.
type TagIs struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Condition is a further SQL condition on the row f of fact or expected, given by whoever keeps tables of his own beside the
// ledger: what an actor sees, what lacks a paper. Its text is the program's own, never a user's.
type Condition struct {
	SQL  string
	Args []any
}

// Filter says which facts a reader asks for. Unit and Place are ids and stand for their subtrees as of To, as known at AsOf. AsOf, when above 0,
// is the size of the log at which the question is answered («as known then»); Since, when above 0, is the size of the log that
// the facts came after: what is new since a checkpoint. Rows of open batches are never read.
type Filter struct {
	Measures []string
	From, To day.Day // both included; From "" begins with the ledger
	Unit     string
	Place    string
	Tags     []TagIs
	AsOf     int64
	Since    int64
	Record   string   // facts of one record alone
	Records  []string // facts of these records alone
	Inexact  bool     // only facts that are estimated
	Only     []Condition
	Mark     *Condition // what of a sum is told apart in Marked
}

// By says into what a sum is broken down; the zero By says nothing.
type By struct {
	kind byKind
	tag  string
	ids  []string
}

type byKind int

const (
	byNothing byKind = iota
	byMonth
	byTag
	byPlaces
	byUnits
)

// ByMonth breaks down by calendar month, "2026-03".
var ByMonth = By{kind: byMonth}

// ByTag breaks down by the values of a tag; facts without it stand under "". A fact that carries several values stands under
// each: such rows do not add up.
func ByTag(name string) By { return By{kind: byTag, tag: name} }

// ByPlaces breaks down by the subtrees of places, none of which lies in another; facts outside all of them stand under "".
func ByPlaces(ids ...string) By { return By{kind: byPlaces, ids: ids} }

// ByUnits breaks down by the subtrees of units as ByPlaces does by places.
func ByUnits(ids ...string) By { return By{kind: byUnits, ids: ids} }

// Nothing reports whether there is no breakdown.
func (b By) Nothing() bool { return b.kind == byNothing }

// IDs are the units or places of the breakdown; nil when it goes by neither.
func (b By) IDs() []string { return b.ids }

// Tag is the tag of the breakdown; ok is false when it goes by none.
func (b By) Tag() (name string, ok bool) { return b.tag, b.kind == byTag }

// Month reports whether the breakdown is by month.
func (b By) Month() bool { return b.kind == byMonth }

// Cell is a sum of facts that are alike in measure, breakdown, exactness and movement. Facts is how many they are, reversals
// included; Marked is the part of the amount that meets the filter's Mark.
type Cell struct {
	Measure   string
	Group     string
	Exactness Exactness
	Movement  Movement
	Amount    int64
	Facts     int64
	Marked    int64
}

// query collects the parts of a SELECT over fact or expected, named f, with their arguments in the order of the text.
type query struct {
	joins, where         strings.Builder
	joinArgs, whereArgs  []any
	columnArgs           []any
	association          string
	group, mark, on, key string
}

func (q *query) join(text string, args ...any) {
	q.joins.WriteString(" " + text)
	q.joinArgs = append(q.joinArgs, args...)
}

func (q *query) and(condition string, args ...any) {
	q.where.WriteString(" AND " + condition)
	q.whereArgs = append(q.whereArgs, args...)
}

// from is the text behind the columns, args are its arguments behind those of the columns.
func (q *query) from(table string) string {
	return " FROM " + table + " f" + q.joins.String() + " WHERE f.association = ?" + q.where.String()
}

func (q *query) args(more ...any) []any {
	return slices.Concat(q.columnArgs, q.joinArgs, []any{q.association}, q.whereArgs, more)
}

// reading makes the query that the filter asks of the ledger.
func (f Filter) reading(ctx context.Context, tx *db.Tx, by By) (*query, error) {
	q, err := f.query(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	if f.AsOf > 0 {
		q.join("JOIN log_leaf l ON l.association = f.association AND l.log = '" + log.Ledger + "' AND l.entry = f.id")
		q.and("l.seq < ?", f.AsOf)
	}
	if f.Since > 0 {
		// What came after is asked for, not what was not there before: it is the lesser part, and has an index.
		q.and("f.id IN (SELECT o.entry FROM log_leaf o WHERE o.association = ? AND o.log = '"+log.Ledger+"' AND o.seq >= ? UNION ALL"+
			" SELECT w.entry FROM log_pending w WHERE w.association = ? AND w.log = '"+log.Ledger+"')", q.association, f.Since, q.association)
	}
	open, err := log.OpenBatches(ctx, tx)
	if err != nil {
		return nil, err
	}
	if len(open) > 0 {
		// Its cost follows the facts asked for, not the size of the import; NOT IN would build a list of the import each time.
		q.and("NOT EXISTS (SELECT 1 FROM posting p WHERE p.association = f.association AND p.id = f.posting AND p.batch IN (?))", db.List(open))
	}
	return q, nil
}

// carries is the condition that a fact carries a tag with any of the values.
const carries = "f.tags IN (SELECT m.tags FROM tag_member m WHERE m.association = ? AND m.name = ? AND m.value IN (?))"

// query is what fact and expected have in common.
func (f Filter) query(ctx context.Context, tx *db.Tx, by By) (*query, error) {
	q := &query{association: association.Of(ctx), group: "''", mark: "FALSE", on: string(f.To)}
	if q.on == "" {
		q.on = string(day.Forever.Add(-1))
	}
	if f.Mark != nil {
		q.mark, q.columnArgs = f.Mark.SQL, f.Mark.Args
	}
	switch len(f.Measures) {
	case 0:
	case 1:
		q.and("f.measure = ?", f.Measures[0])
	default:
		q.and("f.measure IN (?)", db.List(f.Measures))
	}
	if f.From != "" {
		q.and("f.day >= ?", f.From)
	}
	if f.To != "" {
		q.and("f.day <= ?", f.To)
	}
	if f.Record != "" {
		q.and("f.record = ?", f.Record)
	}
	if f.Records != nil {
		q.and("f.record IN (?)", db.List(f.Records))
	}
	if f.Inexact {
		q.and("f.exactness <> ?", Exact)
	}
	then, err := f.treeThen(ctx, tx, by, q.on)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Unit != "" && then != nil:
		q.and("f.unit IN (?)", db.List(then.UnitSubtree(f.Unit)))
	case f.Unit != "":
		q.and("f.unit IN (SELECT r.descendant FROM unit_reach r WHERE r.association = ? AND r.ancestor = ? AND r.from_day <= ? AND r.to_day > ?)",
			q.association, f.Unit, q.on, q.on)
	}
	switch {
	case f.Place != "" && then != nil:
		q.and("f.place IN (?)", db.List(then.PlaceSubtree(f.Place)))
	case f.Place != "":
		q.and("f.place IN (SELECT r.descendant FROM place_reach r WHERE r.association = ? AND r.ancestor = ? AND r.from_day <= ? AND r.to_day > ?)",
			q.association, f.Place, q.on, q.on)
	}
	for _, t := range f.Tags {
		q.and(carries, q.association, t.Name, db.List(t.Values))
	}
	for _, c := range f.Only {
		q.and("("+c.SQL+")", c.Args...)
	}
	g := by.grouping(q.association, then, q.on, "f."+by.column())
	q.group = g.group
	if g.join != "" {
		q.join(g.join, g.args...)
	}
	return q, nil
}

// treeThen is the tree by which a question as of a size of the log is answered: nil where none is asked for, or where the
// tables are still what was known then.
func (f Filter) treeThen(ctx context.Context, tx *db.Tx, by By, on string) (*org.Tree, error) {
	if f.AsOf == 0 || f.Unit == "" && f.Place == "" && by.kind != byPlaces && by.kind != byUnits {
		return nil, nil
	}
	changed, err := org.ChangedSince(ctx, tx, f.AsOf)
	if err != nil || !changed {
		return nil, err
	}
	return org.LoadAsOf(ctx, tx, day.Day(on), f.AsOf)
}

// Count is how many facts a filter has, reversals included.
func Count(ctx context.Context, tx *db.Tx, f Filter) (int64, error) {
	q, err := f.reading(ctx, tx, By{})
	if err != nil {
		return 0, err
	}
	q.columnArgs = nil
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*)"+q.from("fact"), q.args()...)
}

// Records counts the records whose facts of the filter were not all taken back, by group.
func Records(ctx context.Context, tx *db.Tx, f Filter, by By) (map[string]int64, error) {
	q, err := f.reading(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	q.columnArgs = nil
	counts := map[string]int64{}
	_, err = db.All(ctx, tx, func(s db.Scanner) (n int64, err error) {
		var group string
		err = s.Scan(&group, &n)
		counts[group] = n
		return n, err
	}, "SELECT n.grp, COUNT(*) FROM (SELECT "+q.group+" AS grp, "+eachRecord+q.from("fact")+
		" GROUP BY 1, 2 HAVING SUM(CASE WHEN f.reverses IS NULL THEN 1 ELSE -1 END) > 0) n GROUP BY n.grp", q.args()...)
	return counts, err
}

// Counted is the subquery of the records whose facts of the filter were not all taken back: those that Records counts.
func Counted(ctx context.Context, tx *db.Tx, f Filter) (Condition, error) {
	q, err := f.reading(ctx, tx, By{})
	if err != nil {
		return Condition{}, err
	}
	q.columnArgs = nil
	return Condition{"SELECT " + eachRecord + q.from("fact") + " GROUP BY 1 HAVING SUM(CASE WHEN f.reverses IS NULL THEN 1 ELSE -1 END) > 0", q.args()}, nil
}

// eachRecord is f.record for grouping. Bare, SQLite would group in the order of the index by record and go through all facts.
const eachRecord = "f.record || '' AS record"

// RecordsOf is the subquery of the records that ever posted facts of the filter, those taken back included.
func RecordsOf(ctx context.Context, tx *db.Tx, f Filter) (Condition, error) {
	q, err := f.reading(ctx, tx, By{})
	if err != nil {
		return Condition{}, err
	}
	q.columnArgs = nil
	return Condition{"SELECT f.record" + q.from("fact"), q.args()}, nil
}

// Unfinished counts the records of open batches with facts of the filter, posted or expected: an import that is under way.
func Unfinished(ctx context.Context, tx *db.Tx, f Filter) (int64, error) {
	open, err := log.OpenBatches(ctx, tx)
	if err != nil || len(open) == 0 {
		return 0, err
	}
	q, err := f.query(ctx, tx, By{})
	if err != nil {
		return 0, err
	}
	q.columnArgs = nil
	posted := "SELECT f.record" + q.from("fact") + " AND f.posting IN (SELECT p.id FROM posting p WHERE p.association = ? AND p.batch IN (?))"
	expected := "SELECT f.record" + q.from("expected") + " AND f.record IN (SELECT r.id FROM record r WHERE r.association = ? AND r.batch IN (?))"
	args := q.args(q.association, db.List(open))
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM ("+posted+" UNION "+expected+") n", slices.Concat(args, args)...)
}
