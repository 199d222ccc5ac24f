package training

import (
	"embed"
	"io/fs"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.Source{Name: "training", FS: must(fs.Sub(migrations, "migrations"))}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Module is what training tells the application.
func (s *Service) Module(d *desk.Desk) desk.Module {
	return desk.Module{
		Kind: Kind, Title: "培训班", Migrations: Migrations, Restater: s.Restater(), Intake: Intake{s},
		Checks: []ledger.Check{{Name: Kind, Run: s.CheckRows}},
		Says:   s.Says, Subject: s.Subject, Subjects: s.Subjects, TermUses: termUses,
		Nav: []desk.Entry{{Group: "业务记录", Label: "培训班", Path: "/" + Kind, Right: string(access.Read), Module: Kind,
			Count: func(t desk.Todo) int64 { return t.Verify[Kind] + t.Returned[Kind] }}},
		Routes: (&pages{Service: s, Desk: d}).routes(),
	}
}
