package console

import (
	"maps"
	"slices"
	"strings"

	"shilu/internal/core/desk"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
)

// flowed is what a change took from some and gave to others, by what they are called; they come to nothing together, or to what the
// change did in all.
type flowed struct {
	from, to []gone
}

// gone is how much went from or to somebody or some place.
type gone struct {
	name   string
	amount int64
}

// arrow reports whether one gave to one as much as that took: 石门镇 → 白塔乡.
func (f flowed) arrow() bool {
	return len(f.from) == 1 && len(f.to) == 1 && f.from[0].amount == -f.to[0].amount
}

func (f flowed) moved() bool { return len(f.from) > 0 && len(f.to) > 0 }

// flows adds the moves of a change up by a name; "" is left out.
func flows(all []ledger.Move, name func(ledger.Move) string) (f flowed) {
	sums := map[string]int64{}
	for _, m := range all {
		sums[name(m)] += m.Amount
	}
	for _, n := range slices.Sorted(maps.Keys(sums)) {
		switch one := (gone{n, sums[n]}); {
		case one.amount < 0:
			f.from = append(f.from, one)
		case one.amount > 0:
			f.to = append(f.to, one)
		}
	}
	return f
}

// whence is from where to where a change moved something.
type whence struct {
	words  string // 石门镇 → 白塔乡; 石门镇 减 5 人次，白塔乡 增 3 人次; "" where nothing moved
	amount int64  // that moved, where the words do not say it
	tags   bool   // only the tags are others
	keys   bool   // it is counted distinctly
}

// whence says from where to where a change moved something: the townships, within a township the villages; the units, where they are
// others; the tags, where nothing else is. Names are those of the days on which it counts.
func (c *Console) whence(v *desk.Visit, trees func(day.Day) (*org.Tree, error), one ledger.Change) (w whence, err error) {
	if len(one.Moves) == 0 {
		return w, nil
	}
	tree, err := trees(one.Days.To)
	if err != nil {
		return w, err
	}
	town := flows(one.Moves, func(m ledger.Move) string {
		if town, ok := tree.Township(m.Place); ok {
			return town.Name
		}
		return v.T(tree.PlaceName(m.Place))
	})
	if !town.moved() {
		town = flows(one.Moves, func(m ledger.Move) string { return v.T(tree.PlaceName(m.Place)) })
	}
	unit := flows(one.Moves, func(m ledger.Move) string { return tree.Unit(m.Unit).Name })
	var words []string
	arrows := true
	for _, f := range []flowed{town, unit} {
		if f.moved() {
			words, arrows = append(words, c.flowWords(v, one.Measure, f)), arrows && f.arrow()
		}
	}
	switch {
	case len(words) == 0:
		w.words, w.tags = c.tagsMoved(v, one.Moves), true
		return w, nil
	case arrows && town.moved():
		w.amount = town.to[0].amount
	case arrows:
		w.amount = unit.to[0].amount
	}
	w.words = strings.Join(words, v.T("，"))
	return w, nil
}

// flowWords says who gave and who got: 石门镇 → 白塔乡, or how much each where that is not one amount from one to one.
func (c *Console) flowWords(v *desk.Visit, measure string, f flowed) string {
	if f.arrow() {
		return v.T("%s → %s", f.from[0].name, f.to[0].name)
	}
	var parts []string
	for _, g := range f.from {
		parts = append(parts, v.T("%s 减 %s", g.name, c.changed(v, measure, -g.amount, "")))
	}
	for _, g := range f.to {
		parts = append(parts, v.T("%s 增 %s", g.name, c.changed(v, measure, g.amount, "")))
	}
	return strings.Join(parts, v.T("，"))
}

// tagsMoved says which tags became which, where one set of tags gave to another: 规模 一般 → 大型.
func (c *Console) tagsMoved(v *desk.Visit, all []ledger.Move) string {
	values := func(sign func(int64) bool) map[string][]string {
		found := map[string][]string{}
		for _, m := range all {
			for _, t := range m.Tags {
				if name := v.Indicators.ValueName(t.Name, t.Value); sign(m.Amount) && !slices.Contains(found[t.Name], v.T(name)) {
					found[t.Name] = append(found[t.Name], v.T(name))
				}
			}
		}
		return found
	}
	from, to := values(func(n int64) bool { return n < 0 }), values(func(n int64) bool { return n > 0 })
	names := slices.Sorted(maps.Keys(from))
	for n := range to {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	words := func(all []string) string {
		if len(all) == 0 {
			return v.T("没有")
		}
		slices.Sort(all)
		return strings.Join(all, v.T("、"))
	}
	var parts []string
	for _, n := range names {
		if was, is := words(from[n]), words(to[n]); was != is {
			parts = append(parts, v.T("%s %s → %s", v.T(v.Indicators.TagName(n)), was, is))
		}
	}
	return strings.Join(parts, v.T("，"))
}
