package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
)

// TestReportPages writes, changes, freezes and reads a report through the pages.
func TestReportPages(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		importYear(t, w)
		zhou, cha := w.Sign(apptest.Officer), w.Sign(apptest.Viewer)
		says := func(a apptest.Answer, status int, texts ...string) {
			t.Helper()
			if a.Status != status {
				t.Fatalf("%s: %d, want %d\n%s", a.Path, a.Status, status, a.Body)
			}
			for _, text := range texts {
				if !holds(a.Body, text) {
					t.Errorf("%s lacks %q", a.Path, text)
				}
			}
		}
		says(zhou.Get("/reports"), http.StatusOK, "还没有报告", "/reports/new")
		says(cha.Get("/reports"), http.StatusOK, "还没有你能看的报告")
		says(zhou.Get("/reports/new?period=2024"), http.StatusOK, "工作总结", "农民培训工作小结", `value="2024" selected`)
		says(zhou.Post("/reports", url.Values{"outline": {"nothing"}, "period": {"2024"}}), http.StatusUnprocessableEntity, "现有：annual、quarter")
		says(zhou.Post("/reports", url.Values{"outline": {"annual"}, "period": {"2024-13"}}), http.StatusUnprocessableEntity, "没有保存")
		says(zhou.Post("/reports", url.Values{"outline": {"annual"}, "period": {"2024"}, "where": {"place:nowhere"}}), http.StatusUnprocessableEntity, "没有代码为「nowhere」的地点")

		draft := zhou.Post("/reports", url.Values{"outline": {"annual"}, "period": {"2024"}})
		says(draft, http.StatusOK, "草稿", "九个", "5050人次", "490名", "98%", `href="/figures/training.short_classes?period=2024"`, "其中161人次是估计", "定稿")
		href := draft.Path
		says(zhou.Get("/figures/training.short_classes?period=2024"), http.StatusOK, "28")
		says(cha.Get(href), http.StatusNotFound)
		says(w.Sign(apptest.Clerk).Get(href), http.StatusNotFound)
		says(zhou.Get("/reports/nothing"), http.StatusNotFound)

		says(zhou.Get(href+"/edit"), http.StatusOK, "{{training.short_attendees}}", "可以写的数字", "{{training.lectures}}")
		text := "# {{period}}小结\n\n讲座{{training.lectures}}，场次{{training.class_sessions}}，短期{{training.short_attendees}}。"
		wrong := zhou.Post(href+"/edit", url.Values{"version": {"1"}, "period": {"2024"}, "text": {text + "\n又办{{training.nothing}}"}})
		says(wrong, http.StatusUnprocessableEntity, "提纲第 4 行：没有代码为「training.nothing」的指标", "又办{{training.nothing}}")
		says(zhou.Post(href+"/edit", url.Values{"version": {"7"}, "period": {"2024"}, "text": {text}}), http.StatusUnprocessableEntity, "刚被别人改过", "讲座{{training.lectures}}")
		saved := zhou.Post(href+"/edit", url.Values{"version": {"1"}, "period": {"2024"}, "text": {text}})
		says(saved, http.StatusOK, "2024年小结", "0次", "［未填：场次］", "44 个班没有填场次", "5050人次")
		if sign := regexp.MustCompile(`(?s)<div class="paper-sign">\s*<p>云岭县科学技术协会</p>\s*<p>2026年9月18日</p>`); !sign.MatchString(saved.Body) || strings.Contains(saved.Body, "（2026年9月18日）") {
			t.Error("the day does not stand at the signature, as in the Word file")
		}
		says(cha.Post(href+"/freeze", url.Values{"version": {"2"}}), http.StatusForbidden)
		says(zhou.Post(href+"/freeze", url.Values{"version": {"1"}}), http.StatusConflict, "刚被别人改过")
		says(zhou.Post(href+"/update", nil), http.StatusOK, "数字已更新到存证点")

		frozen := zhou.Post(href+"/freeze", url.Values{"version": {"2"}})
		says(frozen, http.StatusOK, "已定稿", "定稿以后没有更正", "&amp;period=2024", "asof=")
		word := zhou.Get(href + "/file")
		says(word, http.StatusOK)
		if !strings.Contains(word.Header.Get("Content-Disposition"), "attachment") || !strings.HasPrefix(word.Body, "PK") {
			t.Errorf("the Word file: %v", word.Header)
		}
		says(cha.Get(href), http.StatusOK, "5050人次")
		correct(t, w, 10, "签到册重新数过")
		says(cha.Get(href), http.StatusOK, "5050人次", "现 5040人次", "签到册重新数过", "−249")
		if again := cha.Get(href + "/file"); again.Body != word.Body {
			t.Error("the Word file is another one after the correction")
		}
		says(cha.Get(href+"/file?as=md"), http.StatusOK, "短期5050人次", "存证点 № ")
		says(cha.Get(href+"/file?as=json"), http.StatusOK, `"code": "training.short_attendees"`)
		says(cha.Get(href+"/file?as=exe"), http.StatusUnprocessableEntity, ".docx、.json、.md")
		says(zhou.Get(href+"/edit"), http.StatusConflict, "已经定稿")
		says(zhou.Post(href+"/delete", url.Values{"version": {"3"}}), http.StatusConflict, "已经定稿")

		copied := zhou.Get("/reports/new?from=" + strings.TrimPrefix(href, "/reports/"))
		says(copied, http.StatusOK, "照抄到新的期间", `value="2025" selected`)
		second := zhou.Post("/reports", url.Values{"from": {strings.TrimPrefix(href, "/reports/")}, "period": {"2025"}})
		says(second, http.StatusOK, "2025年小结", "草稿")
		says(zhou.Get("/reports?state=frozen"), http.StatusOK, "2024年小结", "已定稿 1 份")
		if got := zhou.Get("/reports?q=2025").Body; strings.Contains(got, "2024年小结") {
			t.Error("the search does not search")
		}
		says(zhou.Get("/reports?q=没有的"), http.StatusOK, "没有符合的报告")
		if csv := zhou.Get("/reports?as=csv"); csv.Status != http.StatusOK || strings.Count(csv.Body, "小结") != 2 {
			t.Errorf("the export: %d %q", csv.Status, csv.Body)
		}
		says(zhou.Post(second.Path+"/delete", url.Values{"version": {"1"}}), http.StatusOK, "草稿已删除")
		says(zhou.Get(second.Path), http.StatusNotFound)
	})
}

// TestAReportInTheBrowser opens a figure's trace from the paper and freezes by the dialog.
func TestAReportInTheBrowser(t *testing.T) {
	w := apptest.Open(t, "")
	importYear(t, w)
	c := w.Chrome(t, 2*time.Minute)
	c.Become(w.Sign(apptest.Officer))
	c.Open("/reports/new?period=2024")
	c.Press("写成草稿")
	c.Shows("云岭县科协2024年工作总结", "已写成草稿", "九个")
	c.Press("5050人次")
	c.Shows("短期培训人次", "业务记录", "存证点")
	c.Open("/reports")
	c.Press("云岭县科协2024年工作总结")
	c.Shows("更新到最新")
	c.Press("定稿")
	c.Shows("定稿不能撤回")
}
