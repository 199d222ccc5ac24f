package app_test

import (
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/work/activity"
)

// A main activity and its part that were both voided come in again from one workbook, as new records, the part under the new one: also where
// it names the main activity by the number of the voided one.
func TestAVoidedParentAndItsPartComeInAgain(t *testing.T) {
	rows := func(parent string) string {
		return childHeads + "科普讲座,健康讲座,3月6日,青溪乡,青溪乡上村,60," + parent + ",,,\n" +
			"其他宣传,科技之春启动仪式,3月8日,青溪乡,青溪乡上村,,,,是,\n"
	}
	for name, parent := range map[string]func(number string) string{
		"by name":            func(string) string { return "科技之春启动仪式" },
		"by name and number": func(number string) string { return "科技之春启动仪式 2026-03-08（" + number + "）" },
		"by number":          func(number string) string { return number },
	} {
		t.Run(name, func(t *testing.T) {
			apptest.Both(t, func(t *testing.T, w *apptest.World) {
				a := activities2026{t, w}
				first := a.run(apptest.Officer, "主活动.csv", rows("科技之春启动仪式 2026-03-08"), apptest.Second)
				if first.Verified != 2 {
					t.Fatalf("%v\n%s", first.Counts, a.why(first))
				}
				old := a.rows(first)
				for _, row := range old {
					h := activityHead(t, w, activity.Kind, row.Number)
					if _, err := w.App.Activity.Void(w.As(apptest.Second), h.ID, h.Version, "录错了"); err != nil {
						t.Fatal(err)
					}
				}
				number := old[1].Number
				if alone := a.run(apptest.Officer, "只有子活动.csv", childHeads+"科普讲座,健康讲座,3月6日,青溪乡,青溪乡上村,60,"+parent(number)+",,,\n", apptest.Second); alone.Counts[intake.Rejected] != 1 {
					t.Errorf("a part without its main activity: %v\n%s", alone.Counts, a.why(alone))
				}
				again := a.run(apptest.Officer, "再导.csv", rows(parent(number)), apptest.Second)
				if again.Created != 2 || again.Verified != 2 {
					t.Fatalf("again: %v\n%s", again.Counts, a.why(again))
				}
				now := a.rows(again)
				if part, top := a.activity(now[0].Number), a.activity(now[1].Number); part.Body.Parent != top.ID || top.Number == number {
					t.Errorf("the part is under %s, the main activity is %s %s", part.Body.Parent, top.ID, top.Number)
				}
				w.Verified()
			})
		})
	}
}
