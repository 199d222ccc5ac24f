package org

import (
	"context"
	"sort"

	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Levels of places.
const (
	LevelCounty   = "county"
	LevelTownship = "township"
	LevelVillage  = "village"
	LevelGroup    = "group"  // 村民小组
	LevelEstate   = "estate" // 小区
	LevelGrid     = "grid"   // 网格
)

// BelowVillage lists the levels of what lies in a village or community, in the order of forms.
func BelowVillage() []string { return []string{LevelGroup, LevelEstate, LevelGrid} }

// Kinds of units (domain.md, 7).
const (
	KindOffice   = "office"     // 县科协机关
	KindTownship = "township"   // 乡镇(街道)科协
	KindVillage  = "village"    // 村(社区)科协
	KindMember   = "member"     // 成员单位
	KindSociety  = "society"    // 学会、协会、研究会
	KindSchool   = "school"     // 学校
	KindBase     = "base"       // 科普教育基地
	KindFarm     = "farm_assoc" // 农技协
)

// OfficeCode is the code of the association's own office.
const OfficeCode = "office"

// Unit is who does the work, as it is named and placed on the day of the tree. Place is the place it serves.
// Closed is the first day on which it no longer works; day.Forever while it does.
type Unit struct {
	ID, Code, Name, Kind, Place, Parent string
	Opened, Closed                      day.Day
}

// Place is where it happens, as it is named on the day of the tree. Row and Col are its tile, from 1.
type Place struct {
	ID, Code, Name, Level, Parent string
	Sort, Row, Col                int
	Opened, Closed                day.Day
}

// Tree is both trees as they stood on a day.
type Tree struct {
	On            day.Day
	units         map[string]*Unit
	places        map[string]*Place
	unitChildren  map[string][]string
	placeChildren map[string][]string
	unitRoots     []string
	placeRoots    []string
	shared        bool // others read the maps too: own makes it a copy before it changes
}

// read reads both trees from the tables.
func read(ctx context.Context, tx *db.Tx, on day.Day) (*Tree, error) {
	t := &Tree{On: on, units: map[string]*Unit{}, places: map[string]*Place{}, unitChildren: map[string][]string{}, placeChildren: map[string][]string{}}
	units, err := db.All(ctx, tx, func(s db.Scanner) (u Unit, err error) {
		err = s.Scan(&u.ID, &u.Code, &u.Kind, &u.Place, &u.Opened, &u.Closed, &u.Name, &u.Parent)
		return u, err
	}, `SELECT u.id, u.code, u.kind, u.place, u.opened, u.closed, n.name, COALESCE(l.parent, '')
		FROM unit u
		JOIN unit_name n ON n.association = u.association AND n.unit = u.id AND n.from_day <= ? AND n.to_day > ?
		LEFT JOIN unit_link l ON l.association = u.association AND l.child = u.id AND l.from_day <= ? AND l.to_day > ?
		WHERE u.association = ? ORDER BY u.code`, on, on, on, on, Of(ctx))
	if err != nil {
		return nil, err
	}
	places, err := db.All(ctx, tx, func(s db.Scanner) (p Place, err error) {
		err = s.Scan(&p.ID, &p.Code, &p.Level, &p.Sort, &p.Row, &p.Col, &p.Opened, &p.Closed, &p.Name, &p.Parent)
		return p, err
	}, `SELECT p.id, p.code, p.level, p.sort, p.tile_row, p.tile_col, p.opened, p.closed, n.name, COALESCE(l.parent, '')
		FROM place p
		JOIN place_name n ON n.association = p.association AND n.place = p.id AND n.from_day <= ? AND n.to_day > ?
		LEFT JOIN place_link l ON l.association = p.association AND l.child = p.id AND l.from_day <= ? AND l.to_day > ?
		WHERE p.association = ? ORDER BY p.sort, p.code`, on, on, on, on, Of(ctx))
	if err != nil {
		return nil, err
	}
	for i := range units {
		t.addUnit(&units[i])
	}
	for i := range places {
		t.addPlace(&places[i])
	}
	return t, nil
}

func (t *Tree) addUnit(u *Unit) {
	t.own()
	t.units[u.ID] = u
	if u.Parent == "" {
		t.unitRoots = append(t.unitRoots, u.ID)
	} else {
		t.unitChildren[u.Parent] = append(t.unitChildren[u.Parent], u.ID)
	}
}

func (t *Tree) addPlace(p *Place) {
	t.own()
	t.places[p.ID] = p
	if p.Parent == "" {
		t.placeRoots = append(t.placeRoots, p.ID)
	} else {
		t.placeChildren[p.Parent] = append(t.placeChildren[p.Parent], p.ID)
	}
}

// Unit gives the unit by id; the zero Unit when there is none.
func (t *Tree) Unit(id string) Unit {
	if u := t.units[id]; u != nil {
		return *u
	}
	return Unit{}
}

// Place gives the place by id; the zero Place when there is none.
func (t *Tree) Place(id string) Place {
	if p := t.places[id]; p != nil {
		return *p
	}
	return Place{}
}

// Root is the county; Office the unit of the association's own staff.
func (t *Tree) Root() Place {
	if len(t.placeRoots) == 0 {
		return Place{}
	}
	return t.Place(t.placeRoots[0])
}

// Office is the unit of the association's own staff.
func (t *Tree) Office() Unit {
	u, _ := t.UnitByCode(OfficeCode)
	return u
}

// UnitByCode finds a unit by its code.
func (t *Tree) UnitByCode(code string) (Unit, bool) {
	for _, u := range t.units {
		if u.Code == code {
			return *u, true
		}
	}
	return Unit{}, false
}

// PlaceByCode finds a place by its code.
func (t *Tree) PlaceByCode(code string) (Place, bool) {
	for _, p := range t.places {
		if p.Code == code {
			return *p, true
		}
	}
	return Place{}, false
}

// Units lists all units, parents before children, each level by code.
func (t *Tree) Units() []Unit {
	var all []Unit
	for _, id := range walk(t.unitRoots, t.unitChildren) {
		all = append(all, *t.units[id])
	}
	return all
}

// Places lists all places, parents before children, each level in its order.
func (t *Tree) Places() []Place {
	var all []Place
	for _, id := range walk(t.placeRoots, t.placeChildren) {
		all = append(all, *t.places[id])
	}
	return all
}

// Townships lists the places of that level that there are on the day of the tree, in their order.
func (t *Tree) Townships() []Place {
	var all []Place
	for _, p := range t.Places() {
		if p.Level == LevelTownship && p.there(t.On) {
			all = append(all, p)
		}
	}
	return all
}

// Villages lists the villages and communities under a place that there are on the day of the tree.
func (t *Tree) Villages(under string) []Place {
	var all []Place
	for _, id := range t.placeChildren[under] {
		if p := t.places[id]; p.Level == LevelVillage && p.there(t.On) {
			all = append(all, *p)
		}
	}
	return all
}

// there reports whether a place is there on a day.
func (p Place) there(on day.Day) bool { return p.Opened <= on && on < p.Closed }

// Merged gives for each place that is no more on the day of the tree the one that it became a part of: the nearest above it that is still
// there, where that is of its level.
func (t *Tree) Merged() map[string]string {
	merged := map[string]string{}
	for id, p := range t.places {
		if p.Closed > t.On {
			continue
		}
		into := t.places[p.Parent]
		for into != nil && into.Closed <= t.On {
			into = t.places[into.Parent]
		}
		if into != nil && into.Level == p.Level {
			merged[id] = into.ID
		}
	}
	return merged
}

// Dated reports whether there are places that were not always there, or are no more.
func (t *Tree) Dated() bool {
	for _, p := range t.places {
		if p.Opened != Always || p.Closed != day.Forever {
			return true
		}
	}
	return false
}

// UnitSubtree is the unit and all below it.
func (t *Tree) UnitSubtree(id string) []string { return walk([]string{id}, t.unitChildren) }

// PlaceSubtree is the place and all below it.
func (t *Tree) PlaceSubtree(id string) []string { return walk([]string{id}, t.placeChildren) }

func walk(from []string, children map[string][]string) []string {
	var out []string
	for _, id := range from {
		out = append(out, id)
		out = append(out, walk(children[id], children)...)
	}
	return out
}

// Township is the township that a place is or lies in; false for the county itself.
func (t *Tree) Township(place string) (Place, bool) {
	for p := t.places[place]; p != nil; p = t.places[p.Parent] {
		if p.Level == LevelTownship {
			return *p, true
		}
	}
	return Place{}, false
}

// UnitsOf lists the units that serve a place: its township association, its village group. Closed units are left out.
func (t *Tree) UnitsOf(place string) []Unit {
	var all []Unit
	for _, u := range t.units {
		if u.Place == place && u.Closed == day.Forever && u.Kind != KindOffice {
			all = append(all, *u)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Code < all[j].Code })
	return all
}

// PlaceName is the place as people write it: 青溪乡大箐村; the county itself is 县直. One that was merged keeps its name: the place that it
// was merged into is none that it lies in.
func (t *Tree) PlaceName(id string) string {
	p := t.places[id]
	switch {
	case p == nil:
		return ""
	case p.Parent == "":
		return "县直"
	}
	name := p.Name
	for up := t.places[p.Parent]; up != nil && up.Parent != ""; up = t.places[up.Parent] {
		if up.Level != p.Level {
			name = up.Name + " " + name
		}
	}
	return name
}

// Kinds lists the kinds of units that are added, in the order of forms; the office is there from the beginning.
func Kinds() []string {
	return []string{KindTownship, KindVillage, KindMember, KindSociety, KindSchool, KindBase, KindFarm}
}

// KindTitle is the kind of a unit as pages write it; "" for one that is unknown.
func KindTitle(kind string) string {
	return map[string]string{KindOffice: "机关", KindTownship: "乡镇科协", KindVillage: "村科协", KindMember: "成员单位", KindSociety: "学会", KindSchool: "学校",
		KindBase: "科普教育基地", KindFarm: "农技协"}[kind]
}

// LevelTitle is the level of a place as pages write it; "" for one that is unknown.
func LevelTitle(level string) string {
	return map[string]string{LevelCounty: "县", LevelTownship: "乡镇", LevelVillage: "村", LevelGroup: "组", LevelEstate: "小区", LevelGrid: "网格"}[level]
}
