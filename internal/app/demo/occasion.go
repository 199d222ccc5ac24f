package demo

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/work/activity"
)

// occasion is an activity that is held again and again: so many times a year, in months or in the days of a campaign.
type occasion struct {
	category, name, host string
	months               []int
	campaign             string
	times                int
	where                string // 村, 社区, 乡镇, 学校, 县城
	site                 string
	audiences            []string
	counts               []span
	materials            []handout
	partners             []string
	industries           []string
	programmes           []string
}

// span is something that is counted, and between what numbers.
type span struct {
	code      string
	low, high int64
}

func (s span) pick(r *rand.Rand) int64 { return s.low + r.Int64N(s.high-s.low+1) }

// handout is what is given away.
type handout struct {
	title, kind string
	span
}

// school is one that activities are held at.
type school struct{ code, name, place string }

func (c *county) school(r map[string]string) error {
	c.schools = append(c.schools, school{r["code"], r["name"], r["place"]})
	return nil
}

func (c *county) occasion(r map[string]string) (err error) {
	o := occasion{category: r["category"], name: r["name"], host: r["host"], campaign: r["campaign"], where: r["where"], site: r["site"],
		audiences: strings.Fields(r["audience"]), partners: strings.Fields(r["partners"]), industries: strings.Fields(r["industry"]), programmes: strings.Fields(r["programme"])}
	if o.months, err = numbers(r["months"]); err != nil {
		return err
	}
	if o.times, err = strconv.Atoi(r["per"]); err != nil {
		return err
	}
	for _, word := range strings.Fields(r["counts"]) {
		code, numbers, _ := strings.Cut(word, ":")
		s, err := spanOf(code, numbers)
		if err != nil {
			return err
		}
		o.counts = append(o.counts, s)
	}
	for _, word := range strings.Fields(r["materials"]) {
		parts := strings.Split(word, "/")
		if len(parts) != 3 {
			return fmt.Errorf("material %q", word)
		}
		s, err := spanOf(parts[1], parts[2])
		if err != nil {
			return err
		}
		o.materials = append(o.materials, handout{parts[0], parts[1], s})
	}
	c.occasions = append(c.occasions, o)
	return nil
}

func spanOf(code, numbers string) (s span, err error) {
	low, high, _ := strings.Cut(numbers, "-")
	s.code = code
	if s.low, err = strconv.ParseInt(low, 10, 64); err != nil {
		return s, err
	}
	s.high, err = strconv.ParseInt(high, 10, 64)
	return s, err
}

// happening is an activity that is held.
type happening struct {
	entry
	activity activity.Activity
	short    string     // name of the place or school alone
	school   string     // code
	partners []string   // names
	parent   *gathering // of which it is a part
	sheets   bool       // people sign in one by one; else the place confirms
}

// happenings are all activities from January of the first year up to the day before today, in order.
func (c *county) happenings(today day.Day) []*happening {
	var all []*happening
	visits := map[string]int{}
	for _, number := range years(today) {
		all = append(all, c.happeningsOf(number, visits)...)
	}
	all = slices.DeleteFunc(all, func(h *happening) bool { return h.activity.End >= today })
	fates(all)
	for _, h := range all {
		h.enter(h.activity.End, today)
	}
	return all
}

// happeningsOf plans a whole year, so that what today cuts off changes nothing before it.
func (c *county) happeningsOf(number int, visits map[string]int) []*happening {
	r := rand.New(rand.NewPCG(seed+7, uint64(number)))
	y := newYear(r)
	y.visits = visits
	var all []*happening
	for _, o := range c.occasions {
		towns := c.turn(r)
		for i := range o.times {
			h := &happening{entry: entry{chance: rand.New(rand.NewPCG(seed+uint64(1000+len(all)), uint64(number)))}}
			c.put(r, y, o, h, towns[i%len(towns)], i+number)
			h.hold(r, o, c.dayOf(r, o, number), c.seasons)
			all = append(all, h)
		}
	}
	slices.SortStableFunc(all, func(a, b *happening) int {
		return cmp.Or(cmp.Compare(a.activity.End, b.activity.End), cmp.Compare(a.activity.Name, b.activity.Name))
	})
	return all
}

// turn lists the townships in the order in which something is held in them, the larger ones more often first.
func (c *county) turn(r *rand.Rand) []township {
	towns := slices.Clone(c.townships)
	keys := map[string]float64{}
	for _, t := range towns {
		keys[t.code] = r.Float64() * float64(t.share+6)
	}
	slices.SortFunc(towns, func(a, b township) int { return cmp.Compare(keys[b.code], keys[a.code]) })
	return towns
}

// dayOf is a workday of the year on which the occasion is held.
func (c *county) dayOf(r *rand.Rand, o occasion, number int) day.Day {
	for range 400 {
		d := workday(r, number, pick(r, o.months...))
		if o.campaign == "" || slices.ContainsFunc(c.seasons.Running(d), func(e activity.Edition) bool { return e.Code == o.campaign }) {
			return d
		}
	}
	edition, ok := c.seasons.Edition(o.campaign, number) // a campaign of a day, which may be a Sunday; one without days has none
	if !ok || edition.AllYear() {
		return workday(r, number, o.months[0])
	}
	return edition.Days.From
}

// put says where the occasion is held, by whom it is entered and checked.
func (c *county) put(r *rand.Rand, y *year, o occasion, h *happening, town township, turn int) {
	h.unit, h.partners = o.host, slices.Clone(o.partners)
	h.activity.Venue = pick(r, "党群服务中心", "文化活动室", "村委会大院")
	switch o.where {
	case "县城":
		h.placeName, h.short, h.activity.Venue = countySeat, "", "县科协三楼会议室"
	case "学校":
		s := c.schools[(turn*2+r.IntN(2))%len(c.schools)]
		h.school, h.place, h.short, h.activity.Venue = s.code, s.place, s.name, pick(r, "操场", "阶梯教室", "科学实验室")
		h.placeName = countySeat
		for _, t := range c.townships {
			if t.code == s.place {
				h.placeName = t.name
			}
		}
	case "乡镇":
		h.place, h.placeName, h.short, h.activity.Venue = town.code, town.name, town.name, pick(r, "农贸市场", "文化广场", "街心广场")
		if o.site == "学校" {
			h.activity.Venue = "中心学校操场"
		}
	default:
		if o.where == "社区" && !slices.ContainsFunc(town.villages, func(v village) bool { return strings.HasSuffix(v.name, "社区") }) {
			town = c.townships[turn%4] // those that have communities
		}
		v := leastVisited(r, town.villages, y.visits, o.where == "社区")
		y.visits[v.code]++
		h.place, h.placeName, h.short = v.code, town.name+v.name, v.name
	}
	switch {
	case strings.Contains(o.host, "{会}"):
		h.unit = learned[turn%len(learned)]
	case h.unit == "" && h.place == "":
		h.unit = "office"
	case h.unit == "":
		h.unit = h.place[:2]
	}
	h.author = pick(r, "zhoumin", "liyan")
	if clerk := c.clerk(h.unit); clerk != "" && h.unit != "office" {
		h.author = clerk
	}
	h.checkedBy(r)
}

// learned are the societies that hold meetings.
var learned = []string{"yx", "nx", "zyc", "ht"}

// talks are what reports to officials are about.
var talks = []string{"人工智能怎样帮基层减负", "耕地保护和粮食安全", "生物多样性与绿色发展", "科学素质建设怎样落到村", "数字乡村与数据安全", "极端天气和应急管理"}

// hold fills in the activity: who comes, what is shown and given away.
func (h *happening) hold(r *rand.Rand, o occasion, on day.Day, seasons activity.Catalogue) {
	a := &h.activity
	*a = activity.Activity{Category: o.category, Life: activity.Held, Start: on, End: on, Site: o.site, Audiences: o.audiences, Industry: o.industries,
		Programme: o.programmes, Spot: a.Spot, Counts: activity.Counts{}}
	a.Name = strings.NewReplacer("{地}", h.short, "{校}", h.short, "{题}", talks[r.IntN(len(talks))], "{会}", societyNames[h.unit]).Replace(o.name)
	if o.campaign != "" {
		a.Campaigns = []string{o.campaign}
	}
	for _, e := range seasons.Running(on) {
		if e.Code == "科普之冬（春）" && o.campaign == "" && o.where == "村" {
			a.Campaigns = append(a.Campaigns, e.Code)
		}
	}
	for _, s := range o.counts {
		if n := s.pick(r); n > 0 {
			a.Counts[s.code] = register.Count{N: n}
		}
	}
	for _, m := range o.materials {
		a.Materials = append(a.Materials, activity.Material{Title: m.title, Kind: m.kind, Copies: register.Count{N: m.pick(r) / 5 * 5}})
	}
	if o.category == "exhibition" && r.IntN(2) == 0 {
		a.End = on.Add(2)
	}
	if r.IntN(9) == 0 {
		a.Key = true
	}
	n := a.Counts["onsite"].N
	h.sheets = n > 0 && n <= 2*perPage && r.IntN(3) == 0
	if o.category == "consult" && n > 400 {
		a.Media = []activity.Report{{Outlet: pick(r, "云岭融媒", "云岭日报"), Level: "县级", Day: on, Title: a.Name}}
	}
}

// societyNames are what the learned societies call themselves in the names of their meetings.
var societyNames = map[string]string{"yx": "县医学会", "nx": "县农学会", "zyc": "县中药材协会", "ht": "县核桃产业协会"}

// fates gives the latest activities fates that an officer has to do with, and some older ones a history.
func fates(all []*happening) {
	for n, f := range map[int]fate{1: submitted, 2: submitted, 4: submitted, 5: returned, 7: submitted, 9: drafted, 12: revising, 60: corrected} {
		all[max(0, len(all)-n)].fate = f
	}
	for i, h := range all {
		switch {
		case h.fate != verified:
		case i%31 == 9:
			h.fate = bounced
		case i%29 == 3 && h.activity.Counts["onsite"].N > 100: // nobody counted a crowd one by one
			n := h.activity.Counts["onsite"]
			h.activity.Counts["onsite"] = register.Count{N: n.N / 10 * 10, Exactness: pick(h.chance, ledger.About, ledger.About, ledger.AtLeast)}
			h.sheets = false
		}
	}
}
