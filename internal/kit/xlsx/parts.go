package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"shilu/internal/kit/errs"
)

const (
	maxSheets  = 256
	maxStyles  = 64_000 // the format's own bound
	maxStrings = 4_000_000
)

// open gives the unpacked part, which ends with an error if it is longer than declared.
func (b *Book) open(f *zip.File) (io.ReadCloser, error) {
	r, err := f.Open()
	if err != nil {
		return nil, broken(err)
	}
	return struct {
		io.Reader
		io.Closer
	}{&bounded{r: r, left: int64(f.UncompressedSize64)}, r}, nil
}

// bounded gives an error instead of more than the declared bytes: archive/zip looks at the size at the end only.
type bounded struct {
	r    io.Reader
	left int64
}

var errLonger = errors.New("part longer than declared")

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errLonger
	}
	return n, err
}

func (b *Book) readAll(f *zip.File) ([]byte, error) {
	if f.UncompressedSize64 > smallPart {
		return nil, broken(fmt.Errorf("%s has %d bytes", f.Name, f.UncompressedSize64))
	}
	r, err := b.open(f)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, broken(err)
	}
	return all, nil
}

// scan calls open for the children of the root element of the part.
func (b *Book) scan(f *zip.File, open func(s *scanner, name string) error) error {
	r, err := b.open(f)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	s := newScanner(r)
	err = s.each(func(string) error {
		return s.each(func(name string) error { return open(s, name) })
	})
	var e *errs.Error
	if err != nil && !errors.As(err, &e) {
		return broken(fmt.Errorf("%s: %w", f.Name, err))
	}
	return err
}

// relation is a line of a .rels part.
type relation struct {
	kind     string // the last word of the type: worksheet, styles …
	target   string // a part
	external bool
}

// relations reads the .rels of the part; a missing one is empty.
func (b *Book) relations(part string) (map[string]relation, error) {
	dir, file := path.Split(part)
	f, ok := b.parts[partName(dir+"_rels/"+file+".rels")]
	rels := map[string]relation{}
	if !ok {
		return rels, nil
	}
	err := b.scan(f, func(s *scanner, name string) error {
		if name == "Relationship" {
			target := strings.ReplaceAll(string(s.attr("Target")), `\`, "/")
			if !strings.HasPrefix(target, "/") {
				target = path.Join(dir, target)
			}
			kind := string(s.attr("Type"))
			rels[string(s.attr("Id"))] = relation{
				kind:     kind[strings.LastIndexByte(kind, '/')+1:],
				target:   partName(path.Clean(target)),
				external: string(s.attr("TargetMode")) == "External",
			}
		}
		return s.skip()
	})
	return rels, err
}

// readParts reads the workbook, its styles and its shared strings.
func (b *Book) readParts() error {
	root := "xl/workbook.xml"
	rels, err := b.relations("")
	if err != nil {
		return err
	}
	for _, r := range rels {
		if r.kind == "officeDocument" {
			root = r.target
		}
	}
	f, ok := b.parts[root]
	if !ok {
		return broken(fmt.Errorf("no part %s", root))
	}
	if rels, err = b.relations(root); err != nil {
		return err
	}
	if err := b.readWorkbook(f, rels); err != nil {
		return err
	}
	if len(b.Sheets) == 0 {
		return errs.E(errs.Invalid, "工作簿里没有工作表，请重新选择文件")
	}
	dir := path.Dir(root)
	for _, part := range []struct {
		kind, file string
		read       func(*zip.File) error
	}{{"styles", "styles.xml", b.readStyles}, {"sharedStrings", "sharedstrings.xml", b.readStrings}} {
		name := path.Join(dir, part.file)
		for _, r := range rels {
			if r.kind == part.kind {
				name = r.target
			}
		}
		if f, ok := b.parts[name]; ok {
			if err := part.read(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Book) readWorkbook(f *zip.File, rels map[string]relation) error {
	return b.scan(f, func(s *scanner, name string) error {
		switch name {
		case "workbookPr":
			b.Date1904 = yes(s.attr("date1904"))
		case "externalReferences":
			return s.each(func(string) error {
				b.External++
				return s.skip()
			})
		case "sheets":
			return s.each(func(name string) error {
				if name == "sheet" {
					if err := b.addSheet(s, rels); err != nil {
						return err
					}
				}
				return s.skip()
			})
		}
		return s.skip()
	})
}

func (b *Book) addSheet(s *scanner, rels map[string]relation) error {
	r, ok := rels[s.related()]
	if ok && r.kind != "worksheet" || r.external {
		return nil // a chart or a dialog
	}
	name := string(s.attr("name"))
	part := b.parts[r.target]
	if part == nil {
		return broken(fmt.Errorf("no part for sheet %q", name))
	}
	if len(b.Sheets) == maxSheets {
		return errs.E(errs.TooLarge, "工作簿里的工作表超过 %d 张，请拆成几个文件再导入", maxSheets)
	}
	state := string(s.attr("state"))
	b.Sheets = append(b.Sheets, &Sheet{Name: strings.ToValidUTF8(name, "�"), Hidden: state == "hidden" || state == "veryHidden",
		VeryHidden: state == "veryHidden", book: b, part: part})
	return nil
}

// readStyles reads the number format of every cell style.
func (b *Book) readStyles(f *zip.File) error {
	codes := map[int]string{}
	formats := map[int]*format{}
	return b.scan(f, func(s *scanner, name string) error {
		switch name {
		case "numFmts":
			return s.each(func(string) error {
				id, _ := strconv.Atoi(string(s.attr("numFmtId")))
				if code := s.attr("formatCode"); len(codes) < maxStyles && len(code) <= 1024 {
					codes[id] = string(code)
				}
				return s.skip()
			})
		case "cellXfs":
			return s.each(func(string) error {
				id, _ := strconv.Atoi(string(s.attr("numFmtId")))
				if formats[id] == nil {
					code, ok := codes[id]
					if !ok {
						code = builtin[id]
					}
					formats[id] = newFormat(code)
				}
				if len(b.styles) < maxStyles {
					b.styles = append(b.styles, formats[id])
				}
				return s.skip()
			})
		}
		return s.skip()
	})
}

func (b *Book) style(n int) *format {
	if n < 0 || n >= len(b.styles) {
		return general
	}
	return b.styles[n]
}

// readStrings reads the shared texts, each once in memory, packed into chunks so that a text kept by a caller keeps little else.
func (b *Book) readStrings(f *zip.File) error {
	const chunk = 64 << 10
	var packed []byte
	var ends []int
	var scratch []byte
	total := int64(0)
	flush := func() {
		all, from := string(packed), 0
		for _, end := range ends {
			b.shared = append(b.shared, all[from:end])
			from = end
		}
		packed, ends = packed[:0], ends[:0]
	}
	err := b.scan(f, func(s *scanner, name string) error {
		if name != "si" {
			return s.skip()
		}
		var err error
		if scratch, err = s.rich(scratch[:0]); err != nil {
			return err
		}
		clean := cleanText(scratch)
		if total += int64(len(clean)); total > b.limits.Strings || len(b.shared)+len(ends) >= maxStrings {
			return errs.E(errs.TooLarge, "工作簿里的文字超过 %d MB，请拆成几个文件再导入", b.limits.Strings>>20)
		}
		packed = append(packed, clean...)
		if ends = append(ends, len(packed)); len(packed) > chunk {
			flush()
		}
		return nil
	})
	flush()
	return err
}

// rich appends the text of the <si> or <is> just opened: its plain text or its runs, without the phonetic ones.
func (s *scanner) rich(b []byte) ([]byte, error) {
	err := s.each(func(name string) error {
		var err error
		switch name {
		case "t":
			b, err = s.inner(b)
			return err
		case "r":
			return s.each(func(name string) error {
				if name != "t" {
					return s.skip()
				}
				b, err = s.inner(b)
				return err
			})
		}
		return s.skip()
	})
	if len(b) > maxToken {
		return b, fmt.Errorf("%w: a text over %d bytes", errMarkup, maxToken)
	}
	return b, err
}

// cleanText makes the text valid UTF-8, with plain newlines and without the _x000D_ escapes of the format (ECMA-376 part 1, 22.9.2.19).
func cleanText(b []byte) []byte {
	if bytes.Contains(b, []byte("_x")) {
		b = unescapeX(b)
	}
	if bytes.IndexByte(b, '\r') >= 0 {
		b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	return bytes.ToValidUTF8(b, []byte("�"))
}

func unescapeX(b []byte) []byte {
	var out []byte
	for {
		i := bytes.Index(b, []byte("_x"))
		if i < 0 {
			return append(out, b...)
		}
		if i+7 <= len(b) && b[i+6] == '_' {
			if n, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 16); err == nil {
				out = append(out, b[:i]...)
				if n >= 0x20 || n == '\n' || n == '\t' || n == '\r' {
					out = append(out, string(rune(n))...)
				}
				b = b[i+7:]
				continue
			}
		}
		out = append(out, b[:i+2]...)
		b = b[i+2:]
	}
}

func yes(b []byte) bool { return string(b) == "1" || string(b) == "true" || string(b) == "on" }
