package demo

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"

	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// life is what happens to one record, step by step. Its body is what the next step writes.
type life[T, W any] struct {
	*builder
	*entry
	book *register.Book[T, W]
	body *T
	// check verifies the record.
	check func(ctx context.Context, record string, version int, why string) (flow.Head, error)
	// copied is the body to be handed over, where saving writes into it. nil: it may have the body itself.
	copied func(T) T
	head   flow.Head
	last   time.Time // of the step planned last
	end    time.Time // nothing happens later: the end of yesterday
	// together lets an officer verify the record in one go with others. nil: it is looked at alone.
	together func(l *life[T, W])
	// papers gives those of the record, kept; they are drawn once. nil: it has none.
	papers func() ([]evidence.Paper, error)
}

// newLife begins the life of a record.
func newLife[T, W any](b *builder, book *register.Book[T, W], e *entry, body *T, today day.Day) *life[T, W] {
	return &life[T, W]{builder: b, entry: e, book: book, body: body, check: book.Verify, last: e.entered, end: at(today.Add(-1), 20, 0)}
}

// drawing says how the papers are made; that runs beside everything else.
func (l *life[T, W]) drawing(draw func() ([]paper, error)) {
	l.papers = sync.OnceValues(func() ([]evidence.Paper, error) { return l.keep(draw) })
	l.ahead = append(l.ahead, func() { _, _ = l.papers() }) // an error comes out where the papers are needed
}

// handOver plans that the record is entered, with its papers, and handed over in one go.
func (l *life[T, W]) handOver() {
	l.at(l.entered, func() error {
		ctx := l.as(l.author)
		return l.inOne(ctx, func(tx *db.Tx) error {
			done, err := l.book.CreateIn(ctx, tx, register.New[T]{ID: l.id(l.entered), Body: l.says(), Submit: true})
			if l.head = done.Head; err != nil {
				return err
			}
			return l.attachIn(ctx, tx)
		})
	})
}

// slowly plans the same in steps of some minutes each.
func (l *life[T, W]) slowly() {
	l.then(5*time.Minute, l.attach)
	l.then(4*time.Minute, l.submit)
}

// live plans what officer and author do with a record that was handed over, by its fate. restate is what the author adds after it was
// sent back with the remark.
func (l *life[T, W]) live(remark string, restate func()) {
	switch l.fate {
	case submitted:
		return
	case returned:
		l.onWorkday(1, func() error { return l.sendBack(remark) })
		return
	case bounced:
		l.onWorkday(1, func() error { return l.sendBack(remark) })
		l.onWorkday(1, func() error {
			restate()
			return l.save("", true)
		})
	}
	if l.together != nil && l.fate == verified && l.last.Before(l.end.AddDate(0, 0, -14)) {
		l.together(l)
		return
	}
	l.onWorkday(1+l.chance.IntN(3), l.verify)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// then plans a step some time after the last one.
func (l *life[T, W]) then(after time.Duration, do func() error) {
	l.last = l.last.Add(after)
	l.at(l.last, do)
}

// onWorkday plans a step n working days later in office hours; near the end everything moves up.
func (l *life[T, W]) onWorkday(n int, do func() error) {
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

// says is the body to be handed over.
func (l *life[T, W]) says() T {
	if l.copied != nil {
		return l.copied(*l.body)
	}
	return *l.body
}

func (l *life[T, W]) create() error {
	done, err := l.book.Create(l.as(l.author), register.New[T]{ID: l.id(l.entered), Body: l.says()})
	l.head = done.Head
	return err
}

// id makes the id of a record from the instant and the seed, so that lists stand in the same order in every copy of the county.
func (e *entry) id(entered time.Time) string { return idAt(entered, e.chance) }

func idAt(t time.Time, chance *rand.Rand) string {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(t.UnixMilli())<<16|chance.Uint64()&0x0fff|0x7000)
	binary.BigEndian.PutUint64(u[8:], chance.Uint64()>>2|1<<63)
	return u.String()
}

// hand is the chance in what people write by hand on the record's papers.
func (e *entry) hand() uint64 { return uint64(e.entered.UnixMilli()) }

func (l *life[T, W]) save(reason string, submit bool) error {
	done, err := l.book.Save(l.as(l.author), register.Change[T]{ID: l.head.ID, Version: l.head.Version, Body: l.says(), Reason: reason, Submit: submit})
	l.head = done.Head
	return err
}

func (l *life[T, W]) step(h flow.Head, err error) error {
	l.head = h
	return err
}

func (l *life[T, W]) submit() error {
	return l.step(l.book.Submit(l.as(l.author), l.head.ID, l.head.Version))
}

// belated is why something counts on days that are closed already.
const belated = "结账前已经交来，核实晚了几天，按原始记录补记"

func (l *life[T, W]) verify() error {
	why := ""
	if l.head.Day <= l.closed {
		why = belated
	}
	return l.step(l.check(l.as(l.officer), l.head.ID, l.head.Version, why))
}

// onFridays gives the records that were handed over to an officer in a week to him in one list, which he verifies as a whole.
func onFridays[T, W any](b *builder, verify func(ctx context.Context, picks []flow.Pick, why string) ([]flow.Head, error)) func(l *life[T, W]) {
	lists := map[string][]*life[T, W]{}
	return func(l *life[T, W]) {
		on := nextWorkday(day.At(l.last, zone))
		for !works(on) || on.Time().Weekday() != time.Friday {
			on = on.Add(1)
		}
		key := l.officer + string(on)
		if lists[key] == nil {
			b.at(at(on, 16, 5), func() error {
				why, picks := "", []flow.Pick{}
				for _, l := range lists[key] {
					picks = append(picks, flow.Pick{Ref: l.head.Ref(), Version: l.head.Version})
					if l.head.Day <= b.closed {
						why = belated
					}
				}
				heads, err := verify(b.as(lists[key][0].officer), picks, why)
				for i, h := range heads {
					lists[key][i].head = h
				}
				return err
			})
		}
		lists[key] = append(lists[key], l)
	}
}

func (l *life[T, W]) sendBack(remark string) error {
	return l.step(l.book.Return(l.as(l.officer), l.head.ID, l.head.Version, remark))
}

func (l *life[T, W]) void(reason string) error {
	return l.step(l.book.Void(l.as(l.officer), l.head.ID, l.head.Version, reason))
}

// keep draws the papers and puts them into the store, as an upload does.
func (b *builder) keep(draw func() ([]paper, error)) ([]evidence.Paper, error) {
	drawn, err := draw()
	kept := make([]evidence.Paper, 0, len(drawn))
	for _, p := range drawn {
		one := evidence.Paper{Kind: p.kind, Name: p.name, Note: p.note, Link: p.link}
		if p.link == "" {
			file, err := evidence.Receive(b.ctx, b.Files, p.name, bytes.NewReader(p.content))
			if err != nil {
				return nil, err
			}
			one.File = file
		}
		kept = append(kept, one)
	}
	return kept, err
}

// attach binds the papers to the record.
func (l *life[T, W]) attach() error {
	ctx := l.as(l.author)
	return l.inOne(ctx, func(tx *db.Tx) error { return l.attachIn(ctx, tx) })
}

// inOne does something in one transaction once the papers are drawn.
func (l *life[T, W]) inOne(ctx context.Context, do func(tx *db.Tx) error) error {
	if l.papers != nil {
		if _, err := l.papers(); err != nil {
			return err
		}
	}
	return l.DB.Update(ctx, do)
}

func (l *life[T, W]) attachIn(ctx context.Context, tx *db.Tx) error {
	if l.papers == nil {
		return nil
	}
	papers, err := l.papers()
	if err != nil {
		return err
	}
	for _, p := range papers {
		if _, _, err := evidence.Attach(ctx, tx, l.head.Ref(), p); err != nil {
			return err
		}
	}
	subject, err := l.book.Subject(ctx, tx, l.head.Ref())
	if err != nil {
		return fmt.Errorf("papers of %s: %w", l.head.Number, err)
	}
	return l.Papers.UpdateProof(ctx, tx, subject)
}
