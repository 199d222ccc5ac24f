package flow

import (
	"context"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Reseat says anew which units see records because they serve their place. Whoever changes a tree calls it in the same
// transaction: with the places that were moved, merged or got another unit, or with none for all places. Whom a record names
// itself (Head.Also) is not touched. A few statements, however many the records.
func Reseat(ctx context.Context, tx *db.Tx, changed ...string) error {
	within, withinArgs := "", []any(nil)
	if len(changed) > 0 {
		within = " AND r.place IN (SELECT w.descendant FROM place_reach w WHERE w.association = ? AND w.ancestor IN (?))"
		withinArgs = []any{org.Of(ctx), db.List(changed)}
	}
	// A unit serves a record as in loadSeats and seats.sees.
	serves := ` FROM record r JOIN place_reach p ON p.association = r.association AND p.descendant = r.place
		JOIN place a ON a.association = p.association AND a.id = p.ancestor AND a.level <> ?
		JOIN unit u ON u.association = p.association AND u.place = p.ancestor AND u.kind IN (?)
		WHERE r.association = ? AND (` + servesOn("r.day") + " OR r.day = '' AND " + servesOn("CAST(? AS TEXT)") + ")" + within
	args := []any{org.LevelCounty, db.List{org.KindTownship, org.KindVillage}, org.Of(ctx)}
	for range strings.Count(servesOn("CAST(? AS TEXT)"), "?") {
		args = append(args, undated)
	}
	args = append(args, withinArgs...)
	gone := append([]any{org.Of(ctx), org.Of(ctx)}, withinArgs...)
	if _, err := tx.Exec(ctx, `DELETE FROM sees WHERE association = ? AND why = 'place' AND record IN (SELECT r.id FROM record r WHERE r.association = ?`+within+`)
		AND (record, unit) NOT IN (SELECT r.id, u.id`+serves+")", append(gone, args...)...); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "INSERT INTO sees (association, record, unit, why) SELECT DISTINCT r.association, r.id, u.id, 'place'"+serves+
		" ON CONFLICT (association, record, unit) DO UPDATE SET why = CASE WHEN sees.why = 'owner' THEN sees.why ELSE excluded.why END", args...)
	return err
}

// undated is the day by which a record without one is seated: the last of all, so that the passing of days changes nothing.
var undated = day.Forever.Add(-1)

// servesOn is the condition that unit u works and place p lies under u's place on a day.
func servesOn(on string) string {
	return "p.from_day <= " + on + " AND p.to_day > " + on + " AND u.opened <= " + on + " AND u.closed > " + on
}
