package lang

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dayWords finds a day or period as kit/day writes them, from the day to the year, with the time of day that may follow.
var dayWords = regexp.MustCompile(`^(?:(\d{4})年)?(?:(\d{1,2})月(?:(\d{1,2})日)?|(上半年|下半年)|第([一二三四])季度)?( \d\d:\d\d)?$`)

// days writes days and periods for English readers: 2026-09-15, 15 Sep, Sep 2026, Q3 2026, 2026-01-01 to 18 Sep. Not ok for anything else.
func days(text string) (english string, ok bool) {
	if !strings.ContainsAny(text, "年月日") {
		return "", false
	}
	from, to, isRange := strings.Cut(text, "—")
	if isRange {
		a, aOK := days(from)
		b, bOK := days(to)
		return a + " to " + b, aOK && bOK
	}
	m := dayWords.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	year, month, date, half, quarter, clock := m[1], m[2], m[3], m[4], m[5], m[6]
	n, _ := strconv.Atoi(month)
	if month != "" && (n < 1 || n > 12) {
		return "", false
	}
	name := time.Month(n).String()
	if month != "" {
		name = name[:3]
	}
	switch {
	case date != "" && year != "":
		return fmt.Sprintf("%s-%02d-%02s", year, n, date) + clock, true
	case date != "":
		return date + " " + name + clock, true
	case month != "":
		return strings.TrimSpace(name + " " + year), true
	case half != "":
		return strings.TrimSpace(map[string]string{"上半年": "first half", "下半年": "second half"}[half] + " " + year), true
	case quarter != "":
		return strings.TrimSpace(map[string]string{"一": "Q1", "二": "Q2", "三": "Q3", "四": "Q4"}[quarter] + " " + year), true
	}
	return year, year != ""
}
