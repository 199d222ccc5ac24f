package console

import (
	"shilu/internal/core/desk"
	"shilu/internal/kit/web"
)

// figureRoutes are the pages of figures and their traces.
func (c *Console) figureRoutes() []web.Route { return nil }

func (c *Console) figureNav() []desk.Entry { return nil }
