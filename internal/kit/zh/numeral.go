package zh

import (
	"strconv"
	"strings"
)

var (
	digits = []rune("零一二三四五六七八九")
	values = map[rune]int64{
		'零': 0, '〇': 0, '○': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
		'壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9, '俩': 2, '仨': 3,
	}
	powers = map[rune]int64{
		'十': 10, '拾': 10, '廿': 20, '卅': 30, '百': 100, '佰': 100, '千': 1000, '仟': 1000, '万': 10_000, '亿': 100_000_000,
	}
)

const tooMuch = 1_000_000_000_000_000

// Number writes n as a Chinese numeral: 62 is 六十二, 10 is 十, 105 is 一百零五.
func Number(n int64) string {
	if n < 0 {
		if n == -n { // the smallest int64 has no opposite
			return strconv.FormatInt(n, 10)
		}
		return "负" + Number(-n)
	}
	if n == 0 {
		return "零"
	}
	s := group(n)
	if strings.HasPrefix(s, "一十") {
		s = strings.TrimPrefix(s, "一")
	}
	return s
}

func group(n int64) string {
	for _, g := range []struct {
		size int64
		name string
	}{{100_000_000, "亿"}, {10_000, "万"}} {
		if n >= g.size {
			s := group(n/g.size) + g.name
			if rest := n % g.size; rest > 0 {
				if rest < g.size/10 {
					s += "零"
				}
				s += group(rest)
			}
			return s
		}
	}
	var b strings.Builder
	gap := false
	for _, p := range []struct {
		size int64
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / p.size % 10
		if d == 0 {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteRune('零')
			gap = false
		}
		b.WriteRune(digits[d])
		b.WriteString(p.name)
	}
	return b.String()
}

// Counted writes so many of something, as reports do: 九个, 两个, 十二个, 62 without a unit is 六十二.
func Counted(n int64, unit string) string {
	if n == 2 && unit != "" {
		return "两" + unit
	}
	return Number(n) + unit
}

// Digits writes the figures of n one by one, as years are written: 2024 is 二〇二四.
func Digits(n int64) string {
	var b strings.Builder
	for _, c := range strconv.FormatInt(n, 10) {
		switch c {
		case '-':
			b.WriteRune('负')
		case '0':
			b.WriteRune('〇')
		default:
			b.WriteRune(digits[c-'0'])
		}
	}
	return b.String()
}

// numeral reads the Chinese numeral at the start of r and says how many runes it took; 0 if there is none.
// It reads 一百零五, 百 (100), 两万三 (23,000), 二〇二四, 廿三. ok is false for what is put together wrongly.
func numeral(r []rune) (n int64, taken int, ok bool) {
	for taken < len(r) {
		_, digit := values[r[taken]]
		if _, power := powers[r[taken]]; !digit && !power {
			break
		}
		taken++
	}
	r = r[:taken]
	if taken == 0 {
		return 0, 0, false
	}
	if !hasPower(r) { // figure by figure
		for _, c := range r {
			if n = n*10 + values[c]; n > tooMuch {
				return 0, taken, false
			}
		}
		return n, taken, true
	}
	n, ok = additive(r)
	return n, taken, ok
}

func hasPower(r []rune) bool {
	for _, c := range r {
		if _, ok := powers[c]; ok {
			return true
		}
	}
	return false
}

// additive reads digits with powers: every power within a section of 万 or 亿 is smaller than the one before.
func additive(r []rune) (int64, bool) {
	var total, section int64
	digit, last, lastBig := int64(-1), int64(0), int64(1)<<62
	zero := false
	for i, c := range r {
		if v, ok := values[c]; ok {
			if v == 0 {
				if digit >= 0 {
					return 0, false
				}
				zero = true
				continue
			}
			if digit >= 0 {
				return 0, false
			}
			digit = v
			continue
		}
		p := powers[c]
		if p >= 10_000 {
			if digit >= 0 {
				section += digit
			}
			if section == 0 && (total == 0 || p < lastBig) {
				if i > 0 {
					return 0, false
				}
				section = 1
			}
			switch {
			case p > lastBig && total <= tooMuch/p: // 一万亿: the 万 belongs to the 亿
				total, section = 0, total+section
			case p >= lastBig:
				return 0, false
			}
			if section > tooMuch/p {
				return 0, false
			}
			if total += section * p; total > tooMuch {
				return 0, false
			}
			section, digit, last, lastBig, zero = 0, -1, p, p, false
			continue
		}
		times, size := int64(1), p
		switch {
		case p == 20 || p == 30:
			times, size = p/10, 10
			if digit >= 0 {
				return 0, false
			}
		case digit >= 0:
			times = digit
		case p > 10 && i > 0:
			return 0, false // 一百千
		}
		if last > 0 && last < 10_000 && size >= last {
			return 0, false
		}
		section += times * size
		digit, last, zero = -1, size, false
	}
	if digit >= 0 {
		// 两万三 and 一百五 leave the last power out; 一百零五 does not.
		if last > 10 && !zero {
			digit *= last / 10
		}
		section += digit
	}
	return total + section, true
}
