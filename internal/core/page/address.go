package page

import (
	"context"
	"net/http"
	"net/url"
	"sort"
)

// Address is the address of the page being shown. Links that change one thing of it (a filter, the sort order, the scope) keep the rest.
type Address struct {
	Path  string
	Query url.Values
}

// AddressOf is the address that r asked for.
func AddressOf(r *http.Request) Address { return Address{Path: r.URL.Path, Query: r.URL.Query()} }

// Get is the first value of key, or "".
func (a Address) Get(key string) string { return a.Query.Get(key) }

// With sets key to value (an empty value takes it away) and goes back to the first page of a list.
func (a Address) With(key, value string) Address {
	q := a.copy()
	q.Del("page")
	q.Del(key)
	if value != "" {
		q.Set(key, value)
	}
	return Address{Path: a.Path, Query: q}
}

// Without takes keys away.
func (a Address) Without(keys ...string) Address {
	q := a.copy()
	q.Del("page")
	for _, k := range keys {
		q.Del(k)
	}
	return Address{Path: a.Path, Query: q}
}

// Scope is another path with the scope of this address: unit, place, period, tags, as of.
func (a Address) Scope(path string) Address {
	q := url.Values{}
	for _, k := range scopeKeys {
		if v, ok := a.Query[k]; ok {
			q[k] = append([]string(nil), v...)
		}
	}
	return Address{Path: path, Query: q}
}

// scopeKeys are the parameters that hold on all pages (indicator.Scope writes and reads them).
var scopeKeys = []string{"unit", "place", "period", "tag", "asof"}

// String is the address as a link; parameters stand in the order of their names, so that equal addresses are equal texts.
func (a Address) String() string {
	if len(a.Query) == 0 {
		return a.Path
	}
	return a.Path + "?" + a.Query.Encode()
}

func (a Address) copy() url.Values {
	q := url.Values{}
	for k, v := range a.Query {
		q[k] = append([]string(nil), v...)
	}
	return q
}

type pair struct{ Key, Value string }

// rest are the parameters that a GET form must repeat as hidden fields because it asks for keys only.
func (a Address) rest(keys ...string) []pair {
	asked := map[string]bool{"page": true}
	for _, k := range keys {
		asked[k] = true
	}
	var out []pair
	for k, values := range a.Query {
		if asked[k] {
			continue
		}
		for _, v := range values {
			out = append(out, pair{k, v})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}

// InDrawer says whether r asks for the content of the trace drawer rather than for a whole page.
// A handler that asks must answer with "Vary: HX-Target".
func InDrawer(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Target") == "drawer-body"
}

// Partial says whether r asks for a part of a page (a preview, the progress of a job) rather than for all of it.
func Partial(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

type csrfKey struct{}

// WithCSRF gives the forms of the pages rendered with ctx a token, sent as the field "csrf" and, by scripts, as the header X-CSRF-Token.
func WithCSRF(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, csrfKey{}, token)
}

func csrf(ctx context.Context) string {
	token, _ := ctx.Value(csrfKey{}).(string)
	return token
}

// OwnPeriod turns the fields from and to of the scope bar's own period into the parameter period; ok is false when they are not there.
// A handler that gets ok redirects to the address.
func (a Address) OwnPeriod() (_ Address, ok bool) {
	from, to := a.Get("from"), a.Get("to")
	if from == "" || to == "" {
		return a, false
	}
	return a.Without("from", "to").With("period", from+".."+to), true
}
