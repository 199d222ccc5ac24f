package flow

import (
	"testing"
	"time"
)

// On a machine of any zone the year of what has no day yet is that of the county.
func TestTheYearOfANumberIsThatOfTheCounty(t *testing.T) {
	for at, want := range map[string]int{"2025-12-31T15:59:59Z": 2025, "2025-12-31T16:00:00Z": 2026, "2026-01-01T07:00:00+08:00": 2026, "2025-12-31T23:00:00-05:00": 2026} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		h := Head{Kind: "training", Prefix: "PX"}
		if err := h.dateNumber(usualDay(instant)); err != nil || h.Year != want {
			t.Errorf("at %s it is of %d, %v", at, h.Year, err)
		}
	}
}
