package training

import (
	"context"
	"slices"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// The views of the list, as the address names them.
const (
	viewAll      = ""
	viewVerify   = "verify"
	viewReturned = "returned"
	viewDraft    = "draft"
	viewMonth    = "month"
	viewUnproved = "unproved"
)

// listed is what the address asks of the list: scope, view, search and filters.
type listed struct {
	Query
	view       string
	ownPeriod  bool            // the address names a period
	scope      indicator.Scope // that the filters narrow the page's scope to
	scopeSays  bool            // the scope says all that restricts the list
	known      bool            // false for a filter of an old bookmark that nothing has
	month      day.Period
	everything bool // neither filtered nor searched
}

// listed reads the address of the visit. Without a period in it the list has the whole year, and what waits whatever its year:
// the usual period «今年到今天» hides neither what is planned nor what is left to do.
func (p *pages) listed(v *desk.Visit, onlyMine bool) listed {
	get := v.At.Get
	l := listed{view: get("view"), ownPeriod: get("period") != "", scope: v.Scope, scopeSays: true, known: true, month: day.Month(v.Today.Year(), v.Today.Month())}
	l.Filter = flow.Filter{Kinds: []string{Kind}, Unit: v.Scope.Unit, Place: v.Scope.Place, From: v.Scope.Period.From, To: v.Scope.Period.To,
		States: []flow.State{flow.Draft, flow.Submitted, flow.Verified, flow.Returned}}
	l.everything = get("q") == "" && l.view == viewAll
	if !l.ownPeriod {
		l.To = ""
	}
	waiting := func() {
		l.scopeSays = false
		if !l.ownPeriod {
			l.From = ""
		}
	}
	switch l.view {
	case viewVerify:
		waiting()
		l.ToVerify = true
	case viewReturned:
		waiting()
		l.States = []flow.State{flow.Returned}
		if onlyMine {
			l.Author = v.Actor.Account
		}
	case viewDraft:
		waiting()
		l.States, l.Author = []flow.State{flow.Draft}, v.Actor.Account
	case viewMonth:
		l.within(l.month)
	case viewUnproved:
		l.Unproved, l.scopeSays = true, false
	default:
		l.view = viewAll
	}
	if l.Text = get("q"); l.Text != "" {
		l.scopeSays = false
	}
	if l.Batch = get("batch"); l.Batch != "" { // the records of one import, whatever their year
		l.everything, l.scopeSays = false, false
		if !l.ownPeriod {
			l.From, l.To = "", ""
		}
	}
	if code := get("figure"); code != "" {
		p.counted(v, &l, code)
	}
	p.filters(v, &l)
	return l
}

// counted narrows the list to the classes that a figure counts in the page's scope, whatever became of them since: the trace of
// the figure leads here.
func (p *pages) counted(v *desk.Visit, l *listed, code string) {
	l.everything, l.scopeSays = false, false
	l.From, l.To, l.Unit, l.Place = "", "", "", ""
	if l.view == viewAll {
		l.States = nil
	}
	scope := v.Scope
	l.Counted = func(ctx context.Context, tx *db.Tx) (ledger.Condition, error) {
		return v.Indicators.Records(ctx, tx, scope, code)
	}
}

// filters reads what the filter bar says.
func (p *pages) filters(v *desk.Visit, l *listed) {
	get := v.At.Get
	if state := flow.State(get("state")); state != "" {
		l.everything = false
		if slices.Contains([]flow.State{flow.Draft, flow.Submitted, flow.Verified, flow.Returned, flow.Voided}, state) {
			l.States = []flow.State{state}
		} else {
			l.known = false
		}
		l.scopeSays = l.scopeSays && state == flow.Verified
	}
	tag := func(name, value string) {
		l.everything = false
		l.scope.Tags = append(slices.Clone(l.scope.Tags), ledger.TagIs{Name: name, Values: []string{value}})
	}
	if l.ClassKind = get("kind"); l.ClassKind != "" {
		tag("kind", l.ClassKind)
	}
	if l.Subject = get("subject"); l.Subject != "" {
		tag("subject", l.Subject)
	}
	for _, t := range v.Scope.Tags { // those of the scope bar that the list knows
		switch {
		case l.Counted != nil: // the figure has counted by them
		case t.Name == "kind" && len(t.Values) == 1 && l.ClassKind == "":
			l.ClassKind = t.Values[0]
		case t.Name == "subject" && len(t.Values) == 1 && l.Subject == "":
			l.Subject = t.Values[0]
		default:
			l.scopeSays = false
		}
	}
	if code := get("town"); code != "" {
		l.everything = false
		place, ok := v.Tree.PlaceByCode(code)
		switch {
		case !ok:
			l.known = false
		default:
			l.Town = place.ID
		}
		l.scopeSays = l.scopeSays && ok && v.Scope.Unit == "" && v.Scope.Place == "" && place.ID != v.Tree.Root().ID
		if l.scopeSays {
			l.scope.Place = place.ID
		}
	}
	from, fromErr := day.Parse(get("day_from"))
	to, toErr := day.Parse(get("day_to"))
	if fromErr != nil {
		from = ""
	}
	if toErr != nil {
		to = ""
	}
	if from != "" || to != "" {
		l.everything = false
		l.within(day.Period{From: from, To: to})
	}
}

// within narrows the days; an empty end does not.
func (l *listed) within(p day.Period) {
	if p.From > l.From {
		l.From, l.scope.Period.From = p.From, max(p.From, l.scope.Period.From)
	}
	if p.To != "" && (l.To == "" || p.To < l.To) {
		l.To = p.To
		if p.To < l.scope.Period.To {
			l.scope.Period.To = p.To
		}
	}
	if l.scope.Period.From > l.scope.Period.To {
		l.scopeSays = false
	}
}
