package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// viewRoutes are the reader's own views of lists.
func (c *Console) viewRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET " + page.ViewsPath, Right: desk.SignedIn, Handler: c.getViews},
		{Pattern: "POST " + page.ViewsPath, Right: desk.SignedIn, Handler: c.postView},
		{Pattern: "POST " + page.ViewsRenamePath, Right: desk.SignedIn, Handler: c.renameView},
		{Pattern: "POST " + page.ViewsRemovePath, Right: desk.SignedIn, Handler: c.removeView},
	}
}

// getViews lists all views that the reader has saved.
func (c *Console) getViews(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		all, err := desk.ViewsOf(v.Ctx, tx, "")
		if err != nil {
			return err
		}
		chosen := slices.DeleteFunc(slices.Clone(all), func(s desk.SavedView) bool { return !found(v.At.Get("q"), s.Name, c.listTitle(v, s.Path)) })
		if as := v.At.Get("as"); as != "" {
			rows := make([][]any, len(chosen))
			for i, s := range chosen {
				rows[i] = []any{s.Name, c.listTitle(v, s.Path), s.Address().String(), v.Instant(s.At)}
			}
			return sendTable(w, v, as, v.T("我的视图"), xlsx.Table{Name: v.T("我的视图"), Rows: xlsx.Values(rows),
				Columns: []xlsx.Column{{Title: v.T("名称"), Width: 24}, {Title: v.T("列表"), Width: 16}, {Title: v.T("地址"), Kind: xlsx.AsText, Width: 60}, {Title: v.T("存于"), Width: 18}}}, desk.SignedIn)
		}
		l := page.List{Title: v.T("我的视图"), At: v.At, Search: v.T("名称、列表"), Columns: []page.Column{{Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("列表"), Plain: true}, {Label: v.T("存于"), Plain: true}, {Label: v.T("不用了"), Kind: page.StateColumn}}}
		for _, s := range chosen {
			l.Rows = append(l.Rows, page.Row{Name: s.Name, Href: s.Address().String(), Cells: []templ.Component{page.LinkCell(s.Address().String(), s.Name), page.Cell(c.listTitle(v, s.Path)), page.Faint(v.Instant(s.At)), removeViewForm(s.Path, s.Name)}})
		}
		l.Empty = unfound(v, len(all), "q")
		if len(all) == 0 {
			l.Empty = &page.Empty{Title: v.T("还没有存视图"), Reason: v.T("在列表里筛好以后，用「存为视图」记下来，以后一点就到"), Out: &page.Action{Label: v.T("回首页"), Href: "/"}}
			l.Search = ""
		} else {
			l.Actions = exports(v, desk.SignedIn)
		}
		return v.Render(w, r, desk.Page{Title: v.T("我的视图"), Path: "/settings", NoScope: true}, page.ListPage(l))
	})
}

// listTitle is what the navigation calls the list at a path.
func (c *Console) listTitle(v *desk.Visit, path string) string {
	for _, e := range v.Nav {
		if e.Path == path {
			return v.T(e.Label)
		}
	}
	return path
}

func (c *Console) postView(w http.ResponseWriter, r *http.Request) error {
	return c.changeView(w, r, page.ViewsPath, func(ctx context.Context, tx *db.Tx, f *web.Form) (string, error) {
		query, err := url.ParseQuery(f.Values.Get("query"))
		if err != nil {
			query = url.Values{}
		}
		s := desk.SavedView{Path: f.Values.Get("path"), Name: f.Values.Get("name"), Query: query}
		return s.Address().String(), desk.SaveView(ctx, tx, s)
	}, "已存为视图")
}

func (c *Console) renameView(w http.ResponseWriter, r *http.Request) error {
	return c.changeView(w, r, page.ViewsRenamePath, func(ctx context.Context, tx *db.Tx, f *web.Form) (string, error) {
		path := f.Values.Get("path")
		if err := desk.RenameView(ctx, tx, path, f.Values.Get("old"), f.Values.Get("name")); err != nil {
			return "", err
		}
		return path, nil
	}, "视图已改名")
}

func (c *Console) removeView(w http.ResponseWriter, r *http.Request) error {
	return c.changeView(w, r, page.ViewsRemovePath, func(ctx context.Context, tx *db.Tx, f *web.Form) (string, error) {
		s, err := desk.RemoveView(ctx, tx, f.Values.Get("path"), f.Values.Get("old"))
		return s.Address().String(), err
	}, "视图已移除")
}

// changeView does something with a view and goes back to its list; with a wrong name it asks for the name again.
func (c *Console) changeView(w http.ResponseWriter, r *http.Request, action string, do func(ctx context.Context, tx *db.Tx, f *web.Form) (to string, err error), says string) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	to := ""
	err = c.Desk.DB.Update(r.Context(), func(tx *db.Tx) (err error) {
		to, err = do(r.Context(), tx, f)
		return err
	})
	if wrong := desk.FieldErrors(r.Context(), err); wrong != nil {
		return c.Desk.View(r, func(_ *db.Tx, v *desk.Visit) error {
			d := draft{v, f.Values, wrong}
			name := d.field("name", v.T("视图的名称"))
			var kept []templ.Component
			for _, key := range []string{"path", "query", "old"} {
				kept = append(kept, hiddenValue(key, f.Values.Get(key)))
			}
			form := page.Form{Action: action, Errors: wrong, Lead: v.T("还没有存下："), Buttons: []page.Action{{Label: v.T("存下"), Kind: page.Primary}}, Leave: &page.Action{Label: v.T("不存了"), Href: web.LocalPath(f.Values.Get("path"))}}
			return v.Render(w, r, desk.Page{Title: v.T("存为视图"), Path: "/settings", NoScope: true, Status: http.StatusUnprocessableEntity},
				templ.Join(page.RecordTitle(page.RecordHead{Title: v.T("存为视图")}), page.Around(page.FormBox(form), append(kept, page.InputField(page.Input{Field: name, MaxLength: 20}))...)))
		})
	}
	if err != nil {
		return err
	}
	desk.Say(w, r, "", says)
	web.Redirect(w, r, desk.Back(r, web.LocalPath(to)))
	return nil
}
