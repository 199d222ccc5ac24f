package app_test

import (
	"net/http"
	"net/url"
	"strings"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
)

// pagesOfPlaces are the pages that make and change places, in a county whose books are closed up to the end of 2025.
func pagesOfPlaces(w *apptest.World) []shot {
	const zhou, chair, admin = apptest.Officer, apptest.Chair, apptest.Admin
	c := county{w}
	checked := func(who, name, rows string) string {
		w.Helper()
		im, err := w.App.Intake.Receive(w.As(who), "training", name, strings.NewReader(rows))
		if err != nil {
			w.Fatal(err)
		}
		if _, err = w.App.Intake.Check(w.As(who), im.ID, intake.Options{}); err != nil {
			w.Fatal(err)
		}
		return "/imports/training/" + im.ID
	}
	done := func(b *apptest.Browser, path string, form url.Values) string {
		w.Helper()
		got := b.Post(path, form)
		if got.Status != http.StatusOK {
			w.Fatalf("%s: %d\n%.2000s", path, got.Status, got.Body)
		}
		at, _, _ := strings.Cut(got.Path, "?")
		return at
	}
	c.closeYear(2025)
	keeper, of := w.Sign(admin), w.Sign(chair)
	added := func(b *apptest.Browser, name, from, reason string) string {
		w.Helper()
		return done(b, "/settings/places", url.Values{"name": {name}, "parent": {"06"}, "from": {from}, "reason": {reason}})
	}
	late := added(of, "云外村", "2025-06-01", "去年分出来的村，漏登了")
	gone := added(keeper, "山后村", "2026-02-01", "")
	done(keeper, gone+"/rename", url.Values{"name": {"山背后村"}, "rename_from": {"2026-04-01"}})
	done(keeper, gone+"/move", url.Values{"parent": {"07"}, "move_from": {"2026-05-01"}})
	merged := added(keeper, "岭下村", "2026-03-01", "")
	done(keeper, merged+"/merge", url.Values{"successor": {"0601"}, "merge_from": {"2026-07-01"}})
	unmerged := added(keeper, "岭上村", "2026-03-01", "")
	done(keeper, unmerged+"/merge", url.Values{"successor": {"0601"}, "merge_from": {"2026-07-01"}})
	done(keeper, unmerged+"/unmerge", nil)

	old := strings.NewReplacer("云外村", "天外村", "天外村", "云上坪村").Replace(oldBook)
	rows := old + "丁班,农村实用技术短期培训,青溪乡,青溪乡上村,2026-06-11,2026-06-11,核桃嫁接,44\n戊班,农村实用技术短期培训,,无名村,2026-06-12,2026-06-12,核桃嫁接,45\n"
	asked := func(text string, wants ...string) func(b *apptest.Chrome) {
		return func(b *apptest.Chrome) {
			b.Press(text)
			b.Shows(wants...)
		}
	}
	return []shot{
		{name: "place-import", who: zhou, path: checked(zhou, "旧台账.csv", rows)},
		{name: "place-import-chair", who: chair, path: checked(chair, "历年培训台账.csv", strings.ReplaceAll(rows, "班,", "班（补）,"))},
		{name: "place-import-error", who: chair, path: checked(chair, "历年培训台账（二）.csv", strings.ReplaceAll(rows, "班,", "班（二）,")), do: asked("2 个都新建", "请写为什么")},
		{name: "place-import-clerk", who: apptest.Clerk, path: checked(apptest.Clerk, "青溪乡旧台账.csv", rows)},
		{name: "place-village", who: chair, path: late},
		{name: "place-village-keeper", who: admin, path: gone},
		{name: "place-merged", who: admin, path: merged},
		{name: "place-unmerged", who: admin, path: unmerged},
		{name: "place-township", who: chair, path: "/settings/places/06"},
		{name: "place-rename-error", who: chair, path: late, do: asked("改名", "请填写「新名称」")},
		{name: "place-move-error", who: chair, path: late, do: asked("改上级", "请填写「新的上级」")},
		{name: "place-merge-error", who: chair, path: late, do: asked("并入", "请填写「并入哪里」")},
		{name: "place-opened-error", who: chair, path: late, do: func(b *apptest.Chrome) {
			b.Fill("opened_reason", "批文是前年的")
			b.Press("改这一天")
			b.Shows("现在就是2025年6月1日起有")
		}},
		{name: "place-new", who: chair, path: "/settings/new-place"},
		{name: "place-new-error", who: chair, path: "/settings/new-place", do: asked("添加地点", "请填写「名称」")},
		{name: "place-changes", who: chair, path: "/ledger/changes?period=2025"},
		{name: "place-changes-corrections", who: chair, path: "/ledger/changes?period=2025&view=corrections"},
		{name: "place-changes-year", who: zhou, path: "/ledger/changes?period=2026"},
		{name: "place-figure-changes", who: chair, path: "/figures/venue.board_coverage/changes?period=2025"},
		{name: "place-list", who: admin, path: "/settings/places"},
	}
}
