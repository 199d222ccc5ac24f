package flow

import (
	"context"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Todos is what waits for the actor: to be verified by him, returned to him, his drafts. Each list has at most the limit asked
// for, longest waiting first; the counts are whole.
type Todos struct {
	Verify, Returned, Drafts   []Head
	VerifyN, ReturnedN, DraftN int
}

// TodosOf gathers the actor's to-dos.
func TodosOf(ctx context.Context, tx *db.Tx, limit int) (Todos, error) {
	var t Todos
	me := access.From(ctx)
	mine := " AND r.author = ? AND "
	for _, part := range []struct {
		heads *[]Head
		n     *int
		what  string
	}{
		{&t.Returned, &t.ReturnedN, mine + "(r.state = 'returned' OR r.revision = 'returned')"},
		{&t.Drafts, &t.DraftN, mine + "(r.state = 'draft' OR r.revision = 'draft')"},
	} {
		var err error
		if *part.heads, *part.n, err = waiting(ctx, tx, Filter{}, part.what, []any{me.Account}, limit); err != nil {
			return t, err
		}
	}
	kinds, err := db.All(ctx, tx, db.Value[string], "SELECT DISTINCT kind FROM record WHERE association = ? AND (state = 'submitted' OR revision = 'submitted')", org.Of(ctx))
	if err != nil {
		return t, err
	}
	for _, kind := range kinds {
		r, err := reachOf(ctx, access.Check, kind)
		if errs.Is(err, errs.Forbidden) {
			continue
		}
		if err != nil {
			return t, err
		}
		what := ` AND (r.state = 'submitted' OR r.revision = 'submitted') AND NOT EXISTS (SELECT 1 FROM record_version v
			WHERE v.association = r.association AND v.record = r.id AND v.version > r.base AND v.author = ?)`
		args := []any{me.Account}
		if !r.all {
			what += " AND r.unit IN (SELECT descendant FROM unit_reach WHERE association = ? AND ancestor IN (?) AND from_day <= ? AND to_day > ?)"
			args = append(args, org.Of(ctx), db.List(r.units), today(tx), today(tx))
		}
		heads, n, err := waiting(ctx, tx, Filter{Kinds: []string{kind}}, what, args, limit)
		if err != nil {
			return t, err
		}
		t.Verify = append(t.Verify, heads...)
		t.VerifyN += n
	}
	return t, nil
}

func waiting(ctx context.Context, tx *db.Tx, f Filter, what string, with []any, limit int) ([]Head, int, error) {
	where, args, err := f.Where(ctx, tx, "r")
	if err != nil {
		return nil, 0, err
	}
	// The first condition lets both engines use the index of what waits.
	where = "(r.state IN ('draft', 'submitted', 'returned') OR r.revision <> '') AND " + where + what
	args = append(args, with...)
	n, err := db.One(ctx, tx, db.Value[int], "SELECT COUNT(*) FROM record r WHERE "+where, args...)
	if err != nil || n == 0 {
		return nil, n, err
	}
	heads, err := db.All(ctx, tx, Scan, "SELECT "+Columns("r")+" FROM record r WHERE "+where+" ORDER BY r.updated, r.id LIMIT ?", append(args, limit)...)
	return heads, n, err
}
