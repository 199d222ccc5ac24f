package indicator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
)

// External figures are stated, not counted: the value of a place is the last one that was verified for it, up to the end of the period.
// A place without its own has the sum of the places in it, if each has one; never a mix of both. Stages (小学, 初中) add up.

// The tags that facts of external figures carry.
const (
	figureTag = "figure"
	stageTag  = "stage"
	sourceTag = "source"
)

func (c *Catalogue) checkExternal(d Def) error {
	if d.Numerator != "" || d.Denominator != "" || d.Missing != "" || len(d.Measures) == 0 || len(d.Measures) > 2 {
		return fmt.Errorf("%s is external: it has the measure of its values, perhaps that of those that are 0, and nothing else", d.Code)
	}
	for _, code := range d.Measures {
		if m, known := c.measures[code]; !known || m.Kind != "external" {
			return fmt.Errorf("%s of kind external cannot read the measure %q", d.Code, code)
		}
	}
	return nil
}

// Typed reports whether a shipped indicator is stated by somebody else, or divides by what is.
func (c *Catalogue) Typed(code string) bool {
	d, ok := c.Def(code)
	return ok && slices.ContainsFunc(c.asks([]Def{d}), func(a asked) bool { return a.Kind == External })
}

// outer is what makes an external figure in a scope.
type outer struct {
	used    []ledger.Stand
	summed  bool     // the values of the places in it, added up
	of      int      // how many places were added up
	missing []string // places without a value, where others have one
}

// parts are how many places were added up; 0 where the place has its own value.
func (o outer) parts() int {
	if o.summed {
		return o.of
	}
	return 0
}

// externalFilter are the facts that an external definition may use in a scope: whatever their day, of the place that the scope is about.
func externalFilter(tree *org.Tree, scope Scope, d Def) ledger.Filter {
	f := ledger.Filter{Measures: slices.Clone(d.Measures), To: scope.Period.To, AsOf: scope.AsOf, Tags: externalTags(scope, d), Place: scope.Place}
	if scope.Unit != "" {
		f.Place = tree.Unit(scope.Unit).Place
	}
	if f.Place == tree.Root().ID {
		f.Place = ""
	}
	return f
}

// externalTags are those by which the definition chooses values: its own and, of the scope, the stage. What else a scope has (the kind
// of a class) says nothing of a population.
func externalTags(scope Scope, d Def) []ledger.TagIs {
	tags := slices.Clone(d.Where)
	for _, t := range scope.Tags {
		if t.Name == stageTag {
			tags = append(tags, t)
		}
	}
	return tags
}

// placeOf is the place that a scope is about: a unit is asked for the place that it serves.
func placeOf(tree *org.Tree, scope Scope) string {
	switch {
	case scope.Unit != "" && tree.Unit(scope.Unit).Place != "":
		return tree.Unit(scope.Unit).Place
	case scope.Place != "":
		return scope.Place
	}
	return tree.Root().ID
}

// stood are values by place, the latest first.
type stood map[string][]ledger.Stand

// standing puts those values together that a definition chooses.
func standingOf(all []ledger.Stand, scope Scope, d Def) stood {
	by := stood{}
	where := externalTags(scope, d)
	for _, s := range all {
		if slices.Contains(d.Measures, s.Fact.Measure) && s.Fact.Day <= scope.Period.To && carries(s.Fact, where) {
			by[s.Fact.Place] = append(by[s.Fact.Place], s)
		}
	}
	for _, one := range by {
		slices.SortStableFunc(one, func(a, b ledger.Stand) int {
			return cmp.Or(cmp.Compare(b.Fact.Day, a.Fact.Day), cmp.Compare(b.Record, a.Record))
		})
	}
	return by
}

// last is the latest value of a place, of each stage one.
func (s stood) last(place string) (used []ledger.Stand) {
	var stages []string
	for _, one := range s[place] {
		if stage := tagOf(one.Fact, stageTag); !slices.Contains(stages, stage) {
			stages, used = append(stages, stage), append(used, one)
		}
	}
	return used
}

func tagOf(f ledger.Fact, name string) string {
	for _, t := range f.Tags {
		if t.Name == name {
			return t.Value
		}
	}
	return ""
}

// in resolves the figure of a place: its own value, or that of all places in it. A percentage is never added up.
func (s stood) in(tree *org.Tree, place string, d Def, on day.Day) outer {
	if own := s.last(place); len(own) > 0 {
		return s.withMerged(tree, place, own, on)
	}
	if d.percent() {
		return outer{}
	}
	sum := outer{summed: true}
	for _, p := range tree.Places() {
		if p.Parent != place || p.Opened > on || p.Closed <= on {
			continue
		}
		sum.of++
		one := s.in(tree, p.ID, d, on)
		switch {
		case len(one.missing) > 0:
			sum.missing = append(sum.missing, one.missing...)
		case len(one.used) == 0:
			sum.missing = append(sum.missing, p.Name)
		}
		sum.used = append(sum.used, one.used...)
	}
	switch {
	case len(sum.used) == 0:
		return outer{}
	case len(sum.missing) > 0:
		sum.used = nil
	}
	return sum
}

// withMerged adds to a place's own value those of places that were merged into it after the day of that value, which does not have
// them yet.
func (s stood) withMerged(tree *org.Tree, place string, own []ledger.Stand, on day.Day) outer {
	o := outer{used: own}
	at := tree.Place(place)
	for _, id := range tree.PlaceSubtree(place) {
		p := tree.Place(id)
		if p.ID == at.ID || p.Level != at.Level || p.Closed > on || p.Closed <= own[0].Fact.Day {
			continue
		}
		if theirs := s.last(p.ID); len(theirs) > 0 {
			o.used = append(slices.Clone(o.used), theirs...)
		} else {
			o.missing = append(o.missing, p.Name)
		}
	}
	if len(o.missing) > 0 {
		o.used = nil
	}
	return o
}

// external reads what is stated, in the groups of the breakdown.
func (r *reading) external(ctx context.Context, tx *db.Tx, scope Scope, all []asked, by ledger.By, how depth) error {
	all = slices.DeleteFunc(slices.Clone(all), func(a asked) bool { return a.Kind != External })
	if len(all) == 0 {
		return nil
	}
	tree, err := org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return err
	}
	var measures []string
	for _, a := range all {
		for _, m := range a.Measures {
			if !slices.Contains(measures, m) {
				measures = append(measures, m)
			}
		}
	}
	f := externalFilter(tree, scope, Def{Measures: measures})
	f.Tags = nil // each definition chooses by its own
	if how >= withProofs {
		f.Mark = lacks(ctx)
	}
	stands, err := ledger.Stands(ctx, tx, f)
	if err != nil {
		return err
	}
	for _, a := range all {
		r.put(ctx, tree, scope, a, by, stands)
	}
	if how < withPending || !by.Nothing() {
		return nil
	}
	f.Mark = nil
	waiting, err := ledger.Pending(ctx, tx, f, ledger.By{})
	if err != nil {
		return err
	}
	for _, a := range all {
		if !slices.ContainsFunc(waiting, func(w ledger.Waiting) bool { return w.State == submitted && slices.Contains(a.Measures, w.Measure) }) {
			continue
		}
		if r.at(a.key, "").waiting, err = ledger.PendingRecords(ctx, tx, externalFilter(tree, scope, a.Def), submitted); err != nil {
			return err
		}
	}
	return nil
}

// put resolves one definition in every group.
func (r *reading) put(ctx context.Context, tree *org.Tree, scope Scope, a asked, by ledger.By, stands []ledger.Stand) {
	say := func(group string, of Scope) {
		x := r.at(a.key, group)
		o := standingOf(stands, of, a.Def).in(tree, placeOf(tree, of), a.Def, scope.Period.To)
		x.state(ctx, tree, of, a.Def, o)
	}
	tag, byTag := by.Tag()
	switch ids := by.IDs(); {
	case by.Nothing():
		say("", scope)
	case byTag && tag == stageTag:
		for _, s := range stands {
			if stage := tagOf(s.Fact, stageTag); stage != "" && slices.Contains(a.Measures, s.Fact.Measure) && carries(s.Fact, externalTags(scope, a.Def)) {
				of := scope
				of.Tags = append(slices.Clone(scope.Tags), ledger.TagIs{Name: stageTag, Values: []string{stage}})
				if r.raws[a.key][stage] == nil {
					say(stage, of)
				}
			}
		}
	case ids == nil:
		whole := reading{raws: map[string]map[string]*raw{}}
		whole.put(ctx, tree, scope, a, ledger.By{}, stands)
		if r.same == nil {
			r.same = map[string]*raw{}
		}
		r.same[a.key] = whole.at(a.key, "")
	default:
		for _, top := range ids {
			of := scope
			of.Unit, of.Place = "", top
			if tree.Place(top).ID == "" {
				of.Unit, of.Place = top, ""
			}
			say(top, of)
		}
	}
}

// state fills in what an external figure is, what it rests on, or why there is none.
func (x *raw) state(ctx context.Context, tree *org.Tree, scope Scope, d Def, o outer) {
	x.outer = o
	for _, s := range o.used {
		n := valueOf(d, s.Fact)
		x.amount += n
		x.facts += s.Facts
		if s.Marked {
			x.unproved += n
		}
		if s.Fact.Exactness != "" && s.Fact.Exactness != ledger.Exact {
			x.inexact[s.Fact.Exactness] += n
		}
	}
	switch {
	case len(o.used) > 0:
		x.basis = basisOf(ctx, scope, d, o)
	case len(o.missing) > 0:
		x.basis = lang.T(ctx, "缺%s的数，合计不出来", someOf(ctx, o.missing))
	default:
		x.basis = lang.T(ctx, "还没有登记%s的数", tree.Place(placeOf(tree, scope)).Name)
	}
}

// valueOf is the amount that a fact states: that of a zero says how many zeros.
func valueOf(d Def, f ledger.Fact) int64 {
	if f.Measure != d.Measures[0] {
		return 0
	}
	return f.Amount
}

// most is how many names or sources a sentence lists.
const most = 5

func someOf(ctx context.Context, names []string) string {
	if len(names) <= most {
		return strings.Join(names, lang.T(ctx, "、"))
	}
	return lang.T(ctx, "%s等 %d 处", strings.Join(names[:most], lang.T(ctx, "、")), len(names))
}

// basisOf says what an external figure rests on: of which day its values are, whose they are, and what was added up: 2024年末的数，来源：
// 县统计局公报；由10个乡镇相加.
func basisOf(ctx context.Context, scope Scope, d Def, o outer) string {
	var days []day.Day
	sources := map[day.Day][]string{}
	var stages []string
	for _, s := range o.used {
		on := s.Fact.Day
		if !slices.Contains(days, on) {
			days = append(days, on)
		}
		if source := tagOf(s.Fact, sourceTag); source != "" && !slices.Contains(sources[on], source) {
			sources[on] = append(sources[on], source)
		}
		if stage := tagOf(s.Fact, stageTag); stage != "" && !slices.Contains(stages, stage) {
			stages = append(stages, stage)
		}
	}
	slices.Sort(days)
	slices.Reverse(days)
	var parts []string
	for _, on := range days {
		parts = append(parts, lang.T(ctx, "%s的数，来源：%s", asOf(ctx, on), someOf(ctx, sources[on])))
	}
	if n := o.parts(); n > 0 {
		parts = append(parts, lang.T(ctx, "由 %d 处相加", n))
	}
	if len(stages) > 0 {
		parts = append(parts, lang.T(ctx, "学段：%s", strings.Join(stages, lang.T(ctx, "、"))))
	}
	var lack []string
	for _, w := range externalTags(scope, d) {
		for _, v := range w.Values {
			if w.Name == stageTag && !slices.Contains(stages, v) {
				lack = append(lack, v)
			}
		}
	}
	if len(lack) > 0 {
		parts = append(parts, lang.T(ctx, "没有登记：%s", strings.Join(lack, lang.T(ctx, "、"))))
	}
	return strings.Join(parts, lang.T(ctx, "；"))
}

// asOf names the day of a value: the end of a year is called so.
func asOf(ctx context.Context, on day.Day) string {
	if on == day.Year(on.Year()).To {
		return lang.T(ctx, "%d年末", on.Year())
	}
	return lang.T(ctx, on.Long())
}

// usedRecords narrows the facts of an external definition to the records that make the figure.
func (c *Catalogue) usedRecords(ctx context.Context, tx *db.Tx, scope Scope, a asked) ([]string, error) {
	r := &reading{raws: map[string]map[string]*raw{}}
	if err := r.external(ctx, tx, scope, []asked{a}, ledger.By{}, valuesOnly); err != nil {
		return nil, err
	}
	records := []string{}
	for _, s := range r.at(a.key, "").outer.used {
		if !slices.Contains(records, s.Record) {
			records = append(records, s.Record)
		}
	}
	return records, nil
}

// listed are the values that stand, found by reading every fact: what the query found in groups.
func listed(ctx context.Context, tx *db.Tx, f ledger.Filter) (all []ledger.Stand, facts int64, err error) {
	posted, err := ledger.List(ctx, tx, f, 0, 0)
	for _, p := range posted {
		if p.Reverses == "" && p.ReversedBy == "" {
			all = append(all, ledger.Stand{Record: p.Ref.ID, Fact: p.Fact, Facts: 1})
		}
	}
	return all, int64(len(posted)), err
}
