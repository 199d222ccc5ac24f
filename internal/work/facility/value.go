package facility

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// inexactWords are how the office writes that a number is no count, before and behind it.
var inexactWords = []struct {
	word   string
	before bool
	ledger.Exactness
}{
	{"大约", true, ledger.About}, {"约", true, ledger.About}, {"近", true, ledger.Nearly}, {"至少", true, ledger.AtLeast},
	{"左右", false, ledger.About}, {"以上", false, ledger.AtLeast}, {"余", false, ledger.AtLeast}, {"多", false, ledger.AtLeast},
}

// Read reads a value as people type it: 10.5, 约100米, 1.5万元, 8000元, 2026-03-01, 良好. "" is blank, nil. Invalid says what is wrong
// with it.
func (d Field) Read(text string) (*Value, error) {
	text = strings.TrimSpace(zh.Fold(text))
	if text == "" {
		return nil, nil
	}
	switch d.Type {
	case Text:
		if n := len([]rune(text)); int64(n) > d.Most {
			return nil, errs.E(errs.Invalid, "%s有 %d 个字，最多 %d 个", d.Name, n, d.Most)
		}
		return &Value{Text: text}, nil
	case Choice:
		if !slices.Contains(d.Values, text) {
			return nil, errs.E(errs.Invalid, "%s没有「%s」这一项，可以是%s", d.Name, zh.Brief(text, 20), strings.Join(d.Values, "、"))
		}
		return &Value{Text: text}, nil
	case Date:
		on, err := zh.ParseDay(text, 0, false)
		if err != nil {
			return nil, errs.E(errs.Invalid, "%s「%s」没有这一天或看不懂，请写成 2026-03-05", d.Name, zh.Brief(text, 20))
		}
		return &Value{Text: string(on)}, nil
	}
	return d.readNumber(text)
}

func (d Field) readNumber(text string) (*Value, error) {
	wrong := errs.E(errs.Invalid, "%s「%s」看不懂，请写一个数，例如 %s", d.Name, zh.Brief(text, 20), d.example())
	v := &Value{}
	rest := strings.NewReplacer(",", "", " ", "").Replace(text)
	for _, w := range inexactWords {
		if after, ok := strings.CutPrefix(rest, w.word); ok && w.before {
			rest, v.Exactness = after, w.Exactness
			break
		}
	}
	behind := func() {
		for _, w := range inexactWords {
			if before, ok := strings.CutSuffix(rest, w.word); ok && !w.before {
				rest, v.Exactness = before, w.Exactness
				break
			}
		}
	}
	behind()
	scale := d.scale()
	for _, u := range d.units() {
		if before, ok := strings.CutSuffix(rest, u.word); ok && u.word != "" {
			rest, scale = before, u.times
			break
		}
	}
	behind()
	for _, c := range rest { // big.Rat would also read 1/3, 1e9 and 0x10
		if (c < '0' || c > '9') && c != '.' && c != '-' {
			return nil, wrong
		}
	}
	n, ok := new(big.Rat).SetString(rest)
	switch {
	case !ok:
		return nil, wrong
	case n.Sign() < 0:
		return nil, errs.E(errs.Invalid, "%s %s 是负数，请核对", d.Name, rest)
	}
	n.Mul(n, new(big.Rat).SetInt64(scale))
	if d.Type == Hours { // whole minutes
		n.Add(n, big.NewRat(1, 2))
		n.SetInt(new(big.Int).Quo(n.Num(), n.Denom()))
	}
	switch {
	case !n.IsInt() && d.Decimals == 0 && d.Type == Number:
		return nil, errs.E(errs.Invalid, "%s要写整数，这里是 %s", d.Name, rest)
	case !n.IsInt():
		return nil, errs.E(errs.Invalid, "%s %s 的小数太多，请最多写 %d 位", d.Name, rest, d.decimals())
	case n.Num().Cmp(new(big.Int).Mul(big.NewInt(d.Most), big.NewInt(d.scale()))) > 0:
		return nil, errs.E(errs.Invalid, "%s %s 超过 %d %s，请核对", d.Name, rest, d.Most, d.Unit)
	}
	v.N = n.Num().Int64()
	return v, nil
}

// unitWord is a unit that may stand behind a number, and how many of the smallest unit it is.
type unitWord struct {
	word  string
	times int64
}

// units are those of the field, the longer words first.
func (d Field) units() []unitWord {
	scale := d.scale()
	switch {
	case d.Type == Money:
		return []unitWord{{"万元", scale}, {"万", scale}, {"元", 100}}
	case d.Type == Hours:
		return []unitWord{{"小时", scale}, {"分钟", 1}, {"时", scale}}
	case d.Unit == "米":
		return []unitWord{{"延米", scale}, {"米", scale}}
	case d.Unit == "平方米":
		return []unitWord{{"平方米", scale}, {"㎡", scale}}
	}
	return []unitWord{{d.Unit, scale}}
}

// decimals are those that can be typed.
func (d Field) decimals() int {
	if d.Type == Money {
		return 6
	}
	return d.Decimals
}

func (d Field) example() string {
	switch {
	case d.Type == Money:
		return "1.5（万元）或 15000元"
	case d.Decimals > 0:
		return "10.5"
	}
	return "12"
}

// Digits is the number of a value in the unit that is typed, without its word: 10.5.
func (d Field) Digits(v *Value) string {
	if v == nil {
		return ""
	}
	decimals := d.decimals()
	if d.Type == Hours {
		decimals = 1
	}
	digits := new(big.Rat).SetFrac64(v.N, d.scale()).FloatString(decimals)
	if strings.Contains(digits, ".") {
		digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
	}
	return digits
}

// String is a value as the office writes it and Read reads it, without its unit: 约10.5, 良好; "" for blank.
func (d Field) String(v *Value) string {
	switch {
	case v == nil:
		return ""
	case !d.Type.numeric():
		return v.Text
	}
	digits := d.Digits(v)
	switch v.Exactness {
	case ledger.About:
		return "约" + digits
	case ledger.AtLeast:
		return digits + "以上"
	case ledger.Nearly:
		return "近" + digits
	}
	return digits
}

// Words is a value with its unit: 约10.5 米.
func (d Field) Words(v *Value) string {
	text := d.String(v)
	switch {
	case text != "" && d.Type == Date:
		return day.Day(text).Long()
	case text == "" || d.Unit == "" || !d.Type.numeric():
		return text
	}
	return text + " " + d.Unit
}

// Cell is a value in an export: a figure to calculate with, or the words of the office.
func (d Field) Cell(v *Value) any {
	switch {
	case v == nil:
		return nil
	case d.Type == Date:
		return day.Day(v.Text)
	case !d.Type.numeric() || v.Exactness != "" && v.Exactness != ledger.Exact:
		return d.String(v)
	}
	f, err := strconv.ParseFloat(d.Digits(v), 64)
	if err != nil {
		return d.String(v)
	}
	return f
}

// Equal reports whether two values say the same.
func (v *Value) Equal(w *Value) bool {
	if v == nil || w == nil {
		return v == w
	}
	return *v == *w
}
