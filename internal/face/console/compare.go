package console

import (
	"math/big"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/indicator"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// compared is a figure of the scope beside that of the same period a year earlier.
type compared struct {
	now, last indicator.Figure
	noRight   bool // the reader may not see figures of this module in the scope
}

// compare computes figures and those of a year earlier, in few queries for all.
func (c *Console) compare(tx *db.Tx, v *desk.Visit, defs []indicator.Def) ([]compared, error) {
	may := map[string]bool{}
	var codes []string
	for _, d := range defs {
		module := v.Indicators.Module(d)
		if _, asked := may[module]; !asked {
			_, err := indicator.Sight(v.Ctx, tx, v.Tree, v.Scope, module)
			if err != nil && !errs.Is(err, errs.Forbidden) {
				return nil, err
			}
			may[module] = err == nil
		}
		if may[module] {
			codes = append(codes, d.Code)
		}
	}
	var now, last []indicator.Figure
	if len(codes) > 0 {
		var err error
		if now, err = v.Indicators.Values(v.Ctx, tx, v.Scope, codes...); err != nil {
			return nil, err
		}
		earlier := v.Scope
		earlier.Period = earlier.Period.LastYear()
		if last, err = v.Indicators.Values(v.Ctx, tx, earlier, codes...); err != nil {
			return nil, err
		}
	}
	all := make([]compared, len(defs))
	next := 0
	for i, d := range defs {
		if !may[v.Indicators.Module(d)] {
			all[i] = compared{now: indicator.Figure{Def: d}, noRight: true}
			continue
		}
		all[i] = compared{now: now[next], last: last[next]}
		next++
	}
	return all, nil
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
	now := v.Figure(f.now)
	now.SealSpace, now.NoRight, now.Note = true, f.noRight, ""
	now.Unit, now.Name = "", strings.TrimSpace(now.Name+" "+v.T(f.now.Unit()))
	row := page.Row{Name: f.now.Def.Short(), Href: now.Href, Left: !f.now.Available}
	number := page.FigureLink(now)
	if !f.noRight && !f.now.Available {
		number = page.Missing(v.T("没有数"))
	}
	row.Cells = []templ.Component{figureName(f.now.Def.Short(), v.T(f.now.Unit())), number, f.lastCell(v), f.differenceCell(v)}
	return row
}

func (f compared) lastCell(v *desk.Visit) templ.Component {
	switch {
	case f.noRight || !f.last.Available:
		return page.Faint("")
	case f.last.Facts == 0: // nobody has kept last year's records here: that is not 0
		return page.Faint(v.T("没有账目"))
	}
	last := v.Figure(f.last)
	last.Size, last.Proof, last.Unit, last.Note = "plain", page.ProofNone, "", ""
	return page.FigureLink(last)
}

func (f compared) differenceCell(v *desk.Visit) templ.Component {
	switch {
	case f.noRight:
		return page.Faint("")
	case !f.now.Available || !f.last.Available || f.last.Facts == 0:
		return page.Faint("")
	}
	return page.Cell(f.difference(v))
}

// difference says by how much the figure differs from last year's: 增 28（12.3%）, 减 3, 高 1.2 个百分点, 持平.
func (f compared) difference(v *desk.Visit) string {
	if f.now.Value == nil || f.last.Value == nil {
		return ""
	}
	d := new(big.Rat).Sub(f.now.Value, f.last.Value)
	more := d.Sign() > 0
	size := amountOf(f.now.Def, d.Abs(d), "")
	switch {
	case d.Sign() == 0:
		return v.T("持平")
	case f.now.Def.Kind == indicator.Ratio && more:
		return v.T("高 %s 个百分点", size)
	case f.now.Def.Kind == indicator.Ratio:
		return v.T("低 %s 个百分点", size)
	}
	word := v.T("减 %s", size)
	if more {
		word = v.T("增 %s", size)
	}
	if f.last.Value.Sign() > 0 {
		part := new(big.Rat).Quo(d, f.last.Value)
		part.Mul(part, big.NewRat(100, 1))
		if part.Cmp(big.NewRat(1000, 1)) < 0 { // beyond tenfold a percentage says nothing
			word += v.T("（%s%%）", strings.TrimSuffix(indicator.Rounded(part, 1), ".0"))
		}
	}
	return word
}

// remark is what a list says of a figure besides: what is pending, estimated, unproved.
func (f compared) remark(v *desk.Visit) string {
	var notes []string
	if !f.noRight && !f.now.Available {
		notes = append(notes, f.now.Reason)
	}
	if f.now.PendingRecords > 0 {
		notes = append(notes, v.T("另有 %d 条待核实", f.now.PendingRecords))
	}
	if f.now.Estimated != nil && f.now.Estimated.Sign() > 0 {
		notes = append(notes, v.T("其中 %s 估计", amountOf(f.now.Def, f.now.Estimated, "")))
	}
	if f.now.Unproved != nil && f.now.Unproved.Sign() > 0 {
		notes = append(notes, v.T("其中 %s 缺佐证", amountOf(f.now.Def, f.now.Unproved, "")))
	}
	if f.now.Available && f.now.AtLeast {
		notes = append(notes, f.now.Reason)
	}
	return strings.Join(notes, v.T("；"))
}
