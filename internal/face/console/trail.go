package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

const trailPath = "/settings/trail"

// eventsAPage is how many events a page of the trail shows; mostEvents is how many one file takes.
const (
	eventsAPage = 50
	mostEvents  = 100_000
)

func (c *Console) trailRoutes() []web.Route {
	return []web.Route{{Pattern: "GET " + trailPath, Right: string(access.Trail), Handler: c.getTrail}}
}

// trailFilter reads the filters of the address.
func trailFilter(v *desk.Visit, r *http.Request) (access.TrailFilter, error) {
	from, to, err := daysAsked(v, r)
	if err != nil {
		return access.TrailFilter{}, err
	}
	return access.TrailFilter{From: from, To: to, Account: v.At.Get("who"), Action: v.At.Get("area"), Kind: v.At.Get("kind"), After: cursor(v.At.Get("after"))}, nil
}

// daysAsked are the instants between which the filter "day" of the address asks, the second not included; 0 for what it leaves open.
func daysAsked(v *desk.Visit, r *http.Request) (first, end int64, err error) {
	f := web.QueryForm(r)
	from, to := f.Day("day_from", "从哪天"), f.Day("day_to", "到哪天")
	if err := f.Err(); err != nil {
		return 0, 0, err
	}
	if from != "" && to != "" && to < from {
		return 0, 0, errs.E(errs.Invalid, "到哪天 %s 早于从哪天 %s，请对调", to.Long(), from.Long())
	}
	at := func(d day.Day, plus int) int64 {
		if d == "" {
			return 0
		}
		t := d.Add(plus).Time()
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, v.Association.Location()).UnixMilli()
	}
	return at(from, 0), at(to, 1), nil
}

// cursor is the last entry of the page before, as the address has it: instant and id.
func cursor(s string) *access.Entry {
	at, last, ok := strings.Cut(s, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || last == "" {
		return nil
	}
	return &access.Entry{At: n, ID: last}
}

func (c *Console) getTrail(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		f, err := trailFilter(v, r)
		if err != nil {
			return err
		}
		accounts, err := access.ListAccounts(v.Ctx, tx)
		if err != nil {
			return err
		}
		if as := v.At.Get("as"); as != "" {
			return c.sendTrail(w, v, tx, as, f)
		}
		f.Limit = eventsAPage + 1
		all, err := access.ListTrail(v.Ctx, tx, f)
		if err != nil {
			return err
		}
		l := c.trailList(v, accounts)
		l.Pager.Page = 1
		if len(all) > eventsAPage {
			all = all[:eventsAPage]
			last := all[eventsAPage-1]
			l.Pager.After = strconv.FormatInt(last.At, 10) + "." + last.ID
		}
		subjects, err := c.subjectsOf(v, tx, accounts, all)
		if err != nil {
			return err
		}
		for i, e := range v.History(c.readable(all)) {
			what := e.What
			if e.Remark != "" {
				what += v.T("「%s」", e.Remark)
			}
			l.Rows = append(l.Rows, page.Row{Name: what, Cells: []templ.Component{page.Faint(e.When), unbroken(actorName(v, all[i])), page.Cell(what), unbroken(subjects[i]), page.Faint(all[i].Address)}})
		}
		return v.Render(w, r, desk.Page{Title: v.T("审计记录"), Path: "/settings", NoScope: true}, templ.Join(crumbs(v, page.NavItem{Label: v.T("审计记录")}), page.ListPage(l)))
	})
}

func (c *Console) trailList(v *desk.Visit, accounts []access.Account) page.List {
	who, areas, kinds := []page.Option{{Label: v.T("全部")}}, []page.Option{{Label: v.T("全部")}}, []page.Option{{Label: v.T("全部")}}
	for _, a := range accounts {
		who = append(who, page.Option{Value: a.ID, Label: a.Name})
	}
	for _, a := range desk.Areas() {
		areas = append(areas, page.Option{Value: a.Prefix, Label: v.T(a.Title)})
	}
	for _, m := range c.Modules {
		kinds = append(kinds, page.Option{Value: m.Kind, Label: v.T(m.Title)})
	}
	for _, k := range []string{access.AccountKind, "place", "unit"} {
		kinds = append(kinds, page.Option{Value: k, Label: v.T(c.kindTitle(k))})
	}
	return page.List{Title: v.T("审计记录"), At: v.At.Without("after"), Actions: exports(v, string(access.Trail)),
		Filters: []page.Filter{{Key: "who", Label: v.T("谁"), Options: who, Find: true}, {Key: "area", Label: v.T("做什么"), Options: areas}, {Key: "kind", Label: v.T("对什么"), Options: kinds},
			{Key: "day", Label: v.T("日期"), Dates: true}},
		Note:    &page.Notice{Text: v.T("谁在什么时候做了什么，一条也不能改、不能删；每条都有编号和校验，改过就查得出来。")},
		Columns: []page.Column{{Label: v.T("时间"), Kind: page.StateColumn}, {Label: v.T("谁"), Plain: true}, {Label: v.T("做了什么"), Kind: page.MainColumn}, {Label: v.T("对什么")}, {Label: v.T("从哪台机器")}},
		Empty:   &page.Empty{Title: v.T("没有符合的记录"), Reason: v.T("这段日子、这个人没有做过这类事。"), Out: &page.Action{Label: v.T("清除筛选，看全部"), Href: trailPath}},
		Foot:    page.Words(v.T("最近的在前"))}
}

// actorName is who did it; some things are done before anybody is signed in.
func actorName(v *desk.Visit, e access.Entry) string {
	switch {
	case e.Name != "":
		return e.Name
	case e.Address == "":
		return v.T("本机")
	}
	return v.T("没有登录的人")
}

// kindTitle names a kind of things that the history is about.
func (c *Console) kindTitle(kind string) string {
	if title, ok := map[string]string{access.AccountKind: "账号", "place": "地点", "unit": "单位", "import": "导入", "setting": "设置", "term": "专业", "report": "报告", "ledger": "台账"}[kind]; ok {
		return title
	}
	for _, m := range c.Modules {
		if m.Kind == kind {
			return m.Title
		}
	}
	return ""
}

// subjectsOf says of each event what it was done with: 培训班 PX-2026-0073, 账号 李文芳.
func (c *Console) subjectsOf(v *desk.Visit, tx *db.Tx, accounts []access.Account, all []access.Entry) ([]string, error) {
	names := map[string]string{}
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	tree, err := treeToday(v, tx)
	if err != nil {
		return nil, err
	}
	for _, n := range slices.Concat(placeNodes(tree), unitNodes(tree)) {
		names[n.ID] = n.Name
	}
	var records []string
	for _, e := range all {
		if e.Ref.ID != "" && names[e.Ref.ID] == "" {
			records = append(records, e.Ref.ID)
		}
	}
	numbers, err := flow.Numbers(v.Ctx, tx, records)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(all))
	for i, e := range all {
		name := names[e.Ref.ID] + numbers[e.Ref.ID]
		out[i] = strings.TrimSpace(v.T(c.kindTitle(e.Ref.Kind)) + " " + name)
	}
	return out, nil
}

// sendTrail answers with the events that the filters leave, page by page, so that memory does not grow with them.
func (c *Console) sendTrail(w http.ResponseWriter, v *desk.Visit, tx *db.Tx, as string, f access.TrailFilter) error {
	accounts, err := access.ListAccounts(v.Ctx, tx)
	if err != nil {
		return err
	}
	f.Limit, f.After = 200, nil
	rows := func(yield func([]any, error) bool) {
		for sent := 0; sent < mostEvents; {
			all, err := access.ListTrail(v.Ctx, tx, f)
			if err != nil {
				yield(nil, err)
				return
			}
			subjects, err := c.subjectsOf(v, tx, accounts, all)
			if err != nil {
				yield(nil, err)
				return
			}
			for i, e := range v.History(c.readable(all)) {
				at := time.UnixMilli(all[i].At).In(v.Association.Location()).Format("2006-01-02 15:04:05")
				if !yield([]any{at, actorName(v, all[i]), e.What, e.Remark, subjects[i], all[i].Address, all[i].Request}, nil) {
					return
				}
			}
			sent += len(all)
			if len(all) < f.Limit {
				return
			}
			f.After = &all[len(all)-1]
		}
	}
	t := xlsx.Table{Name: v.T("审计记录"), Rows: rows, Columns: []xlsx.Column{{Title: v.T("时间")}, {Title: v.T("谁")}, {Title: v.T("做了什么")}, {Title: v.T("原因")}, {Title: v.T("对什么")},
		{Title: v.T("从哪台机器")}, {Title: v.T("请求号")}}}
	return sendTable(w, v, as, v.T("审计记录"), t, string(access.Trail))
}
