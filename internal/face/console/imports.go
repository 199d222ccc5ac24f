package console

import (
	"shilu/internal/kit/web"
)

// importRoutes are the pages of imports of workbooks.
func (c *Console) importRoutes() []web.Route { return nil }
