package ledger

import (
	"context"
	"fmt"
	"slices"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Outdated is a record whose facts were stated by an older version of its module's facts function (design.md, 4.13), with what the
// module states now and what Set would take back and add. Both are empty when nothing would change.
type Outdated struct {
	Statement
	By          int // the version by which its facts stand
	Back, Added []Fact
	// Odd says that nothing can be said of it: its body cannot be read, or ledger and record contradict each other. Verify names why.
	Odd bool
}

// Touches reports whether the change has a fact on the day or an earlier one.
func (o Outdated) Touches(upTo day.Day) bool {
	early := func(f Fact) bool { return f.Day <= upTo }
	return slices.ContainsFunc(o.Back, early) || slices.ContainsFunc(o.Added, early)
}

// Changes says what the change would do to each measure, as Changes says it of a posting. What only moves to another place, unit or
// day keeps its amount.
func (o Outdated) Changes() (all []Change) {
	type part struct {
		measure, key, tags string
		exactness          Exactness
		begins             bool
	}
	net := make(map[part]int64)
	of := func(f Fact) part {
		return part{f.Measure, f.Key, f.Tags.Text(), f.Exactness, f.Movement == In}
	}
	for _, f := range o.Back {
		net[of(f)] -= f.Amount
	}
	for _, f := range o.Added {
		net[of(f)] += f.Amount
	}
	moved := make(map[string]bool) // measures of which no part changes
	for p, n := range net {
		was, seen := moved[p.measure]
		moved[p.measure] = n == 0 && (was || !seen)
	}
	at := func(f Fact) *Change {
		i := slices.IndexFunc(all, func(c Change) bool { return c.Measure == f.Measure })
		if i < 0 {
			i = len(all)
			all = append(all, Change{Ref: o.Ref, Version: o.Version, Measure: f.Measure, Days: day.Period{From: f.Day, To: f.Day}})
		}
		c := &all[i]
		c.Days = day.Period{From: min(c.Days.From, f.Day), To: max(c.Days.To, f.Day)}
		return c
	}
	word := func(n int64, had, has Exactness) Exactness {
		if n > 0 && had != has {
			return ""
		}
		return has
	}
	for _, f := range o.Back {
		if net[of(f)] == 0 && !moved[f.Measure] {
			continue
		}
		c := at(f)
		c.Was = word(c.Taken, c.Was, f.Exactness)
		c.Before += f.Amount
		c.Taken++
	}
	for _, f := range o.Added {
		if net[of(f)] == 0 && !moved[f.Measure] {
			continue
		}
		c := at(f)
		c.Is = word(c.Put, c.Is, f.Exactness)
		c.After += f.Amount
		c.Put++
		if f.Amount > 0 {
			c.More += f.Amount
		} else {
			c.Less += f.Amount
		}
	}
	return all
}

// mark is where a walk through the outdated records of a kind stands: they come by version and id, so that what is stated anew leaves
// the way that is still to go.
type mark struct {
	by     int
	record string
}

// headsOf reads the ledger's heads of the next outdated records. With hold nobody states anything of them until the transaction ends.
func headsOf(ctx context.Context, tx *db.Tx, r Restater, after mark, limit, offset int, hold bool) ([]account, error) {
	query := `SELECT record, version, facts_version, record_hash FROM statement WHERE association = ? AND kind = ? AND facts_version < ?
		AND (facts_version, record) > (?, ?) ORDER BY facts_version, record` + db.Limit(limit, offset)
	if hold && tx.Dialect == db.Postgres { // SQLite has one writer
		query += " FOR UPDATE"
	}
	return db.All(ctx, tx, func(s db.Scanner) (a account, err error) {
		err = s.Scan(&a.record, &a.version, &a.factsVersion, &a.hash)
		return a, err
	}, query, association.Of(ctx), r.Kind, r.Version, after.by, after.record)
}

// compared says of the heads what the module states now and what would change.
func compared(ctx context.Context, tx *db.Tx, r Restater, heads []account) ([]Outdated, error) {
	records := make([]string, len(heads))
	for i, a := range heads {
		records[i] = a.record
	}
	now, err := r.Some(ctx, tx, records)
	if err != nil {
		return nil, err
	}
	statements := make(map[string]Statement, len(now))
	for _, s := range now {
		statements[s.Ref.ID] = s
	}
	rows, err := standing(ctx, tx, records)
	if err != nil {
		return nil, err
	}
	all := make([]Outdated, len(heads))
	for i, a := range heads {
		s, known := statements[a.record]
		all[i] = Outdated{Statement: s, By: a.factsVersion}
		if !known || s.Unread != nil || s.Version != a.version || s.RecordHash != a.hash {
			all[i].Ref, all[i].Odd = id.Ref{Kind: r.Kind, ID: a.record}, true
			continue
		}
		if all[i].Back, all[i].Added, err = change(ctx, tx, s, rows[a.record]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// change is what a statement would take back of the rows that stand, and what it would add.
func change(ctx context.Context, tx *db.Tx, s Statement, standing []row) (back, added []Fact, err error) {
	sets := make(map[string]string)
	want, err := stated(s.Facts, sets)
	if err != nil {
		return nil, nil, fmt.Errorf("statement of %s: %w", s.Ref, err)
	}
	changes := difference(standing, want)
	if len(changes) == 0 {
		return nil, nil, nil
	}
	if err := addTexts(ctx, tx, standing, sets); err != nil {
		return nil, nil, err
	}
	for _, c := range changes {
		tags, err := ParseTags(sets[c.tags])
		if err != nil {
			return nil, nil, err
		}
		f := c.fact(tags)
		if c.reverses.Valid {
			f.Amount = -f.Amount
			back = append(back, f)
		} else {
			added = append(added, f)
		}
	}
	return back, added, nil
}

// ListOutdated gives outdated records of the kind in a fixed order, limit at most after the first offset ones.
func ListOutdated(ctx context.Context, tx *db.Tx, r Restater, limit, offset int) ([]Outdated, error) {
	heads, err := headsOf(ctx, tx, r, mark{by: -1}, limit, offset, false)
	if err != nil {
		return nil, err
	}
	return compared(ctx, tx, r, heads)
}

// EachOutdated gives all outdated records of the kind, reading them a part at a time.
func EachOutdated(ctx context.Context, tx *db.Tx, r Restater, each func(Outdated) error) error {
	for after := (mark{by: -1}); ; {
		heads, err := headsOf(ctx, tx, r, after, restatePart, 0, false)
		if err != nil || len(heads) == 0 {
			return err
		}
		all, err := compared(ctx, tx, r, heads)
		if err != nil {
			return err
		}
		for _, o := range all {
			if err := each(o); err != nil {
				return err
			}
		}
		last := heads[len(heads)-1]
		after = mark{last.factsVersion, last.record}
	}
}

// CountOutdated is how many records of the kind stand by an older version of its facts function.
func CountOutdated(ctx context.Context, tx *db.Tx, r Restater) (int64, error) {
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM statement WHERE association = ? AND kind = ? AND facts_version < ?",
		association.Of(ctx), r.Kind, r.Version)
}

// Restating says how records are stated anew, and in whose name: "" is the program's own.
type Restating struct {
	Reason, Origin string
	Account        string
	Closed         bool // also those whose change touches a closed day, as corrections
	Most           int  // stop after so many postings; 0 is no bound
}

// Restated is what Restate did with the outdated records of a kind.
type Restated struct {
	Kind    string
	Posted  int64 // changed
	Same    int64 // had nothing to change: their statement has the new version without a posting
	Waiting int64 // left, because the change touches a closed day
	Odd     int64 // left, because record and ledger do not fit: Verify names them
}

// All is how many records there were.
func (r Restated) All() int64 { return r.Posted + r.Same + r.Waiting + r.Odd }

// Count counts an outdated record as what Restate makes of it while the days up to closed are left, and reports whether it states it anew.
func (r *Restated) Count(o Outdated, closed day.Day) bool {
	switch {
	case o.Odd:
		r.Odd++
		return false
	case len(o.Back)+len(o.Added) == 0:
		r.Same++
	case o.Touches(closed):
		r.Waiting++
		return false
	default:
		r.Posted++
	}
	return true
}

// restatePart is how many records one transaction of Restate takes.
const restatePart = 200

// Restate lets the outdated records of the kind stand by the new version of its facts function. It takes them in parts, each one
// transaction; stopped half-way it goes on where it was when it is called again.
func Restate(ctx context.Context, d *db.DB, r Restater, how Restating) (done Restated, err error) {
	done.Kind = r.Kind
	for after := (mark{by: -1}); how.Most == 0 || done.Posted < int64(how.Most); {
		var part Restated
		var next mark
		if err := d.UpdateLong(ctx, func(tx *db.Tx) (err error) {
			part, next, err = restateSome(ctx, tx, r, how, after)
			return err
		}); err != nil {
			return done, fmt.Errorf("state %s anew: %w", r.Kind, err)
		}
		if next == after {
			break
		}
		done.Posted, done.Same = done.Posted+part.Posted, done.Same+part.Same
		done.Waiting, done.Odd = done.Waiting+part.Waiting, done.Odd+part.Odd
		after = next
	}
	return done, nil
}

// restateSome is one part of Restate; it gives the mark it was given when there was nothing left.
func restateSome(ctx context.Context, tx *db.Tx, r Restater, how Restating, after mark) (done Restated, next mark, err error) {
	heads, err := headsOf(ctx, tx, r, after, restatePart, 0, true)
	if err != nil || len(heads) == 0 {
		return done, after, err
	}
	all, err := compared(ctx, tx, r, heads)
	if err != nil {
		return done, after, err
	}
	closed := day.Day("")
	if !how.Closed {
		if closed, err = ClosedUpTo(ctx, tx); err != nil {
			return done, after, err
		}
	}
	var statements []Statement
	for _, o := range all {
		if !done.Count(o, closed) {
			continue
		}
		s := o.Statement
		s.Reason, s.Origin, s.Account = how.Reason, how.Origin, how.Account
		statements = append(statements, s)
	}
	last := heads[len(heads)-1]
	next = mark{last.factsVersion, last.record}
	if len(statements) == 0 {
		return done, next, nil
	}
	return done, next, SetMany(ctx, tx, statements)
}

// RestateExpected asks the records of the kind that are not verified what they would post, by the new version of its facts function,
// in parts as Restate.
func RestateExpected(ctx context.Context, d *db.DB, r Restater) error {
	if r.Expected == nil {
		return nil
	}
	for after := ""; ; {
		var page []Expectation
		if err := d.UpdateLong(ctx, func(tx *db.Tx) (err error) {
			if page, err = r.Expected(ctx, tx, after, restatePart); err != nil || len(page) == 0 {
				return err
			}
			other := make(map[string]bool)
			if err := compareExpected(ctx, tx, page, func(d log.Difference) { other[d.Ref.ID] = true }); err != nil {
				return err
			}
			for _, e := range page {
				if !other[e.Ref.ID] || e.Unread != nil { // Verify names what cannot be read
					continue
				}
				if err := Expect(ctx, tx, e.Ref, e.State, e.Facts...); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return fmt.Errorf("ask %s anew what is expected: %w", r.Kind, err)
		}
		if len(page) == 0 {
			return nil
		}
		after = page[len(page)-1].Ref.ID
	}
}

// RestatedBy is with which version of the kind's facts function all its records were gone through last; 0 when they never were.
func RestatedBy(ctx context.Context, tx *db.Tx, kind string) (int, error) {
	versions, err := db.All(ctx, tx, db.Value[int], "SELECT facts_version FROM restated WHERE association = ? AND kind = ?", association.Of(ctx), kind)
	if err != nil || len(versions) == 0 {
		return 0, err
	}
	return versions[0], nil
}

// NoteRestated notes that all records of the kind were gone through with its present facts function.
func NoteRestated(ctx context.Context, tx *db.Tx, r Restater) error {
	_, err := tx.Insert(ctx, "INSERT INTO restated (association, kind, facts_version)",
		"ON CONFLICT (association, kind) DO UPDATE SET facts_version = excluded.facts_version", []any{association.Of(ctx), r.Kind, r.Version})
	return err
}
