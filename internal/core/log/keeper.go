package log

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"shilu/internal/core/association"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/keys"
)

// Source is a kind of entry whose rows are in a table of their own. What they say must never change: the table is append-only.
type Source struct {
	Kind  string
	Log   string
	Table string // its key is (association, id); every row of it is an entry
	// Bodies gives the canonical JSON of each entry; what is not there is left out.
	Bodies func(ctx context.Context, tx *db.Tx, entries []string) (map[string][]byte, error)
}

// Keeper numbers, signs and verifies the logs of an installation. The association is that of the context.
type Keeper struct {
	db      *db.DB
	master  keys.Master
	sources map[string]Source
}

// NewKeeper makes the keeper. All sources must be named: without its source an entry gets no number.
func NewKeeper(d *db.DB, master keys.Master, sources ...Source) *Keeper {
	k := &Keeper{db: d, master: master, sources: make(map[string]Source, len(sources))}
	for _, s := range sources {
		k.sources[s.Kind] = s
	}
	return k
}

// chunk is how many entries get their numbers in one transaction: at 2,000 the one writer of SQLite is held some 40 ms.
const chunk = 1000

// entry is a row of log_pending.
type entry struct{ batch, id, kind string }

// Seal gives a number to every entry that was committed before the call and belongs to no open batch, and signs a checkpoint
// of the result; the last checkpoint again when there is nothing new. Any number of copies may seal at once.
// Conflict when the stored tree is not what was signed before: then nothing is signed and `shilu verify` tells more.
func (k *Keeper) Seal(ctx context.Context, log string) (Checkpoint, error) {
	var after entry
	for {
		step, err := k.prepare(ctx, log, after)
		if err != nil {
			return Checkpoint{}, fmt.Errorf("seal the log %s: %w", log, err)
		}
		if step == nil {
			return k.sign(ctx, log)
		}
		switch err := k.db.Update(ctx, func(tx *db.Tx) error { return step.write(ctx, tx, log) }); {
		case err == nil:
			after = step.last
		case errors.Is(err, errLost):
			after = entry{} // another copy was quicker; what it left is read anew
		default:
			return Checkpoint{}, fmt.Errorf("seal the log %s: %w", log, err)
		}
	}
}

// errLost says that another copy has moved the head.
var errLost = errors.New("another copy has sealed")

// step is the work of one transaction of Seal, prepared outside it.
type step struct {
	before, after head
	entries       []entry
	leaves, nodes [][]any
	last          entry
}

// prepare reads and hashes the next entries; nil when there are none. It does so in a read transaction: what it reads never
// changes, and the writer stays free.
func (k *Keeper) prepare(ctx context.Context, log string, after entry) (*step, error) {
	var out *step
	err := k.db.View(ctx, func(tx *db.Tx) error {
		for {
			page, err := db.All(ctx, tx, func(s db.Scanner) (e entry, err error) {
				err = s.Scan(&e.batch, &e.id, &e.kind)
				return e, err
			}, `SELECT batch, entry, kind FROM log_pending p WHERE association = ? AND log = ? AND (batch, entry) > (?, ?) AND NOT EXISTS
				(SELECT 1 FROM batch b WHERE b.association = p.association AND b.id = p.batch AND b.open) ORDER BY batch, entry LIMIT ?`,
				association.Of(ctx), log, after.batch, after.id, chunk)
			if err != nil || len(page) == 0 {
				return err
			}
			for i, e := range page { // a transaction has entries of one batch, so that they are taken off the queue by one range
				if e.batch != page[0].batch {
					page = page[:i]
					break
				}
			}
			after = page[len(page)-1]
			if out, err = k.hash(ctx, tx, log, page); err != nil || len(out.entries) > 0 {
				return err
			}
			out = nil // none of them has a row: verify reports it, the others go on
		}
	})
	return out, err
}

func (k *Keeper) hash(ctx context.Context, tx *db.Tx, log string, page []entry) (*step, error) {
	bodies, err := k.bodies(ctx, tx, page)
	if err != nil {
		return nil, err
	}
	before, err := readHead(ctx, tx, log)
	if err != nil {
		return nil, err
	}
	tree, err := parseFrontier(before.size, before.frontier)
	if err != nil {
		return nil, err
	}
	s := &step{before: before, last: page[len(page)-1]}
	for _, e := range page {
		body, ok := bodies[e.id]
		if !ok {
			continue
		}
		h := tlog.RecordHash(body)
		s.entries = append(s.entries, e)
		s.leaves = append(s.leaves, []any{association.Of(ctx), log, tree.size, e.id, e.kind, h.String()})
		tree.add(h, func(level int, n int64, h tlog.Hash) {
			if level >= kept {
				s.nodes = append(s.nodes, []any{association.Of(ctx), log, level, n, h.String()})
			}
		})
	}
	s.after = head{tree.size, tree.root().String(), tree.text()}
	return s, nil
}

// write appends the prepared leaves if the head still stands where it stood.
func (s *step) write(ctx context.Context, tx *db.Tx, log string) error {
	if s.before.size == 0 {
		if _, err := tx.Insert(ctx, "INSERT INTO log_head (association, log, size, root, frontier)", "ON CONFLICT (association, log) DO NOTHING",
			[]any{association.Of(ctx), log, 0, s.before.root, ""}); err != nil {
			return err
		}
	}
	moved, err := tx.Exec(ctx, "UPDATE log_head SET size = ?, root = ?, frontier = ? WHERE association = ? AND log = ? AND size = ? AND root = ?",
		s.after.size, s.after.root, s.after.frontier, association.Of(ctx), log, s.before.size, s.before.root)
	if err != nil {
		return err
	}
	if moved != 1 {
		return errLost
	}
	if _, err := tx.Insert(ctx, "INSERT INTO log_leaf (association, log, seq, entry, kind, hash)", "", s.leaves...); err != nil {
		return err
	}
	if _, err := tx.Insert(ctx, "INSERT INTO log_node (association, log, level, n, hash)", "", s.nodes...); err != nil {
		return err
	}
	ids := make(db.List, len(s.entries))
	for i, e := range s.entries {
		ids[i] = e.id
	}
	gone, err := tx.Exec(ctx, "DELETE FROM log_pending WHERE association = ? AND log = ? AND batch = ? AND entry IN (?)",
		association.Of(ctx), log, s.last.batch, ids)
	if err == nil && gone != int64(len(ids)) {
		return errLost
	}
	return err
}

// bodies loads what the entries say, by kind. A kind without a source is an entry of Append.
func (k *Keeper) bodies(ctx context.Context, tx *db.Tx, entries []entry) (map[string][]byte, error) {
	kinds := make(map[string][]string)
	for _, e := range entries {
		kind := e.kind
		if _, ok := k.sources[kind]; !ok {
			kind = ""
		}
		kinds[kind] = append(kinds[kind], e.id)
	}
	all := make(map[string][]byte, len(entries))
	for kind, ids := range kinds {
		load := appended
		if kind != "" {
			load = k.sources[kind].Bodies
		}
		found, err := load(ctx, tx, ids)
		if err != nil {
			return nil, fmt.Errorf("entries of kind %q: %w", kind, err)
		}
		for id, body := range found {
			all[id] = body
		}
	}
	return all, nil
}

// appended gives the leaves of entries that Append made: the keys at, body, id, kind, log, in this order.
func appended(ctx context.Context, tx *db.Tx, ids []string) (map[string][]byte, error) {
	found := make(map[string][]byte, len(ids))
	rows, err := tx.Query(ctx, "SELECT id, log, kind, body, at FROM log_entry WHERE association = ? AND id IN (?)", association.Of(ctx), db.List(ids))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, log, kind, body string
		var at int64
		if err := rows.Scan(&id, &log, &kind, &body, &at); err != nil {
			return nil, err
		}
		b := fmt.Appendf(nil, `{"at":%d,"body":%s,"id":`, at, body)
		b = append(AppendText(b, id), `,"kind":`...)
		b = append(AppendText(b, kind), `,"log":`...)
		found[id] = append(AppendText(b, log), '}')
	}
	return found, rows.Err()
}

// changed is the refusal to sign a tree that does not continue what was signed.
func changed(log string, size int64, cause error) error {
	return errs.E(errs.Conflict, "存证日志「%s」和第 %d 号存证点对不上，不再签名；请运行 shilu verify 查看哪一行被改过", log, size).Because(cause)
}
