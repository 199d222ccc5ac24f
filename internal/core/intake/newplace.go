package intake

import (
	"context"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/core/reorg"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// The names of the inputs about new places, which errors name.
const (
	PlacesFromField = "places_from"
	PlacesWhyField  = "places_why"
)

// since is the first day of the year that a row is about, by the earliest day that it says; of this year where it says none that can
// be.
func (c *check) since(r *Row) day.Day {
	year := r.first().Year()
	if year == 0 {
		year = r.Sheet.Year
	}
	if from := day.Year(year).From; from <= c.tree.On && org.CheckFrom(from, c.tree.On) == nil {
		return from
	}
	return day.Year(c.tree.On.Year()).From
}

// first is the earliest day that a row says; "" for none.
func (r *Row) first() (first day.Day) {
	for _, v := range r.values {
		if v.From != "" && (first == "" || v.From < first) {
			first = v.From
		}
	}
	return first
}

// makes reports whether the options ask for an unknown place to be created.
func (o Options) makes(u Unknown) bool {
	return !u.Created && u.Creatable() && (o.Create || slices.Contains(o.Places, PlaceName{u.Township, u.Village}))
}

// from is from when an unknown place is there once it is created.
func (o Options) from(u Unknown) day.Day {
	if o.PlacesFrom != "" {
		return o.PlacesFrom
	}
	return u.From
}

// townships are the townships of places to create, each with the earliest day from which one of them is there; all is the earliest.
func (o Options) townships(unknown []Unknown) (by map[string]day.Day, all day.Day) {
	by = map[string]day.Day{}
	for _, u := range unknown {
		if !o.makes(u) {
			continue
		}
		from := o.from(u)
		if first, known := by[u.Township]; !known || from < first {
			by[u.Township] = from
		}
		if all == "" || from < all {
			all = from
		}
	}
	return by, all
}

// allow is nil when the actor may create the places by the options: Invalid for an impossible day, one after what the rows say happened
// there (it would count among the villages reached, not among the villages) or before its township, or one that is closed, but for the
// chair with a reason.
func (o Options) allow(ctx context.Context, tx *db.Tx, unknown []Unknown) error {
	_, first := o.townships(unknown)
	if first == "" {
		return nil
	}
	today, err := org.Today(ctx, tx)
	if err != nil {
		return err
	}
	if err := org.CheckFrom(first, today); err != nil {
		return err
	}
	tree, err := org.Load(ctx, tx, today)
	if err != nil {
		return err
	}
	for _, u := range unknown {
		var wrong errs.Fields
		town, there := tree.FindPlace(u.Township, "")
		switch {
		case !o.makes(u):
		case org.CheckFrom(u.First, today) != nil: // a row of an impossible day stays out by itself
		case o.from(u) > u.First:
			wrong.Add(PlacesFromField, "表里%s的事最早在%s，请写那天或以前", u.Township+u.Village, u.First.Long())
		case there && town.Opened > u.First:
			wrong.Add(PlacesFromField, "表里%s的事最早在%s，%s却从%s起才有，请核对日期，或者先改%s从哪天起有", u.Township+u.Village, u.First.Long(), town.Name, town.Opened.Long(), town.Name)
		}
		if err := wrong.Err(); err != nil {
			return err
		}
	}
	return reorg.Allow(ctx, tx, first, o.PlacesWhy, PlacesFromField, PlacesWhyField)
}

// MayMake is nil when the actor may have the places created that the options ask for; Invalid (reorg.ErrClosed) when that reaches into
// closed days and he is not the chair or gives no reason.
func (e *Engine) MayMake(ctx context.Context, r Result, o Options) error {
	return e.DB.View(ctx, func(tx *db.Tx) error { return o.allow(ctx, tx, r.Unknown) })
}

// create makes the missing places that are asked for, a township before its villages.
func (c *check) create(ctx context.Context) (made bool, err error) {
	o := c.im.Options
	unknown := make([]Unknown, len(c.order))
	for i, u := range c.order {
		unknown[i] = *u
	}
	townships, _ := o.townships(unknown)
	var since map[string]day.Day // by name
	err = c.engine.DB.Update(ctx, func(tx *db.Tx) error {
		since = map[string]day.Day{}
		if err := o.allow(ctx, tx, unknown); err != nil {
			return err
		}
		today, err := org.Today(ctx, tx)
		if err != nil {
			return err
		}
		tree, err := org.Load(ctx, tx, today)
		if err != nil {
			return err
		}
		for _, u := range c.order {
			if !o.makes(*u) {
				continue
			}
			town, added, err := org.EnsurePlace(ctx, tx, tree, u.Township, "", "", townships[u.Township])
			if err != nil {
				return err
			}
			if added {
				since[u.Township] = town.Opened
				if err := c.logMade(ctx, tx, town, u.Township); err != nil {
					return err
				}
			}
			if u.Village == "" {
				continue
			}
			village, added, err := org.EnsurePlace(ctx, tx, tree, u.Township, u.Village, "", max(o.from(*u), town.Opened))
			if err != nil {
				return err
			}
			if added {
				since[u.Name()] = village.Opened
				if err := c.logMade(ctx, tx, village, u.Name()); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	c.keepMade(since)
	return len(since) > 0, nil
}

// keepMade keeps which places were made, each once, a township before its villages.
func (c *check) keepMade(since map[string]day.Day) {
	said := map[string]bool{}
	add := func(u Unknown) {
		if from, ok := since[u.Name()]; ok && !said[u.Name()] {
			said[u.Name()] = true
			u.Created, u.Near, u.From = true, nil, from
			c.made = append(c.made, u)
		}
	}
	for _, u := range c.order {
		if u.Village != "" {
			town := Unknown{Township: u.Township}
			if own := c.unknown[u.Township]; own != nil && own.Village == "" {
				town = *own
			}
			add(town)
		}
		add(*u)
	}
}

// logMade writes a place that was created into the history.
func (c *check) logMade(ctx context.Context, tx *db.Tx, p org.Place, name string) error {
	e := access.Event{Action: "place.import", Ref: id.Ref{Kind: "place", ID: p.ID}, Reason: c.im.File,
		Changes: []access.Change{{Field: "place", Label: "地点", After: name}, {Field: "from", Label: "从哪天起有", After: p.Opened.Long()}}}
	if c.im.Options.PlacesWhy != "" {
		e.Reason = c.im.Options.PlacesWhy + "（" + c.im.File + "）"
	}
	return access.Log(ctx, tx, e)
}
