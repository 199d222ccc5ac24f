package desk

import (
	"context"
	"errors"

	"shilu/internal/core/page"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
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

// ErrorOf is what is wrong with one field, for its sentence below the control.
func ErrorOf(all []page.FieldError, name string) string {
	for _, f := range all {
		if f.Name == name {
			return f.Text
		}
	}
	return ""
}
