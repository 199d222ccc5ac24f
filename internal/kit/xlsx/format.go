package xlsx

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"shilu/internal/kit/day"
)

// format is a number format, read once per style.
type format struct {
	code    string
	date    bool // shows a year, a month or a day
	day     bool // shows the day of the month
	clock   bool // shows the time of day and no date
	general bool
	parts   []piece
	number  picture
}

// piece is a token of a date format: y, m, d, h, n (minutes), s, a (上午/下午), w (weekday), or literal text.
type piece struct {
	what byte
	n    int
	text string
}

// picture is a number format that we can show: literals around one number.
type picture struct {
	ok             bool
	before, after  string
	decimals       int
	thousands      bool
	percent        int
	scale, integer int
}

// builtin are the format numbers that have no code in the file; 27 to 58 as the Chinese edition has them (ECMA-376 part 1, 18.8.30).
var builtin = map[int]string{
	1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
	18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm",
	27: "yyyy年m月", 28: "m月d日", 29: "m月d日", 30: "m-d-yy", 31: "yyyy年m月d日", 32: "h时mm分", 33: "h时mm分ss秒",
	34: "上午/下午h时mm分", 35: "上午/下午h时mm分ss秒", 36: "yyyy年m月", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00",
	45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss", 50: "yyyy年m月", 51: "m月d日", 52: "yyyy年m月", 53: "m月d日", 54: "m月d日",
	55: "上午/下午h时mm分", 56: "上午/下午h时mm分ss秒", 57: "yyyy年m月", 58: "m月d日",
}

var general = &format{general: true}

// newFormat reads the code. One that we cannot show in full is shown as General; its kind (date or not) is right all the same.
func newFormat(code string) *format {
	section := firstSection(code)
	if len(section) > 255 || section == "" || strings.EqualFold(section, "general") || section == "@" {
		return general
	}
	f := &format{code: section}
	f.readDate()
	if f.date || f.clock {
		return f
	}
	f.number = readPicture(section)
	f.general = !f.number.ok
	return f
}

// firstSection is the code for positive numbers, up to the first ; outside quotes.
func firstSection(code string) string {
	quoted := false
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			quoted = !quoted
		case '\\':
			i++
		case ';':
			if !quoted {
				return code[:i]
			}
		}
	}
	return code
}

func (f *format) readDate() {
	r := []rune(f.code)
	literal := func(s string) { f.parts = append(f.parts, piece{text: s}) }
	for i := 0; i < len(r); i++ {
		c := r[i]
		switch lower := c | 0x20; {
		case c == '"':
			j := i + 1
			for j < len(r) && r[j] != '"' {
				j++
			}
			literal(string(r[i+1 : j]))
			i = j
		case c == '\\' || c == '!':
			if i++; i < len(r) {
				literal(string(r[i]))
			}
		case c == '_' || c == '*':
			i++ // a gap as wide as the next character, or filled with it
		case c == '[':
			j := i + 1
			for j < len(r) && r[j] != ']' {
				j++
			}
			if inner := strings.ToLower(string(r[i+1 : j])); strings.Trim(inner, "hms") == "" && inner != "" {
				f.clock = true
				f.parts = append(f.parts, piece{what: inner[0], n: -1})
			}
			i = j
		case hasFold(r[i:], "am/pm"):
			f.parts = append(f.parts, piece{what: 'a'})
			i += 4
		case hasFold(r[i:], "上午/下午"):
			f.parts = append(f.parts, piece{what: 'a'})
			i += 4
		case hasFold(r[i:], "general"):
			i += 6
		case c < 128 && strings.ContainsRune("ymdhsa", lower) && c > 64:
			j := i
			for j < len(r) && r[j]|0x20 == lower {
				j++
			}
			what := byte(lower)
			if what == 'a' {
				what = 'w'
			}
			if n := j - i; what == 'd' && n > 2 {
				what = 'w'
			} else if what == 'w' && n < 3 {
				literal(string(r[i:j]))
				what = 0
			}
			if what != 0 {
				f.parts = append(f.parts, piece{what: what, n: j - i})
			}
			i = j - 1
		default:
			literal(string(c))
		}
	}
	f.settle()
}

// settle tells minutes from months (an m next to hours or seconds) and what the format shows.
func (f *format) settle() {
	before := byte(0)
	for i := range f.parts {
		p := &f.parts[i]
		if p.what == 0 {
			continue
		}
		if p.what == 'm' {
			after := byte(0)
			for _, q := range f.parts[i+1:] {
				if q.what != 0 {
					after = q.what
					break
				}
			}
			if before == 'h' || after == 's' {
				p.what = 'n'
			}
		}
		before = p.what
		switch p.what {
		case 'y', 'm', 'd', 'w':
			f.date = true
			f.day = f.day || p.what == 'd' || p.what == 'w'
		}
	}
	for _, p := range f.parts {
		if p.what == 'h' || p.what == 's' {
			f.clock = true
		}
	}
	f.clock = f.clock && !f.date
}

func hasFold(r []rune, word string) bool {
	w := []rune(word)
	return len(r) >= len(w) && strings.EqualFold(string(r[:len(w)]), word)
}

// showDate shows the day and the second of the day.
func (f *format) showDate(d day.Day, clock int) string {
	var b strings.Builder
	half := false
	for _, p := range f.parts {
		half = half || p.what == 'a'
	}
	hour := clock / 3600
	for _, p := range f.parts {
		switch p.what {
		case 0:
			b.WriteString(p.text)
		case 'y':
			if p.n <= 2 {
				fmt.Fprintf(&b, "%02d", d.Year()%100)
			} else {
				fmt.Fprintf(&b, "%04d", d.Year())
			}
		case 'm':
			pad(&b, d.Month(), min(p.n, 2))
		case 'd':
			pad(&b, d.Date(), p.n)
		case 'w':
			name := []string{"日", "一", "二", "三", "四", "五", "六"}[d.Time().Weekday()]
			if p.n > 3 {
				name = "星期" + name
			}
			b.WriteString(name)
		case 'h':
			if half {
				pad(&b, (hour+11)%12+1, p.n)
			} else {
				pad(&b, hour, p.n)
			}
		case 'n':
			pad(&b, clock/60%60, p.n)
		case 's':
			pad(&b, clock%60, p.n)
		case 'a':
			b.WriteString(map[bool]string{true: "上午", false: "下午"}[hour < 12])
		}
	}
	return strings.TrimSpace(b.String())
}

func pad(b *strings.Builder, n, width int) {
	s := strconv.Itoa(n)
	if width > 1 && len(s) < 2 {
		b.WriteByte('0')
	}
	b.WriteString(s)
}

// serialDay gives the day and the second of the day of a serial number. In the 1900 system day 60 is the
// 29 February 1900 that never was, so it and days that do not exist have no day.
func serialDay(n float64, date1904 bool) (day.Day, int, bool) {
	if n < 0 || n >= 2958466 {
		return "", 0, false
	}
	whole := math.Floor(n)
	clock := int(math.Round((n - whole) * 86400))
	if clock == 86400 {
		whole, clock = whole+1, 0
	}
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case whole == 60 || whole < 1:
		return "", 0, false
	case whole < 60:
		start = start.AddDate(0, 0, 1)
	}
	t := start.AddDate(0, 0, int(whole))
	if t.Year() > 9999 {
		return "", 0, false
	}
	return day.Day(t.Format("2006-01-02")), clock, true
}

// readPicture reads the code of a plain number: digits with thousands, decimals and percent, literals before and behind.
func readPicture(code string) picture {
	p := picture{scale: 0}
	r := []rune(code)
	started, ended, dot, comma := false, false, false, 0
	literal := func(s string) {
		if started {
			ended = true
			p.after += s
		} else {
			p.before += s
		}
	}
	for i := 0; i < len(r); i++ {
		switch c := r[i]; {
		case c == '0' || c == '#':
			if ended {
				return picture{} // digits on both sides of a literal
			}
			started = true
			switch {
			case dot && c == '0':
				p.decimals++
			case dot:
				return picture{} // optional decimals
			default:
				if c == '0' {
					p.integer++
				}
				p.thousands = p.thousands || comma > 0
				comma = 0
			}
		case c == '.' && started && !dot && !ended:
			dot = true
		case c == ',' && started && !ended:
			comma++
		case c == '%':
			p.percent++
			literal("%")
		case c == '"':
			j := i + 1
			for j < len(r) && r[j] != '"' {
				j++
			}
			literal(string(r[i+1 : j]))
			i = j
		case c == '\\' || c == '!':
			if i++; i < len(r) {
				literal(string(r[i]))
			}
		case c == '_' || c == '*':
			i++
		case c == '[':
			j := i + 1
			for j < len(r) && r[j] != ']' {
				j++
			}
			inner := string(r[i+1 : min(j, len(r))])
			if strings.ContainsAny(inner, "<>=") || strings.HasPrefix(strings.ToLower(inner), "dbnum") {
				return picture{}
			}
			if sign, ok := strings.CutPrefix(inner, "$"); ok {
				sign, _, _ = strings.Cut(sign, "-")
				literal(sign)
			}
			i = j
		case c == '?' || c == '/' || c|0x20 == 'e' || c|0x20 == 'g' || c == '@':
			return picture{}
		default:
			literal(string(c))
		}
	}
	p.scale = comma
	p.ok = started && p.decimals <= 15 && p.percent <= 1 && p.integer <= 15
	return p
}

// showNumber shows n; raw is its plain text.
func (f *format) showNumber(n float64, raw string) string {
	if f.general {
		return raw
	}
	p := f.number
	v := math.Abs(n)
	for range p.percent {
		v *= 100
	}
	for range p.scale {
		v /= 1000
	}
	// Rounded from 15 digits: 0.285 as 0.00 shows 0.29, as the sheet does, though the binary value lies below.
	s := roundHalfUp(decimal(v), p.decimals)
	whole, fraction, _ := strings.Cut(s, ".")
	whole = strings.Repeat("0", max(p.integer-len(whole), 0)) + whole
	if p.integer == 0 && whole == "0" {
		whole = ""
	}
	if p.thousands {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	if p.decimals > 0 {
		whole += "." + fraction
	}
	sign := ""
	if n < 0 && strings.Trim(s, "0.") != "" {
		sign = "-"
	}
	return sign + strings.TrimSpace(p.before+whole+p.after)
}

// roundHalfUp rounds the decimal text s to so many decimals.
func roundHalfUp(s string, decimals int) string {
	whole, fraction, _ := strings.Cut(s, ".")
	if strings.ContainsAny(s, "eE") {
		return s
	}
	if len(fraction) <= decimals {
		fraction += strings.Repeat("0", decimals-len(fraction))
		if decimals == 0 {
			return whole
		}
		return whole + "." + fraction
	}
	up := fraction[decimals] >= '5'
	digits := []byte(whole + fraction[:decimals])
	for i := len(digits) - 1; up && i >= 0; i-- {
		if up = digits[i] == '9'; up {
			digits[i] = '0'
		} else {
			digits[i]++
		}
	}
	if up {
		digits = append([]byte{'1'}, digits...)
	}
	cut := len(digits) - decimals
	if decimals == 0 {
		return string(digits)
	}
	return string(digits[:cut]) + "." + string(digits[cut:])
}
