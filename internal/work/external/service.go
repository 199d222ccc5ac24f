package external

import (
	"context"
	"embed"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package.
var Migrations = db.MustSource("external", migrations)

// Words are what ids and codes of a figure are called on its day.
type Words struct {
	Tree      *org.Tree
	Rules     Rules
	Today     day.Day
	Catalogue Catalogue
}

// figureName is what a figure is called, with its stage: 在校学生数（小学）.
func (w Words) figureName(s Stated) string {
	r, _ := w.Catalogue.Figure(s.Figure)
	if s.Stage != "" {
		return r.Name + "（" + s.Stage + "）"
	}
	return r.Name
}

// yearWords are the year that a figure stands for: 2024年, 2025—2026学年; "" where it stands for its day.
func (w Words) yearWords(s Stated) string {
	r, _ := w.Catalogue.Figure(s.Figure)
	if s.Year == 0 {
		return ""
	}
	return r.spanWords(s.Year)
}

func (w Words) value(s Stated) string {
	r, _ := w.Catalogue.Figure(s.Figure)
	return r.Text(s.Value)
}

// placeName is the place that a figure is of: the county's is of all of it, not of 县直.
func (w Words) placeName(s Stated) string {
	if s.Place == w.Tree.Root().ID {
		return w.Tree.Root().Name
	}
	return w.Tree.PlaceName(s.Place)
}

// fields are all that a figure says, in the order of its form.
var fields = register.Fields[Stated, Words]{
	{Key: "figure", Label: "数据", Text: func(s Stated, w Words) string { return w.figureName(s) }},
	{Key: "place", Label: "地点", Text: func(s Stated, w Words) string { return w.placeName(s) }},
	{Key: "year", Label: "年份", Text: func(s Stated, w Words) string { return w.yearWords(s) }},
	{Key: "day", Label: "时点", Text: func(s Stated, _ Words) string { return string(s.Day) }},
	{Key: "value", Label: "数值", Text: func(s Stated, w Words) string { return w.value(s) }},
	{Key: "source", Label: "来源", Text: func(s Stated, _ Words) string { return s.Source }},
	{Key: "unit", Label: "登记单位", Text: func(s Stated, w Words) string { return w.Tree.Unit(s.Unit).Name }},
	{Key: "note", Label: "备注", Text: func(s Stated, _ Words) string { return s.Note }},
}

// Service is the register of external figures.
type Service struct {
	*register.Book[Stated, Words]
	Catalogue Catalogue
}

// New makes the register of a database, with the figures that there are and the papers that they need.
func New(d *db.DB, c Catalogue, papers evidence.Rules) *Service {
	s := &Service{Catalogue: c}
	s.Book = &register.Book[Stated, Words]{DB: d, Papers: papers, Kind: Kind, Prefix: Prefix, FactsVersion: FactsVersion, Beforehand: true, Words: words(c),
		Head: func(s Stated) flow.Head { return s.head(c) }, Search: Stated.search, Wrong: Stated.wrong, NotYet: Stated.notYet,
		Facts:   func(s Stated) []ledger.Fact { return s.facts(c) },
		Subkind: func(s Stated) string { return s.Figure },
		Similar: s.similar, Refuse: s.refuse, Then: s.once, Refuses: true, Options: c.options(), Fields: fields,
		Row: register.Row[Stated]{Table: "external_figure", Columns: []string{"figure", "stage", "slot", "amount", "exactness", "source"}, Values: func(s Stated) []any {
			n, exactness := s.Value.Row()
			return []any{s.Figure, s.Stage, s.slot(), n, exactness, s.Source}
		}},
		Sorts: map[string]string{"figure": "c.figure", "year": "c.slot", "value": "c.amount"}}
	return s
}

// words reads what is the same on all days once, and gives the tree and the rules of each.
func words(c Catalogue) func(ctx context.Context, tx *db.Tx) (func(on day.Day) (Words, error), error) {
	return func(ctx context.Context, tx *db.Tx) (func(on day.Day) (Words, error), error) {
		return register.ByDay(ctx, tx, func(tree *org.Tree, on, today day.Day) Words {
			return Words{Tree: tree, Rules: c.On(on), Today: today, Catalogue: c}
		})
	}
}

// The conditions on record r and row c by which two are the same figure, and by which a record holds it: a draft, which nobody but
// its author answers for, holds nothing.
const (
	same = "c.figure = ? AND c.stage = ? AND c.slot = ? AND r.place = ? AND r.id <> ?"
	held = same + " AND r.state IN ('submitted', 'returned', 'verified')"
)

// sameAs are the arguments of both.
func (s Stated) sameAs(not string) []any { return []any{s.Figure, s.Stage, s.slot(), s.Place, not} }

// similar finds the record in sight that has the figure already, and the actor's own draft of it: one definition, one figure.
func (s *Service) similar(ctx context.Context, tx *db.Tx, one Stated, not string) ([]flow.Head, error) {
	if one.Figure == "" || one.Place == "" || one.slot() == "" {
		return nil, nil
	}
	return s.Heads(ctx, tx, 5, same+" AND (r.state IN ('submitted', 'returned', 'verified') OR r.state = 'draft' AND r.author = ?)",
		append(one.sameAs(not), access.From(ctx).Account)...)
}

// refuse says so of a body that is saved or handed over, before anything is written.
func (s *Service) refuse(ctx context.Context, tx *db.Tx, record string, body Stated) error {
	return s.free(ctx, tx, body, record)
}

// once refuses what would be a second figure of the same once it stands: whatever way it comes, an import or the end of a revision, and
// whoever sees the first.
func (s *Service) once(ctx context.Context, tx *db.Tx, h flow.Head, _ string) error {
	if h.State == flow.Voided {
		return nil
	}
	body, err := s.standing(ctx, tx, h)
	if err != nil {
		return err
	}
	if err := tx.Lock(ctx, "external_figure", org.Of(ctx)+body.Figure+body.Stage+body.slot()+body.Place); err != nil {
		return err
	}
	return s.free(ctx, tx, body, h.ID)
}

// free refuses a figure that another record holds. Its number is said to whoever may see it.
func (s *Service) free(ctx context.Context, tx *db.Tx, one Stated, not string) error {
	others, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM "+s.From()+" WHERE c.association = ? AND r.association = ? AND r.kind = ? AND "+held,
		append([]any{org.Of(ctx), org.Of(ctx), Kind}, one.sameAs(not)...)...)
	if err != nil || others == 0 {
		return err
	}
	seen, err := s.Heads(ctx, tx, 1, held, one.sameAs(not)...)
	if err != nil {
		return err
	}
	var f errs.Fields
	if len(seen) > 0 {
		f.Add("value", "这个数已经登记在 %s，一个口径一个数；数变了或者换了来源，请修订那一条", seen[0].Number)
	} else {
		f.Add("value", "别的单位已登记，请找县科协")
	}
	return f.Err()
}

// standing is what the version that stands for the record says.
func (s *Service) standing(ctx context.Context, tx *db.Tx, h flow.Head) (body Stated, err error) {
	err = flow.Body(ctx, tx, h.Ref(), h.Standing(), &body)
	return body, err
}

// codeOf is a figure with its stage as forms send it: pupils:小学.
func codeOf(figure, stage string) string {
	if stage == "" {
		return figure
	}
	return figure + ":" + stage
}

// slotOnly are the conditions of the list of those that say the same figure of the same year, wherever.
func slotOnly(s Stated) []ledger.Condition {
	return []ledger.Condition{{SQL: "c.figure = ? AND c.stage = ? AND c.slot = ?", Args: []any{s.Figure, s.Stage, s.slot()}}}
}
