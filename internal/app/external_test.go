package app_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
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
		for _, submit := range []bool{false, true} {
			_, err = c.App.External.Save(c.As(apptest.Officer), register.Change[external.Stated]{ID: other.ID, Version: other.Version, Body: moved, Reason: "年份写错", Submit: submit})
			refused("a revision", err)
		}
		officer := c.Sign(apptest.Officer)
		officer.Get("/external/" + other.Number + "/edit")
		form := url.Values{"version": {strconv.Itoa(other.Version)}, "figure": {"population"}, "place": {"青溪乡"}, "year": {"2024"}, "day": {"2024-12-31"}, "value": {"31000"},
			"source": {"县统计局公报"}, "unit": {"office"}, "reason": {"年份写错"}, "do": {"save"}}
		if got := officer.Post("/external/"+other.Number+"/edit", form); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "已经登记在 "+h.Number) {
			t.Errorf("the form of a revision answers %d: %s", got.Status, plain(got.Body))
		}
		if _, err := c.App.External.Void(c.As(apptest.Officer), h.ID, h.Version, "来源不对"); err != nil {
			t.Fatal(err)
		}
		// The figure is free: the revision is kept. Taken meanwhile, it is refused when it is handed over.
		out := must[register.Entered](t)(c.App.External.Save(c.As(apptest.Officer), register.Change[external.Stated]{ID: other.ID, Version: other.Version, Body: moved, Reason: "年份写错"}))
		h = c.state(c.stated("population", "06", 2024, 32100))
		_, err = c.App.External.Submit(c.As(apptest.Officer), out.ID, out.Version)
		refused("a revision that is handed over", err)
		pupils := external.Stated{Figure: "pupils", Stage: "小学", Unit: orgtest.Unit(c, c.Tree, "office").ID, Place: orgtest.Place(c, c.Tree, "06").ID, Year: 2025, Day: "2025-09-01",
			Value: &register.Count{N: 900}, Source: "教育局"}
		c.state(pupils)
		pupils.Stage = "初中"
		c.state(pupils)
	})
}

// A draft holds no figure: the record that is handed over first does. Who may not see that one is not told its number.
func TestADraftHoldsNoFigure(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		draft := c.stated("population", "06", 2024, 1)
		draft.Unit = orgtest.Unit(c, c.Tree, "u06").ID
		mine := must[register.Entered](t)(c.App.External.Create(c.As(apptest.Clerk), register.New[external.Stated]{Body: draft}))
		if found := must[register.Entered](t)(c.App.External.Create(c.As(apptest.Second), register.New[external.Stated]{Body: c.stated("population", "06", 2024, 2)})); len(found.Similar) > 0 {
			t.Errorf("the draft of another is in the way: %v", found.Similar)
		}
		h := c.state(c.stated("population", "06", 2024, 32000))
		if _, err := c.App.External.Submit(c.As(apptest.Clerk), mine.ID, mine.Version); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "已经登记在 "+h.Number) {
			t.Errorf("the draft is handed over: %v", err)
		}
		err := c.App.External.DB.View(c.As(apptest.Outsider), func(tx *db.Tx) error {
			return c.App.External.Then(c.As(apptest.Outsider), tx, flow.Head{Kind: external.Kind, ID: mine.ID, State: flow.Draft, Version: mine.Version}, "")
		})
		if err == nil || strings.Contains(err.Error(), h.Number) || !strings.Contains(err.Error(), "别的单位已登记，请找县科协") {
			t.Errorf("who does not see it: %v", err)
		}
		if _, err := c.App.External.Void(c.As(apptest.Officer), h.ID, h.Version, "来源不对"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.App.External.Submit(c.As(apptest.Clerk), mine.ID, mine.Version); err != nil {
			t.Errorf("the draft, now that the figure is free: %v", err)
		}
	})
}

// What would be a second figure under another name, or one that no figure shows, is refused with a sentence, whatever way it comes.
func TestExternalFiguresOutOfBounds(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		refused := func(what string, login string, s external.Stated, text string) {
			t.Helper()
			if _, err := c.App.External.Create(c.As(login), register.New[external.Stated]{Body: s, Submit: true}); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v", what, err)
			}
		}
		users := external.Stated{Figure: "app_users", Unit: c.Tree.Office().ID, Place: orgtest.Place(c, c.Tree, "06").ID, Day: "2026-01-05", Value: &register.Count{N: 9}, Source: "省科协"}
		h := c.state(users)
		refused("the same day", apptest.Officer, users, "已经登记在 "+h.Number)
		for _, year := range []int{2025, 2026} {
			users.Year = year
			refused("the same day of a year", apptest.Officer, users, "按时点登记，不写年份")
		}
		late := c.stated("population", "06", 2017, 32000)
		late.Day = "2018-01-01"
		refused("the day after the year", apptest.Officer, late, "2018年1月1日不在2017年里")
		pupils := external.Stated{Figure: "pupils", Stage: "小学", Unit: c.Tree.Office().ID, Place: late.Place, Year: 2024, Day: "2025-08-01", Value: &register.Count{N: 900}, Source: "教育局"}
		refused("the day after the school year", apptest.Officer, pupils, "2025年8月1日不在2024—2025学年里")
		pupils.Day = "2025-07-31"
		c.state(pupils)
		long := c.stated("population", "06", 2016, 32000)
		long.Source, long.Note = strings.Repeat("长", 4000), strings.Repeat("长", 501)
		refused("a long source", apptest.Officer, long, "「来源」有 4000 个字，最多 200 个")
		refused("a long note", apptest.Officer, long, "「备注」有 501 个字，最多 500 个")
		long.Source, long.Note = strings.Repeat("长", 200), strings.Repeat("长", 500)
		c.state(long)
		other := c.stated("population", "02", 2024, 1)
		other.Unit = orgtest.Unit(c, c.Tree, "u06").ID
		refused("another township", apptest.Clerk, other, "不归青溪乡科协登记")
		other.Place = c.Tree.Root().ID
		refused("the county", apptest.Clerk, other, "不归青溪乡科协登记")
		// A member unit that serves the county states the county's figures, not those of townships that it may not see.
		var bureau org.Unit
		if err := c.App.DB.Update(c.Ctx, func(tx *db.Tx) (err error) {
			bureau, err = org.AddUnit(c.Ctx, tx, org.Unit{Code: "m01", Name: "县统计局", Kind: org.KindMember, Place: c.Tree.Root().ID, Parent: c.Tree.Office().ID})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		other = c.stated("population", "06", 2015, 32000)
		other.Unit = bureau.ID
		refused("a township, by who serves the county", apptest.Officer, other, "青溪乡不归县统计局登记")
		other.Place = c.Tree.Root().ID
		c.state(other)
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
