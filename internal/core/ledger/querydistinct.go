package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
)

// Distinct is how many keys of a measure net above 0 in a group, and how much of it has no key: records that do not say whom or
// what they count. Facts is how many facts were read for it, reversals included; Marked is how many keys count only by what the filter's Mark tells apart.
type Distinct struct {
	Measure string
	Group   string
	Keys    int64
	Keyless int64
	Facts   int64
	Marked  int64
}

// keySum is the net amount of a key in a group; free is its part outside the filter's Mark.
type keySum struct {
	measure, group, key string
	amount, free, facts int64
}

// DistinctKeys counts keys; merged ones are one (design.md, 4.9), and so are places that were merged by the filter's last day. A key that stands in several groups counts in each, so the
// groups never add up to the whole.
func DistinctKeys(ctx context.Context, tx *db.Tx, f Filter, by By) ([]Distinct, error) {
	if f.AsOf > 0 { // merges as they were known then are not in the table
		sums, err := f.keySums(ctx, tx, by)
		return count(sums), err
	}
	q, err := f.reading(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	if err := q.resolve(ctx, tx); err != nil {
		return nil, err
	}
	mergers, err := f.mergedPlaces(ctx, tx)
	if err != nil {
		return nil, err
	}
	q.merge(by, mergers)
	free := "SUM(f.amount)"
	if f.Mark != nil {
		free = "COALESCE(SUM(f.amount) FILTER (WHERE NOT (" + q.mark + ")), 0)"
	}
	inner := "SELECT f.measure AS measure, " + q.group + " AS grp, " + q.key + " AS k, SUM(f.amount) AS amount, COUNT(*) AS facts, " + free + " AS free" + q.from("fact")
	return db.All(ctx, tx, func(s db.Scanner) (d Distinct, err error) {
		err = s.Scan(&d.Measure, &d.Group, &d.Keys, &d.Keyless, &d.Facts, &d.Marked)
		return d, err
	}, `SELECT n.measure, n.grp, COUNT(*) FILTER (WHERE n.k <> '' AND n.amount > 0),
		CAST(COALESCE(SUM(n.amount) FILTER (WHERE n.k = ''), 0) AS BIGINT), CAST(SUM(n.facts) AS BIGINT),
		COUNT(*) FILTER (WHERE n.k <> '' AND n.amount > 0 AND n.free <= 0)
		FROM (`+inner+" GROUP BY 1, 2, 3) n GROUP BY n.measure, n.grp ORDER BY n.measure, n.grp", q.args()...)
}

// resolve sets the expression of the key; the look at merged keys is left out where an association has none.
func (q *query) resolve(ctx context.Context, tx *db.Tx) error {
	q.key = "f.fact_key"
	merged, err := db.One(ctx, tx, db.Value[bool], "SELECT EXISTS (SELECT 1 FROM key_alias WHERE association = ?)", q.association)
	if err == nil && merged {
		q.key = "COALESCE(a.target, f.fact_key)"
		q.join("LEFT JOIN key_alias a ON a.association = f.association AND a.alias = f.fact_key")
	}
	return err
}

// keySums reads the net amounts of the keys as they were known at AsOf: facts and merges (0: now).
func (f Filter) keySums(ctx context.Context, tx *db.Tx, by By) ([]keySum, error) {
	q, err := f.reading(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	under, _, err := f.countsUnder(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	free := "CAST(SUM(f.amount) AS BIGINT)"
	if f.Mark != nil {
		free = "CAST(COALESCE(SUM(f.amount) FILTER (WHERE NOT (" + q.mark + ")), 0) AS BIGINT)"
	}
	rows, err := db.All(ctx, tx, func(s db.Scanner) (k keySum, err error) {
		err = s.Scan(&k.measure, &k.group, &k.key, &k.amount, &k.facts, &k.free)
		return k, err
	}, "SELECT f.measure, "+q.group+", f.fact_key, CAST(SUM(f.amount) AS BIGINT), COUNT(*), "+free+q.from("fact")+" GROUP BY 1, 2, 3", q.args()...)
	if err != nil {
		return nil, err
	}
	type place struct{ measure, group, key string }
	at := map[place]int{}
	var sums []keySum
	for _, r := range rows {
		r.key = under(r.key, r.group)
		p := place{r.measure, r.group, r.key}
		if i, ok := at[p]; ok {
			sums[i].amount += r.amount
			sums[i].free += r.free
			sums[i].facts += r.facts
			continue
		}
		at[p] = len(sums)
		sums = append(sums, r)
	}
	return sums, nil
}

func count(sums []keySum) []Distinct {
	type group struct{ measure, name string }
	at := map[group]int{}
	var all []Distinct
	for _, k := range sums {
		g := group{k.measure, k.group}
		i, ok := at[g]
		if !ok {
			i = len(all)
			at[g] = i
			all = append(all, Distinct{Measure: k.measure, Group: k.group})
		}
		all[i].Facts += k.facts
		switch {
		case k.key == "":
			all[i].Keyless += k.amount
		case k.amount > 0:
			all[i].Keys++
			if k.free <= 0 {
				all[i].Marked++
			}
		}
	}
	return all
}

// Keys lists the keys of a distinct measure that net above 0, in the order of the days on which they were first counted.
func Keys(ctx context.Context, tx *db.Tx, f Filter) ([]string, error) {
	sums, err := f.keySums(ctx, tx, By{})
	if err != nil {
		return nil, err
	}
	q, err := f.reading(ctx, tx, By{})
	if err != nil {
		return nil, err
	}
	q.columnArgs = nil
	order, err := db.All(ctx, tx, db.Value[string], "SELECT f.fact_key"+q.from("fact")+" AND f.fact_key <> '' GROUP BY f.fact_key ORDER BY MIN(f.day), f.fact_key", q.args()...)
	if err != nil {
		return nil, err
	}
	under, _, err := f.countsUnder(ctx, tx, By{})
	if err != nil {
		return nil, err
	}
	stands := map[string]bool{}
	for _, k := range sums {
		stands[k.key] = k.amount > 0
	}
	var keys []string
	for _, k := range order {
		if k = under(k, ""); stands[k] {
			keys, stands[k] = append(keys, k), false
		}
	}
	return keys, nil
}

// KeysOfAll lists the keys that net above 0 in every one of the filter's measures, sorted.
func KeysOfAll(ctx context.Context, tx *db.Tx, f Filter) ([]string, error) {
	sums, err := f.keySums(ctx, tx, By{})
	if err != nil {
		return nil, err
	}
	in := map[string]int{}
	var keys []string
	for _, k := range sums {
		if k.key != "" && k.amount > 0 {
			if in[k.key]++; in[k.key] == len(f.Measures) {
				keys = append(keys, k.key)
			}
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// aliasesAt reads which keys were merged into which: now, or as the log had it at a size.
func aliasesAt(ctx context.Context, tx *db.Tx, size int64) (map[string]string, error) {
	if size == 0 {
		return aliases(ctx, tx)
	}
	bodies, err := db.All(ctx, tx, db.Value[string], `SELECT e.body FROM log_leaf l
		JOIN log_entry e ON e.association = l.association AND e.id = l.entry
		WHERE l.association = ? AND l.log = '`+log.Ledger+`' AND l.kind = 'alias' AND l.seq < ? ORDER BY l.seq`, association.Of(ctx), size)
	if err != nil {
		return nil, err
	}
	ways := make(map[string]string, len(bodies))
	for _, body := range bodies {
		var e aliasEntry
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return nil, fmt.Errorf("read a merge from the log: %w", err)
		}
		if e.Into == "" {
			delete(ways, e.Alias)
		} else {
			ways[e.Alias] = e.Into
		}
	}
	return ways, nil
}

// Resolve gives the key that each key counts under as known at a size of the log, 0 for now.
func Resolve(ctx context.Context, tx *db.Tx, size int64, keys ...string) ([]string, error) {
	ways, err := aliasesAt(ctx, tx, size)
	out := slices.Clone(keys)
	for i, k := range out {
		out[i] = end(ways, k)
	}
	return out, err
}
