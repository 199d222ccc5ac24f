package api

import "shilu/internal/kit/web"

func (a *API) documentRoutes() []web.Route { return nil }
