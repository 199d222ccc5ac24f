// Package log keeps numbered, signed, append-only logs of an association: the ledger's and the audit trail's.
//
// A writer only queues its entries, in its own transaction (Enqueue, Append). A Keeper numbers what is queued, hashes it
// into a Merkle tree (RFC 6962, as golang.org/x/mod/sumdb/tlog has it) and signs checkpoints; any number of copies of the
// program may do so at once. docs/ledger.md has the formats and what the promise is.
package log

import (
	"context"
	"embed"
	"fmt"

	"shilu/internal/core/association"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// The logs of an association.
const (
	Ledger = "ledger"
	Trail  = "trail"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.MustSource("log", migrations)

// Enqueue hands entries of a kind that has a table of its own (see Source) to the log: they get their numbers at the next
// Seal. It costs one row an entry. Entries of a batch wait until the batch is closed; "" is no batch.
func Enqueue(ctx context.Context, tx *db.Tx, log, kind, batch string, entries ...string) error {
	rows := make([][]any, len(entries))
	for i, entry := range entries {
		rows[i] = []any{association.Of(ctx), log, batch, entry, kind}
	}
	_, err := tx.Insert(ctx, "INSERT INTO log_pending (association, log, batch, entry, kind)", "", rows...)
	return err
}

// Waiting counts the entries that wait for a number, those of open batches included.
func Waiting(ctx context.Context, tx *db.Tx, log string) (int64, error) {
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM log_pending WHERE association = ? AND log = ?", association.Of(ctx), log)
}

// Waits reports whether entries could have a number and have none yet, those of batches left out. It counts nothing.
func Waits(ctx context.Context, tx *db.Tx, log string) (bool, error) {
	n, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM (SELECT 1 FROM log_pending WHERE association = ? AND log = ? AND batch = '' LIMIT 1) w", association.Of(ctx), log)
	return n > 0, err
}

// Unnumbered counts the entries that could have a number and have none yet, those of batches left out, and says when the oldest
// was made (UTC milliseconds, by its id; 0 when there is none).
func Unnumbered(ctx context.Context, tx *db.Tx, log string) (n, since int64, err error) {
	var oldest string
	_, err = db.One(ctx, tx, func(s db.Scanner) (struct{}, error) {
		return struct{}{}, s.Scan(&n, &oldest)
	}, "SELECT COUNT(*), COALESCE(MIN(entry), '') FROM log_pending WHERE association = ? AND log = ? AND batch = ''", association.Of(ctx), log)
	return n, id.Made(oldest), err
}

// Append adds an entry whose body is kept here: a tree link, a definition, an alias, a proof state. The body must be made of
// objects, lists, texts, whole numbers, true, false and null. It gives the entry's id.
func Append(ctx context.Context, tx *db.Tx, log, kind string, body any) (string, error) {
	ids, err := AppendMany(ctx, tx, log, kind, []any{body})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// AppendMany is Append of many entries of a kind in few statements; it gives their ids in the same order.
func AppendMany(ctx context.Context, tx *db.Tx, log, kind string, bodies []any) ([]string, error) {
	ids := make([]string, len(bodies))
	rows := make([][]any, len(bodies))
	for i, body := range bodies {
		text, err := Canonical(body)
		if err != nil {
			return nil, fmt.Errorf("log entry %s: %w", kind, err)
		}
		ids[i] = id.New()
		rows[i] = []any{association.Of(ctx), ids[i], log, kind, string(text), tx.Millis()}
	}
	if _, err := tx.Insert(ctx, "INSERT INTO log_entry (association, id, log, kind, body, at)", "", rows...); err != nil {
		return nil, err
	}
	return ids, Enqueue(ctx, tx, log, kind, "", ids...)
}

// OpenBatch names rows that must become visible together: until CloseBatch no sum counts them and no number is given to
// them, although their transactions are committed. Opening twice is no error; a closed batch is not opened again (Conflict).
func OpenBatch(ctx context.Context, tx *db.Tx, batch string) error {
	if batch == "" {
		return fmt.Errorf("open a batch: it has no id")
	}
	added, err := tx.Insert(ctx, "INSERT INTO batch (association, id, open)", "ON CONFLICT (association, id) DO NOTHING",
		[]any{association.Of(ctx), batch, true})
	if err != nil || added == 1 {
		return err
	}
	open, err := db.One(ctx, tx, db.Value[bool], "SELECT open FROM batch WHERE association = ? AND id = ?", association.Of(ctx), batch)
	if err == nil && !open {
		return errs.E(errs.Conflict, "这一批已经导入完，请重新上传后再导入")
	}
	return err
}

// CloseBatch makes all rows of the batch visible at once. Closing twice is no error.
func CloseBatch(ctx context.Context, tx *db.Tx, batch string) error {
	_, err := tx.Exec(ctx, "UPDATE batch SET open = ? WHERE association = ? AND id = ?", false, association.Of(ctx), batch)
	return err
}

// OpenBatches lists the unfinished batches; usually there are none.
func OpenBatches(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.All(ctx, tx, db.Value[string], "SELECT id FROM batch WHERE association = ? AND open", association.Of(ctx))
}
