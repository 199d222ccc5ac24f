package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
)

func TestTrail(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		admin := w.Sign(apptest.Admin)
		for range 30 {
			admin.Post("/settings/accounts/duan/edit", url.Values{"name": {"段光辉"}, "unit": {"u09"}})
			admin.Post("/settings/accounts/duan/edit", url.Values{"name": {"段光明"}, "unit": {"u08"}})
		}
		admin.Post("/settings/places/06/rename", url.Values{"name": {"青溪镇"}, "rename_from": {"2026-09-01"}})
		w.Stranger().Post("/login", url.Values{"account": {apptest.Clerk}, "password": {"Wrong-guess-1"}})
		if got := admin.Get("/settings/trail"); got.Status != http.StatusForbidden {
			t.Errorf("the administrator reads the trail: %d", got.Status)
		}
		audit := w.Sign(apptest.Auditor)
		first := audit.Get("/settings/trail")
		says(t, "the trail", first, http.StatusOK, "地点改名：名称「青溪乡」改为「青溪镇」", "地点 青溪镇", "孙国栋", "密码不对，没有登录", "没有登录的人", "改账号资料", "127.0.0.1", "下一页")
		if m := regexp.MustCompile(`>[^<]*(account|record|place|unit)\.[a-z_]+[^<]*<`).FindString(first.Body); m != "" {
			t.Errorf("a code of the program is shown: %s", m)
		}
		next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(first.Body)
		if next == nil {
			t.Fatal("there is no second page")
		}
		second := audit.Get(strings.ReplaceAll(next[1], "&amp;", "&"))
		says(t, "the second page", second, http.StatusOK, "添加账号")
		if strings.Contains(second.Body, "地点改名") {
			t.Error("the second page begins anew")
		}
		place := audit.Get("/settings/trail?area=place.")
		says(t, "by action", place, http.StatusOK, "地点改名")
		if strings.Contains(place.Body, "改账号资料：") {
			t.Error("the filter by action leaves others")
		}
		says(t, "by day", audit.Get("/settings/trail?day_from=2026-09-19"), http.StatusOK, "没有符合的记录")
		says(t, "by this day", audit.Get("/settings/trail?day_from=2026-09-18&day_to=2026-09-18&kind=place"), http.StatusOK, "地点改名")
		says(t, "days turned round", audit.Get("/settings/trail?day_from=2026-09-18&day_to=2026-09-01"), http.StatusUnprocessableEntity, "请对调")
		says(t, "no such cursor", audit.Get("/settings/trail?after=x"), http.StatusOK, "地点改名")
		csv := audit.Get("/settings/trail?area=account.&as=csv")
		says(t, "the export", csv, http.StatusOK, "时间,谁,做了什么", "2026-09-18 1", "改账号资料")
		if n := strings.Count(csv.Body, "改账号资料："); n != 60 {
			t.Errorf("the export has %d of 60 changes", n)
		}
		says(t, "an unknown format", audit.Get("/settings/trail?as=pdf"), http.StatusUnprocessableEntity, "能导出 xlsx 和 csv")
		if got := audit.Get("/settings/accounts"); got.Status != http.StatusForbidden {
			t.Errorf("the auditor sees the accounts: %d", got.Status)
		}
	})
}
