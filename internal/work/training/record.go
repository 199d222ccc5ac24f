package training

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/page"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
)

// detail is what the page of a class shows.
func detail() pages.Detail[Class, Words] {
	return pages.Detail[Class, Words]{Title: "人数与学时", Bigs: bigs, Facts: facts, Sections: func(_ *db.Tx, v *desk.Visit, rec Record) (all []templ.Component, err error) {
		if len(rec.Body.Sessions) > 0 {
			all = append(all, pages.Table(v.T("各场"), v.T("%s 场", strconv.Itoa(len(rec.Body.Sessions))), sessions(v, rec.Body)))
		}
		return all, nil
	}}
}

// bigs are the headline numbers: those that the kind asks for, and others that are there.
func bigs(v *desk.Visit, rec Record) (all []page.Big) {
	c := rec.Body
	kind, _ := rec.Words.Rules.Kind(c.Kind)
	for _, one := range []struct {
		key, measure, label, unit string
		count                     *Count
	}{
		{"enrolled", measureEnrolled, "招收学员", "人", c.Enrolled},
		{"attendances", measureAttendances, "培训人次", "人次", c.attendances()},
		{"examined", measureExamined, "参加考试", "人", c.Examined},
		{"passed", measurePassed, "考试合格", "人", c.Passed},
	} {
		if one.count == nil && !slices.Contains(kind.Asks, one.key) {
			continue
		}
		big := page.Big{Label: v.T(one.label), Unit: v.T(one.unit), Value: pages.CountText(v, one.count)}
		if f, ok := traceOf(v, rec.Head, c, one.measure); ok && one.count != nil && rec.Revision == flow.None {
			big.Href = f.Href
		}
		all = append(all, big)
	}
	if m := c.minutes(); m != nil || slices.Contains(kind.Asks, "hours") {
		label := v.T("学时")
		if n := c.Start.Days(c.countingDay()); m != nil && c.Start != "" && n > 0 {
			label = v.T("%d 天", n)
		}
		all = append(all, page.Big{Value: hours(m), Unit: v.T("学时"), Label: label})
	}
	return all
}

// facts are what else the class says, with what an open revision changes.
func facts(v *desk.Visit, rec Record) []page.Fact {
	c := rec.Body
	said := func(label, key string) page.Fact {
		now, was := pages.Said(v, fields, rec, key)
		return page.Fact{Label: v.T(label), Value: now, Was: was}
	}
	days := page.Fact{Label: v.T("日期"), Note: pages.CountsIn(v, rec.Head, c.countingDay())}
	if c.Start != "" {
		days.Value = c.Start.Long()
		if last := c.countingDay(); last != c.Start {
			days.Value += "—" + last.Short(c.Start)
		}
		days.Value = v.T(days.Value)
	}
	if was := rec.Standing; was != nil && (was.Start != c.Start || was.countingDay() != c.countingDay()) {
		days.Was = v.T(was.Start.Long() + "—" + was.countingDay().Short(was.Start))
	}
	place := said("地点", "place")
	place.Note = c.Venue
	all := []page.Fact{days, place, said("类型", "kind"), said("专业", "subject"), said("主办", "unit"), said("协办", "partners"), said("教师", "teachers"),
		said("方式", "method"), said("教材", "material")}
	if note := said("备注", "note"); note.Value != "" || note.Was != "" {
		all = append(all, note)
	}
	all = pages.Even(all)
	if tags := append(slices.Clone(c.Campaigns), c.Audiences...); len(tags) > 0 {
		all = append(all, page.Fact{Label: v.T("标签"), Show: page.Tags(tags), Wide: true})
	}
	return all
}

// sessions are the sittings of a class as a table.
func sessions(v *desk.Visit, c Class) page.List {
	l := page.List{Title: v.T("各场"), At: v.At, Columns: []page.Column{{Label: v.T("第几场"), Kind: page.CodeColumn}, {Label: v.T("日期"), Plain: true}, {Label: v.T("内容"), Kind: page.MainColumn},
		{Label: v.T("教师")}, {Label: v.T("学时"), Kind: page.NumColumn, Less: true}, {Label: v.T("人次"), Kind: page.NumColumn}}}
	for n, s := range c.Sessions {
		people, learned := page.NotFilled(v.T("未填")), page.NotFilled(v.T("未填"))
		if s.Attendances != nil {
			people = page.Cell(pages.CountText(v, s.Attendances))
		}
		if s.Minutes > 0 {
			learned = page.Cell(hours(&s.Minutes))
		}
		l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{page.Faint(v.T("第 %d 场", n+1)), pages.Nowrap(v.T(s.Day.Short(v.Today))), page.Cell(s.Topic), page.Cell(s.Teacher), learned, people}})
	}
	return l
}
