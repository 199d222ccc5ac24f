package access

import (
	"context"
	"slices"

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
