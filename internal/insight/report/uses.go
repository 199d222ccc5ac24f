package report

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

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

const (
	lastYear = "last:" // before a code whose figure is of the same period a year earlier
	asksNone = "-"
)

// codesOf writes which figures an outline asks for, as reports keep it.
func codesOf(o Outline) string {
	all, _ := o.asks(false)
	last, _ := o.asks(true)
	for _, code := range last {
		all = append(all, lastYear+code)
	}
	return cmp.Or(strings.Join(all, " "), asksNone)
}

// asked are the codes of the figures that a report asks for, of its period and of the same a year earlier.
func (r Stored) asked() (now, last []string, err error) {
	text := r.codes
	if text == "" {
		o, err := ParseOutline(r.Outline, r.Text)
		if err != nil {
			return nil, nil, err
		}
		text = codesOf(o)
	}
	for _, word := range strings.Fields(text) {
		switch code, earlier := strings.CutPrefix(word, lastYear); {
		case earlier:
			last = append(last, code)
		case word != asksNone:
			now = append(now, code)
		}
	}
	return now, last, nil
}

// asks lists what a report asks for, by period. One whose text cannot be read any more asks for nothing.
func (r Stored) asks() (all []asking) {
	now, last, err := r.asked()
	if err != nil {
		return nil
	}
	for _, a := range []asking{{r.Period, now}, {r.Period.LastYear(), last}} {
		if len(a.codes) > 0 {
			all = append(all, a)
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
	counting, _, err := s.counting(ctx, tx, all, []string{ref.ID})
	return counting, err
}

// Frozen lists the frozen reports that the actor may see and whose figures count facts of the records, and how many of the records
// any of them counts. The one changed last is the first.
func (s *Service) Frozen(ctx context.Context, tx *db.Tx, records []string) (in []Stored, counted int, err error) {
	all, err := list(ctx, tx)
	if err != nil {
		return nil, 0, err
	}
	if all, err = s.seen(ctx, tx, slices.DeleteFunc(all, func(r Stored) bool { return r.Final == nil })); err != nil {
		return nil, 0, err
	}
	return s.counting(ctx, tx, all, records)
}

// counting keeps those of the reports that count any of the records, and says how many of these are counted by any.
func (s *Service) counting(ctx context.Context, tx *db.Tx, all []Stored, records []string) (in []Stored, counted int, err error) {
	c := counter{Service: s, records: records, fed: map[state]map[string][]string{}}
	if c.days, err = daysOf(ctx, tx, records); err != nil || c.days == (day.Period{}) {
		return nil, 0, err
	}
	every := map[string]bool{}
	for _, r := range all {
		of, err := c.counted(ctx, tx, r)
		if err != nil {
			return nil, 0, err
		}
		if len(of) > 0 {
			in = append(in, r)
			maps.Copy(every, of)
		}
	}
	return in, len(every), nil
}

// counter tells of many reports which of the records they count. Those of the same scope and state are asked once.
type counter struct {
	*Service
	records []string
	days    day.Period // from the first to the last day of their facts, those taken back too
	fed     map[state]map[string][]string
}

// daysOf is from the first to the last day on which the records have ever had a fact; nothing where they have had none.
func daysOf(ctx context.Context, tx *db.Tx, records []string) (days day.Period, err error) {
	for part := range slices.Chunk(records, atOnce) {
		posted, err := ledger.List(ctx, tx, ledger.Filter{Records: part}, 0, 0)
		if err != nil {
			return days, err
		}
		for _, p := range posted {
			if days.From == "" || p.Fact.Day < days.From {
				days.From = p.Fact.Day
			}
			days.To = max(days.To, p.Fact.Day)
		}
	}
	return days, nil
}

// state is a scope as it stood at a checkpoint; 0 is now.
type state struct {
	period      day.Period
	unit, place string
	asOf        int64
}

// counted are the records whose facts a figure of the report counts.
func (c counter) counted(ctx context.Context, tx *db.Tx, r Stored) (map[string]bool, error) {
	var asOf int64
	if r.Final != nil {
		asOf = r.Final.Checkpoint
	}
	of := map[string]bool{}
	for _, a := range r.asks() {
		if a.period.To < c.days.From || c.days.To < a.period.From {
			continue
		}
		fed, err := c.feeds(ctx, tx, state{a.period, r.Unit, r.Place, asOf})
		if err != nil {
			return nil, err
		}
		for record, codes := range fed {
			if slices.ContainsFunc(a.codes, func(code string) bool { return slices.Contains(codes, code) }) {
				of[record] = true
			}
		}
	}
	return of, nil
}

// atOnce is how many records a look at the ledger asks for.
const atOnce = 200

// feeds lists by record the indicators that count its facts that stand in the state.
func (c counter) feeds(ctx context.Context, tx *db.Tx, in state) (map[string][]string, error) {
	fed, known := c.fed[in]
	if known {
		return fed, nil
	}
	fed = map[string][]string{}
	for part := range slices.Chunk(c.records, atOnce) {
		posted, err := ledger.List(ctx, tx, ledger.Filter{Records: part, From: in.period.From, To: in.period.To, Unit: in.unit, Place: in.place, AsOf: in.asOf}, 0, 0)
		if err != nil {
			return nil, err
		}
		stand := map[string][]ledger.Fact{}
		for _, p := range posted {
			if p.Reverses == "" && p.ReversedBy == "" {
				stand[p.Ref.ID] = append(stand[p.Ref.ID], p.Fact)
			}
		}
		for record, facts := range stand {
			if fed[record], err = c.Indicators.FedBy(ctx, tx, in.period.To, facts); err != nil {
				return nil, err
			}
		}
	}
	c.fed[in] = fed
	return fed, nil
}
