package console

import (
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/reorg"
	"shilu/internal/insight/board"
	"shilu/internal/insight/report"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

const (
	changesPath = ledgerPath + "/changes"
	changesPage = 50
)

// changeRoutes are the pages that say what changed: since a checkpoint in a scope, and on one figure.
func (c *Console) changeRoutes() []web.Route {
	read := string(access.Read)
	return []web.Route{
		{Pattern: "GET " + changesPath, Right: read, Handler: c.getChanges},
		{Pattern: "GET /figures/{code}/changes", Right: read, Handler: c.getFigureChanges},
	}
}

// changesShown is a page of changes.
type changesShown struct {
	Crumbs      []page.NavItem
	Title, Says string
	Actions     []page.Action
	Asks        string     // why nothing is listed yet
	Figures     *page.List // that differ; nil where one figure alone is asked about
	Redrawn     *page.List // what changed in the trees; nil where nothing did
	List        page.List
	None        page.Empty
}

// getChanges says what changed in the scope since a checkpoint: which figures are others now, and by which postings.
func (c *Console) getChanges(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		since, options, err := c.sinceOf(tx, v)
		if err != nil {
			return err
		}
		s := changesShown{Title: v.T("变了什么"), Crumbs: []page.NavItem{{Label: v.T("台账与存证"), Href: ledgerPath}, {Label: v.T("变了什么")}}}
		if since == 0 {
			s.Asks = v.T("还没有存证点。有账目入账后几秒内自动存证，以后从存证点起就能看变了什么。")
			return v.Render(w, r, desk.Page{Title: s.Title, Path: ledgerPath}, changesBody(s))
		}
		s.Says = v.T("%s：存证点 № %d 以后入账的，和因此变了的指标。", v.Indicators.Words(v.Ctx, v.Scope, v.Tree), since)
		if done, err := c.changeList(w, r, tx, v, &s, indicator.ChangesAsked{Since: since}); err != nil || done {
			return err
		}
		s.List.Filters = append([]page.Filter{{Key: "since", Label: v.T("从"), Options: options}}, s.List.Filters...)
		if v.At.Get("since") == "" { // the filter says where the page begins by itself
			s.List.At = v.At.With("since", strconv.FormatInt(since, 10))
		}
		if s.Figures, err = c.figuresChanged(tx, v, since); err != nil {
			return err
		}
		return v.Render(w, r, desk.Page{Title: s.Title, Path: ledgerPath}, changesBody(s))
	})
}

// getFigureChanges says who changed what on a figure.
func (c *Console) getFigureChanges(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		code := r.PathValue("code")
		figures, err := v.Indicators.Values(v.Ctx, tx, v.Scope, code)
		if err != nil {
			return err
		}
		d := figures[0].Def
		own := page.Address{Path: "/figures/" + code, Query: v.Scope.Query(v.Tree)}
		s := changesShown{Title: v.T("谁改过「%s」", d.Short()), Crumbs: []page.NavItem{{Label: v.T("指标"), Href: v.At.Scope("/figures").String()}, {Label: d.Short(), Href: own.String()}, {Label: v.T("谁改过")}}}
		s.Says = v.T("%s：入账和更正一笔一行，谁核实的、为什么改、更正前后各是多少。", v.Indicators.Words(v.Ctx, v.Scope, v.Tree))
		if done, err := c.changeList(w, r, tx, v, &s, indicator.ChangesAsked{Code: code}); err != nil || done {
			return err
		}
		return v.Render(w, r, desk.Page{Title: s.Title, Path: "/figures"}, changesBody(s))
	})
}

// sinceOf is the size of the log that the page begins at, and the choices: closings and frozen reports by name, then the latest
// checkpoints. Without one in the address it is the latest closing, or the latest checkpoint of a day before today.
func (c *Console) sinceOf(tx *db.Tx, v *desk.Visit) (since int64, options []page.Option, err error) {
	add := func(size int64, label string) {
		value := strconv.FormatInt(size, 10)
		for _, o := range options {
			if o.Value == value {
				return
			}
		}
		if size > 0 {
			options = append(options, page.Option{Value: value, Label: label})
		}
	}
	if asked := v.At.Get("since"); asked != "" {
		if since, err = strconv.ParseInt(asked, 10, 64); err != nil || since < 1 {
			return 0, nil, errs.E(errs.Invalid, "存证序号「%s」不是数字", asked)
		}
		size, err := log.Size(v.Ctx, tx, log.Ledger)
		if err != nil {
			return 0, nil, err
		}
		if since > size {
			return 0, nil, errs.E(errs.Invalid, "还没有存证点 № %d，账目现在编到 № %d", since, size)
		}
	}
	closings, err := ledger.Closings(v.Ctx, tx)
	if err != nil {
		return 0, nil, err
	}
	for _, h := range closings {
		add(h.Since, v.T("%s：结到%s，№ %d", closingWord(v, h), v.T(h.UpTo.Long()), h.Since))
	}
	if v.Actor.May(access.Read, "") {
		reports, err := c.Reports.List(v.Ctx, tx)
		if err != nil {
			return 0, nil, err
		}
		for _, one := range reports {
			if one.State == report.Frozen {
				add(one.Final.Checkpoint, v.T("定稿：%s，№ %d", one.Title, one.Final.Checkpoint))
			}
		}
	}
	points, err := log.Checkpoints(v.Ctx, tx, log.Ledger, 0, 12)
	if err != nil {
		return 0, nil, err
	}
	for _, p := range points {
		add(p.Size, v.T("存证点 № %d，%s", p.Size, moment(v, p.At)))
	}
	if since > 0 {
		add(since, v.T("存证点 № %d", since))
	} else if len(options) > 0 {
		since, _ = strconv.ParseInt(options[0].Value, 10, 64)
	}
	return since, options, nil
}

// figuresChanged are the figures of the scope that are others now than at the size of the log.
func (c *Console) figuresChanged(tx *db.Tx, v *desk.Visit, since int64) (*page.List, error) {
	defs, err := v.Indicators.InForce(v.Ctx, tx, v.Scope.Period.To)
	if err != nil {
		return nil, err
	}
	var codes []string
	for _, d := range defs {
		module := v.Indicators.Module(d)
		if module == "" && d.Kind != indicator.Places {
			continue
		}
		switch _, err := indicator.Sight(v.Ctx, tx, v.Tree, v.Scope, module); {
		case err == nil:
			codes = append(codes, d.Code)
		case !errs.Is(err, errs.Forbidden):
			return nil, err
		}
	}
	l := page.List{Title: v.T("变了的指标"), At: v.At, Columns: []page.Column{{Label: v.T("指标"), Kind: page.MainColumn}, {Label: v.T("存证点 № %d 时", since), Kind: page.NumColumn}, {Label: v.T("现在"), Kind: page.NumColumn}, {Label: v.T("差")}}}
	if len(codes) == 0 {
		return &l, nil
	}
	then := v.Scope
	then.AsOf = since
	before, err := v.Indicators.Values(v.Ctx, tx, then, codes...)
	if err != nil {
		return nil, err
	}
	now, err := v.Indicators.Values(v.Ctx, tx, v.Scope, codes...)
	if err != nil {
		return nil, err
	}
	for i, f := range now {
		was := before[i]
		if sameValue(f.Value, was.Value) {
			continue
		}
		both := compared{board.Compared{Now: f, Last: was}}
		one, other := v.Figure(was), v.Figure(f)
		one.Unit, one.Note, one.Proof, one.Size = "", "", page.ProofNone, "plain"
		other.Unit, other.Note, other.SealSpace = "", "", true
		one.Href = desk.TraceHref(was.Def.Code, then, v.Tree)
		row := page.Row{Name: f.Def.Short(), Href: other.Href, Cells: []templ.Component{figureName(f.Def.Short(), v.T(f.Unit())), page.FigureLink(one), page.FigureLink(other), page.Cell(both.Difference(v.Ctx))}}
		if !was.Available {
			row.Cells[1] = page.Faint(noValue(v, was))
		}
		switch {
		case f.NotApplicable:
			row.Cells[2] = page.Faint(noValue(v, f))
		case !f.Available:
			row.Cells[2] = page.Missing(noValue(v, f))
		}
		l.Rows = append(l.Rows, row)
	}
	return &l, nil
}

func sameValue(a, b *big.Rat) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Cmp(b) == 0
}

// changeList fills the list of postings; done is true when it was sent as a file.
func (c *Console) changeList(w http.ResponseWriter, r *http.Request, tx *db.Tx, v *desk.Visit, s *changesShown, ask indicator.ChangesAsked) (done bool, err error) {
	ask.Text, ask.Corrections = v.At.Get("q"), v.At.Get("view") == "corrections"
	if as := v.At.Get("as"); as != "" {
		if err := access.Require(v.Ctx, access.Export, ""); err != nil {
			return true, err
		}
		all, _, err := v.Indicators.Changes(v.Ctx, tx, v.Scope, ask)
		if err != nil {
			return true, err
		}
		redrawn, err := c.redrawn(tx, v, ask)
		if err != nil {
			return true, err
		}
		table, err := c.changeTable(tx, v, all, redrawn)
		if err != nil {
			return true, err
		}
		return true, sendTable(w, v, as, s.Title, table)
	}
	list := web.ReadList(r, changesPage)
	ask.Limit, ask.Offset = changesPage, list.Offset()
	all, total, err := v.Indicators.Changes(v.Ctx, tx, v.Scope, ask)
	if errs.Is(err, errs.Forbidden) {
		return true, c.noSight(w, r, v, err)
	}
	if err != nil {
		return true, err
	}
	bare := v.At.Without("view", "page")
	last := list.Pages(int(total))
	s.List = page.List{Title: v.T("入账和更正"), At: v.At, Search: v.T("记录名称、编号、地点"), Pager: page.Pager{Page: min(list.Page, last), Last: last},
		Filters: []page.Filter{{Key: "view", Label: v.T("看"), Options: []page.Option{{Label: v.T("入账和更正")}, {Value: "corrections", Label: v.T("只看更正")}}}},
		Columns: []page.Column{{Label: v.T("记录"), Kind: page.MainColumn}, {Label: v.T("变动"), Plain: true}, {Label: v.T("原因")}, {Label: v.T("谁"), Plain: true}, {Label: v.T("时间"), Kind: page.StateColumn}}}
	trees, err := org.Trees(v.Ctx, tx)
	if err != nil {
		return true, err
	}
	for _, one := range all {
		row, err := c.changeRow(v, trees, one)
		if err != nil {
			return true, err
		}
		s.List.Rows = append(s.List.Rows, row)
	}
	s.List.Foot = page.Words(v.T("%d 笔，新的在前；标色的是更正", total))
	redrawn, err := c.redrawn(tx, v, ask)
	if err != nil {
		return true, err
	}
	if len(redrawn) > 0 {
		s.Redrawn = redrawnList(v, redrawn)
	}
	s.None = page.Empty{Title: v.T("没有变动"), Reason: v.T("这个口径里没有入账，也没有更正。"), Small: true}
	if ask.Text != "" || ask.Corrections {
		s.None.Out = &page.Action{Label: v.T("清除筛选，看全部"), Href: bare.Without("q").String()}
		s.None.Title = v.T("没有符合的变动")
	}
	if v.Actor.May(access.Export, "") && (total > 0 || len(redrawn) > 0) {
		s.Actions = exports(v)
	}
	return false, nil
}

// changed is an amount of a measure as people write it: 约161 人次, 25.5 米.
func (c *Console) changed(v *desk.Visit, measure string, amount int64, word ledger.Exactness) string {
	m, _ := v.Indicators.Measure(measure)
	unit, _, _ := m.Whole()
	return strings.TrimSpace(v.Worded(m.Digits(amount), word) + " " + v.Unit(unit, m.Digits(amount)))
}

// changeWords says what a posting did to a measure: 培训人次 53 人次 → 48 人次.
func (c *Console) changeWords(v *desk.Visit, one ledger.Change) string {
	m, _ := v.Indicators.Measure(one.Measure)
	name, was := v.T(m.Name), c.changed(v, one.Measure, one.Before, one.Was)
	switch {
	case one.Put == 0:
		return v.T("%s %s → 不再计入", name, was)
	case one.Taken == 0 && one.Less == 0:
		return v.T("%s 新入账 %s", name, c.changed(v, one.Measure, one.After, one.Is))
	case one.Taken == 0 && one.After < 0: // a stock that went
		return v.T("%s 减 %s", name, c.changed(v, one.Measure, -one.After, one.Is))
	case one.Taken == 0 && one.After > 0:
		return v.T("%s 增 %s", name, c.changed(v, one.Measure, one.After, one.Is))
	case one.Taken == 0:
		return v.T("%s 增 %s，减 %s", name, c.changed(v, one.Measure, one.More, one.Is), c.changed(v, one.Measure, -one.Less, one.Is))
	case regrouped(one):
		return v.T("%s %s，数没变，归类变了", name, was)
	}
	return v.T("%s %s → %s", name, was, c.changed(v, one.Measure, one.After, one.Is))
}

// amounts leaves out of a posting's changes those that state no amount: that it is not known whom or what a measure counts, as of a
// class without a roster. Where nothing else changed they stay.
func amounts(v *desk.Visit, all []ledger.Change) []ledger.Change {
	kept := slices.DeleteFunc(slices.Clone(all), func(one ledger.Change) bool {
		m, _ := v.Indicators.Measure(one.Measure)
		return m.CountsKeys() && !one.Keyed
	})
	if len(kept) == 0 {
		return all
	}
	return kept
}

// regrouped reports whether a change left the number as it was: only its tags are others.
func regrouped(one ledger.Change) bool {
	return one.Put != 0 && one.Taken != 0 && one.Before == one.After && one.Was == one.Is
}

// cameToNothing reports whether a change left the sum as it was, though it took something from some and gave it to others.
func cameToNothing(one ledger.Change) bool {
	return one.Put != 0 && one.Before == one.After && (one.Taken == 0 || one.Was == one.Is)
}

// changeLines says what a posting did, a measure a line. What it moved in the same way, from one to another, stands together: 石门镇 →
// 白塔乡：科普设施 1 处，画廊长度 12 米，合计不变; and so do those of which only the tags changed. Nothing is said of the total of what is
// counted distinctly: the village that got a board may have had one.
func (c *Console) changeLines(v *desk.Visit, trees func(day.Day) (*org.Tree, error), all []ledger.Change) (lines []string, err error) {
	type group struct {
		whence
		line  int // where it stands
		parts []string
		all   []ledger.Change
	}
	var moved, same []group
	join := func(groups []group, w whence, one ledger.Change, part string) []group {
		i := slices.IndexFunc(groups, func(g group) bool { return g.words == w.words && g.keys == w.keys })
		if i < 0 {
			i, groups, lines = len(groups), append(groups, group{whence: w, line: len(lines)}), append(lines, "")
		}
		groups[i].parts, groups[i].all = append(groups[i].parts, part), append(groups[i].all, one)
		return groups
	}
	for _, one := range all {
		w, err := c.whence(v, trees, one)
		if err != nil {
			return nil, err
		}
		m, _ := v.Indicators.Measure(one.Measure)
		switch zero := cameToNothing(one); {
		case zero && w.words != "" && !w.tags && w.amount != 0:
			w.keys = m.CountsKeys()
			moved = join(moved, w, one, v.T("%s %s", v.T(m.Name), c.changed(v, one.Measure, w.amount, one.Is)))
		case zero && w.words != "" && !w.tags && m.CountsKeys():
			lines = append(lines, v.T("%s：%s", v.T(m.Name), w.words))
		case zero && w.words != "" && !w.tags:
			lines = append(lines, v.T("%s：%s，合计不变", v.T(m.Name), w.words))
		case regrouped(one):
			same = join(same, w, one, v.T(m.Name))
		case w.words != "" && !w.tags:
			lines = append(lines, v.T("%s（%s）", c.changeWords(v, one), w.words))
		default:
			lines = append(lines, c.changeWords(v, one))
		}
	}
	for _, g := range moved {
		parts := strings.Join(g.parts, v.T("，"))
		if lines[g.line] = v.T("%s：%s，合计不变", g.words, parts); g.keys {
			lines[g.line] = v.T("%s：%s", g.words, parts)
		}
	}
	for _, g := range same {
		says := strings.Join(g.parts[:min(3, len(g.parts))], v.T("、"))
		if len(g.parts) > 3 {
			says = v.T("%s等", says)
		}
		if lines[g.line] = v.T("%s，%d 个数没变，归类变了", says, len(g.parts)); len(g.parts) == 1 {
			lines[g.line] = c.changeWords(v, g.all[0])
		}
		if g.words != "" {
			lines[g.line] += v.T("：") + g.words
		}
	}
	return lines, nil
}

// reasonWords is why a posting was made, and that it came after its day was closed.
func reasonWords(v *desk.Visit, reason string, closed bool) string {
	reason = access.Spoken(v.Ctx, reason)
	switch {
	case closed && reason != "":
		return v.T("结账后更正：%s", reason)
	case closed:
		return v.T("结账后更正")
	}
	return reason
}

func (c *Console) changeRow(v *desk.Visit, trees func(day.Day) (*org.Tree, error), one indicator.Posting) (page.Row, error) {
	lines, err := c.changeLines(v, trees, amounts(v, one.Changes))
	if err != nil {
		return page.Row{}, err
	}
	first := one.Changes[0]
	title := one.Title
	if one.Number != "" {
		title = v.ShortNumber(one.Number) + " " + title
	}
	href := desk.Href(first.Ref.Kind, one.Number)
	return page.Row{Href: href, Correction: one.Correction(), Cells: []templ.Component{page.LinkCell(href, title), cellLines(lines), page.Cell(reasonWords(v, first.Reason, first.Closed)),
		unbroken(posterName(v, one)), page.Faint(v.Instant(first.At))}}, nil
}

// posterName is who had it posted; some things the program posts by itself.
func posterName(v *desk.Visit, one indicator.Posting) string {
	if one.Who == "" {
		return v.T("本机")
	}
	return one.Who
}

// wholeAmount is an amount of a measure as a cell has it, in the unit that people say.
func wholeAmount(m indicator.Measure, n int64) (unit string, amount any) {
	unit, of, _ := m.Whole()
	if of == 1 {
		return unit, n
	}
	return unit, float64(n) / float64(of)
}

// changeTable is the list as a table of a file: what changed in the trees, then the postings, a measure a row.
func (c *Console) changeTable(tx *db.Tx, v *desk.Visit, all []indicator.Posting, redrawn []reorg.Change) (xlsx.Table, error) {
	trees, err := org.Trees(v.Ctx, tx)
	if err != nil {
		return xlsx.Table{}, err
	}
	var rows [][]any
	yes := func(closed bool) string {
		if closed {
			return v.T("是")
		}
		return ""
	}
	for _, r := range redrawn {
		rows = append(rows, []any{"", redrawnTitle(v, r) + v.T("：") + strings.Join(r.Names, v.T("、")), v.T("地点和单位"), "", nil, nil, r.From, nil, nil, r.Reason, yes(r.Closed), r.Who, moment(v, r.At)})
		if r.From == org.Always {
			rows[len(rows)-1][6] = nil
		}
	}
	for _, one := range all {
		for _, change := range amounts(v, one.Changes) {
			m, _ := v.Indicators.Measure(change.Measure)
			var before, after any
			unit, is := wholeAmount(m, change.After)
			if change.Taken > 0 {
				_, before = wholeAmount(m, change.Before)
			}
			if change.Put > 0 {
				after = is
			}
			moved, err := c.whence(v, trees, change)
			if err != nil {
				return xlsx.Table{}, err
			}
			switch {
			case moved.tags && !regrouped(change):
				moved.words = ""
			case moved.amount != 0:
				moved.words = v.T("%s：%s", moved.words, c.changed(v, change.Measure, moved.amount, change.Is))
			}
			rows = append(rows, []any{one.Number, one.Title, v.T(m.Name), v.T(unit), before, after, change.Days.From, change.Days.To, moved.words, access.Spoken(v.Ctx, change.Reason), yes(change.Closed), posterName(v, one), moment(v, change.At)})
		}
	}
	return xlsx.Table{Name: v.T("变动"), Columns: []xlsx.Column{{Title: v.T("编号"), Kind: xlsx.AsText, Width: 15}, {Title: v.T("记录"), Width: 32}, {Title: v.T("计量"), Width: 14}, {Title: v.T("单位")}, {Title: v.T("更正前")},
		{Title: v.T("入账")}, {Title: v.T("计入日期从"), Kind: xlsx.AsDay}, {Title: v.T("计入日期到"), Kind: xlsx.AsDay}, {Title: v.T("从哪里到哪里"), Width: 24}, {Title: v.T("原因"), Width: 30}, {Title: v.T("结账后")}, {Title: v.T("谁")}, {Title: v.T("时间"), Width: 22}}, Rows: xlsx.Values(rows)}, nil
}
