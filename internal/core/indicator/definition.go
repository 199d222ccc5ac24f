// Package indicator computes figures from facts by definitions that are data (design.md, section 5). A figure always opens its
// trace: what it counts, how, from which facts, and what was left out and why.
package indicator

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
)

// Kind says how an indicator is computed.
type Kind string

// The kinds (design.md, section 5). External ones are typed figures with a source paper; they come with planning.
const (
	Sum           Kind = "sum"
	Closing       Kind = "closing" // running sum of all movements up to the end of the period
	New           Kind = "new"     // sum of the movement "in"
	DistinctKeys  Kind = "distinct"
	DistinctAtEnd Kind = "distinct_end"
	AllOf         Kind = "all_of"
	Ratio         Kind = "ratio"
	External      Kind = "external"
)

// Def is a named figure: what it means, and how it is computed. Measures is empty while its module is not there.
type Def struct {
	Code, Name, Unit string
	Definition       string // 口径, in the words of its source
	Source           string // the form or report that asks for it
	Record           string // the kind of record behind it
	Kind             Kind
	NotScorable      bool // refused by assessments (domain.md, finding 1)

	Measures               []string
	Where                  []ledger.TagIs
	By                     string // "place" or "unit": what its breakdown goes by (design.md, 4.4)
	Numerator, Denominator string // measures of a ratio; it is printed in percent
	Divisor                int64  // from the measure's smallest unit to the indicator's: 分 to 万元 is 1,000,000
	Decimals               int
	Missing                string // measure that counts records which do not say the figure's measure
	MissingWords           string // how the trace says it: 个班没有填场次
	Alias                  string // shorter name
	From, To               day.Day
}

// Available reports whether the definition can be computed at all.
func (d Def) Available() bool { return len(d.Measures) > 0 || d.Kind == Ratio && d.Numerator != "" }

// measures are all that its computation reads.
func (d Def) measures() []string {
	if d.Kind == Ratio {
		return []string{d.Numerator, d.Denominator}
	}
	return d.Measures
}

// Catalogue has all definitions and measures.
type Catalogue struct {
	defs     []Def
	byCode   map[string]int
	measures map[string]Measure
}

// Measure is what facts may measure, as pages name it.
type Measure struct {
	Code, Name, Unit, Kind, Note string
}

// All lists the definitions in the order of the catalogue.
func (c *Catalogue) All() []Def { return c.defs }

// Def finds a definition by its code.
func (c *Catalogue) Def(code string) (Def, bool) {
	i, ok := c.byCode[code]
	if !ok {
		return Def{}, false
	}
	return c.defs[i], true
}

// Measure finds a measure by its code.
func (c *Catalogue) Measure(code string) Measure { return c.measures[code] }

// LedgerMeasures is the register that the ledger checks postings against.
func (c *Catalogue) LedgerMeasures() []ledger.Measure {
	var all []ledger.Measure
	for _, m := range c.measures {
		all = append(all, ledger.Measure{Code: m.Code, Stock: m.Kind == "stock"})
	}
	return all
}

// ReadCatalogue reads measures.csv, indicators.csv and formulas.csv. A wrong row is an error that names file and row.
func ReadCatalogue(files fs.FS) (*Catalogue, error) {
	c := &Catalogue{byCode: map[string]int{}, measures: map[string]Measure{}}
	err := eachRow(files, "measures.csv", func(get func(string) string) error {
		m := Measure{Code: get("code"), Name: get("name_zh"), Unit: get("unit"), Kind: get("kind"), Note: get("note_zh")}
		if m.Code == "" || m.Unit == "" || !slices.Contains([]string{"flow", "stock", "distinct"}, m.Kind) {
			return fmt.Errorf("a measure needs code, unit and kind flow, stock or distinct")
		}
		if _, twice := c.measures[m.Code]; twice {
			return fmt.Errorf("measure %s stands twice", m.Code)
		}
		c.measures[m.Code] = m
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachRow(files, "indicators.csv", func(get func(string) string) error {
		d := Def{Code: get("code"), Name: get("name_zh"), Unit: get("unit"), Definition: get("definition_zh"), Source: get("source"),
			Record: get("record"), Kind: Kind(get("kind")), NotScorable: get("not_scorable") != "", Divisor: 1, By: "place"}
		if d.Code == "" || d.Name == "" || !slices.Contains(kinds, d.Kind) {
			return fmt.Errorf("an indicator needs code, name and a known kind, has %q", d.Kind)
		}
		if _, twice := c.byCode[d.Code]; twice {
			return fmt.Errorf("indicator %s stands twice", d.Code)
		}
		c.byCode[d.Code] = len(c.defs)
		c.defs = append(c.defs, d)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, eachRow(files, "formulas.csv", c.formula)
}

var kinds = []Kind{Sum, Closing, New, DistinctKeys, DistinctAtEnd, AllOf, Ratio, External}

// formula makes a definition executable.
func (c *Catalogue) formula(get func(string) string) error {
	i, ok := c.byCode[get("code")]
	if !ok {
		return fmt.Errorf("no indicator %q", get("code"))
	}
	d := &c.defs[i]
	d.Measures, d.By = strings.Fields(get("measures")), get("by")
	d.Numerator, d.Denominator = get("numerator"), get("denominator")
	d.Missing, d.MissingWords, d.Alias = get("missing"), get("missing_zh"), get("alias_zh")
	var err error
	if d.Where, err = ParseWhere(get("where")); err != nil {
		return err
	}
	if d.Divisor, err = strconv.ParseInt(get("divisor"), 10, 64); err != nil || d.Divisor < 1 {
		return fmt.Errorf("divisor %q is not a positive number", get("divisor"))
	}
	if d.Decimals, err = strconv.Atoi(get("decimals")); err != nil || d.Decimals < 0 || d.Decimals > 2 {
		return fmt.Errorf("decimals %q is not 0, 1 or 2", get("decimals"))
	}
	if (d.Kind == Ratio) != (d.Numerator != "" && d.Denominator != "") || (d.Kind == Ratio) == (len(d.Measures) > 0) {
		return fmt.Errorf("%s: a ratio has numerator and denominator, any other kind has measures", d.Code)
	}
	if d.By != "place" && d.By != "unit" {
		return fmt.Errorf("%s goes by place or by unit, not %q", d.Code, d.By)
	}
	all := d.measures()
	if d.Missing != "" {
		all = append(slices.Clone(all), d.Missing)
	}
	for _, m := range all {
		measure, known := c.measures[m]
		if !known {
			return fmt.Errorf("%s reads the unknown measure %q", d.Code, m)
		}
		distinct := d.Kind == DistinctKeys || d.Kind == DistinctAtEnd || d.Kind == AllOf
		if m != d.Missing && distinct != (measure.Kind == "distinct") {
			return fmt.Errorf("%s of kind %s cannot read the %s measure %s", d.Code, d.Kind, measure.Kind, m)
		}
		if (d.Kind == Closing || d.Kind == New) != (measure.Kind == "stock") {
			return fmt.Errorf("%s of kind %s cannot read the %s measure %s", d.Code, d.Kind, measure.Kind, m)
		}
	}
	return nil
}

// ParseWhere reads a tag filter: "kind=short|farm_school mode=online".
func ParseWhere(text string) ([]ledger.TagIs, error) {
	var all []ledger.TagIs
	for _, part := range strings.Fields(text) {
		name, values, ok := strings.Cut(part, "=")
		if !ok || name == "" || values == "" {
			return nil, fmt.Errorf("tag filter %q is not name=value|value", part)
		}
		all = append(all, ledger.TagIs{Name: name, Values: strings.Split(values, "|")})
	}
	return all, nil
}

func eachRow(files fs.FS, name string, row func(get func(string) string) error) error {
	f, err := files.Open(name)
	if err != nil {
		return fmt.Errorf("read the catalogue: %w", err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	column := map[string]int{}
	for i, title := range rows[0] {
		column[title] = i
	}
	for i, cells := range rows[1:] {
		get := func(title string) string {
			at, ok := column[title]
			if !ok {
				return ""
			}
			return strings.TrimSpace(cells[at])
		}
		if err := row(get); err != nil {
			return fmt.Errorf("%s row %d: %w", name, i+2, err)
		}
	}
	return nil
}
