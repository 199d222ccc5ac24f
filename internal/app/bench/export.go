package bench

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// measureExport is W3: the list of 3,000 classes as a csv and as a workbook, from the request to its last byte.
func measureExport(ctx context.Context, s *stage) error {
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	n := 3000
	if s.Short {
		n = 300
	}
	if err := c.imported(n); err != nil {
		return err
	}
	if err := settleStatistics(c); err != nil {
		return err
	}
	h, err := serve(ctx, s, c)
	if err != nil {
		return err
	}
	if err := h.signIn(ctx, "officer", c.once["officer"]); err != nil {
		return err
	}
	for _, format := range []struct{ name, required string }{{"csv", "< 0.2 s"}, {"xlsx", "< 0.6 s"}} {
		var took []time.Duration
		for range 7 {
			at := time.Now()
			body, _, err := h.do(ctx, http.MethodGet, "/training/export?period=2025&format="+format.name, nil, http.StatusOK)
			if err != nil {
				return err
			}
			if len(body) < 20*n {
				return fmt.Errorf("%s: only %d bytes", format.name, len(body))
			}
			took = append(took, time.Since(at))
		}
		took = sorted(took)
		s.Report(Row{Work: "W3", DB: s.dialect(), P50: quantile(took, 0.5), P99: quantile(took, 0.99), Seconds: number(took[len(took)/2].Seconds()), RSS: rss(),
			Says: fmt.Sprintf("%d classes as %s", n, format.name), Required: format.required})
	}
	return nil
}
