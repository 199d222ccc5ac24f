package web_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

// dribble sends a request byte by byte and gives when the server hung up, or d when it did not.
func dribble(t *testing.T, address, request string, d time.Duration) (after time.Duration, answer string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	begin := time.Now()
	go func() {
		for i := range request {
			if _, err := io.WriteString(conn, request[i:i+1]); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	_ = conn.SetReadDeadline(begin.Add(d))
	got, _ := io.ReadAll(conn)
	return time.Since(begin), string(got)
}

func TestSlowSendersAreCutOff(t *testing.T) {
	defer web.Hurry(200 * time.Millisecond)()
	ended := make(chan error, 9)
	body := func(_ http.ResponseWriter, r *http.Request) error { // what a form does
		_, err := web.ReadForm(r)
		ended <- err
		return err
	}
	address, _ := start(t, web.Route{Pattern: "POST /x", Right: "write", Handler: body},
		web.Route{Pattern: "POST /import", Right: "import", Upload: 20 << 20, Handler: func(w http.ResponseWriter, r *http.Request) error {
			n, err := io.Copy(io.Discard, r.Body)
			_, _ = fmt.Fprint(w, n)
			return err
		}})
	header := "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " + strings.Repeat("a", 500)
	if after, _ := dribble(t, address, header, 8*time.Second); after > 4*time.Second {
		t.Errorf("a header held the connection for %s", after)
	}
	const post = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n\r\n"
	fast := func(path string, pause time.Duration) string {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, strings.Replace(strings.Replace(post, "/x", path, 1), "9000", "4", 1)+"a=")
		time.Sleep(pause)
		_, _ = io.WriteString(conn, "bc")
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 400)
		n, _ := conn.Read(b)
		return string(b[:n])
	}
	if got := fast("/x", 500*time.Millisecond); strings.Contains(got, " 200 ") {
		t.Errorf("a slow form was taken: %s", got)
	}
	if err := <-ended; err == nil {
		t.Error("the slow form was read to its end")
	}
	if got := fast("/import", 500*time.Millisecond); !strings.Contains(got, " 200 ") { // an upload has more time
		t.Errorf("an upload was cut off: %s", got)
	}
}

func TestAddressBehindProxies(t *testing.T) {
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:9", "1.2.3.4", "192.0.2.1"},
		{"127.0.0.1:9", "1.2.3.4, 10.0.0.7", "127.0.0.1"}, // this machine too, unless it was named
		{"10.9.0.2:9", "6.6.6.6, 1.2.3.4", "1.2.3.4"},
		{"10.9.0.2:9", "6.6.6.6, 1.2.3.4, 10.9.0.3", "1.2.3.4"},
		{"10.9.0.2:9", "", "10.9.0.2"},
		{"10.9.0.2:9", "rubbish", "10.9.0.2"},
		{"[::ffff:10.9.0.2]:9", "1.2.3.4", "1.2.3.4"},
		{"[fe80::1%eth0]:9", "1.2.3.4", "fe80::1"},
	} {
		got := ""
		h := web.New(web.Options{
			Routes:  []web.Route{{Pattern: "GET /", Right: web.Public, Handler: fails(nil)}},
			Proxies: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/24")},
			Guard: func(r *http.Request, _, _ string) (context.Context, error) {
				got = web.Address(r)
				return r.Context(), nil
			},
		})
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-For", c.forwarded)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s, %q: %q, want %q", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestPartial(t *testing.T) {
	for want, headers := range map[bool][]string{true: {"HX-Request"}, false: {"HX-Request", "HX-Boosted"}} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, h := range headers {
			r.Header.Set(h, "true")
		}
		if web.Partial(r) != want {
			t.Errorf("%v: %v", headers, !want)
		}
	}
	if r := httptest.NewRequest(http.MethodGet, "/", nil); web.Partial(r) {
		t.Error("a browser asks for whole pages")
	}
}

// exports sends lines and then fails.
func exports(lines int) web.Route {
	return web.Route{Pattern: "GET /x", Right: "export", Handler: func(w http.ResponseWriter, _ *http.Request) error {
		return web.Send(w, "培训班.csv", func(out io.Writer) error {
			for range lines {
				if _, err := io.WriteString(out, "goats,52\r\n"); err != nil {
					return err
				}
			}
			return errs.E(errs.Conflict, "改过了")
		})
	}}
}

func TestExportThatFails(t *testing.T) {
	got := ask(serve(io.Discard, exports(10)), "GET", "/x", "", "Accept", page)
	if got.Code != 409 || got.Header().Get("Content-Disposition") != "" || strings.Contains(got.Body.String(), "goats") {
		t.Errorf("early: %d %v %s", got.Code, got.Header(), got.Body)
	}
	address, _ := start(t, exports(200_000))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if n, err := io.Copy(io.Discard, res.Body); err == nil || n == 0 {
		t.Errorf("late: %d bytes, %v", n, err)
	}
}

func TestPlainHandlersOfTheLibrary(t *testing.T) {
	h := serve(io.Discard, web.Route{Pattern: "GET /assets/", Right: web.Static, Handler: web.Plain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"k7"`)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeContent(w, r, "app.css", time.Time{}, strings.NewReader(strings.Repeat("a{} ", 1000)))
	}))})
	if got := ask(h, "GET", "/assets/app.css", "", "If-None-Match", `"k7"`); got.Code != 304 || got.Body.Len() > 0 || got.Header().Get("Content-Length") != "" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	if got := ask(h, "GET", "/assets/app.css", "", "Accept-Encoding", "gzip", "If-None-Match", `W/"k7"`); got.Code != 304 {
		t.Errorf("the compressed one is not known again: %d", got.Code)
	}
	if got := ask(h, "GET", "/assets/app.css", "", "Range", "bytes=0-3", "Accept-Encoding", "gzip"); got.Code != 206 || got.Body.String() != "a{} " {
		t.Errorf("%d %q", got.Code, got.Body)
	}
	if got := ask(h, "HEAD", "/assets/app.css", ""); got.Code != 200 || got.Header().Get("Content-Length") != "4000" {
		t.Errorf("%d %v", got.Code, got.Header())
	}
	if got := ask(h, "GET", "/assets/app.css", "", "Accept-Encoding", "gzip").Header(); got.Get("Content-Encoding") != "gzip" || got.Get("Etag") != `W/"k7"` ||
		got.Get("Vary") != "Accept-Encoding" || got.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("%v", got)
	}
}
