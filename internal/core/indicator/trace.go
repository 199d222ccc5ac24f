package indicator

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// Trace is 来处: the way from a figure to its facts, records, evidence and checkpoint, and what was left out and why.
type Trace struct {
	Figure
	Tree    *org.Tree // as of the last day of the period
	Formula string    // 算法, in words

	PartsBy string // township, unit, month or tag:NAME
	Parts   []Part // 构成, without parts that have nothing
	AddsUp  bool   // the parts make the figure
	Why     string // why they do not

	Lines     []Line // one page of the facts that the actor may see
	Total     int64  // all facts behind the figure, corrections included
	Numbered  int64  // of them, those in the log at Checkpoint; the others get their number at the next sealing
	Hidden    int64  // of them, facts of records that the actor may not see: counted, not listed
	Records   int64  // records behind the figure
	Papers    int64  // files and links bound to them, each once
	Estimates []Line // standing facts that are not exact
	LeftOut   []LeftOut
	Names     []string // what a distinct figure counts, where its keys are words of a vocabulary

	Agrees  bool           // the facts, added up once more one by one, make the figure
	Checked int64          // how many were added up
	Sealed  log.Checkpoint // the signed state at Checkpoint; zero while it is not sealed
}

// Part is a row of the breakdown that is not empty.
type Part struct {
	Row
	Figure  Figure
	Records int64
	Share   float64 // 0 to 1 of the largest part
}

// Options choose the breakdown ("" is what the definition goes by) and the page of facts. Limit 0 gives all facts; Fact, an id,
// lists that one alone.
type Options struct {
	By            string
	Limit, Offset int
	Fact          string
}

// Trace opens a figure. Forbidden for a scope that the actor may not see, NotFound for an unknown code.
func (c *Catalogue) Trace(ctx context.Context, tx *db.Tx, scope Scope, code string, options Options) (t Trace, err error) {
	o, err := c.open(ctx, tx, scope, code)
	if err != nil {
		return t, err
	}
	c, d, sight := o.Catalogue, o.def, o.sight
	t.Tree = o.tree
	if t.Figure, err = c.Value(ctx, tx, scope, code); err != nil {
		return t, err
	}
	t.Formula = c.Formula(ctx, d)
	if !c.computable(d) {
		return t, nil
	}
	filters := c.filters(t.Tree, scope, d)
	used, err := c.counting(ctx, tx, t.Tree, scope, d)
	if err != nil {
		return t, err
	}
	for _, step := range []func() error{
		func() error { return c.traceParts(ctx, tx, &t, options.By) },
		func() error { return traceFacts(ctx, tx, &t, used, sight, options) },
		func() error { return c.traceLeftOut(ctx, tx, &t, filters) },
		func() error { return c.recount(ctx, tx, &t) },
	} {
		if err := step(); err != nil {
			return t, err
		}
	}
	switch {
	case d.Kind == Places:
		err = t.countedNames(ctx, tx)
	case d.Kind.distinct():
		t.Names, err = c.Names(ctx, tx, scope, code)
	}
	if err != nil {
		return t, err
	}
	t.Sealed, err = log.CheckpointAt(ctx, tx, log.Ledger, t.Checkpoint)
	if errs.Is(err, errs.NotFound) {
		err = nil
	}
	return t, err
}

// Sight is what the actor sees of a module's records. Forbidden when he may not see figures of the scope.
func Sight(ctx context.Context, tx *db.Tx, tree *org.Tree, scope Scope, module string) (access.Sight, error) {
	sight, err := access.SightIn(ctx, tx, module)
	if err == nil && !sight.Figures(tree, scope.Unit, scope.Place) {
		err = errs.E(errs.Forbidden, "无权查看「%s」的数字，请选本单位或本乡镇", scope.Who(ctx, tree))
	}
	return sight, err
}

// Module is the module whose records an indicator counts: the first word of its measure.
func (c *Catalogue) Module(d Def) string {
	for _, a := range c.asks([]Def{d}) {
		if len(a.Measures) > 0 {
			module, _, _ := strings.Cut(a.Measures[0], ".")
			return module
		}
	}
	return ""
}

// counting are the facts that make a figure: of an external one those of the values that it uses, not of all that were ever stated.
func (c *Catalogue) counting(ctx context.Context, tx *db.Tx, tree *org.Tree, scope Scope, d Def) ([]ledger.Filter, error) {
	all := c.filters(tree, scope, d)
	for _, a := range c.asks([]Def{d}) {
		if a.Kind != External {
			continue
		}
		records, err := c.usedRecords(ctx, tx, scope, a)
		if err != nil {
			return nil, err
		}
		for i := range all {
			if slices.Equal(all[i].Measures, a.Measures) {
				if all[i].Records = records; len(records) == 0 {
					all[i].Only = []ledger.Condition{{SQL: "FALSE"}}
				}
			}
		}
	}
	return all, nil
}

// filters are the facts that a definition may count: one filter, or two where the parts of a ratio differ in days or tags.
func (c *Catalogue) filters(tree *org.Tree, scope Scope, d Def) []ledger.Filter {
	var all []ledger.Filter
	for _, a := range c.asks([]Def{d}) {
		if a.Kind == Places {
			continue
		}
		if a.Kind == External {
			all = append(all, externalFilter(tree, scope, a.Def))
			continue
		}
		f := scope.filter(a.Def)
		if a.Kind == New {
			f.Only = []ledger.Condition{{SQL: "f.movement = ?", Args: []any{ledger.In}}}
		}
		i := slices.IndexFunc(all, func(g ledger.Filter) bool {
			return g.From == f.From && fmt.Sprint(g.Tags, g.Only) == fmt.Sprint(f.Tags, f.Only)
		})
		if i < 0 {
			i, all = len(all), append(all, f)
		}
		for _, m := range a.Measures {
			if !slices.Contains(all[i].Measures, m) {
				all[i].Measures = append(all[i].Measures, m)
			}
		}
	}
	return all
}

// traceParts breaks the figure down and puts its largest parts first; months stay in their order.
func (c *Catalogue) traceParts(ctx context.Context, tx *db.Tx, t *Trace, by string) error {
	if by == "" {
		by = PerTownship
		if t.Def.By == ByUnit {
			by = PerUnit
		}
	}
	rows, err := c.Breakdown(ctx, tx, t.Scope, by, t.Def.Code)
	if err != nil {
		return err
	}
	records := map[string]int64{}
	switch t.Def.Kind {
	case Ratio, Places:
	case External:
		for _, row := range rows {
			if row.Scope == nil {
				continue
			}
			used, err := c.usedRecords(ctx, tx, *row.Scope, asked{Def: t.Def, key: t.Def.Code})
			if err != nil {
				return err
			}
			records[row.Key] = int64(len(used))
		}
	default:
		_, group, err := parts(ctx, t.Scope, by, t.Tree)
		if by == PerMonth {
			group, err = ledger.ByMonth, nil
		}
		if err != nil {
			return err
		}
		if records, err = ledger.Records(ctx, tx, c.filters(t.Tree, t.Scope, t.Def)[0], group); err != nil {
			return err
		}
	}
	most := new(big.Rat)
	for _, row := range rows {
		p := Part{Row: row, Figure: row.Figures[0], Records: records[row.Key]}
		if p.amount().Sign() == 0 && p.Figure.Reason == "" {
			continue
		}
		if p.Figure.Value == nil && t.Def.Kind == Ratio {
			continue // nothing to divide there
		}
		if p.Figure.Value == nil && t.Def.Kind == External && t.Value != nil && !t.summed {
			continue // its own value does not wait for theirs
		}
		t.Parts = append(t.Parts, p)
		if p.amount().Cmp(most) > 0 {
			most = p.amount()
		}
	}
	if by != PerMonth {
		slices.SortStableFunc(t.Parts, func(a, b Part) int { return b.amount().Cmp(a.amount()) })
	}
	for i := range t.Parts {
		if most.Sign() > 0 && t.Parts[i].amount().Sign() > 0 {
			t.Parts[i].Share, _ = new(big.Rat).Quo(t.Parts[i].amount(), most).Float64()
		}
	}
	t.PartsBy = by
	t.AddsUp, t.Why = c.addsUp(ctx, t.Def, by)
	if t.Def.Kind == External && by == PerTownship && !t.summed {
		t.AddsUp, t.Why = false, lang.T(ctx, "用的是%s自己登记的数，不由各地相加", t.Tree.Place(placeOf(t.Tree, t.Scope)).Name)
	}
	return nil
}

func (p Part) amount() *big.Rat {
	if p.Figure.Value == nil {
		return new(big.Rat)
	}
	return p.Figure.Value
}

// Names lists what a distinct figure counts by the names of the places or of the words of the vocabulary that its keys stand for,
// in the order in which they were first counted. Keys of persons have no names here. Invalid for an indicator that counts no keys.
func (c *Catalogue) Names(ctx context.Context, tx *db.Tx, scope Scope, code string) ([]string, error) {
	c, err := c.inForce(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return nil, err
	}
	defs, err := c.defsOf([]string{code})
	if err != nil {
		return nil, err
	}
	d := defs[0]
	if !d.Kind.distinct() || !d.Available() {
		return nil, errs.E(errs.Invalid, "「%s」数的不是不同的项，列不出名称", d.Name)
	}
	f := scope.filter(d)
	f.Measures = d.Measures
	var keys []string
	if d.Kind.allOf() {
		keys, err = keysOfAll(ctx, tx, d.Kind, f, scope.Period.From)
	} else {
		keys, err = ledger.Keys(ctx, tx, f)
	}
	if err != nil {
		return nil, err
	}
	tree, err := org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return nil, err
	}
	terms, err := org.Terms(ctx, tx, "subject")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, k := range keys {
		switch {
		case terms.Known(k):
			names = append(names, terms.Title(k))
		case tree.Place(k).ID != "":
			names = append(names, tree.PlaceName(k))
		}
	}
	return names, nil
}

// recount adds the facts up once more, one by one in the program, and compares with the figure.
func (c *Catalogue) recount(ctx context.Context, tx *db.Tx, t *Trace) error {
	r := &reading{raws: map[string]map[string]*raw{}}
	for _, a := range c.asks([]Def{t.Def}) {
		if a.Kind == Places {
			r.at(a.key, "").amount = int64(len(placesIn(t.Tree, t.Scope, a.Level)))
			continue
		}
		if a.Kind == External {
			stands, n, err := listed(ctx, tx, externalFilter(t.Tree, t.Scope, a.Def))
			if err != nil {
				return err
			}
			r.put(ctx, t.Tree, t.Scope, a, ledger.By{}, stands)
			t.Checked += n
			continue
		}
		f := t.Scope.filter(a.Def)
		f.Measures = slices.Clone(a.Measures)
		if a.Missing != "" {
			f.Measures = append(f.Measures, a.Missing)
		}
		x := r.at(a.key, "")
		keys := map[ledger.Counting]int64{}
		if err := ledger.Each(ctx, tx, f, func(measure, key string, movement ledger.Movement, amount int64) {
			switch {
			case measure == a.Missing:
				x.missing += amount
				return
			case a.Kind == New && movement != ledger.In:
				return
			case a.Kind.distinct():
				keys[ledger.Counting{Measure: measure, Key: key}] += amount
			default:
				x.amount += amount
			}
			t.Checked++
		}); err != nil {
			return err
		}
		x.count(a, keys)
		if a.Kind == AllOfNew {
			stood := map[ledger.Counting]int64{}
			if err := ledger.Each(ctx, tx, before(f, t.Scope.Period.From), func(measure, key string, _ ledger.Movement, amount int64) {
				stood[ledger.Counting{Measure: measure, Key: key}] += amount
			}); err != nil {
				return err
			}
			x.keys -= standingInBoth(a, stood, keys)
		}
	}
	until, err := t.Scope.until(ctx, tx)
	if err != nil {
		return err
	}
	again := c.figure(ctx, t.Def, t.Scope, r, "", setting{until: until})
	if t.NotApplicable { // there is nothing to divide: what was counted anew tells, not whether it may be divided
		n := again.Numerator
		t.Agrees = n == nil || n.Value == nil || n.Value.Sign() == 0
		return nil
	}
	t.Agrees = (again.Value == nil) == (t.Value == nil) && (t.Value == nil || again.Value.Cmp(t.Value) == 0)
	return nil
}

// standingInBoth is how many keys net above 0 in every measure in both sums.
func standingInBoth(a asked, one, other map[ledger.Counting]int64) int64 {
	both := map[ledger.Counting]int64{}
	for k, n := range one {
		both[k] = min(n, other[k])
	}
	return standing(both, a)
}

// count counts the keys that net above 0, in every measure of the definition.
func (x *raw) count(a asked, keys map[ledger.Counting]int64) {
	in := map[string]int{}
	for k, n := range keys {
		switch {
		case k.Key == "" && !a.Kind.allOf():
			x.missing += n
		case k.Key != "" && n > 0:
			if in[k.Key]++; in[k.Key] == len(a.Measures) {
				x.keys++
			}
		}
	}
}
