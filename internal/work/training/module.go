package training

import (
	"context"
	"embed"
	"io/fs"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
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
		Checks: []ledger.Check{{Name: Kind, Run: CheckRows}},
		Says:   says, Subject: s.Subject, Subjects: subjects, TermUses: termUses,
		Nav: []desk.Entry{{Group: "业务记录", Label: "培训班", Path: "/" + Kind, Right: string(access.Read), Module: Kind,
			Count: func(t desk.Todo) int64 { return t.Verify[Kind] + t.Returned[Kind] }}},
		Routes: (&pages{Service: s, Desk: d}).routes(),
	}
}

// Subject says by what the proof of a class is settled.
func (s *Service) Subject(ctx context.Context, tx *db.Tx, ref id.Ref) (evidence.Subject, error) {
	h, err := flow.Get(ctx, tx, ref)
	if err != nil {
		return evidence.Subject{}, err
	}
	var c Class
	if err := flow.Body(ctx, tx, ref, h.Standing(), &c); err != nil {
		return evidence.Subject{}, err
	}
	return c.subject(h.ID), nil
}
