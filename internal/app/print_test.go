package app_test

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"shilu/internal/app/apptest"
)

// TestListsPrintOnA4 lays pages out as paper: A4 leaves 186 mm (703 px) between its margins. Nothing may reach beyond, and no name may
// fall to a column of single characters.
func TestListsPrintOnA4(t *testing.T) {
	w := apptest.Demo(t)
	c := w.Chrome(t, 3*time.Minute)
	c.Become(w.Sign(apptest.Officer))
	c.Picture(703, 980, false)
	if _, err := chromedp.Call(c.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/training", "/activity", "/facility", "/external", "/figures", "/late", "/todo", "/facility/matrix", "/facility/care",
		"/ledger/closing", "/ledger/changes", "/search?q=核桃", "/views", "/reports"} {
		c.Open(path)
		c.Until("!!document.querySelector('h1, .home')", "the page")
		if over := apptest.Eval[int](c, "document.documentElement.scrollWidth - 703"); over > 0 {
			t.Errorf("%s is %d px too wide for A4", path, over)
		}
		if narrow := apptest.Eval[string](c, "Array.from(document.querySelectorAll('td.main')).filter(d => d.offsetWidth < 110 && d.innerText.length > 8).map(d => d.innerText.trim() + ' ' + d.offsetWidth).slice(0, 3).join('; ')"); narrow != "" {
			t.Errorf("%s squeezes names on A4: %s", path, narrow)
		}
		if left := apptest.Eval[string](c, "Array.from(document.querySelectorAll('.print-foot')).map(d => d.innerText).join('')"); left == "" {
			t.Errorf("%s has no foot with checkpoint and day on paper", path)
		}
	}
}
