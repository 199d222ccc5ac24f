package org

import (
	"context"

	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Boundaries are the days on which either tree changed, the earliest first: between two of them Load gives the same tree.
func Boundaries(ctx context.Context, tx *db.Tx) ([]day.Day, error) {
	a := Of(ctx)
	return db.All(ctx, tx, db.Value[day.Day], `SELECT from_day FROM place_link WHERE association = ? UNION SELECT to_day FROM place_link WHERE association = ?
		UNION SELECT from_day FROM unit_link WHERE association = ? UNION SELECT to_day FROM unit_link WHERE association = ?
		UNION SELECT from_day FROM place_name WHERE association = ? UNION SELECT to_day FROM place_name WHERE association = ?
		UNION SELECT from_day FROM unit_name WHERE association = ? UNION SELECT to_day FROM unit_name WHERE association = ? ORDER BY 1`,
		a, a, a, a, a, a, a, a)
}
