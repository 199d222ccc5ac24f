package indicator

import (
	"context"
	"math/big"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/zh"
)

// Rounded is the value with so many decimals, half up (away from 0); "" for nil.
func Rounded(v *big.Rat, decimals int) string {
	if v == nil {
		return ""
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	scaled := new(big.Rat).Mul(new(big.Rat).Abs(v), new(big.Rat).SetInt(scale))
	scaled.Add(scaled, big.NewRat(1, 2))
	digits := new(big.Int).Quo(scaled.Num(), scaled.Denom()).String()
	if decimals > 0 {
		for len(digits) <= decimals {
			digits = "0" + digits
		}
		digits = digits[:len(digits)-decimals] + "." + digits[len(digits)-decimals:]
	}
	if v.Sign() < 0 && strings.Trim(digits, "0.") != "" {
		digits = "-" + digits
	}
	return digits
}

// Commas groups the digits before the decimal point by three.
func Commas(digits string) string {
	sign, rest := "", digits
	if strings.HasPrefix(rest, "-") {
		sign, rest = "-", rest[1:]
	}
	whole, part, has := strings.Cut(rest, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if has {
		whole += "." + part
	}
	return sign + whole
}

// Screen is the value as pages print it, with thousands commas and without its unit, which stands beside it: 3,847, 97.96%,
// 约 3,847, 至少 12. Not available is "".
func (f Figure) Screen(ctx context.Context) string {
	if f.Value == nil {
		return ""
	}
	digits := Commas(trimmed(Rounded(f.Value, f.Def.Decimals)))
	if f.Def.percent() {
		digits += "%"
	}
	switch f.word() {
	case "":
		return digits
	case ledger.AtLeast:
		return lang.T(ctx, "%s 以上", digits)
	case ledger.Nearly:
		return lang.T(ctx, "近 %s", digits)
	case missingSome:
		return lang.T(ctx, "至少 %s", digits)
	}
	return lang.T(ctx, "约 %s", digits)
}

// Unit is what stands behind the digits: nothing for percent, which is part of them.
func (f Figure) Unit() string {
	if f.Def.percent() {
		return ""
	}
	return f.Def.Unit
}

// BareEstimate is how many percent of a sum are estimated though it prints bare, since they are within the limit (raw.word); ""
// where the sum carries its word or nothing is estimated.
func (f Figure) BareEstimate() string {
	if f.Value == nil || f.Value.Sign() <= 0 || f.word() != "" || f.Estimated == nil || f.Estimated.Sign() <= 0 {
		return ""
	}
	share := new(big.Rat).Quo(f.Estimated, f.Value)
	return trimmed(Rounded(share.Mul(share, big.NewRat(100, 1)), 1))
}

// missingSome is the word of a figure that some records do not say.
const missingSome ledger.Exactness = "missing"

// word is what the value must be printed with.
func (f Figure) word() ledger.Exactness {
	if f.AtLeast {
		return missingSome
	}
	return f.Word
}

// Form is how a writer wants a figure in a text. The zero Form is digits with the indicator's unit: 62期, 5050人次, 98%.
type Form struct {
	Numerals bool   // 六十二期
	Unit     string // another measure word: 名 for 人; "" for the indicator's own
	NoUnit   bool
	// Round, when above 1, cuts the value to a multiple: 60余期 for 62 by 10. A value that is a multiple stays as it is.
	Round int64
	// Up rounds up instead, with 近: 近70期.
	Up bool
	// Decimals of a percentage; 0 prints a whole one unless that would make 100% or 0% of what is not.
	Decimals int
}

// Text is the figure as documents print it: no commas, no space before the unit (LOOK.md, 6). 约 and 以上 come from the records;
// 余 and 近 of a sum come only from the rounding that the writer chose (design.md, 4.11). Not available is "".
func (f Figure) Text(form Form) string {
	if f.Value == nil {
		return ""
	}
	unit := form.Unit
	if unit == "" {
		unit = f.Unit()
	}
	if form.NoUnit {
		unit = ""
	}
	v, word := f.Value, f.word()
	if form.Round > 1 {
		if cut := round(v, form.Round, form.Up); cut.Cmp(v) != 0 {
			v, word = cut, ledger.AtLeast
			if form.Up {
				word = ledger.Nearly
			}
			if word == ledger.AtLeast {
				return f.digits(v, form) + "余" + unit
			}
		}
	}
	digits := f.digits(v, form)
	switch word {
	case "":
		return digits + unit
	case ledger.AtLeast:
		return digits + unit + "以上"
	case ledger.Nearly:
		return "近" + digits + unit
	case missingSome:
		return "至少" + digits + unit
	}
	return "约" + digits + unit
}

// round cuts to a multiple of step, or lifts to the next one.
func round(v *big.Rat, step int64, up bool) *big.Rat {
	n := new(big.Int).Quo(v.Num(), new(big.Int).Mul(v.Denom(), big.NewInt(step)))
	cut := new(big.Rat).SetInt(n.Mul(n, big.NewInt(step)))
	if up && cut.Cmp(v) < 0 {
		cut.Add(cut, big.NewRat(step, 1))
	}
	if cut.Sign() == 0 { // 3 by tens is not 0余
		return v
	}
	return cut
}

func (f Figure) digits(v *big.Rat, form Form) string {
	decimals := f.Def.Decimals
	if f.Def.percent() {
		decimals = form.Decimals
		for decimals < 2 && !v.IsInt() && bounds(Rounded(v, decimals)) {
			decimals++
		}
	}
	digits := trimmed(Rounded(v, decimals))
	if f.Def.percent() {
		return digits + "%"
	}
	if n := new(big.Int); form.Numerals && v.IsInt() && v.Sign() >= 0 {
		if n.Set(v.Num()); n.IsInt64() {
			return zh.Number(n.Int64())
		}
	}
	return digits
}

// bounds reports whether a rounded percentage says all or none.
func bounds(digits string) bool {
	digits = trimmed(digits)
	return digits == "100" || digits == "0"
}
