package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

type who struct{}

// serve makes a server of the routes whose guard lets in all but those who ask for the right "closed" or "members".
func serve(log io.Writer, routes ...web.Route) http.Handler {
	return web.New(web.Options{
		Routes: routes,
		Guard: func(r *http.Request, right, module string) (context.Context, error) {
			ctx := context.WithValue(r.Context(), who{}, "李文芳 "+right+" "+module)
			switch right {
			case "closed":
				return ctx, errs.E(errs.Forbidden, "你的账号不能核实；干事可以")
			case "members":
				return ctx, errs.E(errs.SignIn, "请先登录")
			}
			return ctx, nil
		},
		ErrorPage: func(w http.ResponseWriter, r *http.Request, status int, err error, number string) {
			_, _ = fmt.Fprintf(w, "<h1>%d</h1>%s [%s] %v", status, lang.Error(r.Context(), err), number, r.Context().Value(who{}))
		},
		Log: slog.New(slog.NewJSONHandler(log, nil)),
	})
}

func ask(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func fails(err error) web.Handler {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Disposition", "attachment")
		_, _ = io.WriteString(w, "half a page")
		return err
	}
}

const page = "text/html,application/xhtml+xml"

func TestErrorsBecomePagesAndProblems(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
	}{
		{errs.E(errs.Invalid, "人次 %d 少于实训人数 %d，请核对", 52, 56), 422},
		{errs.E(errs.NotFound, "没有找到"), 404},
		{errs.E(errs.Conflict, "李文芳刚改过"), 409},
		{errs.E(errs.Forbidden, "填报人不能自己核实"), 403},
		{errs.E(errs.TooLarge, "文件太大"), 413},
		{errs.E(errs.TooMany, "已锁定"), 429},
		{errs.E(errs.Unavailable, "正在停止"), 503},
		{fmt.Errorf("save: %w", errs.E(errs.Conflict, "已经核实")), 409},
		{errors.New("disk on fire"), 500},
	} {
		var log bytes.Buffer
		h := serve(&log, web.Route{Pattern: "GET /x", Right: "read", Module: "training", Handler: fails(c.err)})
		got := ask(h, "GET", "/x", "", "Accept", page)
		body := got.Body.String()
		if got.Code != c.status || strings.Contains(body, "half a page") || !strings.Contains(body, "李文芳 read training") || got.Header().Get("Content-Disposition") != "" {
			t.Errorf("%v: page %d %s %v", c.err, got.Code, body, got.Header())
		}
		number := got.Header().Get("X-Request-Id")
		if quoted := strings.Contains(body, "["+number+"]"); quoted != (c.status >= 500) {
			t.Errorf("%v: number quoted %v: %s", c.err, quoted, body)
		}
		got = ask(h, "GET", "/x", "")
		var p web.Problem
		if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil {
			t.Fatalf("%v: %v", err, got.Body)
		}
		if got.Code != c.status || p.Status != c.status || p.Detail == "" || got.Header().Get("Content-Type") != "application/problem+json" ||
			p.Request != got.Header().Get("X-Request-Id") || strings.Contains(got.Body.String(), "fire") {
			t.Errorf("%v: problem %d %+v", c.err, got.Code, p)
		}
	}
}

func TestProblemNamesFields(t *testing.T) {
	var f errs.Fields
	f.Add("trainees", "「人次」%d 少于实训人数 %d", 52, 56)
	f.Add("day", "请填写「%s」", "开始日")
	got := ask(serve(io.Discard, web.Route{Pattern: "POST /api/v1/x", Right: "write", Handler: fails(f.Err())}), "POST", "/api/v1/x", "", "Accept", page)
	const want = `"detail":"「人次」52 少于实训人数 56；请填写「开始日」"`
	const fields = `"errors":[{"field":"trainees","pointer":"#/trainees","detail":"「人次」52 少于实训人数 56"},{"field":"day","pointer":"#/day","detail":"请填写「开始日」"}]`
	if b := got.Body.String(); !strings.Contains(b, want) || !strings.Contains(b, fields) || !strings.Contains(b, `"type":"urn:shilu:error:invalid","title":"填得不对"`) {
		t.Error(b)
	}
}

func TestPanicHasANumberAndIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	h := serve(&log, web.Route{Pattern: "GET /training/{number}", Right: "read", Handler: func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "half")
		panic("nil map")
	}})
	got := ask(h, "GET", "/training/PX-2026-0073?name=李文芳", "", "Accept", page)
	number := got.Header().Get("X-Request-Id")
	if got.Code != 500 || !strings.Contains(got.Body.String(), number) || strings.Contains(got.Body.String(), "nil map") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line["route"] != "GET /training/{number}" || line["status"] != 500.0 || line["request"] != number || line["level"] != "ERROR" ||
		line["error"] != "panic: nil map" || !strings.Contains(line["stack"].(string), "web_test.go") {
		t.Errorf("%v", line)
	}
	if strings.Contains(log.String(), "PX-2026") || strings.Contains(log.String(), "李文芳") || strings.Contains(log.String(), "192.0.2.1") {
		t.Errorf("personal: %s", log.String())
	}
}

func TestSignInLeadsBack(t *testing.T) {
	h := serve(io.Discard, web.Route{Pattern: "GET /training", Right: "members", Handler: fails(nil)},
		web.Route{Pattern: "POST /training", Right: "members", Handler: fails(nil)})
	for _, c := range []struct {
		method  string
		headers []string
		status  int
		where   string
	}{
		{"GET", []string{"Accept", page}, 303, "/login?next=%2Ftraining%3Fstate%3Ddraft"},
		{"POST", []string{"Accept", page, "Referer", "http://example.com/training/new"}, 303, "/login?next=%2Ftraining%2Fnew"},
		{"POST", []string{"Accept", page, "Referer", "http://evil.test/training/new"}, 303, "/login"},
		{"GET", nil, 401, ""},
	} {
		got := ask(h, c.method, "/training?state=draft", "", c.headers...)
		if got.Code != c.status || got.Header().Get("Location") != c.where {
			t.Errorf("%s %v: %d %s", c.method, c.headers, got.Code, got.Header().Get("Location"))
		}
	}
	got := ask(h, "GET", "/training", "", "HX-Request", "true", "HX-Current-URL", "http://example.com/today?unit=u06")
	if got.Header().Get("HX-Redirect") != "/login?next=%2Ftoday%3Funit%3Du06" {
		t.Errorf("%v", got.Header())
	}
}

func TestGuardForbidsAndUnknownAddresses(t *testing.T) {
	called := false
	var log bytes.Buffer
	h := serve(&log, web.Route{Pattern: "GET /x/{$}", Right: "closed", Handler: func(http.ResponseWriter, *http.Request) error { called = true; return nil }})
	for _, c := range []struct {
		method, target string
		status         int
	}{{"GET", "/x/", 403}, {"GET", "/y", 404}, {"GET", "/x/y", 404}, {"POST", "/x/", 405}} {
		got := ask(h, c.method, c.target, "", "Accept", page)
		if got.Code != c.status || !strings.Contains(got.Body.String(), fmt.Sprintf("<h1>%d</h1>", c.status)) {
			t.Errorf("%s %s: %d %s", c.method, c.target, got.Code, got.Body)
		}
		if got.Code == 405 && got.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("Allow: %q", got.Header().Get("Allow"))
		}
	}
	if called {
		t.Error("the handler ran although the guard forbade it")
	}
	if n := strings.Count(log.String(), "\n"); n != 4 {
		t.Errorf("%d lines in the log", n)
	}
}

func TestHeadersOnEveryAnswer(t *testing.T) {
	h := serve(io.Discard, web.Route{Pattern: "GET /x", Right: web.Public, Handler: fails(nil)}, web.Route{Pattern: "GET /e", Right: "read", Handler: fails(errors.New("x"))},
		web.Route{Pattern: "GET /app.css", Right: web.Static, Handler: func(w http.ResponseWriter, r *http.Request) error {
			if r.Context().Value(who{}) != nil {
				t.Error("the guard was asked about a static file")
			}
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			return nil
		}})
	for _, target := range []string{"/x", "/e", "/none", "/app.css"} {
		got := ask(h, "GET", target, "", "Accept", page).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
			"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "same-origin",
		} {
			if got.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, got.Get(name))
			}
		}
		if store := got.Get("Cache-Control") == "no-store"; store == (target == "/app.css") {
			t.Errorf("%s: %q", target, got.Get("Cache-Control"))
		}
		if len(got.Get("X-Request-Id")) != 9 {
			t.Errorf("%s: request id %q", target, got.Get("X-Request-Id"))
		}
	}
}

func TestForeignSitesAreRefused(t *testing.T) {
	ran := 0
	h := serve(io.Discard, web.Route{Pattern: "POST /x", Right: "write", Handler: func(http.ResponseWriter, *http.Request) error { ran++; return nil }})
	for _, c := range []struct {
		headers []string
		status  int
	}{
		{[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		{[]string{"Sec-Fetch-Site", "same-site"}, 403},
		{[]string{"Origin", "https://evil.test"}, 403},
		{[]string{"Origin", "null"}, 403},
		{[]string{"Sec-Fetch-Site", "same-origin"}, 200},
		{[]string{"Origin", "http://example.com"}, 200},
		{nil, 200},
	} {
		before := ran
		if got := ask(h, "POST", "/x", "", c.headers...); got.Code != c.status || (ran > before) != (c.status == 200) {
			t.Errorf("%v: %d", c.headers, got.Code)
		}
	}
}

func TestRoutesMustBeWhole(t *testing.T) {
	ok := fails(nil)
	for name, route := range map[string]web.Route{
		"no right":   {Pattern: "GET /x", Handler: ok},
		"no method":  {Pattern: "/x", Right: web.Public, Handler: ok},
		"no handler": {Pattern: "GET /x", Right: web.Public},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: taken", name)
				}
			}()
			serve(io.Discard, route)
		}()
	}
}

func TestGzip(t *testing.T) {
	text := strings.Repeat("松坪镇 62 期\n", 100_000) // 1.7 MB: more than is held
	for _, c := range []struct {
		name, kind, body, accept string
		zipped                   bool
	}{
		{"page", "text/html; charset=utf-8", text[:10_000], "gzip, deflate", true},
		{"long page", "text/html", text, "gzip", true},
		{"short", "text/html", "短", "gzip", false},
		{"not asked", "text/html", text, "", false},
		{"refused", "text/html", text, "gzip;q=0", false},
		{"workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", text, "gzip", false},
	} {
		h := serve(io.Discard, web.Route{Pattern: "GET /x", Right: web.Public, Handler: func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", c.kind)
			for part := range strings.Lines(c.body) {
				if _, err := io.WriteString(w, part); err != nil {
					return err
				}
			}
			return nil
		}})
		got := ask(h, "GET", "/x", "", "Accept-Encoding", c.accept)
		var body io.Reader = got.Body
		if zipped := got.Header().Get("Content-Encoding") == "gzip"; zipped != c.zipped {
			t.Errorf("%s: gzip %v", c.name, zipped)
			continue
		} else if zipped {
			var err error
			if body, err = gzip.NewReader(got.Body); err != nil {
				t.Fatal(err)
			}
		}
		if b, err := io.ReadAll(body); err != nil || string(b) != c.body {
			t.Errorf("%s: %d bytes, %v", c.name, len(b), err)
		}
	}
}

// What is not available for now is no fault of the program: the log warns of it, with why.
func TestUnavailableIsAWarning(t *testing.T) {
	var log bytes.Buffer
	h := serve(&log, web.Route{Pattern: "GET /x", Right: "read", Module: "training", Handler: fails(errs.E(errs.Unavailable, "正在停止"))})
	ask(h, "GET", "/x", "", "Accept", page)
	if !strings.Contains(log.String(), `"level":"WARN"`) || !strings.Contains(log.String(), `"error":"正在停止"`) {
		t.Error(log.String())
	}
}
