package activity

import (
	"os"
	"slices"
	"testing"

	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
)

func read(t *testing.T) Catalogue {
	t.Helper()
	c, err := ReadCatalogue(os.DirFS("../../../catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func on(t *testing.T, d day.Day) Rules {
	t.Helper()
	return read(t).On(d)
}

func n(v int64) register.Count { return register.Count{N: v} }

// lecture is an activity of the association's own: 青溪乡's lecture of one afternoon.
func lecture() Activity {
	return Activity{Category: "lecture", Name: "健康讲座", Life: Held, Start: "2026-09-10", End: "2026-09-10", Unit: "青溪", Spot: Spot{Place: "大箐", Village: "大箐", Town: "青溪乡"},
		Site: "村", Counts: Counts{"onsite": n(120)}}
}

// posted are the sums by measure, keyless and keyed alike.
func posted(facts []ledger.Fact) map[string]int64 {
	m := map[string]int64{}
	for _, f := range facts {
		m[f.Measure] += f.Amount
	}
	return m
}

func expect(t *testing.T, facts []ledger.Fact, want map[string]int64) {
	t.Helper()
	got := posted(facts)
	for m, v := range want {
		if got[m] != v {
			t.Errorf("%s: %d, want %d", m, got[m], v)
		}
		delete(got, m)
	}
	for m, v := range got {
		t.Errorf("%s: %d, want none", m, v)
	}
}

// value computes an indicator of sums from facts, as the catalogue defines it.
func value(t *testing.T, code string, facts []ledger.Fact) (n int64) {
	t.Helper()
	c, err := indicator.ReadCatalogue(os.DirFS("../../../catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	d, ok := c.Def(code)
	if !ok || !d.Available() {
		t.Fatalf("no formula of %s", code)
	}
	keys := map[string]bool{}
	for _, f := range facts {
		has := slices.Contains(d.Measures, f.Measure)
		for _, w := range d.Where {
			has = has && slices.ContainsFunc(f.Tags, func(tag ledger.Tag) bool { return tag.Name == w.Name && slices.Contains(w.Values, tag.Value) })
		}
		switch {
		case has && d.Kind == indicator.DistinctKeys:
			keys[f.Key] = f.Key != ""
		case has:
			n += f.Amount
		}
	}
	for _, known := range keys {
		if known {
			n++
		}
	}
	return n
}

func TestALectureOfOurs(t *testing.T) {
	a := lecture()
	a.Counts["onsite"] = register.Count{N: 120, Exactness: ledger.About}
	a.Counts["online"] = n(300)
	a.Audiences, a.Campaigns = []string{"农民", "老年人"}, []string{"全国科普月"}
	facts := a.facts(on(t, "2026-09-10"))
	expect(t, facts, map[string]int64{"activity.held": 1, "activity.attendances": 120, "activity.online": 300, "activity.villages": 1,
		"activity.townships": 1, "activity.audience_groups": 2})
	for _, f := range facts {
		if f.Day != "2026-09-10" || f.Unit != "青溪" || f.Place != "大箐" {
			t.Errorf("%s stands on %s for %s in %s", f.Measure, f.Day, f.Unit, f.Place)
		}
		if (f.Exactness == ledger.About) != (f.Measure == "activity.attendances") {
			t.Errorf("%s has exactness %q", f.Measure, f.Exactness)
		}
		if want := "audience=农民;audience=老年人;campaign=全国科普月;category=lecture;mode=现场和线上;site=村"; f.Tags.Text() != want {
			t.Errorf("tags %q, want %q", f.Tags.Text(), want)
		}
	}
	for code, want := range map[string]int64{"event.lectures": 1, "event.lectures_att": 120, "event.lectures_online": 300, "event.month_events": 1, "event.month_att": 120,
		"event.week_events": 0, "event.elderly_att": 120, "event.attendances_online": 300, "event.villages_covered": 1, "event.audiences_covered": 2, "event.large": 0} {
		if got := value(t, code, facts); got != want {
			t.Errorf("%s is %d, want %d", code, got, want)
		}
	}
}

func TestOnlyWhatWasHeldStatesAnything(t *testing.T) {
	for _, life := range []Life{Planned, Postponed, Cancelled, ""} {
		a := lecture()
		a.Life = life
		if facts := a.facts(on(t, "2026-09-10")); facts != nil {
			t.Errorf("%q states %v", life, posted(facts))
		}
		s := Share{Unit: "农业局", Counts: Counts{"panels": n(10)}, event: &Event{Body: a}}
		if facts := s.facts(on(t, "2026-09-10")); facts != nil {
			t.Errorf("a share of what is %q states %v", life, posted(facts))
		}
	}
	a := lecture()
	a.Category = "training" // has a module of its own
	if facts := a.facts(on(t, "2026-09-10")); facts != nil {
		t.Errorf("an unknown category states %v", posted(facts))
	}
}

func TestCountedByItsLastDay(t *testing.T) {
	a := lecture()
	a.Category, a.Start, a.End = "exhibition", "2025-12-30", "2026-01-03"
	a.Media = []Report{{Outlet: "云岭日报", Day: "2025-12-31"}, {Outlet: "云岭日报"}, {Outlet: "县电视台", Day: "2026-01-05"}}
	days := map[string][]day.Day{}
	for _, f := range a.facts(on(t, "2026-01-03")) {
		days[f.Measure] = append(days[f.Measure], f.Day)
	}
	if !slices.Equal(days["activity.held"], []day.Day{"2026-01-03"}) || !slices.Equal(days["activity.media_reports"], []day.Day{"2025-12-31", "2026-01-03", "2026-01-05"}) {
		t.Errorf("days %v", days)
	}
}

func TestLargeIsDerived(t *testing.T) {
	for people, want := range map[int64]int64{999: 0, 1000: 1, 3000: 1} {
		a := lecture()
		a.Category, a.Counts["onsite"], a.Key, a.Model = "other", n(people), true, true
		facts := a.facts(on(t, "2026-09-10"))
		if got := value(t, "event.large", facts); got != want {
			t.Errorf("with %d people event.large is %d", people, got)
		}
		if got := value(t, "event.large_att", facts); got != want*people {
			t.Errorf("with %d people event.large_att is %d", people, got)
		}
		if value(t, "event.key_activities", facts) != 1 || value(t, "event.model_activities", facts) != 1 {
			t.Error("marks do not count")
		}
	}
	a := lecture()
	a.Counts = Counts{"onsite": n(400), "online": n(5000)}
	if value(t, "event.large", a.facts(on(t, "2026-09-10"))) != 0 {
		t.Error("who watched on line makes an activity large")
	}
}

func TestPartnersTakePartAndTheirSharesAreNeverHeadlines(t *testing.T) {
	r := on(t, "2026-09-10")
	a := lecture()
	a.Category, a.Open, a.Counts = "consult", true, Counts{"onsite": n(800), "panels": n(20), "consults": n(50), "staff": n(6)}
	a.Partners = []Partner{{Role: "协办", Unit: "农业局"}, {Role: "协办", Unit: "卫健局"}, {Role: "参与", Name: "云岭县人民医院"}, {Role: "主办", Unit: "青溪"}}
	a.Materials = []Material{{Title: "森林防火", Kind: "leaflet", Copies: n(500)}}
	own := a.facts(r)
	takes := 0
	for _, f := range own {
		if f.Measure == "activity.takes_part" {
			takes++
			if f.Unit != "农业局" && f.Unit != "卫健局" {
				t.Errorf("%s takes part", f.Unit)
			}
		} else if f.Unit != "青溪" {
			t.Errorf("%s stands for %s", f.Measure, f.Unit)
		}
	}
	if takes != 2 {
		t.Errorf("%d units take part, want 2", takes)
	}
	share := Share{Unit: "农业局", Counts: Counts{"onsite": n(300), "panels": n(30), "consults": n(70), "staff": n(8)},
		Materials: []Material{{Title: "核桃丰产", Kind: "booklet", Copies: n(200)}, {Title: "环保袋", Kind: "giveaway", Copies: n(100)}}, event: &Event{Body: a}}
	facts := share.facts(r)
	expect(t, facts, map[string]int64{"activity.share_attendances": 300, "activity.share_panels": 30, "activity.share_consults": 70, "activity.share_staff": 8,
		"activity.share_materials": 200, "activity.share_giveaways": 100,
		"activity.panels": 30, "activity.consults": 70, "activity.unit_staff": 8, "activity.materials": 200, "activity.giveaways": 100, "activity.material_titles": 1})
	for _, f := range facts {
		if want := map[bool]string{true: "农业局", false: "青溪"}[len(f.Measure) > 15 && f.Measure[:15] == "activity.share_"]; f.Unit != want {
			t.Errorf("%s stands for %s, want %s", f.Measure, f.Unit, want)
		}
		if f.Place != "大箐" || f.Day != "2026-09-10" {
			t.Errorf("%s stands in %s on %s", f.Measure, f.Place, f.Day)
		}
	}
	all := slices.Concat(own, facts)
	for code, want := range map[string]int64{"event.activities": 1, "event.attendances": 800, "event.panels": 50, "event.consult_att": 120, "event.unit_staff": 8,
		"media.materials": 700, "media.material_titles": 2, "media.giveaways": 100} {
		if got := value(t, code, all); got != want {
			t.Errorf("%s is %d, want %d", code, got, want)
		}
	}
	share.Unit = "林业局" // settled from a record of its own: the event does not name it
	if got := posted(share.facts(r))["activity.takes_part"]; got != 1 {
		t.Errorf("a unit that the event does not name takes part %d times", got)
	}
	share.event.Head.State = flow.Voided
	if facts := share.facts(r); facts != nil {
		t.Errorf("a share of a voided event states %v", posted(facts))
	}
}

func TestNoIndicatorOfTheCatalogueSumsShares(t *testing.T) {
	c, err := indicator.ReadCatalogue(os.DirFS("../../../catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range c.All() {
		for _, m := range append(slices.Clone(d.Measures), d.Numerator, d.Denominator) {
			if m == measureTakesPart || len(m) > 15 && m[:15] == "activity.share_" {
				t.Errorf("%s counts %s", d.Code, m)
			}
		}
	}
	for _, count := range read(t).counts {
		for _, m := range []string{count.Measure, count.ShareMeasure} {
			if _, known := c.Measure(m); m != "" && !known {
				t.Errorf("no measure %s", m)
			}
		}
	}
	for _, kind := range read(t).material {
		for _, m := range []string{kind.Measure, kind.ShareMeasure} {
			if _, known := c.Measure(m); !known {
				t.Errorf("no measure %s", m)
			}
		}
	}
}

func TestAnEventOfAnotherBodyIsKeptApart(t *testing.T) {
	r := on(t, "2026-09-10")
	a := lecture()
	a.Host, a.OwnRole, a.Audiences = "县委宣传部", "承办", []string{"农民"}
	a.Counts = Counts{"onsite": n(2000), "panels": n(40), "online": n(9)}
	a.Materials = []Material{{Title: "森林防火", Kind: "leaflet", Copies: n(500)}}
	facts := a.facts(r)
	expect(t, facts, map[string]int64{"activity.takes_part": 1, "activity.share_attendances": 2000, "activity.share_panels": 40,
		"activity.materials": 500, "activity.material_titles": 1, "activity.villages": 1, "activity.townships": 1})
	for _, code := range []string{"event.lectures", "event.lectures_att", "event.activities", "event.attendances", "event.attendances_online", "event.large", "event.panels", "event.talks_total", "event.audiences_covered"} {
		if got := value(t, code, facts); got != 0 {
			t.Errorf("%s counts %d of an event of another body", code, got)
		}
	}
	if value(t, "media.materials", facts) != 500 || value(t, "event.villages_covered", facts) != 1 {
		t.Error("what our unit gave away and reached does not count")
	}
	share := Share{Unit: "农业局", Counts: Counts{"panels": n(30)}, event: &Event{Body: a}}
	expect(t, share.facts(r), map[string]int64{"activity.takes_part": 1, "activity.share_panels": 30})
}

func TestNearlyAThousandIsNoThousand(t *testing.T) {
	for n, want := range map[register.Count]int64{{N: 999}: 0, {N: 1000}: 1, {N: 1000, Exactness: ledger.AtLeast}: 1, {N: 1000, Exactness: ledger.About}: 1,
		{N: 1000, Exactness: ledger.Nearly}: 0, {N: 1200, Exactness: ledger.Nearly}: 1} {
		a := lecture()
		a.Counts = Counts{"onsite": n}
		if got := value(t, "event.large", a.facts(on(t, a.Start))); got != want {
			t.Errorf("%d %s is %d large events, want %d", n.N, n.Exactness, got, want)
		}
	}
}

func TestATourIsOneAndItsStopsAreCovered(t *testing.T) {
	a := lecture()
	a.Category, a.Campaigns, a.Spot = "other", []string{"三下乡"}, Spot{Place: "县"}
	a.Start, a.End = "2026-01-12", "2026-01-16"
	a.Counts = Counts{"banners": n(4)}
	a.Stops = []Stop{
		{Day: "2026-01-12", Spot: Spot{Place: "大箐", Village: "大箐", Town: "青溪乡"}, Counts: Counts{"onsite": n(200), "clinics": n(30)}},
		{Day: "2026-01-13", Spot: Spot{Place: "小箐", Village: "小箐", Town: "青溪乡"}, Counts: Counts{"onsite": register.Count{N: 150, Exactness: ledger.About}, "clinics": n(20)}},
		{Day: "2026-01-16", Spot: Spot{Place: "大箐", Village: "大箐", Town: "青溪乡"}, Counts: Counts{"onsite": n(700), "clinics": n(10)}},
	}
	a.Bodies.Teams = []string{"卫生队", "农技队", "卫生队"}
	facts := a.facts(on(t, "2026-01-16"))
	for code, want := range map[string]int64{"event.activities": 1, "event.attendances": 1050, "event.large": 1, "event.clinic_att": 60, "event.banners": 4,
		"event.countryside_villages": 2, "event.countryside_townships": 1, "event.countryside_teams": 2} {
		if got := value(t, code, facts); got != want {
			t.Errorf("%s is %d, want %d", code, got, want)
		}
	}
	places := map[string]int64{}
	for _, f := range facts {
		if f.Day != "2026-01-16" {
			t.Errorf("%s counts on %s", f.Measure, f.Day)
		}
		if f.Measure == "activity.attendances" {
			places[f.Place] += f.Amount
		}
	}
	if places["大箐"] != 900 || places["小箐"] != 150 {
		t.Errorf("people by place %v", places)
	}
	delete(a.Stops[1].Counts, "onsite") // one stop does not say it: what the tour says counts, blank here
	if got := posted(a.facts(on(t, "2026-01-16")))["activity.attendances"]; got != 0 {
		t.Errorf("with a blank stop %d people are posted", got)
	}
}

func TestAParentPostsOnlyWhatItsChildrenDoNot(t *testing.T) {
	a := lecture()
	a.Umbrella, a.Counts = true, Counts{"banners": n(3)}
	expect(t, a.facts(on(t, "2026-09-10")), map[string]int64{"activity.banners": 3, "activity.villages": 1, "activity.townships": 1})
}

func TestWhomItReached(t *testing.T) {
	a := lecture()
	a.Category, a.Site, a.Campaigns = "youth", "学校", []string{"反邪教宣传"}
	facts := a.facts(on(t, "2026-09-10"))
	if got := posted(facts)["activity.schools"]; got != 1 || value(t, "event.anticult_schools", facts) != 0 {
		t.Errorf("an activity in a school that it does not name: %d facts", got)
	}
	a.Bodies.Schools = []string{"西关小学", "龙渠中心学校", "西关小学"}
	if got := value(t, "event.anticult_schools", a.facts(on(t, "2026-09-10"))); got != 2 {
		t.Errorf("event.anticult_schools is %d, want 2", got)
	}
	if got := value(t, "youth.offcampus_events", a.facts(on(t, "2026-09-10"))); got != 0 {
		t.Error("in a school is off campus")
	}
	a.Site = "场馆"
	a.Drives = []DriveItem{{Drive: "七个一", Item: "读一本科普书"}, {Drive: "七个一", Item: "做一次实验"}, {Drive: "四个一"}}
	facts = a.facts(on(t, "2026-09-10"))
	if value(t, "youth.offcampus_events", facts) != 1 || value(t, "event.drive_items", facts) != 2 {
		t.Error("off campus, or items of drives, do not count")
	}
}

func TestAudienceGroupsGoByTheYear(t *testing.T) {
	for d, want := range map[day.Day]int64{"2019-05-01": 2, "2026-09-10": 3} {
		a := lecture()
		a.Start, a.End, a.Audiences = d, d, []string{"青少年", "产业工人", "老年人", "社区居民", "其他人群"}
		if got := value(t, "event.audiences_covered", a.facts(on(t, d))); got != want {
			t.Errorf("on %s %d groups, want %d", d, got, want)
		}
	}
}

func TestEditionsOfCampaigns(t *testing.T) {
	c := read(t)
	for _, x := range []struct {
		code     string
		year     int
		name     string
		from, to day.Day
	}{
		{"全国科普月", 2024, "全国科普日", "2024-09-15", "2024-09-21"},
		{"全国科普月", 2025, "全国科普月（含科普日主场）", "2025-09-01", "2025-09-30"},
		{"科普之冬（春）", 2025, "科普之冬（春）", "2025-11-15", "2026-03-15"},
		{"送科技下乡", 2026, "送科技下乡（现场会诊）", "2026-01-01", "2026-12-31"},
	} {
		e, ok := c.Edition(x.code, x.year)
		if !ok || e.Name != x.name || e.Days.From != x.from || e.Days.To != x.to {
			t.Errorf("%s of %d: %q %s", x.code, x.year, e.Name, e.Days)
		}
	}
	if _, ok := c.Edition("没有", 2026); ok {
		t.Error("an unknown campaign has an edition")
	}
	codes := func(d day.Day) (all []string) {
		for _, e := range c.Running(d) {
			all = append(all, e.Code)
		}
		return all
	}
	if got := codes("2026-01-20"); !slices.Equal(got, []string{"科普之冬（春）", "三下乡", "快乐老乡"}) {
		t.Errorf("running on 20 January: %v", got)
	}
	if got := codes("2026-09-17"); !slices.Equal(got, []string{"全国科普月"}) {
		t.Errorf("running on 17 September: %v", got)
	}
	if got := codes("2024-09-03"); len(got) != 0 {
		t.Errorf("running on 3 September 2024: %v", got)
	}
}
