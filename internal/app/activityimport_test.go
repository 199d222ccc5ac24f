package app_test

import (
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/work/activity"
)

// activities is a sheet as an office keeps it.
const activities = `云岭县科协2026年科普活动一览表,,,,,,,,,,,
序号,活动类别,活动内容,活动时间,乡镇,村,主办单位,参加单位及分工,参加人数（人）,主题活动,发放资料情况,开展情况
1,科普讲座,老年人健康讲座,3月5日,青溪乡,青溪乡上村,云岭县科协,协办：县医院；县广播站（参与）,约200余人,科技之春,"《健康读本》200册、宣传单约500份",已举办
2,科普讲座,核桃管理讲座,2026.3.6,青溪乡,天宫村,云岭县科协,,60,,,
3,科普讲座,防火讲座,3月7日,青溪乡,青溪乡上村,某某大学,,60,,,
4,科普讲座,用药讲座,3月8日,青溪乡,青溪乡上村,云岭县科协,,60,科技之冬节,,
5,科普讲座,食品讲座,3月9日,青溪乡,青溪乡上村,云岭县科协,,,,,已取消
6,科普讲座,来年讲座,3月10日,青溪乡,青溪乡上村,云岭县科协,,,,,计划
7,科普讲座,老年人健康讲座,3月5日,青溪乡,青溪乡上村,云岭县科协,,250,,,已举办
8,科普讲座,高血压讲座,3月5日,青溪乡,青溪乡上村,云岭县科协,,40,,,
合计,,,,,,,,610,,,
`

func TestActivitiesOfASheet(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		run := func(name, rows string) intake.Result {
			t.Helper()
			r, err := w.App.Intake.Run(w.As(apptest.Second), activity.Kind, name, strings.NewReader(rows), intake.Options{}, apptest.Officer)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		r := run("活动.csv", strings.ReplaceAll(activities, "云岭县科协", w.Tree.Office().Name))
		if r.Created != 3 || r.Counts[intake.Rejected] != 5 {
			t.Errorf("%v, %d created: %+v", r.Counts, r.Created, r.Wrong)
		}
		for _, kind := range []intake.Verdict{intake.New, intake.Rejected} { // asked about are the campaigns of the row's own day
			all, err := w.App.Intake.Rows(w.As(apptest.Second), r.ID, []intake.Verdict{kind}, intake.RowPage{})
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range all {
				if said := texts(row.Notes); strings.Contains(said, "期间（0年") || strings.Contains(said, "—1年") {
					t.Errorf("line %d asks about a campaign of no year: %s", row.Line, said)
				}
			}
		}
		for i, want := range []string{"天宫村", "某某大学", "没有「科技之冬节」这个主题活动", "还没有办", "重复"} {
			if i >= len(r.Wrong) || !strings.Contains(intake.Reasons(r.Wrong[i].Notes), want) {
				t.Errorf("row %d that stays out does not say %q: %+v", i, want, r.Wrong)
			}
		}
		rows, err := w.App.Intake.Rows(w.As(apptest.Second), r.ID, []intake.Verdict{intake.New}, intake.RowPage{})
		if err != nil || len(rows) != 3 {
			t.Fatalf("%v, %v", rows, err)
		}
		if like := texts(rows[2].Notes); !strings.Contains(like, "类别、地点、日期一样") {
			t.Errorf("a lecture like another one in its place is not asked about: %s", like)
		}
		file := w.Sign(apptest.Officer).Get("/activity/export?format=csv").Body
		for _, want := range []string{"约200", "（协办）", "县广播站（参与）", "《健康读本》200册", "约500", "科技之春", "已取消"} {
			if !strings.Contains(file, want) {
				t.Errorf("the list lacks %q: %s", want, file)
			}
		}
		english := w.Sign(apptest.Officer)
		english.Post("/language", map[string][]string{"lang": {"en"}})
		exported := english.Get("/activity/export?format=csv").Body
		if heads, _, _ := strings.Cut(exported, "\n"); !strings.Contains(heads, "Name") || strings.Contains(heads, "活动名称") {
			t.Errorf("the heads are not English: %s", heads)
		}
		for name, rows := range map[string]string{"导出.csv": file, "export.csv": exported} {
			if again := run(name, rows); again.Counts[intake.Same] != 3 || again.Counts[intake.New]+again.Counts[intake.Changed]+again.Counts[intake.Rejected] != 0 {
				t.Errorf("%s again: %v %+v %s", name, again.Counts, again.Wrong, rows)
			}
		}
		if u, err := w.App.Intake.Undo(w.As(apptest.Second), r.ID); err != nil || u.Undone != 3 {
			t.Errorf("undone: %+v, %v", u, err)
		}
		w.Verified()
	})
}
