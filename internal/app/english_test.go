package app_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"

	"shilu/catalogue"
	"shilu/internal/app/apptest"
	"shilu/internal/kit/db"
)

// TestEnglishPagesHaveNoChineseButData walks the pages of the demonstration county in English, one of each kind for each role, and
// finds no Chinese but what is data: names, titles, reasons and the words of the catalogue.
func TestEnglishPagesHaveNoChineseButData(t *testing.T) {
	w := apptest.Demo(t)
	officer := w.Sign(apptest.Officer)
	workbook, err := os.ReadFile("../../docs/samples/000-records.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	imported := officer.Upload("/imports/training", nil, "file", "000-records.xlsx", workbook).Path
	draft := officer.Post("/reports", url.Values{"outline": {"annual"}, "period": {"2026"}, "where": {""}}).Path
	frozen := officer.Post("/reports", url.Values{"outline": {"quarter"}, "period": {"2025"}, "where": {""}}).Path
	if got := officer.Post(frozen+"/freeze", url.Values{"version": {"1"}}); got.Status != http.StatusOK {
		t.Fatalf("the report is not frozen: %d", got.Status)
	}
	checked := officer.Get(imported)
	for end := time.Now().Add(20 * time.Second); strings.Contains(checked.Body, "/progress?"); checked = officer.Get(imported) {
		if time.Now().After(end) {
			t.Fatalf("%s does not end", imported)
		}
		time.Sleep(50 * time.Millisecond)
	}
	words := chineseData(t, w, textsOf(t, workbook))
	seen := map[string]bool{}
	for _, login := range []string{"", apptest.Officer, apptest.Clerk, apptest.Admin, apptest.Auditor} {
		b := w.Stranger()
		start := []string{"/login", "/no-such-page", "/training"}
		if login != "" {
			b = w.Sign(login)
			start = []string{"/", "/training/new", "/training?view=unproved", "/training?q=zzz", "/search?q=zzz", "/reports/new", "/imports/training", "/figures", "/todo", "/no-such-page", "/training?period=x",
				"/settings/values/password-days", imported, draft, draft + "/edit", frozen}
		}
		if got := b.Post("/language", url.Values{"lang": {"en"}}); got.Status != http.StatusOK {
			t.Fatalf("the language is not switched: %d at %s", got.Status, got.Path)
		}
		crawl(t, b, start, func(path, kind string, doc *html.Node) {
			seen[kind] = true
			if got := attr(find(doc, "html"), "lang"); got != "en" {
				t.Errorf("%q reads %s with lang %q", login, path, got)
			}
			for _, said := range spokenIn(doc) {
				if left := words.without(said); left != "" {
					t.Errorf("%q reads Chinese at %s: %q in %q", login, path, left, said)
				}
			}
		})
		if login == apptest.Officer {
			for _, form := range []struct {
				path string
				sent url.Values
			}{{"/training", url.Values{"do": {"submit"}, "title": {""}}}, {"/imports/training", url.Values{}}, {"/reports", url.Values{}}} {
				got := b.Post(form.path, form.sent)
				doc, err := html.Parse(strings.NewReader(got.Body))
				if err != nil {
					t.Fatal(err)
				}
				for _, said := range spokenIn(doc) {
					if left := words.without(said); left != "" {
						t.Errorf("%q reads Chinese after posting %s (%d): %q in %q", login, form.path, got.Status, left, said)
					}
				}
			}
		}
	}
	for _, kind := range []string{"/", "/login", "/training", "/training/new", "/training/*", "/training/*/edit", "/figures", "/figures/*", "/imports/training", "/imports/training/*",
		"/reports", "/reports/*", "/todo", "/ledger", "/search", "/settings", "/settings/accounts", "/settings/trail", "/no-such-page"} {
		if !seen[kind] {
			t.Errorf("no page like %s was read", kind)
		}
	}
	w.Verified()
}

// crawl reads the pages that start leads to, two of each kind at most.
func crawl(t *testing.T, b *apptest.Browser, start []string, read func(path, kind string, doc *html.Node)) {
	t.Helper()
	often := map[string]int{}
	for todo := slices.Clone(start); len(todo) > 0; {
		path := todo[0]
		todo = todo[1:]
		kind := kindOf(path)
		if often[kind]++; often[kind] > 2 && !slices.Contains(start, path) {
			continue
		}
		got := b.Get(path)
		if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
			continue
		}
		doc, err := html.Parse(strings.NewReader(got.Body))
		if err != nil {
			t.Fatal(err)
		}
		read(path, kind, doc)
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode || n.Data != "a" {
				continue
			}
			if href := attr(n, "href"); strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "/assets/") && often[kindOf(href)] < 2 {
				todo = append(todo, href)
			}
		}
	}
}

var numbered = regexp.MustCompile(`^/(training|figures|reports|imports/training|evidence|ledger/checkpoints|settings/(?:accounts|units|places))/([^/]+)`)

// kindOf is the path with what names one thing replaced: /training/*/edit.
func kindOf(href string) string {
	u, err := url.Parse(href)
	if err != nil {
		return href
	}
	if m := numbered.FindStringSubmatch(u.Path); m != nil && m[2] != "new" {
		return "/" + m[1] + "/*" + strings.TrimPrefix(u.Path, m[0])
	}
	return u.Path
}

// spokenIn are the texts of a page that have Chinese: what it shows, and what it says to screen readers and in fields.
func spokenIn(doc *html.Node) (all []string) {
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "svg" || n.Data == "textarea" || attr(n, "lang") == "zh-CN" || strings.Contains(" "+attr(n, "class")+" ", " seal ")) {
			return
		}
		if n.Type == html.TextNode && hanRun.MatchString(n.Data) {
			all = append(all, n.Data)
		}
		for _, a := range n.Attr {
			shown := a.Key == "title" || a.Key == "placeholder" || a.Key == "alt" || a.Key == "label" || strings.HasPrefix(a.Key, "aria-") || strings.HasPrefix(a.Key, "data-")
			if shown && hanRun.MatchString(a.Val) {
				all = append(all, a.Val)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	return all
}

func find(n *html.Node, name string) *html.Node {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == name {
			return c
		}
	}
	return n
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

var hanRun = regexp.MustCompile(`\p{Han}+`)

// dataWords are the Chinese words that stay: all of them, and the whole values, longest first.
type dataWords struct {
	all   map[string]bool
	long  []string
	whole []string
}

// without is what is left of the Chinese of text when the words of the data are taken out.
func (d dataWords) without(text string) string {
	text = strings.ReplaceAll(text, "\u00a0", " ") // a number keeps its unit on its line
	if left := d.withoutRuns(text); left == "" {
		return ""
	}
	for _, value := range d.whole {
		text = strings.ReplaceAll(text, value, " ")
	}
	return d.withoutRuns(text)
}

func (d dataWords) withoutRuns(text string) string {
	var left []string
	for _, run := range hanRun.FindAllString(text, -1) {
		if d.all[run] {
			continue
		}
		for _, word := range d.long {
			run = strings.ReplaceAll(run, word, " ")
		}
		if run = strings.TrimSpace(run); run != "" {
			left = append(left, run)
		}
	}
	return strings.Join(left, " … ")
}

// eachString calls fn with every string of what was read from JSON.
func eachString(value any, fn func(string)) {
	switch v := value.(type) {
	case string:
		fn(v)
	case []any:
		for _, one := range v {
			eachString(one, fn)
		}
	case map[string]any:
		for _, one := range v {
			eachString(one, fn)
		}
	}
}

// textsOf are the texts of a workbook.
func textsOf(t *testing.T, workbook []byte) (all []string) {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(workbook))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	for _, sheet := range book.GetSheetList() {
		all = append(all, sheet)
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, slices.Concat(rows...)...)
	}
	return all
}

// chineseData collects the words of the database and of the catalogue. A text of the interface is none, even where the database has
// it too.
func chineseData(t *testing.T, w *apptest.World, more []string) dataWords {
	t.Helper()
	d, names := dataWords{all: map[string]bool{}}, map[string]bool{}
	whole := map[string]bool{}
	var add func(text string)
	add = func(text string) {
		var inside any
		if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
			if json.Unmarshal([]byte(text), &inside) == nil {
				eachString(inside, add)
				return
			}
		}
		if hanRun.MatchString(text) && len(text) < 400 {
			whole[text] = true
		}
		for _, run := range hanRun.FindAllString(text, -1) {
			d.all[run] = true
		}
	}
	if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) error {
		tables, err := db.All(w.Ctx, tx, db.Value[string], "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
		if err != nil {
			return err
		}
		for _, table := range tables {
			columns, err := db.All(w.Ctx, tx, db.Value[string], "SELECT name FROM pragma_table_info(?) WHERE type = 'TEXT'", table)
			if err != nil {
				return err
			}
			for _, c := range columns {
				values, err := db.All(w.Ctx, tx, db.Value[string], fmt.Sprintf(`SELECT DISTINCT "%s" FROM "%s" WHERE "%s" IS NOT NULL`, c, table, c))
				if err != nil {
					return err
				}
				for _, v := range values {
					add(v)
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := fs.WalkDir(catalogue.FS, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path == "lang/en.csv" {
			return err
		}
		text, err := fs.ReadFile(catalogue.FS, path)
		if err != nil {
			return err
		}
		if !strings.HasSuffix(path, ".csv") {
			add(string(text))
			return nil
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		for _, row := range rows {
			for i, cell := range row {
				if !strings.Contains(rows[0][i], "unit") {
					add(cell)
					names[cell] = true
				}
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, text := range more {
		add(text)
		names[text] = true
	}
	f, err := os.Open("../../catalogue/lang/en.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		delete(d.all, row[0])
		if !names[row[0]] { // the name of an indicator stays Chinese
			delete(whole, row[0])
		}
	}
	for _, row := range rows { // what is typed in Chinese stays in the translation
		for _, part := range regexp.MustCompile(`%[a-z]`).Split(row[1], -1) {
			if hanRun.MatchString(part) {
				whole[part] = true
			}
		}
	}
	byLength := func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }
	d.whole = slices.SortedFunc(maps.Keys(whole), byLength)
	d.long = slices.SortedFunc(maps.Keys(d.all), byLength)
	return d
}
