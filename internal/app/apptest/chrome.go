package apptest

import (
	"context"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Chrome is a real browser. Close its tests by letting them end.
type Chrome struct {
	testing.TB
	Ctx context.Context
	w   *World
}

// Chrome starts Chromium; it fails the test when there is none, because pages that no browser has shown are not tested.
func (w *World) Chrome(t testing.TB, long time.Duration) *Chrome {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no chromium: scripts/prepare installs it (make test runs it)")
	}
	options := append(append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...), chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("lang", "zh-CN"), chromedp.Env("LANGUAGE=zh_CN", "LANG=zh_CN.UTF-8"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, long)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	return &Chrome{TB: t, Ctx: ctx, w: w}
}

// Become lets the browser have the session of somebody who signed in; nil lets nobody be signed in.
func (c *Chrome) Become(b *Browser) {
	c.Helper()
	c.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{})
		return err
	}))
	if b == nil {
		return
	}
	at, err := url.Parse(c.w.Server.URL)
	if err != nil {
		c.Fatal(err)
	}
	for _, cookie := range b.client.Jar.Cookies(at) {
		c.Do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: cookie.Name, Value: cookie.Value, URL: c.w.Server.URL})
			return err
		}))
	}
}

// Do runs steps.
func (c *Chrome) Do(steps ...chromedp.Action[chromedp.Void]) {
	c.Helper()
	if err := chromedp.Do(c.Ctx, steps...); err != nil {
		c.Fatal(err)
	}
}

// Open shows a page of the county. A form that was pressed just before may still be on its way to its own page: then the browser
// gives up one of the two, and the page is asked for again.
func (c *Chrome) Open(path string) {
	c.Helper()
	var err error
	for range 5 {
		if err = chromedp.Do(c.Ctx, chromedp.Navigate(c.w.Server.URL+path)); err == nil || !strings.Contains(err.Error(), "ERR_ABORTED") {
			break
		}
		time.Sleep(300 * time.Millisecond)
	}
	if err != nil {
		c.Fatal(err)
	}
}

// Text is the text of the page, or of what the selector finds, without blanks at its ends.
func (c *Chrome) Text(selector string) string {
	c.Helper()
	if selector == "" {
		selector = "body"
	}
	says := `(() => { const e = document.querySelector(` + quoted(selector) + `); return e ? e.innerText : ''; })()`
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		text, err := chromedp.Run(c.Ctx, chromedp.Evaluate[string](says))
		switch {
		case err == nil:
			return strings.TrimSpace(text)
		case !strings.Contains(err.Error(), "navigated") || time.Now().After(end): // else the page was just leaving for the next one
			c.Fatalf("%s: %v", says, err)
		}
	}
}

// Shows fails when the page does not say one of the texts within the time that pages take.
func (c *Chrome) Shows(texts ...string) {
	c.Helper()
	for _, want := range texts {
		for end := time.Now().Add(patience); !strings.Contains(c.Text(""), want); {
			if time.Now().After(end) {
				c.Fatalf("the page %s does not show %q; it says:\n%.1200s", Eval[string](c, "location.href"), want, c.Text(""))
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// Hides fails when the page goes on to say the text: what was pressed has not been done.
func (c *Chrome) Hides(text string) {
	c.Helper()
	c.until("!document.body || !document.body.innerText.includes("+quoted(text)+")", "still "+text)
}

// patience is how long a page may take until it shows what was asked for.
const patience = 10 * time.Second

// Until waits until the JavaScript expression is true; else it fails with the words.
func (c *Chrome) Until(expression, wanted string) {
	c.Helper()
	c.until(expression, wanted)
}

// until asks the page again and again; it fails with what was wanted.
func (c *Chrome) until(expression, wanted string) {
	c.Helper()
	for end := time.Now().Add(patience); !Eval[bool](c, expression); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			c.Fatalf("%s on %s; the page says:\n%.1200s", wanted, Eval[string](c, "location.href"), c.Text(""))
		}
	}
}

// Press clicks the first visible button or link that says the text.
func (c *Chrome) Press(text string) {
	c.Helper()
	const find = `(text => { const all = Array.from(document.querySelectorAll('button, a, summary, label, input[type=submit]')).filter(e => e.getClientRects().length && (e.innerText || e.value || '').trim().startsWith(text));
		const exact = all.find(e => (e.innerText || e.value || '').trim() === text) || all[0]; if (!exact) return false; exact.scrollIntoView({block: 'center'}); exact.click(); return true; })`
	c.until(find+"("+quoted(text)+")", "no button or link "+text)
}

// Fill types into the field called name as a person does.
func (c *Chrome) Fill(name, text string) {
	c.Helper()
	c.until(`(name => { const e = document.querySelector('[name="' + name + '"]'); if (!e) return false; e.scrollIntoView({block: 'center'}); e.value = ''; return true; })(`+quoted(name)+")",
		"no field "+name)
	c.Do(chromedp.SendKeys(chromedp.CSS(`[name="`+name+`"]`), text))
}

// Choose chooses the option of a select by its text or value.
func (c *Chrome) Choose(name, option string) {
	c.Helper()
	c.until(`((name, text) => { const s = document.querySelector('select[name="' + name + '"]'); if (!s) return false;
		const o = Array.from(s.options).find(o => o.value === text || o.text.trim() === text); if (!o) return false;
		s.value = o.value; s.dispatchEvent(new Event('input', {bubbles: true})); s.dispatchEvent(new Event('change', {bubbles: true})); return true; })(`+quoted(name)+", "+quoted(option)+")",
		"no option "+option+" in the field "+name)
}

// Picture is the page as it stands in a window of the size; whole takes all of its height.
func (c *Chrome) Picture(width, height int64, whole bool) []byte {
	c.Helper()
	c.Do(chromedp.EmulateViewport(width, height))
	take := chromedp.CaptureScreenshot()
	if whole {
		take = chromedp.FullScreenshot(100)
	}
	b, err := chromedp.Run(c.Ctx, take)
	if err != nil {
		c.Fatal(err)
	}
	return b
}

// Eval gives the value of a JavaScript expression.
func Eval[T any](c *Chrome, expression string) T {
	c.Helper()
	v, err := chromedp.Run(c.Ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		c.Fatalf("%s: %v", expression, err)
	}
	return v
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// Click presses the left button of the mouse at a point of the window.
func (c *Chrome) Click(x, y float64) {
	c.Helper()
	c.Do(chromedp.MouseClickXY(x, y))
}

// Upload chooses a file in the field called name, as a person does in the dialog.
func (c *Chrome) Upload(name, path string) {
	c.Helper()
	c.Do(chromedp.SetUploadFiles(chromedp.CSS(`input[type=file][name="`+name+`"]`), []string{path}))
}

// Day chooses the day of a date field.
func (c *Chrome) Day(name, day string) {
	c.Helper()
	c.until(`((name, day) => { const e = document.querySelector('[name="' + name + '"]'); if (!e) return false; e.value = day;
		e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true})); return e.value === day; })(`+quoted(name)+", "+quoted(day)+")",
		"no field "+name+" that takes the day "+day)
}
