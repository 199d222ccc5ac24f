package desk

import (
	"slices"

	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
)

// OwnScope is the scope that pages have when the address says none: the whole association for who sees all of it, else the
// reader's unit with those below: its records are his wherever they were held, which the place that it serves would hide. The
// period is that of the visit.
func (v *Visit) OwnScope() indicator.Scope {
	own := indicator.Scope{Period: v.Scope.Period}
	if v.Sight.All || len(v.Sight.Units) == 0 {
		return own
	}
	own.Unit = v.ownUnit().ID
	return own
}

// ownUnit is the reader's home when it is in sight, else the topmost unit that he may see.
func (v *Visit) ownUnit() org.Unit {
	if slices.Contains(v.Sight.Units, v.Actor.Unit) {
		return v.Tree.Unit(v.Actor.Unit)
	}
	for _, u := range v.Tree.Units() { // parents come before children
		if slices.Contains(v.Sight.Units, u.ID) {
			return u
		}
	}
	return org.Unit{}
}
