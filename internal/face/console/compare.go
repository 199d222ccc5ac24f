package console

import (
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/page"
	"shilu/internal/insight/board"
	"shilu/internal/kit/db"
)

// compared is a figure of the scope beside that of the same period a year earlier.
type compared struct{ board.Compared }

// compare computes figures and those of a year earlier; papers says whether what lacks them is told too.
func (c *Console) compare(tx *db.Tx, v *desk.Visit, defs []indicator.Def, papers bool) ([]compared, error) {
	read := v.Indicators.Glance
	if papers {
		read = v.Indicators.Values
	}
	found, err := board.Compare(v.Ctx, tx, v.Indicators, v.Tree, v.Scope, defs, read)
	all := make([]compared, len(found))
	for i, f := range found {
		all[i] = compared{f}
	}
	return all, err
}

// defsOf are the definitions of codes in force at the end of the scope, in that order; what is not in force is left out.
func (c *Console) defsOf(tx *db.Tx, v *desk.Visit, codes ...string) ([]indicator.Def, error) {
	all, err := v.Indicators.InForce(v.Ctx, tx, v.Scope.Period.To)
	if err != nil {
		return nil, err
	}
	byCode := map[string]indicator.Def{}
	for _, d := range all {
		byCode[d.Code] = d
	}
	var defs []indicator.Def
	for _, code := range codes {
		if d, ok := byCode[code]; ok {
			defs = append(defs, d)
		}
	}
	return defs, nil
}

// row is the figure in a table: name, number, last year's, the difference in words.
func (f compared) row(v *desk.Visit) page.Row {
	now := v.Figure(f.Now)
	now.SealSpace, now.NoRight, now.Note, now.MarkLess = true, f.NoRight, "", true
	now.Unit, now.Name = "", strings.TrimSpace(now.Name+" "+v.T(f.Now.Unit()))
	row := page.Row{Name: f.Now.Def.Short(), Href: now.Href, Left: !f.Now.Available}
	number := page.FigureLink(now)
	switch {
	case f.NoRight || f.Now.Available:
	case f.Now.NotApplicable:
		number = page.Faint(v.T("不适用"))
	default:
		number = page.Missing(v.T("没有数"))
	}
	row.Cells = []templ.Component{figureName(f.Now.Def.Short(), v.T(f.Now.Unit())), number, f.lastCell(v), f.differenceCell(v)}
	return row
}

func (f compared) lastCell(v *desk.Visit) templ.Component {
	switch {
	case f.NoRight || !f.Last.Available:
		return page.Faint("")
	case f.Last.Facts == 0: // nobody has kept last year's records here: that is not 0
		return page.Faint(v.T("没有账目"))
	}
	last := v.Figure(f.Last)
	last.Size, last.Proof, last.Unit, last.Note, last.MarkLess = "plain", page.ProofNone, "", "", true
	return page.FigureLink(last)
}

func (f compared) differenceCell(v *desk.Visit) templ.Component {
	if !f.Comparable() {
		return page.Faint("")
	}
	return page.Cell(f.Difference(v.Ctx))
}

// bar is the figure on the scale of last year's, and whether it goes beyond the scale; nothing where there is none.
func (f compared) bar() (bar templ.Component, cut bool) {
	if !f.Comparable() || f.Last.Value.Sign() <= 0 {
		return page.Faint(""), false
	}
	now, _ := f.Now.Value.Float64()
	last, _ := f.Last.Value.Float64()
	return page.AgainstBar(now, last), page.CutOff(now, last)
}

// remark is what a list says of a figure besides: what is pending, estimated, unproved.
func (f compared) remark(v *desk.Visit) string {
	var notes []string
	if !f.NoRight && !f.Now.Available {
		notes = append(notes, f.Now.Reason)
	}
	if f.Now.Typed() && f.Now.Available {
		notes = append(notes, v.T("外部数据：%s", f.Now.Basis))
	}
	if f.Now.PendingRecords > 0 {
		notes = append(notes, v.T("另有 %d 条待核实", f.Now.PendingRecords))
	}
	if f.Now.Estimated != nil && f.Now.Estimated.Sign() > 0 {
		notes = append(notes, v.T("其中 %s 估计", amountOf(f.Now.Def, f.Now.Estimated, "")))
	}
	if f.Now.Unproved != nil && f.Now.Unproved.Sign() > 0 {
		notes = append(notes, v.T("其中 %s 缺佐证", amountOf(f.Now.Def, f.Now.Unproved, "")))
	}
	if f.Now.Available && f.Now.AtLeast {
		notes = append(notes, f.Now.Reason)
	}
	return strings.Join(notes, v.T("；"))
}
