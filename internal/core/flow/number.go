package flow

import (
	"context"
	"fmt"
	"sync"
	"time"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Number writes a record's number: PX-2026-0073.
func Number(prefix string, year int, serial int64) string {
	return fmt.Sprintf("%s-%04d-%04d", prefix, year, serial)
}

// Reserve gives the head its number before the transaction that will create it. On PostgreSQL that keeps creators from waiting
// for each other's commit; on SQLite, which has one writer anyway, it does nothing and Create takes the number.
func Reserve(ctx context.Context, d *db.DB, h *Head) error {
	if d.Dialect == db.SQLite || h.Number != "" {
		return nil
	}
	if err := h.dateNumber(usualDay(d.Now())); err != nil {
		return err
	}
	var err error
	h.Number, h.Serial, err = NextNumber(ctx, d, h.Kind, h.Prefix, h.Year)
	return err
}

// dateNumber settles the year of the number: that of the record's day, or of today for a draft that has none yet.
func (h *Head) dateNumber(today day.Day) error {
	if h.Prefix == "" {
		return fmt.Errorf("flow: a new record of kind %s needs a number prefix", h.Kind)
	}
	if h.Year == 0 {
		h.Year = h.Day.Year()
	}
	if h.Year == 0 {
		h.Year = today.Year()
	}
	return nil
}

// NextNumber takes the next number of the kind and year in a short transaction of its own. Callers that wait at the same time
// are served by one update, so the numbers are dense; one whose record is then not saved stays unused (design.md, section 2).
func NextNumber(ctx context.Context, d *db.DB, kind, prefix string, year int) (number string, serial int64, err error) {
	serial, err = serials.take(ctx, series{d, org.Of(ctx), kind, year}, 1)
	return Number(prefix, year, serial), serial, err
}

// takeSerials advances the series within tx and gives the first of n.
func takeSerials(ctx context.Context, tx *db.Tx, association, kind string, year, n int) (first int64, err error) {
	last, err := db.One(ctx, tx, db.Value[int64], `INSERT INTO record_serial (association, kind, year, last) VALUES (?, ?, ?, ?)
		ON CONFLICT (association, kind, year) DO UPDATE SET last = record_serial.last + excluded.last RETURNING last`,
		association, kind, year, n)
	return last - int64(n) + 1, err
}

type series struct {
	d           *db.DB
	association string
	kind        string
	year        int
}

type claim struct {
	n     int
	first int64
	err   error
	done  chan struct{}
}

// counter serves the callers of each series together: while one update is under way, the next callers gather.
type counter struct {
	mu      sync.Mutex
	waiting map[series][]*claim // present while a goroutine serves the series
}

var serials = counter{waiting: map[series][]*claim{}}

func (c *counter) take(ctx context.Context, s series, n int) (int64, error) {
	own := &claim{n: n, done: make(chan struct{})}
	c.mu.Lock()
	queue, served := c.waiting[s]
	c.waiting[s] = append(queue, own)
	c.mu.Unlock()
	if !served {
		go c.serve(context.WithoutCancel(ctx), s)
	}
	select {
	case <-own.done:
		return own.first, own.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (c *counter) serve(ctx context.Context, s series) {
	for {
		c.mu.Lock()
		claims := c.waiting[s]
		if len(claims) == 0 {
			delete(c.waiting, s)
			c.mu.Unlock()
			return
		}
		c.waiting[s] = nil
		c.mu.Unlock()
		total := 0
		for _, one := range claims {
			total += one.n
		}
		var first int64
		short, cancel := context.WithTimeout(ctx, 30*time.Second)
		err := s.d.Update(short, func(tx *db.Tx) (err error) {
			first, err = takeSerials(short, tx, s.association, s.kind, s.year, total)
			return err
		})
		cancel()
		for _, one := range claims {
			one.first, one.err = first, err
			first += int64(one.n)
			close(one.done)
		}
	}
}
