package flow

import (
	"context"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Unfinished counts the records of a kind in one state that should be settled before a day is closed. First is the earliest day
// on which one of them counts.
type Unfinished struct {
	Kind     string
	State    State // draft, submitted, returned, of the record or of its open revision; verified for those that lack needed papers
	Unproved bool
	N        int64
	First    day.Day
}

// UnfinishedUpTo says what the actor sees unfinished among the records that count up to a day, included: what is not verified,
// and what is but lacks needed papers.
func UnfinishedUpTo(ctx context.Context, tx *db.Tx, upTo day.Day) ([]Unfinished, error) {
	where, args, err := Filter{To: upTo}.Where(ctx, tx, "r")
	if err != nil {
		return nil, err
	}
	all, err := db.All(ctx, tx, func(s db.Scanner) (u Unfinished, err error) {
		err = s.Scan(&u.Kind, &u.State, &u.N, &u.First)
		return u, err
	}, `SELECT r.kind, CASE WHEN r.revision <> '' THEN r.revision ELSE r.state END, COUNT(*), MIN(r.day)
		FROM `+waitingRecords(tx)+" WHERE "+waits+" AND r.day <> '' AND "+where+" GROUP BY 1, 2 ORDER BY 1, 2", args...)
	if err != nil {
		return nil, err
	}
	unproved, err := db.All(ctx, tx, func(s db.Scanner) (u Unfinished, err error) {
		u.State, u.Unproved = Verified, true
		err = s.Scan(&u.Kind, &u.N, &u.First)
		return u, err
	}, `SELECT r.kind || '', COUNT(*), MIN(r.day) FROM proof p JOIN record r ON r.association = p.association AND r.id = p.record
		WHERE p.association = ? AND p.missing <> '' AND r.state = 'verified' AND `+where+" GROUP BY 1 ORDER BY 1", append([]any{org.Of(ctx)}, args...)...)
	return append(all, unproved...), err
}
