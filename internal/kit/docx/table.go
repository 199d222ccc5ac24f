package docx

import (
	"errors"
	"fmt"
	"strconv"
)

const edge = ` w:val="single" w:sz="4" w:space="0" w:color="000000"/>`

// table writes the caption, the unit, the ruled table and the note.
func (w *writer) table(t Table) error {
	if len(t.Columns) == 0 {
		return errors.New("no columns")
	}
	if w.room < 0 || w.newPage { // two tables without a paragraph between them would become one
		if t.Caption == "" && t.Unit == "" {
			w.text(styleSpacer, look{}, "")
		}
	}
	if t.Caption != "" {
		w.text(styleCaption, look{}, t.Caption)
	}
	if t.Unit != "" {
		w.text(styleUnit, look{}, t.Unit)
	}
	widths := w.widths(t.Columns)
	total := 0
	for _, width := range widths {
		total += width
	}
	side := strconv.Itoa(cellSide)
	w.add(`<w:tbl><w:tblPr><w:tblW w:w="` + strconv.Itoa(total) + `" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders><w:top` + edge + `<w:left` + edge + `<w:bottom` + edge +
		`<w:right` + edge + `<w:insideH` + edge + `<w:insideV` + edge + `</w:tblBorders><w:tblLayout w:type="fixed"/>` +
		`<w:tblCellMar><w:left w:w="` + side + `" w:type="dxa"/><w:right w:w="` + side + `" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>`)
	for _, width := range widths {
		w.add(`<w:gridCol w:w="` + strconv.Itoa(width) + `"/>`)
	}
	w.add(`</w:tblGrid>`)
	for part, rows := range [][][]Cell{t.Header, t.Rows} {
		hang := make([]hung, len(widths))
		for i, row := range rows {
			if err := w.row(row, t.Columns, widths, hang, part == 0, len(rows)-i); err != nil {
				return fmt.Errorf("row %d: %w", i+1, err)
			}
		}
	}
	if len(t.Header)+len(t.Rows) == 0 {
		return errors.New("no rows")
	}
	w.add(`</w:tbl>`)
	w.room = -1
	if t.Note != "" {
		w.text(styleNote, look{}, t.Note)
	}
	return nil
}

// hung is a cell of an earlier row that reaches down into this row; it is kept at its first column.
type hung struct {
	rows int // still to cover
	span int
}

// row writes one row. Cells that hang from above fill their columns first; left is how many rows are left with this one.
func (w *writer) row(cells []Cell, columns []Column, widths []int, hang []hung, head bool, left int) error {
	w.add(`<w:tr><w:trPr><w:cantSplit/>`)
	if head {
		w.add(`<w:tblHeader/>`)
	}
	w.add(`</w:trPr>`)
	next := 0
	for at := 0; at < len(widths); {
		if h := &hang[at]; h.rows > 0 {
			h.rows--
			w.cell(Cell{}, widths[at:at+h.span], `<w:vMerge/>`, head, Left)
			at += h.span
			continue
		}
		if next == len(cells) {
			return fmt.Errorf("%d cells fill %d of %d columns", len(cells), at, len(widths))
		}
		c := cells[next]
		next++
		span, down := max(c.Span, 1), max(c.Down, 1)
		if at+span > len(widths) || down > left {
			return fmt.Errorf("cell %d is %d columns wide and %d rows high, there are %d and %d", next, span, down, len(widths)-at, left)
		}
		for _, h := range hang[at : at+span] {
			if h.rows > 0 {
				return fmt.Errorf("cell %d meets a cell that reaches down from above", next)
			}
		}
		merge := ""
		if down > 1 {
			merge = `<w:vMerge w:val="restart"/>`
			hang[at] = hung{rows: down - 1, span: span}
		}
		align := c.Align
		if align == Inherit {
			align = columns[at].Align
			if head {
				align = Centre
			}
		}
		w.cell(c, widths[at:at+span], merge, head, align)
		at += span
	}
	if next < len(cells) {
		return fmt.Errorf("%d cells are more than the columns hold", len(cells))
	}
	w.add(`</w:tr>`)
	return nil
}

func (w *writer) cell(c Cell, widths []int, merge string, head bool, align Align) {
	width := 0
	for _, n := range widths {
		width += n
	}
	w.add(`<w:tc><w:tcPr><w:tcW w:w="` + strconv.Itoa(width) + `" w:type="dxa"/>`)
	if len(widths) > 1 {
		w.add(`<w:gridSpan w:val="` + strconv.Itoa(len(widths)) + `"/>`)
	}
	w.add(merge + `<w:vAlign w:val="center"/></w:tcPr>`)
	style, l := styleCell, look{}
	if head {
		style = styleHead
	}
	switch {
	case align == Right:
		l.jc = atRight
	case align == Centre && !head:
		l.jc = centred
	case align == Left && head:
		l.jc = atLeft
	}
	w.para(style, l, c.Runs)
	w.add(`</w:tc>`)
}

// widths shares the width of the text among the columns; the last takes what rounding leaves.
func (w *writer) widths(columns []Column) []int {
	room := textWidth
	if w.wide {
		room = textHeight
	}
	shares := 0
	for _, c := range columns {
		shares += max(c.Width, 1)
	}
	widths, rest := make([]int, len(columns)), room
	for i, c := range columns {
		widths[i] = room * max(c.Width, 1) / shares
		rest -= widths[i]
	}
	widths[len(widths)-1] += rest
	return widths
}
