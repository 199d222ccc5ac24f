// Package external keeps the figures that others counted (基础数据): population, households, schools and pupils, the part of citizens
// with basic scientific literacy, registered users of a platform. They are the denominators of coverage, and the only figures that are
// typed (design.md, 5): each with its source, its day and the paper that proves it, verified like every record. Which figures there
// are is data (external-figures.csv). There is one figure for one place, stage and year; another source is a revision of it.
package external

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// Kind of record and prefix of its numbers: JC-2026-0001.
const (
	Kind   = "external"
	Prefix = "JC"
)

// The most letters of a source, which the ledger keeps as a tag, and of a note.
const (
	longestSource = 200
	longestNote   = 500
)

// FactsVersion is raised when facts changes what it states for an unchanged figure (design.md, 4.13).
const FactsVersion = 1

// measureZero counts the figures that are 0, which the ledger cannot say by an amount. The measure of a value that is not 0 is named
// by the catalogue.
const measureZero = "external.zero"

// Stated is the record: what somebody said that a figure of a place was. Value is in the figure's smallest unit: 12.35 % is 1235.
type Stated struct {
	Figure string          `json:"figure" needed:"save"`
	Stage  string          `json:"stage,omitempty" label:"学段：分学段登记的才写"`         // 小学, of schools and pupils
	Unit   string          `json:"unit" label:"填报单位：标识，见 /units" needed:"save"` // that entered it
	Place  string          `json:"place" label:"地点：标识，见 /places" needed:"save"`
	Year   int             `json:"year,omitempty" label:"哪一年的；学年写头一年"` // that it stands for; of a school year the first; 0 where there is one for each day
	Day    day.Day         `json:"day" needed:"save"`                  // 时点
	Value  *register.Count `json:"value,omitempty" label:"数值，按最小单位：两位小数的，12.35 写 1235" needed:"submit"`
	Source string          `json:"source" needed:"submit"` // who published it, and where
	Note   string          `json:"note,omitempty"`
}

// slot is the year, or the day, of which there is one figure.
func (s Stated) slot() string {
	if s.Year == 0 {
		return string(s.Day)
	}
	return strconv.Itoa(s.Year)
}

// title names the figure with its year: 2024年末常住人口.
func (s Stated) title(r FigureRule) string {
	switch {
	case r.Span == SchoolYear && s.Year > 0:
		return strconv.Itoa(s.Year) + "—" + strconv.Itoa(s.Year+1) + "学年" + s.Stage + r.Name
	case r.Span == PerDay && s.Day != "":
		return s.Day.Long() + r.Name
	case s.Year == 0:
		return s.Stage + r.Name
	case s.Day.Month() == 12 && s.Day.Date() == 31:
		return strconv.Itoa(s.Year) + "年末" + s.Stage + r.Name
	}
	return strconv.Itoa(s.Year) + "年" + s.Stage + r.Name
}

func (s Stated) head(c Catalogue) flow.Head {
	r, _ := c.Figure(s.Figure)
	return flow.Head{Title: s.title(r), Unit: s.Unit, Place: s.Place, Day: s.Day}
}

// search are the words by which it is found, beside number and title.
func (s Stated) search(w Words) string {
	return w.Tree.PlaceName(s.Place) + " " + s.Source + " " + s.Stage
}

// facts is all that a figure adds to the ledger: its value on its day, with the source among the tags, so that whoever reads the
// ledger alone knows whose figure it is.
func (s Stated) facts(c Catalogue) []ledger.Fact {
	r, ok := c.Figure(s.Figure)
	if !ok || s.Value == nil {
		return nil
	}
	f := ledger.Fact{Measure: r.Measure, Amount: s.Value.N, Unit: s.Unit, Place: s.Place, Day: s.Day, Exactness: s.Value.Exactness,
		Tags: ledger.Tags{{Name: "figure", Value: s.Figure}, {Name: "stage", Value: s.Stage}, {Name: "source", Value: s.Source}}}
	if s.Value.N == 0 {
		f.Measure, f.Amount = measureZero, 1
	}
	return []ledger.Fact{f}
}

// wrong is all that keeps a figure from being saved or, with submit, from being submitted.
func (s Stated) wrong(w Words, submit bool) error {
	var f errs.Fields
	r, known := w.Rules.Figure(s.Figure)
	register.CheckCode(&f, "figure", s.Figure, known, "请选登记哪个数", "没有「%s」这个数，请重新选")
	switch {
	case known && len(r.Stages) > 0 && s.Stage == "":
		f.Add("figure", "%s要分学段登记，请选学段", r.Name)
	case known && s.Stage != "" && !r.hasStage(s.Stage):
		f.Add("figure", "%s没有「%s」这个学段", r.Name, zh.Brief(s.Stage, 20))
	}
	s.wrongPlace(&f, w, r, known)
	w.Tree.CheckUnit(&f, "unit", s.Unit, "请选登记单位")
	s.wrongDay(&f, r, known)
	switch {
	case s.Value == nil && submit:
		f.Add("value", "请写数值；没有就写 0")
	case s.Value != nil && s.Value.N < 0:
		f.Add("value", "%s %s 是负数，请核对", r.Name, r.Digits(s.Value.N))
	case s.Value != nil && known && s.Value.N > r.most():
		f.Add("value", "%s %s 超过 %d %s，请核对", r.Name, r.Digits(s.Value.N), r.Most, r.Unit)
	}
	if s.Source == "" && submit {
		f.Add("source", "请写来源：谁公布的，哪份文件或哪张表")
	}
	if n := utf8.RuneCountInString(s.Source); n > longestSource {
		f.Add("source", "「%s」有 %d 个字，最多 %d 个，请写短一点", "来源", n, longestSource)
	}
	if n := utf8.RuneCountInString(s.Note); n > longestNote {
		f.Add("note", "「%s」有 %d 个字，最多 %d 个，请写短一点", "备注", n, longestNote)
	}
	return f.Err()
}

func (s Stated) wrongPlace(f *errs.Fields, w Words, r FigureRule, known bool) {
	at := w.Tree.Place(s.Place)
	switch {
	case at.ID == "":
		w.Tree.CheckPlace(f, "place", s.Place, "请选是哪里的数")
	case known && !r.hasLevel(at.Level):
		f.Add("place", "%s只按%s登记，%s不登记", r.Name, r.levelWords(), at.Name)
	case !serves(w.Tree, w.Tree.Unit(s.Unit), at.ID):
		f.Add("place", "%s不归%s登记，请由当地科协或县科协登记", at.Name, w.Tree.Unit(s.Unit).Name)
	}
}

// serves reports whether a unit states figures of a place: the office of all, others of the place that they serve and what lies in it;
// of the townships of a county that they serve they may not even see the figures (access.Sight), so they state those of the county
// alone. Of a unit that there is not something else is wrong.
func serves(tree *org.Tree, u org.Unit, place string) bool {
	switch {
	case u.ID == "" || u.Kind == org.KindOffice:
		return true
	case u.Place == tree.Root().ID:
		return place == u.Place
	}
	return u.Place != "" && slices.Contains(tree.PlaceSubtree(u.Place), place)
}

// wrongDay says what is wrong with year and day: the day lies in the year that the figure stands for, which a figure by day has not.
func (s Stated) wrongDay(f *errs.Fields, r FigureRule, known bool) {
	if s.Day == "" {
		f.Add("day", "请写是哪一天的数")
	}
	switch {
	case !known:
		return
	case r.Span == PerDay && s.Year != 0:
		f.Add("year", "%s按时点登记，不写年份", r.Name)
		return
	case r.Span == PerDay:
		return
	case s.Year == 0:
		f.Add("year", "请写是哪一年的数")
		return
	}
	if p := r.period(s.Year); s.Day != "" && (s.Day < p.From || s.Day > p.To) {
		f.Add("day", "%s不在%s里，请核对年份和时点", s.Day.Long(), r.spanWords(s.Year))
	}
}

// equal reports whether two say the same.
func (s Stated) equal(o Stated) bool {
	same := s.Value == nil && o.Value == nil || s.Value != nil && o.Value != nil && *s.Value == *o.Value
	s.Value, o.Value = nil, nil
	return same && s == o
}

// notYet refuses to verify what was not yet.
func (s Stated) notYet(today day.Day) error {
	if s.Day > today {
		return errs.E(errs.Conflict, "%s还没有到，到了再核实", s.Day.Short(today))
	}
	return nil
}
