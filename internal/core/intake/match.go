package intake

import (
	"context"
	"crypto/sha256"
	"fmt"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// digest stands for a key in memory: 100,000 keys stay small.
type digest [12]byte

func digestOf(kind, key string) digest {
	sum := sha256.Sum256([]byte(kind + "\x00" + key))
	return digest(sum[:12])
}

// index finds the records that are there, and the rows that came before.
type index struct {
	known   map[digest][]*Known
	months  map[string]bool
	claimed map[string]place // by record
	seen    map[digest]place // by key of a row
}

func newIndex() index {
	return index{known: map[digest][]*Known{}, months: map[string]bool{}, claimed: map[string]place{}, seen: map[digest]place{}}
}

func (x *index) add(k Known) {
	for kind, key := range map[string]string{"strong": k.Strong, "loose": k.Loose, "number": k.Number} {
		if key != "" {
			d := digestOf(kind, key)
			x.known[d] = append(x.known[d], &k)
		}
	}
}

// load reads the records of the months of the drafts, each month once.
func (c *check) load(ctx context.Context, tx *db.Tx, drafts []Draft) error {
	var wanted []day.Period
	for _, d := range drafts {
		if d.Day != "" {
			wanted = append(wanted, day.Month(d.Day.Year(), d.Day.Month()))
		}
		if year := yearIn(d.Number); year != 0 { // the row may have moved the record to another month
			wanted = append(wanted, day.Year(year).Months()...)
		}
	}
	for _, p := range wanted {
		if c.index.months[p.From.YearMonth()] {
			continue
		}
		c.index.months[p.From.YearMonth()] = true
		if err := c.reader.Known(ctx, tx, p, c.index.add); err != nil {
			return err
		}
	}
	return nil
}

// later is a row without a record of its name, where one with its subject is there: it is the same if no other row claims that.
type later struct {
	at    place
	draft Draft
	known *Known
}

// staged is a row as it is kept.
type staged struct {
	row     *Row
	draft   Draft
	verdict Verdict
	body    string
	changes []access.Change
	record  string
	version int
}

// flush reads, matches and keeps the rows that wait.
func (c *check) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil || len(c.waiting) == 0 {
		return err
	}
	out := make([]staged, len(c.waiting))
	drafts := make([]Draft, len(c.waiting))
	for i, r := range c.waiting {
		c.places(r)
		drafts[i] = c.reader.Read(r)
		drafts[i].Notes = append(r.Notes, drafts[i].Notes...)
		c.widen(r.Sheet.Index, drafts[i])
	}
	if err := c.engine.DB.View(ctx, func(tx *db.Tx) error {
		if err := c.load(ctx, tx, drafts); err != nil {
			return err
		}
		for i, r := range c.waiting {
			var err error
			if out[i], err = c.judge(ctx, tx, r, drafts[i]); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	c.waiting = c.waiting[:0]
	if err := c.written(); err != nil {
		return err
	}
	c.staged += len(out)
	done := make(chan error, 1)
	c.writing = done
	go func(staged int) { done <- c.write(context.WithoutCancel(ctx), out, staged) }(c.staged) // while the next rows are read
	return nil
}

// written waits for the rows that are being written.
func (c *check) written() error {
	if c.writing == nil {
		return nil
	}
	err := <-c.writing
	c.writing = nil
	return err
}

func (c *check) write(ctx context.Context, out []staged, total int) error {
	rows := make([][]any, len(out))
	for i, s := range out {
		rows[i] = []any{org.Of(ctx), c.im.ID, s.row.Sheet.Index, s.row.Line, s.draft.Day, s.verdict, encode(s.row.cells), s.body, encode(s.draft.Notes),
			encode(s.changes), s.record, s.version, 0, 0}
	}
	return c.engine.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE import SET done = ?, updated = ? WHERE association = ? AND id = ?", total, tx.Millis(), org.Of(ctx), c.im.ID); err != nil {
			return err
		}
		_, err := tx.Insert(ctx, "INSERT INTO import_row (association, import, sheet, line, day, verdict, cells, body, notes, changes, record, version, after, applied)",
			"", rows...)
		return err
	})
}

// judge says what becomes of a row.
func (c *check) judge(ctx context.Context, tx *db.Tx, r *Row, d Draft) (staged, error) {
	s := staged{row: r, draft: d, verdict: New}
	at := place{r.Sheet.Index, r.Line}
	body, err := log.Canonical(d.Body)
	if err != nil {
		return s, fmt.Errorf("write row %d of %s: %w", r.Line, r.Sheet.Name, err)
	}
	s.body = string(body)
	if record, in := c.inside[at]; in {
		s.verdict, s.record = Same, record
		c.index.claimed[record] = at
		return s, nil
	}
	for _, n := range d.Notes {
		if n.Wrong {
			s.verdict, s.body = Rejected, ""
			return s, nil
		}
	}
	if t, twice := c.twice(d, at); twice {
		s.reject("与%s相同", c.where(t.first, at)) // settleTwins says what differs
		c.twins = append(c.twins, t)
		return s, nil
	}
	k, sentence := c.same(d)
	if sentence != "" {
		s.reject("%s", sentence)
		return s, nil
	}
	if k == nil {
		c.askLoose(&s, at)
		return s, nil
	}
	return s, c.compare(ctx, tx, &s, k, at)
}
