package demo

import (
	"time"

	"shilu/internal/kit/day"
	"shilu/internal/work/training"
)

// course is the life of a class.
type course struct {
	*life[training.Class, training.Words]
	e *event
}

// teach plans the steps of a class.
func (b *builder) teach(e *event, today day.Day) error {
	if err := b.resolve(&e.entry, &e.class.Unit, &e.class.Place); err != nil {
		return err
	}
	l := &course{newLife(b, b.Training.Book, &e.entry, &e.class, today), e}
	if e.fate == drafted || e.fate == planned {
		b.at(e.entered, l.create)
		return nil
	}
	l.drawing(l.draw)
	if e.fate == verified && e.hand()%4 > 0 {
		l.handOver()
		l.together = b.classes
		l.live("", nil)
		return nil
	}
	b.at(e.entered, l.create)
	if e.fate == slipped {
		l.then(8*time.Minute, func() error {
			e.class.Attendances = &training.Count{N: e.people}
			return l.save("", false)
		})
	}
	remark := "请写明授课内容和场所，再交一次"
	if e.fate == returned {
		remark = "缺签到册，人次是约数，请补签到册后再交"
	}
	l.slowly()
	l.live(remark, func() { e.class.Note = "上午讲课，下午到" + e.placeName + "的地里看着做。" })
	switch e.fate {
	case revising:
		l.last = later(l.last, at(today.Add(-1), 10, 12))
		l.then(0, func() error { return l.recount("重复签名 2 人") })
	case corrected:
		l.last = later(l.last, at(today.Add(-8), 10, 40))
		l.then(0, func() error { return l.recount("更正：重复签名 2 人") })
		l.onWorkday(1, l.verify)
	case voided:
		l.onWorkday(1, func() error { return l.void("和乡镇交来的纸质报表重复，只保留一份") })
	}
	return nil
}

func (l *course) create() error {
	whole := *l.body
	switch l.fate {
	case drafted:
		l.body.Attendances, l.body.Enrolled, l.body.Examined, l.body.Passed, l.body.Sessions = nil, nil, nil, nil, nil
	case slipped:
		l.body.Attendances = &training.Count{N: l.e.people - 2}
	}
	err := l.life.create()
	*l.body = whole
	return err
}

// recount takes two people off the figures: they had signed twice.
func (l *course) recount(reason string) error {
	less := func(n *training.Count) *training.Count {
		if n == nil {
			return nil
		}
		return &training.Count{N: n.N - 2, Exactness: n.Exactness}
	}
	c := l.body
	if len(c.Sessions) > 0 {
		sessions := append([]training.Session{}, c.Sessions...)
		sessions[0].Attendances = less(sessions[0].Attendances)
		c.Sessions = sessions
	} else {
		c.Attendances = less(c.Attendances)
	}
	return l.save(reason, true)
}
