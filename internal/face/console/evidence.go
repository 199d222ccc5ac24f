package console

import (
	"shilu/internal/kit/web"
)

// evidenceRoutes are the pages of papers of records.
func (c *Console) evidenceRoutes() []web.Route { return nil }
