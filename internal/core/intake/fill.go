package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"shilu/internal/core/org"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// FillField names, in a refusal, what all rows are to say.
const FillField = "fill"

// Each reports whether each row says its own: a name, a day, a number. For others it may be one value for all rows. A column of years is
// asked as the year of the sheet instead.
func (c Column) Each() bool {
	switch c.Type {
	case Count, Day, Since, Serial:
		return true
	case Text, List, Township, Village, Place:
	}
	return c.Own || c.Year || c.Key == "number" || c.Key == "name" || c.Key == "value" || c.Of != "" || len(c.Units) > 0
}

func fillWrong(text string, args ...any) error {
	var wrong errs.Fields
	wrong.Add(FillField, text, args...)
	return wrong.Err()
}

// mayFill is nil when all that the options ask for all rows to say can be said for all rows.
func mayFill(t Target, o Options) error {
	all := []map[string]string{o.Fill}
	for _, name := range slices.Sorted(maps.Keys(o.Sheets)) {
		both := maps.Clone(o.Fill)
		if both == nil {
			both = map[string]string{}
		}
		maps.Copy(both, o.Sheets[name].Fill)
		all = append(all, both)
	}
	for _, fill := range all {
		for _, key := range slices.Sorted(maps.Keys(fill)) {
			at := slices.IndexFunc(t.Columns(), func(c Column) bool { return c.Key == key })
			switch {
			case fill[key] == "":
			case at < 0:
				return fillWrong("没有「%s」这一列", key)
			case t.Columns()[at].Year || t.Columns()[at].Type == Day || t.Columns()[at].Type == Since:
				return fillWrong("「%s」不能给所有行，哪一年的请用 --year 写", t.Columns()[at].Title)
			case key == "number" || t.Columns()[at].Type == Serial:
				return fillWrong("「%s」每一行各是各的，不能所有行都一样", t.Columns()[at].Title)
			}
		}
		if fill["township"] != "" && fill["place"] != "" {
			return fillWrong("「乡镇」和「地点」说的是同一件事，不能都给所有行，请只写一个")
		}
	}
	return nil
}

// unused is what was asked for all rows of the file and no sheet took, because each says it itself: Invalid, naming the column.
func unused(sheets []*Sheet, fill map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(fill)) {
		used := false
		var says *Filled
		for _, s := range sheets {
			if s.Skipped != "" {
				continue
			}
			used = used || slices.ContainsFunc(s.Filled, func(f Filled) bool { return f.Key == key })
			if at := slices.IndexFunc(s.unfilled, func(f Filled) bool { return f.Key == key }); at >= 0 {
				says = &s.unfilled[at]
			}
		}
		if !used && says != nil {
			return fillWrong("表里有「%s」，给所有行的「%s」没有用，请去掉", says.Title, says.Text)
		}
	}
	return nil
}

// Lacking are the columns that a sheet lacks. What each column of a wide sheet lacks is said once, of the wide sheet.
func (f Found) Lacking(s *Sheet) (all []Lack) {
	switch {
	case s.From != "":
		return nil
	case s.Wide == 0:
		return s.Missing
	}
	for _, part := range f.Sheets {
		if part.From != s.Name {
			continue
		}
		for _, l := range part.Missing {
			at := slices.IndexFunc(all, func(one Lack) bool { return one.Key == l.Key })
			if at < 0 {
				all = append(all, l)
			} else {
				all[at].Rows += l.Rows
			}
		}
	}
	return all
}

// Fills reports whether something was said for all rows of a sheet.
func (f Found) Fills() bool {
	return slices.ContainsFunc(f.Sheets, func(s *Sheet) bool { return len(s.Filled) > 0 })
}

// MayRefill reports whether something else said for all rows of an import that is in could change any: not where only rows with a number
// change what is there, and not while all that it brought waits. Then it is taken back and handed in again.
func (e *Engine) MayRefill(r Result) bool {
	target, err := e.target(r.Target)
	waits := r.Waiting > 0 && r.Verified == 0 && r.Back == 0 && r.Counts[Same] == 0
	return err == nil && !target.Holds() && !waits
}

// SameFile lists the other imports of the same bytes that are in, those that the actor sees, the latest first.
func (e *Engine) SameFile(ctx context.Context, tx *db.Tx, im Import) ([]Import, error) {
	all, err := db.All(ctx, tx, scanImport, selectImport+" WHERE association = ? AND target = ? AND hash = ? AND state = ? AND id <> ? ORDER BY created DESC, id DESC",
		org.Of(ctx), im.Target, im.Hash, Done, im.ID)
	return slices.DeleteFunc(all, func(one Import) bool { return !one.seen(ctx) }), err
}

// ChangedBy is how many records an import changed that were there before.
func ChangedBy(ctx context.Context, tx *db.Tx, importID string) (int64, error) {
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM import_row WHERE association = ? AND import = ? AND verdict = ? AND applied = 1", org.Of(ctx), importID, Changed)
}

// Anew begins another import of the file of one that is in, with what was chosen for it, so that something else can be said for all its
// rows: that stands at each sheet. Conflict when the import is not in.
func (e *Engine) Anew(ctx context.Context, importID string) (im Import, err error) {
	err = e.DB.Update(ctx, func(tx *db.Tx) error {
		old, err := result(ctx, tx, importID)
		if err != nil {
			return err
		}
		if old.State != Done {
			return old.elsewhere()
		}
		im = newImport(ctx, old.Target, old.File, blob.Stored{Hash: old.Hash, Size: old.Size})
		im.Options = old.again()
		return im.insert(ctx, tx)
	})
	return im, err
}

// again are the options by which the file is read as it was, with what was said for all sheets said of each.
func (r Result) again() Options {
	o := Options{Year: r.Options.Year, Sheets: maps.Clone(r.Options.Sheets)}
	for _, s := range r.Sheets {
		if s.From != "" || len(s.Filled) == 0 {
			continue
		}
		if o.Sheets == nil {
			o.Sheets = map[string]Choice{}
		}
		c := o.Sheets[s.Name]
		c.Fill = maps.Clone(c.Fill)
		if c.Fill == nil {
			c.Fill = map[string]string{}
		}
		for _, f := range s.Filled {
			c.Fill[f.Key] = f.Text
		}
		o.Sheets[s.Name] = c
	}
	return o
}

// fills is all that the options have rows say, as one text; "" for nothing.
func (o Options) fills() string {
	all := map[string]string{}
	add := func(sheet string, fill map[string]string) {
		for key, text := range fill {
			if text != "" {
				all[sheet+"\x00"+key] = text
			}
		}
	}
	add("", o.Fill)
	for name, c := range o.Sheets {
		add(name, c.Fill)
	}
	if len(all) == 0 {
		return ""
	}
	return encode(all)
}

// adds reports whether fills say something that an import with the options did not say. Fills that say nothing leave what is there.
func (o Options) adds(fills string) bool { return fills != "" && fills != o.fills() }

// within reports whether all that fills the sheet filled it in an earlier import, too.
func (s *Sheet) within(earlier []Filled) bool {
	return !slices.ContainsFunc(s.Filled, func(f Filled) bool { return !slices.Contains(earlier, f) })
}

// inside is a row that went in by an earlier import of the same bytes: its record, and what all rows of its sheet said then.
type inside struct {
	record, number string
	filled         []Filled
}

// insideOf reads which rows went in by earlier imports of the same bytes, as the last of these said them.
func insideOf(ctx context.Context, tx *db.Tx, im Import) (map[place]inside, error) {
	earlier, err := db.All(ctx, tx, scanImport, selectImport+" WHERE association = ? AND target = ? AND hash = ? AND state = ? AND id <> ? ORDER BY created, id",
		org.Of(ctx), im.Target, im.Hash, Done, im.ID)
	if err != nil {
		return nil, err
	}
	all := map[place]inside{}
	for _, old := range earlier {
		var f Found
		if old.found != "" {
			if err := json.Unmarshal([]byte(old.found), &f); err != nil {
				return nil, fmt.Errorf("read what import %s was understood as: %w", old.ID, err)
			}
		}
		filled := map[int][]Filled{}
		for _, s := range f.Sheets {
			filled[s.Index] = s.Filled
		}
		if err := insideBy(ctx, tx, old.ID, filled, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func insideBy(ctx context.Context, tx *db.Tx, importID string, filled map[int][]Filled, all map[place]inside) error {
	rows, err := tx.Query(ctx, `SELECT w.sheet, w.line, w.record, r.number FROM import_row w JOIN record r ON r.association = w.association AND r.id = w.record
		WHERE w.association = ? AND w.import = ? AND w.applied = 1 AND r.state <> 'voided'`, org.Of(ctx), importID)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var p place
		var in inside
		if err := rows.Scan(&p.sheet, &p.line, &in.record, &in.number); err != nil {
			return err
		}
		in.filled = filled[p.sheet]
		all[p] = in
	}
	return rows.Err()
}
