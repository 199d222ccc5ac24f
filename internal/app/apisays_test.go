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

// TestDaysThatMayBeBlank: a record without an end answers what the document allows, and null says what "" does.
func TestDaysThatMayBeBlank(t *testing.T) {
	w := apptest.Open(t, "")
	text, err := w.App.API(w.App.Console()).Document(w.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Type       any // one, or several
		Format     string
		Const      *string
		AnyOf      []schema `json:"anyOf"`
		Properties map[string]schema
		Items      *schema
	}
	var doc struct {
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	body := func(kind string) (s schema) {
		if err := json.Unmarshal(doc.Components.Schemas["body_"+kind], &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	allows := func(s schema, blank, null bool) bool {
		var date, empty, none bool
		for _, one := range append(s.AnyOf, s) {
			date = date || one.Type == "string" && one.Format == "date"
			empty = empty || one.Const != nil && *one.Const == ""
			none = none || one.Type == "null"
		}
		return date && empty == blank && none == null
	}
	if media := body("activity").Properties["media"].Items; media == nil || !allows(media.Properties["day"], true, true) {
		t.Errorf("the day of a report may not be left out: %+v", media)
	}
	clerk := programOf(w, apptest.Clerk)
	town := orgtest.Unit(w, w.Tree, "u06")
	for kind, right := range map[string]map[string]any{
		"training": {"kind": "short", "name": "核桃班", "subject": "核桃", "unit": town.ID, "place": town.Place, "start": "2026-03-05"},
		"activity": {"category": "lecture", "name": "防震讲座", "life": "planned", "unit": town.ID, "place": town.Place, "start": "2026-10-05"},
	} {
		says := body(kind).Properties
		if !allows(says["end"], true, true) || !allows(says["start"], false, false) {
			t.Errorf("%s: start %+v, end %+v", kind, says["start"], says["end"])
		}
		for what, end := range map[string]any{"nothing": "-", "blank": "", "null": nil} {
			sent := maps.Clone(right)
			if sent["name"] = kind + what; end != "-" {
				sent["end"] = end
			}
			text, err := json.Marshal(map[string]any{"body": sent})
			if err != nil {
				t.Fatal(err)
			}
			clerk.ask("POST", "/records/"+kind, string(text)).has(t, 201, `"end":""`)
		}
		sent := maps.Clone(right)
		sent["start"] = nil
		text, err := json.Marshal(map[string]any{"body": sent})
		if err != nil {
			t.Fatal(err)
		}
		clerk.ask("POST", "/records/"+kind, string(text)).has(t, 422, `"pointer":"#/body/start"`)
	}
}

// TestWhatIsUnknownIsNamed: a refusal of what there is not says what was sent, and where.
func TestWhatIsUnknownIsNamed(t *testing.T) {
	w := apptest.Open(t, "")
	clerk := programOf(w, apptest.Clerk)
	unit, town := orgtest.Unit(w, w.Tree, "u06").ID, orgtest.Unit(w, w.Tree, "u06").Place
	right := map[string]map[string]any{
		"training":     {"kind": "short", "name": "核桃班", "subject": "核桃", "unit": unit, "place": town, "start": "2026-03-05", "end": "2026-03-05"},
		"activity":     {"category": "lecture", "name": "防震讲座", "life": "planned", "unit": unit, "place": town, "start": "2026-10-05"},
		"facility":     {"kind": "gallery", "name": "大箐村科普画廊", "stage": "in_use", "unit": unit, "place": town, "start": "2026-03-05"},
		"facility.log": {"kind": "visit", "facility": "nope", "day": "2026-03-05"},
		"external":     {"figure": "population", "unit": unit, "place": town, "year": 2025, "day": "2025-12-31"},
	}
	for _, one := range []struct {
		kind, field string
		value       any
		at, says    string
		not         string
	}{
		{"activity", "partners", []any{map[string]any{"role": "协办", "unit": "nope"}}, "partners", "第 1 个参加单位：没有标识为「nope」的单位", "请写名称"},
		{"activity", "partners", []any{map[string]any{"role": "协办"}}, "partners", "第 1 个参加单位请写名称", "标识"},
		{"activity", "partners", []any{map[string]any{"role": "看热闹", "name": "县医院"}}, "partners", "没有「看热闹」这个角色", ""},
		{"activity", "stops", []any{map[string]any{"day": "2026-10-05", "place": "nope"}}, "stops/0/place", "第 1 站：没有标识为「nope」的地点", "请选地点"},
		{"activity", "stops", []any{map[string]any{"day": "2026-10-05", "counts": map[string]any{"onsite": map[string]any{"n": -4}}}}, "stops/0/counts/onsite", "第 1 站", ""},
		{"activity", "stops", []any{map[string]any{"day": "2026-10-05"}}, "stops/0/place", "第 1 站请选地点", "标识"},
		{"activity", "materials", []any{map[string]any{"title": "手册", "kind": "nope", "copies": map[string]any{"n": 1}}}, "materials", "「手册」的种类：没有「nope」这一种", ""},
		{"activity", "category", "nope", "category", "没有「nope」这个活动类别", "请选活动类别"},
		{"activity", "category", "", "category", "请选活动类别", "没有"},
		{"activity", "life", "nope", "life", "没有「nope」这个状态", ""},
		{"activity", "audiences", []string{"zzz"}, "audiences", "没有「zzz」这类人群，请重新选", "最接近"},
		{"activity", "audiences", []string{"老年"}, "audiences", "没有「老年」这类人群，最接近的是老年人", "请重新选"},
		{"activity", "campaigns", []string{"zzz"}, "campaigns", "没有「zzz」这个主题活动，请重新选", "最接近"},
		{"activity", "programmes", []string{"zzz"}, "programmes", "没有「zzz」这项重点工程，请重新选", "最接近"},
		{"activity", "industries", []string{"zzz"}, "industries", "没有「zzz」这个产业，请重新选", "最接近"},
		{"activity", "drives", []any{map[string]any{"drive": "zzz"}}, "drives", "没有「zzz」这个专项行动，请重新选", "最接近"},
		{"activity", "cost", -5, "cost", "经费是 -0.05 元，要在 0 到 100 亿元之间", "1200"},
		{"activity", "cost", 2_000_000_000_050, "cost", "经费是 20000000000.50 元", "1200"},
		{"training", "kind", "nope", "kind", "没有「nope」这个培训类型", ""},
		{"facility", "kind", "nope", "kind", "没有「nope」这个设施类别", ""},
		{"facility", "stage", "nope", "stage", "没有「nope」这个进展", ""},
		{"facility", "changes", []any{map[string]any{"day": "2026-04-05", "what": "nope"}}, "changes/0/what", "没有「nope」这种变动", ""},
		{"facility.log", "facility", "nope", "facility", "没有标识为「nope」的设施", ""},
		{"facility.log", "facility", "", "facility", "请选设施", ""},
		{"external", "figure", "nope", "figure", "没有「nope」这个数", "请选登记"},
		{"external", "figure", "", "figure", "请选登记哪个数", "没有"},
	} {
		sent := maps.Clone(right[one.kind])
		sent[one.field] = one.value
		text, err := json.Marshal(map[string]any{"body": sent})
		if err != nil {
			t.Fatal(err)
		}
		got := clerk.ask("POST", "/records/"+one.kind, string(text)).has(t, 422, `"pointer":"#/body/`+one.at+`"`, one.says)
		if one.not != "" && strings.Contains(got.text, one.not) {
			t.Errorf("%s of %s: says %q: %s", one.field, one.kind, one.not, got.text)
		}
	}
	clerk.ask("POST", "/records/facility.log", `{"body":{"kind":"nope","facility":"","day":"2026-03-05"}}`).has(t, 422, `"pointer":"#/body/kind"`, "没有「nope」这种日志")
}
