package activity

import (
	"regexp"
	"slices"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

type jointPart = register.JointPart[Activity, Words]

// tours is how rows of a sheet become the stops of one tour: those that name the same tour in the column 巡回, of one unit. The column
// says a name, or just 是 or 第2站; then the tour has the name of the activity.
func (s *Service) tours() *register.Joint[Activity, Words] {
	own := []string{"place", "township", "village", "venue", "start", "end"}
	for _, c := range s.Catalogue.counts {
		own = append(own, c.Code)
	}
	return &register.Joint[Activity, Words]{Key: "tour", Own: own, Name: tourName, Join: joinTour, Lay: layTour, Parts: Activity.parts, Count: "stops",
		Likely: likelyTour, Ask: "和%s像是同一次巡回的两站；是的话，请加一列「巡回」，各站写上同一个名称，就记成一个活动"}
}

// tourColumns are the name of the tour that a row is a stop of, and what people asked for there.
func tourColumns() []sheetColumn {
	return []sheetColumn{
		{Column: intake.Column{Key: "tour", Title: "巡回", Aliases: strings.Fields("巡回活动 所属巡回 巡回名称 是否巡回 站次 第几站 站别"), Type: intake.Text, Main: true}},
		{Column: intake.Column{Key: "needs", Title: "群众的需求", Aliases: strings.Fields("群众需求 需求 需求情况"), Type: intake.Text}},
	}
}

var (
	ordinal  = regexp.MustCompile(`^第?([0-9]+|[一二三四五六七八九十]+)站?$`)
	lastStop = regexp.MustCompile(`[\s(\-—·:]*第([0-9]+|[一二三四五六七八九十]+)站\)?$`)
)

// stem is the name of a tour without the number of its stop: 送科技下乡（第2站）.
func stem(name string) string {
	if short := lastStop.ReplaceAllString(zh.Fold(name), ""); short != zh.Fold(name) && short != "" {
		return short
	}
	return name
}

// tourName is the tour that a row is a stop of; "" for none. The row is called by it.
func tourName(r *reading, a *Activity) string {
	said := r.Text("tour")
	switch short := zh.Fold(said); {
	case said == "" || slices.Contains([]string{"否", "不是", "非巡回", "×", "x", "X"}, short):
		if needs := r.Text("needs"); needs != "" {
			r.Warn("needs", "群众的需求记在巡回的各站上，这一行不是巡回，没有记")
		}
		return ""
	case slices.Contains([]string{"是", "√", "✓", "对", "巡回", "y", "Y"}, short) || ordinal.MatchString(short):
		if a.Name == "" {
			r.Wrong("tour", "巡回写的是「%s」，请写活动名称，或者在这一列写巡回的名称", said)
			return ""
		}
		a.Name = stem(a.Name)
	default:
		if a.Name != "" && plain(a.Name) != plain(said) && plain(stem(a.Name)) != plain(said) {
			r.Warn("name", "记作「%s」的一站，这一站的名称「%s」没有记", said, a.Name)
		}
		a.Name = said
	}
	return a.Name
}

// plain is a text without what only looks different.
func plain(s string) string { return strings.Join(strings.Fields(zh.Fold(s)), "") }

// likelyTour is what rows have in common that may be stops of one tour: a name that says so, or one but for 第2站.
func likelyTour(w Words, a Activity) string {
	if short := stem(a.Name); short != a.Name {
		return short
	}
	if slices.ContainsFunc(w.Rules.tours, func(word string) bool { return strings.Contains(a.Name, word) }) {
		return a.Name
	}
	return ""
}

// parts are what the stops of a tour would be as activities of their own.
func (a Activity) parts() []Activity {
	all := make([]Activity, len(a.Stops))
	for i, s := range a.Stops {
		all[i] = a
		all[i].Stops, all[i].Start, all[i].End, all[i].Spot = nil, s.Day, s.Day, s.Spot
	}
	return all
}

// joinTour makes a tour of its stops. What stands in merged cells is said once, for the whole tour.
func joinTour(parts []jointPart) Activity {
	first := parts[0]
	tour := first.Body
	tour.Stops, tour.Counts, tour.Materials, tour.Cost, tour.Venue = nil, nil, nil, nil, ""
	once := func(p jointPart, key string) bool { v, there := p.Has(key); return there && !v.Filled }
	var places []string
	for i, p := range parts {
		b := p.Body
		tour.agree(first, p)
		stop := Stop{Day: b.Start, Spot: b.Spot, Counts: Counts{}, Needs: p.Text("needs")}
		for code, n := range b.Counts {
			if once(p, code) {
				stop.Counts[code] = n
			}
		}
		if b.End > b.Start {
			p.Warn("end", "一站记一天，这一站记在 %s", b.Start.Long())
		}
		if at := slices.IndexFunc(tour.Stops, stop.same); at >= 0 {
			p.Wrong("", "和%s同一天、同一地点，像是同一站写了两遍；确是两站的，请写不同的具体场所", parts[at].Seen(p))
		}
		tour.Stops, places = append(tour.Stops, stop), append(places, b.Place)
		tour.Start, tour.End = min(tour.Start, b.Start), max(tour.End, b.End)
		if once(p, "materials") {
			tour.Materials = addMaterials(tour.Materials, b.Materials)
		}
		if b.Cost != nil && once(p, "cost") {
			sum := *b.Cost
			if tour.Cost != nil {
				sum += *tour.Cost
			}
			tour.Cost = &sum
		}
		if i > 0 {
			tour.gather(b)
		}
	}
	tour.Spot = Spot{Place: common(first.Tree, places)}
	tour.settle(first.Tree)
	tour.settleCounts(parts)
	slices.SortStableFunc(tour.Stops, func(a, b Stop) int { return strings.Compare(string(a.Day), string(b.Day)) })
	return tour
}

// agree refuses a stop that says another thing of the whole tour than the first one.
func (a *Activity) agree(first, p jointPart) {
	b := p.Body
	if b.Category != first.Body.Category {
		p.Wrong("kind", "同一次巡回是一个活动，类别要一样，%s和这一行的不一样", first.Seen(p))
	}
	if b.Life != first.Body.Life {
		p.Wrong("life", "同一次巡回的举办情况要一样，%s是%s，这一行是%s；取消的站请从表里去掉", first.Seen(p), first.Body.Life.Title(), b.Life.Title())
	}
	if b.Host != first.Body.Host || b.OwnRole != first.Body.OwnRole {
		p.Wrong("unit", "同一次巡回的主办单位要一样，%s和这一行的不一样", first.Seen(p))
	}
	if b.Site != a.Site {
		a.Site = ""
	}
}

// gather adds what another stop says to a tour.
func (a *Activity) gather(b Activity) {
	for _, l := range []struct {
		into *[]string
		from []string
	}{{&a.Campaigns, b.Campaigns}, {&a.Audiences, b.Audiences}, {&a.Programme, b.Programme}, {&a.Industry, b.Industry}, {&a.Leaders, b.Leaders},
		{&a.Bodies.Schools, b.Bodies.Schools}, {&a.Bodies.Enterprises, b.Bodies.Enterprises}, {&a.Bodies.Opened, b.Bodies.Opened},
		{&a.Bodies.Receivers, b.Bodies.Receivers}, {&a.Bodies.Teams, b.Bodies.Teams}} {
		for _, one := range l.from {
			if !slices.Contains(*l.into, one) {
				*l.into = append(*l.into, one)
			}
		}
	}
	for _, p := range b.Partners {
		if !slices.ContainsFunc(a.Partners, func(o Partner) bool { return o.Unit == p.Unit && o.Name == p.Name }) {
			a.Partners = append(a.Partners, p)
		}
	}
	for _, m := range b.Media {
		if !slices.Contains(a.Media, m) {
			a.Media = append(a.Media, m)
		}
	}
	for _, d := range b.Drives {
		if !slices.Contains(a.Drives, d) {
			a.Drives = append(a.Drives, d)
		}
	}
	for _, t := range []struct {
		into *string
		from string
	}{{&a.Theme, b.Theme}, {&a.Summary, b.Summary}, {&a.Note, b.Note}} {
		if t.from != "" && !slices.Contains(strings.Split(*t.into, "；"), t.from) {
			*t.into = strings.Trim(*t.into+"；"+t.from, "；")
		}
	}
	a.Key, a.Model, a.Open, a.Umbrella = a.Key || b.Key, a.Model || b.Model, a.Open || b.Open, a.Umbrella || b.Umbrella
}

// addMaterials adds what was given away, each title once.
func addMaterials(into, from []Material) []Material {
	for _, m := range from {
		at := slices.IndexFunc(into, func(o Material) bool { return o.Title == m.Title && o.Kind == m.Kind && o.Source == m.Source })
		if at < 0 {
			into = append(into, m)
			continue
		}
		into[at].Copies = *into[at].Copies.Plus(&m.Copies)
	}
	return into
}

// settleCounts leaves a count with the stops where all say it. What only some say is the whole tour's; of people, whom the category
// needs, one number is taken for the tour's, and some of several are asked for.
func (a *Activity) settleCounts(parts []jointPart) {
	kind, _ := parts[0].Words.Rules.Kind(a.Category)
	for _, c := range parts[0].Words.Rules.counts {
		var sum *register.Count
		var blank []int
		if slices.ContainsFunc(parts, func(p jointPart) bool { return p.Bad(c.Code) }) {
			continue // it is said already
		}
		for i, s := range a.Stops {
			n := s.Counts.of(c.Code)
			if sum = sum.Plus(n); n == nil {
				blank = append(blank, i)
			}
		}
		needed := slices.ContainsFunc(kind.Needs, func(need string) bool { return slices.Contains(strings.Split(need, "|"), c.Code) })
		said := len(a.Stops) - len(blank)
		switch {
		case said == 0 || len(blank) == 0:
			continue
		case needed && said > 1:
			for _, i := range blank {
				parts[i].Wrong(c.Code, "别的站写了%s，这一站没有写；没有就写 0", c.Name)
			}
			continue
		}
		for i := range a.Stops {
			delete(a.Stops[i].Counts, c.Code)
		}
		if a.Counts == nil {
			a.Counts = Counts{}
		}
		a.Counts[c.Code] = *sum
		parts[0].Warn(c.Code, "%s只有 %d 站写了，记作整个巡回的 %s，不分到各站", c.Name, said, sum.String())
	}
	for i := range a.Stops {
		if len(a.Stops[i].Counts) == 0 {
			a.Stops[i].Counts = nil
		}
	}
}

// same reports whether two stops are one: the same day and place, and no other venue.
func (s Stop) same(o Stop) bool {
	return s.Day == o.Day && s.Place == o.Place && (s.Venue == "" || o.Venue == "" || plain(s.Venue) == plain(o.Venue))
}

// common is the place in which all lie.
func common(tree *org.Tree, places []string) string {
	if slices.Contains(places, "") {
		return ""
	}
	at := places[0]
	for _, p := range places {
		for at != "" && !slices.Contains(tree.PlaceSubtree(at), p) {
			at = tree.Place(at).Parent
		}
	}
	return at
}

// layTour puts the stops of a sheet over a tour that is there. All its stops stand in the sheet: of one that does not nobody knows
// whether it was moved or just left out.
func layTour(w Words, into *Activity, said Activity) error {
	was := matched(into.Stops, said.Stops)
	var lacks []string
	for i, old := range into.Stops {
		if !slices.Contains(was, i) {
			lacks = append(lacks, old.Day.Short(w.Today)+strings.ReplaceAll(w.Tree.PlaceName(old.Place), " ", ""))
		}
	}
	if len(lacks) > 0 {
		return errs.E(errs.Invalid, "「%s」原有 %d 站，表里没有%s；请把各站都列在表里再导入，或者打开记录修订", into.Name, len(into.Stops), strings.Join(lacks[:min(3, len(lacks))], "、"))
	}
	stops := slices.Clone(said.Stops)
	for i, s := range stops {
		if was[i] < 0 {
			continue
		}
		old := into.Stops[was[i]]
		if s.Venue == "" {
			stops[i].Venue = old.Venue
		}
		if s.Needs == "" {
			stops[i].Needs = old.Needs
		}
		for code, n := range old.Counts {
			if _, there := s.Counts[code]; !there && said.Counts.of(code) == nil {
				stops[i].Counts = stops[i].Counts.with(code, n)
			}
		}
	}
	into.Stops = stops
	into.Start, into.End = said.Start, said.End
	if !slices.Contains(w.Tree.PlaceSubtree(into.Place), said.Place) {
		into.Spot = said.Spot
	}
	for code, n := range said.Counts {
		into.Counts = into.Counts.with(code, n)
	}
	into.stopsSay()
	return nil
}

// matched says of each stop of a sheet which of the old ones it is, each at most once: of one day and place those of one venue first,
// then those where either does not say it; -1 for a new one.
func matched(old, said []Stop) []int {
	was := make([]int, len(said))
	for i := range was {
		was[i] = -1
	}
	for _, sameVenue := range []bool{true, false} {
		for i, s := range said {
			for at, o := range old {
				if was[i] < 0 && !slices.Contains(was, at) && s.same(o) && (!sameVenue || plain(s.Venue) == plain(o.Venue)) {
					was[i] = at
				}
			}
		}
	}
	return was
}

// with are the counts with one more.
func (c Counts) with(code string, n register.Count) Counts {
	all := Counts{code: n}
	for other, m := range c {
		if other != code {
			all[other] = m
		}
	}
	return all
}

// stopsSay takes the counts away that all stops say.
func (a *Activity) stopsSay() {
	var left Counts
	for code, n := range a.Counts {
		if a.stops(code) == nil {
			left = left.with(code, n)
		}
	}
	a.Counts = left
}
