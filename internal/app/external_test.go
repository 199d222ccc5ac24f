package app_test

import (
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/work/external"
)

// stated is a figure of a place ("0" the county) at the end of a year, entered by the office.
func (c county) stated(figure, place string, year int, n int64) external.Stated {
	return external.Stated{Figure: figure, Unit: orgtest.Unit(c, c.Tree, "office").ID, Place: orgtest.Place(c, c.Tree, place).ID, Year: year, Day: day.Year(year).To,
		Value: &register.Count{N: n}, Source: "县统计局公报"}
}

// state lets 周敏 enter a figure and 李岩 verify it.
func (c county) state(s external.Stated) flow.Head {
	c.Helper()
	out, err := c.App.External.Create(c.As(apptest.Officer), register.New[external.Stated]{Body: s, Submit: true})
	if err != nil {
		c.Fatal(err)
	}
	h, err := c.App.External.Verify(c.As(apptest.Second), out.ID, out.Version, "迟报")
	if err != nil {
		c.Fatal(err)
	}
	return h
}

// busyExternal adds a figure that is verified, one that is 0, and one that waits.
func busyExternal(t *testing.T, w *apptest.World) {
	t.Helper()
	c := county{w}
	c.state(c.stated("population", "06", 2025, 32000))
	c.state(c.stated("households", "06", 2025, 0))
	waits := c.stated("population", "02", 2025, 28000)
	waits.Value.Exactness = ledger.About
	must[register.Entered](t)(w.App.External.Create(w.As(apptest.Officer), register.New[external.Stated]{Body: waits, Submit: true}))
}

// There is one figure of a place, stage and year, whatever way a second comes: entered, or by a revision of another.
func TestOneFigureOfAYear(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		h := c.state(c.stated("population", "06", 2024, 32000))
		other := c.state(c.stated("population", "06", 2023, 31000))
		refused := func(what string, err error) {
			t.Helper()
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "已经登记在 "+h.Number) {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err := c.App.External.Create(c.As(apptest.Officer), register.New[external.Stated]{Body: c.stated("population", "06", 2024, 1)})
		refused("a draft", err)
		moved := c.stated("population", "06", 2024, 31000)
		out, err := c.App.External.Save(c.As(apptest.Officer), register.Change[external.Stated]{ID: other.ID, Version: other.Version, Body: moved, Reason: "年份写错", Submit: true})
		if err == nil { // the revision may be written; it cannot stand
			_, err = c.App.External.Verify(c.As(apptest.Second), out.ID, out.Version, "")
		}
		refused("a revision", err)
		if _, err := c.App.External.Return(c.As(apptest.Second), out.ID, out.Version, "这一年已经有了"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.App.External.Void(c.As(apptest.Officer), h.ID, h.Version, "来源不对"); err != nil {
			t.Fatal(err)
		}
		c.state(c.stated("population", "06", 2024, 32100))
		pupils := external.Stated{Figure: "pupils", Stage: "小学", Unit: orgtest.Unit(c, c.Tree, "office").ID, Place: orgtest.Place(c, c.Tree, "06").ID, Year: 2025, Day: "2025-09-01",
			Value: &register.Count{N: 900}, Source: "教育局"}
		c.state(pupils)
		pupils.Stage = "初中"
		c.state(pupils)
	})
}

// The figures open to the records and their source; they say of what day and whose they are, and who changed them.
func TestExternalFiguresOpenToTheirSource(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		officer := c.Sign(apptest.Officer)
		shows(t, officer.Get("/figures/place.population?period=2026"), "没有数", "还没有登记云岭县的数", "期末以前最近一次核实的「常住人口」")
		h := c.state(c.stated("population", "06", 2024, 32000))
		c.state(c.stated("households", "06", 2025, 8000))
		c.are("06", "2026", "32,000 8,000", "place.population", "place.households")
		page := officer.Get("/figures/place.population?period=2026&place=06")
		shows(t, page, "32,000", "外部数据", "2024年末的数，来源：县统计局公报", "2024年末常住人口", "缺佐证")
		shows(t, officer.Get("/figures/place.population?period=2026"), "没有数", "缺河东镇、河西镇、松坪镇、大营镇、石门镇等 9 处的数")
		shows(t, officer.Get("/figures?period=2026&place=06&q=常住人口"), "32,000", "外部数据：2024年末的数，来源：县统计局公报")
		shows(t, officer.Get("/figures/training.attendees_per_100_households?period=2026&place=06"), "户数", "外部数据", "× 100")
		shows(t, officer.Get("/external?figure=place.population&period=2026&place=06"), "2024年末常住人口")
		c.update(h, 32100)
		c.are("06", "2026", "32,100", "place.population")
		shows(t, officer.Get("/figures/place.population/changes?period=2026&place=06"), "32,000", "32,100", "年鉴修订")
	})
}

// update revises a figure and has it verified.
func (c county) update(h flow.Head, n int64) {
	c.Helper()
	rec, err := c.App.External.Get(c.As(apptest.Officer), h.Number)
	if err != nil {
		c.Fatal(err)
	}
	rec.Body.Value = &register.Count{N: n}
	out, err := c.App.External.Save(c.As(apptest.Officer), register.Change[external.Stated]{ID: h.ID, Version: rec.Version, Body: rec.Body, Reason: "年鉴修订", Submit: true})
	if err != nil {
		c.Fatal(err)
	}
	if _, err := c.App.External.Verify(c.As(apptest.Second), out.ID, out.Version, ""); err != nil {
		c.Fatal(err)
	}
}
