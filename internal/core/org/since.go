package org

import (
	"context"
	"fmt"

	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// earliest is the day before which nothing of an association can have begun; yearsAhead is how far a beginning can be planned.
const (
	earliest   = day.Day("1949-10-01")
	yearsAhead = 10
)

// CheckFrom says what is wrong with a day from which something is to hold: Invalid for one that is none, that is before 1949 or more
// than ten years ahead.
func CheckFrom(from, today day.Day) error {
	last := day.Day(fmt.Sprintf("%04d-12-31", today.Year()+yearsAhead))
	switch _, err := day.Parse(string(from)); {
	case err != nil:
		return errs.E(errs.Invalid, "从哪天起写的是「%s」，看不懂，请写成 2026-03-05", from)
	case from < earliest:
		return errs.E(errs.Invalid, "从%s起太早，最早写%s，请核对年份", from.Long(), earliest.Long())
	case from > last:
		return errs.E(errs.Invalid, "从%s起太远，最晚写%s，请核对年份", from.Long(), last.Long())
	}
	return nil
}

// checkFrom is CheckFrom by today; a beginning that is not known (Always) will do.
func checkFrom(ctx context.Context, tx *db.Tx, from day.Day) error {
	if from == Always {
		return nil
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return err
	}
	return CheckFrom(from, today)
}

// life is from when to when a node is there, with the name that it has at last.
type life struct {
	name           string
	opened, closed day.Day
}

func lifeOf(ctx context.Context, tx *db.Tx, t tree, id string) (life, error) {
	return db.One(ctx, tx, func(s db.Scanner) (l life, err error) {
		err = s.Scan(&l.opened, &l.closed, &l.name)
		return l, err
	}, fmt.Sprintf("SELECT n.opened, n.closed, m.name FROM %[1]s n JOIN %[1]s_name m ON m.association = n.association AND m.%[1]s = n.id AND m.to_day = ? WHERE n.association = ? AND n.id = ?", t),
		day.Forever, Of(ctx), id)
}

// during refuses a change of a node from a day on which it is not there: not yet, or no more.
func during(ctx context.Context, tx *db.Tx, t tree, id string, from day.Day) error {
	l, err := lifeOf(ctx, tx, t, id)
	switch {
	case err != nil:
		return err
	case from < l.opened:
		return errs.E(errs.Invalid, "%s从%s起才有，请写那天或以后", l.name, l.opened.Long())
	case from >= l.closed:
		return errs.E(errs.Invalid, "%s到%s为止，请写那天或以前", l.name, l.closed.Add(-1).Long())
	}
	return nil
}

// changeable refuses a change of a node from an impossible day: one that CheckFrom refuses, or on which the node, or the other one that
// it is hung under, is not there.
func changeable(ctx context.Context, tx *db.Tx, t tree, from day.Day, nodes ...string) error {
	if err := Hold(ctx, tx); err != nil {
		return err
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return err
	}
	if err := CheckFrom(from, today); err != nil {
		return err
	}
	for _, id := range nodes {
		if err := during(ctx, tx, t, id, from); err != nil {
			return err
		}
	}
	return nil
}

// OpenPlace says from when a place is there: from then on it counts among the places of its level. Always is a beginning that is not
// known. Invalid for a day that CheckFrom refuses, on which its parent is not there, or after its end, a change of it or the beginning
// of what lies in it.
func OpenPlace(ctx context.Context, tx *db.Tx, place string, from day.Day) error {
	if err := Hold(ctx, tx); err != nil {
		return err
	}
	if err := checkFrom(ctx, tx, from); err != nil {
		return err
	}
	l, err := lifeOf(ctx, tx, places, place)
	if err != nil {
		return err
	}
	if from >= l.closed {
		return errs.E(errs.Invalid, "%s到%s为止，请写那天或以前", l.name, l.closed.Add(-1).Long())
	}
	parent, err := db.One(ctx, tx, db.Value[string], "SELECT COALESCE(MIN(parent), '') FROM place_link WHERE association = ? AND child = ? AND from_day = ?", Of(ctx), place, Always)
	if err != nil {
		return err
	}
	if parent != "" {
		if err := during(ctx, tx, places, parent, from); err != nil {
			return err
		}
	}
	changed, err := db.One(ctx, tx, db.Value[day.Day], `SELECT COALESCE(MIN(d.from_day), ?) FROM (SELECT from_day FROM place_name WHERE association = ? AND place = ? AND from_day > ?
		UNION ALL SELECT from_day FROM place_link WHERE association = ? AND child = ? AND from_day > ?
		UNION ALL SELECT CASE WHEN c.from_day > p.opened THEN c.from_day ELSE p.opened END
			FROM place_link c JOIN place p ON p.association = c.association AND p.id = c.child WHERE c.association = ? AND c.parent = ?) d`,
		day.Forever, Of(ctx), place, Always, Of(ctx), place, Always, Of(ctx), place)
	if err != nil {
		return err
	}
	if changed == Always && from > changed {
		return errs.E(errs.Invalid, "%s下面有一直就有的地点，它也一直就有；请先写下面那些是从哪天起有的", l.name)
	}
	if from > changed {
		return errs.E(errs.Invalid, "%s在%s已经改过名、移动过，或者下面有了地点，请写那天或以前", l.name, changed.Long())
	}
	if _, err := tx.Exec(ctx, "UPDATE place SET opened = ? WHERE association = ? AND id = ?", from, Of(ctx), place); err != nil {
		return err
	}
	return record(ctx, tx, places, place)
}
