package activity

import (
	"slices"
	"testing"

	"shilu/internal/kit/day"
)

// TestStopsOfASheetAreMatchedOneToOne: a stop without a venue is one of the old ones at its place, never several, and one that says
// its venue goes first.
func TestStopsOfASheetAreMatchedOneToOne(t *testing.T) {
	stop := func(date, place, venue string) Stop {
		return Stop{Day: day.Day("2026-03-" + date), Spot: Spot{Place: place, Venue: venue}}
	}
	for _, try := range []struct {
		name      string
		old, said []Stop
		want      []int
	}{
		{"two venues, one row without", []Stop{stop("05", "上村", "村部"), stop("05", "上村", "小学"), stop("06", "下村", "")}, []Stop{stop("05", "上村", ""), stop("06", "下村", "")}, []int{0, 2}},
		{"one old without a venue, two rows", []Stop{stop("05", "上村", "")}, []Stop{stop("05", "上村", "村部"), stop("05", "上村", "小学")}, []int{0, -1}},
		{"the one with the venue first", []Stop{stop("05", "上村", "小学"), stop("05", "上村", "")}, []Stop{stop("05", "上村", "村部"), stop("05", "上村", "小学")}, []int{1, 0}},
		{"another day", []Stop{stop("05", "上村", "")}, []Stop{stop("07", "上村", "")}, []int{-1}},
	} {
		if got := matched(try.old, try.said); !slices.Equal(got, try.want) {
			t.Errorf("%s: %v, want %v", try.name, got, try.want)
		}
	}
}
