package app_test

import (
	"encoding/json"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/org/orgtest"
)

// A pointer leads to where a field stands in what was sent, whatever forms call it.
func TestPointersLeadIntoTheBody(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		officer := programOf(w, apptest.Officer)
		unit, place := orgtest.Unit(t, w.Tree, "u06").ID, orgtest.Place(t, w.Tree, "0601").ID
		for kind, c := range map[string]struct {
			body     map[string]any
			pointers []string
		}{
			"activity": {map[string]any{"category": "lecture", "name": "防火讲座", "life": "held", "start": "2026-09-10", "unit": unit, "place": place,
				"counts": map[string]any{"experts": map[string]any{"n": -1}}, "materials": []any{map[string]any{"title": "手册", "kind": "none", "copies": map[string]any{"n": 1}}}},
				[]string{"#/body/counts/experts", "#/body/materials", "#/body/counts/onsite"}},
			"facility": {map[string]any{"kind": "gallery", "name": "上村画廊", "stage": "in_use", "start": "2026-01-10", "unit": unit, "place": place,
				"values":  map[string]any{"length": map[string]any{"n": -5}},
				"changes": []any{map[string]any{"day": "2026-02-01", "what": "changed", "values": map[string]any{"length": map[string]any{"n": -7}}}, map[string]any{"day": "2026-02-02", "what": "moved-in", "site": map[string]any{"unit": "x", "place": place}}}},
				[]string{"#/body/values/length", "#/body/changes/0/values/length", "#/body/changes/1/site/unit"}},
			"training": {map[string]any{"kind": "short", "subject": "", "unit": unit, "place": place, "start": "2026-03-05", "end": "2026-03-05", "minutes": -60}, []string{"#/body/minutes", "#/body/subject"}},
		} {
			text, err := json.Marshal(map[string]any{"body": c.body, "submit": true})
			if err != nil {
				t.Fatal(err)
			}
			said := officer.ask("POST", "/records/"+kind, string(text)).has(t, 422)
			for _, p := range c.pointers {
				if !strings.Contains(said.text, `"pointer":"`+p+`"`) {
					t.Errorf("%s does not point at %s: %s", kind, p, said.text)
				}
			}
		}
		w.Verified()
	})
}

// An activity without an end lasts a day, by the form and by the API; who enters the same once more is told with which it is like.
func TestAnActivityWithoutAnEndAndItsLike(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		a := activities2026{t, w}
		number := enterActivity(t, w.Sign(apptest.Clerk), activityForm("end", ""))
		browser := w.Sign(apptest.Officer)
		officer := program{w, tokenOf(w, apptest.Officer, true), ""}
		officer.ask("POST", "/records/activity/"+number+"/verify", "", "If-Match", `"1"`).has(t, 200, `"day":"2026-09-10"`)
		if got := counted(t, w, "event.activities"); got != "1" {
			t.Errorf("%s were held", got)
		}
		answers(t, browser.Get("/activity/"+number), 200, "2026年9月10日")
		body := map[string]any{"category": "lecture", "name": "健康讲座（老年人）", "life": "held", "start": "2026-09-10", "unit": orgtest.Unit(t, w.Tree, "u06").ID, "place": orgtest.Place(t, w.Tree, "0601").ID,
			"counts": map[string]any{"onsite": map[string]any{"n": 120}}}
		text, err := json.Marshal(map[string]any{"body": body, "submit": true})
		if err != nil {
			t.Fatal(err)
		}
		said := officer.ask("POST", "/records/activity", string(text)).has(t, 201, `"similar":[{"number":"`+number+`","title":"老年人健康讲座"`, `"state":"verified"`)
		var made struct{ Number string }
		if err := json.Unmarshal([]byte(said.text), &made); err != nil {
			t.Fatal(err)
		}
		officer.ask("GET", "/records/activity/"+made.Number, "").has(t, 200, `"similar":[{"number":"`+number)
		// A list that was exported says the day: it is what the record means, and changes nothing.
		same := a.run(apptest.Second, "导出.csv", browser.Get("/activity/export?format=csv").Body, "")
		if b := a.activity(number).Body; same.Counts["changed"] != 0 || b.End != "" {
			t.Errorf("the list read back: %v, end %q\n%s", same.Counts, b.End, a.why(same))
		}
		// A tour without an end lasts until its last stop.
		body["stops"] = []any{map[string]any{"day": "2026-09-10", "place": body["place"]}, map[string]any{"day": "2026-09-12", "place": body["place"]}}
		body["name"] = "送科技下乡"
		if text, err = json.Marshal(map[string]any{"body": body, "submit": true}); err != nil {
			t.Fatal(err)
		}
		officer.ask("POST", "/records/activity", string(text)).has(t, 201, `"day":"2026-09-12"`)
		w.Verified()
	})
}
