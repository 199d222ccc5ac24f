package app_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/work/activity"
)

// The statistics table of a campaign, its page and the trace agree: those who asked at an exhibition are in no figure (spec 133 counts
// consultations alone), which all three say; a sum of which little is estimated is written as the figure is; a column of which nobody
// says anything is not printed.
func TestCampaignTableAgreesWithTheFigures(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		w.Sign(apptest.Officer)
		hold := func(category, name string, c activity.Counts) {
			t.Helper()
			a := lectureIn(t, w)
			a.Category, a.Name, a.Counts = category, name, c
			out := must[register.Entered](t)(w.App.Activity.Create(w.As(apptest.Officer), register.New[activity.Activity]{Body: a, Submit: true}))
			must[flow.Head](t)(w.App.Activity.Verify(w.As(apptest.Second), out.ID, out.Version, ""))
		}
		some := counts("onsite", 300, "consults", 500)
		hold("consult", "广场咨询", some)
		about := counts("onsite", 10, "consults", 7)
		about["consults"] = register.Count{N: 7, Exactness: ledger.About}
		hold("consult", "村口咨询", about)
		officer := w.Sign(apptest.Officer)
		campaign := url.PathEscape("全国科普月")
		read := func() (header, last []string, below [][]string) {
			t.Helper()
			rows := sheet(t, officer.Get("/campaigns/"+campaign+"/table?year=2026"), "统计表")
			head := slices.IndexFunc(rows, func(r []string) bool { return r[0] == "序号" })
			sum := slices.IndexFunc(rows, func(r []string) bool { return r[0] == "合计" })
			if head < 0 || sum < 0 {
				t.Fatalf("the table is %q", rows)
			}
			return rows[head], rows[sum], rows[sum+1:]
		}
		header, last, below := read()
		at := slices.Index(header, "现场咨询（人次）")
		if want := []string{"序号", "活动名称", "日期", "地点", "主办单位", "参加单位", "现场参加（人次）", "现场咨询（人次）", "编号"}; !slices.Equal(header, want) {
			t.Errorf("the columns are %q, want %q", header, want)
		}
		if last[at] != "507" || len(below) != 0 { // 7 of 507 is within the 5 % of the setting
			t.Errorf("in all %q, then %q", last, below)
		}
		figures(t, w, map[string]string{"event.consult_att": "507"})
		hold("exhibition", "广场展览", counts("onsite", 80, "consults", 40))
		says, differs := "「现场咨询」另有 40 人次：活动类别是「专题展览」，没有指标计入", "现场咨询（人次）合计 547，指标「现场咨询」是 507：指标不算的类别、不在所选地方的站也列在表里"
		if header, last, below = read(); last[slices.Index(header, "现场咨询（人次）")] != "547" || len(below) != 1 || below[0][1] != differs {
			t.Errorf("with an exhibition %q, then %q", last, below)
		}
		answers(t, officer.Get("/campaigns/"+campaign+"?year=2026"), 200, says)
		trace := officer.Get("/figures/event.consult_att?period=2026")
		answers(t, trace, 200, "活动类别是「专题展览」，没有指标计入", "category=exhibition")
		leavesOut(t, officer.Get("/figures/event.consult_att?period=2026&tag="+url.QueryEscape("category:exhibition")), "没有指标计入")
		leavesOut(t, officer.Get("/figures/event.lectures_att?period=2026"), "没有指标计入")
		if i := strings.Index(trace.Body, "category=exhibition"); i > 0 {
			href := trace.Body[:i+len("category=exhibition")]
			href = href[strings.LastIndex(href, `"`)+1:]
			end := strings.Index(trace.Body[i:], `"`)
			list := officer.Get(strings.ReplaceAll(href+trace.Body[i+len("category=exhibition"):i+end], "&amp;", "&"))
			answers(t, list, 200, "广场展览")
			leavesOut(t, list, "广场咨询")
		}
	})
}
