package training

import (
	"context"
	"strings"

	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Service has the use cases of training: those of every register, and the lists of classes.
type Service struct {
	*register.Book[Class, Words]
	Catalogue Catalogue
}

type (
	// CreateInput is a class to enter.
	CreateInput = register.New[Class]
	// SaveInput is a change of one.
	SaveInput = register.Change[Class]
	// Record is one with its state and versions.
	Record = register.Record[Class, Words]
	// Entered is what entering one gives.
	Entered = register.Entered
	// Count is a number with its exactness.
	Count = register.Count
	// Query is which classes a list shows.
	Query = register.Query
)

// New makes the service of a database, with the kinds of classes and the papers that they need.
func New(d *db.DB, kinds Catalogue, papers evidence.Rules) *Service {
	s := &Service{Catalogue: kinds}
	s.Book = &register.Book[Class, Words]{DB: d, Papers: papers, Kind: Kind, Prefix: Prefix, FactsVersion: FactsVersion,
		Words: s.words, Head: Class.head, Search: Class.search, Code: code, Wrong: Class.wrong, Similar: s.similar, NotYet: Class.notYet,
		Facts:    func(c Class) []ledger.Fact { return c.facts(kinds.On(c.countingDay())) },
		Subkind:  func(c Class) string { return c.Kind },
		Warnings: func(c Class, w Words) []errs.Field { return c.warnings(w.Rules, w.Today) },
		Path: func(field string) string {
			if field == "hours" {
				return "minutes"
			}
			return field
		},
		Options: kinds.options(), Fields: fields, Row: row, Sorts: sorts}
	return s
}

// Ref names a class's record.
func Ref(recordID string) id.Ref { return id.Ref{Kind: Kind, ID: recordID} }

// code gives a subject its code. One that is new becomes a word of the county's vocabulary.
func code(ctx context.Context, tx *db.Tx, c *Class, w Words, write bool) error {
	if c.Subject == "" {
		return nil
	}
	known, ok := w.Subjects.Code(c.Subject)
	switch {
	case ok:
		c.Subject = known
	case write && w.Subjects.Title(c.Subject) == c.Subject:
		added, err := w.Subjects.Add(ctx, tx, c.Subject)
		if err != nil {
			return err
		}
		c.Subject = added
	}
	return nil
}

// search are the words by which a class is found, beside number and title.
func (c Class) search(w Words) string {
	words := append([]string{w.Subjects.Title(c.Subject), w.Tree.PlaceName(c.Place), c.Venue, c.Material}, c.Teachers...)
	return strings.Join(append(words, c.Partners...), " ")
}

// head is what the class puts into the head of its record.
func (c Class) head() flow.Head {
	return flow.Head{Title: c.Name, Unit: c.Unit, Place: c.Place, Day: c.countingDay()}
}

// notYet refuses to verify a class that is not over.
func (c Class) notYet(today day.Day) error {
	if c.countingDay() > today {
		return errs.E(errs.Conflict, "这个班%s才结束，结束后再核实", c.countingDay().Short(today))
	}
	return nil
}

// similar finds classes that may be the same one: same name, day and place, and not voided.
func (s *Service) similar(ctx context.Context, tx *db.Tx, c Class, not string) ([]flow.Head, error) {
	if c.Start == "" || c.Name == "" || c.Place == "" {
		return nil, nil
	}
	return s.Heads(ctx, tx, 5, "c.start_day = ? AND c.class_kind = ? AND r.title = ? AND r.place = ? AND r.state <> 'voided' AND r.id <> ?",
		c.Start, c.Kind, c.Name, c.Place, not)
}

// words reads what ids and codes are called; the tree is that of the day.
func (s *Service) words(ctx context.Context, tx *db.Tx) (func(on day.Day) (Words, error), error) {
	subjects, err := org.Terms(ctx, tx, SubjectVocabulary)
	if err != nil {
		return nil, err
	}
	return register.ByDay(ctx, tx, func(tree *org.Tree, on, today day.Day) Words {
		return Words{Tree: tree, Subjects: subjects, Rules: s.Catalogue.On(on), Today: today}
	})
}
