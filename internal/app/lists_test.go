package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"golang.org/x/net/html"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
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

	"/settings/papers/{kind}":    "a form: a row for each paper of the kind, all of them to be answered",
	"/settings/accounts/{login}": "a record: its table is the roles of one person",
	"/facility/{number}":         "a record: its table is what became of it",
}

// emptied are the addresses at which a list without search has nothing, where its filters alone narrow it.
var emptied = map[string]string{
	"/settings/trail": "day_from=2001-01-01&day_to=2001-01-02",
	"/ledger":         "day_from=2001-01-01&day_to=2001-01-02",
}

// unlinked are routes with a name of something in them to which no page leads, or only that of a record which nobody else works on, each
// with its reason.
var unlinked = map[string]string{
	"/training/{number}/edit": isForm, "/activity/{number}/edit": isForm, "/activity/{number}/share": isForm, "/activity.share/{number}/edit": isForm,
	"/facility/{number}/edit": isForm, "/facility/{number}/change": isForm, "/facility.log/{number}/edit": isForm, "/external/{number}/edit": isForm,
	"/imports/training/{id}/progress": isPart, "/imports/activity/{id}/progress": isPart, "/imports/facility/{id}/progress": isPart, "/imports/external/{id}/progress": isPart,
	"/imports/training/{id}/rejected.xlsx": isFile, "/imports/activity/{id}/rejected.xlsx": isFile, "/imports/facility/{id}/rejected.xlsx": isFile,
	"/imports/external/{id}/rejected.xlsx": isFile, "/evidence/{paper}/small": isFile,
	"/ledger/verify/{job}": isPart, "/settings/backup/run/{job}": isPart,
}

const (
	isForm = "a form, which a record that somebody else works on does not offer"
	isPart = "how far a job is, which its page asks for"
	isFile = "a file"
)

// roleReader is somebody who has one role and no other.
type roleReader struct {
	role access.Role
	*apptest.Browser
}

// TestEveryListHasSearchExportAndEmptyState walks all pages of the route table, those of a record with the names of records that other
// pages link to. Who may take a list home as a file stands in testdata/exports.golden: who may export, each keeper what is theirs to keep,
// and everybody their own; a file is offered exactly to who may have it.
func TestEveryListHasSearchExportAndEmptyState(t *testing.T) {
	w := apptest.Demo(t)
	readers := []*apptest.Browser{w.Sign(apptest.Officer), w.Sign(apptest.Chair), w.Sign(apptest.Admin), w.Sign(apptest.Auditor)}
	listsInUse(t, w, readers)
	var roles []roleReader
	for _, role := range access.Roles() {
		grant := access.Grant{Role: role}
		if role == access.Clerk || role == access.Liaison {
			grant.Unit = w.Tree.Office().ID
		}
		b := signed(w, "role."+string(role), grant)
		listOfOnesOwn(b)
		roles = append(roles, roleReader{role, b})
	}
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "list")
	for _, r := range roles {
		fmt.Fprint(table, "\t"+string(r.role))
	}
	fmt.Fprintln(table)
	lists := 0
	for _, at := range pagesOf(t, w, readers) {
		for _, b := range readers {
			got := b.Get(at.address)
			if got.Status != http.StatusOK || !strings.HasPrefix(got.Path, at.path) || !strings.Contains(got.Body, "<html") {
				continue
			}
			page := parsed(t, got.Body)
			if main := elements(page, "main", ""); len(main) == 1 {
				page = main[0] // without the search of the frame
			}
			if _, known := noLists[at.pattern]; known || unlinked[at.pattern] != "" || len(elements(page, "table", "table-list")) == 0 {
				break
			}
			lists++
			seemsAList(t, b, at.pattern, at.path, page)
			fmt.Fprint(table, at.pattern)
			for _, r := range roles {
				fmt.Fprint(table, "\t"+taken(t, r, at, files(page)))
			}
			fmt.Fprintln(table)
			break
		}
	}
	if lists < 20 {
		t.Errorf("only %d lists found: is the walk broken?", lists)
	}
	_ = table.Flush()
	isGolden(t, "testdata/exports.golden", regexp.MustCompile(` +\n`).ReplaceAllString(b.String(), "\n"))
}

// taken says whether somebody may take the list as a file: "-" where the page is not theirs to see.
func taken(t *testing.T, r roleReader, at pageAt, hrefs []string) string {
	t.Helper()
	page := r.Get(at.address)
	if page.Status != http.StatusOK || len(hrefs) == 0 {
		return "-"
	}
	u, err := url.Parse(hrefs[0])
	if err != nil {
		t.Fatal(err)
	}
	offered := len(files(parsed(t, page.Body))) > 0
	switch got := r.Get(u.String()); {
	case got.Status == http.StatusOK && got.Header.Get("Content-Disposition") != "":
		if one := parsed(t, page.Body); !offered && len(elements(one, "table", "table-list")) > 0 && len(elements(one, "div", "empty")) == 0 {
			t.Errorf("%s: the file of %s is not offered", r.role, at.address)
		}
		return "file"
	case got.Status == http.StatusForbidden:
		if offered {
			t.Errorf("%s: the file of %s is offered and refused", r.role, at.address)
		}
		return "refused"
	default:
		return fmt.Sprint(got.Status)
	}
}

// files are the addresses at which a page offers its list as a workbook.
func files(page *html.Node) (all []string) {
	for _, a := range elements(page, "a", "") {
		if href := attr(a, "href"); strings.Contains(href, "as=xlsx") || strings.Contains(href, "format=xlsx") {
			all = append(all, href)
		}
	}
	return all
}

// pageAt is a page of the route table at a real address.
type pageAt struct{ pattern, path, address string }

// pagesOf are the pages of the route table; where the pattern has the name of something, at the first address to which a page links.
func pagesOf(t *testing.T, w *apptest.World, readers []*apptest.Browser) (all []pageAt) {
	t.Helper()
	plain := map[string]bool{}
	type named struct {
		pattern string
		is      *regexp.Regexp
	}
	var names []named
	for _, route := range w.App.Routes(w.App.Console()) {
		path, isGet := strings.CutPrefix(route.Pattern, "GET ")
		path = strings.TrimSuffix(path, "{$}")
		if !isGet || strings.HasPrefix(path, "/api/") || strings.HasSuffix(path, "/export") {
			continue
		}
		if strings.Contains(path, "{") {
			text := regexp.QuoteMeta(wildcard.ReplaceAllString(path, "\x00"))
			names = append(names, named{path, regexp.MustCompile("^" + strings.ReplaceAll(text, "\x00", "[^/]+") + "$")})
			continue
		}
		plain[path] = true
		at := pageAt{path, path, path}
		if path == "/search" {
			at.address = "/search?q=核桃"
		}
		all = append(all, at)
	}
	found := map[string]bool{}
	for todo := slices.Clone(all); len(todo) > 0; todo = todo[1:] {
		for _, b := range readers {
			got := b.Get(todo[0].address)
			if got.Status != http.StatusOK || !strings.Contains(got.Body, "<html") {
				continue
			}
			for _, a := range elements(parsed(t, got.Body), "a", "") {
				u, err := url.Parse(attr(a, "href"))
				if err != nil || u.Host != "" || plain[u.Path] {
					continue
				}
				for _, n := range names {
					if n.is.MatchString(u.Path) && !found[n.pattern] {
						found[n.pattern] = true
						at := pageAt{n.pattern, u.Path, u.Path}
						all, todo = append(all, at), append(todo, at)
					}
				}
			}
		}
	}
	for _, n := range names {
		if why := unlinked[n.pattern]; found[n.pattern] == (why != "") && why != isForm {
			t.Errorf("%s: linked to %t, but said to be %q", n.pattern, found[n.pattern], why)
		}
	}
	return all
}

// listsInUse puts something on the lists that the demonstration county leaves empty.
func listsInUse(t *testing.T, w *apptest.World, readers []*apptest.Browser) {
	t.Helper()
	readers[0].Post("/reports", url.Values{"outline": {"annual"}, "period": {"2026"}, "where": {""}})
	for _, b := range readers {
		listOfOnesOwn(b)
	}
	for _, kind := range []string{"training", "activity", "facility", "external"} {
		readers[0].Upload("/imports/"+kind, nil, "file", kind+".csv", []byte(oddRows))
	}
	readers[3].Post("/ledger/verify", url.Values{})
	readers[2].Post("/settings/backup", url.Values{})
	if err := w.App.Upkeep.Make(w.Ctx, nil); err != nil {
		t.Fatal(err)
	}
}

// listOfOnesOwn saves a view and makes a token.
func listOfOnesOwn(b *apptest.Browser) {
	b.Post("/views", url.Values{"path": {"/training"}, "query": {"q=核桃"}, "name": {"核桃的班"}})
	b.Post("/me/tokens", url.Values{"name": {"数据交换"}, "writes": {"no"}, "days": {"30"}})
}

// seemsAList insists on what a list has to have.
func seemsAList(t *testing.T, b *apptest.Browser, pattern, path string, page *html.Node) {
	t.Helper()
	if len(elements(page, "form", "search"))+len(elements(page, "summary", "filter")) == 0 {
		t.Errorf("%s has neither search nor filter", path)
	}
	files := files(page)
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
	nothing := emptied[pattern]
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
