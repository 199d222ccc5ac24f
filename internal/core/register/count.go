package register

import (
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// Count is a number of people, copies, things with its exactness. A nil *Count is blank, which is not 0; its methods take nil.
type Count struct {
	N         int64            `json:"n" label:"数"`
	Exactness ledger.Exactness `json:"exactness,omitempty" label:"怎么来的：exact 数过的（不写也是）、about 约、at_least 余或以上、nearly 近"`
}

// Most is the largest number that one record may state: beyond it a count is a slip of the pen.
const Most = 1_000_000

// CountOf is a count from the two columns of a row.
func CountOf(n *int64, exactness ledger.Exactness) *Count {
	if n == nil {
		return nil
	}
	return &Count{N: *n, Exactness: exactness}
}

// ReadCount reads a count as people write it: 58, 约161, 200余; "" is blank. The word that was typed is stronger than the choice below
// the field, "about" or "least". A negative number is read: Check says what is wrong with it.
func ReadCount(text, choice string) (*Count, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	folded := zh.Fold(text)
	if digits, negative := strings.CutPrefix(folded, "-"); negative {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
			return &Count{N: -n}, nil
		}
	}
	read, err := zh.ParseCount(folded)
	if err != nil {
		return nil, err
	}
	c := &Count{N: read.N, Exactness: Exactness(read.Exactness)}
	if c.Exactness == "" {
		switch choice {
		case "about":
			c.Exactness = ledger.About
		case "least":
			c.Exactness = ledger.AtLeast
		}
	}
	return c, nil
}

// Weaker is the less exact of two: a sum is as exact as its worst part.
func Weaker(a, b ledger.Exactness) ledger.Exactness {
	order := []ledger.Exactness{"", ledger.Exact, ledger.Nearly, ledger.AtLeast, ledger.About}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// Plus adds two counts. Blank adds nothing, and blank and blank is blank.
func (c *Count) Plus(d *Count) *Count {
	switch {
	case c == nil:
		return d
	case d == nil:
		return c
	}
	return &Count{N: c.N + d.N, Exactness: Weaker(c.Exactness, d.Exactness)}
}

// String is the count as the office writes it: 161, 约161, 200以上, 近300; "" for blank.
func (c *Count) String() string {
	if c == nil {
		return ""
	}
	digits := strconv.FormatInt(c.N, 10)
	switch c.Exactness {
	case ledger.About:
		return "约" + digits
	case ledger.AtLeast:
		return digits + "以上"
	case ledger.Nearly:
		return "近" + digits
	}
	return digits
}

// Cell is the count in an export: a figure to calculate with, or the words of the office where it is not exact.
func (c *Count) Cell() any {
	switch {
	case c == nil:
		return nil
	case c.Exactness == "" || c.Exactness == ledger.Exact:
		return c.N
	}
	return c.String()
}

// Row is the count in the two columns of a row: number and exactness.
func (c *Count) Row() (n, exactness any) {
	if c == nil {
		return nil, ""
	}
	return c.N, string(c.Exactness)
}

// Check says what cannot be right about the count.
func (c *Count) Check(f *errs.Fields, field, name string) {
	if c == nil {
		return
	}
	if c.N < 0 {
		f.Add(field, "%s %d 是负数，请核对", name, c.N)
	}
	if !slices.Contains([]ledger.Exactness{"", ledger.Exact, ledger.About, ledger.AtLeast, ledger.Nearly}, c.Exactness) {
		f.Add(field, "%s的准确程度「%s」看不懂，只有 exact、about、at_least、nearly", name, string(c.Exactness))
	}
	if c.N > Most {
		f.Add(field, "%s %d 超过一百万，请核对", name, c.N)
	}
}

// Exactness is the word of a count that was read; a counted one has none, as forms leave it.
func Exactness(word zh.Exactness) ledger.Exactness {
	if word == zh.Exact {
		return ""
	}
	return ledger.Exactness(word)
}
