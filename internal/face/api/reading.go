package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

// reading is the page on which people read what the API can do. It is made from the same table as the document.
type reading struct {
	Examples [4]string // who am I, enter, change, export
	Sections []readingSection
	Words    page.List // parameters
	Bodies   []readingBody
}

type readingSection struct {
	ID, Title, Note string
	Table           page.List
}

type readingBody struct {
	ID, Title, Path string
	Fields          page.List
}

func (a *API) getReading(w http.ResponseWriter, r *http.Request) error {
	return a.Desk.View(r, func(_ *db.Tx, v *desk.Visit) error {
		scheme := "http"
		if web.OverTLS(r) {
			scheme = "https"
		}
		return v.Render(w, r, desk.Page{Title: v.T("接口"), Path: "/settings", NoScope: true}, readingPage(a.reading(v, scheme+"://"+r.Host+Root)))
	})
}

// rights names what a token's person needs, as pages say it.
var rights = map[string]string{desk.SignedIn: "登录就行", string(access.Read): "查看", string(access.Write): "填报", string(access.Check): "核实"}

func (a *API) reading(v *desk.Visit, host string) reading {
	out := reading{}
	example := ""
	d := document{ctx: v.Ctx}
	table := func(title string) page.List {
		return page.List{Title: title, Columns: []page.Column{{Label: v.T("地址"), Kind: page.MainColumn}, {Label: v.T("做什么")}, {Label: v.T("要的权限")}, {Label: v.T("参数")}}}
	}
	records := readingSection{ID: "records", Title: v.T("业务记录"), Note: v.T("各种业务记录都一样，{kind} 是种类，见下面"), Table: table(v.T("业务记录"))}
	var others []readingSection
	var known []parameter
	seen := map[string]bool{}
	for _, o := range a.operations() {
		for _, p := range o.query {
			if !slices.ContainsFunc(known, func(k parameter) bool { return k.name == p.name }) {
				known = append(known, p)
			}
		}
		if o.module != "" {
			general := strings.Replace(o.path, recordPath(o.module, ""), "/records/{kind}", 1)
			if key := o.method + general; !seen[key] {
				seen[key] = true
				o.path, o.what = general, "记录"
				records.Table.Rows = append(records.Table.Rows, readingRow(v, d, o))
			}
			continue
		}
		i := slices.IndexFunc(others, func(s readingSection) bool { return s.ID == o.tag })
		if i < 0 {
			others = append(others, readingSection{ID: o.tag, Title: v.T(o.tag), Table: table(v.T(o.tag))})
			i = len(others) - 1
		}
		others[i].Table.Rows = append(others[i].Table.Rows, readingRow(v, d, o))
	}
	out.Sections = append([]readingSection{records}, others...)
	for i := range out.Sections {
		out.Sections[i].ID = "s" + string(rune('a'+i))
	}
	out.Words = page.List{Title: v.T("参数"), Columns: []page.Column{{Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("说明")}}}
	for _, p := range known {
		says := v.T(p.says)
		if p.values != nil {
			says += v.T("：") + strings.Join(p.values, v.T("、"))
		}
		out.Words.Rows = append(out.Words.Rows, page.Row{Cells: []templ.Component{page.Cell(p.name), page.Cell(says)}})
	}
	for _, m := range a.Modules {
		if m.Records == nil {
			continue
		}
		if example == "" {
			example = m.Kind
		}
		b := readingBody{ID: "body-" + schemaName(m.Kind), Title: v.T(m.Title), Path: recordPath(m.Kind, "")}
		b.Fields = page.List{Title: b.Title, Columns: []page.Column{{Label: v.T("字段"), Kind: page.MainColumn}, {Label: v.T("写成")}, {Label: v.T("说明")}}}
		fieldRows(d, &b.Fields, "", m.Records.Body)
		out.Bodies = append(out.Bodies, b)
	}
	const with, json = "curl -H 'Authorization: Bearer shilu_…'", " -H 'Content-Type: application/json'"
	at := host + recordPath(example, "")
	out.Examples = [4]string{with + " " + host + "/me",
		with + json + " \\\n  -H 'Idempotency-Key: 2026-0001' \\\n  -d '{\"body\": {…}, \"submit\": true}' " + at,
		with + json + " \\\n  -X PUT -H 'If-Match: \"1\"' \\\n  -d '{\"body\": {…}}' " + at + "/…",
		with + " -H 'Accept: text/csv' -O -J " + at}
	return out
}

func readingRow(v *desk.Visit, d document, o operation) page.Row {
	does := d.title(o)
	if o.says != "" {
		does += v.T("。") + d.t(o.says)
	}
	var parameters []string
	for _, p := range o.query {
		parameters = append(parameters, p.name)
	}
	if o.match {
		parameters = append(parameters, "If-Match")
	}
	if o.once {
		parameters = append(parameters, "Idempotency-Key")
	}
	none := page.Cell(strings.Join(parameters, v.T("、")))
	if len(parameters) == 0 {
		none = page.Faint(v.T("没有"))
	}
	return page.Row{Cells: []templ.Component{addressCell(o.method, o.path), page.Cell(does), page.Cell(v.T(rights[o.right])), none}}
}

// kinds are the types of JSON as people say them.
var kinds = map[string]string{"string": "文字", "integer": "整数", "number": "数字", "boolean": "是或否", "object": "对象", "array": "列表"}

func fieldRows(d document, l *page.List, at string, s *register.Shape) {
	for _, m := range s.Fields {
		name, inner := at+m.Name, m.Shape
		is := d.t(kinds[m.Type])
		if m.Format == "date" {
			is = d.t("日期，2026-03-05")
		}
		l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{codeCell(name), typeCell(is), fieldCell(d, m.Shape)}})
		for next := name; ; {
			if inner.Of != nil && inner.Type == "array" {
				inner, next = inner.Of, next+"[]"
				continue
			}
			if inner.Of != nil {
				inner, next = inner.Of, next+".*"
				continue
			}
			if inner.Type == "object" {
				fieldRows(d, l, next+".", inner)
			}
			break
		}
	}
}

// optionsOf are the codes that a field, or each of its items, can be.
func optionsOf(s *register.Shape) register.Options {
	for s.Options == nil && s.Type == "array" {
		s = s.Of
	}
	return slices.DeleteFunc(slices.Clone(s.Options), func(o register.Option) bool { return o.Code == "" })
}
