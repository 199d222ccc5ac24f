package register

import (
	"context"
	"fmt"
	"strings"

	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Row is the standing version as lists, matches and exports need it: one row in a table of the module, whose other columns are
// association, id and version.
type Row[T any] struct {
	Table   string
	Columns []string
	Values  func(body T) []any // one for each column; nil is blank
}

// Lines are rows of the standing version in a table of the module, whose other columns are association, record and line, which
// counts from 1: what a record has several of and lists ask for.
type Lines[T any] struct {
	Table   string
	Columns []string
	Values  func(body T) [][]any
}

// Value is a column's value of what may be blank.
func Value[V any](p *V) any {
	if p == nil {
		return nil
	}
	return *p
}

func (r Row[T]) insert() string {
	return "INSERT INTO " + r.Table + " (association, id, " + strings.Join(r.Columns, ", ") + ", version)"
}

// replace writes the standing version over an earlier one.
func (r Row[T]) replace() string {
	var b strings.Builder
	b.WriteString("ON CONFLICT (association, id) DO UPDATE SET ")
	for _, c := range r.Columns {
		b.WriteString(c + " = excluded." + c + ", ")
	}
	b.WriteString("version = excluded.version")
	return b.String()
}

func (r Row[T]) row(ctx context.Context, body T, record string, version int) []any {
	return append(append([]any{org.Of(ctx), record}, r.Values(body)...), version)
}

func (l Lines[T]) insert() string {
	return "INSERT INTO " + l.Table + " (association, record, line, " + strings.Join(l.Columns, ", ") + ")"
}

func (l Lines[T]) rows(ctx context.Context, body T, record string) (all [][]any) {
	for i, values := range l.Values(body) {
		all = append(all, append([]any{org.Of(ctx), record, i + 1}, values...))
	}
	return all
}

// put writes the body as the standing version of its record.
func (b *Book[T, W]) put(ctx context.Context, tx *db.Tx, body T, record string, version int) error {
	if _, err := tx.Insert(ctx, b.Row.insert(), b.Row.replace(), b.Row.row(ctx, body, record, version)); err != nil {
		return err
	}
	for _, l := range b.Lines {
		if _, err := tx.Exec(ctx, "DELETE FROM "+l.Table+" WHERE association = ? AND record = ?", org.Of(ctx), record); err != nil {
			return err
		}
		if _, err := tx.Insert(ctx, l.insert(), "", l.rows(ctx, body, record)...); err != nil {
			return err
		}
	}
	return nil
}

// putNew writes the rows of records that are new, in few statements.
func (b *Book[T, W]) putNew(ctx context.Context, tx *db.Tx, heads []flow.Head, bodies []T) error {
	rows := make([][]any, len(bodies))
	for i, body := range bodies {
		rows[i] = b.Row.row(ctx, body, heads[i].ID, heads[i].Version)
	}
	if _, err := tx.Insert(ctx, b.Row.insert(), "", rows...); err != nil {
		return err
	}
	for _, l := range b.Lines {
		var lines [][]any
		for i, body := range bodies {
			lines = append(lines, l.rows(ctx, body, heads[i].ID)...)
		}
		if _, err := tx.Insert(ctx, l.insert(), "", lines...); err != nil {
			return err
		}
	}
	return nil
}

// drop removes the rows of a draft that is deleted.
func (b *Book[T, W]) drop(ctx context.Context, tx *db.Tx, record string) error {
	for _, l := range b.Lines {
		if _, err := tx.Exec(ctx, "DELETE FROM "+l.Table+" WHERE association = ? AND record = ?", org.Of(ctx), record); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "DELETE FROM "+b.Row.Table+" WHERE association = ? AND id = ?", org.Of(ctx), record)
	return err
}

// written writes the columns of a row so that two can be compared whatever the driver's types.
func written(row []any) string {
	out := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case nil:
			out[i] = "blank"
		case []byte:
			out[i] = string(v)
		case bool:
			out[i] = "0"
			if v {
				out[i] = "1"
			}
		default:
			out[i] = fmt.Sprint(v)
		}
	}
	return strings.Join(out, "|")
}
