package page

import (
	"strconv"

	"github.com/a-h/templ"
)

// List is a list of records: title, saved views, filters, batch bar, table, footer, pager.
// Filters, order and page stand in the address; every control is a link or a form that works without scripts.
type List struct {
	ID      string // of the section that it is; "" for a list that is the page: search and filters lead back to it
	Title   string
	At      Address
	Actions []Action // 导入, 导出, 新建培训班; at most one Primary
	Views   []View
	Search  string // placeholder of the search field (key q): 班名、地点、教师; "" leaves it out
	Filters []Filter
	Batch   *Batch
	Columns []Column
	Sort    string // order when the address names none: "-day"
	Rows    []Row
	Empty   *Empty          // shown when there are no rows
	Foot    templ.Component // «筛选内 14 期，已核实 9 期…»: ListFoot, or own
	Pager   Pager
	Note    *Notice // on top of the table
}

// View is a view of the page itself as a tab; the reader's own stand behind them (Saved).
type View struct {
	Label, Href string
	Count       int64
	Active      bool
}

// Filter is one control of the filter bar; what is chosen stands in the address under Key.
type Filter struct {
	Key, Label string
	Options    []Option // a choice; the first with Value "" is 全部
	Dates      bool     // a range of days under Key+"_from" and Key+"_to"
	Find       bool     // a field to search the options
}

// Option is one value of a filter.
type Option struct {
	Value, Label string
	Count        int64 // shown when > 0
	Depth        int
}

// Batch is what can be done with the rows selected; the form posts the field "id" once a row.
type Batch struct {
	Noun    string // measure word of a row: 期
	SumUnit string // 人次; "" when nothing is summed
	Action  string // address of the form
	Actions []Action
}

// ColumnKind says how a column stands.
type ColumnKind string

// The kinds of columns.
const (
	TextColumn  ColumnKind = ""
	MainColumn  ColumnKind = "main"  // what the row is called
	CodeColumn  ColumnKind = "code"  // number of a record, faint
	NumColumn   ColumnKind = "num"   // figures, right
	StateColumn ColumnKind = "state" // a badge or a few words; on a card at the end of the title line
)

// Column is one column; Sort is its key in the address ("sort=day", "sort=-day"), "" when the list can't be sorted by it.
//
// On a phone a row is a card (card.go): the title line has the main column and the states, or else the first figure that is not Less;
// below stand the other values with the names of their columns.
type Column struct {
	Label string
	Kind  ColumnKind
	Sort  string
	Plain bool // on a card the value says itself what it is (a day, a place, a number): without the name
	Less  bool // on a card left out, when the row leads to a page that says it
}

// Row is one record. Cells are made by Cell, LinkCell, Missing, Faint, StateBadge, FigureLink or any component, one a column.
type Row struct {
	ID, Name, Href string // Name is for the label of the box: 选中 核桃高接换优技术
	Cells          []templ.Component
	Sum            int64 // added up in the batch bar
	Chosen         bool
	Correction     bool // in zhe
	Left           bool // counts for nothing: faint
}

// Pager leads through the pages of a list. Last 0 means that the number of pages is not known; then More says whether there is a next one.
type Pager struct {
	Page, Last int
	More       bool
	After      string // cursor for the next page; then Page is only shown
}

func (p Pager) single() bool { return p.Page <= 1 && p.Last <= 1 && !p.More && p.After == "" }

// pages are the page numbers shown: the first, the last, and two around the current; 0 is a gap.
func (p Pager) pages() (out []int) {
	for n := 1; n <= p.Last; n++ {
		if n == 1 || n == p.Last || n >= p.Page-2 && n <= p.Page+2 {
			out = append(out, n)
		} else if len(out) > 0 && out[len(out)-1] != 0 {
			out = append(out, 0)
		}
	}
	return out
}

func (p Pager) href(at Address, n int) string {
	a := at.Without()
	if n > 1 {
		a.Query.Set("page", strconv.Itoa(n))
	}
	return a.String()
}

// sorted is the aria-sort of c at the address, and the address that sorts by it the next way; usual is the order when it names none.
func (c Column) sorted(at Address, usual string) (now, href string) {
	order := at.Get("sort")
	if order == "" {
		order = usual
	}
	switch order {
	case c.Sort:
		return "ascending", at.With("sort", "-"+c.Sort).String()
	case "-" + c.Sort:
		return "descending", at.With("sort", c.Sort).String()
	}
	if c.Kind == NumColumn || c.Sort == "day" {
		return "none", at.With("sort", "-"+c.Sort).String()
	}
	return "none", at.With("sort", c.Sort).String()
}

// chosen is the label of what f has now, and whether that is a restriction.
func (f Filter) chosen(at Address) (label string, set bool) {
	if f.Dates {
		from, to := at.Get(f.Key+"_from"), at.Get(f.Key+"_to")
		return from + "\x00" + to, from != "" || to != ""
	}
	value := at.Get(f.Key)
	for _, o := range f.Options {
		if o.Value == value {
			return o.Label, value != ""
		}
	}
	if value != "" {
		return value, true
	}
	return "", false
}

// now is the label of what f has at the address.
func (f Filter) now(at Address) string {
	label, _ := f.chosen(at)
	return label
}

func (f Filter) keys() []string {
	if f.Dates {
		return []string{f.Key + "_from", f.Key + "_to"}
	}
	return []string{f.Key}
}

// restricted says whether any filter or the search is set.
func (l List) restricted() bool {
	if l.At.Get("q") != "" {
		return true
	}
	for _, f := range l.Filters {
		if _, set := f.chosen(l.At); set {
			return true
		}
	}
	return false
}

// cleared is the address without search and filters.
func (l List) cleared() string {
	keys := []string{"q"}
	for _, f := range l.Filters {
		keys = append(keys, f.keys()...)
	}
	return l.At.Without(keys...).String()
}

// anchor leads back to the section of l.
func (l List) anchor() string {
	if l.ID == "" {
		return ""
	}
	return "#" + l.ID
}

func (r Row) amount() string { return strconv.FormatInt(r.Sum, 10) }
