package register

import (
	"context"
	"slices"

	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/db"
)

// beside fills bodies in with what they need of other records.
func (b *Book[T, W]) beside(ctx context.Context, tx *db.Tx, bodies []T) error {
	if b.Beside == nil || len(bodies) == 0 {
		return nil
	}
	all := make([]*T, len(bodies))
	for i := range bodies {
		all[i] = &bodies[i]
	}
	return b.Beside(ctx, tx, all)
}

func (b *Book[T, W]) besideOne(ctx context.Context, tx *db.Tx, body *T) error {
	if b.Beside == nil {
		return nil
	}
	return b.Beside(ctx, tx, []*T{body})
}

// FactsOf are the facts of a body with what lies beside it: what it would post.
func (b *Book[T, W]) FactsOf(ctx context.Context, tx *db.Tx, body T) ([]ledger.Fact, error) {
	if err := b.besideOne(ctx, tx, &body); err != nil {
		return nil, err
	}
	return b.Facts(body), nil
}

func (b *Book[T, W]) then(ctx context.Context, tx *db.Tx, h flow.Head, why string) error {
	if b.Then == nil {
		return nil
	}
	return b.Then(ctx, tx, h, why)
}

// followOne is follow for a record that was just written: mostly its body says it already.
func (b *Book[T, W]) followOne(ctx context.Context, tx *db.Tx, h flow.Head, body T) error {
	if b.Now == nil {
		return nil
	}
	if now := b.Now(body); h.Follows(now) && slices.Equal(b.Head(body).Also, now.Also) {
		return nil
	}
	return b.follow(ctx, tx, []flow.Head{h}, []T{body})
}

// now is what the standing body of a record, filled in, puts into the record's head with what lies beside it.
func (b *Book[T, W]) now(ctx context.Context, tx *db.Tx, record string, body T) (flow.Head, error) {
	h := b.head(body)
	if b.Now != nil {
		h = b.Now(body)
	}
	if b.Sees == nil {
		return h, nil
	}
	more, err := b.Sees(ctx, tx, record)
	h.Also = append(slices.Clone(h.Also), more...)
	return h, err
}

// Reseat lets a record be seen by whom Sees gives now.
func (b *Book[T, W]) Reseat(ctx context.Context, tx *db.Tx, h flow.Head) error {
	body, err := b.standing(ctx, tx, h)
	if err != nil {
		return err
	}
	if err := b.besideOne(ctx, tx, &body); err != nil {
		return err
	}
	return b.follow(ctx, tx, []flow.Head{h}, []T{body})
}

// follow lets the heads of records be what their standing bodies, filled in, say with what lies beside them.
func (b *Book[T, W]) follow(ctx context.Context, tx *db.Tx, heads []flow.Head, bodies []T) error {
	if b.Now == nil && b.Sees == nil {
		return nil
	}
	words, err := b.Words(ctx, tx)
	if err != nil {
		return err
	}
	next := make([]flow.Head, len(heads))
	for i, h := range heads {
		now, err := b.now(ctx, tx, h.ID, bodies[i])
		if err != nil {
			return err
		}
		w, err := words(now.Day)
		if err != nil {
			return err
		}
		h.Title, h.Unit, h.Place, h.Day, h.Life, h.Also = now.Title, now.Unit, now.Place, now.Day, now.Life, now.Also
		h.Search = b.Search(bodies[i], w)
		next[i] = h
	}
	return flow.Follow(ctx, tx, next)
}

// Restand tells the ledger anew what records state whose bodies stay as they are, after something beside them has changed, and lets
// their heads follow. The standing version counts, also while a revision of it is open. reason is that of whoever changed what is beside
// them, without which nothing changes on a closed day (ledger.ErrClosed); origin says beside it what that was.
func (b *Book[T, W]) Restand(ctx context.Context, tx *db.Tx, heads []flow.Head, reason, origin string) error {
	bodies := make([]T, len(heads))
	for i, h := range heads {
		var err error
		if bodies[i], err = b.standing(ctx, tx, h); err != nil {
			return err
		}
	}
	if err := b.beside(ctx, tx, bodies); err != nil {
		return err
	}
	if err := b.follow(ctx, tx, heads, bodies); err != nil {
		return err
	}
	var statements []ledger.Statement
	for i, h := range heads {
		facts := b.Facts(bodies[i])
		if h.State != flow.Verified && h.State != flow.Voided {
			if err := ledger.Expect(ctx, tx, h.Ref(), string(h.State), facts...); err != nil {
				return err
			}
			continue
		}
		s, err := b.statement(ctx, tx, h, facts)
		if err != nil {
			return err
		}
		s.Reason, s.Origin = reason, origin
		statements = append(statements, s)
	}
	if len(statements) == 0 {
		return nil
	}
	return ledger.SetMany(ctx, tx, statements)
}
