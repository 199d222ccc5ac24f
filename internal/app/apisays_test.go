package app_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/org/orgtest"
)

// TestTheDocumentSaysWhatABodyMaySay: a body without what the document says is required is refused at that field, and so is a code
// that it does not list; every field says what it is.
func TestTheDocumentSaysWhatABodyMaySay(t *testing.T) {
	w := apptest.Open(t, "")
	text, err := w.App.API(w.App.Console()).Document(w.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Description   string
		Enum          []string
		Required      []string
		Properties    map[string]schema
		Items         *schema
		PropertyNames *schema `json:"propertyNames"`
	}
	var doc struct {
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	body := func(name string) (s schema) {
		if err := json.Unmarshal(doc.Components.Schemas["body_"+name], &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	var described func(at string, s schema)
	described = func(at string, s schema) {
		for name, p := range s.Properties {
			if p.Description == "" {
				t.Errorf("%s.%s says nothing", at, name)
			}
			described(at+"."+name, p)
			if p.Items != nil {
				described(at+"."+name, *p.Items)
			}
		}
	}
	for name := range doc.Components.Schemas {
		if kind, ok := strings.CutPrefix(name, "body_"); ok {
			described(kind, body(kind))
		}
	}

	clerk := programOf(w, apptest.Clerk)
	town := orgtest.Unit(w, w.Tree, "u06")
	unit, place := town.ID, town.Place
	for kind, right := range map[string]map[string]any{
		"training": {"kind": "short", "name": "核桃班", "subject": "核桃", "unit": unit, "place": place, "start": "2026-03-05", "end": "2026-03-05"},
		"activity": {"category": "lecture", "name": "防震讲座", "life": "planned", "unit": unit, "place": place, "start": "2026-10-05"},
		"facility": {"kind": "gallery", "name": "大箐村科普画廊", "stage": "in_use", "unit": unit, "place": place, "start": "2026-03-05"},
		"external": {"figure": "population", "unit": unit, "place": place, "year": 2025, "day": "2025-12-31"},
	} {
		send := func(change func(body map[string]any)) said {
			sent := maps.Clone(right)
			change(sent)
			text, err := json.Marshal(map[string]any{"body": sent})
			if err != nil {
				t.Fatal(err)
			}
			return clerk.ask("POST", "/records/"+kind, string(text))
		}
		refused := func(field, what string, got said) {
			if field == "stage" && kind == "external" {
				field = "figure" // one choice in the form, and said there
			}
			if !strings.Contains(got.has(t, 422).text, `"pointer":"#/body/`+field) {
				t.Errorf("%s: %s %s: %s", kind, what, field, got.text)
			}
		}
		send(func(map[string]any) {}).has(t, 201)
		says := body(kind)
		for field := range right {
			if _, known := says.Properties[field]; !known {
				t.Errorf("%s: %s is not in the document", kind, field)
			}
		}
		if len(says.Required) < 4 {
			t.Errorf("%s requires %v", kind, says.Required)
		}
		for _, field := range says.Required {
			refused(field, "without", send(func(b map[string]any) { delete(b, field) }))
		}
		for field, p := range says.Properties {
			switch {
			case p.Enum != nil:
				refused(field, "wrong", send(func(b map[string]any) { b[field] = "没有这个" }))
			case p.Items != nil && p.Items.Enum != nil:
				refused(field, "wrong", send(func(b map[string]any) { b[field] = []string{"没有这个"} }))
			case p.PropertyNames != nil:
				refused(field, "wrong", send(func(b map[string]any) { b[field] = map[string]any{"没有这个": map[string]any{"n": 1}} }))
			}
		}
	}
	clerk.ask("POST", classesAt, `{"body":`+classJSON(w, "花椒班", "unit", "u06")+`}`).has(t, 422, `"pointer":"#/body/unit"`, "没有标识为「u06」的单位")
	clerk.ask("PATCH", classesAt, "").has(t, 405, "不能这样用", "PATCH", "POST")
}
