// Package board is what the first screen shows of an association: the year by indicator beside last year, its months, its
// townships as tiles, and what is late. It reads indicators and the heads of records; every number in it is a figure of a scope, so
// that it opens its trace.
package board

import (
	"context"
	"math/big"
	"strings"

	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// Compared is a figure of a scope beside that of the same period a year earlier.
type Compared struct {
	Now, Last indicator.Figure
	NoRight   bool // the reader may not see figures of this module in the scope
}

// Compare computes the figures of the definitions and those of a year earlier, in few queries for all. read is what is asked of
// the present ones: indicator.Catalogue.Values, or Glance where papers are not told of.
func Compare(ctx context.Context, tx *db.Tx, c *indicator.Catalogue, tree *org.Tree, scope indicator.Scope, defs []indicator.Def,
	read func(ctx context.Context, tx *db.Tx, scope indicator.Scope, codes ...string) ([]indicator.Figure, error)) ([]Compared, error) {
	may := map[string]bool{}
	var codes []string
	for _, d := range defs {
		module := c.Module(d)
		if _, asked := may[module]; !asked {
			_, err := indicator.Sight(ctx, tx, tree, scope, module)
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
		if now, err = read(ctx, tx, scope, codes...); err != nil {
			return nil, err
		}
		earlier := scope
		earlier.Period = earlier.Period.LastYear()
		if last, err = c.Bare(ctx, tx, earlier, codes...); err != nil {
			return nil, err
		}
	}
	all := make([]Compared, len(defs))
	next := 0
	for i, d := range defs {
		if !may[c.Module(d)] {
			all[i] = Compared{Now: indicator.Figure{Def: d}, NoRight: true}
			continue
		}
		all[i] = Compared{Now: now[next], Last: last[next]}
		next++
	}
	return all, nil
}

// Comparable reports whether there is a figure of last year to compare with: one without facts is not 0, nobody has kept those
// records here.
func (f Compared) Comparable() bool {
	return !f.NoRight && f.Now.Value != nil && f.Last.Value != nil && f.Last.Available && f.Last.Facts > 0
}

// Difference says by how much the figure differs from last year's: 增 28（12.3%）, 减 3, 高 1.2 个百分点, 持平; "" where one of
// them has no number.
func (f Compared) Difference(ctx context.Context) string {
	if f.Now.Value == nil || f.Last.Value == nil {
		return ""
	}
	// Of the figures as they are shown: who subtracts them gets the same.
	d := new(big.Rat).Sub(shown(f.Now), shown(f.Last))
	more, tiny := d.Sign() > 0, false
	size := f.Now.Def.Digits(new(big.Rat).Abs(d))
	if by := f.Now.Value.Cmp(f.Last.Value); d.Sign() == 0 && by != 0 { // they look alike
		more, tiny, size = by > 0, true, lang.T(ctx, "不到 %s", f.Now.Def.Step())
	}
	switch {
	case d.Sign() == 0 && !tiny:
		return lang.T(ctx, "持平")
	case f.Now.Def.Unit == "%" && more:
		return lang.T(ctx, "高 %s 个百分点", size)
	case f.Now.Def.Unit == "%":
		return lang.T(ctx, "低 %s 个百分点", size)
	}
	word := lang.T(ctx, "减 %s", size)
	if more {
		word = lang.T(ctx, "增 %s", size)
	}
	if !tiny && f.Last.Value.Sign() > 0 { // of the figures as they are: 0.6 → 0.7 may be a fifth more, and what is gone is 100 % less
		exact := new(big.Rat).Sub(f.Now.Value, f.Last.Value)
		part := new(big.Rat).Quo(exact.Abs(exact), f.Last.Value)
		part.Mul(part, big.NewRat(100, 1))
		if part.Cmp(big.NewRat(1000, 1)) < 0 { // beyond tenfold a percentage says nothing
			word += lang.T(ctx, "（%s%%）", strings.TrimSuffix(indicator.Rounded(part, 1), ".0"))
		}
	}
	return word
}

// shown is the value of a figure, rounded as it is shown.
func shown(f indicator.Figure) *big.Rat {
	v, _ := new(big.Rat).SetString(indicator.Rounded(f.Value, f.Def.Decimals))
	return v
}
