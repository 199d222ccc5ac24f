package app_test

import (
	"strings"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
)

// pagesOfSheets are imports of activities and of figures of others: before, with errors, and after.
func pagesOfSheets(w *apptest.World) []shot {
	const zhou = apptest.Officer
	o := intake.Options{}
	into := func(kind, name, rows, verify string, in bool) string {
		w.Helper()
		im, err := w.App.Intake.Receive(w.As(zhou), kind, name, strings.NewReader(rows))
		if err != nil {
			w.Fatal(err)
		}
		if _, err = w.App.Intake.Check(w.As(zhou), im.ID, o); err == nil && in {
			_, err = w.App.Intake.Apply(w.As(zhou), im.ID, verify)
		}
		if err != nil {
			w.Fatal(err)
		}
		return "/imports/" + kind + "/" + im.ID
	}
	tours := "云岭县2026年科普活动一览表\n" + tourHeads + tourRows + "科普讲座,防灾讲座,,4月5日,青溪乡,天宫村,,60,,,,\n" +
		"其他宣传,,春季科普巡讲,4月8日,青溪乡,青溪乡上村,,40,,,,\n其他宣传,,春季科普巡讲,4月9日,河西镇,河西镇上村,,许多,,,,\n" +
		"其他宣传,科普大篷车进村（第1站）,,5月5日,青溪乡,青溪乡上村,,80,,,,\n其他宣传,科普大篷车进村（第2站）,,5月6日,青溪乡,青溪乡下村,,75,,,,\n"
	result := into("activity", "2026年上半年科普活动.csv", strings.NewReplacer("送科技下乡", "科普进村", "防火", "防汛", "大篷车", "流动科技馆").Replace(tours), apptest.Second, true)
	figures := into("external", "基础数据逐条.csv", longFigures, apptest.Second, true)
	asked := into("external", "2024年人口户数.csv", "乡镇,常住人口（人）,总户数,在校学生数,\n,,,小学,初中\n青溪乡,32160,8100,900,\n河西镇,41020,9200,1200,800\n", "", false)
	o.Fill = map[string]string{"subject": "核桃嫁接技术"}
	filled := into("training", "核桃培训.csv", "培训班名称,类型,乡镇,村,开始日期,结束日期,培训人次,授课教师,备注\n核桃修剪班,农村实用技术短期培训,青溪乡,青溪乡上村,2026-05-11,2026-05-12,41,李文华,室外\n核桃采收班,农村实用技术短期培训,青溪乡,,2026-06-11,2026-06-11,38,,\n", "", false)
	o.Fill = nil
	return []shot{
		{name: "import-wide-asked", who: zhou, path: asked},
		{name: "import-filled", who: zhou, path: filled},
		{name: "import-activity-start", who: zhou, path: "/imports/activity"},
		{name: "import-activity-review", who: zhou, path: into("activity", "2026年科普活动一览表.csv", tours, "", false)},
		{name: "import-joined-rows", who: zhou, path: into("activity", "2026年巡讲一览表.csv", tours, "", false) + "?v=joined"},
		{name: "import-joined-result", who: zhou, path: result + "?v=joined"},
		{name: "import-activity-error", who: zhou, path: into("activity", "2026年科普活动.csv", tours, "", false), do: func(c *apptest.Chrome) {
			c.Fill("head.0", "第五行")
			c.Press("照改过的再核对")
			c.Shows("请写行号")
		}},
		{name: "import-activity-result", who: zhou, path: result},
		{name: "import-external-review", who: zhou, path: into("external", "2025年乡镇基础数据.csv", wideFigures, "", false)},
		{name: "import-external-result", who: zhou, path: figures},
		{name: "import-external-held", who: zhou, path: into("external", "又一个数.csv",
			"数据,乡镇,年份,数值,来源\n常住人口,青溪乡,2024,33000,县公安局户籍年报\n户数,河西镇,2024,9300,县统计局公报\n", "", false)},
	}
}
