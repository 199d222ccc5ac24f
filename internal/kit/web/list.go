package web

import (
	"net/http"
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
}

// deepest is the last page that can be asked for; whoever looks further filters.
const deepest = 10000

// ReadList reads the address. orders are the columns that the list can be sorted by; the first is the usual one, "-day" for
// the latest first. What it cannot understand is the usual: an old bookmark still shows the list.
func ReadList(r *http.Request, size int, orders ...string) List {
	l := List{Page: 1, Size: size}
	values := r.URL.Query()
	if n, err := strconv.Atoi(values.Get("page")); err == nil {
		l.Page = min(max(n, 1), deepest)
	}
	if len(orders) > 0 {
		l.Sort, l.Desc = order(orders[0])
		asked, desc := order(values.Get("sort"))
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
