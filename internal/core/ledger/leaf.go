package ledger

import (
	"context"
	"strconv"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
)

// factEntry is the kind of a fact in the log.
const factEntry = "fact"

// Source gives the log the leaves of the facts.
var Source = log.Source{Kind: factEntry, Log: log.Ledger, Table: "fact", Bodies: leaves}

// leaves writes facts as the log hashes them: JSON by RFC 8785, so the keys in order, with the tag set spelled out and all that
// the posting says. docs/ledger.md explains each key and has a test vector.
func leaves(ctx context.Context, tx *db.Tx, ids []string) (map[string][]byte, error) {
	rows, err := tx.Query(ctx, `SELECT f.id, p.account, f.amount, p.batch, p.correction, f.day, f.exactness, p.facts_version, f.fact_key, f.measure,
		f.movement, p.papers_hash, f.place, p.posted, p.id, p.reason, f.record, p.record_hash, p.kind, COALESCE(f.reverses, ''), COALESCE(t.text, ''),
		f.unit, p.version
		FROM fact f JOIN posting p ON p.association = f.association AND p.id = f.posting
		LEFT JOIN tag_set t ON t.association = f.association AND t.id = f.tags
		WHERE f.association = ? AND f.id IN (?)`, association.Of(ctx), db.List(ids))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	found := make(map[string][]byte, len(ids))
	for rows.Next() {
		var l leaf
		if err := rows.Scan(&l.id, &l.account, &l.amount, &l.batch, &l.correction, &l.day, &l.exactness, &l.factsVersion, &l.key, &l.measure,
			&l.movement, &l.papers, &l.place, &l.posted, &l.posting, &l.reason, &l.record, &l.recordHash, &l.recordKind, &l.reverses, &l.tags,
			&l.unit, &l.version); err != nil {
			return nil, err
		}
		found[l.id] = l.text()
	}
	return found, rows.Err()
}

// leaf is a fact with its posting, in the order of its keys.
type leaf struct {
	account                            string
	amount                             int64
	batch                              string
	correction                         bool
	day, exactness                     string
	factsVersion                       int64
	id, key, measure, movement, papers string
	place                              string
	posted                             int64
	posting, reason, record            string
	recordHash, recordKind             string
	reverses, tags, unit               string
	version                            int64
}

func (l leaf) text() []byte {
	b := make([]byte, 0, 768)
	word := func(key, value string) {
		b = append(append(append(b, ',', '"'), key...), '"', ':')
		b = log.AppendText(b, value)
	}
	count := func(key string, n int64) {
		b = append(append(append(b, ',', '"'), key...), '"', ':')
		b = strconv.AppendInt(b, n, 10)
	}
	word("account", l.account)
	count("amount", l.amount)
	word("batch", l.batch)
	b = strconv.AppendBool(append(b, `,"correction":`...), l.correction)
	word("day", l.day)
	word("exactness", l.exactness)
	count("facts_version", l.factsVersion)
	word("id", l.id)
	word("key", l.key)
	word("kind", factEntry)
	word("measure", l.measure)
	word("movement", l.movement)
	word("papers", l.papers)
	word("place", l.place)
	count("posted", l.posted)
	word("posting", l.posting)
	word("reason", l.reason)
	word("record", l.record)
	word("record_hash", l.recordHash)
	word("record_kind", l.recordKind)
	word("reverses", l.reverses)
	word("tags", l.tags)
	word("unit", l.unit)
	count("version", l.version)
	b[0] = '{'
	return append(b, '}')
}
