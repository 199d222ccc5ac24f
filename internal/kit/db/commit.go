package db

import (
	"context"
	"fmt"

	"shilu/internal/kit/errs"
)

// request is a write that waits for the one writer of SQLite.
type request struct {
	ctx   context.Context
	fn    func(*Tx) error
	tx    *Tx
	err   error
	panic any
	done  chan struct{}
	again bool // it went down with another and is to run once more
	alone bool // it takes long: it shares no commit, so that no other waits for its end and its commit
}

// together is how many waiting writes share a commit at most. More would make the first wait for the last.
const together = 32

func (d *DB) enqueue(ctx context.Context, fn func(*Tx) error, alone bool) error {
	r := &request{ctx: ctx, fn: fn, done: make(chan struct{}), alone: alone}
	select {
	case d.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-d.closing:
		return errs.E(errs.Unavailable, "实录正在停止，请稍后再试")
	}
	select {
	case <-r.done: // not on ctx.Done: the caller must learn whether it was committed
	case <-d.closing:
		d.done.Wait() // the writer answers all that it took before it stops
		select {
		case <-r.done:
		default:
			return errs.E(errs.Unavailable, "实录正在停止，请稍后再试")
		}
	}
	if r.panic != nil {
		panic(r.panic)
	}
	return r.err
}

func (d *DB) commitTogether() {
	defer d.done.Done()
	for {
		var batch, long []*request
		take := func(r *request) {
			if r.alone {
				long = append(long, r)
			} else {
				batch = append(batch, r)
			}
		}
		select {
		case r := <-d.queue:
			take(r)
		case <-d.closing:
			return
		}
	gather:
		for len(batch)+len(long) < together {
			select {
			case r := <-d.queue:
				take(r)
			default:
				break gather
			}
		}
		if len(batch) > 0 {
			d.commitBatch(batch)
		}
		for _, r := range long {
			d.commitBatch([]*request{r})
			d.wrote()
		}
	}
}

// commitBatch runs the writes one after the other, each undone alone if it fails, and acknowledges all after one commit.
func (d *DB) commitBatch(batch []*request) {
	defer func() {
		for _, r := range batch {
			if r.again {
				r.again = false
				continue
			}
			if r.err == nil && r.panic == nil && r.tx != nil {
				r.tx.finished()
			}
			close(r.done)
		}
	}()
	fail := func(err error) {
		for _, r := range batch {
			if r.err == nil {
				r.err = err
			}
		}
	}
	var again []*request
	defer func() { // after the rollback
		for _, r := range again {
			d.commitBatch([]*request{r})
		}
	}()
	ctx := context.WithoutCancel(batch[0].ctx)
	raw, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		fail(fmt.Errorf("begin: %w", err))
		return
	}
	defer func() { _ = raw.Rollback() }()
	for _, r := range batch {
		if r.err = r.ctx.Err(); r.err != nil {
			continue
		}
		r.tx = d.tx(raw)
		r.tx.shared = len(batch) > 1
		if len(batch) == 1 { // undone with the transaction: a savepoint would make SQLite note the old state of every page
			if r.run(); r.err != nil || r.panic != nil {
				return
			}
			break
		}
		if _, err := raw.ExecContext(ctx, "SAVEPOINT one"); err != nil {
			fail(fmt.Errorf("savepoint: %w", err))
			return
		}
		r.run()
		end := "RELEASE one"
		if r.err != nil || r.panic != nil {
			end = "ROLLBACK TO one; RELEASE one"
		}
		if _, err := raw.ExecContext(ctx, end); err != nil {
			again = d.undone(r, batch, fmt.Errorf("end of savepoint: %w", err))
			return
		}
	}
	if err := raw.Commit(); err != nil {
		fail(fmt.Errorf("commit: %w", err))
	}
}

// undone is for when SQLite has undone the whole transaction and not only what failed, as it does when a statement that writes is
// interrupted or the disk is full: the one that failed has the cause, the others are to run again, each alone.
func (d *DB) undone(failed *request, batch []*request, cause error) (again []*request) {
	for _, r := range batch {
		switch {
		case r == failed && r.err == nil && r.panic == nil:
			r.err = cause
		case r != failed && r.err == nil && r.panic == nil:
			r.tx, r.again = nil, true
			again = append(again, r)
		}
	}
	return again
}

func (r *request) run() {
	defer func() { r.panic = recover() }()
	r.err = r.fn(r.tx)
}
