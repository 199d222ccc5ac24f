package facility

import (
	"embed"
	"io/fs"

	"shilu/internal/core/desk"
	"shilu/internal/kit/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.Source{Name: "facility", FS: must(fs.Sub(migrations, "migrations"))}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
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
	logs.Nav = nil // the list of facilities leads there
	return []desk.Module{facilities, logs}
}
