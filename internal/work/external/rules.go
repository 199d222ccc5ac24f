package external

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// Span says of what there is one figure: of a year, a school year, or a day.
type Span string

// The spans.
const (
	PerYear    Span = "year"
	SchoolYear Span = "school_year" // from 1 August
	PerDay     Span = "day"
)

// FigureRule is what the catalogue says of a figure.
type FigureRule struct {
	Code, Name string
	Unit       string
	Decimals   int
	Most       int64 // in the unit
	Measure    string
	Levels     []string // of the places that it is given for
	Stages     []string // 小学, 初中: it is given for each
	Span       Span
	AsOf       string   // MM-DD: its usual day
	HintNames  []string // what sheets call it
	From, To   day.Day
}

func (r FigureRule) hasStage(stage string) bool { return slices.Contains(r.Stages, stage) }
func (r FigureRule) hasLevel(level string) bool { return slices.Contains(r.Levels, level) }

// levelWords names the levels: 县、乡镇.
func (r FigureRule) levelWords() string {
	names := make([]string, len(r.Levels))
	for i, l := range r.Levels {
		names[i] = org.LevelTitle(l)
	}
	return strings.Join(names, "、")
}

// period is the year that a figure stands for.
func (r FigureRule) period(year int) day.Period {
	if r.Span == SchoolYear {
		return day.Period{From: day.Month(year, 8).From, To: day.Month(year+1, 7).To}
	}
	return day.Year(year)
}

func (r FigureRule) spanWords(year int) string {
	if r.Span == SchoolYear {
		return fmt.Sprintf("%d—%d学年", year, year+1)
	}
	return fmt.Sprintf("%d年", year)
}

// usualDay is the day on which the figure of a year usually stands; "" where there is none.
func (r FigureRule) usualDay(year int) day.Day {
	if r.AsOf == "" || year == 0 {
		return ""
	}
	d, err := day.Parse(fmt.Sprintf("%04d-%s", year, r.AsOf))
	if err != nil {
		return ""
	}
	return d
}

// lastYear is the last year whose figure can be there on a day.
func (r FigureRule) lastYear(today day.Day) int {
	if d := r.usualDay(today.Year()); d != "" && d <= today {
		return today.Year()
	}
	return today.Year() - 1
}

func (r FigureRule) scale() int64 {
	n := int64(1)
	for range r.Decimals {
		n *= 10
	}
	return n
}

func (r FigureRule) most() int64 { return r.Most * r.scale() }

// Digits writes a value in the smallest unit as people do: 1235 with two decimals is 12.35.
func (r FigureRule) Digits(n int64) string {
	text := big.NewRat(n, r.scale()).FloatString(r.Decimals)
	if r.Decimals > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// Text is a value as forms and exports write it: 32000, 约32000, 12.35; "" for blank.
func (r FigureRule) Text(c *register.Count) string {
	if c == nil {
		return ""
	}
	digits := r.Digits(c.N)
	switch c.Exactness {
	case ledger.About:
		return "约" + digits
	case ledger.AtLeast:
		return digits + "以上"
	case ledger.Nearly:
		return "近" + digits
	}
	return digits
}

// Read reads a value as people type it: 32,000, 3.2万, 约32000, 12.35, 12.35%. "" is blank.
func (r FigureRule) Read(text string) (*register.Count, error) {
	if r.Decimals == 0 {
		c, err := register.ReadCount(text, "")
		if err != nil {
			return nil, errs.E(errs.Invalid, "%s「%s」看不懂，请写成 32000、约32000 或 3.2万", r.Name, zh.Brief(text, 20))
		}
		return c, nil
	}
	rest := strings.ReplaceAll(zh.Fold(strings.TrimSpace(text)), " ", "")
	if rest == "" {
		return nil, nil
	}
	c := &register.Count{}
	if after, ok := strings.CutPrefix(rest, "约"); ok {
		rest, c.Exactness = after, ledger.About
	}
	rest = strings.TrimSuffix(rest, r.Unit)
	wrong := errs.E(errs.Invalid, "%s「%s」看不懂，请写成 12.35", r.Name, zh.Brief(text, 20))
	for _, one := range rest { // big.Rat would also read 1/3, 1e9 and 0x10
		if (one < '0' || one > '9') && one != '.' && one != '-' {
			return nil, wrong
		}
	}
	n, ok := new(big.Rat).SetString(rest)
	if !ok {
		return nil, wrong
	}
	n.Mul(n, new(big.Rat).SetInt64(r.scale()))
	if !n.IsInt() {
		return nil, errs.E(errs.Invalid, "%s %s 的小数太多，请最多写 %d 位", r.Name, rest, r.Decimals)
	}
	if !n.Num().IsInt64() {
		return nil, wrong
	}
	c.N = n.Num().Int64()
	return c, nil
}

// Rules are the figures in force on a day.
type Rules struct{ figures []FigureRule }

// Figures lists them in the order of the catalogue.
func (r Rules) Figures() []FigureRule { return r.figures }

// Figure finds one by its code.
func (r Rules) Figure(code string) (FigureRule, bool) {
	for _, f := range r.figures {
		if f.Code == code {
			return f, true
		}
	}
	return FigureRule{}, false
}

// Catalogue has the figures of all days.
type Catalogue struct {
	figures []FigureRule
	endings org.Endings
}

// On gives those in force on a day.
func (c Catalogue) On(d day.Day) (r Rules) {
	for _, f := range c.figures {
		if (f.From == "" || f.From <= d) && (f.To == "" || d < f.To) {
			r.figures = append(r.figures, f)
		}
	}
	return r
}

// Figure finds a figure by its code, whenever it is in force.
func (c Catalogue) Figure(code string) (FigureRule, bool) { return Rules{c.figures}.Figure(code) }

// ReadCatalogue reads external-figures.csv and place-endings.csv. A wrong row is an error that names it.
func ReadCatalogue(files fs.FS) (c Catalogue, err error) {
	if c.endings, err = org.ReadEndings(files); err != nil {
		return c, err
	}
	f, err := files.Open("external-figures.csv")
	if err != nil {
		return c, fmt.Errorf("read the external figures: %w", err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return c, fmt.Errorf("read the external figures: %w", err)
	}
	for i, row := range rows[1:] {
		one, err := readFigure(row)
		if err == nil && slices.ContainsFunc(c.figures, func(o FigureRule) bool { return o.Code == one.Code }) {
			err = fmt.Errorf("figure %q stands twice", one.Code)
		}
		if err != nil {
			return c, fmt.Errorf("external-figures.csv row %d: %w", i+2, err)
		}
		c.figures = append(c.figures, one)
	}
	return c, nil
}

func readFigure(row []string) (r FigureRule, err error) {
	r = FigureRule{Code: row[0], Name: row[1], Unit: row[2], Measure: row[5], Levels: strings.Fields(row[6]), Stages: strings.Fields(row[7]), Span: Span(row[8]),
		AsOf: row[9], HintNames: strings.Fields(row[10]), From: day.Day(row[11]), To: day.Day(row[12])}
	if r.Code == "" || r.Name == "" || r.Unit == "" || r.Measure == "" || len(r.Levels) == 0 {
		return r, fmt.Errorf("a figure needs code, name, unit, measure and levels")
	}
	if r.Decimals, err = strconv.Atoi(row[3]); err != nil || r.Decimals < 0 || r.Decimals > 2 {
		return r, fmt.Errorf("decimals %q is not 0, 1 or 2", row[3])
	}
	if r.Most, err = strconv.ParseInt(row[4], 10, 64); err != nil || r.Most < 1 {
		return r, fmt.Errorf("most %q is not a number", row[4])
	}
	for _, l := range r.Levels {
		if org.LevelTitle(l) == "" {
			return r, fmt.Errorf("unknown level %q", l)
		}
	}
	switch {
	case !slices.Contains([]Span{PerYear, SchoolYear, PerDay}, r.Span):
		return r, fmt.Errorf("span %q is not year, school_year or day", r.Span)
	case r.Span == PerDay && r.AsOf != "", r.Span != PerDay && r.usualDay(2024) == "":
		return r, fmt.Errorf("as_of %q does not fit the span %s", r.AsOf, r.Span)
	}
	return r, nil
}

// options are the codes and words that programs can send.
func (c Catalogue) options() map[string]register.Options {
	all := map[string]register.Options{"stage": register.Codes("")}
	for _, f := range c.figures {
		all["figure"] = all["figure"].With(f.Code, f.Name)
		for _, stage := range f.Stages {
			all["stage"] = all["stage"].With(stage, "")
		}
	}
	return all
}

// Name tells the catalogue of indicators what the figures are called.
func (c Catalogue) Name(indicators *indicator.Catalogue) {
	names := map[string]string{}
	for _, f := range c.figures {
		names[f.Code] = f.Name
	}
	indicators.NameValues("figure", names)
}
