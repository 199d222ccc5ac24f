package pages

import (
	"context"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// The views of a list, as the address names them. A module's own have other names.
const (
	viewAll      = ""
	viewVerify   = "verify"
	viewReturned = "returned"
	viewDraft    = "draft"
	viewMonth    = "month"
	viewUnproved = "unproved"
)

// Listed is what the address asks of a list: scope, view, search and filters.
type Listed struct {
	register.Query
	View       string
	OwnPeriod  bool            // the address names a period
	Scope      indicator.Scope // that the filters narrow the page's scope to
	Agrees     bool            // the scope says all that restricts the list, so that a figure can say the same
	Known      bool            // false for a filter of an old bookmark that nothing has
	Everything bool            // neither filtered nor searched

	words string // that the filters add to the sentence of an empty list: 「核桃」
}

// View is a tab that a module adds.
type View struct {
	Key, Label string // as the address and the tab name it
	Narrow     func(v *desk.Visit, l *Listed)
}

// Filter is a control of the filter bar that a module adds. A record passes whose column of the row c has the value, or what Where
// says.
type Filter[W any] struct {
	Key, Label string
	Find       bool // a field to search the options
	Options    func(v *desk.Visit, w W) []page.Option
	Column     string // class_kind
	Where      func(value string) ledger.Condition
	// Tag is the name under which facts carry the value: the foot then opens the figure so narrowed, and a scope that has the tag
	// narrows the list. "" for what facts do not carry.
	Tag   string
	Named bool // the sentence of an empty list names the value
}

// reset are the parameters of the address that a view without filters does not have.
func (p *Pages[T, W]) reset(also ...string) []string {
	keys := append([]string{"view", "q", "town", "state", "figure", "day_from", "day_to", "sort"}, also...)
	for _, f := range p.List.Filters {
		keys = append(keys, f.Key)
	}
	return keys
}

// listed reads the address of the visit. Without a period in it the list has the whole year, and what waits whatever its year:
// the usual period «今年到今天» hides neither what is planned nor what is left to do. What stands (List.Stands) is listed from the
// beginning.
func (p *Pages[T, W]) listed(v *desk.Visit) Listed {
	get := v.At.Get
	l := Listed{View: get("view"), OwnPeriod: get("period") != "", Scope: v.Scope, Agrees: true, Known: true}
	l.Filter = flow.Filter{Kinds: []string{p.Book.Kind}, Unit: v.Scope.Unit, Place: v.Scope.Place, From: v.Scope.Period.From, To: v.Scope.Period.To,
		States: []flow.State{flow.Draft, flow.Submitted, flow.Verified, flow.Returned}}
	l.Everything = get("q") == "" && l.View == viewAll
	if !l.OwnPeriod {
		l.To = ""
	}
	if p.List.Stands {
		l.From = ""
	}
	p.view(v, &l)
	if l.Text = get("q"); l.Text != "" {
		l.Agrees = false
	}
	if l.Batch = get("batch"); l.Batch != "" { // the records of one import, whatever their year
		l.Everything, l.Agrees = false, false
		if !l.OwnPeriod {
			l.From, l.To = "", ""
		}
	}
	if code := get("figure"); code != "" {
		counted(v, &l, code)
	}
	p.filters(v, &l)
	if p.List.Narrow != nil {
		p.List.Narrow(v, &l)
	}
	return l
}

// view narrows the list to the tab.
func (p *Pages[T, W]) view(v *desk.Visit, l *Listed) {
	switch l.View {
	case viewVerify:
		l.Waiting()
		l.ToVerify = true
	case viewReturned:
		l.Waiting()
		l.States = []flow.State{flow.Returned}
		if !v.Actor.May(access.Check, p.Book.Kind) {
			l.Author = v.Actor.Account
		}
	case viewDraft:
		l.Waiting()
		l.States, l.Author = []flow.State{flow.Draft}, v.Actor.Account
	case viewMonth:
		l.Within(day.Month(v.Today.Year(), v.Today.Month()))
	case viewUnproved:
		l.Unproved, l.Agrees = true, false
	default:
		for _, own := range p.List.Views {
			if own.Key == l.View {
				own.Narrow(v, l)
				return
			}
		}
		l.View = viewAll
	}
}

// Waiting lets the list have what waits whatever its year; no figure says the same.
func (l *Listed) Waiting() {
	l.Agrees = false
	if !l.OwnPeriod {
		l.From = ""
	}
}

// Where narrows the list by what no figure is narrowed by.
func (l *Listed) Where(c ledger.Condition) {
	l.Agrees = false
	l.Only = append(slices.Clone(l.Only), c)
}

// counted narrows the list to the records that a figure counts in the page's scope, whatever became of them since: the trace of
// the figure leads here.
func counted(v *desk.Visit, l *Listed, code string) {
	l.Everything, l.Agrees = false, false
	l.From, l.To, l.Unit, l.Place = "", "", "", ""
	if l.View == viewAll {
		l.States = nil
	}
	scope := v.Scope
	l.Counted = func(ctx context.Context, tx *db.Tx) (ledger.Condition, error) {
		return v.Indicators.Records(ctx, tx, scope, code)
	}
}

// filters reads what the filter bar says.
func (p *Pages[T, W]) filters(v *desk.Visit, l *Listed) {
	get := v.At.Get
	if state := flow.State(get("state")); state != "" {
		l.Everything = false
		if slices.Contains(states, state) {
			l.States = []flow.State{state}
		} else {
			l.Known = false
		}
		l.Agrees = l.Agrees && state == flow.Verified
	}
	p.ownFilters(v, l)
	if code := get("town"); code != "" {
		l.Everything = false
		place, ok := v.Tree.PlaceByCode(code)
		if ok {
			l.Town = place.ID
		}
		l.Known = l.Known && ok
		l.Agrees = l.Agrees && ok && v.Scope.Unit == "" && v.Scope.Place == "" && place.ID != v.Tree.Root().ID
		if l.Agrees {
			l.Scope.Place = place.ID
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
		l.Everything = false
		l.Within(day.Period{From: from, To: to})
	}
}

// ownFilters reads the module's filters, and the tags of the scope bar that the list knows.
func (p *Pages[T, W]) ownFilters(v *desk.Visit, l *Listed) {
	passes := func(f Filter[W], value string) {
		c := ledger.Condition{SQL: "c." + f.Column + " = ?", Args: []any{value}}
		if f.Where != nil {
			c = f.Where(value)
		}
		l.Only = append(l.Only, c)
		if f.Named {
			l.words += v.T("「%s」", v.Indicators.ValueName(f.Tag, value))
		}
	}
	for _, f := range p.List.Filters {
		value := v.At.Get(f.Key)
		if value == "" {
			continue
		}
		l.Everything = false
		passes(f, value)
		if f.Tag == "" {
			l.Agrees = false
		} else {
			l.Scope.Tags = append(slices.Clone(l.Scope.Tags), ledger.TagIs{Name: f.Tag, Values: []string{value}})
		}
	}
	for _, t := range v.Scope.Tags {
		i := slices.IndexFunc(p.List.Filters, func(f Filter[W]) bool { return f.Tag == t.Name && v.At.Get(f.Key) == "" })
		switch {
		case l.Counted != nil: // the figure has counted by them
		case i >= 0 && len(t.Values) == 1:
			passes(p.List.Filters[i], t.Values[0])
		default:
			l.Agrees = false
		}
	}
}

// Within narrows the days; an empty end does not.
func (l *Listed) Within(p day.Period) {
	if p.From > l.From {
		l.From, l.Scope.Period.From = p.From, max(p.From, l.Scope.Period.From)
	}
	if p.To != "" && (l.To == "" || p.To < l.To) {
		l.To = p.To
		if p.To < l.Scope.Period.To {
			l.Scope.Period.To = p.To
		}
	}
	if l.Scope.Period.From > l.Scope.Period.To {
		l.Agrees = false
	}
}
