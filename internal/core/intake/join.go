package intake

import (
	"cmp"
	"context"
	"slices"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// partsOf are the rows that are parts of the record of another, but for that one; im.parts gives the arguments.
const partsOf = " WHERE association = ? AND import = ? AND joins_sheet = ? AND joins = ? AND NOT (sheet = ? AND line = ?)"

func (im Import) parts(ctx context.Context, first place) []any {
	return []any{org.Of(ctx), im.ID, first.sheet, first.line, first.sheet, first.line}
}

// wholeStaysOut says of a row that another one of its record keeps it out: a record goes in whole or not at all.
const wholeStaysOut = "和%s是同一条记录，那一行进不了，这一行也先不导入；改好后请一起导入"

// put keeps a row until all of its record are read.
func (c *check) put(p Part) {
	if c.joint[p.Joins] == nil {
		c.joints = append(c.joints, p.Joins)
	}
	c.joint[p.Joins] = append(c.joint[p.Joins], p)
}

// longGap is the time in days after which rows of another sheet and another year are another record, though of the same name: what happens
// every year is listed by the year.
const longGap = 31

// together takes the rows of one name apart where they are several records: rows of a sheet are one, and so are those of sheets that begin in
// the same year or follow each other over New Year.
func together(parts []Part) (all [][]Part) {
	type span struct {
		parts    []Part
		from, to day.Day
	}
	var spans []span
	for _, p := range parts { // a sheet's rows follow each other
		if n := len(spans); n == 0 || spans[n-1].parts[0].Sheet.Index != p.Sheet.Index {
			spans = append(spans, span{})
		}
		s := &spans[len(spans)-1]
		s.parts = append(s.parts, p)
		if p.Day != "" && (s.from == "" || p.Day < s.from) {
			s.from = p.Day
		}
		s.to = max(s.to, p.Day)
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	last := span{}
	for _, s := range spans {
		near := last.from == "" || s.from == "" || s.from.Year() == last.from.Year() || last.to.Days(s.from) <= longGap
		if len(all) > 0 && near {
			all[len(all)-1] = append(all[len(all)-1], s.parts...)
			last.to = max(last.to, s.to)
			continue
		}
		all, last = append(all, slices.Clone(s.parts)), s
	}
	for _, one := range all {
		slices.SortStableFunc(one, func(a, b Part) int { return a.Sheet.Index - b.Sheet.Index })
	}
	return all
}

// settleJoints makes one record of the rows that are parts of it, and says what becomes of them.
func (c *check) settleJoints(ctx context.Context) error {
	var wholes [][]Part
	for _, name := range c.joints {
		wholes = append(wholes, together(c.joint[name])...)
	}
	c.joint, c.joints = nil, nil
	for len(wholes) > 0 {
		var out []staged
		if err := c.engine.DB.View(ctx, func(tx *db.Tx) error {
			for len(wholes) > 0 && len(out) < page {
				parts := wholes[0]
				wholes = wholes[1:]
				drafts := make([]Draft, len(parts))
				for i, p := range parts {
					drafts[i] = p.Draft
				}
				if err := c.load(ctx, tx, drafts); err != nil {
					return err
				}
				j := c.join(parts)
				c.call(j.whole, j.first())
				if j.whole.Under != nil {
					c.hung = append(c.hung, j)
					continue
				}
				rows, err := c.place(ctx, tx, j)
				if err != nil {
					return err
				}
				out = append(out, rows...)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := c.write(context.WithoutCancel(ctx), out); err != nil {
			return err
		}
	}
	return nil
}

// joined is a record with the rows that it is made of; one row alone is a record, too.
type joined struct {
	parts []Part
	out   []staged
	whole Draft
	depth int // how many new rows of the file must be in before it
}

func (j joined) first() place { return place{j.parts[0].Sheet.Index, j.parts[0].Line} }

// join makes one record of the rows that are parts of it.
func (c *check) join(parts []Part) joined {
	j := joined{parts: parts, out: make([]staged, len(parts))}
	for i, p := range parts {
		p.Row.Notes = nil // they stand in the draft
		j.out[i] = staged{row: p.Row, draft: p.Draft, verdict: Joined, joins: j.first()}
	}
	j.whole = c.reader.Join(parts)
	c.single(parts, j.whole)
	for i, p := range parts {
		j.out[i].draft.Notes = append(j.out[i].draft.Notes, p.Row.Notes...)
	}
	return j
}

// place judges the rows of one record: the first of them makes it, the others are parts.
func (c *check) place(ctx context.Context, tx *db.Tx, j joined) ([]staged, error) {
	out := j.out
	if len(out) == 1 && j.whole.Joins == "" {
		head, err := c.judge(ctx, tx, j.parts[0].Row, j.whole)
		head.depth = j.depth
		return []staged{head}, err
	}
	j.whole.Notes = out[0].draft.Notes
	if bad := slices.IndexFunc(out, func(s staged) bool { return s.draft.wrong() }); bad >= 0 {
		if k, _ := c.same(j.whole); k != nil {
			c.index.named[k.ID] = true
		}
		c.stayOut(out, bad)
		return out, nil
	}
	head, err := c.judge(ctx, tx, j.parts[0].Row, j.whole)
	if err != nil {
		return nil, err
	}
	out[0], out[0].joins, out[0].depth = head, j.first(), j.depth
	out[0].draft.Day = j.parts[0].Day
	if head.verdict == Rejected {
		c.stayOut(out, 0)
		return out, nil
	}
	for i := range out[1:] {
		out[i+1].record, out[i+1].version = head.record, head.version
	}
	return out, nil
}

// single says of rows that are in as records of their own that they cannot be a part of another, too.
func (c *check) single(parts []Part, whole Draft) {
	k, _ := c.same(whole)
	for _, p := range parts {
		for _, found := range c.index.known[digestOf("strong", p.Strong)] {
			if p.Strong != "" && (k == nil || found.ID != k.ID) {
				p.Wrong("", "%s「%s」%s，已经单独记了一条；并进来就重复了，请先把那一条作废，或者撤销那次导入", found.Number, found.Title, p.By)
			}
		}
	}
}

// stayOut rejects all rows of a record because of one.
func (c *check) stayOut(out []staged, bad int) {
	at := func(s staged) place { return place{s.row.Sheet.Index, s.row.Line} }
	because := at(out[bad])
	for i := range out {
		s := &out[i]
		if !s.draft.wrong() {
			s.draft.Notes = append(s.draft.Notes, wrong("", wholeStaysOut, c.where(because, at(*s))))
		}
		s.verdict, s.body, s.changes, s.record, s.version, s.joins = Rejected, "", nil, "", 0, place{}
	}
}

// wrong reports whether something keeps the row out.
func (d Draft) wrong() bool {
	return slices.ContainsFunc(d.Notes, func(n Note) bool { return n.Wrong })
}
