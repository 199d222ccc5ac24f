package facility

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
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
	Weeks100       int64 // hundredths of the weeks that it stood within the period, up to today
	End            day.Day
	// Year says that the period is a year that is over and through which it stood: the turnover that R-92 asks for (借阅周转率在40%以上) is one of
	// the annual plans and summaries (003-2, 004-4), counted over their year. A month cannot reach it, so no shorter period fails by it.
	Year bool
}

// kept are the kinds that keep to a rule.
func (r Rules) kept(rule string) (kinds db.List) {
	for _, k := range r.kinds {
		if r.Limit(k.Code, rule) > 0 {
			kinds = append(kinds, k.Code)
		}
	}
	return kinds
}

// lasting are the facilities in sight that stand and whose kind keeps to a rule.
func (s *Service) lasting(ctx context.Context, tx *db.Tx, f flow.Filter, rule string, on day.Day) ([]Cared, error) {
	rules := s.Catalogue.On(on)
	kinds := rules.kept(rule)
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
			if l.facility == c.ID && l.on >= c.Start { // what was logged before does not count
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

// Libraries lists the libraries that stood in a period, with its hours and loans: each as it was on the last of its days in there, so that
// a period that is past is judged by what stood then. Weeks still to come do not count.
func (s *Service) Libraries(ctx context.Context, tx *db.Tx, f flow.Filter, p day.Period, today day.Day) ([]Cared, error) {
	rules := s.Catalogue.On(p.To)
	kinds := rules.kept(TurnoverPercent)
	if len(kinds) == 0 {
		return nil, nil
	}
	tree, err := org.Load(ctx, tx, p.To)
	if err != nil {
		return nil, err
	}
	within := func(st Site) bool {
		return (f.Unit == "" || slices.Contains(tree.UnitSubtree(f.Unit), st.Unit)) && (f.Place == "" || slices.Contains(tree.PlaceSubtree(f.Place), st.Place))
	}
	where, args, err := flow.Filter{Kinds: []string{Kind}, States: []flow.State{flow.Verified}}.Where(ctx, tx, "r")
	if err != nil {
		return nil, err
	}
	stood := map[string]Facility{}
	all, err := db.All(ctx, tx, func(scan db.Scanner) (c Cared, err error) {
		var body string
		if err = scan.Scan(append(c.Fields(), &c.FacilityKind, &c.Start, &body)...); err == nil {
			stood[c.ID], err = register.Decode[Facility](body)
		}
		return c, err
	}, "SELECT "+flow.Columns("r")+", c.facility_kind, c.start_day, v.body FROM "+s.From()+
		" JOIN record_version v ON v.association = r.association AND v.record = r.id AND v.version = "+flow.StandingVersion+
		" WHERE "+where+" AND c.association = r.association AND c.facility_kind IN (?) AND c.start_day <= ?", append(args, kinds, p.To)...)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(c Cared) bool {
		one := stood[c.ID]
		last := one.lastIn(p)
		return last == "" || !within(one.On(last).Site)
	})
	slices.SortFunc(all, func(a, b Cared) int { return strings.Compare(a.ID, b.ID) }) // here, as in lasting
	logs, err := s.logged(ctx, tx, all, []string{logOpen, logLoan}, p, flow.Verified)
	if err != nil {
		return nil, err
	}
	for i := range all {
		c := &all[i]
		one := stood[c.ID]
		c.Rule, c.Place, c.End = rules.Limit(c.FacilityKind, TurnoverPercent), one.On(one.lastIn(p)).Place, one.end()
		if v := one.On(one.lastIn(p)).Values["books"]; v != nil {
			c.Books = &v.N
		}
		if from, to := max(p.From, c.Start), min(one.lastIn(p), today); from <= to {
			c.Weeks100 = int64(from.Days(to)) * 100 / 7
		}
		c.Year = p.To <= today && c.Start <= p.From && one.lastIn(p) == p.To && aYear(p)
		for _, l := range logs {
			switch {
			case l.facility != c.ID || !one.On(l.on).Standing:
			case l.kind == logOpen:
				c.Minutes += l.amount
			default:
				c.Loans += l.amount
			}
		}
	}
	return all, nil
}

// aYear reports whether a period is a year long, from whatever day on.
func aYear(p day.Period) bool {
	next := p.To.Add(1)
	return next.Year() == p.From.Year()+1 && next.Month() == p.From.Month() && next.Date() == p.From.Date()
}

// lastIn is the last day of a period on which the facility stands; "" when it does on none of them.
func (f Facility) lastIn(p day.Period) day.Day {
	last := p.To
	if end := f.end(); end != "" && end <= last {
		last = end.Add(-1)
	}
	if f.Stage != InUse || f.Start == "" || last < max(p.From, f.Start) {
		return ""
	}
	return last
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
