package desk

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/web"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Href is the address of a record's page: /training/PX-2026-0073.
func Href(kind, number string) string { return "/" + kind + "/" + number }

// Instant writes an instant as people read it: 9月16日 17:42, with the year only when it is not this one.
func (v *Visit) Instant(millis int64) string {
	if millis == 0 {
		return ""
	}
	zone := v.Association.Location()
	t := time.UnixMilli(millis).In(zone)
	return v.T(day.At(t, zone).Short(v.Today) + " " + t.Format("15:04"))
}

// Number is a record's number, short within its year: PX-0073 this year, PX-2025-0073 of others.
func (v *Visit) Number(h flow.Head) string {
	return h.NumberIn(v.Today)
}

// ShortNumber is Number where the head is not at hand.
func (v *Visit) ShortNumber(number string) string {
	if parts := strings.Split(number, "-"); len(parts) == 3 && parts[1] == itoa(int64(v.Today.Year())) {
		return flow.Short(number)
	}
	return number
}

// PostingStep is which of the Steps says that what was verified counts.
const PostingStep = 3

// Steps is where a record stands: 填报, 提交, 核实, 入账并计入指标, of the version that stands; an open revision has its own steps after them.
// Who submitted and verified stands in the history.
func (v *Visit) Steps(h flow.Head, history []access.Entry) []page.Step {
	last := func(which func(access.Entry) bool, actions ...flow.Action) (access.Entry, bool) {
		for _, e := range history { // latest first
			for _, a := range actions {
				if e.Action == a.Event() && which(e) {
					return e, true
				}
			}
		}
		return access.Entry{}, false
	}
	who := func(e access.Entry, ok bool) string {
		if !ok {
			return ""
		}
		return e.Name + " " + v.Instant(e.At)
	}
	every := func(access.Entry) bool { return true }
	stands := func(e access.Entry) bool { return h.Verified == 0 || e.Version <= h.Verified }
	submit := []flow.Action{flow.ActSubmit, flow.ActEnter, flow.ActImport}
	steps := []page.Step{{Name: v.T("填报"), Who: h.AuthorName + " " + v.Instant(h.Created), State: page.StepDone}, {Name: v.T("提交")}, {Name: v.T("核实")}, {Name: v.T("入账并计入指标"), Who: v.T("核实后自动")}}
	switch h.State {
	case flow.Draft:
		steps[0].State = page.StepNow
	case flow.Returned:
		steps[0].State = page.StepBack
		steps[0].Who = v.T("%s 退回", who(last(every, flow.ActReturn)))
	case flow.Submitted:
		steps[1].State, steps[1].Who = page.StepDone, who(last(every, submit...))
		steps[2].State, steps[2].Who = page.StepNow, v.T("等待核实")
	case flow.Verified:
		steps[1].State, steps[1].Who = page.StepDone, who(last(stands, submit...))
		steps[2].State, steps[2].Who = page.StepDone, who(verifiedBy(h, history))
		steps[3].State, steps[3].Who = page.StepDone, v.T("计入 %s", h.Day.YearMonth())
		if p, err := day.ParsePeriod(h.Day.YearMonth()); err == nil {
			steps[3].Who = v.T("计入%s", p.Words())
		}
	case flow.Voided:
		return nil
	case flow.None:
	}
	revision, check := page.Step{Name: v.T("修订"), State: page.StepNow, Who: h.Editor}, page.Step{Name: v.T("核实修订")}
	switch h.Revision {
	case flow.Draft:
		steps = append(steps, revision, check)
	case flow.Returned:
		revision.State, revision.Who = page.StepBack, v.T("%s 退回", who(last(every, flow.ActReturn)))
		steps = append(steps, revision, check)
	case flow.Submitted:
		revision.State, revision.Who = page.StepDone, who(last(every, submit...))
		check.State, check.Who = page.StepNow, v.T("等待核实")
		steps = append(steps, revision, check)
	case flow.Verified, flow.Voided, flow.None:
	}
	return steps
}

// verifiedBy is the entry by which the version that stands was verified: not the latest, where an import was undone.
func verifiedBy(h flow.Head, history []access.Entry) (access.Entry, bool) {
	i := slices.IndexFunc(history, func(e access.Entry) bool {
		return e.Version == h.Verified && (e.Action == flow.ActVerify.Event() || e.Action == flow.ActVerifies.Event())
	})
	if i < 0 {
		return access.Entry{}, false
	}
	return history[i], true
}

// History is what was done with a record, latest first.
func (v *Visit) History(history []access.Entry) []page.Event {
	var all []page.Event
	for _, e := range history {
		all = append(all, v.Event(e, v.T(ActionTitle(e.Action))))
	}
	return all
}

// Event is an entry of the history under a title: what was done to which field; also are further words for what was done.
func (v *Visit) Event(e access.Entry, title string, also ...string) page.Event {
	ev := page.Event{What: title, Remark: access.Spoken(v.Ctx, e.Reason), Who: e.Name, When: v.Instant(e.At)}
	parts := also
	for _, c := range e.Changes {
		label := v.T(c.Label)
		c.Before, c.After = v.T(access.Spoken(v.Ctx, c.Before)), v.T(access.Spoken(v.Ctx, c.After))
		switch {
		case c.Before == c.After: // nothing was said and nothing is
		case strings.HasPrefix(e.Action, "evidence."): // 签到册「签到.png」
			parts = append(parts, v.T("%s「%s」", label, c.Before+c.After))
		case c.Before == "":
			parts = append(parts, v.T("%s填为「%s」", label, c.After))
		case c.After == "":
			parts = append(parts, v.T("%s「%s」删去", label, c.Before))
		default:
			parts = append(parts, v.T("%s「%s」改为「%s」", label, c.Before, c.After))
		}
	}
	if len(parts) > 0 {
		ev.What += v.T("：") + strings.Join(parts, v.T("，"))
	}
	name := strings.TrimPrefix(e.Action, "record.")
	ev.Care = name == string(flow.ActReturn) || name == string(flow.ActVoid) || name == string(flow.ActUndo)
	return ev
}

// Impact gives further lines of «核实后计入».
type Impact func(ctx context.Context, tx *db.Tx, v *Visit, ref id.Ref, facts []ledger.Fact) ([]page.CountsRow, error)

// Counts is «核实后计入» for the facts that a record would post, together with what counts along with it; with counted, for those that
// it has posted («已计入»): what each indicator is now, and what of it is the record's own.
func (v *Visit) Counts(tx *db.Tx, ref id.Ref, facts []ledger.Fact, counted bool, along ...indicator.Posted) (page.CountsHere, error) {
	box := page.CountsHere{Title: v.T("核实后计入")}
	if counted {
		box.Title = v.T("已计入")
	}
	impacts, err := v.Indicators.Preview(v.Ctx, tx, ref, facts, along...)
	if err != nil {
		return box, err
	}
	sight, err := access.SightIn(v.Ctx, tx, ref.Kind)
	if err != nil {
		return box, err
	}
	for _, i := range impacts {
		if i.Own != nil && !sight.Figures(v.Tree, "", i.Own.Place) { // the place of an event need not be the reader's
			i.Own = nil
		}
		if !i.Fed {
			note := i.Note
			if !sight.All {
				if i.Own == nil {
					continue
				}
				note = i.Own.After.Reason
			}
			box.Not = append(box.Not, v.T("不计入「%s」：%s", i.Def.Short(), note))
			continue
		}
		i.Others = slices.DeleteFunc(slices.Clone(i.Others), func(other indicator.Change) bool { return !sight.Figures(v.Tree, "", other.Place) })
		row := v.countsRow(i, sight.All)
		if counted {
			if row.Word == "" {
				row.Note = ""
			}
			row.After = ""
			if i.Share != nil {
				row.Note = v.T("其中这一条 %s", i.Share.Screen(v.Ctx))
			}
			if row.Before.Value == "" && row.Note != "" && i.Share != nil {
				row.Word, row.Note = row.Note, ""
			}
		}
		box.Rows = append(box.Rows, row)
	}
	for _, more := range v.Impacts {
		rows, err := more(v.Ctx, tx, v, ref, facts)
		if err != nil {
			return box, err
		}
		box.Rows = append(box.Rows, rows...)
	}
	if n := len(box.Rows); n > 0 {
		box.Note = v.T("%d 个指标", n)
	}
	return box, nil
}

// countsRow is one indicator of «核实后计入». Who does not see the whole county's figures is shown what the record adds, and the
// figure of its own township.
func (v *Visit) countsRow(i indicator.Impact, whole bool) page.CountsRow {
	row := page.CountsRow{Name: i.Def.Short()}
	if u := i.After.Unit(); u != "" {
		row.Name += v.T("（%s）", u)
	}
	var notes []string
	if i.Note != "" && (whole || i.Def.Kind != indicator.Ratio) { // the parts of a rate are the county's
		notes = append(notes, i.Note)
	}
	own := i.Own
	if own != nil && !own.After.Available {
		own = nil
	}
	switch {
	case whole:
		row.Before = v.Figure(i.Before)
		row.Before.Unit, row.Before.Name, row.Before.Note = "", i.Def.Short(), ""
		row.After = i.After.Screen(v.Ctx)
		if own != nil && own.Before.Screen(v.Ctx) != own.After.Screen(v.Ctx) {
			notes = append(notes, v.T("%s %s → %s", own.Name, orZero(own.Before.Screen(v.Ctx)), own.After.Screen(v.Ctx)))
		}
	case own != nil:
		row.Before = v.Figure(own.Before)
		row.Before.Unit, row.Before.Name, row.Before.Note = "", i.Def.Short(), ""
		row.After = own.After.Screen(v.Ctx)
		notes = nil // of the whole
		if row.Before.Value == row.After && own.Note != "" {
			notes = append(notes, own.Note)
		}
		notes = append(notes, own.Name)
	case i.Added == nil || i.Added.Sign() == 0:
		row.Word = v.T("不变")
	case i.Def.Kind != indicator.Ratio:
		row.After = indicator.Commas(indicator.Rounded(i.Added, i.Def.Decimals))
		if i.Added.Sign() > 0 {
			row.After = "+" + row.After
		}
		if i.AddsAbout() {
			row.After = v.T("约 %s", row.After)
		}
	default:
		row.Word = v.T("随之变动")
	}
	for _, other := range i.Others {
		notes = append(notes, v.T("%s %s → %s", other.Name, orZero(other.Before.Screen(v.Ctx)), orZero(other.After.Screen(v.Ctx))))
	}
	switch {
	case row.Before.Value == "" && row.After == "" && row.Word == "":
		row.Word = v.T("算不出")
	case row.Before.Value != "" && row.Before.Value == row.After:
		row.After = "" // the note says why it stays
	}
	row.Note = strings.Join(notes, v.T("；"))
	return row
}

func orZero(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

// Evidence is the strip of a record's papers, those needed first. mayAdd offers a place for more.
func (v *Visit) Evidence(tx *db.Tx, s evidence.Subject, mayAdd bool) (page.Evidence, error) {
	var strip page.Evidence
	papers, err := evidence.Of(v.Ctx, tx, s.Ref)
	if err != nil {
		return strip, err
	}
	rules, err := v.Papers.Of(v.Ctx, tx, s.Ref.Kind, s.Subkind, s.Day)
	if err != nil {
		return strip, err
	}
	shared, err := evidence.Shared(v.Ctx, tx, s.Ref)
	if err != nil {
		return strip, err
	}
	h, err := flow.Get(v.Ctx, tx, s.Ref)
	if err != nil {
		return strip, err
	}
	mayTakeOff := mayAdd && (h.State != flow.Verified || v.Actor.May(access.Check, h.Kind)) // a checker has relied on it
	var have []evidence.Kind
	need := map[evidence.Kind]evidence.Need{}
	for _, r := range rules {
		need[r.Paper] = r.Need
	}
	for _, p := range papers {
		if p.Removed > 0 {
			continue
		}
		have = append(have, p.Kind)
		shown := v.paper(s.Ref.Kind, p, need[p.Kind], mayTakeOff)
		if p.Line == 0 {
			shown.Care = v.UsedToo(shared[p.File.Hash])
		}
		strip.Papers = append(strip.Papers, shown)
	}
	missing := rules.Missing(evidence.Needed, have)
	var titles []string
	for _, k := range missing {
		titles = append(titles, v.T(k.Title()))
	}
	if len(missing) > 0 {
		strip.Papers = append([]page.Paper{{Name: strings.Join(titles, v.T("或")), Kind: paperKind(missing[0], evidence.File{}), Missing: true, Holds: v.T("应有，还没有传")}}, strip.Papers...)
		strip.Note = v.T("缺%s，不影响提交和核实；这条的数会标「缺佐证」", strings.Join(titles, v.T("或")))
	} else if len(have) > 0 {
		strip.Note = v.T("应有的已齐，照片可不传")
	}
	for _, k := range rules.Missing(evidence.Expected, have) {
		strip.Papers = append(strip.Papers, page.Paper{Name: v.T(k.Title()), Kind: paperKind(k, evidence.File{}), Wanted: true, Holds: v.T("有就传")})
	}
	if mayAdd {
		strip.Add = &page.Action{Label: v.T("添加佐证"), Href: "/evidence/" + s.Ref.Kind + "/" + s.Ref.ID + "/new"}
	}
	return strip, nil
}

// Paper is a paper of a record of the kind as tables and strips show it: its name and where it opens, for who may open it.
func (v *Visit) Paper(kind string, p evidence.Paper) page.Paper {
	out := page.Paper{Name: p.Name, Kind: paperKind(p.Kind, p.File), Href: "/evidence/" + p.ID}
	if p.Kind == evidence.Link {
		out.Href = p.Link
	}
	if !evidence.Opens(v.Ctx, p, kind) {
		out.Href = ""
	}
	if p.Picture() {
		out.Image = "/evidence/" + p.ID + "/small"
	}
	return out
}

func (v *Visit) paper(kind string, p evidence.Paper, need evidence.Need, mayRemove bool) page.Paper {
	out := v.Paper(kind, p)
	word := v.T("选传")
	switch need {
	case evidence.Needed:
		word = v.T("应有")
	case evidence.Expected:
		word = v.T("有就传")
	case evidence.Optional:
	}
	holds := []string{word, v.T(p.Kind.Title())}
	switch {
	case p.Line > 0:
		holds = append(holds, v.T("「%s」第 %d 行", p.Sheet, p.Line))
		if out.Href == "" {
			holds = append(holds, v.T("整本只有导入人和县科协能下载"))
		}
	case p.Note != "":
		holds = append(holds, p.Note)
	}
	out.Holds = strings.Join(holds, " · ")
	if mayRemove {
		out.Remove = &page.Action{Label: v.T("取下"), Href: "/evidence/" + p.ID + "/remove", Post: true, Small: true, Kind: page.Quiet,
			Confirm: &page.Confirm{Title: v.T("取下「%s」", p.Name), Says: v.T("取下后仍留在经过里，文件不删。"), Reason: v.T("原因"), Verb: v.T("取下")}}
	}
	return out
}

// UsedToo says which other records have the same file; "" when none has.
func (v *Visit) UsedToo(uses []evidence.Use) string {
	var numbers []string
	hidden := 0
	for _, u := range uses {
		switch {
		case u.Number == "":
			hidden++
		case len(numbers) < 3:
			numbers = append(numbers, v.ShortNumber(u.Number))
		}
	}
	switch {
	case len(uses) == 0:
		return ""
	case len(numbers) == 0:
		return v.T("别的单位有 %d 条记录也用了这份文件，请核对", hidden)
	case len(uses) > len(numbers):
		return v.T("%s等 %d 条记录也用了这份文件，请核对", strings.Join(numbers, v.T("、")), len(uses))
	}
	return v.T("%s 也用了这份文件，请核对", strings.Join(numbers, v.T("、")))
}

func paperKind(k evidence.Kind, f evidence.File) page.PaperKind {
	switch k {
	case evidence.Notice, evidence.Minutes, evidence.Confirmation, evidence.Inspection:
		return page.PaperNotice
	case evidence.SignIn:
		return page.PaperRoster
	case evidence.Roster:
		if strings.Contains(f.Type, "sheet") || strings.Contains(f.Type, "csv") {
			return page.PaperSheet
		}
		return page.PaperRoster
	case evidence.Voucher, evidence.Material:
		return page.PaperVoucher
	case evidence.Photo:
		return page.PaperPicture
	case evidence.Link, evidence.Other:
	}
	return page.PaperOther
}

// FieldErrors are the wrong inputs of an error, in the language of the request, for pages that show the form again; nil when the
// error is of another kind.
func (v *Visit) FieldErrors(err error) []page.FieldError { return FieldErrors(v.Ctx, err) }

// Back is the address to go on to after a form: the one on this site that it was sent with, or the given one.
func Back(r *http.Request, otherwise string) string {
	if to := r.PostFormValue("next"); to != "" && web.LocalPath(to) == to {
		return to
	}
	return otherwise
}
