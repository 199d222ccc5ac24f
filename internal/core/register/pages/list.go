package pages

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

// List is what a register's list shows.
type List[T, W any] struct {
	Search  string // where the search looks: 班名、地点、教师、编号
	Columns []Column[T, W]
	Filters []Filter[W] // between township and days
	Views   []View      // after the shared ones
	// Narrow reads what else of the address restricts the list; nil: nothing.
	Narrow func(v *desk.Visit, l *Listed)
	// Stands lets the list have what stands at the end of the scope, from whatever day on; else it has what counts within the scope.
	Stands bool
	// Since is the day from which a record counts, of what stands; nil: the day of its head.
	Since func(body T) day.Day

	Measure string  // of which a record posts one: the foot's count then opens the figure that says the same
	Sum     *Sum[T] // nil: nothing is summed
	Export  []Export[T, W]

	// Actions lead to other pages of the module, before those that every list has; nil: none.
	Actions func(v *desk.Visit) []page.Action

	Unfound string // where a search has looked in vain: 班名、编号、地点、专业、教师、协办单位里都没有
	First   string // why to enter the first record
	Proved  string // what an empty list of records without papers says: 应有的签到册或花名册都传了
}

// Column is a column of the list. Cell shows an entry; w has the words of its day.
type Column[T, W any] struct {
	page.Column
	Cell func(v *desk.Visit, e register.Entry[T], w W) templ.Component
}

// Sum is what the list adds up.
type Sum[T any] struct {
	Column  string // of the row: attendances
	Unit    string // 人次
	Measure string // by which figures add the same up
	Of      func(body T) *register.Count
}

// perPage is how many records one page of the list shows.
const perPage = 30

// states are those that the filter bar offers.
var states = []flow.State{flow.Draft, flow.Submitted, flow.Verified, flow.Returned, flow.Voided}

func (p *Pages[T, W]) getList(w http.ResponseWriter, r *http.Request) error {
	if at, ok := page.AddressOf(r).OwnPeriod(); ok {
		web.Redirect(w, r, at.String())
		return nil
	}
	return p.ShowList(w, r, nil, nil)
}

// ShowList shows the list of the address, with what went wrong and the rows that were chosen.
func (p *Pages[T, W]) ShowList(w http.ResponseWriter, r *http.Request, problem error, chosen []flow.Pick) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		v.At.Path = p.path("")
		status := http.StatusOK
		if problem != nil {
			status = web.Status(problem)
		}
		l, err := p.list(r, tx, v, chosen)
		if err != nil {
			return err
		}
		if problem != nil {
			l.Note = v.Problem(problem)
			if len(chosen) > 1 {
				l.Note.Text = strings.Join(append(nonEmpty(l.Note.Text), v.T("选中的 %d %s都没有动", len(chosen), v.T(p.Noun))), v.T("；"))
			}
		}
		return v.Render(w, r, desk.Page{Title: l.Title, Tags: p.Tags, Status: status}, page.ListPage(l))
	})
}

func (p *Pages[T, W]) list(r *http.Request, tx *db.Tx, v *desk.Visit, chosen []flow.Pick) (page.List, error) {
	asked := p.listed(v)
	at := web.ReadList(r, perPage)
	asked.Sort, asked.Limit, asked.Offset = v.At.Get("sort"), perPage, at.Offset()
	if !p.Book.Sortable(asked.Sort) {
		asked.Sort = ""
	}
	l := page.List{Title: v.T(p.Title), At: v.At, Sort: "-day", Search: v.T(p.List.Search)}
	for _, c := range p.List.Columns {
		c.Label = v.T(c.Label)
		l.Columns = append(l.Columns, c.Column)
	}
	words, err := p.Book.Words(v.Ctx, tx)
	if err != nil {
		return l, err
	}
	if l.Filters, err = p.filterBar(v, words); err != nil {
		return l, err
	}
	p.listActions(v, &l)
	var sum register.Total
	var entries []register.Entry[T]
	if asked.Known {
		if sum, err = p.Book.TotalIn(v.Ctx, tx, asked.Query, p.List.Sum.column()); err != nil {
			return l, err
		}
		if entries, err = p.Book.ListIn(v.Ctx, tx, asked.Query); err != nil {
			return l, err
		}
	}
	all, err := p.views(tx, v, asked, &l)
	if err != nil {
		return l, err
	}
	if len(entries) == 0 {
		l.Batch = nil
		l.Empty, err = p.empty(tx, v, asked, all)
		return l, err
	}
	for _, e := range entries {
		w, err := words(e.Day)
		if err != nil {
			return l, err
		}
		l.Rows = append(l.Rows, p.row(v, e, w, chosen))
	}
	last := at.Pages(int(sum.Records))
	l.Pager = page.Pager{Page: min(at.Page, last), Last: last}
	l.Foot, err = p.foot(tx, v, asked, sum)
	return l, err
}

func (s *Sum[T]) column() string {
	if s == nil {
		return ""
	}
	return "c." + s.Column
}

// row is one record in the list.
func (p *Pages[T, W]) row(v *desk.Visit, e register.Entry[T], w W, chosen []flow.Pick) page.Row {
	row := page.Row{ID: desk.PickValue(e.Head), Name: e.Title, Href: Href(v, e.Head), Left: e.State == flow.Voided,
		Chosen: slices.ContainsFunc(chosen, func(c flow.Pick) bool { return c.Ref.ID == e.ID })}
	if p.List.Sum != nil {
		if n := p.List.Sum.Of(e.Body); n != nil {
			row.Sum = n.N
		}
	}
	for _, c := range p.List.Columns {
		row.Cells = append(row.Cells, c.Cell(v, e, w))
	}
	return row
}

func (p *Pages[T, W]) listActions(v *desk.Visit, l *page.List) {
	kind := p.Book.Kind
	l.Batch = &page.Batch{Noun: v.T(p.Noun)}
	if p.List.Sum != nil {
		l.Batch.SumUnit = v.T(p.List.Sum.Unit)
	}
	at := func(path string) string {
		a := v.At
		a.Path = p.path(path)
		return a.String()
	}
	if p.List.Actions != nil {
		l.Actions = p.List.Actions(v)
	}
	if p.Sheet != nil && v.Actor.May(access.Import, kind) {
		l.Actions = append(l.Actions, page.Action{Label: v.T("导入"), Href: v.At.Scope("/imports/" + kind).String(), Icon: "up"})
	}
	if v.Actor.May(access.Check, kind) {
		l.Batch.Actions = append(l.Batch.Actions, page.Action{Label: v.T("核实"), Small: true, Kind: page.Primary, To: at("/batch/verify")},
			page.Action{Label: v.T("退回"), Small: true, To: at("/batch/return")})
	}
	if v.Actor.May(access.Export, kind) {
		l.Actions = append(l.Actions, v.ExportMenu(p.path("/export")))
		l.Batch.Actions = append(l.Batch.Actions, page.Action{Label: v.T("导出所选"), Small: true, Menu: []page.Action{
			{Label: v.T("Excel 工作簿（xlsx）"), Name: "format", Value: "xlsx", To: at("/batch/export")},
			{Label: v.T("CSV（UTF-8）"), Name: "format", Value: "csv", To: at("/batch/export")}}})
	}
	if v.Actor.May(access.Write, kind) && !p.Elsewhere {
		l.Actions = append(l.Actions, page.Action{Label: v.T("新建%s", v.T(p.Title)), Href: v.At.Scope(p.path("/new")).String(), Icon: "plus", Kind: page.Primary})
	}
	if len(l.Batch.Actions) == 0 {
		l.Batch = nil
	}
}

func (p *Pages[T, W]) filterBar(v *desk.Visit, words func(on day.Day) (W, error)) ([]page.Filter, error) {
	w, err := words(v.Scope.Period.To)
	if err != nil {
		return nil, err
	}
	every := page.Option{Label: v.T("全部")}
	towns := page.Filter{Key: "town", Label: v.T("乡镇"), Options: []page.Option{every}}
	for _, t := range v.Tree.Townships() {
		towns.Options = append(towns.Options, page.Option{Value: t.Code, Label: t.Name})
	}
	towns.Options = append(towns.Options, page.Option{Value: v.Tree.Root().Code, Label: v.T("县直")})
	if v.Scope.Place != "" { // below the place of the scope
		towns.Label, towns.Options = v.T("村"), []page.Option{every}
		for _, t := range v.Tree.Villages(v.Scope.Place) {
			towns.Options = append(towns.Options, page.Option{Value: t.Code, Label: t.Name})
		}
	}
	all := []page.Filter{towns}
	for _, f := range p.List.Filters {
		all = append(all, page.Filter{Key: f.Key, Label: v.T(f.Label), Find: f.Find, Options: append([]page.Option{every}, f.Options(v, w)...)})
	}
	state := page.Filter{Key: "state", Label: v.T("状态"), Options: []page.Option{every}}
	for _, s := range states {
		state.Options = append(state.Options, page.Option{Value: string(s), Label: v.T(s.Title())})
	}
	all = append(all, page.Filter{Key: "day", Label: v.T("日期"), Dates: true}, state)
	if batch := v.At.Get("batch"); batch != "" { // the result of an import leads here
		all = append(all, page.Filter{Key: "batch", Label: v.T("导入"), Options: []page.Option{every, {Value: batch, Label: v.T("这一批")}}})
	}
	if code := v.At.Get("figure"); code != "" { // a figure's trace leads here
		name := code
		if d, ok := v.Indicators.Def(code); ok {
			name = d.Short()
		}
		all = append(all, page.Filter{Key: "figure", Label: v.T("计入"), Options: []page.Option{every, {Value: code, Label: name}}})
	}
	return all, nil
}

// views are the tabs with their counts, which hold the scope and not the filters. It gives how many records the scope has.
func (p *Pages[T, W]) views(tx *db.Tx, v *desk.Visit, asked Listed, l *page.List) (int64, error) {
	bare := *v
	at := v.At.Without(p.reset()...)
	checks, writes := v.Actor.May(access.Check, p.Book.Kind), v.Actor.May(access.Write, p.Book.Kind)
	returned := "退回给我"
	if checks {
		returned = "已退回"
	}
	type tab struct {
		view, name string
		shown      bool
	}
	tabs := []tab{{viewAll, "全部", true}, {viewVerify, "待我核实", checks}, {viewReturned, returned, writes}, {viewDraft, "草稿", writes}, {viewMonth, "本月", true}, {viewUnproved, "缺佐证", true}}
	for _, own := range p.List.Views {
		tabs = append(tabs, tab{own.Key, own.Label, true})
	}
	var all int64
	for _, one := range tabs {
		if !one.shown {
			continue
		}
		bare.At = at.With("view", one.view)
		n, err := p.Book.CountIn(v.Ctx, tx, p.listed(&bare).Query)
		if err != nil {
			return 0, err
		}
		if one.view == viewAll {
			all = n
		}
		l.Views = append(l.Views, page.View{Label: v.T(one.name), Href: bare.At.String(), Count: n, Active: asked.View == one.view})
	}
	return all, nil
}

// foot says how many records the filters leave and what the verified ones add up to. The sums open the figure that says the same;
// where no figure can (a search, papers that are missing) they open the verified records themselves.
func (p *Pages[T, W]) foot(tx *db.Tx, v *desk.Visit, asked Listed, sum register.Total) (templ.Component, error) {
	verified := v.At.With("state", string(flow.Verified)).String()
	f := page.FootSum{Noun: p.Noun, All: sum.Records, Verified: sum.Verified, VerifiedHref: verified, Left: v.T("待核实、退回、草稿不计入"), Plain: true}
	if p.List.Sum != nil {
		f.Unit, f.Sum, f.SumHref = v.T(p.List.Sum.Unit), indicator.Commas(strconv.FormatInt(sum.Sum, 10)), verified
	}
	agrees, err := p.agree(tx, v, asked, sum, &f)
	if err != nil || agrees || p.List.Sum == nil || sum.Sum == 0 {
		return page.ListFoot(f), err
	}
	inexact, err := p.Book.InexactIn(v.Ctx, tx, asked.Query, p.List.Sum.Measure)
	if err != nil {
		return nil, err
	}
	word, err := indicator.WordOf(v.Ctx, tx, v.Scope.Period.To, sum.Sum, inexact)
	f.Sum = v.CountOf(sum.Sum, word)
	return page.ListFoot(f), err
}

// agree lets the sums of f open the figures that say the same, and say how exact those are; false where there are none.
func (p *Pages[T, W]) agree(tx *db.Tx, v *desk.Visit, asked Listed, sum register.Total, f *page.FootSum) (bool, error) {
	if !asked.Agrees || p.List.Measure == "" {
		return false, nil
	}
	count, ok, err := v.Agreeing(tx, asked.Scope, p.List.Measure, sum.Verified)
	if err != nil || !ok {
		return false, err
	}
	if p.List.Sum != nil {
		added, ok, err := v.Agreeing(tx, asked.Scope, p.List.Sum.Measure, sum.Sum)
		if err != nil || !ok {
			return false, err
		}
		f.Sum, f.SumHref = added.Value, added.Href
	}
	f.Plain, f.VerifiedHref, f.Proof = false, count.Href, count.Proof
	return true, nil
}
