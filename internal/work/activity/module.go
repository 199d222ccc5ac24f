package activity

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
var Migrations = db.Source{Name: "activity", FS: must(fs.Sub(migrations, "migrations"))}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Modules are what activities tell the application: the activities themselves, and the shares of joint ones, which are records of
// their own.
func (s *Service) Modules(d *desk.Desk) []desk.Module {
	_ = access.Read
	return []desk.Module{
		{
			Kind: Kind, Title: "科普活动", Migrations: Migrations, Restater: s.Restater(),
			Checks: []ledger.Check{{Name: Kind, Run: s.CheckRows}},
			Says:   s.Says, Subject: s.Subject, Subjects: s.Subjects,
		},
		{
			Kind: ShareKind, Title: "联合活动份额", Restater: s.Shares.Restater(),
			Checks: []ledger.Check{{Name: ShareKind, Run: s.Shares.CheckRows}},
			Says:   s.Shares.Says, Subject: s.Shares.Subject, Subjects: s.Shares.Subjects,
		},
	}
}
