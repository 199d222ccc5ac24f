package page_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"shilu/internal/core/page"
)

func TestAddressKeepsTheRest(t *testing.T) {
	a := at("/list", "unit=qx&tag=campaign:kpy&tag=audience:farmer&q=核桃&page=3")
	for what, got := range map[string]struct{ is, want string }{
		"with":       {a.With("state", "draft").String(), "/list?q=%E6%A0%B8%E6%A1%83&state=draft&tag=campaign%3Akpy&tag=audience%3Afarmer&unit=qx"},
		"with empty": {a.With("unit", "").String(), "/list?q=%E6%A0%B8%E6%A1%83&tag=campaign%3Akpy&tag=audience%3Afarmer"},
		"without":    {a.Without("tag", "q").String(), "/list?unit=qx"},
		"scope":      {a.Scope("/trace").String(), "/trace?tag=campaign%3Akpy&tag=audience%3Afarmer&unit=qx"},
		"untouched":  {a.Get("page"), "3"},
	} {
		if got.is != got.want {
			t.Errorf("%s: %s, want %s", what, got.is, got.want)
		}
	}
}

func TestOwnPeriod(t *testing.T) {
	a, ok := at("/list", "from=2026-01-01&to=2026-03-31&unit=qx").OwnPeriod()
	if !ok || a.String() != "/list?period=2026-01-01..2026-03-31&unit=qx" {
		t.Errorf("%v %s", ok, a)
	}
	if _, ok := at("/list", "from=2026-01-01").OwnPeriod(); ok {
		t.Error("half a period was taken for one")
	}
}

func TestInDrawer(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/trace", nil)
	if page.InDrawer(r) {
		t.Error("a plain request is not the drawer's")
	}
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Target", "drawer-body")
	if !page.InDrawer(r) {
		t.Error("the drawer's request was not known")
	}
}

// contains checks what must and must not stand in a part.
func contains(t *testing.T, html string, want []string, not []string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(html, w) {
			t.Errorf("lacks %s in\n%s", w, html)
		}
	}
	for _, n := range not {
		if strings.Contains(html, n) {
			t.Errorf("has %s in\n%s", n, html)
		}
	}
}

func TestFigureSaysAllInItsName(t *testing.T) {
	contains(t, rendered(t, page.FigureLink(page.Figure{Name: "培训人次", Value: "3,847", Href: "/trace", Proof: page.ProofFull, Pending: "另有 5 条待核实"})),
		[]string{`aria-label="培训人次 3847，已核实，另有 5 条待核实，打开来处"`, `href="/trace"`, "seal-full"}, nil)
	contains(t, rendered(t, page.FigureLink(page.Figure{Name: "x", Value: "7", NoRight: true, Href: "/trace"})), []string{"无权查看"}, []string{"/trace", ">7<"})
	contains(t, rendered(t, page.FigureLink(page.Figure{Name: "x", Computing: true, Href: "/trace"})), []string{"正在计算"}, []string{">0<", "/trace"})
	contains(t, rendered(t, page.FigureLink(page.Figure{Name: "x", Value: "0", Href: "/trace"})), []string{">0<"}, []string{"未填"})
	contains(t, rendered(t, page.FigureLink(page.Figure{Name: "x", Href: "/trace"})), []string{"未填"}, []string{">0<", "/trace", "—"})
}

func TestTextIsEscaped(t *testing.T) {
	const bad = `<b onclick="x">&"`
	for _, c := range []string{rendered(t, page.Words(bad)), rendered(t, page.Anchor("/x", bad)), rendered(t, page.NoticeBox(page.Notice{Text: bad})), rendered(t, page.InputField(page.Input{Field: page.Field{Name: "n", Label: bad, Value: bad}}))} {
		if strings.Contains(c, "<b on") {
			t.Errorf("not escaped: %s", c)
		}
	}
	contains(t, rendered(t, page.Anchor("javascript:alert(1)", "x")), nil, []string{"javascript:"})
	contains(t, rendered(t, page.LinkCell("javascript:alert(1)", "x")), nil, []string{"javascript:"})
}

func TestSortHeadsKeepFiltersAndTurn(t *testing.T) {
	l := page.List{At: at("/list", "state=draft&sort=-day"), Columns: []page.Column{{Label: "日期", Sort: "day"}, {Label: "人次", Sort: "n", Kind: page.NumColumn}, {Label: "班名", Sort: "name"}}}
	contains(t, rendered(t, page.Table(l)), []string{`aria-sort="descending"`, "/list?sort=day&amp;state=draft", "/list?sort=-n&amp;state=draft", "/list?sort=name&amp;state=draft"}, nil)
}

func TestPagerShowsEndsAndNeighbours(t *testing.T) {
	html := rendered(t, page.PagerBox(page.Pager{Page: 7, Last: 20}, at("/list", "state=draft&page=7")))
	contains(t, html, []string{">1<", ">5<", ">9<", ">20<", "page=6", "page=8", `aria-current="page"`}, []string{">4<", ">10<"})
	contains(t, html, []string{`href="/list?state=draft"`}, nil) // the first page needs no number
	if got := rendered(t, page.PagerBox(page.Pager{Page: 1, Last: 1}, at("/list", ""))); got != "" {
		t.Errorf("a single page has a pager: %s", got)
	}
}

func TestErrorsLeadToTheirFields(t *testing.T) {
	contains(t, rendered(t, page.ErrorSummary("", []page.FieldError{{"a", "甲错了"}, {"b", "乙错了"}})), []string{"还有 2 处要改才能提交：", `href="#f-a">甲错了</a>、<a href="#f-b"`}, nil)
	contains(t, rendered(t, page.InputField(page.Input{Field: page.Field{Name: "a", Label: "甲", Error: "甲错了", Hint: "写甲"}})),
		[]string{`id="f-a"`, `for="f-a"`, `aria-invalid="true"`, `aria-describedby="f-a-error f-a-hint"`, `id="f-a-error"`, `id="f-a-hint"`}, nil)
	contains(t, rendered(t, page.InputField(page.Input{Field: page.Field{Name: "a", Label: "甲", Optional: true}})), []string{"选填"}, []string{"aria-required", "aria-invalid"})
}

func TestPasswordIsNeverWrittenBack(t *testing.T) {
	contains(t, rendered(t, page.InputField(page.Input{Field: page.Field{Name: "p", Label: "密码", Value: "secret"}, Type: "password"})), []string{`type="password"`}, []string{"secret"})
}
