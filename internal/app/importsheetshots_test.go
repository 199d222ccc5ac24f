package app_test

import (
	"strings"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
)

// pagesOfSheets are imports of activities and of figures of others: before, with errors, and after.
func pagesOfSheets(w *apptest.World) []shot {
	const zhou = apptest.Officer
	into := func(kind, name, rows, verify string, in bool) string {
		w.Helper()
		im, err := w.App.Intake.Receive(w.As(zhou), kind, name, strings.NewReader(rows))
		if err != nil {
			w.Fatal(err)
		}
		if _, err = w.App.Intake.Check(w.As(zhou), im.ID, intake.Options{}); err == nil && in {
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
	return []shot{
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
