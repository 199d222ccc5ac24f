package pages

import (
	"slices"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/page"
	"shilu/internal/core/register"
)

// Field is a control of the form with what is typed there and what is wrong with it.
func (f *Filled[T, W]) Field(name, label string) page.Field {
	return page.Field{Name: name, Label: f.visit.T(label), Value: f.Values.Get(name), Error: desk.ErrorOf(f.Errors, name)}
}

// Optional is a field that may be left blank.
func (f *Filled[T, W]) Optional(name, label string) page.Field {
	one := f.Field(name, label)
	one.Optional = true
	return one
}

// Counted is a field whose value changes what the record counts for.
func (f *Filled[T, W]) Counted(name, label string) page.Field {
	one := f.Field(name, label)
	one.Preview = true
	return one
}

// Unit offers the units that the actor enters for; where that is one, it stands there.
func (f *Filled[T, W]) Unit(name, label string) templ.Component {
	field := f.Counted(name, label)
	if len(f.Units) == 1 && field.Error == "" {
		return onlyUnit(field, f.Units[0])
	}
	return page.SelectField(page.Select{Field: field, Options: f.Units, Empty: f.visit.T("请选")})
}

// Place offers the places by name, those that the actor's own unit serves first. Typed.Place reads it.
func (f *Filled[T, W]) Place(name, label string) templ.Component {
	return page.ComboField(page.Combo{Field: f.Counted(name, label), Options: places(f.visit, f.Tree), Placeholder: f.visit.T("乡镇或村，打字找")})
}

func places(v *desk.Visit, tree *org.Tree) []string {
	var own, others []string
	home := tree.Unit(v.Actor.Unit).Place
	near := map[string]bool{}
	if home != "" && home != tree.Root().ID {
		for _, id := range tree.PlaceSubtree(home) {
			near[id] = true
		}
	}
	for _, one := range tree.Places() {
		if near[one.ID] {
			own = append(own, PlaceWords(tree, one.ID))
		} else {
			others = append(others, PlaceWords(tree, one.ID))
		}
	}
	return append(own, others...)
}

// Day is a day of the form, within what can be meant: from 1990 to a year from now.
func (f *Filled[T, W]) Day(field page.Field) templ.Component {
	return page.DayInput(page.DayField{Field: field, Min: "1990-01-01", Max: string(f.visit.Today.Add(366))})
}

// Exact is the choice below a count, in the field of the name: what was typed into the count wins, as it does when it is read.
func (f *Filled[T, W]) Exact(count, name string) *page.Exactness {
	return &page.Exactness{Name: name, Label: f.visit.T("这个数准不准"), Value: exactChoice(f.Values.Get(count), f.Values.Get(name))}
}

func exactChoice(typed, chosen string) string {
	if c, err := register.ReadCount(typed, chosen); err == nil && c != nil {
		switch c.Exactness {
		case ledger.About, ledger.Nearly:
			return "about"
		case ledger.AtLeast:
			return "least"
		case ledger.Exact:
		}
	}
	if chosen == "" {
		return "exact"
	}
	return chosen
}

// Checks offers words of which several may be chosen: those offered, and those that are chosen though no longer offered.
func (f *Filled[T, W]) Checks(name, label string, offered []string) templ.Component {
	field := f.Optional(name, label)
	field.Wide = true
	var options []page.Option
	for _, one := range append(slices.Clone(offered), f.Values[name]...) {
		if !slices.ContainsFunc(options, func(o page.Option) bool { return o.Value == one }) {
			options = append(options, page.Option{Value: one, Label: f.visit.T(one)})
		}
	}
	return page.CheckField(page.Checks{Field: field, Options: options, Chosen: f.Values[name]})
}
