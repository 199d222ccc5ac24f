package app_test

import (
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
)

var countedLink = regexp.MustCompile(`href="(/training\?[^"]*figure=[^"]*)"[^>]*><b>([\d,]+)</b>.*?业务记录`)

// TestTheChainLeadsToTheRecordsThatCount: the link from a figure to its records lists just those that the figure counts, no class
// without an exam for a pass rate, now and as known then.
func TestTheChainLeadsToTheRecordsThatCount(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		imported(t, w)
		officer := w.Sign(apptest.Officer)
		point, err := w.App.Seal(w.Ctx)
		if err != nil {
			t.Fatal(err)
		}
		then := strconv.FormatInt(point.Size, 10)
		follow := func(trace string, want int) {
			t.Helper()
			found := countedLink.FindStringSubmatch(officer.Get(trace).Body)
			if found == nil {
				t.Fatalf("%s has no link to its records", trace)
			}
			href := html.UnescapeString(found[1])
			if n, _ := strconv.Atoi(found[2]); n != want {
				t.Errorf("%s counts %d records, want %d", trace, n, want)
			}
			csv := officer.Get(strings.Replace(href, "/training?", "/training/export?format=csv&", 1))
			if n := strings.Count(strings.TrimSpace(csv.Body), "\n"); csv.Status != http.StatusOK || n != want {
				t.Errorf("%s lists %d records, want %d", href, n, want)
			}
			shows(t, officer.Get(href), "计入")
		}
		follow("/figures/training.short_attendees?period=2024", 28)
		follow("/figures/training.short_attendees?period=2024&place=02", 3)
		follow("/figures/training.farm_school_pass_rate?period=2024", 16)
		follow("/figures/training.sessions?period=2024&tag=kind:farm_school", 16)

		correct(t, w, 10, "签到册重新数过")
		follow("/figures/training.short_attendees?period=2024", 28)
		class := headOf(t, w, "PX-2024-0044")
		answers(t, officer.Post("/training/"+class.Number+"/void", shown(class, "reason", "重复")), http.StatusOK, "已作废")
		follow("/figures/training.sessions?period=2024", 43)
		follow("/figures/training.sessions?period=2024&asof="+then, 44)
		if got := officer.Get("/training?period=2024&figure=no.such"); got.Status != http.StatusNotFound {
			t.Errorf("an unknown figure answers %d", got.Status)
		}
	})
}
