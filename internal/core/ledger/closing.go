package ledger

import (
	"context"
	"encoding/json"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

const closingKind = "closing"

// closingEntry is a closing in the log.
type closingEntry struct {
	ID      string  `json:"id"`
	UpTo    day.Day `json:"up_to"`
	Account string  `json:"account"`
	Reason  string  `json:"reason"`
}

// Close locks the ledger up to the day, included: from now on a posting on such a day needs a reason and is marked a
// correction. An earlier day opens the days after it again, which needs a reason (Invalid). It is an entry of the log.
func Close(ctx context.Context, tx *db.Tx, upTo day.Day, account, reason string) error {
	if _, err := day.Parse(string(upTo)); err != nil {
		return err
	}
	if err := tx.Lock(ctx, closingKind, association.Of(ctx)); err != nil { // what is being posted by the closing of before ends first
		return err
	}
	closed, err := ClosedUpTo(ctx, tx)
	if err != nil {
		return err
	}
	if upTo == closed {
		return nil
	}
	if upTo < closed && reason == "" {
		return errs.E(errs.Invalid, "账已经结到%s，往回开要写原因", closed.Long())
	}
	row := id.New()
	if _, err := log.Append(ctx, tx, log.Ledger, closingKind, closingEntry{row, upTo, account, reason}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO closing (association, id, up_to, account, reason, at) VALUES (?, ?, ?, ?, ?, ?)",
		association.Of(ctx), row, upTo, account, reason, tx.Millis())
	return err
}

// ClosedUpTo is the last closed day, "" when nothing is closed. It stays so until the end of a transaction that writes.
func ClosedUpTo(ctx context.Context, tx *db.Tx) (day.Day, error) {
	if err := tx.LockShared(ctx, closingKind, association.Of(ctx)); err != nil {
		return "", err
	}
	days, err := db.All(ctx, tx, db.Value[day.Day], "SELECT up_to FROM closing WHERE association = ? ORDER BY at DESC, id DESC LIMIT 1", association.Of(ctx))
	if err != nil || len(days) == 0 {
		return "", err
	}
	return days[0], nil
}

// Closing is one closing or reopening: the ledger was closed up to the day UpTo, Was before.
type Closing struct {
	UpTo, Was       day.Day
	Account, Reason string
	At              int64 // UTC milliseconds
	// Since is the size that the log had with the closing in it: what was posted later came after it. 0 until the closing has a
	// number.
	Since int64
}

// Reopens reports whether days were opened again.
func (c Closing) Reopens() bool { return c.UpTo < c.Was }

// Closings lists all closings and reopenings, the latest first.
func Closings(ctx context.Context, tx *db.Tx) ([]Closing, error) {
	type row struct {
		Closing
		id string
	}
	rows, err := db.All(ctx, tx, func(s db.Scanner) (r row, err error) {
		err = s.Scan(&r.id, &r.UpTo, &r.Account, &r.Reason, &r.At)
		return r, err
	}, "SELECT id, up_to, account, reason, at FROM closing WHERE association = ? ORDER BY at DESC, id DESC", association.Of(ctx))
	if err != nil {
		return nil, err
	}
	sizes := map[string]int64{}
	if _, err := db.All(ctx, tx, func(s db.Scanner) (e closingEntry, err error) {
		var body string
		var seq int64
		if err = s.Scan(&body, &seq); err != nil {
			return e, err
		}
		err = json.Unmarshal([]byte(body), &e)
		sizes[e.ID] = seq + 1
		return e, err
	}, `SELECT e.body, l.seq FROM log_leaf l JOIN log_entry e ON e.association = l.association AND e.id = l.entry
		WHERE l.association = ? AND l.log = '`+log.Ledger+`' AND l.kind = '`+closingKind+`'`, association.Of(ctx)); err != nil {
		return nil, err
	}
	all := make([]Closing, len(rows))
	for i, r := range rows {
		all[i] = r.Closing
		all[i].Since = sizes[r.id]
		if i+1 < len(rows) {
			all[i].Was = rows[i+1].UpTo
		}
	}
	return all, nil
}
