package activity

import (
	"context"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
)

// row is the standing version of an activity as lists and matches need it.
var row = register.Row[Activity]{
	Table: "activity",
	Columns: []string{"category", "start_day", "end_day", "venue", "site", "host", "parent", "shares_open", "onsite", "onsite_exactness", "online",
		"panels", "materials", "stops"},
	Values: func(a Activity) []any {
		onsite, exactness := a.total(countOnsite).Row()
		online, _ := a.total(countOnline).Row()
		panels, _ := a.total("panels").Row()
		return []any{a.Category, a.Start, a.countingDay(), a.Venue, a.Site, a.Host, a.Parent, a.Open, onsite, exactness, online, panels,
			copies(a.Materials), len(a.Stops)}
	},
}

// copies is how many copies were given away: without bags and tickets.
func copies(all []Material) (n int64) {
	for _, m := range all {
		if m.Kind != "giveaway" && m.Kind != "ticket" {
			n += m.Copies.N
		}
	}
	return n
}

var campaignLines = register.Lines[Activity]{
	Table: "activity_campaign", Columns: []string{"campaign"},
	Values: func(a Activity) (all [][]any) {
		for _, c := range a.Campaigns {
			all = append(all, []any{c})
		}
		return all
	},
}

var partnerLines = register.Lines[Activity]{
	Table: "activity_partner", Columns: []string{"role", "unit", "name"},
	Values: func(a Activity) (all [][]any) {
		for _, p := range a.Partners {
			all = append(all, []any{p.Role, p.Unit, p.Name})
		}
		return all
	},
}

// shareRow is the standing version of a share.
var shareRow = register.Row[Share]{
	Table: "activity_share", Columns: []string{"activity", "unit", "client"},
	Values: func(s Share) []any { return []any{s.Activity, s.Unit, s.Client} },
}

// sharesOf reads the shares of an activity that are not voided, in the order in which units entered them, whoever may see each: who
// sees the event sees what it is made of.
func (s *Service) sharesOf(ctx context.Context, tx *db.Tx, record string) ([]EnteredShare, error) {
	return db.All(ctx, tx, func(row db.Scanner) (e EnteredShare, err error) {
		var body string
		if err = row.Scan(append(e.Fields(), &body)...); err != nil {
			return e, err
		}
		e.Body, err = register.Decode[Share](body)
		return e, err
	}, "SELECT "+flow.Columns("r")+`, v.body FROM activity_share c JOIN record r ON r.association = c.association AND r.id = c.id
		JOIN record_version v ON v.association = r.association AND v.record = r.id AND v.version = `+flow.StandingVersion+`
		WHERE c.association = ? AND c.activity = ? AND r.state <> 'voided' ORDER BY r.created, r.id`, org.Of(ctx), record)
}

// eventsOf reads the standing versions of activities by their ids, whoever may see them.
func eventsOf(ctx context.Context, tx *db.Tx, records []string) (map[string]*Event, error) {
	events := map[string]*Event{}
	if len(records) == 0 {
		return events, nil
	}
	_, err := db.All(ctx, tx, func(row db.Scanner) (e *Event, err error) {
		e = new(Event)
		var body string
		if err = row.Scan(append(e.Head.Fields(), &body)...); err != nil {
			return e, err
		}
		e.Body, err = register.Decode[Activity](body)
		events[e.Head.ID] = e
		return e, err
	}, "SELECT "+flow.Columns("r")+`, v.body FROM record r JOIN record_version v ON v.association = r.association AND v.record = r.id
		AND v.version = `+flow.StandingVersion+" WHERE r.association = ? AND r.kind = ? AND r.id IN (?)", org.Of(ctx), Kind, db.List(records))
	return events, err
}
