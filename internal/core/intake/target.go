// Package intake brings the workbooks that offices keep into a module: it understands the sheets, reads and checks the rows
// into staging tables outside any write transaction, and lets the accepted ones in by chunks, each row exactly once, all
// visible together (issue 2, «Import»; domain.md, 4.2).
package intake

import (
	"context"
	"encoding/json"
	"fmt"

	"shilu/internal/core/access"
	"shilu/internal/core/flow"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
)

// Type says how the cells of a column are read.
type Type string

// The types of columns.
const (
	Text     Type = "text"
	Count    Type = "count"    // 191, 约161, １０１, 191人次
	Day      Type = "day"      // a day, or a range of days
	Since    Type = "since"    // a day, or only its month or year: then the first day of that, and a note says so
	Township Type = "township" // a place of its own level; unknown ones are reported once each
	Village  Type = "village"
	Place    Type = "place" // township or village or both in one cell
	List     Type = "list"  // several texts in one cell
	Serial   Type = "serial"
)

// Column is a field that a column of a sheet can fill. Its heading is Title or one of Aliases; a two-row heading is written
// «培训时间/开始». Units are what its counts are counted in, as headings say in brackets.
type Column struct {
	Key, Title string
	Aliases    []string
	Units      []string
	Type       Type
	Main       bool // a sheet without any main column is no sheet of the module
	// Of is the kind of records whose value the column is, in a sheet that has a column for each kind (户数 beside 常住人口); it is read as
	// the column Into of a sheet of that kind alone. "": it is no such column.
	Of, Into string
	How      string // how its cells are written, with an example; "": as the type says
	Own      bool   // each row says its own, whatever its type
	Year     bool   // the year of the sheet stands for it where there is no such column
}

// SheetKind is a kind of record within the module, known by words in the name, title or headings of a sheet.
type SheetKind struct {
	Code, Name string
	Hints      []string
}

// Note is a sentence on a row, a sheet or a file. Cell is the address, "" for the whole row; Wrong says that the row stays out. The text is
// kept with its arguments; who reads a Result or rows has it said whole, in the language of the context.
type Note struct {
	Cell  string    `json:"cell,omitempty"`
	Text  string    `json:"text"`
	Args  lang.Args `json:"args,omitempty"`
	Wrong bool      `json:"wrong,omitempty"`
	Unfit bool      `json:"unfit,omitempty"` // wrong, though all that the row says was read: what it says may not go in like that
	Place bool      `json:"place,omitempty"` // of a place that nobody knows, which is said once for all rows
	Waits bool      `json:"waits,omitempty"` // why the row was not verified with the import
	Lacks string    `json:"lacks,omitempty"` // key of the column that the sheet does not have and the row needs, which is said once for all rows
}

// Once reports whether the note says only what is said once for all rows: that a place is not known, that the sheet lacks a column.
func (n Note) Once() bool { return n.Place || n.Lacks != "" }

func note(cell, text string, args ...any) Note {
	s := lang.Say(text, args...)
	return Note{Cell: cell, Text: s.Text, Args: s.Args}
}

func wrong(cell, text string, args ...any) Note {
	n := note(cell, text, args...)
	n.Wrong = true
	return n
}

// say says notes whole, in the language of ctx.
func say(ctx context.Context, notes []Note) {
	for i, n := range notes {
		notes[i].Text, notes[i].Args = lang.T(ctx, n.Text, n.Args...), nil
	}
}

// Draft is a row as the module understood it. Strong and Loose are the keys by which a row is the same record as another:
// kind, name, place and start day; and the same with the subject in place of the name. Given are the fields that the row says.
type Draft struct {
	Body   any // encoded as JSON
	Title  string
	Unit   string // id
	Place  string // id
	Number string // of the record, where the sheet has it
	Venue  string // within the place
	Strong string
	By     string // in what rows with the same Strong are the same, in words: 同名、同地、同日
	Loose  string
	Alike  string  // what Loose is made of, in words: 专业、地点、日期
	Apart  bool    // a row with a name of its own is never taken for a record that is only like it
	Day    day.Day // by which earlier records are looked for
	Named  bool    // the row says its name itself
	Held   bool    // a record with its key that says otherwise is changed by a row with its number only
	Joins  string  // the record of which the row is a part: rows that name the same one become one record, on whatever sheet; "" for one of its own
	Under  *Under  // what the row says that it is under; nil for nothing
	Since  day.Day // its first day, where other rows may name it as what they are under
	Whole  string  // of a draft that Reader.Join made: the key by which it is a record that was joined before, wherever that begins
	Given  []string
	Notes  []Note
	again  bool // its number is that of the record as which the same bytes went in before
}

// Known is a record that is there already and not voided.
type Known struct {
	ID, Number, Title string
	Strong, Loose     string
	Whole             string   // as that of a Draft, where the record has parts
	Parts             []string // strong keys that its parts would have as records of their own; a Known with them only says these
	Venue             string   // within the place
	Since             day.Day  // its first day, where rows may name it as what they are under
	Version, Verified int
	State, Revision   flow.State
	Hash              string // of the latest version's body
}

// standing is the version that a row is compared with: a revision that was given up is none.
func (k Known) standing() int {
	if k.State == flow.Verified && k.Revision == flow.None {
		return k.Verified
	}
	return k.Version
}

// Target is what a module tells the import.
type Target interface {
	Kind() string  // of its records
	Title() string // 培训
	Columns() []Column
	Kinds() []SheetKind
	Holds() bool // only a row with its number changes a record that says otherwise
	// Open loads what reading needs: trees, vocabularies, rules. s says what the import asks for.
	Open(ctx context.Context, tx *db.Tx, s Session) (Reader, error)
	// Apply lets rows in, in one transaction: new ones many at a time, changed ones as revisions. A draft or returned record is
	// changed but not submitted.
	Apply(ctx context.Context, tx *db.Tx, b Batch, rows []Accepted) ([]Applied, error)
	// Undo takes one record of an import back: it voids what was created, and lets what was changed be what it was, figures and
	// all. ChangedSince for what somebody worked on since.
	Undo(ctx context.Context, tx *db.Tx, b Batch, a Applied) error
}

// Session is what the reading of one import knows beside its rows.
type Session struct {
	Create bool // unknown places will be created: they are no problem
}

// Reader reads rows. It is used by one goroutine.
type Reader interface {
	// Places says whether the place that a row names is known: its township and village, or both in one text as the township. If not,
	// unknown is what is missing, a village apart from its township, and near are known names.
	Places(said PlaceName) (unknown PlaceName, near []string, found bool)
	// Read makes the draft of a row; what is wrong stands in its notes.
	Read(row *Row) Draft
	// Known gives the records that start in the period.
	Known(ctx context.Context, tx *db.Tx, p day.Period, each func(Known)) error
	// Join makes one draft of the rows that are parts of the same record, in the order of the file. What is wrong with a row, or with the
	// whole (then the first one), it says of that row.
	Join(parts []Part) Draft
	// Attach puts a draft under a record, of which name is the number, or the title while it has none. It is asked only of drafts with Under.
	Attach(d Draft, record, name string) Draft
	// Merge lays what the draft's row gives over the body that is there, and lists what that changes. Invalid when it cannot tell how.
	Merge(body json.RawMessage, d Draft) (merged any, changes []access.Change, err error)
}

// Part is a row that is a part of a record, with the draft of it alone.
type Part struct {
	*Row
	Draft
}

// Batch is the import that rows belong to. Papers are the hashes of the evidence that the rows have by it; Verifier is the
// context of who verifies in the same run, nil when nobody does.
type Batch struct {
	ID       string
	File     string
	Papers   []string
	Verifier context.Context
	Reason   string
}

// Accepted is a row that goes in. Record and Version are those of the record that it changes; Version is 0 for a new one.
type Accepted struct {
	Sheet   string
	Line    int
	Body    json.RawMessage
	Record  string // of a new one that others of the file are under, its id to be
	Version int
	joins   int // its own line, where further rows are parts of the record
}

// New reports whether the row makes a new record.
func (a Accepted) New() bool { return a.Version == 0 }

// Applied is what became of a row. Before is the version that stood before a change, 0 for a new record.
type Applied struct {
	Ref      id.Ref
	Sheet    string
	Line     int
	Before   int
	Version  int
	Verified bool
	Waits    error // why it was not verified, where somebody verifies in the same run
	Subkind  string
	Day      day.Day
	Papered  bool // to undo: another import of the same file has the row in its record, too, so that the workbook stays its paper
}

// String names the row in errors.
func (a Accepted) String() string { return fmt.Sprintf("%s row %d", a.Sheet, a.Line) }
