package indicator_test

import (
	"context"
	"math/big"
	"testing"

	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
)

func rat(t *testing.T, s string) *big.Rat {
	t.Helper()
	v, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no number", s)
	}
	return v
}

func TestRounded(t *testing.T) {
	for _, c := range []struct {
		v        string
		decimals int
		want     string
	}{
		{"0", 0, "0"}, {"0", 2, "0.00"}, {"1/2", 0, "1"}, {"-1/2", 0, "-1"}, {"49/100", 0, "0"}, {"-49/100", 0, "0"}, {"1.005", 2, "1.01"}, {"0.994", 2, "0.99"},
		{"0.995", 2, "1.00"}, {"48000/490", 2, "97.96"}, {"2/3", 1, "0.7"}, {"1999/2", 0, "1000"}, {"12345678901234567890", 0, "12345678901234567890"}, {"-0.004", 2, "0.00"},
	} {
		if got := indicator.Rounded(rat(t, c.v), c.decimals); got != c.want {
			t.Errorf("%s to %d decimals is %s, want %s", c.v, c.decimals, got, c.want)
		}
	}
	if got := indicator.Rounded(nil, 2); got != "" {
		t.Errorf("no value is %q", got)
	}
}

func TestCommas(t *testing.T) {
	for digits, want := range map[string]string{"0": "0", "999": "999", "1000": "1,000", "-1234567.89": "-1,234,567.89", "123456": "123,456"} {
		if got := indicator.Commas(digits); got != want {
			t.Errorf("%s is %s, want %s", digits, got, want)
		}
	}
}

func TestText(t *testing.T) {
	period := indicator.Def{Unit: "期"}
	percent := indicator.Def{Unit: "%", Decimals: 2}
	money := indicator.Def{Unit: "万元", Decimals: 2}
	for _, c := range []struct {
		def          indicator.Def
		v            string
		word         ledger.Exactness
		form         indicator.Form
		screen, text string
	}{
		{period, "62", "", indicator.Form{}, "62", "62期"},
		{period, "62", "", indicator.Form{Numerals: true}, "62", "六十二期"},
		{period, "62", "", indicator.Form{Round: 10}, "62", "60余期"},
		{period, "62", "", indicator.Form{Round: 10, Numerals: true}, "62", "六十余期"},
		{period, "62", "", indicator.Form{Round: 10, Up: true}, "62", "近70期"},
		{period, "60", "", indicator.Form{Round: 10}, "60", "60期"},
		{period, "60", "", indicator.Form{Round: 10, Up: true}, "60", "60期"},
		{period, "3", "", indicator.Form{Round: 10}, "3", "3期"},
		{period, "5050", "", indicator.Form{Unit: "名"}, "5,050", "5050名"},
		{period, "5050", "", indicator.Form{NoUnit: true}, "5,050", "5050"},
		{period, "5050", ledger.About, indicator.Form{}, "约 5,050", "约5050期"},
		{period, "5050", ledger.AtLeast, indicator.Form{}, "5,050 以上", "5050期以上"},
		{period, "5050", ledger.Nearly, indicator.Form{}, "近 5,050", "近5050期"},
		{period, "5050", ledger.About, indicator.Form{Round: 1000}, "约 5,050", "5000余期"},
		{percent, "48000/490", "", indicator.Form{}, "97.96%", "98%"},
		{percent, "48000/490", "", indicator.Form{Decimals: 1}, "97.96%", "98%"},
		{percent, "48000/490", "", indicator.Form{Decimals: 2}, "97.96%", "97.96%"},
		{percent, "99.6", "", indicator.Form{}, "99.6%", "99.6%"},
		{percent, "100", "", indicator.Form{}, "100%", "100%"},
		{percent, "0.3", "", indicator.Form{}, "0.3%", "0.3%"},
		{money, "123.456", "", indicator.Form{}, "123.46", "123.46万元"},
		{money, "120", "", indicator.Form{}, "120", "120万元"},
		{period, "0", "", indicator.Form{}, "0", "0期"},
	} {
		f := indicator.Figure{Def: c.def, Value: rat(t, c.v), Word: c.word}
		if got := f.Screen(context.Background()); got != c.screen {
			t.Errorf("%s on screen is %q, want %q", c.v, got, c.screen)
		}
		if got := f.Text(c.form); got != c.text {
			t.Errorf("%s as %+v is %q, want %q", c.v, c.form, got, c.text)
		}
	}
	none := indicator.Figure{Def: period}
	if none.Screen(context.Background()) != "" || none.Text(indicator.Form{}) != "" {
		t.Error("no value must print nothing: it is not 0")
	}
	some := indicator.Figure{Def: period, Value: rat(t, "12"), AtLeast: true}
	if got := some.Screen(context.Background()) + some.Text(indicator.Form{}); got != "至少 12至少12期" {
		t.Errorf("at least: %q", got)
	}
}
