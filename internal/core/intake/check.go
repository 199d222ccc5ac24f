package intake

import (
	"context"
	"errors"
	"slices"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/xlsx"
)

// Verdict says what becomes of a row of data.
type Verdict string

// The verdicts.
const (
	New      Verdict = "new"
	Same     Verdict = "same"
	Changed  Verdict = "changed"
	Rejected Verdict = "rejected"
	Joined   Verdict = "joined" // it is a part of the record of an earlier row, and goes where that goes
)

// PlaceName names a place by what a sheet says.
type PlaceName struct {
	Township string `json:"township"`
	Village  string `json:"village,omitempty"`
}

// Unknown is a place that is not known, once for all rows that name it. Near are known names that may have been meant.
type Unknown struct {
	Township string        `json:"township,omitempty"`
	Village  string        `json:"village,omitempty"`
	Near     []string      `json:"near,omitempty"`
	Rows     int           `json:"rows"`
	Where    lang.Sentence `json:"where"`              // the first: 「短期培训」第 5 行
	From     day.Day       `json:"from"`               // of the year of the earliest row; of a place that was created, the day from which it is there
	First    day.Day       `json:"first,omitempty"`    // the earliest day that a row says
	Townless bool          `json:"townless,omitempty"` // a village whose township is not known either: the two are made together
	Created  bool          `json:"created,omitempty"`
}

// Name is the township and the village as one text.
func (u Unknown) Name() string { return u.Township + u.Village }

// Creatable reports whether the import can make the place: what stands alone in a column for both is taken for a township only if
// its name says so, and a village needs its township.
func (u Unknown) Creatable() bool { return u.Township != "" && TownshipName(u.Township) }

// Gone is a record of an earlier import of the same shape that this file covers and does not name any more. It is only listed.
type Gone struct {
	Number string `json:"number"`
	Title  string `json:"title"`
	Sheet  string `json:"sheet"`
	Line   int    `json:"line"`
}

// Found is what a file was understood as.
type Found struct {
	Sheets    []*Sheet  `json:"sheets"`
	Unknown   []Unknown `json:"unknown,omitempty"`
	Vanished  []Gone    `json:"vanished,omitempty"`
	VanishedN int       `json:"vanished_n,omitempty"`
}

// say says what was found whole, in the language of ctx.
func (f Found) say(ctx context.Context) {
	for _, s := range f.Sheets {
		s.Skipped = lang.T(ctx, s.Skipped)
		say(ctx, s.Notes)
	}
	for i, u := range f.Unknown {
		f.Unknown[i].Where = lang.Say(u.Where.In(ctx))
	}
}

// Made names the places that the import made. They stay, whatever becomes of its rows.
func (f Found) Made() (all []string) {
	for _, u := range f.Unknown {
		if u.Created {
			all = append(all, u.Name())
		}
	}
	return all
}

// Creatable are the places that are made when all are that can be: a township that only its villages name stands before them.
func (f Found) Creatable() (all []Unknown) {
	at := map[string]int{}
	add := func(u Unknown) {
		i, there := at[u.Name()]
		if !there {
			at[u.Name()] = len(all)
			all = append(all, u)
			return
		}
		one := &all[i]
		one.From, one.Rows = min(one.From, u.From), one.Rows+u.Rows
		if u.First != "" && (one.First == "" || u.First < one.First) {
			one.First = u.First
		}
	}
	for _, u := range f.Unknown {
		if u.Created || !u.Creatable() {
			continue
		}
		if u.Townless {
			add(Unknown{Township: u.Township, Rows: u.Rows, Where: u.Where, From: u.From, First: u.First})
		}
		add(u)
	}
	return all
}

// errAgain ends a pass over the file because places are to be created first.
var errAgain = errors.New("read again")

// Check understands the file anew by the options, reads its rows into staging and says what becomes of each. Nothing of the
// work changes but, with o.Create or o.Places and without o.DryRun, the places that are missing. A file that cannot be read after all
// makes the import a failed one.
func (e *Engine) Check(ctx context.Context, importID string, o Options) (Result, error) {
	var im Import
	var memory map[string]Choice
	if err := e.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if im, err = find(ctx, tx, importID); err != nil {
			return err
		}
		target, err := e.target(im.Target)
		if err != nil {
			return err
		}
		if err = mayFill(target, o); err != nil {
			return err
		}
		if err = im.mayDecide(ctx, o); err != nil {
			return err
		}
		if err = im.move(ctx, tx, Checking, Received, Checking, Checked, Failed); err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, "UPDATE import SET options = ? WHERE association = ? AND id = ?", encode(o), org.Of(ctx), im.ID); err != nil {
			return err
		}
		memory, err = remembered(ctx, tx, im.Target)
		return err
	}); err != nil {
		return Result{}, err
	}
	im.Options = o
	if err := e.readKept(ctx, im, memory); err != nil {
		if errs.Is(err, errs.Invalid) || errs.Is(err, errs.TooLarge) {
			err = errors.Join(err, e.trouble(ctx, im, err))
		}
		return Result{}, err
	}
	return e.Result(ctx, importID)
}

// readKept reads the rows of an import into staging from the file that is kept.
func (e *Engine) readKept(ctx context.Context, im Import, memory map[string]Choice) error {
	book, closeBook, err := e.open(ctx, im.Hash, im.Size, im.File)
	if err != nil {
		return err
	}
	defer closeBook()
	return e.read(ctx, im, book, memory)
}

// read reads the rows of an import into staging, again after places were made.
func (e *Engine) read(ctx context.Context, im Import, book *xlsx.Book, memory map[string]Choice) error {
	target, err := e.target(im.Target)
	if err != nil {
		return err
	}
	var made []Unknown
	for {
		c := &check{engine: e, im: im, target: target, book: book, memory: memory, made: made}
		if err := c.run(ctx); !errors.Is(err, errAgain) {
			return err
		}
		made = c.made
	}
}

// check is one pass over a file.
type check struct {
	engine   *Engine
	im       Import
	target   Target
	book     *xlsx.Book
	memory   map[string]Choice
	reader   Reader
	unknown  map[string]*Unknown // by the name as one text
	order    []*Unknown
	made     []Unknown // places made by a pass before
	index    index
	inside   map[place]inside // rows that went in by an earlier import of the same bytes
	waiting  []*Row
	staged   int
	flushing chan error // of the rows before, while the next are read
	later    []later
	twins    []twin
	joint    map[string][]Part // by the record that they are parts of
	joints   []string          // in the order of the file
	hung     []joined          // under other records
	called   map[digest][]place
	claims   map[place]string // the records that rows are
	covers   map[int]*Cover   // by sheet
	tree     *org.Tree
	shapes   map[int]string // by sheet
	names    map[int]string // by sheet
	lacks    map[lack]int   // rows that stay out for a column and nothing else, by sheet and its key; 0 where all have more against them
}

// lack is a column that a sheet does not have.
type lack struct {
	sheet int
	key   string
}

// missing are the columns that a sheet does not have, as the target lists them, with the rows that stay out for it.
func (c *check) missing(sheet int) (all []Lack) {
	for _, col := range c.target.Columns() {
		if n, lacks := c.lacks[lack{sheet, col.Key}]; lacks {
			all = append(all, Lack{col.Key, col.Title, n, col.Each(), col.Year})
		}
	}
	return all
}

// place is where a row stands in the file.
type place struct{ sheet, line int }

func (c *check) guide(ctx context.Context) Guide {
	return Guide{Columns: bothLanguages(ctx, c.target.Columns()), Kinds: c.target.Kinds(), Year: c.im.Options.Year, Chosen: c.im.Options.Sheets, Fill: c.im.Options.Fill,
		Memory: func(shape string) (Choice, bool) { m, ok := c.memory[shape]; return m, ok }}
}

// bothLanguages lets columns be known by their English titles too: a list that was exported with the English interface can be imported.
func bothLanguages(ctx context.Context, columns []Column) []Column {
	english := lang.With(ctx, lang.English)
	all := slices.Clone(columns)
	for i, c := range all {
		if title := lang.T(english, c.Title); title != c.Title {
			all[i].Aliases = append(slices.Clone(c.Aliases), title)
		}
	}
	return all
}

func (c *check) run(ctx context.Context) error {
	c.unknown, c.index, c.covers, c.joint = map[string]*Unknown{}, newIndex(), map[int]*Cover{}, map[string][]Part{}
	c.names, c.called, c.lacks = map[int]string{}, map[digest][]place{}, map[lack]int{}
	if err := c.engine.clear(ctx, c.im.ID); err != nil {
		return err
	}
	create := c.im.Options.Create
	if err := c.engine.DB.View(ctx, func(tx *db.Tx) (err error) {
		if c.inside, err = insideOf(ctx, tx, c.im); err != nil {
			return err
		}
		today, err := org.Today(ctx, tx)
		if err != nil {
			return err
		}
		if c.tree, err = org.Load(ctx, tx, today); err != nil {
			return err
		}
		c.reader, err = c.target.Open(ctx, tx, Session{Create: create})
		return err
	}); err != nil {
		return err
	}
	if len(c.im.Options.Fill) > 0 {
		sheets, err := Understand(c.book, c.guide(ctx), nil)
		if err == nil {
			err = unused(sheets, c.im.Options.Fill)
		}
		if err != nil {
			return err
		}
	}
	sheets, err := Understand(c.book, c.guide(ctx), func(r *Row) error {
		c.waiting = append(c.waiting, r)
		if len(c.waiting) < page {
			return nil
		}
		return c.flush(ctx)
	})
	if err == nil {
		err = c.flush(ctx)
	}
	if kept := c.flushed(); err == nil {
		err = kept
	}
	if err != nil {
		return err
	}
	if o := c.im.Options; (create || len(o.Places) > 0) && !o.DryRun && len(c.order) > 0 {
		made, err := c.create(ctx)
		if err != nil {
			return err
		}
		if made {
			return errAgain
		}
	}
	c.shapes = make(map[int]string, len(sheets))
	for _, s := range sheets {
		c.shapes[s.Index] = s.Shape
	}
	if err := c.settleJoints(ctx); err != nil {
		return err
	}
	if err := c.settleLater(ctx); err != nil {
		return err
	}
	if err := c.settleHung(ctx); err != nil {
		return err
	}
	if err := c.settleLater(ctx); err != nil {
		return err
	}
	if err := c.settleTwins(ctx, sheets); err != nil {
		return err
	}
	return c.finish(ctx, sheets)
}

const (
	chunk = 480 // rows let in by one transaction at most: the writer is free again within 250 ms or so
	page  = 500 // rows staged by one
)

// places notes the place of a row if it is not known.
func (c *check) places(r *Row) {
	township, village := r.Text("township"), r.Text("village")
	if p := r.Text("place"); p != "" && township == "" {
		township = p
	}
	if township == "" && village == "" {
		return
	}
	at, near, found := c.reader.Places(PlaceName{township, village})
	if found {
		return
	}
	name := at.Township + at.Village
	u := c.unknown[name]
	switch {
	case u == nil:
		u = &Unknown{Township: at.Township, Village: at.Village, Near: near, Where: Address(r.Sheet.Name, r.Line), From: c.since(r)}
		c.unknown[name] = u
		c.order = append(c.order, u)
	case u.Village == "": // in one cell before, in two now
		u.Township, u.Village, u.Near = at.Township, at.Village, near
	}
	if u.Village != "" {
		_, known := c.tree.FindPlace(u.Township, "")
		u.Townless = !known
	}
	u.Rows++
	u.From = min(u.From, c.since(r))
	if first := r.first(); first != "" && (u.First == "" || first < u.First) {
		u.First = first
	}
}

// TownshipName reports whether a name is that of a township: 镇, 乡, 街道. Others are not made into townships unasked.
func TownshipName(name string) bool {
	return slices.ContainsFunc([]string{"镇", "乡", "街道", "办事处", "苏木", "区", "农场", "林场"}, func(s string) bool {
		return len(name) > len(s) && name[len(name)-len(s):] == s
	})
}

// finish keeps what was understood, and lists what vanished.
func (c *check) finish(ctx context.Context, sheets []*Sheet) error {
	f := Found{Sheets: sheets, Unknown: c.made}
	for _, s := range sheets {
		s.Missing = c.missing(s.Index)
	}
	for _, u := range c.order {
		f.Unknown = append(f.Unknown, *u)
	}
	return c.engine.DB.Update(ctx, func(tx *db.Tx) error {
		if len(c.im.Options.Sheets) > 0 && !c.im.Options.DryRun {
			if err := remember(ctx, tx, c.im.Target, sheets, c.im.Options.Sheets); err != nil {
				return err
			}
		}
		var err error
		if f.Vanished, f.VanishedN, err = c.vanished(ctx, tx, sheets); err != nil {
			return err
		}
		var rows [][]any
		for _, s := range sheets {
			if s.Shape != "" {
				rows = append(rows, []any{org.Of(ctx), c.im.ID, s.Index, s.Name, s.Shape})
			}
		}
		if _, err := tx.Insert(ctx, "INSERT INTO import_sheet (association, import, sheet, name, shape)", "", rows...); err != nil {
			return err
		}
		total, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM import_row WHERE association = ? AND import = ? AND verdict IN (?)",
			org.Of(ctx), c.im.ID, db.List{string(New), string(Changed)})
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, "UPDATE import SET state = ?, options = ?, found = ?, total = ?, done = 0, updated = ? WHERE association = ? AND id = ? AND state = ?",
			Checked, encode(c.im.Options), encode(f), total, tx.Millis(), org.Of(ctx), c.im.ID, Checking)
		if err == nil && n == 0 {
			err = c.im.elsewhere()
		}
		return err
	})
}

// clear empties the staging of an import, some rows at a time.
func (e *Engine) clear(ctx context.Context, importID string) error {
	for {
		var n int64
		if err := e.DB.Update(ctx, func(tx *db.Tx) (err error) {
			if n, err = tx.Exec(ctx, `DELETE FROM import_row WHERE association = ? AND import = ? AND (sheet, line) IN (SELECT sheet, line FROM import_row
				WHERE association = ? AND import = ? ORDER BY sheet, line LIMIT 5000)`, org.Of(ctx), importID, org.Of(ctx), importID); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, "DELETE FROM import_sheet WHERE association = ? AND import = ?", org.Of(ctx), importID)
			return err
		}); err != nil {
			return err
		}
		if n < 5000 {
			return nil
		}
	}
}
