package indicator

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// opened is an indicator as it was in force in a scope, with the tree of then and what the actor sees of its records.
type opened struct {
	*Catalogue
	def   Def
	tree  *org.Tree
	sight access.Sight
}

// open finds what is behind a figure. NotFound for an unknown code, Forbidden for a scope that the actor may not see.
func (c *Catalogue) open(ctx context.Context, tx *db.Tx, scope Scope, code string) (o opened, err error) {
	if o.Catalogue, err = c.inForce(ctx, tx, scope.Period.To, scope.AsOf); err != nil {
		return o, err
	}
	if o.tree, err = org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf); err != nil {
		return o, err
	}
	defs, err := o.defsOf([]string{code})
	if err != nil {
		return o, err
	}
	o.def = defs[0]
	o.sight, err = Sight(ctx, tx, o.tree, scope, o.Module(o.def))
	return o, err
}
