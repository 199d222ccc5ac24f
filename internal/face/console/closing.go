package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

const (
	closingPath = ledgerPath + "/closing"
	reopenPath  = closingPath + "/reopen"
)

// closingRoutes are the pages on which days are closed and opened again (design.md, 4.12).
func (c *Console) closingRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET " + closingPath, Right: string(access.Read), Handler: c.getClosing},
		{Pattern: "POST " + closingPath, Right: string(access.Close), Handler: c.postClosing},
		{Pattern: "POST " + reopenPath, Right: string(access.Reopen), Handler: c.postReopenLedger},
		{Pattern: "POST " + acceptPath, Right: string(access.Check), Handler: c.postAccept},
	}
}

// closingBack is how many months the page goes back: what was never closed begins somewhere, and closed days are opened from
// there on.
const closingBack = 36

// monthEnds lists the last days of months after one day and before another, the latest first, closingBack of them at most.
func monthEnds(after, before day.Day) (ends []day.Day) {
	m := day.Month(before.Year(), before.Month())
	for len(ends) < closingBack && m.To > after {
		if m.To < before {
			ends = append(ends, m.To)
		}
		last := m.From.Add(-1)
		m = day.Month(last.Year(), last.Month())
	}
	return ends
}

// openEnds are the days up to which the ledger can be closed now, the latest first.
func openEnds(closed, today day.Day) []day.Day { return monthEnds(closed, today) }

// closedEnds are the days to which a closed ledger can be opened again, the latest first.
func closedEnds(closed day.Day) []day.Day {
	if closed == "" {
		return nil
	}
	return monthEnds("", closed)
}

// periodsEnding names the periods that end with a month: 8月; 6月、二季度、上半年.
func periodsEnding(v *desk.Visit, end day.Day) string {
	m := end.Month()
	names := []string{v.T(strconv.Itoa(m) + "月")}
	if m%3 == 0 {
		names = append(names, v.T([]string{"一季度", "二季度", "三季度", "四季度"}[m/3-1]))
	}
	if m%6 == 0 {
		names = append(names, v.T([]string{"上半年", "下半年"}[m/6-1]))
	}
	if m == 12 {
		names = append(names, v.T("全年"))
	}
	return strings.Join(names, v.T("、"))
}

func endOptions(v *desk.Visit, ends []day.Day) (all []page.Option) {
	for _, end := range ends {
		all = append(all, page.Option{Value: string(end), Label: v.T("%s（%s）", v.T(end.Long()), periodsEnding(v, end))})
	}
	return all
}

// closingShown is the page of closing.
type closingShown struct {
	Stands      []page.Big
	Closed      string // «已结到…»
	Choice      *page.Select
	ChoiceWrong []page.FieldError
	UpTo        string
	Unfinished  page.List
	Settled     bool
	CloseAction *page.Action
	WhoCloses   string
	Older       *page.List // what stands by older rules; nil when nothing does
	Accept      page.Text
	AcceptWrong []page.FieldError
	Reopen      *page.Select
	Reason      page.Text
	Wrong       []page.FieldError
	History     page.List
}

func (c *Console) getClosing(w http.ResponseWriter, r *http.Request) error {
	return c.showClosing(w, r, nil, nil)
}

// showClosing shows how far the ledger is closed, what is unfinished up to the day asked for, and what was done before; values and
// wrong are those of the form that came back: of closing, of reopening or of accepting.
func (c *Console) showClosing(w http.ResponseWriter, r *http.Request, values url.Values, wrong []page.FieldError) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		v.At.Path = closingPath
		history, err := ledger.Closings(v.Ctx, tx)
		if err != nil {
			return err
		}
		names, err := access.Names(v.Ctx, tx, closers(history))
		if err != nil {
			return err
		}
		if as := v.At.Get("as"); as != "" {
			if err := access.Require(v.Ctx, access.Export, ""); err != nil {
				return err
			}
			if v.At.Get("of") == olderID {
				t, err := c.olderTable(tx, v)
				if err != nil {
					return err
				}
				return sendTable(w, v, as, t.Name, t)
			}
			return sendTable(w, v, as, v.T("结账经过"), closingTable(v, closingsChosen(v, history, names), names))
		}
		s := closingShown{History: closingHistory(v, history, names)}
		var closed day.Day
		if len(history) > 0 {
			closed = history[0].UpTo
		}
		if err := c.closingStand(tx, v, &s, history, closed); err != nil {
			return err
		}
		closes, reopens, accepts := draft{v, values, nil}, draft{v, values, nil}, draft{v, values, nil}
		switch {
		case values.Has("why"):
			accepts.errors = wrong
		case values.Has("reason"):
			reopens.errors = wrong
		default:
			closes.errors = wrong
			closes.status(w)
		}
		if err := c.closingChoice(tx, v, &s, closed, closes); err != nil {
			return err
		}
		if err := c.olderList(w, r, tx, accepts, &s); err != nil {
			return err
		}
		if closed != "" && v.Actor.MayEverywhere(access.Reopen, "") {
			d := reopens
			d.status(w)
			s.Wrong = d.errors
			s.Reopen = &page.Select{Field: d.field("to", v.T("重新结到")), Options: endOptions(v, closedEnds(closed))}
			s.Reopen.Hint = v.T("这一天以后的账重新打开")
			s.Reason = page.Text{Field: d.field("reason", v.T("为什么重开")), Rows: 2, MaxLength: 500}
			s.Reason.Wide = true
		}
		if v.Actor.May(access.Export, "") && len(history) > 0 {
			s.History.Actions = []page.Action{exportMenu(v)}
		}
		return v.Render(w, r, desk.Page{Title: v.T("结账"), Path: ledgerPath, NoScope: true}, closingPage(s))
	})
}

func closers(history []ledger.Closing) (accounts []string) {
	for _, h := range history {
		accounts = append(accounts, h.Account)
	}
	return accounts
}

// closingStand says how far the ledger is closed and how much was corrected since.
func (c *Console) closingStand(tx *db.Tx, v *desk.Visit, s *closingShown, history []ledger.Closing, closed day.Day) error {
	if closed == "" {
		s.Closed = v.T("还没有结过账，所有日子都能照常入账。")
		return nil
	}
	s.Closed = v.T("%s及以前已结：再改要写原因，记为更正，更正前后两个数都查得到。", v.T(closed.Long()))
	s.Stands = []page.Big{{Value: v.T(closed.Long()), Label: v.T("已结到")}}
	since := standingSince(history)
	if since == 0 {
		return nil
	}
	scope := indicator.Scope{Period: day.Period{From: "1990-01-01", To: closed}}
	_, n, err := v.Indicators.Changes(v.Ctx, tx, scope, indicator.ChangesAsked{Since: since, Limit: 1})
	if errs.Is(err, errs.Forbidden) { // who does not see the county's figures is not told how many were corrected
		return nil
	}
	if err != nil {
		return err
	}
	at := page.Address{Path: changesPath, Query: url.Values{"since": {strconv.FormatInt(since, 10)}, "period": {scope.Period.String()}}}
	s.Stands = append(s.Stands, page.Big{Value: grouped(n), Unit: v.T("笔"), Label: v.T("最近一次结账后的更正"), Href: at.String()})
	return nil
}

// standingSince is the size of the log at the last closing of which days are still closed: reopening takes nothing of what was
// corrected since then away, and a closing that was opened again as a whole counts no more.
func standingSince(history []ledger.Closing) int64 {
	for _, h := range history {
		if !h.Reopens() && h.Was < history[0].UpTo {
			return h.Since
		}
	}
	return 0
}

// closingChoice offers the days up to which the ledger can be closed, with what is unfinished up to the chosen one.
// d is its form that came back.
func (c *Console) closingChoice(tx *db.Tx, v *desk.Visit, s *closingShown, closed day.Day, d draft) error {
	s.ChoiceWrong = d.errors
	ends := openEnds(closed, v.Today)
	if len(ends) == 0 {
		return nil
	}
	to := day.Day(v.At.Get("to"))
	if d.values.Has("to") {
		to = day.Day(d.values.Get("to"))
	}
	if !slices.Contains(ends, to) {
		to = ends[0]
	}
	s.Choice = &page.Select{Field: page.Field{Name: "to", Label: v.T("结到"), Value: string(to), Error: desk.ErrorOf(d.errors, "to")}, Options: endOptions(v, ends)}
	s.UpTo = v.T(to.Long())
	left, err := flow.UnfinishedUpTo(v.Ctx, tx, to)
	if err != nil {
		return err
	}
	waiting := c.unfinishedList(v, s, left, to)
	s.Settled = len(s.Unfinished.Rows) == 0
	if !v.Actor.MayEverywhere(access.Close, "") {
		s.WhoCloses = v.T("结账由主席或干事办。")
		return nil
	}
	says := v.T("%s及以前的账锁住。以后改要写原因，记为更正。", v.T(to.Long()))
	if waiting > 0 {
		says = v.T("%s及以前的账锁住。还有 %d 条没有核实：以后核实要写原因，记为更正。", v.T(to.Long()), waiting)
	}
	s.CloseAction = &page.Action{Label: v.T("结到%s", v.T(to.Long())), Href: closingPath, Kind: page.Primary, Name: "to", Value: string(to),
		Confirm: &page.Confirm{Title: v.T("结到%s", v.T(to.Long())), Says: says, Verb: v.T("结账")}}
	return nil
}

// unfinishedList is the table of what is unfinished; it gives how many records are not verified.
func (c *Console) unfinishedList(v *desk.Visit, s *closingShown, left []flow.Unfinished, to day.Day) (waiting int64) {
	s.Unfinished = page.List{Title: v.T("还没办完的"), At: v.At, Columns: []page.Column{{Label: v.T("业务"), Kind: page.MainColumn}, {Label: v.T("还差"), Kind: page.StateColumn},
		{Label: v.T("条数"), Kind: page.NumColumn}, {Label: v.T("最早的一条"), Plain: true}}}
	for _, u := range left {
		period := day.Period{From: u.First, To: to}
		at := page.Address{Path: "/" + u.Kind, Query: url.Values{"period": {period.String()}}}
		what := page.StateBadge(string(u.State))
		if u.Unproved {
			at = at.With("view", "unproved")
			what = page.Missing(v.T("缺佐证"))
		} else {
			at = at.With("state", string(u.State))
			waiting += u.N
		}
		s.Unfinished.Rows = append(s.Unfinished.Rows, page.Row{Href: at.String(), Cells: []templ.Component{page.LinkCell(at.String(), v.T(c.kindTitle(u.Kind))), what,
			page.Cell(grouped(u.N)), page.Faint(v.T(u.First.Long()))}})
	}
	return waiting
}

// closingWord says what was done: 结账, 重开.
func closingWord(v *desk.Visit, h ledger.Closing) string {
	if h.Reopens() {
		return v.T("重开")
	}
	return v.T("结账")
}

// closingsChosen are the closings and reopenings that search and filter leave.
func closingsChosen(v *desk.Visit, history []ledger.Closing, names map[string]string) []ledger.Closing {
	done := v.At.Get("done")
	return slices.DeleteFunc(slices.Clone(history), func(h ledger.Closing) bool {
		return done == "close" && h.Reopens() || done == "reopen" && !h.Reopens() || !found(v.At.Get("q"), h.Reason, names[h.Account], h.UpTo.Long())
	})
}

func closingHistory(v *desk.Visit, history []ledger.Closing, names map[string]string) page.List {
	l := page.List{ID: "history", Title: v.T("结账经过"), At: v.At, Search: v.T("原因、谁、日期"), Empty: unfound(v, len(history), "q", "done"),
		Filters: []page.Filter{{Key: "done", Label: v.T("办了什么"), Options: []page.Option{{Label: v.T("全部")}, {Value: "close", Label: v.T("结账")}, {Value: "reopen", Label: v.T("重开")}}}}, Columns: []page.Column{{Label: v.T("办了什么"), Kind: page.MainColumn}, {Label: v.T("结到"), Plain: true}, {Label: v.T("原因")}, {Label: v.T("谁"), Plain: true},
			{Label: v.T("时间"), Kind: page.StateColumn}, {Label: v.T("那以后")}}}
	if len(history) == 0 {
		l.Search, l.Filters, l.Empty = "", nil, &page.Empty{Title: v.T("还没有结过账"), Reason: v.T("一个月、一个季度或一年的数字报上去以后结一次，报出去的数就不会悄悄变。"), Small: true}
	}
	for _, h := range closingsChosen(v, history, names) {
		later := page.Faint(v.T("等编号"))
		if h.Since > 0 {
			at := page.Address{Path: changesPath, Query: url.Values{"since": {strconv.FormatInt(h.Since, 10)}}}
			later = page.Anchor(at.String(), v.T("变了什么"))
		}
		l.Rows = append(l.Rows, page.Row{Correction: h.Reopens(), Cells: []templ.Component{page.Cell(closingWord(v, h)), unbroken(v.T(h.UpTo.Long())), page.Cell(h.Reason), unbroken(names[h.Account]),
			page.Faint(moment(v, h.At)), later}})
	}
	return l
}

func closingTable(v *desk.Visit, history []ledger.Closing, names map[string]string) xlsx.Table {
	rows := make([][]any, len(history))
	for i, h := range history {
		rows[i] = []any{closingWord(v, h), h.UpTo, h.Reason, names[h.Account], moment(v, h.At)}
	}
	return xlsx.Table{Name: v.T("结账经过"), Columns: []xlsx.Column{{Title: v.T("办了什么")}, {Title: v.T("结到"), Kind: xlsx.AsDay}, {Title: v.T("原因"), Width: 40}, {Title: v.T("谁")}, {Title: v.T("时间"), Width: 22}},
		Rows: xlsx.Values(rows)}
}

// postClosing closes the ledger up to a day. All entries so far get their numbers first, and the closing its own at once, so that
// what comes later can be told apart.
func (c *Console) postClosing(w http.ResponseWriter, r *http.Request) error {
	return c.close(w, r, "ledger.close", func(f *web.Form, closed, today day.Day) (day.Day, string, error) {
		to := day.Day(f.Values.Get("to"))
		if !slices.Contains(openEnds(closed, today), to) {
			f.Errors.Add("to", "不能结到「%s」：只能结到已经过完、还没有结的月末，请重新选", to)
		}
		return to, "", f.Err()
	})
}

// postReopenLedger opens closed days again; only the chair may, and says why.
func (c *Console) postReopenLedger(w http.ResponseWriter, r *http.Request) error {
	return c.close(w, r, "ledger.reopen", func(f *web.Form, closed, _ day.Day) (day.Day, string, error) {
		to, reason := day.Day(f.Values.Get("to")), f.Text("reason", "为什么重开", 500)
		if !slices.Contains(closedEnds(closed), to) {
			f.Errors.Add("to", "请选一个已结的月末")
		}
		if reason == "" {
			f.Errors.Add("reason", "请写为什么重开")
		}
		return to, reason, f.Err()
	})
}

// close moves the closed day to where the form asks, as which decides, and writes it into ledger and history.
func (c *Console) close(w http.ResponseWriter, r *http.Request, action string, which func(f *web.Form, closed, today day.Day) (day.Day, string, error)) error {
	ctx := r.Context()
	right := access.Right(strings.TrimPrefix(action, "ledger."))
	if !access.From(ctx).MayEverywhere(right, "") {
		return errs.E(errs.Forbidden, "账是全县的，只管一部分的账号不能结、不能开")
	}
	if _, err := c.Seal(ctx); err != nil {
		return err
	}
	var to day.Day
	f, wrong, err := c.posted(r, func(ctx context.Context, tx *db.Tx, f *web.Form) error {
		closed, err := ledger.ClosedUpTo(ctx, tx)
		if err != nil {
			return err
		}
		today, err := org.Today(ctx, tx)
		if err != nil {
			return err
		}
		reason := ""
		if to, reason, err = which(f, closed, today); err != nil {
			return err
		}
		if err := ledger.Close(ctx, tx, to, access.From(ctx).Account, reason); err != nil {
			return err
		}
		return access.Log(ctx, tx, access.Event{Action: action, Ref: ledgerRef(ctx), Reason: reason,
			Changes: []access.Change{{Field: "closed", Label: "已结到", Before: longOf(closed), After: to.Long()}}})
	})
	if err != nil {
		return err
	}
	if wrong != nil {
		return c.showClosing(w, r, f.Values, wrong)
	}
	point, err := c.Seal(ctx)
	if err != nil {
		return err
	}
	if action == "ledger.reopen" {
		desk.Say(w, r, "", "已重开，现在结到%s，存证点 № %d", to.Long(), point.Size)
	} else {
		desk.Say(w, r, "", "已结到%s，存证点 № %d", to.Long(), point.Size)
	}
	web.Redirect(w, r, closingPath)
	return nil
}

func longOf(d day.Day) string {
	if d == "" {
		return ""
	}
	return d.Long()
}
