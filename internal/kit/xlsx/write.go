package xlsx

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"shilu/internal/kit/day"
)

// ColumnKind says how the cells of a column are written.
type ColumnKind int

// The kinds of columns.
const (
	Auto    ColumnKind = iota // by the value's type
	AsText                    // as text with the text format: ids, phones, codes that must keep their zeros
	AsDay                     // a day.Day as a date that the sheet can sort and filter
	AsWords                   // a day.Day as text, 2026-03-05
)

// Column is a column of a sheet to write.
type Column struct {
	Title string
	Width float64 // in characters; 0: from the title and the kind
	Kind  ColumnKind
}

// Table is a sheet to write. Values are string, int, int64, float64, bool, day.Day or nil; anything else is written
// as fmt.Sprint does.
type Table struct {
	Name    string // characters that a sheet's name cannot hold are replaced
	Title   string // above the header, over all columns; "" for none
	Columns []Column
	Rows    iter.Seq2[[]any, error] // an error ends the writing and is returned
}

// Values makes the Rows of a table from what is in memory.
func Values(rows [][]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

const maxCell = 32_767 // characters, a bound of the format

// Write writes a workbook that WPS and LibreOffice open: title and header stay in view, text is never read as a
// number or a formula. Rows are streamed; large sheets go through a temporary file.
func Write(w io.Writer, tables ...Table) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil && e != nil {
			err = fmt.Errorf("close workbook: %w", e)
		}
	}()
	if err := f.SetDocProps(&excelize.DocProperties{Creator: "实录", LastModifiedBy: "实录"}); err != nil {
		return fmt.Errorf("set properties: %w", err)
	}
	styles, err := newStyles(f)
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		tables = []Table{{Name: "Sheet1"}}
	}
	used := []string{}
	for i, t := range tables {
		name := sheetName(t.Name, used)
		used = append(used, strings.ToLower(name))
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err == nil {
			err = writeSheet(f, name, t, styles)
		}
		if err != nil {
			return fmt.Errorf("write sheet %q: %w", name, err)
		}
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

type styles struct{ title, header, plain, text, date int }

func newStyles(f *excelize.File) (s styles, err error) {
	font := func(size float64, bold bool) *excelize.Font {
		return &excelize.Font{Family: "宋体", Size: size, Bold: bold}
	}
	middle := &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}
	wrap := &excelize.Alignment{Vertical: "center", WrapText: true}
	dated := "yyyy-mm-dd"
	border := make([]excelize.Border, 0, 4)
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Color: "999999", Style: 1})
	}
	for _, style := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.title, excelize.Style{Font: font(16, true), Alignment: middle}},
		{&s.header, excelize.Style{Font: font(11, true), Alignment: middle, Border: border, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F0F0EC"}}}},
		{&s.plain, excelize.Style{Font: font(11, false), Alignment: wrap, Border: border}},
		{&s.text, excelize.Style{Font: font(11, false), Alignment: wrap, Border: border, NumFmt: 49}},
		{&s.date, excelize.Style{Font: font(11, false), Alignment: wrap, Border: border, CustomNumFmt: &dated}},
	} {
		if *style.id, err = f.NewStyle(&style.style); err != nil {
			return s, fmt.Errorf("make style: %w", err)
		}
	}
	return s, nil
}

// A sheet of more columns than pageColumns would be too small to read on one page; across a page on its side go about pageWidth characters.
const (
	pageColumns = 14
	pageWidth   = 120
)

// printed makes the sheet print across one page, sideways when it is wide, with the rows up to the header on every page. One of many
// columns runs over several, each with its first columns.
func printed(f *excelize.File, name string, t Table, header int) error {
	width, fit, paper, high, way := 0.0, true, 9, 0, "portrait"
	for _, c := range t.Columns {
		width += c.width()
	}
	if width > 90 {
		way = "landscape"
	}
	one, titles := 1, fmt.Sprintf("'%s'!$1:$%d", strings.ReplaceAll(name, "'", "''"), header)
	if t.overPages() {
		fit, one, way = false, 0, "landscape"
		titles = fmt.Sprintf("'%s'!$A:$%s,", strings.ReplaceAll(name, "'", "''"), Letters(t.first()-1)) + titles
	}
	if err := f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	if err := f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &way, FitToWidth: &one, FitToHeight: &high}); err != nil {
		return err
	}
	return f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: name, RefersTo: titles})
}

// overPages reports whether the table prints over several pages.
func (t Table) overPages() bool { return len(t.Columns) > pageColumns }

// first is how many columns stand on every page: the number and the name of a record, unless they fill half of it.
func (t Table) first() int {
	if t.Columns[0].width()+t.Columns[1].width() > pageWidth/2 {
		return 1
	}
	return 2
}

// titled is how many columns the title stands over: all, or those on the first page.
func (t Table) titled() int {
	n, width := 0, 0.0
	for n < len(t.Columns) {
		if width += t.Columns[n].width(); t.overPages() && width > pageWidth {
			break
		}
		n++
	}
	return max(n, 1)
}

func writeSheet(f *excelize.File, name string, t Table, st styles) error {
	row := 1
	if t.Title != "" {
		row = 2
	}
	if err := printed(f, name, t, row); err != nil {
		return err
	}
	w, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, c := range t.Columns {
		if err := w.SetColWidth(i+1, i+1, c.width()); err != nil {
			return err
		}
	}
	if len(t.Columns) > 0 {
		panes := &excelize.Panes{Freeze: true, YSplit: row, TopLeftCell: Address(0, row+1), ActivePane: "bottomLeft"}
		if err := w.SetPanes(panes); err != nil {
			return err
		}
	}
	if t.Title != "" {
		if err := w.SetRow("A1", []any{excelize.Cell{StyleID: st.title, Value: clean(t.Title)}}, excelize.RowOpts{Height: 30}); err != nil {
			return err
		}
		if over := t.titled(); over > 1 {
			if err := w.MergeCell("A1", Address(over-1, 1)); err != nil {
				return err
			}
		}
	}
	cells := make([]any, 0, len(t.Columns))
	for _, c := range t.Columns {
		cells = append(cells, excelize.Cell{StyleID: st.header, Value: clean(c.Title)})
	}
	if err := w.SetRow(Address(0, row), cells, excelize.RowOpts{Height: 22}); err != nil {
		return err
	}
	if t.Rows != nil {
		for values, err := range t.Rows {
			if err != nil {
				return err
			}
			row++
			cells = cells[:0]
			lines := 1
			for i, v := range values {
				c := Column{}
				if i < len(t.Columns) {
					c = t.Columns[i]
				}
				cell := st.cell(c.Kind, v)
				if s, ok := cell.Value.(string); ok {
					lines = max(lines, linesOf(s, c.width()))
				}
				cells = append(cells, cell)
			}
			// Programs do not fit the height of streamed rows to wrapped text.
			if err := w.SetRow(Address(0, row), cells, excelize.RowOpts{Height: float64(min(lines*15+3, 400))}); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

// cell gives the value with the style of the column.
func (st styles) cell(kind ColumnKind, v any) excelize.Cell {
	switch v := v.(type) {
	case nil:
		return excelize.Cell{StyleID: st.plain}
	case day.Day:
		if n, ok := daySerial(v); ok && kind != AsText && kind != AsWords {
			return excelize.Cell{StyleID: st.date, Value: n}
		}
		return excelize.Cell{StyleID: st.text, Value: string(v)}
	case string:
		return excelize.Cell{StyleID: st.text, Value: clean(v)}
	case int, int64, float64, bool:
		if kind != AsText {
			return excelize.Cell{StyleID: st.plain, Value: v}
		}
	}
	return excelize.Cell{StyleID: st.text, Value: clean(fmt.Sprint(v))}
}

// daySerial counts as the sheet does; days before March 1900, where it counts one that never was, stay text.
func daySerial(d day.Day) (int, bool) {
	if len(d) != 10 || d < "1900-03-01" {
		return 0, false
	}
	return int(d.Time().Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24), true
}

// width is about as many characters as the column needs.
func (c Column) width() float64 {
	if c.Width > 0 {
		return min(c.Width, 255)
	}
	n := 2 + columns(c.Title)
	switch c.Kind {
	case AsDay, AsWords:
		n = max(n, 12)
	case AsText:
		n = max(n, 22)
	}
	return float64(min(max(n, 10), 60))
}

// columns is the width of the text; a Chinese character is two wide.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0x2e7f {
			n++
		}
	}
	return n
}

// linesOf is how many lines the text takes in a cell of the width.
func linesOf(s string, width float64) int {
	if len(s) <= int(width)-1 && strings.IndexByte(s, '\n') < 0 {
		return 1
	}
	n := 0
	for line := range strings.SplitSeq(s, "\n") {
		n += max(1, (columns(line)+int(width)-2)/max(int(width)-1, 1))
	}
	return n
}

// clean drops what xml cannot hold and cuts at the bound of a cell.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	if len(s) > maxCell && utf8.RuneCountInString(s) > maxCell {
		s = string([]rune(s)[:maxCell-1]) + "…"
	}
	return s
}

// sheetName makes a name that a workbook can hold and that is not used yet: at most 31 characters, none of []:*?/\.
func sheetName(name string, used []string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) || r < 0x20 {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "")), "' ")
	if name == "" {
		name = "Sheet1"
	}
	base := []rune(name)
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprintf("(%d)", n)
		}
		// The bound counts UTF-16 units; half of it holds for any characters.
		limit := 31
		if len(string(base)) > 3*len(base) {
			limit = 15
		}
		try := string(base[:min(len(base), limit-len(suffix))]) + suffix
		if !slices.Contains(used, strings.ToLower(try)) {
			return try
		}
	}
}
