package flow

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Able is what can be done with a record at its stage: nil for an action that the actor may take, else the refusal, which names
// the rule and who can. An action that is not possible at the stage is not there.
type Able map[Action]error

// May reports whether the actor may take the action now.
func (a Able) May(action Action) bool {
	err, possible := a[action]
	return possible && err == nil
}

// AbleTo says what the actor can do with the record now; what only undoing an import does is not there. It changes nothing.
func AbleTo(ctx context.Context, tx *db.Tx, h Head) (Able, error) {
	able := Able{}
	for _, s := range steps {
		if s.from != (stage{h.State, h.Revision}) || s.action == ActRestore || s.action == ActUndo {
			continue
		}
		s, err := h.step(s.action)
		if err != nil {
			continue // never submitted: deleted, not voided; and the other way round
		}
		err = h.permit(ctx, tx, s)
		switch errs.KindOf(err) {
		case "", errs.Forbidden, errs.Invalid:
			able[s.action] = err
		default:
			return nil, err
		}
	}
	return able, nil
}

// Units lists the units for whose records the actor has the right, in the order of the tree. Forbidden when there is none.
func Units(ctx context.Context, tree *org.Tree, right access.Right, kind string) ([]org.Unit, error) {
	r, err := reachOf(ctx, right, kind)
	if err != nil || r.all {
		return tree.Units(), err
	}
	under := map[string]bool{}
	for _, root := range r.units {
		for _, u := range tree.UnitSubtree(root) {
			under[u] = true
		}
	}
	var all []org.Unit
	for _, u := range tree.Units() {
		if under[u.ID] {
			all = append(all, u)
		}
	}
	return all, nil
}
