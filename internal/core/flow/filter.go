package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// Filter says which records a list shows. The zero value of a field does not restrict. Unit and Place stand for their
// subtrees as of To, or of the latest tree. States match the record's state or that of its open revision.
type Filter struct {
	Kinds    []string
	States   []State
	Life     []string
	From, To day.Day // both included
	Unit     string
	Place    string
	Text     string // words that must all occur
	Author   string // account
	Batch    string
	IDs      []string
	ToVerify bool // only what waits to be verified by the actor, of the one kind in Kinds
}

// Where gives the condition on record under the alias, for every list, export and count: always what the actor sees, without
// records of an unfinished import. It begins without AND and is never empty.
func (f Filter) Where(ctx context.Context, tx *db.Tx, alias string) (string, []any, error) {
	var b strings.Builder
	var args []any
	and := func(condition string, with ...any) {
		if b.Len() > 0 {
			b.WriteString(" AND ")
		}
		b.WriteString(strings.ReplaceAll(condition, "r.", alias+"."))
		args = append(args, with...)
	}
	and("r.association = ?", org.Of(ctx))
	in := func(column string, values []string) {
		switch {
		case len(values) == 1:
			and(column+" = ?", values[0])
		case len(values) > 1:
			and(column+" IN (?)", db.List(values))
		}
	}
	if f.waits() {
		and(waits)
	}
	in("r.kind", f.Kinds)
	in("r.life", f.Life)
	in("r.id", f.IDs)
	if len(f.States) > 0 {
		states := make(db.List, len(f.States))
		for i, s := range f.States {
			states[i] = string(s)
		}
		and("(r.state IN (?) OR r.revision IN (?))", states, states)
	}
	if f.From != "" {
		and("r.day >= ?", f.From)
	}
	if f.To != "" {
		and("r.day <= ?", f.To)
	}
	on := f.To
	if on == "" {
		on = day.Forever.Add(-1)
	}
	if f.Unit != "" {
		and("r.unit IN (SELECT descendant FROM unit_reach WHERE association = ? AND ancestor = ? AND from_day <= ? AND to_day > ?)", org.Of(ctx), f.Unit, on, on)
	}
	if f.Place != "" {
		and("r.place IN (SELECT descendant FROM place_reach WHERE association = ? AND ancestor = ? AND from_day <= ? AND to_day > ?)", org.Of(ctx), f.Place, on, on)
	}
	if f.Author != "" {
		and("r.author = ?", f.Author)
	}
	if f.Batch != "" {
		and("r.batch = ?", f.Batch)
	}
	if f.ToVerify {
		if len(f.Kinds) != 1 {
			return "", nil, fmt.Errorf("what waits to be verified is asked of one kind, not of %d", len(f.Kinds))
		}
		what, with, err := verifiable(ctx, tx, f.Kinds[0])
		switch {
		case errs.Is(err, errs.Forbidden):
			what, with = " AND FALSE", nil
		case err != nil:
			return "", nil, err
		}
		and(strings.TrimPrefix(what, " AND "), with...)
	}
	if f.Text != "" {
		condition, arg := match(tx.Dialect, f.Text)
		and(condition, append([]any{org.Of(ctx)}, arg...)...)
	}
	open, err := db.All(ctx, tx, db.Value[string], "SELECT id FROM batch WHERE association = ? AND open", org.Of(ctx))
	if err != nil {
		return "", nil, err
	}
	if len(open) > 0 {
		and("r.batch NOT IN (?)", db.List(open))
	}
	where, with, err := f.seen(ctx, tx, alias)
	if err != nil {
		return "", nil, err
	}
	if where != "" {
		b.WriteString(" AND " + where)
		args = append(args, with...)
	}
	return b.String(), args, nil
}

// waits reports whether the filter asks only for what waits for somebody.
func (f Filter) waits() bool {
	return f.ToVerify || len(f.States) > 0 && !slices.ContainsFunc(f.States, func(s State) bool { return s != Draft && s != Submitted && s != Returned })
}

// Table is the table record under the alias r as the filter's condition is best answered: by the index of what waits where only that is
// asked for.
func (f Filter) Table(tx *db.Tx) string {
	if f.waits() && f.Text == "" && f.Batch == "" && len(f.IDs) == 0 {
		return waitingRecords(tx)
	}
	return "record r"
}

// seen is the condition of what the actor sees, of every kind by the rights in its module.
func (f Filter) seen(ctx context.Context, tx *db.Tx, alias string) (string, []any, error) {
	if len(f.Kinds) == 1 {
		sight, err := access.SightIn(ctx, tx, module(f.Kinds[0]))
		where, args := sight.Where(alias)
		return where, args, err
	}
	sights, err := access.SightsOf(ctx, tx)
	where, args := sights.Where(alias)
	return where, args, err
}

// match is the condition that a record is found by the words of a text; nothing is found by a text without words.
func match(dialect db.Dialect, text string) (string, []any) {
	terms := zh.SearchQuery(text)
	if len(terms) == 0 {
		return "r.association = ? AND FALSE", nil
	}
	if dialect == db.Postgres {
		return "r.id IN (SELECT s.record FROM record_search s WHERE s.association = ? AND s.words @@ CAST(? AS TSQUERY))", []any{zh.MatchTSQuery(terms)}
	}
	return "r.id IN (SELECT s.record FROM record_words w JOIN record_search s ON s.n = w.rowid WHERE s.association = ? AND record_words MATCH ?)",
		[]any{zh.MatchFTS5(terms)}
}

// Page is a part of a list: after the record with that day and id, at most Limit.
type Page struct {
	AfterDay day.Day
	AfterID  string
	Limit    int
}

// List gives the heads that the filter shows, newest day first.
func List(ctx context.Context, tx *db.Tx, f Filter, p Page) ([]Head, error) {
	where, args, err := f.Where(ctx, tx, "r")
	if err != nil {
		return nil, err
	}
	if p.AfterID != "" {
		where += " AND (r.day, r.id) < (?, ?)"
		args = append(args, p.AfterDay, p.AfterID)
	}
	if p.Limit <= 0 {
		p.Limit = 50
	}
	return db.All(ctx, tx, Scan, "SELECT "+Columns("r")+" FROM record r WHERE "+where+" ORDER BY r.day DESC, r.id DESC"+db.Limit(p.Limit, 0), args...)
}

// Search gives the newest records of any kind that the words find.
func Search(ctx context.Context, tx *db.Tx, text string, limit int) ([]Head, error) {
	return List(ctx, tx, Filter{Text: text}, Page{Limit: limit})
}

// Count gives how many records the filter shows in all, and by state for the tabs of a list; a verified record with an open
// revision counts under both of its states. f.States is not looked at.
func Count(ctx context.Context, tx *db.Tx, f Filter) (total int, byState map[State]int, err error) {
	f.States = nil
	where, args, err := f.Where(ctx, tx, "r")
	if err != nil {
		return 0, nil, err
	}
	rows, err := tx.Query(ctx, "SELECT r.state, r.revision, COUNT(*) FROM record r WHERE "+where+" GROUP BY r.state, r.revision", args...)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = rows.Close() }()
	byState = map[State]int{}
	for rows.Next() {
		var state, revision State
		var n int
		if err := rows.Scan(&state, &revision, &n); err != nil {
			return 0, nil, err
		}
		total += n
		byState[state] += n
		if revision != None {
			byState[revision] += n
		}
	}
	return total, byState, rows.Err()
}

// Neighbours gives the records before and after one in the order of List, for 上一条 and 下一条; a head without ID is none. from has
// record under r, where is the list's condition.
func Neighbours(ctx context.Context, tx *db.Tx, from, where string, args []any, of Head) (before, after Head, err error) {
	next := func(compare, order string) (Head, error) {
		h, err := db.One(ctx, tx, Scan, "SELECT "+Columns("r")+" FROM "+from+" WHERE "+where+" AND (r.day, r.id) "+compare+" (?, ?) ORDER BY r.day "+order+", r.id "+order+" LIMIT 1",
			append(append([]any{}, args...), of.Day, of.ID)...)
		if errs.Is(err, errs.NotFound) {
			return Head{}, nil
		}
		return h, err
	}
	if before, err = next(">", "ASC"); err != nil {
		return before, after, err
	}
	after, err = next("<", "DESC")
	return before, after, err
}
