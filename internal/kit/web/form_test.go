package web_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

func TestFormCollectsAllThatIsWrong(t *testing.T) {
	body := url.Values{
		"name": {"  山羊养殖　"}, "note": {"一行\r\n二行"}, "people": {"１，２３４"}, "bad": {"五十二"}, "day": {"2026年3月5日"}, "late": {"2026-02-30"},
		"long": {"很长很长"}, "odd": {"a\x00b"}, "blank": {" "}, "ok": {"on"}, "tag": {"科普", "", "科普", "农技"}, "sort": {"x"}, "password": {" Ab1 "},
	}.Encode()
	r := httptest.NewRequest(http.MethodPost, "/x?name=不要这个&from=address", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f, err := web.ReadForm(r)
	if err != nil {
		t.Fatal(err)
	}
	if f.Required("name", "班名", 50) != "山羊养殖" || f.Text("note", "备注", 50) != "一行\n二行" || f.Text("from", "来处", 5) != "" || *f.Int("people", "人次") != 1234 ||
		f.Int("blank", "人次") != nil || f.Day("day", "开始日") != "2026-03-05" || !f.Bool("ok") || f.Bool("blank") || f.Secret("password") != " Ab1 " || f.Values.Has("password") ||
		!slices.Equal(f.List("tag"), []string{"科普", "农技"}) || f.Err() != nil {
		t.Errorf("%+v", f)
	}
	_, _, _, _, _, _ = f.Int("bad", "女"), f.Day("late", "结束日"), f.Text("long", "地点", 3), f.Text("odd", "备注", 9), f.Required("blank", "班名", 9), f.OneOf("sort", "方式", "a", "b")
	const want = "「女」填的是「五十二」，请填整数，例如 52；「结束日」填的是「2026-02-30」，没有这一天或看不懂，请写成 2026-03-05；「地点」有 4 个字，最多 3 个，请写短一点；" +
		"「备注」里有看不懂的字符，请删掉重写；请填写「班名」；「方式」没有「x」这一项，请重新选"
	if err := f.Err(); !errs.Is(err, errs.Invalid) || err.Error() != want {
		t.Errorf("\n%v\n%s", err, want)
	}
}

func TestFormWithFile(t *testing.T) {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	_ = m.WriteField("kind", "签到册")
	part, _ := m.CreateFormFile("file", "花名册.xlsx")
	_, _ = part.Write([]byte("PK"))
	_ = m.Close()
	whole := body.Bytes()
	h := serve(io.Discard, web.Route{Pattern: "POST /x", Right: "write", Handler: func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		head, file, err := f.File("file")
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		text, err := io.ReadAll(file)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, head.Filename+" "+string(text)+" "+f.Text("kind", "种类", 9))
		return err
	}})
	if got := ask(h, "POST", "/x", string(whole), "Content-Type", m.FormDataContentType()); got.Body.String() != "花名册.xlsx PK 签到册" {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if got := ask(h, "POST", "/x", string(whole[:len(whole)-30]), "Content-Type", m.FormDataContentType()); got.Code != 422 || !strings.Contains(got.Body.String(), "传来的表单不完整，请再交一次") {
		t.Errorf("cut: %d %s", got.Code, got.Body)
	}
	if got := ask(h, "POST", "/x", string(whole)+strings.Repeat("x", 2<<20), "Content-Type", m.FormDataContentType()); got.Code != 413 {
		t.Errorf("long: %d", got.Code)
	}
}

func TestHalfAFormIsNoForm(t *testing.T) {
	ran := false
	h := serve(io.Discard, web.Route{Pattern: "POST /x", Right: "write", Handler: func(_ http.ResponseWriter, r *http.Request) error {
		f, err := web.ReadForm(r)
		ran = err == nil
		if err == nil && f.Text("a", "甲", 9) != "1" {
			t.Errorf("%v", f.Values)
		}
		return err
	}})
	for body, want := range map[string]int{"a=1&b=2": 200, "a=1&b=%zz": 422, "a=1;b=2": 422, "a=1&b=" + strings.Repeat("x", 2<<20): 413} {
		ran = false
		r := httptest.NewRequest(http.MethodPost, "/x", io.MultiReader(strings.NewReader(body))) // no Content-Length
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want || ran != (want == 200) {
			t.Errorf("%.20q: %d %s", body, w.Code, w.Body)
		}
	}
}

func TestListAddresses(t *testing.T) {
	l := web.ReadList(httptest.NewRequest(http.MethodGet, "/training?unit=u06&page=3&q=&sort=people", nil), 50, "-day", "people", "name")
	if l.Page != 3 || l.Offset() != 100 || l.Sort != "people" || l.Desc || l.Pages(0) != 1 || l.Pages(50) != 1 || l.Pages(51) != 2 {
		t.Errorf("%+v", l)
	}
	for _, target := range []string{"/t", "/t?page=-1&sort=secret", "/t?page=x&sort=-secret"} {
		if l := web.ReadList(httptest.NewRequest(http.MethodGet, target, nil), 50, "-day", "people"); l.Page != 1 || l.Sort != "day" || !l.Desc {
			t.Errorf("%s: %+v", target, l)
		}
	}
}

func TestDownloadNames(t *testing.T) {
	for name, want := range map[string][2]string{
		"培训班 2026.xlsx":        {`attachment; filename="___ 2026.xlsx"; filename*=UTF-8''%E5%9F%B9%E8%AE%AD%E7%8F%AD%202026.xlsx`, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		"通知.docx":              {`attachment; filename="shilu.docx"; filename*=UTF-8''%E9%80%9A%E7%9F%A5.docx`, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		"a\"b\r\nX: y/../.htm": {`attachment; filename="a_b__X_ y_.._.htm"; filename*=UTF-8''a_b__X_%20y_.._.htm`, "application/octet-stream"},
	} {
		w := httptest.NewRecorder()
		web.Download(w, name)
		if got := w.Header().Get("Content-Disposition"); got != want[0] || w.Header().Get("Content-Type") != want[1] {
			t.Errorf("%q: %s, %s", name, got, w.Header().Get("Content-Type"))
		}
	}
}

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{"/training?a=1": "/training?a=1", "": "/", "//evil.test": "/", "/\\evil.test": "/", "https://evil.test/x": "/", "training": "/", "/a\r\nb": "/", "javascript:x": "/"} {
		if got := web.LocalPath(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestCookiesAndAddress(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	w := httptest.NewRecorder()
	web.SetCookie(w, r, "session", "abc", 0)
	if got := w.Header().Get("Set-Cookie"); got != "session=abc; Path=/; HttpOnly; SameSite=Lax" {
		t.Error(got)
	}
	r.TLS = &tls.ConnectionState{}
	w = httptest.NewRecorder()
	web.SetCookie(w, r, "session", "abc", 7*24*3600e9)
	if got := w.Header().Get("Set-Cookie"); got != "__Host-session=abc; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=Lax" {
		t.Error(got)
	}
	r.AddCookie(&http.Cookie{Name: "session", Value: "planted"})
	if got := web.Cookie(r, "session"); got != "" {
		t.Errorf("took the cookie that any neighbour may set: %q", got)
	}
	r.Header.Set("X-Forwarded-For", "1.2.3.4, 10.0.0.7")
	if got := web.Address(r); got != "192.0.2.1" {
		t.Errorf("a stranger's word was believed: %s", got)
	}
}

// TestOnlyAProxyThatWasNamedSaysThatItIsPrivate: the header of anybody else makes no cookie look safe.
func TestOnlyAProxyThatWasNamedSaysThatItIsPrivate(t *testing.T) {
	for remote, want := range map[string]string{"10.9.0.2:9": "__Host-session=abc; Path=/; HttpOnly; Secure; SameSite=Lax", "127.0.0.1:9": "session=abc; Path=/; HttpOnly; SameSite=Lax"} {
		h := web.New(web.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/24")}, Routes: []web.Route{{Pattern: "GET /", Right: web.Static,
			Handler: func(w http.ResponseWriter, r *http.Request) error {
				web.SetCookie(w, r, "session", "abc", 0)
				return nil
			}}}})
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-Proto", "https")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Set-Cookie"); got != want {
			t.Errorf("from %s: %q", remote, got)
		}
	}
}
