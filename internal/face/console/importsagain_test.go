package console_test

import (
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/kit/db"
)

// verifyAll has the officer who did not write them verify all classes that wait.
func verifyAll(t *testing.T, w *apptest.World) {
	t.Helper()
	ctx := w.As(apptest.Second)
	var all []flow.Head
	if err := w.App.DB.View(ctx, func(tx *db.Tx) error {
		where, args, err := flow.Filter{Kinds: []string{"training"}, States: []flow.State{flow.Submitted}}.Where(ctx, tx, "r")
		if err != nil {
			return err
		}
		all, err = db.All(ctx, tx, flow.Scan, "SELECT "+flow.Columns("r")+" FROM record r WHERE "+where, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, h := range all {
		if _, err := w.App.Training.Verify(ctx, h.ID, h.Version, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNextFileOfTheSameShape: rows are shown as same, changed field by field, and vanished; only the changed ones go in, as revisions.
func TestNextFileOfTheSameShape(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		zhou := w.Sign(apptest.Officer)
		list := func(rows ...[]any) []byte {
			return book(t, "短期培训", append([][]any{{"培训班名称", "专业", "乡镇", "开始日期", "结束日期", "培训人次"}}, rows...)...)
		}
		a, b, c := []any{"核桃嫁接培训班", "核桃嫁接", "青溪乡", "2024-03-05", "2024-03-06", "52"}, []any{"养蜂培训班", "养蜂", "白塔乡", "2024-04-05", "2024-04-05", "31"}, []any{"重楼种植培训班", "重楼种植", "石门镇", "2024-05-05", "2024-05-05", "40"}
		got := upload(zhou, "上半年.xlsx", list(a, b, c))
		settled(zhou, zhou.Post("/imports/training/"+importOf(t, got), with(inputs(got.Body), "act", "import")))
		verifyAll(t, w)

		got = upload(zhou, "上半年（改）.xlsx", list([]any{a[0], a[1], a[2], a[3], a[4], "58"}, c))
		id := importOf(t, got)
		says(t, got, "改动 1", "没有变 1", "培训人次「52」改为「58」", "上次有，这次没有", "本文件覆盖 2024年3月至5月，只查这里面的", "养蜂培训班", "上次在「短期培训」第 3 行", "导入 1 行")
		if changed := zhou.Get("/imports/training/" + id + "?v=changed"); strings.Contains(changed.Body, "重楼种植培训班") || !strings.Contains(changed.Body, "核桃嫁接培训班") {
			t.Error("the filter by verdict shows other rows")
		}
		got = settled(zhou, zhou.Post("/imports/training/"+id, with(inputs(got.Body), "act", "import")))
		says(t, got, "导入了 1 行", "改过的 1 条恢复原样")

		got = upload(zhou, "又一遍.xlsx", list([]any{a[0], a[1], a[2], a[3], a[4], "59"}))
		says(t, got, "正在等核实，核实或退回以后再导入改动", "没有可以导入的行")
	})
}

// TestStoppedImport: what is in stays out of sight until the import goes on.
func TestStoppedImport(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		li, as := w.Sign(apptest.Clerk), w.As(apptest.Clerk)
		got := upload(li, "青溪.csv", []byte("培训班名称,专业,类型,乡镇,开始日期,培训人次\n核桃嫁接培训班,核桃嫁接,农村实用技术短期培训,青溪乡,2024-03-05,52\n"))
		id := importOf(t, got)
		var work intake.Work
		if err := w.App.Intake.Order(as, id, intake.Applying, intake.Options{}, func(_ *db.Tx, o intake.Work) error {
			work = o // its job comes later
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		says(t, li.Get("/imports/training/"+id), "正在导入 0 / 1 行", "可离开本页", "停止")
		li.Post("/imports/training/"+id+"/stop", nil)
		if err := w.App.Intake.Do(w.Ctx, work); err != nil {
			t.Fatal(err)
		}
		says(t, li.Get("/imports/training/"+id), "停在 0 / 1 行", "接着导入", "撤销本次导入")
		says(t, w.Sign(apptest.Officer).Get("/imports/training"), "停在 0 / 1 行")
		if got := li.Get("/imports/training/" + id + "/progress"); got.Header.Get("HX-Refresh") != "true" {
			t.Errorf("a page that still polls is not told: %v", got.Header)
		}
		says(t, settled(li, li.Post("/imports/training/"+id+"/go-on", nil)), "导入了 1 行")
	})
}

// TestAFileWithRowsThatStayedOutIsCheckedAnew: the review says what went in before; who takes the first import back is told of the later one.
func TestAFileWithRowsThatStayedOutIsCheckedAnew(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		zhou := w.Sign(apptest.Officer)
		file := []byte("培训班名称,专业,类型,乡镇,开始日期,培训人次\n核桃嫁接培训班,核桃嫁接,农村实用技术短期培训,青溪乡,2024-03-05,52\n养蜂培训班,养蜂,农村实用技术短期培训,无此乡,2024-04-05,31\n")
		got := upload(zhou, "青溪.csv", file)
		first := importOf(t, got)
		if strings.Contains(got.Body, "导入过这个文件") {
			t.Error("it was not handed in before")
		}
		says(t, settled(zhou, zhou.Post("/imports/training/"+first, with(inputs(got.Body), "act", "import"))), "导入了 1 行，1 行没进")
		got = upload(zhou, "青溪.csv", file)
		again := importOf(t, got)
		says(t, got, "导入过这个文件，进了 1 行", "看那次导入", "没有变 1", "没有登记的地点")
		if again == first {
			t.Fatal("there is nothing to look at anew")
		}
		if says := zhou.Get("/imports/training/" + first).Body; strings.Contains(says, "又导入过") {
			t.Error("nothing went in again")
		}
		_, box, _ := strings.Cut(got.Body, `type="checkbox" name="place" value="`)
		village, _, _ := strings.Cut(box, `"`)
		got = settled(zhou, zhou.Post("/imports/training/"+again, with(with(inputs(got.Body), "act", "check"), "place", village)))
		says(t, got, "新增 1", "没有变 1")
		says(t, settled(zhou, zhou.Post("/imports/training/"+again, with(inputs(got.Body), "act", "import"))), "导入了 1 行")
		if says := zhou.Get("/imports/training/" + first).Body; strings.Contains(says, "又导入过") {
			t.Error("the later import changed nothing of the first")
		}
	})
}
