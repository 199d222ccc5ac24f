package award

import (
	"context"
	"embed"

	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.MustSource("award", migrations)

// fields are all that an award says, in the order of its form.
var fields = register.Fields[Award, Words]{
	{Key: "name", Label: "奖项名称", Text: func(a Award, _ Words) string { return a.Name }},
	{Key: "giver", Label: "颁奖单位", Text: func(a Award, _ Words) string { return a.Giver }},
	{Key: "unit", Label: "获奖单位", Text: func(a Award, w Words) string { return w.Tree.Unit(a.Unit).Name }},
	{Key: "place", Label: "地点", Text: func(a Award, w Words) string { return w.Tree.PlaceName(a.Place) }},
	{Key: "day", Label: "获奖日期", Text: func(a Award, _ Words) string { return string(a.Day) }},
	{Key: "people", Label: "获奖人数", Text: func(a Award, _ Words) string { return a.People.String() }},
	{Key: "note", Label: "备注", Text: func(a Award, _ Words) string { return a.Note }},
}

// New makes the register of awards.
func New(d *db.DB, papers evidence.Rules) *register.Book[Award, Words] {
	b := &register.Book[Award, Words]{DB: d, Papers: papers, Kind: Kind, Prefix: Prefix, FactsVersion: FactsVersion, Words: words, Head: Award.head,
		Search: Award.search, Facts: Award.facts, Wrong: Award.wrong, NotYet: Award.notYet, Fields: fields,
		Row: register.Row[Award]{Table: "award", Columns: []string{"giver", "day", "people", "people_exactness"}, Values: func(a Award) []any {
			n, exactness := a.People.Row()
			return []any{a.Giver, a.Day, n, exactness}
		}},
		Sorts: map[string]string{"people": "c.people"}}
	b.Similar = func(ctx context.Context, tx *db.Tx, a Award, not string) ([]flow.Head, error) {
		return similar(ctx, tx, b, a, not)
	}
	return b
}

// similar finds awards that may be the same one: same name and day, and not voided. The form says so by its Same.
func similar(ctx context.Context, tx *db.Tx, b *register.Book[Award, Words], a Award, not string) ([]flow.Head, error) {
	if a.Name == "" || a.Day == "" {
		return nil, nil
	}
	return b.Heads(ctx, tx, 5, "c.day = ? AND r.title = ? AND r.state <> 'voided' AND r.id <> ?", a.Day, a.Name, not)
}

// words are the tree of each day.
func words(ctx context.Context, tx *db.Tx) (func(on day.Day) (Words, error), error) {
	return register.ByDay(ctx, tx, func(tree *org.Tree, _, today day.Day) Words { return Words{Tree: tree, Today: today} })
}
