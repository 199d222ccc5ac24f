package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"shilu/internal/core/association"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// maxAmount bounds a single posting: ten trillion yuan in 分. Sums of thousands of such still fit.
const maxAmount = 1_000_000_000_000_000

// maxWord bounds ids, measures and keys, maxTags a tag set's text, so that every row fits into PostgreSQL's indexes.
const (
	maxWord = 80
	maxTags = 1000
)

// attributes are what makes two facts the same posting (design.md, 4.2).
type attributes struct {
	measure, unit, place string
	day                  day.Day
	tags                 string // id of the interned set
	exactness            Exactness
	key                  string
	movement             Movement
}

// row is a posting as the table has it.
type row struct {
	id, posting, record string
	attributes
	amount   int64
	reverses sql.NullString
}

const rowColumns = "f.id, f.posting, f.record, f.measure, f.unit, f.place, f.day, f.tags, f.exactness, f.fact_key, f.movement, f.amount, f.reverses"

func scanRow(s db.Scanner) (r row, err error) {
	err = s.Scan(&r.id, &r.posting, &r.record, &r.measure, &r.unit, &r.place, &r.day, &r.tags, &r.exactness, &r.key, &r.movement, &r.amount, &r.reverses)
	return r, err
}

// standing reads the net rows of the records, oldest first: those that are neither reversals nor reversed. A record has few rows,
// and a join that nets them in the database is planned badly while a table grows faster than its statistics.
func standing(ctx context.Context, tx *db.Tx, records []string) (map[string][]row, error) {
	found := make(map[string][]row)
	for chunk := range slices.Chunk(records, 900) {
		rows, err := db.All(ctx, tx, scanRow, "SELECT "+rowColumns+" FROM fact f WHERE f.association = ? AND f.record IN (?)",
			association.Of(ctx), db.List(chunk))
		if err != nil {
			return nil, err
		}
		// Sorted here: asked to sort the rows of one record by id, SQLite would go through the facts of all.
		slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.id, b.id) })
		reversed := make(map[string]bool)
		for _, r := range rows {
			reversed[r.reverses.String] = true
		}
		for _, r := range rows {
			if !r.reverses.Valid && !reversed[r.id] {
				found[r.record] = append(found[r.record], r)
			}
		}
	}
	return found, nil
}

// stated are the rows that a statement asks for: checked, equal ones added, zeros left out, in the order they were given.
// sets collects the texts of the tag sets by their id.
func stated(facts []Fact, sets map[string]string) ([]row, error) {
	rows := make([]row, 0, len(facts))
	at := make(map[attributes]int, len(facts))
	for _, f := range facts {
		a, err := f.check(sets)
		if err != nil {
			return nil, fmt.Errorf("fact of %s: %w", f.Measure, err)
		}
		if i, ok := at[a]; ok {
			rows[i].amount += f.Amount
			if outside(rows[i].amount) {
				return nil, fmt.Errorf("facts of %s: the sum of equal ones is out of bounds", f.Measure)
			}
			continue
		}
		at[a] = len(rows)
		rows = append(rows, row{attributes: a, amount: f.Amount})
	}
	return slices.DeleteFunc(rows, func(r row) bool { return r.amount == 0 }), nil
}

func (f Fact) check(sets map[string]string) (attributes, error) {
	a := attributes{measure: f.Measure, unit: f.Unit, place: f.Place, day: f.Day, exactness: f.Exactness, key: f.Key, movement: f.Movement}
	if a.exactness == "" {
		a.exactness = Exact
	}
	m, known := measure(f.Measure)
	text := f.Tags.Text()
	switch {
	case !known:
		return a, fmt.Errorf("measure %q is not in the register", f.Measure)
	case f.Unit == "" || f.Place == "":
		return a, fmt.Errorf("unit %q, place %q: a fact carries both", f.Unit, f.Place)
	case max(len(f.Measure), len(f.Unit), len(f.Place), len(f.Key)) > maxWord || len(text) > maxTags:
		return a, fmt.Errorf("an attribute is too long")
	case outside(f.Amount):
		return a, fmt.Errorf("amount %d is out of bounds", f.Amount)
	case !slices.Contains([]Exactness{Exact, About, AtLeast, Nearly}, a.exactness):
		return a, fmt.Errorf("unknown exactness %q", f.Exactness)
	case m.Stock && !slices.Contains([]Movement{Opening, In, Out, MovedIn, MovedOut, Changed}, f.Movement):
		return a, fmt.Errorf("movement %q: the measure is a stock and needs one", f.Movement)
	case !m.Stock && f.Movement != "":
		return a, fmt.Errorf("movement %q: the measure is a flow and has none", f.Movement)
	}
	if d, err := day.Parse(string(f.Day)); err != nil || d != f.Day {
		return a, fmt.Errorf("day %q", f.Day)
	}
	for _, t := range f.Tags {
		if t.Name == "" {
			return a, fmt.Errorf("a tag without a name")
		}
	}
	if a.tags = tagSet(text); text != "" {
		sets[a.tags] = text
	}
	return a, nil
}

func outside(n int64) bool { return n > maxAmount || n < -maxAmount }

// tagSet is the id of a tag set: 16 hex digits of its text's sha256, "" for the empty set.
func tagSet(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// intern stores the tag sets that are not there yet, in the order of their ids, so that two writers never wait for each other
// in a ring.
func intern(ctx context.Context, tx *db.Tx, sets map[string]string) error {
	if len(sets) == 0 {
		return nil
	}
	known, err := tagTexts(ctx, tx, sets)
	if err != nil {
		return err
	}
	var missing []string
	for set, text := range sets {
		switch have, ok := known[set]; {
		case !ok:
			missing = append(missing, set)
		case have != text:
			return fmt.Errorf("tag sets %q and %q have the same id %s", have, text, set)
		}
	}
	slices.Sort(missing)
	var headers, members [][]any
	for _, set := range missing {
		headers = append(headers, []any{association.Of(ctx), set, sets[set]})
		tags, err := ParseTags(sets[set])
		if err != nil {
			return err
		}
		for _, t := range tags {
			members = append(members, []any{association.Of(ctx), t.Name, t.Value, set})
		}
	}
	if _, err := tx.Insert(ctx, "INSERT INTO tag_set (association, id, text)", "ON CONFLICT (association, id) DO NOTHING", headers...); err != nil {
		return err
	}
	_, err = tx.Insert(ctx, "INSERT INTO tag_member (association, name, value, tags)", "ON CONFLICT (association, name, value, tags) DO NOTHING", members...)
	return err
}

// tagTexts reads the texts of the sets named by the keys.
func tagTexts[V any](ctx context.Context, tx *db.Tx, sets map[string]V) (map[string]string, error) {
	ids := make([]string, 0, len(sets))
	for set := range sets {
		ids = append(ids, set)
	}
	texts := make(map[string]string, len(ids))
	for chunk := range slices.Chunk(ids, 900) {
		rows, err := db.All(ctx, tx, func(s db.Scanner) (r [2]string, err error) {
			err = s.Scan(&r[0], &r[1])
			return r, err
		}, "SELECT id, text FROM tag_set WHERE association = ? AND id IN (?)", association.Of(ctx), db.List(chunk))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			texts[r[0]] = r[1]
		}
	}
	return texts, nil
}

// papersHash is one hash for all papers, whatever their order; "" when there are none.
func papersHash(papers []string) string {
	if len(papers) == 0 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(papers))
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(sorted), "\n")))
	return hex.EncodeToString(sum[:])
}

// Standing gives what the ledger says about the records now, in their order, net of all that was taken back, rows of open batches
// included.
func Standing(ctx context.Context, tx *db.Tx, refs ...id.Ref) ([]Fact, error) {
	records := make([]string, len(refs))
	for i, r := range refs {
		records[i] = r.ID
	}
	rows, err := standing(ctx, tx, records)
	if err != nil {
		return nil, err
	}
	var all []row
	for _, record := range records {
		all = append(all, rows[record]...)
	}
	return facts(ctx, tx, all)
}

func facts(ctx context.Context, tx *db.Tx, rows []row) ([]Fact, error) {
	sets := make(map[string]bool)
	for _, r := range rows {
		sets[r.tags] = true
	}
	texts, err := tagTexts(ctx, tx, sets)
	if err != nil {
		return nil, err
	}
	out := make([]Fact, len(rows))
	for i, r := range rows {
		tags, err := ParseTags(texts[r.tags])
		if err != nil {
			return nil, err
		}
		out[i] = r.fact(tags)
	}
	return out, nil
}

func (r row) fact(tags Tags) Fact {
	return Fact{Measure: r.measure, Amount: r.amount, Unit: r.unit, Place: r.place, Day: r.day, Tags: tags,
		Exactness: r.exactness, Key: r.key, Movement: r.movement}
}
