package facility

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
)

// FieldType says how a field is typed in, shown and kept.
type FieldType string

// The types. A number is kept in its smallest unit (with two decimals 10.5 米 is 1050), money in 分, hours in minutes.
const (
	Number FieldType = "number"
	Money  FieldType = "money" // typed in 万元
	Hours  FieldType = "hours"
	Text   FieldType = "text"
	Choice FieldType = "choice"
	Date   FieldType = "day"
)

// numeric reports whether a value of the type is a number.
func (t FieldType) numeric() bool { return t == Number || t == Money || t == Hours }

// Field is something that facilities or logs of some kinds say.
type Field struct {
	Code, Name string
	Type       FieldType
	Unit       string
	Decimals   int
	Most       int64    // in the unit that is typed; of a text its characters
	Measure    string   // that a facility posts it as
	Values     []string // of a choice
	Broken     []string // of those, which say that the facility does not work
	HintNames  []string // column titles of an import
}

// ask is the sentence that asks for the field, with its name to fill in.
func (d Field) ask() string {
	if d.Type.numeric() {
		return "请填%s；确实是 0 就填 0"
	}
	return "请填%s"
}

// scale is how many of the smallest unit make one of the unit that is typed.
func (d Field) scale() int64 {
	switch d.Type {
	case Money:
		return 1_000_000
	case Hours:
		return 60
	}
	n := int64(1)
	for range d.Decimals {
		n *= 10
	}
	return n
}

// Posting is what a kind or a log posts besides: a measure of a field (or of the record itself), if a condition is met.
type Posting struct {
	Measure, Field string
	Key            string // facility: counted distinctly by facility
	If             string // field that must be AtLeast, in its smallest unit; with AtLeast 0 something that the record is
	AtLeast        int64
}

// meets reports whether values satisfy the posting's condition on a field.
func (p Posting) meets(values Values) bool {
	v := values[p.If]
	return p.If == "" || v != nil && v.N >= p.AtLeast
}

// What a kind is to a village that is to have all three (一站一栏一员, R-88).
const (
	roleStation = "station"
	roleBoard   = "board"
)

// KindRule is what the catalogue says of a kind of facility, and from when to when it is in force.
type KindRule struct {
	Code, Name string
	Word       string // what one is called: 处
	Fields     []string
	Needs      []string // fields without which it cannot be submitted
	Counts     []Posting
	Roles      []string
	Light      bool // one record may stand for several
	HintNames  []string
	From, To   day.Day
}

func (k KindRule) asks(field string) bool { return slices.Contains(k.Fields, field) }

// LogRule is what the catalogue says of a kind of log.
type LogRule struct {
	Code, Name string
	Kinds      []string // of facilities that have it; none: all
	Fields     []string
	Needs      []string
	Posts      []Posting
	From, To   day.Day
}

// Of reports whether facilities of a kind have the log.
func (l LogRule) Of(kind string) bool { return len(l.Kinds) == 0 || slices.Contains(l.Kinds, kind) }

// limit is a number that a kind is to keep to: changes a year, hours a week.
type limit struct {
	kind, rule string
	value      int64
	from, to   day.Day
}

// The limits (facility-rules.csv).
const (
	ChangesAYear    = "changes_a_year"
	TurnoverPercent = "turnover_percent"
	HoursAWeek      = "hours_a_week"
	StaffLeast      = "staff_least"
	StaffMost       = "staff_most"
)

var limitNames = []string{ChangesAYear, TurnoverPercent, HoursAWeek, StaffLeast, StaffMost}

// Catalogue has the rules of all years.
type Catalogue struct {
	fields  []Field
	kinds   []KindRule
	logs    []LogRule
	limits  []limit
	endings org.Endings
}

// Rules are those in force on a day.
type Rules struct {
	fields  []Field
	kinds   []KindRule
	logs    []LogRule
	limits  []limit
	Endings org.Endings
}

// On gives the rules in force on a day.
func (c Catalogue) On(d day.Day) Rules {
	r := Rules{fields: c.fields, Endings: c.endings}
	in := func(from, to day.Day) bool { return (from == "" || from <= d) && (to == "" || d < to) }
	for _, k := range c.kinds {
		if in(k.From, k.To) {
			r.kinds = append(r.kinds, k)
		}
	}
	for _, l := range c.logs {
		if in(l.From, l.To) {
			r.logs = append(r.logs, l)
		}
	}
	for _, l := range c.limits {
		if in(l.from, l.to) {
			r.limits = append(r.limits, l)
		}
	}
	return r
}

// Kind finds a kind by its code.
func (r Rules) Kind(code string) (KindRule, bool) {
	i := slices.IndexFunc(r.kinds, func(k KindRule) bool { return k.Code == code })
	if i < 0 {
		return KindRule{}, false
	}
	return r.kinds[i], true
}

// Kinds lists the kinds in the order of the catalogue.
func (r Rules) Kinds() []KindRule { return r.kinds }

// Log finds a kind of log by its code.
func (r Rules) Log(code string) (LogRule, bool) {
	i := slices.IndexFunc(r.logs, func(l LogRule) bool { return l.Code == code })
	if i < 0 {
		return LogRule{}, false
	}
	return r.logs[i], true
}

// Logs lists the kinds of log in the order of the catalogue.
func (r Rules) Logs() []LogRule { return r.logs }

// Field finds a field by its code.
func (r Rules) Field(code string) (Field, bool) {
	i := slices.IndexFunc(r.fields, func(f Field) bool { return f.Code == code })
	if i < 0 {
		return Field{}, false
	}
	return r.fields[i], true
}

// Limit is a number that a kind is to keep to; 0 for none.
func (r Rules) Limit(kind, rule string) int64 {
	for _, l := range r.limits {
		if l.kind == kind && l.rule == rule {
			return l.value
		}
	}
	return 0
}

// options are the codes that programs can send.
func (c Catalogue) options() map[string]register.Options {
	all := map[string]register.Options{"changes.what": register.Options(nil).With(string(ledger.Changed), "变化").With(string(ledger.MovedIn), "搬迁").With(string(ledger.Out), "停用")}
	asked := map[string]bool{}
	for _, k := range c.kinds {
		all["kind"] = all["kind"].With(k.Code, k.Name)
		for _, code := range k.Fields {
			asked[code] = true
		}
	}
	for _, s := range Stages() {
		all["stage"] = all["stage"].With(string(s), s.Title())
	}
	all["values"] = c.fieldOptions(asked)
	all["changes.values"] = all["values"]
	return all
}

// logOptions are those of a log.
func (c Catalogue) logOptions() map[string]register.Options {
	all := map[string]register.Options{}
	asked := map[string]bool{}
	for _, l := range c.logs {
		all["kind"] = all["kind"].With(l.Code, l.Name)
		for _, code := range l.Fields {
			asked[code] = true
		}
	}
	all["values"] = c.fieldOptions(asked)
	return all
}

func (c Catalogue) fieldOptions(asked map[string]bool) (all register.Options) {
	for _, f := range c.fields {
		if asked[f.Code] {
			o := register.Option{Code: f.Code, Name: f.Name, Values: f.Values}
			if f.Type.numeric() {
				o.Unit, o.PerUnit = f.Unit, f.scale()
			}
			all = append(all, o)
		}
	}
	return all
}

// Name tells the catalogue of indicators what the kinds are called.
func (c Catalogue) Name(indicators *indicator.Catalogue) {
	names := map[string]string{}
	for _, k := range c.kinds {
		names[k.Code] = k.Name
	}
	indicators.NameValues("kind", names)
}

// ReadCatalogue reads facility-fields.csv, facility-kinds.csv, facility-logs.csv, facility-rules.csv and place-endings.csv. A wrong
// row is an error that names it.
func ReadCatalogue(files fs.FS) (c Catalogue, err error) {
	if c.endings, err = org.ReadEndings(files); err != nil {
		return c, err
	}
	for _, table := range []struct {
		file string
		read func(row []string) error
	}{{"facility-fields.csv", c.field}, {"facility-kinds.csv", c.kind}, {"facility-logs.csv", c.log}, {"facility-rules.csv", c.limit}} {
		if err := eachRow(files, table.file, table.read); err != nil {
			return c, err
		}
	}
	for _, code := range []string{logChange, logOpen, logLoan} { // the rules of care look at them: these codes are fixed
		if !slices.ContainsFunc(c.logs, func(l LogRule) bool { return l.Code == code }) {
			return c, fmt.Errorf("facility-logs.csv has no log %q", code)
		}
	}
	return c, nil
}

func eachRow(files fs.FS, name string, read func(row []string) error) error {
	f, err := files.Open(name)
	if err != nil {
		return fmt.Errorf("read the kinds of facilities: %w", err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	for i, row := range rows[1:] {
		if err := read(row); err != nil {
			return fmt.Errorf("%s row %d: %w", name, i+2, err)
		}
	}
	return nil
}

func (c *Catalogue) field(row []string) (err error) {
	d := Field{Code: row[0], Name: row[1], Type: FieldType(row[2]), Unit: row[3], Measure: row[6], Values: strings.Fields(row[7]),
		Broken: strings.Fields(row[8]), HintNames: strings.Fields(row[9])}
	if d.Code == "" || d.Name == "" || !slices.Contains([]FieldType{Number, Money, Hours, Text, Choice, Date}, d.Type) {
		return fmt.Errorf("a field needs code, name and a known type, not %q", d.Type)
	}
	if d.Decimals, err = strconv.Atoi(row[4]); err != nil || d.Decimals < 0 || d.Decimals > 2 {
		return fmt.Errorf("decimals %q are not 0, 1 or 2", row[4])
	}
	if d.Most, err = strconv.ParseInt(row[5], 10, 64); err != nil {
		return fmt.Errorf("most %q is not a number", row[5])
	}
	if (d.Type == Choice) != (len(d.Values) > 0) || d.Measure != "" && !d.Type.numeric() {
		return fmt.Errorf("%s: a choice has values, a number may have a measure", d.Code)
	}
	for _, b := range d.Broken {
		if !slices.Contains(d.Values, b) {
			return fmt.Errorf("%s has no value %q", d.Code, b)
		}
	}
	c.fields = append(c.fields, d)
	return nil
}

// known reports a field that no row of facility-fields.csv has.
func (c *Catalogue) known(fields ...string) error {
	for _, code := range fields {
		if !slices.ContainsFunc(c.fields, func(d Field) bool { return d.Code == code }) {
			return fmt.Errorf("no field %q", code)
		}
	}
	return nil
}

func (c *Catalogue) kind(row []string) (err error) {
	k := KindRule{Code: row[0], Name: row[1], Word: row[2], Fields: strings.Fields(row[3]), Needs: strings.Fields(row[4]), Roles: strings.Fields(row[6]),
		Light: row[7] != "", HintNames: strings.Fields(row[8]), From: day.Day(row[9]), To: day.Day(row[10])}
	if k.Code == "" || k.Name == "" || k.Word == "" {
		return fmt.Errorf("a kind needs code, name and word")
	}
	for _, role := range k.Roles {
		if role != roleStation && role != roleBoard {
			return fmt.Errorf("no role %q", role)
		}
	}
	if k.Light != k.asks("pieces") {
		return fmt.Errorf("%s: a light kind, and only that, asks for pieces", k.Code)
	}
	for _, need := range k.Needs {
		if !k.asks(need) {
			return fmt.Errorf("%s needs %s, which it does not ask for", k.Code, need)
		}
	}
	if k.Counts, err = postings(row[5]); err != nil {
		return err
	}
	for _, p := range k.Counts {
		if p.Field != "" && !k.asks(p.Field) || p.If != "" && (!k.asks(p.If) || p.AtLeast == 0) || p.Key != "" {
			return fmt.Errorf("%s cannot count %s", k.Code, p.Measure)
		}
	}
	c.kinds = append(c.kinds, k)
	return c.known(k.Fields...)
}

func (c *Catalogue) log(row []string) (err error) {
	l := LogRule{Code: row[0], Name: row[1], Kinds: strings.Fields(row[2]), Fields: strings.Fields(row[3]), Needs: strings.Fields(row[4]),
		From: day.Day(row[6]), To: day.Day(row[7])}
	if l.Code == "" || l.Name == "" {
		return fmt.Errorf("a kind of log needs code and name")
	}
	for _, kind := range l.Kinds {
		if !slices.ContainsFunc(c.kinds, func(k KindRule) bool { return k.Code == kind }) {
			return fmt.Errorf("no kind %q", kind)
		}
	}
	for _, need := range l.Needs {
		if !slices.Contains(l.Fields, need) {
			return fmt.Errorf("%s needs %s, which it does not ask for", l.Code, need)
		}
	}
	if l.Posts, err = postings(row[5]); err != nil {
		return err
	}
	for _, p := range l.Posts {
		if p.Field != "" && !slices.Contains(l.Fields, p.Field) || p.If != "" && p.If != ifGallery || p.Key != "" && p.Key != keyFacility {
			return fmt.Errorf("%s cannot post %s", l.Code, p.Measure)
		}
	}
	c.logs = append(c.logs, l)
	return c.known(l.Fields...)
}

// postings reads "measure=field@key:field>=n measure …".
func postings(text string) (all []Posting, err error) {
	for _, one := range strings.Fields(text) {
		var p Posting
		what, condition, _ := strings.Cut(one, ":")
		what, p.Key, _ = strings.Cut(what, "@")
		p.Measure, p.Field, _ = strings.Cut(what, "=")
		least, limited := "", false
		if p.If, least, limited = strings.Cut(condition, ">="); limited {
			if p.AtLeast, err = strconv.ParseInt(least, 10, 64); err != nil || p.AtLeast <= 0 {
				return nil, fmt.Errorf("%q is not field>=number", condition)
			}
		}
		if p.Measure == "" {
			return nil, fmt.Errorf("%q posts no measure", one)
		}
		all = append(all, p)
	}
	return all, nil
}

func (c *Catalogue) limit(row []string) (err error) {
	l := limit{kind: row[0], rule: row[1], from: day.Day(row[3]), to: day.Day(row[4])}
	if !slices.ContainsFunc(c.kinds, func(k KindRule) bool { return k.Code == l.kind }) || !slices.Contains(limitNames, l.rule) {
		return fmt.Errorf("no kind %q or no rule %q", l.kind, l.rule)
	}
	if l.value, err = strconv.ParseInt(row[2], 10, 64); err != nil || l.value <= 0 || l.rule == ChangesAYear && 12%l.value != 0 {
		return fmt.Errorf("%q is not a number that rule %s can have", row[2], l.rule)
	}
	c.limits = append(c.limits, l)
	return nil
}
