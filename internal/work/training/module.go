package training

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"shilu/internal/core/access"
	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
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
		Checks: []ledger.Check{{Name: Kind, Run: func(ctx context.Context, tx *db.Tx, report log.Report) error {
			return CheckRows(ctx, tx, func(row, text string) {
				report(log.Difference{Table: "training_class", Row: row, Text: "%s", Args: []any{text}})
			})
		}}},
		Subject: s.Subject, Subjects: subjects, TermUses: termUses,
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
	if err := flow.Body(ctx, tx, ref, standing(h), &c); err != nil {
		return evidence.Subject{}, err
	}
	return c.subject(h.ID), nil
}

// Restater lets verification ask what the ledger should say of every class.
func (s *Service) Restater() ledger.Restater {
	return ledger.Restater{Kind: Kind, Each: s.restate}
}

// CheckRows compares every standing row with the version that it stands for, and names each that differs.
func CheckRows(ctx context.Context, tx *db.Tx, report func(row, text string)) error {
	const page = 500
	for after := ""; ; {
		type pair struct {
			id, number string
			have       string
			version    int
			body       string
		}
		pairs, err := db.All(ctx, tx, func(s db.Scanner) (p pair, err error) {
			have := make([]any, 16)
			into := []any{&p.id, &p.number, &p.body}
			for i := range have {
				into = append(into, &have[i])
			}
			if err = s.Scan(into...); err != nil {
				return p, err
			}
			p.have = values(have)
			p.version = int(have[15].(int64))
			return p, nil
		}, `SELECT r.id, r.number, v.body, c.class_kind, c.subject, c.start_day, c.end_day, c.venue, c.method, c.teachers, c.minutes, c.sessions,
			c.enrolled, c.enrolled_exactness, c.attendances, c.attendances_exactness, c.examined, c.passed, c.version
			FROM record r JOIN training_class c ON c.association = r.association AND c.id = r.id
			JOIN record_version v ON v.association = r.association AND v.record = r.id AND v.version = c.version
			WHERE r.association = ? AND r.kind = '`+Kind+`' AND r.id > ? ORDER BY r.id LIMIT ?`, org.Of(ctx), after, page)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			c, err := decode(p.body)
			if err != nil {
				return fmt.Errorf("read %s: %w", p.number, err)
			}
			if want := values(c.row(ctx, p.id, p.version)[2:]); want != p.have {
				report("training_class "+p.id, fmt.Sprintf("%s: the row says %s, its version %d says %s", p.number, p.have, p.version, want))
			}
		}
		if len(pairs) < page {
			return nil
		}
		after = pairs[len(pairs)-1].id
	}
}
