package activity

import (
	"slices"

	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
)

// Measures that are not a count or a material of the catalogue; catalogue/measures.csv defines all.
const (
	measureHeld       = "activity.held"
	measureTakesPart  = "activity.takes_part"
	measureReports    = "activity.media_reports"
	measureVillages   = "activity.villages"
	measureTownships  = "activity.townships"
	measureSchools    = "activity.schools"
	measureEnterprise = "activity.enterprises"
	measureOpened     = "activity.opened"
	measureReceivers  = "activity.receivers"
	measureTeams      = "activity.teams"
	measureMaterials  = "activity.materials"
	measureGiveaways  = "activity.giveaways"
	measureTitles     = "activity.material_titles"
	measureOutlets    = "activity.outlets"
	measureGroups     = "activity.audience_groups"
	measureDriveItems = "activity.drive_items"
)

// The marks of an activity, values of the tag "mark".
const (
	markKey   = "重点"
	markModel = "示范"
	markLarge = "大型"
)

// Codes of counts and categories that the rules of counting know by name.
const (
	countOnsite = "onsite"
	countOnline = "online"
	countStaff  = "staff"
	countUnits  = "unit_staff"
	openDay     = "open"
	atSchool    = "学校"
)

// posting collects facts that have day and tags in common.
type posting struct {
	rules Rules
	unit  string
	place string
	day   day.Day
	tags  ledger.Tags
	facts []ledger.Fact
}

func (p *posting) add(f ledger.Fact) {
	if f.Unit == "" {
		f.Unit = p.unit
	}
	if f.Place == "" {
		f.Place = p.place
	}
	if f.Day == "" {
		f.Day = p.day
	}
	if f.Tags == nil {
		f.Tags = p.tags
	}
	if f.Exactness == "" {
		f.Exactness = ledger.Exact
	}
	p.facts = append(p.facts, f)
}

func (p *posting) one(measure string) { p.add(ledger.Fact{Measure: measure, Amount: 1}) }

func (p *posting) count(measure string, n *register.Count, place string) {
	if n != nil && n.N != 0 && measure != "" {
		p.add(ledger.Fact{Measure: measure, Amount: n.N, Exactness: n.Exactness, Place: place})
	}
}

// facts is all that an activity adds to the ledger, by the rules of its counting year. What was not held states nothing, nor does
// one of a category that the rules do not know.
//
// The event and its heads stand once, under the first organiser. Where that is another body, the event is not ours: our unit takes
// part, and states its own part under the measures of shares, which no headline indicator sums (design.md, 4.10; ADR 0013).
func (a Activity) facts(r Rules) []ledger.Fact {
	if _, known := r.Kind(a.Category); !known || a.Life != Held {
		return nil
	}
	p := &posting{rules: r, unit: a.Unit, place: a.Place, day: a.countingDay(), tags: a.tags(r)}
	if a.ours() {
		if !a.Umbrella {
			p.one(measureHeld)
		}
		a.postCounts(p)
	} else {
		p.one(measureTakesPart)
		for _, c := range r.counts {
			p.count(c.ShareMeasure, a.total(c.Code), "")
		}
	}
	for _, o := range a.Partners {
		if o.Unit != "" && o.Unit != a.Unit {
			p.add(ledger.Fact{Measure: measureTakesPart, Amount: 1, Unit: o.Unit})
		}
	}
	p.materials(a.Materials)
	a.postMedia(p)
	a.postReached(p)
	return p.facts
}

// tags are those of all facts of the activity.
func (a Activity) tags(r Rules) ledger.Tags {
	tags := ledger.Tags{{Name: "category", Value: a.Category}, {Name: "site", Value: a.Site}, {Name: "mode", Value: a.mode()}}
	add := func(name string, values ...string) {
		for _, v := range values {
			tags = append(tags, ledger.Tag{Name: name, Value: v})
		}
	}
	if a.Key {
		add("mark", markKey)
	}
	if a.Model {
		add("mark", markModel)
	}
	if a.reaches(r.large) {
		add("mark", markLarge)
	}
	add("campaign", a.Campaigns...)
	add("audience", a.Audiences...)
	add("programme", a.Programme...)
	add("industry", a.Industry...)
	for _, d := range a.Drives {
		add("drive", d.Drive)
	}
	return tags
}

// reaches reports whether so many came. A tour is one activity and reaches them with all its stops; 近1000 is below 1,000.
func (a Activity) reaches(large int64) bool {
	n := a.total(countOnsite)
	return n != nil && large > 0 && n.N >= large && (n.N > large || n.Exactness != ledger.Nearly)
}

// mode is how people took part, as the tag "mode" has it.
func (a Activity) mode() string {
	there := func(code string) bool { n := a.total(code); return n != nil && n.N > 0 }
	switch {
	case there(countOnline) && there(countOnsite):
		return "现场和线上"
	case there(countOnline):
		return "线上"
	}
	return "现场"
}

// postCounts posts the heads: of a tour each at its stop where all stops say it.
func (a Activity) postCounts(p *posting) {
	for _, c := range p.rules.counts {
		if a.stops(c.Code) == nil {
			p.count(c.Measure, a.Counts.of(c.Code), "")
			continue
		}
		for _, s := range a.Stops {
			p.count(c.Measure, s.Counts.of(c.Code), s.Place)
		}
	}
}

// materials posts what was given away, with its kind as a tag, and the titles among it.
func (p *posting) materials(all []Material) {
	for _, m := range all {
		kind, known := p.rules.Material(m.Kind)
		if !known || m.Copies.N == 0 {
			continue
		}
		tags := append(slices.Clone(p.tags), ledger.Tag{Name: "material", Value: m.Kind})
		p.add(ledger.Fact{Measure: kind.Measure, Amount: m.Copies.N, Exactness: m.Copies.Exactness, Tags: tags})
		if kind.Titled() {
			p.add(ledger.Fact{Measure: measureTitles, Amount: 1, Key: m.Title, Tags: tags})
		}
	}
}

// postMedia posts the coverage, each report on its own day.
func (a Activity) postMedia(p *posting) {
	for _, m := range a.Media {
		p.add(ledger.Fact{Measure: measureReports, Amount: 1, Day: m.Day})
		p.add(ledger.Fact{Measure: measureOutlets, Amount: 1, Day: m.Day, Key: m.Outlet})
	}
}

// postReached posts whom and where the activity reached: one fact for each, however often it stands there.
func (a Activity) postReached(p *posting) {
	type fact struct{ measure, key string }
	seen := map[fact]bool{}
	reach := func(measure, key, place string) {
		if key != "" && !seen[fact{measure, key}] {
			seen[fact{measure, key}] = true
			p.add(ledger.Fact{Measure: measure, Amount: 1, Key: key, Place: place})
		}
	}
	for _, s := range a.spots() {
		reach(measureVillages, s.Village, s.Place)
		reach(measureTownships, s.Town, s.Place)
	}
	for _, b := range []struct {
		measure string
		keys    []string
		asked   bool // a record without any does not say whom it reached
	}{
		{measureSchools, a.Bodies.Schools, a.Site == atSchool},
		{measureOpened, a.Bodies.Opened, a.Category == openDay},
		{measureEnterprise, a.Bodies.Enterprises, false},
		{measureReceivers, a.Bodies.Receivers, false},
		{measureTeams, a.Bodies.Teams, false},
	} {
		for _, key := range b.keys {
			reach(b.measure, key, "")
		}
		if len(b.keys) == 0 && b.asked {
			p.one(b.measure)
		}
	}
	if !a.ours() {
		return
	}
	for _, group := range a.Audiences {
		if slices.Contains(p.rules.groups, group) {
			reach(measureGroups, group, "")
		}
	}
	for _, d := range a.Drives {
		if d.Item != "" {
			reach(measureDriveItems, d.Drive+"·"+d.Item, "")
		}
	}
}
