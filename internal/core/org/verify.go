package org

import (
	"context"
	"fmt"

	"shilu/internal/kit/db"
)

// Verify recomputes the reach of both trees from their links and names every row that differs.
func Verify(ctx context.Context, tx *db.Tx, report func(text string)) error {
	for _, t := range []tree{units, places} {
		want, err := closure(ctx, tx, t)
		if err != nil {
			return err
		}
		expected := map[link]bool{}
		for _, l := range want {
			expected[l] = true
		}
		have, err := db.All(ctx, tx, func(s db.Scanner) (l link, err error) {
			err = s.Scan(&l.parent, &l.child, &l.from, &l.to)
			return l, err
		}, fmt.Sprintf("SELECT ancestor, descendant, from_day, to_day FROM %s_reach WHERE association = ?", t), Of(ctx))
		if err != nil {
			return err
		}
		for _, l := range have {
			if !expected[l] {
				report(fmt.Sprintf("%s_reach: row %s → %s from %s to %s does not follow from the links", t, l.parent, l.child, l.from, l.to))
			}
			delete(expected, l)
		}
		for l := range expected {
			report(fmt.Sprintf("%s_reach: row %s → %s from %s to %s is missing", t, l.parent, l.child, l.from, l.to))
		}
	}
	return nil
}
