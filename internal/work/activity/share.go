package activity

import (
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
)

// Kind of a share's record and prefix of its numbers: FE-2026-0031.
const (
	ShareKind   = Kind + ".share"
	SharePrefix = "FE"
)

// Share is what one unit did itself at a joint activity (份额). It is a record of its own, so that each unit writes its own, with its
// own history, while others write theirs. Activity is the id of the event's record; Name, Host, Place and Day are what the event
// said when the share was written: for the head of its record, not for facts.
type Share struct {
	Activity  string     `json:"activity" label:"主活动：记录的 id" needed:"save"`
	Name      string     `json:"name" label:"由主活动得出，不用写"`
	Host      string     `json:"host" label:"由主活动得出，不用写"` // unit that keeps the event's record
	Place     string     `json:"place" label:"由主活动得出，不用写"`
	Day       day.Day    `json:"day" label:"由主活动得出，不用写"`
	Unit      string     `json:"unit" label:"单位：标识，见 /units" needed:"save"`
	Client    string     `json:"client,omitempty" label:"填报端自己编的，每份一个；同一份再发一次不会重复"` // id of the sending that made it: the same one again adds nothing
	Counts    Counts     `json:"counts,omitempty" label:"各种数，按代码"`
	Materials []Material `json:"materials,omitempty" label:"发放资料"`
	Merged    string     `json:"merged,omitempty" label:"并入这份的记录的编号"` // number of the record that was settled into this share
	Note      string     `json:"note,omitempty"`

	event *Event // that it is a part of, as it stands; filled in before facts are asked
}

// Event is the activity that a share is a part of, as its standing version has it.
type Event struct {
	Head flow.Head
	Body Activity
}

// EnteredShare is a share with the head of its record.
type EnteredShare struct {
	flow.Head
	Body Share
}

// facts is all that a share adds to the ledger. What the unit brought stands twice, in measures that are never added: under the
// unit itself as its share, and under the event's first organiser in the event's total, with the event's place, day and tags. An
// event of another body has no total here.
func (s Share) facts(r Rules) []ledger.Fact {
	if s.event == nil || s.event.Head.State == flow.Voided || s.event.Body.Life != Held {
		return nil
	}
	a := s.event.Body
	if _, known := r.Kind(a.Category); !known {
		return nil
	}
	p := &posting{rules: r, unit: s.Unit, place: a.Place, day: a.countingDay(), tags: a.tags(r)}
	if !a.names(s.Unit) {
		p.one(measureTakesPart) // the event's own record does not say it
	}
	for _, c := range r.counts {
		p.count(c.ShareMeasure, s.Counts.of(c.Code), "")
	}
	for _, m := range s.Materials {
		if kind, known := r.Material(m.Kind); known && m.Copies.N != 0 {
			p.add(ledger.Fact{Measure: kind.ShareMeasure, Amount: m.Copies.N, Exactness: m.Copies.Exactness,
				Tags: append(append(ledger.Tags{}, p.tags...), ledger.Tag{Name: "material", Value: m.Kind})})
		}
	}
	if !a.ours() {
		return p.facts
	}
	p.unit = a.Unit
	for _, c := range r.counts {
		p.count(c.addsTo, s.Counts.of(c.Code), "")
	}
	p.materials(s.Materials)
	return p.facts
}

// names reports whether the activity itself says that the unit takes part.
func (a Activity) names(unit string) bool {
	if unit == a.Unit {
		return true
	}
	for _, o := range a.Partners {
		if o.Unit == unit {
			return true
		}
	}
	return false
}

// head is what the share puts into the head of its record. The event's own unit sees it.
func (s Share) head() flow.Head {
	return flow.Head{Title: s.Name + "·份额", Unit: s.Unit, Place: s.Place, Day: s.Day, Also: []access.Sees{{Unit: s.Host, Why: "partner"}}}
}

// now is head by the event as it stands.
func (s Share) now() flow.Head {
	if s.event == nil {
		return s.head()
	}
	a := s.event.Body
	s.Name, s.Host, s.Place, s.Day = a.Name, a.Unit, a.Place, a.countingDay()
	return s.head()
}

func (s Share) search(w ShareWords) string {
	words := []string{w.Tree.Unit(s.Unit).Name}
	for _, m := range s.Materials {
		words = append(words, w.Titles.Title(m.Title))
	}
	return strings.Join(words, " ")
}

// wrong is all that keeps a share from being saved.
func (s Share) wrong(w ShareWords, _ bool) error {
	var f errs.Fields
	w.Tree.CheckUnit(&f, "unit", s.Unit, "请选单位")
	checkCounts(&f, w.Rules, s.Counts, "", "")
	for _, c := range w.Rules.counts {
		if c.ShareMeasure == "" && s.Counts.of(c.Code) != nil {
			f.Add(c.Code, "%s由主办单位统计一次，份额里不填", c.Name)
		}
	}
	checkMaterials(&f, w.Rules, s.Materials)
	if len(s.Counts) == 0 && len(s.Materials) == 0 {
		f.Add("counts", "请至少填一个数；确实没有就填 0")
	}
	return f.Err()
}

// notYet refuses to verify a share before its event: it counts as a part of it.
func (s Share) notYet(day.Day) error {
	if s.event != nil && s.event.Head.State != flow.Verified {
		return errs.E(errs.Conflict, "份额随活动一起核实，请先核实 %s", s.event.Head.Number)
	}
	return nil
}

// shareFields are all that a share says, for history and differences.
func (c Catalogue) shareFields() register.Fields[Share, ShareWords] {
	all := register.Fields[Share, ShareWords]{
		{Key: "unit", Label: "单位", Text: func(s Share, w ShareWords) string { return w.Tree.Unit(s.Unit).Name }},
	}
	for _, n := range c.counts {
		if n.ShareMeasure != "" {
			all = append(all, register.Field[Share, ShareWords]{Key: n.Code, Label: n.Name, Text: func(s Share, _ ShareWords) string { return s.Counts.of(n.Code).String() }})
		}
	}
	return append(all, register.Fields[Share, ShareWords]{
		{Key: "materials", Label: "发放资料", Text: func(s Share, w ShareWords) string { return materialWords(s.Materials, w.Words) }},
		{Key: "merged", Label: "并入的记录", Text: func(s Share, _ ShareWords) string { return s.Merged }},
		{Key: "note", Label: "备注", Text: func(s Share, _ ShareWords) string { return s.Note }},
	}...)
}
