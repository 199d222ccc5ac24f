package training

import (
	"strings"

	"shilu/internal/core/register"
)

// row is the standing version of a class as lists, matches and exports read it.
var row = register.Row[Class]{Table: "training_class", Columns: []string{"class_kind", "subject", "start_day", "end_day", "venue", "method", "teachers", "minutes",
	"sessions", "enrolled", "enrolled_exactness", "attendances", "attendances_exactness", "examined", "passed"}, Values: func(c Class) []any {
	enrolled, enrolledExactness := c.Enrolled.Row()
	attendances, attendancesExactness := c.attendances().Row()
	examined, _ := c.Examined.Row()
	passed, _ := c.Passed.Row()
	return []any{c.Kind, c.Subject, c.Start, c.countingDay(), c.Venue, c.Method, strings.Join(c.Teachers, "、"), register.Value(c.minutes()),
		len(c.Sessions), enrolled, enrolledExactness, attendances, attendancesExactness, examined, passed}
}}

// sorts are the orders of lists that classes have beside the usual ones.
var sorts = map[string]string{"hours": "c.minutes", "attendances": "c.attendances"}
