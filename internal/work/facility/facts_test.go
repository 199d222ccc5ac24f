package facility

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
)

func shipped(t testing.TB) Catalogue {
	t.Helper()
	c, err := ReadCatalogue(os.DirFS("../../../catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wordsOf writes facts so that a table can say them: in 2026-03-01 count+1 青溪.
func wordsOf(facts []ledger.Fact) string {
	var out []string
	for _, f := range facts {
		at := f.Place
		if f.Key != "" {
			at += " " + f.Key
		}
		if f.Exactness != "" && f.Exactness != ledger.Exact {
			at += " " + string(f.Exactness)
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s%+d %s", f.Movement, f.Day, strings.TrimPrefix(f.Measure, "facility."), f.Amount, at)))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func n(v int64) *Value { return &Value{N: v} }

func said(text string) *Value { return &Value{Text: text} }

func TestFacts(t *testing.T) {
	c := shipped(t)
	gallery := Facility{Key: "id", Kind: "gallery", Name: "大箐村画廊", Site: Site{Unit: "u", Place: "v1", Village: "v1"}, Stage: InUse, Start: "2026-03-01",
		Values: Values{"length": n(1000), "cost": n(2_000_000)}}
	with := func(f Facility, changes ...Change) Facility {
		f.Changes = changes
		return f
	}
	old := gallery
	old.Old = true
	short := gallery
	short.Values = Values{"length": n(800)}
	about := gallery
	about.Values = Values{"length": &Value{N: 1000, Exactness: ledger.About}}
	planned := gallery
	planned.Stage = Building
	unknown := gallery
	unknown.Kind = "castle"
	for name, one := range map[string]struct {
		f    Facility
		want string
	}{
		"built and in use": {gallery, `2026-03-01 board_villages+1 v1 v1
2026-03-01 standing+1 v1 id
in 2026-03-01 cost+2000000 v1
in 2026-03-01 count+1 v1
in 2026-03-01 galleries+1 v1
in 2026-03-01 gallery_length+1000 v1
in 2026-03-01 length+1000 v1`},
		"there before": {with(old, Change{Day: "2026-06-01", What: ledger.Changed, Values: Values{"length": n(1500)}}), `2026-03-01 board_villages+1 v1 v1
2026-03-01 standing+1 v1 id
changed 2026-06-01 gallery_length+500 v1
changed 2026-06-01 length+500 v1
opening 2026-03-01 cost+2000000 v1
opening 2026-03-01 count+1 v1
opening 2026-03-01 galleries+1 v1
opening 2026-03-01 gallery_length+1000 v1
opening 2026-03-01 length+1000 v1`},
		"too short at first": {with(short, Change{Day: "2026-06-01", What: ledger.Changed, Values: Values{"length": n(1200)}}), `2026-03-01 board_villages+1 v1 v1
2026-03-01 standing+1 v1 id
changed 2026-06-01 galleries+1 v1
changed 2026-06-01 gallery_length+1200 v1
changed 2026-06-01 length+400 v1
in 2026-03-01 count+1 v1
in 2026-03-01 length+800 v1`},
		"moved, then retired": {with(gallery, Change{Day: "2026-09-01", What: ledger.Out}, Change{Day: "2026-06-01", What: ledger.MovedIn, Site: &Site{Unit: "u2", Place: "t2"}}), `2026-03-01 board_villages+1 v1 v1
2026-03-01 standing+1 v1 id
2026-06-01 board_villages-1 v1 v1
2026-06-01 standing+1 t2 id
2026-06-01 standing-1 v1 id
2026-09-01 standing-1 t2 id
in 2026-03-01 cost+2000000 v1
in 2026-03-01 count+1 v1
in 2026-03-01 galleries+1 v1
in 2026-03-01 gallery_length+1000 v1
in 2026-03-01 length+1000 v1
moved-in 2026-06-01 cost+2000000 t2
moved-in 2026-06-01 count+1 t2
moved-in 2026-06-01 galleries+1 t2
moved-in 2026-06-01 gallery_length+1000 t2
moved-in 2026-06-01 length+1000 t2
moved-out 2026-06-01 cost-2000000 v1
moved-out 2026-06-01 count-1 v1
moved-out 2026-06-01 galleries-1 v1
moved-out 2026-06-01 gallery_length-1000 v1
moved-out 2026-06-01 length-1000 v1
out 2026-09-01 cost-2000000 t2
out 2026-09-01 count-1 t2
out 2026-09-01 galleries-1 t2
out 2026-09-01 gallery_length-1000 t2
out 2026-09-01 length-1000 t2`},
		"broken and repaired": {with(short, Change{Day: "2026-04-01", What: ledger.Changed, Values: Values{"condition": said("待修")}},
			Change{Day: "2026-05-01", What: ledger.Changed, Values: Values{"condition": said("良好")}}), `2026-03-01 board_villages+1 v1 v1
2026-03-01 standing+1 v1 id
2026-04-01 board_villages-1 v1 v1
2026-05-01 board_villages+1 v1 v1
in 2026-03-01 count+1 v1
in 2026-03-01 length+800 v1`},
		"estimated, then measured": {with(about, Change{Day: "2026-04-01", What: ledger.Changed, Values: Values{"length": n(1100)}}), `2026-03-01 board_villages+1 v1 v1
2026-03-01 standing+1 v1 id
changed 2026-04-01 gallery_length+1100 v1
changed 2026-04-01 gallery_length-1000 v1 about
changed 2026-04-01 length+1100 v1
changed 2026-04-01 length-1000 v1 about
in 2026-03-01 count+1 v1
in 2026-03-01 galleries+1 v1
in 2026-03-01 gallery_length+1000 v1 about
in 2026-03-01 length+1000 v1 about`},
		"two hundred in one": {Facility{Key: "id", Kind: "wall_board", Site: Site{Unit: "u", Place: "t1"}, Stage: InUse, Start: "2026-01-01", Old: true, Values: Values{"pieces": n(200)}},
			"2026-01-01 standing+1 t1 id\nopening 2026-01-01 count+200 t1"},
		"a point with four": {Facility{Key: "id", Kind: "point", Site: Site{Unit: "u", Place: "g1", Village: "v1"}, Stage: InUse, Start: "2026-01-01", Values: Values{"staff": n(4)}},
			"2026-01-01 staff_villages+1 g1 v1\n2026-01-01 standing+1 g1 id\nin 2026-01-01 count+1 g1\nin 2026-01-01 staff+4 g1"},
		"not yet in use": {planned, ""},
		"unknown kind":   {unknown, ""},
	} {
		if got := wordsOf(one.f.facts(c.On)); got != one.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, one.want)
		}
	}
}

// On any day the facts up to it add up to what the timeline says then, place by place; and a correction of one step changes only
// what that step posts and what the next one takes up.
func TestClosingValueIsWhatTheTimelineSays(t *testing.T) {
	c := shipped(t)
	rnd := rand.New(rand.NewPCG(7, 11))
	places := []Site{{Unit: "u1", Place: "v1", Village: "v1"}, {Unit: "u2", Place: "v2", Village: "v2"}, {Unit: "u2", Place: "t2"}}
	values := func() Values {
		v := Values{"length": n(rnd.Int64N(20) * 100), "cost": n(rnd.Int64N(5) * 10_000), "condition": said([]string{"良好", "待修"}[rnd.IntN(2)])}
		if rnd.IntN(4) == 0 {
			v["length"] = nil
		}
		if v["length"] != nil && rnd.IntN(3) == 0 {
			v["length"].Exactness = ledger.About
		}
		if rnd.IntN(3) == 0 {
			v["staff"] = n(rnd.Int64N(3))
		}
		return v
	}
	start := day.Day("2024-01-01")
	for range 300 {
		f := Facility{Key: "id", Kind: []string{"gallery", "board", "corridor"}[rnd.IntN(3)], Site: places[rnd.IntN(3)], Stage: InUse, Start: start.Add(rnd.IntN(50)), Old: rnd.IntN(2) == 0,
			Values: Values{}.with(values())}
		on := f.Start
		for range rnd.IntN(6) {
			on = on.Add(rnd.IntN(60)) // two on one day, too
			switch rnd.IntN(3) {
			case 0:
				to := places[rnd.IntN(3)]
				f.Changes = append(f.Changes, Change{Day: on, What: ledger.MovedIn, Site: &to})
			default:
				f.Changes = append(f.Changes, Change{Day: on, What: ledger.Changed, Values: values()})
			}
		}
		if rnd.IntN(3) == 0 {
			f.Changes = append(f.Changes, Change{Day: on.Add(rnd.IntN(9)), What: ledger.Out})
		}
		agrees(t, c, f)
		corrected := f
		corrected.Values = f.Values.with(values())
		corrected.Changes = slices.Clone(f.Changes)
		if len(f.Changes) > 0 {
			if i := rnd.IntN(len(f.Changes)); f.Changes[i].What == ledger.Changed {
				corrected.Changes[i].Values = values()
			}
		}
		agrees(t, c, corrected)
	}
}

func agrees(t *testing.T, c Catalogue, f Facility) {
	t.Helper()
	facts := f.facts(c.On)
	key := func(x ledger.Fact) string { return x.Measure + " " + x.Place + " " + x.Unit + " " + x.Key }
	for d := f.Start.Add(-1); d < f.Start.Add(420); d = d.Add(7) {
		got, want := map[string]int64{}, map[string]int64{}
		for _, x := range facts {
			if x.Day <= d {
				got[key(x)] += x.Amount
			}
		}
		for _, x := range f.stands(f.On(d), c.On(d)) {
			want[key(x)] += x.Amount
		}
		for k, v := range got {
			if v != want[k] {
				t.Fatalf("on %s %s is %d, the timeline says %d\n%+v", d, k, v, want[k], f)
			}
			delete(want, k)
		}
		for k, v := range want {
			t.Fatalf("on %s %s is missing: %d\n%+v", d, k, v, f)
		}
	}
	for _, x := range facts {
		if (x.Movement == "") != (x.Key != "") || x.Amount == 0 {
			t.Fatalf("a fact without movement or key, or of nothing: %+v", x)
		}
		if (x.Movement == ledger.In || x.Movement == ledger.Opening || x.Movement == ledger.MovedIn) && x.Amount < 0 ||
			(x.Movement == ledger.Out || x.Movement == ledger.MovedOut) && x.Amount > 0 {
			t.Fatalf("movement against its amount: %+v", x)
		}
	}
}

func TestLogFacts(t *testing.T) {
	r := shipped(t).On("2026-05-01")
	l := func(kind, of string, values Values) Log {
		return Log{Kind: kind, Facility: "id", Of: of, Unit: "u", Place: "v1", Day: "2026-05-01", Values: values}
	}
	long := l("change", "gallery", Values{"topic": said("防汛")})
	long.Then = &Then{State: flow.Verified, Key: "id", Of: "gallery", Unit: "u", Place: "v1", Standing: true, Gallery: true}
	gone := long
	gone.Then = &Then{State: flow.Verified, Key: "id", Of: "gallery", Unit: "u", Place: "v1"}
	for name, one := range map[string]struct {
		log  Log
		want string
	}{
		"a change of a short board":       {l("change", "board", Values{"topic": said("防汛")}), "2026-05-01 changes+1 v1"},
		"a change of a long gallery":      {long, "2026-05-01 changes+1 v1\n2026-05-01 gallery_changes+1 v1"},
		"a day on which it did not stand": {gone, ""},
		"opening hours":                   {l("open", "library", Values{"hours": n(240)}), "2026-05-01 open_minutes+240 v1"},
		"loans, estimated":                {l("loan", "library", Values{"loans": &Value{N: 60, Exactness: ledger.About}}), "2026-05-01 loans+60 v1 about"},
		"an inspection":                   {l("inspect", "point", Values{"result": said("正常")}), "2026-05-01 inspected+1 v1 id\n2026-05-01 inspections+1 v1"},
		"nobody came":                     {l("visit", "museum", Values{"visits": n(0)}), ""},
		"unknown":                         {l("flood", "museum", nil), ""},
	} {
		if got := wordsOf(one.log.facts(r)); got != one.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, one.want)
		}
	}
}

// Every measure that the kinds and logs name is in the catalogue, a stock for facilities and a flow or distinct for logs.
func TestTheCataloguesAgree(t *testing.T) {
	c := shipped(t)
	measures, err := indicator.ReadCatalogue(os.DirFS("../../../catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	is := func(code string, kinds ...string) {
		t.Helper()
		if m, ok := measures.Measure(code); !ok || !slices.Contains(kinds, m.Kind) {
			t.Errorf("measure %s is %q, want one of %v", code, m.Kind, kinds)
		}
	}
	is(measureCount, "stock")
	for _, code := range []string{measureStanding, measureStationVillages, measureBoardVillages, measureStaffVillages} {
		is(code, "distinct")
	}
	for _, d := range c.fields {
		if d.Measure != "" {
			is(d.Measure, "stock")
		}
	}
	for _, k := range c.kinds {
		for _, p := range k.Counts {
			is(p.Measure, "stock")
		}
	}
	for _, l := range c.logs {
		for _, p := range l.Posts {
			want := "flow"
			if p.Key != "" {
				want = "distinct"
			}
			is(p.Measure, want)
		}
	}
}

func TestReadCatalogueNamesTheRow(t *testing.T) {
	for _, one := range []struct{ file, old, new, want string }{
		{"facility-fields.csv", "length,长度,number", "length,长度,numeral", "row 3"},
		{"facility-fields.csv", "待修 停用,现状", "待修 坏了,现状", `no value "坏了"`},
		{"facility-kinds.csv", "floor_area exhibit_area exhibits cost", "floor exhibit_area exhibits cost", "floor_area"},
		{"facility-kinds.csv", ",station,", ",mast,", `no role "mast"`},
		{"facility-kinds.csv", "length>=1000 facility", "length>=x facility", "not field>=number"},
		{"facility-logs.csv", "facility.visits=visits", "facility.visits=guests", "cannot post facility.visits"},
		{"facility-logs.csv", "visit,参观,museum", "visit,参观,palace", `no kind "palace"`},
		{"facility-rules.csv", "changes_a_year,4", "changes_a_year,5", `"5" is not a number`},
		{"facility-rules.csv", "staff_least,3", "staff_lowest,3", "no rule"},
	} {
		files := fstest.MapFS{}
		for _, name := range []string{"facility-fields.csv", "facility-kinds.csv", "facility-logs.csv", "facility-rules.csv", "place-endings.csv"} {
			data, err := os.ReadFile("../../../catalogue/" + name)
			if err != nil {
				t.Fatal(err)
			}
			if name == one.file {
				changed := strings.Replace(string(data), one.old, one.new, 1)
				if changed == string(data) {
					t.Fatalf("%s has no %q", name, one.old)
				}
				data = []byte(changed)
			}
			files[name] = &fstest.MapFile{Data: data}
		}
		if _, err := ReadCatalogue(files); err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s with %s: %v, want %s", one.file, one.new, err, one.want)
		}
	}
}
