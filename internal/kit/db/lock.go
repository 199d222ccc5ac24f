package db

import "context"

// Lock makes this transaction wait for all that hold the same thing of the same owner, and those that come later wait for its end.
// What it reads afterwards is as they left it. SQLite has one writer anyway, and a transaction that only
// reads locks nothing.
func (tx *Tx) Lock(ctx context.Context, what, of string) error {
	return tx.lock(ctx, "pg_advisory_xact_lock", what, of)
}

// LockShared is Lock by which those that share the thing go on side by side, and only Lock waits for them.
func (tx *Tx) LockShared(ctx context.Context, what, of string) error {
	return tx.lock(ctx, "pg_advisory_xact_lock_shared", what, of)
}

func (tx *Tx) lock(ctx context.Context, how, what, of string) error {
	if !tx.Races() {
		return nil
	}
	_, err := tx.Exec(ctx, "SELECT "+how+"(hashtext(?), hashtext(?))", what, of)
	return err
}

// Races reports whether others write while this transaction does, without seeing what it has written: only then is there anything to
// lock.
func (tx *Tx) Races() bool { return tx.Dialect == Postgres && !tx.reads }
