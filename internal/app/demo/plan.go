package demo

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/work/activity"
	"shilu/internal/work/training"
)

// seed is the only source of chance: the same day gives the same county.
const seed = 20260918

// fate is what becomes of a class.
type fate int

const (
	verified  fate = iota
	submitted      // waits for an officer
	returned       // sent back with a remark, and not yet taken up
	drafted        // begun and left: no figures yet
	planned        // a draft of next week's class
	revising       // verified; a revision waits for an officer
	corrected      // verified, and corrected much later
	bounced        // sent back once, put right, verified
	slipped        // a figure was put right before it was submitted
	voided         // entered twice
)

// entry is what is known of any record before it is entered: by whom it is entered and checked, and what becomes of it. Unit and
// place are codes.
type entry struct {
	unit, place     string
	placeName       string
	author, officer string
	fate            fate
	entered         time.Time // when its author sits down to it
	chance          *rand.Rand
}

// event is a class that is held.
type event struct {
	entry
	class          training.Class
	people         int64 // how many sign in on a day
	signIn, roster bool
	notice, lent   bool // lent: a list of the books handed out
}

// zone is that of the county.
var zone = org.Association{Zone: org.UsualZone}.Location()

// years are those of which the county has a record: this one and two before.
func years(today day.Day) []int { return []int{today.Year() - 2, today.Year() - 1, today.Year()} }

// plan is all classes from January of the first year up to the day before today, in order, and one class of next week.
func (c *county) plan(today day.Day) []*event {
	var all []*event
	visits := map[string]int{}
	for _, number := range years(today) {
		all = append(all, c.year(number, visits)...)
	}
	all = slices.DeleteFunc(all, func(e *event) bool { return e.class.End >= today })
	decide(all)
	for _, e := range all {
		e.enter(e.class.End, today)
	}
	return append(all, c.next(today))
}

// year plans a whole year, so that what today cuts off changes nothing before it. visits are those to each village so far.
func (c *county) year(number int, visits map[string]int) []*event {
	y := newYear(rand.New(rand.NewPCG(seed, uint64(number))))
	y.visits = visits
	var all []*event
	for month := 1; month <= 12; month++ {
		for _, kind := range c.kinds {
			for range c.rhythm[kind][month-1] {
				t, in := c.choose(y, kind, month)
				e := &event{entry: entry{chance: rand.New(rand.NewPCG(seed+uint64(y.total), uint64(number)))}}
				c.settle(y, e, t, in)
				e.hold(y.r, t, workday(y.r, number, month), c.seasons)
				all = append(all, e)
			}
		}
	}
	slices.SortFunc(all, func(a, b *event) int {
		return cmp.Or(cmp.Compare(a.class.End, b.class.End), cmp.Compare(a.class.Name, b.class.Name), cmp.Compare(a.place, b.place))
	})
	times := map[string]int{}
	for _, e := range all {
		if times[e.class.Name]++; times[e.class.Name] > 1 {
			e.class.Name = fmt.Sprintf("%s（第%d期）", e.class.Name, times[e.class.Name])
		}
	}
	return all
}

// year is what was held so far in the year that is being planned.
type year struct {
	r      *rand.Rand
	taught map[string]int // classes by topic
	held   map[string]int // classes by township
	visits map[string]int // classes by village
	total  int
}

func newYear(r *rand.Rand) *year {
	return &year{r: r, taught: map[string]int{}, held: map[string]int{}, visits: map[string]int{}}
}

// choose takes a topic of the season and a township for it: a topic that was seldom taught this year, a township that is behind
// its share.
func (c *county) choose(y *year, kind string, month int) (best topic, at township) {
	most := math.Inf(-1)
	for _, t := range c.topics {
		if t.kind != kind || !slices.Contains(t.months, month) {
			continue
		}
		seldom := -1.4*float64(y.taught[t.name]) + y.r.Float64()
		if t.townships[0] == countySeat && seldom > most {
			best, at, most = t, township{}, seldom
		}
		for _, x := range c.townships {
			if score := seldom + 2*(float64(x.share*(y.total+6))/100-float64(y.held[x.code])); slices.Contains(t.townships, x.name) && score > most {
				best, at, most = t, x, score
			}
		}
	}
	y.taught[best.name]++
	y.held[at.code]++
	y.total++
	return best, at
}

// countySeat stands for the township where a class is the county's own.
const countySeat = "县直"

// settle says in which village the class is held, one that was visited seldom, and by whom it is entered and checked.
func (c *county) settle(y *year, e *event, t topic, in township) {
	e.unit, e.author = t.host, pick(y.r, "zhoumin", "liyan")
	e.class.Venue = pick(y.r, "党群服务中心", "文化活动室", "科普活动室", "田间")
	if in.code == "" {
		e.placeName, e.class.Venue = countySeat, "县科协三楼会议室"
	} else {
		v := leastVisited(y.r, in.villages, y.visits, t.subject == "智能手机应用")
		y.visits[v.code]++
		e.place, e.placeName = v.code, in.name+v.name
		if e.unit == "" {
			e.unit = in.code
		}
		if clerk := c.clerk(e.unit); clerk != "" {
			e.author = clerk
		}
	}
	e.checkedBy(y.r)
}

// checkedBy says which officer looks at what is entered: never its author.
func (e *entry) checkedBy(r *rand.Rand) {
	e.officer = pick(r, "zhoumin", "zhoumin", "liyan")
	if e.author == e.officer {
		e.officer = map[string]string{"zhoumin": "liyan", "liyan": "zhoumin"}[e.author]
	}
}

func leastVisited(r *rand.Rand, villages []village, visits map[string]int, urban bool) village {
	var least []village
	for _, v := range villages {
		switch {
		case urban && !strings.HasSuffix(v.name, "社区"):
		case len(least) == 0 || visits[v.code] < visits[least[0].code]:
			least = []village{v}
		case visits[v.code] == visits[least[0].code]:
			least = append(least, v)
		}
	}
	return least[r.IntN(len(least))]
}

// hold fills in the class that ends on the day: how long it takes, who comes, who teaches.
func (e *event) hold(r *rand.Rand, t topic, end day.Day, seasons activity.Catalogue) {
	c := &e.class
	c.Kind, c.Name, c.Subject, c.Method, c.Material = t.kind, t.name, t.subject, "现场", t.material
	c.Teachers, c.Audiences, c.Start, c.End = t.teachers, t.audiences, end, end
	if t.partner != "" {
		c.Partners = []string{t.partner}
	}
	for _, x := range seasons.Running(end) {
		if slices.Contains(teaching, x.Code) && r.IntN(3) > 0 {
			c.Campaigns = []string{x.Code}
		}
	}
	e.people = t.low + r.Int64N(t.high-t.low+1)
	minutes := t.hours * 60
	c.Minutes = &minutes
	e.notice, e.signIn = r.IntN(10) < 8, true
	e.lent = t.material != "" && r.IntN(3) == 0
	e.roster = t.kind == "farm_school" || r.IntN(5) == 0
	switch {
	case t.kind == "farm_school":
		c.Enrolled = &training.Count{N: e.people}
		sessions := int(t.hours / 6)
		c.Start = end.Add(-7 * (sessions - 1))
		for i := range sessions * r.IntN(2) { // only some classes say who came to which session
			c.Sessions = append(c.Sessions, training.Session{Day: c.Start.Add(7 * i), Topic: lessons[i%len(lessons)], Teacher: t.teachers[i%len(t.teachers)],
				Minutes: minutes / int64(sessions), Attendances: &training.Count{N: e.people - r.Int64N(4)}})
		}
		examined := e.people - r.Int64N(2)
		c.Examined, c.Passed = &training.Count{N: examined}, &training.Count{N: examined - min(r.Int64N(4), r.Int64N(3))}
	case t.hours >= 12:
		c.Start = end.Add(-1)
		for i := range 2 {
			c.Sessions = append(c.Sessions, training.Session{Day: c.Start.Add(i), Topic: lessons[i], Teacher: t.teachers[0], Minutes: minutes / 2,
				Attendances: &training.Count{N: e.people - int64(i)*r.Int64N(4)}})
		}
		if t.kind == "migrant" || t.kind == "startup" {
			c.Enrolled = &training.Count{N: e.people}
		}
	case r.IntN(3) == 0:
		c.Sessions = []training.Session{{Day: end, Topic: "理论讲授和现场操作", Teacher: t.teachers[0], Minutes: minutes, Attendances: &training.Count{N: e.people}}}
	default:
		c.Attendances = &training.Count{N: e.people}
	}
}

// teaching are the campaigns that classes are held in.
var teaching = []string{"三下乡", "科技之春", "科技活动周", "全国科普月"}

// lessons are what the sessions of a longer class are about.
var lessons = []string{"基础知识", "现场操作", "病虫害与疫病防治", "市场与销售", "答疑和考试"}

// decide gives the latest classes fates that an officer has to do with, and some older ones a history.
func decide(all []*event) {
	back := func(n int) *event { return all[max(0, len(all)-n)] }
	for n, f := range map[int]fate{1: submitted, 2: submitted, 3: submitted, 5: submitted, 6: returned, 7: submitted, 8: drafted, 10: returned,
		13: revising, 36: corrected} {
		back(n).fate = f
	}
	back(6).signIn, back(6).roster = false, false // what it is sent back for
	unsigned := nearest(all, len(all)-9, "short")
	unsigned.signIn, unsigned.roster = false, false
	about, atLeast := nearest(all, len(all)-11, "short"), nearest(all, len(all)-14, "lecture")
	about.estimate(ledger.About)
	atLeast.estimate(ledger.AtLeast)
	for i, e := range all {
		switch {
		case e.fate != verified || e == unsigned || e == about || e == atLeast:
		case i%19 == 7:
			e.fate = bounced
		case i%11 == 3 && e.class.Attendances != nil:
			e.fate = slipped
		case i == len(all)/4:
			e.fate = voided
		}
	}
}

// nearest is the class at i or before it that is verified as it came and of one of the kinds.
func nearest(all []*event, i int, kinds ...string) *event {
	for i = max(0, i); i > 0 && (all[i].fate != verified || !slices.Contains(kinds, all[i].class.Kind)); i-- {
	}
	return all[i]
}

// estimate rounds the attendances: nobody counted them one by one.
func (e *event) estimate(how ledger.Exactness) {
	e.people -= e.people % 10
	e.class.Sessions, e.class.Attendances = nil, &training.Count{N: e.people, Exactness: how}
}

// enter says when the record of what ended on a day is entered: on that day or soon after, in office hours, never after yesterday.
func (e *entry) enter(end, today day.Day) {
	d := end
	for range e.chance.IntN(4) {
		if next := nextWorkday(d); next < today {
			d = next
		}
	}
	e.entered = at(d, 9+e.chance.IntN(7), e.chance.IntN(60))
	if d == end {
		e.entered = at(d, 16, 30+e.chance.IntN(40))
	}
}

// next is a class of next week, whose draft is there already.
func (c *county) next(today day.Day) *event {
	y := newYear(rand.New(rand.NewPCG(seed, uint64(today.Time().Unix()))))
	e := &event{entry: entry{chance: y.r, fate: planned}}
	t, in := c.choose(y, "short", today.Add(7).Month())
	t.host = ""
	c.settle(y, e, t, in)
	d := today.Add(6)
	if !works(d) {
		d = nextWorkday(d)
	}
	e.hold(y.r, t, d, c.seasons)
	e.class.Attendances, e.class.Sessions, e.signIn, e.roster = nil, nil, false, false
	e.class.Start = d
	e.entered = at(today.Add(-1), 17, 30)
	return e
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// works reports whether people come to a class on the day: not on Sundays and the long holidays.
func works(d day.Day) bool {
	md := string(d)[5:]
	return d.Time().Weekday() != time.Sunday && d.Time().Weekday() != time.Saturday && md != "01-01" &&
		(md < "05-01" || md > "05-05") && (md < "10-01" || md > "10-07")
}

func nextWorkday(d day.Day) day.Day {
	for d = d.Add(1); !works(d); d = d.Add(1) {
	}
	return d
}

func workday(r *rand.Rand, year, month int) day.Day {
	m := day.Month(year, month)
	for {
		if d := m.From.Add(r.IntN(m.From.Days(m.To))); works(d) {
			return d
		}
	}
}

func at(d day.Day, hour, minute int) time.Time {
	t := d.Time()
	return time.Date(t.Year(), t.Month(), t.Day(), hour, minute, 0, 0, zone)
}
