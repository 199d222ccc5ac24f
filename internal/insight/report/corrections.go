package report

import (
	"context"
	"fmt"
	"net/url"

	"shilu/internal/core/indicator"
	"shilu/internal/kit/db"
)

// Correction is a figure of a frozen report that is another one now: what was printed, what it is, and which facts came later.
type Correction struct {
	Place  int    // of the figure in the document, from 1
	Figure Figure // as it was frozen
	Now    Figure
	Again  bool // the same question stands further up: its facts are listed there
	// Lines are the facts that came after the checkpoint, of records that the actor may see. None of them, when nothing was posted
	// but what the figure is counted by has changed: a merger, a tree, a definition.
	Lines []indicator.Line
}

// Corrections lists what came after freezing in the order of the text; nothing for a draft.
func (s *Service) Corrections(ctx context.Context, tx *db.Tx, r Stored) ([]Correction, error) {
	if r.State != Frozen {
		return nil, nil
	}
	_, kept, err := document(ctx, tx, r.ID)
	if err != nil {
		return nil, err
	}
	now, err := s.live(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	var all []Correction
	seen := map[string]bool{}
	for _, c := range differing(kept, now) {
		key := c.Figure.Key()
		c.Again, seen[key] = seen[key], true
		if c.Figure.Query != "" && !c.Again {
			query, err := url.ParseQuery(timeless(c.Figure.Query))
			if err != nil {
				return nil, fmt.Errorf("read the query of %s: %w", c.Figure.Code, err)
			}
			scope, _, err := indicator.ParseScope(ctx, tx, query)
			if err != nil {
				return nil, err
			}
			if c.Lines, err = s.Indicators.Later(ctx, tx, scope, c.Figure.Code, r.Final.Checkpoint); err != nil {
				return nil, err
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// differing pairs the figures of a document with those of a later computation and keeps the pairs that differ. A figure that the
// later one does not have (a township that is merged since) has a Now that is not available.
func differing(kept, now Document) (all []Correction) {
	used := make([]bool, len(now.Figures))
	for i, f := range kept.Figures {
		found := -1
		for off := range now.Figures { // usually at the same place
			j := (i + off) % len(now.Figures)
			if !used[j] && f.Same(now.Figures[j]) {
				found = j
				break
			}
		}
		if found < 0 {
			all = append(all, Correction{Place: i + 1, Figure: f, Now: Figure{Code: f.Code, Name: f.Name, Row: f.Row}})
			continue
		}
		used[found] = true
		if g := now.Figures[found]; !f.equal(g) {
			all = append(all, Correction{Place: i + 1, Figure: f, Now: g})
		}
	}
	return all
}

// equal reports whether two figures say the same. What an earlier release froze as 0 and this one calls not applicable is the same: nothing
// was counted then either.
func (f Figure) equal(g Figure) bool {
	return f.Exact == g.Exact && f.Text == g.Text || f.Exact == "0" && g.NotApplicable
}
