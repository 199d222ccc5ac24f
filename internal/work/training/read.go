package training

import (
	"context"

	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Query selects classes for a list. Sort is one of "day", "number", "title", "hours", "attendances", with "-" before it for the
// largest first; the default is the latest day first.
type Query struct {
	flow.Filter
	ClassKind string
	Subject   string
	Town      string // place, a township with all below it; the county itself is its own work only (县直)
	Unproved  bool   // lacks needed papers
	// Counted narrows to the classes that a figure counts; nil does not.
	Counted func(ctx context.Context, tx *db.Tx) (ledger.Condition, error)
	Sort    string
	Limit   int
	Offset  int
}

// Total says how many classes a query has and what they add up to; only verified ones count.
type Total struct {
	Classes, Verified, Attendances int64
}

const listFrom = "record r JOIN training_class c ON c.association = r.association AND c.id = r.id"

// sorts are the orders of a list, each with a tie-breaker.
var sorts = map[string]string{
	"":             "r.day DESC, r.id DESC",
	"-day":         "r.day DESC, r.id DESC",
	"day":          "r.day, r.id",
	"-number":      "r.year DESC, r.serial DESC",
	"number":       "r.year, r.serial",
	"-title":       "r.title DESC, r.id DESC",
	"title":        "r.title, r.id",
	"-attendances": "c.attendances DESC NULLS LAST, r.id DESC",
	"attendances":  "c.attendances NULLS LAST, r.id",
	"-hours":       "c.minutes DESC NULLS LAST, r.id DESC",
	"hours":        "c.minutes NULLS LAST, r.id",
}

// where is the condition of the query with the actor's sight.
func (q Query) where(ctx context.Context, tx *db.Tx) (string, []any, error) {
	where, args, err := q.Where(ctx, tx, "r")
	if err != nil {
		return "", nil, err
	}
	if q.ClassKind != "" {
		where, args = where+" AND c.class_kind = ?", append(args, q.ClassKind)
	}
	if q.Subject != "" {
		where, args = where+" AND c.subject = ?", append(args, q.Subject)
	}
	if q.Town != "" {
		tree, err := org.Load(ctx, tx, q.on())
		if err != nil {
			return "", nil, err
		}
		under := db.List{q.Town}
		if q.Town != tree.Root().ID {
			under = tree.PlaceSubtree(q.Town)
		}
		where, args = where+" AND r.place IN (?)", append(args, under)
	}
	if q.Counted != nil {
		in, err := q.Counted(ctx, tx)
		if err != nil {
			return "", nil, err
		}
		where, args = where+" AND r.id IN ("+in.SQL+")", append(args, in.Args...)
	}
	if q.Unproved {
		where += " AND EXISTS (SELECT 1 FROM proof p WHERE p.association = r.association AND p.record = r.id AND p.missing <> '')"
	}
	return where, args, nil
}

// on is the day of the tree that the query's place is looked up in.
func (q Query) on() day.Day {
	if q.To != "" {
		return q.To
	}
	return day.Forever.Add(-1)
}

// List reads one page of classes that the actor sees.
func (s *Service) List(ctx context.Context, q Query) (items []Item, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		items, err = list(ctx, tx, q)
		return err
	})
	return items, err
}

func list(ctx context.Context, tx *db.Tx, q Query) ([]Item, error) {
	where, args, err := q.where(ctx, tx)
	if err != nil {
		return nil, err
	}
	order, ok := sorts[q.Sort]
	if !ok {
		return nil, errs.E(errs.Invalid, "不能按「%s」排序", q.Sort)
	}
	query := selectItems() + where + " ORDER BY " + order
	if q.Limit > 0 {
		query += db.Limit(q.Limit, q.Offset)
	}
	return db.All(ctx, tx, scan, query, args...)
}

// Total adds the classes of a query up.
func (s *Service) Total(ctx context.Context, q Query) (t Total, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		t, err = total(ctx, tx, q)
		return err
	})
	return t, err
}

func total(ctx context.Context, tx *db.Tx, q Query) (Total, error) {
	where, args, err := q.where(ctx, tx)
	if err != nil {
		return Total{}, err
	}
	return db.One(ctx, tx, func(s db.Scanner) (t Total, err error) {
		err = s.Scan(&t.Classes, &t.Verified, &t.Attendances)
		return t, err
	}, `SELECT COUNT(*), COUNT(*) FILTER (WHERE r.state = 'verified'),
		CAST(COALESCE(SUM(c.attendances) FILTER (WHERE r.state = 'verified'), 0) AS BIGINT)
		FROM `+listFrom+" WHERE r.kind = '"+Kind+"' AND "+where, args...)
}

// neighbours are the classes before and after one in the list of the query, the latest first.
func neighbours(ctx context.Context, tx *db.Tx, q Query, of flow.Head) (before, after flow.Head, err error) {
	where, args, err := q.where(ctx, tx)
	if err != nil {
		return before, after, err
	}
	return flow.Neighbours(ctx, tx, listFrom, "r.kind = '"+Kind+"' AND "+where, args, of)
}
