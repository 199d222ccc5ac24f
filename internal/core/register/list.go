package register

import (
	"context"
	"iter"
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Query selects records for a list. Sort is "day", "number", "title" or one of the book's own orders, with "-" before it for the
// largest first; the default is the latest day first.
type Query struct {
	flow.Filter
	Town     string // place, a township with all below it; the county itself is its own work only (县直)
	Unproved bool   // lacks needed papers
	// Counted narrows to the records that a figure counts; nil does not.
	Counted func(ctx context.Context, tx *db.Tx) (ledger.Condition, error)
	Only    []ledger.Condition // the module's own, on record r and its row c
	Sort    string
	Limit   int
	Offset  int
}

// Entry is a record in a list or an export: what stands for it, and how it is proved.
type Entry[T any] struct {
	flow.Head
	Body    T
	Papers  int64  // how many papers of evidence it has
	Missing string // which needed papers it lacks, "" when none
}

// Total says how many records a query has and what a column of their rows adds up to; only verified ones count for the sum.
type Total struct {
	Records, Verified, Sum int64
}

// where is the condition of the query with the actor's sight.
func (b *Book[T, W]) where(ctx context.Context, tx *db.Tx, q Query) (string, []any, error) {
	where, args, err := q.Where(ctx, tx, "r")
	if err != nil {
		return "", nil, err
	}
	where = "r.kind = '" + b.Kind + "' AND " + where
	also := func(c ledger.Condition) { where, args = where+" AND ("+c.SQL+")", append(args, c.Args...) }
	for _, c := range q.Only {
		also(c)
	}
	if q.Town != "" {
		on := q.To
		if on == "" {
			on = day.Forever.Add(-1)
		}
		tree, err := org.Load(ctx, tx, on)
		if err != nil {
			return "", nil, err
		}
		under := db.List{q.Town}
		if q.Town != tree.Root().ID {
			under = tree.PlaceSubtree(q.Town)
		}
		also(ledger.Condition{SQL: "r.place IN (?)", Args: []any{under}})
	}
	if q.Counted != nil {
		in, err := q.Counted(ctx, tx)
		if err != nil {
			return "", nil, err
		}
		also(ledger.Condition{SQL: "r.id IN (" + in.SQL + ")", Args: in.Args})
	}
	if q.Unproved {
		where += " AND EXISTS (SELECT 1 FROM proof p WHERE p.association = r.association AND p.record = r.id AND p.missing <> '')"
	}
	return where, args, nil
}

// order is the ORDER BY of a sort, with a tie-breaker. Invalid for one that there is not.
func (b *Book[T, W]) order(sort string) (string, error) {
	key, desc := strings.CutPrefix(sort, "-")
	down, nulls := "", ""
	if desc {
		down = " DESC"
	}
	var by string
	switch own, ok := b.Sorts[key]; {
	case sort == "":
		return "r.day DESC, r.id DESC", nil
	case key == "day":
		by = "r.day"
	case key == "number":
		return "r.year" + down + ", r.serial" + down, nil
	case key == "title":
		by = "r.title"
	case ok:
		by, nulls = own, " NULLS LAST"
	default:
		return "", errs.E(errs.Invalid, "不能按「%s」排序", sort)
	}
	return by + down + nulls + ", r.id" + down, nil
}

// from is what the query needs: each record has its row, so where neither condition nor order asks for it, it is not looked up.
func (b *Book[T, W]) from(tx *db.Tx, q Query) string {
	if _, own := b.Sorts[strings.TrimPrefix(q.Sort, "-")]; own || len(q.Only) > 0 {
		return b.joined(q.Table(tx))
	}
	return q.Table(tx)
}

// Sortable reports whether lists can be sorted so.
func (b *Book[T, W]) Sortable(sort string) bool {
	_, err := b.order(sort)
	return err == nil
}

// List reads one page of the records that the actor sees.
func (b *Book[T, W]) List(ctx context.Context, q Query) (entries []Entry[T], err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		entries, err = b.ListIn(ctx, tx, q)
		return err
	})
	return entries, err
}

// ListIn is List in the caller's transaction.
func (b *Book[T, W]) ListIn(ctx context.Context, tx *db.Tx, q Query) (entries []Entry[T], err error) {
	for e, err := range b.Each(ctx, tx, q) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// Each reads the records of a query one by one, for exports. By day an index gives the order; what sorts a page otherwise carries ids
// alone, so that bodies are read only of the rows that are on it.
func (b *Book[T, W]) Each(ctx context.Context, tx *db.Tx, q Query) iter.Seq2[Entry[T], error] {
	return func(yield func(Entry[T], error) bool) {
		fail := func(err error) { yield(Entry[T]{}, err) }
		where, args, err := b.where(ctx, tx, q)
		if err != nil {
			fail(err)
			return
		}
		order, err := b.order(q.Sort)
		if err != nil {
			fail(err)
			return
		}
		tail, from := " ORDER BY "+order, b.from(tx, q)
		switch key := strings.TrimPrefix(q.Sort, "-"); {
		case q.Limit > 0 && (key == "" || key == "day"):
			tail += db.Limit(q.Limit, q.Offset)
		case q.Limit > 0:
			where = "r.association = ? AND r.id IN (SELECT r.id FROM " + from + " WHERE " + where + " ORDER BY " + order + db.Limit(q.Limit, q.Offset) + ")"
			args, from = append([]any{org.Of(ctx)}, args...), b.From()
		}
		rows, err := tx.Query(ctx, "SELECT "+flow.Columns("r")+`, v.body,
			(SELECT COUNT(*) FROM evidence e WHERE e.association = r.association AND e.record = r.id AND e.removed = 0),
			COALESCE((SELECT p.missing FROM proof p WHERE p.association = r.association AND p.record = r.id), '')
			FROM `+from+` JOIN record_version v ON v.association = r.association AND v.record = r.id AND v.version = `+flow.StandingVersion+`
			WHERE `+where+tail, args...)
		if err != nil {
			fail(err)
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var e Entry[T]
			var body string
			if err = rows.Scan(append(e.Fields(), &body, &e.Papers, &e.Missing)...); err == nil {
				e.Body, err = Decode[T](body)
			}
			if err != nil {
				fail(err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			fail(err)
		}
	}
}

// Total adds the records of a query up; sum is a column of their rows, "c.attendances", or "" for none.
func (b *Book[T, W]) Total(ctx context.Context, q Query, sum string) (t Total, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		t, err = b.TotalIn(ctx, tx, q, sum)
		return err
	})
	return t, err
}

// TotalIn is Total in the caller's transaction.
func (b *Book[T, W]) TotalIn(ctx context.Context, tx *db.Tx, q Query, sum string) (Total, error) {
	where, args, err := b.where(ctx, tx, q)
	if err != nil {
		return Total{}, err
	}
	if sum == "" {
		sum = "0"
	}
	return db.One(ctx, tx, func(s db.Scanner) (t Total, err error) {
		err = s.Scan(&t.Records, &t.Verified, &t.Sum)
		return t, err
	}, "SELECT COUNT(*), COUNT(*) FILTER (WHERE r.state = 'verified'), CAST(COALESCE(SUM("+sum+") FILTER (WHERE r.state = 'verified'), 0) AS BIGINT) FROM "+
		b.joined(q.Table(tx))+" WHERE "+where, args...)
}

// InexactIn is what of the measure the verified records of a query state as estimates, by their word.
func (b *Book[T, W]) InexactIn(ctx context.Context, tx *db.Tx, q Query, measure string) (map[ledger.Exactness]int64, error) {
	where, args, err := b.where(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	only := ledger.Condition{SQL: "f.record IN (SELECT r.id FROM " + b.from(tx, q) + " WHERE r.state = 'verified' AND " + where + ")", Args: args}
	cells, err := ledger.Sums(ctx, tx, ledger.Filter{Measures: []string{measure}, Inexact: true, Only: []ledger.Condition{only}}, ledger.By{})
	inexact := map[ledger.Exactness]int64{}
	for _, c := range cells {
		inexact[c.Exactness] += c.Amount
	}
	return inexact, err
}

// CountIn is how many records a query has.
func (b *Book[T, W]) CountIn(ctx context.Context, tx *db.Tx, q Query) (int64, error) {
	where, args, err := b.where(ctx, tx, q)
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM "+b.from(tx, Query{Filter: q.Filter, Only: q.Only})+" WHERE "+where, args...)
}

// Neighbours are the records before and after one in the list of the query, the latest first.
func (b *Book[T, W]) Neighbours(ctx context.Context, tx *db.Tx, q Query, of flow.Head) (before, after flow.Head, err error) {
	where, args, err := b.where(ctx, tx, q)
	if err != nil {
		return before, after, err
	}
	return flow.Neighbours(ctx, tx, b.From(), where, args, of)
}
