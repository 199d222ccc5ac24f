package api

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"shilu/internal/core/once"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

const (
	mostLimit   = 200
	usualLimit  = 50
	longestText = 200 // of a value in an address
)

// asked reads the address of a request; what it does not know is refused by name, since a filter that is silently ignored gives a wrong list.
type asked struct {
	values url.Values
	wrong  errs.Fields
}

func ask(r *http.Request, known []parameter) *asked {
	q := &asked{}
	var err error
	if q.values, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		q.wrong.Add("query", "地址里问号后面写错了，请核对")
		q.values = url.Values{}
	}
	for name, values := range q.values {
		i := slices.IndexFunc(known, func(p parameter) bool { return p.name == name })
		switch {
		case i < 0:
			q.wrong.Add(name, "没有「%s」这个参数，请核对名称", name)
		case len(values) > 1:
			q.wrong.Add(name, "「%s」写了两次，请只留一个", name)
		case strings.ContainsFunc(values[0], unicode.IsControl) || !utf8.ValidString(values[0]):
			q.wrong.Add(name, "「%s」里有看不懂的字符，请删掉重写", name)
		case len([]rune(values[0])) > longestText && name != "cursor":
			q.wrong.Add(name, "「%s」太长，最多 %d 个字", name, longestText)
		case len(known[i].values) > 0 && !slices.Contains(known[i].values, values[0]):
			q.wrong.Add(name, "「%s」没有「%s」这一项，可以用 %s", name, values[0], strings.Join(known[i].values, "、"))
		}
	}
	slices.SortFunc(q.wrong, func(a, b errs.Field) int { return strings.Compare(a.Name, b.Name) })
	return q
}

func (q *asked) get(name string) string { return q.values.Get(name) }

// limit is how many rows are asked for.
func (q *asked) limit() int {
	text := q.get("limit")
	if text == "" {
		return usualLimit
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > mostLimit {
		q.wrong.Add("limit", "limit 是「%s」，要写 1 到 %d 的整数", text, mostLimit)
		return usualLimit
	}
	return n
}

// cursor reads the place in a list where the page begins; false at its beginning.
func (q *asked) cursor(at any) bool {
	text := q.get("cursor")
	if text == "" {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, at)
	}
	if err != nil {
		q.wrong.Add("cursor", "cursor 看不懂，请原样用上一页的 next")
	}
	return err == nil
}

// cursorOf writes a place in a list.
func cursorOf(at any) string {
	text, _ := json.Marshal(at) // texts and numbers: cannot fail
	return base64.RawURLEncoding.EncodeToString(text)
}

// paged cuts the row off that was read to see whether there is another page.
func paged[T any](items []T, limit int, mark func(last T) any) listed[T] {
	l := listed[T]{Items: items}
	if len(items) > limit {
		l.Items = items[:limit]
		l.Next = cursorOf(mark(l.Items[limit-1]))
	}
	if l.Items == nil {
		l.Items = []T{}
	}
	return l
}

// body reads a JSON body by its shape. It gives the text, too, by which the request is known.
func body(r *http.Request, shape *register.Shape, out any) (text []byte, err error) {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "" && !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		return nil, web.With(http.StatusUnsupportedMediaType, errs.E(errs.Invalid, "这里只收 JSON，Content-Type 是「%s」，请写 application/json", kind))
	}
	if text, err = io.ReadAll(r.Body); err != nil {
		return nil, err
	}
	if len(strings.TrimSpace(string(text))) == 0 {
		text = []byte("{}")
	}
	return text, shape.Read(text, "", out)
}

// version is the version of a record that the caller has read, from If-Match.
func version(r *http.Request) (int, error) {
	text := r.Header.Get("If-Match")
	if text == "" {
		return 0, web.With(http.StatusPreconditionRequired, errs.E(errs.Invalid, "请在 If-Match 里写你读到的那一版的 ETag，别人先改过就不会被盖掉"))
	}
	inner, _ := strings.CutPrefix(text, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	n, err := strconv.Atoi(inner)
	if err != nil || n < 1 || !closed || len(inner) != len(text)-2 {
		return 0, errs.E(errs.Invalid, "If-Match 是「%s」，要原样写读到的 ETag，例如 \"3\"", text)
	}
	return n, nil
}

// key is the request's Idempotency-Key; "" for none.
func key(r *http.Request) (string, error) {
	k := r.Header.Get("Idempotency-Key")
	if len(k) > once.LongestKey || strings.ContainsFunc(k, func(c rune) bool { return c < ' ' || c > '~' }) {
		return "", errs.E(errs.Invalid, "Idempotency-Key 最多 %d 个字节，只用英文字母、数字和符号", once.LongestKey)
	}
	return k, nil
}

// does does what a request asks, once for its key, and answers. parts are all that the request says beside its address.
func (a *API) does(w http.ResponseWriter, r *http.Request, parts []string, do func(tx *db.Tx) (once.Answer, error)) error {
	k, err := key(r)
	if err != nil {
		return err
	}
	request := once.Hash(append([]string{r.Method, r.URL.Path, r.Header.Get("If-Match")}, parts...)...)
	answer, err := once.Do(r.Context(), a.Desk.DB, k, request, do)
	if err != nil {
		return err
	}
	for name, value := range answer.Headers {
		w.Header().Set(name, value)
	}
	if answer.Again {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	if len(answer.Body) > 0 {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(answer.Status)
	_, err = w.Write(answer.Body)
	return err
}

// accepts reports whether the caller asks for the type before JSON.
func accepts(r *http.Request, kind string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch name {
		case kind:
			return true
		case "application/json", "*/*":
			return false
		}
	}
	return false
}
