package access

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Holder is an account that has a right.
type Holder struct {
	Account, Name string
}

// Holders lists the open accounts that have the right for the module in the unit or above it, by name. It answers «who can?».
func Holders(ctx context.Context, tx *db.Tx, right Right, module, unit string) ([]Holder, error) {
	today, err := org.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	type row struct {
		Holder
		role    Role
		modules string
	}
	rows, err := db.All(ctx, tx, func(s db.Scanner) (r row, err error) {
		err = s.Scan(&r.Account, &r.Name, &r.role, &r.modules)
		return r, err
	}, `SELECT a.id, a.name, g.role, g.modules FROM account a JOIN account_grant g ON g.association = a.association AND g.account = a.id
		WHERE a.association = ? AND NOT a.closed AND g.from_day <= ? AND g.to_day > ? AND (g.unit = '' OR g.unit IN (SELECT ancestor FROM unit_reach
			WHERE association = ? AND descendant = ? AND from_day <= ? AND to_day > ?))
		ORDER BY a.name, a.id`, org.Of(ctx), today, today, org.Of(ctx), unit, today, today)
	if err != nil {
		return nil, err
	}
	var able []Holder
	for _, r := range rows {
		g := Grant{Role: r.role, Modules: splitModules(r.modules)}
		if (Actor{Grants: []Grant{g}}).May(right, module) && !slices.Contains(able, r.Holder) {
			able = append(able, r.Holder)
		}
	}
	return able, nil
}

// splitModules reads the modules of a grant as they are kept: "training activity", "" for all.
func splitModules(s string) []string { return strings.Fields(s) }
