package access

import (
	"context"
	"strings"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// trailEntry is the kind of an event in the log.
const trailEntry = "event"

// TrailSource gives core/log the events of the history, to number, hash and verify them.
func TrailSource() log.Source {
	return log.Source{Kind: trailEntry, Log: log.Trail, Table: "history", Bodies: trailBodies}
}

// trailBodies writes events as the log hashes them: all columns, by RFC 8785.
func trailBodies(ctx context.Context, tx *db.Tx, ids []string) (map[string][]byte, error) {
	found := make(map[string][]byte, len(ids))
	rows, err := tx.Query(ctx, `SELECT id, at, account, name, action, kind, record, version, number, hash, changes, reason, address, request
		FROM history WHERE association = ? AND id IN (?)`, org.Of(ctx), db.List(ids))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, account, name, action, kind, record, number, hash, changes, reason, address, request string
		var at, version int64
		if err := rows.Scan(&id, &at, &account, &name, &action, &kind, &record, &version, &number, &hash, &changes, &reason, &address,
			&request); err != nil {
			return nil, err
		}
		if found[id], err = log.Canonical(map[string]any{"id": id, "at": at, "account": account, "name": name, "action": action, "kind": trailEntry,
			"record_kind": kind, "record": record, "version": version, "number": number, "record_hash": hash, "changes": changes, "reason": reason, "address": address, "request": request}); err != nil {
			return nil, err
		}
	}
	return found, rows.Err()
}

// TrailFilter narrows the list of what was done; an empty field does not.
type TrailFilter struct {
	From, To int64  // instants in UTC milliseconds, To excluded
	Account  string // id
	Action   string // "record.verify", or all of "account."
	Kind     string // of the record
	Limit    int    // 0 is 50; at most 200
	After    *Entry // last entry of the page before
}

// ListTrail lists what was done in the whole association, latest first, for the auditor. Forbidden without the right Trail.
func ListTrail(ctx context.Context, tx *db.Tx, f TrailFilter) ([]Entry, error) {
	if err := Require(ctx, Trail, ""); err != nil {
		return nil, err
	}
	var where strings.Builder
	args := []any{org.Of(ctx)}
	and := func(condition string, values ...any) {
		where.WriteString(" AND " + condition)
		args = append(args, values...)
	}
	if f.From > 0 {
		and("at >= ?", f.From)
	}
	if f.To > 0 {
		and("at < ?", f.To)
	}
	if f.Account != "" {
		and("account = ?", f.Account)
	}
	if area, all := strings.CutSuffix(f.Action, "."); all {
		and("substr(action, 1, ?) = ?", len(area)+1, f.Action)
	} else if f.Action != "" {
		and("action = ?", f.Action)
	}
	if f.Kind != "" {
		and("kind = ?", f.Kind)
	}
	if f.After != nil {
		and("(at, id) < (?, ?)", f.After.At, f.After.ID)
	}
	limit := 50
	if f.Limit > 0 {
		limit = min(f.Limit, 200)
	}
	return db.All(ctx, tx, func(s db.Scanner) (Entry, error) {
		var address, request string
		e, err := scanEntry(withMore{s, []any{&address, &request}})
		e.Address, e.Request = address, request
		return e, err
	}, `SELECT id, at, account, name, action, kind, record, version, changes, reason, address, request FROM history WHERE association = ?`+
		where.String()+" ORDER BY at DESC, id DESC LIMIT ?", append(args, limit)...)
}

// withMore scans more columns than the scanner's user asks for.
type withMore struct {
	db.Scanner
	more []any
}

func (w withMore) Scan(dest ...any) error { return w.Scanner.Scan(append(dest, w.more...)...) }
