package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// A connection to SQLite keeps the statements that it has parsed: the same few hundred texts are asked again and again, and for a
// short question parsing and planning take longer than answering. (pgx does the same for PostgreSQL.)
const (
	keptStatements = 128
	keptLength     = 8192 // of a text; longer ones carry lists that hardly come again
)

// sqliteConn is what a connection of the driver can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteStmt is what a statement of the driver can do.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// connector opens connections that keep their statements.
type connector struct {
	driver driver.Driver
	dsn    string
}

// openKeeping is sql.Open("sqlite", dsn) with connections that keep their statements.
func openKeeping(dsn string) (*sql.DB, error) {
	plain, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	defer func() { _ = plain.Close() }() // it has opened nothing: it knows the driver
	return sql.OpenDB(connector{plain.Driver(), dsn}), nil
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	raw, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	conn, ok := raw.(sqliteConn)
	if !ok {
		return nil, fmt.Errorf("a connection of the driver is a %T, which lacks what is needed", raw)
	}
	return &keepingConn{sqliteConn: conn, kept: map[string]*keptStmt{}}, nil
}

// keepingConn is a connection with its statements. database/sql lets one goroutine at a time use it, and close rows of it.
type keepingConn struct {
	sqliteConn
	kept map[string]*keptStmt
}

// keptStmt is a parsed statement; busy while rows of it are read: the same question asked meanwhile is parsed for itself.
type keptStmt struct {
	sqliteStmt
	busy bool
}

// statement is the kept one for a text; nil where the text is to be parsed for this time only.
func (c *keepingConn) statement(ctx context.Context, query string) (*keptStmt, error) {
	if s, ok := c.kept[query]; ok {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if len(query) > keptLength {
		return nil, nil
	}
	raw, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	stmt, ok := raw.(sqliteStmt)
	if !ok {
		return nil, raw.Close()
	}
	c.makeRoom()
	s := &keptStmt{sqliteStmt: stmt}
	c.kept[query] = s
	return s, nil
}

// makeRoom lets go of any one that is idle: which one hardly matters, what is asked often is soon there again.
func (c *keepingConn) makeRoom() {
	if len(c.kept) < keptStatements {
		return
	}
	for text, s := range c.kept {
		if !s.busy {
			delete(c.kept, text)
			_ = s.Close()
			return
		}
	}
}

func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &keptRows{rows, s}, nil
}

func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	return s.ExecContext(ctx, args)
}

func (c *keepingConn) Close() error {
	for _, s := range c.kept {
		_ = s.Close()
	}
	clear(c.kept)
	return c.sqliteConn.Close()
}

// keptRows are rows of a kept statement, which is idle again when they are closed.
type keptRows struct {
	driver.Rows
	of *keptStmt
}

func (r *keptRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
