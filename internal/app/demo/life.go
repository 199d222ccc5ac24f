package demo

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

// life is what happens to one class, step by step.
type life struct {
	*builder
	*event
	head flow.Head
	last time.Time // of the step planned last
	end  time.Time // nothing happens later: the end of yesterday
	// papers gives those of the class; they are drawn once.
	papers func() ([]evidence.Paper, error)
}

// live plans the steps of a class.
func (b *builder) live(e *event, today day.Day) error {
	l := &life{builder: b, event: e, last: e.entered, end: at(today.Add(-1), 20, 0)}
	l.papers = sync.OnceValues(l.keep)
	b.lives = append(b.lives, l)
	if err := b.resolve(e); err != nil {
		return err
	}
	b.at(e.entered, l.create)
	if e.fate != drafted && e.fate != planned {
		l.report(today)
	}
	return nil
}

// report plans the steps from the papers on.
func (l *life) report(today day.Day) {
	e := l.event
	if e.fate == slipped {
		l.then(8*time.Minute, func() error {
			e.class.Attendances = &training.Count{N: e.people}
			return l.save("", false)
		})
	}
	l.then(5*time.Minute, l.attach)
	l.then(4*time.Minute, l.submit)
	switch e.fate {
	case submitted:
		return
	case returned:
		l.onWorkday(1, func() error { return l.sendBack("缺签到册，人次是约数，请补签到册后再交") })
		return
	case bounced:
		l.onWorkday(1, func() error { return l.sendBack("请写明授课内容和场所，再交一次") })
		l.onWorkday(1, func() error {
			e.class.Note = "上午讲课，下午到" + e.placeName + "的地里看着做。"
			return l.save("", true)
		})
	}
	l.onWorkday(1+e.chance.IntN(3), l.verify)
	switch e.fate {
	case revising:
		l.last = later(l.last, at(today.Add(-1), 10, 12))
		l.then(0, func() error { return l.recount("重复签名 2 人") })
	case corrected:
		l.last = later(l.last, at(today.Add(-8), 10, 40))
		l.then(0, func() error { return l.recount("更正：重复签名 2 人") })
		l.onWorkday(1, l.verify)
	case voided:
		l.onWorkday(1, l.void)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// then plans a step some time after the last one.
func (l *life) then(after time.Duration, do func() error) {
	l.last = l.last.Add(after)
	l.at(l.last, do)
}

// onWorkday plans a step n working days later in office hours; near the end everything moves up.
func (l *life) onWorkday(n int, do func() error) {
	d := day.At(l.last, zone)
	for range n {
		d = nextWorkday(d)
	}
	t := at(d, 9+l.chance.IntN(8), l.chance.IntN(60))
	if t.After(l.end) {
		t = l.last.Add(25 * time.Minute)
	}
	l.last = t
	l.at(t, do)
}

func (l *life) create() error {
	c := l.class
	switch l.fate {
	case drafted:
		c.Attendances, c.Enrolled, c.Examined, c.Passed, c.Sessions = nil, nil, nil, nil, nil
	case slipped:
		c.Attendances = &training.Count{N: l.people - 2}
	}
	done, err := l.Training.Create(l.as(l.author), training.CreateInput{ID: l.id(), Body: c})
	l.head = done.Head
	return err
}

// id makes the id of a record from the instant and the seed, so that lists stand in the same order in every copy of the county.
func (l *life) id() string {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(l.entered.UnixMilli())<<16|l.chance.Uint64()&0x0fff|0x7000)
	binary.BigEndian.PutUint64(u[8:], l.chance.Uint64()>>2|1<<63)
	return u.String()
}

func (l *life) save(reason string, submit bool) error {
	done, err := l.Training.Save(l.as(l.author), training.SaveInput{ID: l.head.ID, Version: l.head.Version, Body: l.class, Reason: reason, Submit: submit})
	l.head = done.Head
	return err
}

func (l *life) step(h flow.Head, err error) error {
	l.head = h
	return err
}

func (l *life) submit() error {
	return l.step(l.Training.Submit(l.as(l.author), l.head.ID, l.head.Version))
}

func (l *life) verify() error {
	return l.step(l.Training.Verify(l.as(l.officer), l.head.ID, l.head.Version, ""))
}

func (l *life) sendBack(remark string) error {
	return l.step(l.Training.Return(l.as(l.officer), l.head.ID, l.head.Version, remark))
}

func (l *life) void() error {
	return l.step(l.Training.Void(l.as(l.officer), l.head.ID, l.head.Version, "和乡镇交来的纸质报表重复，只保留一份"))
}

// recount takes two people off the figures: they had signed twice.
func (l *life) recount(reason string) error {
	less := func(n *training.Count) *training.Count {
		if n == nil {
			return nil
		}
		return &training.Count{N: n.N - 2, Exactness: n.Exactness}
	}
	c := l.class
	if len(c.Sessions) > 0 {
		sessions := append([]training.Session{}, c.Sessions...)
		sessions[0].Attendances = less(sessions[0].Attendances)
		c.Sessions = sessions
	} else {
		c.Attendances = less(c.Attendances)
	}
	l.class = c
	return l.save(reason, true)
}

// keep draws the papers of the class and puts them into the store, as an upload does.
func (l *life) keep() ([]evidence.Paper, error) {
	drawn, err := l.draw()
	kept := make([]evidence.Paper, 0, len(drawn))
	for _, p := range drawn {
		file, err := evidence.Receive(l.ctx, l.Files, p.name, bytes.NewReader(p.content))
		if err != nil {
			return nil, err
		}
		kept = append(kept, evidence.Paper{Kind: p.kind, File: file, Name: p.name, Note: p.note})
	}
	return kept, err
}

// attach binds the papers to the class.
func (l *life) attach() error {
	ctx := l.as(l.author)
	papers, err := l.papers()
	if err != nil {
		return err
	}
	return l.DB.Update(ctx, func(tx *db.Tx) error {
		for _, p := range papers {
			if _, _, err := evidence.Attach(ctx, tx, l.head.Ref(), p); err != nil {
				return err
			}
		}
		return l.prove(ctx, tx)
	})
}

func (l *life) prove(ctx context.Context, tx *db.Tx) error {
	subject, err := l.Training.Subject(ctx, tx, l.head.Ref())
	if err != nil {
		return fmt.Errorf("papers of %s: %w", l.head.Number, err)
	}
	return l.Papers.UpdateProof(ctx, tx, subject)
}
