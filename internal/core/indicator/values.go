package indicator

import (
	"context"
	"fmt"
	"math/big"
	"sort"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// raw is what the ledger says for one definition and one group of a breakdown.
type raw struct {
	amount        int64
	inexact       map[ledger.Exactness]int64
	num, den      int64
	keys, keyless int64
	missing       int64
	facts         bool // something was posted at all
}

// reading answers many definitions in one scope with few queries: one a tag filter and kind of question.
type reading struct {
	scope Scope
	raws  map[string]map[string]*raw // code → group → raw
}

func (r *reading) at(code, group string) *raw {
	groups := r.raws[code]
	if groups == nil {
		groups = map[string]*raw{}
		r.raws[code] = groups
	}
	if groups[group] == nil {
		groups[group] = &raw{inexact: map[ledger.Exactness]int64{}}
	}
	return groups[group]
}

// question is a set of definitions that one query answers.
type question struct {
	filter   ledger.Filter
	defs     []Def
	distinct bool
}

// questions groups the definitions by tag filter, beginning of the period and kind.
func questions(scope Scope, defs []Def) []*question {
	byKey := map[string]*question{}
	var all []*question
	for _, d := range defs {
		distinct := d.Kind == DistinctKeys || d.Kind == DistinctAtEnd
		f := scope.filter(d)
		key := fmt.Sprint(distinct, f.From, f.Tags)
		q := byKey[key]
		if q == nil {
			q = &question{filter: f, distinct: distinct}
			byKey[key] = q
			all = append(all, q)
		}
		q.defs = append(q.defs, d)
		for _, m := range append(d.measures(), d.Missing) {
			if m != "" && !contains(q.filter.Measures, m) {
				q.filter.Measures = append(q.filter.Measures, m)
			}
		}
	}
	return all
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// read asks the ledger.
func read(ctx context.Context, tx *db.Tx, scope Scope, defs []Def, by ledger.By) (*reading, error) {
	r := &reading{scope: scope, raws: map[string]map[string]*raw{}}
	for _, q := range questions(scope, defs) {
		if q.distinct {
			rows, err := ledger.DistinctKeys(ctx, tx, q.filter, by)
			if err != nil {
				return nil, err
			}
			for _, d := range q.defs {
				for _, row := range rows {
					if contains(d.Measures, row.Measure) {
						x := r.at(d.Code, row.Group)
						x.keys, x.keyless, x.facts = x.keys+row.Keys, x.keyless+row.Keyless, true
					}
				}
			}
			continue
		}
		cells, err := ledger.Sums(ctx, tx, q.filter, by)
		if err != nil {
			return nil, err
		}
		byMeasure := map[string][]ledger.Cell{}
		for _, c := range cells {
			byMeasure[c.Measure] = append(byMeasure[c.Measure], c)
		}
		for _, d := range q.defs {
			r.fold(d, byMeasure)
		}
	}
	for _, d := range defs {
		if d.Kind == AllOf {
			f := scope.filter(d)
			f.Measures = d.Measures
			n, err := ledger.KeysOfAll(ctx, tx, f)
			if err != nil {
				return nil, err
			}
			r.at(d.Code, "").keys = n
		}
	}
	return r, nil
}

func (r *reading) fold(d Def, byMeasure map[string][]ledger.Cell) {
	each := func(measure string, add func(x *raw, c ledger.Cell)) {
		for _, c := range byMeasure[measure] {
			if d.Kind == New && c.Movement != ledger.In {
				continue
			}
			x := r.at(d.Code, c.Group)
			x.facts = true
			add(x, c)
		}
	}
	if d.Kind == Ratio {
		each(d.Numerator, func(x *raw, c ledger.Cell) { x.num += c.Amount; x.note(c) })
		each(d.Denominator, func(x *raw, c ledger.Cell) { x.den += c.Amount; x.note(c) })
		return
	}
	for _, m := range d.Measures {
		each(m, func(x *raw, c ledger.Cell) { x.amount += c.Amount; x.note(c) })
	}
	if d.Missing != "" {
		for _, c := range byMeasure[d.Missing] {
			r.at(d.Code, c.Group).missing += c.Amount
		}
	}
}

func (x *raw) note(c ledger.Cell) {
	if c.Exactness != ledger.Exact && c.Exactness != "" {
		x.inexact[c.Exactness] += c.Amount
	}
}

// value is the number that the raw sums make, and whether there is one.
func (x *raw) value(d Def) (v *big.Rat, reason string) {
	switch d.Kind {
	case Ratio:
		if x.den == 0 {
			return nil, "分母是 0，算不出比率"
		}
		return new(big.Rat).Mul(big.NewRat(x.num, x.den), big.NewRat(100, 1)), ""
	case DistinctKeys, DistinctAtEnd, AllOf:
		if x.keys == 0 && x.keyless > 0 {
			return nil, missingReason(d, x.keyless)
		}
		return big.NewRat(x.keys, 1), ""
	}
	if x.missing > 0 && x.amount == 0 {
		return nil, missingReason(d, x.missing)
	}
	return big.NewRat(x.amount, d.Divisor), ""
}

func missingReason(d Def, n int64) string {
	words := d.MissingWords
	if words == "" {
		words = "条记录没有填"
	}
	return fmt.Sprintf("%d %s", n, words)
}

// Values computes the figures of the codes in the scope, in that order; all of the catalogue without codes.
// NotFound for an unknown code. An indicator whose module is not there yet is not available, with that reason.
func (c *Catalogue) Values(ctx context.Context, tx *db.Tx, scope Scope, codes ...string) ([]Figure, error) {
	defs, err := c.defsOf(codes)
	if err != nil {
		return nil, err
	}
	var live []Def
	for _, d := range defs {
		if d.Available() {
			live = append(live, d)
		}
	}
	r, err := read(ctx, tx, scope, live, "")
	if err != nil {
		return nil, err
	}
	side, err := c.side(ctx, tx, scope, live)
	if err != nil {
		return nil, err
	}
	figures := make([]Figure, len(defs))
	for i, d := range defs {
		figures[i] = side.figure(d, scope, r.at(d.Code, ""))
	}
	return figures, nil
}

// Value computes one figure.
func (c *Catalogue) Value(ctx context.Context, tx *db.Tx, scope Scope, code string) (Figure, error) {
	all, err := c.Values(ctx, tx, scope, code)
	if err != nil {
		return Figure{}, err
	}
	return all[0], nil
}

func (c *Catalogue) defsOf(codes []string) ([]Def, error) {
	if len(codes) == 0 {
		return c.defs, nil
	}
	defs := make([]Def, len(codes))
	for i, code := range codes {
		d, ok := c.Def(code)
		if !ok {
			return nil, errs.E(errs.NotFound, "没有指标「%s」", code)
		}
		defs[i] = d
	}
	return defs, nil
}

// sideFacts is what stands beside the values: pending, unproved, closing.
type sideFacts struct {
	unproved   map[string]int64 // by code
	pending    map[string]ledger.Waiting
	checkpoint int64
	closed     bool
	inexact    int64 // percent above which a sum prints 约
}

func (c *Catalogue) side(ctx context.Context, tx *db.Tx, scope Scope, defs []Def) (*sideFacts, error) {
	s := &sideFacts{unproved: map[string]int64{}, pending: map[string]ledger.Waiting{}, inexact: 5, checkpoint: scope.AsOf}
	closed, err := ledger.ClosedUpTo(ctx, tx)
	if err != nil {
		return nil, err
	}
	s.closed = closed != "" && closed >= scope.Period.To
	if s.checkpoint == 0 {
		if s.checkpoint, err = log.Size(ctx, tx, log.Ledger); err != nil {
			return nil, err
		}
	}
	if err := org.Setting(ctx, tx, "inexact_percent", scope.Period.To, &s.inexact); err != nil {
		return nil, err
	}
	for _, q := range questions(scope, defs) {
		unproved, err := ledger.Unproved(ctx, tx, q.filter)
		if err != nil {
			return nil, err
		}
		waiting, err := ledger.Pending(ctx, tx, q.filter)
		if err != nil {
			return nil, err
		}
		for _, d := range q.defs {
			for _, m := range d.measures() {
				if d.Kind == Ratio && m != d.Numerator {
					continue
				}
				s.unproved[d.Code] += unproved[m]
				for _, w := range waiting {
					if w.Measure == m && w.State == "submitted" {
						p := s.pending[d.Code]
						p.Amount, p.Records = p.Amount+w.Amount, max(p.Records, w.Records)
						s.pending[d.Code] = p
					}
				}
			}
		}
	}
	return s, nil
}

func (s *sideFacts) figure(d Def, scope Scope, x *raw) Figure {
	f := Figure{Def: d, Scope: scope, Checkpoint: s.checkpoint}
	if !d.Available() {
		f.Reason = "对应的业务还没有启用"
		if d.Kind == External {
			f.Reason = "由上级或外部提供，还没有登记"
		}
		return f
	}
	f.Value, f.Reason = x.value(d)
	f.Available = f.Value != nil
	unit := func(n int64) *big.Rat { return big.NewRat(n, d.Divisor) }
	var inexact int64
	for _, n := range x.inexact {
		inexact += n
	}
	if d.Kind == Ratio {
		num, den := x.num, x.den
		f.Numerator, f.Denominator = &num, &den
	}
	f.Estimated, f.Unproved = unit(inexact), unit(s.unproved[d.Code])
	f.Pending, f.PendingRecords = unit(s.pending[d.Code].Amount), s.pending[d.Code].Records
	f.MissingRecords = x.missing + x.keyless
	f.AtLeast = f.Available && f.MissingRecords > 0
	f.Word = x.word(s.inexact)
	if d.Kind == Ratio {
		f.Word = ""
	}
	switch {
	case !f.Available:
	case s.closed || scope.AsOf > 0:
		f.Seal = Frozen
	case f.PendingRecords > 0:
		f.Seal = Outline
	default:
		f.Seal = Full
	}
	return f
}

// word is what a sum is printed with: nothing while its inexact part is within the limit, the record's own word when there is
// no other, else 约 (design.md, 4.11).
func (x *raw) word(limit int64) ledger.Exactness {
	var inexact int64
	var words []string
	for e, n := range x.inexact {
		if n != 0 {
			inexact += n
			words = append(words, string(e))
		}
	}
	if inexact*100 <= x.amount*limit {
		return ""
	}
	sort.Strings(words)
	switch {
	case inexact == x.amount && len(words) == 1:
		return ledger.Exactness(words[0])
	case strings.Join(words, "") == string(ledger.AtLeast):
		return ledger.AtLeast
	}
	return ledger.About
}

// Month is a figure of one calendar month, cut to the period of the scope.
type Month struct {
	Period  day.Period
	Figures []Figure // in the order of the codes
}

// Months computes the figures of the codes for every month of the scope's period, in a few queries for all.
func (c *Catalogue) Months(ctx context.Context, tx *db.Tx, scope Scope, codes ...string) ([]Month, error) {
	defs, err := c.defsOf(codes)
	if err != nil {
		return nil, err
	}
	var live []Def
	for _, d := range defs {
		if d.Available() && d.Kind != Closing && d.Kind != DistinctAtEnd && d.Kind != AllOf {
			live = append(live, d)
		}
	}
	r, err := read(ctx, tx, scope, live, ledger.ByMonth)
	if err != nil {
		return nil, err
	}
	size := scope.AsOf
	if size == 0 {
		if size, err = log.Size(ctx, tx, log.Ledger); err != nil {
			return nil, err
		}
	}
	side := &sideFacts{checkpoint: size, inexact: 5}
	var months []Month
	for _, p := range scope.Period.Months() {
		of := scope
		of.Period = p
		m := Month{Period: p, Figures: make([]Figure, len(defs))}
		for i, d := range defs {
			if d.Available() && (d.Kind == Closing || d.Kind == DistinctAtEnd || d.Kind == AllOf) { // not a sum over the month
				if m.Figures[i], err = c.Value(ctx, tx, of, d.Code); err != nil {
					return nil, err
				}
				continue
			}
			m.Figures[i] = side.figure(d, of, r.at(d.Code, p.From.YearMonth()))
		}
		months = append(months, m)
	}
	return months, nil
}
