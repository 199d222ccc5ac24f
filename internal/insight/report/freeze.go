package report

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// entryKind is the kind of a frozen report's entry in the log.
const entryKind = "report"

// FilesNamed is the query for the Word files of frozen reports, as (association, hash).
const FilesNamed = "SELECT association, docx FROM report_frozen"

// largestWord is the largest Word file that is kept.
const largestWord = 64 << 20

// entry is what the log says of a frozen report: who holds a later checkpoint can prove that the report is the one that was frozen.
type entry struct {
	Report     string `json:"report"`
	Title      string `json:"title"`
	Scope      string `json:"scope"`
	Checkpoint int64  `json:"checkpoint"`
	Root       string `json:"root"`
	Program    string `json:"program"`
	Document   string `json:"document"` // sha256 of the kept document
	Docx       string `json:"docx"`     // sha256 of the Word file
	Account    string `json:"account"`
	Rows       string `json:"rows"` // sha256 of all that the rows of the report say (Stored.digest)
	id         string // of the entry, where it was read
}

// digest is the hex sha256 of what the rows of a frozen report say, without the document and the entry that has it.
func (r Stored) digest() string {
	f := *r.Final
	text, err := log.Canonical([]any{r.ID, r.Outline, r.Text, r.Title, r.Scope, r.Unit, r.Place, r.Period.From, r.Period.To, r.State, r.Version, r.Author,
		r.AuthorName, r.Created, r.Updated, f.Checkpoint, f.Root, f.Program, f.Docx, f.Size, f.Account, f.AccountName, f.At})
	if err != nil {
		panic(err) // texts and whole numbers
	}
	return hashOf(text)
}

// Freeze brings the log up to date, computes the report as of its checkpoint and keeps all of it for ever: figures and their
// queries, checkpoint, program version, Word file. version is the one that was read. Conflict when somebody else changed or froze it.
func (s *Service) Freeze(ctx context.Context, reportID string, version int) (r Stored, d Document, err error) {
	point, err := s.Seal(ctx)
	if err != nil {
		return r, d, err
	}
	if point.Size == 0 {
		return r, d, errs.E(errs.Conflict, "账上还没有一条，没有什么可以定稿")
	}
	if err := s.DB.View(ctx, func(tx *db.Tx) error {
		if r, err = s.draft(ctx, tx, reportID); err != nil {
			return err
		}
		if r.Version != version {
			return conflict(ctx, tx, reportID)
		}
		o, scope, err := question(ctx, tx, r)
		if err != nil {
			return err
		}
		if err := s.check(ctx, tx, o, scope.Period.To); err != nil {
			return err
		}
		scope.AsOf = point.Size
		d, err = s.Compute(ctx, tx, o, scope)
		return err
	}); err != nil {
		return r, d, err
	}
	d.Stamp = &Stamp{Checkpoint: point.Size, Root: point.Root, Day: d.Day, Program: s.Version}
	word, err := d.Word(ctx)
	if err != nil {
		return r, d, err
	}
	kept, err := json.Marshal(d)
	if err != nil {
		return r, d, fmt.Errorf("keep the report: %w", err)
	}
	stored, err := s.Files.Put(ctx, org.Of(ctx), bytes.NewReader(word), largestWord)
	if err != nil {
		return r, d, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if r, err = s.draft(ctx, tx, reportID); err != nil {
			return err
		}
		r.Version, r.State, r.Title = version, Frozen, d.Title
		if err := update(ctx, tx, &r); err != nil {
			return err
		}
		me := access.From(ctx)
		f := Final{Stamp: *d.Stamp, Docx: stored.Hash, Size: stored.Size, Account: me.Account, AccountName: me.Name, At: tx.Millis()}
		r.Final = &f
		if f.entry, err = log.Append(ctx, tx, log.Ledger, entryKind, entry{Report: r.ID, Title: r.Title, Scope: r.Scope, Checkpoint: f.Checkpoint,
			Root: f.Root, Program: f.Program, Document: hashOf(kept), Docx: f.Docx, Account: f.Account, Rows: r.digest()}); err != nil {
			return err
		}
		if err := insertFinal(ctx, tx, r.ID, f, string(kept)); err != nil {
			return err
		}
		return access.Log(ctx, tx, access.Event{Action: "report.freeze", Ref: r.Ref(), Version: r.Version,
			Reason: fmt.Sprintf(access.FrozenAt, f.Checkpoint)})
	})
	return r, d, err
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
