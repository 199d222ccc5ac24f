// Package register has what every kind of record with a body of its own does in the same way, whatever it is about: the use cases
// from entering to voiding, each one transaction; the row that lists read; the ledger that follows the record; what verification
// asks of it; lists and totals; workbooks let in and taken back. A module fills a Book with plain functions and calls it. Book knows
// SQL only of the module's own rows, by table and columns; conditions on them, children and whatever else is the module's own stay
// with the module.
package register

import (
	"context"
	"encoding/json"

	"shilu/internal/core/access"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/ledger"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

// Book is one kind of record: T is what a version of it says, kept as JSON; W is what ids and codes are called, for sentences,
// history and pages. It is filled once, at the start, and has no state.
//
// Methods that end in In run in the caller's transaction; the others open one. What a record says may be written by whoever
// core/flow lets write it; a module that lets others write a part of it calls flow in its own transaction and then Settle.
type Book[T, W any] struct {
	DB     *db.DB
	Papers evidence.Rules // which papers a record needs

	Kind         string // training; also the first part of its addresses
	Prefix       string // of its numbers: PX
	FactsVersion int    // raised when Facts changes what it states for an unchanged body

	// Words reads what ids and codes are called, and gives it for any day on which records count; "" is today.
	Words func(ctx context.Context, tx *db.Tx) (func(on day.Day) (W, error), error)

	// Head is what the body puts into the head of its record: Title, Unit, Place, Day, Life, Also. It is a pure function.
	Head func(body T) flow.Head
	// Search are further words by which the record is found, separated by spaces; number and title always find it.
	Search func(body T, w W) string
	// Facts is all that the body adds to the ledger, by the rules of the days on which it counts; logs and movements post on their
	// own days. It is a pure function: no clock, no query. Only what is held, built, paid is stated: what is planned states nothing.
	Facts func(body T) []ledger.Fact
	// Beforehand says that bodies tell of a place what was known before it was there, as the figures of others do; else nothing happens in a
	// place before its first day.
	Beforehand bool
	// Beside fills bodies in with what their facts and NotYet need of other records: the event that a share is a part of. nil: a body
	// says all itself, which is the rule. Whoever changes such another record calls Restand.
	Beside func(ctx context.Context, tx *db.Tx, bodies []*T) error
	// Now is Head by what lies beside the body (Beside), which may have been put right since the body was written: the record's head
	// follows it, body and versions stay. nil: as Head.
	Now func(body T) flow.Head
	// Sees are those who see a record beside whom its body names, because of other records: who has a share of it. Whoever changes such
	// another record calls Reseat; so does Then, as writing the record forgets them. nil: nobody.
	Sees func(ctx context.Context, tx *db.Tx, record string) ([]access.Sees, error)
	// Then is what else must follow, in the same transaction, once the standing version of a record or its state has changed; why is the
	// reason that the ledger has for it, "" for none. nil: nothing.
	Then func(ctx context.Context, tx *db.Tx, h flow.Head, why string) error
	// Refuses says that Then refuses records, so that it is asked about each one that an import makes; else nothing follows from those.
	Refuses bool
	// Subkind is the kind within the kind by which needed papers are chosen; nil: there is none.
	Subkind func(body T) string

	// Code puts codes in the place of words that the body was typed with. With write a word that is new may be added to its
	// vocabulary (org.Vocabulary.Add). nil: nothing is coded.
	Code func(ctx context.Context, tx *db.Tx, body *T, w W, write bool) error
	// Keep lets a body be what its record makes of it, whatever the caller sent: what only the record itself may set, and what only the
	// version before it may have said. record is "" while it has no id, was nil for a new one. nil: a body says all itself.
	Keep func(ctx context.Context, tx *db.Tx, record string, was, body *T, w W) error
	// Wrong is all that keeps the body from being saved or, with submit, from being submitted, said at once: errs.Fields.
	Wrong func(body T, w W, submit bool) error
	// Refuse is what else keeps a body from being saved or handed over: what other records say. It is asked about an open revision too,
	// which Then hears of only once it stands. record is "" while it has no id. nil: nothing does.
	Refuse func(ctx context.Context, tx *db.Tx, record string, body T) error
	// Warnings ask about what is unusual; they never block. nil: none.
	Warnings func(body T, w W) []errs.Field
	// Doubts are warnings about what the body does to other records, or they to it; record is its own, there or to be. nil: none.
	Doubts func(ctx context.Context, tx *db.Tx, record string, body T) ([]errs.Field, error)
	// Similar finds records in sight that may be the same one; not is the record itself. nil: none are.
	Similar func(ctx context.Context, tx *db.Tx, body T, not string) ([]flow.Head, error)
	// NotYet refuses to verify what has not happened by today; nil: it may always be verified.
	NotYet func(body T, today day.Day) error

	// Path is where in the body's JSON a field stands that Wrong or Warnings name otherwise than JSON does: onsite is counts.onsite. nil: each
	// has its own name there.
	Path func(field string) string

	// Options are the codes that Wrong lets a field of the body be, by its path in JSON (partners.role), or the names that a map may have,
	// whatever the year: programs are told. A field that is not here can be anything, or its type says what.
	Options map[string]Options

	Fields Fields[T, W] // all that a body says, for history, differences and exports
	Row    Row[T]       // the standing version as lists read it
	Lines  []Lines[T]   // further rows of the standing version: partners, movements
	// Sorts are the orders of lists besides day, number and title: a column of the row under c, by its key in the address.
	Sorts map[string]string
}

// Entered is what a write gives back: the record's head, and what may be wrong without blocking.
type Entered struct {
	flow.Head
	Warnings []errs.Field
	Similar  []flow.Head // may be the same: asked about, never merged
}

// New is a record to be entered. ID, made by the caller, makes sending twice safe; Submit hands it over at once.
type New[T any] struct {
	ID     string
	Body   T
	Submit bool
}

// Change is a record to be changed. Version is the one that the caller read. Reason is required to open a revision.
type Change[T any] struct {
	ID      string
	Version int
	Body    T
	Reason  string
	Submit  bool
}

// Record is a record with all that its page shows. Body is the version that somebody who opens it works on; Standing the verified
// one when a revision is open.
type Record[T, W any] struct {
	flow.Head
	Body     T
	Standing *T
	Words    W
	Warnings []errs.Field
	Similar  []flow.Head
}

// Current is the version that somebody who opens the record works on: the latest, but for one that does not stand any more.
func Current(h flow.Head) int {
	if h.State == flow.Verified && h.Revision == flow.None {
		return h.Verified
	}
	return h.Version
}

// Unsent reports whether what is being worked on is still with who fills it in.
func Unsent(h flow.Head) bool { return h.Waiting() == flow.Draft || h.Waiting() == flow.Returned }

// Ref names a record of the book.
func (b *Book[T, W]) Ref(record string) id.Ref { return id.Ref{Kind: b.Kind, ID: record} }

// head is Head with what the book knows.
func (b *Book[T, W]) head(body T) flow.Head {
	h := b.Head(body)
	h.Kind, h.Prefix = b.Kind, b.Prefix
	return h
}

// filled is h with all that the body puts into the head of its record.
func (b *Book[T, W]) filled(h flow.Head, body T, w W) flow.Head {
	m := b.head(body)
	h.Prefix, h.Title, h.Unit, h.Place, h.Day, h.Life, h.Also = m.Prefix, m.Title, m.Unit, m.Place, m.Day, m.Life, m.Also
	h.Search = b.Search(body, w)
	return h
}

// SubjectOf is what decides which papers a record with the body needs.
func (b *Book[T, W]) SubjectOf(record string, body T) evidence.Subject {
	s := evidence.Subject{Ref: b.Ref(record), Day: b.Head(body).Day}
	if b.Subkind != nil {
		s.Subkind = b.Subkind(body)
	}
	return s
}

// WordsOn is what ids and codes are called on a day; "" is today.
func (b *Book[T, W]) WordsOn(ctx context.Context, tx *db.Tx, on day.Day) (w W, err error) {
	all, err := b.Words(ctx, tx)
	if err != nil {
		return w, err
	}
	return all(on)
}

// words are those of the body's day.
func (b *Book[T, W]) words(ctx context.Context, tx *db.Tx, body T) (w W, err error) {
	return b.WordsOn(ctx, tx, b.Head(body).Day)
}

// Decode reads a body as a version keeps it.
func Decode[T any](text string) (body T, err error) {
	err = json.Unmarshal([]byte(text), &body)
	return body, err
}
