package xlsx

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// pass is one reading of a sheet.
type pass struct {
	sheet  *Sheet
	each   func(Row) error
	merges []Merge
	rows   int // extent of what holds something
	cols   int
	buf    []byte
	f, v   bool // the cell has a formula, a value
}

// xml reads the sheet's part.
func (p *pass) xml() error {
	b := p.sheet.book
	var own error // of the caller's each
	row := 0
	err := b.scan(p.sheet.part, func(s *scanner, name string) error {
		switch name {
		case "sheetData":
			return s.each(func(name string) error {
				if name != "row" {
					return s.skip()
				}
				row++
				if n, err := strconv.Atoi(string(s.attr("r"))); err == nil && n >= row && n <= 1<<20 {
					row = n // rows without r follow the one before
				}
				r := Row{Number: row, Hidden: yes(s.attr("hidden"))}
				if err := p.row(s, &r); err != nil {
					return err
				}
				own = p.emit(r)
				return own
			})
		case "mergeCells":
			return s.each(func(string) error {
				if m, ok := readMerge(s.attr("ref")); ok && len(p.merges) < maxMerges {
					p.merges = append(p.merges, m)
				}
				return s.skip()
			})
		}
		return s.skip()
	})
	if own != nil {
		return own
	}
	sortMerges(p.merges)
	var e *errs.Error
	if errors.As(err, &e) && e.Text == brokenText {
		return errs.E(errs.Invalid, "工作表「%s」第 %d 行以后读不出来，文件已损坏。请在 WPS 里打开它、另存为 xlsx 再导入", p.sheet.Name, row).Because(err)
	}
	return err
}

// emit hands the row on unless it is empty.
func (p *pass) emit(r Row) error {
	for len(r.Cells) > 0 && r.Cells[len(r.Cells)-1].empty() {
		r.Cells = r.Cells[:len(r.Cells)-1]
	}
	if len(r.Cells) == 0 {
		return nil
	}
	limits := p.sheet.book.limits
	if r.Number > limits.Rows {
		return errs.E(errs.TooLarge, "工作表「%s」超过 %d 行，请拆成几个文件再导入", p.sheet.Name, limits.Rows)
	}
	p.rows, p.cols = r.Number, max(p.cols, len(r.Cells))
	return p.each(r)
}

func (c *Cell) empty() bool { return c.Kind == Empty && c.Problem == nil }

// row reads the cells of the row just opened.
func (p *pass) row(s *scanner, r *Row) error {
	columns := p.sheet.book.limits.Columns
	next := 0 // cells without r follow the one before
	r.Cells = make([]Cell, 0, min(max(p.cols, 8), columns))
	return s.each(func(name string) error {
		if name != "c" {
			return s.skip()
		}
		if column, _, ok := position(s.attr("r")); ok {
			next = column
		}
		var c Cell
		if err := p.cell(s, &c, next, r.Number); err != nil {
			return err
		}
		next++
		if c.empty() {
			return nil
		}
		if next > columns {
			return errs.E(errs.TooLarge, "工作表「%s」第 %d 行超过 %d 列，请删去多余的列再导入", p.sheet.Name, r.Number, columns)
		}
		for len(r.Cells) < next-1 {
			r.Cells = append(r.Cells, Cell{})
		}
		if len(r.Cells) >= next { // the same cell twice: the later one counts
			r.Cells[next-1] = c
		} else {
			r.Cells = append(r.Cells, c)
		}
		return nil
	})
}

// cell reads the cell just opened.
func (p *pass) cell(s *scanner, c *Cell, column, row int) error {
	kind := known1(s.attr("t"))
	style := 0
	if n, err := strconv.Atoi(string(s.attr("s"))); err == nil {
		style = n
	}
	p.f, p.v, p.buf = false, false, p.buf[:0]
	err := s.each(func(name string) error {
		var err error
		switch name {
		case "v":
			p.v = true
			p.buf, err = s.inner(p.buf[:0])
			return err
		case "f":
			p.f = true
		case "is":
			p.v = true
			p.buf, err = s.rich(p.buf[:0])
			return err
		}
		return s.skip()
	})
	if err != nil {
		return err
	}
	c.Formula = p.f
	if !p.v {
		if p.f {
			c.Kind = Formula
			c.Problem = errs.E(errs.Invalid, "单元格 %s 的公式没有结果，请在 WPS 里打开、保存一次再导入", Address(column, row))
		}
		return nil
	}
	p.value(c, kind, style, func() string { return Address(column, row) })
	return nil
}

// value fills c from the collected <v> or <is> of a cell of the type.
func (p *pass) value(c *Cell, kind string, style int, address func() string) {
	b := p.sheet.book
	setText := func(v string) {
		if !blankText(v) {
			c.Kind, c.Raw, c.Text = Text, v, v
		}
	}
	switch kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(string(p.buf)))
		if err != nil || n < 0 || n >= len(b.shared) {
			c.Kind = Error
			c.Problem = errs.E(errs.Invalid, "单元格 %s 的文字在文件里找不到，请重新填写", address())
			return
		}
		setText(b.shared[n])
	case "inlineStr", "str":
		setText(string(cleanText(p.buf)))
	case "b":
		c.Kind, c.Raw, c.Text = Bool, "0", "FALSE"
		if yes(p.buf) {
			c.Raw, c.Text = "1", "TRUE"
		}
	case "e":
		v := string(cleanText(p.buf))
		c.Kind, c.Raw, c.Text = Error, v, v
		c.Problem = errs.E(errs.Invalid, "单元格 %s 是 %s，请改正公式或直接填写", address(), zh.Brief(v, 30))
	case "d":
		v := string(p.buf)
		setText(v)
		if len(v) >= 10 {
			if d, err := day.Parse(v[:10]); err == nil {
				c.Kind, c.Day = Date, d
			}
		}
	default:
		if v := string(p.buf); !blankText(v) {
			c.number(v, b.style(style), b.Date1904, address)
		}
	}
}

// known1 makes a string of a cell type without an allocation.
func known1(t []byte) string {
	switch string(t) {
	case "":
		return ""
	case "s":
		return "s"
	case "n":
		return "n"
	case "str":
		return "str"
	case "inlineStr":
		return "inlineStr"
	case "b":
		return "b"
	}
	return string(t)
}

// Merge is a merged range; columns from 0, rows from 1, both ends included.
type Merge struct {
	FromRow, ToRow       int
	FromColumn, ToColumn int
}

// String is "A1:C2".
func (m Merge) String() string {
	return fmt.Sprintf("%s:%s", Address(m.FromColumn, m.FromRow), Address(m.ToColumn, m.ToRow))
}
