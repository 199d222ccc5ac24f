package console

import (
	"shilu/internal/core/desk"
	"shilu/internal/kit/web"
)

// reportRoutes are the pages of reports.
func (c *Console) reportRoutes() []web.Route { return nil }

func (c *Console) reportNav() []desk.Entry { return nil }
