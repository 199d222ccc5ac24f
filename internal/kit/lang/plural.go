package lang

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// Plurals. An English text may hold the two forms of a word, the one for 1 first: "%d {row|rows} {was|were} left out". Which is said is
// decided by the number that stands before it in the text, else by the first after it; where there is none the second form is said. A text
// that becomes an argument (a unit, "{record|records}") goes by the number beside it in the sentence that it comes into.

var (
	// form finds the two forms of a word.
	form = regexp.MustCompile(`\{([^{}|%]*)\|([^{}|%]*)\}`)
	// blank finds what fmt fills in.
	blank = regexp.MustCompile(`%[-+# 0]*[\d.]*(?:\[(\d+)\])?[a-zA-Z%]`)
	// count is a number that is written out already.
	count = regexp.MustCompile(`^(?:≈ )?\d[\d,.]*$`)
)

// number is a number in a text, and whether it is 1.
type number struct {
	at  int
	one bool
}

// numbers are the arguments of a text that are numbers, in the order in which they stand in it; places are where each argument stands.
func numbers(text string, args []any) (found []number, places []int) {
	places = make([]int, len(args))
	next := 0
	for _, m := range blank.FindAllStringSubmatchIndex(text, -1) {
		if text[m[1]-1] == '%' {
			continue
		}
		if m[2] >= 0 {
			n, _ := strconv.Atoi(text[m[2]:m[3]])
			next = n - 1
		}
		if next < 0 || next >= len(args) {
			continue
		}
		places[next] = m[0]
		if one, ok := isOne(args[next]); ok {
			found = append(found, number{m[0], one})
		}
		next++
	}
	return found, places
}

// isOne reports whether arg is 1; not ok when it is no number.
func isOne(arg any) (one, ok bool) {
	switch v := reflect.ValueOf(arg); {
	case !v.IsValid():
		return false, false
	case v.CanInt():
		return v.Int() == 1, true
	case v.CanUint():
		return v.Uint() == 1, true
	case v.CanFloat():
		return v.Float() == 1, true
	case v.Kind() == reflect.String:
		return v.String() == "1" || v.String() == "≈ 1", count.MatchString(v.String())
	}
	return false, false
}

// oneAt reports whether the number that decides about a form at this place is 1.
func oneAt(at int, all []number) bool {
	one, seen := false, false
	for _, n := range all {
		if n.at > at && seen {
			break
		}
		one, seen = n.one, true
		if n.at > at {
			break
		}
	}
	return one
}

// inForm says the form that is right at each place.
func inForm(text string, one func(at int) bool) string {
	if !strings.Contains(text, "|") {
		return text
	}
	var out strings.Builder
	from := 0
	for _, m := range form.FindAllStringSubmatchIndex(text, -1) {
		out.WriteString(text[from:m[0]])
		if one(m[0]) {
			out.WriteString(text[m[2]:m[3]])
		} else {
			out.WriteString(text[m[4]:m[5]])
		}
		from = m[1]
	}
	out.WriteString(text[from:])
	return out.String()
}
