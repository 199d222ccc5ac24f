package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/face/api"
	"shilu/internal/kit/lang"
)

const documentFile = "testdata/openapi.golden"

// TestTheDocumentSaysWhatTheAPIDoes: every route is in it and nothing else, every reference leads somewhere, every wildcard is a
// parameter, and it is the one that was looked at (-update writes it anew).
func TestTheDocumentSaysWhatTheAPIDoes(t *testing.T) {
	w := apptest.Open(t, "")
	got, err := http.Get(w.Server.URL + "/api/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Body.Close()
	if got.StatusCode != http.StatusOK {
		t.Fatalf("%d", got.StatusCode)
	}
	programs := w.App.API(w.App.Console())
	text, err := programs.Document(w.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(documentFile, text, 0o644); err != nil { //nolint:gosec // a file of the sources
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(text) {
		t.Errorf("the document differs from %s; look at it, then run with -update:\n%s", documentFile, differing(string(want), string(text)))
	}
	var doc struct {
		Paths      map[string]map[string]operationJSON
		Components map[string]map[string]any
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for _, ref := range regexp.MustCompile(`"\$ref": "#/components/([a-z]+)/([a-z_]+)"`).FindAllStringSubmatch(string(text), -1) {
		if doc.Components[ref[1]][ref[2]] == nil {
			t.Errorf("%s leads nowhere", ref[0])
		}
	}
	ids, routes := map[string]bool{}, map[string]bool{}
	for path, item := range doc.Paths {
		for method, o := range item {
			routes[strings.ToUpper(method)+" "+path] = true
			if ids[o.OperationID] {
				t.Errorf("%s is the name of two", o.OperationID)
			}
			ids[o.OperationID] = true
			if strings.Contains(o.Summary, "%") || o.Summary == "" {
				t.Errorf("%s: %q", o.OperationID, o.Summary)
			}
			for _, m := range wildcard.FindAllString(path, -1) {
				if !strings.Contains(o.names(), " "+strings.Trim(m, "{}")+" ") {
					t.Errorf("%s does not say %s", o.OperationID, m)
				}
			}
		}
	}
	for _, r := range programs.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if path, ok := strings.CutPrefix(path, api.Root); ok && path != "" && path != "/openapi.json" {
			if key := method + " " + path; !routes[key] {
				t.Errorf("%s is not in the document", key)
			} else {
				delete(routes, key)
			}
		}
	}
	if len(routes) > 0 {
		t.Errorf("in the document and nowhere else: %v", routes)
	}
	english, err := programs.Document(lang.With(w.Ctx, lang.English))
	if err != nil {
		t.Fatal(err)
	}
	if han := regexp.MustCompile(`"(?:summary|description)": "[^"]*\p{Han}[^"]*"`).FindAllString(string(english), 5); han != nil {
		t.Errorf("not in English: %v", han)
	}
}

type operationJSON struct {
	OperationID string `json:"operationId"`
	Summary     string
	Parameters  []struct{ Name string }
}

func (o operationJSON) names() string {
	all := " "
	for _, p := range o.Parameters {
		all += p.Name + " "
	}
	return all
}

// TestWhatElseProgramsRead: figures with their traces, checkpoints, proofs, papers and words, each within what the person sees.
func TestWhatElseProgramsRead(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer, outsider := programOf(w, apptest.Clerk), programOf(w, apptest.Officer), programOf(w, apptest.Outsider)
		var at string
		for _, name := range []string{"核桃班", "花椒班", "养蜂班"} {
			made := clerk.ask("POST", classesAt, `{"body":`+classJSON(w, name)+`,"submit":true}`).has(t, 201)
			at = classesAt + "/" + made.field(t, "number")
			officer.ask("POST", at+"/verify", "", "If-Match", `"1"`).has(t, 200)
		}
		if _, err := w.App.Seal(w.Ctx); err != nil {
			t.Fatal(err)
		}
		f := officer.ask("GET", "/figures/training.attendees?period=2026", "").has(t, 200, `"text":"174"`, `"seal":"full"`)
		if v := f.get(t, "figure.value"); v != 174.0 {
			t.Errorf("the value is %v", v)
		}
		officer.ask("GET", "/figures/training.attendees/trace?period=2026", "").has(t, 200, `"seal":"full"`)
		officer.ask("GET", "/figures?limit=3", "").has(t, 200, `"next"`)
		officer.ask("GET", "/figures/nothing", "").has(t, 404)
		outsider.ask("GET", "/figures/training.attendees?place=06", "").has(t, 403)
		outsider.ask("GET", "/figures?place=06", "").has(t, 403)
		outsider.ask("GET", "/figures", "").has(t, 403) // of the whole county
		clerk.ask("GET", "/figures/training.attendees?place=06", "").has(t, 200, `"text":"174"`)
		clerk.ask("GET", "/figures?place=06&limit=200", "").has(t, 200, "training.attendees")
		first := officer.ask("GET", "/figures/training.attendees/trace?limit=2", "").has(t, 200, `"next"`, "养蜂班")
		// what is posted meanwhile does not move the pages
		more := clerk.ask("POST", classesAt, `{"body":`+classJSON(w, "新来的班")+`,"submit":true}`).has(t, 201)
		officer.ask("POST", classesAt+"/"+more.field(t, "number")+"/verify", "", "If-Match", `"1"`).has(t, 200)
		if again := officer.ask("GET", "/figures/training.attendees/trace?limit=2&cursor="+first.field(t, "next"), "").has(t, 200); again.field(t, "seal") != "full" {
			t.Errorf("the seal of the second page: %s", again.text)
		}
		second := officer.ask("GET", "/figures/training.attendees/trace?limit=2&cursor="+first.field(t, "next"), "").has(t, 200, "核桃班")
		if second.field(t, "next") != "" || strings.Contains(second.text, "新来的班") || second.get(t, "asof") != first.get(t, "asof") {
			t.Errorf("%s", second.text)
		}
		fact := first.field(t, "trace.facts.0.id")
		officer.ask("GET", "/figures/training.attendees/facts/"+fact+"/proof", "").has(t, 200, `"leaf"`, `"checkpoint"`)
		outsider.ask("GET", "/figures/training.attendees/facts/"+fact+"/proof", "").has(t, 403)
		officer.ask("GET", "/ledger", "").has(t, 200, `"public_keys"`)
		point := officer.ask("GET", "/ledger/checkpoints?limit=1", "").has(t, 200, `"note"`)
		if point.count(t) != 1 {
			t.Errorf("%s", point.text)
		}
		officer.ask("GET", "/ledger/checkpoints/0", "").has(t, 404)
		officer.ask("GET", "/vocabularies/subject", "").has(t, 200, "核桃")
		officer.ask("GET", "/vocabularies/campaign", "").has(t, 200, "科技之春")
		officer.ask("GET", "/vocabularies/none", "").has(t, 404)
		officer.ask("GET", "/places", "").has(t, 200, "青溪乡")
		officer.ask("GET", "/units?on=2026-01-01", "").has(t, 200, "青溪乡科协")
		officer.ask("GET", "/reports", "").has(t, 200, `"items":[]`)

		paper := clerk.ask("POST", at+"/evidence?kind=sign_in&name=%E7%AD%BE%E5%88%B0.txt", "杨志远\n", "Content-Type", "text/plain", "Idempotency-Key", "p-1").has(t, 201, "签到.txt")
		again := clerk.ask("POST", at+"/evidence?kind=sign_in&name=%E7%AD%BE%E5%88%B0.txt", "杨志远\n", "Content-Type", "text/plain", "Idempotency-Key", "p-1").has(t, 201)
		if again.text != paper.text || officer.ask("GET", at+"/evidence", "").count(t) != 1 {
			t.Errorf("%s\n%s", paper.text, again.text)
		}
		officer.ask("GET", "/evidence/"+paper.field(t, "id"), "").has(t, 200, "杨志远")
		outsider.ask("GET", "/evidence/"+paper.field(t, "id"), "").has(t, 404)
		outsider.ask("POST", at+"/evidence?kind=other&name=a.txt", "x", "Content-Type", "text/plain").has(t, 404)
		clerk.ask("POST", at+"/evidence?kind=nothing", "x", "Content-Type", "text/plain").has(t, 422, `"pointer":"#/kind"`, `"pointer":"#/name"`)
	})
}
