package board

import (
	"context"
	"slices"
	"time"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// The settings that say after how many days something is late.
const (
	ReturnedDays  = "late_returned_days"
	SubmittedDays = "late_submitted_days"
	DraftDays     = "late_draft_days"
)

// Days are how long records may wait: returned ones to be filled in again, submitted ones to be verified, drafts to be submitted.
type Days struct{ Returned, Submitted, Draft int64 }

// Usual holds where an association has not set other days.
var Usual = Days{Returned: 7, Submitted: 7, Draft: 30}

// DaysOf reads the days that are in force on a day.
func DaysOf(ctx context.Context, tx *db.Tx, on day.Day) (Days, error) {
	d := Usual
	for _, s := range []struct {
		name string
		into *int64
	}{{ReturnedDays, &d.Returned}, {SubmittedDays, &d.Submitted}, {DraftDays, &d.Draft}} {
		if err := org.Setting(ctx, tx, s.name, on, s.into); err != nil {
			return d, err
		}
	}
	return d, nil
}

// Allowed is how many days a record may stand in a state.
func (d Days) Allowed(s flow.State) int64 {
	switch s {
	case flow.Returned:
		return d.Returned
	case flow.Submitted:
		return d.Submitted
	}
	return d.Draft
}

// Patience is until when a record may have come into its state without being late today.
func (d Days) Patience(today day.Day, zone *time.Location) flow.Patience {
	p := flow.Patience{}
	for _, s := range []flow.State{flow.Returned, flow.Submitted, flow.Draft} {
		first := today.Add(-int(d.Allowed(s))).Time() // midnight in UTC of the first day that is not late
		p[s] = time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, zone).UnixMilli()
	}
	return p
}

// Over is by how many days something that has stood in a state since an instant is late today.
func (d Days) Over(s flow.State, since int64, today day.Day, zone *time.Location) int64 {
	return int64(day.At(time.UnixMilli(since).In(zone), zone).Days(today)) - 1 - d.Allowed(s)
}

// Late is what of a kind has waited too long in a state.
type Late struct {
	Kind  string
	State flow.State
	N     int64
	Units []string // by how much of it is theirs
	Over  int64    // days by which the oldest is late
}

// LateOf gathers what of the filter's records is late today: returned ones, then submitted ones, then drafts.
func LateOf(ctx context.Context, tx *db.Tx, f flow.Filter, d Days, today day.Day, zone *time.Location) ([]Late, error) {
	stuck, err := flow.Overdue(ctx, tx, f, d.Patience(today, zone))
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(stuck, func(a, b flow.Stuck) int { return int(b.N - a.N) })
	var all []Late
	for _, s := range stuck {
		i := slices.IndexFunc(all, func(l Late) bool { return l.Kind == s.Kind && l.State == s.State })
		if i < 0 {
			i, all = len(all), append(all, Late{Kind: s.Kind, State: s.State})
		}
		l := &all[i]
		l.N += s.N
		l.Units = append(l.Units, s.Unit)
		l.Over = max(l.Over, d.Over(s.State, s.Since, today, zone))
	}
	order := []flow.State{flow.Returned, flow.Submitted, flow.Draft}
	slices.SortStableFunc(all, func(a, b Late) int { return slices.Index(order, a.State) - slices.Index(order, b.State) })
	return all, nil
}
