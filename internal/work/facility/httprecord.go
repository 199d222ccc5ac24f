package facility

import (
	"strconv"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
	"shilu/internal/core/register/pages"
	"shilu/internal/kit/db"
)

// recordLogs is how many logs the page of a facility shows.
const recordLogs = 8

// mostOutside is how many logs it lists that do not count.
const mostOutside = 50

func (c *console) record() pages.Detail[Facility, Words] {
	return pages.Detail[Facility, Words]{Title: "现在", Bigs: c.bigs, Facts: c.facts, Sections: c.sections, Actions: c.actions, Counts: c.counts, History: c.history}
}

// bigs are the numbers that the facility has now.
func (c *console) bigs(v *desk.Visit, rec Record) (all []page.Big) {
	now := rec.Body.Last()
	k, _ := rec.Words.Rules.Kind(rec.Body.Kind)
	for _, code := range k.Fields {
		d, _ := rec.Words.Rules.Field(code)
		if !d.Type.numeric() {
			continue
		}
		b := page.Big{Label: v.T(d.Name), Value: spoken(v, d.String(now.Values[code]))}
		if now.Values[code] == nil && code == "pieces" {
			b.Value = "1"
		}
		b.Unit = v.Unit(d.Unit, b.Value)
		all = append(all, b)
	}
	return all
}

// facts are what else the facility is now, with what an open revision changes.
func (c *console) facts(v *desk.Visit, rec Record) []page.Fact {
	f, w := rec.Body, rec.Words
	now := f.Last()
	var was *State
	if rec.Standing != nil {
		old := rec.Standing.Last()
		was = &old
	}
	fact := func(label, value string, before func(s State, f Facility) string) page.Fact {
		one := page.Fact{Label: v.T(label), Value: value}
		if was != nil {
			if old := before(*was, *rec.Standing); old != value {
				if one.Was = old; old == "" {
					one.Was = v.T("未填")
				}
			}
		}
		return one
	}
	how := func(s State, f Facility) string { return v.T(lifeTitle(f.life(c.Catalogue))) }
	begun := func(_ State, f Facility) string {
		if f.Start == "" {
			return ""
		}
		if f.Stage != InUse {
			return v.T("预计 %s", f.Start.Long())
		}
		return v.T("%s，%s", f.Start.Long(), v.T(w.origin(f)))
	}
	at := func(s State, _ Facility) string { return v.T(w.Tree.PlaceName(s.Place)) }
	spot := func(s State, _ Facility) string { return s.Spot }
	unit := func(s State, _ Facility) string { return w.Tree.Unit(s.Unit).Name }
	kind := func(_ State, f Facility) string { return v.T(w.kindName(f.Kind)) }
	facts := []page.Fact{fact("类别", kind(now, f), kind), fact("进展", how(now, f), how), fact("地点", at(now, f), at), fact("具体场所", spot(now, f), spot),
		fact("管理单位", unit(now, f), unit), fact("启用", begun(now, f), begun)}
	k, _ := w.Rules.Kind(f.Kind)
	for _, code := range k.Fields {
		d, _ := w.Rules.Field(code)
		if !d.Type.numeric() {
			of := func(s State, _ Facility) string { return v.T(d.Words(s.Values[code])) }
			if one := fact(d.Name, of(now, f), of); one.Value != "" || one.Was != "" { // what most leave blank is not listed
				facts = append(facts, one)
			}
		}
	}
	note := func(_ State, f Facility) string { return f.Note }
	if one := fact("备注", f.Note, note); one.Value != "" || one.Was != "" {
		facts = append(facts, one)
	}
	return pages.Even(facts)
}

// origin says whether a facility was there before the book began.
func (w Words) origin(f Facility) string {
	if f.Old {
		return movementTitle(ledger.Opening)
	}
	return movementTitle(ledger.In)
}

// sections are the timeline and the latest logs.
func (c *console) sections(tx *db.Tx, v *desk.Visit, rec Record) ([]templ.Component, error) {
	all := []templ.Component{c.timeline(v, rec)}
	if rec.State == flow.Draft {
		return all, nil
	}
	counts := rec.Body // the version by which its logs count
	if rec.Standing != nil {
		counts = *rec.Standing
	}
	from, to := counts.standingDays()
	if rec.Body.Stage == InUse {
		logs, err := c.logsOf(tx, v, rec, ledger.Condition{SQL: "c.day >= ? AND c.day < ?", Args: []any{from, to}})
		if err != nil {
			return nil, err
		}
		all = append(all, logs)
	}
	outside, err := c.logsOutside(tx, v, rec, ledger.Condition{SQL: "(c.day < ? OR c.day >= ?)", Args: []any{from, to}})
	return append(all, outside...), err
}

// timeline is what happened to the facility, step by step, each from its own day.
func (c *console) timeline(v *desk.Visit, rec Record) templ.Component {
	w, f := rec.Words, rec.Body
	l := page.List{Title: v.T("沿革"), At: v.At, Columns: []page.Column{{Label: v.T("从哪天起"), Plain: true}, {Label: v.T("怎么了"), Kind: page.MainColumn}, {Label: v.T("之后是"), Plain: true}, {Label: v.T("说明")}}}
	steps := f.timeline()
	for i, s := range steps {
		what, is := v.T(movementTitle(s.movement)), spoken(v, w.gistOf(f.Kind, s.State))
		switch s.movement {
		case ledger.MovedIn:
			from := steps[i-1].Site
			what = v.T("%s到 %s，原在 %s", what, w.siteAt(v.T(w.Tree.PlaceName(s.Place)), s.Site), w.siteAt(v.T(w.Tree.PlaceName(from.Place)), from))
		case ledger.Changed:
			what = v.T("%s：%s", what, spoken(v, w.differences(steps[i-1].Values, s.Values)))
		case ledger.Out:
			is = ""
		case ledger.In, ledger.Opening, ledger.MovedOut:
			what = v.T("%s，在 %s", what, w.siteAt(v.T(w.Tree.PlaceName(s.Place)), s.Site))
		}
		l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{pages.Nowrap(v.T(s.day.Short(v.Today))), page.Cell(what), page.Cell(is), page.Cell(s.note)}})
	}
	if len(steps) == 0 {
		l.Rows = append(l.Rows, page.Row{Cells: []templ.Component{pages.Nowrap(v.T("还没有启用")), page.Cell(v.T(f.Stage.Title())), page.Cell(""), page.Cell("")}})
	}
	return pages.Table(v.T("沿革"), v.T("各算各的日子：以前的数按当时的样子算"), l)
}

// differences writes what changed between two states: 长度 10 米 → 15 米.
func (w Words) differences(before, after Values) string {
	text := ""
	for _, d := range w.Rules.fields {
		if !before[d.Code].Equal(after[d.Code]) {
			if text != "" {
				text += "，"
			}
			text += d.Name + " " + orBlank(d.Words(before[d.Code])) + " → " + orBlank(d.Words(after[d.Code]))
		}
	}
	return text
}

func orBlank(text string) string {
	if text == "" {
		return "未填"
	}
	return text
}

// logsOf are the latest logs of the facility, with the way to all of them.
func (c *console) logsOf(tx *db.Tx, v *desk.Visit, rec Record, standing ledger.Condition) (templ.Component, error) {
	q := logsOf(rec)
	n, err := c.Logs.CountIn(v.Ctx, tx, q)
	if err != nil {
		return nil, err
	}
	q.Only, q.Limit = append(q.Only, standing), recordLogs
	entries, err := c.Logs.ListIn(v.Ctx, tx, q)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return page.Around(page.SectionBox(page.Section{Title: v.T("日志"), Note: v.T("更换版面、参观、开放、借阅、检查")}), page.EmptyState(page.Empty{Title: v.T("还没有记过"), Small: true})), nil
	}
	all := page.Anchor(v.At.Scope("/"+LogKind).With("of", rec.Number).String(), v.T("看全部 %d 条", n))
	return page.Around(page.SectionBox(page.Section{Title: v.T("日志"), Note: v.T("共 %s 条", strconv.FormatInt(n, 10)), End: all}), page.Table(c.logTable(v, rec, entries))), nil
}

// logsOf asks for the logs of a facility.
func logsOf(rec Record) register.Query {
	return register.Query{Filter: flow.Filter{Kinds: []string{LogKind}, States: []flow.State{flow.Draft, flow.Submitted, flow.Verified, flow.Returned}},
		Only: []ledger.Condition{{SQL: "c.association = r.association AND c.facility = ?", Args: []any{rec.ID}}}}
}

// logsOutside are the logs of days on which the facility did not stand; nothing where there are none.
func (c *console) logsOutside(tx *db.Tx, v *desk.Visit, rec Record, outside ledger.Condition) ([]templ.Component, error) {
	q := logsOf(rec)
	q.Only = append(q.Only, outside)
	n, err := c.Logs.CountIn(v.Ctx, tx, q)
	if err != nil || n == 0 {
		return nil, err
	}
	q.Limit = mostOutside
	entries, err := c.Logs.ListIn(v.Ctx, tx, q)
	if err != nil {
		return nil, err
	}
	return []templ.Component{pages.Table(v.T("不在启用期间，没有计入"), v.T("%d 条日志的日期在启用以前或停用以后", n), c.logTable(v, rec, entries))}, nil
}

func (c *console) logTable(v *desk.Visit, rec Record, entries []logEntry) page.List {
	l := page.List{Title: v.T("日志"), At: v.At, Columns: []page.Column{{Label: v.T("日期"), Plain: true}, {Label: v.T("记什么"), Kind: page.MainColumn}, {Label: v.T("内容"), Plain: true}, {Label: v.T("状态"), Kind: page.StateColumn}}}
	for _, e := range entries {
		w := rec.Words
		w.Rules = c.Catalogue.On(e.Body.Day)
		l.Rows = append(l.Rows, page.Row{Href: desk.Href(LogKind, e.Number), Left: e.State == flow.Voided, Cells: []templ.Component{pages.Nowrap(v.T(e.Body.Day.Short(v.Today))),
			page.LinkCell(desk.Href(LogKind, e.Number), v.T(w.logName(e.Body.Kind))), page.Cell(spoken(v, w.logGist(e.Body))), page.StateBadge(string(e.State))}})
	}
	return l
}

// actions are what can be done with the facility besides the steps of its flow.
func (c *console) actions(tx *db.Tx, v *desk.Visit, rec Record) (all []page.Action, err error) {
	standing := rec.Body.Stage == InUse && rec.Body.Last().Standing
	if standing && rec.State != flow.Draft && rec.State != flow.Voided && v.Actor.May(access.Write, Kind) {
		menu := page.Action{Label: v.T("记日志")}
		for _, l := range rec.Words.Rules.Logs() {
			if l.Of(rec.Body.Kind) {
				menu.Menu = append(menu.Menu, page.Action{Label: v.T(l.Name), Href: newLogHref(l.Code, rec.Number)})
			}
		}
		all = append(all, menu)
	}
	if !standing {
		return all, nil
	}
	able, err := flow.AbleTo(v.Ctx, tx, rec.Head)
	if err == nil && (able.May(flow.ActSave) || able.May(flow.ActRevise)) {
		at := v.At
		at.Path = desk.Href(Kind, rec.Number) + "/change"
		all = append(all, page.Action{Label: v.T("记变动"), Href: at.String()})
	}
	return all, err
}
