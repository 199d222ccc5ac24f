package intake

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime/debug"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
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
	claimed map[string]place  // by record
	named   map[string]bool   // records of rows that are rejected: the file speaks of them all the same
	parts   map[digest]*Known // records with parts, by what those would be by themselves
	seen    map[digest]place  // by key of a row
}

func newIndex() index {
	return index{known: map[digest][]*Known{}, months: map[string]bool{}, claimed: map[string]place{}, named: map[string]bool{}, seen: map[digest]place{},
		parts: map[digest]*Known{}}
}

func (x *index) add(k Known) {
	if len(k.Parts) > 0 {
		for _, key := range k.Parts {
			if key != "" {
				x.parts[digestOf("strong", key)] = &k
			}
		}
		return
	}
	if k.Since != "" {
		for _, since := range []string{string(k.Since), k.Since.YearMonth()[:4]} {
			d := digestOf("called", called(k.Title, since))
			x.known[d] = append(x.known[d], &k)
		}
	}
	for kind, key := range map[string]string{"strong": k.Strong, "loose": k.Loose, "number": k.Number, "whole": k.Whole} {
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
		if d.Day != "" && d.Joins != "" { // what it is joined to may have begun in another month
			wanted = append(wanted, day.Year(d.Day.Year()).Months()...)
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
	joins   place // the row that makes the record of which this one is a part, or is made of such rows
	depth   int   // how many new rows of the file must be in before it
}

// flush hands the rows that wait on to be matched and kept, while the next ones are read from the file.
func (c *check) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil || len(c.waiting) == 0 {
		return err
	}
	rows := c.waiting
	c.waiting = nil
	if err := c.flushed(); err != nil {
		return err
	}
	done := make(chan error, 1)
	c.flushing = done
	go func() {
		defer func() {
			if p := recover(); p != nil { // nobody above would: the program would stop
				done <- fmt.Errorf("keep rows of %s: %v\n%s", c.im.File, p, debug.Stack())
			}
		}()
		done <- c.keep(ctx, rows)
	}()
	return nil
}

// flushed waits for the rows that flush handed on before. Until then all that they are matched with is theirs.
func (c *check) flushed() error {
	if c.flushing == nil {
		return nil
	}
	err := <-c.flushing
	c.flushing = nil
	return err
}

// keep understands rows, matches them with what is there, and writes them into staging.
func (c *check) keep(ctx context.Context, rows []*Row) error {
	var alone []*Row
	var drafts []Draft
	for _, r := range rows {
		c.names[r.Sheet.Index] = r.Sheet.Name
		c.places(r)
		d := c.reader.Read(r)
		d.Notes = append(r.Notes, d.Notes...)
		if d.Number != "" { // what the sheet does not say, the record says
			d.Notes = withoutLacks(d.Notes)
		}
		c.widen(r.Sheet.Index, d)
		if d.Joins != "" {
			c.put(Part{r, d})
			continue
		}
		c.call(d, place{r.Sheet.Index, r.Line})
		if d.Under != nil {
			c.hung = append(c.hung, joined{parts: []Part{{r, d}}, out: []staged{{row: r, draft: d}}, whole: d})
			continue
		}
		alone, drafts = append(alone, r), append(drafts, d)
	}
	out := make([]staged, len(alone))
	if err := c.engine.DB.View(ctx, func(tx *db.Tx) error {
		if err := c.load(ctx, tx, drafts); err != nil {
			return err
		}
		for i, r := range alone {
			var err error
			if out[i], err = c.judge(ctx, tx, r, drafts[i]); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	c.staged += len(rows)
	return c.write(context.WithoutCancel(ctx), out)
}

func withoutLacks(notes []Note) []Note {
	return slices.DeleteFunc(notes, func(n Note) bool { return n.Lacks != "" })
}

func (c *check) write(ctx context.Context, out []staged) error {
	rows := make([][]any, len(out))
	for i, s := range out {
		for _, n := range s.draft.Notes {
			if n.Lacks == "" || s.verdict != Rejected {
				continue
			}
			at := lack{s.row.Sheet.Index, n.Lacks}
			c.lacks[at] += 0 // named all the same
			if !slices.ContainsFunc(s.draft.Notes, func(n Note) bool { return n.Wrong && n.Lacks == "" }) {
				c.lacks[at]++
			}
		}
		rows[i] = []any{org.Of(ctx), c.im.ID, s.row.Sheet.Index, s.row.Line, s.draft.Day, s.verdict, encode(s.row.cells), s.body, encode(s.draft.Notes),
			encode(s.changes), s.record, s.version, 0, 0, s.joins.line, s.joins.sheet, s.depth}
	}
	return c.engine.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE import SET done = ?, updated = ? WHERE association = ? AND id = ?", c.staged, tx.Millis(), org.Of(ctx), c.im.ID); err != nil {
			return err
		}
		_, err := tx.Insert(ctx, "INSERT INTO import_row (association, import, sheet, line, day, verdict, cells, body, notes, changes, record, version, after, applied, joins, joins_sheet, depth)",
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
	if in, ok := c.inside[at]; ok {
		if r.Sheet.within(in.filled) {
			s.verdict, s.record = Same, in.record
			c.index.claimed[in.record] = at
			return s, nil
		}
		if d.Number == "" && in.number != "" { // the row is that record, whatever fills it now
			d.Number, d.again = in.number, true
			d.Notes = withoutLacks(d.Notes)
			if err := c.load(ctx, tx, []Draft{d}); err != nil {
				return s, err
			}
			s.draft = d
		}
	}
	if slices.ContainsFunc(d.Notes, func(n Note) bool { return n.Wrong }) {
		return s, c.refused(ctx, tx, &s, at)
	}
	if t, twice := c.twice(d, at); twice {
		s.reject("与%s相同", c.where(t.first, at)) // settleTwins says what differs
		c.twins = append(c.twins, t)
		return s, nil
	}
	k, why := c.same(d)
	if why.Text != "" {
		s.reject(why.Text, why.Args...)
		return s, nil
	}
	if whole := c.index.parts[digestOf("strong", d.Strong)]; whole != nil && d.Strong != "" && (k == nil || k.ID != whole.ID) {
		s.reject("已经记在 %s「%s」里，再记一条就重复了", whole.Number, whole.Title)
		c.index.named[whole.ID] = true
		return s, nil
	}
	if k == nil {
		c.askLoose(&s, at)
		return s, nil
	}
	return s, c.compare(ctx, tx, &s, k, at)
}

// refused keeps a row out with which something is wrong. One that names its record by the number and says just what that says is the
// same all the same: an event that is only planned comes back in the exported list, too.
func (c *check) refused(ctx context.Context, tx *db.Tx, s *staged, at place) error {
	s.verdict, s.body = Rejected, ""
	k, _ := c.same(s.draft)
	if k == nil {
		return nil
	}
	c.index.named[k.ID] = true
	if _, claimed := c.index.claimed[k.ID]; claimed || s.draft.Number == "" || slices.ContainsFunc(s.draft.Notes, func(n Note) bool { return n.Wrong && !n.Unfit }) {
		return nil
	}
	_, _, same, err := c.over(ctx, tx, s.draft, k, k.standing())
	if errs.Is(err, errs.Invalid) || err == nil && !same {
		return nil
	}
	if err != nil {
		return err
	}
	c.index.claimed[k.ID] = at
	s.verdict, s.record, s.version = Same, k.ID, k.Version
	s.draft.Notes = slices.DeleteFunc(s.draft.Notes, func(n Note) bool { return n.Wrong })
	return nil
}
