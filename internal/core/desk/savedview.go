package desk

import (
	"context"
	"net/url"
	"strings"
	"unicode/utf8"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

// SavedView is a view of a list under a name that the actor gave it: what stood in the address. It is nobody else's to see, and
// shows what the actor may see when it is opened.
type SavedView struct {
	Path, Name string
	Query      url.Values
	At         int64
}

const (
	savedNameMost  = 20 // characters of a name
	savedQueryMost = 4000
	savedPathMost  = 200
	savedMost      = 20 // views of one list
)

// passing are the parameters of an address that are no view: the page of a list, the format of a file.
var passing = []string{"page", "after", "as", "format", "csrf"}

// Address is where the view opens.
func (s SavedView) Address() page.Address {
	return page.Address{Path: s.Path, Query: viewQuery(s.Query)}
}

// viewQuery is what of an address a view keeps.
func viewQuery(q url.Values) url.Values {
	return page.Address{Query: q}.Without(passing...).Query
}

// SaveView keeps a view. Invalid without a name, with one that is taken on this list or too long, and for what is no list's address.
func SaveView(ctx context.Context, tx *db.Tx, s SavedView) error {
	name, err := viewName(s.Name)
	if err != nil {
		return err
	}
	query := viewQuery(s.Query).Encode()
	if web.LocalPath(s.Path) != s.Path || strings.ContainsAny(s.Path, "?#") || len(s.Path) > savedPathMost || len(query) > savedQueryMost {
		return errs.E(errs.Invalid, "这个地址存不成视图")
	}
	all, err := ViewsOf(ctx, tx, s.Path)
	if err != nil {
		return err
	}
	if len(all) >= savedMost {
		return badName("这一页已经存了 %d 个视图，先移除不用的", len(all))
	}
	n, err := tx.Insert(ctx, "INSERT INTO saved_view (association, account, path, name, query, at)", "ON CONFLICT DO NOTHING",
		[]any{org.Of(ctx), access.From(ctx).Account, s.Path, name, query, tx.Millis()})
	if err == nil && n == 0 {
		err = badName("已经有视图「%s」，请换个名称", name)
	}
	return err
}

func viewName(text string) (string, error) {
	name := strings.Join(strings.Fields(text), " ")
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "", badName("请填视图的名称")
	case n > savedNameMost:
		return "", badName("名称有 %d 个字，最多 %d 个", n, savedNameMost)
	}
	return name, nil
}

func badName(text string, args ...any) error {
	var wrong errs.Fields
	wrong.Add("name", text, args...)
	return wrong.Err()
}

// RenameView gives a view another name. NotFound when the actor has none of the name there.
func RenameView(ctx context.Context, tx *db.Tx, path, name, to string) error {
	to, err := viewName(to)
	if err != nil || to == name {
		return err
	}
	all, err := ViewsOf(ctx, tx, path)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Name == to {
			return badName("已经有视图「%s」，请换个名称", to)
		}
	}
	n, err := tx.Exec(ctx, "UPDATE saved_view SET name = ? WHERE association = ? AND account = ? AND path = ? AND name = ?", to, org.Of(ctx), access.From(ctx).Account, path, name)
	return found(n, err, name)
}

// RemoveView throws a view away and gives what it was. NotFound as with RenameView.
func RemoveView(ctx context.Context, tx *db.Tx, path, name string) (SavedView, error) {
	s, err := db.One(ctx, tx, scanView, selectViews+" AND path = ? AND name = ?", org.Of(ctx), access.From(ctx).Account, path, name)
	if err != nil {
		return s, err
	}
	n, err := tx.Exec(ctx, "DELETE FROM saved_view WHERE association = ? AND account = ? AND path = ? AND name = ?", org.Of(ctx), access.From(ctx).Account, path, name)
	return s, found(n, err, name)
}

func found(n int64, err error, name string) error {
	if err == nil && n == 0 {
		return errs.E(errs.NotFound, "没有视图「%s」，可能已经移除", name)
	}
	return err
}

const selectViews = "SELECT path, name, query, at FROM saved_view WHERE association = ? AND account = ?"

func scanView(s db.Scanner) (v SavedView, err error) {
	var query string
	if err = s.Scan(&v.Path, &v.Name, &query, &v.At); err != nil {
		return v, err
	}
	v.Query, err = url.ParseQuery(query)
	return v, err
}

// ViewsOf lists the actor's views of the list at a path, in the order in which they were saved; of all lists for "".
func ViewsOf(ctx context.Context, tx *db.Tx, path string) ([]SavedView, error) {
	if path == "" {
		return db.All(ctx, tx, scanView, selectViews+" ORDER BY path, at, name", org.Of(ctx), access.From(ctx).Account)
	}
	return db.All(ctx, tx, scanView, selectViews+" AND path = ? ORDER BY at, name", org.Of(ctx), access.From(ctx).Account, path)
}

// savedViews tells the list of the page which views the reader has saved of it.
func (v *Visit) savedViews(ctx context.Context) (context.Context, error) {
	if !v.Actor.SignedIn() {
		return ctx, nil
	}
	all, err := ViewsOf(v.Ctx, v.tx, v.At.Path)
	if err != nil {
		return ctx, err
	}
	here := viewQuery(v.At.Query)
	s := page.Saved{Path: v.At.Path, Query: here.Encode()}
	for _, one := range all {
		s.Views = append(s.Views, page.SavedView{Name: one.Name, Href: one.Address().String(), Active: one.Query.Encode() == s.Query})
	}
	return page.WithSaved(ctx, s), nil
}
