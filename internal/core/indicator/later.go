package indicator

import (
	"context"
	"slices"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
)

// Later lists the facts of a figure that came after a size of the log, the latest day first: why the figure is not what it was
// then. It is empty where not the facts changed but what they are counted by: a merger of keys, a tree, a definition. Facts of
// records that the actor may not see are not listed; Forbidden when he may not see the scope.
func (c *Catalogue) Later(ctx context.Context, tx *db.Tx, scope Scope, code string, since int64) ([]Line, error) {
	o, err := c.open(ctx, tx, scope, code)
	if err != nil || !o.computable(o.def) {
		return nil, err
	}
	var later []ledger.Posted
	for _, f := range o.filters(o.tree, scope, o.def) {
		f.Since = since
		if !o.sight.All {
			f.Only = append(slices.Clone(f.Only), seenBy(o.sight))
		}
		some, err := ledger.List(ctx, tx, f, 0, 0)
		if err != nil {
			return nil, err
		}
		later = append(later, some...)
	}
	return lines(ctx, tx, later, o.tree)
}
