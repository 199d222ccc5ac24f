package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"shilu/internal/app/apptest"
)

// noLists are pages with tables that are no lists, or lists that lack something, each with its reason (design.md, 9: no list without
// search, export and an empty state).
var noLists = map[string]string{
	"/":                     "the home page: its tables are charts read as numbers, and lead to the lists",
	"/facility.log/new":     "a form: its table is what is being typed",
	"/external/sheet":       "a form",
	"/docs/api":             "a text",
	"/me":                   "one's own account: its tables are roles and sessions, a handful each",
	"/settings":             "the overview of the settings: it leads to their lists",
	"/setup":                "the first run",
	"/setup/places":         "the first run",
	"/training/new":         "a form",
	"/activity/new":         "a form",
	"/facility/new":         "a form",
	"/external/new":         "a form",
	"/settings/new-account": "a form",
	"/settings/new-place":   "a form",
	"/settings/new-unit":    "a form",
	"/settings/org-file":    "a form: its table says what a file may have",
	"/reports/new":          "a form",
}

// emptied are the addresses at which a list without search has nothing, where its filters alone narrow it.
var emptied = map[string]string{
	"/settings/trail": "day_from=2001-01-01&day_to=2001-01-02",
	"/ledger":         "day_from=2001-01-01&day_to=2001-01-02",
}

// TestEveryListHasSearchExportAndEmptyState walks all pages of the route table that need no name of a record.
func TestEveryListHasSearchExportAndEmptyState(t *testing.T) {
	w := apptest.Demo(t)
	readers := []*apptest.Browser{w.Sign(apptest.Officer), w.Sign(apptest.Chair), w.Sign(apptest.Admin), w.Sign(apptest.Auditor)}
	listsInUse(t, w, readers)
	lists := 0
	for _, route := range w.App.Routes(w.App.Console()) {
		path, isGet := strings.CutPrefix(route.Pattern, "GET ")
		path = strings.TrimSuffix(path, "{$}")
		if !isGet || strings.ContainsAny(path, "{") || strings.HasPrefix(path, "/api/") || strings.HasSuffix(path, "/export") {
			continue
		}
		at := path
		if path == "/search" {
			at = "/search?q=核桃"
		}
		for _, b := range readers {
			got := b.Get(at)
			if got.Status != http.StatusOK || !strings.HasPrefix(got.Path, path) || !strings.Contains(got.Body, "<html") {
				continue
			}
			page := parsed(t, got.Body)
			if main := elements(page, "main", ""); len(main) == 1 {
				page = main[0] // without the search of the frame
			}
			if _, known := noLists[path]; known || len(elements(page, "table", "table-list")) == 0 {
				break
			}
			lists++
			seemsAList(t, b, path, page)
			break
		}
	}
	if lists < 20 {
		t.Errorf("only %d lists found: is the walk broken?", lists)
	}
}

// listsInUse puts something on the lists that the demonstration county leaves empty.
func listsInUse(t *testing.T, w *apptest.World, readers []*apptest.Browser) {
	t.Helper()
	readers[0].Post("/reports", url.Values{"outline": {"annual"}, "period": {"2026"}, "where": {""}})
	for _, b := range readers {
		b.Post("/views", url.Values{"path": {"/training"}, "query": {"q=核桃"}, "name": {"核桃的班"}})
		b.Post("/me/tokens", url.Values{"name": {"数据交换"}, "writes": {"no"}, "days": {"30"}})
	}
	if err := w.App.Upkeep.Make(w.Ctx, nil); err != nil {
		t.Fatal(err)
	}
}

// seemsAList insists on what a list has to have.
func seemsAList(t *testing.T, b *apptest.Browser, path string, page *html.Node) {
	t.Helper()
	if len(elements(page, "form", "search"))+len(elements(page, "summary", "filter")) == 0 {
		t.Errorf("%s has neither search nor filter", path)
	}
	var files []string
	for _, a := range elements(page, "a", "") {
		href := attr(a, "href")
		if strings.Contains(href, "as=xlsx") || strings.Contains(href, "format=xlsx") {
			files = append(files, href)
		}
	}
	if len(files) == 0 {
		t.Errorf("%s has no export", path)
	}
	for _, href := range files {
		for _, format := range []string{"xlsx", "csv"} {
			got := b.Get(strings.NewReplacer("as=xlsx", "as="+format, "format=xlsx", "format="+format).Replace(href))
			if got.Status != http.StatusOK || !strings.HasPrefix(got.Path, path) || !strings.Contains(got.Header.Get("Content-Disposition"), "."+format) {
				t.Errorf("%s: the export %s answers %d %q", path, href, got.Status, got.Header.Get("Content-Disposition"))
			}
		}
	}
	nothing := emptied[path]
	if nothing == "" {
		nothing = "q=" + url.QueryEscape("没有的词")
	}
	empty := parsed(t, b.Get(path+"?"+nothing).Body)
	if len(elements(empty, "div", "empty"))+len(elements(empty, "div", "empty-small")) == 0 {
		t.Errorf("%s?%s says nothing of having nothing", path, nothing)
	}
}

func parsed(t *testing.T, text string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// elements are those of a name that have a class; "" for any.
func elements(n *html.Node, name, class string) (found []*html.Node) {
	for one := range n.Descendants() {
		if one.Type == html.ElementNode && one.Data == name && (class == "" || slices.Contains(strings.Fields(attr(one, "class")), class)) {
			found = append(found, one)
		}
	}
	return found
}
