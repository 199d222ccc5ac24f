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
	kinds, err := db.All(ctx, tx, db.Value[string], "SELECT DISTINCT r.kind FROM "+waitingRecords(tx)+" WHERE r.association = ? AND "+waits+" AND (r.state = 'submitted' OR r.revision = 'submitted')", org.Of(ctx))
	if err != nil {
		return t, err
	}
	for _, kind := range kinds {
		what, args, err := verifiable(ctx, tx, kind)
		if errs.Is(err, errs.Forbidden) {
			continue
		}
		if err != nil {
			return t, err
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

// waits is the condition of the index record_waiting: few of all records wait for anybody.
const waits = "(r.state IN ('draft', 'submitted', 'returned') OR r.revision <> '')"

// waitingRecords is record under the alias r, for queries with the condition waits. SQLite has no statistics here and would go through
// all records of a kind.
func waitingRecords(tx *db.Tx) string {
	if tx.Dialect == db.SQLite {
		return "record r INDEXED BY record_waiting"
	}
	return "record r"
}

func waiting(ctx context.Context, tx *db.Tx, f Filter, what string, with []any, limit int) ([]Head, int, error) {
	where, args, err := f.Where(ctx, tx, "r")
	if err != nil {
		return nil, 0, err
	}
	where = waits + " AND " + where + what
	args = append(args, with...)
	n, err := db.One(ctx, tx, db.Value[int], "SELECT COUNT(*) FROM "+waitingRecords(tx)+" WHERE "+where, args...)
	if err != nil || n == 0 {
		return nil, n, err
	}
	heads, err := db.All(ctx, tx, Scan, "SELECT "+Columns("r")+" FROM "+waitingRecords(tx)+" WHERE "+where+" ORDER BY r.updated, r.id"+db.Limit(limit, 0), args...)
	return heads, n, err
}

// Waits counts what waits for the actor among the records of a kind, as Todos has it.
type Waits struct {
	Kind                     string
	Verify, Returned, Drafts int64
}

// TodoCounts counts the actor's to-dos by kind, for navigation and tabs.
func TodoCounts(ctx context.Context, tx *db.Tx) ([]Waits, error) {
	me := access.From(ctx)
	kinds, err := db.All(ctx, tx, db.Value[string], "SELECT DISTINCT r.kind FROM "+waitingRecords(tx)+" WHERE r.association = ? AND "+waits, org.Of(ctx))
	if err != nil {
		return nil, err
	}
	var all []Waits
	for _, kind := range kinds {
		w := Waits{Kind: kind}
		where, args, err := Filter{Kinds: []string{kind}}.Where(ctx, tx, "r")
		if err != nil {
			return nil, err
		}
		where = waits + " AND " + where
		row := func(s db.Scanner) (w Waits, err error) {
			err = s.Scan(&w.Returned, &w.Drafts)
			return w, err
		}
		mine, err := db.One(ctx, tx, row, `SELECT COUNT(*) FILTER (WHERE r.state = 'returned' OR r.revision = 'returned'),
			COUNT(*) FILTER (WHERE r.state = 'draft' OR r.revision = 'draft') FROM `+waitingRecords(tx)+" WHERE "+where+" AND r.author = ?", append(args, me.Account)...)
		if err != nil {
			return nil, err
		}
		w.Returned, w.Drafts = mine.Returned, mine.Drafts
		what, with, err := verifiable(ctx, tx, kind)
		switch {
		case errs.Is(err, errs.Forbidden):
		case err != nil:
			return nil, err
		default:
			if w.Verify, err = db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM "+waitingRecords(tx)+" WHERE "+where+what, append(args, with...)...); err != nil {
				return nil, err
			}
		}
		all = append(all, w)
	}
	return all, nil
}

// verifiable is the condition of the records of a kind that wait to be verified by the actor. Forbidden when none ever does.
func verifiable(ctx context.Context, tx *db.Tx, kind string) (string, []any, error) {
	r, err := reachOf(ctx, access.Check, kind)
	if err != nil {
		return "", nil, err
	}
	what := ` AND (r.state = 'submitted' OR r.revision = 'submitted') AND NOT EXISTS (SELECT 1 FROM record_version v
		WHERE v.association = r.association AND v.record = r.id AND v.version > r.base AND v.author = ?)`
	args := []any{access.From(ctx).Account}
	if !r.all {
		what += " AND r.unit IN (SELECT descendant FROM unit_reach WHERE association = ? AND ancestor IN (?) AND from_day <= ? AND to_day > ?)"
		args = append(args, org.Of(ctx), db.List(r.units), today(tx), today(tx))
	}
	return what, args, nil
}
