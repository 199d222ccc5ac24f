package page

import (
	"context"
	"io"
	"regexp"

	"github.com/a-h/templ"
)

// Words is plain text as a component.
func Words(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(text))
		return err
	})
}

// Anchor is a link that says where it leads.
func Anchor(href, text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<a href="`+templ.EscapeString(string(templ.URL(href)))+`">`+templ.EscapeString(text)+`</a>`)
		return err
	})
}

// Joined puts sep between items and, unlike a template, no blanks: Chinese text has none.
func Joined(items []templ.Component, sep string) templ.Component {
	var all []templ.Component
	for i, item := range items {
		if i > 0 {
			all = append(all, Words(sep))
		}
		all = append(all, item)
	}
	return templ.Join(all...)
}

func (t Trace) users() (out []templ.Component) {
	for _, u := range t.Users {
		if u.Href == "" {
			out = append(out, Words(u.Label))
			continue
		}
		out = append(out, Anchor(u.Href, u.Label))
	}
	return out
}

func errorLinks(errors []FieldError) (out []templ.Component) {
	for _, e := range errors {
		if e.Name == "" {
			out = append(out, Words(e.Text))
		} else {
			out = append(out, Anchor("#"+FieldID(e.Name), e.Text))
		}
	}
	return out
}

var countAndUnit = regexp.MustCompile(`(\d) (\p{Han})`)

// unsplit keeps a count and its unit on one line: 54 人.
func unsplit(text string) string { return countAndUnit.ReplaceAllString(text, "$1\u00a0$2") }
