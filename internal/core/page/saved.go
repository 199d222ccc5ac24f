package page

import "context"

// Saved is what the reader has saved of the list at a path under names of his own, and what he would save now. Every ListPage
// shows it; desk puts it into the context.
type Saved struct {
	Path  string
	Query string // of the address now, without what is no view
	Views []SavedView
}

// SavedView is one of them as a tab.
type SavedView struct {
	Name, Href string
	Active     bool
}

// Where views are saved, renamed and removed. The forms post path, query and name; of one that is there old is its name.
const (
	ViewsPath       = "/views"
	ViewsRenamePath = "/views/rename"
	ViewsRemovePath = "/views/remove"
)

type savedKey struct{}

// WithSaved tells the list that is shown with ctx what is saved of it.
func WithSaved(ctx context.Context, s Saved) context.Context {
	return context.WithValue(ctx, savedKey{}, s)
}

// saved is what ctx says of the list at a path; ok is false where nothing can be saved.
func saved(ctx context.Context, at Address) (s Saved, ok bool) {
	s, ok = ctx.Value(savedKey{}).(Saved)
	return s, ok && s.Path == at.Path
}

// active reports whether one of the views is shown.
func (s Saved) active() bool {
	for _, v := range s.Views {
		if v.Active {
			return true
		}
	}
	return false
}
