package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/kit/db"
)

// onceShape is the one-time password as the slip shows it.
var onceShape = regexp.MustCompile(`slip-password">([^<]+)<`)

// once is the one-time password on a page; the test fails when there is none.
func once(t *testing.T, a apptest.Answer) string {
	t.Helper()
	m := onceShape.FindStringSubmatch(a.Body)
	if m == nil {
		t.Fatalf("no one-time password on the page (%d at %s):\n%s", a.Status, a.Path, a.Body)
	}
	return m[1]
}

// says fails unless the answer has the status and all the words.
func says(t *testing.T, what string, a apptest.Answer, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("%s: %d at %s, want %d\n%s", what, a.Status, a.Path, status, a.Body)
		return
	}
	for _, w := range words {
		if !holds(a.Body, w) {
			t.Errorf("%s: the page does not say «%s»\n%s", what, w, a.Body)
		}
	}
}

// setGrants gives roles behind the pages.
func setGrants(t *testing.T, w *apptest.World, login string, grants ...access.Grant) {
	t.Helper()
	if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
		a, err := access.FindAccount(w.Ctx, tx, login)
		if err != nil {
			return err
		}
		return access.SetGrants(w.Ctx, tx, a.ID, grants)
	}); err != nil {
		t.Fatal(err)
	}
}

func TestKeeperAddsAClerk(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		admin := w.Sign(apptest.Admin)
		says(t, "the list", admin.Get("/settings/accounts"), http.StatusOK, "李文芳", "填报人 · 青溪乡科协", "兼任系统管理员和安全管理员", "还没登录过")
		form := url.Values{"name": {"和丽琼"}, "login": {"helq"}, "phone": {"138 0000 5678"}, "unit": {"u09"}, "grants.0.role": {"clerk"}, "grants.0.unit": {""}, "grants.0.module": {""}}
		bad := admin.Post("/settings/accounts", form)
		says(t, "a clerk without a unit", bad, http.StatusUnprocessableEntity, "请选填报人管哪个单位", `value="和丽琼"`)
		form.Set("grants.0.unit", "u09")
		form.Set("rows", "add")
		says(t, "one more row without scripts", admin.Post("/settings/accounts", form), http.StatusOK, "grants.1.role")
		form.Del("rows")
		made := admin.Post("/settings/accounts", form)
		password := once(t, made)
		if got := made.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
			t.Errorf("the page with the password may be kept: %q", got)
		}
		says(t, "the same login name again", admin.Post("/settings/accounts", form), http.StatusUnprocessableEntity, "电话 13800005678 已经是和丽琼的")
		form.Del("phone")
		says(t, "the same login name again", admin.Post("/settings/accounts", form), http.StatusUnprocessableEntity, "登录名「helq」已经有人用了")
		says(t, "her page", admin.Get("/settings/accounts/helq"), http.StatusOK, "138****5678", "红岩乡科协", "没改一次性密码", "添加账号")

		office := url.Values{"name": {"段丽华"}, "login": {"duanlh"}, "unit": {"office"}, "grants.0.role": {"chair"}, "grants.0.unit": {"office"}, "grants.0.module": {""}}
		says(t, "a chair of the office", admin.Post("/settings/accounts", office), http.StatusOK, "duanlh")
		if her := plain(admin.Get("/settings/accounts/duanlh").Body); !strings.Contains(her, "主席 全县 全部") {
			t.Errorf("the chair of the office is not the chair of the county: %s", her)
		}

		he := w.Stranger()
		if got := he.Post("/login", url.Values{"account": {"13800005678"}, "password": {password}}); got.Path != "/password" {
			t.Fatalf("the first sign-in leads to %s (%d)", got.Path, got.Status)
		}
		says(t, "before the password is changed", he.Get("/training"), http.StatusForbidden, "请先把一次性密码改掉")
		says(t, "a weak one", he.Post("/password", url.Values{"old": {password}, "password": {"helq"}, "again": {"helq"}}), http.StatusUnprocessableEntity, "密码至少 8 位")
		if got := he.Post("/password", url.Values{"old": {password}, "password": {"Hongyan-2026"}, "again": {"Hongyan-2026"}}); got.Path != "/" {
			t.Fatalf("the change leads to %s (%d)\n%s", got.Path, got.Status, got.Body)
		}
		says(t, "her own page", he.Get("/me"), http.StatusOK, "红岩乡科协", "填报人", "改自己的密码")
		says(t, "the settings as a clerk sees them", he.Get("/settings"), http.StatusOK, "我的账号")
		if got := he.Get("/settings/accounts"); got.Status != http.StatusForbidden {
			t.Errorf("a clerk sees the accounts: %d", got.Status)
		}
		if got := w.Sign(apptest.Officer).Get("/settings/new-account"); got.Status != http.StatusForbidden {
			t.Errorf("an officer opens accounts: %d", got.Status)
		}
		if got := admin.Get("/training"); got.Status != http.StatusForbidden {
			t.Errorf("the administrator reads the training: %d", got.Status)
		}
		list := admin.Get("/settings/accounts?q=红岩&role=clerk")
		says(t, "the search", list, http.StatusOK, "和丽琼", "共 1 个账号")
		if strings.Contains(list.Body, "李文芳") {
			t.Error("the search finds others too")
		}
		says(t, "nothing found", admin.Get("/settings/accounts?q=没有这人"), http.StatusOK, "没有符合的账号", "清除筛选")
		csv := admin.Get("/settings/accounts?q=红岩&as=csv")
		says(t, "the export", csv, http.StatusOK, "姓名,登录名", "和丽琼,helq,138****5678")
	})
}

func TestKeepersKeepTheirRights(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		admin := w.Sign(apptest.Admin)
		setGrants(t, w, apptest.Viewer, access.Grant{Role: access.Security})
		security := w.Sign(apptest.Viewer)
		roles := url.Values{"grants.0.role": {"security"}}
		says(t, "the last administrator gives his role away", security.Post("/settings/accounts/admin/roles", roles), http.StatusUnprocessableEntity, "最后一个系统管理员")
		setGrants(t, w, apptest.Admin, access.Grant{Role: access.Admin})
		says(t, "the last administrator is closed", admin.Post("/settings/accounts/admin/close", url.Values{"reason": {"退休"}}), http.StatusConflict, "最后一个系统管理员")
		says(t, "nobody is both any more", admin.Get("/settings/accounts"), http.StatusOK, "周敏")
		if strings.Contains(admin.Get("/settings/accounts").Body, "兼任") {
			t.Error("the reminder stays")
		}
		for _, path := range []string{"/settings/accounts/zhoumin/reset", "/settings/accounts/zhoumin/unlock", "/settings/accounts/zhoumin/roles"} {
			if got := admin.Post(path, nil); got.Status != http.StatusForbidden {
				t.Errorf("without the right the administrator does %s: %d", path, got.Status)
			}
		}
		if got := security.Post("/settings/accounts", url.Values{"name": {"某"}, "login": {"mou"}, "unit": {"office"}}); got.Status != http.StatusForbidden {
			t.Errorf("the security administrator opens accounts: %d", got.Status)
		}
		plain := admin.Post("/settings/accounts", url.Values{"name": {"某"}, "login": {"mou"}, "unit": {"office"}, "grants.0.role": {"chair"}, "grants.0.unit": {"*"}})
		once(t, plain)
		says(t, "an administrator alone gives no roles", admin.Get("/settings/accounts/mou"), http.StatusOK, "没有角色")
		got := security.Post("/settings/accounts/mou/roles", url.Values{"grants.0.role": {"officer"}, "grants.0.unit": {"*"}, "grants.0.module": {"training"}, "grants.0.to": {"2026-12-31"},
			"grants.1.role": {"auditor"}, "grants.2.role": {"admin"}})
		says(t, "who is audited does not audit", got, http.StatusUnprocessableEntity, "审计管理员不能同时是系统管理员")
		got = security.Post("/settings/accounts/mou/roles", url.Values{"grants.0.role": {"officer"}, "grants.0.unit": {"*"}, "grants.0.module": {"training"}, "grants.0.to": {"2026-12-31"}})
		says(t, "roles are given", got, http.StatusOK, "干事", "培训班", "12月31日", "改角色")
		if strings.Contains(got.Body, "training") && strings.Contains(got.Body, "（training") {
			t.Error("the history shows the code of a module")
		}
	})
}

func TestLockAndUnlock(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		admin := w.Sign(apptest.Admin)
		guess := w.Stranger()
		for range 5 {
			guess.Post("/login", url.Values{"account": {apptest.Clerk}, "password": {"Wrong-guess-1"}})
		}
		says(t, "the sixth try", guess.Post("/login", url.Values{"account": {apptest.Clerk}, "password": {"Wrong-guess-1"}}), http.StatusUnprocessableEntity, "分钟")
		says(t, "the list of the locked", admin.Get("/settings/accounts?state=locked"), http.StatusOK, "李文芳", "锁到", "共 1 个账号")
		says(t, "unlock", admin.Post("/settings/accounts/liwf/unlock", nil), http.StatusOK, "李文芳可以登录了", "解锁账号")
		reset := admin.Post("/settings/accounts/liwf/reset", nil)
		password := once(t, reset)
		li := w.Stranger()
		if got := li.Post("/login", url.Values{"account": {apptest.Clerk}, "password": {password}}); got.Path != "/password" {
			t.Errorf("after the reset she is led to %s", got.Path)
		}
		says(t, "closed without reason", admin.Post("/settings/accounts/liwf/close", nil), http.StatusUnprocessableEntity, "请填写「原因」")
		says(t, "closed", admin.Post("/settings/accounts/liwf/close", url.Values{"reason": {"调离"}}), http.StatusOK, "已停用", "调离", "重新启用")
		if got := li.Get("/me"); !strings.HasPrefix(got.Path, "/login") {
			t.Errorf("a closed account still reads %s", got.Path)
		}
		says(t, "edited", admin.Post("/settings/accounts/duan/edit", url.Values{"name": {"段光明"}, "unit": {"u09"}, "phone": {"13900001111"}}), http.StatusOK, "139****1111", "红岩乡科协")
		says(t, "the telephone stays when it is left blank", admin.Post("/settings/accounts/duan/edit", url.Values{"name": {"段光辉"}, "unit": {"u09"}}), http.StatusOK, "段光辉", "139****1111")
		says(t, "the telephone goes", admin.Post("/settings/accounts/duan/edit", url.Values{"name": {"段光辉"}, "unit": {"u09"}, "forget": {"1"}}), http.StatusOK, "未填")
		once(t, admin.Post("/settings/accounts/liwf/reopen", nil))
		if got := admin.Get("/settings/accounts/nobody"); got.Status != http.StatusNotFound {
			t.Errorf("no such account: %d", got.Status)
		}
	})
}
