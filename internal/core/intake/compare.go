package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/zh"
)

func (s *staged) reject(text string, args ...any) {
	s.verdict, s.body = Rejected, ""
	s.draft.Notes = append(s.draft.Notes, wrong("", text, args...))
}

// where names an earlier row as seen from another.
func (c *check) where(first, from place) lang.Sentence {
	if first.sheet == from.sheet {
		return lineOf(first)
	}
	return Address(c.names[first.sheet], first.line)
}

func lineOf(at place) lang.Sentence { return lang.Say("第 %d 行", at.line) }

// same finds the record that the row is by its number, else by its name, place and day. why says that there is no telling.
func (c *check) same(d Draft) (k *Known, why lang.Sentence) {
	if d.Number != "" {
		found := c.index.known[digestOf("number", d.Number)]
		if len(found) == 0 {
			return nil, lang.Say("没有编号 %s 的记录（作废的不算）；要另记一条的，请把编号空着", d.Number)
		}
		return found[0], why
	}
	found := c.index.known[digestOf("strong", d.Strong)]
	if d.Strong == "" {
		found = nil
	}
	if whole := c.index.known[digestOf("whole", d.Whole)]; len(found) == 0 && d.Whole != "" {
		if found = whole; len(found) > 1 {
			return nil, lang.Say("有 %d 条记录同名、同年（%s、%s），请在表里加一列「编号」写明是哪一条", len(found), found[0].Number, found[1].Number)
		}
	}
	switch {
	case len(found) == 0:
		return nil, why
	case len(found) > 1:
		return nil, lang.Say("有 %d 条记录%s（%s、%s），请在表里加一列「编号」写明是哪一条", len(found), d.By, found[0].Number, found[1].Number)
	}
	return found[0], why
}

// askLoose puts a new row off whose subject, place and day are those of a record, and warns of a row that is like it.
func (c *check) askLoose(s *staged, at place) {
	if s.draft.Loose == "" {
		return
	}
	k := digestOf("loose", s.draft.Loose)
	if found := c.index.known[k]; len(found) > 0 {
		c.later = append(c.later, later{at: at, draft: s.draft, known: found[max(0, slices.IndexFunc(found, s.draft.within))]})
	}
	if first, ok := c.index.seen[k]; ok {
		s.draft.Notes = append(s.draft.Notes, note("", "和%s的%s一样，像是同一个，请看一眼", c.where(first, at), s.draft.Alike))
	} else {
		c.index.seen[k] = at
	}
}

// within reports whether the row names the venue of the record, or none.
func (d Draft) within(k *Known) bool { return d.Venue == "" || plain(d.Venue) == plain(k.Venue) }

// compare lays the row over the record: same, changed, or refused because the record is not to be changed now.
func (c *check) compare(ctx context.Context, tx *db.Tx, s *staged, k *Known, at place) error {
	if first, ok := c.index.claimed[k.ID]; ok {
		s.reject("与%s是同一条记录 %s", c.where(first, at), k.Number)
		return nil
	}
	c.index.claimed[k.ID] = at
	s.record, s.version = k.ID, k.Version
	if k.standing() == k.Version && hashOf([]byte(s.body)) == k.Hash {
		s.verdict, s.body = Same, ""
		return nil
	}
	text, changes, same, err := c.over(ctx, tx, s.draft, k, k.standing())
	if err == nil && !same && k.Verified > 0 && k.Verified != k.standing() { // the row says what counts, while a revision waits
		if _, _, same, err = c.over(ctx, tx, s.draft, k, k.Verified); same {
			s.draft.Notes = append(s.draft.Notes, note("", "%s 有修订还没有核实；这一行和现在算数的一样", k.Number))
		}
	}
	if errs.Is(err, errs.Invalid) {
		why := lang.Said(err)
		s.reject(why.Text, why.Args...)
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case same:
		s.verdict, s.body = Same, ""
	case s.draft.Held && (s.draft.Number == "" || s.draft.again):
		s.reject("已经登记在 %s：%s。要照这张表改，请在表里加一列「编号」写上 %s 再导入，或者打开那一条修订", k.Number, changeWords(changes), k.Number)
	case k.State == flow.Submitted || k.Revision == flow.Submitted:
		s.reject("%s 正在等核实，核实或退回以后再导入改动", k.Number)
	default:
		s.verdict, s.body, s.changes = Changed, string(text), changes
		s.draft.Notes = append(s.draft.Notes, k.unsent()...)
	}
	return nil
}

// over lays a row over a version of its record: the body of that then, with what changed; same when nothing did that anybody says. Invalid as Merge.
func (c *check) over(ctx context.Context, tx *db.Tx, d Draft, k *Known, version int) (text []byte, changes []access.Change, same bool, err error) {
	var body json.RawMessage
	if err := flow.Body(ctx, tx, id.Ref{Kind: c.target.Kind(), ID: k.ID}, version, &body); err != nil {
		return nil, nil, false, err
	}
	merged, changes, err := c.reader.Merge(body, d)
	if err != nil {
		return nil, nil, false, err
	}
	if text, err = log.Canonical(merged); err != nil {
		return nil, nil, false, fmt.Errorf("write the change of %s: %w", k.Number, err)
	}
	return text, changes, len(changes) == 0, nil // what follows from the trees alone may have changed since
}

// changeWords writes what a row would change: 数值那里是「32000」，这里是「33000」.
func changeWords(changes []access.Change) lang.Sentence {
	words := make([]lang.Sentence, len(changes))
	for i, c := range changes {
		words[i] = lang.Say("%s那里是「%s」，这里是「%s」", c.Label, zh.Brief(c.Before, quoted), zh.Brief(c.After, quoted))
	}
	return lang.Join("%s；%s", words...)
}

// unsent says of a record that nobody submitted yet, or that was returned, that the row does not submit it.
func (k Known) unsent() []Note {
	switch {
	case k.Revision == flow.Draft || k.Revision == flow.Returned:
		return []Note{note("", "%s 的修订还没有提交，只改内容，不替填报人提交", k.Number)}
	case k.State == flow.Draft:
		return []Note{note("", "%s 还是草稿，只改内容，不替填报人提交", k.Number)}
	case k.State == flow.Returned:
		return []Note{note("", "%s 已退回，只改内容，不替填报人提交", k.Number)}
	}
	return nil
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// settleLater decides the rows that were put off: a record that no row of its own name claims is the row's, under another name,
// unless the two are named apart; else the row is new, with a warning that it is like that record.
func (c *check) settleLater(ctx context.Context) error {
	for len(c.later) > 0 {
		part := c.later[:min(chunk, len(c.later))]
		c.later = c.later[len(part):]
		if err := c.engine.DB.Update(ctx, func(tx *db.Tx) error {
			for _, l := range part {
				if err := c.settle(ctx, tx, l); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// another reports whether the row is another record than the one that is like it, because both have names and these differ. In a
// workbook of the same shape as the one that the record came from, the name is taken for corrected, unless the venue differs too.
func (c *check) another(ctx context.Context, tx *db.Tx, l later) (bool, error) {
	if !l.draft.Named || l.known.Title == "" {
		return false, nil
	}
	if l.draft.Apart || !l.draft.within(l.known) {
		return true, nil
	}
	n, err := db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM record r JOIN import_sheet t ON t.association = r.association AND t.import = r.batch
		WHERE r.association = ? AND r.id = ? AND t.shape = ?`, org.Of(ctx), l.known.ID, c.shapes[l.at.sheet])
	return n == 0, err
}

func (c *check) settle(ctx context.Context, tx *db.Tx, l later) error {
	text, err := log.Canonical(l.draft.Body)
	if err != nil {
		return fmt.Errorf("write a row: %w", err)
	}
	s := staged{draft: l.draft, verdict: New, body: string(text)}
	another, err := c.another(ctx, tx, l)
	if err != nil {
		return err
	}
	if _, taken := c.index.claimed[l.known.ID]; taken {
		s.draft.Notes = append(s.draft.Notes, note("", "和 %s「%s」的%s一样，像是同一个，请看一眼", l.known.Number, l.known.Title, l.draft.Alike))
	} else if another {
		s.draft.Notes = append(s.draft.Notes, note("", "和 %s「%s」的%s一样，名称不同，按新的记；是同一个的，请在表里写上编号", l.known.Number, l.known.Title, l.draft.Alike))
	} else if err := c.compare(ctx, tx, &s, l.known, l.at); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE import_row SET verdict = ?, body = ?, notes = ?, changes = ?, record = ?, version = ?
		WHERE association = ? AND import = ? AND sheet = ? AND line = ?`,
		s.verdict, s.body, encode(s.draft.Notes), encode(s.changes), s.record, s.version, org.Of(ctx), c.im.ID, l.at.sheet, l.at.line)
	return err
}
