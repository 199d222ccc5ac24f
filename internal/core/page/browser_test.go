package page_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestNoPageScrollsSideways: at any width the page itself stays still; wide tables scroll inside their region (LOOK.md,
// 3 and 7), and on a phone only those that are matrices: the others are cards, which show all of themselves.
func TestNoPageScrollsSideways(t *testing.T) {
	server := httptest.NewServer(gallery())
	defer server.Close()
	ctx := browser(t)
	for _, s := range samples() {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(1366, 768), chromedp.Navigate(server.URL+"/"+s.name)); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int64{1920, 1366, 1100, 1024, 683, 640, 639, 390} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 768)); err != nil {
				t.Fatal(err)
			}
			wide, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
				const room = document.documentElement.clientWidth, over = document.documentElement.scrollWidth - room;
				const cut = room < 640 ? Array.from(document.querySelectorAll('.cards, .rows')).filter((t) => t.closest('.region').scrollWidth > t.closest('.region').clientWidth) : [];
				if (cut.length) return 'cards that scroll in their region: ' + cut.map((t) => t.innerText.slice(0, 40)).join(' ');
				const tall = room < 640 ? Array.from(document.querySelectorAll('.views')).filter((e) => e.scrollHeight > e.clientHeight) : [];
				if (tall.length) return 'tabs that scroll up and down: ' + tall[0].innerText;
				if (over <= 0) return '';
				const far = Array.from(document.body.querySelectorAll('*')).filter((e) => e.getBoundingClientRect().right > room + 1 && !e.closest('.region, .views, [hidden], details:not([open]) > .pop')).map((e) => e.tagName + '.' + e.getAttribute('class'));
				return over + ' px: ' + far.slice(0, 4).join(' ');
			})()`))
			if err != nil {
				t.Fatal(err)
			}
			if wide != "" {
				t.Errorf("%s at %d is too wide by %s", s.name, width, wide)
			}
		}
	}
}

// step is one thing done in the browser and what must be true afterwards.
type step struct {
	says string
	does []chromedp.Action[chromedp.Void]
	then string // JavaScript that must be true
}

// play does steps on the page called name; it fails when the page breaks its own policy.
func play(t *testing.T, ctx context.Context, address string, steps []step) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1366, 768), chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	watch := `window.broken = []; document.addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective)); window.addEventListener('error', (e) => broken.push(e.message)); true`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](watch)); err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		if err := chromedp.Do(ctx, s.does...); err != nil {
			t.Fatalf("%s: %v", s.says, err)
		}
		if err := eventually(ctx, s.then); err != nil {
			t.Fatalf("%s: %v", s.says, err)
		}
	}
	broken, err := chromedp.Run(ctx, chromedp.Evaluate[string](`broken.join(', ')`))
	if err != nil || broken != "" {
		t.Errorf("%s broke %s %v", address, broken, err)
	}
}

func eventually(ctx context.Context, condition string) error {
	for end := time.Now().Add(9 * time.Second); ; {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		if err != nil {
			return err
		}
		if ok {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("not true: %s", condition)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

func does(all ...chromedp.Action[chromedp.Void]) []chromedp.Action[chromedp.Void] { return all }

func TestDrawer(t *testing.T) {
	server := httptest.NewServer(gallery())
	defer server.Close()
	figure := `document.querySelector('tbody a[data-trace]')`
	play(t, browser(t), server.URL+"/list", []step{
		{"a figure opens its trace in the drawer", does(chromedp.Click("tbody a[data-trace]")), `!document.getElementById('drawer').hidden && document.querySelector('#drawer .trace-value')?.textContent === '3,847'`},
		{"the focus is in the drawer", nil, `document.getElementById('drawer').contains(document.activeElement)`},
		{"Tab stays in it", does(chromedp.KeyEvent(strings.Repeat(kb.Tab, 60))), `document.getElementById('drawer').contains(document.activeElement)`},
		{"a figure inside opens in the same drawer with a way back", does(chromedp.Click("#drawer .part a[data-trace]")), `!document.querySelector('[data-back]').hidden && document.querySelector('#drawer .trace-value')`},
		{"the way back goes back", does(chromedp.Click("#drawer [data-back]")), `document.querySelector('[data-back]').hidden && document.querySelector('#drawer .trace-value')`},
		{"Esc closes it and gives the focus back", does(chromedp.KeyEvent(kb.Escape)), `document.getElementById('drawer').hidden && document.activeElement === ` + figure},
		{"the address is still that of the list", nil, `location.pathname === '/list'`},
	})
}

func TestList(t *testing.T) {
	server := httptest.NewServer(gallery())
	defer server.Close()
	play(t, browser(t), server.URL+"/list", []step{
		{"the bar counts and adds what is chosen", nil, `document.querySelector('[data-count]').textContent === '已选 3 期' && document.querySelector('[data-sum]').textContent === '合计 193 人次'`},
		{"one more is added", does(chromedp.Click(`input[value="PX-0070"]`)), `document.querySelector('[data-count]').textContent === '已选 4 期' && document.querySelector('[data-sum]').textContent === '合计 235 人次'`},
		{"the choice can be taken back", does(chromedp.Click("[data-clear]")), `document.querySelectorAll('tr.is-on').length === 0 && document.querySelector('[data-sum]').textContent === ''`},
		{"J goes to the first row", does(chromedp.KeyEvent("j")), `document.querySelectorAll('tr.is-at').length === 1`},
		{"J goes on and K back", does(chromedp.KeyEvent("jjk")), `document.querySelector('tr.is-at').rowIndex >= 1`},
		{"X chooses the row", does(chromedp.KeyEvent("x")), `document.querySelector('tr.is-at input').checked && document.querySelectorAll('tr.is-on').length === 1`},
		{"a filter opens", does(chromedp.Click(".filters details:first-of-type summary")), `document.querySelectorAll('details[data-pop][open]').length === 1`},
		{"its field has the focus", nil, `document.activeElement.matches('[data-find]')`},
		{"typing narrows it", does(chromedp.KeyEvent("青")), `Array.from(document.querySelectorAll('details[open] .pop a')).filter((a) => !a.hidden).length === 1`},
		{"another menu closes it", does(chromedp.Click(".scope details:nth-of-type(2) summary")), `document.querySelectorAll('details[data-pop][open]').length === 1 && document.querySelector('.scope details[open]')`},
		{"Esc closes it", does(chromedp.KeyEvent(kb.Escape)), `document.querySelectorAll('details[data-pop][open]').length === 0`},
		{"? shows the keys", does(chromedp.KeyEvent("?")), `!document.getElementById('keys').hidden`},
		{"Esc closes them", does(chromedp.KeyEvent(kb.Escape)), `document.getElementById('keys').hidden`},
		{"/ goes to the search", does(chromedp.KeyEvent("/")), `document.activeElement.matches('[data-search]')`},
	})
}

func TestForm(t *testing.T) {
	server := httptest.NewServer(gallery())
	defer server.Close()
	ctx := browser(t)
	play(t, ctx, server.URL+"/form", []step{
		{"the summary of errors has the focus", nil, `document.activeElement.matches('[data-errors]')`},
		{"an error leads to its field", does(chromedp.Click("[data-errors] a")), `document.activeElement.id === 'f-attendances'`},
		{"«核实后计入» follows the typing", does(chromedp.KeyEvent("8")), `document.getElementById('f-attendances').value.length === 3 && document.querySelector('#preview').textContent.includes('预览 ' + document.getElementById('f-attendances').value)`},
		{"the draft saves itself", nil, `document.getElementById('saved').textContent === '17:21 已自动保存'`},
		{"the first save gives the form its version", nil, `document.querySelector('[name=version]').value === '2'`},
		{"choices come while typing", does(chromedp.Click("#f-subject"), chromedp.KeyEvent(kb.Backspace+"核")), `Array.from(document.querySelectorAll('.combo-list [role=option]')).map((o) => o.textContent).join('|') === '林果 · 核桃|林果 · 核果类（桃、李、杏）'`},
		{"the arrow and Enter take one, and do not send the form", does(chromedp.KeyEvent(kb.ArrowDown + kb.Enter)), `document.getElementById('f-subject').value === '林果 · 核桃' && document.querySelector('.combo-list').hidden && location.pathname === '/form'`},
		{"a row is added with its own names", does(chromedp.Focus("[data-add]"), chromedp.KeyEvent(kb.Enter)), `document.querySelectorAll('[data-subrows] tbody tr').length === 3 && document.getElementById('f-session.2.topic').name === 'session.2.topic' && document.getElementById('f-session.2.topic').value === ''`},
		{"a row is taken away and the rest counted anew", does(chromedp.Focus(`[data-remove][value="remove:session:0"]`), chromedp.KeyEvent(kb.Enter)), `document.querySelectorAll('[data-subrows] tbody tr').length === 2 && document.getElementById('f-session.0.topic').value === '田间管理'`},
	})
	play(t, ctx, server.URL+"/login", []step{
		{"the wrong password has the focus", nil, `document.activeElement.id === 'f-password'`},
		{"it can be shown", does(chromedp.KeyEvent("secret"), chromedp.Click("[data-reveal]")), `document.getElementById('f-password').type === 'text' && document.getElementById('f-password').value === 'secret'`},
	})
	play(t, ctx, server.URL+"/record", []step{
		{"作废 asks first", does(chromedp.Click("details.ask summary")), `document.querySelector('details.ask').open && document.activeElement.name === 'reason'`},
		{"Esc is no", does(chromedp.KeyEvent(kb.Escape)), `!document.querySelector('details.ask').open && document.activeElement.matches('summary')`},
		{"the toast goes by itself", nil, `!document.querySelector('[data-toast]')`},
	})
	covers := `(() => { const t = document.querySelector('.toasts').getBoundingClientRect(), b = document.querySelector('.form-bar .btn').getBoundingClientRect(); return t.height > 0 && t.bottom <= b.top; })()`
	play(t, ctx, server.URL+"/form-said", []step{
		{"on a phone the toast is clear of the buttons", does(chromedp.EmulateViewport(390, 844)), covers},
	})
	play(t, ctx, server.URL+"/parts", []step{
		{"the progress of work is loaded anew", nil, `document.querySelector('.work').textContent.includes('1,300 / 1,600 行')`},
	})
}

// TestWithoutScripts: every page works with links and forms alone.
func TestWithoutScripts(t *testing.T) {
	server := httptest.NewServer(gallery())
	defer server.Close()
	ctx := browser(t, chromedp.Flag("blink-settings", "scriptEnabled=false"))
	shown := func(selector string) string {
		return `Array.from(document.querySelectorAll('` + selector + `')).length > 0 && Array.from(document.querySelectorAll('` + selector + `')).every((e) => e.getClientRects().length > 0)`
	}
	for _, c := range []struct {
		page, says, is string
		width          int64
	}{
		{"/list", "the buttons of the batch bar", shown(".batch .end .btn"), 1366},
		{"/list", "no control that only scripts move", `Array.from(document.querySelectorAll('.only-js')).every((e) => e.getClientRects().length === 0)`, 1366},
		{"/list#rail", "the rail as a menu", shown("#rail .nav-item"), 390},
		{"/list", "the button of that menu", shown(".rail-open") + ` && document.querySelector('#rail').getClientRects().length === 0`, 390},
		{"/form", "the field of files", `document.querySelector('input[type=file]').getBoundingClientRect().width > 100`, 1366},
		{"/form", "the choices of a combo", `document.getElementById('f-subject').list.options.length === 3`, 1366},
		{"/form", "the buttons of rows", shown("[name=rows]"), 1366},
		{"/record", "no dialog before it is asked for", `!document.querySelector('.ask .dialog').checkVisibility()`, 1366},
	} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(c.width, 768), chromedp.Navigate("about:blank"), chromedp.Navigate(server.URL+c.page)); err != nil {
			t.Fatal(err)
		}
		if err := eventually(ctx, `!document.documentElement.classList.contains('has-js')`); err != nil {
			t.Fatal("scripts run in a browser without scripts")
		}
		if err := eventually(ctx, c.is); err != nil {
			t.Errorf("%s at %d lacks %s: %v", c.page, c.width, c.says, err)
		}
	}
}
