package training

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
)

// KindRule is what the catalogue says of a kind of class: what its form asks and needs, and from when to when it is in force.
type KindRule struct {
	Code, Name string
	Word       string   // what one class is called: 期
	Asks       []string // numbers on the form, in this order
	Needs      []string // numbers without which it cannot be submitted
	UsualMost  int64    // more people than this is asked about, never refused (domain.md, 8)
	Exam       string   // none, optional, expected
	HintNames  []string // words by which a sheet of an import is known
	From, To   day.Day
}

// Rules are the kinds in force in a counting year.
type Rules struct {
	kinds   []KindRule
	endings org.Endings
}

// Kind finds a kind by its code.
func (r Rules) Kind(code string) (KindRule, bool) {
	for _, k := range r.kinds {
		if k.Code == code {
			return k, true
		}
	}
	return KindRule{}, false
}

// Kinds lists the kinds in the order of the catalogue.
func (r Rules) Kinds() []KindRule { return r.kinds }

// Catalogue has the rules of all years.
type Catalogue struct {
	kinds   []KindRule
	endings org.Endings
}

// On gives the rules in force on a day.
func (c Catalogue) On(d day.Day) Rules {
	r := Rules{endings: c.endings}
	for _, k := range c.kinds {
		if (k.From == "" || k.From <= d) && (k.To == "" || d < k.To) {
			r.kinds = append(r.kinds, k)
		}
	}
	return r
}

// numbers are the counts that a kind may ask for.
var numbers = []string{"enrolled", "attendances", "examined", "passed", "hours"}

// ReadCatalogue reads training-kinds.csv and place-endings.csv. A wrong row is an error that names it.
func ReadCatalogue(files fs.FS) (Catalogue, error) {
	f, err := files.Open("training-kinds.csv")
	if err != nil {
		return Catalogue{}, fmt.Errorf("read the kinds of training: %w", err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return Catalogue{}, fmt.Errorf("read the kinds of training: %w", err)
	}
	var c Catalogue
	if c.endings, err = org.ReadEndings(files); err != nil {
		return c, err
	}
	for i, row := range rows[1:] {
		k := KindRule{Code: row[0], Name: row[1], Word: row[2], Asks: strings.Fields(row[3]), Needs: strings.Fields(row[4]),
			Exam: row[6], HintNames: strings.Fields(row[7]), From: day.Day(row[8]), To: day.Day(row[9])}
		if k.UsualMost, err = strconv.ParseInt(row[5], 10, 64); err != nil {
			return c, fmt.Errorf("training-kinds.csv row %d: usual_most %q is not a number", i+2, row[5])
		}
		for _, n := range append(slices.Clone(k.Asks), k.Needs...) {
			if !slices.Contains(numbers, n) {
				return c, fmt.Errorf("training-kinds.csv row %d: unknown number %q", i+2, n)
			}
		}
		if k.Code == "" || k.Name == "" || !slices.Contains([]string{"none", "optional", "expected"}, k.Exam) {
			return c, fmt.Errorf("training-kinds.csv row %d: needs code, name and exam none, optional or expected", i+2)
		}
		c.kinds = append(c.kinds, k)
	}
	return c, nil
}

// options are the codes that programs can send.
func (c Catalogue) options() map[string]register.Options {
	var kinds register.Options
	for _, k := range c.kinds {
		kinds = kinds.With(k.Code, k.Name)
	}
	return map[string]register.Options{"kind": kinds}
}

// Name tells the catalogue of indicators what the kinds are called.
func (c Catalogue) Name(indicators *indicator.Catalogue) {
	names := map[string]string{}
	for _, k := range c.kinds {
		names[k.Code] = k.Name
	}
	indicators.NameValues("kind", names)
}
