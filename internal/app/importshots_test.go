package app_test

import (
	"context"
	"strings"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/kit/db"
)

// importPages are the pages of imports: each state that an import can stand in.
func importPages(w *apptest.World) []shot {
	w.Helper()
	const zhou, clerk = apptest.Officer, apptest.Clerk
	const title = "培训班名称,类型,专业,主办单位,乡镇,村,开始日期,结束日期,培训人次,授课教师,备注\n"
	const short = ",农村实用技术短期培训,"
	run := func(who, name, rows, verify string) intake.Result {
		w.Helper()
		r, err := w.App.Intake.Run(w.As(who), "training", name, strings.NewReader(title+rows), intake.Options{}, verify)
		if err != nil {
			w.Fatal(err)
		}
		return r
	}
	checked := func(name, rows string) intake.Result {
		w.Helper()
		im, err := w.App.Intake.Receive(w.As(zhou), "training", name, strings.NewReader(title+rows))
		if err != nil {
			w.Fatal(err)
		}
		r, err := w.App.Intake.Check(w.As(zhou), im.ID, intake.Options{})
		if err != nil {
			w.Fatal(err)
		}
		return r
	}
	good := "核桃丰产嫁接技术培训班" + short + "核桃嫁接,青溪乡科协,青溪乡,,2026-03-05,2026-03-06,52,李文华、王德明,集中授课加现场实训\n" +
		"中华蜜蜂饲养管理培训班" + short + "养蜂,青溪乡科协,青溪乡,,2026-04-11,2026-04-11,约40,和志强,\n" +
		"重楼种植培训班" + short + "重楼种植,青溪乡科协,青溪乡,,2026-05-08,2026-05-09,31,,\n"
	bad := "重楼种植培训班" + short + "重楼种植,青溪乡科协,青溪乡,,2026.5.8,2026.5.9,38,,\n" +
		"生猪疫病防治培训班" + short + "生猪养殖,青溪乡科协,青溪乡,,2026-05-20,2026-05-20,-5,,\n" +
		"茶园管理培训班,太空漫步,茶园管理,青溪乡科协,青溪镇,云上村,2026-05-21,2026-05-21,30,,\n"
	href := func(r intake.Result) string { return "/imports/training/" + r.ID }

	mine := run(clerk, "青溪乡上半年培训台账.csv", good, "")
	part := run(zhou, "全县实用技术培训（补报）.csv", strings.NewReplacer("培训班,", "培训班（二）,", "2026-0", "2025-0").Replace(good+bad), "")
	again := w.Sign(clerk).Upload("/imports/training", nil, "file", "又一遍.csv", []byte(title+good)).Path
	rows := strings.Split(strings.TrimSpace(good), "\n")
	second := checked("青溪乡上半年培训台账（改）.csv", strings.Replace(rows[0], ",52,", ",58,", 1)+"\n"+rows[2]+"\n"+bad)

	checkedOff := run(zhou, "全县夏季培训台账.csv", strings.NewReplacer("培训班,", "培训班（夏季）,", "2026-03", "2026-07", "2026-04", "2026-07", "2026-05", "2026-08").Replace(good), apptest.Second)

	kept := run(clerk, "青溪乡三季度培训台账.csv", strings.NewReplacer("培训班,", "培训班（三季度）,", "2026-0", "2024-0").Replace(rows[0]+"\n"+rows[2]+"\n"), "")
	all, err := w.App.Intake.Rows(w.As(clerk), kept.ID, nil, intake.RowPage{})
	if err != nil || len(all) != 2 {
		w.Fatal(err, len(all), kept.Wrong)
	}
	if _, err := w.App.Training.Verify(w.As(zhou), all[0].Record, 1, "补录旧台账"); err != nil {
		w.Fatal(err)
	}
	if _, err := w.App.Intake.Undo(w.As(clerk), kept.ID); err != nil {
		w.Fatal(err)
	}

	stand := func(name string, step func(ctx context.Context, id string)) string {
		w.Helper()
		r := checked(name, strings.NewReplacer("培训班,", "培训班（"+name+"）,", "2026-0", "2023-0").Replace(rows[0]+"\n"))
		if err := w.App.Intake.Order(w.As(zhou), r.ID, intake.Applying, intake.Options{}, func(*db.Tx, intake.Work) error { return nil }); err != nil {
			w.Fatal(err)
		}
		if step != nil {
			step(w.As(zhou), r.ID)
		}
		return href(r)
	}
	stopped := stand("停在半路.csv", func(ctx context.Context, id string) {
		if err := w.App.Intake.Stop(ctx, id); err != nil {
			w.Fatal(err)
		}
		if _, err := w.App.Intake.Apply(ctx, id, ""); err != nil {
			w.Fatal(err)
		}
	})
	return []shot{
		{name: "import-start-error", who: zhou, path: "/imports/training", do: func(c *apptest.Chrome) {
			c.Press("上传并核对")
			c.Shows("请选一个 xlsx 或 csv 文件")
		}},
		{name: "import-second", who: zhou, path: href(second)},
		{name: "import-rejected-rows", who: zhou, path: href(second) + "?v=rejected"},
		{name: "import-rejected-part", who: zhou, path: href(part) + "?v=rejected"},
		{name: "import-progress", who: zhou, path: stand("正在导入.csv", nil)},
		{name: "import-stopped", who: zhou, path: stopped},
		{name: "import-result", who: clerk, path: href(mine)},
		{name: "import-result-part", who: zhou, path: href(part)},
		{name: "import-result-again", who: clerk, path: again},
		{name: "import-undo-asks", who: clerk, path: href(mine), do: func(c *apptest.Chrome) {
			c.Press("撤销本次导入")
			c.Shows("新增的 3 条作废")
		}},
		{name: "import-undo-verified", who: zhou, path: href(checkedOff), do: func(c *apptest.Chrome) {
			c.Press("撤销本次导入")
			c.Shows("已核实、计入指标", "为什么撤销")
		}},
		{name: "import-undone", who: clerk, path: href(kept)},
	}
}
