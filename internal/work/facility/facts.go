package facility

import (
	"cmp"
	"slices"

	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
)

// facts is all that a facility adds to the ledger, by the rules in force on the day of each step. What one step put down the next
// takes up, as what happened on its day; what is the same before and after is not posted. So a correction of a step nets within
// that step's own movement, and the closing value of any day is what the timeline says then.
func (f Facility) facts(rules func(day.Day) Rules) []ledger.Fact {
	var all, stands []ledger.Fact
	for _, s := range f.timeline() {
		takes, puts := s.movement, s.movement
		if s.movement == ledger.MovedIn {
			takes = ledger.MovedOut
		}
		var step []ledger.Fact
		for _, old := range stands {
			old.Amount = -old.Amount
			step = append(step, happened(old, s.day, takes))
		}
		stands = f.stands(s.State, rules(s.day))
		for _, one := range stands {
			step = append(step, happened(one, s.day, puts))
		}
		all = append(all, netted(step)...)
	}
	return all
}

// happened puts a fact on the day of a step. What is counted distinctly has no movement: a key stands or does not.
func happened(f ledger.Fact, on day.Day, m ledger.Movement) ledger.Fact {
	if f.Day = on; f.Key == "" {
		f.Movement = m
	}
	return f
}

// netted adds equal facts up and leaves out those that come to nothing.
func netted(facts []ledger.Fact) []ledger.Fact {
	same := func(a, b ledger.Fact) bool {
		a.Amount, b.Amount = 0, 0
		return a.Measure == b.Measure && a.Unit == b.Unit && a.Place == b.Place && a.Day == b.Day && a.Key == b.Key && a.Movement == b.Movement &&
			cmp.Or(a.Exactness, ledger.Exact) == cmp.Or(b.Exactness, ledger.Exact) && a.Tags.Text() == b.Tags.Text()
	}
	var out []ledger.Fact
	for _, f := range facts {
		if i := slices.IndexFunc(out, func(o ledger.Fact) bool { return same(o, f) }); i >= 0 {
			out[i].Amount += f.Amount
			continue
		}
		out = append(out, f)
	}
	return slices.DeleteFunc(out, func(f ledger.Fact) bool { return f.Amount == 0 })
}

// stands is all that a facility counts for while it is in a state, without day and movement. A kind that the rules do not know
// counts for nothing.
func (f Facility) stands(s State, r Rules) []ledger.Fact {
	k, ok := r.Kind(f.Kind)
	if !ok || !s.Standing {
		return nil
	}
	tags := ledger.Tags{{Name: "kind", Value: f.Kind}}
	var all []ledger.Fact
	post := func(measure string, v Value, key string) {
		if v.N != 0 {
			all = append(all, ledger.Fact{Measure: measure, Amount: v.N, Unit: s.Unit, Place: s.Place, Tags: tags, Exactness: v.Exactness, Key: key})
		}
	}
	pieces := Value{N: 1}
	if v := s.Values["pieces"]; v != nil && k.asks("pieces") {
		pieces = *v
	}
	post(measureCount, pieces, "")
	for _, code := range k.Fields {
		if v := s.Values[code]; v != nil {
			if d, _ := r.Field(code); d.Measure != "" {
				post(d.Measure, *v, "")
			}
		}
	}
	for _, p := range k.Counts {
		switch v := s.Values[p.Field]; {
		case !p.meets(s.Values):
		case p.Field == "":
			post(p.Measure, pieces, "")
		case v != nil:
			post(p.Measure, *v, "")
		}
	}
	if f.Key != "" {
		post(measureStanding, Value{N: 1}, f.Key)
	}
	if s.Village != "" && s.works(k, r) {
		if slices.Contains(k.Roles, roleStation) {
			post(measureStationVillages, Value{N: 1}, s.Village)
		}
		if slices.Contains(k.Roles, roleBoard) {
			post(measureBoardVillages, Value{N: 1}, s.Village)
		}
		if v := s.Values["staff"]; v != nil && v.N > 0 {
			post(measureStaffVillages, Value{N: 1}, s.Village)
		}
	}
	return all
}

// works reports whether a facility does its work: none of its choices says that it does not (待修, 停用).
func (s State) works(k KindRule, r Rules) bool {
	for _, code := range k.Fields {
		if v := s.Values[code]; v != nil {
			if d, _ := r.Field(code); slices.Contains(d.Broken, v.Text) {
				return false
			}
		}
	}
	return true
}

// gallery reports whether a facility counts as a gallery in the sense of the statistics in a state: long enough.
func (f Facility) gallery(s State, r Rules) bool {
	return slices.ContainsFunc(f.stands(s, r), func(one ledger.Fact) bool { return one.Measure == measureGalleries })
}
