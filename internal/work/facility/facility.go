// Package facility keeps the facilities and positions of science work (科普设施、阵地, R-79 to R-99): one register of many kinds, whose
// fields are data, with dated values; and the light records of what happens at them (更换版面、参观、开放、借阅、检查, log.go).
//
// A facility is a stock: what is there at a day. Its record says how it began and what changed since, each on its own day. «改正»
// rewrites what was wrong from its own start; «变动» begins on a day.
package facility

import (
	"slices"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
)

// Kind of record and prefix of its numbers: SS-2026-0073.
const (
	Kind   = "facility"
	Prefix = "SS"
)

// FactsVersion is raised when facts changes what it states for an unchanged facility (design.md, 4.13).
const FactsVersion = 1

// Measures that every kind posts; further ones are named by the catalogue (facility-kinds.csv, facility-fields.csv).
const (
	measureCount           = "facility.count"            // how many there are, by kind
	measureStanding        = "facility.standing"         // which records stand, by id
	measureStationVillages = "facility.station_villages" // villages with a station that works
	measureBoardVillages   = "facility.board_villages"   // with a board that works
	measureStaffVillages   = "facility.staff_villages"   // with somebody who spreads science
)

// Value is what a field says: a number in the field's smallest unit with its exactness, or a text. A nil *Value is blank, which is
// not 0.
type Value struct {
	N         int64            `json:"n,omitempty" label:"数，按字段的最小单位"`
	Exactness ledger.Exactness `json:"exactness,omitempty" label:"怎么来的：exact 数过的（不写也是）、about 约、at_least 余或以上、nearly 近"`
	Text      string           `json:"text,omitempty" label:"文字"`
}

// Values are what the fields of a kind say, by code.
type Values map[string]*Value

// Site is where a facility stands and whose it is. Village is the village or community that Place is or lies in, "" where it is
// neither: filled in when the record is saved, so that the facts need no tree.
type Site struct {
	Unit    string `json:"unit" label:"管理单位：标识，见 /units" needed:"save"`
	Place   string `json:"place" label:"地点：标识，见 /places" needed:"save"`
	Village string `json:"village,omitempty" label:"由地点得出，不用写"`
	Spot    string `json:"spot,omitempty" label:"具体场所"` // 村委会院内
}

// Stage is how far a facility has come. Only what is in use posts.
type Stage string

// The stages. A facility in use that was retired says so by its last change.
const (
	Planned  Stage = "planned"
	Approved Stage = "approved"
	Building Stage = "building"
	Accepted Stage = "accepted"
	InUse    Stage = "in_use"
)

// Stages lists them in their order.
func Stages() []Stage { return []Stage{Planned, Approved, Building, Accepted, InUse} }

// Title is the stage as pages write it.
func (s Stage) Title() string {
	return map[Stage]string{Planned: "计划中", Approved: "已批准", Building: "建设中", Accepted: "已验收", InUse: "在用"}[s]
}

// Change is what happened to a facility on a day: it was moved, re-measured or otherwise changed, or retired.
type Change struct {
	Day    day.Day         `json:"day" label:"从哪天起" needed:"save"`
	What   ledger.Movement `json:"what" label:"怎么变的" needed:"save"` // MovedIn (to Site), Changed (Values), Out
	Site   *Site           `json:"site,omitempty" label:"搬到哪里"`
	Values Values          `json:"values,omitempty" label:"变了的字段，按代码"` // those that change; a nil one becomes blank
	Note   string          `json:"note,omitempty" label:"说明"`
}

// Facility is the record. Site and Values are those of the day on which it came into use.
type Facility struct {
	Key  string `json:"key" label:"由程序定，不用写"` // random; that by which it is counted as one of those that stand
	Kind string `json:"kind" needed:"save"`
	Name string `json:"name" needed:"save"`
	Site
	Stage Stage   `json:"stage" label:"进展，不写是在用"`
	Start day.Day `json:"start" label:"启用日期；还没有建成的，预计哪天启用" needed:"save"` // in use from; before that, when it is expected to be
	// Old is a facility that was there when the book began: it opens the book and is not new.
	Old     bool     `json:"old,omitempty" label:"建账以前就有，不算新增"`
	Values  Values   `json:"values,omitempty" label:"各种字段，按代码"`
	Changes []Change `json:"changes,omitempty"`
	Note    string   `json:"note,omitempty"`

	rough day.Period // of a row of a workbook that says only the month or year of Start: that
	said  rowSaid    // of a row of a workbook; of a facility that one was laid over: what is not to be
	undo  bool       // of a facility that a row was laid over: the row leaves out changes that it has
}

// State is what a facility is on a day.
type State struct {
	Standing bool
	Site
	Values Values
}

// step is a day of the timeline: what the facility is from then on, and how it came to that.
type step struct {
	day      day.Day
	movement ledger.Movement
	note     string
	State
}

// timeline lists the steps in the order of their days, those of one day as the record has them; none while the facility is not in
// use.
func (f Facility) timeline() []step {
	if f.Stage != InUse || f.Start == "" {
		return nil
	}
	first := step{day: f.Start, movement: ledger.In, State: State{true, f.Site, f.Values}}
	if f.Old {
		first.movement = ledger.Opening
	}
	steps := []step{first}
	now := first.State
	changes := slices.Clone(f.Changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return strings.Compare(string(a.Day), string(b.Day)) })
	for _, c := range changes {
		switch c.What {
		case ledger.MovedIn:
			if c.Site != nil {
				now.Site = *c.Site
			}
		case ledger.Changed:
			now.Values = now.Values.with(c.Values)
		case ledger.Out:
			now.Standing = false
		}
		steps = append(steps, step{c.Day, c.What, c.Note, now})
	}
	return steps
}

// with gives the values with others over them.
func (v Values) with(over Values) Values {
	out := make(Values, len(v)+len(over))
	for _, values := range []Values{v, over} {
		for code, one := range values {
			if out[code] = one; one == nil {
				delete(out, code)
			}
		}
	}
	return out
}

// On is what the facility is at the end of a day. Before it came into use it does not stand.
func (f Facility) On(d day.Day) State {
	state := State{Site: f.Site, Values: f.Values}
	for _, s := range f.timeline() {
		if s.day > d {
			break
		}
		state = s.State
	}
	return state
}

// Last is what the facility is after all its changes.
func (f Facility) Last() State {
	if steps := f.timeline(); len(steps) > 0 {
		return steps[len(steps)-1].State
	}
	return State{Site: f.Site, Values: f.Values}
}

// standingDays are the days on which the facility stands: from the first one to before the second. It stands on none before it is in use.
func (f Facility) standingDays() (from, to day.Day) {
	if f.Stage != InUse || f.Start == "" {
		return day.Forever, day.Forever
	}
	if end := f.end(); end != "" {
		return f.Start, end
	}
	return f.Start, day.Forever
}

// pieces is how many of its kind the record stands for: 板报 200 处 in one.
func (s State) pieces() int64 {
	if v := s.Values["pieces"]; v != nil {
		return v.N
	}
	return 1
}
