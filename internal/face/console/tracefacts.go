package console

import (
	"context"
	"encoding/hex"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"golang.org/x/mod/sumdb/tlog"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/web"
)

// partsOf is 构成: the ways to break the figure down, the parts of the chosen one, and whether they add up.
func (c *Console) partsOf(v *desk.Visit, t indicator.Trace) (tabs []page.Tab, parts []page.Part, sum string) {
	tab := func(by, label string) {
		tabs = append(tabs, page.Tab{Label: label, Href: v.At.Without("all").With("by", by).String(), Active: t.PartsBy == by})
	}
	township := v.T("乡镇")
	if t.Scope.Place != "" {
		township = v.T("村")
	}
	tab(indicator.PerTownship, township)
	tab(indicator.PerUnit, v.T("单位"))
	tab(indicator.PerMonth, v.T("月份"))
	for _, name := range tagNames(t) {
		tab("tag:"+name, v.T(v.Indicators.TagName(name)))
	}
	total := new(big.Rat)
	for _, p := range t.Parts {
		part := page.Part{Name: p.Name, Value: p.Figure.Screen(v.Ctx), Width: p.Share * 100}
		if p.Scope != nil {
			part.Href = desk.TraceHref(t.Def.Code, *p.Scope, t.Tree)
		}
		var notes []string
		if p.Note != "" {
			notes = append(notes, p.Note)
		}
		if p.Records > 0 {
			notes = append(notes, v.T("%d 条", p.Records))
		}
		part.Note = strings.Join(notes, v.T("，"))
		parts = append(parts, part)
		if p.Figure.Value != nil {
			total.Add(total, p.Figure.Value)
		}
	}
	switch {
	case len(parts) == 0:
	case !t.AddsUp:
		sum = t.Why
	case t.Value != nil && total.Cmp(t.Value) == 0:
		sum = v.T("%d 项相加 = %s", len(parts), t.Screen(v.Ctx))
		if share := t.BareEstimate(); share != "" { // a part may well carry its 约
			sum += v.T("，其中 %s 是估计的，占 %s%%，合计不写「约」", amountOf(t.Def, t.Estimated, ""), share)
		}
	default:
		sum = v.T("%d 项相加是 %s，与上面的数不一致", len(parts), amountOf(t.Def, total, ""))
	}
	return tabs, parts, sum
}

// tagNames are the tags by which the facts shown can be told apart, in the order of their names; one that the breakdown goes by
// already is always among them.
func tagNames(t indicator.Trace) (names []string) {
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, lines := range [][]indicator.Line{t.Lines, t.Estimates} {
		for _, l := range lines {
			for _, tag := range l.Fact.Tags {
				add(tag.Name)
			}
		}
	}
	if by, ok := strings.CutPrefix(t.PartsBy, "tag:"); ok {
		add(by)
	}
	fixed := func(name string) bool { // by the definition or the scope: nothing to tell apart
		return slices.ContainsFunc(slices.Concat(t.Def.Where, t.Scope.Tags), func(is ledger.TagIs) bool { return is.Name == name && len(is.Values) == 1 })
	}
	names = slices.DeleteFunc(names, func(name string) bool { return fixed(name) && "tag:"+name != t.PartsBy })
	slices.Sort(names)
	return names
}

// factsOf is the table of facts: at first the estimates and the newest, with all of them page by page.
func (c *Console) factsOf(tx *db.Tx, v *desk.Visit, t indicator.Trace, list web.List) (page.FactTable, error) {
	all := v.At.Get("all") != ""
	lines := t.Lines
	visible := t.Total - t.Hidden
	table := page.FactTable{}
	if all {
		table.Pager = page.Pager{Page: list.Page, Last: list.Pages(int(visible))}
		table.Note = v.T("按日期，新的在前")
	} else {
		if first := t.Estimates[:min(len(t.Estimates), factsFirst)]; len(first) > 0 {
			lines = slices.Concat(first, slices.DeleteFunc(slices.Clone(t.Lines), func(l indicator.Line) bool {
				return slices.ContainsFunc(first, func(e indicator.Line) bool { return e.ID == l.ID })
			}))
			table.Note = v.T("估计的在前，其余新的在前")
		}
		if int64(len(lines)) < visible {
			table.AllHref, table.AllText = v.At.With("all", "1").String()+"#facts", v.T("全部 %d 条", visible)
		}
	}
	records := make([]string, len(lines))
	measures := map[string]bool{}
	for i, l := range lines {
		records[i] = l.Ref.ID
		measures[l.Fact.Measure] = true
	}
	slices.Sort(records)
	papers, err := evidence.OfRecords(v.Ctx, tx, slices.Compact(records)...)
	if err != nil {
		return table, err
	}
	table.Heads = []page.Column{{Label: v.T("日期"), Plain: true}, {Label: v.T("记录"), Plain: true}, {Label: v.T("名称"), Kind: page.MainColumn}, {Label: v.T("地点"), Plain: true}}
	if len(measures) > 1 {
		table.Heads = append(table.Heads, page.Column{Label: v.T("计量")})
	}
	unit := v.T(t.Unit())
	if unit == "" {
		unit = v.T("数量")
	}
	table.Heads = append(table.Heads, page.Column{Label: unit, Kind: page.NumColumn}, page.Column{Label: v.T("确切"), Plain: true}, page.Column{Label: v.T("佐证"), Plain: true})
	proofs := t.Sealed.Size > 0
	if proofs {
		table.Heads = append(table.Heads, page.Column{Label: v.T("证明")})
	}
	for _, l := range lines {
		row := page.Row{Correction: l.Correction != indicator.NoCorrection}
		row.Cells = []templ.Component{page.Faint(v.T(l.Fact.Day.Short(t.Scope.Period.To))), recordCell(v, l), page.Cell(lineTitle(v, l)), page.Cell(v.T(l.Place))}
		if len(measures) > 1 {
			m, _ := v.Indicators.Measure(l.Fact.Measure)
			row.Cells = append(row.Cells, page.Cell(m.Name))
		}
		row.Cells = append(row.Cells, page.Strong(factAmount(t.Def, l)), oneLine(page.Cell(factWord(v.Ctx, l.Fact))), papersOf(v, l, papers[l.Ref.ID]))
		if proofs {
			row.Cells = append(row.Cells, proofCell(v, t, l))
		}
		table.Rows = append(table.Rows, row)
	}
	return table, nil
}

func recordCell(v *desk.Visit, l indicator.Line) templ.Component {
	if l.Number == "" {
		return page.Faint(v.T("没有记录"))
	}
	return oneLine(page.LinkCell(desk.Href(l.Ref.Kind, l.Number), shortNumber(v, l)))
}

// oneLine keeps a short cell from being broken in the narrow drawer.
func oneLine(c templ.Component) templ.Component {
	return templ.Join(templ.Raw(`<span class="nowrap">`), c, templ.Raw(`</span>`))
}

// lineTitle is the name of a fact's record; a correction says which part of the pair it is.
func lineTitle(v *desk.Visit, l indicator.Line) string {
	switch l.Correction {
	case indicator.TakenBack:
		return v.T("更正前：%s", l.Title)
	case indicator.TakesBack:
		if l.Reason != "" {
			return v.T("更正：%s", access.Spoken(v.Ctx, l.Reason))
		}
		return v.T("更正：%s", l.Title)
	case indicator.Corrected:
		return v.T("更正后：%s", l.Title)
	case indicator.NoCorrection:
	}
	return l.Title
}

// factAmount is the amount of a fact in the indicator's unit where it has one, with a true minus sign.
func factAmount(d indicator.Def, l indicator.Line) string {
	n := big.NewRat(l.Fact.Amount, 1)
	if d.Divisor > 1 && d.Kind != indicator.Ratio {
		n.Quo(n, big.NewRat(d.Divisor, 1))
	}
	return strings.Replace(amountOf(d, n, ""), "-", "−", 1)
}

// factWord says how sure a fact is and, of a stock, what happened by it: 确切，新增.
func factWord(ctx context.Context, f ledger.Fact) string {
	sure := exactWord(ctx, f.Exactness)
	if moved := movementWord(f.Movement); moved != "" {
		return sure + lang.T(ctx, "，") + lang.T(ctx, moved)
	}
	return sure
}

// movementWord is what a posting of a stock did.
func movementWord(m ledger.Movement) string {
	return map[ledger.Movement]string{ledger.Opening: "原有", ledger.In: "新增", ledger.Out: "减少", ledger.MovedIn: "迁入", ledger.MovedOut: "迁出", ledger.Changed: "变化"}[m]
}

func exactWord(ctx context.Context, e ledger.Exactness) string {
	switch e {
	case ledger.About:
		return lang.T(ctx, "约")
	case ledger.AtLeast:
		return lang.T(ctx, "以上")
	case ledger.Nearly:
		return lang.T(ctx, "近")
	case ledger.Exact:
	}
	return lang.T(ctx, "确切")
}

func proofCell(v *desk.Visit, t indicator.Trace, l indicator.Line) templ.Component {
	if l.Seq < 0 || l.Seq >= t.Sealed.Size {
		return page.Faint(v.T("待编号"))
	}
	q := t.Scope.Query(t.Tree)
	q.Set("fact", l.ID)
	return oneLine(page.Anchor(page.Address{Path: "/figures/" + t.Def.Code + "/proof", Query: q}.String(), "№ "+strconv.FormatInt(l.Seq, 10)))
}

// holds reports whether the log still is what a checkpoint signs.
func (c *Console) holds(tx *db.Tx, v *desk.Visit, point log.Checkpoint) (bool, error) {
	good := true
	_, err := c.Keeper.Check(v.Ctx, tx, point.Note, func(log.Difference) { good = false })
	if errs.Is(err, errs.Invalid) { // the signature is not ours
		return false, nil
	}
	return good, err
}

// sealPlace is what the association's seal says: the first two characters of the county.
func sealPlace(v *desk.Visit) string {
	name := []rune(org.County(v.Association.Name))
	return string(name[:min(2, len(name))])
}

// rootHex is the root of a tree in groups of four hexadecimal digits.
func rootHex(root string) []string {
	h, err := tlog.ParseHash(root)
	if err != nil {
		return []string{root}
	}
	var groups []string
	for chunk := range slices.Chunk([]byte(hex.EncodeToString(h[:])), 4) {
		groups = append(groups, string(chunk))
	}
	return groups
}

func shortRoot(root string) string {
	groups := rootHex(root)
	if len(groups) < 7 {
		return strings.Join(groups, " ")
	}
	return strings.Join(groups[:4], " ") + " … " + strings.Join(groups[len(groups)-2:], " ")
}
