package register

import (
	"context"

	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Restater lets verification ask what the ledger should say of every record of the book.
func (b *Book[T, W]) Restater() ledger.Restater {
	return ledger.Restater{Kind: b.Kind, Version: b.FactsVersion, Each: b.restate, Some: b.restateSome, Expected: b.expected}
}

// stood is a record with its standing version.
type stood struct {
	flow.Head
	hash string // of the version's row
	body string
}

// standingBodies reads the records after an id with the bodies of their standing versions. and narrows them.
func (b *Book[T, W]) standingBodies(ctx context.Context, tx *db.Tx, after string, limit int, and string, args ...any) ([]stood, error) {
	return db.All(ctx, tx, func(s db.Scanner) (one stood, err error) {
		err = s.Scan(append(one.Fields(), &one.hash, &one.body)...)
		return one, err
	}, "SELECT "+flow.Columns("r")+`, v.hash, v.body FROM record r JOIN record_version v ON v.association = r.association AND v.record = r.id
		AND v.version = `+flow.StandingVersion+`
		WHERE r.association = ? AND r.kind = ? AND r.id > ? AND `+and+" ORDER BY r.id"+db.Limit(limit, 0), append([]any{org.Of(ctx), b.Kind, after}, args...)...)
}

// restate gives what the ledger should say of every record that is verified or voided.
func (b *Book[T, W]) restate(ctx context.Context, tx *db.Tx, after string, limit int) ([]ledger.Statement, error) {
	all, err := b.standingBodies(ctx, tx, after, limit, "r.state IN ('verified', 'voided')")
	if err != nil {
		return nil, err
	}
	return b.statements(ctx, tx, all)
}

// restateSome gives what the ledger should be told of those of the records that are verified or voided.
func (b *Book[T, W]) restateSome(ctx context.Context, tx *db.Tx, records []string) ([]ledger.Statement, error) {
	all, err := b.standingBodies(ctx, tx, "", len(records), "r.state IN ('verified', 'voided') AND r.id IN (?)", db.List(records))
	if err != nil {
		return nil, err
	}
	statements, err := b.statements(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	papers, err := evidence.HashesOf(ctx, tx, records)
	for i, one := range all {
		statements[i].Papers, statements[i].Batch = papers[one.ID], one.Batch
	}
	return statements, err
}

// statements are what the ledger should say of the records; voided ones state nothing.
func (b *Book[T, W]) statements(ctx context.Context, tx *db.Tx, all []stood) ([]ledger.Statement, error) {
	bodies, unread, err := b.bodies(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	statements := make([]ledger.Statement, len(all))
	for i, one := range all {
		statements[i] = ledger.Statement{Ref: one.Ref(), Version: one.Standing(), FactsVersion: b.FactsVersion, RecordHash: one.hash}
		if one.State == flow.Verified {
			if statements[i].Unread = unread[i]; unread[i] == nil {
				statements[i].Facts = b.Facts(bodies[i])
			}
		}
	}
	return statements, nil
}

// expected gives what the other records would post.
func (b *Book[T, W]) expected(ctx context.Context, tx *db.Tx, after string, limit int) ([]ledger.Expectation, error) {
	all, err := b.standingBodies(ctx, tx, after, limit, "r.state NOT IN ('verified', 'voided')")
	if err != nil {
		return nil, err
	}
	bodies, unread, err := b.bodies(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	expected := make([]ledger.Expectation, len(all))
	for i, one := range all {
		expected[i] = ledger.Expectation{Ref: one.Ref(), State: string(one.State), Version: one.Standing(), Unread: unread[i]}
		if unread[i] == nil {
			expected[i].Facts = b.Facts(bodies[i])
		}
	}
	return expected, nil
}

// bodies reads what records say, with what lies beside them, and why one cannot be read.
func (b *Book[T, W]) bodies(ctx context.Context, tx *db.Tx, all []stood) (bodies []T, unread []error, err error) {
	bodies, unread = make([]T, len(all)), make([]error, len(all))
	for i, one := range all {
		bodies[i], unread[i] = Decode[T](one.body)
	}
	return bodies, unread, b.beside(ctx, tx, bodies)
}

// Says is what a version's body puts into the head of its record, for the check of flow.
func (b *Book[T, W]) Says(ctx context.Context, tx *db.Tx, record, text string, stands bool) (flow.Head, error) {
	body, err := Decode[T](text)
	if err != nil || !stands {
		return b.head(body), err
	}
	if err := b.besideOne(ctx, tx, &body); err != nil {
		return flow.Head{}, err
	}
	return b.now(ctx, tx, record, body)
}

// Subject says by what the proof of a record is settled.
func (b *Book[T, W]) Subject(ctx context.Context, tx *db.Tx, ref id.Ref) (evidence.Subject, error) {
	h, err := flow.Get(ctx, tx, ref)
	if err != nil {
		return evidence.Subject{}, err
	}
	body, err := b.standing(ctx, tx, h)
	if err != nil {
		return evidence.Subject{}, err
	}
	return b.SubjectOf(h.ID, body), nil
}

// Subjects lists the records that count on the day or later, by id after the given one, for rules of papers that have changed.
func (b *Book[T, W]) Subjects(ctx context.Context, tx *db.Tx, from day.Day, after string, limit int) ([]evidence.Subject, error) {
	all, err := b.standingBodies(ctx, tx, after, limit, "r.day >= ?", from)
	if err != nil {
		return nil, err
	}
	subjects := make([]evidence.Subject, len(all))
	for i, one := range all {
		body, err := Decode[T](one.body)
		if err != nil {
			return nil, err
		}
		subjects[i] = b.SubjectOf(one.ID, body)
	}
	return subjects, nil
}
