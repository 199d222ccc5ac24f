package page

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Around renders inner as the children of outer: a section around its table, a form around its fields.
func Around(outer templ.Component, inner ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, templ.Join(inner...)), w)
	})
}
