package indicator

import (
	"encoding/json"
	"math/big"
	"strings"

	"shilu/internal/core/ledger"
)

// Seal says how far a figure can be trusted (LOOK.md, 4).
type Seal string

// The seals: none for what cannot be computed; outlined while more is pending; full when nothing is; frozen when its period is
// closed or it is read as of a checkpoint.
const (
	NoSeal  Seal = ""
	Outline Seal = "outline"
	Full    Seal = "full"
	Frozen  Seal = "frozen"
)

// Figure is the value of an indicator for a scope.
type Figure struct {
	Def       Def
	Scope     Scope
	Value     *big.Rat // in the indicator's unit; percent for a ratio; nil when not available
	Available bool
	Reason    string // why it is not available
	// Numerator and Denominator are those of a ratio, in their measures' unit.
	Numerator, Denominator *int64
	Unproved               *big.Rat // part whose records lack a needed paper
	Estimated              *big.Rat // part that comes from 约, 余, 近
	Pending                *big.Rat // what is submitted and not verified; not in Value
	PendingRecords         int64
	Word                   ledger.Exactness // the word to print it with; "" for none
	AtLeast                bool             // some records do not say it: «至少 n»
	MissingRecords         int64            // how many
	Seal                   Seal
	Checkpoint             int64 // size of the log that it is read at
}

// Rounded is the value with so many decimals, half up.
func Rounded(v *big.Rat, decimals int) string {
	if v == nil {
		return ""
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	scaled := new(big.Rat).Mul(new(big.Rat).Abs(v), new(big.Rat).SetInt(scale))
	scaled.Add(scaled, big.NewRat(1, 2))
	whole := new(big.Int).Quo(scaled.Num(), scaled.Denom())
	digits := whole.String()
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

// Screen is the figure as pages print it: with thousands commas, 约 or 以上, percent sign; the unit stands beside it.
// A whole percentage prints without decimals. Not available is "".
func (f Figure) Screen() string {
	if f.Value == nil {
		return ""
	}
	digits := Rounded(f.Value, f.Def.Decimals)
	whole, part, has := strings.Cut(digits, ".")
	part = strings.TrimRight(part, "0")
	digits = Commas(whole)
	if has && part != "" {
		digits += "." + part
	}
	if f.Def.Unit == "%" {
		digits += "%"
	}
	return f.worded(digits)
}

// worded puts the word of exactness to the digits.
func (f Figure) worded(digits string) string {
	switch {
	case f.AtLeast:
		return "至少 " + digits
	case f.Word == ledger.About:
		return "约 " + digits
	case f.Word == ledger.AtLeast:
		return digits + " 以上"
	case f.Word == ledger.Nearly:
		return "近 " + digits
	}
	return digits
}

// Unit is what stands behind the digits on a page: nothing for percent, which is part of them.
func (f Figure) Unit() string {
	if f.Def.Unit == "%" {
		return ""
	}
	return f.Def.Unit
}

// Commas groups the digits of a whole number by three.
func Commas(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// MarshalJSON writes a figure as the command line and the API give it: numbers in the indicator's unit, half up, at most two
// decimals, null where there is no value.
func (f Figure) MarshalJSON() ([]byte, error) {
	number := func(v *big.Rat) json.RawMessage {
		if v == nil {
			return json.RawMessage("null")
		}
		s := Rounded(v, 2)
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		if s == "" || s == "-" {
			s = "0"
		}
		return json.RawMessage(s)
	}
	return json.Marshal(struct {
		Code        string          `json:"code"`
		Name        string          `json:"name"`
		Value       json.RawMessage `json:"value"`
		Unit        string          `json:"unit"`
		Kind        Kind            `json:"kind"`
		Available   bool            `json:"available"`
		Reason      string          `json:"reason"`
		Numerator   *int64          `json:"numerator"`
		Denominator *int64          `json:"denominator"`
		Unproved    json.RawMessage `json:"unproved"`
		Estimated   json.RawMessage `json:"estimated"`
		Pending     json.RawMessage `json:"pending"`
		Checkpoint  int64           `json:"checkpoint"`
	}{f.Def.Code, f.Def.Name, number(f.Value), f.Def.Unit, f.Def.Kind, f.Available, f.Reason, f.Numerator, f.Denominator,
		number(f.Unproved), number(f.Estimated), number(f.Pending), f.Checkpoint})
}
