package org

import (
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// CheckUnit says what is wrong with the id of a unit that a field has: ask where it is blank, and that there is no such unit on the
// day of the tree.
func (t *Tree) CheckUnit(f *errs.Fields, field, unit, ask string) {
	switch {
	case unit == "":
		f.Add(field, ask)
	case t.Unit(unit).ID == "":
		f.Add(field, "没有标识为「%s」的单位，请重新选", zh.Brief(unit, 40))
	}
}

// CheckPlace is CheckUnit of places.
func (t *Tree) CheckPlace(f *errs.Fields, field, place, ask string) {
	switch {
	case place == "":
		f.Add(field, ask)
	case t.Place(place).ID == "":
		f.Add(field, "没有标识为「%s」的地点，请重新选", zh.Brief(place, 40))
	}
}
