package demo

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"

	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/work/facility"
)

// standing is a kind of facility that many places have: share is how many of 100 such places, fresh how many of 100 of them were put
// up since the book began. The county's own facilities (县城) say exactly what they are, one a row.
type standing struct {
	kind, name, where string
	unit, place       string // of the county's own: codes
	share, fresh      int
	values            [][2]string
	keeper            bool
}

func (c *county) stand(r map[string]string) (err error) {
	s := standing{kind: r["kind"], name: r["name"], where: r["where"], unit: r["unit"], place: r["place"], keeper: r["keeper"] != ""}
	if s.share, err = strconv.Atoi(r["share"]); err != nil {
		return err
	}
	if s.fresh, err = strconv.Atoi(r["new"]); err != nil {
		return err
	}
	for _, word := range strings.Fields(r["values"]) {
		field, value, _ := strings.Cut(word, "=")
		s.values = append(s.values, [2]string{field, value})
	}
	c.stands = append(c.stands, s)
	return nil
}

func (c *county) display(r map[string]string) error {
	months, err := numbers(r["months"])
	if c.displays == nil {
		c.displays = map[int][]string{}
	}
	for _, m := range months {
		c.displays[m] = strings.Fields(r["topics"])
	}
	return err
}

// stood is the life of a facility.
type stood struct {
	*life[facility.Facility, facility.Words]
	standing standing
	fresh    bool
	neglect  bool    // nobody looks after it
	gone     day.Day // taken down on
}

// standAll plans the register of facilities: what was there is entered in the first weeks, township by township, what is new when it
// is finished; then what happened to some of them, and their logs.
func (b *builder) standAll(today day.Day) error {
	var all []*stood
	for i, s := range b.stands {
		r := rand.New(rand.NewPCG(seed+17, uint64(i)))
		for _, e := range b.sites(r, s) {
			f, err := b.putUp(r, s, e, today)
			if err != nil {
				return err
			}
			if f != nil {
				all = append(all, f)
			}
		}
	}
	b.enterOld(all, today)
	for _, f := range all {
		if f.fresh {
			f.drawing(f.draw)
			f.handOver()
			f.live("请补上验收单", func() { f.body.Note = "验收单已补。" })
		}
	}
	if err := b.happen(all, today); err != nil {
		return err
	}
	b.keepLogs(all, today)
	return nil
}

// sites are where facilities of the kind stand.
func (b *builder) sites(r *rand.Rand, s standing) (all []*entry) {
	add := func(unit, place, placeName string) {
		chance := r.IntN(100)
		if s.where == "村" { // the same villages are ahead with everything
			chance = rand.New(rand.NewPCG(seed, uint64(crc32.ChecksumIEEE([]byte(place))))).IntN(100)
		}
		if s.where == "县城" || chance < s.share {
			e := &entry{unit: unit, place: place, placeName: placeName, author: pick(r, "zhoumin", "liyan"), chance: rand.New(rand.NewPCG(r.Uint64(), seed))}
			if clerk := b.clerk(unit); clerk != "" && unit != org.OfficeCode {
				e.author = clerk
			}
			e.checkedBy(r)
			all = append(all, e)
		}
	}
	switch s.where {
	case "县城":
		p, ok := b.tree.PlaceByCode(s.place)
		if !ok {
			p = b.tree.Root()
		}
		add(s.unit, s.place, p.Name)
	case "学校":
		for _, school := range b.schools {
			add(school.code, school.place, school.name)
		}
	default:
		for _, t := range b.townships {
			if s.where == "乡镇" {
				add(t.code, t.code, t.name)
				continue
			}
			for _, v := range t.villages {
				if s.where == "村" || strings.HasSuffix(v.name, "社区") {
					add(t.code, v.code, v.name)
				}
			}
		}
	}
	return all
}

// putUp plans one facility; nil for one that is put up after yesterday.
func (b *builder) putUp(r *rand.Rand, s standing, e *entry, today day.Day) (*stood, error) {
	began := day.Year(years(today)[0]).From
	f := &stood{standing: s}
	body := &facility.Facility{Key: idAt(began.Time(), r), Kind: s.kind, Stage: facility.InUse, Values: facility.Values{},
		Name: strings.NewReplacer("{地}", e.placeName, "{校}", e.placeName).Replace(s.name)}
	f.fresh = r.IntN(100) < s.fresh
	// Chance is asked the same whatever the day is.
	old := day.Month(began.Year()-1-r.IntN(8), 1+r.IntN(12)).From.Add(r.IntN(28))
	year, month, date, late := years(today)[r.IntN(3)], 1+r.IntN(12), r.IntN(28), 2+r.IntN(6)
	rules := b.Facility.Catalogue.On(today)
	for _, v := range s.values {
		d, ok := rules.Field(v[0])
		if !ok {
			return nil, fmt.Errorf("%s: no field %s", body.Name, v[0])
		}
		value, err := d.Read(between(r, v[1], d.Decimals > 0 || d.Type == facility.Money))
		if err != nil {
			return nil, err
		}
		body.Values[v[0]] = value
	}
	if s.kind == "point" && r.IntN(9) == 0 {
		body.Values["staff"] = &facility.Value{N: 2}
	}
	if s.keeper {
		body.Values["keeper"] = &facility.Value{Text: pick(r, b.surnames...) + pick(r, b.given...)}
	}
	if err := b.resolve(e, &body.Unit, &body.Place); err != nil {
		return nil, err
	}
	body.Spot = map[string]string{"村": "村委会院内", "社区": "社区服务中心一楼", "乡镇": "政府旁文化广场"}[s.where]
	if f.fresh {
		body.Start = working(day.Month(year, month).From.Add(date))
		e.entered = at(working(body.Start.Add(late)), 10+r.IntN(6), r.IntN(60))
		if !e.entered.Before(at(today.Add(-4), 0, 0)) {
			return nil, nil
		}
	} else {
		body.Start, body.Old = old, true
	}
	f.life = newLife(b, b.Facility.Book, e, body, today)
	return f, nil
}

var spanned = regexp.MustCompile(`^([0-9.]+)-([0-9.]+)$`)

// between is a number of a span like 12-24, with a decimal where the field has some; a text stays as it is.
func between(r *rand.Rand, text string, decimal bool) string {
	m := spanned.FindStringSubmatch(text)
	if m == nil {
		return text
	}
	low, _ := strconv.ParseFloat(m[1], 64)
	high, _ := strconv.ParseFloat(m[2], 64)
	n := low + (high-low)*r.Float64()
	if !decimal {
		return strconv.Itoa(int(n + 0.5))
	}
	return strconv.FormatFloat(float64(int(n*10+0.5))/10, 'f', 1, 64)
}

// enterOld plans the weeks in which the book of facilities begins: each unit enters what it has on one day, and an officer verifies
// the list on the next.
func (b *builder) enterOld(all []*stood, today day.Day) {
	units := map[string][]*stood{}
	var order []string
	for _, f := range all {
		if !f.fresh {
			if units[f.author+f.unit] == nil {
				order = append(order, f.author+f.unit)
			}
			units[f.author+f.unit] = append(units[f.author+f.unit], f)
		}
	}
	on := working(day.Year(years(today)[0]).From.Add(12))
	for i, key := range order {
		list := units[key]
		if on = nextWorkday(on); nextWorkday(on) >= today {
			continue
		}
		b.at(at(on, 9, 30+i%20), func() error {
			for n, f := range list {
				f.entered = at(on, 9, 30).Add(time.Duration(n) * 4 * time.Minute)
			}
			return b.DB.Update(b.as(list[0].author), func(tx *db.Tx) error {
				for _, f := range list {
					done, err := b.Facility.CreateIn(b.as(f.author), tx, register.New[facility.Facility]{ID: f.id(f.entered), Body: *f.body, Submit: true})
					if f.head = done.Head; err != nil {
						return fmt.Errorf("%s: %w", f.body.Name, err)
					}
				}
				return nil
			})
		})
		b.at(at(nextWorkday(on), 15, i%50), func() error {
			var picks []flow.Pick
			for _, f := range list {
				picks = append(picks, flow.Pick{Ref: f.head.Ref(), Version: f.head.Version})
			}
			heads, err := b.Facility.VerifyMany(b.as(list[0].officer), picks, "")
			for n, h := range heads {
				list[n].head = h
			}
			return err
		})
	}
}

// draw makes the paper with which a new facility was taken over.
func (f *stood) draw() ([]paper, error) {
	k, _ := f.Facility.Catalogue.On(f.body.Start).Kind(f.body.Kind)
	owner := f.tree.Unit(f.body.Unit).Name
	fields := [][2]string{{"设施名称", f.body.Name}, {"类别", k.Name}, {"地点", f.tree.PlaceName(f.body.Place) + f.body.Spot}, {"启用日期", f.body.Start.Long()}, {"管理单位", owner}}
	rules := f.Facility.Catalogue.On(f.body.Start)
	for _, code := range []string{"length", "area", "cost"} {
		if v := f.body.Values[code]; v != nil {
			d, _ := rules.Field(code)
			fields = append(fields, [2]string{d.Name, d.Words(v)})
		}
	}
	content, err := form{title: "设施验收单", fields: fields, said: "经现场查看，设施完好，可以启用。", stamp: owner, date: f.body.Start.Long(), hand: f.hand()}.draw()
	return []paper{{kind: evidence.Confirmation, name: "设施验收单.png", content: content}}, err
}

// happen plans what became of some facilities: one was moved to another township, one lengthened, one had been measured wrong, two
// are broken, one is gone.
func (b *builder) happen(all []*stood, today day.Day) error {
	taken := map[*stood]bool{}
	find := func(kind string, ok func(*stood) bool) *stood {
		for _, f := range all {
			if f.body.Kind == kind && !f.fresh && !taken[f] && (ok == nil || ok(f)) {
				taken[f] = true
				return f
			}
		}
		return nil
	}
	began := at(day.Year(years(today)[0]).From.Add(90), 0, 0)
	revise := func(f *stood, ago int, author, reason string, change func(on day.Day)) {
		on := working(today.Add(-ago))
		if f == nil || at(on, 0, 0).Before(began) {
			return
		}
		f.author, f.officer = author, map[string]string{"zhoumin": "liyan"}[author]
		if f.officer == "" {
			f.officer = "zhoumin"
		}
		f.last = at(nextWorkday(on), 10, 40)
		if f.last.After(f.end) {
			f.last = f.end
		}
		f.then(0, func() error { change(on); return f.save(reason, true) })
		f.onWorkday(1, f.verify)
	}
	to := facility.Site{Spot: "党群服务中心一楼"}
	if err := b.resolve(&entry{unit: "08", place: "0804"}, &to.Unit, &to.Place); err != nil {
		return err
	}
	moved := find("estation", func(f *stood) bool { return f.unit == "07" || f.unit == "05" })
	revise(moved, 112, "liyan", "村委会旧楼拆除，整套设备搬走", func(on day.Day) {
		moved.body.Changes = append(moved.body.Changes, facility.Change{Day: on, What: ledger.MovedIn, Site: &to, Note: "随村委会旧楼拆除搬迁"})
	})
	longer := find("gallery", nil)
	revise(longer, 75, "zhoumin", "新装三组橱窗", func(on day.Day) {
		n := *longer.body.Values["length"]
		n.N += 600
		longer.body.Changes = append(longer.body.Changes, facility.Change{Day: on, What: ledger.Changed, Values: facility.Values{"length": &n}, Note: "加装三组橱窗，长 6 米"})
	})
	wrong := find("gallery", nil)
	revise(wrong, 9, "zhoumin", "复核：当初量的是外框，净长少 1.5 米", func(day.Day) {
		n := *wrong.body.Values["length"]
		n.N -= 150
		values := facility.Values{}
		for code, v := range wrong.body.Values {
			values[code] = v
		}
		values["length"] = &n
		wrong.body.Values = values
	})
	for i := range 2 {
		f := find("board", nil)
		revise(f, 30+i*17, f.author, "玻璃破损，待修", func(on day.Day) {
			f.body.Changes = append(f.body.Changes, facility.Change{Day: on, What: ledger.Changed, Values: facility.Values{"condition": {Text: "待修"}}, Note: "玻璃破损"})
		})
	}
	gone := find("board", nil)
	gone.gone = today.Add(-150)
	revise(gone, 140, gone.author, "道路拓宽，拆除", func(on day.Day) {
		gone.body.Changes = append(gone.body.Changes, facility.Change{Day: on, What: ledger.Out, Note: "道路拓宽拆除"})
	})
	if f := find("gallery", nil); f != nil {
		f.neglect = true
	}
	for _, kind := range []string{"board", "board", "library"} {
		if f := find(kind, nil); f != nil {
			f.neglect = true
		}
	}
	return nil
}
