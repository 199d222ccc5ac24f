package app_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
)

// tokenShown is a token as its page shows it.
var tokenShown = regexp.MustCompile(`slip-token">(shilu_[^<]+)<`)

// TestTokensOnTheirPages: a clerk makes a token and sees it once; the administrator sees whose there are and ends one.
func TestTokensOnTheirPages(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, viewer, admin := w.Sign(apptest.Clerk), w.Sign(apptest.Viewer), w.Sign(apptest.Admin)
		answers(t, clerk.Get("/me/tokens"), 200, "还没有令牌")
		answers(t, clerk.Get("/me"), 200, "/me/tokens")
		clerk.Get("/me/tokens/new")
		answers(t, clerk.Post("/me/tokens", url.Values{"name": {" "}, "writes": {"yes"}, "days": {"400"}}), 422, "请写令牌给谁用", "有效期 400 天")
		made := clerk.Post("/me/tokens", url.Values{"name": {"农业农村局数据交换"}, "writes": {"yes"}, "days": {"90"}})
		answers(t, made, 200, "只显示这一次", "读写")
		m := tokenShown.FindStringSubmatch(made.Body)
		if m == nil {
			t.Fatalf("no token on the page:\n%s", plainText(made.Body))
		}
		program{w, m[1], ""}.ask("GET", "/me", "").has(t, 200, "李文芳")
		list := clerk.Get("/me/tokens")
		answers(t, list, 200, "农业农村局数据交换", "停用")
		leavesOut(t, list, m[1])
		viewer.Get("/me/tokens/new")
		answers(t, viewer.Post("/me/tokens", url.Values{"name": {"看板"}, "writes": {"yes"}, "days": {"30"}}), 422, "只能查看")
		answers(t, viewer.Get("/settings/tokens"), 403)
		all := admin.Get("/settings/tokens")
		answers(t, all, 200, "李文芳", "农业农村局数据交换")
		end := regexp.MustCompile(`/settings/tokens/([0-9a-f-]+)/end`).FindStringSubmatch(all.Body)
		if end == nil {
			t.Fatal("nothing ends it")
		}
		if got := viewer.Post("/me/tokens/"+end[1]+"/end", nil); got.Status != 404 {
			t.Errorf("somebody else ended it: %d", got.Status)
		}
		answers(t, admin.Post("/settings/tokens/"+end[1]+"/end", nil), 200, "已停用令牌")
		program{w, m[1], ""}.ask("GET", "/me", "").has(t, 401, "已经停用")
		answers(t, clerk.Get("/me"), 200, "停用令牌")

		page := clerk.Get("/docs/api")
		answers(t, page, 200, "接口", "/records/{kind}/{number}/verify", "attendances", "Idempotency-Key", "curl")
		if strings.Contains(page.Body, `src="http`) || strings.Contains(page.Body, `href="http`) {
			t.Error("the page loads something from outside")
		}
	})
}

// tokenPages are the pages of tokens and the one on which people read what the API can do.
func tokenPages(w *apptest.World) []shot {
	w.Helper()
	const zhou, clerk = apptest.Officer, apptest.Clerk
	b := w.Sign(zhou)
	b.Get("/me/tokens/new")
	for _, name := range []string{"农业农村局数据交换", "县政府数据看板"} {
		if got := b.Post("/me/tokens", url.Values{"name": {name}, "writes": {"no"}, "days": {"180"}}); got.Status != 200 {
			w.Fatal(got.Status)
		}
	}
	made := func(c *apptest.Chrome) {
		c.Fill("name", "统计局")
		c.Press("新建令牌")
		c.Shows("只显示这一次")
		apptest.Eval[bool](c, "document.querySelector('.slip-token').textContent = 'shilu_'+'x'.repeat(43), true") // never in a picture
	}
	return []shot{
		{name: "tokens-empty", who: clerk, path: "/me/tokens"},
		{name: "tokens-new", who: zhou, path: "/me/tokens/new"},
		{name: "tokens-error", who: zhou, path: "/me/tokens/new", do: func(c *apptest.Chrome) {
			c.Fill("name", " ")
			c.Press("新建令牌")
			c.Shows("请写令牌给谁用")
		}},
		{name: "tokens-made", who: zhou, path: "/me/tokens/new", do: made, codes: true},
		{name: "tokens", who: zhou, path: "/me/tokens"},
		{name: "tokens-all", who: apptest.Admin, path: "/settings/tokens"},
		{name: "api", who: zhou, path: "/docs/api", codes: true},
	}
}
