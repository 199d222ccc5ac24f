package board

import (
	"math/big"
	"testing"

	"shilu/internal/core/indicator"
)

// The difference is that of the figures as they are shown; what they hide is said as less than their last digit.
func TestDifferenceIsThatOfWhatIsShown(t *testing.T) {
	for _, c := range []struct {
		last, now, unit string
		decimals        int
		want            string
	}{
		{"27.1", "28.1", "%", 1, "高 1 个百分点"},
		{"28.125", "27.2727", "%", 1, "低 0.8 个百分点"},
		{"5.38", "5.42", "人次", 1, "增 不到 0.1"},
		{"5.42", "5.38", "人次", 1, "减 不到 0.1"},
		{"5.4", "5.4", "人次", 1, "持平"},
		{"63", "56", "次", 0, "减 7（11.1%）"},
		{"0", "3", "次", 0, "增 3"},
		{"1.4925", "0", "人次", 1, "减 1.5（100%）"}, // what is gone is a hundred per cent less, not 100.5
		{"0.5714", "0.6866", "人次", 1, "增 0.1（20.2%）"},
	} {
		def := indicator.Def{Unit: c.unit, Decimals: c.decimals}
		value := func(s string) *big.Rat { v, _ := new(big.Rat).SetString(s); return v }
		f := Compared{Now: indicator.Figure{Def: def, Value: value(c.now)}, Last: indicator.Figure{Def: def, Value: value(c.last)}}
		if got := f.Difference(t.Context()); got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.last, c.now, got, c.want)
		}
	}
}
