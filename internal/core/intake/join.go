package intake

import (
	"context"
	"slices"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
)

// joint names a record that is made of several rows of a sheet.
type joint struct {
	sheet int
	name  string
}

// partsOf are the rows that are parts of the record of another, but for that one; im.parts gives the arguments.
const partsOf = " WHERE association = ? AND import = ? AND sheet = ? AND joins = ? AND line <> ?"

func (im Import) parts(ctx context.Context, first place) []any {
	return []any{org.Of(ctx), im.ID, first.sheet, first.line, first.line}
}

// wholeStaysOut says of a row that another one of its record keeps it out: a record goes in whole or not at all.
const wholeStaysOut = "和%s是同一条记录，那一行进不了，这一行也先不导入；改好后请一起导入"

// put keeps a row until all of its record are read.
func (c *check) put(p Part) {
	of := joint{p.Sheet.Index, p.Joins}
	if c.joint[of] == nil {
		c.joints = append(c.joints, of)
	}
	c.joint[of] = append(c.joint[of], p)
}

// settleJoints makes one record of the rows that are parts of it, and says what becomes of them.
func (c *check) settleJoints(ctx context.Context) error {
	for len(c.joints) > 0 {
		var out []staged
		if err := c.engine.DB.View(ctx, func(tx *db.Tx) error {
			for len(c.joints) > 0 && len(out) < page {
				parts := c.joint[c.joints[0]]
				delete(c.joint, c.joints[0])
				c.joints = c.joints[1:]
				drafts := make([]Draft, len(parts))
				for i, p := range parts {
					drafts[i] = p.Draft
				}
				if err := c.load(ctx, tx, drafts); err != nil {
					return err
				}
				rows, err := c.join(ctx, tx, parts)
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

// join judges the rows of one record: the first of them makes it, the others are parts.
func (c *check) join(ctx context.Context, tx *db.Tx, parts []Part) ([]staged, error) {
	first := place{parts[0].Sheet.Index, parts[0].Line}
	out := make([]staged, len(parts))
	for i, p := range parts {
		p.Row.Notes = nil // they stand in the draft
		out[i] = staged{row: p.Row, draft: p.Draft, verdict: Joined, joins: first.line}
	}
	whole := c.reader.Join(parts)
	c.single(parts, whole)
	for i, p := range parts {
		out[i].draft.Notes = append(out[i].draft.Notes, p.Row.Notes...)
	}
	whole.Notes = out[0].draft.Notes
	if bad := slices.IndexFunc(out, func(s staged) bool { return s.draft.wrong() }); bad >= 0 {
		if k, _ := c.same(whole); k != nil {
			c.index.named[k.ID] = true
		}
		c.stayOut(out, bad)
		return out, nil
	}
	head, err := c.judge(ctx, tx, parts[0].Row, whole)
	if err != nil {
		return nil, err
	}
	out[0], out[0].joins = head, first.line
	out[0].draft.Day = parts[0].Day
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
	for i := range out {
		s := &out[i]
		if !s.draft.wrong() {
			s.draft.Notes = append(s.draft.Notes, wrong("", wholeStaysOut, lineOf(place{line: out[bad].row.Line})))
		}
		s.verdict, s.body, s.changes, s.record, s.version, s.joins = Rejected, "", nil, "", 0, 0
	}
}

// wrong reports whether something keeps the row out.
func (d Draft) wrong() bool {
	return slices.ContainsFunc(d.Notes, func(n Note) bool { return n.Wrong })
}
