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
	var counting []Stored
	for _, r := range all {
		counts, err := s.counts(ctx, tx, r, ref)
		if err != nil {
			return nil, err
		}
		if counts {
			counting = append(counting, r)
		}
	}
	return s.seen(ctx, tx, counting)
}

// counts reports whether a figure of the report counts facts of the record.
func (s *Service) counts(ctx context.Context, tx *db.Tx, r Stored, ref id.Ref) (bool, error) {
	var asOf int64
	if r.Final != nil {
		asOf = r.Final.Checkpoint
	}
	for _, a := range r.asks() {
		posted, err := ledger.List(ctx, tx, ledger.Filter{Record: ref.ID, From: a.period.From, To: a.period.To, Unit: r.Unit, Place: r.Place, AsOf: asOf}, 0, 0)
		if err != nil {
			return false, err
		}
		var stand []ledger.Fact
		for _, p := range posted {
			if p.Reverses == "" && p.ReversedBy == "" {
				stand = append(stand, p.Fact)
			}
		}
		if len(stand) == 0 {
			continue
		}
		fed, err := s.Indicators.FedBy(ctx, tx, a.period.To, stand)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(a.codes, func(code string) bool { return slices.Contains(fed, code) }) {
			return true, nil
		}
	}
	return false, nil
}
