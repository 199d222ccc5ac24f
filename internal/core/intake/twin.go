package intake

import (
	"context"
	"encoding/json"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

// twin is a row that stays out because an earlier one of the file is the same by its key.
type twin struct {
	first, at place
	by        string // what is the same
	held      bool   // there can be one such record only
}

// twice finds an earlier row of the file with the same number or name, place and day.
func (c *check) twice(d Draft, at place) (t twin, found bool) {
	for _, key := range []struct{ kind, text, by string }{{"number", d.Number, "编号相同"}, {"strong", d.Strong, d.By}} {
		if key.text == "" || key.kind == "strong" && d.Number != "" { // a number says which it is
			continue
		}
		k := digestOf(key.kind, key.text)
		first, ok := c.index.seen[k]
		switch {
		case !ok:
			c.index.seen[k] = at
		case !found:
			t, found = twin{first, at, key.by, d.Held || key.kind == "number"}, true
		}
	}
	return t, found
}

// notedTwins is how many of the rows that are the same as it a first row names; quoted is how much of a cell a note quotes.
const (
	notedTwins = 3
	quoted     = 40
)

// settleTwins says of rows that are the same by their key what differs between them, on both: nobody but the county knows which of the
// two is right. Rows are compared outside of the writer, and each is written once, however many are the same.
func (c *check) settleTwins(ctx context.Context, sheets []*Sheet) error {
	var firsts []place
	byFirst := map[place][]twin{}
	for _, t := range c.twins {
		if byFirst[t.first] == nil {
			firsts = append(firsts, t.first)
		}
		byFirst[t.first] = append(byFirst[t.first], t)
	}
	c.twins = nil
	var settled []stagedRow
	for _, at := range firsts {
		var first stagedRow
		var odd []lang.Sentence // what the first row says of the others
		n := 0
		for twins := byFirst[at]; len(twins) > 0; {
			part := twins[:min(chunk, len(twins))]
			twins = twins[len(part):]
			if err := c.engine.DB.View(ctx, func(tx *db.Tx) (err error) {
				if first.sheet == nil {
					if first, err = c.reread(ctx, tx, sheets, at); err != nil {
						return err
					}
				}
				for _, t := range part {
					second, err := c.reread(ctx, tx, sheets, t.at)
					if err != nil {
						return err
					}
					text, differs := c.tell(first, &second, t)
					if !differs {
						continue // said already
					}
					settled = append(settled, second)
					if n++; n <= notedTwins {
						odd = append(odd, text)
					}
				}
				return nil
			}); err != nil {
				return err
			}
			if len(twins) == 0 && n > 0 {
				for _, text := range odd {
					first.notes = append(first.notes, note("", text.Text, text.Args...))
				}
				if n > notedTwins {
					first.notes = append(first.notes, note("", "另有 %d 行也像是和它重复，没有导入", n-notedTwins))
				}
				settled = append(settled, first)
			}
			for len(settled) >= chunk {
				if err := c.keepNotes(ctx, settled[:chunk]); err != nil {
					return err
				}
				settled = settled[chunk:]
			}
		}
	}
	return c.keepNotes(ctx, settled)
}

// tell puts on a row in what it is another than the first one with its key, and gives what the first one says of it; false when they
// say the same.
func (c *check) tell(first stagedRow, second *stagedRow, t twin) (text lang.Sentence, differs bool) {
	odd := first.differs(*second, c.target.Columns())
	if len(odd) == 0 {
		return text, false
	}
	var both, other []lang.Sentence
	for _, o := range odd {
		both = append(both, lang.Say("%s「%s」，这一行「%s」", o.title, zh.Brief(o.first, quoted), zh.Brief(o.second, quoted)))
		other = append(other, lang.Say("%s「%s」", o.title, zh.Brief(o.second, quoted)))
	}
	second.notes = second.notes[:len(second.notes)-1] // in place of «the same»
	says := "像是和%s重复（%s）：那一行%s；只导入那一行，确是两个的请写不同的名称"
	if t.held {
		says = "像是和%s重复（%s）：那一行%s；只导入那一行，请看哪一行对"
	}
	second.notes = append(second.notes, wrong(odd[0].cell, says, c.where(t.first, t.at), t.by, lang.Join("%s；%s", both...)))
	return lang.Say("像是和%s重复（%s）：那一行%s，没有导入；请看哪一行对", c.where(t.at, t.first), t.by, lang.Join("%s，%s", other...)), true
}

// keepNotes writes what is noted on the rows.
func (c *check) keepNotes(ctx context.Context, rows []stagedRow) error {
	if len(rows) == 0 {
		return nil
	}
	return c.engine.DB.Update(ctx, func(tx *db.Tx) error {
		for _, r := range rows {
			if _, err := tx.Exec(ctx, "UPDATE import_row SET notes = ? WHERE association = ? AND import = ? AND sheet = ? AND line = ?",
				encode(r.notes), org.Of(ctx), c.im.ID, r.at.sheet, r.at.line); err != nil {
				return err
			}
		}
		return nil
	})
}

// stagedRow is a row as it is kept.
type stagedRow struct {
	at    place
	sheet *Sheet
	cells []string
	notes []Note
}

func (c *check) reread(ctx context.Context, tx *db.Tx, sheets []*Sheet, at place) (r stagedRow, err error) {
	r = stagedRow{at: at, sheet: sheets[at.sheet]}
	_, err = db.One(ctx, tx, func(s db.Scanner) (none struct{}, err error) {
		var cells, notes string
		if err = s.Scan(&cells, &notes); err != nil {
			return none, err
		}
		if err = json.Unmarshal([]byte(cells), &r.cells); err == nil {
			err = json.Unmarshal([]byte(notes), &r.notes)
		}
		return none, err
	}, "SELECT cells, notes FROM import_row WHERE association = ? AND import = ? AND sheet = ? AND line = ?", org.Of(ctx), c.im.ID, at.sheet, at.line)
	return r, err
}

// cell is what the row says of a column, "" when it does not.
func (r stagedRow) cell(key string) (text, address string) {
	i, ok := r.sheet.hasColumn[key]
	if !ok {
		return "", ""
	}
	if i < len(r.cells) {
		text = strings.TrimSpace(r.cells[i])
	}
	return text, xlsx.Address(i, r.at.line)
}

// difference is a column in which two rows say something else.
type difference struct{ title, first, second, cell string }

// differs names where two rows say something else, counts first. Where they are, is the same by their key.
func (r stagedRow) differs(o stagedRow, columns []Column) (all []difference) {
	var counts []difference
	for _, col := range columns {
		first, _ := r.cell(col.Key)
		second, address := o.cell(col.Key)
		switch col.Type {
		case Serial, Township, Village, Place:
			continue
		case Count:
			if sameCount(first, second) {
				continue
			}
			counts = append(counts, difference{col.Title, first, second, address})
			continue
		case Day, Since:
			if sameDays(first, r.sheet.Year, second, o.sheet.Year) {
				continue
			}
		case Text, List:
		}
		if plain(first) != plain(second) {
			all = append(all, difference{col.Title, first, second, address})
		}
	}
	all = append(counts, all...)
	return all[:min(len(all), 4)]
}

// plain is a text without what only looks different.
func plain(s string) string {
	if zh.Blank(s) {
		return ""
	}
	return strings.Join(strings.Fields(zh.Fold(s)), "")
}

func sameCount(a, b string) bool {
	n, errA := zh.ParseCount(a)
	m, errB := zh.ParseCount(b)
	if errA != nil || errB != nil {
		return plain(a) == plain(b)
	}
	return n.N == m.N && n.Exactness == m.Exactness
}

func sameDays(a string, yearA int, b string, yearB int) bool {
	fromA, toA, errA := zh.ParseDays(a, yearA, false)
	fromB, toB, errB := zh.ParseDays(b, yearB, false)
	return errA == nil && errB == nil && fromA == fromB && toA == toB
}
