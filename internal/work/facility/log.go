package facility

import (
	"reflect"

	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
)

// LogKind is the kind of record of a log, LogPrefix that of its numbers: RZ-2026-0073.
const (
	LogKind   = Kind + ".log"
	LogPrefix = "RZ"
)

// LogFactsVersion is raised when Log.facts changes what it states for an unchanged log.
const LogFactsVersion = 4

const measureGalleries = "facility.galleries"

// What the postings of a log may ask and count by (facility-logs.csv).
const (
	ifGallery   = "gallery"
	keyFacility = "facility"
)

// Log is the light record of something that happened at a facility on a day: its content was changed, it was open, visited,
// checked. Of the facility it keeps kind, name, unit and place, as they were on that day when it was saved. Its facts, and where its
// record stands, go by what the facility's timeline says of that day now (Then), so that a correction of the facility takes its logs
// along; a change from a later day on leaves them where they were.
type Log struct {
	Kind     string  `json:"kind" label:"记什么" needed:"save"` // of the log: change, visit
	Facility string  `json:"facility" label:"设施：记录的 id" needed:"save"`
	Name     string  `json:"name" label:"由设施得出，不用写"` // of the facility, for the title
	Of       string  `json:"of" label:"由设施得出，不用写"`   // kind of the facility
	Unit     string  `json:"unit" label:"由设施得出，不用写"`
	Place    string  `json:"place" label:"由设施得出，不用写"`
	Day      day.Day `json:"day" needed:"save"`
	Values   Values  `json:"values,omitempty" label:"各种字段，按代码"`
	Note     string  `json:"note,omitempty"`

	Then *Then `json:"-"` // filled in by the service
}

// Then is what a log's facility was on the log's day: its name and kind (Of), where, whose, whether it stood and whether it
// counted as a gallery; Key is what it is counted by. State is how the facility's record stands now, "" where it is gone.
type Then struct {
	State                      flow.State
	Key, Name, Of, Unit, Place string
	Standing, Gallery          bool
}

// equal reports whether two logs say the same.
func (l Log) equal(o Log) bool {
	l.Then, o.Then = nil, nil
	if len(l.Values) == 0 && len(o.Values) == 0 {
		l.Values, o.Values = nil, nil
	}
	return reflect.DeepEqual(l, o)
}

// notYet refuses to verify a log before its facility: what happened at it counts only where the facility does.
func (l Log) notYet(day.Day) error {
	switch {
	case l.Then == nil || l.Then.State == flow.Verified && l.Then.Standing:
		return nil
	case l.Then.State == flow.Verified:
		return errs.E(errs.Conflict, "设施「%s」%s不在启用期间，这条日志不计入；请退回改日期，或先改正设施的日期", l.Name, l.Day.Long())
	case l.Then.State == flow.Voided:
		return errs.E(errs.Conflict, "设施「%s」已作废，它的日志不能核实", l.Name)
	}
	return errs.E(errs.Conflict, "日志随设施计入，请先核实设施「%s」", l.Name)
}

// then is Then, or what the log keeps of its facility where that is not known or gone.
func (l Log) then() Then {
	if l.Then != nil && l.Then.State != "" {
		return *l.Then
	}
	return Then{Key: l.Facility, Name: l.Name, Of: l.Of, Unit: l.Unit, Place: l.Place}
}

// facts is all that a log adds to the ledger, by the rules of its day: nothing while its facility is not verified, or no more, and
// nothing of a day on which it did not stand.
func (l Log) facts(r Rules) []ledger.Fact {
	rule, ok := r.Log(l.Kind)
	if !ok || l.Then != nil && (l.Then.State != flow.Verified || !l.Then.Standing) {
		return nil
	}
	at := l.then()
	tags := ledger.Tags{{Name: "kind", Value: at.Of}}
	var all []ledger.Fact
	for _, p := range rule.Posts {
		f := ledger.Fact{Measure: p.Measure, Amount: 1, Unit: at.Unit, Place: at.Place, Day: l.Day, Tags: tags}
		if p.If == ifGallery && !at.Gallery {
			continue
		}
		if p.Field != "" {
			v := l.Values[p.Field]
			if v == nil || v.N == 0 {
				continue
			}
			f.Amount, f.Exactness = v.N, v.Exactness
		}
		if p.Key == keyFacility {
			f.Key = at.Key
		}
		all = append(all, f)
	}
	return all
}
