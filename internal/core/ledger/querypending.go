package ledger

import (
	"context"
	"slices"

	"shilu/internal/core/log"
	"shilu/internal/kit/db"
)

// Waiting is what records in a state would post: it feeds «待核实» and «left out, and why».
type Waiting struct {
	Measure  string
	Group    string
	State    string
	Movement Movement
	Amount   int64
	Records  int64
}

// expecting makes the query that the filter asks of what is expected. Nothing there is numbered, so AsOf does not matter.
func (f Filter) expecting(ctx context.Context, tx *db.Tx, by By) (*query, error) {
	q, err := f.query(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	q.columnArgs = nil
	open, err := log.OpenBatches(ctx, tx)
	if err != nil {
		return nil, err
	}
	if len(open) > 0 { // who enters by an unfinished import is not there yet
		q.and("f.record NOT IN (SELECT r.id FROM record r WHERE r.association = ? AND r.batch IN (?))", q.association, db.List(open))
	}
	return q, nil
}

// Pending adds up what is expected of records that are not verified, by their state.
func Pending(ctx context.Context, tx *db.Tx, f Filter, by By) ([]Waiting, error) {
	q, err := f.expecting(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, tx, func(s db.Scanner) (w Waiting, err error) {
		err = s.Scan(&w.Measure, &w.State, &w.Movement, &w.Group, &w.Amount, &w.Records)
		return w, err
	}, "SELECT f.measure, f.state, f.movement, "+q.group+", CAST(SUM(f.amount) AS BIGINT), COUNT(DISTINCT f.record)"+q.from("expected")+
		" GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4", q.args()...)
}

// PendingRecords counts the records in the state that are expected to post anything of the filter's measures.
func PendingRecords(ctx context.Context, tx *db.Tx, f Filter, state string) (int64, error) {
	q, err := f.expecting(ctx, tx, By{})
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(DISTINCT f.record)"+q.from("expected")+" AND f.state = ?", q.args(state)...)
}

// PendingNew counts, by measure, the keys that records in the state are expected to count and that do not count yet: what a
// distinct figure would grow by.
func PendingNew(ctx context.Context, tx *db.Tx, f Filter, state string) (map[string]int64, error) {
	q, err := f.expecting(ctx, tx, By{})
	if err != nil {
		return nil, err
	}
	expected, err := db.All(ctx, tx, func(s db.Scanner) (k keySum, err error) {
		err = s.Scan(&k.measure, &k.key)
		return k, err
	}, "SELECT f.measure, f.fact_key"+q.from("expected")+" AND f.state = ? AND f.fact_key <> '' GROUP BY 1, 2 HAVING SUM(f.amount) > 0", q.args(state)...)
	if err != nil || len(expected) == 0 {
		return nil, err
	}
	keys := make([]string, len(expected))
	for i, k := range expected {
		keys[i] = k.key
	}
	sums, err := KeySums(ctx, tx, f, keys)
	if err != nil {
		return nil, err
	}
	under, _, err := f.countsUnder(ctx, tx, By{})
	if err != nil {
		return nil, err
	}
	grows := map[string]int64{}
	for _, k := range expected {
		if c := (Counting{k.measure, under(k.key, "")}); sums[c] <= 0 {
			sums[c] = 1
			grows[k.measure]++
		}
	}
	return grows, nil
}

// Counting is a key under which a measure counts something, merged keys resolved.
type Counting struct{ Measure, Key string }

// KeySums are the net amounts of the keys in the measures of the filter, under the keys that they count under.
func KeySums(ctx context.Context, tx *db.Tx, f Filter, keys []string) (map[Counting]int64, error) {
	under, aliases, err := f.countsUnder(ctx, tx, By{})
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, k := range keys {
		wanted[under(k, "")] = true
	}
	var raw db.List // all keys that count under those
	for k := range wanted {
		raw = append(raw, k)
	}
	for _, k := range aliases {
		if wanted[under(k, "")] {
			raw = append(raw, k)
		}
	}
	slices.Sort(raw)
	only := f.Only
	sums := map[Counting]int64{}
	for chunk := range slices.Chunk(slices.Compact(raw), 500) {
		f.Only = append(slices.Clone(only), Condition{"f.fact_key IN (?)", []any{chunk}})
		found, err := f.keySums(ctx, tx, By{})
		if err != nil {
			return nil, err
		}
		for _, k := range found {
			sums[Counting{k.measure, k.key}] += k.amount
		}
	}
	return sums, nil
}
