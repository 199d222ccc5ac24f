package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/association"
	"shilu/internal/core/log"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// restated is how many records a comparison holds at a time.
const restated = 500

// account is what the ledger has of one record: its head row and what stands.
type account struct {
	record, hash          string
	version, factsVersion int
	rows                  []row
}

// addTexts adds the texts of the rows' tag sets.
func addTexts(ctx context.Context, tx *db.Tx, rows []row, sets map[string]string) error {
	used := make(map[string]bool)
	for _, r := range rows {
		used[r.tags] = true
	}
	texts, err := tagTexts(ctx, tx, used)
	for set, text := range texts {
		sets[set] = text
	}
	return err
}

// verifyStatements compares what every verified record states with what stands, in both directions.
func verifyStatements(ctx context.Context, tx *db.Tx, restaters []Restater, report log.Report) error {
	kinds, err := db.All(ctx, tx, db.Value[string], "SELECT DISTINCT kind FROM statement WHERE association = ?", association.Of(ctx))
	if err != nil {
		return err
	}
	all := slices.Clone(restaters)
	for _, kind := range kinds { // facts of a kind that no module knows belong to nobody
		if !slices.ContainsFunc(restaters, func(r Restater) bool { return r.Kind == kind }) {
			all = append(all, Restater{Kind: kind, Each: func(context.Context, *db.Tx, string, int) ([]Statement, error) { return nil, nil }})
		}
	}
	for _, r := range all {
		if err := compare(ctx, tx, r, func(s *Statement, a *account) error { return judge(r.Kind, s, a, report) }); err != nil {
			return fmt.Errorf("statements of %s: %w", r.Kind, err)
		}
	}
	return nil
}

// compare walks through a kind's records by their ids and gives what the module states (nil: nothing) and what the ledger has
// (nil: nothing).
func compare(ctx context.Context, tx *db.Tx, r Restater, each func(*Statement, *account) error) error {
	for after := ""; ; {
		page, err := r.Each(ctx, tx, after, restated)
		if err != nil {
			return err
		}
		upTo := ""
		statements := make(map[string]*Statement, len(page))
		for i := range page {
			if page[i].Ref.ID <= max(after, upTo) || page[i].Ref.Kind != r.Kind {
				return fmt.Errorf("the restater gives %s after %s", page[i].Ref, max(after, upTo))
			}
			upTo = page[i].Ref.ID
			statements[upTo] = &page[i]
		}
		if err := accounts(ctx, tx, r.Kind, after, upTo, func(a *account) error {
			s := statements[a.record]
			delete(statements, a.record)
			return each(s, a)
		}); err != nil {
			return err
		}
		for i := range page {
			if s := statements[page[i].Ref.ID]; s != nil {
				if err := each(s, nil); err != nil {
					return err
				}
			}
		}
		if upTo == "" {
			return nil
		}
		after = upTo
	}
}

// accounts reads the ledger's side of the records after one id up to another, "" being the end.
func accounts(ctx context.Context, tx *db.Tx, kind, after, upTo string, each func(*account) error) error {
	for {
		query := "SELECT record, version, facts_version, record_hash FROM statement WHERE association = ? AND kind = ? AND record > ?"
		args := []any{association.Of(ctx), kind, after}
		if upTo != "" {
			query += " AND record <= ?"
			args = append(args, upTo)
		}
		page, err := db.All(ctx, tx, func(s db.Scanner) (a account, err error) {
			err = s.Scan(&a.record, &a.version, &a.factsVersion, &a.hash)
			return a, err
		}, query+" ORDER BY record LIMIT ?", append(args, restated)...)
		if err != nil || len(page) == 0 {
			return err
		}
		records := make([]string, len(page))
		for i, a := range page {
			records[i] = a.record
		}
		rows, err := standing(ctx, tx, records)
		if err != nil {
			return err
		}
		for i := range page {
			page[i].rows = rows[page[i].record]
			if err := each(&page[i]); err != nil {
				return err
			}
		}
		after = records[len(records)-1]
	}
}

// judge reports how one record and the ledger differ.
func judge(kind string, s *Statement, a *account, report log.Report) error {
	if s == nil {
		report(log.Difference{Table: "statement", Row: a.record, Ref: id.Ref{Kind: kind, ID: a.record}, Text: "没有这条已核实的记录，账上却有户头"})
		for _, r := range a.rows {
			report(log.Difference{Table: "fact", Row: r.id, Ref: id.Ref{Kind: kind, ID: a.record}, Text: "没有这条已核实的记录，账上却有 %s", Args: []any{r.words()}})
		}
		return nil
	}
	var want []row
	unread := s.Unread
	if unread == nil {
		want, unread = stated(s.Facts, make(map[string]string))
	}
	if unread != nil {
		reportUnread(s.Ref, s.Version, unread, report)
		return nil
	}
	if a == nil {
		a = &account{record: s.Ref.ID, version: s.Version, factsVersion: s.FactsVersion, hash: s.RecordHash}
		if len(want) == 0 {
			return nil
		}
		report(log.Difference{Table: "statement", Row: a.record, Ref: s.Ref, Text: "记录已核实，账上没有它的户头"})
	}
	if a.version != s.Version || a.factsVersion > s.FactsVersion || a.hash != s.RecordHash {
		report(log.Difference{Table: "statement", Row: a.record, Ref: s.Ref, Text: "账上是第 %d 版（口径 %d，散列「%s」），记录是第 %d 版（口径 %d，散列「%s」）",
			Args: []any{a.version, a.factsVersion, a.hash, s.Version, s.FactsVersion, s.RecordHash}})
	}
	if a.factsVersion < s.FactsVersion {
		return nil // stated by an older release and not yet anew: CountOutdated tells of it, and the log vouches for the rows
	}
	for _, p := range pair(a.rows, want) {
		d := log.Difference{Table: "fact", Row: p.have.id, Ref: s.Ref}
		switch {
		case p.have.id == "":
			d.Row, d.Text, d.Args = "—", "记录写了 %s，账上没有", []any{p.want.words()}
		case p.want.measure == "":
			d.Text, d.Args = "账上有 %s，记录没有写", []any{p.have.words()}
		default:
			d.Text, d.Args = "账上是 %s，记录写的是 %s", []any{p.have.words(), p.want.words()}
		}
		report(d)
	}
	return nil
}

// reportUnread names a version of a record that does not say what it would post: its facts cannot be compared.
func reportUnread(ref id.Ref, version int, err error, report log.Report) {
	report(log.Difference{Table: "record_version", Row: fmt.Sprintf("%s %d", ref.ID, version), Ref: ref, Text: "第 %d 版读不出账目，没有核对：%s",
		Args: []any{version, err.Error()}})
}

// pairing is a row that differs and what it should be; either may be empty.
type pairing struct{ have, want row }

// pair matches rows that stand with rows that are wanted, and gives those that differ, each with the one most like it.
func pair(standing, wanted []row) []pairing {
	same := func(a, b row) bool { return a.attributes == b.attributes && a.amount == b.amount }
	left := slices.Clone(wanted)
	var odd []row
	for _, s := range standing {
		if i := slices.IndexFunc(left, func(w row) bool { return same(s, w) }); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		odd = append(odd, s)
	}
	var out []pairing
	for _, s := range odd {
		p := pairing{have: s}
		best := -1
		for i, w := range left {
			if w.measure == s.measure && (best < 0 || likeness(s, w) > likeness(s, left[best])) {
				best = i
			}
		}
		if best >= 0 {
			p.want = left[best]
			left = slices.Delete(left, best, best+1)
		}
		out = append(out, p)
	}
	for _, w := range left {
		out = append(out, pairing{want: w})
	}
	return out
}

func likeness(a, b row) (n int) {
	for _, equal := range []bool{a.unit == b.unit, a.place == b.place, a.day == b.day, a.tags == b.tags, a.exactness == b.exactness, a.key == b.key,
		a.movement == b.movement, a.amount == b.amount} {
		if equal {
			n++
		}
	}
	return n
}

// words is a row in a report.
func (r row) words() string {
	words := []string{r.measure, fmt.Sprint(r.amount), string(r.day), "unit " + r.unit, "place " + r.place, string(r.exactness)}
	if r.tags != "" {
		words = append(words, "tags "+r.tags)
	}
	if r.key != "" {
		words = append(words, "key "+r.key)
	}
	if r.movement != "" {
		words = append(words, string(r.movement))
	}
	return strings.Join(words, " ")
}
