package register

import (
	"context"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// notYet refuses a body that counts in a place before the place is there: it would stand above the line of a coverage and not below it.
func (b *Book[T, W]) notYet(tree *org.Tree, body T) error {
	if !tree.Dated() {
		return nil
	}
	var wrong errs.Fields
	said := map[string]bool{}
	for _, f := range b.Facts(body) {
		if p := tree.Place(f.Place); f.Day < p.Opened && !said[p.ID] {
			said[p.ID] = true
			wrong.Add("place", "「%s」从%s起才有，不能有%s的事；请核对日期和地点，或者先改它从哪天起有", p.Name, p.Opened.Long(), f.Day.Long())
		}
	}
	return wrong.Err()
}

// treeToday is the trees of today, with since when each place is there.
func treeToday(ctx context.Context, tx *db.Tx) (*org.Tree, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	return org.Load(ctx, tx, today)
}
