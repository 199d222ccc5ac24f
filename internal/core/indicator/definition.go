// Package indicator computes figures from facts by definitions that are data (design.md, section 5). A figure always opens its
// trace: what it counts, how, from which facts, and what was left out and why.
package indicator

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
)

// Kind says how an indicator is computed.
type Kind string

// The kinds (design.md, section 5).
const (
	Sum           Kind = "sum"
	Closing       Kind = "closing" // running sum of all movements up to the end of the period
	New           Kind = "new"     // sum of the movement "in"
	DistinctKeys  Kind = "distinct"
	DistinctAtEnd Kind = "distinct_end" // keys that stand at the end of the period, whenever they were first counted
	AllOf         Kind = "all_of"       // keys that stand in every one of several measures
	AllOfAtEnd    Kind = "all_of_end"   // the same at the end of the period, whenever they were first counted
	AllOfNew      Kind = "all_of_new"   // keys of AllOfAtEnd that were not there the day before the period began
	Places        Kind = "places"       // places of a level, by the tree of the last day of the period
	Ratio         Kind = "ratio"
	External      Kind = "external" // stated by somebody else, with a source paper: the last value up to the end of the period
)

var kinds = []Kind{Sum, Closing, New, DistinctKeys, DistinctAtEnd, AllOf, AllOfAtEnd, AllOfNew, Places, Ratio, External}

// distinct reports whether the kind counts keys.
func (k Kind) distinct() bool { return k == DistinctKeys || k == DistinctAtEnd || k.allOf() }

// allOf reports whether the kind counts keys that stand in several measures at once.
func (k Kind) allOf() bool { return k == AllOf || k == AllOfAtEnd || k == AllOfNew }

// atEnd reports whether the kind looks at everything up to the end of the period.
func (k Kind) atEnd() bool {
	return k == Closing || k == External || k == DistinctAtEnd || k == AllOfAtEnd || k == AllOfNew
}

// What a breakdown goes by (design.md, 4.4).
const (
	ByPlace = "place"
	ByUnit  = "unit"
)

// Def is a named figure: what it means, and how it is computed. Measures is empty while its module is not there.
type Def struct {
	Code        string `json:"code"`
	Name        string `json:"name"`
	Unit        string `json:"unit"`
	Definition  string `json:"definition,omitempty"` // 口径, in the words of its source
	Source      string `json:"source,omitempty"`     // the form or report that asks for it
	Line        string `json:"line,omitempty"`       // its line there
	Record      string `json:"record,omitempty"`     // the kind of record behind it
	Kind        Kind   `json:"kind"`
	NotScorable bool   `json:"not_scorable,omitempty"` // refused by assessments (domain.md, finding 1)

	Measures []string       `json:"measures,omitempty"`
	Where    []ledger.TagIs `json:"where,omitempty"`
	Level    string         `json:"level,omitempty"` // of the places that are counted, with the kind Places
	By       string         `json:"by,omitempty"`
	// Numerator and Denominator of a ratio are each an indicator or a measure.
	Numerator    string  `json:"numerator,omitempty"`
	Denominator  string  `json:"denominator,omitempty"`
	PerWeek      bool    `json:"per_week,omitempty"` // of a ratio: divided by the weeks of the period, too
	Per          int64   `json:"per,omitempty"`      // of a ratio: for so many of the denominator, 每百户 100
	Divisor      int64   `json:"divisor,omitempty"`  // from the measure's smallest unit to the indicator's: 分 to 万元 is 1,000,000
	Decimals     int     `json:"decimals,omitempty"`
	Missing      string  `json:"missing,omitempty"`       // measure that counts records which do not say the figure's measure
	MissingWords string  `json:"missing_words,omitempty"` // how the trace says it: 个班没有填场次
	Alias        string  `json:"alias,omitempty"`         // shorter name
	From         day.Day `json:"from,omitempty"`          // in force from this day, "" since ever
	To           day.Day `json:"to,omitempty"`            // and before this day, "" for ever
	Local        bool    `json:"-"`                       // the association's own
}

// Available reports whether the definition can be computed at all.
func (d Def) Available() bool {
	return len(d.Measures) > 0 || d.Level != "" || d.Kind == Ratio && d.Numerator != ""
}

// Short is the name that headings and lists use.
func (d Def) Short() string {
	if d.Alias != "" {
		return d.Alias
	}
	return d.Name
}

// Digits writes an amount of the indicator without its unit: rounded, with thousands commas, without zeros at the end.
func (d Def) Digits(n *big.Rat) string {
	digits := Rounded(n, d.Decimals)
	if strings.Contains(digits, ".") {
		digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
	}
	return Commas(digits)
}

// Step is the least that the indicator's digits can say: 1, 0.1, 0.01.
func (d Def) Step() string {
	return Rounded(big.NewRat(1, []int64{1, 10, 100}[d.Decimals]), d.Decimals)
}

// percent reports whether the value is printed as a percentage.
func (d Def) percent() bool { return d.Unit == "%" }

// LocalPrefix begins the codes that an association makes up itself.
const LocalPrefix = "local."

// Measure is what facts may measure, as pages name it. Kind is flow, stock or distinct. Unit is what one stands for: 人次, 0.01米.
type Measure struct {
	Code, Name, Unit, Kind, Note string
}

// CountsKeys reports whether the measure counts different keys: people, villages, titles.
func (m Measure) CountsKeys() bool { return m.Kind == "distinct" }

// Whole is the unit as people say it, 米 for 0.01米, and how many of the measure make one, with the decimals that say all of them.
func (m Measure) Whole() (unit string, of int64, decimals int) {
	of = 1
	rest, ok := strings.CutPrefix(m.Unit, "0.")
	for ok && strings.HasPrefix(rest, "0") {
		rest, of, decimals = rest[1:], of*10, decimals+1
	}
	if unit, ok = strings.CutPrefix(rest, "1"); !ok {
		return m.Unit, 1, 0
	}
	return unit, of * 10, decimals + 1
}

// Digits writes an amount of the measure in the unit that people say: 2550 of 0.01米 is 25.5.
func (m Measure) Digits(n int64) string {
	_, of, decimals := m.Whole()
	return Commas(trimmed(Rounded(big.NewRat(n, of), decimals)))
}

// Catalogue has all definitions and measures. It does not change once it is read.
type Catalogue struct {
	defs     []Def
	byCode   map[string]int
	measures map[string]Measure
	order    []string            // of the measures
	tags     map[string]string   // names of tags
	several  map[string]bool     // tags of which a fact may carry several
	values   map[string]string   // names of tag values, by "tag=value"
	offered  map[string][]string // values of a tag that forms offer
}

// All lists the shipped definitions in the order of the catalogue.
func (c *Catalogue) All() []Def { return slices.Clone(c.defs) }

// Def finds a shipped definition by its code.
func (c *Catalogue) Def(code string) (Def, bool) {
	i, ok := c.byCode[code]
	if !ok {
		return Def{}, false
	}
	return c.defs[i], true
}

// Measure finds a measure by its code.
func (c *Catalogue) Measure(code string) (Measure, bool) {
	m, ok := c.measures[code]
	return m, ok
}

// LedgerMeasures is the register that the ledger checks postings against.
func (c *Catalogue) LedgerMeasures() []ledger.Measure {
	all := make([]ledger.Measure, len(c.order))
	for i, code := range c.order {
		all[i] = ledger.Measure{Code: code, Stock: c.measures[code].Kind == "stock"}
	}
	return all
}

// NameValues tells what the values of a tag are called where the facts carry codes: "kind", short → 农村实用技术短期培训.
// The application does so at the start, before the catalogue is used. Two modules that share a tag must not call one value by two
// names: a reader of a breakdown could not tell them apart, so the program does not start.
func (c *Catalogue) NameValues(tag string, names map[string]string) {
	for code, name := range names {
		if other, known := c.values[tag+"="+code]; known && other != name {
			panic(fmt.Sprintf("value %q of the tag %q is called both %q and %q", code, tag, other, name))
		}
		c.values[tag+"="+code] = name
	}
}

// Offered are the values of a tag that forms offer, in the order of the catalogue; people may write others.
func (c *Catalogue) Offered(tag string) []string { return c.offered[tag] }

// HasTag reports whether the catalogue knows the tag; Tags lists all, sorted.
func (c *Catalogue) HasTag(tag string) bool {
	_, ok := c.tags[tag]
	return ok
}

// Tags lists the names of all tags, sorted.
func (c *Catalogue) Tags() []string { return slices.Sorted(maps.Keys(c.tags)) }

// TagName is what pages call a tag.
func (c *Catalogue) TagName(tag string) string {
	if zh, ok := c.tags[tag]; ok {
		return zh
	}
	return tag
}

// ValueName is a tag's value as pages write it.
func (c *Catalogue) ValueName(tag, value string) string {
	if zh, ok := c.values[tag+"="+value]; ok {
		return zh
	}
	return value
}

// TagValues lists the values of a tag that have names, in the order of their names: what a scope can be narrowed to.
func (c *Catalogue) TagValues(tag string) []string {
	var values []string
	for k := range c.values {
		if name, value, _ := strings.Cut(k, "="); name == tag {
			values = append(values, value)
		}
	}
	slices.SortFunc(values, func(a, b string) int { return strings.Compare(c.ValueName(tag, a), c.ValueName(tag, b)) })
	return values
}

// part is what the numerator or denominator of a ratio computes: an indicator, narrowed by the ratio's tags, or the sum of a
// measure.
func (c *Catalogue) part(d Def, code string) (Def, bool) {
	if p, ok := c.Def(code); ok {
		if p.Kind != External && p.Kind != Places { // the kind of a class says nothing of a population
			p.Where = slices.Concat(p.Where, d.Where)
		}
		return p, p.Kind != Ratio
	}
	m, ok := c.measures[code]
	return Def{Code: code, Name: m.Name, Unit: m.Unit, Kind: Sum, Measures: []string{code}, Where: d.Where, By: d.By, Divisor: 1},
		ok && m.Kind == "flow"
}

// check says what is wrong with an executable definition.
func (c *Catalogue) check(d Def) error {
	switch {
	case d.Divisor < 1:
		return fmt.Errorf("%s: divisor %d is not a positive number", d.Code, d.Divisor)
	case d.Decimals < 0 || d.Decimals > 2:
		return fmt.Errorf("%s: decimals %d is not 0, 1 or 2", d.Code, d.Decimals)
	case d.By != ByPlace && d.By != ByUnit:
		return fmt.Errorf("%s goes by place or by unit, not %q", d.Code, d.By)
	case d.From != "" && d.To != "" && d.From >= d.To:
		return fmt.Errorf("%s ends on %s, before it begins", d.Code, d.To)
	case d.Kind == Ratio:
		return c.checkRatio(d)
	case d.PerWeek || d.Per != 0:
		return fmt.Errorf("%s of kind %s has no denominator", d.Code, d.Kind)
	case d.Kind == Places:
		return d.checkPlaces()
	case d.Kind == External:
		return c.checkExternal(d)
	case d.Numerator != "" || d.Denominator != "":
		return fmt.Errorf("%s of kind %s has no numerator and denominator", d.Code, d.Kind)
	case d.Kind.allOf() && len(d.Measures) < 2, !d.Kind.allOf() && d.Kind.distinct() && len(d.Measures) != 1, len(d.Measures) == 0:
		return fmt.Errorf("%s of kind %s cannot read %d measures", d.Code, d.Kind, len(d.Measures))
	}
	for _, code := range d.Measures {
		m, known := c.measures[code]
		if !known {
			return fmt.Errorf("%s reads the unknown measure %q", d.Code, code)
		}
		want := "flow"
		switch {
		case d.Kind.distinct():
			want = "distinct"
		case d.Kind == Closing || d.Kind == New:
			want = "stock"
		}
		if m.Kind != want {
			return fmt.Errorf("%s of kind %s cannot read the %s measure %s", d.Code, d.Kind, m.Kind, code)
		}
	}
	if m, known := c.measures[d.Missing]; d.Missing != "" && (!known || m.Kind != "flow" || d.Kind != Sum) {
		return fmt.Errorf("%s cannot count what is missing by %q", d.Code, d.Missing)
	}
	return nil
}

// computable reports whether a definition can be computed in this catalogue: a ratio's part may have been retired.
func (c *Catalogue) computable(d Def) bool {
	if d.Kind != Ratio {
		return d.Available()
	}
	num, ok1 := c.part(d, d.Numerator)
	den, ok2 := c.part(d, d.Denominator)
	return ok1 && ok2 && num.Available() && den.Available()
}

func (c *Catalogue) checkRatio(d Def) error {
	if len(d.Measures) > 0 || d.Missing != "" {
		return fmt.Errorf("%s: a ratio has numerator and denominator, no measures", d.Code)
	}
	for _, code := range []string{d.Numerator, d.Denominator} {
		p, ok := c.part(d, code)
		if !ok { // a ratio of a ratio would be a circle sooner or later
			return fmt.Errorf("%s: %q is neither an indicator that can be divided nor a measure", d.Code, code)
		}
		if !p.Available() {
			return fmt.Errorf("%s: %s has no formula", d.Code, code)
		}
	}
	return nil
}

// ParseWhere reads a tag filter: "kind=short|farm_school mode=online".
func ParseWhere(text string) ([]ledger.TagIs, error) {
	var all []ledger.TagIs
	for _, part := range strings.Fields(text) {
		name, values, ok := strings.Cut(part, "=")
		if !ok || name == "" || slices.Contains(strings.Split(values, "|"), "") {
			return nil, fmt.Errorf("tag filter %q is not name=value|value", part)
		}
		all = append(all, ledger.TagIs{Name: name, Values: strings.Split(values, "|")})
	}
	return all, nil
}
