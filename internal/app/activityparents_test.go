package app_test

import (
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/work/activity"
)

// stopsOn makes a sheet of the stops of a tour.
func stopsOn(name string, rows ...[]any) sheetPage {
	return sheetPage{name: name, rows: append([][]any{{"云岭县2026年" + name}, {"类别", "活动名称", "巡回", "活动时间", "乡镇", "村", "参加人数"}}, rows...)}
}

// A tour that is written on two sheets of a workbook is one activity with the stops of both; what does not fit keeps all of it out.
func TestATourOnTwoSheetsIsOne(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		a := activities2026{t, w}
		north := stopsOn("上半年", []any{"其他宣传", "", "送科技下乡", "3月5日", "青溪乡", "青溪乡上村", 40}, []any{"科普讲座", "防火讲座", "", "3月6日", "青溪乡", "青溪乡上村", 60}, []any{"其他宣传", "", "送科技下乡", "3月6日", "青溪乡", "青溪乡下村", 50})
		south := stopsOn("河东片", []any{"其他宣传", "", "送科技下乡", "3月9日", "河东镇", "河东镇上村", 60}, []any{"其他宣传", "", "送科技下乡", "3月4日", "河东镇", "河东镇下村", 30})
		r := importBytes(t, w, activity.Kind, "活动.xlsx", workbook(t, north, south), apptest.Second)
		if r.Created != 2 || r.Counts[intake.Joined] != 3 || r.Verified != 2 {
			t.Fatalf("%v, %d created\n%s", r.Counts, r.Created, a.why(r))
		}
		rows := a.rows(r)
		number := rows[0].Number
		if b := a.activity(number).Body; len(b.Stops) != 4 || b.Start != "2026-03-04" || b.End != "2026-03-09" {
			t.Errorf("the tour is %+v", b)
		}
		if last := rows[len(rows)-1]; last.Number != number || last.On != "上半年" || last.Joins != 3 {
			t.Errorf("the last row went to %+v", last)
		}
		for code, want := range map[string]string{"event.activities": "2", "event.attendances": "240", "event.villages_covered": "4"} {
			if got := counted(t, w, code); got != want {
				t.Errorf("%s is %s, want %s", code, got, want)
			}
		}
		answers(t, w.Sign(apptest.Officer).Get("/imports/activity/"+r.ID+"?show=all"), 200, "导入了 2 行")
		again := importBytes(t, w, activity.Kind, "再来.xlsx", workbook(t, south, north), "")
		if again.Counts[intake.Same] != 2 || again.Counts[intake.Joined] != 3 {
			t.Errorf("again: %v\n%s", again.Counts, a.why(again))
		}
		if u, err := w.App.Intake.Undo(w.As(apptest.Officer), r.ID); err == nil && u.Undone != 2 {
			t.Errorf("undone: %d", u.Undone)
		}
		south.rows[2][0], south.rows[3][0] = "科普讲座", "科普讲座"
		odd := importBytes(t, w, activity.Kind, "两类.xlsx", workbook(t, north, south), "")
		if odd.Created != 1 || odd.Counts[intake.Rejected] != 4 || !strings.Contains(a.why(odd), "类别要一样，「上半年」第 3 行和这一行的不一样") || !strings.Contains(a.why(odd), "和「河东片」第 3 行是同一条记录") {
			t.Errorf("two categories: %v\n%s", odd.Counts, a.why(odd))
		}
		w.Verified()
	})
}

// The tours of two years in one workbook are two, though they have one name; over New Year they are one.
func TestToursOfTwoYearsAreTwo(t *testing.T) {
	w := apptest.Open(t, "")
	a := activities2026{t, w}
	on := func(name, day string) sheetPage {
		return stopsOn(name, []any{"其他宣传", "", "三下乡", day, "青溪乡", "青溪乡上村", 40})
	}
	if r := importBytes(t, w, activity.Kind, "两年.xlsx", workbook(t, on("二五", "2025-03-05"), on("二六", "2026-03-05")), ""); r.Created != 2 {
		t.Errorf("two years: %v\n%s", r.Counts, a.why(r))
	}
	if r := importBytes(t, w, activity.Kind, "跨年.xlsx", workbook(t, on("十二月", "2023-12-28"), on("一月", "2024-01-04")), ""); r.Created != 1 || r.Counts[intake.Joined] != 1 {
		t.Errorf("over New Year: %v\n%s", r.Counts, a.why(r))
	}
	w.Verified()
}

const childHeads = "类别,活动名称,活动时间,乡镇,村,参加人数,主活动,请各单位自己填份额,只统领子活动,参加单位\n"

// Rows name what they are a part of by number or by name and day, in the same workbook or among what is there; the parent goes in first.
func TestParentsInASheet(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		a := activities2026{t, w}
		members(t, w, "县卫健局")
		r := a.run(apptest.Officer, "主活动.csv", childHeads+
			"科普讲座,健康讲座,3月6日,青溪乡,青溪乡上村,60,科技之春启动仪式 2026-03-08,,,\n"+
			"科普讲座,护眼讲座,3月7日,青溪乡,青溪乡上村,30,健康讲座,,,\n"+
			"其他宣传,科技之春启动仪式,3月8日,青溪乡,青溪乡上村,,,是,是,县卫健局\n", apptest.Second)
		if r.Created != 3 || r.Verified != 3 {
			t.Fatalf("%v\n%s", r.Counts, a.why(r))
		}
		rows := a.rows(r)
		health, eyes, top := a.activity(rows[0].Number), a.activity(rows[1].Number), a.activity(rows[2].Number)
		if health.Body.Parent != top.ID || eyes.Body.Parent != health.ID || !top.Body.Open || !top.Body.Umbrella || health.Body.Open {
			t.Errorf("parents are %s of %s, %s of %s; %+v", health.Body.Parent, top.ID, eyes.Body.Parent, health.ID, top.Body)
		}
		if got := counted(t, w, "event.activities"); got != "2" {
			t.Errorf("%s were held", got)
		}
		browser := w.Sign(apptest.Officer)
		answers(t, browser.Get("/activity/"+top.Number), 200, "子活动", "健康讲座")
		file := browser.Get("/activity/export?format=csv").Body
		if !strings.Contains(file, "科技之春启动仪式 2026-03-08（"+top.Number+"）") {
			t.Errorf("the list does not name the parent: %s", file)
		}
		if same := a.run(apptest.Second, "导出.csv", file, ""); same.Counts[intake.Same] != 3 {
			t.Errorf("the list read back: %v\n%s", same.Counts, a.why(same))
		}
		// By number, of what is there; by name of two, of none, of itself, in a circle; of a row that stays out.
		more := a.run(apptest.Officer, "又.csv", childHeads+
			"科普讲座,甲讲座,4月6日,青溪乡,青溪乡上村,60,"+top.Number+",,,\n"+
			"科普讲座,乙讲座,4月7日,青溪乡,青溪乡上村,60,HD-9999,,,\n"+
			"科普讲座,丙讲座,4月8日,青溪乡,青溪乡上村,60,没有的活动,,,\n"+
			"科普讲座,丁讲座,4月9日,青溪乡,青溪乡上村,60,丁讲座,,,\n"+
			"科普讲座,戊讲座,4月10日,青溪乡,青溪乡上村,60,己讲座,,,\n"+
			"科普讲座,己讲座,4月11日,青溪乡,青溪乡上村,60,戊讲座,,,\n"+
			"科普讲座,庚讲座,4月12日,青溪乡,青溪乡上村,60,辛讲座,,,\n"+
			"科普讲座,辛讲座,4月13日,青溪乡,青溪乡上村,很多,,,,\n"+
			"科普讲座,同名讲座,4月14日,青溪乡,青溪乡上村,10,,,,\n"+
			"科普讲座,同名讲座,4月15日,青溪乡,青溪乡下村,10,,,,\n"+
			"科普讲座,壬讲座,4月16日,青溪乡,青溪乡上村,60,同名讲座,,,\n"+
			"科普讲座,癸讲座,4月17日,青溪乡,青溪乡上村,60,同名讲座 4月15日,也许,,\n"+
			"科普讲座,子讲座,4月18日,青溪乡,青溪乡上村,60,科技之春启动仪式 2026-03-08（HD-2026-9876）,,,\n", "")
		if more.Created != 4 {
			t.Errorf("%v\n%s", more.Counts, a.why(more))
		}
		for i, want := range []string{"没有编号 HD-2026-9999 的活动", "「没有的活动」没有找到", "「丁讲座」就是这一行自己", "又套回了自己", "又套回了自己", "主活动在第 10 行，那一行进不了", "读不出人数", "「同名讲座」有 2 个", "「也许」看不懂"} {
			if i >= len(more.Wrong) || !strings.Contains(intake.Reasons(more.Wrong[i].Notes), want) {
				t.Errorf("row %d that stays out does not say %q:\n%s", i, want, a.why(more))
			}
		}
		if first := a.activity(a.rows(more, intake.New)[0].Number); first.Body.Parent != top.ID {
			t.Errorf("by number it is under %s", first.Body.Parent)
		}
		for _, one := range []string{more.ID, r.ID} {
			if u, err := w.App.Intake.Undo(w.As(apptest.Officer), one); err != nil || u.Kept != 0 {
				t.Errorf("undone: %+v, %v", u.Undone, err)
			}
		}
		w.Verified()
	})
}
