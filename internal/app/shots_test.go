package app_test

import (
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

var (
	shots = flag.String("shots", "", "folder for the pictures of all pages (make shots)")
	book  = flag.String("handbook", "", "folder for the pictures of the handbook (make handbook)")
	only  = flag.String("only", "", "only the pages whose names have this in them")
)

// shot is a page to look at: who sees it, where, and what is done before the picture.
type shot struct {
	name string
	who  string // "" is nobody
	path string
	do   func(c *apptest.Chrome)
	// fault says that the page is one that tells of a fault: its status is not 200.
	fault bool
	codes bool // the page shows codes of indicators, which are not Chinese
}

// number is that of the newest class in the state.
func number(w *apptest.World, states ...flow.State) string {
	w.Helper()
	items, err := w.App.Training.List(w.As(apptest.Chair), training.Query{Filter: flow.Filter{Kinds: []string{training.Kind}, States: states}, Limit: 1})
	if err != nil {
		w.Fatal(err)
	}
	if len(items) == 0 {
		w.Fatalf("the demonstration county has no class in the states %v", states)
	}
	return items[0].Number
}

// revised is the address of a class with an open revision.
func revised(w *apptest.World) string {
	w.Helper()
	items, err := w.App.Training.List(w.As(apptest.Chair), training.Query{Filter: flow.Filter{Kinds: []string{training.Kind}}})
	if err != nil {
		w.Fatal(err)
	}
	for _, i := range items {
		if i.State == flow.Verified && i.Revision != flow.None {
			return "/training/" + i.Number
		}
	}
	w.Fatal("the demonstration county has no open revision")
	return ""
}

// turnCodesOn does it on the page, with what it shows; they were on already at the other size.
func turnCodesOn(w *apptest.World, login string) func(c *apptest.Chrome) {
	return func(c *apptest.Chrome) {
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
			a, err := access.FindAccount(w.Ctx, tx, login)
			if err != nil || !a.AsksCode {
				return err
			}
			return access.DropCode(w.Ctx, tx, a.ID)
		}); err != nil {
			w.Fatal(err)
		}
		c.Open("/me/code")
		c.Fill("code", shownCode(w, w, c.Text(".code-square .keys-text")))
		c.Press("开动态口令")
		c.Shows("动态口令已开")
	}
}

// pagesOfDemo are all pages with data and with errors.
func pagesOfDemo(w *apptest.World) []shot {
	const zhou, clerk, chair, admin, auditor = apptest.Officer, apptest.Clerk, apptest.Chair, apptest.Admin, apptest.Auditor
	record := func(s ...flow.State) string { return "/training/" + number(w, s...) }
	press := func(texts ...string) func(c *apptest.Chrome) {
		return func(c *apptest.Chrome) {
			for _, text := range texts {
				c.Press(text)
				time.Sleep(600 * time.Millisecond)
			}
		}
	}
	officer := w.Sign(zhou)
	workbook, err := os.ReadFile("../../docs/samples/000-records.xlsx")
	if err != nil {
		w.Fatal(err)
	}
	review := officer.Upload("/imports/training", nil, "file", "000-records.xlsx", workbook).Path
	officer.Post("/me/tokens", url.Values{"name": {"农业农村局数据交换"}, "writes": {"no"}, "days": {"90"}})
	draft := officer.Post("/reports", url.Values{"outline": {"annual"}, "period": {"2026"}, "where": {""}}).Path
	frozen := officer.Post("/reports", url.Values{"outline": {"quarter"}, "period": {"2025"}, "where": {""}}).Path
	if got := officer.Post(frozen+"/freeze", url.Values{"version": {"1"}}); got.Status != http.StatusOK {
		w.Fatalf("freeze: %d\n%.500s", got.Status, got.Body)
	}
	waiting, err := w.App.Training.List(w.As(chair), training.Query{Filter: flow.Filter{Kinds: []string{training.Kind}, States: []flow.State{flow.Submitted}}, Limit: 1})
	if err != nil || len(waiting) == 0 {
		w.Fatal(err, len(waiting))
	}
	return append(slices.Concat(importPages(w), tokenPages(w), pagesOfCounty(w)), []shot{
		{name: "login", path: "/login"},
		{name: "login-error", path: "/login", do: func(c *apptest.Chrome) {
			c.Fill("account", zhou)
			c.Fill("password", "wrong")
			c.Press("登录")
			c.Shows("密码不对")
		}},
		{name: "password", who: zhou, path: "/password"},
		{name: "codes", who: clerk, path: "/me/code"},
		{name: "codes-error", who: clerk, path: "/me/code", do: func(c *apptest.Chrome) {
			c.Fill("code", "123456")
			c.Press("开动态口令")
			c.Shows("口令对不上")
		}},
		{name: "codes-spare", who: auditor, path: "/me/code", do: turnCodesOn(w, auditor)},
		{name: "codes-on", who: admin, path: "/me/code", do: func(c *apptest.Chrome) {
			turnCodesOn(w, admin)(c)
			c.Open("/me/code")
			c.Shows("还有 8 个")
		}},
		{name: "codes-door", path: "/login/code"},
		{name: "home", who: zhou, path: "/", do: drawn},
		{name: "home-clerk", who: clerk, path: "/", do: drawn},
		{name: "home-admin", who: admin, path: "/"},
		{name: "home-tables", who: zhou, path: "/?figure=training.farm_school_pass_rate", do: func(c *apptest.Chrome) {
			drawn(c)
			apptest.Eval[bool](c, "document.querySelectorAll('.chart-table').forEach(d => { d.open = true; }), true")
		}},
		{name: "home-refused", who: clerk, path: "/?unit=nyncj"},
		{name: "late", who: zhou, path: "/late"},
		{name: "late-empty", who: zhou, path: "/late?q=没有的词"},
		{name: "todo", who: zhou, path: "/todo"},
		{name: "search", who: zhou, path: "/search?q=核桃"},
		{name: "search-empty", who: zhou, path: "/search?q=没有的词"},
		{name: "list", who: zhou, path: "/training"},
		{name: "list-clerk", who: clerk, path: "/training"},
		{name: "list-saving", who: zhou, path: "/training?q=核桃", do: press("存为视图")},
		{name: "views-empty", who: chair, path: "/views"},
		{name: "list-saved", who: chair, path: "/training?q=核桃", do: func(c *apptest.Chrome) {
			if !strings.Contains(c.Text(".views"), "核桃的班") {
				c.Press("存为视图")
				c.Fill("name", "核桃的班")
				c.Press("存下")
			}
			c.Shows("核桃的班", "改视图")
		}},
		{name: "list-rename", who: chair, path: "/training?q=核桃", do: press("改视图")},
		{name: "list-rename-error", who: chair, path: "/training?q=核桃", do: func(c *apptest.Chrome) {
			c.Press("改视图")
			c.Fill("name", " ")
			c.Press("改名")
			c.Shows("请填视图的名称")
		}},
		{name: "views", who: chair, path: "/views"},
		{name: "views-none", who: chair, path: "/views?q=" + url.QueryEscape("没有的词")},
		{name: "list-empty", who: zhou, path: "/training?q=没有的词"},
		{name: "record-submitted", who: zhou, path: record(flow.Submitted)},
		{name: "record-verified", who: zhou, path: record(flow.Verified)},
		{name: "record-returned", who: zhou, path: record(flow.Returned)},
		{name: "record-draft", who: zhou, path: record(flow.Draft)},
		{name: "form-new", who: clerk, path: "/training/new"},
		{name: "form-error", who: clerk, path: "/training/new", do: press("提交")},
		{name: "figures", who: zhou, path: "/figures"},
		{name: "trace", who: zhou, path: "/figures/training.attendees?period=2026"},
		{name: "trace-distinct", who: zhou, path: "/figures/training.short_subjects?period=2026"},
		{name: "trace-ratio", who: zhou, path: "/figures/training.exam_pass_rate?period=2025"},
		{name: "trace-drawer", who: zhou, path: "/figures?period=2026", do: func(c *apptest.Chrome) {
			c.Press(apptest.Eval[string](c, "document.querySelector('main a[data-trace]').innerText.trim()"))
			c.Shows("算法")
		}},
		{name: "trace-forbidden", who: clerk, path: "/figures/training.attendees?place=02"},
		{name: "record-revision", who: chair, path: revised(w)},
		{name: "form-edit", who: chair, path: record(flow.Submitted) + "/edit"},
		{name: "form-revise", who: chair, path: record(flow.Verified) + "/edit"},
		{name: "confirm", who: zhou, path: record(flow.Submitted), do: press("退回")},
		{name: "evidence-new", who: chair, path: "/evidence/training/" + waiting[0].ID + "/new"},
		{name: "import-review", who: zhou, path: review},
		{name: "import-start", who: zhou, path: "/imports/training"},
		{name: "import-start-none", who: zhou, path: "/imports/training?q=" + url.QueryEscape("没有的词") + "#earlier"},
		{name: "ledger", who: zhou, path: "/ledger"},
		{name: "ledger-none", who: zhou, path: "/ledger?day_from=2001-01-01&day_to=2001-01-31#points"},
		{name: "closing", who: chair, path: "/ledger/closing?to=2026-06-30"},
		{name: "closing-none", who: chair, path: "/ledger/closing?q=" + url.QueryEscape("没有的词") + "#history"},
		{name: "changes", who: chair, path: "/ledger/changes?period=2026"},
		{name: "changes-since", who: zhou, path: "/ledger/changes?since=200&period=2026"},
		{name: "changes-none", who: zhou, path: "/ledger/changes?q=没有的词"},
		{name: "figure-changes", who: zhou, path: "/figures/training.attendees/changes?period=2026"},
		{name: "settings", who: admin, path: "/settings"},
		{name: "backup", who: admin, path: "/settings/backup", do: func(c *apptest.Chrome) {
			for range 2 {
				if err := w.App.Upkeep.Make(w.Ctx, nil); err != nil {
					w.Fatal(err)
				}
				w.Wait(3 * time.Second)
			}
			c.Open("/settings/backup")
			c.Shows("演练")
		}},
		{name: "backup-error", who: admin, path: "/settings/backup", do: func(c *apptest.Chrome) {
			c.Fill("hour", "25")
			c.Press("保存安排")
			c.Shows("请填 0 到 23")
		}},
		{name: "accounts", who: admin, path: "/settings/accounts"},
		{name: "places", who: admin, path: "/settings/places"},
		{name: "units", who: admin, path: "/settings/units"},
		{name: "trail", who: auditor, path: "/settings/trail"},
		{name: "me", who: zhou, path: "/me"},
		{name: "tokens", who: zhou, path: "/me/tokens"},
		{name: "tokens-none", who: zhou, path: "/me/tokens?state=over"},
		{name: "tokens-all", who: admin, path: "/settings/tokens"},
		{name: "reports", who: zhou, path: "/reports"},
		{name: "report-new", who: zhou, path: "/reports/new"},
		{name: "report-draft", who: zhou, path: draft},
		{name: "report-text", who: zhou, path: draft + "/edit", codes: true},
		{name: "report-frozen", who: zhou, path: frozen},
		{name: "account-new", who: admin, path: "/settings/new-account"},
		{name: "fault-lost", who: zhou, path: "/nowhere", fault: true},
		{name: "fault-forbidden", who: zhou, path: "/settings/accounts", fault: true},
	}...)
}

// drawn waits until the charts of the page are drawn.
func drawn(c *apptest.Chrome) {
	c.Until("!!document.querySelector('.chart svg path')", "no chart is drawn")
}

// pagesOfFirstDay are the pages that look different while nothing is there.
func pagesOfFirstDay() []shot {
	const zhou = apptest.Officer
	return []shot{
		{name: "first-home", who: zhou, path: "/"},
		{name: "first-list", who: zhou, path: "/training"},
		{name: "first-todo", who: zhou, path: "/todo"},
		{name: "first-figures", who: zhou, path: "/figures"},
		{name: "first-reports", who: zhou, path: "/reports"},
		{name: "first-ledger", who: zhou, path: "/ledger"},
		{name: "first-backup", who: apptest.Admin, path: "/settings/backup"},
		{name: "first-home-admin", who: apptest.Admin, path: "/"},
		{name: "first-import", who: zhou, path: "/imports/training"},
	}
}

// illustrations are the pages that the handbook shows.
var illustrations = []string{"login", "home", "list", "form-new", "record-submitted", "record-revision", "evidence-new", "import-start", "import-review", "figures", "trace-drawer",
	"report-draft", "report-frozen", "ledger", "closing", "changes", "accounts", "places",
	"event-list", "event-joint", "event-twice", "event-form", "campaign-month", "facility-record", "facility-change", "facility-sheet", "facility-matrix", "stand-care"}

// english finds words of the other language that have no business in the Chinese interface.
var english = regexp.MustCompile(`\b(the|and|error|not found|undefined|null|invalid|submit|verified|draft|training|record|true|false|NaN)\b`)

// TestShots opens every page in a real browser at both sizes: none is a fault, none scrolls sideways, none speaks English. With
// -shots DIR it keeps the pictures, to be looked at.
func TestShots(t *testing.T) {
	for _, county := range []struct {
		name  string
		open  func(t testing.TB) *apptest.World
		pages func(w *apptest.World) []shot
	}{
		{"demo", apptest.Demo, pagesOfDemo},
		{"activities", func(t testing.TB) *apptest.World { return apptest.Open(t, "") }, pagesOfActivities},
		{"facilities", func(t testing.TB) *apptest.World { return apptest.Open(t, "") }, pagesOfFacilities},
		{"external", func(t testing.TB) *apptest.World { return apptest.Open(t, "") }, pagesOfExternal},
		{"sheets", func(t testing.TB) *apptest.World { return apptest.Open(t, "") }, pagesOfSheets},
		{"places", func(t testing.TB) *apptest.World { return apptest.Open(t, "") }, pagesOfPlaces},
		{"first day", func(t testing.TB) *apptest.World { return apptest.Open(t, "") }, func(*apptest.World) []shot { return pagesOfFirstDay() }},
	} {
		t.Run(county.name, func(t *testing.T) {
			w := county.open(t)
			people := map[string]*apptest.Browser{}
			c := w.Chrome(t, 10*time.Minute)
			for _, s := range county.pages(w) {
				if *only != "" && !strings.Contains(s.name, *only) {
					continue
				}
				if s.who != "" && people[s.who] == nil {
					people[s.who] = w.Sign(s.who)
				}
				c.Become(people[s.who])
				for _, size := range []struct {
					name          string
					width, height int64
				}{{"", 1366, 768}, {"-phone", 390, 844}} {
					look(t, c, s, s.name+size.name, size.width, size.height)
				}
			}
		})
	}
}

func look(t *testing.T, c *apptest.Chrome, s shot, name string, width, height int64) {
	t.Helper()
	c.Picture(width, height, false) // sets the size before the page is made
	c.Open(s.path)
	if s.do != nil {
		s.do(c)
	}
	if fault := apptest.Eval[bool](c, "!!document.querySelector('.fault')"); fault != s.fault {
		t.Errorf("%s: is it a page of a fault? %v\n%.600s", name, fault, c.Text(""))
	}
	if over := apptest.Eval[string](c, `(() => { const room = document.documentElement.clientWidth, over = document.documentElement.scrollWidth - room;
		const cut = room < 640 ? Array.from(document.querySelectorAll('.cards, .rows')).filter(t => t.closest('.region').scrollWidth > t.closest('.region').clientWidth) : [];
		if (cut.length) return 'cards that scroll: ' + cut.map(t => t.innerText.slice(0, 60)).join(' '); if (over <= 0) return '';
		return over + ' px: ' + Array.from(document.body.querySelectorAll('*')).filter(e => e.getBoundingClientRect().right > room + 1 && !e.closest('.region, .views, [hidden], details:not([open]) > .pop')).map(e => e.tagName + '.' + e.className).slice(0, 4).join(' '); })()`); over != "" {
		t.Errorf("%s is too wide by %s", name, over)
	}
	if word := english.FindString(c.Text("")); word != "" && !s.codes {
		t.Errorf("%s speaks English: %q", name, word)
	}
	if *book != "" && width > 1000 && slices.Contains(illustrations, s.name) {
		if err := os.WriteFile(filepath.Join(*book, s.name+".png"), c.Picture(width, height, false), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if *shots == "" {
		return
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		t.Fatal(err)
	}
	for suffix, whole := range map[string]bool{"": false, "-full": true} {
		if err := os.WriteFile(filepath.Join(*shots, name+suffix+".png"), c.Picture(width, height, whole), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
