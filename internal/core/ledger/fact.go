// Package ledger keeps the facts: so much of a measure, by whom, where, on which day, under which tags (design.md, section 4).
// It is append-only; Set makes it say exactly what a verified record states, and nothing else writes to it.
package ledger

import (
	"fmt"
	"net/url"
	"sort"
	"strings"

	"shilu/internal/kit/day"
	"shilu/internal/kit/id"
)

// Exactness says how a number was come by; it travels with the fact.
type Exactness string

// The words of exactness: counted, 约, 余 or 以上, 近.
const (
	Exact   Exactness = "exact"
	About   Exactness = "about"
	AtLeast Exactness = "at_least"
	Nearly  Exactness = "nearly"
)

// Values are all the words.
func (Exactness) Values() []string {
	return []string{string(Exact), string(About), string(AtLeast), string(Nearly)}
}

// Movement says what a posting of a stock does (design.md, 4.8). Postings of a flow have none.
type Movement string

// The movements of a stock.
const (
	Opening  Movement = "opening"
	In       Movement = "in"
	Out      Movement = "out"
	MovedIn  Movement = "moved-in"
	MovedOut Movement = "moved-out"
	Changed  Movement = "changed"
)

// Tag is a cross-cut of a fact: kind=short, subject=核桃嫁接, campaign=科普月2026.
type Tag struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Tags is a set of tags. A name may occur several times (an activity has several audiences).
type Tags []Tag

// Text is the canonical spelling of the set: sorted, without repeats, "kind=short;subject=核桃嫁接".
// It stands in the leaf and names the interned set.
func (t Tags) Text() string {
	parts := make([]string, 0, len(t))
	for _, tag := range t {
		if tag.Value != "" {
			parts = append(parts, escapeTag.Replace(tag.Name)+"="+escapeTag.Replace(tag.Value))
		}
	}
	sort.Strings(parts)
	out := parts[:0]
	for i, p := range parts {
		if i == 0 || p != parts[i-1] {
			out = append(out, p)
		}
	}
	return strings.Join(out, ";")
}

// ParseTags reads what Text writes.
func ParseTags(text string) (Tags, error) {
	if text == "" {
		return nil, nil
	}
	var tags Tags
	for part := range strings.SplitSeq(text, ";") {
		name, value, ok := strings.Cut(part, "=")
		name, err1 := url.PathUnescape(name)
		value, err2 := url.PathUnescape(value)
		if !ok || err1 != nil || err2 != nil {
			return nil, fmt.Errorf("tag set %q: %q is not name=value", text, part)
		}
		tags = append(tags, Tag{Name: name, Value: value})
	}
	return tags, nil
}

var escapeTag = strings.NewReplacer("%", "%25", ";", "%3B", "=", "%3D")

// Fact is one posting as a record states it. Unit and Place are ids of core/org, never paths. Amount is in the measure's
// smallest unit (人次, 分, minutes, 0.01 亩). Key is the random id of what a distinct measure counts; "" where it is not known.
type Fact struct {
	Measure   string    `json:"measure"`
	Amount    int64     `json:"amount"`
	Unit      string    `json:"unit"`
	Place     string    `json:"place"`
	Day       day.Day   `json:"day"`
	Tags      Tags      `json:"tags,omitempty"`
	Exactness Exactness `json:"exactness"` // "" means Exact
	Key       string    `json:"key,omitempty"`
	Movement  Movement  `json:"movement,omitempty"`
}

// Statement is all that a version of a record says. Papers are the hashes of its evidence at this moment; Batch is the
// import whose rows become visible together, "" for one record's own transaction.
type Statement struct {
	Ref          id.Ref
	Version      int
	FactsVersion int    // version of the module's facts function (design.md, 4.13)
	RecordHash   string // hex sha256 of the version's canonical body
	Papers       []string
	Reason       string // why, by whoever wrote or verified it; a correction needs one
	Origin       string // where it comes from, beside the reason: the row of a workbook
	Batch        string
	Account      string // who verified it, or the program's own account
	Facts        []Fact
	Unread       error // of a Restater: the version cannot be read, so nothing is known of its facts
}
