package training

import (
	"os"
	"testing"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
)

func rules(t *testing.T) Rules {
	t.Helper()
	c, err := ReadCatalogue(os.DirFS("../../../catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	return c.On("2026-09-18")
}

func n(v int64) *Count { return &Count{N: v} }

func sums(facts []ledger.Fact) map[string]int64 {
	m := map[string]int64{}
	for _, f := range facts {
		m[f.Measure] += f.Amount
	}
	return m
}

func TestFactsOfAShortClass(t *testing.T) {
	c := Class{Kind: "short", Name: "河西镇核桃嫁接培训班", Subject: "核桃嫁接", Unit: "u", Place: "p", Start: "2024-06-11", End: "2024-06-12",
		Attendances: &Count{N: 161, Exactness: ledger.About}}
	facts := c.facts(rules(t))
	want := map[string]int64{measureClasses: 1, measureSubjects: 1, measureSessionsMissing: 1, measureAttendances: 161, measurePeople: 1}
	if got := sums(facts); !equal(got, want) {
		t.Errorf("facts %v, want %v", got, want)
	}
	for _, f := range facts {
		if f.Day != "2024-06-12" {
			t.Errorf("%s counts on %s, want the last day", f.Measure, f.Day)
		}
		if (f.Exactness == ledger.About) != (f.Measure == measureAttendances) {
			t.Errorf("%s has exactness %q", f.Measure, f.Exactness)
		}
		if (f.Key != "") != (f.Measure == measureSubjects) {
			t.Errorf("%s has key %q", f.Measure, f.Key)
		}
		if f.Tags.Text() != "kind=short;subject=核桃嫁接" {
			t.Errorf("tags %q", f.Tags.Text())
		}
	}
}

func TestEnrolmentIsNeverAttendance(t *testing.T) {
	c := Class{Kind: "farm_school", Subject: "兽医", Start: "2024-04-15", End: "2024-05-10", Enrolled: n(28), Examined: n(28), Passed: n(27)}
	want := map[string]int64{measureClasses: 1, measureSubjects: 1, measureSessionsMissing: 1, measureEnrolled: 28, measureExamined: 28,
		measurePassed: 27, measureExaminedClasses: 1, measurePeople: 1}
	if got := sums(c.facts(rules(t))); !equal(got, want) {
		t.Errorf("facts %v, want %v", got, want)
	}
}

func TestSessionsMakeTheTotals(t *testing.T) {
	c := Class{Kind: "short", Subject: "养蜂", Start: "2026-03-01", End: "2026-03-03", Sessions: []Session{
		{Day: "2026-03-01", Minutes: 90, Attendances: n(30)}, {Day: "2026-03-03", Minutes: 60, Attendances: &Count{N: 25, Exactness: ledger.AtLeast}}}}
	facts := c.facts(rules(t))
	got := sums(facts)
	if got[measureSessions] != 2 || got[measureAttendances] != 55 || got[measureHours] != 150 || got[measureSessionsMissing] != 0 {
		t.Errorf("facts %v", got)
	}
	for _, f := range facts {
		if f.Measure == measureAttendances && f.Exactness != ledger.AtLeast {
			t.Errorf("a sum with an «at least» part is %q", f.Exactness)
		}
	}
	c.Sessions[1].Attendances = nil
	if got := sums(c.facts(rules(t))); got[measureAttendances] != 0 {
		t.Errorf("a session that does not say its attendances must leave the sum blank, got %d", got[measureAttendances])
	}
}

func TestUnknownKindStatesNothing(t *testing.T) {
	if f := (Class{Kind: "yoga", Start: "2026-01-01"}).facts(rules(t)); f != nil {
		t.Errorf("facts %v", f)
	}
}

func equal(a, b map[string]int64) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

func TestRulesHaveAValidity(t *testing.T) {
	c := Catalogue{kinds: []KindRule{{Code: "old", To: "2026-01-01"}, {Code: "new", From: "2026-01-01"}}}
	for on, want := range map[day.Day]string{"2025-12-31": "old", "2026-01-01": "new"} {
		r := c.On(on)
		if _, ok := r.Kind(want); !ok || len(r.Kinds()) != 1 {
			t.Errorf("on %s: %v, want %s", on, r.Kinds(), want)
		}
	}
}

// TestAClassOfOneDayNeedsNoEnd: without an end it ends on the day of its last session, or on that on which it begins.
func TestAClassOfOneDayNeedsNoEnd(t *testing.T) {
	c := Class{Kind: "short", Name: "核桃嫁接培训班", Subject: "核桃嫁接", Start: "2024-06-11", Attendances: n(30)}
	if err := c.complete(rules(t)); err != nil {
		t.Errorf("without an end: %v", err)
	}
	if on := c.countingDay(); on != "2024-06-11" {
		t.Errorf("counts on %s", on)
	}
	c.Sessions = []Session{{Day: "2024-06-11"}, {Day: "2024-06-13"}}
	if on := c.countingDay(); on != "2024-06-13" {
		t.Errorf("with sessions it counts on %s", on)
	}
}
