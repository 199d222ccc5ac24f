package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/xlsx"
)

// Result is an import with what was understood and what became of its rows. Created and Revised count what is in now.
type Result struct {
	Import
	Found
	Standing
	Counts  map[Verdict]int `json:"counts"`
	Noted   int             `json:"noted"` // rows that go in, or are in, with something to look at
	Created int             `json:"created"`
	Revised int             `json:"revised"`
	Unsent  int             `json:"unsent"` // changed ones that are still with who fills them in: drafts and returned ones
	Undone  int             `json:"undone"`
	Kept    int             `json:"kept,omitempty"`  // records that undoing left: somebody changed them since, or the actor might not take them back
	Wrong   []RowView       `json:"wrong,omitempty"` // the first rows that stay out
}

// Result reads where an import stands.
func (e *Engine) Result(ctx context.Context, importID string) (r Result, err error) {
	err = e.DB.View(ctx, func(tx *db.Tx) error {
		r, err = result(ctx, tx, importID)
		return err
	})
	return r, err
}

func result(ctx context.Context, tx *db.Tx, importID string) (r Result, err error) {
	if r.Import, err = find(ctx, tx, importID); err != nil {
		return r, err
	}
	if r.found != "" {
		if err := json.Unmarshal([]byte(r.found), &r.Found); err != nil {
			return r, fmt.Errorf("read what import %s was understood as: %w", importID, err)
		}
	}
	r.Import.say(ctx)
	r.Found.say(ctx)
	r.Counts = map[Verdict]int{New: 0, Same: 0, Changed: 0, Rejected: 0, Joined: 0}
	rows, err := tx.Query(ctx, "SELECT verdict, applied, COUNT(*), COUNT(*) FILTER (WHERE notes <> 'null') FROM import_row WHERE association = ? AND import = ? GROUP BY verdict, applied", org.Of(ctx), importID)
	if err != nil {
		return r, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v Verdict
		var applied, n, noted int
		if err := rows.Scan(&v, &applied, &n, &noted); err != nil {
			return r, err
		}
		r.Counts[v] += n
		if v != Rejected {
			r.Noted += noted
		}
		if v == Joined { // the row that it belongs to is counted
			continue
		}
		if applied == 1 && r.State == Undone {
			r.Kept += n
		}
		switch {
		case applied == 2:
			r.Undone += n
		case applied == 1 && v == New:
			r.Created += n
		case applied == 1 && v == Changed:
			r.Revised += n
		}
	}
	if err := rows.Err(); err != nil {
		return r, err
	}
	if r.Revised > 0 {
		if r.Unsent, err = db.One(ctx, tx, db.Value[int], `SELECT COUNT(*) FROM import_row w JOIN record r ON r.association = w.association AND r.id = w.record
			WHERE w.association = ? AND w.import = ? AND w.verdict = ? AND w.applied = 1 AND (r.state IN (?) OR r.revision IN (?))`, org.Of(ctx), importID, Changed,
			db.List{string(flow.Draft), string(flow.Returned)}, db.List{string(flow.Draft), string(flow.Returned)}); err != nil {
			return r, err
		}
	}
	if r.Standing, err = standing(ctx, tx, importID); err != nil {
		return r, err
	}
	r.Wrong, err = rowsOf(ctx, tx, r, []Verdict{Rejected}, RowPage{Limit: 100})
	return r, err
}

// Unchanged is the result of handing in once more what is in already: all rows are the same, and nothing was done. What was found the
// first time, unknown places and vanished records, is not said again.
func (r Result) Unchanged() Result {
	in := r.Counts[New] + r.Counts[Same] + r.Counts[Changed]
	r.Again = true
	r.Counts = map[Verdict]int{New: 0, Same: in, Changed: 0, Rejected: r.Counts[Rejected], Joined: r.Counts[Joined]}
	r.Created, r.Revised, r.Unsent, r.Noted = 0, 0, 0, 0
	r.Standing = Standing{Unverified: r.Unverified + r.Waiting}
	r.Unknown, r.Vanished, r.VanishedN = nil, nil, 0
	return r
}

// List gives the imports of a target that the actor sees, the latest first.
func (e *Engine) List(ctx context.Context, target string, limit int) (all []Import, err error) {
	if err := access.Require(ctx, access.Import, target); err != nil {
		return nil, err
	}
	mine, args := "", []any{org.Of(ctx), target}
	if me := access.From(ctx); !me.MayEverywhere(access.Import, target) {
		mine, args = " AND account = ?", append(args, me.Account)
	}
	err = e.DB.View(ctx, func(tx *db.Tx) error {
		all, err = db.All(ctx, tx, scanImport, selectImport+" WHERE association = ? AND target = ? AND hash <> ''"+mine+" ORDER BY created DESC, id DESC LIMIT ?",
			append(args, limit)...)
		for i := range all {
			all[i].say(ctx)
		}
		return err
	})
	return all, err
}

// RowView is a row of data as it was read. Number is that of its record, once it has one.
type RowView struct {
	Sheet   string          `json:"sheet"`
	Line    int             `json:"line"`
	Verdict Verdict         `json:"verdict"`
	Cells   []string        `json:"cells,omitempty"`
	Notes   []Note          `json:"notes,omitempty"`
	Changes []access.Change `json:"changes,omitempty"`
	Record  string          `json:"record,omitempty"`
	Number  string          `json:"number,omitempty"`
	Joins   int             `json:"joins,omitempty"` // the line of the row that makes the record, where it is made of several
	On      string          `json:"on,omitempty"`    // the sheet of that row, if it is another one
	Index   int             `json:"-"`               // of the sheet
}

// RowPage is a part of the rows: after that row of the sheet with that index.
type RowPage struct {
	Sheet, Line int
	Limit       int
	Noted       bool // only rows with notes
	Kept        bool // only rows that undoing left in
	Waiting     bool // only rows whose record waits to be verified
}

// Rows lists rows with any of the verdicts (none: all), in the order of the file.
func (e *Engine) Rows(ctx context.Context, importID string, verdicts []Verdict, p RowPage) (all []RowView, err error) {
	err = e.DB.View(ctx, func(tx *db.Tx) error {
		im, err := find(ctx, tx, importID)
		if err != nil {
			return err
		}
		r := Result{Import: im}
		if err := json.Unmarshal([]byte(im.found), &r.Found); err != nil && im.found != "" {
			return fmt.Errorf("read what import %s was understood as: %w", importID, err)
		}
		all, err = rowsOf(ctx, tx, r, verdicts, p)
		return err
	})
	return all, err
}

func rowsOf(ctx context.Context, tx *db.Tx, r Result, verdicts []Verdict, p RowPage) ([]RowView, error) {
	where, args := "", []any{org.Of(ctx), r.ID, p.Sheet, p.Line}
	if len(verdicts) > 0 {
		list := make(db.List, len(verdicts))
		for i, v := range verdicts {
			list[i] = string(v)
		}
		where, args = " AND w.verdict IN (?)", append(args, list)
	}
	if p.Noted {
		where += " AND w.notes <> 'null'"
	}
	if p.Kept {
		where += " AND w.applied = 1 AND w.verdict <> 'joined'"
	}
	if p.Waiting {
		where += " AND (w.applied = 1 AND w.verdict <> 'joined' OR w.verdict = 'same') AND (r.state = 'submitted' OR r.revision = 'submitted')"
	}
	if p.Limit <= 0 {
		p.Limit = 100
	}
	return db.All(ctx, tx, func(s db.Scanner) (v RowView, err error) {
		var cells, notes, changes string
		var on int
		if err = s.Scan(&v.Index, &v.Line, &v.Verdict, &cells, &notes, &changes, &v.Record, &v.Number, &v.Joins, &on); err != nil {
			return v, err
		}
		for _, part := range []struct {
			text string
			into any
		}{{cells, &v.Cells}, {notes, &v.Notes}, {changes, &v.Changes}} {
			if err = json.Unmarshal([]byte(part.text), part.into); err != nil {
				return v, fmt.Errorf("read a row: %w", err)
			}
		}
		say(ctx, v.Notes)
		for _, sheet := range r.Sheets {
			if sheet.Index == v.Index {
				v.Sheet = sheet.Name
			} else if sheet.Index == on && v.Joins > 0 {
				v.On = sheet.Name
			}
		}
		return v, nil
	}, `SELECT w.sheet, w.line, w.verdict, w.cells, w.notes, w.changes, w.record, COALESCE(r.number, ''), w.joins, w.joins_sheet FROM import_row w
		LEFT JOIN record r ON r.association = w.association AND r.id = w.record AND w.record <> ''
		WHERE w.association = ? AND w.import = ? AND (w.sheet, w.line) > (?, ?)`+where+" ORDER BY w.sheet, w.line LIMIT ?", append(args, p.Limit)...)
}

// Rejected writes the rows that stayed out as a workbook: their cells as they were, and why.
func (e *Engine) Rejected(ctx context.Context, importID string, w io.Writer) error {
	r, err := e.Result(ctx, importID)
	if err != nil {
		return err
	}
	var tables []xlsx.Table
	for _, s := range r.Sheets {
		if s.Skipped != "" {
			continue
		}
		width := 0
		for _, f := range s.Fields {
			width = max(width, f.Column+1)
		}
		columns := make([]xlsx.Column, width, width+2)
		for _, f := range s.Fields {
			columns[f.Column] = xlsx.Column{Title: f.Head, Kind: xlsx.AsText}
		}
		columns = append(columns, xlsx.Column{Title: lang.T(ctx, "原表行号")}, xlsx.Column{Title: lang.T(ctx, "没有导入的原因"), Width: 60, Kind: xlsx.AsText})
		tables = append(tables, xlsx.Table{Name: s.Name, Columns: columns, Rows: e.rejectedRows(ctx, importID, s, width)})
	}
	return xlsx.Write(w, tables...)
}

func (e *Engine) rejectedRows(ctx context.Context, importID string, s *Sheet, width int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		at := RowPage{Sheet: s.Index, Limit: 500}
		for {
			rows, err := e.Rows(ctx, importID, []Verdict{Rejected}, at)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range rows {
				if r.Index != s.Index {
					return
				}
				at.Line = r.Line
				line := make([]any, width+2)
				for i := range width {
					if i < len(r.Cells) {
						line[i] = r.Cells[i]
					}
				}
				line[width], line[width+1] = r.Line, Reasons(r.Notes)
				if !yield(line, nil) {
					return
				}
			}
			if len(rows) < at.Limit {
				return
			}
		}
	}
}

// Reasons writes what keeps a row out in one sentence, of notes that are said.
func Reasons(notes []Note) string {
	text := ""
	for _, n := range notes {
		if !n.Wrong {
			continue
		}
		if text != "" {
			text += "；"
		}
		if n.Cell != "" {
			text += n.Cell + " "
		}
		text += n.Text
	}
	return text
}
