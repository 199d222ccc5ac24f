// Package xlsx reads and writes the tables that offices keep: workbooks (.xlsx) and csv.
//
// Reading is made for files of unknown origin. What a file is follows from its bytes, never from its name; sizes are
// checked before anything is unpacked; rows are streamed, so memory does not grow with the sheet. Cells come with what
// their style says (a serial number with a date format is a day) and with the cached results of formulas.
package xlsx

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"shilu/internal/kit/errs"
)

// Limits bound what is read; a zero field is the default. Sizes are in bytes.
type Limits struct {
	File     int64 // size of the file: 64 MB
	Unpacked int64 // sum of the parts, unpacked: 512 MB
	Ratio    int64 // unpacked to packed size of one part over 8 MB: 150
	Entries  int   // parts in the file: 2,000
	Strings  int64 // shared texts of a workbook: 96 MB
	Rows     int   // highest row of a sheet that holds something: 200,000
	Columns  int   // highest column that holds something: 300
}

// smallPart is the size up to which a part may be packed at any ratio: empty forms pack well.
const smallPart = 8 << 20

func (l Limits) orDefault() Limits {
	or := func(n *int64, d int64) {
		if *n <= 0 {
			*n = d
		}
	}
	or(&l.File, 64<<20)
	or(&l.Unpacked, 512<<20)
	or(&l.Ratio, 150)
	or(&l.Strings, 96<<20)
	if l.Entries <= 0 {
		l.Entries = 2000
	}
	if l.Rows <= 0 {
		l.Rows = 200_000
	}
	if l.Columns <= 0 {
		l.Columns = 300
	}
	return l
}

// Format says what kind of file a book was read from.
type Format string

// The formats.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv"
)

// Book is an open file. Its sheets may be read several times; Close it afterwards.
type Book struct {
	Name     string // as given to Read, or the base name of the path
	Format   Format
	Date1904 bool // serial numbers count from 1904; days of cells already honour it
	External int  // links to other files; their cached values are read
	Sheets   []*Sheet

	limits Limits
	parts  map[string]*zip.File
	shared []string
	styles []*format
	close  io.Closer
}

// Sheet is a table of a book.
type Sheet struct {
	Name       string
	Hidden     bool // not shown; VeryHidden cannot be shown from the menu either
	VeryHidden bool

	book   *Book
	part   *zip.File
	csv    *csvText
	known  bool // merges and extent come from a complete pass
	merges []Merge
	rows   int
	cols   int
}

// ErrStop ends Rows and Filled early, without an error.
var ErrStop = errors.New("stop reading rows")

// Open opens the file. Errors of kind Invalid and TooLarge are sentences for the person who chose it.
func Open(path string, limits Limits) (*Book, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open workbook: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		var b *Book
		if b, err = Read(f, info.Size(), filepath.Base(path), limits); err == nil {
			b.close = f
			return b, nil
		}
	}
	_ = f.Close() // only read
	return nil, err
}

// Read opens the size bytes of r, which must stay readable until Close. The name is only shown. Errors as for Open.
func Read(r io.ReaderAt, size int64, name string, limits Limits) (*Book, error) {
	b := &Book{Name: name, limits: limits.orDefault()}
	if size > b.limits.File {
		return nil, errs.E(errs.TooLarge, "文件有 %d MB，最大 %d MB，请拆成几个文件再导入", (size+1<<20-1)>>20, b.limits.File>>20)
	}
	what, err := sniff(r, size)
	if err != nil {
		return nil, err
	}
	if what == CSV {
		err = b.openCSV(r, size)
	} else {
		err = b.openZip(r, size)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Close releases the file that Open opened.
func (b *Book) Close() error {
	if b.close == nil {
		return nil
	}
	return b.close.Close()
}

// Sheet gives the sheet of the name; nil if there is none.
func (b *Book) Sheet(name string) *Sheet {
	for _, s := range b.Sheets {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Rows calls each with the rows that hold something, from the top. Rows keep their own cells: they may be kept.
// An error of each ends the reading and is returned; ErrStop ends it without error. A broken sheet is an Invalid error.
func (s *Sheet) Rows(each func(Row) error) error {
	err := s.pass(each)
	if errors.Is(err, ErrStop) {
		return nil
	}
	return err
}

func (s *Sheet) pass(each func(Row) error) error {
	p := &pass{sheet: s, each: each}
	var err error
	if s.csv != nil {
		err = s.csv.rows(p)
	} else {
		err = p.xml()
	}
	if err == nil && !s.known {
		s.known, s.merges, s.rows, s.cols = true, p.merges, p.rows, p.cols
	}
	return err
}

// Size is the highest row and column that hold something. It reads the sheet once unless that was done.
func (s *Sheet) Size() (rows, columns int, err error) {
	if err := s.learn(); err != nil {
		return 0, 0, err
	}
	return s.rows, s.cols, nil
}

// Merges are the merged ranges, from the top. It reads the sheet once unless that was done.
func (s *Sheet) Merges() ([]Merge, error) {
	if err := s.learn(); err != nil {
		return nil, err
	}
	return slices.Clone(s.merges), nil
}

func (s *Sheet) learn() error {
	if s.known {
		return nil
	}
	return s.pass(func(Row) error { return nil })
}

// openZip checks the sizes that the file declares, tells workbooks from other packages, and reads all but the sheets.
func (b *Book) openZip(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return broken(err)
	}
	if len(z.File) > b.limits.Entries {
		return errs.E(errs.TooLarge, "文件里有 %d 个部件，最多 %d 个，请把表格另存为新的 xlsx 再导入", len(z.File), b.limits.Entries)
	}
	b.parts = make(map[string]*zip.File, len(z.File))
	total := uint64(0)
	for _, f := range z.File {
		n := f.UncompressedSize64
		if total += min(n, 1<<50); total > uint64(b.limits.Unpacked) {
			return errs.E(errs.TooLarge, "文件解压后超过 %d MB，请删去空行和图片、拆成几个文件再导入", b.limits.Unpacked>>20)
		}
		if n > smallPart && n/uint64(b.limits.Ratio) > max(f.CompressedSize64, 1) {
			return errs.E(errs.TooLarge, "文件压缩得过密（%d 倍），不像办公表格，请把表格另存为新的 xlsx 再导入", n/max(f.CompressedSize64, 1))
		}
		name := partName(f.Name)
		if _, twice := b.parts[name]; twice {
			return broken(fmt.Errorf("part %s twice", name))
		}
		b.parts[name] = f
	}
	if err := b.refuse(); err != nil {
		return err
	}
	b.Format = XLSX
	return b.readParts()
}

// partName makes names comparable: some programs write backslashes, a leading slash, or other cases.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

const brokenText = "文件已损坏，打不开。请在 WPS 里打开它、另存为 xlsx 再导入"

// broken is the sentence for a workbook that cannot be read.
func broken(cause error) error {
	return errs.E(errs.Invalid, brokenText).Because(cause)
}
