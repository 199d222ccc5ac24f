package register

import (
	"context"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// Sheet is how workbooks of a register are read and its lists are written: a table of columns (sheetcolumn.go), and as plain functions
// what the table cannot say. It is the register's intake.Target; pages.Pages makes the export of the list of the same table, so that a list
// that was put right in a spreadsheet can be imported again. It is filled once, at the start, and has no state.
//
// A row becomes a body in this order: Begin; the columns, as the table has them; Days; then, with the words of the day on which the
// body counts, place and unit; Finish; and last what Book.Wrong and Book.Warnings say, each at its cell: the fields that they name
// are keys of columns. What a column's cell leaves blank stays as it is in a record that is there.
type Sheet[T, W any] struct {
	*Book[T, W]
	Name    string              // of what a row is, for pages and sentences: 培训
	Table   []SheetColumn[T, W] // in the order of the export
	Groups  []intake.SheetKind  // kinds of rows, told apart by the column "kind", else by the sheet; nil: there is one
	Group   func(b *T) *string  // where the body has the code of its kind; nil: there is one
	Endings org.Endings
	Kinded  string // what Book.Wrong calls that field; "": kind, as its column

	Tree  func(w W) *org.Tree
	On    func(w W, on day.Day) W // w for another day on which the same tree stands: its rules. nil: nothing but the tree depends on the day
	Unit  func(b *T) *string
	Place func(b *T) *string // nil: rows have no place
	Venue func(b *T) *string // what follows the name of the place in its cell; nil: nowhere
	Note  func(b *T) *string // where what a count says beside its number is kept; nil: nowhere

	// Begin is an empty body; nil: the zero one.
	Begin func() T
	// Days settles the days once all columns are read: a row without an end lasts a day. nil: nothing is to be settled.
	Days func(r *Reading[W], b *T)
	// Owner has a record whose row does not say a unit, where it is another than the one of 填报单位 or of who imports; "" for none.
	Owner func(w W, b T) string
	// Finish does what is left once day, place and unit are known: a name that the sheet leaves out. placed is false when nobody knows the
	// place that the row says. nil: nothing is left.
	Finish func(r *Reading[W], b *T, placed bool)

	// Over settles what a row may not say over a record that is there, was: a total that the record computes. Invalid, or nil and now put
	// right; nil: rows may say all.
	Over func(was T, now *T) error

	// Same are the columns of the book's row, and "title" and "place", in which two are one record. Like are those in which they may be: the
	// row is asked about. A record or row with any of them blank is like no other.
	Same, Like []string
	Blank      []string // of those, the columns that may be blank
	By         string   // in what two with the same Same are the same, in words: 同名、同地、同日
	Alike      string   // what Like is, in words: 专业、地点、日期
	Apart      bool     // a row with another name is another record, however like: it is only asked about
	// Since is the column of the row with the day by which records are looked for; "": a list says what stands today, whenever it began, and is
	// read by the places and rules of today.
	Since string
	// Within is the column of the row with the venue, and the key of the sheet's; "": there is none.
	Within string
	// Dated has rows read by the places and rules of their own day though Since is "".
	Dated bool
	// Held leaves a record that says otherwise as it is: only a row with its number changes it.
	Held bool
	// Under is where a row says which record it is under; nil: nowhere. Rows that name what they are under are never taken for one another (Apart).
	Under *Under[T, W]
	// Writing gives the words what beside them the export of a list needs; nil: nothing.
	Writing func(ctx context.Context, tx *db.Tx) (func(w W) W, error)
	// Joint is how several rows become one record; nil: each row is one.
	Joint *Joint[T, W]
}

// Under is the column Key in which a row names the record that it is under (intake.Under). Set puts it there; name is the record's number, or
// its title while it has none.
type Under[T, W any] struct {
	Key string
	Set func(w W, b *T, record, name string)
}

// UnderColumn is the column of Under.
func UnderColumn[T, W any](key, title string, merge func(into *T, said T), write func(e Entry[T], w W) any) SheetColumn[T, W] {
	return SheetColumn[T, W]{Column: intake.Column{Key: key, Title: title, Type: intake.Text}, Width: 28, Merge: merge, Out: write,
		Read: func(*Reading[W], intake.Value, *T) bool { return true }} // intake finds it when all rows are read
}

// Kind is the kind of record that the rows become (intake.Target).
func (s *Sheet[T, W]) Kind() string { return s.Book.Kind }

// Title names the rows to people.
func (s *Sheet[T, W]) Title() string { return s.Name }

// Holds reports whether a record is changed by a row with its number only (intake.Target).
func (s *Sheet[T, W]) Holds() bool { return s.Held }

// Kinds are the groups.
func (s *Sheet[T, W]) Kinds() []intake.SheetKind { return s.Groups }

// Columns are those that are read.
func (s *Sheet[T, W]) Columns() []intake.Column {
	var all []intake.Column
	for _, c := range s.Table {
		if c.Type != "" {
			all = append(all, c.Column)
		}
	}
	return all
}

// stretch is a time in which neither places nor units change.
type stretch[W any] struct {
	from  day.Day
	words W
}

// sheetReader makes bodies of rows.
type sheetReader[T, W any] struct {
	*Sheet[T, W]
	create    bool
	columns   map[string]SheetColumn[T, W]
	stretches []stretch[W]
	days      map[day.Day]W // words of the days that rows said
	now       W
	past      []*org.Tree // the trees of earlier stretches, the latest first: places had other names and parents
	today     day.Day
	home      string                   // unit of who imports
	refused   map[string]lang.Sentence // why the actor may not write for a unit
	reporters map[string]string        // unit of 填报单位
	read      bool                     // all records are known, whenever they began
	called    map[string]lang.Sentence // where the first row of a name stands, for Joint
}

// Open loads what reading needs: the words of every stretch of time.
func (s *Sheet[T, W]) Open(ctx context.Context, tx *db.Tx, session intake.Session) (intake.Reader, error) {
	r := &sheetReader[T, W]{Sheet: s, create: session.Create, columns: map[string]SheetColumn[T, W]{}, days: map[day.Day]W{}, home: access.From(ctx).Unit,
		refused: map[string]lang.Sentence{}, reporters: map[string]string{}, called: map[string]lang.Sentence{}}
	for _, c := range s.Table {
		r.columns[c.Key] = c
	}
	var err error
	if r.today, err = org.Today(ctx, tx); err != nil {
		return nil, err
	}
	words, err := s.Words(ctx, tx)
	if err != nil {
		return nil, err
	}
	if r.now, err = words(r.today); err != nil {
		return nil, err
	}
	boundaries, err := org.Boundaries(ctx, tx)
	if err != nil {
		return nil, err
	}
	trees := []*org.Tree{s.Tree(r.now)}
	for _, from := range boundaries {
		if from <= r.today {
			before, err := org.Load(ctx, tx, from.Add(-1))
			if err != nil {
				return nil, err
			}
			r.past = append([]*org.Tree{before}, r.past...)
		}
		if from == day.Forever || s.Since == "" && !s.Dated {
			continue
		}
		w, err := words(from)
		if err != nil {
			return nil, err
		}
		r.stretches = append(r.stretches, stretch[W]{from, w})
		trees = append(trees, s.Tree(w))
	}
	return r, r.mayWrite(ctx, tx, trees)
}

// mayWrite asks once for every unit why the actor may not write for it.
func (r *sheetReader[T, W]) mayWrite(ctx context.Context, tx *db.Tx, trees []*org.Tree) error {
	for _, tree := range trees {
		for _, u := range tree.Units() {
			if _, asked := r.refused[u.ID]; asked {
				continue
			}
			err := flow.MayWrite(ctx, tx, flow.Head{Kind: r.Book.Kind, Unit: u.ID})
			if err != nil && !errs.Is(err, errs.Forbidden) {
				return err
			}
			r.refused[u.ID] = lang.Sentence{}
			if err != nil {
				r.refused[u.ID] = lang.Said(err)
			}
		}
	}
	return nil
}

// on is what ids and codes are called on the day; today for "".
func (r *sheetReader[T, W]) on(d day.Day) W {
	if d == "" || len(r.stretches) == 0 {
		return r.now
	}
	if w, known := r.days[d]; known {
		return w
	}
	at := 0
	for i, one := range r.stretches {
		if one.from <= d {
			at = i
		}
	}
	w := r.stretches[at].words
	if r.On != nil {
		w = r.On(w, d)
	}
	r.days[d] = w
	return w
}

// group is the kind that the row says, else that of its sheet.
func (r *sheetReader[T, W]) group(row *intake.Row) string {
	said := row.Text("kind")
	if said == "" {
		return row.Sheet.Kind
	}
	for _, g := range r.Groups {
		if said == g.Name || said == g.Code || slices.Contains(g.Hints, said) {
			return g.Code
		}
	}
	if row.Sheet.Kind == "" {
		var names []string
		for _, g := range r.Groups {
			names = append(names, g.Name)
		}
		row.Wrong("kind", "没有「%s」这种%s，请改成其中一种：%s", said, r.Name, strings.Join(names, "、"))
	} else {
		row.Warn("kind", "没有「%s」这种%s，按这张表的%s记", said, r.Name, row.Sheet.KindName)
	}
	return row.Sheet.Kind
}
