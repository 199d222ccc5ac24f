package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/ledger"
)

func TestHomeOnTheFirstDay(t *testing.T) {
	w := apptest.Open(t, "")
	shows(t, w.Sign(apptest.Officer).Get("/"), "从这里开始", "导入去年的培训班台账", "记培训班", "加人员", "账号由系统管理员在「设置」里建立")
	liaison := w.Sign(apptest.Liaison).Get("/")
	shows(t, liaison, "记培训班")
	hides(t, liaison, "导入去年的")
	keeper := w.Sign(apptest.Admin)
	shows(t, keeper.Get("/"), "你管的事", "账号和角色", "3 个在用，6 个还没改一次性密码", "孙国栋一人兼任", "台账与存证 还没有存证点")
	shows(t, w.Sign(apptest.Auditor).Get("/"), "核对台账", "去核对")
	shows(t, keeper.Get("/todo"), "没有待办")
	shows(t, keeper.Get("/search?q=核桃"), "管理员没有业务角色")
	if got := keeper.Get("/figures"); got.Status != http.StatusForbidden {
		t.Errorf("a keeper lists figures: %d", got.Status)
	}
	shows(t, w.Sign(apptest.Viewer).Get("/figures/training.short_classes"), "0 期", "这个口径里没有账目")
	shows(t, w.Sign(apptest.Auditor).Get("/ledger"), "还没有存证点", "还没有核对过", "第一次存证时生成")
}

func TestHomeOfPeopleAtWork(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		imported(t, w)
		thisYear(t, w)
		officer := w.Sign(apptest.Officer)
		shows(t, officer.Get("/"), "我的待办 1 件", "核实 核桃高接换优技术（第2期） 今天交的", "主要数字 全县", "短期培训人次 人次 约 216", "没有账目", "最近的记录", "进账 44 行 000-records.xlsx")
		shows(t, officer.Get("/?period=2025"), "这个范围和期间里没有记录")
		last := verified(t, w, apptest.Outsider, class(t, w, "02", "去年的班", "水稻病虫害", "2025-06-01", 20, ledger.Exact))
		shows(t, officer.Get("/"), "约 216 实 20 增 196（980%）")
		shows(t, officer.Get("/?from=2025-01-01&to=2025-12-31"), "去年的班")

		clerk := w.Sign(apptest.Clerk)
		shows(t, clerk.Get("/"), "我的待办 2 件", "重填 大蒜根腐病防治", "缺签到册，人数与花名册不符", "续填 家庭农场记账", "主要数字 青溪乡", "短期培训人次 人次 约 142")
		hides(t, clerk.Get("/"), "水稻", "河西", "约 216", "000-records")
		for _, path := range []string{"/", "/todo", "/training"} { // the header counts what home and /todo count, drafts too
			if !regexp.MustCompile(`href="/todo[^"]*">待办 <b>2</b>`).MatchString(clerk.Get(path).Body) {
				t.Errorf("the header of %s does not say 待办 2", path)
			}
		}
		shows(t, clerk.Get("/?unit=u02"), "无权查看「河西镇科协」的数字", "看青溪乡科协的")

		shows(t, officer.Get("/todo"), "全部 1", "等我核实 1", "PX-0005", "青溪乡科协", "李文芳")
		shows(t, clerk.Get("/todo?view=returned"), "大蒜根腐病防治")
		hides(t, clerk.Get("/todo?view=returned"), "家庭农场")
		shows(t, clerk.Get("/todo?q=没有这个"), "这里没有", "看全部 2 件")
		if rows := sheet(t, clerk.Get("/todo?as=xlsx"), "待办"); len(rows) != 3 || rows[1][0] != "重填" || rows[1][2] != "大蒜根腐病防治" {
			t.Errorf("the to-dos as a workbook: %v", rows)
		}

		shows(t, officer.Get("/search?q="+url.QueryEscape("核桃")), "业务记录 6 条", "核桃高接换优技术（第2期） 青溪乡", "河东镇核桃嫁接培训班", "待核实")
		shows(t, officer.Get("/search?q="+url.QueryEscape("农函大合格率")), "农函大合格率")
		shows(t, officer.Get("/search?q="+url.QueryEscape("科技馆")), "还没有数的指标", "对应的业务还没有启用")
		shows(t, officer.Get("/search?q="+last.Number), "去年的班")
		shows(t, officer.Get("/search?q="+url.QueryEscape("青溪乡上村")), "地点 1 个", "村")
		hides(t, w.Sign(apptest.Outsider).Get("/search?q="+url.QueryEscape("青溪乡上村")), "地点 1 个")
		shows(t, officer.Get("/search?q="+url.QueryEscape("没有的东西")), "没有找到「没有的东西」")
		shows(t, officer.Get("/search?q="), "写几个字再找")
		outsider := w.Sign(apptest.Outsider)
		hides(t, outsider.Get("/search?q="+url.QueryEscape("高接")), "第2期")
		shows(t, outsider.Get("/search?q="+url.QueryEscape("高接")), "别的单位的记录不在内")
	})
}

func TestAllFigures(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		imported(t, w)
		officer := w.Sign(apptest.Officer)
		page := officer.Get("/figures?period=2024")
		shows(t, page, "培训 19 个", "短期培训 期 28", "短期培训人次 人次 5,050", "其中 161 估计", "农函大合格率 97.96%", "没有数", "44 个班没有填场次", "还没有数的指标", "对应的业务还没有启用")
		if strings.Count(page.Body, "data-trace") < 20 {
			t.Error("figures do not open their traces")
		}
		shows(t, officer.Get("/figures?period=2024&q="+url.QueryEscape("合格率")), "农函大合格率")
		hides(t, officer.Get("/figures?period=2024&q="+url.QueryEscape("合格率")), "短期培训人次")
		shows(t, officer.Get("/figures?q="+url.QueryEscape("没有这个")), "没有找到「没有这个」")
		rows := sheet(t, officer.Get("/figures?period=2024&as=xlsx"), "指标")
		found := ""
		for _, r := range rows {
			if r[1] == "training.short_attendees" {
				found = strings.Join(r[:5], "|")
			}
		}
		if found != "培训|training.short_attendees|短期培训人次|5050|人次" || len(rows) < 300 {
			t.Errorf("the workbook of figures: %q in %d rows", found, len(rows))
		}
		if csv := officer.Get("/figures?period=2024&as=csv"); csv.Status != http.StatusOK || !strings.Contains(csv.Body, "training.farm_school_pass_rate,农函大考试合格率,97.96") {
			t.Errorf("the csv of figures: %d", csv.Status)
		}
		if got := officer.Get("/figures?as=pdf"); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("another format: %d", got.Status)
		}
		if got := w.Sign(apptest.Viewer).Get("/figures?as=xlsx"); got.Status != http.StatusForbidden {
			t.Errorf("who may not export does: %d", got.Status)
		}
		outsider := w.Sign(apptest.Outsider)
		shows(t, outsider.Get("/figures?period=2024&place=02"), "短期培训人次 人次 约 496")
		if got := outsider.Get("/figures?period=2024&place=06"); got.Status != http.StatusForbidden || !strings.Contains(got.Body, "看河西镇科协的") {
			t.Errorf("another township's figures: %d", got.Status)
		}
		// A period of the scope bar's own fields, and one that is none.
		shows(t, officer.Get("/figures?from=2024-01-01&to=2024-06-30"), "短期培训 期 ")
		if got := officer.Get("/figures?period=2024-13"); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("a period that is none: %d", got.Status)
		}
	})
}
