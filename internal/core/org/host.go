package org

import (
	"context"

	"shilu/internal/kit/db"
)

// HasHosts reports whether any association has a host name of its own.
func HasHosts(ctx context.Context, tx *db.Tx) (bool, error) {
	n, err := db.One(ctx, tx, db.Value[int], "SELECT COUNT(*) FROM host")
	return n > 0, err
}
