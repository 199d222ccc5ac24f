package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/kit/zh"
)

const columns = `id, kind, number, year, serial, state, revision, life, version, verified, base, hash, title, unit, place, day,
	author, author_name, sender, editor, created, updated, submitted, remark, batch`

// Columns are those of a head, for lists that join record under the alias; Scan reads them in this order.
func Columns(alias string) string {
	names := strings.FieldsFunc(columns, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
	return alias + "." + strings.Join(names, ", "+alias+".")
}

// Fields are where Scan puts the columns of a head; a module appends its own.
func (h *Head) Fields() []any {
	return []any{&h.ID, &h.Kind, &h.Number, &h.Year, &h.Serial, &h.State, &h.Revision, &h.Life, &h.Version, &h.Verified, &h.base, &h.Hash,
		&h.Title, &h.Unit, &h.Place, &h.Day, &h.Author, &h.AuthorName, &h.Sender, &h.Editor, &h.Created, &h.Updated, &h.Submitted, &h.Remark, &h.Batch}
}

// Scan reads a head that was selected by Columns.
func Scan(s db.Scanner) (h Head, err error) {
	err = s.Scan(h.Fields()...)
	return h, err
}

func (h Head) row(association string) []any {
	return []any{association, h.ID, h.Kind, h.Number, h.Year, h.Serial, h.State, h.Revision, h.Life, h.Version, h.Verified, h.base, h.Hash,
		h.Title, h.Unit, h.Place, h.Day, h.Author, h.AuthorName, h.Sender, h.Editor, h.Created, h.Updated, h.Submitted, h.Remark, h.Batch}
}

const (
	insertHead    = "INSERT INTO record (association, " + columns + ")"
	insertVersion = "INSERT INTO record_version (association, record, version, body, hash, head, author, author_name, at, reason)"
	insertSearch  = "INSERT INTO record_search (association, record, text)"
	replaceSearch = "ON CONFLICT (association, record) DO UPDATE SET text = excluded.text"
)

func (h Head) versionRow(association, body, head, reason string, actor access.Actor, at int64) []any {
	return []any{association, h.ID, h.Version, body, h.Hash, head, actor.Account, actor.Name, at, reason}
}

// words is the text of the search index: what the module says, and the number in both of its forms.
func (h Head) words() string {
	return zh.SearchColumn(strings.Join([]string{h.Number, h.Short(), h.Title, h.Search}, " "))
}

// read gives the record if the actor sees it.
func read(ctx context.Context, tx *db.Tx, ref id.Ref) (Head, error) {
	where, args, err := visible(ctx, tx, "r", ref.Kind)
	if err != nil {
		return Head{}, err
	}
	return db.One(ctx, tx, Scan, "SELECT "+Columns("r")+" FROM record r WHERE r.association = ? AND r.id = ? AND r.kind = ?"+where,
		append([]any{org.Of(ctx), ref.ID, ref.Kind}, args...)...)
}

// visible is the condition, with a leading AND, that keeps a query on records of a kind ("" for several) to what the actor sees.
func visible(ctx context.Context, tx *db.Tx, alias, kind string) (string, []any, error) {
	sight, err := access.SightIn(ctx, tx, module(kind))
	if err != nil {
		return "", nil, err
	}
	where, args := sight.Where(alias)
	if where != "" {
		where = " AND " + where
	}
	return where, args, nil
}

// finished keeps a query to records whose import is complete, or that of ctx (InImport), the argument.
const finished = " AND (r.batch IN ('', ?) OR NOT EXISTS (SELECT 1 FROM batch b WHERE b.association = r.association AND b.id = r.batch AND b.open))"

type importKey struct{}

// InImport lets what an import writes find the records that it has made already, which nobody else sees before it is complete.
func InImport(ctx context.Context, batch string) context.Context {
	return context.WithValue(ctx, importKey{}, batch)
}

// Importing reports whether an import writes.
func Importing(ctx context.Context) bool { return importOf(ctx) != "" }

func importOf(ctx context.Context) string {
	batch, _ := ctx.Value(importKey{}).(string)
	return batch
}

// Get gives the record. NotFound also when the actor may not see it, or when its import is not complete yet.
func Get(ctx context.Context, tx *db.Tx, ref id.Ref) (Head, error) {
	return one(ctx, tx, ref.Kind, "r.id = ? AND r.kind = ?", ref.ID, ref.Kind)
}

// ByNumber gives the record of a kind by its number, PX-2026-0073. NotFound as with Get.
func ByNumber(ctx context.Context, tx *db.Tx, kind, number string) (Head, error) {
	return one(ctx, tx, kind, "r.kind = ? AND r.number = ?", kind, number)
}

// ByID gives the record of whatever kind. NotFound as with Get.
func ByID(ctx context.Context, tx *db.Tx, record string) (Head, error) {
	h, err := one(ctx, tx, "", "r.id = ?", record)
	if err != nil {
		return h, err
	}
	return Get(ctx, tx, h.Ref()) // now that the kind is known, by what the actor sees of its module
}

func one(ctx context.Context, tx *db.Tx, kind, what string, with ...any) (Head, error) {
	where, args, err := visible(ctx, tx, "r", kind)
	if err != nil {
		return Head{}, err
	}
	with = append(append([]any{org.Of(ctx)}, with...), importOf(ctx))
	return db.One(ctx, tx, Scan, "SELECT "+Columns("r")+" FROM record r WHERE r.association = ? AND "+what+finished+where, append(with, args...)...)
}

// Body reads a version of a record into out. The caller has got the record by Get: whoever sees a record sees its versions.
func Body(ctx context.Context, tx *db.Tx, ref id.Ref, version int, out any) error {
	_, err := HashedBody(ctx, tx, ref, version, out)
	return err
}

// HashedBody is Body with the hash of the body as it stands now, which verification compares with what was posted.
func HashedBody(ctx context.Context, tx *db.Tx, ref id.Ref, version int, out any) (hash string, err error) {
	body, err := db.One(ctx, tx, db.Value[string], "SELECT body FROM record_version WHERE association = ? AND record = ? AND version = ?",
		org.Of(ctx), ref.ID, version)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal([]byte(body), out); err != nil {
		return "", fmt.Errorf("read version %d of %s: %w", version, ref, err)
	}
	return hashOf(body), nil
}

// Version is one saved version of a record. At is in UTC milliseconds.
type Version struct {
	Version            int
	Hash               string
	Author, AuthorName string
	At                 int64
	Reason             string
}

// Versions lists all versions, oldest first. The caller has got the record by Get.
func Versions(ctx context.Context, tx *db.Tx, ref id.Ref) ([]Version, error) {
	return db.All(ctx, tx, func(s db.Scanner) (v Version, err error) {
		err = s.Scan(&v.Version, &v.Hash, &v.Author, &v.AuthorName, &v.At, &v.Reason)
		return v, err
	}, "SELECT version, hash, author, author_name, at, reason FROM record_version WHERE association = ? AND record = ? ORDER BY version",
		org.Of(ctx), ref.ID)
}
