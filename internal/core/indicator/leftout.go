package indicator

import (
	"context"
	"math/big"
	"slices"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
)

// traceLeftOut names what the figure does not count: what waits, was returned, is a draft, voided, under revision, in an
// unfinished import, outside the period, later than the checkpoint, not said by its record, or recorded where no figure counts it.
func (c *Catalogue) traceLeftOut(ctx context.Context, tx *db.Tx, t *Trace, filters []ledger.Filter) error {
	for _, step := range []func(context.Context, *db.Tx, *Trace, []ledger.Filter) error{
		leftWaiting, leftRecords, leftUnfinished, c.leftPeriod, c.leftLater, c.leftUncounted,
	} {
		if err := step(ctx, tx, t, filters); err != nil {
			return err
		}
	}
	if t.Def.Kind == External {
		if err := leftUnused(ctx, tx, t, filters[0]); err != nil {
			return err
		}
	}
	if t.MissingRecords > 0 {
		t.leave(LeftOut{Why: missingWords(ctx, t.Def, t.MissingRecords), State: "missing", Records: t.MissingRecords})
	}
	return nil
}

// leftUnused counts the values that were verified and are not the figure: earlier ones, and those of places in one that has its own.
func leftUnused(ctx context.Context, tx *db.Tx, t *Trace, f ledger.Filter) error {
	all, err := ledger.Records(ctx, tx, f, ledger.By{})
	if err != nil {
		return err
	}
	t.leave(LeftOut{Why: lang.T(ctx, "没有用：是更早的数，或者是所辖地方的数"), State: "unused", Records: all[""] - t.Records})
	return nil
}

func (t *Trace) leave(l LeftOut) {
	if l.Records > 0 || l.Amount != nil && l.Amount.Sign() != 0 {
		t.LeftOut = append(t.LeftOut, l)
	}
}

// Adds reports whether the figure is a sum, of which a part can be told as an amount.
func (d Def) Adds() bool { return d.Kind == Sum || d.Kind == New || d.Kind == Closing }

// leftWaiting tells what is expected of records that are not verified, by their state.
func leftWaiting(ctx context.Context, tx *db.Tx, t *Trace, filters []ledger.Filter) error {
	amounts := map[string]int64{}
	for _, f := range filters {
		rows, err := ledger.Pending(ctx, tx, f, ledger.By{})
		if err != nil {
			return err
		}
		for _, w := range rows {
			amounts[w.State] += w.Amount
		}
	}
	for _, s := range []struct{ state, why string }{
		{submitted, lang.T(ctx, "待核实")}, {"returned", lang.T(ctx, "已退回，等填报人改好")}, {"draft", lang.T(ctx, "还是草稿，没有提交")},
	} {
		amount, there := amounts[s.state]
		if !there {
			continue
		}
		l := LeftOut{Why: s.why, State: s.state}
		for _, f := range filters {
			n, err := ledger.PendingRecords(ctx, tx, f, s.state)
			if err != nil {
				return err
			}
			l.Records = max(l.Records, n)
		}
		switch {
		case t.Def.Adds():
			l.Amount = big.NewRat(amount, t.Def.Divisor)
		case s.state == submitted:
			l.Amount = t.Pending
		}
		t.leave(l)
	}
	return nil
}

// leftRecords tells what became of records behind the facts: voided, or with a revision that is not verified.
func leftRecords(ctx context.Context, tx *db.Tx, t *Trace, filters []ledger.Filter) error {
	var voided, revised int64
	for _, f := range filters {
		of, err := ledger.RecordsOf(ctx, tx, f)
		if err != nil {
			return err
		}
		counts, err := db.One(ctx, tx, func(s db.Scanner) (n [2]int64, err error) {
			err = s.Scan(&n[0], &n[1])
			return n, err
		}, "SELECT COUNT(*) FILTER (WHERE r.state = 'voided'), COUNT(*) FILTER (WHERE r.revision <> '') FROM record r WHERE r.association = ? AND (r.state = 'voided' OR r.revision <> '') AND r.id IN ("+of.SQL+")",
			append([]any{org.Of(ctx)}, of.Args...)...)
		if err != nil {
			return err
		}
		voided, revised = max(voided, counts[0]), max(revised, counts[1])
	}
	t.leave(LeftOut{Why: lang.T(ctx, "已作废，账目已冲销"), State: "voided", Records: voided})
	t.leave(LeftOut{Why: lang.T(ctx, "有修订还没核实，现按原来的数计"), State: "revision", Records: revised})
	return nil
}

func leftUnfinished(ctx context.Context, tx *db.Tx, t *Trace, filters []ledger.Filter) error {
	var n int64
	for _, f := range filters {
		records, err := ledger.Unfinished(ctx, tx, f)
		if err != nil {
			return err
		}
		n = max(n, records)
	}
	t.leave(LeftOut{Why: lang.T(ctx, "导入还没有完成，完成后一起计入"), State: "import", Records: n})
	return nil
}

// leftPeriod tells what stands in the same calendar years but outside the period.
func (c *Catalogue) leftPeriod(ctx context.Context, tx *db.Tx, t *Trace, filters []ledger.Filter) error {
	p := t.Scope.Period
	outside := []day.Period{{From: day.Year(p.From.Year()).From, To: p.From.Add(-1)}, {From: p.To.Add(1), To: day.Year(p.To.Year()).To}}
	if t.Def.Kind.atEnd() {
		outside = outside[1:]
	}
	for _, o := range outside {
		if o.From > o.To {
			continue
		}
		l := LeftOut{Why: lang.T(ctx, "日期在期间以外（%s）", o.Words()), State: "period", Period: o}
		var amount int64
		for _, f := range filters {
			f.From, f.To = o.From, o.To
			records, err := ledger.Records(ctx, tx, f, ledger.By{})
			if err != nil {
				return err
			}
			cells, err := ledger.Sums(ctx, tx, f, ledger.By{})
			if err != nil {
				return err
			}
			l.Records = max(l.Records, records[""])
			for _, cell := range cells {
				amount += cell.Amount
			}
		}
		if t.Def.Adds() {
			l.Amount = big.NewRat(amount, t.Def.Divisor)
		}
		t.leave(l)
	}
	return nil
}

// leftLater tells what was posted or corrected after the checkpoint at which the figure is read.
func (c *Catalogue) leftLater(ctx context.Context, tx *db.Tx, t *Trace, filters []ledger.Filter) error {
	if t.Scope.AsOf == 0 {
		return nil
	}
	l := LeftOut{Why: lang.T(ctx, "存证点之后才入账或更正"), State: "later"}
	for _, f := range filters {
		f.AsOf, f.Since = 0, t.Scope.AsOf
		of, err := ledger.RecordsOf(ctx, tx, f)
		if err != nil {
			return err
		}
		n, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(DISTINCT x.record) FROM ("+of.SQL+") x", of.Args...)
		if err != nil {
			return err
		}
		l.Records = max(l.Records, n)
	}
	live := t.Scope
	live.AsOf = 0
	now, err := c.Value(ctx, tx, live, t.Def.Code)
	if err != nil {
		return err
	}
	if t.Def.Adds() && now.Value != nil && t.Value != nil {
		l.Amount = new(big.Rat).Sub(now.Value, t.Value)
	}
	t.leave(l)
	return nil
}

// leftUncounted tells what the same records say elsewhere and no figure counts.
func (c *Catalogue) leftUncounted(ctx context.Context, tx *db.Tx, t *Trace, filters []ledger.Filter) error {
	all, err := c.uncounted(ctx, tx, t.Def, t.Scope, filters)
	t.LeftOut = append(t.LeftOut, all...)
	return err
}

// Uncounted tells what of the measure that an indicator sums up neither it nor another counts: those who asked at an exhibition,
// where the figure has those of consultations alone. It is part of what a trace leaves out. Forbidden for a scope that the actor may not
// see, NotFound for an unknown code.
func (c *Catalogue) Uncounted(ctx context.Context, tx *db.Tx, scope Scope, code string) ([]LeftOut, error) {
	o, err := c.open(ctx, tx, scope, code)
	if err != nil {
		return nil, err
	}
	return o.uncounted(ctx, tx, o.def, scope, o.filters(o.tree, scope, o.def))
}

// uncounted reads, by the values of the tag that the indicators of a measure ask for, what those without an indicator add up to. A scope
// that is narrowed by the tag leaves nothing else out.
func (c *Catalogue) uncounted(ctx context.Context, tx *db.Tx, d Def, scope Scope, filters []ledger.Filter) (all []LeftOut, err error) {
	tag, values := c.orphans(d)
	if slices.ContainsFunc(scope.Tags, func(t ledger.TagIs) bool { return t.Name == tag }) {
		return nil, nil
	}
	for _, value := range values {
		l := LeftOut{Why: lang.T(ctx, "%s是「%s」，没有指标计入", lang.T(ctx, c.TagName(tag)), lang.T(ctx, c.ValueName(tag, value))), State: "uncounted", Tag: ledger.TagIs{Name: tag, Values: []string{value}}}
		x := raw{inexact: map[ledger.Exactness]int64{}}
		var facts ledger.Filter
		for _, f := range filters {
			f.Tags = append(slices.DeleteFunc(slices.Clone(f.Tags), func(t ledger.TagIs) bool { return t.Name == tag }), l.Tag)
			records, err := ledger.Records(ctx, tx, f, ledger.By{})
			if err != nil {
				return nil, err
			}
			cells, err := ledger.Sums(ctx, tx, f, ledger.By{})
			if err != nil {
				return nil, err
			}
			l.Records, facts = max(l.Records, records[""]), f
			for _, cell := range cells {
				if x.amount += cell.Amount; cell.Exactness != "" && cell.Exactness != ledger.Exact {
					x.inexact[cell.Exactness] += cell.Amount
				}
			}
		}
		if l.Records == 0 || x.amount == 0 {
			continue
		}
		one, err := ledger.List(ctx, tx, facts, 1, 0)
		if err != nil {
			return nil, err
		}
		if len(one) > 0 {
			l.Kind = one[0].Ref.Kind
		}
		l.Amount = big.NewRat(x.amount, d.Divisor)
		if l.Word, err = WordOf(ctx, tx, scope.Period.To, x.amount, x.inexact); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// orphans are the values of a tag with which no indicator counts the measure of a sum: none where the indicators of the measure
// ask for more than that one tag, or for none.
func (c *Catalogue) orphans(d Def) (tag string, values []string) {
	if d.Kind != Sum || len(d.Measures) != 1 || len(d.Where) != 1 || c.several[d.Where[0].Name] {
		return "", nil
	}
	tag, values = d.Where[0].Name, c.TagValues(d.Where[0].Name)
	for _, other := range c.defs {
		if !other.Adds() || !slices.Contains(other.Measures, d.Measures[0]) {
			continue
		}
		if len(other.Where) != 1 || other.Where[0].Name != tag {
			return "", nil
		}
		values = slices.DeleteFunc(values, func(v string) bool { return slices.Contains(other.Where[0].Values, v) })
	}
	return tag, values
}
