package training

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

const columns = `class_kind, subject, start_day, end_day, venue, method, teachers, minutes, sessions, enrolled, enrolled_exactness,
	attendances, attendances_exactness, examined, passed, version`

const insert = "INSERT INTO training_class (association, id, " + columns + ")"

// replace writes the standing version over an earlier one.
const replace = `ON CONFLICT (association, id) DO UPDATE SET class_kind = excluded.class_kind, subject = excluded.subject,
	start_day = excluded.start_day, end_day = excluded.end_day, venue = excluded.venue, method = excluded.method, teachers = excluded.teachers,
	minutes = excluded.minutes, sessions = excluded.sessions, enrolled = excluded.enrolled, enrolled_exactness = excluded.enrolled_exactness,
	attendances = excluded.attendances, attendances_exactness = excluded.attendances_exactness, examined = excluded.examined,
	passed = excluded.passed, version = excluded.version`

// row is the standing version as lists, matches and exports need it.
func (c Class) row(ctx context.Context, id string, version int) []any {
	number := func(n *Count) any {
		if n == nil {
			return nil
		}
		return n.N
	}
	exactness := func(n *Count) string {
		if n == nil {
			return ""
		}
		return string(n.Exactness)
	}
	var minutes any
	if m := c.minutes(); m != nil {
		minutes = *m
	}
	return []any{org.Of(ctx), id, c.Kind, c.Subject, c.Start, c.countingDay(), c.Venue, c.Method, strings.Join(c.Teachers, "、"), minutes,
		len(c.Sessions), number(c.Enrolled), exactness(c.Enrolled), number(c.attendances()), exactness(c.attendances()),
		number(c.Examined), number(c.Passed), version}
}

// put writes the class as the standing version of its record.
func put(ctx context.Context, tx *db.Tx, c Class, id string, version int) error {
	_, err := tx.Insert(ctx, insert, replace, c.row(ctx, id, version))
	return err
}

// drop removes the row of a draft that is deleted.
func drop(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, "DELETE FROM training_class WHERE association = ? AND id = ?", org.Of(ctx), id)
	return err
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
	count := func(n *int64, e ledger.Exactness) *Count {
		if n == nil {
			return nil
		}
		return &Count{N: *n, Exactness: e}
	}
	i.Enrolled, i.Attendances = count(enrolled, enrolledExactness), count(attendances, attendancesExactness)
	i.Examined, i.Passed = count(examined, ""), count(passed, "")
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

// similar finds classes that the actor sees and that may be the same one: same name, day and place, and not voided. not is the
// record itself.
func similar(ctx context.Context, tx *db.Tx, c Class, not string) ([]flow.Head, error) {
	sight, err := access.SightIn(ctx, tx, Kind)
	if err != nil {
		return nil, err
	}
	where, seen := sight.Where("r")
	if where != "" {
		where = " AND " + where
	}
	return db.All(ctx, tx, flow.Scan, "SELECT "+flow.Columns("r")+` FROM record r JOIN training_class c ON c.association = r.association AND c.id = r.id
		WHERE r.association = ? AND c.association = ? AND c.start_day = ? AND c.class_kind = ? AND r.title = ? AND r.place = ? AND r.state <> 'voided' AND r.id <> ?`+
		where+" ORDER BY r.number LIMIT 5", append([]any{org.Of(ctx), org.Of(ctx), c.Start, c.Kind, c.Name, c.Place, not}, seen...)...)
}

// values writes a row so that two can be compared whatever the driver's types.
func values(row []any) string {
	out := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case nil:
			out[i] = "blank"
		case []byte:
			out[i] = string(v)
		default:
			out[i] = fmt.Sprint(v)
		}
	}
	return strings.Join(out, "|")
}

// decode reads a class from the body of a version.
func decode(body string) (c Class, err error) {
	err = json.Unmarshal([]byte(body), &c)
	return c, err
}
