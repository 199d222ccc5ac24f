package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
)

func TestSavedViewsOfAList(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		thisYear(t, w)
		officer, second := w.Sign(apptest.Officer), w.Sign(apptest.Second)
		const query = "q=核桃&state=submitted"
		shows(t, officer.Get("/training?"+query), "存为视图")
		hides(t, officer.Get("/training"), "存为视图") // there is nothing to keep yet

		save := func(b *apptest.Browser, name, path, query string) apptest.Answer {
			t.Helper()
			return b.Post("/views", url.Values{"name": {name}, "path": {path}, "query": {query}})
		}
		shows(t, save(officer, " 核桃  待核实 ", "/training", query+"&page=3"), "核桃 待核实", "改视图", "核桃高接换优技术（第2期）")
		list := officer.Get("/training")
		shows(t, list, "核桃 待核实")
		hides(t, list, "改视图")
		if strings.Contains(list.Body, "page=3") {
			t.Error("a view keeps the page of the list")
		}
		hides(t, officer.Get("/reports"), "核桃 待核实")

		// It is one's own.
		hides(t, second.Get("/training?"+query), "核桃 待核实")
		shows(t, second.Get("/views"), "还没有存视图")
		if got := second.Post("/views/remove", url.Values{"path": {"/training"}, "old": {"核桃 待核实"}}); got.Status != http.StatusNotFound {
			t.Errorf("somebody else removes it: %d", got.Status)
		}
		if got := second.Post("/views/rename", url.Values{"path": {"/training"}, "old": {"核桃 待核实"}, "name": {"我的"}}); got.Status != http.StatusNotFound {
			t.Errorf("somebody else renames it: %d", got.Status)
		}
		shows(t, save(second, "核桃 待核实", "/training", "q=水稻"), "核桃 待核实")

		// What cannot be saved is said at the name, with what was typed.
		for _, try := range []struct{ name, path, query, says string }{
			{"核桃 待核实", "/training", "q=x", "已经有视图「核桃 待核实」"}, {"", "/training", "q=x", "请填视图的名称"}, {"  ", "/training", "q=x", "请填视图的名称"},
			{strings.Repeat("长", 21), "/training", "q=x", "名称有 21 个字，最多 20 个"},
		} {
			got := save(officer, try.name, try.path, try.query)
			if got.Status != http.StatusUnprocessableEntity || !strings.Contains(plain(got.Body), try.says) || !strings.Contains(got.Body, `name="query" value="`+try.query+`"`) {
				t.Errorf("%q is answered with %d: %.300s", try.name, got.Status, plain(got.Body))
			}
		}
		for _, path := range []string{"", "//evil.example/", "https://evil.example/", "/training?x=1", "/" + strings.Repeat("x", 300)} {
			if got := save(officer, "外面", path, "q=x"); got.Status != http.StatusUnprocessableEntity {
				t.Errorf("a view of %q: %d", path, got.Status)
			}
		}
		if got := save(officer, "太长", "/training", "q="+strings.Repeat("x", 5000)); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("a query of 5,000 characters: %d", got.Status)
		}

		officer.Post("/views/rename", url.Values{"path": {"/training"}, "old": {"核桃 待核实"}, "name": {"只看核桃"}})
		shows(t, officer.Get("/training"), "只看核桃")
		shows(t, save(officer, "另一个", "/training", "q=另"), "另一个")
		if got := officer.Post("/views/rename", url.Values{"path": {"/training"}, "old": {"另一个"}, "name": {"只看核桃"}}); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("two views of one name: %d", got.Status)
		}
		shows(t, officer.Get("/views"), "我的视图", "只看核桃 培训班", "另一个")
		got := officer.Post("/views/remove", url.Values{"path": {"/training"}, "old": {"只看核桃"}, "next": {"/views"}})
		shows(t, got, "另一个")
		hides(t, got, "只看核桃 培训班")
		shows(t, second.Get("/training?q=水稻"), "核桃 待核实") // somebody else's stays

		for i := range 19 {
			save(officer, fmt.Sprint("第", i), "/training", fmt.Sprint("q=", i))
		}
		if got := save(officer, "多了", "/training", "q=多"); got.Status != http.StatusUnprocessableEntity || !strings.Contains(plain(got.Body), "已经存了 20 个视图") {
			t.Errorf("the 21st view: %d", got.Status)
		}
		if got := w.Stranger().Get("/views"); !strings.HasPrefix(got.Path, "/login") {
			t.Errorf("a stranger stands at %s", got.Path)
		}
	})
}
