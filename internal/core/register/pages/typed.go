package pages

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/web"
	"shilu/internal/kit/zh"
)

// Typed reads what registers ask alike. What cannot be read stands in Errors, each under its field.
type Typed struct {
	*web.Form
	Tree    *org.Tree // of the day that the form says
	Endings org.Endings
}

// Read reads a form by the tree of the day, today for "".
func Read(ctx context.Context, tx *db.Tx, f *web.Form, on day.Day, endings org.Endings) (t Typed, err error) {
	if on == "" {
		if on, err = org.Today(ctx, tx); err != nil {
			return t, err
		}
	}
	t = Typed{Form: f, Endings: endings}
	t.Tree, err = org.Load(ctx, tx, on)
	return t, err
}

// Unit reads the code of a unit for which the actor may enter records of the kind; it gives the unit's id.
func (t Typed) Unit(ctx context.Context, field, kind string) (string, error) {
	code := t.Values.Get(field)
	if code == "" {
		return "", nil
	}
	units, err := flow.Units(ctx, t.Tree, access.Write, kind)
	if err != nil {
		return "", err
	}
	unit, ok := t.Tree.UnitByCode(code)
	switch {
	case !ok:
		t.Errors.Add(field, "没有这个单位，请重新选")
	case !slices.ContainsFunc(units, func(u org.Unit) bool { return u.ID == unit.ID }):
		t.Errors.Add(field, "「%s」的记录不归你填，请选本单位或下级单位", unit.Name)
	default:
		return unit.ID, nil
	}
	return "", nil
}

// Place finds the place that was typed or chosen; what follows the name of a place is a venue.
func (t Typed) Place(field, label string) (place, venue string) {
	text := zh.Fold(t.Text(field, label, 120))
	if text == "" {
		return "", ""
	}
	for _, one := range t.Tree.Places() {
		if t.Tree.PlaceName(one.ID) == text || PlaceWords(t.Tree, one.ID) == text {
			return one.ID, ""
		}
	}
	at, unknown, ok := intake.Locate(t.Endings, t.Tree, intake.PlaceName{Township: text})
	if ok {
		return at.Place.ID, at.Venue
	}
	if unknown.Village != "" {
		if like := intake.Alike(t.Tree, unknown); len(like) > 0 {
			t.Errors.Add(field, "没有「%s」，最接近的是%s；不是村就写在「具体场所」", zh.Brief(unknown.Village, 20), strings.Join(like, "、"))
		} else {
			t.Errors.Add(field, "%s没有「%s」，请从列表里选；不是村就写在「具体场所」", unknown.Township, zh.Brief(unknown.Village, 20))
		}
		return "", ""
	}
	var names []string
	for _, one := range t.Tree.Places() {
		names = append(names, t.Tree.PlaceName(one.ID))
	}
	if near := zh.Nearest(text, names, 3); len(near) > 0 {
		t.Errors.Add(field, "没有「%s」这个地点，最接近的是%s，请从列表里选", zh.Brief(text, 20), strings.Join(near, "、"))
	} else {
		t.Errors.Add(field, "没有「%s」这个地点，请从列表里选乡镇或村", zh.Brief(text, 20))
	}
	return "", ""
}

// Names are several names in one field, as people separate them.
func (t Typed) Names(field, label string) (all []string) {
	for _, one := range strings.FieldsFunc(t.Text(field, label, 400), func(r rune) bool { return strings.ContainsRune("、，,；;/\n\t", r) }) {
		if one = strings.TrimSpace(one); one != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// Count reads a count as people write it: 58, 约161, 200余. The word that was typed is stronger than the choice below the field.
func (t Typed) Count(field, label, choice string) *register.Count {
	n, err := register.ReadCount(t.Values.Get(field), choice)
	if err != nil {
		t.Errors.Add(field, "%s「%s」看不懂，请写成 52、约50 或 200余", label, zh.Brief(t.Values.Get(field), 20))
	}
	return n
}

// EachRow reads the rows of a table; those without anything typed are none. name begins the names of the row's fields. tooMany is
// what is said of a table with more rows than a form takes.
func (t Typed) EachRow(table string, keys []string, tooMany string, read func(name string)) {
	for row := range MostRows {
		name := rowName(table, row)
		if !t.Has(name + keys[0]) {
			return
		}
		if slices.ContainsFunc(keys, func(key string) bool { return strings.TrimSpace(t.Values.Get(name+key)) != "" }) {
			read(name)
		}
	}
	t.Errors.Add(table, tooMany, MostRows)
}

// DayOf reads a day that was typed, for what follows from it before the whole form is right.
func DayOf(text string) day.Day {
	d, err := zh.ParseDay(strings.TrimSpace(text), 0, false)
	if err != nil {
		return ""
	}
	return d
}
