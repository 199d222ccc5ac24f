package access

import (
	"context"
	"encoding/json"
	"fmt"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Change is one field before and after. Restricted values (phones, identity numbers) are masked before they are written.
type Change struct {
	Field      string `json:"field"`
	Label      string `json:"label"`
	Before     string `json:"before"`
	After      string `json:"after"`
	Restricted bool   `json:"-"`
}

// Event is something done. Action is unique over the program: "record.verify", "account.unlock".
type Event struct {
	Action  string
	Ref     id.Ref
	Version int
	Number  string // of the record, where it has one
	Hash    string // of the version's body
	Changes []Change
	Reason  string
}

// Log adds an event to the history, with who, when and from where; it is a numbered, hashed entry of the log "trail".
func Log(ctx context.Context, tx *db.Tx, e Event) error { return LogMany(ctx, tx, []Event{e}) }

// LogMany is Log of many events in few statements.
func LogMany(ctx context.Context, tx *db.Tx, events []Event) error {
	a := From(ctx)
	rows := make([][]any, len(events))
	ids := make([]string, len(events))
	for i, e := range events {
		changes := ""
		if len(e.Changes) > 0 {
			masked := make([]Change, len(e.Changes))
			for j, c := range e.Changes {
				if c.Restricted {
					c.Before, c.After = Mask(c.Before), Mask(c.After)
				}
				masked[j] = c
			}
			text, err := json.Marshal(masked)
			if err != nil {
				return fmt.Errorf("write the history: %w", err)
			}
			changes = string(text)
		}
		ids[i] = id.New()
		rows[i] = []any{org.Of(ctx), ids[i], tx.Millis(), a.Account, a.Name, e.Action, e.Ref.Kind, e.Ref.ID, e.Version, e.Number, e.Hash,
			changes, e.Reason, a.Address, a.Request}
	}
	if _, err := tx.Insert(ctx, `INSERT INTO history (association, id, at, account, name, action, kind, record, version, number, hash, changes, reason,
		address, request)`, "", rows...); err != nil {
		return err
	}
	return log.Enqueue(ctx, tx, log.Trail, "event", "", ids...)
}

// Entry is an event as it stands in the history. At is in UTC milliseconds.
type Entry struct {
	ID            string
	At            int64
	Account, Name string
	Action        string
	Ref           id.Ref
	Version       int
	Changes       []Change
	Reason        string
	Address       string // network address; only in ListTrail
	Request       string // number of the request, as the program's log has it; only in ListTrail
}

func scanEntry(s db.Scanner) (e Entry, err error) {
	var changes string
	if err = s.Scan(&e.ID, &e.At, &e.Account, &e.Name, &e.Action, &e.Ref.Kind, &e.Ref.ID, &e.Version, &changes, &e.Reason); err != nil {
		return e, err
	}
	if changes != "" {
		err = json.Unmarshal([]byte(changes), &e.Changes)
	}
	return e, err
}

// HistoryOf lists what was done with a record, latest first. The caller has checked that the actor sees the record.
func HistoryOf(ctx context.Context, tx *db.Tx, ref id.Ref) ([]Entry, error) {
	return db.All(ctx, tx, scanEntry, `SELECT id, at, account, name, action, kind, record, version, changes, reason FROM history
		WHERE association = ? AND record = ? ORDER BY at DESC, id DESC`, org.Of(ctx), ref.ID)
}

// LastOf is the latest event of the action on a record. NotFound when there is none.
func LastOf(ctx context.Context, tx *db.Tx, record, action string) (Entry, error) {
	return db.One(ctx, tx, scanEntry, `SELECT id, at, account, name, action, kind, record, version, changes, reason FROM history
		WHERE association = ? AND record = ? AND action = ? ORDER BY at DESC`+db.Limit(1, 0), org.Of(ctx), record, action)
}

// LatestOf lists what was last done with a record by any of the actions, the latest first.
func LatestOf(ctx context.Context, tx *db.Tx, record string, limit int, actions ...string) ([]Entry, error) {
	return db.All(ctx, tx, scanEntry, `SELECT id, at, account, name, action, kind, record, version, changes, reason FROM history
		WHERE association = ? AND record = ? AND action IN (?) ORDER BY at DESC`+db.Limit(limit, 0), org.Of(ctx), record, db.List(actions))
}

// Mask hides all of a restricted value but its ends: 138****5678.
func Mask(s string) string {
	r := []rune(s)
	switch {
	case len(r) == 0:
		return ""
	case len(r) < 8:
		return string(r[:1]) + "****"
	}
	return string(r[:3]) + "****" + string(r[len(r)-4:])
}

// At lists what was done at an instant, in UTC milliseconds, in the order in which it was done.
func At(ctx context.Context, tx *db.Tx, at int64) ([]Entry, error) {
	return db.All(ctx, tx, scanEntry, `SELECT id, at, account, name, action, kind, record, version, changes, reason FROM history
		WHERE association = ? AND at = ? ORDER BY id`, org.Of(ctx), at)
}
