// Package db is the one door to the database: SQLite on a desk, PostgreSQL in a city. One SQL text serves both.
//
// Writes go through Update, reads through View; both give a Tx. On SQLite there is one writer, and writes that wait
// together are committed together (each in a savepoint of its own), so that one fsync acknowledges many.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"shilu/internal/kit/errs"
)

// Dialect names the engine, for the few texts that must differ.
type Dialect string

// The engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	Dialect Dialect
	write   *sql.DB
	read    *sql.DB
	now     func() time.Time
	program string
	known   atomic.Pointer[known] // nil until the program has named its migrations
	passed  atomic.Bool           // see Outgrown
	watch   atomic.Pointer[func(query string)]
	queue   chan *request
	closing chan struct{}
	closed  sync.Once
	done    sync.WaitGroup
	written chan struct{} // a long job has committed
}

// Options say where the database is. URL is postgres://… or empty; then the SQLite file is Dir/shilu.db.
type Options struct {
	URL string
	Dir string
	Now func() time.Time // the application's clock; Tx.Now is taken from it
	// Program is the version of the program, which a schema remembers of each migration.
	Program string
}

// Open opens the database and checks that it answers. It creates an SQLite file that is not there; it does not migrate.
func Open(ctx context.Context, o Options) (*DB, error) {
	d := &DB{now: o.Now, program: o.Program, closing: make(chan struct{})}
	if d.now == nil {
		d.now = time.Now //nolint:forbidigo // the edge: the clock of a program that was given none
	}
	var err error
	if o.URL != "" {
		err = d.openPostgres(o.URL)
	} else {
		err = d.openSQLite(filepath.Join(o.Dir, "shilu.db"))
	}
	if err != nil {
		return nil, err
	}
	if err := d.write.PingContext(ctx); err != nil {
		_ = d.Close()
		return nil, unreachable(o, err)
	}
	return d, nil
}

// unreachable says which database does not answer, without the password in its address.
func unreachable(o Options, err error) error {
	if o.URL == "" {
		return fmt.Errorf("reach the database: %w", err)
	}
	where := o.URL
	if u, bad := url.Parse(o.URL); bad == nil {
		where = u.Host + u.Path
	}
	return errs.E(errs.Unavailable, "数据库 %s 连不上，请核对地址和账号，看看 PostgreSQL 是否在运行", where).Because(err)
}

func (d *DB) openPostgres(address string) error {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return errs.E(errs.Invalid, "数据库地址看不懂，请写成 postgres://用户:密码@主机:5432/库名").Because(err)
	}
	d.Dialect = Postgres
	d.write = stdlib.OpenDB(*config)
	d.write.SetMaxOpenConns(32)
	d.write.SetMaxIdleConns(32)
	d.write.SetConnMaxIdleTime(5 * time.Minute)
	d.read = d.write
	return nil
}

func (d *DB) openSQLite(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	dsn := func(lock string, more ...string) string {
		v := url.Values{"_txlock": {lock}, "_pragma": append([]string{
			"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)",
		}, more...)}
		return "file:" + (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath() + "?" + v.Encode()
	}
	d.Dialect = SQLite
	var err error
	if d.write, err = openKeeping(dsn("immediate", "cache_size(-64000)", "wal_autocheckpoint(8000)")); err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	if d.read, err = openKeeping(dsn("deferred", "cache_size(-16000)", "query_only(1)")); err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	d.write.SetMaxOpenConns(1)
	d.read.SetMaxOpenConns(8)
	d.read.SetMaxIdleConns(8)
	d.queue = make(chan *request, 256)
	d.written = make(chan struct{}, 1)
	d.done.Add(2)
	go d.copyBack()
	go d.commitTogether()
	return nil
}

// Close waits for writes that are under way and closes the database.
func (d *DB) Close() error {
	var err error
	d.closed.Do(func() {
		close(d.closing)
		d.done.Wait()
		err = d.write.Close()
		if d.read != nil && d.read != d.write {
			err = errors.Join(d.read.Close(), err)
		}
	})
	return err
}

// SQL is the pool that writes, for libraries that bring their own statements (goose, River).
func (d *DB) SQL() *sql.DB { return d.write }

// Now is the application's clock.
func (d *DB) Now() time.Time { return d.now() }

// Watch tells fn the text of every query of the transactions that begin from now on; nil ends it. Tests look at their plans.
func (d *DB) Watch(fn func(query string)) { d.watch.Store(&fn) }

func (d *DB) tx(raw *sql.Tx) *Tx {
	tx := &Tx{SQL: raw, Dialect: d.Dialect, Now: d.now()}
	if fn := d.watch.Load(); fn != nil {
		tx.watch = *fn
	}
	return tx
}

// Update runs fn in one write transaction: all of it or nothing. fn may run again after a serialisation failure and must
// not call Update or View of the same DB, nor wait for the network. Unavailable (ErrOutgrown) on PostgreSQL once a newer program has
// upgraded the schema.
func (d *DB) Update(ctx context.Context, fn func(*Tx) error) error { return d.update(ctx, fn, false) }

// UpdateLong is Update for a part of a long job, which takes some hundred milliseconds: nobody's short write waits for more than that part.
func (d *DB) UpdateLong(ctx context.Context, fn func(*Tx) error) error {
	return d.update(ctx, fn, true)
}

func (d *DB) update(ctx context.Context, fn func(*Tx) error, alone bool) error {
	if d.Dialect == SQLite {
		return d.enqueue(ctx, fn, alone)
	}
	for attempt := 1; ; attempt++ {
		err := d.run(ctx, d.write, nil, func(tx *Tx) error {
			if err := d.current(ctx, tx); err != nil {
				return err
			}
			return fn(tx)
		})
		if attempt < 5 && retriable(err) && ctx.Err() == nil {
			continue
		}
		return err
	}
}

// View runs fn in one read transaction: every query in it sees the same state.
func (d *DB) View(ctx context.Context, fn func(*Tx) error) error {
	o := &sql.TxOptions{ReadOnly: true}
	if d.Dialect == Postgres {
		o.Isolation = sql.LevelRepeatableRead
	}
	return d.run(ctx, d.read, o, fn)
}

func (d *DB) run(ctx context.Context, pool *sql.DB, o *sql.TxOptions, fn func(*Tx) error) error {
	raw, err := pool.BeginTx(ctx, o)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = raw.Rollback() }() // no effect after Commit
	tx := d.tx(raw)
	tx.reads = o != nil && o.ReadOnly
	if err := fn(tx); err != nil {
		return err
	}
	if err := raw.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	tx.finished()
	return nil
}

// ErrRetry is joined to an error by which a transaction lost a race, so that Update runs it again (on PostgreSQL; SQLite has one
// writer and no races).
var ErrRetry = errors.New("lost a race")

func retriable(err error) bool {
	var pg *pgconn.PgError
	return errors.Is(err, ErrRetry) || errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// IsUnique reports whether err says that a unique constraint was violated.
func IsUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// rebind turns ? into $1, $2 … for PostgreSQL, skipping quoted text and comments.
func rebind(query string) string {
	var b strings.Builder
	b.Grow(len(query) + 32)
	n := 0
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case c == '?':
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		case c == '\'' || c == '"':
			end := strings.IndexByte(query[i+1:], c)
			if end < 0 {
				end = len(query) - i - 2
			}
			b.WriteString(query[i : i+end+2])
			i += end + 1
		case c == '-' && strings.HasPrefix(query[i:], "--"):
			end := strings.IndexByte(query[i:], '\n')
			if end < 0 {
				end = len(query) - i
			}
			b.WriteString(query[i : i+end])
			i += end - 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
