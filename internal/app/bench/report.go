package bench

import (
	"context"
	"fmt"
	"time"

	"shilu/internal/core/indicator"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// measureReport is W6: the year's report as a Word file, computed live over the same facts as W4.
func measureReport(ctx context.Context, s *stage) error {
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	if err := c.filled(s.facts()); err != nil {
		return err
	}
	ctx, err = c.as("officer")
	if err != nil {
		return err
	}
	outline, err := c.Reports.Shipped("annual")
	if err != nil {
		return err
	}
	var times []time.Duration
	figures := 0
	for range 7 {
		at := time.Now()
		if err := c.DB.View(ctx, func(tx *db.Tx) error {
			d, err := c.Reports.Compute(ctx, tx, outline, indicator.Scope{Period: day.Year(2025)})
			if err != nil {
				return err
			}
			figures = len(d.Figures)
			_, err = d.Word(ctx)
			return err
		}); err != nil {
			return err
		}
		times = append(times, time.Since(at))
	}
	times = sorted(times)
	s.Report(Row{Work: "W6", DB: s.dialect(), P50: quantile(times, 0.5), P99: quantile(times, 0.99), Seconds: number(times[len(times)/2].Seconds()), RSS: rss(),
		Says: fmt.Sprintf("the year's docx, %d figures, over %d facts", figures, s.facts()), Required: "< 0.7 s"})
	return nil
}
