package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/blob"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
)

// proofEntry is the kind of the log's entries by which a proof is settled.
const proofEntry = "proof"

// settled is what such an entry says: what the record lacks, and the digest of every paper that it ever had.
type settled struct {
	Record  string            `json:"record"`
	Kind    string            `json:"kind"`
	Missing string            `json:"missing"`
	Papers  map[string]string `json:"papers,omitempty"`
}

// whole is a paper with everything that its rows in evidence and file say.
type whole struct {
	Paper
	by    string // account that added it
	added int64  // when the file came first
	known bool   // there is a row in file
}

const wholeColumns = `e.id, e.record, e.kind, e.hash, e.link, e.name, e.note, e.sheet, e.line, e.added, e.added_by, e.added_name, e.removed, e.removed_name,
	e.removed_why, COALESCE(f.size, 0), COALESCE(f.type, ''), COALESCE(f.width, 0), COALESCE(f.height, 0), COALESCE(f.added, 0), f.hash IS NOT NULL
	FROM evidence e LEFT JOIN file f ON f.association = e.association AND f.hash = e.hash`

func scanWhole(s db.Scanner) (p whole, err error) {
	err = s.Scan(&p.ID, &p.Record, &p.Kind, &p.File.Hash, &p.Link, &p.Name, &p.Note, &p.Sheet, &p.Line, &p.Added, &p.by, &p.AddedBy, &p.Removed, &p.RemoveBy,
		&p.Why, &p.File.Size, &p.File.Type, &p.File.Width, &p.File.Height, &p.added, &p.known)
	return p, err
}

// digest is the first 16 bytes of the sha256 of the row in evidence, then those of the row in file ("" for a link), in hex with a
// point between. The rows are hashed as JSON lists of their columns without the association.
func (p whole) digest() string {
	paper := jsonList(p.ID, p.Record, string(p.Kind), p.File.Hash, p.Link, p.Name, p.Note, p.Sheet, p.Line, p.Added, p.by, p.AddedBy, p.Removed, p.RemoveBy, p.Why)
	if !p.known {
		return short(paper) + "."
	}
	return short(paper) + "." + short(jsonList(p.File.Hash, p.File.Size, p.File.Type, p.File.Width, p.File.Height, p.added))
}

func short(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func jsonList(values ...any) []byte {
	b := []byte{'['}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := v.(type) {
		case string:
			b = log.AppendText(b, v)
		case int:
			b = strconv.AppendInt(b, int64(v), 10)
		case int64:
			b = strconv.AppendInt(b, v, 10)
		default:
			panic(fmt.Sprintf("evidence: %T has no form in a digest", v))
		}
	}
	return append(b, ']')
}

// papersHash is the value of proof.papers.
func papersHash(papers map[string]string) string {
	if len(papers) == 0 {
		return ""
	}
	lines := make([]string, 0, len(papers))
	for id, digest := range papers {
		lines = append(lines, id+" "+digest)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

// Verify compares papers, their files and what records lack with the log, and reads every file to see that it still is what its
// name says. Each row that differs is reported.
func Verify(ctx context.Context, tx *db.Tx, files *blob.Store, report log.Report) error {
	latest, err := latestEntries(ctx, tx)
	if err != nil {
		return err
	}
	if err := verifyProofs(ctx, tx, latest, report); err != nil {
		return err
	}
	if err := verifyPapers(ctx, tx, latest, report); err != nil {
		return err
	}
	return verifyFiles(ctx, tx, files, report)
}

// latestEntries is the last entry of each record. One that cannot be read says nothing: the log reports it.
func latestEntries(ctx context.Context, tx *db.Tx) (map[string]settled, error) {
	rows, err := tx.Query(ctx, "SELECT body FROM log_entry WHERE association = ? AND log = ? AND kind = ? ORDER BY id", org.Of(ctx), log.Ledger, proofEntry)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	latest := make(map[string]settled)
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		var e settled
		_ = json.Unmarshal([]byte(body), &e)
		latest[e.Record] = e
	}
	return latest, rows.Err()
}

func verifyProofs(ctx context.Context, tx *db.Tx, latest map[string]settled, report log.Report) error {
	type proof struct{ record, missing, papers string }
	all, err := db.All(ctx, tx, func(s db.Scanner) (p proof, err error) {
		err = s.Scan(&p.record, &p.missing, &p.papers)
		return p, err
	}, "SELECT record, missing, papers FROM proof WHERE association = ? ORDER BY record", org.Of(ctx))
	if err != nil {
		return err
	}
	seen := make(map[string]bool, len(all))
	for _, p := range all {
		seen[p.record] = true
		if e, ok := latest[p.record]; !ok || e.Missing != p.missing || papersHash(e.Papers) != p.papers {
			report(log.Difference{Table: "proof", Row: p.record, Ref: id.Ref{ID: p.record}, Text: "缺「%s」、佐证 %s，日志里是缺「%s」、佐证 %s",
				Args: []any{p.missing, p.papers, e.Missing, papersHash(e.Papers)}})
		}
	}
	for record, e := range latest {
		if !seen[record] {
			report(log.Difference{Table: "proof", Row: record, Ref: id.Ref{ID: record}, Text: "日志里缺「%s」，表里没有这一行", Args: []any{e.Missing}})
		}
	}
	return nil
}

func verifyPapers(ctx context.Context, tx *db.Tx, latest map[string]settled, report log.Report) error {
	rows, err := tx.Query(ctx, "SELECT "+wholeColumns+" WHERE e.association = ? ORDER BY e.id", org.Of(ctx))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	left := make(map[string]string)
	for record, e := range latest {
		for paper := range e.Papers {
			left[paper] = record
		}
	}
	odd := make(map[string]bool) // files that are reported already
	for rows.Next() {
		p, err := scanWhole(rows)
		if err != nil {
			return err
		}
		want, ok := latest[p.Record].Papers[p.ID]
		of, anywhere := left[p.ID] // under another record the row was moved, which is one fault, not two
		if !anywhere {
			of = p.Record
		}
		delete(left, p.ID)
		paper, file, _ := strings.Cut(want, ".")
		have, haveFile, _ := strings.Cut(p.digest(), ".")
		switch {
		case !ok && !anywhere:
			report(log.Difference{Table: "evidence", Row: p.ID, Ref: id.Ref{ID: of}, Text: "这份佐证（%s）不在日志里", Args: []any{p.Name}})
		case paper != have:
			report(log.Difference{Table: "evidence", Row: p.ID, Ref: id.Ref{ID: of}, Text: "这份佐证（%s）和日志里的不同", Args: []any{p.Name}})
		case file != haveFile && !odd[p.File.Hash]:
			odd[p.File.Hash] = true
			report(log.Difference{Table: "file", Row: p.File.Hash, Ref: id.Ref{ID: of}, Text: "文件的大小、类型或尺寸和日志里的不同（佐证 %s）", Args: []any{p.Name}})
		}
	}
	for paper, record := range left {
		report(log.Difference{Table: "evidence", Row: paper, Ref: id.Ref{ID: record}, Text: "日志里有这份佐证，表里没有了"})
	}
	return rows.Err()
}

func verifyFiles(ctx context.Context, tx *db.Tx, files *blob.Store, report log.Report) error {
	type row struct {
		hash         string
		used         int64
		name, number string // of a paper that stands on it and of a record that has it
	}
	all, err := db.All(ctx, tx, func(s db.Scanner) (r row, err error) {
		err = s.Scan(&r.hash, &r.used, &r.name, &r.number)
		return r, err
	}, `SELECT f.hash, COUNT(e.id), COALESCE(MIN(e.name), ''), COALESCE(MIN(r.number), '') FROM file f
		LEFT JOIN evidence e ON e.association = f.association AND e.hash = f.hash LEFT JOIN record r ON r.association = e.association AND r.id = e.record
		WHERE f.association = ? GROUP BY f.hash ORDER BY f.hash`, org.Of(ctx))
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.used == 0 {
			report(log.Difference{Table: "file", Row: r.hash, Text: "没有佐证用这个文件"})
		}
		same, err := files.Check(ctx, org.Of(ctx), r.hash)
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("read the files: %w", ctx.Err())
		}
		if err != nil || !same {
			report(log.Difference{Table: "file", Row: r.hash, Text: "磁盘上的文件不在了，或者内容变了，请从备份恢复（%s 的佐证「%s」，这个文件共 %d 份佐证在用）",
				Args: []any{r.number, r.name, r.used}})
		}
	}
	return nil
}
