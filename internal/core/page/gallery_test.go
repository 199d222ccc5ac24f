package page_test

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"shilu/internal/core/page"
	"shilu/web"
)

// shots writes pictures of the gallery: go test ./internal/core/page -run TestGallery -shots DIR [-only NAME].
var (
	shots = flag.String("shots", "", "folder for pictures of the gallery")
	only  = flag.String("only", "", "only this page of the gallery")
)

// sample is one page of the gallery, with the invented figures of the pictures in look/.
type sample struct {
	name  string
	shows templ.Component
}

// samples are all pages of the gallery; each file of samples adds its own.
func samples() []sample {
	return []sample{
		{"list", listSample(false)},
		{"list-empty", listSample(true)},
		{"form", formSample(nil)},
		{"form-said", formSample(&page.Toast{Text: "份额已交，等核实", UndoHref: "/undo"})},
		{"record", recordSample()},
		{"trace", traceSample()},
		{"parts", partsSample()},
		{"charts", chartSample()},
		{"login", loginSample()},
		{"gate", gateSample()},
		{"password", passwordSample()},
		{"code", codeSample()},
		{"setup", setupSample()},
		{"fault", faultSample()},
		{"refused", refusedSample()},
		{"report", reportSample()},
		{"import", importPagesSample()},
		{"review", importSample()},
	}
}

// policy is the strict one of the program: nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// gallery serves the samples as the program serves pages.
func gallery() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+web.Prefix, web.Handler())
	for _, s := range samples() {
		mux.HandleFunc("GET /"+s.name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			shown := s.shows
			if s.name == "trace" && page.InDrawer(r) {
				shown = page.TraceBody(traceOf())
			}
			if err := shown.Render(page.WithCSRF(r.Context(), "token"), w); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	// What a form and a piece of work ask for while they are on the screen.
	answer := func(pattern string, say func(w http.ResponseWriter, r *http.Request) templ.Component) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := say(w, r).Render(r.Context(), w); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	answer("POST /form/preview", func(_ http.ResponseWriter, r *http.Request) templ.Component {
		return page.PreviewSlot(page.CountsHere{Title: "预览 " + r.FormValue("attendances")})
	})
	answer("POST /form/draft", func(w http.ResponseWriter, r *http.Request) templ.Component {
		if r.Header.Get("X-CSRF-Token") != "token" || r.FormValue("csrf") != "token" {
			return page.Words("没有令牌")
		}
		w.Header().Set("Shilu-Version", "2")
		return page.Words("17:21 已自动保存")
	})
	answer("GET /parts/work", func(_ http.ResponseWriter, _ *http.Request) templ.Component {
		return page.WorkBox(page.Work{Title: "导入花名册", Done: 1300, Total: 1600, Noun: "行"})
	})
	return mux
}

// browser gives a context with a running Chromium.
func browser(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no chromium: scripts/prepare installs it (make test runs it)")
	}
	options := append(append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...), append(more, chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("lang", "zh-CN"))...)
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	return ctx
}

func TestGallery(t *testing.T) {
	if *shots == "" {
		return // makes pictures, with -shots DIR; checks nothing
	}
	server := httptest.NewServer(gallery())
	defer server.Close()
	ctx := browser(t)
	if *only == "" || *only == "opened" {
		opened(t, ctx, server.URL)
	}
	for _, s := range samples() {
		if *only != "" && s.name != *only {
			continue
		}
		if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/"+s.name)); err != nil {
			t.Fatal(err)
		}
		printed, err := chromedp.Run(ctx, chromedp.PrintToPDF())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*shots, s.name+".pdf"), printed, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, size := range []struct {
			name          string
			width, height int64
		}{{"", 1366, 768}, {"-phone", 390, 844}} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(size.width, size.height), chromedp.Navigate(server.URL+"/"+s.name)); err != nil {
				t.Fatal(err)
			}
			picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(*shots, s.name+size.name+".png"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// opened pictures what stands above a page: drawer, menus, questions, choices.
func opened(t *testing.T, ctx context.Context, address string) {
	for _, o := range []struct {
		name, on string
		does     []chromedp.Action[chromedp.Void]
	}{
		{"drawer", "list", does(chromedp.Click("tbody a[data-trace]"))},
		{"scope", "list", does(chromedp.Click(".scope details:nth-of-type(2) summary"))},
		{"filter", "list", does(chromedp.Click(".filters details summary"))},
		{"confirm", "record", does(chromedp.Click("details.ask summary"))},
		{"combo", "form", does(chromedp.Click("#f-subject"), chromedp.KeyEvent(kb.Backspace+"核"+kb.ArrowDown))},
		{"keys", "list", does(chromedp.KeyEvent("?"))},
	} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(1366, 768), chromedp.Navigate(address+"/"+o.on)); err != nil {
			t.Fatal(err)
		}
		if err := chromedp.Do(ctx, append(o.does, chromedp.Sleep(500*time.Millisecond))...); err != nil {
			t.Fatalf("%s: %v", o.name, err)
		}
		picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*shots, "open-"+o.name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// rendered is c as text, in Chinese.
func rendered(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(page.WithCSRF(t.Context(), "token"), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// within puts body into the frame f.
func within(f page.Frame, body ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w writer) error {
		return page.FramePage(f).Render(templ.WithChildren(ctx, templ.Join(body...)), w)
	})
}

// at is the address of a sample.
func at(path, query string) page.Address {
	q, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	return page.Address{Path: path, Query: q}
}
