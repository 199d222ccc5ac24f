package ledger

import (
	"context"

	"shilu/internal/core/log"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Posted is a fact as it stands in the ledger. Of a correction both rows are there: Reverses is the fact that this one takes
// back, ReversedBy the one that takes this back.
type Posted struct {
	ID, Posting string
	Seq         int64 // its number in the log; -1 until it has one
	Ref         id.Ref
	Fact        Fact
	Reverses    string
	ReversedBy  string
	Version     int
	Reason      string
	Correction  bool  // posted on a day that was closed
	At          int64 // when it was posted, milliseconds UTC
}

// List reads facts, the latest day first, what was taken back beside what takes it back. limit 0 reads all.
func List(ctx context.Context, tx *db.Tx, f Filter, limit, offset int) ([]Posted, error) {
	q, err := f.reading(ctx, tx, By{})
	if err != nil {
		return nil, err
	}
	q.columnArgs = nil
	q.join("JOIN posting p ON p.association = f.association AND p.id = f.posting")
	q.join("LEFT JOIN tag_set t ON t.association = f.association AND t.id = f.tags")
	seq := "l.seq"
	if f.AsOf > 0 {
		q.join("LEFT JOIN fact b ON b.association = f.association AND b.reverses = f.id AND EXISTS (SELECT 1 FROM log_leaf k WHERE k.association = b.association AND k.log = '"+
			log.Ledger+"' AND k.entry = b.id AND k.seq < ?)", f.AsOf)
	} else {
		seq = "COALESCE(l.seq, -1)"
		q.join("LEFT JOIN log_leaf l ON l.association = f.association AND l.log = '" + log.Ledger + "' AND l.entry = f.id")
		q.join("LEFT JOIN fact b ON b.association = f.association AND b.reverses = f.id")
	}
	text := "SELECT f.id, f.posting, " + seq + `, p.kind, f.record, f.measure, f.amount, f.unit, f.place, f.day, COALESCE(t.text, ''), f.exactness,
		f.fact_key, f.movement, COALESCE(f.reverses, ''), COALESCE(b.id, ''), p.version, p.reason, p.correction, p.posted` +
		q.from("fact") + " ORDER BY f.day DESC, f.record DESC, p.posted, f.id"
	if limit > 0 {
		text += db.Limit(limit, offset)
	}
	return db.All(ctx, tx, func(s db.Scanner) (p Posted, err error) {
		var tags string
		err = s.Scan(&p.ID, &p.Posting, &p.Seq, &p.Ref.Kind, &p.Ref.ID, &p.Fact.Measure, &p.Fact.Amount, &p.Fact.Unit, &p.Fact.Place, &p.Fact.Day,
			&tags, &p.Fact.Exactness, &p.Fact.Key, &p.Fact.Movement, &p.Reverses, &p.ReversedBy, &p.Version, &p.Reason, &p.Correction, &p.At)
		if err == nil {
			p.Fact.Tags, err = ParseTags(tags)
		}
		return p, err
	}, text, q.args()...)
}

// Each calls fn with every fact of the filter, for adding up in the program, one by one, what a query has summed. Keys are
// those that the facts count under.
func Each(ctx context.Context, tx *db.Tx, f Filter, fn func(measure, key string, movement Movement, amount int64)) error {
	q, err := f.reading(ctx, tx, By{})
	if err != nil {
		return err
	}
	q.columnArgs = nil
	under, _, err := f.countsUnder(ctx, tx, By{})
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, "SELECT f.measure, f.fact_key, f.movement, f.amount"+q.from("fact"), q.args()...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var measure, key string
		var movement Movement
		var amount int64
		if err := rows.Scan(&measure, &key, &movement, &amount); err != nil {
			return err
		}
		fn(measure, under(key, ""), movement, amount)
	}
	return rows.Err()
}
