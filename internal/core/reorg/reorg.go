// Package reorg looks after changes of the trees of units and places that reach back: a place that is there from an earlier day on, or
// one that is moved or merged on one, changes figures of that time without any posting. On closed days only the chair may do that, and
// says why, as with records; who did what, and why, is listed beside the postings that changed figures.
package reorg

import (
	"context"
	"errors"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// ErrClosed is the cause of the refusal of a change that reaches back into closed days.
var ErrClosed = errors.New("the change of a tree reaches into closed days")

// Closed is the last closed day if a change from a day on reaches into closed days; "" when it does not.
func Closed(ctx context.Context, tx *db.Tx, from day.Day) (day.Day, error) {
	closed, err := ledger.ClosedUpTo(ctx, tx)
	if err != nil || from > closed {
		return "", err
	}
	return closed, nil
}

// Allow is nil for a change that leaves closed days alone. One that reaches into them is the chair's, with a reason: else Invalid
// (ErrClosed), naming the field of the day or that of the reason.
func Allow(ctx context.Context, tx *db.Tx, from day.Day, reason, dayField, reasonField string) error {
	closed, err := Closed(ctx, tx, from)
	if err != nil || closed == "" {
		return err
	}
	var wrong errs.Fields
	switch {
	case !access.From(ctx).MayEverywhere(access.Reopen, ""):
		wrong.Add(dayField, "%s及以前的账已经结了，从%s起会改动结过的数，要主席来办；或者写%s或以后", closed.Long(), Words(from), closed.Add(1).Long())
	case reason == "":
		wrong.Add(reasonField, "%s及以前的账已经结了，从%s起会改动结过的数，请写为什么；或者写%s或以后", closed.Long(), Words(from), closed.Add(1).Long())
	default:
		return nil
	}
	return refused(wrong)
}

// AllowUndo is Allow for taking back what holds from a day on, which leaves no other day to choose.
func AllowUndo(ctx context.Context, tx *db.Tx, from day.Day, reason, reasonField string) error {
	closed, err := Closed(ctx, tx, from)
	if err != nil || closed == "" {
		return err
	}
	var wrong errs.Fields
	switch {
	case !access.From(ctx).MayEverywhere(access.Reopen, ""):
		wrong.Add(reasonField, "%s及以前的账已经结了，这是从%s起的，撤销会改动结过的数，要主席来办", closed.Long(), Words(from))
	case reason == "":
		wrong.Add(reasonField, "%s及以前的账已经结了，这是从%s起的，撤销会改动结过的数，请写为什么", closed.Long(), Words(from))
	default:
		return nil
	}
	return refused(wrong)
}

func refused(wrong errs.Fields) error {
	var e *errs.Error
	if err := wrong.Err(); errors.As(err, &e) {
		return e.Because(ErrClosed)
	}
	return nil
}

// Words names a beginning: 2026年3月5日, or 一开始.
func Words(from day.Day) string {
	if from == org.Always || from == "" {
		return "一开始"
	}
	return from.Long()
}

// Change is a change of a tree with who made it and why. Nodes that were changed alike at once are one: Names has all of them.
type Change struct {
	org.Redrawn
	Names       []string
	Who, Reason string
	Closed      bool // it reached into days that were closed then
}

// Since lists what changed in the trees after a size of the log and can change figures of the period, the latest first: within a place
// or unit of today's tree, where one is given.
func Since(ctx context.Context, tx *db.Tx, tree *org.Tree, size int64, unit, place string, until day.Day) ([]Change, error) {
	all, err := org.RedrawnSince(ctx, tx, size)
	if err != nil {
		return nil, err
	}
	if unit != "" {
		place = tree.Unit(unit).Place
	}
	within := func(r org.Redrawn) bool {
		top, below := place, tree.PlaceSubtree
		if r.Unit {
			if unit == "" {
				return false // figures by place do not go by it; those of units have a unit's scope
			}
			top, below = unit, tree.UnitSubtree
		}
		if top == "" {
			return true
		}
		inside := below(top)
		return slices.Contains(inside, r.ID) || r.What != org.Opened && (slices.Contains(inside, r.Before) || slices.Contains(inside, r.After))
	}
	all = slices.DeleteFunc(all, func(r org.Redrawn) bool { return r.From > until || !within(r) })
	if len(all) == 0 {
		return nil, nil
	}
	return told(ctx, tx, all)
}

// told puts to changes who made them and why, and joins those that are alike.
func told(ctx context.Context, tx *db.Tx, all []org.Redrawn) ([]Change, error) {
	closings, err := ledger.Closings(ctx, tx)
	if err != nil {
		return nil, err
	}
	events := map[int64][]access.Entry{}
	var out []Change
	for _, r := range all {
		if _, asked := events[r.At]; !asked {
			if events[r.At], err = access.At(ctx, tx, r.At); err != nil {
				return nil, err
			}
		}
		c := Change{Redrawn: r, Names: []string{r.Name}}
		for _, e := range events[r.At] {
			if e.Ref.ID == r.ID || c.Who == "" && e.Action == Listed {
				c.Who, c.Reason = e.Name, e.Reason
			}
		}
		for _, h := range closings {
			if h.At <= r.At {
				c.Closed = r.From <= h.UpTo
				break
			}
		}
		if n := len(out); n > 0 && out[n-1].like(c) {
			out[n-1].Names = append(out[n-1].Names, r.Name)
			continue
		}
		out = append(out, c)
	}
	for i := range out {
		slices.Reverse(out[i].Names) // as they were made
	}
	return out, nil
}

// Listed is the action of the history under which a list of places is added that was typed or handed in as a file.
const Listed = "org.import"

// like reports whether another change is the same done to another node.
func (c Change) like(o Change) bool {
	return c.Unit == o.Unit && c.What == o.What && c.At == o.At && c.From == o.From && c.After == o.After && c.Before == o.Before && c.Level == o.Level && c.Reason == o.Reason
}
