package zh

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"shilu/internal/kit/errs"
)

// Exactness says how a count was meant; the words are those of the ledger (design.md 4.11).
type Exactness = string

// The kinds of exactness.
const (
	Exact   Exactness = "exact"
	About   Exactness = "about"    // 约 左右
	AtLeast Exactness = "at_least" // 余 多 以上 超
	Nearly  Exactness = "nearly"   // 近 不足 以内
)

// Count is a count as written in a cell.
type Count struct {
	N         int64
	Exactness Exactness
	Unit      string // 人次, 期 … as written; "" if none. 万 is in N
	Note      string // what stood in brackets behind it
}

var prefixes = []struct{ word, exactness string }{
	{"大约", About}, {"约为", About}, {"约有", About}, {"大概", About}, {"约计", About}, {"约", About},
	{"将近", Nearly}, {"接近", Nearly}, {"不足", Nearly}, {"不到", Nearly}, {"近", Nearly},
	{"不少于", AtLeast}, {"不低于", AtLeast}, {"至少", AtLeast}, {"超过", AtLeast}, {"逾", AtLeast}, {"超", AtLeast}, {"≥", AtLeast}, {">=", AtLeast},
	{"累计", ""}, {"共计", ""}, {"合计", ""}, {"总计", ""}, {"共有", ""}, {"共", ""},
}

var marks = []struct{ word, exactness string }{
	{"及以上", AtLeast}, {"以上", AtLeast}, {"以下", Nearly}, {"以内", Nearly}, {"左右", About}, {"上下", About}, {"余", AtLeast}, {"多", AtLeast}, {"几", AtLeast}, {"来", About}, {"+", AtLeast},
}

// ErrNegative is behind the error of a count below 0.
var ErrNegative = errors.New("negative count")

// ParseCount reads a count: 191, 1,234, 约161, 200余人, 近3000, 3.5万人次, 一百零五, 十来人, 28 期, 32人(女 20).
// What is no whole number, negative, a range or no number is an Invalid error. Test Blank first: a blank is an error
// here. Whether so many can be, and whether the unit fits, is for the caller to judge.
func ParseCount(s string) (Count, error) {
	folded := Fold(s)
	bad := errs.E(errs.Invalid, "「%s」不是人数或次数，请写一个数，如 200", Brief(folded, 30))
	if Blank(s) {
		return Count{}, errs.E(errs.Invalid, "没有写数")
	}
	if len(folded) > 200 {
		return Count{}, bad
	}
	c := Count{Exactness: Exact}
	rest := folded
	if open := strings.IndexByte(rest, '('); open > 0 && strings.HasSuffix(rest, ")") {
		c.Note = strings.TrimSpace(rest[open+1 : len(rest)-1])
		rest = strings.TrimSpace(rest[:open])
	}
	for found := true; found; {
		found = false
		for _, p := range prefixes {
			if after, ok := strings.CutPrefix(rest, p.word); ok {
				c.soften(p.exactness)
				rest, found = strings.TrimSpace(after), true
				break
			}
		}
	}
	for _, minus := range []string{"-", "−", "负"} {
		if after, ok := strings.CutPrefix(rest, minus); ok {
			if _, err := ParseCount(after); err == nil && !Blank(after) {
				return Count{}, errs.E(errs.Invalid, "「%s」是负数，请核对", Brief(folded, 30)).Because(ErrNegative)
			}
			return Count{}, bad
		}
	}
	n, left, err := quantity([]rune(rest))
	if err != nil {
		return Count{}, errs.E(errs.Invalid, err.Text, Brief(folded, 30))
	}
	if left == nil {
		return Count{}, bad
	}
	c.N = n
	rest = strings.TrimSpace(string(left))
	// 3万多人, 200余人次, 200人以上: the mark stands before or behind the unit; 万 may follow 余.
	for _, m := range marks {
		if after, ok := strings.CutPrefix(rest, m.word); ok {
			c.soften(m.exactness)
			rest = strings.TrimSpace(after)
			if after, ok := strings.CutPrefix(rest, "万"); ok && c.N < 10_000 {
				c.N *= 10_000
				rest = strings.TrimSpace(after)
			}
			break
		}
	}
	for _, m := range marks {
		if before, ok := strings.CutSuffix(rest, m.word); ok {
			c.soften(m.exactness)
			rest = strings.TrimSpace(before)
			break
		}
	}
	if !unit(rest) {
		if strings.IndexAny(rest, "-–—~至") == 0 || strings.HasPrefix(rest, "至") || strings.HasPrefix(rest, "到") {
			return Count{}, errs.E(errs.Invalid, "「%s」是一个范围，请写一个数", Brief(folded, 30))
		}
		return Count{}, bad
	}
	c.Unit = rest
	return c, nil
}

// soften notes the word; where several stand, 约 says least and wins.
func (c *Count) soften(exactness string) {
	if exactness != "" && c.Exactness != About {
		c.Exactness = exactness
	}
}

// people are what may follow 人, 名, 位 in the unit of a count.
var people = []string{"", "次", "员", "数", "学员", "学生", "群众", "农民", "村民", "农户", "职工", "干部", "教师", "老师", "专家", "代表", "居民", "青少年", "老年人", "参加", "参训", "受训"}

// unit reports whether s may be a unit: a few letters, and nothing that makes a day of the number.
func unit(s string) bool {
	switch s {
	case "年", "月", "日", "号", "年度", "月份", "点", "时", "分":
		return false
	}
	for _, person := range []string{"人", "名", "位"} { // what follows may say that the number is not yet one: 50人待核
		if after, ok := strings.CutPrefix(s, person); ok && !slices.Contains(people, after) {
			return false
		}
	}
	n := 0
	for _, r := range s {
		if _, digit := values[r]; !unicode.IsLetter(r) || digit || powers[r] >= 10 {
			return false
		}
		n++
	}
	return n <= 8
}

// quantity reads the number at the start of r and gives what follows it; nil if there is no number.
// The error's sentence has one verb, for the text.
func quantity(r []rune) (int64, []rune, *errs.Error) {
	whole := errs.E(errs.Invalid, "「%s」不是整数，请核对")
	large := errs.E(errs.Invalid, "「%s」太大，请核对")
	if len(r) == 0 || r[0] < '0' || r[0] > '9' {
		n, taken, ok := numeral(r)
		if taken == 0 || !ok {
			return 0, nil, nil
		}
		return n, r[taken:], nil
	}
	total, limit := int64(0), int64(1)<<62
	for len(r) > 0 && r[0] >= '0' && r[0] <= '9' { // 1万2千 is a sum
		i := 0
		for i < len(r) && (r[i] >= '0' && r[i] <= '9' || (r[i] == ',' || r[i] == '.') && i+1 < len(r) && r[i+1] >= '0' && r[i+1] <= '9') {
			i++
		}
		text, ok := ungroup(string(r[:i]))
		if !ok {
			return 0, nil, errs.E(errs.Invalid, "「%s」的逗号或小数点放错了，请核对")
		}
		scale := int64(1)
		for i < len(r) && powers[r[i]] >= 10 && powers[r[i]] != 20 && powers[r[i]] != 30 {
			if scale *= powers[r[i]]; scale > tooMuch {
				return 0, nil, large
			}
			i++
		}
		n, exact, ok := times(text, scale)
		if !ok {
			return 0, nil, large
		}
		if !exact {
			return 0, nil, whole
		}
		if scale >= limit || limit < 1<<62 && n >= limit {
			return 0, nil, nil
		}
		if total += n; total > tooMuch {
			return 0, nil, large
		}
		limit = scale
		r = r[i:]
		if scale == 1 {
			break
		}
	}
	return total, r, nil
}

// ungroup takes out the commas of 1,234,567.
func ungroup(s string) (string, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	if strings.ContainsAny(fraction, ".,") {
		return "", false
	}
	parts := strings.Split(whole, ",")
	for i, p := range parts {
		if i > 0 && len(p) != 3 || i == 0 && len(parts) > 1 && (len(p) == 0 || len(p) > 3) {
			return "", false
		}
	}
	return strings.Join(parts, "") + "." + fraction, true
}

// times gives text (digits, point, digits) times scale; exact is false if that is no whole number.
func times(text string, scale int64) (n int64, exact, ok bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	for _, c := range whole {
		if n = n*10 + int64(c-'0'); n > tooMuch {
			return 0, false, false
		}
	}
	if n > tooMuch/scale {
		return 0, false, false
	}
	n *= scale
	for _, c := range strings.TrimRight(fraction, "0") {
		if scale%10 != 0 {
			return 0, false, true
		}
		scale /= 10
		n += int64(c-'0') * scale
	}
	return n, true, true
}
