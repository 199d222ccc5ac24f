package report

import (
	"context"
	"slices"

	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// asking is a period that a report has figures of, its own or the same a year earlier, with their codes.
type asking struct {
	period day.Period
	codes  []string
}

// asks lists what a report asks for, by period. One whose text cannot be read any more asks for nothing.
func (r Stored) asks() (all []asking) {
	o, err := ParseOutline(r.Outline, r.Text)
	if err != nil {
		return nil
	}
	for period, last := range map[day.Period]bool{r.Period: false, r.Period.LastYear(): true} {
		if codes, _ := o.asks(last); len(codes) > 0 {
			all = append(all, asking{period, codes})
		}
	}
	return all
}

// Printing lists the reports that the actor may see and that print the figure: of the scope's unit or place, and of days that are
// also the scope's. The one changed last is the first.
func (s *Service) Printing(ctx context.Context, tx *db.Tx, scope indicator.Scope, code string) ([]Stored, error) {
	all, err := list(ctx, tx)
	if err != nil {
		return nil, err
	}
	return s.seen(ctx, tx, slices.DeleteFunc(all, func(r Stored) bool {
		return r.Unit != scope.Unit || r.Place != scope.Place || !slices.ContainsFunc(r.asks(), func(a asking) bool {
			return a.period.From <= scope.Period.To && scope.Period.From <= a.period.To && slices.Contains(a.codes, code)
		})
	}))
}

// Counting lists the reports that the actor may see and whose figures count facts of the record: a draft those that stand now, a
// frozen one those that stood at its checkpoint. The one changed last is the first.
func (s *Service) Counting(ctx context.Context, tx *db.Tx, ref id.Ref) ([]Stored, error) {
	all, err := list(ctx, tx)
	if err != nil {
		return nil, err
	}
	if all, err = s.seen(ctx, tx, all); err != nil {
		return nil, err
	}
	c := counter{Service: s, record: ref.ID, fed: map[state][]string{}}
	var counting []Stored
	for _, r := range all {
		counts, err := c.counts(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		if counts {
			counting = append(counting, r)
		}
	}
	return counting, nil
}

// counter tells of many reports whether they count a record. Those of the same scope and state are asked once.
type counter struct {
	*Service
	record string
	fed    map[state][]string
}

// state is a scope as it stood at a checkpoint; 0 is now.
type state struct {
	period      day.Period
	unit, place string
	asOf        int64
}

// counts reports whether a figure of the report counts facts of the record.
func (c counter) counts(ctx context.Context, tx *db.Tx, r Stored) (bool, error) {
	var asOf int64
	if r.Final != nil {
		asOf = r.Final.Checkpoint
	}
	for _, a := range r.asks() {
		fed, err := c.feeds(ctx, tx, state{a.period, r.Unit, r.Place, asOf})
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(a.codes, func(code string) bool { return slices.Contains(fed, code) }) {
			return true, nil
		}
	}
	return false, nil
}

// feeds lists the indicators that count the record's facts that stand in it.
func (c counter) feeds(ctx context.Context, tx *db.Tx, in state) ([]string, error) {
	fed, known := c.fed[in]
	if known {
		return fed, nil
	}
	posted, err := ledger.List(ctx, tx, ledger.Filter{Record: c.record, From: in.period.From, To: in.period.To, Unit: in.unit, Place: in.place, AsOf: in.asOf}, 0, 0)
	if err != nil {
		return nil, err
	}
	var stand []ledger.Fact
	for _, p := range posted {
		if p.Reverses == "" && p.ReversedBy == "" {
			stand = append(stand, p.Fact)
		}
	}
	if len(stand) > 0 {
		if fed, err = c.Indicators.FedBy(ctx, tx, in.period.To, stand); err != nil {
			return nil, err
		}
	}
	c.fed[in] = fed
	return fed, nil
}
