package org

import (
	"context"
	"fmt"
	"strings"

	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// EnsurePlace finds the township (village empty) or the village by name and creates what is missing: the township with the
// association unit that serves it, «河东镇科协», under the same code. code "" takes the next free one: 01, 02 … and 0101, 0102 ….
// What is created is there from a day on; "" while that is not known. added says whether anything was created.
func EnsurePlace(ctx context.Context, tx *db.Tx, tree *Tree, township, village, code string, from day.Day) (p Place, added bool, err error) {
	p, found := tree.child(tree.Root().ID, township)
	if !found {
		own := code
		if village != "" {
			own = ""
		}
		if p, err = tree.addTownship(ctx, tx, township, own, from); err != nil {
			return p, false, err
		}
		added = true
	}
	if village == "" {
		return p, added, nil
	}
	if v, found := tree.child(p.ID, village); found {
		return v, added, nil
	}
	if code == "" {
		code = tree.FreeCode(p.Code)
	}
	v, err := AddPlace(ctx, tx, Place{Code: code, Name: village, Level: LevelVillage, Parent: p.ID, Sort: len(tree.placeChildren[p.ID]) + 1, Opened: from})
	if err != nil {
		return v, added, err
	}
	tree.addPlace(&v)
	return v, true, nil
}

func (t *Tree) addTownship(ctx context.Context, tx *db.Tx, name, code string, from day.Day) (Place, error) {
	if code == "" {
		code = t.FreeCode("")
	}
	p, err := AddPlace(ctx, tx, Place{Code: code, Name: name, Level: LevelTownship, Parent: t.Root().ID, Sort: len(t.placeChildren[t.Root().ID]) + 1, Opened: from})
	if err != nil {
		return p, err
	}
	t.addPlace(&p)
	if _, taken := t.UnitByCode(code); taken {
		return p, nil
	}
	u, err := AddUnit(ctx, tx, Unit{Code: code, Name: name + "科协", Kind: KindTownship, Place: p.ID, Parent: t.Office().ID})
	if err != nil {
		return p, err
	}
	t.addUnit(&u)
	return p, nil
}

// child finds a place by name under a parent.
func (t *Tree) child(parent, name string) (Place, bool) {
	for _, id := range t.placeChildren[parent] {
		if t.places[id].Name == name {
			return *t.places[id], true
		}
	}
	return Place{}, false
}

// FreeCode is the first code of the form prefix01, prefix02 … that no place and no unit has.
func (t *Tree) FreeCode(prefix string) string {
	taken := map[string]bool{}
	for _, p := range t.places {
		taken[p.Code] = true
	}
	for _, u := range t.units {
		taken[u.Code] = true
	}
	for n := 1; ; n++ {
		if code := fmt.Sprintf("%s%02d", prefix, n); !taken[code] {
			return code
		}
	}
}

// FindPlace looks a place up as offices write it: a township, a village of a township, or a village alone if only one has
// that name; "县城", "县直" and the county's own name are the county.
func (t *Tree) FindPlace(township, village string) (Place, bool) {
	root := t.Root()
	if village == "" && (township == "县直" || township == "县城" || township == "县级" || township == root.Name) {
		return root, true
	}
	if township != "" {
		p, ok := t.child(root.ID, township)
		if !ok {
			return Place{}, false
		}
		if village == "" {
			return p, true
		}
		return t.child(p.ID, village)
	}
	var hit []Place
	for _, p := range t.places {
		if p.Name == village && p.Parent != "" {
			hit = append(hit, *p)
		}
	}
	if len(hit) != 1 {
		return Place{}, false
	}
	return hit[0], true
}

// FindMerged looks a township or village up by the names that it had when it, or its township, was merged into another: records still lie in
// it, within the one that took it over. village "" asks for the township.
func (t *Tree) FindMerged(township, village string) (Place, bool) {
	for _, id := range walk(t.placeRoots, t.placeChildren) {
		town := t.places[id]
		if town.Level != LevelTownship || town.Name != township {
			continue
		}
		if village == "" && town.Closed <= t.On {
			return *town, true
		}
		for _, below := range t.PlaceSubtree(id) {
			if p := t.places[below]; village != "" && p.Name == village && p.Level == LevelVillage && (p.Closed <= t.On || town.Closed <= t.On) {
				return *p, true
			}
		}
	}
	return Place{}, false
}

// Names lists the names of the places under a parent, for «最近的已知名称».
func (t *Tree) Names(parent string) []string {
	var names []string
	for _, id := range t.placeChildren[parent] {
		names = append(names, t.places[id].Name)
	}
	return names
}

// FindUnit looks a unit up by name or code. «县科协» and the association's own name are the office.
func (t *Tree) FindUnit(name string) (Unit, bool) {
	name = strings.TrimSpace(name)
	if name == "县科协" || name == "科协" || name == "本单位" {
		return t.Office(), t.Office().ID != ""
	}
	for _, u := range t.Units() {
		if u.Name == name || u.Code == name {
			return u, true
		}
	}
	return Unit{}, false
}
