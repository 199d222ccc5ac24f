package report

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/id"
)

//go:embed migrations
var migrations embed.FS

// Migrations are the tables of this package. They need those of core/log and core/access.
var Migrations = db.MustSource("report", migrations)

// Kind is the kind of reports in references and in the history.
const Kind = "report"

// State is where a stored report stands.
type State string

// The states: the figures of a draft are alive, those of a frozen one stand for ever.
const (
	Draft  State = "draft"
	Frozen State = "frozen"
)

// Stored is a report that is kept. In a list Text is "" where the codes of its figures are known.
type Stored struct {
	ID, Outline, Text, Title string
	Scope                    string // as an address writes it, without a checkpoint
	Unit, Place              string // ids
	Period                   day.Period
	State                    State
	Version                  int
	Author, AuthorName       string
	Created, Updated         int64 // UTC milliseconds
	Final                    *Final
	codes                    string // column asks
}

// Final is what a frozen report keeps, beside its document. At is in UTC milliseconds.
type Final struct {
	Stamp
	Docx                 string // name of the Word file among the files
	Size                 int64
	Account, AccountName string
	At                   int64
	entry                string // of the log
}

// Ref names the report.
func (r Stored) Ref() id.Ref { return id.Ref{Kind: Kind, ID: r.ID} }

const columns = `r.id, r.outline, r.body, r.title, r.scope, r.unit, r.place, r.period_from, r.period_to, r.state, r.version, r.author, r.author_name,
	r.created, r.updated, COALESCE(f.checkpoint, 0), COALESCE(f.root, ''), COALESCE(f.program, ''), COALESCE(f.docx, ''), COALESCE(f.size, 0),
	COALESCE(f.entry, ''), COALESCE(f.account, ''), COALESCE(f.account_name, ''), COALESCE(f.at, 0), r.asks`

// listed are the columns without the bodies, which may be long; that of a report whose codes are not known is needed.
var listed = strings.Replace(columns, "r.body", "CASE WHEN r.asks = '' THEN r.body ELSE '' END", 1)

const from = " FROM report r LEFT JOIN report_frozen f ON f.association = r.association AND f.report = r.id WHERE r.association = ?"

func scan(s db.Scanner) (r Stored, err error) {
	var f Final
	err = s.Scan(&r.ID, &r.Outline, &r.Text, &r.Title, &r.Scope, &r.Unit, &r.Place, &r.Period.From, &r.Period.To, &r.State, &r.Version, &r.Author,
		&r.AuthorName, &r.Created, &r.Updated, &f.Checkpoint, &f.Root, &f.Program, &f.Docx, &f.Size, &f.entry, &f.Account, &f.AccountName, &f.At, &r.codes)
	if f.entry != "" {
		r.Final = &f
	}
	return r, err
}

func get(ctx context.Context, tx *db.Tx, reportID string) (Stored, error) {
	r, err := db.One(ctx, tx, scan, "SELECT "+columns+from+" AND r.id = ?", org.Of(ctx), reportID)
	if errs.Is(err, errs.NotFound) {
		err = errs.E(errs.NotFound, "没有这份报告，或者你看不到它")
	}
	return r, err
}

// list reads all reports, the one changed last first, without their texts where these are not needed. They are as many as people have
// written, a few dozen a year.
func list(ctx context.Context, tx *db.Tx) ([]Stored, error) { return listOf(ctx, tx, listed) }

func listOf(ctx context.Context, tx *db.Tx, columns string) ([]Stored, error) {
	return db.All(ctx, tx, scan, "SELECT "+columns+from+" ORDER BY r.updated DESC, r.id DESC", org.Of(ctx))
}

func insert(ctx context.Context, tx *db.Tx, r Stored) error {
	_, err := tx.Exec(ctx, `INSERT INTO report (association, id, outline, body, title, scope, unit, place, period_from, period_to, state, version,
		author, author_name, created, updated, asks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, org.Of(ctx), r.ID, r.Outline, r.Text, r.Title,
		r.Scope, r.Unit, r.Place, r.Period.From, r.Period.To, r.State, r.Version, r.Author, r.AuthorName, r.Created, r.Updated, r.codes)
	return err
}

// update writes a draft over the version that was read, so that a second writer gets a conflict.
func update(ctx context.Context, tx *db.Tx, r *Stored) error {
	n, err := tx.Exec(ctx, `UPDATE report SET body = ?, title = ?, scope = ?, unit = ?, place = ?, period_from = ?, period_to = ?, state = ?,
		version = version + 1, updated = ?, asks = ? WHERE association = ? AND id = ? AND version = ? AND state = ?`, r.Text, r.Title, r.Scope, r.Unit, r.Place,
		r.Period.From, r.Period.To, r.State, tx.Millis(), r.codes, org.Of(ctx), r.ID, r.Version, Draft)
	if err == nil && n == 0 {
		return conflict(ctx, tx, r.ID)
	}
	r.Version++
	r.Updated = tx.Millis()
	return err
}

// fillOld keeps the codes of the reports that were written before they were kept. One whose text cannot be read any more stays as it is.
func fillOld(ctx context.Context, tx *db.Tx) error {
	old, err := db.All(ctx, tx, scan, "SELECT "+columns+from+" AND r.asks = ''", org.Of(ctx))
	if err != nil {
		return err
	}
	for _, r := range old {
		o, err := ParseOutline(r.Outline, r.Text)
		if err != nil {
			continue
		}
		if _, err := tx.Exec(ctx, "UPDATE report SET asks = ? WHERE association = ? AND id = ?", codesOf(o), org.Of(ctx), r.ID); err != nil {
			return err
		}
	}
	return nil
}

// conflict says why a draft is not what it was when it was read.
func conflict(ctx context.Context, tx *db.Tx, reportID string) error {
	now, err := get(ctx, tx, reportID)
	switch {
	case err != nil:
		return err
	case now.State == Frozen:
		return errs.E(errs.Conflict, "这份报告已经定稿，不能再改。要改数字请更正业务记录，要改文字请另起一份")
	}
	return errs.E(errs.Conflict, "这份报告刚被别人改过，请重新打开，照新的再改")
}

func remove(ctx context.Context, tx *db.Tx, reportID string, version int) error {
	n, err := tx.Exec(ctx, "DELETE FROM report WHERE association = ? AND id = ? AND version = ? AND state = ?", org.Of(ctx), reportID, version, Draft)
	if err == nil && n == 0 {
		return conflict(ctx, tx, reportID)
	}
	return err
}

func insertFinal(ctx context.Context, tx *db.Tx, reportID string, f Final, document string) error {
	_, err := tx.Exec(ctx, `INSERT INTO report_frozen (association, report, checkpoint, root, program, document, docx, size, entry, account,
		account_name, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, org.Of(ctx), reportID, f.Checkpoint, f.Root, f.Program, document, f.Docx, f.Size,
		f.entry, f.Account, f.AccountName, f.At)
	return err
}

// document reads what a frozen report prints, as text and as it was computed.
func document(ctx context.Context, tx *db.Tx, reportID string) (text string, d Document, err error) {
	text, err = db.One(ctx, tx, db.Value[string], "SELECT document FROM report_frozen WHERE association = ? AND report = ?", org.Of(ctx), reportID)
	if err != nil {
		return text, d, err
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return text, d, fmt.Errorf("read the frozen report %s: %w", reportID, err)
	}
	return text, d, nil
}
