// Package errs has the error of Shilu that a person can act on: what is wrong, where, and what to do.
// Every other error is internal: it is logged once and shown as a number to quote.
package errs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind says what the reader of the error can do about it.
type Kind string

// The kinds. HTTP status and CLI exit code follow from them (kit/web, cmd/shilu).
const (
	Invalid     Kind = "invalid"     // the input is wrong; see Fields
	NotFound    Kind = "not_found"   // no such thing, or not visible to the caller
	Method      Kind = "method"      // the address is there, but not for this method
	Conflict    Kind = "conflict"    // the state does not allow it, or someone else was quicker
	Forbidden   Kind = "forbidden"   // signed in, but not allowed
	SignIn      Kind = "sign_in"     // not signed in, or the session ended
	TooLarge    Kind = "too_large"   // the upload is over the limit
	TooMany     Kind = "too_many"    // locked out or rate limited
	Unavailable Kind = "unavailable" // try again later
	Internal    Kind = "internal"    // a fault of ours; never made with E
)

// Error carries a sentence for the user. Text is the Chinese sentence, with fmt verbs for Args; kit/lang translates it at the edge.
type Error struct {
	Kind   Kind
	Text   string
	Args   []any
	Fields []Field // what is wrong with single inputs, all at once
	cause  error
}

// Field is a wrong input. Name is the form field, the column, or "row 5 column C".
type Field struct {
	Name string
	Text string
	Args []any
}

// E makes an error of the kind with a Chinese sentence: what is wrong with its figures, then what to do.
func E(kind Kind, text string, args ...any) *Error {
	return &Error{Kind: kind, Text: text, Args: args}
}

// Because keeps the cause for the log. The user does not see it.
func (e *Error) Because(cause error) *Error {
	e.cause = cause
	return e
}

// Error is the Chinese sentence with its fields, for logs and the command line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(Sprintf(e.Text, e.Args))
	for i, f := range e.Fields {
		if i > 0 || e.Text != "" {
			b.WriteString("；")
		}
		b.WriteString(Sprintf(f.Text, f.Args))
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Fields collects wrong inputs; Err is nil when there are none.
type Fields []Field

// Add notes that the field is wrong.
func (f *Fields) Add(name, text string, args ...any) {
	*f = append(*f, Field{Name: name, Text: text, Args: args})
}

// Err makes one Invalid error of all fields.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Fields: f}
}

// KindOf says which kind err is; Internal for all that was not made with E, "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Sprintf formats text with args, and leaves a text without args alone (it may hold a percent sign).
func Sprintf(text string, args []any) string {
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, marked(text, args)...)
}

// marked is args as they stand between the marks of text: within 「%s」 the quotes of a name become 『』, and 《%s》 drops the marks that
// a title has already.
func marked(text string, args []any) []any {
	if !strings.Contains(text, "「%s」") && !strings.Contains(text, "《%s》") || strings.Contains(text, "%[") {
		return args
	}
	all, n := slices.Clone(args), 0
	for at := 0; at < len(text) && n < len(all); at++ {
		if text[at] != '%' {
			continue
		}
		if strings.HasPrefix(text[at:], "%%") {
			at++
			continue
		}
		if said, ok := all[n].(string); ok {
			switch before, after := text[:at], text[at+1:]; {
			case strings.HasSuffix(before, "「") && strings.HasPrefix(after, "s」"):
				all[n] = innerQuotes.Replace(said)
			case strings.HasSuffix(before, "《") && strings.HasPrefix(after, "s》"):
				all[n] = bare(said)
			}
		}
		n++
	}
	return all
}

var innerQuotes = strings.NewReplacer("「", "『", "」", "』")

// bare is a title without the marks around all of it.
func bare(title string) string {
	inner, opened := strings.CutPrefix(title, "《")
	if inner, closed := strings.CutSuffix(inner, "》"); opened && closed && !strings.ContainsAny(inner, "《》") {
		return inner
	}
	return title
}
