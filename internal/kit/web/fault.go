package web

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// statuses is the one table from kinds of errors to HTTP.
var statuses = map[errs.Kind]int{
	errs.Invalid:     http.StatusUnprocessableEntity,
	errs.NotFound:    http.StatusNotFound,
	errs.Conflict:    http.StatusConflict,
	errs.Forbidden:   http.StatusForbidden,
	errs.SignIn:      http.StatusUnauthorized,
	errs.TooLarge:    http.StatusRequestEntityTooLarge,
	errs.Method:      http.StatusMethodNotAllowed,
	errs.TooMany:     http.StatusTooManyRequests,
	errs.Unavailable: http.StatusServiceUnavailable,
	errs.Internal:    http.StatusInternalServerError,
}

// titles are the short names of the kinds in problem documents.
var titles = map[errs.Kind]string{
	errs.Invalid:     "填得不对",
	errs.NotFound:    "没有找到",
	errs.Conflict:    "现在不能这样做",
	errs.Forbidden:   "没有权限",
	errs.SignIn:      "请先登录",
	errs.TooLarge:    "文件太大",
	errs.Method:      "不能这样用",
	errs.TooMany:     "次数太多",
	errs.Unavailable: "暂时不能用",
	errs.Internal:    "程序内部出错",
}

// Status is the HTTP status of an error.
func Status(err error) int {
	var coded *coded
	if errors.As(err, &coded) {
		return coded.status
	}
	return statuses[errs.KindOf(err)]
}

// coded is an error whose status is not that of its kind.
type coded struct {
	error
	status int
}

func (c *coded) Unwrap() error { return c.error }

// With gives the error another status than its kind has, where HTTP has a name for the case: 412, 428.
func With(status int, err error) error { return &coded{err, status} }

// Title is the short name of an error's kind, in Chinese: «填得不对».
func Title(err error) string { return titles[errs.KindOf(err)] }

// understood turns what libraries say about a body into an error that the sender can act on.
func understood(err error, limit int64) error {
	var over *http.MaxBytesError
	if errors.As(err, &over) && errs.KindOf(err) == errs.Internal {
		return errs.E(errs.TooLarge, "文件太大，这里最多收 %s，请分开上传", Size(limit)).Because(err)
	}
	return err
}

// fail answers with the error: a page, a problem document (RFC 9457), or the way to the sign-in page.
func (s *server) fail(e *exchange, status int, err error) {
	e.err, e.status = err, status
	if e.reply.started {
		e.cut = true
		return
	}
	e.reply.discard()
	h := e.reply.Header()
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Disposition", "Content-Encoding", "Etag", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	if status == http.StatusRequestEntityTooLarge {
		h.Set("Connection", "close") // the rest of the body is not read
	}
	number := ""
	if status >= http.StatusInternalServerError {
		number = e.number
	}
	switch {
	case status == http.StatusUnauthorized && wantsPage(e.r):
		signIn(e)
	case !wantsPage(e.r):
		s.problem(e, status, err)
	default:
		h.Set("Content-Type", "text/html; charset=utf-8")
		e.reply.WriteHeader(status)
		page := s.ErrorPage
		if page == nil {
			page = plainPage
		}
		s.tryPage(e, func() { page(e.reply, e.r, status, err, number) })
	}
}

// tryPage runs the page of an error; a fault in it must not hide the first one.
func (s *server) tryPage(e *exchange, page func()) {
	defer func() {
		if fault := recover(); fault != nil {
			e.err = errors.Join(e.err, fmt.Errorf("error page: panic: %v", fault))
			e.status = http.StatusInternalServerError
		}
	}()
	page()
}

// signIn leads to the sign-in page and from there back: to the page asked for, or to the page that sent the form.
func signIn(e *exchange) {
	next := e.r.URL.RequestURI()
	if e.r.Method != http.MethodGet || hx(e.r) {
		next = "/"
		from := e.r.Header.Get("HX-Current-URL")
		if from == "" {
			from = e.r.Header.Get("Referer")
		}
		if u, err := url.Parse(from); err == nil && u.Host == e.r.Host {
			next = LocalPath(u.RequestURI())
		}
	}
	where := "/login"
	if next = LocalPath(next); next != "/" {
		where += "?next=" + url.QueryEscape(next)
	}
	Redirect(e.reply, e.r, where)
}

// Problem is a problem document (RFC 9457) with the wrong inputs one by one.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// Instance is the request, which the program's log has too; Request is its number, to quote.
	Instance string         `json:"instance"`
	Request  string         `json:"request"`
	Errors   []ProblemField `json:"errors,omitempty"`
}

// ProblemField is one wrong input: its name, and where it stands in a JSON body (RFC 6901).
type ProblemField struct {
	Field   string `json:"field"`
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

func (s *server) problem(e *exchange, status int, err error) {
	ctx := e.r.Context()
	if strings.HasPrefix(e.r.URL.Path, "/api/") { // also where the guard was not asked
		ctx = lang.With(ctx, lang.Asked(e.r.Header.Get("Accept-Language")))
		switch status {
		case http.StatusUnauthorized:
			e.reply.Header().Set("WWW-Authenticate", "Bearer")
		case http.StatusTooManyRequests:
			e.reply.Header().Set("Retry-After", "60")
		}
	}
	kind := errs.KindOf(err)
	p := Problem{Instance: "urn:shilu:request:" + e.number, Type: "urn:shilu:error:" + string(kind), Title: lang.T(ctx, titles[kind]), Status: status, Detail: lang.Error(ctx, err), Request: e.number}
	var known *errs.Error
	if errors.As(err, &known) {
		for _, f := range known.Fields {
			p.Errors = append(p.Errors, ProblemField{f.Name, pointer(f.Name), lang.T(ctx, f.Text, f.Args...)})
		}
	}
	text, _ := json.Marshal(p) // strings and a number: cannot fail
	e.reply.Header().Set("Content-Type", "application/problem+json")
	e.reply.WriteHeader(status)
	_, _ = e.reply.Write(append(text, '\n'))
}

// pointer is where a field stands: sessions.0.day is #/sessions/0/day; # is all that was sent.
func pointer(field string) string {
	if field == "" {
		return "#"
	}
	return "#/" + strings.NewReplacer("~", "~0", "/", "~1", ".", "/").Replace(field)
}

// wantsPage reports whether a person looks at the answer: only browsers name text/html.
func wantsPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/api/") && (hx(r) || strings.Contains(r.Header.Get("Accept"), "text/html"))
}

// Partial reports whether htmx asks for a piece of the page that is open; else the whole page is the answer, also when htmx
// itself loads whole pages (boosted links, going back in the history).
func Partial(r *http.Request) bool {
	return hx(r) && r.Header.Get("HX-Boosted") != "true" && r.Header.Get("HX-History-Restore-Request") != "true"
}

// hx reports whether htmx asks and puts the answer into the page that is open.
func hx(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

var plain = template.Must(template.New("").Parse(`<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{{.Title}}</title>
<h1>{{.Title}}</h1><p>{{.Text}}</p>{{if .Number}}<p>{{.Quote}}</p>{{end}}`))

func plainPage(w http.ResponseWriter, r *http.Request, _ int, err error, number string) {
	ctx := r.Context()
	_ = plain.Execute(w, map[string]string{"Title": lang.T(ctx, Title(err)), "Text": lang.Error(ctx, err), "Number": number,
		"Quote": lang.T(ctx, "找管理员时请报这个编号：%s", number)})
}

// newNumber is a number short enough to say on the telephone, unique in a log: K7Q2-M9XD. It has no I, L, O, U.
func newNumber() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	s := crockford.EncodeToString(b[:])
	return s[:4] + "-" + s[4:]
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// cause is the whole error for the log: an errs.Error shows only its sentence.
func cause(err error) string {
	text := err.Error()
	var known *errs.Error
	if errors.As(err, &known) && known.Unwrap() != nil {
		text += ": " + known.Unwrap().Error()
	}
	return text
}
