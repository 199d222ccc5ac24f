// Package zh reads what Chinese offices write in cells (counts, days, blanks), writes numerals as they print them,
// and cuts text into the tokens of the full-text search. It is pure: no clock, no state.
package zh

import (
	"strings"
	"unicode"
)

// Fold makes spellings equal that look alike: full-width letters, digits and punctuation become half-width, every
// kind of space becomes one space, byte order marks and other invisible characters go, and the ends are trimmed.
// Chinese punctuation without a half-width twin (、。「」—) stays.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch {
		case r >= 0xff01 && r <= 0xff5e:
			r -= 0xfee0
		case r == 0xffe5: // full-width yuan sign
			r = 0xa5
		case unicode.IsSpace(r), r == 0x3000:
			gap = b.Len() > 0
			continue
		case unicode.Is(unicode.Cf, r), unicode.IsControl(r), r == unicode.ReplacementChar:
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// blanks are the ways to say that there is nothing. 0 is a value, so it is not among them.
var blanks = map[string]bool{
	"": true, "无": true, "没有": true, "暂无": true, "空": true, "略": true, "未填": true, "不详": true, "无此项": true, "不适用": true,
	"/": true, "//": true, "\\": true, "-": true, "--": true, "---": true, "—": true, "——": true, "–": true, "−": true, "─": true,
	"、": true, ".": true, "。": true, "·": true, "…": true, "……": true, "*": true, "×": true, "n/a": true, "na": true, "null": true, "none": true, "nil": true,
	"#n/a": true, "(空)": true, "(无)": true,
}

// Blank reports whether a cell's text means that nothing was filled in (domain.md 4.2).
func Blank(s string) bool {
	return blanks[strings.ToLower(strings.ReplaceAll(Fold(s), " ", ""))]
}
