package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
)

// Rights in one module show nothing of another: not in the search, not on the home page, not among the uses of a file.
func TestRightsInAModuleShowNothingOfOthers(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		u02 := orgtest.Unit(t, w.Tree, "u02").ID
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
			for _, n := range []access.NewAccount{
				{Login: "youth", Name: "青少年干事", Unit: w.Tree.Office().ID, Grants: []access.Grant{{Role: access.Officer, Modules: []string{"youth"}}}},
				{Login: "mixed", Name: "兼职人", Unit: u02, Grants: []access.Grant{{Role: access.Viewer, Modules: []string{"youth"}},
					{Role: access.Clerk, Unit: u02, Modules: []string{"training"}}}},
				{Login: "both", Name: "全县培训干事", Unit: w.Tree.Office().ID, Grants: []access.Grant{{Role: access.Officer, Modules: []string{"training", "youth"}}}},
			} {
				if _, err := access.CreateAccount(w.Ctx, tx, n, access.NewSecret(w.Ctx, "")); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		clerk, mixed := w.Sign(apptest.Clerk), w.Sign("mixed")
		const title = "核桃高接换优技术培训班"
		notice := []byte("%PDF-1.4 the same notice")
		number := enter(t, clerk, classForm())
		h := headOf(t, w, number)
		answers(t, clerk.Upload("/evidence/training/"+h.ID, url.Values{"kind": {"notice"}}, "file", "通知.pdf", notice), http.StatusOK, "添加了 1 份佐证")
		own := enter(t, mixed, classForm("name", "自己的核桃班", "unit", "u02", "place", "河西镇"))
		answers(t, mixed.Upload("/evidence/training/"+headOf(t, w, own).ID, url.Values{"kind": {"notice"}}, "file", "通知.pdf", notice), http.StatusOK, "添加了 1 份佐证")

		search := "/search?q=" + url.QueryEscape("核桃")
		for _, b := range []*apptest.Browser{w.Sign("youth"), mixed} {
			for _, path := range []string{search, "/", "/todo", "/training/" + own} {
				leavesOut(t, b.Get(path), title, h.Short(), number)
			}
		}
		answers(t, mixed.Get(search), http.StatusOK, "自己的核桃班")
		answers(t, mixed.Get("/training/"+own), http.StatusOK, "别的单位有 1 条记录也用了这份文件")
		answers(t, w.Sign("both").Get(search), http.StatusOK, title, "自己的核桃班")

		for login, want := range map[string]string{"youth": "", "mixed": own, "both": own + " " + number, apptest.Officer: own + " " + number, apptest.Clerk: number, apptest.Admin: ""} {
			ctx := w.As(login)
			if err := w.App.DB.View(ctx, func(tx *db.Tx) error {
				var got []string
				heads, err := flow.List(ctx, tx, flow.Filter{}, flow.Page{})
				for _, h := range heads {
					got = append(got, h.Number)
				}
				if s := strings.Join(got, " "); s != want {
					t.Errorf("%s sees %q, want %q", login, s, want)
				}
				if err != nil || login != "youth" {
					return err
				}
				todos, err := flow.TodosOf(ctx, tx, 10)
				if todos.VerifyN+todos.DraftN+todos.ReturnedN > 0 {
					t.Errorf("%s has to-dos: %+v", login, todos)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
