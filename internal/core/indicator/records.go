package indicator

import (
	"context"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Records is the subquery of the records that a figure counts: those whose facts it has, not all of them taken back. NotFound
// for an unknown code.
func (c *Catalogue) Records(ctx context.Context, tx *db.Tx, scope Scope, code string) (ledger.Condition, error) {
	c, err := c.inForce(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return ledger.Condition{}, err
	}
	defs, err := c.defsOf([]string{code})
	if err != nil {
		return ledger.Condition{}, err
	}
	if !c.computable(defs[0]) {
		return ledger.Condition{SQL: "SELECT f.record FROM fact f WHERE FALSE"}, nil
	}
	tree, err := org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return ledger.Condition{}, err
	}
	used, err := c.counting(ctx, tx, tree, scope, defs[0])
	if err != nil {
		return ledger.Condition{}, err
	}
	return records(ctx, tx, used)
}

// records is the subquery of the records that any of the filters counts.
func records(ctx context.Context, tx *db.Tx, filters []ledger.Filter) (all ledger.Condition, err error) {
	if len(filters) == 0 { // places
		return ledger.Condition{SQL: "SELECT f.record FROM fact f WHERE FALSE"}, nil
	}
	var parts []string
	for _, f := range filters {
		one, err := ledger.Counted(ctx, tx, f)
		if err != nil {
			return all, err
		}
		parts, all.Args = append(parts, one.SQL), append(all.Args, one.Args...)
	}
	all.SQL = strings.Join(parts, " UNION ")
	return all, nil
}

// FedBy lists the indicators in force on a day to which any of the facts gives something to count.
func (c *Catalogue) FedBy(ctx context.Context, tx *db.Tx, on day.Day, facts []ledger.Fact) (codes []string, err error) {
	if c, err = c.inForce(ctx, tx, on, 0); err != nil {
		return nil, err
	}
	for _, d := range c.defs {
		for _, f := range facts {
			if c.feeds(d, f) {
				codes = append(codes, d.Code)
				break
			}
		}
	}
	return codes, nil
}
