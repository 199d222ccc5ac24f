package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
)

// TestUndoSaysWhatIsCounted: the page of an import says how its records stand now, and before an officer takes it back how many are
// verified and which frozen reports count them; then a reason is asked for, and it stands in the history.
func TestUndoSaysWhatIsCounted(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		i := importing{t, w, w.As(apptest.Clerk)}
		row := func(name string) string { return strings.Replace(firstRow, "甲班,", name+",", 1) }
		r := i.run(heads+row("甲班")+row("乙班")+row("丙班"), "")
		path, numbers := "/imports/training/"+r.ID, i.numbers(r)
		zhou := w.Sign(apptest.Officer)
		got := zhou.Get(path)
		answers(t, got, http.StatusOK, "都在待核实里，核实后计入指标。", "新增的 3 条作废，各留一笔经过")
		leavesOut(t, got, "为什么撤销")

		verify := func(number string) {
			t.Helper()
			h := headOf(t, w, number)
			if _, err := w.App.Training.Verify(w.As(apptest.Officer), h.ID, h.Version, ""); err != nil {
				t.Fatal(err)
			}
		}
		verify(numbers[0])
		report := zhou.Post("/reports", url.Values{"outline": {"annual"}, "period": {"2026-H1"}})
		answers(t, zhou.Post(report.Path+"/freeze", url.Values{"version": {"1"}}), http.StatusOK, "已定稿")
		answers(t, zhou.Get(path), http.StatusOK, "2 条待核实，1 条已核实。", "新增的 3 条作废。其中 1 条已核实、计入指标")
		verify(numbers[1]) // after the report was frozen
		verify(numbers[2])
		got = zhou.Get(path)
		answers(t, got, http.StatusOK, "3 条已核实。", "其中 3 条已核实、计入指标，撤销后从指标里减去；1 条已经在定稿的报告「云岭县科协2026年上半年工作总结」里", "为什么撤销", `name="reason"`)
		leavesOut(t, got, "都在待核实里")
		got = w.Sign(apptest.Clerk).Get(path) // hers stay where they are verified
		answers(t, got, http.StatusOK, "导入后核实了的、有人改过的不动")
		leavesOut(t, got, "为什么撤销", "工作总结")

		answers(t, zhou.Post(path+"/undo", url.Values{"reason": {"  "}}), http.StatusUnprocessableEntity, "请写明为什么撤销")
		i.stands("150")
		answers(t, zhou.Post(path+"/undo", url.Values{"reason": {"传错了年份"}}), http.StatusOK)
		for _, n := range numbers {
			if h := headOf(t, w, n); h.State != flow.Voided {
				t.Errorf("%s is %s", n, h.State)
			}
			answers(t, zhou.Get("/training/"+n), http.StatusOK, "撤销导入「短期实用技术培训.csv」：传错了年份")
		}
		i.stands("0")
	})
}
