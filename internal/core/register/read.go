package register

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Get reads a record by its number. NotFound also when the actor may not see it.
func (b *Book[T, W]) Get(ctx context.Context, number string) (r Record[T, W], err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		r, err = b.GetIn(ctx, tx, number)
		return err
	})
	return r, err
}

// GetIn is Get in the caller's transaction.
func (b *Book[T, W]) GetIn(ctx context.Context, tx *db.Tx, number string) (r Record[T, W], err error) {
	if r.Head, err = flow.ByNumber(ctx, tx, b.Kind, number); err != nil {
		return r, err
	}
	shown := r.Version
	if r.Revision == flow.None {
		shown = r.Head.Standing() // a later version was given up
	} else {
		r.Standing = new(T)
		if err = flow.Body(ctx, tx, r.Ref(), r.Verified, r.Standing); err != nil {
			return r, err
		}
	}
	if err = flow.Body(ctx, tx, r.Ref(), shown, &r.Body); err != nil {
		return r, err
	}
	if r.Words, err = b.words(ctx, tx, r.Body); err != nil {
		return r, err
	}
	r.Warnings = b.warnings(r.Body, r.Words)
	if r.Standing != nil {
		if r.Warnings, err = b.doubts(ctx, tx, r.Warnings, r.ID, r.Body); err != nil {
			return r, err
		}
	}
	r.Similar, err = b.similar(ctx, tx, r.Body, r.ID)
	return r, err
}

// Checked is what can be said of a body before it is saved: what may be wrong without blocking, and which may be the same.
type Checked[W any] struct {
	Words    W
	Warnings []errs.Field
	Similar  []flow.Head
}

// Check says of a body what saving, or with submit submitting it, would say, and writes nothing; known words become codes.
// Invalid lists every wrong field. record is that of the body, there or to be.
func (b *Book[T, W]) Check(ctx context.Context, tx *db.Tx, record string, body *T, submit bool) (out Checked[W], err error) {
	if out.Words, err = b.words(ctx, tx, *body); err != nil {
		return out, err
	}
	if b.Code != nil {
		if err := b.Code(ctx, tx, body, out.Words, false); err != nil {
			return out, err
		}
	}
	if err := b.keepChecked(ctx, tx, record, body, out.Words); err != nil {
		return out, err
	}
	if out.Warnings, err = b.doubts(ctx, tx, b.warnings(*body, out.Words), record, *body); err != nil {
		return out, err
	}
	if out.Similar, err = b.similar(ctx, tx, *body, record); err != nil {
		return out, err
	}
	return out, b.wrong(ctx, tx, record, nil, *body, out.Words, submit)
}

// keepChecked is keep for a body whose record may be there or to be.
func (b *Book[T, W]) keepChecked(ctx context.Context, tx *db.Tx, record string, body *T, w W) error {
	if b.Keep == nil {
		return nil
	}
	if record == "" {
		return b.keep(ctx, tx, "", nil, body, w)
	}
	h, err := flow.Get(ctx, tx, b.Ref(record))
	if errs.Is(err, errs.NotFound) {
		return b.keep(ctx, tx, record, nil, body, w)
	}
	if err != nil {
		return err
	}
	was := new(T)
	if err := flow.Body(ctx, tx, h.Ref(), Current(h), was); err != nil {
		return err
	}
	return b.keep(ctx, tx, record, was, body, w)
}

func (b *Book[T, W]) warnings(body T, w W) []errs.Field {
	if b.Warnings == nil {
		return nil
	}
	return b.Warnings(body, w)
}

// doubts puts Doubts behind warnings.
func (b *Book[T, W]) doubts(ctx context.Context, tx *db.Tx, warnings []errs.Field, record string, body T) ([]errs.Field, error) {
	if b.Doubts == nil || record == "" {
		return warnings, nil
	}
	more, err := b.Doubts(ctx, tx, record, body)
	return append(warnings, more...), err
}

func (b *Book[T, W]) similar(ctx context.Context, tx *db.Tx, body T, not string) ([]flow.Head, error) {
	if b.Similar == nil {
		return nil, nil
	}
	return b.Similar(ctx, tx, body, not)
}

// Heads gives the records in sight that meet the condition, on record r and the book's own row c, in the order of their numbers:
// those that may be the same, the children of another. limit 0 gives all.
func (b *Book[T, W]) Heads(ctx context.Context, tx *db.Tx, limit int, where string, args ...any) ([]flow.Head, error) {
	sight, err := access.SightIn(ctx, tx, b.Kind)
	if err != nil {
		return nil, err
	}
	seen, more := sight.Where("r")
	if seen != "" {
		where += " AND " + seen
	}
	// Sorted by what no index holds: SQLite would walk all records of the kind in the order of their numbers until it has found so many.
	query := "SELECT " + flow.Columns("r") + " FROM " + b.From() + " WHERE r.association = ? AND c.association = ? AND r.kind = ? AND " + where + " ORDER BY r.number || ''"
	if limit > 0 {
		query += db.Limit(limit, 0)
	}
	return db.All(ctx, tx, flow.Scan, query, append(append([]any{org.Of(ctx), org.Of(ctx), b.Kind}, args...), more...)...)
}

// From joins the book's records, under r, with their own rows, under c: for the module's lists. The caller adds conditions on both.
func (b *Book[T, W]) From() string {
	return b.joined("record r")
}

// joined is From with the records as a query reads them best.
func (b *Book[T, W]) joined(records string) string {
	return records + " JOIN " + b.Row.Table + " c ON c.association = r.association AND c.id = r.id"
}
