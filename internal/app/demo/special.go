package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/work/activity"
)

// month is the campaign of September, which has an activity that holds the others together.
const popularMonth = "全国科普月"

// gatherAll plans all activities: those of every year, and those of which something is told.
func (b *builder) gatherAll(today day.Day) error {
	all := b.happenings(today)
	umbrellas := map[int]*gathering{}
	for _, year := range years(today) {
		r := rand.New(rand.NewPCG(seed+11, uint64(year)))
		for _, plan := range []func(*rand.Rand, int, day.Day) error{b.street, b.tour, b.visitors} {
			if err := plan(r, year, today); err != nil {
				return err
			}
		}
		g, err := b.umbrella(r, year, today)
		if err != nil {
			return err
		}
		umbrellas[year] = g
	}
	var lives []*gathering
	for _, h := range all {
		if g := umbrellas[h.activity.End.Year()]; g != nil && slices.Contains(h.activity.Campaigns, popularMonth) && h.unit == "office" {
			h.parent = g
		}
		g, err := b.hold(h, today)
		if err != nil {
			return err
		}
		lives = append(lives, g)
	}
	onePictureTwice(lives)
	return b.loose(today)
}

// own is an activity of the office, entered by 周敏 and checked by 李岩.
func own(r *rand.Rand, a activity.Activity, partners ...string) *happening {
	return &happening{entry: entry{unit: "office", placeName: countySeat, author: "zhoumin", officer: "liyan", chance: r}, activity: a, partners: partners}
}

// working is the day or the next one on which people work.
func working(d day.Day) day.Day {
	if works(d) {
		return d
	}
	return nextWorkday(d)
}

func counted(pairs ...any) activity.Counts {
	out := activity.Counts{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i].(string)] = register.Count{N: pairs[i+1].(int64)}
	}
	return out
}

// street is the day in March on which the member units have their stands in one street, each with its own share.
func (b *builder) street(r *rand.Rand, year int, today day.Day) error {
	on := working(day.Day(fmt.Sprintf("%d-03-05", year)))
	h := own(r, activity.Activity{Category: "consult", Name: fmt.Sprintf("%d年“科技之春”宣传月启动仪式暨科普一条街", year), Life: activity.Held, Start: on, End: on, Key: true, Open: true, Site: "广场",
		Spot: activity.Spot{Venue: "北门文化广场"}, Campaigns: []string{"科技之春"}, Audiences: []string{"农民", "社区居民"}, Programme: []string{"基层科普能力提升"}, Leaders: []string{"赵开明副县长"},
		Counts: counted("onsite", 1060+r.Int64N(60)*10, "staff", 26+r.Int64N(8), "unit_staff", 120+r.Int64N(60), "volunteers", 30+r.Int64N(20), "panels", 40+r.Int64N(20), "banners", 12+r.Int64N(6), "stands", int64(28)),
		Media:  []activity.Report{{Outlet: "云岭融媒", Level: "县级", Day: on, Title: "科普一条街开街"}, {Outlet: "云岭日报", Level: "县级", Day: on, Title: "春风送科技"}}},
		"县农业农村局", "县卫生健康局", "县教育体育局", "县气象局", "县林草局", "县妇联", "县市场监督管理局", "县应急管理局")
	h.place, h.placeName = "0101", "河东镇北门社区"
	return b.jointly(h, r, today)
}

// jointly holds an activity at which the partners enter their shares themselves on its day and the day after.
func (b *builder) jointly(h *happening, r *rand.Rand, today day.Day) error {
	on := h.activity.Start
	h.entered = at(on, 8, 10)
	if h.activity.End >= today {
		return nil
	}
	g, err := b.gather(h, today)
	if err != nil {
		return err
	}
	b.at(h.entered, g.create)
	for i, login := range []string{"maxy", "yangxh", "gaozm", "liuyf", "heshy"} {
		counts := counted("panels", 6+r.Int64N(10), "staff", 4+r.Int64N(6), "experts", 1+r.Int64N(3), "consults", 30+r.Int64N(90))
		if login == "yangxh" {
			counts = counted("staff", 8+r.Int64N(4), "experts", 4+r.Int64N(4), "clinics", 90+r.Int64N(90), "checkups", 60+r.Int64N(60), "medicines", 40+r.Int64N(80), "clinic_points", int64(2))
		}
		material := activity.Material{Title: []string{"春耕备耕技术问答", "高血压防治手册", "青少年心理健康读本", "气象灾害防御指南", "森林防火明白纸"}[i], Kind: "booklet", Copies: register.Count{N: 100 + r.Int64N(40)*10}}
		b.share(at(on, 10+i, 7*i+4), g, login, counts, material)
	}
	g.last = at(on, 16, 40)
	g.report(today)
	return nil
}

// tour is the trip of winter from village to village.
func (b *builder) tour(r *rand.Rand, year int, today day.Day) error {
	first := working(day.Day(fmt.Sprintf("%d-01-12", year)))
	last := nextWorkday(nextWorkday(first))
	h := own(r, activity.Activity{Category: "other", Name: fmt.Sprintf("%d年文化科技卫生“三下乡”集中服务", year), Life: activity.Held, Start: first, End: last, Key: true,
		Campaigns: []string{"三下乡"}, Audiences: []string{"农民"}, Bodies: activity.Bodies{Teams: []string{"农技服务队", "医疗服务队", "科普宣传队"}}, Counts: counted("staff", 18+r.Int64N(8), "banners", 4+r.Int64N(4))},
		"县农业农村局", "县卫生健康局", "县文化和旅游局")
	h.entered = at(last, 17, 10)
	if last >= today {
		return nil
	}
	needs := []string{"核桃黑斑病怎么防", "想学中蜂养殖", "高血压用药咨询多，请安排巡诊", "大棚通风降湿", "洋芋种薯退化，想换脱毒种薯"}
	days := []day.Day{first, first, nextWorkday(first), nextWorkday(first), last}
	towns := b.turn(r)
	h.place, h.placeName = towns[0].code, towns[0].name
	for i, on := range days {
		v := pick(r, towns[i].villages...)
		p, _ := b.tree.PlaceByCode(v.code)
		h.activity.Stops = append(h.activity.Stops, activity.Stop{Day: on, Spot: activity.Spot{Place: p.ID, Venue: "村委会大院"}, Needs: needs[i],
			Counts: counted("onsite", 70+r.Int64N(90), "consults", 20+r.Int64N(40), "clinics", 30+r.Int64N(40))})
	}
	_, err := b.hold(h, today)
	return err
}

// visitors is a lecture of somebody else, at which the county's association only takes part.
func (b *builder) visitors(r *rand.Rand, year int, today day.Day) error {
	on := working(day.Day(fmt.Sprintf("%d-06-18", year)))
	h := own(r, activity.Activity{Category: "lecture", Name: fmt.Sprintf("州科普报告团走进云岭（%d年）", year), Life: activity.Held, Start: on, End: on, Host: "苍岭州科学技术协会", OwnRole: "承办", Site: "学校",
		Spot: activity.Spot{Venue: "一中礼堂"}, Audiences: []string{"青少年"}, Counts: counted("onsite", 420+r.Int64N(120), "experts", int64(3))})
	h.school, h.short = "yz", "一中"
	h.entered = at(on, 17, 20)
	if on >= today {
		return nil
	}
	_, err := b.hold(h, today)
	return err
}

// umbrella is the campaign of September as one activity over its parts, planned in August and said to be held once it is over, and
// the opening day, which is its first part. nil where it is not planned yet.
func (b *builder) umbrella(r *rand.Rand, year int, today day.Day) (*gathering, error) {
	edition, ok := b.seasons.Edition(popularMonth, year)
	planned := working(day.Day(fmt.Sprintf("%d-08-20", year)))
	if !ok || planned >= today {
		return nil, nil
	}
	h := own(r, activity.Activity{Category: "other", Name: fmt.Sprintf("%d年%s系列活动", year, strings.TrimSuffix(edition.Name, "（含科普日主场）")), Umbrella: true, Life: activity.Planned,
		Start: edition.Days.From, End: edition.Days.To, Key: true, Campaigns: []string{popularMonth}})
	h.entered = at(planned, 10, 15)
	g, err := b.gather(h, today)
	if err != nil {
		return nil, err
	}
	b.at(h.entered, g.create)
	if over := nextWorkday(edition.Days.To); over < today {
		g.last = at(over, 9, 30)
		g.then(0, func() error { g.body.Life = activity.Held; return g.save("", false) })
		g.report(today)
	}
	on := working(edition.Days.From)
	opening := own(r, activity.Activity{Category: "consult", Name: fmt.Sprintf("%d年%s启动仪式", year, strings.TrimSuffix(edition.Name, "（含科普日主场）")), Life: activity.Held, Start: on, End: on,
		Key: true, Open: true, Site: "广场", Spot: activity.Spot{Venue: "南门民族文化广场"}, Campaigns: []string{popularMonth}, Audiences: []string{"青少年", "社区居民"}, Leaders: []string{"赵开明副县长", "王建国主席"},
		Counts: counted("onsite", 1200+r.Int64N(60)*10, "staff", 28+r.Int64N(8), "unit_staff", 140+r.Int64N(60), "volunteers", 40+r.Int64N(20), "panels", 60+r.Int64N(20), "banners", 14+r.Int64N(6), "stands", int64(32)),
		Media:  []activity.Report{{Outlet: "云岭融媒", Level: "县级", Day: on, Title: "全县科普活动启动"}}},
		"县农业农村局", "县卫生健康局", "县教育体育局", "县气象局", "县林草局", "县科技局", "团县委")
	opening.place, opening.placeName, opening.parent = "0102", "河东镇南门社区", g
	return g, b.jointly(opening, r, today)
}

// onePictureTwice gives an activity the confirmation of another of the same village or township.
func onePictureTwice(lives []*gathering) {
	var last *gathering
	for _, g := range lives[len(lives)/3:] {
		if g.fate != verified || g.h.sheets || len(g.body.Media) > 0 || g.hand()%3 == 0 {
			continue
		}
		if last != nil && last.unit == g.unit && last.h.placeName == g.h.placeName {
			g.papers = last.papers
			return
		}
		if last == nil || last.unit != g.unit {
			last = g
		}
	}
}

// loose are the ends that are not tied yet: an event that two units reported, what is planned, put off and called off.
func (b *builder) loose(today day.Day) error {
	r := rand.New(rand.NewPCG(seed+13, uint64(today.Time().Unix())))
	back := func(n int) day.Day { return working(today.Add(-n)) }
	lecture := func(unit, place, placeName, author, name string, on day.Day, onsite int64) *happening {
		h := &happening{entry: entry{unit: unit, place: place, placeName: placeName, author: author, officer: "liyan", chance: r, fate: submitted},
			activity: activity.Activity{Category: "lecture", Name: name, Life: activity.Held, Start: on, End: on, Audiences: []string{"青少年"}, Counts: counted("onsite", onsite, "experts", int64(2))}}
		h.entered = at(on, 17, r.IntN(50))
		return h
	}
	twice := back(14)
	one := lecture("06", "06", "青溪乡", "liwf", "儿童近视防控知识讲座", twice, 186)
	two := lecture("jtj", "06", "青溪乡", "gaozm", "近视防控知识讲座（青溪小学儿童）", twice, 192)
	for _, h := range []*happening{one, two} {
		h.activity.Site, h.school, h.short, h.activity.Venue = "学校", "qxxx", "青溪小学", "阶梯教室"
	}
	two.entered = at(nextWorkday(twice), 10, 20)
	off := lecture("05", "05", "石门镇", "zhangjm", "石门镇农机安全知识讲座", back(52), 0)
	put := lecture("08", "08", "龙泉乡", "duangm", "龙泉乡敬老院健康义诊", back(12), 0)
	past := lecture("03", "03", "松坪镇", "sungd", "松坪镇果树秋管现场课", back(6), 0)
	for _, h := range []*happening{one, two} {
		if _, err := b.hold(h, today); err != nil {
			return err
		}
	}
	for _, h := range []*happening{off, put, past,
		lecture("06", "0603", "青溪乡清水河村", "liwf", "清水河村水源保护科普课", working(today.Add(9)), 0),
		lecture("office", "", countySeat, "zhoumin", "“科学素质大讲堂”：基层干部怎样用好统计数字", working(today.Add(16)), 0),
		lecture("02", "0201", "河西镇河西社区", "zhaoyk", "河西社区冬季流感预防讲座", working(today.Add(25)), 0)} {
		h.activity.Life, h.activity.Counts, h.activity.Audiences = activity.Planned, nil, []string{"农民"}
		h.entered = at(working(min(h.activity.Start, today).Add(-20)), 15, r.IntN(50))
		g, err := b.gather(h, today)
		if err != nil {
			return err
		}
		b.at(h.entered, g.create)
		become := func(on day.Day, life activity.Life, note string, submit bool) {
			g.last = at(on, 9, 20)
			g.then(0, func() error { g.body.Life, g.body.Note = life, note; return g.save("", submit) })
		}
		switch h {
		case off:
			become(working(off.activity.Start.Add(-2)), activity.Cancelled, "农机具调去抗旱，不办了。", true)
			g.onWorkday(1, g.verify)
		case put:
			become(put.activity.Start, activity.Postponed, "连日大雨，道路塌方，改期另行通知。", false)
		}
	}
	return nil
}

// share is what a partner enters of a joint activity.
func (b *builder) share(t time.Time, of *gathering, login string, counts activity.Counts, materials ...activity.Material) {
	client := idAt(t, of.chance)
	b.at(t, func() error {
		_, err := b.Activity.EnterShare(b.as(login), activity.ShareInput{Activity: of.head.ID, Unit: b.actors[login].Unit, Client: client, Counts: counts, Materials: materials})
		return err
	})
}
