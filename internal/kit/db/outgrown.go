package db

import (
	"context"
	"errors"

	"shilu/internal/kit/errs"
)

// ErrOutgrown is the cause of the refusal of a write by a copy of the program whose schema a newer one has upgraded.
var ErrOutgrown = errors.New("a newer program has upgraded the schema")

// known is which migrations this copy knows, and the last row of goose's table that it has compared with them.
type known struct {
	versions map[int64]bool
	row      int64
}

// current refuses a write once the schema has a migration that this copy does not know: several copies may run on one PostgreSQL, and
// one that goes on with old code would spoil what a newer one keeps otherwise. What had begun to write before the migration still ends.
// It asks at each write, which takes 1 to 2 % of saving a record (BenchmarkWrite has the least of writes). SQLite has one process
// (kit/hold) and does not ask.
func (d *DB) current(ctx context.Context, tx *Tx) error {
	k := d.known.Load()
	if k == nil || d.Dialect != Postgres {
		return nil
	}
	var row int64
	if err := tx.SQL.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) FROM goose_db_version").Scan(&row); err != nil {
		return err
	}
	if row == k.row {
		d.passed.Store(false)
		return nil
	}
	applied, err := All(ctx, tx, Value[int64], appliedVersions)
	if err != nil {
		return err
	}
	for _, v := range applied {
		if !k.versions[v] {
			d.passed.Store(true)
			return d.outgrown(ctx, tx, v)
		}
	}
	d.known.CompareAndSwap(k, &known{k.versions, row})
	d.passed.Store(false)
	return nil
}

// Outgrown reports whether the last write was refused as one of a copy that is outgrown. It asks nothing of the database.
func (d *DB) Outgrown() bool { return d.passed.Load() }

func (d *DB) outgrown(ctx context.Context, tx *Tx, version int64) error {
	steps, err := d.steps(ctx, tx)
	if err != nil {
		return err
	}
	if program := steps[version].program; program != "" {
		return errs.E(errs.Unavailable, "数据库已由更新的程序（%s）升级，这一份程序不再写入，请换用新版", program).Because(ErrOutgrown)
	}
	return errs.E(errs.Unavailable, "数据库已由更新的程序升级，这一份程序不再写入，请换用新版").Because(ErrOutgrown)
}
