package flow

import (
	"context"
	"time"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// reach is where the actor has a right: everywhere, or under units.
type reach struct {
	right access.Right
	all   bool
	units []string
}

// reachOf looks through the actor's grants one by one, because a right in one unit is none in another.
func reachOf(ctx context.Context, right access.Right, kind string) (reach, error) {
	r := reach{right: right}
	if err := access.Require(ctx, right, module(kind)); err != nil {
		return r, err
	}
	for _, g := range access.From(ctx).Grants {
		if !(access.Actor{Grants: []access.Grant{g}}).May(right, module(kind)) {
			continue
		}
		if g.Unit == "" {
			return reach{right: right, all: true}, nil
		}
		r.units = append(r.units, g.Unit)
	}
	return r, nil
}

// today is the day by which rights follow the tree of units, and that of a number for what has no day yet.
func today(tx *db.Tx) day.Day { return usualDay(tx.Now) }

// usualDay is the day at an instant where associations are, wherever the program runs.
func usualDay(at time.Time) day.Day {
	return day.At(at, org.Association{Zone: org.UsualZone}.Location())
}

// seats is what must be known of units and places before records are written for them.
type seats struct {
	reach
	now     day.Day
	units   map[string]seat
	serving map[string][]service // by place
}

// seat is a unit; reached says that it lies under a unit for which the actor has the right.
type seat struct {
	name           string
	opened, closed day.Day
	reached        bool
}

// service says that a unit serves a place, itself or a place above it, in [from, to).
type service struct {
	unit     string
	from, to day.Day
}

// loadSeats reads, in one query, the units of the heads and the township and village units that serve their places.
func loadSeats(ctx context.Context, tx *db.Tx, r reach, heads ...Head) (seats, error) {
	s := seats{reach: r, now: today(tx), units: map[string]seat{}, serving: map[string][]service{}}
	var units, places db.List
	known := map[string]bool{}
	for _, h := range heads {
		if !known[h.Unit] {
			known[h.Unit] = true
			units = append(units, h.Unit)
		}
		if !known[h.Place] && h.Place != "" {
			known[h.Place] = true
			places = append(places, h.Place)
		}
	}
	rows, err := tx.Query(ctx, `SELECT '', u.id, u.opened, u.closed, n.name,
			EXISTS (SELECT 1 FROM unit_reach w WHERE w.association = u.association AND w.descendant = u.id AND w.ancestor IN (?) AND w.from_day <= ? AND w.to_day > ?)
		FROM unit u JOIN unit_name n ON n.association = u.association AND n.unit = u.id AND n.to_day = ?
		WHERE u.association = ? AND u.id IN (?)
		UNION ALL
		SELECT p.descendant, u.id, CASE WHEN u.opened > p.from_day THEN u.opened ELSE p.from_day END, CASE WHEN u.closed < p.to_day THEN u.closed ELSE p.to_day END, '', FALSE
		FROM place_reach p
		JOIN place a ON a.association = p.association AND a.id = p.ancestor AND a.level <> ?
		JOIN unit u ON u.association = p.association AND u.place = p.ancestor AND u.kind IN (?)
		WHERE p.association = ? AND p.descendant IN (?)`,
		db.List(r.units), s.now, s.now, day.Forever, org.Of(ctx), units,
		org.LevelCounty, db.List{org.KindTownship, org.KindVillage}, org.Of(ctx), places)
	if err != nil {
		return s, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var place, unit string
		var one seat
		if err := rows.Scan(&place, &unit, &one.opened, &one.closed, &one.name, &one.reached); err != nil {
			return s, err
		}
		if place == "" {
			s.units[unit] = one
		} else {
			s.serving[place] = append(s.serving[place], service{unit, one.opened, one.closed})
		}
	}
	return s, rows.Err()
}

// sees says which units see the record: its own, those that serve its place on its day, partners and assignees.
func (s seats) sees(h Head) []access.Sees {
	on := h.Day
	if on == "" {
		on = undated
	}
	all := []access.Sees{{Unit: h.Unit, Why: "owner"}}
	add := func(one access.Sees) {
		for _, there := range all {
			if there.Unit == one.Unit {
				return
			}
		}
		all = append(all, one)
	}
	for _, v := range s.serving[h.Place] {
		if v.from <= on && on < v.to {
			add(access.Sees{Unit: v.unit, Why: "place"})
		}
	}
	for _, one := range h.Also {
		add(one)
	}
	return all
}

// mine refuses a unit where the actor does not have the right.
func (s seats) mine(ctx context.Context, h Head) error {
	unit, ok := s.units[h.Unit]
	switch {
	case s.all || unit.reached:
		return nil
	case !ok:
		return fieldError("unit", "没有这个单位，请重新选")
	case s.right == access.Check:
		return errs.E(errs.Forbidden, "「%s」的记录不归%s核实，请由它的上级单位或县科协核实", unit.name, access.From(ctx).Name)
	}
	return errs.E(errs.Forbidden, "只能填本单位和下级单位的记录，「%s」的请由该单位或县科协填", unit.name)
}

// check refuses what mine refuses, and a unit that did not work on the day of the record.
func (s seats) check(ctx context.Context, h Head) error {
	unit, ok := s.units[h.Unit]
	if !ok {
		return fieldError("unit", "没有这个单位，请重新选")
	}
	if err := s.mine(ctx, h); err != nil {
		return err
	}
	switch {
	case h.Day == "":
		return nil
	case h.Day >= unit.closed:
		return fieldError("unit", "「%s」从%s起已撤并，不能再记%s的工作，请换单位或改日期", unit.name, unit.closed.Long(), h.Day.Long())
	case h.Day < unit.opened:
		return fieldError("unit", "「%s」%s才成立，不能记%s的工作，请换单位或改日期", unit.name, unit.opened.Long(), h.Day.Long())
	}
	return nil
}

func fieldError(name, text string, args ...any) error {
	var f errs.Fields
	f.Add(name, text, args...)
	return f.Err()
}

// MayWrite is nil when the actor may write the record: what Save asks for, whatever the state.
func MayWrite(ctx context.Context, tx *db.Tx, h Head) error {
	return may(ctx, tx, access.Write, h)
}

// MayCheck is nil when the actor may verify records of the record's unit.
func MayCheck(ctx context.Context, tx *db.Tx, h Head) error {
	return may(ctx, tx, access.Check, h)
}

func may(ctx context.Context, tx *db.Tx, right access.Right, h Head) error {
	r, err := reachOf(ctx, right, h.Kind)
	if err != nil || r.all {
		return err
	}
	s, err := loadSeats(ctx, tx, r, h)
	if err != nil {
		return err
	}
	return s.mine(ctx, h)
}
