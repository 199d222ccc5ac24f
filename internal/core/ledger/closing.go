package ledger

import (
	"context"

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

// ClosedUpTo is the last closed day, "" when nothing is closed.
func ClosedUpTo(ctx context.Context, tx *db.Tx) (day.Day, error) {
	days, err := db.All(ctx, tx, db.Value[day.Day], "SELECT up_to FROM closing WHERE association = ? ORDER BY at DESC, id DESC LIMIT 1", association.Of(ctx))
	if err != nil || len(days) == 0 {
		return "", err
	}
	return days[0], nil
}
