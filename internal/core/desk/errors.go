package desk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"shilu/internal/core/page"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// FieldErrors are the wrong inputs of an Invalid error in the language of ctx, for pages that show the form again; nil when the
// error is of another kind.
func FieldErrors(ctx context.Context, err error) []page.FieldError {
	var e *errs.Error
	if !errors.As(err, &e) || e.Kind != errs.Invalid {
		return nil
	}
	var all []page.FieldError
	for _, f := range e.Fields {
		all = append(all, page.FieldError{Name: f.Name, Text: lang.T(ctx, f.Text, f.Args...)})
	}
	if len(all) == 0 {
		all = append(all, page.FieldError{Text: lang.Error(ctx, err)})
	}
	return all
}

// AllErrors are the wrong inputs of a form, those that could not be read before those that the service refused; of each field the
// first is said. Of a table within the form everything is: each sentence names its row.
func (v *Visit) AllErrors(f *web.Form, err error, tables ...string) (all []page.FieldError) {
	for _, e := range append(FieldErrors(v.Ctx, f.Err()), FieldErrors(v.Ctx, err)...) {
		if ErrorOf(all, e.Name) == "" || slices.Contains(tables, e.Name) && !slices.Contains(all, e) {
			all = append(all, e)
		}
	}
	return all
}

// ErrorOf is what is wrong with one field, for its sentence below the control.
func ErrorOf(all []page.FieldError, name string) string {
	for _, f := range all {
		if f.Name == name {
			return f.Text
		}
	}
	return ""
}

// ErrorsOf is all that is wrong with a table within a form, for the sentence below it.
func (v *Visit) ErrorsOf(all []page.FieldError, table string) string {
	var said []string
	for _, f := range all {
		if f.Name == table {
			said = append(said, f.Text)
		}
	}
	return strings.Join(said, v.T("；"))
}

func asError(err error, target **errs.Error) bool { return errors.As(err, target) }
