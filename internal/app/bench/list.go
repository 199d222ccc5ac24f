package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

func sorted(all []time.Duration) []time.Duration {
	slices.Sort(all)
	return all
}

// measureList is W2: the newest 30 classes of a township among 10,000, by the chair, who sees everything, and by the township's
// clerk, whose sight is a part of the query; beside the query alone.
func measureList(ctx context.Context, s *stage) error {
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	n := 10_000
	if s.Short {
		n = 1000
	}
	if err := c.imported(n); err != nil {
		return err
	}
	if err := settleStatistics(c); err != nil {
		return err
	}
	place, _ := c.tree.FindPlace(townshipName(5), "")
	q := training.Query{Filter: flow.Filter{Kinds: []string{training.Kind}, Place: place.ID}, Limit: 30}
	places := c.tree.PlaceSubtree(place.ID)
	raw := func(ctx context.Context, _, _ int) error {
		return c.DB.View(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query(ctx, "SELECT "+flow.Columns("r")+`, c.class_kind, c.subject, c.attendances FROM record r
				JOIN training_class c ON c.association = r.association AND c.id = r.id
				WHERE r.association = ? AND r.kind = ? AND r.place IN (?) ORDER BY r.day DESC, r.id DESC LIMIT 30`, org.Of(ctx), training.Kind, db.List(places))
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }()
			found := 0
			for rows.Next() {
				found++
			}
			if found != 30 {
				return fmt.Errorf("%d rows", found)
			}
			return rows.Err()
		})
	}
	theirs, rawSeconds, err := loop(c.ctx, s.long(), raw)
	if err != nil {
		return err
	}
	var first Row
	for _, who := range []string{"chair", "clerk"} {
		acting, err := c.as(who)
		if err != nil {
			return err
		}
		took, seconds, err := loop(acting, s.long(), func(ctx context.Context, _, _ int) error {
			items, err := c.Training.List(ctx, q)
			if err == nil && len(items) != 30 {
				err = fmt.Errorf("%d classes", len(items))
			}
			return err
		})
		if err != nil {
			return err
		}
		row := rates("W2", s.dialect(), took, theirs, seconds, rawSeconds)
		row.Says, row.Required = fmt.Sprintf("newest 30 of a township among %d, as %s", n, who), "≥ 1,000/s"
		if who == "chair" {
			first = row
		} else {
			row.Required = fmt.Sprintf("≥ 1,000/s, within 1.3 × of the chair (is %.2f)", *first.Rate / *row.Rate)
		}
		s.Report(row)
	}
	return nil
}

// settleStatistics does on PostgreSQL what autovacuum would have done long ago. SQLite is measured as it runs: without ANALYZE, so
// that a plan depends on the indexes alone.
func settleStatistics(c *county) error {
	if c.DB.Dialect != db.Postgres {
		return nil
	}
	if _, err := c.DB.SQL().ExecContext(c.ctx, "VACUUM ANALYZE"); err != nil {
		return fmt.Errorf("analyze: %w", err)
	}
	return nil
}
