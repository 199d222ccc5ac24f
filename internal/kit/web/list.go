package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// List is which part of a list is asked for and in which order: ?page=3&sort=-day.
type List struct {
	Page int    // from 1
	Size int    // rows a page
	Sort string // one of the allowed orders
	Desc bool

	path   string
	values url.Values
	first  string // the order when none is asked for, "-day"
}

// deepest is the last page that can be asked for; whoever looks further filters.
const deepest = 10000

// ReadList reads the address. orders are the columns that the list can be sorted by; the first is the usual one, "-day" for
// the latest first. What it cannot understand is the usual: an old bookmark still shows the list.
func ReadList(r *http.Request, size int, orders ...string) List {
	l := List{Page: 1, Size: size, path: r.URL.Path, values: r.URL.Query()}
	if n, err := strconv.Atoi(l.values.Get("page")); err == nil {
		l.Page = min(max(n, 1), deepest)
	}
	if len(orders) > 0 {
		l.first = orders[0]
		l.Sort, l.Desc = order(orders[0])
		asked, desc := order(l.values.Get("sort"))
		if slices.ContainsFunc(orders, func(o string) bool { name, _ := order(o); return name == asked }) {
			l.Sort, l.Desc = asked, desc
		}
	}
	return l
}

func order(s string) (name string, desc bool) { return strings.CutPrefix(s, "-") }

// Offset is how many rows come before the page.
func (l List) Offset() int { return (l.Page - 1) * l.Size }

// Pages is how many pages total rows fill; at least 1.
func (l List) Pages(total int) int { return max(1, (total+l.Size-1)/l.Size) }

// URL is the address of another page of the same list.
func (l List) URL(page int) string {
	return l.with(func(v url.Values) {
		v.Del("page")
		if page > 1 {
			v.Set("page", strconv.Itoa(page))
		}
	})
}

// SortURL is the address of the list in the order of the column: turned round when it is in that order already. It starts
// at the first page.
func (l List) SortURL(column string) string {
	want := column
	if l.Sort == column && !l.Desc {
		want = "-" + column
	}
	return l.with(func(v url.Values) {
		v.Del("page")
		v.Del("sort")
		if want != l.first {
			v.Set("sort", want)
		}
	})
}

func (l List) with(change func(url.Values)) string {
	v := make(url.Values, len(l.values))
	for name, all := range l.values {
		if all = slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" }); len(all) > 0 {
			v[name] = all
		}
	}
	change(v)
	if len(v) == 0 {
		return l.path
	}
	return l.path + "?" + v.Encode()
}
