package award_test

import (
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"shilu/catalogue"
	"shilu/docs/example/award"
	"shilu/internal/app"
	"shilu/internal/app/apptest"
	"shilu/internal/core/desk"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db/dbtest"
)

// served is the county with the register of awards in it.
func served(t *testing.T, databaseURL string) (*apptest.World, *register.Book[award.Award, award.Words]) {
	t.Helper()
	var book *register.Book[award.Award, award.Words]
	w := apptest.OpenWith(t, databaseURL, func(a *app.App) desk.Module {
		ledger.Measures(append(a.Indicators.LedgerMeasures(), ledger.Measure{Code: award.MeasureAwards}, ledger.Measure{Code: award.MeasurePeople})...)
		tables, err := os.ReadFile("migrations/20261125234000_award_tables.sql")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.DB.SQL().ExecContext(t.Context(), string(tables)); err != nil {
			t.Fatal(err)
		}
		endings, err := org.ReadEndings(catalogue.FS)
		if err != nil {
			t.Fatal(err)
		}
		book = award.New(a.DB, a.Papers)
		return award.Module(book, a.Desk, endings)
	})
	return w, book
}

func both(t *testing.T, scenario func(t *testing.T, w *apptest.World, book *register.Book[award.Award, award.Words])) {
	t.Run("sqlite", func(t *testing.T) { w, book := served(t, ""); scenario(t, w, book) })
	t.Run("postgres", func(t *testing.T) { w, book := served(t, dbtest.PostgresURL(t)); scenario(t, w, book) })
}

var form = url.Values{"name": {"全国科普日优秀组织单位"}, "giver": {"省科协"}, "day": {"2026-09-15"}, "place": {"青溪乡"}, "unit": {"u06"}, "people": {"约12"}, "act": {"submit"}}

func with(f url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range f {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

var numbered = regexp.MustCompile(`RY-2026-\d{4}`)

func TestAnAwardFromFormToList(t *testing.T) {
	both(t, func(t *testing.T, w *apptest.World, book *register.Book[award.Award, award.Words]) {
		clerk, officer, outsider := w.Sign(apptest.Clerk), w.Sign(apptest.Officer), w.Sign(apptest.Outsider)
		if got := clerk.Get("/award"); !strings.Contains(got.Body, "没有表彰奖励") {
			t.Errorf("the empty list says %.300s", got.Body)
		}
		if got := clerk.Post("/award/new", with(form, "people", "很多", "name", "")); got.Status != 422 || !strings.Contains(got.Body, "看不懂") || !strings.Contains(got.Body, "请写奖项名称") {
			t.Errorf("what is wrong: %d", got.Status)
		}
		sent := clerk.Post("/award/new", form)
		number := numbered.FindString(sent.Path)
		if number == "" {
			t.Fatalf("sent: %d %q", sent.Status, sent.Path)
		}
		if got := clerk.Post("/award/new", form); !strings.Contains(got.Body, "同名、同日已有") {
			t.Errorf("the same once more: %d at %s", got.Status, got.Path)
		}
		if got := outsider.Get("/award/" + number); got.Status != 404 {
			t.Errorf("an outsider sees %d", got.Status)
		}
		rec, err := book.Get(w.As(apptest.Officer), number)
		if err != nil || rec.Body.People.String() != "约12" {
			t.Fatalf("%+v, %v", rec.Body, err)
		}
		if got := officer.Post("/award/"+number+"/verify", url.Values{"version": {"1"}}); got.Status != 200 {
			t.Fatalf("verified: %d", got.Status)
		}
		list := officer.Get("/award?many=10").Body
		for _, text := range []string{"全国科普日优秀组织单位", "约 12", "青溪乡"} {
			if !strings.Contains(list, text) {
				t.Errorf("the list lacks %q", text)
			}
		}
		imported(t, w, officer)
		if file := officer.Get("/award/export?format=csv").Body; !strings.Contains(file, number+",全国科普日优秀组织单位,省科协,青溪乡,,2026-09-15,约12") {
			t.Errorf("the file is %q", file)
		}
	})
}

// sheet is how an office keeps its awards: a title, headings of its own, a total.
const workbook = `2026年获奖情况一览表,,,,,
序号,荣誉称号,表彰单位,获奖时间,所在地,人数（人）
1,全国科普日优秀组织单位,省科协,9月15日,青溪乡,约12
2,优秀科技志愿服务队,市科协,2026.10.8,青溪乡上村,20
3,最美科技工作者,市科协,10月9日,天宫村,1
合计,,,,,33
`

// imported lets a workbook in: one award is there already, one is new, one has a place that nobody knows. What the list exports says the
// same when it is imported again.
func imported(t *testing.T, w *apptest.World, officer *apptest.Browser) {
	t.Helper()
	run := func(name, rows string) intake.Result {
		r, err := w.App.Intake.Run(w.As(apptest.Second), award.Kind, name, strings.NewReader(rows), intake.Options{}, apptest.Officer)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := run("获奖.csv", workbook)
	if r.Counts[intake.Same] != 1 || r.Created != 1 || r.Counts[intake.Rejected] != 1 || !strings.Contains(intake.Reasons(r.Wrong[0].Notes), "天宫村") {
		t.Errorf("the workbook: %v, %d created, %+v", r.Counts, r.Created, r.Wrong)
	}
	if !slices.ContainsFunc(r.Sheets[0].Ignored, func(l intake.Line) bool { return l.What == "合计" }) {
		t.Errorf("the total is %+v", r.Sheets[0].Ignored)
	}
	again := run("导出.csv", officer.Get("/award/export?format=csv").Body)
	if again.Counts[intake.Same] != 2 || again.Counts[intake.New]+again.Counts[intake.Changed]+again.Counts[intake.Rejected] != 0 {
		t.Errorf("the exported list again: %v %+v", again.Counts, again.Wrong)
	}
}
