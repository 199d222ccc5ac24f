package register

import (
	"context"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// ByDay reads today and the trees once, and gives by day what words makes of them: what most Books need as their Words. Vocabularies
// are read before it, by a Words that ends with it.
func ByDay[W any](ctx context.Context, tx *db.Tx, words func(tree *org.Tree, on, today day.Day) W) (func(on day.Day) (W, error), error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	trees, err := org.Trees(ctx, tx)
	if err != nil {
		return nil, err
	}
	return func(on day.Day) (w W, err error) {
		if on == "" {
			on = today
		}
		tree, err := trees(on)
		if err != nil {
			return w, err
		}
		return words(tree, on, today), nil
	}, nil
}
