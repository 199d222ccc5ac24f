package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// settingRoutes are the pages of accounts, units, places and settings.
func (c *Console) settingRoutes() []web.Route {
	return slices.Concat([]web.Route{{Pattern: "GET /settings", Right: desk.SignedIn, Handler: c.getSettings}},
		c.accountRoutes(), c.meRoutes(), c.tokenRoutes(), c.treeRoutes(), c.trailRoutes(), c.valueRoutes(), c.backupRoutes())
}

func (c *Console) settingNav() []desk.Entry {
	return []desk.Entry{{Label: "设置", Path: "/settings", Right: desk.SignedIn, Foot: true}}
}

// draft is a form of the settings as it was typed or as it begins, with what is wrong with it.
type draft struct {
	*desk.Visit
	values url.Values
	errors []page.FieldError
}

// field is the frame of a control: its label, what was typed, what is wrong.
func (d draft) field(name, label string) page.Field {
	return page.Field{Name: name, Label: label, Value: d.values.Get(name), Error: desk.ErrorOf(d.errors, name)}
}

// status is 422 for a form that comes back.
func (d draft) status(w http.ResponseWriter) {
	if len(d.errors) > 0 {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
}

// again is what is wrong with a form that is shown again; nil when the error has its own page. A Conflict is a wrong input too:
// a name that is taken.
func again(ctx context.Context, err error) []page.FieldError {
	switch errs.KindOf(err) {
	case errs.Invalid, errs.TooLarge:
		if wrong := desk.FieldErrors(ctx, err); wrong != nil {
			return wrong
		}
		return []page.FieldError{{Text: lang.Error(ctx, err)}}
	case errs.Conflict:
		return []page.FieldError{{Text: lang.Error(ctx, err)}}
	}
	return nil
}

// posted reads a form and does its work in one transaction; what is wrong with it comes back to be shown with it.
func (c *Console) posted(r *http.Request, work func(ctx context.Context, tx *db.Tx, f *web.Form) error) (*web.Form, []page.FieldError, error) {
	ctx := r.Context()
	f, err := web.ReadForm(r)
	if err != nil {
		return nil, nil, err
	}
	err = c.Desk.DB.Update(ctx, func(tx *db.Tx) error {
		one := &web.Form{Values: f.Values} // a transaction that is run again must not find the errors of the first time
		return work(ctx, tx, one)
	})
	if err == nil {
		return f, nil, nil
	}
	if wrong := again(ctx, err); wrong != nil {
		return f, wrong, nil
	}
	return f, nil, err
}

// crumbs lead from a page of the settings back to 设置.
func crumbs(v *desk.Visit, items ...page.NavItem) templ.Component {
	return page.Crumbs(append([]page.NavItem{{Label: v.T("设置"), Href: "/settings"}}, items...))
}

// treeToday is the tree of today, whatever period the address names: settings are about now.
func treeToday(v *desk.Visit, tx *db.Tx) (*org.Tree, error) { return org.Load(v.Ctx, tx, v.Today) }

// openUnits are the units that work today, as choices.
func openUnits(tree *org.Tree) (all []page.Option) {
	for _, u := range tree.Units() {
		if u.Closed != day.Forever {
			continue
		}
		depth := 0
		for up := u.Parent; up != "" && depth < 4; up = tree.Unit(up).Parent {
			depth++
		}
		all = append(all, page.Option{Value: u.Code, Label: u.Name, Depth: depth})
	}
	return all
}

// found reports whether any of the texts has the words that were searched for.
func found(q string, texts ...string) bool {
	q = strings.ToLower(strings.TrimSpace(q))
	return q == "" || strings.Contains(strings.ToLower(strings.Join(texts, "\n")), q)
}

// may reports whether the reader has a right that is not limited to a module.
func may(v *desk.Visit, right access.Right) bool { return v.Actor.May(right, "") }
