package desk

import (
	"math/big"
	"slices"

	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/page"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Agreeing finds the figure that says the same amount of a measure in a scope, added up within it or standing at its end, so that a
// sum on a page opens its trace; ok is false when no indicator says just that, or the actor may not see it. Who sees one unit's
// records only is shown that unit's figure.
func (v *Visit) Agreeing(tx *db.Tx, scope indicator.Scope, measure string, amount int64) (f page.Figure, ok bool, err error) {
	defs, err := v.Indicators.InForce(v.Ctx, tx, scope.Period.To)
	if err != nil {
		return f, false, err
	}
	var codes []string
	module := ""
	for _, d := range defs {
		if (d.Kind == indicator.Sum || d.Kind == indicator.Closing) && d.Divisor <= 1 && slices.Equal(d.Measures, []string{measure}) {
			codes = append(codes, d.Code)
			module = v.Indicators.Module(d)
		}
	}
	if len(codes) == 0 {
		return f, false, nil
	}
	_, err = indicator.Sight(v.Ctx, tx, v.Tree, scope, module)
	if errs.Is(err, errs.Forbidden) && scope.Unit == "" && scope.Place == "" && v.Actor.Unit != "" {
		scope.Unit = v.Actor.Unit
		_, err = indicator.Sight(v.Ctx, tx, v.Tree, scope, module)
	}
	if errs.Is(err, errs.Forbidden) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	figures, err := v.Indicators.Values(v.Ctx, tx, scope, codes...)
	if err != nil {
		return f, false, err
	}
	want := new(big.Rat).SetInt64(amount)
	for _, one := range figures {
		if one.Available && one.Value.Cmp(want) == 0 {
			return v.Figure(one), true, nil
		}
	}
	return f, false, nil
}

// Counting finds the indicator that counts a measure of facts with the tags: the figure behind a number of one record.
func (v *Visit) Counting(measure string, tags []ledger.TagIs) (indicator.Def, bool) {
	carries := func(w ledger.TagIs) bool {
		return slices.ContainsFunc(tags, func(t ledger.TagIs) bool {
			return t.Name == w.Name && len(t.Values) == 1 && slices.Contains(w.Values, t.Values[0])
		})
	}
	for _, d := range v.Indicators.All() {
		states := d.Kind == indicator.External && len(d.Measures) > 0 && d.Measures[0] == measure
		if (states || d.Kind == indicator.Sum && slices.Equal(d.Measures, []string{measure})) && !slices.ContainsFunc(d.Where, func(w ledger.TagIs) bool { return !carries(w) }) {
			return d, true
		}
	}
	return indicator.Def{}, false
}
