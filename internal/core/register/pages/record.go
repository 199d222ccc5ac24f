package pages

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
)

// Detail is what a register's record shows. All but Bigs and Facts may be nil.
type Detail[T, W any] struct {
	Title string // of the figures and facts: 人数与学时
	// Bigs are the headline numbers; of a verified record without an open revision they open their traces.
	Bigs func(v *desk.Visit, rec register.Record[T, W]) []page.Big
	// Facts are what else it says, with what an open revision changes (Said).
	Facts func(v *desk.Visit, rec register.Record[T, W]) []page.Fact
	// Sections stand between the facts and the papers: sessions, children, movements (Table).
	Sections func(tx *db.Tx, v *desk.Visit, rec register.Record[T, W]) ([]templ.Component, error)
	// Actions stand before those of the flow.
	Actions func(tx *db.Tx, v *desk.Visit, rec register.Record[T, W]) ([]page.Action, error)
	// Counts says under the step of posting from when what stands counts; "" leaves it to the day (List.Since).
	Counts func(v *desk.Visit, rec register.Record[T, W]) string
	// History is what was done with the record, latest first, where the register says it in words of its own.
	History func(tx *db.Tx, v *desk.Visit, rec register.Record[T, W], history []access.Entry) ([]page.Event, error)
	// Notices stand under those of the flow.
	Notices func(tx *db.Tx, v *desk.Visit, rec register.Record[T, W]) ([]page.Notice, error)
}

// recordView is what the page of a record shows.
type recordView struct {
	head        page.RecordHead
	problem     *page.Notice
	notices     []page.Notice
	title, note string // of the figures
	bigs        []page.Big
	facts       []page.Fact
	sections    []templ.Component
	differences []page.Difference
	why         string // of the open revision
	evidence    page.Evidence
	counts      *page.CountsHere
	uses        []page.Use
	history     []page.Event
}

func (p *Pages[T, W]) getRecord(w http.ResponseWriter, r *http.Request) error {
	return p.ShowRecord(w, r, r.PathValue("number"), nil)
}

// ShowRecord shows a record, with what went wrong on top.
func (p *Pages[T, W]) ShowRecord(w http.ResponseWriter, r *http.Request, number string, problem error) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		v.At.Path = desk.Href(p.Book.Kind, number)
		rec, err := p.Book.GetIn(v.Ctx, tx, number)
		if err != nil {
			return err
		}
		view, err := p.record(tx, v, rec)
		if err != nil {
			return err
		}
		pg := desk.Page{Title: rec.Title, Tags: p.Tags}
		if problem != nil {
			pg.Status, view.problem = web.Status(problem), v.Problem(problem)
		}
		return v.Render(w, r, pg, recordPage(view))
	})
}

func (p *Pages[T, W]) record(tx *db.Tx, v *desk.Visit, rec register.Record[T, W]) (recordView, error) {
	list := v.At
	list.Path = p.path("")
	view := recordView{head: page.RecordHead{Crumbs: []page.NavItem{p.crumb(v, list.String()), {Label: v.Number(rec.Head)}},
		Title: p.Book.Head(rec.Body).Title, State: string(rec.State)}, title: v.T(p.Record.Title), bigs: p.Record.Bigs(v, rec), facts: p.Record.Facts(v, rec)}
	history, err := access.HistoryOf(v.Ctx, tx, rec.Ref())
	if err != nil {
		return view, err
	}
	view.head.Steps, view.history = v.Steps(rec.Head, history), v.History(history)
	if p.Record.History != nil {
		if view.history, err = p.Record.History(tx, v, rec, history); err != nil {
			return view, err
		}
	}
	if p.List.Stands && rec.State == flow.Verified && rec.Day != "" { // it stands from a day on
		view.head.Steps[desk.PostingStep].Who = p.countsFrom(v, rec)
	}
	seen := ""
	if p.Seen != nil && rec.Waiting() == flow.Submitted {
		if seen, err = p.Seen(v.Ctx, tx, rec.ID); err != nil {
			return view, err
		}
	}
	actions, able, why, err := v.Actions(tx, rec.Head, seen)
	if err != nil {
		return view, err
	}
	before, after, err := p.Book.Neighbours(v.Ctx, tx, p.listed(v).Query, rec.Head)
	if err != nil {
		return view, err
	}
	view.head.PrevHref, view.head.NextHref = hrefOr(v, before), hrefOr(v, after)
	p.notices(v, &view, rec, able, why, history)
	switch {
	case rec.State == flow.Voided:
		view.note = v.T("已作废，不计入任何合计")
	case rec.State != flow.Verified:
		view.note = v.T("未核实的数字不盖印，也不计入任何合计")
	case rec.Revision != flow.None:
		view.note = v.T("下面是修订后的数；核实前仍按原来的数计")
	}
	if view.evidence, err = v.Evidence(tx, p.Book.SubjectOf(rec.ID, rec.Body), rec.State != flow.Voided && flow.MayWrite(v.Ctx, tx, rec.Head) == nil); err != nil {
		return view, err
	}
	if rec.State != flow.Voided {
		facts, err := p.Book.FactsOf(v.Ctx, tx, rec.Body)
		if err != nil {
			return view, err
		}
		counted := rec.State == flow.Verified && rec.Revision == flow.None
		counts, err := p.counts(tx, v, rec.Ref(), rec.Body, facts, counted)
		if err != nil {
			return view, err
		}
		if !counted && rec.Day != "" {
			first, closed, err := reaches(v, tx, rec.Ref(), rec.Day, facts)
			if err != nil {
				return view, err
			}
			if first != "" {
				counts.Not = append(counts.Not, v.T("%s的账已经结了（结到%s），核实后记为更正", v.T(first.Long()), v.T(closed.Long())))
			}
		}
		view.counts = &counts
	}
	if v.Uses != nil {
		if view.uses, err = v.Uses(tx, v, rec.Ref()); err != nil {
			return view, err
		}
	}
	if p.Record.Sections != nil {
		if view.sections, err = p.Record.Sections(tx, v, rec); err != nil {
			return view, err
		}
	}
	if p.Record.Notices != nil {
		more, err := p.Record.Notices(tx, v, rec)
		if err != nil {
			return view, err
		}
		view.notices = append(view.notices, more...)
	}
	if p.Record.Actions != nil {
		if view.head.Actions, err = p.Record.Actions(tx, v, rec); err != nil {
			return view, err
		}
	}
	view.head.Actions = append(view.head.Actions, actions...)
	return view, nil
}

// countsFrom says from which day what stands counts: the verified version, whatever a revision beside it says.
func (p *Pages[T, W]) countsFrom(v *desk.Visit, rec register.Record[T, W]) string {
	if rec.Standing != nil {
		rec.Body = *rec.Standing
	}
	if p.Record.Counts != nil {
		if says := p.Record.Counts(v, rec); says != "" {
			return says
		}
	}
	since := rec.Day
	if p.List.Since != nil {
		since = p.List.Since(rec.Body)
	}
	return v.T("从 %s起计入", v.T(since.Long()))
}

// notices are what the reader must know before the rest: why it came back, what is unusual, what may be the same.
func (p *Pages[T, W]) notices(v *desk.Visit, view *recordView, rec register.Record[T, W], able flow.Able, why string, history []access.Entry) {
	say := func(kind page.NoticeKind, lead, text string, action *page.Action) {
		view.notices = append(view.notices, page.Notice{Kind: kind, Lead: lead, Text: text, Action: action})
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
		view.head.Revision = map[flow.State]string{flow.Draft: v.T("修订中"), flow.Submitted: v.T("修订待核实"), flow.Returned: v.T("修订已退回")}[rec.Revision]
		view.why = last(flow.ActRevise).Reason
		view.differences = p.changes(v, *rec.Standing, rec.Body, rec.Words)
	}
	if why != "" {
		say(page.Info, why, "", nil)
	}
	for _, w := range rec.Warnings {
		say(page.Caution, v.T(w.Text, w.Args...), v.T("不影响提交和核实。"), fix)
	}
	noun := v.T(p.Noun)
	for _, s := range rec.Similar {
		say(page.Caution, v.T("可能和 %s 是同一%s：", v.Number(s), noun), v.T("%s，%s填的，%s。", v.T(p.Form.Same), s.AuthorName, v.T(s.State.Title())),
			&page.Action{Label: v.T("看那一%s", noun), Href: desk.Href(p.Book.Kind, s.Number)})
	}
}

// Said is what a field says of a record, and what it said before an open revision, "" when that did not change it.
func Said[T, W any](v *desk.Visit, fields register.Fields[T, W], rec register.Record[T, W], key string) (now, was string) {
	said := func(body T) string {
		text := fields.Text(key, body, rec.Words)
		if d, err := day.Parse(text); err == nil {
			text = d.Long()
		}
		return v.T(text)
	}
	now = said(rec.Body)
	if rec.Standing == nil {
		return now, ""
	}
	switch was = said(*rec.Standing); was {
	case now:
		return now, ""
	case "":
		return now, v.T("未填")
	}
	return now, was
}

// Fact is a field of the record as its page shows it.
func (p *Pages[T, W]) Fact(v *desk.Visit, rec register.Record[T, W], label, key string) page.Fact {
	now, was := Said(v, p.Book.Fields, rec, key)
	return page.Fact{Label: v.T(label), Value: now, Was: was}
}

// Even lets the last of an odd number of facts stand over both columns.
func Even(facts []page.Fact) []page.Fact {
	if len(facts)%2 == 1 {
		facts[len(facts)-1].Wide = true
	}
	return facts
}

// CountsIn says in which month a record counts; "" for a voided one.
func CountsIn(v *desk.Visit, h flow.Head, on day.Day) string {
	switch {
	case on == "" || h.State == flow.Voided:
		return ""
	case on.Year() == v.Today.Year():
		return v.T("计入 %s", fmt.Sprintf("%d月", on.Month()))
	}
	return v.T("计入 %s", day.Month(on.Year(), on.Month()).Words())
}

// Table is a section of a record's page with a table.
func Table(title, note string, l page.List) templ.Component {
	return page.Around(page.SectionBox(page.Section{Title: title, Note: note}), page.Table(l))
}
