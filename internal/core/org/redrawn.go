package org

import (
	"context"
	"encoding/json"

	"shilu/internal/core/log"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// What is what a change did to a node of a tree.
type What string

// The changes that can change a figure: a name changes none.
const (
	Added    What = "added"  // a place
	Opened   What = "opened" // a place is there from another day on
	Moved    What = "moved"
	Merged   What = "merged"
	Unmerged What = "unmerged" // a merger was taken back
)

// Redrawn is a change of one of the trees. Figures of days from From on may be others.
type Redrawn struct {
	Unit          bool // of the tree of units; else of places
	ID, Name      string
	Level         string // of a place
	What          What
	Before, After string // ids of the parents, days (Opened); After alone where there was nothing
	From          day.Day
	At            int64 // UTC milliseconds
}

// RedrawnSince lists what changed in both trees after a size of the log and can change a figure, the latest first.
func RedrawnSince(ctx context.Context, tx *db.Tx, size int64) ([]Redrawn, error) {
	if changed, err := ChangedSince(ctx, tx, size); err != nil || !changed {
		return nil, err
	}
	var all []Redrawn
	last := map[string]node{}
	_, err := db.All(ctx, tx, func(s db.Scanner) (n node, err error) {
		var kind, body string
		var at int64
		var later bool
		if err = s.Scan(&kind, &body, &at, &later); err != nil {
			return n, err
		}
		if json.Unmarshal([]byte(body), &n) != nil { // the log reports it
			return n, nil //nolint:nilerr // a damaged version is no reason to hide the others; verify names it
		}
		before, known := last[kind+n.ID]
		if last[kind+n.ID] = n; !later {
			return n, nil
		}
		if r, ok := n.redrawn(before, known, kind == string(units)); ok {
			r.At = at
			all = append([]Redrawn{r}, all...)
		}
		return n, nil
	}, `SELECT e.kind, e.body, e.at, l.seq IS NULL OR l.seq >= ? FROM log_entry e
		LEFT JOIN log_leaf l ON l.association = e.association AND l.log = e.log AND l.entry = e.id
		WHERE e.association = ? AND e.log = ? AND e.kind IN (?) ORDER BY e.id`, size, Of(ctx), log.Ledger, db.List{string(units), string(places)})
	return all, err
}

// redrawn says what an entry of a node changed against the one before it.
func (n node) redrawn(before node, known, unit bool) (r Redrawn, ok bool) {
	r = Redrawn{Unit: unit, ID: n.ID, From: n.Opened}
	if len(n.Names) > 0 {
		r.Name = n.Names[len(n.Names)-1].Says
	}
	if !unit {
		r.Level = n.Kind
	}
	parent, old := n.hungUnder(), before.hungUnder()
	switch {
	case !known:
		r.What, r.After = Added, parent.Says
		return r, !unit // a unit that is new has done nothing
	case n.Closed == day.Forever && before.Closed != day.Forever:
		r.What, r.Before, r.After, r.From = Unmerged, old.Says, parent.Says, before.Closed
	case n.Closed != before.Closed:
		r.What, r.Before, r.After, r.From = Merged, old.Says, parent.Says, n.Closed
	case n.Opened != before.Opened:
		r.What, r.Before, r.After, r.From = Opened, string(before.Opened), string(n.Opened), min(before.Opened, n.Opened)
	case parent != old:
		r.What, r.Before, r.After, r.From = Moved, old.Says, parent.Says, parent.From
	default:
		return r, false
	}
	return r, true
}

// hungUnder is the last parent of a node, and since when.
func (n node) hungUnder() dated {
	if len(n.Links) == 0 {
		return dated{}
	}
	return n.Links[len(n.Links)-1]
}
