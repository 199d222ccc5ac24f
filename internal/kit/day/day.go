// Package day has calendar days and periods. A day is text YYYY-MM-DD, as in the database; it has no zone.
package day

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"shilu/internal/kit/errs"
)

// Day is a calendar day, "2026-03-05"; "" means no day. Days compare as text.
type Day string

const layout = "2006-01-02"

// Forever is after every real day: the open end of what is still in force.
const Forever Day = "9999-12-31"

// Of makes a day; an overflowing month or date is an error.
func Of(year, month, date int) (Day, error) {
	t := time.Date(year, time.Month(month), date, 0, 0, 0, 0, time.UTC)
	if t.Year() != year || int(t.Month()) != month || t.Day() != date || year < 1900 || year > 9999 {
		return "", errs.E(errs.Invalid, "没有 %d年%d月%d日 这一天", year, month, date)
	}
	return Day(t.Format(layout)), nil
}

// Parse reads YYYY-MM-DD.
func Parse(s string) (Day, error) {
	t, err := time.Parse(layout, s)
	if err != nil {
		return "", errs.E(errs.Invalid, "日期「%s」看不懂，请写成 2026-03-05", s)
	}
	return Day(t.Format(layout)), nil
}

// At is the day of the instant in the zone.
func At(t time.Time, zone *time.Location) Day { return Day(t.In(zone).Format(layout)) }

// Time is midnight UTC of the day.
func (d Day) Time() time.Time {
	t, _ := time.Parse(layout, string(d))
	return t
}

// Add moves the day by n days.
func (d Day) Add(n int) Day { return Day(d.Time().AddDate(0, 0, n).Format(layout)) }

// Year is the year in four digits; 0 of no day.
func (d Day) Year() int { n, _ := strconv.Atoi(d.part(0, 4)); return n }

// Month is 1 to 12; 0 of no day.
func (d Day) Month() int { n, _ := strconv.Atoi(d.part(5, 7)); return n }

// Date is the day of the month, 1 to 31; 0 of no day.
func (d Day) Date() int { n, _ := strconv.Atoi(d.part(8, 10)); return n }

// YearMonth is "2026-03".
func (d Day) YearMonth() string { return d.part(0, 7) }

func (d Day) part(from, to int) string {
	if len(d) < to {
		return ""
	}
	return string(d[from:to])
}

// Days counts the days from d to e, both included; 0 or less when e is before d.
func (d Day) Days(e Day) int { return int(e.Time().Sub(d.Time()).Hours()/24) + 1 }

// Long is 2026年3月5日. Short leaves the year out when it is that of today.
func (d Day) Long() string {
	if d == "" {
		return ""
	}
	return fmt.Sprintf("%d年%d月%d日", d.Year(), d.Month(), d.Date())
}

// Short is 3月5日 in the year of today, else Long.
func (d Day) Short(today Day) string {
	if d == "" || d.Year() != today.Year() {
		return d.Long()
	}
	return fmt.Sprintf("%d月%d日", d.Month(), d.Date())
}

// Period is from From to To, both included.
type Period struct {
	From Day `json:"from"`
	To   Day `json:"to"`
}

// Year is the whole calendar year.
func Year(y int) Period {
	return Period{Day(fmt.Sprintf("%04d-01-01", y)), Day(fmt.Sprintf("%04d-12-31", y))}
}

// Month is the calendar month.
func Month(y, m int) Period {
	from := Day(fmt.Sprintf("%04d-%02d-01", y, m))
	return Period{from, Day(from.Time().AddDate(0, 1, -1).Format(layout))}
}

// Contains reports whether d lies in the period.
func (p Period) Contains(d Day) bool { return d >= p.From && d <= p.To }

// LastYear is the same period a year earlier; 29 February becomes the 28th.
func (p Period) LastYear() Period {
	back := func(d Day) Day {
		e := Day(fmt.Sprintf("%04d%s", d.Year()-1, d[4:]))
		if e.Month() == 2 && e.Date() == 29 {
			e = Day(string(e[:8]) + "28")
		}
		return e
	}
	return Period{back(p.From), back(p.To)}
}

// Months are the calendar months that the period touches, each cut to the period.
func (p Period) Months() []Period {
	var months []Period
	for m := Month(p.From.Year(), p.From.Month()); m.From <= p.To; m = Month(m.To.Add(1).Year(), m.To.Add(1).Month()) {
		cut := m
		if cut.From < p.From {
			cut.From = p.From
		}
		if cut.To > p.To {
			cut.To = p.To
		}
		months = append(months, cut)
	}
	return months
}

// ParsePeriod reads 2026, 2026-H1, 2026-Q3, 2026-09, 2026-09-18 or A..B with days, months or years at the ends.
func ParsePeriod(s string) (Period, error) {
	bad := errs.E(errs.Invalid, "期间「%s」看不懂，可写 2026、2026-H1、2026-Q3、2026-09 或 2026-01-01..2026-09-18", s)
	if a, b, ok := strings.Cut(s, ".."); ok {
		from, err1 := ParsePeriod(a)
		to, err2 := ParsePeriod(b)
		if err1 != nil || err2 != nil || strings.Contains(b, "..") {
			return Period{}, bad
		}
		if from.From > to.To {
			return Period{}, errs.E(errs.Invalid, "期间「%s」的结束在开始之前，请写成 %s..%s", s, b, a)
		}
		return Period{from.From, to.To}, nil
	}
	year, rest, dashed := strings.Cut(s, "-")
	y, err := strconv.Atoi(year)
	if err != nil || len(year) != 4 || y < 1900 {
		return Period{}, bad
	}
	switch {
	case !dashed:
		return Year(y), nil
	case len(rest) == 2 && rest[0] == 'H' && rest[1] >= '1' && rest[1] <= '2':
		h := int(rest[1] - '1')
		return Period{Month(y, h*6+1).From, Month(y, h*6+6).To}, nil
	case len(rest) == 2 && rest[0] == 'Q' && rest[1] >= '1' && rest[1] <= '4':
		q := int(rest[1] - '1')
		return Period{Month(y, q*3+1).From, Month(y, q*3+3).To}, nil
	case len(rest) == 2:
		if m, err := strconv.Atoi(rest); err == nil && m >= 1 && m <= 12 {
			return Month(y, m), nil
		}
	case len(rest) == 5:
		if d, err := Parse(s); err == nil {
			return Period{d, d}, nil
		}
	}
	return Period{}, bad
}

// String writes the shortest form that ParsePeriod reads back.
func (p Period) String() string {
	y := p.From.Year()
	for _, s := range []string{fmt.Sprint(y), fmt.Sprintf("%d-H1", y), fmt.Sprintf("%d-H2", y), fmt.Sprintf("%d-Q1", y),
		fmt.Sprintf("%d-Q2", y), fmt.Sprintf("%d-Q3", y), fmt.Sprintf("%d-Q4", y), p.From.YearMonth()} {
		if q, err := ParsePeriod(s); err == nil && q == p {
			return s
		}
	}
	if p.From == p.To {
		return string(p.From)
	}
	return string(p.From) + ".." + string(p.To)
}

// Words is the period as officials write it: 2026年, 2026年上半年, 2026年第三季度, 2026年9月, 2026年1月1日—9月18日.
func (p Period) Words() string {
	y := p.From.Year()
	switch s := p.String(); {
	case s == fmt.Sprint(y):
		return fmt.Sprintf("%d年", y)
	case strings.HasSuffix(s, "-H1"):
		return fmt.Sprintf("%d年上半年", y)
	case strings.HasSuffix(s, "-H2"):
		return fmt.Sprintf("%d年下半年", y)
	case len(s) == 7 && s[5] == 'Q':
		return fmt.Sprintf("%d年第%s季度", y, []string{"一", "二", "三", "四"}[s[6]-'1'])
	case len(s) == 7:
		return fmt.Sprintf("%d年%d月", y, p.From.Month())
	case p.From == p.To:
		return p.From.Long()
	default:
		return p.From.Long() + "—" + p.To.Short(p.From)
	}
}
