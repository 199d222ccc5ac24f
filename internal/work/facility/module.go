package facility

import (
	"embed"

	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.MustSource("facility", migrations)

// logsNamed calls logs by their facility, kind and day: 县城画廊：换版，9月3日.
func (s *Service) logsNamed(tx *db.Tx, v *desk.Visit, heads []flow.Head) (map[string]string, error) {
	var ids db.List
	for _, h := range heads {
		ids = append(ids, h.ID)
	}
	kinds := map[string]string{}
	type row struct{ id, kind string }
	rows, err := db.All(v.Ctx, tx, func(s db.Scanner) (r row, err error) {
		err = s.Scan(&r.id, &r.kind)
		return r, err
	}, "SELECT id, log_kind FROM facility_log WHERE association = ? AND id IN (?)", org.Of(v.Ctx), ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		kinds[r.id] = r.kind
	}
	all := map[string]string{}
	for _, h := range heads {
		if rule, known := s.Catalogue.On(h.Day).Log(kinds[h.ID]); known {
			all[h.ID] = v.T("%s：%s，%s", h.Title, v.T(rule.Name), v.T(h.Day.Short(v.Today)))
		}
	}
	return all, nil
}

// Modules are what facilities and their logs tell the application: two kinds of record, one module of rights.
func (s *Service) Modules(d *desk.Desk) []desk.Module {
	c := s.console(d)
	facilities, logs := c.facilities.Module(Migrations), c.logs.Module(db.Source{})
	facilities.Routes, logs.Routes = c.routes(), c.logRoutes()
	facilities.Nav[0].Count = func(t desk.Todo) int64 {
		return t.Verify[Kind] + t.Returned[Kind] + t.Verify[LogKind] + t.Returned[LogKind]
	}
	facilities.Late = c.late
	logs.Named = s.logsNamed
	logs.Nav = nil // the list of facilities leads there
	return []desk.Module{facilities, logs}
}
