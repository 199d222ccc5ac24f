package indicator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
)

// Places are no postings: they are counted in the tree, as of the last day of the period and as known at the scope's size of the
// log. So a merger changes the denominator of a coverage from its own day on, and nobody types it.

func (d Def) checkPlaces() error {
	if org.LevelTitle(d.Level) == "" {
		return fmt.Errorf("%s counts places of the unknown level %q", d.Code, d.Level)
	}
	if len(d.Where) > 0 || d.Missing != "" || d.Numerator != "" || d.Denominator != "" || d.Divisor != 1 {
		return fmt.Errorf("%s counts places: it has a level and nothing else", d.Code)
	}
	return nil
}

// ofPlaces reports whether a definition says something of a place, not of what somebody did: how many villages, how many people it has.
func (d Def) ofPlaces() bool { return d.Kind == Places || d.Kind == External }

// CountsPlaces reports whether a figure counts places, or is divided by such a count.
func (c *Catalogue) CountsPlaces(ctx context.Context, tx *db.Tx, scope Scope, code string) (bool, error) {
	c, err := c.inForce(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return false, err
	}
	defs, err := c.defsOf([]string{code})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(c.asks(defs), func(a asked) bool { return a.Kind == Places }), nil
}

// places counts what is asked of the tree, in the groups of the breakdown.
func (r *reading) places(ctx context.Context, tx *db.Tx, scope Scope, all []asked, by ledger.By) error {
	all = slices.DeleteFunc(slices.Clone(all), func(a asked) bool { return a.Kind != Places })
	if len(all) == 0 {
		return nil
	}
	tree, err := org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return err
	}
	for _, a := range all {
		total := int64(len(placesIn(tree, scope, a.Level)))
		switch ids := by.IDs(); {
		case by.Nothing():
			r.at(a.key, "").amount = total
		case ids == nil:
			if r.same == nil {
				r.same = map[string]*raw{}
			}
			r.same[a.key] = &raw{amount: total, inexact: map[ledger.Exactness]int64{}}
		default:
			for _, top := range ids {
				of := Scope{Place: top, Period: scope.Period}
				if tree.Place(top).ID == "" {
					of = Scope{Unit: top, Period: scope.Period}
				} else {
					total -= int64(len(placesIn(tree, of, a.Level)))
				}
				r.at(a.key, top).amount = int64(len(placesIn(tree, of, a.Level)))
			}
			if len(ids) > 0 && tree.Place(ids[0]).ID != "" {
				r.at(a.key, "").amount = total
			}
		}
	}
	return nil
}

// placesIn lists the places of a level that there are in a scope on its last day. A unit counts those of the place that it serves.
func placesIn(tree *org.Tree, scope Scope, level string) []org.Place {
	top := scope.Place
	if scope.Unit != "" {
		top = tree.Unit(scope.Unit).Place
	}
	if top == "" {
		top = tree.Root().ID
	}
	var all []org.Place
	for _, id := range tree.PlaceSubtree(top) {
		if p := tree.Place(id); p.Level == level && p.Opened <= scope.Period.To && p.Closed > scope.Period.To {
			all = append(all, p)
		}
	}
	return all
}

// countedNames names the places that a figure counts, township by township, and since when each is there where that is known:
// 青溪乡 2：上村、新村（2026年3月1日起）.
func (t *Trace) countedNames(ctx context.Context, tx *db.Tx) error {
	since, err := t.since(ctx, tx)
	if err != nil {
		return err
	}
	var tops []string
	names := map[string][]string{}
	for _, p := range placesIn(t.Tree, t.Scope, t.Def.Level) {
		top := t.Tree.Place(p.Parent).Name
		if names[top] == nil {
			tops = append(tops, top)
		}
		name := p.Name
		if from := max(p.Opened, since[p.ID]); from != "" && from != org.Always {
			name = lang.T(ctx, "%s（%s起）", name, lang.T(ctx, from.Long()))
		}
		names[top] = append(names[top], name)
	}
	for _, top := range tops {
		t.Names = append(t.Names, lang.T(ctx, "%s %d：%s", top, len(names[top]), strings.Join(names[top], lang.T(ctx, "、"))))
	}
	return nil
}

// since is from when each place lies in the township or county of the scope; empty where the tree was another one then.
func (t *Trace) since(ctx context.Context, tx *db.Tx) (map[string]day.Day, error) {
	if t.Scope.AsOf > 0 {
		if changed, err := org.ChangedSince(ctx, tx, t.Scope.AsOf); err != nil || changed {
			return nil, err
		}
	}
	since := map[string]day.Day{}
	rows, err := tx.Query(ctx, "SELECT child, from_day FROM place_link WHERE association = ? AND from_day <= ? AND to_day > ?",
		org.Of(ctx), t.Scope.Period.To, t.Scope.Period.To)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var child string
		var from day.Day
		if err := rows.Scan(&child, &from); err != nil {
			return nil, err
		}
		since[child] = from
	}
	return since, rows.Err()
}
