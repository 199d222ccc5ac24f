package access

import (
	"context"
	"maps"
	"slices"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Sees is a unit that may see a record, and why: owner, place, partner, assignee.
type Sees struct {
	Unit string `json:"unit"`
	Why  string `json:"why"`
}

// SetSees replaces who may see a record.
func SetSees(ctx context.Context, tx *db.Tx, ref id.Ref, all []Sees) error {
	if _, err := tx.Exec(ctx, "DELETE FROM sees WHERE association = ? AND record = ?", org.Of(ctx), ref.ID); err != nil {
		return err
	}
	return SetSeesMany(ctx, tx, map[id.Ref][]Sees{ref: all})
}

// SetSeesMany says who may see records that are new, in few statements.
func SetSeesMany(ctx context.Context, tx *db.Tx, all map[id.Ref][]Sees) error {
	var rows [][]any
	for ref, sees := range all {
		for _, s := range sees {
			rows = append(rows, []any{org.Of(ctx), ref.ID, s.Unit, s.Why})
		}
	}
	_, err := tx.Insert(ctx, "INSERT INTO sees (association, record, unit, why)", "ON CONFLICT DO NOTHING", rows...)
	return err
}

// Sight is the one predicate of what an actor sees: everything, or what any of the units may see.
type Sight struct {
	All   bool
	Units []string
}

// SightOf is the actor's sight in all modules together by today's tree of units. Keepers without a business role see nothing.
func SightOf(ctx context.Context, tx *db.Tx) (Sight, error) { return SightIn(ctx, tx, "") }

// SightIn is the actor's sight in a module: who sees all of youth work and fills in the training of one township sees the
// training of that township only.
func SightIn(ctx context.Context, tx *db.Tx, module string) (Sight, error) {
	var s Sight
	var roots []string
	me := From(ctx)
	for _, g := range me.Grants {
		if !(Actor{Grants: []Grant{g}, MustChange: me.MustChange}).May(Read, module) {
			continue
		}
		if g.Unit == "" {
			return Sight{All: true}, nil
		}
		roots = append(roots, g.Unit)
	}
	if len(roots) == 0 {
		return s, nil
	}
	today, err := org.Today(ctx, tx)
	if err != nil {
		return s, err
	}
	s.Units, err = db.All(ctx, tx, db.Value[string], `SELECT DISTINCT descendant FROM unit_reach
		WHERE association = ? AND ancestor IN (?) AND from_day <= ? AND to_day > ?`, org.Of(ctx), db.List(roots), today, today)
	return s, err
}

// Where is the condition that keeps a query on records (alias has the columns association and id) to what is seen; "" for all.
func (s Sight) Where(alias string) (string, []any) {
	if s.All {
		return "", nil
	}
	return "EXISTS (SELECT 1 FROM sees s WHERE s.association = " + alias + ".association AND s.record = " + alias + ".id AND s.unit IN (?))", []any{db.List(s.Units)}
}

// Sights is what an actor sees of the records of several modules: of each named one by its own sight, of all others by the rest.
type Sights struct {
	rest Sight
	of   map[string]Sight
}

// SightsOf is the actor's sight, module by module. A list of records of several kinds goes by it: SightOf would show the records
// of one module by a right in another.
func SightsOf(ctx context.Context, tx *db.Tx) (Sights, error) {
	s := Sights{of: map[string]Sight{}}
	me := From(ctx)
	var everywhere []Grant
	for _, g := range me.Grants {
		if len(g.Modules) == 0 {
			everywhere = append(everywhere, g)
		}
		for _, m := range g.Modules {
			if _, known := s.of[m]; known {
				continue
			}
			sight, err := SightIn(ctx, tx, m)
			if err != nil {
				return s, err
			}
			s.of[m] = sight
		}
	}
	me.Grants = everywhere
	var err error
	s.rest, err = SightIn(With(ctx, me), tx, "")
	return s, err
}

// Where is Sight.Where, by the kind of each record too.
func (s Sights) Where(alias string) (string, []any) {
	if s.rest.All || len(s.of) == 0 {
		return s.rest.Where(alias)
	}
	var named, parts []string
	var args, after []any
	for _, m := range slices.Sorted(maps.Keys(s.of)) {
		part, with := s.of[m].Where(alias)
		is := "(" + alias + ".kind = ? OR SUBSTR(" + alias + ".kind, 1, ?) = ?)"
		named = append(named, is)
		after = append(after, m, len(m)+1, m+".")
		if part != "" {
			is += " AND " + part
		}
		parts = append(parts, is)
		args = append(append(args, m, len(m)+1, m+"."), with...)
	}
	rest, with := s.rest.Where(alias)
	parts = append(parts, "NOT ("+strings.Join(named, " OR ")+") AND "+rest)
	return "(" + strings.Join(parts, " OR ") + ")", append(append(args, after...), with...)
}

// Figures reports whether the actor may see a figure of the scope: of a unit in sight, or of a place that one of those units
// serves. A scope without unit and place is the whole association.
func (s Sight) Figures(tree *org.Tree, unit, place string) bool {
	switch {
	case s.All:
		return true
	case unit != "":
		return slices.Contains(s.Units, unit)
	case place != "":
		for _, u := range s.Units {
			if p := tree.Unit(u).Place; p != "" && p != tree.Root().ID && slices.Contains(tree.PlaceSubtree(p), place) {
				return true
			}
		}
	}
	return false
}
