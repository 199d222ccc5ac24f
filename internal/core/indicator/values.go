package indicator

import (
	"context"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// Values computes the figures of the codes in the scope, in that order; those of the whole catalogue and of the association's
// own definitions without codes. NotFound for an unknown code. An indicator whose module is not there yet is not available,
// and says so. Whether the actor may see the scope is asked by the caller (Sight).
func (c *Catalogue) Values(ctx context.Context, tx *db.Tx, scope Scope, codes ...string) ([]Figure, error) {
	return c.figures(ctx, tx, scope, withProofs, codes)
}

// Glance is Values for pages that show the figures with their seals alone: nothing is asked of papers (Unproved is 0), which is
// the larger part of the work.
func (c *Catalogue) Glance(ctx context.Context, tx *db.Tx, scope Scope, codes ...string) ([]Figure, error) {
	return c.figures(ctx, tx, scope, withPending, codes)
}

// Bare is Values for what is only compared with: the values, without seals, what is pending, or papers.
func (c *Catalogue) Bare(ctx context.Context, tx *db.Tx, scope Scope, codes ...string) ([]Figure, error) {
	all, err := c.figures(ctx, tx, scope, valuesOnly, codes)
	for i := range all {
		all[i].Seal = NoSeal
	}
	return all, err
}

func (c *Catalogue) figures(ctx context.Context, tx *db.Tx, scope Scope, how depth, codes []string) ([]Figure, error) {
	c, err := c.inForce(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return nil, err
	}
	defs, err := c.defsOf(codes)
	if err != nil {
		return nil, err
	}
	r, err := c.read(ctx, tx, scope, c.asks(defs), ledger.By{}, how)
	if err != nil {
		return nil, err
	}
	s, err := settingOf(ctx, tx, scope)
	if err != nil {
		return nil, err
	}
	figures := make([]Figure, len(defs))
	for i, d := range defs {
		figures[i] = c.figure(ctx, d, scope, r, "", s)
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
		if !ok { // a part of a ratio may be the sum of a measure that no indicator stands for
			d, ok = c.part(Def{By: ByPlace}, code)
		}
		if !ok {
			return nil, errs.E(errs.NotFound, "没有指标「%s」", code)
		}
		defs[i] = d
	}
	return defs, nil
}

// setting is what is the same for all figures of a scope.
type setting struct {
	checkpoint int64
	waiting    bool
	closed     bool
	inexact    int64     // percent up to which a sum prints bare
	until      day.Day   // weeks are counted no further: those still to come have no hours
	tree       *org.Tree // of the last day; nil where no unit is asked about
}

// placeless reports whether a scope is that of a unit which serves no place: a department, a society, a school, wherever it lies.
func (s setting) placeless(scope Scope) bool {
	if scope.Unit == "" || s.tree == nil {
		return false
	}
	switch u := s.tree.Unit(scope.Unit); u.Kind {
	case org.KindOffice, org.KindTownship, org.KindVillage:
		return u.Place == ""
	}
	return true
}

// InexactPercent is the setting: up to this part of estimated amounts a sum prints without 约 (design.md, 4.11).
const InexactPercent = "inexact_percent"

// usualInexact holds where an association has set nothing else.
const usualInexact = 5

func settingOf(ctx context.Context, tx *db.Tx, scope Scope) (setting, error) {
	s := setting{checkpoint: scope.AsOf, inexact: usualInexact}
	closed, err := ledger.ClosedUpTo(ctx, tx)
	if err != nil {
		return s, err
	}
	if scope.Unit != "" {
		if s.tree, err = org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf); err != nil {
			return s, err
		}
	}
	s.closed = closed != "" && closed >= scope.Period.To
	if s.checkpoint == 0 {
		if s.checkpoint, err = log.Size(ctx, tx, log.Ledger); err != nil {
			return s, err
		}
		if s.waiting, err = log.Waits(ctx, tx, log.Ledger); err != nil {
			return s, err
		}
	}
	if s.until, err = scope.until(ctx, tx); err != nil {
		return s, err
	}
	return s, org.SettingAsOf(ctx, tx, InexactPercent, scope.Period.To, scope.AsOf, &s.inexact)
}

// until is the last day of the period that is not ahead: today's, and for what was known at a signed state of the log, the day on which it
// was signed, so that a frozen figure stays what it was.
func (s Scope) until(ctx context.Context, tx *db.Tx) (day.Day, error) {
	on, err := org.Today(ctx, tx)
	if err != nil {
		return "", err
	}
	if s.AsOf > 0 && !s.Held {
		point, err := log.CheckpointAt(ctx, tx, log.Ledger, s.AsOf)
		switch {
		case errs.Is(err, errs.NotFound):
		case err != nil:
			return "", err
		default:
			a, err := org.Get(ctx, tx)
			if err != nil {
				return "", err
			}
			on = day.At(time.UnixMilli(point.At), a.Location())
		}
	}
	return min(s.Period.To, on), nil
}

// figure makes the figure of a definition from what was read in a group.
func (c *Catalogue) figure(ctx context.Context, d Def, scope Scope, r *reading, group string, s setting) Figure {
	f := Figure{Def: d, Scope: scope, Checkpoint: s.checkpoint, Waiting: s.waiting}
	switch {
	case d.Kind == External && !d.Available():
		f.Reason = lang.T(ctx, "由上级或外部提供，还没有登记")
		return f
	case !c.computable(d):
		f.Reason = lang.T(ctx, "对应的业务还没有启用")
		return f
	case d.From > scope.Period.To:
		f.Reason = lang.T(ctx, "从%s起才统计", d.From.Long())
		return f
	case d.To != "" && d.To <= scope.Period.From:
		f.Reason = lang.T(ctx, "从%s起不再统计", d.To.Long())
		return f
	case d.Kind == Ratio:
		c.ratio(ctx, &f, r, group, s)
	default:
		c.amount(ctx, &f, r.at(d.Code, group), s)
	}
	f.Available = f.Value != nil
	f.Seal = sealOf(f, s.closed || scope.AsOf > 0 && !scope.Held)
	return f
}

// sealOf is the seal of a figure; settled says that it cannot change without a correction.
func sealOf(f Figure, settled bool) Seal {
	switch {
	case !f.Available:
		return NoSeal
	case settled:
		return Frozen
	case f.PendingRecords > 0:
		return Outline
	}
	return Full
}

func (c *Catalogue) amount(ctx context.Context, f *Figure, x *raw, s setting) {
	d := f.Def
	unit := func(n int64) *big.Rat { return big.NewRat(n, d.Divisor) }
	n := x.amount
	if d.Kind.distinct() {
		n = x.keys
	}
	var inexact int64
	for _, part := range x.inexact {
		inexact += part
	}
	f.Facts = x.facts
	if d.Kind == External && len(x.outer.used) == 0 {
		f.Reason, f.PendingRecords = x.basis, x.waiting
		return
	}
	f.Basis, f.summed = x.basis, x.outer.summed
	f.Unproved, f.Estimated, f.Pending, f.PendingRecords, f.MissingRecords = unit(x.unproved), unit(inexact), unit(x.pending), x.waiting, x.missing
	if x.missing > 0 {
		f.Reason = missingWords(ctx, d, x.missing)
		if n == 0 { // nobody says it: that is not 0
			return
		}
	}
	f.Value, f.AtLeast, f.Word = unit(n), x.missing > 0, x.word(s.inexact)
}

// missingWords says how many records do not say a figure's measure: 44 个班没有填场次. The catalogue has its words in Chinese only.
func missingWords(ctx context.Context, d Def, n int64) string {
	if d.MissingWords == "" || lang.From(ctx) != lang.Chinese {
		return lang.T(ctx, "%d 条记录没有填", n)
	}
	return strconv.FormatInt(n, 10) + " " + d.MissingWords
}

func (c *Catalogue) ratio(ctx context.Context, f *Figure, r *reading, group string, s setting) {
	part := func(code, role string) *Figure {
		d, _ := c.part(f.Def, code)
		p := &Figure{Def: d, Scope: f.Scope, Checkpoint: s.checkpoint}
		c.amount(ctx, p, r.at(f.Def.Code+"/"+role, group), s)
		p.Available = p.Value != nil
		return p
	}
	f.Numerator, f.Denominator = part(f.Def.Numerator, "numerator"), part(f.Def.Denominator, "denominator")
	f.PendingRecords = max(f.Numerator.PendingRecords, f.Denominator.PendingRecords)
	f.Facts = f.Numerator.Facts + f.Denominator.Facts
	var bases []string
	for _, p := range []*Figure{f.Numerator, f.Denominator} {
		if p.Basis != "" {
			bases = append(bases, lang.T(ctx, "%s：%s", p.Def.Short(), p.Basis))
		}
	}
	f.Basis = strings.Join(bases, lang.T(ctx, "；"))
	switch {
	case s.placeless(f.Scope) && f.Numerator.Facts == 0 && f.Numerator.Def.Kind != External && f.Denominator.Def.ofPlaces():
		f.NotApplicable, f.Reason = true, lang.T(ctx, "%s没有这类账目，也没有自己的乡镇、村，全县的「%s」不作它的分母", s.tree.Unit(f.Scope.Unit).Name, f.Denominator.Def.Name)
	case !f.Numerator.Available:
		f.Reason = f.Numerator.Reason
	case !f.Denominator.Available:
		f.Reason = f.Denominator.Reason
	case f.Denominator.Value.Sign() == 0:
		f.Reason = lang.T(ctx, "分母「%s」是 0，算不出比率", f.Denominator.Def.Name)
	case f.Def.PerWeek && f.Scope.Period.From > s.until:
		f.Reason = lang.T(ctx, "这一期还没有开始")
	default:
		f.Value = new(big.Rat).Quo(f.Numerator.Value, f.Denominator.Value)
		if f.Def.PerWeek {
			f.Value.Mul(f.Value, big.NewRat(7, int64(f.Scope.Period.From.Days(min(f.Scope.Period.To, s.until)))))
		}
		if f.Def.Per > 0 {
			f.Value.Mul(f.Value, big.NewRat(f.Def.Per, 1))
		}
		if f.Def.percent() {
			f.Value.Mul(f.Value, big.NewRat(100, 1))
		}
	}
}

// word is what a sum is printed with: nothing while its inexact part is within the limit, the record's own word when there is
// no other, else 约 (design.md, 4.11). It is the one rule for heads, totals and the rows of breakdowns alike, each by its own
// amounts: a township of 496 with 161 estimated is 约 496 while the county's 5,050 stands bare; the trace then says so in words.
func (x *raw) word(limit int64) ledger.Exactness {
	var inexact int64
	var words []ledger.Exactness
	for e, n := range x.inexact {
		if n != 0 {
			inexact += n
			words = append(words, e)
		}
	}
	switch {
	case inexact*100 <= x.amount*limit:
		return ""
	case len(words) == 1 && (words[0] == ledger.AtLeast || inexact == x.amount):
		return words[0]
	}
	return ledger.About
}

// WordOf is the word that a sum prints with which is no figure of its own, such as that of a searched list, by the same rule as every
// figure: inexact is what of it is estimated, by the word of the records.
func WordOf(ctx context.Context, tx *db.Tx, on day.Day, amount int64, inexact map[ledger.Exactness]int64) (ledger.Exactness, error) {
	limit := int64(usualInexact)
	err := org.SettingAsOf(ctx, tx, InexactPercent, on, 0, &limit)
	return (&raw{amount: amount, inexact: inexact}).word(limit), err
}

// Month is the figures of one calendar month, cut to the period of the scope, in the order of the codes.
type Month struct {
	Period  day.Period
	Figures []Figure
}

// Months computes the figures of the codes for every month of the scope's period, in a few queries for all months. They carry
// no seal and nothing about papers or what is pending: that stands at the whole.
func (c *Catalogue) Months(ctx context.Context, tx *db.Tx, scope Scope, codes ...string) ([]Month, error) {
	c, err := c.inForce(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return nil, err
	}
	defs, err := c.defsOf(codes)
	if err != nil {
		return nil, err
	}
	all := c.asks(defs)
	inOne := slices.DeleteFunc(slices.Clone(all), eachMonth)
	r, err := c.read(ctx, tx, scope, inOne, ledger.ByMonth, valuesOnly)
	if err != nil {
		return nil, err
	}
	s, err := settingOf(ctx, tx, scope)
	if err != nil {
		return nil, err
	}
	periods := scope.Period.Months()
	for _, a := range inOne {
		if a.Kind == Closing {
			r.run(a.key, periods)
		}
	}
	single := slices.DeleteFunc(slices.Clone(all), func(a asked) bool { return !eachMonth(a) })
	months := make([]Month, len(periods))
	for i, p := range periods {
		of := scope
		of.Period = p
		if len(single) > 0 {
			if err := c.readMonth(ctx, tx, of, single, r); err != nil {
				return nil, err
			}
		}
		months[i] = Month{Period: p, Figures: make([]Figure, len(defs))}
		for j, d := range defs {
			f := c.figure(ctx, d, of, r, p.From.YearMonth(), s)
			f.Seal = NoSeal
			months[i].Figures[j] = f
		}
	}
	return months, nil
}

// eachMonth reports whether the value of a month cannot be had from sums by month: keys that stand at its end.
func eachMonth(a asked) bool {
	return a.Kind == DistinctAtEnd || a.Kind == Places || a.Kind == External || a.Kind.allOf()
}

// readMonth reads what needs a query a month into the month's group.
func (c *Catalogue) readMonth(ctx context.Context, tx *db.Tx, of Scope, single []asked, into *reading) error {
	r, err := c.read(ctx, tx, of, single, ledger.By{}, valuesOnly)
	if err != nil {
		return err
	}
	for _, a := range single {
		*into.at(a.key, of.Period.From.YearMonth()) = *r.at(a.key, "")
	}
	return nil
}

// run turns the sums by month of a closing figure into what stands at the end of each month.
func (r *reading) run(key string, periods []day.Period) {
	byMonth := r.raws[key]
	r.raws[key] = nil
	for _, p := range periods {
		x := r.at(key, p.From.YearMonth())
		for month, m := range byMonth {
			if month <= p.From.YearMonth() {
				x.amount += m.amount
				x.facts += m.facts
				for e, n := range m.inexact {
					x.inexact[e] += n
				}
			}
		}
	}
}
