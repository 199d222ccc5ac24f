package console

import (
	"shilu/internal/core/desk"
	"shilu/internal/kit/web"
)

// settingRoutes are the pages of accounts, units, places and settings.
func (c *Console) settingRoutes() []web.Route { return nil }

func (c *Console) settingNav() []desk.Entry { return nil }
