package api

import (
	"net/http"
	"slices"

	"shilu/internal/core/register"
	"shilu/internal/kit/web"
)

// operation is one thing that a program can do: its route, and what the document says of it. Texts are Chinese.
type operation struct {
	method, path string // below Root
	right        string
	module       string
	handler      web.Handler
	upload       int64 // largest body in bytes, where it is more than usual

	id, tag, says string
	title, what   string // %s in title is what: the register's
	query         []parameter
	body          *register.Shape // of a JSON body
	ref           string          // name under which the body's record is described once: the register's kind
	file          bool            // takes a file instead
	answer        *register.Shape // nil: a file, or nothing
	status        int             // of success
	files         []string        // types of files that it can answer with
	match         bool            // If-Match is needed
	once          bool            // takes an Idempotency-Key
	tagged        bool            // answers with an ETag
}

// parameter is something in the address after the question mark.
type parameter struct {
	name, says, kind string
	values           []string
}

// Routes are the addresses with their rights.
func (a *API) Routes() []web.Route {
	var all []web.Route
	for _, o := range a.operations() {
		all = append(all, web.Route{Pattern: o.method + " " + Root + o.path, Right: o.right, Module: o.module, Handler: o.handler, Upload: o.upload})
	}
	return append(all, a.documentRoutes()...)
}

// operations is all that the API can do, in the order of the document.
func (a *API) operations() []operation {
	all := a.aboutOperations()
	for _, m := range a.Modules {
		if m.Records != nil {
			all = append(all, a.recordOperations(m)...)
		}
	}
	all = slices.Concat(all, a.evidenceOperations(), a.figureOperations(), a.ledgerOperations(), a.reportOperations())
	for i, o := range all {
		if o.status == 0 {
			all[i].status = http.StatusOK
		}
	}
	return all
}

// listed is a page of a list. Next is the cursor of the one after it; it is left out on the last.
type listed[T any] struct {
	Items []T    `json:"items" label:"这一页"`
	Next  string `json:"next,omitempty" label:"下一页的 cursor，没有就是最后一页"`
}

var pageParameters = []parameter{{name: "limit", says: "一页几条，1—200，不写是 50", kind: "integer"}, {name: "cursor", says: "上一页的 next；翻页时新增的记录不会让这一页重复或跳过", kind: "string"}}
