package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// Form reads the inputs of a form and collects what is wrong with them, so that all is said at once.
type Form struct {
	Values url.Values // as they were typed, to show them again
	Errors errs.Fields
	files  map[string][]*multipart.FileHeader
}

// inMemory is how much of an uploaded file waits in memory; the rest goes to a temporary file.
const inMemory = 4 << 20

// ReadForm reads the body (and not the address) of a form with or without files. Invalid when it is no form, TooLarge when it
// is over the route's limit. The files are gone when the handler has returned.
func ReadForm(r *http.Request) (*Form, error) {
	err := r.ParseForm() // ParseMultipartForm runs it too, but forgets its error: half a form would be taken for a whole one
	if err == nil {
		if err = r.ParseMultipartForm(inMemory); errors.Is(err, http.ErrNotMultipart) {
			err = nil
		}
	}
	if err != nil {
		var over *http.MaxBytesError
		if errors.As(err, &over) {
			return nil, err
		}
		if r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		return nil, errs.E(errs.Invalid, "传来的表单不完整，请再交一次").Because(err)
	}
	f := &Form{Values: r.PostForm}
	if r.MultipartForm != nil {
		f.files = r.MultipartForm.File
	}
	return f, nil
}

// QueryForm reads the inputs of an address, as filters of lists have them.
func QueryForm(r *http.Request) *Form { return &Form{Values: r.URL.Query()} }

// Err is one Invalid error of all that was wrong; nil when nothing was.
func (f *Form) Err() error { return f.Errors.Err() }

// Has reports whether the input was sent at all, be it empty: a box that is not on the page was not sent.
func (f *Form) Has(name string) bool { return f.Values.Has(name) }

// Text is the input without spaces at its ends; lines end with \n. What is not UTF-8, and control characters, are wrong.
func (f *Form) Text(name, label string, longest int) string {
	s := clean(f.Values.Get(name))
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == utf8.RuneError || r == 0x7f }) {
		f.Errors.Add(name, "「%s」里有看不懂的字符，请删掉重写", label)
		return ""
	}
	if n := utf8.RuneCountInString(s); n > longest {
		f.Errors.Add(name, "「%s」有 %d 个字，最多 %d 个，请写短一点", label, n, longest)
	}
	return s
}

// Required is Text that must not be blank.
func (f *Form) Required(name, label string, longest int) string {
	s := f.Text(name, label, longest)
	if s == "" && clean(f.Values.Get(name)) == "" {
		f.Errors.Add(name, "请填写「%s」", label)
	}
	return s
}

// Secret is a password: not trimmed, never shown again.
func (f *Form) Secret(name string) string {
	s := f.Values.Get(name)
	f.Values.Del(name)
	return s
}

// Int is a whole number, nil when blank. Full-width figures and thousands commas are understood.
func (f *Form) Int(name, label string) *int64 {
	s := clean(f.Values.Get(name))
	if s == "" {
		return nil
	}
	folded := strings.NewReplacer(",", "", " ", "").Replace(zh.Fold(s))
	n, err := strconv.ParseInt(folded, 10, 64)
	if err != nil {
		f.Errors.Add(name, "「%s」填的是「%s」，请填整数，例如 52", label, zh.Brief(s, 20))
		return nil
	}
	return &n
}

// Day is a day with its year, "" when blank, in any spelling that zh.ParseDay understands.
func (f *Form) Day(name, label string) day.Day {
	s := clean(f.Values.Get(name))
	if s == "" {
		return ""
	}
	if d, err := zh.ParseDay(s, 0, false); err == nil {
		return d
	}
	f.Errors.Add(name, "「%s」填的是「%s」，没有这一天或看不懂，请写成 2026-03-05", label, zh.Brief(s, 20))
	return ""
}

// Bool is whether a box is ticked.
func (f *Form) Bool(name string) bool {
	return slices.Contains([]string{"on", "1", "true", "yes"}, f.Values.Get(name))
}

// List is all values of an input that may be sent often, without blanks and doubles.
func (f *Form) List(name string) []string {
	var all []string
	for _, v := range f.Values[name] {
		if v = clean(v); v != "" && !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// OneOf is one of the allowed words, or "" when blank.
func (f *Form) OneOf(name, label string, allowed ...string) string {
	s := clean(f.Values.Get(name))
	if s != "" && !slices.Contains(allowed, s) {
		f.Errors.Add(name, "「%s」没有「%s」这一项，请重新选", label, zh.Brief(s, 20))
		return ""
	}
	return s
}

// Files are the files sent under the name; inputs left empty are none.
func (f *Form) Files(name string) []*multipart.FileHeader {
	return slices.DeleteFunc(slices.Clone(f.files[name]), func(h *multipart.FileHeader) bool { return h.Filename == "" && h.Size == 0 })
}

// File opens the one file of an input; nil when none was chosen. The caller closes it.
func (f *Form) File(name string) (*multipart.FileHeader, io.ReadSeekCloser, error) {
	all := f.Files(name)
	if len(all) == 0 {
		return nil, nil, nil
	}
	file, err := all[0].Open()
	return all[0], file, err
}

// clean takes the white space off the ends, the full-width one too, and makes line ends \n.
func clean(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
