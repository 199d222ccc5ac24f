package app_test

import (
	"testing"
	"time"

	"shilu/internal/app/apptest"
)

// TestAClassInTheBrowser: with scripts the form keeps itself, shows what it will count for while one types, follows the kind, and a
// click sends it; the officer chooses it in the list and verifies it; a second click on the figure opens its trace.
func TestAClassInTheBrowser(t *testing.T) {
	w := apptest.Open(t, "")
	clerk, officer := w.Sign(apptest.Clerk), w.Sign(apptest.Officer)
	c := w.Chrome(t, 2*time.Minute)
	c.Become(clerk)
	c.Open("/training/new")
	c.Choose("kind", "农函大培训")
	c.Shows("招收学员", "考试合格")
	c.Choose("kind", "农村实用技术短期培训")
	c.Shows("这个数准不准")
	c.Fill("name", "核桃高接换优")
	c.Fill("subject", "核桃")
	c.Fill("place", "青溪乡上村")
	apptest.Eval[bool](c, `(() => { for (const n of ['start', 'end']) { const e = document.querySelector('[name=' + n + ']'); e.value = '2026-09-15'; e.dispatchEvent(new Event('input', {bubbles: true})); } return true; })()`)
	c.Fill("attendances", "约58")
	chosen := func() string {
		return apptest.Eval[string](c, `document.querySelector('input[name=exact]:checked').value`)
	}
	if got := chosen(); got != "about" {
		t.Errorf("beside 约58 the form says %q", got)
	}
	apptest.Eval[bool](c, `(document.querySelector('input[name=exact][value=exact]').click(), true)`)
	if got := apptest.Eval[string](c, `document.querySelector('[name=attendances]').value`); got != "58" {
		t.Errorf("counted one by one, the number reads %q", got)
	}
	c.Fill("attendances", "约58")
	c.Shows("约 58", "计入 2026年9月", "已自动保存")
	c.Press("再加一场")
	if n := apptest.Eval[int](c, `document.querySelectorAll('[data-subrows] tbody tr').length`); n != 2 {
		t.Errorf("%d rows of sessions after one more was added", n)
	}
	c.Press("提交核实")
	c.Shows("已提交 PX-", "待核实", "撤回")
	c.Press("撤回")
	c.Shows("草稿", "已撤回")
	c.Press("提交核实")
	c.Shows("待核实")

	c.Become(officer)
	c.Open("/training?view=verify")
	c.Shows("核桃高接换优", "青溪乡 青溪乡上村")
	apptest.Eval[bool](c, `(document.querySelector('input.box[name=id]').click(), true)`)
	c.Shows("已选 1 期", "合计 58 人次")
	c.Press("核实")
	c.Shows("已核实 1 期", "没有等你核实的培训班")
	c.Open("/training")
	apptest.Eval[bool](c, `(document.querySelector('td .fig').click(), true)`)
	c.Shows("账目与佐证", "存证点")
	if over := apptest.Eval[int](c, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
		t.Errorf("the list is %d px too wide", over)
	}
}

// TestTheScopeBarOnAPhone: unit and period are read whole on a phone, on two lines where need be.
func TestTheScopeBarOnAPhone(t *testing.T) {
	w := apptest.Open(t, "")
	c := w.Chrome(t, 2*time.Minute)
	c.Become(w.Sign(apptest.Clerk))
	c.Picture(390, 844, false)
	for _, path := range []string{"/", "/?from=2025-11-01&to=2026-09-17"} {
		c.Open(path)
		if cut := apptest.Eval[string](c, `Array.from(document.querySelectorAll('.scope .val')).filter((e) => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.closest('summary').clientHeight + 1 ||
			e.getBoundingClientRect().right > document.documentElement.clientWidth).map((e) => e.innerText).join(' ')`); cut != "" {
			t.Errorf("%s cuts %q", path, cut)
		}
	}
}
