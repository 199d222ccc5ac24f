package app_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/work/training"
)

func TestSignInInTheBrowser(t *testing.T) {
	w := apptest.Open(t, "")
	c := w.Chrome(t, 3*time.Minute)
	c.Open("/training")
	c.Fill("account", apptest.Officer)
	c.Fill("password", "wrong")
	c.Press("登录")
	c.Shows("密码不对")
	c.Become(w.Sign(apptest.Officer))
	c.Open("/training")
	c.Shows("培训班", "周敏")
}

// TestMainJobInTheBrowser does the main job of issue 2 as people do it: an office's untidy year goes in and is verified, a clerk
// enters a class, figures open, the year's report is made and frozen, and a later correction leaves it as it was.
func TestMainJobInTheBrowser(t *testing.T) {
	w := apptest.Open(t, "")
	c := w.Chrome(t, 5*time.Minute)
	c.Picture(1366, 768, false)
	zhou, li, clerk := w.Sign(apptest.Officer), w.Sign(apptest.Second), w.Sign(apptest.Clerk)

	// The year of 2024 goes in.
	workbook, err := filepath.Abs("../../docs/samples/000-records.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	c.Become(zhou)
	c.Open("/imports/training")
	c.Upload("file", workbook)
	c.Press("上传并核对")
	c.Shows("农村实用技术短期培训", "农函大培训", "都新建（从2024年1月1日起有），再核对")
	c.Press(apptest.Eval[string](c, "Array.from(document.querySelectorAll('button')).map(b => b.innerText.trim()).find(text => text.endsWith('都新建（从2024年1月1日起有），再核对'))"))
	c.Shows("导入 44 行", "「约161」按约数记")
	c.Press("导入 44 行")
	c.Shows("44 行", "看这批记录")

	// Another officer verifies it, a page of the list at a time: who imported it cannot.
	c.Become(li)
	for states := []flow.State{flow.Submitted}; ; {
		left := inStates(w, states...)
		if left == 0 {
			break
		}
		c.Open("/training?period=2024&state=submitted")
		c.Do(chromedp.Click(chromedp.CSS("input[data-all]")))
		c.Press("核实")
		for end := time.Now().Add(20 * time.Second); inStates(w, states...) == left; time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("nothing was verified; the page says:\n%.2000s", c.Text(""))
			}
		}
	}
	c.Open("/figures?period=2024")
	c.Shows("5,050", "28", "490", "97.96%")

	// A clerk enters a class; it counts once it is verified.
	c.Become(clerk)
	c.Open("/training/new")
	c.Fill("name", "核桃高接换优技术培训班")
	c.Fill("subject", "核桃嫁接")
	c.Fill("place", "青溪乡上村")
	c.Day("start", "2024-09-16")
	c.Day("end", "2024-09-16")
	c.Fill("attendances", "58")
	c.Shows("核实后计入", "594", "652") // of her township: the county's figure is not hers to see
	c.Press("提交核实")
	c.Shows("待核实", "核桃高接换优技术培训班")
	number := strings.TrimPrefix(apptest.Eval[string](c, "location.pathname"), "/training/")
	c.Press("添加佐证")
	c.Choose("kind", "sign_in")
	sheet := filepath.Join(t.TempDir(), "sign-in.png")
	if err := os.WriteFile(sheet, smallPNG(t), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Upload("file", sheet)
	c.Press("添加")
	c.Shows("sign-in.png", "应有的已齐")

	c.Become(li)
	c.Open("/training/" + number)
	c.Press("核实通过")
	c.Shows("已核实", "已计入")

	// The figure opens where it comes from.
	c.Open("/figures?period=2024")
	c.Press("5,108")
	c.Shows("算法", "刚刚重算", "核桃高接换优技术培训班")

	// The year's report, frozen, stays as it is.
	c.Open("/reports/new")
	c.Choose("period", "2024年")
	c.Press("写成草稿")
	c.Shows("29期", "5108人次", "九个", "16期", "490名", "98%")
	at := apptest.Eval[string](c, "location.pathname")
	c.Press("定稿")
	c.Shows("定稿不能撤回")
	c.Do(chromedp.Click(chromedp.CSS("details.ask[open] .dialog button.btn-danger, details.ask[open] .dialog button.btn-primary")))
	c.Shows("已定稿")

	c.Open("/training/" + number + "/edit")
	c.Fill("attendances", "60")
	c.Fill("reason", "补签到两人")
	c.Press("提交修订")
	c.Shows("修订待核实")
	c.Become(zhou)
	c.Open("/training/" + number)
	c.Press("核实通过")
	c.Hides("修订待核实")
	c.Shows("已核实")
	c.Open(at)
	c.Shows("已定稿", "5108人次", "5110", "补签到两人")
}

// inStates is how many classes are in the states.
func inStates(w *apptest.World, states ...flow.State) int {
	w.Helper()
	total, err := w.App.Training.Total(w.As(apptest.Chair), training.Query{Filter: flow.Filter{Kinds: []string{training.Kind}, States: states}}, "")
	if err != nil {
		w.Fatal(err)
	}
	return int(total.Records)
}

func smallPNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 40))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
