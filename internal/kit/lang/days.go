package lang

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dayWords finds a day or period as kit/day writes them, from the day to the year, with the time of day that may follow.
var dayWords = regexp.MustCompile(`^(?:(\d{4})年)?(?:(\d{1,2})月(?:(\d{1,2})日)?|(上半年|下半年)|第([一二三四])季度)?( \d\d:\d\d)?$`)

// days writes days and periods for English readers: 15 Sep 2026, 15 Sep, Sep 2026, Q3 2026, 1 Jan to 18 Sep 2026. Not ok for anything else.
func days(text string) (english string, ok bool) {
	if !strings.ContainsAny(text, "年月日") {
		return "", false
	}
	from, to, isRange := strings.Cut(text, "—")
	if isRange {
		if year, rest, ok := strings.Cut(from, "年"); ok && rest != "" && !strings.Contains(to, "年") { // the year of both comes last
			from, to = rest, year+"年"+to
		}
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
	case date != "":
		return strings.TrimSpace(date+" "+name+" "+year) + clock, true
	case month != "":
		return strings.TrimSpace(name + " " + year), true
	case half != "":
		return strings.TrimSpace(map[string]string{"上半年": "first half", "下半年": "second half"}[half] + " " + year), true
	case quarter != "":
		return strings.TrimSpace(map[string]string{"一": "Q1", "二": "Q2", "三": "Q3", "四": "Q4"}[quarter] + " " + year), true
	}
	return year, year != ""
}
