package ledger

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// merger says under which key what was counted under another one counts from a day on.
type merger struct {
	key, into string
	from      day.Day
}

// mergedPlaces are the places that became parts of others of their level by the filter's last day, as known at AsOf: facts keep the key of the
// place of their own day, but what is counted by place counts those as one, as the places below the line of a coverage do.
func (f Filter) mergedPlaces(ctx context.Context, tx *db.Tx) (all []merger, err error) {
	on := f.To
	if on == "" {
		on = day.Forever.Add(-1)
	}
	tree, err := org.LoadAsOf(ctx, tx, on, f.AsOf)
	if errs.Is(err, errs.Invalid) { // nothing was known then, so nothing was merged
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for place, into := range tree.Merged() {
		all = append(all, merger{place, into, tree.Place(place).Closed})
	}
	slices.SortFunc(all, func(a, b merger) int { return strings.Compare(a.key, b.key) })
	return all, nil
}

// countsUnder gives the key under which a key counts in a group: merged keys are one, and so are merged places, by month only from the month
// of the merger on.
func (f Filter) countsUnder(ctx context.Context, tx *db.Tx, by By) (under func(key, group string) string, aliases []string, err error) {
	ways, err := aliasesAt(ctx, tx, f.AsOf)
	if err != nil {
		return nil, nil, err
	}
	mergers, err := f.mergedPlaces(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	merged := make(map[string]merger, len(mergers))
	for k := range ways {
		aliases = append(aliases, k)
	}
	for _, m := range mergers {
		merged[m.key] = m
		aliases = append(aliases, m.key)
	}
	return func(key, group string) string {
		key = end(ways, key)
		if m, ok := merged[key]; ok && (!by.Month() || m.from.YearMonth() <= group) {
			return m.into
		}
		return key
	}, aliases, nil
}

// merge lets the keys of merged places count under those that they became a part of.
func (q *query) merge(by By, mergers []merger) {
	if len(mergers) == 0 {
		return
	}
	var rows []string
	var args []any
	for _, m := range mergers {
		rows = append(rows, "SELECT CAST(? AS TEXT) AS alias, CAST(? AS TEXT) AS target, CAST(? AS TEXT) AS since")
		args = append(args, m.key, m.into, m.from.YearMonth())
	}
	on := "m.alias = f.fact_key"
	if by.Month() {
		on += " AND m.since <= substr(f.day, 1, 7)"
	}
	q.join("LEFT JOIN ("+strings.Join(rows, " UNION ALL ")+") m ON "+on, args...)
	q.key = "COALESCE(m.target, " + q.key + ")"
}
