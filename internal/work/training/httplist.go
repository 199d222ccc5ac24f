package training

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

// perPage is how many classes one page of the list shows.
const perPage = 30

func (p *pages) getList(w http.ResponseWriter, r *http.Request) error {
	if at, ok := page.AddressOf(r).OwnPeriod(); ok {
		web.Redirect(w, r, at.String())
		return nil
	}
	return p.showList(w, r, nil, nil)
}

// showList shows the list of the address, with what went wrong and the rows that were chosen.
func (p *pages) showList(w http.ResponseWriter, r *http.Request, problem error, chosen []flow.Pick) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		v.At.Path = "/" + Kind
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
				l.Note.Text = strings.Join(append(nonEmpty(l.Note.Text), v.T("选中的 %d 期都没有动", len(chosen))), v.T("；"))
			}
		}
		return v.Render(w, r, desk.Page{Title: v.T("培训班"), Tags: []string{"kind"}, Status: status}, page.ListPage(l))
	})
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func (p *pages) list(r *http.Request, tx *db.Tx, v *desk.Visit, chosen []flow.Pick) (page.List, error) {
	checks := v.Actor.May(access.Check, Kind)
	asked := p.listed(v, !checks)
	sorted := web.ReadList(r, perPage, "-day", "number", "title", "hours", "attendances")
	asked.Sort, asked.Limit, asked.Offset = v.At.Get("sort"), perPage, sorted.Offset()
	if _, ok := sorts[asked.Sort]; !ok {
		asked.Sort = ""
	}
	l := page.List{Title: v.T("培训班"), At: v.At, Sort: "-day", Search: v.T("班名、地点、教师、编号"), Columns: columnsOf(v)}
	subjects, err := org.Terms(v.Ctx, tx, SubjectVocabulary)
	if err != nil {
		return l, err
	}
	l.Filters = p.filterBar(v, subjects)
	p.listActions(v, &l, checks)
	var sum Total
	var items []Item
	if asked.known {
		if sum, err = total(v.Ctx, tx, asked.Query); err != nil {
			return l, err
		}
		if items, err = list(v.Ctx, tx, asked.Query); err != nil {
			return l, err
		}
	}
	all, err := p.views(tx, v, asked, checks, &l)
	if err != nil {
		return l, err
	}
	if len(items) == 0 {
		l.Batch = nil
		l.Empty, err = p.empty(tx, v, asked, all)
		return l, err
	}
	for _, i := range items {
		l.Rows = append(l.Rows, p.row(v, i, chosen))
	}
	last := sorted.Pages(int(sum.Classes))
	l.Pager = page.Pager{Page: min(sorted.Page, last), Last: last}
	l.Foot, err = p.foot(tx, v, asked, sum)
	return l, err
}

func columnsOf(v *desk.Visit) []page.Column {
	return []page.Column{{Label: v.T("编号"), Kind: page.CodeColumn, Sort: "number", Less: true}, {Label: v.T("班名"), Kind: page.MainColumn, Sort: "title"}, {Label: v.T("地点"), Plain: true},
		{Label: v.T("日期"), Sort: "day", Plain: true}, {Label: v.T("学时"), Kind: page.NumColumn, Sort: "hours", Less: true}, {Label: v.T("人次"), Kind: page.NumColumn, Sort: "attendances"},
		{Label: v.T("佐证")}, {Label: v.T("状态"), Kind: page.StateColumn}, {Label: v.T("填报人"), Less: true}}
}

func (p *pages) listActions(v *desk.Visit, l *page.List, checks bool) {
	l.Batch = &page.Batch{Noun: v.T(Noun), SumUnit: v.T("人次")}
	at := func(path string) string {
		a := v.At
		a.Path = "/" + Kind + path
		return a.String()
	}
	if v.Actor.May(access.Import, Kind) {
		l.Actions = append(l.Actions, page.Action{Label: v.T("导入"), Href: v.At.Scope("/imports/" + Kind).String(), Icon: "up"})
	}
	if checks {
		l.Batch.Actions = append(l.Batch.Actions, page.Action{Label: v.T("核实"), Small: true, Kind: page.Primary, To: at("/batch/verify")},
			page.Action{Label: v.T("退回"), Small: true, To: at("/batch/return")})
	}
	if v.Actor.May(access.Export, Kind) {
		l.Actions = append(l.Actions, v.ExportMenu("/"+Kind+"/export"))
		l.Batch.Actions = append(l.Batch.Actions, page.Action{Label: v.T("导出所选"), Small: true, Menu: []page.Action{
			{Label: v.T("Excel 工作簿（xlsx）"), Name: "format", Value: "xlsx", To: at("/batch/export")},
			{Label: v.T("CSV（UTF-8）"), Name: "format", Value: "csv", To: at("/batch/export")}}})
	}
	if v.Actor.May(access.Write, Kind) {
		l.Actions = append(l.Actions, page.Action{Label: v.T("新建培训班"), Href: v.At.Scope("/" + Kind + "/new").String(), Icon: "plus", Kind: page.Primary})
	}
	if len(l.Batch.Actions) == 0 {
		l.Batch = nil
	}
}

func (p *pages) filterBar(v *desk.Visit, subjects *org.Vocabulary) []page.Filter {
	towns := page.Filter{Key: "town", Label: v.T("乡镇"), Options: []page.Option{{Label: v.T("全部")}}}
	for _, t := range v.Tree.Townships() {
		towns.Options = append(towns.Options, page.Option{Value: t.Code, Label: t.Name})
	}
	towns.Options = append(towns.Options, page.Option{Value: v.Tree.Root().Code, Label: v.T("县直")})
	if v.Scope.Place != "" { // below the place of the scope
		towns.Label, towns.Options = v.T("村"), []page.Option{{Label: v.T("全部")}}
		for _, t := range v.Tree.Villages(v.Scope.Place) {
			towns.Options = append(towns.Options, page.Option{Value: t.Code, Label: t.Name})
		}
	}
	subject := page.Filter{Key: "subject", Label: v.T("专业"), Find: true, Options: []page.Option{{Label: v.T("全部")}}}
	for _, code := range subjects.Codes() {
		subject.Options = append(subject.Options, page.Option{Value: code, Label: subjects.Title(code)})
	}
	kinds := page.Filter{Key: "kind", Label: v.T("类型"), Options: []page.Option{{Label: v.T("全部")}}}
	for _, k := range p.Catalogue.On(v.Scope.Period.To).Kinds() {
		kinds.Options = append(kinds.Options, page.Option{Value: k.Code, Label: v.T(k.Name)})
	}
	states := page.Filter{Key: "state", Label: v.T("状态"), Options: []page.Option{{Label: v.T("全部")}}}
	for _, s := range []flow.State{flow.Draft, flow.Submitted, flow.Verified, flow.Returned, flow.Voided} {
		states.Options = append(states.Options, page.Option{Value: string(s), Label: v.T(s.Title())})
	}
	all := []page.Filter{towns, subject, kinds, {Key: "day", Label: v.T("日期"), Dates: true}, states}
	if batch := v.At.Get("batch"); batch != "" { // the result of an import leads here
		all = append(all, page.Filter{Key: "batch", Label: v.T("导入"), Options: []page.Option{{Label: v.T("全部")}, {Value: batch, Label: v.T("这一批")}}})
	}
	if code := v.At.Get("figure"); code != "" { // a figure's trace leads here
		name := code
		if d, ok := v.Indicators.Def(code); ok {
			name = d.Short()
		}
		all = append(all, page.Filter{Key: "figure", Label: v.T("计入"), Options: []page.Option{{Label: v.T("全部")}, {Value: code, Label: name}}})
	}
	return all
}

// row is one class in the list.
func (p *pages) row(v *desk.Visit, i Item, chosen []flow.Pick) page.Row {
	href := v.At
	href.Path = desk.Href(Kind, i.Number)
	row := page.Row{ID: desk.PickValue(i.Head), Name: i.Title, Href: href.String(), Left: i.State == flow.Voided,
		Chosen: slices.ContainsFunc(chosen, func(c flow.Pick) bool { return c.Ref.ID == i.ID })}
	days := v.T("未填")
	if i.Start != "" {
		days = i.Start.Short(v.Today)
		if i.End != i.Start && i.End != "" {
			days += "—" + i.End.Short(i.Start)
		}
		days = v.T(days)
	}
	hour := page.NotFilled(v.T("未填"))
	if i.Minutes != nil {
		hour = page.Cell(hours(i.Minutes))
	}
	people := page.NotFilled(v.T("未填"))
	if i.Attendances != nil {
		row.Sum = i.Attendances.N
		people = page.Cell(v.CountOf(i.Attendances.N, i.Attendances.Exactness))
		if f, ok := p.traceOf(v, i.Head, i.ClassKind, i.Subject, measureAttendances); ok {
			f.Name, f.Value = v.T("%s的培训人次", i.Title), v.CountOf(i.Attendances.N, i.Attendances.Exactness)
			people = page.FigureLink(f)
		}
	}
	row.Cells = []templ.Component{page.Faint(v.Number(i.Head)), page.LinkCell(row.Href, i.Title), page.Cell(placeWords(v.Tree, i.Place)), nowrap(days), hour, people,
		papersCell(v, i), stateCell(v, i.Head), nowrap(i.AuthorName)}
	return row
}

// traceOf is the address of the figure that counts a verified class, narrowed to the class's own place, day, kind and subject; ok
// is false where no indicator counts the measure for such a class.
func (p *pages) traceOf(v *desk.Visit, h flow.Head, kind, subject, measure string) (page.Figure, bool) {
	if h.State != flow.Verified || v.Tree.Place(h.Place).ID == "" {
		return page.Figure{}, false
	}
	tags := []ledger.TagIs{{Name: "kind", Values: []string{kind}}}
	if subject != "" {
		tags = append(tags, ledger.TagIs{Name: "subject", Values: []string{subject}})
	}
	def, ok := v.Counting(measure, tags)
	if !ok {
		return page.Figure{}, false
	}
	scope := indicator.Scope{Place: h.Place, Period: day.Period{From: h.Day, To: h.Day}, Tags: tags}
	return page.Figure{Href: desk.TraceHref(def.Code, scope, v.Tree)}, true
}

// placeWords is the place with a space between township and village, as columns read best.
func placeWords(tree *org.Tree, place string) string {
	at := tree.Place(place)
	town, ok := tree.Township(place)
	if !ok || town.ID == at.ID {
		return tree.PlaceName(place)
	}
	return town.Name + " " + at.Name
}

func papersCell(v *desk.Visit, i Item) templ.Component {
	missing, _, _ := strings.Cut(i.Missing, " ")
	switch {
	case i.Papers == 0 && missing != "":
		return page.Missing(v.T("未传"))
	case missing != "":
		return page.Missing(v.T("缺%s", v.T(evidence.Kind(missing).Title())))
	case i.Papers == 0:
		return page.NotFilled(v.T("不用传"))
	}
	return page.Cell(v.T("%d 件", i.Papers))
}

// views are the tabs with their counts, which hold the scope and not the filters. It gives how many classes the scope has.
func (p *pages) views(tx *db.Tx, v *desk.Visit, asked listed, checks bool, l *page.List) (int64, error) {
	bare := *v
	at := v.At.Without("view", "q", "town", "subject", "kind", "state", "figure", "day_from", "day_to", "sort")
	returned := "退回给我"
	if checks {
		returned = "已退回"
	}
	writes := v.Actor.May(access.Write, Kind)
	var all int64
	for _, one := range []struct {
		view, name string
		shown      bool
	}{{viewAll, "全部", true}, {viewVerify, "待我核实", checks}, {viewReturned, returned, writes}, {viewDraft, "草稿", writes}, {viewMonth, "本月", true}, {viewUnproved, "缺佐证", true}} {
		if !one.shown {
			continue
		}
		bare.At = at.With("view", one.view)
		n, err := count(v.Ctx, tx, p.listed(&bare, !checks).Query)
		if err != nil {
			return 0, err
		}
		if one.view == viewAll {
			all = n
		}
		l.Views = append(l.Views, page.View{Label: v.T(one.name), Href: bare.At.String(), Count: n, Active: asked.view == one.view})
	}
	return all, nil
}

// count is how many classes a query has.
func count(ctx context.Context, tx *db.Tx, q Query) (int64, error) {
	where, args, err := q.where(ctx, tx)
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM "+listFrom+" WHERE r.kind = '"+Kind+"' AND "+where, args...)
}

// foot says how many classes the filters leave and what the verified ones add up to. The sums open the figure that says the same;
// where no figure can (a search, papers that are missing) they open the verified classes themselves.
func (p *pages) foot(tx *db.Tx, v *desk.Visit, asked listed, sum Total) (templ.Component, error) {
	verified := v.At.With("state", string(flow.Verified)).String()
	f := page.FootSum{Noun: v.T(Noun), All: sum.Classes, Verified: sum.Verified, VerifiedHref: verified, Unit: v.T("人次"), Sum: indicator.Commas(strconv.FormatInt(sum.Attendances, 10)),
		SumHref: verified, Left: v.T("待核实、退回、草稿不计入"), Plain: true}
	if !asked.scopeSays {
		return page.ListFoot(f), nil
	}
	classes, ok, err := v.Agreeing(tx, asked.scope, measureClasses, sum.Verified)
	if err != nil || !ok {
		return page.ListFoot(f), err
	}
	people, ok, err := v.Agreeing(tx, asked.scope, measureAttendances, sum.Attendances)
	if err != nil || !ok {
		return page.ListFoot(f), err
	}
	f.Plain, f.VerifiedHref, f.SumHref, f.Proof = false, classes.Href, people.Href, classes.Proof
	return page.ListFoot(f), nil
}

// missingWords names the papers that are missing: 签到册、花名册 means that one of them is enough.
func missingWords(v *desk.Visit, missing string) string {
	var names []string
	for _, k := range strings.Fields(missing) {
		names = append(names, v.T(evidence.Kind(k).Title()))
	}
	return strings.Join(names, v.T("或"))
}
