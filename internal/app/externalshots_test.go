package app_test

import (
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/work/external"
)

// pagesOfExternal are the pages of figures that others counted, with data, empty and with errors.
func pagesOfExternal(w *apptest.World) []shot {
	const zhou, clerk = apptest.Officer, apptest.Clerk
	c := county{w}
	own := c.state(c.stated("population", "06", 2025, 32160))
	c.state(c.stated("population", "02", 2024, 41020))
	about := c.stated("households", "06", 2025, 8100)
	about.Value.Exactness = ledger.About
	c.state(about)
	c.state(c.stated("literacy", "0", 2025, 1235))
	waits, err := w.App.External.Create(w.As(zhou), register.New[external.Stated]{Body: c.stated("households", "02", 2025, 9200), Submit: true})
	if err != nil {
		w.Fatal(err)
	}
	press := func(text string) func(b *apptest.Chrome) {
		return func(b *apptest.Chrome) {
			b.Press(text)
			time.Sleep(600 * time.Millisecond)
		}
	}
	return []shot{
		{name: "external-list", who: zhou, path: "/external"},
		{name: "external-list-empty", who: zhou, path: "/external?figure_of=app_users"},
		{name: "external-record", who: zhou, path: "/external/" + own.Number},
		{name: "external-record-waiting", who: zhou, path: "/external/" + waits.Number},
		{name: "external-new", who: clerk, path: "/external/new"},
		{name: "external-new-error", who: clerk, path: "/external/new", do: press("提交核实")},
		{name: "external-sheet", who: zhou, path: "/external/sheet?figure=households&year=2025"},
		{name: "external-sheet-error", who: zhou, path: "/external/sheet?figure=households&year=2025", do: press("提交核实")},
		{name: "external-trace", who: zhou, path: "/figures/place.population?period=2026&place=06"},
		{name: "external-trace-missing", who: zhou, path: "/figures/place.population?period=2026"},
		{name: "external-trace-ratio", who: zhou, path: "/figures/training.attendees_per_100_households?period=2026&place=06"},
	}
}
