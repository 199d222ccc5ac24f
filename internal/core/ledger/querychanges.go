package ledger

import (
	"context"
	"slices"

	"shilu/internal/core/association"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Change is what one posting did to one measure of a record: Before is what it took back, After what it put instead. The first
// posting of a record takes nothing back; voiding puts nothing instead. More and Less are the parts of After that add and that take
// away: a stock that goes, a key that stands no more. All are in the measure's smallest unit.
type Change struct {
	Posting         string
	Ref             id.Ref
	Version         int
	Measure         string
	Days            day.Period // on which the facts count
	Before, After   int64
	More, Less      int64
	Taken, Put      int64     // how many facts were taken back and put
	Was, Is         Exactness // of what was taken back and put; "" where they differ among themselves or there is none
	Reason, Account string
	Closed          bool  // some of it counts on days that were closed when it was posted
	Keyed           bool  // some fact has a key: without one a measure that counts keys only says that they are not known
	At              int64 // UTC milliseconds
	// Moves is what it did place by place, unit by unit and tag by tag, where it took from some and gave to others; they add up to
	// what it did in all.
	Moves []Move
}

// Move is what a posting did to a measure in one place, of one unit, under one set of tags.
type Move struct {
	Place, Unit string
	Tags        Tags
	Amount      int64
}

// Correction reports whether the posting changed what stood, or came after its day was closed.
func (c Change) Correction() bool { return c.Taken > 0 || c.Closed }

// Asked says which changes are listed beside the filter: since Began tells what counted before that day from what counts after it
// («» tells nothing apart), and Corrections leaves out postings that only added. Parts are the places into which figures of the filter
// are broken down: what moves from one to another changes something, what moves within one does not.
type Asked struct {
	Began       day.Day
	Parts       By
	Corrections bool
}

// shifts are the parts of postings that change a figure or its parts: facts that differ only in the day, or in the place within one of
// Parts, are one, and one that comes to nothing is none. What is told apart is what a figure may go by: the key, the word, the tags,
// whose it is, whether a stock is new, and the period.
func shifts(ctx context.Context, tx *db.Tx, f Filter, ask Asked) (text string, args []any, err error) {
	q, err := f.reading(ctx, tx, ask.Parts)
	if err != nil {
		return "", nil, err
	}
	q.columnArgs = nil
	text = `SELECT f.posting AS posting, f.measure AS measure, MIN(f.record) AS record, MIN(f.day) AS first, MAX(f.day) AS last, f.exactness AS exactness, f.fact_key AS fact_key,
		COALESCE(SUM(-f.amount) FILTER (WHERE f.reverses IS NOT NULL), 0) AS was,
		COALESCE(SUM(f.amount) FILTER (WHERE f.reverses IS NULL AND f.amount > 0), 0) AS more,
		COALESCE(SUM(f.amount) FILTER (WHERE f.reverses IS NULL AND f.amount < 0), 0) AS less,
		COUNT(f.reverses) AS taken, COUNT(*) - COUNT(f.reverses) AS put` + q.from("fact") +
		" GROUP BY f.posting, f.measure, f.exactness, f.fact_key, f.tags, f.unit, " + q.group + " || '', CASE WHEN f.movement = '" + string(In) + "' THEN 1 ELSE 0 END, CASE WHEN f.day < ? THEN 1 ELSE 0 END HAVING SUM(f.amount) <> 0"
	return text, q.args(ask.Began), nil
}

// changed is the text behind the columns of a query over shifts, with its arguments; by is what they are grouped by.
func changed(ctx context.Context, tx *db.Tx, f Filter, ask Asked, by string) (text string, args []any, err error) {
	text, args, err = shifts(ctx, tx, f, ask)
	text = " FROM (" + text + ") g JOIN posting o ON o.association = ? AND o.id = g.posting GROUP BY " + by
	if ask.Corrections {
		text += " HAVING SUM(g.taken) > 0 OR MAX(CASE WHEN o.correction THEN 1 ELSE 0 END) = 1"
	}
	return text, append(args, association.Of(ctx)), err
}

// Changes lists what each posting changed among the filter's facts, measure by measure, the latest posting first. limit and offset
// count postings; limit 0 reads all.
func Changes(ctx context.Context, tx *db.Tx, f Filter, ask Asked, limit, offset int) ([]Change, error) {
	if limit > 0 {
		from, args, err := changed(ctx, tx, f, ask, "g.posting")
		if err != nil {
			return nil, err
		}
		page, err := db.All(ctx, tx, db.Value[string], "SELECT g.posting"+from+" ORDER BY MIN(o.posted) DESC, g.posting DESC"+db.Limit(limit, offset), args...)
		if err != nil || len(page) == 0 {
			return nil, err
		}
		f.Only = append(slices.Clone(f.Only), Condition{SQL: "f.posting IN (?)", Args: []any{db.List(page)}})
	}
	chosen := ask.Corrections && limit == 0
	ask.Corrections = false // all that a chosen posting changed
	from, args, err := changed(ctx, tx, f, ask, "g.posting, g.measure")
	if err != nil {
		return nil, err
	}
	put, taken := "g.put > 0", "g.taken > 0"
	text := `SELECT g.posting, g.measure, MIN(o.kind), MIN(g.record), MIN(o.version), MIN(g.first), MAX(g.last),
		CAST(SUM(g.was) AS BIGINT), CAST(SUM(g.more) AS BIGINT), CAST(SUM(g.less) AS BIGINT), CAST(SUM(g.taken) AS BIGINT), CAST(SUM(g.put) AS BIGINT),
		COALESCE(MIN(g.exactness) FILTER (WHERE ` + taken + `), ''), COALESCE(MAX(g.exactness) FILTER (WHERE ` + taken + `), ''),
		COALESCE(MIN(g.exactness) FILTER (WHERE ` + put + `), ''), COALESCE(MAX(g.exactness) FILTER (WHERE ` + put + `), ''),
		MIN(o.reason), MIN(o.account), MAX(CASE WHEN o.correction THEN 1 ELSE 0 END), MIN(o.posted), MAX(CASE WHEN g.fact_key <> '' THEN 1 ELSE 0 END)` + from + " ORDER BY MIN(o.posted) DESC, g.posting DESC, g.measure"
	all, err := db.All(ctx, tx, func(s db.Scanner) (c Change, err error) {
		var was, is [2]Exactness
		var closed, keyed int64
		err = s.Scan(&c.Posting, &c.Measure, &c.Ref.Kind, &c.Ref.ID, &c.Version, &c.Days.From, &c.Days.To, &c.Before, &c.More, &c.Less, &c.Taken, &c.Put,
			&was[0], &was[1], &is[0], &is[1], &c.Reason, &c.Account, &closed, &c.At, &keyed)
		c.After, c.Closed, c.Keyed = c.More+c.Less, closed == 1, keyed == 1
		if was[0] == was[1] {
			c.Was = was[0]
		}
		if is[0] == is[1] {
			c.Is = is[0]
		}
		return c, err
	}, text, args...)
	if err != nil {
		return nil, err
	}
	if err := moves(ctx, tx, f, all); err != nil || !chosen {
		return all, err
	}
	corrects := map[string]bool{}
	for _, c := range all {
		corrects[c.Posting] = corrects[c.Posting] || c.Correction()
	}
	return slices.DeleteFunc(all, func(c Change) bool { return !corrects[c.Posting] }), nil
}

// CountChanges is how many postings Changes lists.
func CountChanges(ctx context.Context, tx *db.Tx, f Filter, ask Asked) (int64, error) {
	from, args, err := changed(ctx, tx, f, ask, "g.posting")
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM (SELECT 1 AS one"+from+") n", args...)
}

// moves fills in where from and where to the changes went that took something away and put something.
func moves(ctx context.Context, tx *db.Tx, f Filter, all []Change) error {
	type at struct{ posting, measure string }
	wanted := map[at]*Change{}
	var postings []string
	for i, c := range all {
		if c.Put > 0 && (c.Taken > 0 || c.Less < 0 && c.More > 0) {
			wanted[at{c.Posting, c.Measure}] = &all[i]
			postings = append(postings, c.Posting)
		}
	}
	for chunk := range slices.Chunk(slices.Compact(postings), 400) {
		some := f
		some.Only = append(slices.Clone(f.Only), Condition{SQL: "f.posting IN (?)", Args: []any{db.List(chunk)}})
		q, err := some.reading(ctx, tx, By{})
		if err != nil {
			return err
		}
		q.columnArgs = nil
		q.join("LEFT JOIN tag_set t ON t.association = f.association AND t.id = f.tags")
		if _, err := db.All(ctx, tx, func(s db.Scanner) (m Move, err error) {
			var of at
			var tags string
			if err = s.Scan(&of.posting, &of.measure, &m.Place, &m.Unit, &tags, &m.Amount); err != nil {
				return m, err
			}
			if m.Tags, err = ParseTags(tags); err != nil {
				return m, err
			}
			if c := wanted[of]; c != nil {
				c.Moves = append(c.Moves, m)
			}
			return m, nil
		}, "SELECT f.posting, f.measure, f.place, f.unit, COALESCE(t.text, ''), CAST(SUM(f.amount) AS BIGINT)"+q.from("fact")+
			" GROUP BY 1, 2, 3, 4, 5 HAVING SUM(f.amount) <> 0 ORDER BY 1, 2, 6, 3, 4, 5", q.args()...); err != nil {
			return err
		}
	}
	return nil
}
