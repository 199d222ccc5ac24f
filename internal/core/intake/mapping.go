package intake

import (
	"context"
	"encoding/json"
	"fmt"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// remembered reads what was chosen for sheets of the target, by shape.
func remembered(ctx context.Context, tx *db.Tx, target string) (map[string]Choice, error) {
	type pair struct{ shape, choice string }
	all, err := db.All(ctx, tx, func(s db.Scanner) (p pair, err error) {
		err = s.Scan(&p.shape, &p.choice)
		return p, err
	}, "SELECT shape, choice FROM intake_mapping WHERE association = ? AND target = ?", org.Of(ctx), target)
	if err != nil {
		return nil, err
	}
	memory := make(map[string]Choice, len(all))
	for _, p := range all {
		var c Choice
		if err := json.Unmarshal([]byte(p.choice), &c); err != nil {
			return nil, fmt.Errorf("read the mapping of shape %s: %w", p.shape, err)
		}
		memory[p.shape] = c
	}
	return memory, nil
}

// remember keeps what a person chose for the sheets: columns and kind, not the year, which is another in the next file; that a
// heading was named at all lets it be known again. Of a
// shape that two sheets of the file share, with different kinds, the kind is not kept.
func remember(ctx context.Context, tx *db.Tx, target string, sheets []*Sheet, chosen map[string]Choice) error {
	kinds := map[string]map[string]bool{}
	for _, s := range sheets {
		if kinds[s.Shape] == nil {
			kinds[s.Shape] = map[string]bool{}
		}
		kinds[s.Shape][s.Kind] = true
	}
	for _, s := range sheets {
		c, ok := chosen[s.Name]
		if !ok || s.Shape == "" || c.Skip || c.Fields == nil && c.Kind == "" && c.First == 0 {
			continue
		}
		if len(kinds[s.Shape]) > 1 {
			c.Kind = ""
		}
		if _, err := tx.Insert(ctx, "INSERT INTO intake_mapping (association, target, shape, choice, updated)",
			"ON CONFLICT (association, target, shape) DO UPDATE SET choice = excluded.choice, updated = excluded.updated",
			[]any{org.Of(ctx), target, s.Shape, encode(Choice{Fields: c.Fields, Kind: c.Kind}), tx.Millis()}); err != nil {
			return err
		}
	}
	return nil
}
