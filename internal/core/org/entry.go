package org

import (
	"context"

	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Entry is a change of a tree as the log keeps it (design.md, 4.6).
type Entry struct {
	Tree   string  `json:"tree"`
	Child  string  `json:"child"`
	Name   string  `json:"name,omitempty"`
	Parent string  `json:"parent,omitempty"`
	From   day.Day `json:"from"`
}

func record(ctx context.Context, tx *db.Tx, t tree, child, name, parent string, from day.Day) error {
	return nil
}
