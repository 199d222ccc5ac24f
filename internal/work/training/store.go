package training

import (
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// columns of a class's row, which lists, matches and exports read.
const columns = "class_kind, subject, start_day, end_day, venue, method, teachers, minutes, sessions, enrolled, enrolled_exactness, " +
	"attendances, attendances_exactness, examined, passed"

// row is the standing version in these columns.
func (c Class) row() []any {
	enrolled, enrolledExactness := c.Enrolled.Row()
	attendances, attendancesExactness := c.attendances().Row()
	examined, _ := c.Examined.Row()
	passed, _ := c.Passed.Row()
	return []any{c.Kind, c.Subject, c.Start, c.countingDay(), c.Venue, c.Method, strings.Join(c.Teachers, "、"), register.Value(c.minutes()),
		len(c.Sessions), enrolled, enrolledExactness, attendances, attendancesExactness, examined, passed}
}

// Item is a class in a list: its head and the columns that lists show.
type Item struct {
	flow.Head
	ClassKind, Subject    string
	Start, End            day.Day
	Venue, Method         string
	Teachers              string
	Minutes               *int64
	Sessions              int64
	Enrolled, Attendances *Count
	Examined, Passed      *Count
	Papers                int64  // how many papers of evidence it has
	Missing               string // which needed papers it lacks, "" when none
	standing              int
}

func scan(s db.Scanner) (i Item, err error) {
	var enrolled, attendances, examined, passed *int64
	var enrolledExactness, attendancesExactness ledger.Exactness
	err = s.Scan(append(i.Fields(), &i.ClassKind, &i.Subject, &i.Start, &i.End, &i.Venue, &i.Method, &i.Teachers, &i.Minutes, &i.Sessions,
		&enrolled, &enrolledExactness, &attendances, &attendancesExactness, &examined, &passed, &i.standing, &i.Papers, &i.Missing)...)
	i.Enrolled, i.Attendances = register.CountOf(enrolled, enrolledExactness), register.CountOf(attendances, attendancesExactness)
	i.Examined, i.Passed = register.CountOf(examined, ""), register.CountOf(passed, "")
	return i, err
}

// selectItems reads items; the caller adds conditions on r (record) and c (training_class).
func selectItems() string {
	return `SELECT ` + flow.Columns("r") + `, c.class_kind, c.subject, c.start_day, c.end_day, c.venue, c.method, c.teachers, c.minutes, c.sessions,
		c.enrolled, c.enrolled_exactness, c.attendances, c.attendances_exactness, c.examined, c.passed, c.version,
		(SELECT COUNT(*) FROM evidence e WHERE e.association = r.association AND e.record = r.id AND e.removed = 0),
		COALESCE((SELECT p.missing FROM proof p WHERE p.association = r.association AND p.record = r.id), '')
		FROM record r JOIN training_class c ON c.association = r.association AND c.id = r.id WHERE r.kind = '` + Kind + `' AND `
}
