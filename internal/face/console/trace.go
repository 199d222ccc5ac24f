package console

import (
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

// How many facts a trace shows: the newest at first, then page by page.
const (
	factsFirst = 10
	factsPage  = 50
)

// getTrace shows where a figure comes from: as a page, or as the content of the drawer.
func (c *Console) getTrace(w http.ResponseWriter, r *http.Request) error {
	return c.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		o := indicator.Options{By: v.At.Get("by"), Limit: factsFirst}
		list := web.ReadList(r, factsPage)
		if v.At.Get("all") != "" {
			o.Limit, o.Offset = list.Size, list.Offset()
		}
		t, err := v.Indicators.Trace(v.Ctx, tx, v.Scope, r.PathValue("code"), o)
		if errs.Is(err, errs.Forbidden) {
			return c.noSight(w, r, v, err)
		}
		if err != nil {
			return err
		}
		shown, err := c.traceOf(tx, v, t, list)
		if err != nil {
			return err
		}
		if page.InDrawer(r) {
			return v.Part(w, page.TraceBody(shown))
		}
		return v.Render(w, r, desk.Page{Title: t.Def.Name, Path: "/figures", Tags: []string{"kind"}}, page.TracePage(shown))
	})
}

// noSight says why the figures of a scope are not shown, and leads to those of the reader's own.
func (c *Console) noSight(w http.ResponseWriter, r *http.Request, v *desk.Visit, why error) error {
	empty := page.Empty{Title: v.T("无权查看"), Reason: errText(v.Ctx, why)}
	if own := v.OwnScope(); own.Unit != "" || own.Place != "" {
		at := page.Address{Path: v.At.Path, Query: own.Query(v.Tree)}
		empty.Actions = []page.Action{{Label: v.T("看%s的", own.Who(v.Ctx, v.Tree)), Href: at.String(), Kind: page.Primary}}
	}
	w.WriteHeader(http.StatusForbidden)
	if page.InDrawer(r) {
		return v.Part(w, page.EmptyState(empty))
	}
	return v.Render(w, r, desk.Page{Title: v.T("无权查看"), Path: "/figures"}, page.EmptyState(empty))
}

// traceOf is a trace as pages show it.
func (c *Console) traceOf(tx *db.Tx, v *desk.Visit, t indicator.Trace, list web.List) (page.Trace, error) {
	code := t.Def.Code
	own := page.Address{Path: "/figures/" + code, Query: t.Scope.Query(t.Tree)}
	if by := v.At.Get("by"); by != "" {
		own.Query.Set("by", by)
	}
	out := page.Trace{At: v.At, Scope: v.Indicators.Words(v.Ctx, t.Scope, t.Tree), Name: t.Def.Name, Value: t.Screen(v.Ctx), Unit: v.Unit(t.Unit(), t.Screen(v.Ctx)),
		Proof: desk.ProofOf(t.Figure), External: t.Typed() && t.Available, CopyHref: own.String(), Definition: t.Def.Definition, Formula: t.Formula}
	var err error
	if out.Users, err = c.usesOf(tx, v, t); err != nil {
		return out, err
	}
	if len(t.Scope.Tags) == 0 {
		out.Scope += v.T(" · 标签不限")
	}
	if len(t.Names) > 0 {
		between := v.T("、")
		if t.Def.Kind == indicator.Places { // each is a list already
			between = v.T("；")
		}
		out.Counted = strings.Join(t.Names, between)
	}
	if !t.Available {
		out.Reason, out.NotApplicable = t.Reason, t.NotApplicable
	}
	records := c.recordsOf(v, t)
	if t.PendingRecords > 0 {
		out.Pending, out.PendingHref = v.T("另有 %d 条待核实，未计入", t.PendingRecords), records("submitted")
		if t.Pending != nil && t.Pending.Sign() > 0 {
			out.Pending = v.T("另有 %d 条待核实，%s，未计入", t.PendingRecords, amountOf(t.Def, t.Pending, v.Unit(t.Unit(), t.Def.Digits(t.Pending))))
		}
	}
	out.Notes = c.traceNotes(v, t)
	if t.Numerator != nil {
		out.Ratio = &page.Ratio{Numerator: ratioPart(v, t, *t.Numerator), Denominator: ratioPart(v, t, *t.Denominator)}
	}
	if t.Formula == "" || t.Total == 0 && !t.Available && t.PendingRecords == 0 && len(t.LeftOut) == 0 {
		out.Recount.Text = v.T("没有账目，不用重算")
		return out, nil
	}
	out.PartsBy, out.Parts, out.PartsSum = c.partsOf(v, t)
	facts, err := c.factsOf(tx, v, t, list)
	if err != nil {
		return out, err
	}
	out.Facts = facts
	for _, l := range t.LeftOut {
		out.LeftOut = append(out.LeftOut, c.leftOutOf(v, t, l, records))
	}
	signed, err := c.stampOf(tx, v, t, &out)
	if err != nil {
		return out, err
	}
	out.Recount = recountOf(v, t, signed)
	out.Chain = chainOf(v, t, own, c.countedIn(v, t))
	if t.Total > 0 {
		out.ChangesHref = page.Address{Path: own.Path + "/changes", Query: t.Scope.Query(t.Tree)}.String()
	}
	if v.Actor.May(access.Export, v.Indicators.Module(t.Def)) {
		out.ExportHref = page.Address{Path: own.Path + "/export", Query: own.Query}.String()
	}
	if t.Total > t.Hidden && t.Sealed.Size > 0 {
		out.ProofHref = page.Address{Path: own.Path + "/proof", Query: t.Scope.Query(t.Tree)}.String()
	}
	return out, nil
}

// amountOf is an amount in the indicator's unit: 290 人次.
func amountOf(d indicator.Def, n *big.Rat, unit string) string {
	return strings.TrimSpace(d.Digits(n) + " " + unit)
}

// traceNotes say what a reader must know of the figure: estimates, papers that lack, records that do not say it, what is hidden.
func (c *Console) traceNotes(v *desk.Visit, t indicator.Trace) (notes []string) {
	parts := []indicator.Figure{t.Figure}
	if t.Numerator != nil {
		parts = []indicator.Figure{*t.Numerator, *t.Denominator}
	}
	for _, f := range parts {
		of := ""
		if len(parts) > 1 {
			of = f.Def.Name
		}
		if f.Estimated != nil && f.Estimated.Sign() > 0 {
			much := amountOf(f.Def, f.Estimated, v.Unit(f.Unit(), f.Def.Digits(f.Estimated)))
			note := v.T("其中 %s是估计的", much)
			if of != "" {
				note = v.T("%s其中 %s是估计的", of, much)
			}
			if len(parts) == 1 && len(t.Estimates) > 0 {
				note += v.T("：%s", c.estimateWords(v, t))
			}
			notes = append(notes, note)
		}
		if f.Unproved != nil && f.Unproved.Sign() > 0 {
			much := amountOf(f.Def, f.Unproved, v.Unit(f.Unit(), f.Def.Digits(f.Unproved)))
			note := v.T("其中 %s缺佐证", much)
			if of != "" {
				note = v.T("%s其中 %s缺佐证", of, much)
			}
			notes = append(notes, note)
		}
		if f.Basis != "" {
			if of != "" {
				notes = append(notes, v.T("%s：%s", of, f.Basis))
			} else {
				notes = append(notes, f.Basis)
			}
		}
		if f.AtLeast {
			notes = append(notes, v.T("至少是这些：%s", f.Reason))
		}
	}
	if t.Hidden > 0 {
		notes = append(notes, v.T("有 %d 条账目的记录你无权查看，只计数，不列出", t.Hidden))
	}
	return notes
}

// estimateWords name the single records that are estimated, with their own words: PX-0012 约 161.
func (c *Console) estimateWords(v *desk.Visit, t indicator.Trace) string {
	const most = 3
	var words []string
	for _, l := range t.Estimates {
		if len(words) == most {
			return strings.Join(words, v.T("、")) + v.T(" 等 %d 条", len(t.Estimates))
		}
		words = append(words, shortNumber(v, l)+" "+v.CountOf(l.Fact.Amount, l.Fact.Exactness))
	}
	return strings.Join(words, v.T("、"))
}

// shortNumber is the number of a fact's record, without the year when it is this one.
func shortNumber(v *desk.Visit, l indicator.Line) string {
	if strings.Contains(l.Number, "-"+strconv.Itoa(v.Today.Year())+"-") {
		return flow.Short(l.Number)
	}
	return l.Number
}

// ratioPart is the numerator or denominator: it opens its own trace, narrowed by the ratio's own tags.
func ratioPart(v *desk.Visit, t indicator.Trace, f indicator.Figure) page.Figure {
	f.Scope.Tags = append(append([]ledger.TagIs{}, f.Scope.Tags...), t.Def.Where...)
	out := v.Figure(f)
	out.Name = f.Def.Name
	return out
}

// recordsOf gives the address of the records behind a figure, by their state; "" when their kind has no list.
func (c *Console) recordsOf(v *desk.Visit, t indicator.Trace) func(state string) string {
	kind := v.Indicators.Module(t.Def)
	known := false
	for _, m := range c.Modules {
		known = known || m.Kind == kind
	}
	return func(state string) string {
		if !known {
			return ""
		}
		q := t.Scope.Query(t.Tree)
		q.Del("asof")
		for _, tag := range t.Def.Where {
			if len(tag.Values) == 1 {
				q.Set(tag.Name, tag.Values[0])
			}
		}
		q.Set("state", state)
		u := url.URL{Path: "/" + kind, RawQuery: q.Encode()}
		return u.String()
	}
}

// countedIn is the address of the list of just those records that a figure counts; "" when their kind has no list.
func (c *Console) countedIn(v *desk.Visit, t indicator.Trace) string {
	kind := v.Indicators.Module(t.Def)
	for _, m := range c.Modules {
		if m.Kind == kind {
			at := page.Address{Path: "/" + kind, Query: t.Scope.Query(t.Tree)}
			return at.With("figure", t.Def.Code).String()
		}
	}
	return ""
}

func chainOf(v *desk.Visit, t indicator.Trace, own page.Address, records string) []page.Link {
	all := v.At.Get("all") != ""
	value := t.Screen(v.Ctx)
	if value == "" {
		value = v.T("没有")
	}
	facts := page.Link{Count: indicator.Commas(strconv.FormatInt(t.Total, 10)), Unit: v.T(" 条"), Label: v.T("账目"), Href: own.With("all", "1").String() + "#facts", Active: all}
	if pairs := corrections(t); pairs > 0 {
		facts.Label = v.T("账目，含更正 %d 处", pairs)
	}
	if records == "" {
		records = "#facts"
	}
	stamp := page.Link{Count: v.T("没有"), Label: v.T("存证点"), Href: "#stamp"}
	if t.Sealed.Size > 0 {
		stamp.Count, stamp.Label = "№ "+strconv.FormatInt(t.Sealed.Size, 10), v.T("存证点，%s", sealedWhen(v, t.Sealed.At))
	}
	return []page.Link{
		{Count: value, Label: v.T("数字"), Href: own.Without("all").String(), Active: !all},
		facts,
		{Count: indicator.Commas(strconv.FormatInt(t.Records, 10)), Unit: v.T(" 条"), Label: v.T("业务记录"), Href: records},
		{Count: indicator.Commas(strconv.FormatInt(t.Papers, 10)), Unit: v.Unit("件", strconv.FormatInt(t.Papers, 10)), Label: v.T("佐证"), Href: "#facts"},
		stamp,
	}
}

// sealedWhen is short enough for the chain: today's time, or the day.
func sealedWhen(v *desk.Visit, millis int64) string {
	zone := v.Association.Location()
	at := time.UnixMilli(millis).In(zone)
	if d := day.At(at, zone); d != v.Today {
		return v.T(d.Short(v.Today))
	}
	return v.T("今日 %s", at.Format("15:04"))
}

// corrections counts what was taken back among the facts shown.
func corrections(t indicator.Trace) (n int) {
	for _, l := range t.Lines {
		if l.Correction == indicator.TakesBack {
			n++
		}
	}
	return n
}

// leftOutOf is one reason why something does not count, with the records where a list can show them.
func (c *Console) leftOutOf(v *desk.Visit, t indicator.Trace, l indicator.LeftOut, records func(string) string) page.LeftOut {
	out := page.LeftOut{Name: v.T("%d 条", l.Records), Why: l.Why}
	if l.Amount != nil && l.Amount.Sign() != 0 {
		out.Amount = strings.TrimSpace(v.Worded(t.Def.Digits(l.Amount), l.Word) + " " + v.Unit(t.Unit(), t.Def.Digits(l.Amount)))
	}
	switch l.State {
	case "submitted", "returned", "draft", "voided":
		out.Href = records(l.State)
	case "revision":
		out.Href = records("submitted")
	case "uncounted":
		if l.Kind != v.Indicators.Module(t.Def) { // the log of a facility, of which the register is no list
			break
		}
		list := page.Address{Path: "/" + v.Indicators.Module(t.Def), Query: t.Scope.Query(t.Tree)}.Without("asof")
		out.Href = list.With(l.Tag.Name, l.Tag.Values[0]).With("state", string(flow.Verified)).String()
	case "import":
		out.Href = "/imports/" + v.Indicators.Module(t.Def)
	case "period":
		s := t.Scope
		s.Period = l.Period
		out.Href = desk.TraceHref(t.Def.Code, s, t.Tree)
	case "later":
		s := t.Scope
		s.AsOf = 0
		out.Href = desk.TraceHref(t.Def.Code, s, t.Tree)
	}
	return out
}

// stampOf fills in the checkpoint that proves the figure, and reports whether its signature holds.
func (c *Console) stampOf(tx *db.Tx, v *desk.Visit, t indicator.Trace, out *page.Trace) (signed bool, err error) {
	out.Stamp = page.Stamp{Place: sealPlace(v), Note: v.T("拿着存证点的人都能验证这个数没有被改过")}
	if t.Sealed.Size == 0 {
		out.Stamp.Lines = []page.StampLine{{Label: v.T("存证点"), Value: v.T("还没有存证，入账后几秒内自动存证"), Href: "/ledger", Link: v.T("看台账")}}
		return false, nil
	}
	signed, err = c.holds(tx, v, t.Sealed)
	if err != nil {
		return false, err
	}
	included := page.StampLine{Label: v.T("包含证明"), Value: v.T("%d 条全部在账内", t.Total), OK: true}
	if t.Numbered < t.Total {
		included = page.StampLine{Label: v.T("包含证明"), Value: v.T("%d 条里 %d 条已编号，其余等下一个存证点", t.Total, t.Numbered)}
	}
	out.Stamp.Lines = []page.StampLine{
		{Label: v.T("存证点"), Value: v.T("№ %d，%s，账上共 %s 条", t.Sealed.Size, moment(v, t.Sealed.At), indicator.Commas(strconv.FormatInt(t.Sealed.Size, 10)))},
		{Label: v.T("根哈希"), Value: shortRoot(t.Sealed.Root), Mono: true, OK: signed},
		included,
		{Label: v.T("公钥"), Value: v.T("与存证点一起保管在外面"), Href: "/ledger", Link: v.T("去台账与存证")},
	}
	return signed, nil
}

func recountOf(v *desk.Visit, t indicator.Trace, signed bool) page.Recount {
	switch {
	case !t.Agrees:
		return page.Recount{Wrong: true, Text: v.T("刚刚逐条重算 %d 条账目，与这个数不一致，请让保管人运行 shilu verify", t.Checked)}
	case t.Def.Kind == indicator.Places:
		return page.Recount{Text: v.T("刚刚按行政区划重新数过，一致")}
	case t.Sealed.Size == 0:
		return page.Recount{Text: v.T("刚刚重算，与 %d 条账目一致；还没有存证点", t.Checked)}
	case !signed:
		return page.Recount{Wrong: true, Text: v.T("刚刚重算，与 %d 条账目一致；但存证点 № %d 对不上，请让保管人运行 shilu verify", t.Checked, t.Sealed.Size)}
	}
	return page.Recount{Text: v.T("刚刚重算，与 %d 条账目一致；存证点 № %d 签名有效", t.Checked, t.Sealed.Size)}
}

// moment is an instant with its year: 2026年9月18日 8:30.
func moment(v *desk.Visit, millis int64) string {
	zone := v.Association.Location()
	at := time.UnixMilli(millis).In(zone)
	return v.T(day.At(at, zone).Long() + " " + at.Format("15:04"))
}

// dayOf is the day of an instant in the association's zone.
func dayOf(v *desk.Visit, millis int64) day.Day {
	zone := v.Association.Location()
	return day.At(time.UnixMilli(millis).In(zone), zone)
}

// papersOf shows the evidence of a fact's record: the row of the workbook that it came from in words, other papers as thumbnails.
func papersOf(v *desk.Visit, l indicator.Line, papers []evidence.Paper) templ.Component {
	var words []templ.Component
	var thumbs []page.Paper
	for _, p := range papers {
		if p.Line > 0 {
			row := v.T("「%s」第 %d 行", p.Sheet, p.Line)
			if evidence.Opens(v.Ctx, p, l.Ref.Kind) {
				words = append(words, oneLine(page.Anchor("/evidence/"+p.ID, row)))
			} else {
				words = append(words, oneLine(page.Cell(row)))
			}
			continue
		}
		thumbs = append(thumbs, v.Paper(l.Ref.Kind, p))
	}
	switch {
	case l.Missing != "":
		words = append(words, page.Missing(v.T("缺%s", missingTitles(v, l.Missing))))
	case len(papers) == 0:
		words = append(words, page.Faint(v.T("没有传")))
	}
	all := []templ.Component{}
	if len(thumbs) > 0 {
		all = append(all, page.Thumbs(thumbs))
	}
	return templ.Join(append(all, page.Joined(words, " "))...)
}

// missingTitles names the kinds of papers that a record lacks: 签到册或花名册.
func missingTitles(v *desk.Visit, kinds string) string {
	var titles []string
	for _, kind := range strings.Fields(kinds) {
		titles = append(titles, v.T(evidence.Kind(kind).Title()))
	}
	return strings.Join(titles, v.T("或"))
}
