package indicator

import (
	"context"
	"math/big"
	"slices"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

// Source is the row of the workbook that a record was imported from; zero for one that was entered by hand.
type Source struct {
	File  string `json:"file"`
	Sheet string `json:"sheet"`
	Row   int    `json:"row"`
}

// Line is a fact with its record.
type Line struct {
	ledger.Posted
	Source
	Number, Title string
	Place, Unit   string // names
	Correction    Correction
	Papers        int64  // evidence bound to the record
	Missing       string // kinds of needed papers that it lacks
}

// Correction says what a fact is in a correction: «更正» and «更正后» stand as a pair.
type Correction string

// The parts of a correction.
const (
	NoCorrection Correction = ""
	TakenBack    Correction = "before" // stood until it was taken back
	TakesBack    Correction = "back"   // takes it back
	Corrected    Correction = "after"  // stands instead
)

// traceFacts lists a page of the facts and counts them, their records and papers.
func traceFacts(ctx context.Context, tx *db.Tx, t *Trace, filters []ledger.Filter, sight access.Sight, o Options) error {
	counted, err := records(ctx, tx, filters)
	if err != nil {
		return err
	}
	if t.Records, err = db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM ("+counted.SQL+") n", counted.Args...); err != nil {
		return err
	}
	seen := seenBy(sight)
	left, skip := o.Limit, o.Offset
	for _, f := range filters {
		total, err := ledger.Count(ctx, tx, f)
		if err != nil {
			return err
		}
		numbered, err := inLog(ctx, tx, f, t.Checkpoint)
		if err != nil {
			return err
		}
		t.Numbered += numbered
		papers, err := papers(ctx, tx, f)
		if err != nil {
			return err
		}
		t.Total, t.Papers = t.Total+total, max(t.Papers, papers)
		if o.Fact != "" {
			f.Only = append(slices.Clone(f.Only), ledger.Condition{SQL: "f.id = ?", Args: []any{o.Fact}})
		}
		visible := total
		if !sight.All {
			f.Only = append(slices.Clone(f.Only), seen)
			if visible, err = ledger.Count(ctx, tx, f); err != nil {
				return err
			}
			t.Hidden += total - visible
		}
		if estimates, err := estimates(ctx, tx, f, t.Tree); err != nil {
			return err
		} else if t.Estimates = append(t.Estimates, estimates...); o.Limit > 0 && (left == 0 || int64(skip) >= visible) {
			skip = max(0, skip-int(visible))
			continue
		}
		page, err := ledger.List(ctx, tx, f, left, skip)
		if err != nil {
			return err
		}
		lines, err := lines(ctx, tx, page, t.Tree)
		if err != nil {
			return err
		}
		t.Lines, left, skip = append(t.Lines, lines...), max(0, left-len(lines)), 0
	}
	return nil
}

// inLog counts the facts that have a number below the size of the log.
func inLog(ctx context.Context, tx *db.Tx, f ledger.Filter, size int64) (int64, error) {
	if size == 0 {
		return 0, nil
	}
	f.AsOf = size
	return ledger.Count(ctx, tx, f)
}

// seenBy keeps facts to those of records that a sight short of everything has.
func seenBy(sight access.Sight) ledger.Condition {
	return ledger.Condition{SQL: "EXISTS (SELECT 1 FROM sees s WHERE s.association = f.association AND s.record = f.record AND s.unit IN (?))",
		Args: []any{db.List(sight.Units)}}
}

// lines puts records to facts.
func lines(ctx context.Context, tx *db.Tx, facts []ledger.Posted, tree *org.Tree) ([]Line, error) {
	type row struct {
		flow.Head
		papers  int64
		missing string
		source  Source
	}
	rows := map[string]row{}
	var ids []string
	correcting := map[string]bool{} // postings that take something back
	for _, f := range facts {
		ids = append(ids, f.Ref.ID)
		correcting[f.Posting] = correcting[f.Posting] || f.Reverses != ""
	}
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), 400) {
		_, err := db.All(ctx, tx, func(s db.Scanner) (x row, err error) {
			err = s.Scan(append(x.Fields(), &x.papers, &x.missing, &x.source.File, &x.source.Sheet, &x.source.Row)...)
			rows[x.ID] = x
			return x, err
		}, "SELECT "+flow.Columns("r")+`, (SELECT COUNT(*) FROM evidence e WHERE e.association = r.association AND e.record = r.id AND e.removed = 0),
			COALESCE((SELECT p.missing FROM proof p WHERE p.association = r.association AND p.record = r.id), ''),
			COALESCE(w.name, ''), COALESCE(w.sheet, ''), COALESCE(w.line, 0)
			FROM record r LEFT JOIN evidence w ON w.association = r.association AND w.id = (SELECT e.id FROM evidence e
				WHERE e.association = r.association AND e.record = r.id AND e.line > 0 AND e.removed = 0 ORDER BY e.added DESC, e.id DESC LIMIT 1)
			WHERE r.association = ? AND r.id IN (?)`, org.Of(ctx), db.List(chunk))
		if err != nil {
			return nil, err
		}
	}
	out := make([]Line, len(facts))
	for i, f := range facts {
		x := rows[f.Ref.ID]
		out[i] = Line{Posted: f, Number: x.Number, Title: x.Title, Place: tree.PlaceName(f.Fact.Place), Unit: tree.Unit(f.Fact.Unit).Name,
			Papers: x.papers, Missing: x.missing, Source: x.source}
		switch {
		case f.Reverses != "":
			out[i].Correction = TakesBack
		case f.ReversedBy != "":
			out[i].Correction = TakenBack
		case correcting[f.Posting]:
			out[i].Correction = Corrected
		}
	}
	return out, nil
}

// estimates lists the standing facts that are not exact, 500 at most: more are not read by anyone.
func estimates(ctx context.Context, tx *db.Tx, f ledger.Filter, tree *org.Tree) ([]Line, error) {
	f.Inexact = true
	all, err := ledger.List(ctx, tx, f, 500, 0)
	if err != nil {
		return nil, err
	}
	stands := slices.DeleteFunc(all, func(p ledger.Posted) bool { return p.Reverses != "" || p.ReversedBy != "" })
	return lines(ctx, tx, stands, tree)
}

// papers counts the evidence of the records behind the facts: a file that several have, each its own row of it, is one.
func papers(ctx context.Context, tx *db.Tx, f ledger.Filter) (int64, error) {
	of, err := ledger.RecordsOf(ctx, tx, f)
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Value[int64], "SELECT COUNT(DISTINCT e.hash || ' ' || e.link) FROM evidence e WHERE e.association = ? AND e.removed = 0 AND e.record IN ("+of.SQL+")",
		append([]any{org.Of(ctx)}, of.Args...)...)
}

// LeftOut says what does not count in a figure, and why. Amount is in the indicator's unit; nil where it says nothing.
type LeftOut struct {
	Why     string
	State   string // draft, submitted, returned, voided, revision, import, period, later, uncounted, unused, missing
	Records int64
	Amount  *big.Rat
	Period  day.Period       // that of what stands outside the period
	Tag     ledger.TagIs     // with which no indicator counts it
	Word    ledger.Exactness // how exact the amount is; of what no indicator counts alone
	Kind    string           // of the records, likewise
}
