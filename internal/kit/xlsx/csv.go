package xlsx

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"shilu/internal/kit/errs"
)

// maxField is as much as a cell of a workbook holds, in characters; a longer one is a quote that never ends.
const maxField = 32_767

// csvText is a csv file whose encoding and separator are known.
type csvText struct {
	r        io.ReaderAt
	size     int64
	encoding encoding.Encoding // nil for UTF-8
	comma    rune
}

// openCSV finds out the encoding (byte order mark, UTF-8, else GB 18030, which holds GBK) and the separator.
func (b *Book) openCSV(r io.ReaderAt, size int64) error {
	t := &csvText{r: r, size: size}
	head := make([]byte, min(size, 3))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read csv: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		t.encoding = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		t.encoding = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	default:
		utf8, err := countBad(io.NewSectionReader(r, 0, size))
		if err != nil {
			return err
		}
		if utf8 > 0 {
			t.encoding = simplifiedchinese.GB18030
		}
	}
	bad, err := countBad(t.text())
	if err != nil {
		return err
	}
	if bad > 0 {
		return errs.E(errs.Invalid, "文件里的文字读不出来，请在 WPS 里另存为 xlsx 再导入")
	}
	if t.comma, err = t.separator(); err != nil {
		return err
	}
	b.Format = CSV
	name := strings.TrimSuffix(filepath.Base(b.Name), filepath.Ext(b.Name))
	b.Sheets = []*Sheet{{Name: name, book: b, csv: t}}
	return nil
}

// text is the file in UTF-8, without byte order mark.
func (t *csvText) text() io.Reader {
	var r io.Reader = io.NewSectionReader(t.r, 0, t.size)
	if t.encoding != nil {
		r = transform.NewReader(r, t.encoding.NewDecoder())
	}
	br := bufio.NewReaderSize(r, 64<<10)
	if head, _ := br.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = br.Discard(3)
	}
	return br
}

// countBad counts what is no UTF-8 text: broken sequences, replacement characters of a decoder, control characters.
func countBad(r io.Reader) (int, error) {
	bad, left := 0, 0
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf[left:])
		data := buf[:left+n]
		for len(data) > 0 {
			c, size := utf8.DecodeRune(data)
			if c == utf8.RuneError && size == 1 && !utf8.FullRune(data) && err == nil {
				break
			}
			if c == utf8.RuneError || c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1a {
				bad++
			}
			data = data[size:]
		}
		left = copy(buf, data)
		if errors.Is(err, io.EOF) {
			return bad, nil
		}
		if err != nil {
			return 0, fmt.Errorf("read csv: %w", err)
		}
	}
}

// separator takes the one of comma, tab and semicolon that cuts the first lines most evenly.
func (t *csvText) separator() (rune, error) {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(t.text(), head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, fmt.Errorf("read csv: %w", err)
	}
	best, most := ',', 0
	for _, comma := range []rune{',', '\t', ';'} {
		counts := map[int]int{} // separators in a line → lines
		quoted, in := false, 0
		for _, c := range string(head[:n]) {
			switch {
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == comma:
				in++
			case c == '\n':
				if in > 0 {
					counts[in]++
				}
				in = 0
			}
		}
		if in > 0 {
			counts[in]++
		}
		score := 0
		for in, lines := range counts {
			score = max(score, lines*1000+in)
		}
		if score > most {
			best, most = comma, score
		}
	}
	return best, nil
}

// rows reads the file. Row numbers are those that a sheet program shows, so empty lines count.
func (t *csvText) rows(p *pass) error {
	sheet := p.sheet
	r := csv.NewReader(t.text())
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = t.comma, true, -1, true
	number, line := 0, 1 // the last row; the line after it
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errs.E(errs.Invalid, "第 %d 行读不出来，请检查引号，或在 WPS 里另存为 xlsx 再导入", number+1).Because(err)
		}
		start, _ := r.FieldPos(0)
		number += start - line + 1
		line = start + 1
		row := Row{Number: number, Cells: make([]Cell, 0, len(record))}
		for column, field := range record {
			if strings.IndexByte(field, '\n') >= 0 {
				line += strings.Count(field, "\n")
			}
			if len(field) > maxField && utf8.RuneCountInString(field) > maxField {
				return errs.E(errs.Invalid, "第 %d 行的引号没有成对，请改正，或在 WPS 里另存为 xlsx 再导入", number)
			}
			c := csvCell(field)
			if c.Kind != Empty && column >= sheet.book.limits.Columns {
				return errs.E(errs.TooLarge, "工作表「%s」第 %d 行超过 %d 列，请删去多余的列再导入", sheet.Name, number, sheet.book.limits.Columns)
			}
			row.Cells = append(row.Cells, c)
		}
		if err := p.emit(row); err != nil {
			return err
		}
	}
}

// csvCell takes back what keeps a sheet program from reading a field as number or formula: ="0123", a tab, and the
// apostrophe that WriteCSV sets.
func csvCell(s string) Cell {
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		s = strings.TrimSuffix(inner, `"`)
	}
	s = strings.Trim(s, "\t\x1a")
	if strings.HasPrefix(s, "'") && formula(strings.TrimLeft(s, "'")) {
		s = s[1:]
	}
	if blankText(s) {
		return Cell{}
	}
	return Cell{Kind: Text, Raw: s, Text: s}
}

// formula reports whether a sheet program would run the text of a csv field.
func formula(s string) bool {
	return s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0]))
}
