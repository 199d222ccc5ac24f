package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"shilu/internal/kit/errs"
)

// Tx is a transaction. Now is the same instant for all that happens in it.
type Tx struct {
	SQL     *sql.Tx // for libraries only
	Dialect Dialect
	Now     time.Time
	after   []func()
	watch   func(query string)
	reads   bool // it only reads
	shared  bool // other writes are in the same transaction of SQLite
}

// List is an argument that fills "IN (?)" with as many values; an empty list matches nothing.
type List []string

// Limit is the end of a query that reads one page. The figures stand in the text: SQLite would plan a statement again whose limit
// is an argument.
func Limit(limit, offset int) string { return fmt.Sprintf(" LIMIT %d OFFSET %d", limit, offset) }

// After runs fn once the transaction is committed: waking a worker, dropping a cache. It must be quick and cannot fail.
func (tx *Tx) After(fn func()) { tx.after = append(tx.after, fn) }

func (tx *Tx) finished() {
	for _, fn := range tx.after {
		fn()
	}
}

// Millis is Now as the database keeps instants: UTC milliseconds.
func (tx *Tx) Millis() int64 { return tx.Now.UnixMilli() }

func (tx *Tx) bind(query string, args []any) (string, []any) {
	query, args = expand(query, args)
	if tx.watch != nil {
		tx.watch(query)
	}
	if tx.Dialect == Postgres {
		query = rebind(query)
	}
	return query, args
}

// expand replaces the placeholder of each List argument by one placeholder a value.
func expand(query string, args []any) (string, []any) {
	lists := false
	for _, a := range args {
		if _, ok := a.(List); ok {
			lists = true
		}
	}
	if !lists {
		return query, args
	}
	var b strings.Builder
	var out []any
	parts := strings.Split(query, "?")
	for i, part := range parts {
		b.WriteString(part)
		if i == len(parts)-1 {
			break
		}
		list, ok := args[i].(List)
		if !ok {
			b.WriteByte('?')
			out = append(out, args[i])
			continue
		}
		if len(list) == 0 {
			b.WriteString("NULL")
			continue
		}
		b.WriteString(strings.Repeat("?,", len(list)-1) + "?")
		for _, v := range list {
			out = append(out, v)
		}
	}
	return b.String(), out
}

// during is the context of a statement. Of a transaction that holds the writes of others a statement is not interrupted in the
// middle, since SQLite would undo all of them; whoever has gone away is noticed at the next statement.
func (tx *Tx) during(ctx context.Context) (context.Context, error) {
	if !tx.shared {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

// Exec runs a statement and gives how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	query, args = tx.bind(query, args)
	ctx, err := tx.during(ctx)
	if err != nil {
		return 0, err
	}
	res, err := tx.SQL.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", firstWords(query), err)
	}
	return res.RowsAffected()
}

// Query runs a query; the caller closes the rows. All and One are shorter.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query, args = tx.bind(query, args)
	ctx, err := tx.during(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.SQL.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", firstWords(query), err)
	}
	return rows, nil
}

// Scanner is a row to read: *sql.Rows and *sql.Row.
type Scanner interface{ Scan(dest ...any) error }

// All reads every row of a query with scan.
func All[T any](ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read a row of %s: %w", firstWords(query), err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", firstWords(query), err)
	}
	return all, nil
}

// One reads the first row with scan; NotFound when there is none.
func One[T any](ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any) (one T, err error) {
	query, args = tx.bind(query, args)
	ctx, err = tx.during(ctx)
	if err != nil {
		return one, err
	}
	one, err = scan(tx.SQL.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return one, errs.E(errs.NotFound, "没有找到，可能已经删掉，或者没有权限看").Because(fmt.Errorf("%s: %w", firstWords(query), err))
	}
	if err != nil {
		return one, fmt.Errorf("%s: %w", firstWords(query), err)
	}
	return one, nil
}

// Value scans a single column: db.One(ctx, tx, db.Value[string], …).
func Value[T any](s Scanner) (v T, err error) {
	err = s.Scan(&v)
	return v, err
}

// Insert adds rows many at a time: head is "INSERT INTO t (a, b)", tail "" or "ON CONFLICT … DO NOTHING".
// It gives how many rows were added.
func (tx *Tx) Insert(ctx context.Context, head, tail string, rows ...[]any) (int64, error) {
	if tx.Dialect == SQLite && len(rows) > 1 {
		return tx.insertPrepared(ctx, head, tail, rows)
	}
	var total int64
	for len(rows) > 0 {
		width := len(rows[0])
		n := min(len(rows), max(1, 900/width))
		tuple := "(" + strings.Repeat("?, ", width-1) + "?)"
		args := make([]any, 0, n*width)
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		added, err := tx.Exec(ctx, head+" VALUES "+strings.Repeat(tuple+", ", n-1)+tuple+" "+tail, args...)
		if err != nil {
			return total, err
		}
		total += added
		rows = rows[n:]
	}
	return total, nil
}

// group is how many rows of an insert SQLite takes in one statement.
const group = 32

// insertPrepared runs one statement, which the connection keeps, for every 32 rows, and one a row for the rest. Without a network between, a text of
// hundreds of rows costs SQLite more to parse than it saves; few rows together spare it finding the end of each index anew. OR FAIL
// instead of ABORT spares it a journal to undo half a statement: whoever gets an error gives up the whole transaction.
func (tx *Tx) insertPrepared(ctx context.Context, head, tail string, rows [][]any) (int64, error) {
	head = strings.Replace(head, "INSERT", "INSERT OR FAIL", 1)
	grouped := len(rows) / group * group
	total, err := tx.insertBy(ctx, group, head, tail, rows[:grouped])
	if err != nil {
		return total, err
	}
	added, err := tx.insertBy(ctx, 1, head, tail, rows[grouped:])
	return total + added, err
}

// insertBy inserts rows n at a time; there is no rest.
func (tx *Tx) insertBy(ctx context.Context, n int, head, tail string, rows [][]any) (int64, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	tuple := "(" + strings.Repeat("?, ", len(rows[0])-1) + "?)"
	query := head + " VALUES " + strings.Repeat(tuple+", ", n-1) + tuple + " " + tail
	ctx, err := tx.during(ctx)
	if err != nil {
		return 0, err
	}
	var total int64
	for part := range slices.Chunk(rows, n) {
		res, err := tx.SQL.ExecContext(ctx, query, slices.Concat(part...)...)
		if err != nil {
			return total, fmt.Errorf("%s: %w", firstWords(query), err)
		}
		added, err := res.RowsAffected()
		if err != nil {
			return total, fmt.Errorf("%s: %w", firstWords(query), err)
		}
		total += added
	}
	return total, nil
}

// firstWords names a statement in an error without its values.
func firstWords(query string) string {
	words := strings.Fields(query)
	return strings.Join(words[:min(len(words), 8)], " ")
}

// Size is how many bytes the database takes: on SQLite its file, on PostgreSQL the whole database.
func (tx *Tx) Size(ctx context.Context) (int64, error) {
	query := "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	if tx.Dialect == Postgres {
		query = "SELECT pg_database_size(current_database())"
	}
	return One(ctx, tx, Value[int64], query)
}
