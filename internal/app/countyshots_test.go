package app_test

import (
	"net/url"

	"shilu/internal/app/apptest"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// titled is the number of the record of a kind with a title, the latest of several.
func titled(w *apptest.World, kind, title string) string {
	w.Helper()
	var number string
	if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
		number, err = db.One(w.Ctx, tx, db.Value[string], "SELECT number FROM record WHERE association = ? AND kind = ? AND title = ? ORDER BY id DESC LIMIT 1", org.Of(w.Ctx), kind, title)
		return err
	}); err != nil {
		w.Fatal(title, err)
	}
	return number
}

// pagesOfCounty are pages of activities and facilities as they look in a county that has kept them for three years.
func pagesOfCounty(w *apptest.World) []shot {
	const zhou, clerk, chair, liaison = apptest.Officer, apptest.Clerk, apptest.Chair, "maxy"
	event := func(title string) string { return "/activity/" + titled(w, "activity", title) }
	return []shot{
		{name: "home-chair", who: chair, path: "/", do: drawn},
		{name: "home-liaison", who: liaison, path: "/", do: drawn},
		{name: "home-events", who: zhou, path: "/?figure=event.attendances", do: drawn},
		{name: "event-list", who: zhou, path: "/activity"},
		{name: "event-list-clerk", who: clerk, path: "/activity"},
		{name: "event-list-liaison", who: liaison, path: "/activity"},
		{name: "event-joint", who: zhou, path: event("2026年全国科普月启动仪式")},
		{name: "event-umbrella", who: zhou, path: event("2025年全国科普月系列活动")},
		{name: "event-tour", who: zhou, path: event("2026年文化科技卫生“三下乡”集中服务")},
		{name: "event-twice", who: zhou, path: event("近视防控知识讲座（青溪小学儿童）")},
		{name: "event-form", who: clerk, path: "/activity/new"},
		{name: "event-late", who: zhou, path: event("松坪镇果树秋管现场课")},
		{name: "campaign-month", who: zhou, path: "/campaigns/" + url.PathEscape("全国科普月") + "?year=2026"},
		{name: "campaigns-year", who: zhou, path: "/campaigns?year=2026"},
		{name: "county-unreached", who: zhou, path: "/campaigns/unreached?year=2026"},
		{name: "stand-list", who: zhou, path: "/facility"},
		{name: "stand-care", who: zhou, path: "/facility/care"},
		{name: "stand-matrix", who: zhou, path: "/facility/matrix?period=2026"},
		{name: "stand-logs", who: zhou, path: "/facility.log"},
	}
}
