package indicator

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/kit/day"
)

// ReadCatalogue reads measures.csv, tags.csv, indicators.csv and formulas.csv. A wrong row is an error that names file and row.
func ReadCatalogue(files fs.FS) (*Catalogue, error) {
	c := &Catalogue{byCode: map[string]int{}, measures: map[string]Measure{}, tags: map[string]string{}, several: map[string]bool{}, values: map[string]string{}, offered: map[string][]string{}}
	for _, table := range []struct {
		file string
		row  func(get func(string) string) error
	}{{"measures.csv", c.measure}, {"tags.csv", c.tag}, {"indicators.csv", c.definition}, {"formulas.csv", c.formula}} {
		if err := eachRow(files, table.file, table.row); err != nil {
			return nil, err
		}
	}
	// Ratios are checked last: a row may divide what a later row defines.
	return c, eachRow(files, "formulas.csv", func(get func(string) string) error {
		d, _ := c.Def(get("code"))
		return c.check(d)
	})
}

func (c *Catalogue) measure(get func(string) string) error {
	m := Measure{Code: get("code"), Name: get("name_zh"), Unit: get("unit"), Kind: get("kind"), Note: get("note_zh")}
	if m.Code == "" || m.Name == "" || m.Unit == "" || !slices.Contains([]string{"flow", "stock", "distinct", "external"}, m.Kind) {
		return fmt.Errorf("a measure needs code, name, unit and kind flow, stock, distinct or external")
	}
	if _, twice := c.measures[m.Code]; twice {
		return fmt.Errorf("measure %s stands twice", m.Code)
	}
	c.measures[m.Code], c.order = m, append(c.order, m.Code)
	return nil
}

func (c *Catalogue) tag(get func(string) string) error {
	name, zh := get("name"), get("name_zh")
	if name == "" || zh == "" || c.tags[name] != "" {
		return fmt.Errorf("a tag needs a name, a Chinese name, and to stand once")
	}
	c.tags[name], c.several[name] = zh, get("several") != ""
	c.offered[name] = strings.Fields(get("values_zh"))
	return nil
}

func (c *Catalogue) definition(get func(string) string) error {
	d := Def{Code: get("code"), Name: get("name_zh"), Unit: get("unit"), Definition: get("definition_zh"), Source: get("source"),
		Record: get("record"), Kind: Kind(get("kind")), NotScorable: get("not_scorable") != "", Divisor: 1, By: ByPlace}
	if d.Code == "" || d.Name == "" || d.Unit == "" || d.Definition == "" || !slices.Contains(kinds, d.Kind) {
		return fmt.Errorf("an indicator needs code, name, unit, definition and a known kind; %q has kind %q", d.Code, d.Kind)
	}
	if _, twice := c.byCode[d.Code]; twice {
		return fmt.Errorf("indicator %s stands twice", d.Code)
	}
	if strings.HasPrefix(d.Code, LocalPrefix) {
		return fmt.Errorf("indicator %s: codes that begin with %s are the counties' own", d.Code, LocalPrefix)
	}
	c.byCode[d.Code] = len(c.defs)
	c.defs = append(c.defs, d)
	return nil
}

// formula makes a definition executable.
func (c *Catalogue) formula(get func(string) string) (err error) {
	i, ok := c.byCode[get("code")]
	if !ok {
		return fmt.Errorf("no indicator %q", get("code"))
	}
	d := &c.defs[i]
	if d.Available() {
		return fmt.Errorf("the formula of %s stands twice", d.Code)
	}
	d.Measures, d.By = strings.Fields(get("measures")), get("by")
	if d.Kind == Places { // they are counted in the tree, not in the ledger: their level stands where measures stand
		d.Level, d.Measures = get("measures"), nil
	}
	d.Numerator = get("numerator")
	denominator, per, _ := strings.Cut(get("denominator"), " ")
	d.Denominator, d.PerWeek = denominator, per == perWeek
	if per != "" && !d.PerWeek {
		if d.Per, err = strconv.ParseInt(per, 10, 64); err != nil || d.Per < 1 {
			return fmt.Errorf("%s is divided by %q, which is neither %q nor a number", d.Code, per, perWeek)
		}
	}
	d.Missing, d.MissingWords, d.Alias, d.Line = get("missing"), get("missing_zh"), get("alias_zh"), get("line")
	if d.Where, err = ParseWhere(get("where")); err != nil {
		return err
	}
	for _, w := range d.Where {
		if c.tags[w.Name] == "" {
			return fmt.Errorf("%s asks for the unknown tag %q", d.Code, w.Name)
		}
	}
	if d.Divisor, err = strconv.ParseInt(get("divisor"), 10, 64); err != nil {
		return fmt.Errorf("divisor %q is not a number", get("divisor"))
	}
	if d.Decimals, err = strconv.Atoi(get("decimals")); err != nil {
		return fmt.Errorf("decimals %q is not a number", get("decimals"))
	}
	if d.From, err = dayOrNone(get("from")); err != nil {
		return err
	}
	if d.To, err = dayOrNone(get("to")); err != nil {
		return err
	}
	if !d.Available() {
		return fmt.Errorf("%s has neither measures nor numerator", d.Code)
	}
	return nil
}

// perWeek stands behind the denominator of a ratio that is divided by the weeks of the period, too; a number there is of how many: 每百户.
const perWeek = "weeks"

func dayOrNone(text string) (day.Day, error) {
	if text == "" {
		return "", nil
	}
	return day.Parse(text)
}

// eachRow calls row for every row of a table with what looks a cell up by its title; an error gets file and row. A title that
// is asked for must be there.
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
	if len(rows) == 0 {
		return fmt.Errorf("read %s: it is empty", name)
	}
	column := map[string]int{}
	for i, title := range rows[0] {
		column[title] = i
	}
	for i, cells := range rows[1:] {
		absent := ""
		get := func(title string) string {
			at, ok := column[title]
			if !ok {
				absent = title
				return ""
			}
			return strings.TrimSpace(cells[at])
		}
		err := row(get)
		if absent != "" {
			err = fmt.Errorf("it has no column %s", absent)
		}
		if err != nil {
			return fmt.Errorf("%s row %d: %w", name, i+2, err)
		}
	}
	return nil
}
