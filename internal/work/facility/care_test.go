package facility

import (
	"testing"

	"shilu/internal/kit/day"
)

func TestDue(t *testing.T) {
	for _, one := range []struct {
		last  day.Day
		aYear int64
		want  day.Day
	}{
		{"2026-01-01", 4, "2026-06-30"}, // changed in the first quarter: again in the second
		{"2026-03-31", 4, "2026-06-30"},
		{"2026-04-01", 4, "2026-09-30"},
		{"2026-11-30", 4, "2027-03-31"},
		{"2026-12-31", 12, "2027-01-31"},
		{"2026-02-10", 12, "2026-03-31"},
		{"2026-02-10", 6, "2026-04-30"},
		{"2026-02-10", 2, "2026-12-31"},
		{"2026-07-10", 1, "2027-12-31"},
	} {
		if got := due(one.last, one.aYear); got != one.want {
			t.Errorf("changed on %s, %d times a year: due %s, want %s", one.last, one.aYear, got, one.want)
		}
	}
}

func TestKept(t *testing.T) {
	year := day.Period{From: "2026-01-01", To: "2026-09-18"}
	changes := []day.Day{"2026-02-03", "2026-02-20", "2026-07-01"}
	for _, one := range []struct {
		start     day.Day
		p         day.Period
		aYear     int64
		done, all int
	}{
		{"2020-01-01", year, 4, 1, 2},           // the third quarter is not over
		{"2026-05-01", year, 4, 0, 0},           // due by the end of September
		{"2026-03-31", year, 4, 0, 1},           // due by the end of June
		{"2026-03-31", day.Year(2026), 4, 1, 3}, // the change of July; those of February are of before
		{"2026-03-31", day.Month(2026, 3), 12, 0, 0},
		{"2026-08-01", year, 4, 0, 0},
		{"2020-01-01", day.Year(2026), 4, 2, 4},
		{"2020-01-01", year, 12, 1, 8}, // July's is one, two of February are one
	} {
		changes := changes
		if one.aYear == 12 {
			changes = changes[:2]
		}
		if done, all := kept(one.p, one.start, changes, one.aYear); done != one.done || all != one.all {
			t.Errorf("from %s within %v: %d of %d, want %d of %d", one.start, one.p, done, all, one.done, one.all)
		}
	}
}
