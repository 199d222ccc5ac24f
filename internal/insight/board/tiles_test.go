package board

import (
	"math/big"
	"testing"
	"time"

	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
)

func TestRoundSteps(t *testing.T) {
	for _, try := range []struct {
		most     string
		decimals int
		want     string
	}{
		{"0", 0, ""}, {"1", 0, "1"}, {"4", 0, "1"}, {"5", 0, "2"}, {"14", 0, "3"}, {"612", 0, "150"}, {"749", 0, "150"}, {"750", 0, "200"}, {"41260", 0, "10000"},
		{"100", 2, "25"}, {"0.04", 2, "1/100"}, {"0.06", 2, "1/50"}, {"3/2", 1, "2/5"},
	} {
		most, ok := new(big.Rat).SetString(try.most)
		if !ok {
			t.Fatal(try.most)
		}
		got := ""
		if step := roundStep(most, try.decimals); step != nil {
			got = step.RatString()
			if new(big.Rat).Mul(step, big.NewRat(classes, 1)).Cmp(most) <= 0 {
				t.Errorf("%s: steps of %s do not hold it", try.most, got)
			}
		}
		if got != try.want {
			t.Errorf("%s with %d decimals: steps of %s, want %s", try.most, try.decimals, got, try.want)
		}
	}
}

func TestClassesAndPlaces(t *testing.T) {
	figure := func(n int64) indicator.Figure { return indicator.Figure{Value: big.NewRat(n, 1)} }
	tiles := Tiles{Tiles: []Tile{{Place: org.Place{Row: 5, Col: 7}, Figure: figure(612)}, {Place: org.Place{Row: 4, Col: 9}, Figure: figure(150)}, {Figure: figure(0)}, {Figure: indicator.Figure{}},
		{Figure: figure(-3)}, {Figure: figure(599)}}}
	tiles.place()
	tiles.classify(big.NewRat(612, 1))
	want := []struct{ row, col, class int }{{2, 1, 4}, {1, 3, 1}, {3, 1, 0}, {3, 2, -1}, {3, 3, 0}, {4, 1, 3}}
	for i, w := range want {
		if got := tiles.Tiles[i]; got.Row != w.row || got.Col != w.col || got.Class != w.class {
			t.Errorf("tile %d stands at %d,%d in class %d, want %v", i, got.Row, got.Col, got.Class, w)
		}
	}
	if tiles.Rows != 4 || tiles.Cols != 3 || !tiles.Placed || len(tiles.Bounds) != classes-1 {
		t.Errorf("grid %d × %d, placed %v, bounds %v", tiles.Rows, tiles.Cols, tiles.Placed, tiles.Bounds)
	}
	empty := Tiles{}
	empty.place()
	empty.classify(new(big.Rat))
	if empty.Placed || empty.Bounds != nil {
		t.Errorf("no places: %+v", empty)
	}
}

func TestDaysOfPatience(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	d := Days{Returned: 7, Submitted: 3, Draft: 30}
	p := d.Patience("2026-09-18", zone)
	last := time.Date(2026, 9, 10, 23, 59, 59, 0, zone).UnixMilli() // eight days ago
	first := time.Date(2026, 9, 11, 0, 0, 0, 0, zone).UnixMilli()   // a week ago
	if last >= p[flow.Returned] || first < p[flow.Returned] {
		t.Errorf("returned until %s", time.UnixMilli(p[flow.Returned]).In(zone))
	}
	if over := d.Over(flow.Returned, last, "2026-09-18", zone); over != 1 {
		t.Errorf("late by %d days", over)
	}
	if over := d.Over(flow.Returned, first, "2026-09-18", zone); over != 0 {
		t.Errorf("not late yet: %d", over)
	}
}
