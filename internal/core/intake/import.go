package intake

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/xlsx"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package. They need those of core/org, core/log, core/ledger and core/flow.
var Migrations = db.MustSource("intake", migrations)

// FilesNamed is the query for all workbooks that were handed in, as (association, hash). That of a trial is not kept.
const FilesNamed = "SELECT association, hash FROM import WHERE hash <> ''"

// Limit is the most bytes that a workbook may have.
const Limit = 64 << 20

// State is where an import stands.
type State string

// The states. Rows that went in before a stop stay invisible until the import goes on or is undone; a failed import could not be read.
const (
	Received State = "received"
	Checking State = "checking"
	Checked  State = "checked"
	Applying State = "applying"
	Stopped  State = "stopped"
	Done     State = "done"
	Undoing  State = "undoing"
	Undone   State = "undone"
	Failed   State = "failed"
)

// Options are what the user asks for beside the file.
type Options struct {
	Year   int         `json:"year,omitempty"`
	Create bool        `json:"create,omitempty"` // create unknown townships and villages
	Places []PlaceName `json:"places,omitempty"` // create these of them
	// PlacesFrom is from when the places are there that are created; "" is for each the year of the earliest row that names it. PlacesWhy is
	// why that reaches into closed days.
	PlacesFrom day.Day `json:"places_from,omitempty"`
	PlacesWhy  string  `json:"places_why,omitempty"`

	Fill map[string]string `json:"fill,omitempty"` // what all rows say in columns that their sheets do not have, by key

	DryRun bool              `json:"dry_run,omitempty"` // let nothing in and keep nothing (Engine.Try)
	Sheets map[string]Choice `json:"sheets,omitempty"`  // by name
	Reason string            `json:"reason,omitempty"`  // why the import is taken back
}

// Import is one hand-in of a workbook. Total and Done count the rows to go in; Again says that these bytes are in already,
// so that there is nothing to do.
type Import struct {
	ID           string  `json:"id"`
	Target       string  `json:"target"`
	Hash         string  `json:"hash"`
	Size         int64   `json:"size"`
	File         string  `json:"file"`
	State        State   `json:"state"`
	Options      Options `json:"options"`
	Account      string  `json:"-"`
	Login        string  `json:"login"`
	Name         string  `json:"name"`
	Verifier     string  `json:"verifier,omitempty"` // login
	VerifierName string  `json:"verifier_name,omitempty"`
	Created      int64   `json:"created"`
	Updated      int64   `json:"updated"`
	Total        int64   `json:"total"`
	Done         int64   `json:"done"`
	Again        bool    `json:"again,omitempty"`
	Failure      string  `json:"failure,omitempty"` // why the last step did not come to its end, as it is kept until a Result or List says it
	found, undo  string
	undoer       person // who takes it back, or did last
	stop         bool
}

// person is an account with its login name.
type person struct{ account, login string }

// Bound is a record that came from a row: the workbook becomes its roster.
type Bound struct {
	Ref     id.Ref
	Subkind string
	Day     string
	Hash    string
	Size    int64
	File    string
	Sheet   string
	Line    int
	Changes bool // the record was there before
}

// Engine runs the imports of an installation. Bind binds the workbook to the records of its rows, in their transaction; nil
// binds nothing.
type Engine struct {
	DB      *db.DB
	Files   *blob.Store
	Targets []Target
	Bind    func(ctx context.Context, tx *db.Tx, rows []Bound) error
}

func (e *Engine) target(kind string) (Target, error) {
	i := slices.IndexFunc(e.Targets, func(t Target) bool { return t.Kind() == kind })
	if i < 0 {
		var kinds []string
		for _, t := range e.Targets {
			kinds = append(kinds, t.Kind())
		}
		return nil, errs.E(errs.NotFound, "没有可以导入的「%s」，能导入的有 %s", kind, strings.Join(kinds, "、"))
	}
	return e.Targets[i], nil
}

// Receive keeps a workbook and begins its import. Bytes that went in whole before give that import, with Again set; bytes whose
// import was interrupted give that one to go on with. Invalid and TooLarge name what is wrong with the file.
func (e *Engine) Receive(ctx context.Context, target, name string, r io.Reader) (Import, error) {
	return e.receive(ctx, target, name, r, "")
}

// receive is Receive for rows that say what fills says, too: with other fills the same bytes say something else.
func (e *Engine) receive(ctx context.Context, target, name string, r io.Reader, fills string) (Import, error) {
	if _, err := e.target(target); err != nil {
		return Import{}, err
	}
	if err := access.Require(ctx, access.Import, target); err != nil {
		return Import{}, err
	}
	kept, err := e.Files.PutIf(ctx, org.Of(ctx), r, Limit, func(f *os.File, one blob.Stored) error {
		book, err := bookIn(f, one, name)
		if err == nil {
			_ = book.Close()
		}
		return err
	})
	if err != nil {
		return Import{}, err
	}
	im := newImport(ctx, target, name, kept)
	err = e.DB.Update(ctx, func(tx *db.Tx) error {
		old, there, err := im.earlier(ctx, tx, fills)
		if err != nil {
			return err
		}
		if there {
			im = old
			return nil
		}
		return im.insert(ctx, tx)
	})
	return im, err
}

// bookIn reads a file that was handed in. Invalid where it has no sheet.
func bookIn(f *os.File, one blob.Stored, name string) (*xlsx.Book, error) {
	book, err := xlsx.Read(f, one.Size, name, xlsx.Limits{})
	if err == nil && len(book.Sheets) == 0 {
		_ = book.Close()
		return nil, errs.E(errs.Invalid, "文件里没有表，请换一个文件")
	}
	return book, err
}

// newImport begins an import of the actor.
func newImport(ctx context.Context, target, name string, file blob.Stored) Import {
	me := access.From(ctx)
	return Import{ID: id.New(), Target: target, Hash: file.Hash, Size: file.Size, File: name, State: Received, Account: me.Account, Login: me.User, Name: me.Name}
}

// earlier finds the import that stands for a new one of the same bytes and fills: one that is in whole, with Again set, or one that was
// interrupted. Conflict where that said something else.
func (im Import) earlier(ctx context.Context, tx *db.Tx, fills string) (_ Import, there bool, err error) {
	all, err := db.All(ctx, tx, scanImport, selectImport+" WHERE association = ? AND target = ? AND hash = ? AND state <> ? ORDER BY created DESC, id DESC",
		org.Of(ctx), im.Target, im.Hash, Undone)
	if err != nil {
		return im, false, err
	}
	another := false // what went in last said something else
	for _, old := range all {
		if !old.seen(ctx) {
			continue
		}
		switch old.State {
		case Done:
			if another = another || old.Options.adds(fills); another {
				continue
			}
			whole, err := old.whole(ctx, tx)
			if err != nil {
				return im, false, err
			}
			if whole {
				old.Again = true
				return old, true, nil
			}
		case Applying, Stopped, Undoing:
			if old.Options.adds(fills) {
				return im, false, errs.E(errs.Conflict, "「%s」上次没有导完，那次给所有行的不是这些；请照那次的接着导入，或者先撤销那次导入再重新导", old.File)
			}
			return old, true, nil
		case Received, Checking, Checked, Undone, Failed:
		}
	}
	return im, false, nil
}

// whole reports whether every row of data of the import went in.
func (im Import) whole(ctx context.Context, tx *db.Tx) (bool, error) {
	n, err := db.One(ctx, tx, db.Value[int64], "SELECT COUNT(*) FROM import_row WHERE association = ? AND import = ? AND verdict = ?",
		org.Of(ctx), im.ID, Rejected)
	return n == 0, err
}

// open reads the kept bytes as a book.
func (e *Engine) open(ctx context.Context, hash string, size int64, name string) (*xlsx.Book, func(), error) {
	f, err := e.Files.Open(ctx, org.Of(ctx), hash)
	if err != nil {
		return nil, nil, err
	}
	book, err := xlsx.Read(f, size, name, xlsx.Limits{})
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return book, func() { _ = book.Close(); _ = f.Close() }, nil
}

const importColumns = `id, target, hash, size, file, state, options, found, account, login, account_name, verifier, verifier_name, undo,
	created, updated, total, done, stop, failure, undo_account, undo_login`

const selectImport = "SELECT " + importColumns + " FROM import"

func scanImport(s db.Scanner) (im Import, err error) {
	var options string
	if err = s.Scan(&im.ID, &im.Target, &im.Hash, &im.Size, &im.File, &im.State, &options, &im.found, &im.Account, &im.Login, &im.Name,
		&im.Verifier, &im.VerifierName, &im.undo, &im.Created, &im.Updated, &im.Total, &im.Done, &im.stop, &im.Failure,
		&im.undoer.account, &im.undoer.login); err != nil {
		return im, err
	}
	if err = json.Unmarshal([]byte(options), &im.Options); err != nil {
		err = fmt.Errorf("read the options of import %s: %w", im.ID, err)
	}
	return im, err
}

func (im *Import) insert(ctx context.Context, tx *db.Tx) error {
	im.Created, im.Updated = tx.Millis(), tx.Millis()
	_, err := tx.Insert(ctx, "INSERT INTO import (association, "+importColumns+")", "", []any{org.Of(ctx), im.ID, im.Target, im.Hash, im.Size, im.File,
		im.State, encode(im.Options), "", im.Account, im.Login, im.Name, "", "", "", im.Created, im.Updated, 0, 0, false, "", "", ""})
	return err
}

// encode writes what is kept beside the rows.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("intake: %T cannot be written: %v", v, err)) // only own types of texts and numbers come here
	}
	return string(b)
}

// find reads an import that the actor sees; NotFound for others.
func find(ctx context.Context, tx *db.Tx, importID string) (Import, error) {
	im, err := db.One(ctx, tx, scanImport, selectImport+" WHERE association = ? AND id = ?", org.Of(ctx), importID)
	if err != nil {
		return im, err
	}
	if err := access.Require(ctx, access.Import, im.Target); err != nil {
		return im, err
	}
	if !im.seen(ctx) {
		return Import{}, errs.E(errs.NotFound, "没有这次导入，或者不是你能看的")
	}
	return im, nil
}

// seen reports whether the actor sees the import, whose rows may be of any unit: who began it, and who imports for the whole
// association.
func (im Import) seen(ctx context.Context) bool {
	me := access.From(ctx)
	return im.Account == me.Account || me.MayEverywhere(access.Import, im.Target)
}

// say says why the last step did not come to its end in the language of ctx. It may have been kept in Chinese, before there were sentences.
func (im *Import) say(ctx context.Context) {
	var s lang.Sentence
	if json.Unmarshal([]byte(im.Failure), &s) == nil {
		im.Failure = s.In(ctx)
	}
}

// mine is nil for who began the import: the rows go in under that name.
func (im Import) mine(ctx context.Context) error {
	if access.From(ctx).Account != im.Account {
		return errs.E(errs.Forbidden, "「%s」由%s导入，请由%s接着导入，或者撤销后重新上传", im.File, im.Name, im.Name)
	}
	return nil
}

// mayDecide is nil when the actor may have the import read by the options: places are made by who works for the whole association.
func (im Import) mayDecide(ctx context.Context, o Options) error {
	if (o.Create || len(o.Places) > 0) && !access.From(ctx).MayEverywhere(access.Import, im.Target) {
		return errs.E(errs.Forbidden, "乡镇和村由县科协新建，请县科协的人来导入，或者先请县科协建好")
	}
	return nil
}

// mayUndo is nil when the actor may take the import back: what was verified is voided by who may verify.
func (im Import) mayUndo(ctx context.Context) error {
	if im.Verifier == "" {
		return nil
	}
	return access.Require(ctx, access.Check, im.Target)
}

// move takes an import from one of the states to another. Conflict when it stands elsewhere. That somebody asked to stop is forgotten
// when a step begins, not when the same step goes on.
func (im *Import) move(ctx context.Context, tx *db.Tx, to State, from ...State) error {
	states := make(db.List, len(from))
	for i, s := range from {
		states[i] = string(s)
	}
	n, err := tx.Exec(ctx, "UPDATE import SET state = ?, updated = ?, stop = (stop AND state = ?), failure = '' WHERE association = ? AND id = ? AND state IN (?)",
		to, tx.Millis(), to, org.Of(ctx), im.ID, states)
	if err != nil {
		return err
	}
	if n == 0 {
		return im.elsewhere()
	}
	im.State, im.Failure = to, ""
	return nil
}

// elsewhere is the refusal of a step that cannot begin where the import stands.
func (im Import) elsewhere() *errs.Error {
	return errs.E(errs.Conflict, "「%s」这次导入已经到了别的一步，请刷新后再看", im.File)
}
