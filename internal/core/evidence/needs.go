package evidence

import (
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// Need says how much a paper is wanted: a record without a needed one is unproved, expected ones are asked for, optional ones
// have a place and are never asked for.
type Need string

// The degrees.
const (
	Needed   Need = "needed"
	Expected Need = "expected"
	Optional Need = "optional"
)

// Rule says how much a kind of record wants a kind of paper. Subkind "" is all. Of rules with the same Group one paper is enough.
type Rule struct {
	Kind    string `json:"kind"`
	Subkind string `json:"subkind,omitempty"`
	Paper   Kind   `json:"paper"`
	Need    Need   `json:"need"`
	Group   string `json:"group,omitempty"`
}

// Setting is the name of the setting by which a county replaces the rules of a kind of record from a day on: "papers.training"
// holds a list of Rule.
const Setting = "papers."

// Rules are those of the catalogue.
type Rules []Rule

// ReadRules reads papers.csv of the catalogue.
func ReadRules(files fs.FS) (Rules, error) {
	f, err := files.Open("papers.csv")
	if err != nil {
		return nil, fmt.Errorf("read the needed papers: %w", err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read papers.csv: %w", err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], []string{"kind", "subkind", "paper", "need", "group", "note_zh"}) {
		return nil, fmt.Errorf("papers.csv: the header is not the one expected")
	}
	var rules Rules
	for i, row := range rows[1:] {
		r := Rule{Kind: row[0], Subkind: row[1], Paper: Kind(row[2]), Need: Need(row[3]), Group: row[4]}
		if r.Kind == "" || r.Paper.Title() == "" || !slices.Contains([]Need{Needed, Expected, Optional}, r.Need) {
			return nil, fmt.Errorf("papers.csv, row %d: no rule: %v", i+2, row)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// Of gives the rules for a kind of record on a day: the county's own if it has some, else the catalogue's.
func (all Rules) Of(ctx context.Context, tx *db.Tx, kind, subkind string, on day.Day) (Rules, error) {
	own := Rules(nil)
	if err := org.Setting(ctx, tx, Setting+kind, on, &own); err != nil {
		return nil, err
	}
	if own == nil {
		own = all
	}
	var rules Rules
	for _, r := range own {
		if r.Kind == kind && (r.Subkind == "" || r.Subkind == subkind) {
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// Missing lists the wanted papers of a degree that are not there, in the order of the rules. Of a group that has none of its
// papers all are listed.
func (all Rules) Missing(need Need, have []Kind) []Kind {
	met := map[string]bool{}
	for _, r := range all {
		if r.Group != "" && slices.Contains(have, r.Paper) {
			met[r.Group] = true
		}
	}
	var missing []Kind
	for _, r := range all {
		if r.Need == need && !met[r.Group] && !slices.Contains(have, r.Paper) {
			missing = append(missing, r.Paper)
		}
	}
	return missing
}

// Subject is a record whose proof is to be settled. Day is that by which the rules are chosen.
type Subject struct {
	Ref     id.Ref
	Subkind string
	Day     day.Day
}

// UpdateProof settles what a record still lacks, after its papers or its kind changed. A change, of the papers too, is an entry of
// the ledger's log.
func (all Rules) UpdateProof(ctx context.Context, tx *db.Tx, s Subject) error {
	return all.UpdateProofs(ctx, tx, []Subject{s})
}

// UpdateProofs settles many records in few statements.
func (all Rules) UpdateProofs(ctx context.Context, tx *db.Tx, subjects []Subject) error {
	for part := range slices.Chunk(subjects, 400) {
		if err := all.updatePart(ctx, tx, part); err != nil {
			return err
		}
	}
	return nil
}

func (all Rules) updatePart(ctx context.Context, tx *db.Tx, subjects []Subject) error {
	ids := make(db.List, len(subjects))
	for i, s := range subjects {
		ids[i] = s.Ref.ID
	}
	// Two papers added at the same time must not each miss the other: they wait for each other on the proof's row.
	if _, err := tx.Exec(ctx, "UPDATE proof SET missing = missing WHERE association = ? AND record IN (?)", org.Of(ctx), ids); err != nil {
		return err
	}
	papers, err := db.All(ctx, tx, scanWhole, "SELECT "+wholeColumns+" WHERE e.association = ? AND e.record IN (?)", org.Of(ctx), ids)
	if err != nil {
		return err
	}
	have, digests := map[string][]Kind{}, map[string]map[string]string{}
	for _, p := range papers {
		if p.Removed == 0 {
			have[p.Record] = append(have[p.Record], p.Kind)
		}
		if digests[p.Record] == nil {
			digests[p.Record] = map[string]string{}
		}
		digests[p.Record][p.ID] = p.digest()
	}
	type proof struct{ record, missing, papers string }
	standing, err := db.All(ctx, tx, func(s db.Scanner) (p proof, err error) {
		err = s.Scan(&p.record, &p.missing, &p.papers)
		return p, err
	}, "SELECT record, missing, papers FROM proof WHERE association = ? AND record IN (?)", org.Of(ctx), ids)
	if err != nil {
		return err
	}
	before := map[string]proof{}
	for _, p := range standing {
		before[p.record] = p
	}
	type rulesKey struct {
		kind, subkind string
		on            day.Day
	}
	chosen := map[rulesKey]Rules{}
	var rows [][]any
	var entries []any
	for _, s := range subjects {
		key := rulesKey{s.Ref.Kind, s.Subkind, s.Day}
		rules, ok := chosen[key]
		if !ok {
			if rules, err = all.Of(ctx, tx, s.Ref.Kind, s.Subkind, s.Day); err != nil {
				return err
			}
			chosen[key] = rules
		}
		missing := text(rules.Missing(Needed, have[s.Ref.ID]))
		now := proof{s.Ref.ID, missing, papersHash(digests[s.Ref.ID])}
		if old, known := before[s.Ref.ID]; known && old == now {
			continue
		}
		rows = append(rows, []any{org.Of(ctx), s.Ref.ID, now.missing, now.papers})
		entries = append(entries, settled{s.Ref.ID, s.Ref.Kind, missing, digests[s.Ref.ID]})
	}
	if _, err := log.AppendMany(ctx, tx, log.Ledger, proofEntry, entries); err != nil {
		return err
	}
	_, err = tx.Insert(ctx, "INSERT INTO proof (association, record, missing, papers)",
		"ON CONFLICT (association, record) DO UPDATE SET missing = excluded.missing, papers = excluded.papers", rows...)
	return err
}

func text(kinds []Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// Proof is what a record still lacks; empty when it is proved or was never settled. The caller has got the record by flow.Get.
func Proof(ctx context.Context, tx *db.Tx, ref id.Ref) ([]Kind, error) {
	rows, err := db.All(ctx, tx, db.Value[string], "SELECT missing FROM proof WHERE association = ? AND record = ?", org.Of(ctx), ref.ID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var kinds []Kind
	for _, k := range strings.Fields(rows[0]) {
		kinds = append(kinds, Kind(k))
	}
	return kinds, nil
}
