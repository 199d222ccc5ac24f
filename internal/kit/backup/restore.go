package backup

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// largestFile is more than any file that Shilu takes; a stored length beyond it is not believed.
const largestFile = 4 << 30

// Backup is an opened backup.
type Backup struct {
	Manifest
	zip *zip.ReadCloser
}

// Open opens a backup and reads its manifest. Invalid when the file is none, or one that a newer program wrote.
func Open(path string) (*Backup, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, errs.E(errs.Invalid, "%s 不是完整的备份文件，请换一份", path).Because(err)
	}
	b := &Backup{zip: z}
	err = b.read(manifestName, func(r io.Reader) error {
		return json.NewDecoder(io.LimitReader(r, longestLine)).Decode(&b.Manifest)
	})
	switch {
	case err != nil:
		err = errs.E(errs.Invalid, "%s 里没有备份清单，不是实录的备份", path).Because(err)
	case b.Format > Format:
		err = errs.E(errs.Conflict, "这份备份是更新的程序（%s）写的，请换用新版程序恢复", b.Program)
	}
	if err != nil {
		_ = z.Close()
		return nil, err
	}
	return b, nil
}

// Close closes the file.
func (b *Backup) Close() error { return b.zip.Close() }

func (b *Backup) read(name string, fn func(io.Reader) error) error {
	f, err := b.zip.Open(name)
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { _ = f.Close() }()
	return fn(f)
}

// Restore reads the backup into a place that must be empty; it makes the schema. Either all rows are in or none. Conflict when the
// place holds something, or the backup needs a newer program.
func (b *Backup) Restore(ctx context.Context, to Place) error {
	if err := to.empty(ctx); err != nil {
		return err
	}
	if err := to.DB.MigrateTo(ctx, b.Schema, to.Sources...); err != nil {
		return err
	}
	r := reading{Backup: b, to: to, done: Progress{OfRows: b.Rows(), OfFiles: b.Files}}
	if err := r.files(ctx); err != nil {
		return err
	}
	if err := to.DB.Update(ctx, func(tx *db.Tx) error {
		r.done.Rows = 0
		for _, t := range b.Tables {
			if err := r.table(ctx, tx, t); err != nil {
				return fmt.Errorf("restore %s: %w", t.Name, err)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return to.DB.Migrate(ctx, to.Sources...)
}

// empty refuses a place that holds anything.
func (p Place) empty(ctx context.Context) error {
	tables, err := p.DB.Tables(ctx)
	if err != nil {
		return err
	}
	return p.DB.View(ctx, func(tx *db.Tx) error {
		holds := ""
		for _, t := range tables {
			if holds != "" || p.Skips(t) {
				continue
			}
			n, err := db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM (SELECT 1 FROM "`+t+`" LIMIT 1) AS found`)
			if err != nil {
				return err
			}
			if n > 0 {
				holds = t
			}
		}
		if holds == "" {
			return nil
		}
		var known []lang.Sentence
		for _, c := range p.Called {
			if !slices.Contains(tables, c.Table) {
				continue
			}
			n, err := db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM "`+c.Table+`"`)
			if err != nil {
				return err
			}
			if n > 0 {
				known = append(known, c.Says(n))
			}
		}
		says := lang.Join("%s，%s", known...)
		if len(known) == 0 {
			says = lang.Say("%s", holds)
		}
		return errs.E(errs.Conflict, "目标库里已经有数据（%s），只能恢复到空的库，没有改动任何内容", says)
	})
}

type reading struct {
	*Backup
	to   Place
	done Progress
}

func (r *reading) tell() {
	if r.to.Progress != nil {
		r.to.Progress(r.done)
	}
}

// files puts the files where they belong; each must be what its name says.
func (r *reading) files(ctx context.Context) error {
	found := 0
	for _, entry := range r.zip.File {
		name, ok := strings.CutPrefix(entry.Name, filesDir)
		if !ok {
			continue
		}
		space, hash, ok := strings.Cut(name, "/")
		if !ok {
			return errs.E(errs.Invalid, "备份里的文件名 %s 看不懂，备份已损坏", entry.Name)
		}
		if slices.Contains(r.Damaged, hash) {
			continue
		}
		if err := r.read(entry.Name, func(body io.Reader) error {
			kept, err := r.to.Files.Put(ctx, space, body, largestFile)
			if err == nil && kept.Hash != hash {
				err = errs.E(errs.Invalid, "备份里的文件 %s 内容不符，备份已损坏，请换一份", hash)
			}
			return err
		}); err != nil {
			return damaged(entry.Name, err)
		}
		found++
		r.done.Files = found
		r.tell()
	}
	if found != r.Files {
		return errs.E(errs.Invalid, "备份里应有 %d 个文件，只有 %d 个，备份已损坏，请换一份", r.Files, found)
	}
	return nil
}

// damaged says so of an entry that cannot be read.
func damaged(entry string, err error) error {
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errs.E(errs.Invalid, "备份里的 %s 读不完整，备份已损坏，请换一份", entry).Because(err)
	}
	return err
}

const together = 500 // rows inserted at once

func (r *reading) table(ctx context.Context, tx *db.Tx, t Table) error {
	all, err := columns(ctx, tx, t.Name)
	if err != nil {
		return err
	}
	entry := tablesDir + t.Name + ".jsonl"
	return damaged(entry, r.read(entry, func(body io.Reader) error {
		sum := sha256.New()
		lines := bufio.NewReaderSize(io.TeeReader(body, sum), 1<<20)
		var names []string
		first, err := readLine(lines)
		if err == nil {
			err = json.Unmarshal(first, &names)
		}
		if err != nil {
			return errs.E(errs.Invalid, "备份里表 %s 的列名看不懂，备份已损坏，请换一份", t.Name).Because(err)
		}
		kinds := make([]kind, len(names))
		for i, name := range names {
			at := slices.IndexFunc(all, func(c column) bool { return c.name == name })
			if at < 0 {
				return errs.E(errs.Conflict, "表 %s 没有备份里的列 %s", t.Name, name)
			}
			kinds[i] = all[at].kind
		}
		head := `INSERT INTO "` + t.Name + `" ("` + strings.Join(names, `", "`) + `")`
		var rows [][]any
		flush := func() error {
			if len(rows) == 0 {
				return nil
			}
			_, err := tx.Insert(ctx, head, "", rows...)
			rows = rows[:0]
			r.tell()
			return err
		}
		var count int64
		for {
			line, err := readLine(lines)
			if errors.Is(err, io.EOF) {
				break
			}
			var row []any
			if err == nil {
				row, err = decode(line, kinds)
			}
			if err != nil {
				return errs.E(errs.Invalid, "备份里表 %s 的第 %d 行看不懂，备份已损坏，请换一份", t.Name, count+1).Because(err)
			}
			rows = append(rows, row)
			count++
			r.done.Rows++
			if len(rows) == together {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
		if count != t.Rows || sumOf(sum) != t.SHA256 {
			return errs.E(errs.Invalid, "备份里表 %s 的内容与清单不符，备份已损坏，请换一份", t.Name)
		}
		return nil
	}))
}

// longestLine is more than any row or manifest takes: a record's body is bounded by the forms and imports that make it.
const longestLine = 64 << 20

// readLine reads up to the next end of line. EOF at the end of the text.
func readLine(r *bufio.Reader) (line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > longestLine:
			return nil, fmt.Errorf("a line of more than %d bytes", longestLine)
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return line, err
		}
	}
}

// decode reads a line as values for columns of those kinds.
func decode(line []byte, kinds []kind) ([]any, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var row []any
	if err := d.Decode(&row); err != nil {
		return nil, fmt.Errorf("read a row: %w", err)
	}
	if len(row) != len(kinds) {
		return nil, fmt.Errorf("%d values for %d columns", len(row), len(kinds))
	}
	for i, v := range row {
		ok := v == nil
		switch v := v.(type) {
		case string:
			ok = kinds[i] == text
		case bool:
			ok = kinds[i] == boolean
		case json.Number:
			n, err := v.Int64()
			row[i], ok = n, err == nil && kinds[i] == integer
		}
		if !ok {
			return nil, fmt.Errorf("value %d is no %s", i+1, kinds[i])
		}
	}
	return row, nil
}
