package app_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/work/facility"
)

// county is the register of facilities in the hands of its people.
type county struct {
	*apptest.World
}

func (c county) site(code string) facility.Site {
	unit := "u" + code[:2]
	return facility.Site{Unit: orgtest.Unit(c, c.Tree, unit).ID, Place: orgtest.Place(c, c.Tree, code).ID}
}

func num(n int64) *facility.Value { return &facility.Value{N: n} }

func told(text string) *facility.Value { return &facility.Value{Text: text} }

// stand lets a clerk report a facility and an officer verify it.
func (c county) stand(by string, f facility.Facility) flow.Head {
	c.Helper()
	if f.Stage == "" {
		f.Stage = facility.InUse
	}
	out, err := c.App.Facility.Create(c.As(by), register.New[facility.Facility]{Body: f, Submit: true})
	if err != nil {
		c.Fatal(err)
	}
	return c.verify(out.Head)
}

func (c county) verify(h flow.Head) flow.Head {
	c.Helper()
	verify := c.App.Facility.Verify
	if h.Kind == facility.LogKind {
		verify = c.App.Facility.Logs.Verify
	}
	h, err := verify(c.As(apptest.Officer), h.ID, h.Version, "台账更正")
	if err != nil {
		c.Fatal(err)
	}
	return h
}

// change revises a facility and has it verified.
func (c county) change(by string, h flow.Head, reason string, edit func(f *facility.Facility)) flow.Head {
	c.Helper()
	rec, err := c.App.Facility.Get(c.As(by), h.Number)
	if err != nil {
		c.Fatal(err)
	}
	edit(&rec.Body)
	out, err := c.App.Facility.Save(c.As(by), register.Change[facility.Facility]{ID: h.ID, Version: rec.Version, Body: rec.Body, Reason: reason, Submit: true})
	if err != nil {
		c.Fatal(err)
	}
	return c.verify(out.Head)
}

func (c county) log(by string, l facility.Log) flow.Head {
	c.Helper()
	out, err := c.App.Facility.Logs.Create(c.As(by), register.New[facility.Log]{Body: l, Submit: true})
	if err != nil {
		c.Fatal(err)
	}
	return c.verify(out.Head)
}

// figures are values of indicators in a place ("" the county) for a period: "2026" or "2026-01-01..2026-05-31".
func (c county) figures(place, period string, codes ...string) string {
	c.Helper()
	var out []string
	ctx := c.As(apptest.Officer)
	if err := c.App.DB.View(ctx, func(tx *db.Tx) error {
		p, err := day.ParsePeriod(period)
		if err != nil {
			return err
		}
		s := indicator.Scope{Period: p}
		if place != "" {
			s.Place = orgtest.Place(c, c.Tree, place).ID
		}
		figures, err := c.App.Indicators.Values(ctx, tx, s, codes...)
		for _, f := range figures {
			out = append(out, f.Screen(ctx))
			t, err := c.App.Indicators.Trace(ctx, tx, s, f.Def.Code, indicator.Options{})
			if err != nil {
				return err
			}
			if !t.Agrees {
				c.Errorf("%s: the facts do not make the figure", f.Def.Code)
			}
		}
		return err
	}); err != nil {
		c.Fatal(err)
	}
	return strings.Join(out, " ")
}

func (c county) are(place, period, want string, codes ...string) {
	c.Helper()
	if got := c.figures(place, period, codes...); got != want {
		c.Errorf("%s of %s in %s: %s, want %s", strings.Join(codes, " "), place, period, got, want)
	}
}

func inCounty(t *testing.T, scenario func(t *testing.T, c county)) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) { scenario(t, county{w}) })
}

// 李文芳 reports a gallery of 青溪乡, 周敏 verifies it; it is re-measured, moved to 白塔乡 and retired, and found to have been wrong
// from the start. New, closing and coverage are three figures, each of both townships as of its day.
func TestAFacilityIsMovedAndMeasuredAgain(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		codes := []string{"venue.galleries", "venue.gallery_length", "venue.boards_new", "venue.board_coverage"}
		h := c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: "青溪上村画廊", Site: c.site("0601"), Start: "2026-02-01",
			Values: facility.Values{"length": num(1000), "cost": num(2_000_000)}})
		c.are("", "2026", "1 10 1 5%", codes...)
		c.are("06", "2026", "1 10 1 50%", codes...)
		c.are("", "2025", "0 0 0 0%", codes...)

		c.change(apptest.Clerk, h, "加长了 5 米", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-04-01", What: ledger.Changed, Values: facility.Values{"length": num(1500)}})
		})
		c.are("06", "2026", "1 15 1 50%", codes...)
		c.are("06", "2026-03-31..2026-03-31", "1 10 0 50%", codes...)

		to := c.site("0701")
		if _, err := c.App.Facility.Save(c.As(apptest.Outsider), register.Change[facility.Facility]{ID: h.ID, Version: 2, Reason: "x"}); !errs.Is(err, errs.NotFound) {
			t.Errorf("an outsider changes it: %v", err)
		}
		c.change(apptest.Second, h, "搬到白塔乡", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-06-01", What: ledger.MovedIn, Site: &to})
		})
		c.are("06", "2026", "0 0 1 0%", codes...) // built here, stands there
		c.are("07", "2026", "1 15 0 50%", codes...)
		c.are("06", "2026-01-01..2026-05-31", "1 15 1 50%", codes...)
		c.are("", "2026", "1 15 1 5%", codes...)

		// «改正»: it was 12 metres from the start. What was posted on the first day is corrected there; the change of April is 3 metres.
		c.change(apptest.Second, h, "开始就量错了", func(f *facility.Facility) { f.Values["length"] = num(1200) })
		c.are("06", "2026-03-31..2026-03-31", "1 12 0 50%", codes...)
		c.are("07", "2026", "1 15 0 50%", codes...)
		c.are("06", "2026-01-01..2026-05-31", "1 15 1 50%", codes...)
		var moves []string
		if err := c.App.DB.View(c.Ctx, func(tx *db.Tx) error {
			facts, err := ledger.Standing(c.Ctx, tx, h.Ref())
			for _, f := range facts {
				if f.Measure == "facility.length" {
					moves = append(moves, fmt.Sprintf("%s %s %+d", f.Day, f.Movement, f.Amount))
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(moves)
		if got, want := strings.Join(moves, "；"), "2026-02-01 in +1200；2026-04-01 changed +300；2026-06-01 moved-in +1500；2026-06-01 moved-out -1500"; got != want {
			t.Errorf("the ledger says %s, want %s", got, want)
		}

		c.change(apptest.Second, h, "拆除", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-09-01", What: ledger.Out})
		})
		c.are("", "2026", "0 0 1 0%", codes...)
		c.are("", "2026-01-01..2026-08-31", "1 15 1 5%", codes...)
	})
}

// A closed year is corrected: both values stay, and the change needs its reason.
func TestAClosedYearOfFacilitiesIsCorrected(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		h := c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: "青溪上村画廊", Site: c.site("0601"), Start: "2025-02-01", Old: true,
			Values: facility.Values{"length": num(1000)}})
		size, err := c.App.Seal(c.Ctx)
		if err != nil {
			t.Fatal(err)
		}
		ctx := c.As(apptest.Chair)
		if err := c.App.DB.Update(ctx, func(tx *db.Tx) error { return ledger.Close(ctx, tx, "2025-12-31", "王建国", "年终") }); err != nil {
			t.Fatal(err)
		}
		c.change(apptest.Clerk, h, "原来量错了，是 11 米", func(f *facility.Facility) { f.Values["length"] = num(1100) })
		c.are("", "2025", "11", "venue.gallery_length")
		if err := c.App.DB.View(ctx, func(tx *db.Tx) error {
			f, err := c.App.Indicators.Value(ctx, tx, indicator.Scope{Period: day.Year(2025), AsOf: size.Size}, "venue.gallery_length")
			if err == nil && f.Screen(ctx) != "10" {
				t.Errorf("as it was closed: %s", f.Screen(ctx))
			}
			if err != nil {
				return err
			}
			tr, err := c.App.Indicators.Trace(ctx, tx, indicator.Scope{Period: day.Year(2025)}, "venue.gallery_length", indicator.Options{})
			corrections := 0
			for _, l := range tr.Lines {
				if l.Posted.Correction {
					corrections++
				}
			}
			if corrections != 2 || tr.Total != 3 {
				t.Errorf("%d of %d facts are corrections", corrections, tr.Total)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		c.are("", "2026", "1 11 0", "venue.galleries", "venue.gallery_length", "venue.boards_new") // it opened the book: not new
	})
}

// One station, one board, one person: a village counts when it has all three and they work.
func TestOneStationOneBoardOnePerson(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		codes := []string{"venue.full_sets", "venue.full_sets_new", "venue.full_set_coverage", "venue.full_set_new_rate"}
		c.stand(apptest.Clerk, facility.Facility{Kind: "station", Name: "上村活动站", Site: c.site("0601"), Start: "2025-05-01", Values: facility.Values{"staff": num(1)}})
		board := c.stand(apptest.Clerk, facility.Facility{Kind: "board", Name: "上村宣传栏", Site: c.site("0601"), Start: "2025-06-01"})
		c.stand(apptest.Clerk, facility.Facility{Kind: "station", Name: "下村活动站", Site: c.site("0602"), Start: "2025-05-01"})
		c.stand(apptest.Clerk, facility.Facility{Kind: "point", Name: "下村宣传点", Site: c.site("0602"), Start: "2025-05-01", Values: facility.Values{"staff": num(3)}})
		c.are("", "2025", "1 1 5% 5%", codes...)
		c.stand(apptest.Clerk, facility.Facility{Kind: "board", Name: "下村宣传栏", Site: c.site("0602"), Start: "2026-03-01"})
		c.are("", "2026", "2 1 10% 5%", codes...)
		c.are("06", "2026", "2 1 100% 50%", codes...)
		c.change(apptest.Clerk, board, "玻璃碎了", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-07-01", What: ledger.Changed, Values: facility.Values{"condition": told("待修")}})
		})
		c.are("", "2026", "1 1 5% 5%", codes...)
		c.are("", "2026", "3 1", "venue.propagandists", "venue.points")
		c.are("", "2026", "3", "venue.persons_per_point")
	})
}

// Logs post on their own days where the facility stood then; turnover and hours a week are computed from them.
func TestLogsOfALibrary(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		h := c.stand(apptest.Clerk, facility.Facility{Kind: "library", Name: "青溪图书室", Site: c.site("0601"), Start: "2026-01-01", Values: facility.Values{"books": num(500)}})
		for _, l := range []facility.Log{
			{Kind: "open", Day: "2026-01-05", Values: facility.Values{"hours": num(30 * 60)}},
			{Kind: "open", Day: "2026-01-12", Values: facility.Values{"hours": num(34 * 60)}},
			{Kind: "loan", Day: "2026-01-12", Values: facility.Values{"loans": num(120)}},
			{Kind: "loan", Day: "2026-01-20", Values: facility.Values{"loans": num(100)}},
			{Kind: "inspect", Day: "2026-01-20", Values: facility.Values{"result": told("正常")}},
		} {
			l.Facility = h.ID
			c.log(apptest.Clerk, l)
		}
		c.are("", "2026-01-01..2026-01-14", "32 24%", "venue.library_hours", "venue.library_turnover")
		c.are("06", "2026-01-01..2026-01-28", "16 44%", "venue.library_hours", "venue.library_turnover")
		c.are("", "2026", "100%", "venue.inspected_rate")

		gallery := c.stand(apptest.Clerk, facility.Facility{Kind: "board", Name: "上村宣传栏", Site: c.site("0601"), Start: "2026-01-01", Values: facility.Values{"length": num(600)},
			Changes: []facility.Change{{Day: "2026-05-01", What: ledger.Changed, Values: facility.Values{"length": num(1200)}}}})
		for _, on := range []day.Day{"2026-03-01", "2026-06-01", "2026-06-20"} {
			c.log(apptest.Clerk, facility.Log{Kind: "change", Facility: gallery.ID, Day: on, Values: facility.Values{"topic": told("防汛")}})
		}
		c.are("", "2026", "2 2", "venue.gallery_changes", "venue.changes_per_gallery") // in March it was no gallery yet
		// The library stood in 下村 all the time: what was logged at it goes there too, and so it does when the board was long from the start.
		c.change(apptest.Clerk, h, "地点选错了", func(f *facility.Facility) { f.Site = c.site("0602") })
		c.are("0601", "2026", "0", "facility.loans")
		c.are("0602", "2026", "220", "facility.loans")
		c.logsAre(h, "0602", 5)
		c.change(apptest.Second, gallery, "开始就有 12 米", func(f *facility.Facility) { f.Values, f.Changes = facility.Values{"length": num(1200)}, nil })
		c.are("", "2026", "3", "venue.gallery_changes")
		for name, one := range map[string]struct {
			log  facility.Log
			want string
		}{
			"before it stood":   {facility.Log{Kind: "loan", Facility: h.ID, Day: "2025-12-31", Values: facility.Values{"loans": num(1)}}, "才启用"},
			"tomorrow":          {facility.Log{Kind: "loan", Facility: h.ID, Day: "2026-09-19", Values: facility.Values{"loans": num(1)}}, "还没有到"},
			"not of a library":  {facility.Log{Kind: "change", Facility: h.ID, Day: "2026-05-01", Values: facility.Values{"topic": told("x")}}, "图书室没有「更换版面」"},
			"without its count": {facility.Log{Kind: "loan", Facility: h.ID, Day: "2026-05-01"}, "请填借阅"},
			"of no kind":        {facility.Log{Kind: "x", Facility: h.ID, Day: "2026-05-01"}, "没有「x」这种日志"},
			"of no facility":    {facility.Log{Kind: "loan", Day: "2026-05-01"}, "请选设施"},
			"another's field":   {facility.Log{Kind: "loan", Facility: h.ID, Day: "2026-05-01", Values: facility.Values{"loans": num(1), "visits": num(1)}}, "借阅没有「参观」"},
		} {
			if _, err := c.App.Facility.Logs.Create(c.As(apptest.Clerk), register.New[facility.Log]{Body: one.log, Submit: true}); err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("%s: %v, want %s", name, err, one.want)
			}
		}
		if _, err := c.App.Facility.Logs.Create(c.As(apptest.Outsider), register.New[facility.Log]{Body: facility.Log{Kind: "loan", Facility: h.ID, Day: "2026-05-01",
			Values: facility.Values{"loans": num(1)}}, Submit: true}); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "没有标识为「"+h.ID+"」的设施") {
			t.Errorf("an outsider writes the log of a facility that he does not see: %v", err)
		}
	})
}

func TestFacilitiesThatCannotBe(t *testing.T) {
	c := county{apptest.Open(t, "")}
	good := func() facility.Facility {
		return facility.Facility{Kind: "gallery", Name: "画廊", Site: c.site("0601"), Stage: facility.InUse, Start: "2026-02-01", Values: facility.Values{"length": num(1000)}}
	}
	changed := func(changes ...facility.Change) func(*facility.Facility) {
		return func(f *facility.Facility) { f.Changes = changes }
	}
	here := c.site("0601")
	for name, one := range map[string]struct {
		edit func(f *facility.Facility)
		want string
	}{
		"no kind":                {func(f *facility.Facility) { f.Kind = "castle" }, "没有「castle」这个设施类别"},
		"no name":                {func(f *facility.Facility) { f.Name = "" }, "请写名称"},
		"no start":               {func(f *facility.Facility) { f.Start = "" }, "请写启用日期"},
		"in use from tomorrow":   {func(f *facility.Facility) { f.Start = "2026-09-19" }, "还没有到"},
		"long ago":               {func(f *facility.Facility) { f.Start = "1066-10-14" }, "请核对年份"},
		"nowhere":                {func(f *facility.Facility) { f.Place = "x" }, "没有标识为「x」的地点"},
		"nobody's":               {func(f *facility.Facility) { f.Unit = "" }, "请选管理单位"},
		"without its length":     {func(f *facility.Facility) { f.Values = nil }, "请填长度"},
		"a field of another":     {func(f *facility.Facility) { f.Values["books"] = num(3) }, "科普画廊没有「在藏图书」"},
		"too long":               {func(f *facility.Facility) { f.Values["length"] = num(100_000_001) }, "长度不对"},
		"negative":               {func(f *facility.Facility) { f.Values["length"] = num(-1) }, "长度不对"},
		"a condition of its own": {func(f *facility.Facility) { f.Values["condition"] = told("崭新") }, "现状不对"},
		"changed before":         {changed(facility.Change{Day: "2026-01-01", What: ledger.Changed, Values: facility.Values{"length": num(1)}}), "早于启用日期"},
		"changed tomorrow":       {changed(facility.Change{Day: "2026-09-19", What: ledger.Out}), "等变了再记"},
		"changed to the same":    {changed(facility.Change{Day: "2026-03-01", What: ledger.Changed, Values: facility.Values{"length": num(1000)}}), "没有一项和原来不同"},
		"moved to where it is":   {changed(facility.Change{Day: "2026-03-01", What: ledger.MovedIn, Site: &here}), "都没有变"},
		"moved nowhere":          {changed(facility.Change{Day: "2026-03-01", What: ledger.MovedIn}), "请选搬到哪里"},
		"changed after its end":  {changed(facility.Change{Day: "2026-03-01", What: ledger.Out}, facility.Change{Day: "2026-04-01", What: ledger.Changed, Values: facility.Values{"length": num(1)}}), "已经停用"},
		"out of order":           {changed(facility.Change{Day: "2026-04-01", What: ledger.Changed, Values: facility.Values{"length": num(1)}}, facility.Change{Day: "2026-03-01", What: ledger.Out}), "请按先后填"},
		"changed somehow":        {changed(facility.Change{Day: "2026-04-01", What: ledger.In}), "没有「in」这种变动"},
		"changed before in use": {func(f *facility.Facility) {
			f.Stage, f.Changes = facility.Building, []facility.Change{{Day: "2026-04-01", What: ledger.Out}}
		}, "请先改成在用"},
	} {
		f := good()
		one.edit(&f)
		if _, err := c.App.Facility.Create(c.As(apptest.Clerk), register.New[facility.Facility]{Body: f, Submit: true}); err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s: %v, want %s", name, err, one.want)
		}
	}
	if _, err := c.App.Facility.Create(c.Ctx, register.New[facility.Facility]{Body: good()}); err == nil {
		t.Error("nobody may enter a facility")
	}
}

// busyFacilities is a facility and a log in every state that verification looks at.
func busyFacilities(w *apptest.World) {
	w.Helper()
	c := county{w}
	h := c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: "青溪上村画廊", Site: c.site("0601"), Start: "2026-02-01", Values: facility.Values{"length": num(1000), "keeper": told("王建国")}})
	c.change(apptest.Clerk, h, "加长了", func(f *facility.Facility) {
		f.Changes = append(f.Changes, facility.Change{Day: "2026-04-01", What: ledger.Changed, Values: facility.Values{"length": num(1500)}})
	})
	c.log(apptest.Clerk, facility.Log{Kind: "change", Facility: h.ID, Day: "2026-05-01", Values: facility.Values{"topic": told("防汛")}})
	if _, err := w.App.Facility.Logs.Create(w.As(apptest.Clerk), register.New[facility.Log]{Submit: true,
		Body: facility.Log{Kind: "inspect", Facility: h.ID, Day: "2026-06-01", Values: facility.Values{"result": told("正常")}}}); err != nil {
		w.Fatal(err)
	}
	if _, err := w.App.Facility.Create(w.As(apptest.Clerk), register.New[facility.Facility]{Body: facility.Facility{Kind: "station", Name: "上村活动站", Site: c.site("0601"), Start: "2026-03-01"}}); err != nil {
		w.Fatal(err)
	}
}

// Nobody chooses the key by which a facility is counted: two galleries with one key stay two, and no words of a caller reach the ledger.
func TestTheKeyOfAFacilityIsItsOwn(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		s := c.App.Facility
		key := func(h flow.Head) string {
			rec, err := s.Get(c.As(apptest.Clerk), h.Number)
			if err != nil {
				t.Fatal(err)
			}
			return rec.Body.Key
		}
		gallery := func(name, key string) facility.Facility {
			return facility.Facility{Key: key, Kind: "gallery", Name: name, Site: c.site("0601"), Start: "2026-02-01", Values: facility.Values{"length": num(1000)}}
		}
		one := c.stand(apptest.Clerk, gallery("东头画廊", "李文芳 13800000000"))
		made := key(one)
		two := c.stand(apptest.Clerk, gallery("西头画廊", made))
		if !id.Valid(made) || key(two) == made {
			t.Fatalf("the keys are %q and %q", made, key(two))
		}
		c.change(apptest.Clerk, two, "换个键", func(f *facility.Facility) { f.Key = made })
		if key(two) == made {
			t.Error("a revision took the key of another facility")
		}
		draft, err := s.Create(c.As(apptest.Clerk), register.New[facility.Facility]{Body: gallery("南头画廊", "")})
		if err != nil {
			t.Fatal(err)
		}
		was, f := key(draft.Head), gallery("南头画廊", made)
		f.Stage = facility.InUse
		if _, err := s.Save(c.As(apptest.Clerk), register.Change[facility.Facility]{ID: draft.ID, Version: draft.Version, Body: f}); err != nil {
			t.Fatal(err)
		}
		if got := key(draft.Head); got != was {
			t.Errorf("the key of a draft became %q", got)
		}
	})
}

// Logs count only where their facility does: they wait for its verification, and fall with it.
func TestLogsStandWithTheirFacility(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		s := c.App.Facility
		out, err := s.Create(c.As(apptest.Clerk), register.New[facility.Facility]{Submit: true, Body: facility.Facility{Kind: "gallery", Name: "上村画廊", Site: c.site("0601"),
			Stage: facility.InUse, Start: "2026-02-01", Values: facility.Values{"length": num(1000)}}})
		if err != nil {
			t.Fatal(err)
		}
		l, err := s.Logs.Create(c.As(apptest.Clerk), register.New[facility.Log]{Submit: true,
			Body: facility.Log{Kind: "change", Facility: out.ID, Day: "2026-05-01", Values: facility.Values{"topic": told("防汛")}}})
		if err != nil {
			t.Fatal(err)
		}
		early := func(what string) {
			t.Helper()
			if _, err := s.Logs.Verify(c.As(apptest.Officer), l.ID, l.Version, ""); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "请先核实设施") {
				t.Errorf("%s: %v", what, err)
			}
			if _, err := s.Logs.VerifyMany(c.As(apptest.Officer), []flow.Pick{{Ref: l.Ref(), Version: l.Version}}, ""); !errs.Is(err, errs.Conflict) {
				t.Errorf("%s, among several: %v", what, err)
			}
		}
		early("of a submitted facility")
		back, err := s.Return(c.As(apptest.Officer), out.ID, out.Version, "长度不对")
		if err != nil {
			t.Fatal(err)
		}
		early("of a returned facility")
		c.are("", "2026", "0", "venue.gallery_changes")
		if back, err = s.Submit(c.As(apptest.Clerk), back.ID, back.Version); err != nil {
			t.Fatal(err)
		}
		h := c.verify(back)
		c.verify(l.Head)
		c.are("", "2026", "1", "venue.gallery_changes")
		if _, err := s.Void(c.As(apptest.Officer), h.ID, h.Version, "没有这处"); err != nil {
			t.Fatal(err)
		}
		c.are("", "2026", "0", "venue.gallery_changes")
	})
}

// TestScienceVehiclesAreCounted: a caravan is a facility of its own kind; one that was sold no longer counts.
func TestScienceVehiclesAreCounted(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		h := c.stand(apptest.Clerk, facility.Facility{Kind: "vehicle", Name: "科普大篷车", Site: c.site("06"), Start: "2026-02-01", Values: facility.Values{"plate": told("云A00001"), "cost": num(30_000_000)}})
		c.are("", "2026", "1 0", "venue.vehicles", "venue.galleries")
		c.change(apptest.Clerk, h, "报废", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-08-01", What: ledger.Out})
		})
		c.are("", "2026", "0", "venue.vehicles")
		c.are("", "2026-01-01..2026-07-31", "1", "venue.vehicles")
	})
}

// logsAre insists on the place of all logs of a facility, and on the page of one of them.
func (c county) logsAre(h flow.Head, place string, n int) {
	c.Helper()
	ctx := c.As(apptest.Officer)
	entries, err := c.App.Facility.Logs.List(ctx, register.Query{Filter: flow.Filter{Kinds: []string{facility.LogKind}, Place: orgtest.Place(c, c.Tree, place).ID}})
	if err != nil || len(entries) != n {
		c.Errorf("%d logs at %s, want %d (%v)", len(entries), place, n, err)
	}
	for _, e := range entries {
		if e.Body.Facility != h.ID || e.Title != h.Title {
			c.Errorf("%s is called %s and is of %s", e.Number, e.Title, e.Body.Facility)
		}
	}
}

// TestLogsFollowACorrection: «改正» takes what was logged along, in list, sight and figures; «变动» leaves it where it was on its day.
// What waits or is being revised follows too.
func TestLogsFollowACorrection(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		s := c.App.Facility.Logs
		h := c.stand(apptest.Second, facility.Facility{Kind: "library", Name: "图书室", Site: c.site("0601"), Start: "2026-01-01", Values: facility.Values{"books": num(500)}})
		loan := func(on day.Day, n int64) facility.Log {
			return facility.Log{Kind: "loan", Facility: h.ID, Day: on, Values: facility.Values{"loans": num(n)}}
		}
		first := c.log(apptest.Second, loan("2026-02-01", 10))
		waits, err := s.Create(c.As(apptest.Second), register.New[facility.Log]{Body: loan("2026-02-02", 20), Submit: true})
		if err != nil {
			t.Fatal(err)
		}
		gone := c.log(apptest.Second, loan("2026-02-03", 30))
		if _, err := s.Void(c.As(apptest.Officer), gone.ID, gone.Version, "记错"); err != nil {
			t.Fatal(err)
		}
		open, err := s.Save(c.As(apptest.Second), register.Change[facility.Log]{ID: first.ID, Version: first.Version, Body: loan("2026-02-01", 11), Reason: "漏了一册", Submit: true})
		if err != nil {
			t.Fatal(err)
		}
		to := c.site("0701")
		c.change(apptest.Second, h, "搬到白塔乡", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-06-01", What: ledger.MovedIn, Site: &to})
		})
		c.logsAre(h, "0601", 3)
		outsider := c.Sign(apptest.Outsider)
		if got := outsider.Get("/facility.log/" + first.Number); got.Status != 404 {
			t.Errorf("河西镇 sees the log before it is its own: %d", got.Status)
		}
		h = c.change(apptest.Second, h, "开始就在河西镇", func(f *facility.Facility) { f.Name, f.Site = "河西图书室", c.site("0201") })
		c.logsAre(h, "0601", 0)
		c.logsAre(h, "0201", 3)
		c.are("02", "2026", "10", "facility.loans")
		answers(t, outsider.Get("/facility.log/"+first.Number), 200, "河西图书室", "记的时候台账写的是青溪乡")
		answers(t, outsider.Get("/facility.log?q="+url.QueryEscape("河西图书室")), 200, first.Short(), waits.Short())
		if _, err := s.Verify(c.As(apptest.Officer), open.ID, open.Version, ""); err != nil {
			t.Fatal(err)
		}
		c.logsAre(h, "0201", 3)
		c.are("02", "2026", "11", "facility.loans")
	})
}
