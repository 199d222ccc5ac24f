package ledger

import (
	"cmp"
	"context"
	"fmt"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Expect keeps what a record that is not verified would post, and its state, in a plain table that no sum reads: it feeds
// «待核实», outlined seals and «left out, and why». Each call replaces the last one; without facts it clears. Facts that have no
// day, unit or place yet cannot stand in any period or scope and are left out; equal ones are added, zeros dropped.
func Expect(ctx context.Context, tx *db.Tx, ref id.Ref, state string, facts ...Fact) error {
	if err := forget(ctx, tx, []string{ref.ID}); err != nil {
		return err
	}
	sets := make(map[string]string)
	rows, err := stated(placed(facts), sets)
	if err != nil {
		return fmt.Errorf("expected of %s: %w", ref, err)
	}
	if err := intern(ctx, tx, sets); err != nil {
		return err
	}
	lines := make([][]any, len(rows))
	for i, r := range rows {
		lines[i] = []any{association.Of(ctx), ref.ID, i, ref.Kind, state, r.measure, r.unit, r.place, r.day, r.tags, r.exactness, r.key, r.movement, r.amount}
	}
	_, err = tx.Insert(ctx, `INSERT INTO expected (association, record, line, kind, state, measure, unit, place, day, tags, exactness, fact_key,
		movement, amount)`, "", lines...)
	return err
}

// placed are the facts that can stand in a period and a scope.
func placed(facts []Fact) []Fact {
	var out []Fact
	for _, f := range facts {
		if f.Day != "" && f.Unit != "" && f.Place != "" {
			out = append(out, f)
		}
	}
	return out
}

// Expectation is what a record that is not verified would post, and its state.
type Expectation struct {
	Ref   id.Ref
	State string
	Facts []Fact
	// Version and Unread are a Restater's, as in a Statement.
	Version int
	Unread  error
}

// expectedRow is a row of expected without its number.
type expectedRow struct {
	kind, state string
	attributes
	amount int64
}

func (r expectedRow) words() string {
	return r.state + " " + row{attributes: r.attributes, amount: r.amount}.words()
}

// verifyExpected compares what is kept of records that are not verified with what they say.
func verifyExpected(ctx context.Context, tx *db.Tx, restaters []Restater, report log.Report) error {
	known := make(map[string]bool) // records that a module has, and kinds whose module does not say
	for _, r := range restaters {
		if r.Expected == nil {
			known[r.Kind] = true
			continue
		}
		for after := ""; ; {
			page, err := r.Expected(ctx, tx, after, restated)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			after = page[len(page)-1].Ref.ID
			if err := compareExpected(ctx, tx, page, report); err != nil {
				return err
			}
			for _, e := range page {
				known[e.Ref.ID] = true
			}
		}
	}
	strays, err := db.All(ctx, tx, func(s db.Scanner) (ref id.Ref, err error) {
		err = s.Scan(&ref.Kind, &ref.ID)
		return ref, err
	}, "SELECT DISTINCT kind, record FROM expected WHERE association = ? ORDER BY record", association.Of(ctx))
	for _, ref := range strays {
		if !known[ref.Kind] && !known[ref.ID] {
			report(log.Difference{Table: "expected", Row: ref.ID, Ref: ref, Text: "没有这条待核实的记录，却记着它会入的账"})
		}
	}
	return err
}

func compareExpected(ctx context.Context, tx *db.Tx, page []Expectation, report log.Report) error {
	ids := make(db.List, len(page))
	for i, e := range page {
		ids[i] = e.Ref.ID
	}
	rows, err := tx.Query(ctx, `SELECT record, line, kind, state, measure, unit, place, day, tags, exactness, fact_key, movement, amount FROM expected
		WHERE association = ? AND record IN (?) ORDER BY record, line`, association.Of(ctx), ids)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	have := make(map[string]map[int]expectedRow)
	for rows.Next() {
		var record string
		var line int
		var r expectedRow
		if err := rows.Scan(&record, &line, &r.kind, &r.state, &r.measure, &r.unit, &r.place, &r.day, &r.tags, &r.exactness, &r.key, &r.movement, &r.amount); err != nil {
			return err
		}
		if have[record] == nil {
			have[record] = make(map[int]expectedRow)
		}
		have[record][line] = r
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, e := range page {
		wanted, err := stated(placed(e.Facts), make(map[string]string))
		if e.Unread != nil || err != nil {
			reportUnread(e.Ref, e.Version, cmp.Or(e.Unread, err), report)
			continue
		}
		for line, w := range wanted {
			want := expectedRow{e.Ref.Kind, e.State, w.attributes, w.amount}
			if r, ok := have[e.Ref.ID][line]; !ok || r != want {
				report(log.Difference{Table: "expected", Row: fmt.Sprintf("%s %d", e.Ref.ID, line), Ref: e.Ref, Text: "记着会入 %s，记录写的是 %s",
					Args: []any{r.words(), want.words()}})
			}
			delete(have[e.Ref.ID], line)
		}
		for line, r := range have[e.Ref.ID] {
			report(log.Difference{Table: "expected", Row: fmt.Sprintf("%s %d", e.Ref.ID, line), Ref: e.Ref, Text: "记着会入 %s，记录没有写", Args: []any{r.words()}})
		}
	}
	return nil
}

// ExpectedFrom is the first day on which the record, which is not verified, would count; "" when it would post nothing.
func ExpectedFrom(ctx context.Context, tx *db.Tx, record string) (day.Day, error) {
	return db.One(ctx, tx, db.Value[day.Day], "SELECT COALESCE(MIN(day), '') FROM expected WHERE association = ? AND record = ?", association.Of(ctx), record)
}
