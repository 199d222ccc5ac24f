// Package award is the smallest whole register: awards that units won (表彰奖励). docs/add-a-module.md walks through it; it is
// compiled and tried with the rest and is no part of the program.
package award

import (
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
)

// Kind of record and prefix of its numbers: RY-2026-0001.
const (
	Kind   = "award"
	Prefix = "RY"
)

// FactsVersion is raised when facts changes what it states for an unchanged award.
const FactsVersion = 1

// Measures that an award can post; a real module has them in catalogue/measures.csv.
const (
	MeasureAwards = "award.awards"
	MeasurePeople = "award.people"
)

// Award is the record: one award that a unit won on a day.
type Award struct {
	Name   string          `json:"name"`
	Giver  string          `json:"giver"`
	Unit   string          `json:"unit"`
	Place  string          `json:"place"`
	Day    day.Day         `json:"day"`
	People *register.Count `json:"people,omitempty"`
	Note   string          `json:"note,omitempty"`
}

// Words are what ids of an award are called on its day.
type Words struct {
	Tree  *org.Tree
	Today day.Day
}

func (a Award) head() flow.Head {
	return flow.Head{Title: a.Name, Unit: a.Unit, Place: a.Place, Day: a.Day}
}

func (a Award) search(w Words) string { return a.Giver + " " + w.Tree.PlaceName(a.Place) }

// facts is all that an award adds to the ledger.
func (a Award) facts() []ledger.Fact {
	facts := []ledger.Fact{{Measure: MeasureAwards, Amount: 1, Unit: a.Unit, Place: a.Place, Day: a.Day}}
	if a.People != nil && a.People.N != 0 {
		facts = append(facts, ledger.Fact{Measure: MeasurePeople, Amount: a.People.N, Unit: a.Unit, Place: a.Place, Day: a.Day, Exactness: a.People.Exactness})
	}
	return facts
}

// wrong is all that keeps an award from being saved or, with submit, from being submitted.
func (a Award) wrong(w Words, submit bool) error {
	var f errs.Fields
	if a.Name == "" {
		f.Add("name", "请写奖项名称")
	}
	if w.Tree.Unit(a.Unit).ID == "" {
		f.Add("unit", "请选获奖单位")
	}
	if w.Tree.Place(a.Place).ID == "" {
		f.Add("place", "请选地点")
	}
	if a.Day == "" {
		f.Add("day", "请写获奖日期")
	}
	a.People.Check(&f, "people", "获奖人数")
	if submit && a.Giver == "" {
		f.Add("giver", "请写颁奖单位")
	}
	return f.Err()
}

func (a Award) notYet(today day.Day) error {
	if a.Day > today {
		return errs.E(errs.Conflict, "%s才颁奖，颁奖后再核实", a.Day.Short(today))
	}
	return nil
}
