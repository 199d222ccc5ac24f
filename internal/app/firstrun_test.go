package app_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"shilu/internal/app"
	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/keys"
)

// empty serves the program on a database where nothing was set up, on either engine.
func empty(t *testing.T, scenario func(t *testing.T, w *apptest.World, code string)) {
	t.Helper()
	for name, address := range map[string]func(t *testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgres": func(t *testing.T) string { return dbtest.PostgresURL(t) }} {
		t.Run(name, func(t *testing.T) {
			w, code := openEmpty(t, address(t))
			scenario(t, w, code)
			ctx, err := w.App.AtMachine(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.App.Seal(ctx); err != nil {
				t.Fatal(err)
			}
			if err := w.App.Verify(ctx, func(d log.Difference) { t.Errorf("verify: %s", d) }); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func openEmpty(t *testing.T, address string) (*apptest.World, string) {
	t.Helper()
	access.Cost = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	t.Setenv(keys.Env, "")
	start := time.Now()
	a, err := app.Prepare(t.Context(), app.Config{Data: t.TempDir(), DatabaseURL: address, Now: func() time.Time { return dbtest.Now.Add(time.Since(start)) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	server := httptest.NewServer(a.Handler(slog.New(slog.DiscardHandler)))
	t.Cleanup(server.Close)
	code, err := a.SetupCode(t.Context())
	if err != nil || len(code) < 20 {
		t.Fatalf("the code of an empty installation is %q (%v)", code, err)
	}
	return &apptest.World{TB: t, App: a, Ctx: t.Context(), Server: server}, code
}

func TestFirstRun(t *testing.T) {
	empty(t, func(t *testing.T, w *apptest.World, code string) {
		thief := w.Stranger()
		for _, path := range []string{"/", "/login", "/training", "/settings/accounts"} {
			says(t, path+" before anything", thief.Get(path), http.StatusServiceUnavailable, "还没有建立科协", "/setup?code=")
		}
		for _, path := range []string{"/setup", "/setup?code=", "/setup?code=wrong", "/setup/admin", "/setup/people", "/setup?code=" + strings.ToLower(code)} {
			says(t, path+" without the code", thief.Get(path), http.StatusForbidden, "链接不对或已经过期")
		}
		says(t, "a form without the code", thief.Post("/setup/admin", url.Values{"name": {"贼"}, "login": {"zei"}, "how": {"once"}}), http.StatusForbidden)

		keeper := w.Stranger()
		first := keeper.Get("/setup?code=" + code)
		if first.Path != "/setup/admin" {
			t.Fatalf("the code leads to %s", first.Path)
		}
		says(t, "the first step", first, http.StatusOK, "第 1 步，共 5 步", "管理员")
		if got := keeper.Get("/setup/places"); got.Path != "/setup/admin" {
			t.Errorf("a later step asked for too early is %s", got.Path)
		}
		says(t, "a form without its token", keeper.Post("/setup/admin", url.Values{"csrf": {"x"}, "name": {"孙国栋"}, "login": {"sungd"}, "how": {"once"}}), http.StatusForbidden)
		says(t, "a weak password", keeper.Post("/setup/admin", url.Values{"name": {"孙国栋"}, "login": {"孙"}, "how": {"own"}, "password": {"sun"}, "again": {"sun"}}),
			http.StatusUnprocessableEntity, "登录名「孙」不合规则", "密码至少 8 位", `value="孙国栋"`)
		says(t, "two passwords", keeper.Post("/setup/admin", url.Values{"name": {"孙国栋"}, "login": {"sungd"}, "how": {"own"}, "password": {"Caihong-6271"}, "again": {"Caihong-6272"}}),
			http.StatusUnprocessableEntity, "两次写的密码不一样")
		says(t, "the second step", keeper.Post("/setup/admin", url.Values{"name": {"孙国栋"}, "login": {"sungd"}, "how": {"own"}, "password": {"Caihong-6271"}, "again": {"Caihong-6271"}}),
			http.StatusOK, "第 2 步，共 5 步", "孙国栋，已设密码")
		says(t, "no name", keeper.Post("/setup/association", url.Values{"name": {""}}), http.StatusUnprocessableEntity, "请填写「科协名称」")
		says(t, "a name without county", keeper.Post("/setup/association", url.Values{"name": {"科技工作者之家"}}), http.StatusUnprocessableEntity, "看不出县名")
		says(t, "the third step", keeper.Post("/setup/association", url.Values{"name": {"云岭县科学技术协会"}}), http.StatusOK, "第 3 步，共 5 步", "云岭县科学技术协会")

		says(t, "now others are led to sign in", w.Stranger().Get("/"), http.StatusOK, "云岭县科学技术协会")
		says(t, "and still have no code", thief.Get("/setup/people"), http.StatusForbidden)

		says(t, "a list that is none", keeper.Post("/setup/places", url.Values{"places": {"：：\n" + strings.Repeat("长", 30)}}), http.StatusUnprocessableEntity, "不像地名")
		says(t, "a typed list", keeper.Post("/setup/places", url.Values{"places": {"青溪乡：大箐村、白石村\r\n河东镇 北门社区　上村\n\t小河村"}}), http.StatusOK, "新加 7 个地点", "合计 2 个乡镇", "2 个乡镇，5 个村")
		csv := "乡镇,村,代码\n青溪乡,大箐村,0101\n白塔乡,塔底村,0301\n白塔乡,塔头村,0301\n"
		says(t, "a file with a code twice", keeper.Upload("/setup/places", nil, "file", "村.csv", []byte(csv)), http.StatusOK, "原有 1 个", "有 1 行没进", "第 4 行", "3 个乡镇，6 个村")
		says(t, "a file that is none", keeper.Upload("/setup/places", nil, "file", "a.xlsx", []byte("PK\x03\x04nothing")), http.StatusUnprocessableEntity)
		people := keeper.Post("/setup/places", nil)
		says(t, "the fourth step", people, http.StatusOK, "第 4 步，共 5 步", "青溪乡科协", "白塔乡科协")
		row := url.Values{"people.0.name": {"周敏"}, "people.0.login": {"zhoumin"}, "people.0.role": {"officer"}, "people.0.unit": {"office"},
			"people.1.name": {""}, "people.1.login": {""}, "people.1.role": {"clerk"}, "people.1.unit": {"01"},
			"people.2.name": {"李文芳"}, "people.2.login": {"zhoumin"}, "people.2.role": {"clerk"}, "people.2.unit": {"01"}}
		says(t, "a login name twice", keeper.Post("/setup/people", row), http.StatusUnprocessableEntity, "第 3 行：登录名「zhoumin」已经有人用了")
		row.Set("people.2.login", "liwf")
		row.Set("people.0.login", "周")
		says(t, "a wrong login name", keeper.Post("/setup/people", row), http.StatusUnprocessableEntity, "登录名「周」不合规则")
		row.Set("people.0.login", "zhoumin")
		made := keeper.Post("/setup/people", row)
		says(t, "the slips", made, http.StatusOK, "已建 2 个账号", "周敏", "李文芳")
		words := onceShape.FindAllStringSubmatch(made.Body, -1)
		if len(words) != 2 {
			t.Fatalf("%d one-time passwords on the page", len(words))
		}
		says(t, "the last step", keeper.Post("/setup/people", nil), http.StatusOK, "第 5 步，共 5 步", "sungd")
		end := keeper.Post("/setup/end", nil)
		if end.Path != "/login?account=sungd" {
			t.Errorf("the end leads to %s", end.Path)
		}
		for _, b := range []*apptest.Browser{keeper, thief} {
			says(t, "the code afterwards", b.Get("/setup?code="+code), http.StatusNotFound, "设置已经做完")
		}
		if again, err := w.App.SetupCode(t.Context()); err != nil || again != "" {
			t.Errorf("there is still a code: %q %v", again, err)
		}
		if got := keeper.Post("/login", url.Values{"account": {"sungd"}, "password": {"Caihong-6271"}}); got.Path != "/" {
			t.Errorf("the administrator signs in and sees %s\n%s", got.Path, got.Body)
		}
		says(t, "what he set up is in the history", keeper.Get("/settings/accounts/zhoumin"), http.StatusOK, "孙国栋", "添加账号", "干事")
		li := w.Stranger()
		if got := li.Post("/login", url.Values{"account": {"liwf"}, "password": {words[1][1]}}); got.Path != "/password" {
			t.Errorf("the clerk signs in and sees %s", got.Path)
		}
	})
}

func TestFirstRunSkipped(t *testing.T) {
	empty(t, func(t *testing.T, w *apptest.World, code string) {
		keeper := w.Stranger()
		keeper.Get("/setup?code=" + code)
		keeper.Post("/setup/admin", url.Values{"name": {"孙国栋"}, "login": {"sungd"}, "how": {"once"}})
		keeper.Post("/setup/association", url.Values{"name": {"云岭县科协"}})
		end := keeper.Get("/setup/end")
		password := once(t, end)
		if got := keeper.Post("/setup/end", nil); got.Path != "/login?account=sungd" {
			t.Errorf("the end leads to %s", got.Path)
		}
		if got := keeper.Post("/login", url.Values{"account": {"sungd"}, "password": {password}}); got.Path != "/password" {
			t.Errorf("the administrator signs in and sees %s", got.Path)
		}
	})
}
