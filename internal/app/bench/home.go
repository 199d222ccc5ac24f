package bench

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// measureHome is the first page after sign-in, whole and through the router, as the chair sees the county and a clerk her township,
// over the facts of W4 and 10,000 classes of which some wait. Nothing is kept between two requests: there is no cache.
func measureHome(ctx context.Context, s *stage) error {
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	classes, waiting := 10_000, 60
	if s.Short {
		classes, waiting = 500, 3
	}
	if err := c.imported(classes); err != nil {
		return err
	}
	officer, err := serve(ctx, s, c)
	if err != nil {
		return err
	}
	if err := officer.signIn(ctx, "officer", c.once["officer"]); err != nil {
		return err
	}
	for turn := range waiting {
		if _, err := officer.enter(ctx, c, 0, turn); err != nil {
			return err
		}
	}
	if err := c.filled(s.facts()); err != nil {
		return err
	}
	for _, who := range []string{"chair", "clerk"} {
		h, err := serve(ctx, s, c)
		if err != nil {
			return err
		}
		if err := h.signIn(ctx, who, c.once[who]); err != nil {
			return err
		}
		var took []time.Duration
		begin := time.Now()
		for range 21 {
			at := time.Now()
			if _, _, err := h.do(ctx, http.MethodGet, "/", nil, http.StatusOK); err != nil {
				return err
			}
			took = append(took, time.Since(at))
		}
		seconds := time.Since(begin).Seconds()
		s.Report(Row{Work: "home", DB: s.dialect(), Rate: number(float64(len(took)) / seconds), P50: quantile(sorted(took), 0.5), P99: quantile(sorted(took), 0.99), Seconds: number(seconds), RSS: rss(),
			Says: fmt.Sprintf("home over %d facts and %d classes, as %s", s.facts(), classes, who), Required: "p50 < 150 ms"})
	}
	return nil
}
