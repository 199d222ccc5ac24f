package demo

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"time"

	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/work/facility"
)

// logged is a line of a sheet of logs.
type logged struct {
	of     *stood
	kind   string
	on     day.Day
	values facility.Values
	id     string
}

// keepLogs plans the sheets of logs: each author enters those of a month early in the next one, an officer verifies the sheet some
// days later. The last sheets still wait.
func (b *builder) keepLogs(all []*stood, today day.Day) {
	type sheet struct {
		author, kind string
		month        day.Day
	}
	sheets := map[sheet][]*logged{}
	var order []sheet
	for i, f := range all {
		r := rand.New(rand.NewPCG(seed+19, uint64(i)))
		for _, year := range years(today) {
			for month := 1; month <= 12; month++ {
				for _, l := range f.month(r, b.county, year, month, today) {
					key := sheet{f.clerkOf(), l.kind, day.Month(year, month).From}
					if sheets[key] == nil {
						order = append(order, key)
					}
					sheets[key] = append(sheets[key], l)
				}
			}
		}
	}
	slices.SortStableFunc(order, func(a, b sheet) int {
		return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.author, b.author), cmp.Compare(a.kind, b.kind))
	})
	for i, key := range order {
		r := rand.New(rand.NewPCG(seed+23, uint64(i)))
		on := nextWorkday(nextWorkday(day.Month(key.month.Year(), key.month.Month()).To))
		checked := nextWorkday(nextWorkday(on))
		lines := sheets[key]
		slices.SortStableFunc(lines, func(a, b *logged) int { return cmp.Compare(a.on, b.on) })
		entered := at(on, 9+r.IntN(7), r.IntN(60))
		if on >= today {
			continue
		}
		for n, l := range lines {
			l.id = idAt(entered.Add(time.Duration(n)*time.Second), r)
		}
		var picks []flow.Pick
		var last day.Day
		b.at(entered, func() error {
			return b.DB.Update(b.as(key.author), func(tx *db.Tx) error {
				picks = nil
				for _, l := range lines {
					done, err := b.Facility.Logs.CreateIn(b.as(key.author), tx, register.New[facility.Log]{ID: l.id, Submit: true,
						Body: facility.Log{Kind: l.kind, Facility: l.of.head.ID, Day: l.on, Values: l.values}})
					if err != nil {
						return fmt.Errorf("%s of %s: %w", l.kind, l.of.body.Name, err)
					}
					picks, last = append(picks, flow.Pick{Ref: done.Ref(), Version: done.Version}), max(last, l.on)
				}
				return nil
			})
		})
		if waits := nextWorkday(day.Month(on.Year(), on.Month()).To) >= today && (key.author == "liwf" || key.author == "helq"); checked >= today || waits {
			continue
		}
		officer := pick(r, "zhoumin", "liyan")
		if officer == key.author {
			officer = map[string]string{"zhoumin": "liyan", "liyan": "zhoumin"}[officer]
		}
		b.at(at(checked, 10+r.IntN(6), r.IntN(60)), func() error {
			why := ""
			if lines[0].on <= b.closed {
				why = belated
			}
			_, err := b.Facility.Logs.VerifyMany(b.as(officer), picks, why)
			return err
		})
	}
}

// clerkOf is who keeps the log.
func (f *stood) clerkOf() string {
	if clerk := f.clerk(f.unit); clerk != "" {
		return clerk
	}
	return "zhoumin"
}

// month are the logs of a facility in a month. Chance is asked the same whatever today is.
func (f *stood) month(r *rand.Rand, c county, year, month int, today day.Day) (all []*logged) {
	length := day.Month(year, month).From.Days(day.Month(year, month).To)
	add := func(kind string, date int, values facility.Values) {
		on := day.Month(year, month).From.Add(min(date, length-1))
		first := day.Year(years(today)[0]).From.Add(90)
		if f.fresh {
			first = day.At(f.last, zone).Add(3)
		}
		if on < max(first, f.body.Start) || on >= today || f.gone != "" && on >= f.gone {
			return
		}
		all = append(all, &logged{of: f, kind: kind, on: on, values: values})
	}
	number := func(n int64) *facility.Value { return &facility.Value{N: n} }
	person := &facility.Value{Text: pick(r, c.surnames...) + pick(r, c.given...)}
	date, turn, some := 3+r.IntN(22), r.IntN(3), r.Int64N(100)
	switch f.body.Kind {
	case "gallery", "board":
		// The month of the quarter follows from the chance of the facility, so that each quarter has one.
		if (month-1)%3 == int(f.hash()%3) && (!f.neglect || day.Month(year, month).From <= today.Add(-230)) {
			add("change", date, facility.Values{"topic": {Text: pick(r, c.displays[month]...)}, "person": person})
		}
		if f.body.Kind == "gallery" && month%6 == 5 {
			add("inspect", date+3, facility.Values{"result": {Text: pick(r, "正常", "正常", "正常", "有问题")}, "person": person})
		}
	case "corridor", "anticult_board":
		if (month-1)%6 == int(f.hash()%6) {
			add("change", date, facility.Values{"topic": {Text: pick(r, c.displays[month]...)}, "person": person})
		}
	case "vehicle":
		if month%3 == 2 {
			add("inspect", date, facility.Values{"result": {Text: "正常"}, "person": person})
		}
	case "estation":
		if month%3 == 0 {
			add("use", date, facility.Values{"uses": number(40 + 2*some), "topic": {Text: "科普视频和农技课"}, "person": person})
		}
	case "library":
		if year > years(today)[0] {
			hours, loans := 148+some/5, 92+some/3
			if f.neglect {
				hours, loans = 84+some/5, 18+some/6
			}
			add("open", length-1, facility.Values{"hours": number(hours * 60), "person": person})
			add("loan", length-1, facility.Values{"loans": number(loans), "person": person})
		}
	case "hall", "campus_hall", "school_museum":
		if turn < 2 && (month < 7 || month > 8) {
			visits := number(110 + some*6)
			if some%9 == 0 {
				visits = &facility.Value{N: (110 + some*6) / 50 * 50, Exactness: ledger.About}
			}
			add("visit", length-2, facility.Values{"visits": visits, "person": person})
		}
	}
	return all
}

// hash is a number of the facility's own.
func (f *stood) hash() uint32 { return crc32.ChecksumIEEE([]byte(f.body.Key)) }
