package flow

import (
	"cmp"
	"context"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Follow lets records be where, whose and what they are called by another record that was put right since they were written: a log is
// where its facility was on that day. Each head has what the module now puts into it. Bodies, versions and history stay as they were;
// what is the same already is not written. Records that are not there are left out.
func Follow(ctx context.Context, tx *db.Tx, heads []Head) error {
	for chunk := range slices.Chunk(heads, atOnce) {
		if err := follow(ctx, tx, chunk); err != nil {
			return err
		}
	}
	return nil
}

func follow(ctx context.Context, tx *db.Tx, heads []Head) error {
	ids := make(db.List, len(heads))
	for i, h := range heads {
		ids[i] = h.ID
	}
	rows, err := db.All(ctx, tx, Scan, "SELECT "+Columns("r")+" FROM record r WHERE r.association = ? AND r.id IN (?)", org.Of(ctx), ids)
	if err != nil {
		return err
	}
	was := map[string]Head{}
	for _, h := range rows {
		was[h.ID] = h
	}
	sees, err := seesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	seats, err := loadSeats(ctx, tx, reach{all: true}, heads...)
	if err != nil {
		return err
	}
	for _, h := range heads {
		old, there := was[h.ID]
		now := seats.sees(h)
		if !there || len(old.otherThan(h)) == 0 && sameSees(sees[h.ID], now) {
			continue
		}
		if _, err := tx.Exec(ctx, "UPDATE record SET title = ?, unit = ?, place = ?, day = ?, life = ? WHERE association = ? AND id = ?",
			h.Title, h.Unit, h.Place, h.Day, h.Life, org.Of(ctx), h.ID); err != nil {
			return err
		}
		if err := h.index(ctx, tx, now); err != nil {
			return err
		}
	}
	return nil
}

// seesOf reads who sees records.
func seesOf(ctx context.Context, tx *db.Tx, records db.List) (map[string][]access.Sees, error) {
	found := map[string][]access.Sees{}
	_, err := db.All(ctx, tx, func(s db.Scanner) (one access.Sees, err error) {
		var record string
		if err = s.Scan(&record, &one.Unit, &one.Why); err == nil {
			found[record] = append(found[record], one)
		}
		return one, err
	}, "SELECT record, unit, why FROM sees WHERE association = ? AND record IN (?)", org.Of(ctx), records)
	return found, err
}

func sameSees(a, b []access.Sees) bool {
	order := func(x, y access.Sees) int { return cmp.Or(cmp.Compare(x.Unit, y.Unit), cmp.Compare(x.Why, y.Why)) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order))
}

// Follows reports whether the head is where, whose and called as the other says.
func (h Head) Follows(now Head) bool { return len(h.otherThan(now)) == 0 }
