package backup

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

// Write writes a backup of the place to w. About fills what the manifest says of the program: Program and Key.
func Write(ctx context.Context, from Place, about Manifest, w io.Writer) (Manifest, error) {
	m := about
	m.Format, m.Engine = Format, string(from.DB.Dialect)
	var err error
	if m.Schema, err = from.DB.Applied(ctx, from.Sources...); err != nil {
		return m, err
	}
	tables, err := from.DB.Tables(ctx)
	if err != nil {
		return m, err
	}
	out := writing{Place: from, zip: zip.NewWriter(w)}
	if err := from.DB.View(ctx, func(tx *db.Tx) error {
		m.Made = tx.Now.UTC().Truncate(time.Second)
		for _, name := range tables {
			if from.Skips(name) {
				continue
			}
			t, err := out.table(ctx, tx, name)
			if err != nil {
				return fmt.Errorf("back up %s: %w", name, err)
			}
			m.Tables = append(m.Tables, t)
		}
		// Files are never changed and never go before the rows that name them, so they can be read in the same snapshot.
		return out.files(ctx, tx, &m)
	}); err != nil {
		return m, err
	}
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, fmt.Errorf("write the manifest: %w", err)
	}
	entry, err := out.zip.Create(manifestName)
	if err == nil {
		_, err = entry.Write(body)
	}
	if err == nil {
		err = out.zip.Close()
	}
	if err != nil {
		return m, fmt.Errorf("write the manifest: %w", err)
	}
	return m, nil
}

type writing struct {
	Place
	zip  *zip.Writer
	done Progress
}

func (w *writing) tell() {
	if w.Progress != nil {
		w.Progress(w.done)
	}
}

func (w *writing) table(ctx context.Context, tx *db.Tx, name string) (Table, error) {
	t := Table{Name: name}
	all, err := columns(ctx, tx, name)
	if err != nil {
		return t, err
	}
	entry, err := w.zip.Create(tablesDir + name + ".jsonl")
	if err != nil {
		return t, fmt.Errorf("begin the entry: %w", err)
	}
	sum := sha256.New()
	to := io.MultiWriter(entry, sum)
	names := make([]any, len(all))
	quoted := make([]string, len(all))
	for i, c := range all {
		names[i], quoted[i] = c.name, `"`+c.name+`"`
	}
	if err := put(to, names); err != nil {
		return t, err
	}
	rows, err := tx.Query(ctx, "SELECT "+strings.Join(quoted, ", ")+` FROM "`+name+`"`)
	if err != nil {
		return t, err
	}
	defer func() { _ = rows.Close() }()
	row, into := make([]any, len(all)), make([]any, len(all))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return t, fmt.Errorf("read a row: %w", err)
		}
		for i, c := range all {
			if row[i], err = plain(c, row[i]); err != nil {
				return t, err
			}
		}
		if err := put(to, row); err != nil {
			return t, err
		}
		t.Rows++
		if w.done.Rows++; w.done.Rows%5000 == 0 {
			w.tell()
		}
	}
	t.SHA256 = sumOf(sum)
	return t, rows.Err()
}

func put(to io.Writer, row []any) error {
	line, err := encode(row)
	if err == nil {
		_, err = to.Write(line)
	}
	if err != nil {
		return fmt.Errorf("write a row: %w", err)
	}
	return nil
}

func sumOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// plain is a value of a column as JSON keeps it without loss.
func plain(c column, v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []byte:
		return plain(c, string(v))
	case string:
		if c.kind == text && utf8.ValidString(v) {
			return v, nil
		}
	case int64:
		switch c.kind {
		case boolean:
			return v != 0, nil
		case integer:
			return v, nil
		}
	case bool:
		if c.kind == boolean {
			return v, nil
		}
	}
	return nil, fmt.Errorf("column %s (%s) holds %T, which it cannot", c.name, c.kind, v)
}

// files writes each file that a row names, once.
func (w *writing) files(ctx context.Context, tx *db.Tx, m *Manifest) error {
	rows, err := tx.Query(ctx, strings.Join(w.Named, " UNION ")+" ORDER BY 1, 2")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var space, hash string
		if err := rows.Scan(&space, &hash); err != nil {
			return fmt.Errorf("read the name of a file: %w", err)
		}
		if hash == "" {
			continue
		}
		n, whole, err := w.file(ctx, space, hash, m.Made)
		if errs.Is(err, errs.NotFound) {
			m.Missing = append(m.Missing, hash)
			continue
		}
		if err != nil {
			return fmt.Errorf("back up the file %s: %w", hash, err)
		}
		if !whole {
			m.Damaged = append(m.Damaged, hash)
			continue
		}
		m.Files, m.Bytes = m.Files+1, m.Bytes+n
		if w.done.Files++; w.done.Files%50 == 0 {
			w.tell()
		}
	}
	return rows.Err()
}

// file writes one file and reports whether it is what its name says.
func (w *writing) file(ctx context.Context, space, hash string, made time.Time) (n int64, whole bool, err error) {
	f, err := w.Files.Open(ctx, space, hash)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = f.Close() }()
	// Papers are pictures and workbooks: compressed already.
	entry, err := w.zip.CreateHeader(&zip.FileHeader{Name: filesDir + space + "/" + hash, Method: zip.Store, Modified: made})
	if err != nil {
		return 0, false, fmt.Errorf("begin the entry: %w", err)
	}
	sum := sha256.New()
	if n, err = io.Copy(io.MultiWriter(entry, sum), f); err != nil {
		return n, false, fmt.Errorf("copy: %w", err)
	}
	return n, sumOf(sum) == hash, nil
}
