package training

import (
	"context"
	"fmt"

	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Restater lets verification ask what the ledger should say of every class.
func (s *Service) Restater() ledger.Restater {
	return ledger.Restater{Kind: Kind, Each: s.restate, Expected: s.expected}
}

// stood is a record with the body of its standing version.
type stood struct {
	flow.Head
	hash string // of the version's row
	body string
}

// standingBodies reads the classes after an id with the bodies of their standing versions. and narrows them.
func standingBodies(ctx context.Context, tx *db.Tx, and, after string, limit int) ([]stood, error) {
	return db.All(ctx, tx, func(s db.Scanner) (b stood, err error) {
		err = s.Scan(append(b.Fields(), &b.hash, &b.body)...)
		return b, err
	}, "SELECT "+flow.Columns("r")+`, v.hash, v.body FROM record r JOIN record_version v ON v.association = r.association AND v.record = r.id
		AND v.version = `+flow.StandingVersion+`
		WHERE r.association = ? AND r.kind = '`+Kind+"' AND r.id > ? AND "+and+" ORDER BY r.id LIMIT ?", org.Of(ctx), after, limit)
}

// restate gives what the ledger should say of every class that is verified or voided.
func (s *Service) restate(ctx context.Context, tx *db.Tx, after string, limit int) ([]ledger.Statement, error) {
	all, err := standingBodies(ctx, tx, "r.state IN ('verified', 'voided')", after, limit)
	if err != nil {
		return nil, err
	}
	statements := make([]ledger.Statement, len(all))
	for i, b := range all {
		statements[i] = ledger.Statement{Ref: b.Ref(), Version: b.Standing(), FactsVersion: FactsVersion, RecordHash: b.hash}
		if b.State == flow.Verified {
			c, err := decode(b.body)
			if statements[i].Unread = err; err == nil {
				statements[i].Facts = s.Facts(c)
			}
		}
	}
	return statements, nil
}

// expected gives what the other classes would post.
func (s *Service) expected(ctx context.Context, tx *db.Tx, after string, limit int) ([]ledger.Expectation, error) {
	all, err := standingBodies(ctx, tx, "r.state NOT IN ('verified', 'voided')", after, limit)
	if err != nil {
		return nil, err
	}
	expected := make([]ledger.Expectation, len(all))
	for i, b := range all {
		c, err := decode(b.body)
		expected[i] = ledger.Expectation{Ref: b.Ref(), State: string(b.State), Version: b.Standing(), Unread: err}
		if err == nil {
			expected[i].Facts = s.Facts(c)
		}
	}
	return expected, nil
}

// says is what a class puts into the head of its record.
func says(body string) (flow.Head, error) {
	c, err := decode(body)
	return c.head(), err
}

// CheckRows compares every row of training_class with the version that its record stands for, and reports each that differs.
func CheckRows(ctx context.Context, tx *db.Tx, report log.Report) error {
	const page = 500
	type pair struct {
		stood
		have    string
		version *int64
	}
	wrong := func(h flow.Head, text string, args ...any) {
		report(log.Difference{Table: "training_class", Row: h.ID, Ref: h.Ref(), Text: text, Args: args})
	}
	for after := ""; ; {
		pairs, err := db.All(ctx, tx, func(s db.Scanner) (p pair, err error) {
			have := make([]any, 15)
			into := append(p.Fields(), &p.hash, &p.body)
			for i := range have {
				into = append(into, &have[i])
			}
			err = s.Scan(append(into, &p.version)...)
			p.have = values(have)
			return p, err
		}, "SELECT "+flow.Columns("r")+`, v.hash, v.body, c.class_kind, c.subject, c.start_day, c.end_day, c.venue, c.method, c.teachers, c.minutes, c.sessions,
			c.enrolled, c.enrolled_exactness, c.attendances, c.attendances_exactness, c.examined, c.passed, c.version
			FROM record r JOIN record_version v ON v.association = r.association AND v.record = r.id
				AND v.version = `+flow.StandingVersion+`
			LEFT JOIN training_class c ON c.association = r.association AND c.id = r.id
			WHERE r.association = ? AND r.kind = '`+Kind+`' AND r.id > ? ORDER BY r.id LIMIT ?`, org.Of(ctx), after, page)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			c, err := decode(p.body)
			if err != nil {
				report(log.Difference{Table: "record_version", Row: fmt.Sprintf("%s %d", p.ID, p.Standing()), Ref: p.Ref(),
					Text: "第 %d 版读不出来：%s", Args: []any{p.Standing(), err.Error()}})
				continue
			}
			row := c.row(ctx, p.ID, p.Standing())
			want := values(row[2 : len(row)-1])
			switch {
			case p.version == nil:
				wrong(p.Head, "没有这一行")
			case int(*p.version) != p.Standing() || want != p.have:
				wrong(p.Head, "是 %s（第 %d 版），记录第 %d 版写的是 %s", p.have, *p.version, p.Standing(), want)
			}
		}
		if len(pairs) < page {
			break
		}
		after = pairs[len(pairs)-1].ID
	}
	strays, err := db.All(ctx, tx, db.Value[string], `SELECT c.id FROM training_class c WHERE c.association = ? AND NOT EXISTS
		(SELECT 1 FROM record r WHERE r.association = c.association AND r.id = c.id AND r.kind = '`+Kind+`') ORDER BY c.id`, org.Of(ctx))
	for _, row := range strays {
		report(log.Difference{Table: "training_class", Row: row, Text: "没有这个班的业务记录"})
	}
	return err
}
