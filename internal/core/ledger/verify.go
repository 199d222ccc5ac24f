package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
)

// Restater lets a module say again what all its records say. Each and Expected give records whose ids come after the given one, at
// most limit, in the order of their ids; none at the end.
type Restater struct {
	Kind    string
	Version int // of the module's facts function
	// Each gives the statements of the verified records, and of the voided ones, which state no facts, the version and hash with
	// which they were voided.
	Each func(ctx context.Context, tx *db.Tx, after string, limit int) ([]Statement, error)
	// Some gives what Each gives of those records, with papers and batch: what is stated anew when the facts function has changed.
	Some func(ctx context.Context, tx *db.Tx, records []string) ([]Statement, error)
	// Expected gives what the records that are neither would post; nil leaves that unchecked.
	Expected func(ctx context.Context, tx *db.Tx, after string, limit int) ([]Expectation, error)
}

// Check is a verification of another package that runs with the ledger's, in the same view of the database.
type Check struct {
	Name string
	Run  func(ctx context.Context, tx *db.Tx, report log.Report) error
}

// Books is all that a verification needs.
type Books struct {
	Keeper    *log.Keeper
	Restaters []Restater
	Checks    []Check
	// Numbers gives the numbers of records by their ids, so that a difference names its record as people do; nil leaves that out.
	Numbers func(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error)
}

// Verify recomputes the association's ledger: the log with every leaf, the shape of every row, and what every verified record
// states. It names each row that differs and says nothing when all is well. A check that cannot go on, which no row should bring
// about, is in the error; the others run all the same. It reads one view of the database, a page at a time.
func Verify(ctx context.Context, d *db.DB, b Books, report log.Report) error {
	return d.View(ctx, func(tx *db.Tx) error { return b.Verify(ctx, tx, report) })
}

// Verify is the function of the same name in a transaction that is there already.
func (b Books) Verify(ctx context.Context, tx *db.Tx, report log.Report) error {
	checks := []Check{
		{"log", func(ctx context.Context, tx *db.Tx, report log.Report) error {
			return b.Keeper.Verify(ctx, tx, log.Ledger, report)
		}},
		{"rows", verifyRows}, {"tags", verifyTags}, {"aliases", verifyAliases}, {"closings", verifyClosings},
		{"statements", func(ctx context.Context, tx *db.Tx, report log.Report) error {
			return verifyStatements(ctx, tx, b.Restaters, report)
		}},
		{"expected", func(ctx context.Context, tx *db.Tx, report log.Report) error {
			return verifyExpected(ctx, tx, b.Restaters, report)
		}},
	}
	var failed []error
	for _, c := range append(checks, b.Checks...) {
		var found []log.Difference // a check may be reading rows while it reports: their numbers are asked for afterwards
		if err := c.Run(ctx, tx, func(d log.Difference) { found = append(found, d) }); err != nil {
			failed = append(failed, fmt.Errorf("verify %s: %w", c.Name, err))
		}
		if err := b.number(ctx, tx, found); err != nil {
			failed = append(failed, fmt.Errorf("number what %s found: %w", c.Name, err))
		}
		for _, d := range found {
			report(d)
		}
	}
	return errors.Join(failed...)
}

// number fills in the numbers of the records that differences are about.
func (b Books) number(ctx context.Context, tx *db.Tx, found []log.Difference) error {
	if b.Numbers == nil || ctx.Err() != nil {
		return nil
	}
	for part := range slices.Chunk(found, 500) {
		var ids []string
		for _, d := range part {
			if d.Ref.ID != "" {
				ids = append(ids, d.Ref.ID)
			}
		}
		numbers, err := b.Numbers(ctx, tx, ids)
		if err != nil {
			return err
		}
		for i := range part {
			if part[i].Number == "" {
				part[i].Number = numbers[part[i].Ref.ID]
			}
		}
	}
	return nil
}

// shape is a rule that no row may break: a query that gives the id, kind and record of those that do.
type shape struct{ table, query, text string }

var shapes = []shape{
	{"fact", `SELECT f.id, '', f.record FROM fact f WHERE f.association = ? AND NOT EXISTS
		(SELECT 1 FROM posting p WHERE p.association = f.association AND p.id = f.posting AND p.record = f.record)`, "过账单不在，或者是别的记录的"},
	{"fact", `SELECT f.id, '', f.record FROM fact f WHERE f.association = ? AND NOT EXISTS
		(SELECT 1 FROM statement s WHERE s.association = f.association AND s.record = f.record)`, "这条记录在账上没有户头"},
	{"posting", `SELECT p.id, p.kind, p.record FROM posting p WHERE p.association = ? AND NOT EXISTS
		(SELECT 1 FROM statement s WHERE s.association = p.association AND s.record = p.record AND s.kind = p.kind
			AND (s.version >= p.version OR EXISTS (SELECT 1 FROM posting q -- an earlier version stands again (ADR 0011)
				WHERE q.association = p.association AND q.record = p.record AND q.id > p.id AND q.version <= s.version))
			AND s.facts_version >= p.facts_version)`, "比记录在账上的户头还新，或者类别不同"},
	{"posting", `SELECT p.id, p.kind, p.record FROM posting p WHERE p.association = ? AND NOT EXISTS
		(SELECT 1 FROM fact f WHERE f.association = p.association AND f.record = p.record AND f.posting = p.id)`, "过账单下面没有账目"},
	{"fact", `SELECT r.id, '', r.record FROM fact r LEFT JOIN fact f ON f.association = r.association AND f.id = r.reverses
		WHERE r.association = ? AND r.reverses IS NOT NULL AND (f.id IS NULL OR f.reverses IS NOT NULL OR f.amount <> -r.amount OR f.record <> r.record
			OR f.measure <> r.measure OR f.unit <> r.unit OR f.place <> r.place OR f.day <> r.day OR f.tags <> r.tags
			OR f.exactness <> r.exactness OR f.fact_key <> r.fact_key OR f.movement <> r.movement)`, "这一笔冲销和原来那一笔不是整笔相抵"},
	{"tag_set", `SELECT f.tags, '', '' FROM fact f WHERE f.association = ? AND f.tags <> '' AND NOT EXISTS
		(SELECT 1 FROM tag_set t WHERE t.association = f.association AND t.id = f.tags) GROUP BY f.tags`, "账上用着的标签组不在"},
	{"fact", "SELECT f.id, '', f.record FROM fact f WHERE f.association = ? AND f.amount = 0", "金额是零"},
	{"batch", `SELECT p.batch, MIN(p.kind), MIN(p.record) FROM posting p WHERE p.association = ? AND p.batch <> '' AND NOT EXISTS
		(SELECT 1 FROM batch b WHERE b.association = p.association AND b.id = p.batch) GROUP BY p.batch`, "这一批的账在，批次没有了"},
	{"batch", `SELECT b.id, '', '' FROM batch b WHERE b.association = ? AND b.open AND EXISTS
		(SELECT 1 FROM posting p JOIN fact f ON f.association = p.association AND f.posting = p.id
		JOIN log_leaf l ON l.association = f.association AND l.log = 'ledger' AND l.entry = f.id
		WHERE p.association = b.association AND p.batch = b.id)`, "这一批的账已经编了号，却又标成没有导完，各处不计它"},
	{"log_pending", `SELECT w.entry, p.kind, p.record FROM log_pending w JOIN fact f ON f.association = w.association AND f.id = w.entry
		JOIN posting p ON p.association = f.association AND p.id = f.posting WHERE w.association = ? AND w.batch <> p.batch`, "等着编号的批次和过账单的不同"},
	{"log_pending", "SELECT w.entry, '', '' FROM log_pending w WHERE w.association = ? AND w.kind <> 'fact' AND w.batch <> ''", "只有账目属于批次"},
}

func verifyRows(ctx context.Context, tx *db.Tx, report log.Report) error {
	for _, s := range shapes {
		broken, err := db.All(ctx, tx, func(sc db.Scanner) (d log.Difference, err error) {
			d.Table, d.Text = s.table, s.text
			err = sc.Scan(&d.Row, &d.Ref.Kind, &d.Ref.ID)
			return d, err
		}, s.query, association.Of(ctx))
		if err != nil {
			return err
		}
		for _, d := range broken {
			report(d)
		}
	}
	return nil
}

// verifyTags compares ids and members of the tag sets with their texts. There are as many sets as ways to tag, not as facts.
func verifyTags(ctx context.Context, tx *db.Tx, report log.Report) error {
	pair := func(s db.Scanner) (r [3]string, err error) {
		err = s.Scan(&r[0], &r[1], &r[2])
		return r, err
	}
	sets, err := db.All(ctx, tx, pair, "SELECT id, text, '' FROM tag_set WHERE association = ?", association.Of(ctx))
	if err != nil {
		return err
	}
	want := make(map[[3]string]bool)
	for _, s := range sets {
		tags, err := ParseTags(s[1])
		if err != nil || tags.Text() != s[1] || tagSet(s[1]) != s[0] {
			report(log.Difference{Table: "tag_set", Row: s[0], Text: "编号和内容「%s」对不上", Args: []any{s[1]}})
		}
		for _, t := range tags {
			want[[3]string{s[0], t.Name, t.Value}] = true
		}
	}
	members, err := db.All(ctx, tx, pair, "SELECT tags, name, value FROM tag_member WHERE association = ?", association.Of(ctx))
	if err != nil {
		return err
	}
	for _, m := range members {
		if !want[m] {
			report(log.Difference{Table: "tag_member", Row: strings.Join(m[:], " "), Text: "标签 %s=%s 不在这一组里", Args: []any{m[1], m[2]}})
		}
		delete(want, m)
	}
	for m := range want {
		report(log.Difference{Table: "tag_member", Row: strings.Join(m[:], " "), Text: "少了标签 %s=%s", Args: []any{m[1], m[2]}})
	}
	return nil
}
