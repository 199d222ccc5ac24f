// Package training keeps training classes (培训班): short practical classes, classes of the rural correspondence
// university (农函大, R-62) and their exams. A class has one or more sessions; 期, 场次, 课时, 人次 and 人 are
// different measures and are never added to one another.
package training

import (
	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
)

// Kind of record and prefix of its numbers: PX-2026-0073.
const (
	Kind   = "training"
	Prefix = "PX"
)

// FactsVersion is raised when facts changes what it states for an unchanged class (design.md, 4.13).
const FactsVersion = 1

// Measures that a class can post; catalogue/measures.csv defines them.
const (
	measureClasses         = "training.classes"
	measureSessions        = "training.class_sessions"
	measureSessionsMissing = "training.sessions_missing"
	measureHours           = "training.hours"
	measureAttendances     = "training.attendances"
	measureEnrolled        = "training.enrolled"
	measureExamined        = "training.examined"
	measurePassed          = "training.passed"
	measureExaminedClasses = "training.examined_classes"
	measureSubjects        = "training.subjects_taught"
	measurePeople          = "training.people"
)

// Session is one sitting of a class (场次). Attendances may be blank; Minutes is its teaching time.
type Session struct {
	Day         day.Day `json:"day" label:"哪天" needed:"save"`
	Topic       string  `json:"topic,omitempty" label:"内容"`
	Teacher     string  `json:"teacher,omitempty" label:"授课教师"`
	Minutes     int64   `json:"minutes,omitempty" label:"教学时间（分钟）"`
	Attendances *Count  `json:"attendances,omitempty" label:"培训人次"`
}

// Class is the record: one 期(班次). Subject is a code of the vocabulary "subject"; Unit and Place are ids of core/org.
type Class struct {
	Kind        string    `json:"kind" needed:"save"`
	Name        string    `json:"name" needed:"save"`
	Subject     string    `json:"subject" label:"专业：词典 subject 的代码，或者直接写名称" needed:"submit"`
	Unit        string    `json:"unit" label:"主办单位：标识，见 /units" needed:"save"`
	Place       string    `json:"place" label:"地点：标识，见 /places" needed:"save"`
	Venue       string    `json:"venue,omitempty"`
	Start       day.Day   `json:"start" needed:"save"`
	End         day.Day   `json:"end" label:"结束日期，不写是最后一场那天，没有分场的是当天"`    // "": as countingDay has it
	Minutes     *int64    `json:"minutes,omitempty" label:"整个班的教学时间（分钟）"` // teaching time of the whole class
	Method      string    `json:"method,omitempty"`
	Material    string    `json:"material,omitempty"`
	Teachers    []string  `json:"teachers,omitempty"`
	Partners    []string  `json:"partners,omitempty"`
	Audiences   []string  `json:"audiences,omitempty" label:"人群：名称，见 /vocabularies/audience"`
	Campaigns   []string  `json:"campaigns,omitempty" label:"主题活动：名称，见 /vocabularies/campaign"`
	Enrolled    *Count    `json:"enrolled,omitempty"`
	Attendances *Count    `json:"attendances,omitempty"`
	Examined    *Count    `json:"examined,omitempty"`
	Passed      *Count    `json:"passed,omitempty"`
	Sessions    []Session `json:"sessions,omitempty"`
	Note        string    `json:"note,omitempty"`
}

// attendances is the class's 人次: the sum of its sessions where they say it, else what the class says. Blank is nil.
func (c Class) attendances() *Count {
	var sum *Count
	for _, s := range c.Sessions {
		if s.Attendances == nil {
			return c.Attendances
		}
		sum = sum.Plus(s.Attendances)
	}
	if sum == nil {
		return c.Attendances
	}
	return sum
}

// minutes is the teaching time: that of the sessions where all say it, else that of the class.
func (c Class) minutes() *int64 {
	var sum int64
	for _, s := range c.Sessions {
		if s.Minutes == 0 {
			return c.Minutes
		}
		sum += s.Minutes
	}
	if len(c.Sessions) == 0 {
		return c.Minutes
	}
	return &sum
}

// countingDay is the day on which all facts of the class count: its last (design.md, 4.5). A class that does not say it ends with its last
// session, or on the day on which it begins.
func (c Class) countingDay() day.Day {
	if c.End != "" {
		return c.End
	}
	last := c.Start
	for _, s := range c.Sessions {
		last = max(last, s.Day)
	}
	return last
}

// facts is all that a class adds to the ledger, by the rules of its counting year. A class of a kind that the rules do not
// know states nothing.
func (c Class) facts(r Rules) []ledger.Fact {
	if _, ok := r.Kind(c.Kind); !ok {
		return nil
	}
	tags := ledger.Tags{{Name: "kind", Value: c.Kind}, {Name: "subject", Value: c.Subject}, {Name: "mode", Value: c.Method}}
	for _, a := range c.Audiences {
		tags = append(tags, ledger.Tag{Name: "audience", Value: a})
	}
	for _, v := range c.Campaigns {
		tags = append(tags, ledger.Tag{Name: "campaign", Value: v})
	}
	var facts []ledger.Fact
	post := func(measure string, n int64, exactness ledger.Exactness, key string) {
		facts = append(facts, ledger.Fact{Measure: measure, Amount: n, Unit: c.Unit, Place: c.Place, Day: c.countingDay(),
			Tags: tags, Exactness: exactness, Key: key})
	}
	count := func(measure string, n *Count) {
		if n != nil && n.N != 0 {
			post(measure, n.N, n.Exactness, "")
		}
	}
	post(measureClasses, 1, ledger.Exact, "")
	if c.Subject != "" {
		post(measureSubjects, 1, ledger.Exact, c.Subject)
	}
	if n := int64(len(c.Sessions)); n > 0 {
		post(measureSessions, n, ledger.Exact, "")
	} else {
		post(measureSessionsMissing, 1, ledger.Exact, "")
	}
	if m := c.minutes(); m != nil && *m != 0 {
		post(measureHours, *m, ledger.Exact, "")
	}
	count(measureEnrolled, c.Enrolled)
	count(measureAttendances, c.attendances())
	count(measureExamined, c.Examined)
	count(measurePassed, c.Passed)
	if c.Examined != nil && c.Examined.N > 0 {
		post(measureExaminedClasses, 1, ledger.Exact, "")
	}
	post(measurePeople, 1, ledger.Exact, "") // no register of persons yet: says that this class's people are not known
	return facts
}
