package api

import (
	"sync"
	"time"

	"shilu/internal/kit/errs"
)

// limits keep one program from taking what all need, and guesses of tokens from being endless. They are of this copy of the program.
type limits struct {
	wrong window // wrong tokens, by network address
	asked window // requests, by token
}

const (
	mostWrong = 20   // wrong tokens of an address
	mostAsked = 1200 // requests of a token
	span      = time.Minute
	mostKept  = 20000 // addresses and tokens that are counted
)

// window counts what came within the running minute.
type window struct {
	sync.Mutex
	most  int
	since map[string]counted
}

type counted struct {
	from time.Time
	n    int
}

// take counts one; TooMany when the minute is full.
func (w *window) take(who string, now time.Time) error {
	w.Lock()
	defer w.Unlock()
	if w.since == nil || len(w.since) >= mostKept {
		w.since = make(map[string]counted)
	}
	c := w.since[who]
	age := now.Sub(c.from)
	if age < 0 || age >= span {
		c, age = counted{from: now}, 0
	}
	c.n++
	w.since[who] = c
	if c.n <= w.most {
		return nil
	}
	return errs.E(errs.TooMany, "一分钟内次数太多（最多 %d 次），请 %d 秒后再试", w.most, int((span-age).Seconds())+1)
}
