package training

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

// recordView is what the page of a class shows.
type recordView struct {
	Head        page.RecordHead
	Problem     *page.Notice
	Notices     []page.Notice
	Figures     string // what stands beside the title of the figures
	Bigs        []page.Big
	Facts       []page.Fact
	Sessions    *page.List
	Differences []page.Difference
	Why         string // of the open revision
	Evidence    page.Evidence
	Counts      *page.CountsHere
	Uses        []page.Use
	History     []page.Event
}

func (p *pages) getRecord(w http.ResponseWriter, r *http.Request) error {
	return p.showRecord(w, r, r.PathValue("number"), nil)
}

// showRecord shows a class, with what went wrong on top.
func (p *pages) showRecord(w http.ResponseWriter, r *http.Request, number string, problem error) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		v.At.Path = desk.Href(Kind, number)
		rec, err := p.GetIn(v.Ctx, tx, number)
		if err != nil {
			return err
		}
		view, err := p.record(tx, v, rec)
		if err != nil {
			return err
		}
		pg := desk.Page{Title: rec.Title, Tags: []string{"kind"}}
		if problem != nil {
			pg.Status, view.Problem = web.Status(problem), v.Problem(problem)
		}
		return v.Render(w, r, pg, recordPage(view))
	})
}

func (p *pages) record(tx *db.Tx, v *desk.Visit, rec Record) (recordView, error) {
	list := v.At
	list.Path = "/" + Kind
	view := recordView{Head: page.RecordHead{Crumbs: []page.NavItem{{Label: v.T("培训班"), Href: list.String()}, {Label: v.Number(rec.Head)}},
		Title: rec.Body.Name, State: string(rec.State)}}
	history, err := access.HistoryOf(v.Ctx, tx, rec.Ref())
	if err != nil {
		return view, err
	}
	view.Head.Steps, view.History = v.Steps(rec.Head, history), v.History(history)
	actions, able, why, err := v.Actions(tx, rec.Head)
	if err != nil {
		return view, err
	}
	view.Head.Actions = actions
	before, after, err := neighbours(v.Ctx, tx, p.listed(v, !v.Actor.May(access.Check, Kind)).Query, rec.Head)
	if err != nil {
		return view, err
	}
	view.Head.PrevHref, view.Head.NextHref = hrefIn(v, before), hrefIn(v, after)
	p.notices(v, &view, rec, able, why, history)
	p.figures(v, &view, rec)
	view.Facts = factsOf(v, rec)
	view.Sessions = sessionsOf(v, rec.Body)
	if view.Evidence, err = v.Evidence(tx, p.SubjectOf(rec.ID, rec.Body), rec.State != flow.Voided && flow.MayWrite(v.Ctx, tx, rec.Head) == nil); err != nil {
		return view, err
	}
	if rec.State != flow.Voided {
		counts, err := v.Counts(tx, rec.Ref(), p.Facts(rec.Body), rec.State == flow.Verified && rec.Revision == flow.None)
		if err != nil {
			return view, err
		}
		view.Counts = &counts
	}
	if v.Uses != nil {
		view.Uses, err = v.Uses(tx, v, rec.Ref())
	}
	return view, err
}

// hrefIn is the page of a neighbour with the list that one came from; "" for none.
func hrefIn(v *desk.Visit, h flow.Head) string {
	if h.ID == "" {
		return ""
	}
	at := v.At
	at.Path = desk.Href(Kind, h.Number)
	return at.String()
}

// notices are what the reader must know before the rest: why it came back, what is unusual, what may be the same.
func (p *pages) notices(v *desk.Visit, view *recordView, rec Record, able flow.Able, why string, history []access.Entry) {
	say := func(kind page.NoticeKind, lead, text string, action *page.Action) {
		view.Notices = append(view.Notices, page.Notice{Kind: kind, Lead: lead, Text: text, Action: action})
	}
	last := func(actions ...flow.Action) access.Entry {
		for _, e := range history {
			for _, a := range actions {
				if e.Action == a.Event() {
					return e
				}
			}
		}
		return access.Entry{}
	}
	edit := v.At
	edit.Path += "/edit"
	fix := &page.Action{Label: v.T("去改"), Href: edit.String()}
	if !able.May(flow.ActSave) {
		fix = nil
	}
	switch {
	case rec.State == flow.Voided:
		by := last(flow.ActVoid, flow.ActUndo)
		say(page.Caution, v.T("%s %s 作废：%s。", by.Name, v.Instant(by.At), strings.TrimRight(by.Reason, "。")), v.T("留在这里供查，不计入任何指标。"), nil)
		return
	case rec.Waiting() == flow.Returned:
		by := last(flow.ActReturn)
		lead := v.T("%s退回：%s。", by.Name, strings.TrimRight(by.Reason, "。"))
		if v.WithAuthor(rec.Head) {
			say(page.Caution, lead, v.T("已退回给%s修改。", rec.AuthorName), nil)
		} else {
			say(page.Caution, lead, v.T("改好再交。"), fix)
		}
	}
	if rec.Standing != nil {
		view.Head.Revision = map[flow.State]string{flow.Draft: v.T("修订中"), flow.Submitted: v.T("修订待核实"), flow.Returned: v.T("修订已退回")}[rec.Revision]
		view.Why = last(flow.ActRevise).Reason
		for _, c := range fields.Changes(*rec.Standing, rec.Body, rec.Words) {
			view.Differences = append(view.Differences, page.Difference{Label: v.T(c.Label), Before: c.Before, After: c.After})
		}
	}
	if why != "" {
		say(page.Info, why, "", nil)
	}
	for _, w := range rec.Warnings {
		say(page.Caution, v.T(w.Text, w.Args...), v.T("不影响提交和核实。"), fix)
	}
	for _, s := range rec.Similar {
		say(page.Caution, v.T("可能和 %s 是同一期：", v.Number(s)), v.T("同名、同日、同地，%s填的，%s。", s.AuthorName, v.T(s.State.Title())),
			&page.Action{Label: v.T("看那一期"), Href: desk.Href(Kind, s.Number)})
	}
}

// figures are the headline numbers: those that the kind asks for, and others that are there.
func (p *pages) figures(v *desk.Visit, view *recordView, rec Record) {
	c := rec.Body
	kind, _ := rec.Words.Rules.Kind(c.Kind)
	standing := rec.Revision == flow.None
	switch {
	case rec.State == flow.Voided:
		view.Figures = v.T("已作废，不计入任何合计")
	case rec.State != flow.Verified:
		view.Figures = v.T("未核实的数字不盖印，也不计入任何合计")
	case !standing:
		view.Figures = v.T("下面是修订后的数；核实前仍按原来的数计")
	}
	for _, one := range []struct {
		key, measure, label, unit string
		count                     *Count
	}{
		{"enrolled", measureEnrolled, "招收学员", "人", c.Enrolled},
		{"attendances", measureAttendances, "培训人次", "人次", c.attendances()},
		{"examined", measureExamined, "参加考试", "人", c.Examined},
		{"passed", measurePassed, "考试合格", "人", c.Passed},
	} {
		if one.count == nil && !asks(kind, one.key) {
			continue
		}
		big := page.Big{Label: v.T(one.label), Unit: v.T(one.unit)}
		if one.count != nil {
			big.Value = v.CountOf(one.count.N, one.count.Exactness)
			if f, ok := p.traceOf(v, rec.Head, c.Kind, c.Subject, one.measure); ok && standing {
				big.Href = f.Href
			}
		}
		view.Bigs = append(view.Bigs, big)
	}
	if m := c.minutes(); m != nil || asks(kind, "hours") {
		label := v.T("学时")
		if n := c.Start.Days(c.countingDay()); m != nil && c.Start != "" && n > 0 {
			label = v.T("%d 天", n)
		}
		view.Bigs = append(view.Bigs, page.Big{Value: hours(m), Unit: v.T("学时"), Label: label})
	}
}

// asks reports whether the form of a kind asks for a number.
func asks(k KindRule, number string) bool {
	for _, a := range k.Asks {
		if a == number {
			return true
		}
	}
	return false
}

// factsOf are what else the class says, with what an open revision changes.
func factsOf(v *desk.Visit, rec Record) []page.Fact {
	c, w := rec.Body, rec.Words
	was := func(key string) string {
		if rec.Standing == nil {
			return ""
		}
		for _, f := range fields {
			if f.Key == key {
				if before, after := f.Text(*rec.Standing, w), f.Text(c, w); before != after {
					if before == "" {
						return v.T("未填")
					}
					return before
				}
			}
		}
		return ""
	}
	text := func(key string) string {
		for _, f := range fields {
			if f.Key == key {
				return f.Text(c, w)
			}
		}
		return ""
	}
	days := ""
	if c.Start != "" {
		days = c.Start.Long()
		if c.End != "" && c.End != c.Start {
			days += "—" + c.End.Short(c.Start)
		}
		days = v.T(days)
	}
	dayWas := ""
	if rec.Standing != nil && (rec.Standing.Start != c.Start || rec.Standing.End != c.End) {
		dayWas = v.T(rec.Standing.Start.Long() + "—" + rec.Standing.End.Short(rec.Standing.Start))
	}
	counts := countsIn(v, c)
	if rec.State == flow.Voided {
		counts = ""
	}
	facts := []page.Fact{
		{Label: v.T("日期"), Value: days, Was: dayWas, Note: counts},
		{Label: v.T("地点"), Value: text("place"), Note: c.Venue, Was: was("place")},
		{Label: v.T("类型"), Value: text("kind"), Was: was("kind")},
		{Label: v.T("专业"), Value: text("subject"), Was: was("subject")},
		{Label: v.T("主办"), Value: text("unit"), Was: was("unit")},
		{Label: v.T("协办"), Value: text("partners"), Was: was("partners")},
		{Label: v.T("教师"), Value: text("teachers"), Was: was("teachers")},
		{Label: v.T("方式"), Value: text("method"), Was: was("method")},
		{Label: v.T("教材"), Value: text("material"), Was: was("material")},
	}
	if c.Note != "" || was("note") != "" {
		facts = append(facts, page.Fact{Label: v.T("备注"), Value: c.Note, Was: was("note")})
	}
	if len(facts)%2 == 1 { // the last stands over both columns
		facts[len(facts)-1].Wide = true
	}
	var tags []string
	tags = append(append(tags, c.Campaigns...), c.Audiences...)
	if len(tags) > 0 {
		facts = append(facts, page.Fact{Label: v.T("标签"), Show: page.Tags(tags), Wide: true})
	}
	return facts
}

// countsIn says in which month a class counts.
func countsIn(v *desk.Visit, c Class) string {
	d := c.countingDay()
	if d == "" {
		return ""
	}
	if d.Year() == v.Today.Year() {
		return v.T("计入 %s", fmt.Sprintf("%d月", d.Month()))
	}
	return v.T("计入 %s", day.Month(d.Year(), d.Month()).Words())
}

// sessionsOf are the sittings of a class as a table; nil when none was entered.
func sessionsOf(v *desk.Visit, c Class) *page.List {
	if len(c.Sessions) == 0 {
		return nil
	}
	l := &page.List{Title: v.T("场次"), At: v.At, Columns: []page.Column{{Label: v.T("场"), Kind: page.CodeColumn}, {Label: v.T("日期"), Plain: true}, {Label: v.T("内容"), Kind: page.MainColumn},
		{Label: v.T("教师")}, {Label: v.T("学时"), Kind: page.NumColumn, Less: true}, {Label: v.T("人次"), Kind: page.NumColumn}}}
	for n, s := range c.Sessions {
		people, learned := page.NotFilled(v.T("未填")), page.NotFilled(v.T("未填"))
		if s.Attendances != nil {
			people = page.Cell(v.CountOf(s.Attendances.N, s.Attendances.Exactness))
		}
		if s.Minutes > 0 {
			learned = page.Cell(hours(&s.Minutes))
		}
		l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{page.Faint(v.T("第 %d 场", n+1)), nowrap(v.T(s.Day.Short(v.Today))), page.Cell(s.Topic), page.Cell(s.Teacher), learned, people}})
	}
	return l
}
