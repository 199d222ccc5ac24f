package facility

import (
	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
)

// LogKind is the kind of record of a log, LogPrefix that of its numbers: RZ-2026-0073.
const (
	LogKind   = Kind + ".log"
	LogPrefix = "RZ"
)

// LogFactsVersion is raised when Log.facts changes what it states for an unchanged log.
const LogFactsVersion = 1

const measureGalleries = "facility.galleries"

// What the postings of a log may ask and count by (facility-logs.csv).
const (
	ifGallery   = "gallery"
	keyFacility = "facility"
)

// Log is the light record of something that happened at a facility on a day: its content was changed, it was open, visited,
// checked. Of the facility it keeps what its facts need, as it was on that day: kind, unit, place, and whether it counted as a
// gallery.
type Log struct {
	Kind     string  `json:"kind"` // of the log: change, visit
	Facility string  `json:"facility"`
	Name     string  `json:"name"` // of the facility, for the title
	Of       string  `json:"of"`   // kind of the facility
	Unit     string  `json:"unit"`
	Place    string  `json:"place"`
	Gallery  bool    `json:"gallery,omitempty"`
	Day      day.Day `json:"day"`
	Values   Values  `json:"values,omitempty"`
	Note     string  `json:"note,omitempty"`
}

// facts is all that a log adds to the ledger, by the rules of its day.
func (l Log) facts(r Rules) []ledger.Fact {
	rule, ok := r.Log(l.Kind)
	if !ok {
		return nil
	}
	tags := ledger.Tags{{Name: "kind", Value: l.Of}}
	var all []ledger.Fact
	for _, p := range rule.Posts {
		f := ledger.Fact{Measure: p.Measure, Amount: 1, Unit: l.Unit, Place: l.Place, Day: l.Day, Tags: tags}
		if p.If == ifGallery && !l.Gallery {
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
			f.Key = l.Facility
		}
		all = append(all, f)
	}
	return all
}
