package app_test

import (
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/work/facility"
)

// pagesOfFacilities are the pages of facilities and their logs, with data, empty and with errors.
func pagesOfFacilities(w *apptest.World) []shot {
	const zhou, clerk = apptest.Officer, apptest.Clerk
	c := county{w}
	gallery := c.stand(clerk, facility.Facility{Kind: "gallery", Name: "上村科普画廊", Site: c.site("0601"), Start: "2025-04-01", Old: true,
		Values: facility.Values{"length": num(1000), "height": num(180), "panes": num(12), "cost": num(3_200_000), "fund": told("县级科普经费"), "material": told("不锈钢骨架玻璃箱"), "keeper": told("王建国"), "condition": told("良好")}})
	c.change(clerk, gallery, "加长 5 米", func(f *facility.Facility) {
		f.Changes = append(f.Changes, facility.Change{Day: "2026-03-10", What: ledger.Changed, Values: facility.Values{"length": num(1500), "panes": num(18)}, Note: "村里自筹加了三组"})
	})
	board := c.stand(clerk, facility.Facility{Kind: "board", Name: "下村科普宣传栏", Site: c.site("0602"), Start: "2026-02-20", Values: facility.Values{"length": num(600), "cost": num(500_000), "condition": told("待修")}})
	c.stand(clerk, facility.Facility{Kind: "station", Name: "上村科普活动站", Site: c.site("0601"), Start: "2026-01-10", Values: facility.Values{"area": num(8000), "staff": num(1), "groups": told("太极拳、象棋")}})
	point := c.stand(clerk, facility.Facility{Kind: "point", Name: "下村科普宣传点", Site: c.site("0602"), Start: "2026-01-10", Values: facility.Values{"staff": num(2)}})
	library := c.stand(clerk, facility.Facility{Kind: "library", Name: "青溪图书室", Site: c.site("0601"), Start: "2026-01-01", Old: true, Values: facility.Values{"books": num(1200), "seats": num(24)}})
	c.stand(apptest.Outsider, facility.Facility{Kind: "wall_board", Name: "河西镇板报", Site: c.site("0201"), Start: "2026-01-01", Old: true, Values: facility.Values{"pieces": num(200)}})
	to := c.site("0701")
	moved := c.stand(apptest.Second, facility.Facility{Kind: "estation", Name: "科普e站", Site: c.site("0602"), Start: "2025-09-01", Values: facility.Values{"setting": told("乡村"), "online": told("联网"), "cost": num(2_400_000)}})
	c.change(apptest.Second, moved, "搬到白塔乡", func(f *facility.Facility) {
		f.Changes = append(f.Changes, facility.Change{Day: "2026-06-01", What: ledger.MovedIn, Site: &to})
	})
	for _, l := range []facility.Log{
		{Kind: "change", Facility: gallery.ID, Day: "2026-02-11", Values: facility.Values{"topic": told("春耕与农药安全")}},
		{Kind: "change", Facility: gallery.ID, Day: "2026-05-12", Values: facility.Values{"topic": told("防灾减灾"), "person": told("王建国")}},
		{Kind: "inspect", Facility: gallery.ID, Day: "2026-08-20", Values: facility.Values{"result": told("正常")}},
		{Kind: "open", Facility: library.ID, Day: "2026-08-31", Values: facility.Values{"hours": num(700 * 60), "person": told("李文芳")}},
		{Kind: "loan", Facility: library.ID, Day: "2026-08-31", Values: facility.Values{"loans": num(420)}},
	} {
		c.log(clerk, l)
	}
	waiting, err := w.App.Facility.Logs.Create(w.As(clerk), register.New[facility.Log]{Submit: true,
		Body: facility.Log{Kind: "change", Facility: gallery.ID, Day: day.Day("2026-08-30"), Values: facility.Values{"topic": told("科普月")}}})
	if err != nil {
		w.Fatal(err)
	}
	draft, err := w.App.Facility.Create(w.As(clerk), register.New[facility.Facility]{Body: facility.Facility{Kind: "hall", Name: "青溪科普馆", Site: c.site("06"), Stage: facility.Building, Start: "2026-12-01"}})
	if err != nil {
		w.Fatal(err)
	}
	at := "/facility/" + gallery.Number
	press := func(text string) func(b *apptest.Chrome) {
		return func(b *apptest.Chrome) {
			b.Press(text)
			time.Sleep(600 * time.Millisecond)
		}
	}
	return []shot{
		{name: "facility-list", who: zhou, path: "/facility"},
		{name: "facility-list-clerk", who: clerk, path: "/facility"},
		{name: "facility-list-empty", who: zhou, path: "/facility?kind=museum"},
		{name: "facility-record", who: zhou, path: at},
		{name: "facility-record-moved", who: zhou, path: "/facility/" + moved.Number},
		{name: "facility-record-broken", who: clerk, path: "/facility/" + board.Number},
		{name: "facility-record-draft", who: clerk, path: "/facility/" + draft.Number},
		{name: "facility-record-point", who: clerk, path: "/facility/" + point.Number},
		{name: "facility-new", who: clerk, path: "/facility/new?kind=gallery"},
		{name: "facility-new-error", who: clerk, path: "/facility/new?kind=gallery", do: press("提交核实")},
		{name: "facility-ask", who: clerk, path: at + "/edit"},
		{name: "facility-fix", who: clerk, path: at + "/edit?as=fix"},
		{name: "facility-change", who: clerk, path: at + "/change"},
		{name: "facility-change-error", who: clerk, path: at + "/change", do: press("提交变动")},
		{name: "facility-change-move", who: zhou, path: at + "/change?what=moved-in"},
		{name: "facility-logs", who: zhou, path: "/facility.log"},
		{name: "facility-logs-empty", who: zhou, path: "/facility.log?log=use"},
		{name: "facility-sheet", who: clerk, path: "/facility.log/new?kind=change"},
		{name: "facility-sheet-error", who: clerk, path: "/facility.log/new?kind=loan&facility=" + library.Number, do: press("提交核实")},
		{name: "facility-log", who: zhou, path: "/facility.log/" + waiting.Number},
		{name: "facility-care", who: zhou, path: "/facility/care"},
		{name: "facility-matrix", who: zhou, path: "/facility/matrix?period=2026"},
		{name: "facility-matrix-empty", who: zhou, path: "/facility/matrix?period=2026&only=full&town=01"},
		{name: "facility-trace-villages", who: zhou, path: "/figures/place.villages?period=2026"},
		{name: "facility-trace-coverage", who: zhou, path: "/figures/venue.board_coverage?period=2026"},
	}
}
