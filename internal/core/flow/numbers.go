package flow

import (
	"context"
	"slices"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Numbers are the numbers of records by their ids, for the auditor, who sees what was done with records but not what they say.
func Numbers(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	numbers := make(map[string]string, len(ids))
	if len(ids) == 0 {
		return numbers, nil
	}
	type pair struct{ id, number string }
	all, err := db.All(ctx, tx, func(s db.Scanner) (p pair, err error) {
		err = s.Scan(&p.id, &p.number)
		return p, err
	}, "SELECT id, number FROM record WHERE association = ? AND id IN (?)", org.Of(ctx), db.List(ids))
	for _, p := range all {
		numbers[p.id] = p.number
	}
	return numbers, err
}

// NumbersEver is Numbers, and of records that are gone the numbers that their history has.
func NumbersEver(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	numbers, err := Numbers(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	gone := slices.DeleteFunc(slices.Clone(ids), func(one string) bool { return numbers[one] != "" })
	if len(gone) == 0 {
		return numbers, nil
	}
	rows, err := db.All(ctx, tx, func(s db.Scanner) (p [2]string, err error) {
		err = s.Scan(&p[0], &p[1])
		return p, err
	}, "SELECT record, MAX(number) FROM history WHERE association = ? AND record IN (?) GROUP BY record", org.Of(ctx), db.List(gone))
	for _, p := range rows {
		numbers[p[0]] = p[1]
	}
	return numbers, err
}
