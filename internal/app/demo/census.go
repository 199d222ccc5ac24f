package demo

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/work/external"
)

// households and people of the county for each of 100 that a township has in the shares of places.csv.
const (
	peopleShare    = 2360
	householdShare = 705
)

// censusAll plans the figures that others counted: people and households of the year before, when the statistics are published in
// March, schools and pupils in October.
func (b *builder) censusAll(today day.Day) {
	for i, year := range years(today) {
		r := rand.New(rand.NewPCG(seed+29, uint64(year)))
		last := day.Month(year-1, 12).To
		source := fmt.Sprintf("《云岭县%d年国民经济和社会发展统计公报》", year-1)
		var all []external.Stated
		add := func(figure, place string, n int64) {
			all = append(all, external.Stated{Figure: figure, Place: place, Year: year - 1, Day: last, Value: &register.Count{N: n}, Source: source})
		}
		var people, homes int64
		for _, t := range b.townships {
			p, _ := b.tree.PlaceByCode(t.code)
			n, h := int64(t.share)*peopleShare+r.Int64N(900)-int64(i)*120, int64(t.share)*householdShare+r.Int64N(240)
			people, homes = people+n, homes+h
			add("population", p.ID, n)
			add("households", p.ID, h)
		}
		add("population", b.tree.Root().ID, people)
		add("households", b.tree.Root().ID, homes)
		add("literacy", b.tree.Root().ID, 868+int64(i)*94+r.Int64N(30))
		b.census(all, working(day.Day(fmt.Sprintf("%d-03-20", year))), "统计公报3月才发布，上年已经结账，按公报补入", r, today)

		opened := day.Day(fmt.Sprintf("%d-09-01", year))
		var schools []external.Stated
		for _, s := range []struct {
			figure, stage string
			n             int64
		}{{"schools", "小学", 46 - int64(i)}, {"schools", "初中", 11}, {"pupils", "小学", 16840 - int64(i)*310 + r.Int64N(90)}, {"pupils", "初中", 8420 - int64(i)*90 + r.Int64N(60)}} {
			schools = append(schools, external.Stated{Figure: s.figure, Stage: s.stage, Place: b.tree.Root().ID, Year: year, Day: opened, Value: &register.Count{N: s.n}, Source: "县教育体育局学年初统计"})
		}
		b.census(schools, working(day.Day(fmt.Sprintf("%d-10-09", year))), "", r, today)
	}
}

// census plans that figures are entered in one sheet on a day and verified the day after.
func (b *builder) census(all []external.Stated, on day.Day, belated string, r *rand.Rand, today day.Day) {
	if nextWorkday(on) >= today {
		return
	}
	entered := at(on, 10, 5)
	ids := make([]string, len(all))
	for i := range all {
		all[i].Unit = b.tree.Office().ID
		ids[i] = idAt(entered.Add(time.Duration(i)*time.Second), r)
	}
	extract := sync.OnceValues(func() ([]evidence.Paper, error) {
		return b.keep(func() ([]paper, error) {
			lines := [][2]string{{"来源", all[0].Source}, {"时点", all[0].Day.Long()}}
			for _, s := range all[max(0, len(all)-4):] {
				rule, _ := b.External.Catalogue.Figure(s.Figure)
				lines = append(lines, [2]string{rule.Name, s.Stage + " " + rule.Text(s.Value) + rule.Unit})
			}
			content, err := form{title: "公报摘录", fields: lines, said: "摘自公布的原文，原文存档。", stamp: "云岭县统计局", date: on.Long(), hand: uint64(entered.UnixMilli())}.draw()
			return []paper{{kind: evidence.Source, name: "公报摘录.png", content: content}}, err
		})
	})
	b.ahead = append(b.ahead, func() { _, _ = extract() })
	var picks []flow.Pick
	b.at(entered, func() error {
		ctx := b.as("zhoumin")
		papers, err := extract()
		if err != nil {
			return err
		}
		return b.DB.Update(ctx, func(tx *db.Tx) error {
			picks = nil
			for i, s := range all {
				done, err := b.External.CreateIn(ctx, tx, register.New[external.Stated]{ID: ids[i], Body: s, Submit: true})
				if err != nil {
					return fmt.Errorf("%s of %s: %w", s.Figure, b.tree.PlaceName(s.Place), err)
				}
				if _, _, err := evidence.Attach(ctx, tx, done.Ref(), papers[0]); err != nil {
					return err
				}
				subject, err := b.External.Subject(ctx, tx, done.Ref())
				if err == nil {
					err = b.Papers.UpdateProof(ctx, tx, subject)
				}
				if err != nil {
					return err
				}
				picks = append(picks, flow.Pick{Ref: done.Ref(), Version: done.Version})
			}
			return nil
		})
	})
	b.at(at(nextWorkday(on), 11, 20), func() error {
		why := ""
		if all[0].Day <= b.closed {
			why = belated
		}
		_, err := b.External.VerifyMany(b.as("liyan"), picks, why)
		return err
	})
}
