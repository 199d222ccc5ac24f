package zh

import (
	"regexp"
	"strconv"
	"strings"

	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
)

var (
	// What stands beside a day and is no part of it: the time, the part of the day, the weekday.
	timeOfDay = regexp.MustCompile(`[T ]?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?`)
	timeWords = regexp.MustCompile(`\d{1,2}[时点](\d{1,2}分?|半|整)?|[上下中]午|早上|晚上|全天|[上下]半天`)
	weekday   = regexp.MustCompile(`\(?(星期|礼拜|周)[一二三四五六日天]\)?`)
	chinese   = regexp.MustCompile(`[〇○零一二三四五六七八九十廿卅]+[年月日号]?`)
	lasting   = regexp.MustCompile(`[,、]?\(?[,、]?(?:共|为期|历时|计)*(\d{1,3})天\)?$`)
	bracketed = regexp.MustCompile(`\([,、\-—–~至]*\)`)
	spaces    = regexp.MustCompile(` *([^0-9 ]) *`)

	fullDay  = regexp.MustCompile(`^(\d{4}|\d{2})([./年-])(\d{1,2})([./月-])(\d{1,2})([日号]?)$`)
	shortDay = regexp.MustCompile(`^(\d{1,2})([./月-])(\d{1,2})([日号]?)$`)
	lastDay  = regexp.MustCompile(`^(\d{1,2})[日号]?$`)
	packed   = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	serial   = regexp.MustCompile(`^([1-9]\d{4})(\.\d+)?$`)
	onlyYM   = regexp.MustCompile(`^\d{4}[./年-]\d{1,2}月?份?$|^\d{1,2}月份?$`)

	between = regexp.MustCompile(`-+|–+|—+|─+|~+|至|到|、|和|及`)
)

// ParseDay reads one day: 2024.3.5, 2024-3-5, 2024年3月5日, 20240305, 二〇二四年三月五日, a serial number (45355), and
// 3月5日, 3.5 or 03-05 in the year given (0: such a day is an error). Times and weekdays are left out.
// What is no day, a range too, is an Invalid error. A number cell 3.1 may have been 3.10: only the cell's kind tells.
func ParseDay(s string, year int, date1904 bool) (day.Day, error) {
	from, to, err := ParseDays(s, year, date1904)
	if err == nil && from != to {
		return "", errs.E(errs.Invalid, "「%s」是几天，请只写一天", Brief(Fold(s), 30))
	}
	return from, err
}

// ParseDays reads a day or a range: 3月5日-7日, 2024.3.5—3.7, 3月5-7日, 12月30日至1月2日, 3月5日、6日 (days in a row
// only), 3月5日-7日(共3天). Of a single day, from and to are the same. Everything else as ParseDay.
func ParseDays(s string, year int, date1904 bool) (from, to day.Day, err error) {
	folded := Fold(s)
	shown := Brief(folded, 30)
	if Blank(s) {
		return "", "", errs.E(errs.Invalid, "没有写日期")
	}
	bad := errs.E(errs.Invalid, "日期「%s」看不懂，请写成 2026-03-05", shown)
	if len(folded) > 200 {
		return "", "", bad
	}
	text, length := tidy(folded)
	read := reader{year: year, date1904: date1904, shown: shown}
	if d, err := read.single(text); d != "" || err != nil {
		if err == nil && length > 1 {
			return "", "", errs.E(errs.Invalid, "「%s」的日期和天数对不上，请写出起止日期", shown)
		}
		return d, d, err
	}
	var problem error
	for _, at := range between.FindAllStringIndex(text, -1) {
		f, t, err := read.span(text[:at[0]], text[at[0]:at[1]], text[at[1]:])
		switch {
		case err != nil:
			problem = err
		case f == "":
		case from != "" && (f != from || t != to):
			return "", "", bad
		default:
			from, to = f, t
		}
	}
	switch {
	case from == "" && problem != nil:
		return "", "", problem
	case from == "":
		return "", "", bad
	case length > 0 && from.Days(to) != length:
		return "", "", errs.E(errs.Invalid, "「%s」的起止日期和天数对不上，请核对", shown)
	}
	return from, to, nil
}

var (
	monthOf = regexp.MustCompile(`^(\d{4})[./年-](\d{1,2})(?:月份?)?$`)
	packYM  = regexp.MustCompile(`^((?:19|20)\d{2})(0[1-9]|1[0-2])$`)
	bareM   = regexp.MustCompile(`^(\d{1,2})月份?$`)
	yearOf  = regexp.MustCompile(`^(\d{4})(?:年度?)?$`)
)

// ParsePeriod reads what says no day but its month or year: 2026.3, 2026年3月, 202603, 3月 (in the year given), 2020, 二〇二〇年.
func ParsePeriod(s string, year int) (p day.Period, ok bool) {
	text, length := tidy(Fold(s))
	if length > 0 {
		return p, false
	}
	y, m := 0, 0
	if got := monthOf.FindStringSubmatch(text); got != nil {
		y, m = atoi(got[1]), atoi(got[2])
	} else if got := packYM.FindStringSubmatch(text); got != nil {
		y, m = atoi(got[1]), atoi(got[2])
	} else if got := bareM.FindStringSubmatch(text); got != nil && year > 0 {
		y, m = year, atoi(got[1])
	} else if got := yearOf.FindStringSubmatch(text); got != nil {
		if y = atoi(got[1]); y >= 1900 && y <= 2100 {
			return day.Year(y), true
		}
		return p, false
	}
	if y < 1900 || y > 2100 || m < 1 || m > 12 {
		return p, false
	}
	return day.Month(y, m), true
}

// tidy takes out times, weekdays and spaces, writes Chinese numerals as figures, and gives the length in days if one is written.
func tidy(s string) (string, int) {
	if fullDay.MatchString(s) { // as most are: there is nothing to take out
		return s, 0
	}
	s = weekday.ReplaceAllString(s, "")
	s = timeOfDay.ReplaceAllStringFunc(s, func(m string) string {
		if m[0] == ' ' || m[0] == 'T' {
			return " "
		}
		return ""
	})
	s = chinese.ReplaceAllStringFunc(s, func(m string) string {
		r := []rune(m)
		n, taken, ok := numeral(r)
		if !ok {
			return m
		}
		return strconv.FormatInt(n, 10) + string(r[taken:])
	})
	s = timeWords.ReplaceAllString(s, "")
	s = strings.TrimSpace(spaces.ReplaceAllString(s, "$1"))
	s = bracketed.ReplaceAllString(s, "")
	length := 0
	if m := lasting.FindStringSubmatchIndex(s); m != nil {
		length, _ = strconv.Atoi(s[m[2]:m[3]])
		s = s[:m[0]]
	}
	return strings.TrimRight(s, "-—–~至 "), length // 9:00—11:30 leaves its dash
}

// reader knows what a bare 3月5日 belongs to.
type reader struct {
	year     int
	date1904 bool
	shown    string
}

// single reads one day; "" without error if the text is not one day.
func (r reader) single(s string) (day.Day, error) {
	if m := fullDay.FindStringSubmatch(s); m != nil && matching(m[2], m[4], m[6]) {
		y := atoi(m[1])
		if len(m[1]) == 2 {
			// 24.3.5 is a day of 2024 only where that is the year at hand; 24年3月5日 always is.
			if m[2] != "年" && (r.year == 0 || y != r.year%100) {
				return "", nil
			}
			y += 2000
		}
		return day.Of(y, atoi(m[3]), atoi(m[5]))
	}
	if m := shortDay.FindStringSubmatch(s); m != nil && (m[4] == "" || m[2] == "月") {
		if r.year == 0 {
			return "", errs.E(errs.Invalid, "日期「%s」没有写年份，请写成 2026-03-05", r.shown)
		}
		return day.Of(r.year, atoi(m[1]), atoi(m[3]))
	}
	if m := packed.FindStringSubmatch(s); m != nil {
		return day.Of(atoi(m[1]), atoi(m[2]), atoi(m[3]))
	}
	if m := serial.FindStringSubmatch(s); m != nil {
		start := day.Day("1899-12-30")
		if r.date1904 {
			start = "1904-01-01"
		}
		if d := start.Add(atoi(m[1])); d <= "2100-12-31" {
			return d, nil
		}
		return "", nil
	}
	if onlyYM.MatchString(s) {
		return "", errs.E(errs.Invalid, "日期「%s」只写到月，请补上日", r.shown)
	}
	return "", nil
}

// matching reports whether the separators belong together: 2024.3-5 is no day.
func matching(afterYear, afterMonth, end string) bool {
	if afterYear == "年" {
		return afterMonth == "月"
	}
	return afterMonth == afterYear && end == "" || afterMonth == afterYear && end != "" && afterYear != "-"
}

// span reads two days with a separator; "" if the halves are no days.
func (r reader) span(left, separator, right string) (from, to day.Day, err error) {
	if from, err = r.single(left); from == "" || err != nil {
		return "", "", err
	}
	switch m := lastDay.FindStringSubmatch(right); {
	case m != nil:
		to, err = day.Of(from.Year(), from.Month(), atoi(m[1]))
	default:
		inherit := r
		inherit.year = from.Year()
		to, err = inherit.single(right)
		// Over New Year the second day has no year of its own.
		if to != "" && to < from && from.Month() >= 11 && to.Month() <= 2 && shortDay.MatchString(right) {
			to, err = day.Of(from.Year()+1, to.Month(), to.Date())
		}
	}
	switch {
	case err != nil || to == "":
		return "", "", err
	case to < from:
		return "", "", errs.E(errs.Invalid, "「%s」的结束日期早于开始日期，请核对", r.shown)
	case strings.ContainsAny(separator, "、和及") && from.Add(1) != to:
		return "", "", errs.E(errs.Invalid, "「%s」是不相连的几天，请分行填写", r.shown)
	}
	return from, to, nil
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
