package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/evidence"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

func TestSettingsHaveHistory(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, chair, admin := w.Sign(apptest.Clerk), w.Sign(apptest.Chair), w.Sign(apptest.Admin)
		says(t, "the settings as everybody sees them", clerk.Get("/settings"), http.StatusOK, "估计数的界限", "5%", "不限", "签到册或花名册", "北京时间")
		says(t, "one of them", clerk.Get("/settings/values/inexact"), http.StatusOK, "没有改过，按程序自带的")
		if got := clerk.Post("/settings/values/inexact", url.Values{"value": {"3"}, "from": {"2026-01-01"}}); got.Status != http.StatusForbidden {
			t.Errorf("a clerk changes a setting: %d", got.Status)
		}
		for value, want := range map[string]string{"": "请填「改为」", "101": "请填 0 到 100", "-1": "请填 0 到 100", "三": "请填整数"} {
			says(t, "the value "+value, chair.Post("/settings/values/inexact", url.Values{"value": {value}, "from": {"2026-01-01"}}), http.StatusUnprocessableEntity, want)
		}
		says(t, "changed", chair.Post("/settings/values/inexact", url.Values{"value": {"3"}, "from": {"2026-01-01"}}), http.StatusOK, "3%", "1月1日起：3%", "王建国")
		says(t, "from a day to come", admin.Post("/settings/values/password-days", url.Values{"value": {"90"}, "from": {"2027-01-01"}}), http.StatusOK, "不限", "2027年1月1日起：90 天")
		if got := chair.Get("/settings/values/other"); got.Status != http.StatusNotFound {
			t.Errorf("an unknown setting: %d", got.Status)
		}
	})
}

func TestNeededPapersChangeFromADay(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		var made []string
		for _, on := range []day.Day{"2026-03-05", "2026-09-10"} {
			e, err := w.App.Training.Create(w.As(apptest.Clerk), training.CreateInput{Body: class(t, w, "06", "核桃嫁接"+string(on), "核桃", on, 40, ledger.Exact), Submit: true})
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, e.ID)
		}
		lacks := func(record string) (kinds []evidence.Kind) {
			if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) (err error) {
				kinds, err = evidence.Proof(w.Ctx, tx, training.Ref(record))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return kinds
		}
		chair, admin := w.Sign(apptest.Chair), w.Sign(apptest.Admin)
		says(t, "the administrator only reads them", admin.Get("/settings/papers/training"), http.StatusOK, "签到册", "名册", "要改请找主席")
		rules := url.Values{"from": {"2026-09-01"}, "rules.0.paper": {"notice"}, "rules.0.need": {"needed"}, "rules.0.subkind": {""}, "rules.0.group": {""},
			"rules.1.paper": {"photo"}, "rules.1.need": {"needed"}, "rules.2.paper": {""}}
		if got := admin.Post("/settings/papers/training", rules); got.Status != http.StatusForbidden {
			t.Errorf("the administrator changes them: %d", got.Status)
		}
		says(t, "a photo is never needed", chair.Post("/settings/papers/training", rules), http.StatusUnprocessableEntity, "照片从不要求")
		rules.Set("rules.1.paper", "notice")
		says(t, "a paper twice", chair.Post("/settings/papers/training", rules), http.StatusUnprocessableEntity, "写了两次")
		rules.Set("rows", "remove:1")
		says(t, "a row taken away without scripts", chair.Post("/settings/papers/training", rules), http.StatusOK, `name="rules.1.paper"`)
		rules.Del("rows")
		rules.Set("rules.1.paper", "")
		says(t, "changed", chair.Post("/settings/papers/training", rules), http.StatusOK, "9月1日起：应有", "王建国")
		for end := time.Now().Add(20 * time.Second); len(lacks(made[1])) != 1; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the class of September still lacks %v", lacks(made[1]))
			}
		}
		if got := lacks(made[1]); got[0] != evidence.Notice {
			t.Errorf("the class of September lacks %v", got)
		}
		if got := lacks(made[0]); len(got) != 2 {
			t.Errorf("the class of March lacks %v, which the old rules do not say", got)
		}
		if got := chair.Get("/settings/papers/none"); got.Status != http.StatusNotFound {
			t.Errorf("papers of nothing: %d", got.Status)
		}

		says(t, "the words", chair.Get("/settings/terms"), http.StatusOK, "核桃", "共 1 个专业", ">2<")
		says(t, "an alias of nothing", chair.Post("/settings/terms/alias", url.Values{"alias": {"胡桃"}, "term": {"没有"}}), http.StatusUnprocessableEntity, "词典里没有「没有」")
		says(t, "a subject is no alias", chair.Post("/settings/terms/alias", url.Values{"alias": {"核桃"}, "term": {"核桃"}}), http.StatusUnprocessableEntity, "自己就是一个专业")
		says(t, "an alias", chair.Post("/settings/terms/alias", url.Values{"alias": {"胡桃"}, "term": {"核桃"}}), http.StatusOK, "胡桃")
		outsider := w.Sign(apptest.Outsider).Get("/settings/terms")
		says(t, "an outsider counts what he sees", outsider, http.StatusOK, "核桃", ">0<")
		if strings.Contains(outsider.Body, "加别名") {
			t.Error("an outsider is offered the form")
		}
		says(t, "the search", chair.Get("/settings/terms?q=水稻"), http.StatusOK, "没有符合的专业")
		says(t, "the export", chair.Get("/settings/terms?as=csv"), http.StatusOK, "核桃,胡桃,2")
	})
}
