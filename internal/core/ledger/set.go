package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Set makes the ledger say exactly what the statement says about its record, in the transaction of the record itself. What
// stands already stays; what is no longer stated is taken back by a row with the opposite amount; the rest is added. Saying
// the same again writes nothing, so editing, voiding (no facts), importing twice and replaying a queue are this one call.
// Whatever was expected of the record (Expect) is cleared.
//
// It fails with Invalid (ErrClosed) when a row falls on a closed day and the statement has no reason. All other failures are faults of
// the module: an unknown measure, a missing unit or place, a stock without movement.
func Set(ctx context.Context, tx *db.Tx, s Statement) error {
	return SetMany(ctx, tx, []Statement{s})
}

// ErrClosed is the cause of the refusal of a posting on a closed day without a reason.
var ErrClosed = errors.New("the day is closed and no reason is given")

// SetMany is Set of many records, in few statements, for imports: about 1,000 a transaction keep the writer free for others.
// No record may occur twice.
func SetMany(ctx context.Context, tx *db.Tx, statements []Statement) error {
	sets := make(map[string]string)
	wanted := make([][]row, len(statements))
	for i, s := range statements {
		var err error
		if s.Ref.ID == "" || s.Ref.Kind == "" {
			return fmt.Errorf("statement of %q: a record has a kind and an id", s.Ref)
		}
		if wanted[i], err = stated(s.Facts, sets); err != nil {
			return fmt.Errorf("statement of %s: %w", s.Ref, err)
		}
	}
	records, err := lock(ctx, tx, statements)
	if err != nil {
		return err
	}
	standing, err := standing(ctx, tx, records)
	if err != nil {
		return err
	}
	closed, err := ClosedUpTo(ctx, tx)
	if err != nil {
		return err
	}
	var out writing
	for i, s := range statements {
		if err := out.add(ctx, tx, s, difference(standing[s.Ref.ID], wanted[i]), closed); err != nil {
			return err
		}
	}
	if err := intern(ctx, tx, out.keep(sets)); err != nil {
		return err
	}
	if err := out.insert(ctx, tx); err != nil {
		return err
	}
	return forget(ctx, tx, records)
}

// ChangedFrom is the first day on which a record would count otherwise than it does if it stated the facts: that of the first row which
// Set would write; "" for none. Facts that do not say yet whose they are and when count for nothing.
func ChangedFrom(ctx context.Context, tx *db.Tx, ref id.Ref, facts []Fact) (first day.Day, err error) {
	wanted, err := stated(placed(facts), make(map[string]string))
	if err != nil {
		return "", err
	}
	standing, err := standing(ctx, tx, []string{ref.ID})
	if err != nil {
		return "", err
	}
	for _, r := range difference(standing[ref.ID], wanted) {
		if first == "" || r.day < first {
			first = r.day
		}
	}
	return first, nil
}

// lock writes the head row of every record, in the order of their ids, and thereby makes two statements about one record wait
// for each other: what stands is read only afterwards.
func lock(ctx context.Context, tx *db.Tx, statements []Statement) ([]string, error) {
	sorted := slices.SortedFunc(slices.Values(statements), func(a, b Statement) int { return strings.Compare(a.Ref.ID, b.Ref.ID) })
	records := make([]string, len(sorted))
	heads := make([][]any, len(sorted))
	for i, s := range sorted {
		if i > 0 && records[i-1] == s.Ref.ID {
			return nil, fmt.Errorf("two statements of %s at once", s.Ref)
		}
		records[i] = s.Ref.ID
		heads[i] = []any{association.Of(ctx), s.Ref.ID, s.Ref.Kind, s.Version, s.FactsVersion, s.RecordHash}
	}
	_, err := tx.Insert(ctx, "INSERT INTO statement (association, record, kind, version, facts_version, record_hash)",
		`ON CONFLICT (association, record) DO UPDATE SET kind = excluded.kind, version = excluded.version,
			facts_version = excluded.facts_version, record_hash = excluded.record_hash`, heads...)
	return records, err
}

// difference is the rows that turn what stands into what is wanted: reversals first, then additions.
func difference(standing, wanted []row) []row {
	left := make(map[attributes]int64, len(wanted))
	for _, w := range wanted {
		left[w.attributes] = w.amount
	}
	var rows []row
	for _, s := range standing {
		if amount, ok := left[s.attributes]; ok && amount == s.amount {
			delete(left, s.attributes)
			continue
		}
		rows = append(rows, row{attributes: s.attributes, amount: -s.amount, reverses: sql.NullString{String: s.id, Valid: true}})
	}
	for _, w := range wanted {
		if _, ok := left[w.attributes]; ok {
			rows = append(rows, w)
		}
	}
	return rows
}

// writing collects the rows of many statements.
type writing struct {
	postings, facts [][]any
	entries         map[string][]string // ids of the facts by batch
	tags            map[string]bool
}

func (w *writing) add(ctx context.Context, tx *db.Tx, s Statement, rows []row, closed day.Day) error {
	if len(rows) == 0 {
		return nil
	}
	correction := false
	for _, r := range rows {
		correction = correction || r.day <= closed
	}
	if correction && s.Reason == "" {
		return errs.E(errs.Invalid, "%s及以前的账已经结了，请写更正的原因", closed.Long()).Because(ErrClosed)
	}
	if w.entries == nil {
		w.entries, w.tags = make(map[string][]string), make(map[string]bool)
	}
	posting, reason := id.New(), s.Reason
	switch {
	case reason == "":
		reason = s.Origin
	case s.Origin != "":
		reason += "（" + s.Origin + "）"
	}
	w.postings = append(w.postings, []any{association.Of(ctx), posting, s.Ref.Kind, s.Ref.ID, s.Version, s.FactsVersion, s.RecordHash,
		papersHash(s.Papers), reason, s.Batch, s.Account, correction, tx.Millis()})
	for _, r := range rows {
		entry := id.New()
		w.entries[s.Batch] = append(w.entries[s.Batch], entry)
		w.tags[r.tags] = true
		w.facts = append(w.facts, []any{association.Of(ctx), entry, posting, s.Ref.ID, r.measure, r.unit, r.place, r.day, r.tags, r.exactness,
			r.key, r.movement, r.amount, r.reverses})
	}
	return nil
}

// keep leaves out the tag sets that no new row uses.
func (w *writing) keep(sets map[string]string) map[string]string {
	used := make(map[string]string, len(w.tags))
	for set, text := range sets {
		if w.tags[set] {
			used[set] = text
		}
	}
	return used
}

func (w *writing) insert(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Insert(ctx, `INSERT INTO posting (association, id, kind, record, version, facts_version, record_hash, papers_hash,
		reason, batch, account, correction, posted)`, "", w.postings...); err != nil {
		return err
	}
	_, err := tx.Insert(ctx, `INSERT INTO fact (association, id, posting, record, measure, unit, place, day, tags, exactness, fact_key,
		movement, amount, reverses)`, "", w.facts...)
	if db.IsUnique(err) {
		// Someone took the same row back at the same time. The head row prevents it; the index is the proof.
		return errors.Join(db.ErrRetry, err)
	}
	if err != nil {
		return err
	}
	for batch, entries := range w.entries {
		if err := log.Enqueue(ctx, tx, log.Ledger, factEntry, batch, entries...); err != nil {
			return err
		}
	}
	return nil
}

// forget drops what was expected of the records.
func forget(ctx context.Context, tx *db.Tx, records []string) error {
	for chunk := range slices.Chunk(records, 900) {
		if _, err := tx.Exec(ctx, "DELETE FROM expected WHERE association = ? AND record IN (?)", association.Of(ctx), db.List(chunk)); err != nil {
			return err
		}
	}
	return nil
}

// OpenBatch names the rows of an import that must become visible together; see log.OpenBatch.
func OpenBatch(ctx context.Context, tx *db.Tx, batch string) error {
	return log.OpenBatch(ctx, tx, batch)
}

// CloseBatch makes the rows of the batch visible at once.
func CloseBatch(ctx context.Context, tx *db.Tx, batch string) error {
	return log.CloseBatch(ctx, tx, batch)
}
