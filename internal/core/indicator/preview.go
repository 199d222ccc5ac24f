package indicator

import (
	"context"
	"math/big"
	"slices"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
)

// Impact is a line of «核实后计入»: what an indicator is in the association's counting year and what it will be, and the same for
// the record's own township. Note says why it does not change, or by what it is computed.
type Impact struct {
	Def           Def
	Before, After Figure
	Own           *Change  // of the record's township; nil for the county's own work
	Others        []Change // of other townships whose figure changes, too: of the one that a facility leaves
	Added         *big.Rat
	Share         *Figure // how much of After the record itself makes; nil where parts do not add up
	Fed           bool    // the record gives it something to count; else it takes the value away, and Note says by what it does not tell
	Note          string
}

// AddsAbout reports whether part of what is added is estimated.
func (i Impact) AddsAbout() bool {
	added := minus(i.After.Estimated, i.Before.Estimated)
	return added != nil && added.Sign() != 0
}

// Change is a figure before and after in a named scope.
type Change struct {
	Place, Name   string
	Before, After Figure
	Note          string // as that of the impact
}

// Posted is a record with the facts that it would post.
type Posted struct {
	Ref   id.Ref
	Facts []ledger.Fact
}

// Preview says what verifying a record with these facts would change, together with the records that count along with it: the shares
// of a joint activity. What they posted before is taken off first, so that a revision shows its difference. Indicators that the
// records feed without changing them are there with a note; of those that they do not feed, only the ones whose value they take away
// are there.
func (c *Catalogue) Preview(ctx context.Context, tx *db.Tx, ref id.Ref, facts []ledger.Fact, along ...Posted) ([]Impact, error) {
	facts = settled(facts)
	if len(facts) == 0 {
		return nil, nil
	}
	refs := []id.Ref{ref}
	for _, one := range along {
		facts, refs = append(facts, settled(one.Facts)...), append(refs, one.Ref)
	}
	old, err := ledger.Standing(ctx, tx, refs...)
	if err != nil {
		return nil, err
	}
	scope := Scope{Period: day.Year(latest(facts).Day.Year())}
	if c, err = c.inForce(ctx, tx, scope.Period.To, 0); err != nil {
		return nil, err
	}
	var codes []string
	for _, d := range c.defs {
		if d.From > scope.Period.To || d.To != "" && d.To <= scope.Period.From {
			continue
		}
		if touches := func(f ledger.Fact) bool { return c.reads(d, f) }; slices.ContainsFunc(facts, touches) || slices.ContainsFunc(old, touches) {
			codes = append(codes, d.Code)
		}
	}
	if len(codes) == 0 {
		return nil, nil
	}
	p := preview{c: c, ref: ref, old: old, facts: facts}
	county, err := p.change(ctx, tx, scope, codes, func(ledger.Fact) bool { return true })
	if err != nil {
		return nil, err
	}
	own, others, err := p.townships(ctx, tx, scope, codes)
	if err != nil {
		return nil, err
	}
	limit, err := settingOf(ctx, tx, scope)
	if err != nil {
		return nil, err
	}
	var all []Impact
	for i, ch := range county {
		line := Impact{Def: ch.Before.Def, Before: ch.Before, After: ch.After, Added: minus(ch.After.Value, ch.Before.Value)}
		if own != nil {
			line.Own = &own[i]
			line.Own.Note = p.note(ctx, Impact{Def: line.Def, Before: own[i].Before, After: own[i].After, Added: minus(own[i].After.Value, own[i].Before.Value)})
		}
		for _, other := range others {
			if one := other[i]; one.Before.Screen(ctx) != one.After.Screen(ctx) {
				line.Others = append(line.Others, one)
			}
		}
		line.Share = p.share(line.Def, limit.inexact)
		feeds := func(f ledger.Fact) bool { return c.feeds(line.Def, f) }
		line.Fed = slices.ContainsFunc(facts, feeds) || slices.ContainsFunc(old, feeds)
		if !line.Fed && (!ch.Before.Available || ch.After.Available) {
			continue
		}
		if line.Note = p.note(ctx, line); line.Added.Sign() != 0 || line.Note != "" {
			all = append(all, line)
		}
	}
	return all, nil
}

// settled are the facts that say when, whose and where: what is typed half does not.
func settled(facts []ledger.Fact) []ledger.Fact {
	return slices.DeleteFunc(slices.Clone(facts), func(f ledger.Fact) bool { return f.Day == "" || f.Unit == "" || f.Place == "" })
}

// latest is the first fact of those on one day, and of a record that posts on several what it posts last: a facility counts where and
// when it was changed last.
func latest(facts []ledger.Fact) ledger.Fact {
	last := facts[0]
	for _, f := range facts[1:] {
		if f.Day > last.Day || f.Day == last.Day && last.Day > facts[0].Day && f.Amount > 0 {
			last = f
		}
	}
	return last
}

// reads reports whether a definition counts a fact.
func (c *Catalogue) reads(d Def, f ledger.Fact) bool {
	return slices.ContainsFunc(c.asks([]Def{d}), func(a asked) bool { return a.counts(f) })
}

// feeds reports whether a fact gives a definition something to count. One that only says that its record does not tell (a class
// without sessions, people without names) gives nothing.
func (c *Catalogue) feeds(d Def, f ledger.Fact) bool {
	return slices.ContainsFunc(c.asks([]Def{d}), func(a asked) bool {
		return a.counts(f) && f.Measure != a.Missing && (!a.Kind.distinct() || f.Key != "")
	})
}

// counts reports whether a fact has the measure, movement and tags that a definition asks for.
func (a asked) counts(f ledger.Fact) bool {
	return (slices.Contains(a.Measures, f.Measure) || f.Measure == a.Missing) && (a.Kind != New || f.Movement == ledger.In) && carries(f, a.Where)
}

// carries reports whether a fact has the tags.
func carries(f ledger.Fact, where []ledger.TagIs) bool {
	for _, w := range where {
		if !slices.ContainsFunc(f.Tags, func(t ledger.Tag) bool { return t.Name == w.Name && slices.Contains(w.Values, t.Value) }) {
			return false
		}
	}
	return true
}

func minus(a, b *big.Rat) *big.Rat {
	d := new(big.Rat)
	if a != nil {
		d.Set(a)
	}
	if b != nil {
		d.Sub(d, b)
	}
	return d
}

// preview compares what the ledger says with what it would say after one record.
type preview struct {
	c          *Catalogue
	ref        id.Ref
	old, facts []ledger.Fact
}

// change computes the figures of a scope before and after; in says which facts of the record lie in it.
func (p preview) change(ctx context.Context, tx *db.Tx, scope Scope, codes []string, in func(ledger.Fact) bool) ([]Change, error) {
	defs, err := p.c.defsOf(codes)
	if err != nil {
		return nil, err
	}
	all := p.c.asks(defs)
	r, err := p.c.read(ctx, tx, scope, all, ledger.By{}, valuesOnly)
	if err != nil {
		return nil, err
	}
	s, err := settingOf(ctx, tx, scope)
	if err != nil {
		return nil, err
	}
	changes := make([]Change, len(defs))
	for i, d := range defs {
		changes[i].Before = p.c.figure(ctx, d, scope, r, "", s)
		changes[i].Before.Seal = NoSeal
	}
	for _, a := range all {
		if err := p.apply(ctx, tx, scope, a, r.at(a.key, ""), in); err != nil {
			return nil, err
		}
	}
	for i, d := range defs {
		changes[i].After = p.c.figure(ctx, d, scope, r, "", s)
		changes[i].After.Seal = NoSeal
	}
	return changes, nil
}

// apply takes the record's old facts off what was read and puts the new ones on.
func (p preview) apply(ctx context.Context, tx *db.Tx, scope Scope, a asked, x *raw, in func(ledger.Fact) bool) error {
	if a.Kind == External {
		return p.restate(ctx, tx, scope, a, x)
	}
	var keys []string
	each := func(fn func(f ledger.Fact, n int64)) {
		for sign, facts := range map[int64][]ledger.Fact{1: p.facts, -1: p.old} {
			for _, f := range facts {
				if a.counts(f) && in(f) && (a.Kind.atEnd() || f.Day >= scope.Period.From) && f.Day <= scope.Period.To {
					fn(f, sign*f.Amount)
				}
			}
		}
	}
	each(func(f ledger.Fact, n int64) {
		switch {
		case f.Measure == a.Missing || a.Kind.distinct() && f.Key == "":
			x.missing += n
		case a.Kind.distinct():
			keys = append(keys, f.Key)
		default:
			x.amount += n
			if f.Exactness != "" && f.Exactness != ledger.Exact {
				x.inexact[f.Exactness] += n
			}
		}
	})
	if len(keys) == 0 {
		return nil
	}
	f := scope.filter(a.Def)
	f.Measures = a.Measures
	sums, err := ledger.KeySums(ctx, tx, f, keys)
	if err != nil {
		return err
	}
	stood := map[ledger.Counting]int64{} // before the period began, with AllOfNew
	if a.Kind == AllOfNew {
		if stood, err = ledger.KeySums(ctx, tx, before(f, scope.Period.From), keys); err != nil {
			return err
		}
	}
	was := standing(sums, a) - standingInBoth(a, stood, sums)
	resolved, err := ledger.Resolve(ctx, tx, 0, keys...)
	if err != nil {
		return err
	}
	at := map[string]string{}
	for i, k := range keys {
		at[k] = resolved[i]
	}
	each(func(f ledger.Fact, n int64) {
		if f.Key != "" {
			k := ledger.Counting{Measure: f.Measure, Key: at[f.Key]}
			sums[k] += n
			if a.Kind == AllOfNew && f.Day < scope.Period.From {
				stood[k] += n
			}
		}
	})
	x.keys += standing(sums, a) - standingInBoth(a, stood, sums) - was
	return nil
}

// restate resolves an external figure anew with what the record would state in the place of what it stated.
func (p preview) restate(ctx context.Context, tx *db.Tx, scope Scope, a asked, x *raw) error {
	tree, err := org.Load(ctx, tx, scope.Period.To)
	if err != nil {
		return err
	}
	stands, err := ledger.Stands(ctx, tx, externalFilter(tree, scope, a.Def))
	if err != nil {
		return err
	}
	stands = slices.DeleteFunc(stands, func(s ledger.Stand) bool { return s.Record == p.ref.ID })
	for _, f := range p.facts {
		stands = append(stands, ledger.Stand{Record: p.ref.ID, Fact: f, Facts: 1})
	}
	after := reading{raws: map[string]map[string]*raw{}}
	after.put(ctx, tree, scope, a, ledger.By{}, stands)
	*x = *after.at(a.key, "")
	return nil
}

// share is what the record's facts give a sum, with the word that it prints with.
func (p preview) share(d Def, limit int64) *Figure {
	if d.Kind != Sum {
		return nil
	}
	x := raw{inexact: map[ledger.Exactness]int64{}}
	for _, f := range p.facts {
		if slices.Contains(d.Measures, f.Measure) && carries(f, d.Where) {
			x.amount += f.Amount
			if f.Exactness != "" && f.Exactness != ledger.Exact {
				x.inexact[f.Exactness] += f.Amount
			}
		}
	}
	if x.amount == 0 {
		return nil
	}
	return &Figure{Def: d, Value: big.NewRat(x.amount, max(d.Divisor, 1)), Available: true, Word: x.word(limit)}
}

// standing is how many keys net above 0 in every measure of the definition.
func standing(sums map[ledger.Counting]int64, a asked) int64 {
	x := &raw{}
	x.count(a, sums)
	return x.keys
}

// townships are the changes in the township of the record's new facts, nil where they lie in none, and in each other one in which it has
// facts or had them.
func (p preview) townships(ctx context.Context, tx *db.Tx, scope Scope, codes []string) (own []Change, others [][]Change, err error) {
	tree, err := org.Load(ctx, tx, scope.Period.To)
	if err != nil {
		return nil, nil, err
	}
	var towns []org.Place
	mine, inTown := tree.Township(latest(p.facts).Place)
	for _, f := range slices.Concat([]ledger.Fact{latest(p.facts)}, p.facts, p.old) {
		if t, ok := tree.Township(f.Place); ok && !slices.ContainsFunc(towns, func(o org.Place) bool { return o.ID == t.ID }) {
			towns = append(towns, t)
		}
	}
	for _, t := range towns {
		of := scope
		of.Place = t.ID
		within := tree.PlaceSubtree(t.ID)
		changes, err := p.change(ctx, tx, of, codes, func(f ledger.Fact) bool { return slices.Contains(within, f.Place) })
		if err != nil {
			return nil, nil, err
		}
		for i := range changes {
			changes[i].Place, changes[i].Name = t.ID, t.Name
		}
		if inTown && t.ID == mine.ID {
			own = changes
		} else {
			others = append(others, changes)
		}
	}
	return own, others, nil
}

// note says why an indicator does not change, or, of a ratio, by what it is computed.
func (p preview) note(ctx context.Context, i Impact) string {
	d := i.Def
	switch {
	case d.Kind == Ratio && i.After.Numerator != nil && i.After.Value != nil:
		return lang.T(ctx, "%s ÷ %s", trimmed(Rounded(i.After.Numerator.Value, 2)), trimmed(Rounded(i.After.Denominator.Value, 2)))
	case i.After.Value == nil:
		return i.After.Reason
	case i.Added.Sign() != 0:
		return ""
	case slices.ContainsFunc(p.old, func(f ledger.Fact) bool { return p.c.feeds(d, f) }):
		return lang.T(ctx, "已经计入，这次不变")
	case d.Kind == DistinctKeys || d.Kind == DistinctAtEnd:
		return lang.T(ctx, "今年已计过，不重复计")
	}
	return ""
}
