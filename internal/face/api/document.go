package api

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/desk"
	"shilu/internal/core/register"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// ReadingPath is the page on which people read what the API can do.
const ReadingPath = "/docs/api"

func (a *API) documentRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET " + Root, Right: web.Static, Handler: func(w http.ResponseWriter, r *http.Request) error {
			web.Redirect(w, r, ReadingPath)
			return nil
		}},
		{Pattern: "GET " + Root + "/openapi.json", Right: web.Static, Handler: a.getDocument},
		{Pattern: "GET " + ReadingPath, Right: desk.SignedIn, Handler: a.getReading},
	}
}

func (a *API) getDocument(w http.ResponseWriter, r *http.Request) error {
	text, err := a.Document(lang.With(r.Context(), lang.Asked(r.Header.Get("Accept-Language"))))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Vary", "Accept-Language")
	_, err = w.Write(text)
	return err
}

type object = map[string]any

// Document is the OpenAPI 3.1 document of the API in the language of ctx, made from the table that the routes are made from.
func (a *API) Document(ctx context.Context) ([]byte, error) {
	d := document{ctx: ctx}
	schemas := object{"problem": d.schema(problemShape, "")}
	paths := object{}
	for _, m := range a.Modules {
		if m.Records == nil {
			continue
		}
		name := schemaName(m.Kind)
		schemas["body_"+name] = d.bodySchema(m.Records.Body)
		schemas["record_"+name] = d.schema(recordShape, m.Kind)
	}
	var tags []object
	for _, o := range a.operations() {
		if len(tags) == 0 || tags[len(tags)-1]["name"] != d.t(o.tag) {
			known := false
			for _, t := range tags {
				known = known || t["name"] == d.t(o.tag)
			}
			if !known {
				tags = append(tags, object{"name": d.t(o.tag)})
			}
		}
		item, ok := paths[o.path].(object)
		if !ok {
			item = object{}
			paths[o.path] = item
		}
		item[strings.ToLower(o.method)] = d.operation(o)
	}
	return json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info":    object{"title": d.t("实录"), "version": "1", "description": d.t("县科协的业务记录、数字和台账。令牌在「我的账号」里新建，看得到、办得到的和它的主人一样。")},
		"servers": []object{{"url": Root}}, "tags": tags, "paths": paths, "security": []object{{"token": []string{}}},
		"components": object{"schemas": schemas, "securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": d.t("令牌，shilu_ 开头")}},
			"responses": object{"problem": object{"description": d.t("没有照做；用 Accept-Language 要的语言说哪里不对、怎么办（RFC 9457）"),
				"content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/problem"}}}}}},
	}, "", " ")
}

// problemShape is that of web.Problem.
var problemShape = &register.Shape{Type: "object", Fields: []register.Member{
	{Name: "type", Shape: &register.Shape{Type: "string"}}, {Name: "title", Shape: &register.Shape{Type: "string"}}, {Name: "status", Shape: &register.Shape{Type: "integer"}},
	{Name: "detail", Shape: &register.Shape{Type: "string"}}, {Name: "instance", Shape: &register.Shape{Type: "string"}}, {Name: "request", Shape: &register.Shape{Type: "string"}},
	{Name: "errors", Optional: true, Shape: &register.Shape{Type: "array", Of: &register.Shape{Type: "object", Fields: []register.Member{
		{Name: "field", Shape: &register.Shape{Type: "string"}}, {Name: "pointer", Shape: &register.Shape{Type: "string"}}, {Name: "detail", Shape: &register.Shape{Type: "string"}}}}}},
}}

// document writes the parts of the document.
type document struct {
	ctx  context.Context
	body bool // of a register
}

func (d document) t(text string, args ...any) string {
	if text == "" {
		return ""
	}
	return lang.T(d.ctx, text, args...)
}

// title is what an operation does.
func (d document) title(o operation) string {
	if o.what == "" {
		return d.t(o.title)
	}
	if strings.Contains(o.title, "%s") {
		return d.t(o.title, d.t(o.what))
	}
	return d.t(o.title)
}

func schemaName(kind string) string { return strings.ReplaceAll(kind, ".", "_") }

var wildcard = regexp.MustCompile(`\{([a-z]+)\}`)

func (d document) operation(o operation) object {
	out := object{"operationId": o.id, "summary": d.title(o), "tags": []string{d.t(o.tag)}}
	if o.says != "" {
		out["description"] = d.t(o.says)
	}
	var parameters []object
	text := object{"type": "string"}
	for _, m := range wildcard.FindAllStringSubmatch(o.path, -1) {
		parameters = append(parameters, object{"name": m[1], "in": "path", "required": true, "schema": text})
	}
	for _, p := range o.query {
		parameters = append(parameters, object{"name": p.name, "in": "query", "description": d.t(p.says), "schema": p.schema()})
	}
	if o.match {
		parameters = append(parameters, object{"name": "If-Match", "in": "header", "required": true, "schema": text, "description": d.t("读到的 ETag；别人先改过就答 412，不会盖掉")})
	}
	if o.once {
		parameters = append(parameters, object{"name": "Idempotency-Key", "in": "header", "schema": text, "description": d.t("自己编的、每件事一个；同一个再发一次，得到第一次的答复，不会办两次，保留 24 小时")})
	}
	if parameters != nil {
		out["parameters"] = parameters
	}
	switch {
	case o.file:
		out["requestBody"] = object{"required": true, "content": object{"application/octet-stream": object{}}}
	case o.body != nil:
		schema := d.schema(o.body, o.ref)
		schema["additionalProperties"] = false
		out["requestBody"] = object{"required": o.body != becauseShape, "content": object{"application/json": object{"schema": schema}}}
	}
	out["responses"] = object{strconv.Itoa(o.status): d.answer(o), "default": object{"$ref": "#/components/responses/problem"}}
	return out
}

func (d document) answer(o operation) object {
	out, content := object{"description": d.t("照做了")}, object{}
	if o.answer != nil {
		content["application/json"] = object{"schema": d.answerSchema(o)}
	}
	for _, kind := range o.files {
		content[kind] = object{}
	}
	if len(content) > 0 {
		out["content"] = content
	}
	if o.tagged {
		out["headers"] = object{"ETag": object{"description": d.t("第几版"), "schema": object{"type": "string"}}}
	}
	return out
}

// answerSchema names the record of a register instead of describing it again.
func (d document) answerSchema(o operation) object {
	ref := object{"$ref": "#/components/schemas/record_" + schemaName(o.ref)}
	switch o.answer {
	case recordShape:
		return ref
	case recordsShape:
		s := d.schema(o.answer, o.ref)
		s["properties"].(object)["items"].(object)["items"] = ref
		return s
	}
	return d.schema(o.answer, o.ref)
}

func (p parameter) schema() object {
	s := object{"type": "string"}
	switch {
	case p.values != nil:
		s["enum"] = p.values
	case p.kind == "integer":
		s["type"] = "integer"
	case p.kind == "date":
		s["format"] = "date"
	}
	if p.name == "limit" {
		s["minimum"], s["maximum"], s["default"] = 1, mostLimit, usualLimit
	}
	return s
}

// bodySchema is the schema of a register's body: what is not in it is refused, and so is one without what has to be said.
func (d document) bodySchema(s *register.Shape) object {
	d.body = true
	return d.schema(s, "")
}

// says is the description of a shape: what people call it, and when it has to be said.
func (d document) says(s *register.Shape) string {
	parts := []string{d.t(s.Label), ""}
	switch s.Needed {
	case register.ToSave:
		parts[1] = d.t("必填")
	case register.ToSubmit:
		parts[1] = d.t("提交时必填")
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), d.t("；"))
}

// names are what people call the codes of a shape, in the catalogue's words.
func (d document) names(options register.Options) object {
	all := object{}
	for _, o := range options {
		name := d.name(o)
		if len(o.Values) > 0 {
			name += d.t("（text 是%s之一）", strings.Join(o.Values, d.t("、")))
		}
		if name != "" {
			all[o.Code] = name
		}
	}
	return all
}

// name is what people call a code, and of a number what is written.
func (d document) name(o register.Option) string {
	switch {
	case o.PerUnit > 1:
		return d.t(o.Name) + d.t("（n 是几%s，1 写 %d）", d.t(o.Unit), o.PerUnit)
	case o.Unit != "":
		return d.t(o.Name) + d.t("（n 是几%s）", d.t(o.Unit))
	}
	return d.t(o.Name)
}

// schema is a shape as JSON Schema 2020-12. Where it has a body of any kind, it is that of the register kind.
func (d document) schema(s *register.Shape, kind string) object {
	out := object{}
	if says := d.says(s); says != "" {
		out["description"] = says
	}
	switch {
	case s.Type == "":
		return out
	case d.body && s.BlankDay():
		out["anyOf"] = []object{{"type": "string", "format": "date"}, {"const": ""}, {"type": "null"}}
		return out
	case s.Blank:
		out["type"] = []string{s.Type, "null"}
	default:
		out["type"] = s.Type
	}
	if s.Format != "" {
		out["format"] = s.Format
	}
	if s.Options != nil && s.Type == "string" {
		out["enum"] = s.Options.Codes()
	}
	if names := d.names(s.Options); len(names) > 0 {
		out["x-enumDescriptions"] = names // as Redoc reads them
	}
	switch {
	case s.Type == "array":
		out["items"] = d.schema(s.Of, kind)
	case s.Type == "object" && s.Of != nil:
		out["additionalProperties"] = d.schema(s.Of, kind)
		if s.Options != nil {
			out["propertyNames"] = object{"enum": s.Options.Codes()}
		}
	case s.Type == "object":
		properties, required := object{}, []string{}
		for _, m := range s.Fields {
			properties[m.Name] = d.schema(m.Shape, kind)
			if kind != "" && m.Type == "" && (m.Name == "body" || m.Name == "standing") {
				properties[m.Name] = object{"$ref": "#/components/schemas/body_" + schemaName(kind), "description": d.t(m.Label)}
			}
			if d.body && m.Needed == register.ToSave || !d.body && !m.Optional {
				required = append(required, m.Name)
			}
		}
		out["properties"] = properties
		if d.body {
			out["additionalProperties"] = false
		}
		if len(required) > 0 {
			out["required"] = required
		}
	}
	return out
}
