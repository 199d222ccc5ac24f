package flow

import (
	"context"
	"strings"

	"shilu/internal/kit/db"
)

// Patience says until when a record may have come into a state without being late: UTC milliseconds by state, of those that wait
// (draft, submitted, returned). A state without an instant is never late.
type Patience map[State]int64

// Stuck counts the records of a kind and unit that have stood in a state for too long; Since is when the oldest came into it.
type Stuck struct {
	Kind  string
	State State
	Unit  string
	N     int64
	Since int64
}

// waitingState is what a record waits for: the state of its open revision, else its own; since is when that began.
const (
	waitingState = "CASE WHEN r.revision <> '' THEN r.revision ELSE r.state END"
	since        = "CASE WHEN r.state = 'submitted' OR r.revision = 'submitted' THEN r.submitted ELSE r.updated END"
)

// Overdue counts what the filter shows and has waited longer than patience allows, by kind, state and unit. The filter's states
// are not looked at.
func Overdue(ctx context.Context, tx *db.Tx, f Filter, p Patience) ([]Stuck, error) {
	where, args, err := p.where(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	row := func(s db.Scanner) (o Stuck, err error) {
		err = s.Scan(&o.Kind, &o.State, &o.Unit, &o.N, &o.Since)
		return o, err
	}
	return db.All(ctx, tx, row, "SELECT r.kind, "+waitingState+", r.unit, COUNT(*), MIN("+since+") FROM "+waitingRecords(tx)+" WHERE "+where+
		" GROUP BY r.kind, "+waitingState+", r.unit ORDER BY r.kind, 2, 5, r.unit", args...)
}

// ListOverdue lists the records that Overdue counts, those that have waited longest first.
func ListOverdue(ctx context.Context, tx *db.Tx, f Filter, p Patience, limit int) ([]Head, error) {
	where, args, err := p.where(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, tx, Scan, "SELECT "+Columns("r")+" FROM "+waitingRecords(tx)+" WHERE "+where+" ORDER BY "+since+", r.id"+db.Limit(limit, 0), args...)
}

// Since is when the record came into the state that it waits in, UTC milliseconds.
func (h Head) Since() int64 {
	if h.Waiting() == Submitted {
		return h.Submitted
	}
	return h.Updated
}

func (p Patience) where(ctx context.Context, tx *db.Tx, f Filter) (string, []any, error) {
	f.States = nil
	where, args, err := f.Where(ctx, tx, "r")
	if err != nil {
		return "", nil, err
	}
	var late []string
	for _, s := range []State{Returned, Submitted, Draft} {
		if until, ok := p[s]; ok {
			column := "r.updated"
			if s == Submitted {
				column = "r.submitted"
			}
			late = append(late, "((r.state = ? OR r.revision = ?) AND "+column+" < ?)")
			args = append(args, s, s, until)
		}
	}
	if len(late) == 0 {
		return "r.association = '' AND FALSE", nil, nil
	}
	// The first condition lets both engines use the index of what waits.
	return waits + " AND " + where + " AND (" + strings.Join(late, " OR ") + ")", args, nil
}
