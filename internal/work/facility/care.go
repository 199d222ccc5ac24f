package facility

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// The kinds of log that the rules of care look at. Their codes are fixed: facility-logs.csv must have them (ReadCatalogue).
const (
	logChange = "change"
	logOpen   = "open"
	logLoan   = "loan"
)

// due is the day by which the content of a facility must be changed again, when it is to be changed so many times a year: the end of
// the part of the year (the quarter, where it is four times) after the one in which that was done last, or, when it never was, in
// which the facility came into use.
func due(last day.Day, aYear int64) day.Day {
	months := int(12 / aYear)
	part := (last.Year()*12+last.Month()-1)/months + 1 // the one after
	next := (part + 1) * months
	return day.Month(next/12, next%12+1).From.Add(-1)
}

// kept is how many of the parts of the year that are over within a period saw a change, and how many there were, counted as due has
// it: in the part in which the facility came into use nothing was due yet.
func kept(p day.Period, start day.Day, changes []day.Day, aYear int64) (done, all int) {
	months := int(12 / aYear)
	part := func(d day.Day) int { return (d.Year()*12 + d.Month() - 1) / months }
	for n := max(part(p.From), part(start)+1); ; n++ {
		next := (n + 1) * months
		if last := day.Month(next/12, next%12+1).From.Add(-1); last > p.To {
			return done, all
		}
		all++
		if slices.ContainsFunc(changes, func(d day.Day) bool { return part(d) == n }) {
			done++
		}
	}
}

// Cared is a facility that a rule of care looks at, with what its logs say. Rule is the number that it is to keep to.
type Cared struct {
	flow.Head
	FacilityKind string
	Start        day.Day
	Staff, Books *int64
	Rule         int64

	Changes []day.Day // days of changed content, waiting ones too: who has done it is not late
	Due     day.Day
	Late    int // days

	Minutes, Loans int64 // verified ones, within the period
	Weeks100       int64 // hundredths of the weeks that it stood within the period
}

// lasting are the facilities in sight that stand and whose kind keeps to a rule.
func (s *Service) lasting(ctx context.Context, tx *db.Tx, f flow.Filter, rule string, on day.Day) ([]Cared, error) {
	rules := s.Catalogue.On(on)
	var kinds db.List
	for _, k := range rules.Kinds() {
		if rules.Limit(k.Code, rule) > 0 {
			kinds = append(kinds, k.Code)
		}
	}
	if len(kinds) == 0 {
		return nil, nil
	}
	f.Kinds, f.States, f.Life, f.From, f.To = []string{Kind}, []flow.State{flow.Verified}, []string{string(InUse), Broken}, "", ""
	where, args, err := f.Where(ctx, tx, "r")
	if err != nil {
		return nil, err
	}
	cared, err := db.All(ctx, tx, func(scan db.Scanner) (c Cared, err error) {
		err = scan.Scan(append(c.Fields(), &c.FacilityKind, &c.Start, &c.Staff, &c.Books)...)
		c.Rule = rules.Limit(c.FacilityKind, rule)
		return c, err
	}, "SELECT "+flow.Columns("r")+", c.facility_kind, c.start_day, c.staff, c.books FROM "+s.From()+
		" WHERE "+where+" AND c.association = r.association AND c.facility_kind IN (?)", append(args, kinds)...)
	// Sorted here: asked to sort, SQLite would go through the records of all kinds in the order of their ids.
	slices.SortFunc(cared, func(a, b Cared) int { return strings.Compare(a.ID, b.ID) })
	return cared, err
}

// said is a log as the rules of care read it.
type loggedAt struct {
	facility, kind string
	on             day.Day
	amount         int64
}

// logged reads the logs of facilities of a kind between two days, those of the states.
func (s *Service) logged(ctx context.Context, tx *db.Tx, of []Cared, kinds []string, p day.Period, states ...flow.State) ([]loggedAt, error) {
	var all []loggedAt
	for chunk := range slices.Chunk(of, 400) {
		ids, which, in := db.List{}, db.List{}, db.List{}
		for _, c := range chunk {
			ids = append(ids, c.ID)
		}
		for _, k := range kinds {
			which = append(which, k)
		}
		for _, st := range states {
			in = append(in, string(st))
		}
		some, err := db.All(ctx, tx, func(scan db.Scanner) (l loggedAt, err error) {
			err = scan.Scan(&l.facility, &l.kind, &l.on, &l.amount)
			return l, err
		}, `SELECT c.facility, c.log_kind, c.day, COALESCE(c.amount, 0) FROM facility_log c JOIN record r ON r.association = c.association AND r.id = c.id
			WHERE c.association = ? AND c.facility IN (?) AND c.log_kind IN (?) AND c.day >= ? AND c.day <= ? AND r.state IN (?) ORDER BY c.day`,
			org.Of(ctx), ids, which, p.From, p.To, in)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Overdue lists the facilities whose content is to be changed so often, the latest first, by when each is due.
func (s *Service) Overdue(ctx context.Context, tx *db.Tx, f flow.Filter, today day.Day) ([]Cared, error) {
	all, err := s.lasting(ctx, tx, f, ChangesAYear, today)
	if err != nil {
		return nil, err
	}
	logs, err := s.logged(ctx, tx, all, []string{logChange}, day.Period{From: oldest, To: today}, flow.Submitted, flow.Verified)
	if err != nil {
		return nil, err
	}
	for i := range all {
		c := &all[i]
		last := c.Start
		for _, l := range logs {
			if l.facility == c.ID {
				c.Changes = append(c.Changes, l.on)
				last = max(last, l.on)
			}
		}
		if c.Due = due(last, c.Rule); c.Due < today {
			c.Late = c.Due.Days(today) - 1
		}
	}
	slices.SortStableFunc(all, func(a, b Cared) int { return strings.Compare(string(a.Due), string(b.Due)) })
	return all, nil
}

// Libraries lists the libraries with the hours and loans of a period.
func (s *Service) Libraries(ctx context.Context, tx *db.Tx, f flow.Filter, p day.Period) ([]Cared, error) {
	all, err := s.lasting(ctx, tx, f, TurnoverPercent, p.To)
	if err != nil {
		return nil, err
	}
	logs, err := s.logged(ctx, tx, all, []string{logOpen, logLoan}, p, flow.Verified)
	if err != nil {
		return nil, err
	}
	for i := range all {
		c := &all[i]
		if from := max(p.From, c.Start); from <= p.To {
			c.Weeks100 = int64(from.Days(p.To)) * 100 / 7
		}
		for _, l := range logs {
			switch {
			case l.facility != c.ID:
			case l.kind == logOpen:
				c.Minutes += l.amount
			default:
				c.Loans += l.amount
			}
		}
	}
	return all, nil
}

// Understaffed lists the points whose staff is not as many as it should be.
func (s *Service) Understaffed(ctx context.Context, tx *db.Tx, f flow.Filter, today day.Day) ([]Cared, error) {
	all, err := s.lasting(ctx, tx, f, StaffLeast, today)
	rules := s.Catalogue.On(today)
	return slices.DeleteFunc(all, func(c Cared) bool {
		most := rules.Limit(c.FacilityKind, StaffMost)
		return c.Staff != nil && *c.Staff >= c.Rule && (most == 0 || *c.Staff <= most)
	}), err
}
