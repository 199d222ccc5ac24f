package facility

import (
	"context"

	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// Village is a row of the matrix 一站一栏一员: what a village has on the last day of a period, and whether it had all three on the day
// before its first.
type Village struct {
	org.Place
	Township              string
	Station, Board, Staff bool
	Before                bool
}

// Full reports whether the village has all three; New that it has them since the period began.
func (v Village) Full() bool { return v.Station && v.Board && v.Staff }

// New reports whether the village has all three only since the period began.
func (v Village) New() bool { return v.Full() && !v.Before }

// Matrix lists the villages of a scope with what they have: by the same facts as the figures venue.full_sets and
// venue.full_sets_new.
func (s *Service) Matrix(ctx context.Context, tx *db.Tx, scope indicator.Scope) ([]Village, error) {
	tree, err := org.LoadAsOf(ctx, tx, scope.Period.To, scope.AsOf)
	if err != nil {
		return nil, err
	}
	top := scope.Place
	if scope.Unit != "" {
		top = tree.Unit(scope.Unit).Place
	}
	if top == "" {
		top = tree.Root().ID
	}
	var all []Village
	var keys []string
	for _, placeID := range tree.PlaceSubtree(top) {
		p := tree.Place(placeID)
		if p.Level == org.LevelVillage && p.Opened <= scope.Period.To && p.Closed > scope.Period.To {
			all, keys = append(all, Village{Place: p, Township: tree.Place(p.Parent).Name}), append(keys, p.ID)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	stands := func(only ...ledger.Condition) (func(measure, village string) bool, error) {
		sums, err := ledger.KeySums(ctx, tx, ledger.Filter{Measures: []string{measureStationVillages, measureBoardVillages, measureStaffVillages}, To: scope.Period.To, AsOf: scope.AsOf, Only: only}, keys)
		return func(measure, village string) bool { return sums[ledger.Counting{Measure: measure, Key: village}] > 0 }, err
	}
	now, err := stands()
	if err != nil {
		return nil, err
	}
	before, err := stands(ledger.Condition{SQL: "f.day < ?", Args: []any{scope.Period.From}}) // by the villages of the last day: what was merged had what its parts had
	if err != nil {
		return nil, err
	}
	for i := range all {
		v := &all[i]
		v.Station, v.Board, v.Staff = now(measureStationVillages, v.ID), now(measureBoardVillages, v.ID), now(measureStaffVillages, v.ID)
		v.Before = before(measureStationVillages, v.ID) && before(measureBoardVillages, v.ID) && before(measureStaffVillages, v.ID)
	}
	return all, nil
}
