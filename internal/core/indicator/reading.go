package indicator

import (
	"context"
	"fmt"
	"slices"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// raw is what the ledger says for one definition in one group of a breakdown, in the smallest unit of its measure.
type raw struct {
	amount   int64
	inexact  map[ledger.Exactness]int64
	keys     int64
	facts    int64 // rows read, reversals included
	missing  int64 // records that do not say it: without a key, or counted by the definition's missing measure
	unproved int64 // amount or keys that rest on records which lack a needed paper
	pending  int64 // amount or new keys of what is submitted
	waiting  int64 // how many records are

	outer outer  // what an external figure is made of
	basis string // what it rests on, or why there is none
}

// asked is a definition that is read: an indicator, or the numerator or denominator of a ratio.
type asked struct {
	Def
	key string
}

// reading is the answer to many definitions in one scope.
type reading struct {
	raws map[string]map[string]*raw // by asked.key and group
	same map[string]*raw            // by asked.key: what is the same in every group
}

func (r *reading) at(key, group string) *raw {
	if x := r.same[key]; x != nil {
		return x
	}
	groups := r.raws[key]
	if groups == nil {
		groups = map[string]*raw{}
		r.raws[key] = groups
	}
	if groups[group] == nil {
		groups[group] = &raw{inexact: map[ledger.Exactness]int64{}}
	}
	return groups[group]
}

// question is a set of definitions that one query answers: alike in days, tags and way of counting.
type question struct {
	filter   ledger.Filter
	began    day.Day // of the period; the filter of what is counted at its end has none
	distinct bool
	asked    []asked
}

// asks spreads ratios out into their parts.
func (c *Catalogue) asks(defs []Def) []asked {
	var all []asked
	for _, d := range defs {
		switch {
		case !c.computable(d):
		case d.Kind == Ratio:
			num, _ := c.part(d, d.Numerator)
			den, _ := c.part(d, d.Denominator)
			all = append(all, asked{num, d.Code + "/numerator"}, asked{den, d.Code + "/denominator"})
		default:
			all = append(all, asked{d, d.Code})
		}
	}
	return all
}

func questions(scope Scope, all []asked) []*question {
	byKey := map[string]*question{}
	var out []*question
	for _, a := range all {
		if a.Kind == Places || a.Kind == External {
			continue
		}
		f := scope.filter(a.Def)
		key := fmt.Sprint(a.Kind.distinct(), f.From, f.Tags)
		q := byKey[key]
		if q == nil {
			q = &question{filter: f, began: scope.Period.From, distinct: a.Kind.distinct()}
			byKey[key] = q
			out = append(out, q)
		}
		q.asked = append(q.asked, a)
		for _, m := range append(slices.Clone(a.Measures), a.Missing) {
			if m != "" && !slices.Contains(q.filter.Measures, m) {
				q.filter.Measures = append(q.filter.Measures, m)
			}
		}
	}
	return out
}

// lacks is the part of a sum whose records lack a needed paper (core/evidence keeps the table). The subquery names the
// association itself, not the row's: so it is answered once, not once a fact.
func lacks(ctx context.Context) *ledger.Condition {
	return &ledger.Condition{SQL: "f.record IN (SELECT x.record FROM proof x WHERE x.association = ? AND x.missing <> '')", Args: []any{org.Of(ctx)}}
}

// depth says how much a reading asks beside the values.
type depth int

const (
	valuesOnly  depth = iota
	withPending       // what waits, for seals
	withProofs        // also what lacks papers
)

// read asks the ledger: one query for each question, and one more for what is pending.
func (c *Catalogue) read(ctx context.Context, tx *db.Tx, scope Scope, all []asked, by ledger.By, how depth) (*reading, error) {
	r := &reading{raws: map[string]map[string]*raw{}}
	asked := questions(scope, all)
	for _, q := range asked {
		if how >= withProofs {
			q.filter.Mark = lacks(ctx)
		}
	}
	for _, q := range asked {
		answer := r.sums
		if q.distinct {
			answer = r.counts
		}
		if err := answer(ctx, tx, q, by); err != nil {
			return nil, err
		}
		if how >= withPending {
			if err := r.waits(ctx, tx, q, by); err != nil {
				return nil, err
			}
		}
	}
	if err := r.external(ctx, tx, scope, all, by, how); err != nil {
		return nil, err
	}
	return r, r.places(ctx, tx, scope, all, by)
}

// sums answers a question about sums.
func (r *reading) sums(ctx context.Context, tx *db.Tx, q *question, by ledger.By) error {
	cells, err := ledger.Sums(ctx, tx, q.filter, by)
	if err != nil {
		return err
	}
	r.add(q, cells)
	return nil
}

// add puts what the ledger answered to the indicators that asked.
func (r *reading) add(q *question, cells []ledger.Cell) {
	byMeasure := map[string][]ledger.Cell{}
	for _, cell := range cells {
		byMeasure[cell.Measure] = append(byMeasure[cell.Measure], cell)
	}
	for _, a := range q.asked {
		for _, m := range a.Measures {
			for _, cell := range byMeasure[m] {
				if a.Kind == New && cell.Movement != ledger.In {
					continue
				}
				x := r.at(a.key, cell.Group)
				x.amount += cell.Amount
				x.facts += cell.Facts
				x.unproved += cell.Marked
				if cell.Exactness != ledger.Exact {
					x.inexact[cell.Exactness] += cell.Amount
				}
			}
		}
		for _, cell := range byMeasure[a.Missing] {
			r.at(a.key, cell.Group).missing += cell.Amount
		}
	}
}

func (r *reading) counts(ctx context.Context, tx *db.Tx, q *question, by ledger.By) error {
	rows, err := ledger.DistinctKeys(ctx, tx, q.filter, by)
	if err != nil {
		return err
	}
	for _, a := range q.asked {
		if a.Kind.allOf() {
			f := q.filter
			f.Measures = a.Measures
			x := r.at(a.key, "")
			keys, err := keysOfAll(ctx, tx, a.Kind, f, q.began)
			if err != nil {
				return err
			}
			x.keys = int64(len(keys))
			for _, row := range rows {
				if slices.Contains(a.Measures, row.Measure) {
					x.facts += row.Facts
				}
			}
			continue
		}
		for _, row := range rows {
			if slices.Contains(a.Measures, row.Measure) {
				x := r.at(a.key, row.Group)
				x.keys, x.missing, x.unproved, x.facts = row.Keys, row.Keyless, row.Marked, row.Facts
			}
		}
	}
	return nil
}

// keysOfAll lists the keys that stand in every measure; with AllOfNew those that did not on the day before the period began.
func keysOfAll(ctx context.Context, tx *db.Tx, kind Kind, f ledger.Filter, began day.Day) ([]string, error) {
	keys, err := ledger.KeysOfAll(ctx, tx, f)
	if err != nil || kind != AllOfNew {
		return keys, err
	}
	stood, err := ledger.KeysOfAll(ctx, tx, before(f, began))
	return slices.DeleteFunc(keys, func(k string) bool { return slices.Contains(stood, k) }), err
}

// before narrows a filter to the days before one, and leaves the trees at its end: a village that came from another township with
// all that it has is not new there.
func before(f ledger.Filter, began day.Day) ledger.Filter {
	f.Only = append(slices.Clone(f.Only), ledger.Condition{SQL: "f.day < ?", Args: []any{began}})
	return f
}

// submitted is the state of records that wait to be verified.
const submitted = "submitted"

func (r *reading) waits(ctx context.Context, tx *db.Tx, q *question, by ledger.By) error {
	rows, err := ledger.Pending(ctx, tx, q.filter, by)
	if err != nil || len(rows) == 0 {
		return err
	}
	var grows map[string]int64
	if q.distinct && by.Nothing() {
		if grows, err = ledger.PendingNew(ctx, tx, q.filter, submitted); err != nil {
			return err
		}
	}
	for _, a := range q.asked {
		parts := 0
		for _, w := range rows {
			if w.State != submitted || !slices.Contains(a.Measures, w.Measure) || a.Kind == New && w.Movement != ledger.In {
				continue
			}
			x := r.at(a.key, w.Group)
			x.waiting = max(x.waiting, w.Records)
			if !q.distinct {
				x.pending += w.Amount
			}
			parts++
		}
		if parts == 0 {
			continue
		}
		if grows != nil && !a.Kind.allOf() {
			r.at(a.key, "").pending = grows[a.Measures[0]]
		}
		if parts > 1 && by.Nothing() { // one record may wait with several measures, or several records with one each
			f := q.filter
			f.Measures = a.Measures
			if a.Kind == New {
				f.Only = []ledger.Condition{{SQL: "f.movement = ?", Args: []any{ledger.In}}}
			}
			if r.at(a.key, "").waiting, err = ledger.PendingRecords(ctx, tx, f, submitted); err != nil {
				return err
			}
		}
	}
	return nil
}
