package page_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"shilu/internal/kit/lang"
)

// node helps to ask questions about one element.
type node struct{ *html.Node }

func (n node) attr(key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func (n node) get(key string) string { v, _ := n.attr(key); return v }

// text is what a reader hears of n: its text and the names of its drawings.
func (n node) text() string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	if n.Type == html.ElementNode {
		b.WriteString(n.get("aria-label"))
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(node{c}.text())
	}
	return b.String()
}

func (n node) within(tag string) (node, bool) {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && p.Data == tag {
			return node{p}, true
		}
	}
	return node{}, false
}

// each calls fn with every element of the samples, page by page, after start has seen the page.
func each(t *testing.T, start func(all []node), fn func(t *testing.T, n node)) {
	t.Helper()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			root, err := html.Parse(strings.NewReader(rendered(t, s.shows)))
			if err != nil {
				t.Fatal(err)
			}
			var all []node
			for n := range root.Descendants() {
				if n.Type == html.ElementNode {
					all = append(all, node{n})
				}
			}
			if len(all) < 20 {
				t.Fatalf("only %d elements", len(all))
			}
			if start != nil {
				start(all)
			}
			for _, n := range all {
				fn(t, n)
			}
		})
	}
}

// TestNothingInline: the Content-Security-Policy forbids styles, scripts and handlers in the page.
func TestNothingInline(t *testing.T) {
	each(t, nil, func(t *testing.T, n node) {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") || strings.HasPrefix(a.Key, "hx-on") {
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
		if n.Data == "style" || n.Data == "script" && n.get("src") == "" {
			t.Errorf("<%s> within the page", n.Data)
		}
	})
}

// TestControlsAreNamed: whoever does not see the page hears what each control is for.
func TestControlsAreNamed(t *testing.T) {
	labels, ids := map[string]string{}, map[string]int{}
	start := func(all []node) {
		clear(labels)
		clear(ids)
		for _, n := range all {
			if id := n.get("id"); id != "" {
				ids[id]++
			}
			if n.Data == "label" {
				labels[n.get("for")] = n.text()
			}
		}
	}
	each(t, start, func(t *testing.T, n node) {
		if id := n.get("id"); id != "" && ids[id] > 1 {
			t.Errorf("id %q stands %d times", id, ids[id])
		}
		for _, key := range []string{"aria-describedby", "aria-labelledby", "aria-controls", "for", "form", "list"} {
			for _, id := range strings.Fields(n.get(key)) {
				if ids[id] == 0 {
					t.Errorf("<%s %s=%q> names nothing on the page", n.Data, key, id)
				}
			}
		}
		switch n.Data {
		case "input", "select", "textarea":
			if n.get("type") == "hidden" {
				return
			}
			_, wrapped := n.within("label")
			if !wrapped && strings.TrimSpace(labels[n.get("id")]) == "" && n.get("aria-label") == "" && n.get("aria-labelledby") == "" {
				t.Errorf("<%s name=%q> has no label", n.Data, n.get("name"))
			}
			if n.get("name") == "" && !strings.Contains(n.get("class"), "only-js") {
				t.Errorf("<%s id=%q> is sent under no name", n.Data, n.get("id"))
			}
		case "button", "a", "summary", "th":
			if strings.TrimSpace(n.text()) == "" {
				t.Errorf("<%s class=%q> says nothing", n.Data, n.get("class"))
			}
		case "img":
			if _, ok := n.attr("alt"); !ok {
				t.Error("<img> without alt")
			}
		case "svg":
			if n.get("aria-hidden") != "true" && n.get("aria-label") == "" {
				t.Error("<svg> is neither hidden nor named")
			}
		}
		if n.Data == "th" && n.get("scope") == "" {
			t.Errorf("<th>%s</th> without scope", n.text())
		}
		if href, ok := n.attr("href"); n.Data == "a" && (!ok || strings.HasPrefix(href, "about:invalid")) {
			t.Errorf("link %q leads nowhere", n.text())
		}
	})
}

// TestFormsCarryTheToken: a form that posts proves that it came from our page.
func TestFormsCarryTheToken(t *testing.T) {
	each(t, nil, func(t *testing.T, n node) {
		if n.Data != "form" || n.get("method") != "post" {
			return
		}
		for c := range n.Descendants() {
			if c.Type == html.ElementNode && c.Data == "input" && (node{c}).get("name") == "csrf" {
				return
			}
		}
		t.Errorf("form to %s has no token", n.get("action"))
	})
}

// TestAFormHasNoFormInside: browsers drop the inner one, and with it what it posts.
func TestAFormHasNoFormInside(t *testing.T) {
	for _, s := range samples() {
		open := 0
		for z := html.NewTokenizer(strings.NewReader(rendered(t, s.shows))); ; {
			kind := z.Next()
			if kind == html.ErrorToken {
				break
			}
			name, _ := z.TagName()
			if string(name) != "form" {
				continue
			}
			switch kind {
			case html.StartTagToken:
				open++
			case html.EndTagToken:
				open--
			}
			if open > 1 {
				t.Errorf("%s: a form within a form", s.name)
				break
			}
		}
	}
}

var halfWidth = regexp.MustCompile(`\p{Han}\s?[,;:?!]\s?[\p{Han}「《]|\p{Han}\(|\)\p{Han}`)

// TestPunctuationIsChinese looks at what the reader reads and hears.
func TestPunctuationIsChinese(t *testing.T) {
	each(t, nil, func(t *testing.T, n node) {
		texts := []string{n.get("aria-label"), n.get("placeholder"), n.get("title"), n.get("data-chosen"), n.get("data-sending")}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode {
				texts = append(texts, c.Data)
			}
		}
		for _, text := range texts {
			if m := halfWidth.FindString(text); m != "" {
				t.Errorf("%q has ASCII punctuation in %q", text, m)
			}
		}
	})
}

// TestOneFilledButton: a page has one primary action; dialogs and the batch bar have their own.
func TestOneFilledButton(t *testing.T) {
	for _, s := range samples() {
		if s.name == "parts" || s.name == "import" { // several pages on one
			continue
		}
		root, err := html.Parse(strings.NewReader(rendered(t, s.shows)))
		if err != nil {
			t.Fatal(err)
		}
		filled := 0
		for d := range root.Descendants() {
			n := node{d}
			if d.Type != html.ElementNode || !strings.Contains(" "+n.get("class")+" ", " btn-primary ") {
				continue
			}
			if f, in := n.within("form"); in && f.get("id") == "batch" {
				continue
			}
			if ask, in := n.within("details"); in && strings.Contains(ask.get("class"), "ask") && n.Data == "button" {
				continue
			}
			filled++
		}
		if filled > 1 {
			t.Errorf("%s has %d filled buttons", s.name, filled)
		}
	}
}

var declared = regexp.MustCompile(`(?m)^templ ([A-Z]\w*)\(`)

// TestEveryPartIsShown: a part that no sample shows is a part that nobody looked at.
func TestEveryPartIsShown(t *testing.T) {
	var source, shown string
	read := func(pattern string) (all string) {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all += string(b)
		}
		return all
	}
	source, shown = read("*.templ"), read("*_test.go")
	parts := declared.FindAllStringSubmatch(source, -1)
	if len(parts) < 40 {
		t.Fatalf("only %d parts found", len(parts))
	}
	for _, p := range parts {
		if !strings.Contains(shown, "page."+p[1]+"(") && !strings.Contains(source, "@"+p[1]+"(") {
			t.Errorf("no sample shows %s", p[1])
		}
	}
}

// TestEnglish: the texts of the parts come through the catalogue of texts.
func TestEnglish(t *testing.T) {
	lang.Load(map[string]string{"跳到正文": "Skip to content", "无权查看": "No right to see"})
	ctx := lang.With(t.Context(), lang.English)
	var b strings.Builder
	if err := partsSample().Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<html lang="en">`, "Skip to content", "No right to see"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the English page lacks %q", want)
		}
	}
	if strings.Contains(b.String(), "无权查看") {
		t.Error("the English page has the Chinese text")
	}
}
