package console

import (
	"shilu/internal/core/desk"
	"shilu/internal/kit/web"
)

// ledgerRoutes are the pages of the ledger and its checkpoints.
func (c *Console) ledgerRoutes() []web.Route { return nil }

func (c *Console) ledgerNav() []desk.Entry { return nil }
