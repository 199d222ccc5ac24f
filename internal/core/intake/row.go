package intake

import (
	"errors"
	"strings"

	"shilu/internal/kit/day"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

// Value is what a cell says, read by the type of its column. A blank cell has no value.
type Value struct {
	Cell     string // address
	Text     string
	Shown    string // as the sheet shows it: 98% where Text is 0.98
	Count    zh.Count
	From, To day.Day
	Ranged   bool       // the cell says both ends
	Rough    day.Period // of a Since column that says only the month or the year: that; else zero
	Filled   bool       // it stands in the first one of merged cells
	List     []string
	Bad      bool // it could not be read; a note says why
}

// Row is a row of data. Its values stand under the keys of the columns.
type Row struct {
	Sheet  *Sheet
	Line   int
	Notes  []Note
	values map[string]Value
	cells  []string // as the sheet shows them
}

// Has gives the value of a column; false when the sheet has no such column, or the cell is blank or could not be read.
func (r *Row) Has(key string) (Value, bool) {
	v, ok := r.values[key]
	return v, ok && !v.Bad
}

// Text is the text of a column, "" when blank.
func (r *Row) Text(key string) string { v, _ := r.Has(key); return v.Text }

// Bad reports whether the cell of the column holds what could not be read: a note says so already.
func (r *Row) Bad(key string) bool { return r.values[key].Bad }

// Cell is the address of a column in this row, "" when the sheet has none.
func (r *Row) Cell(key string) string {
	if i, ok := r.Sheet.hasColumn[key]; ok {
		return xlsx.Address(i, r.Line)
	}
	return ""
}

// Warn adds a note that does not keep the row out, Wrong one that does.
func (r *Row) Warn(key, text string, args ...any) {
	r.Notes = append(r.Notes, note(r.Cell(key), text, args...))
}

// Wrong says why the row stays out.
func (r *Row) Wrong(key, text string, args ...any) {
	r.Notes = append(r.Notes, wrong(r.Cell(key), text, args...))
}

// Unfit says why the row stays out, of which each cell can be read: what it says together may not go in as new or changed.
func (r *Row) Unfit(key, text string, args ...any) {
	n := wrong(r.Cell(key), text, args...)
	n.Unfit = true
	r.Notes = append(r.Notes, n)
}

// Lacks says that the row stays out because the sheet has no column that it needs: key, called title. What is missing is said as the
// register says it.
func (r *Row) Lacks(key, title, text string, args ...any) {
	n := wrong("", "表里没有「%s」这一列：%s", lang.Say(title), lang.Say(text, args...))
	n.Unfit, n.Lacks = true, key
	r.Notes = append(r.Notes, n)
}

// NoPlace says that nobody knows the place of the row; wrong has the row stay out.
func (r *Row) NoPlace(key string, wrong bool, text string, args ...any) {
	n := note(r.Cell(key), text, args...)
	n.Wrong, n.Place = wrong, true
	r.Notes = append(r.Notes, n)
}

// cellText is what a count, a day or a text is read from: numbers unformatted, so that 1,234 and 98% keep what they are.
func cellText(c xlsx.Cell) string {
	switch c.Kind {
	case xlsx.Number:
		return c.Raw
	case xlsx.Empty:
		return ""
	}
	return c.Text
}

// readRow reads the cells of a row by the types of their columns.
func readRow(s *Sheet, from xlsx.Row, types map[int]Column, date1904 bool) *Row {
	r := &Row{Sheet: s, Line: from.Number, values: make(map[string]Value, len(types)), cells: make([]string, len(from.Cells))}
	for i, c := range from.Cells {
		r.cells[i] = c.Text
		col, used := types[i]
		if !used || col.Type == Serial || c.Kind == xlsx.Empty {
			continue
		}
		r.read(col, c, xlsx.Address(i, r.Line), date1904)
	}
	for _, f := range s.fill {
		r.read(f.column, xlsx.Cell{Kind: xlsx.Text, Raw: f.text, Text: f.text}, "", date1904)
	}
	return r
}

// read reads a cell by the type of its column; address is "" for what is said for all rows.
func (r *Row) read(col Column, c xlsx.Cell, address string, date1904 bool) {
	rough := Value{Cell: address, Text: zh.Fold(cellText(c)), Shown: c.Text, Filled: c.Filled}
	if col.Type == Since && rough.readRough(r, col, c) {
		r.values[col.Key] = rough
		return
	}
	if c.Problem != nil {
		r.values[col.Key] = Value{Bad: true}
		r.Notes = append(r.Notes, wrong(address, c.Problem.Text, c.Problem.Args...))
		return
	}
	text := zh.Fold(cellText(c))
	if zh.Blank(text) {
		return
	}
	v := Value{Cell: address, Text: text, Shown: c.Text, Filled: c.Filled}
	switch col.Type {
	case Count:
		v.readCount(r, col, c)
	case Day, Since:
		v.readDay(r, col, c, date1904)
	case List:
		v.List = Items(cellText(c)) // as written, too
	case Text:
		v.Text = strings.TrimSpace(cellText(c)) // as written: only what is compared is folded
	case Township, Village, Place, Serial:
	}
	r.values[col.Key] = v
}

func (v *Value) readCount(r *Row, col Column, c xlsx.Cell) {
	if c.Filled {
		r.Warn(col.Key, "%s%s是合并的单元格，一个数占了几行，请拆开", col.Title, v.Cell)
	}
	n, err := zh.ParseCount(v.Text)
	if errors.Is(err, zh.ErrNegative) && c.Kind != xlsx.Date && c.Kind != xlsx.Time {
		v.Bad = true
		r.Wrong(col.Key, "%s %s 是负数，请核对", col.Title, c.Text)
		return
	}
	if err != nil || c.Kind == xlsx.Date || c.Kind == xlsx.Time {
		v.Bad = true
		r.Wrong(col.Key, "%s「%s」读不出人数，请填一个整数", col.Title, c.Text)
		return
	}
	v.Count = n
	if n.Exactness != zh.Exact {
		r.Warn(col.Key, "%s「%s」按约数记", col.Title, c.Text)
	}
}

// readRough reads a cell that says only a month or a year; false for any other. A spreadsheet makes a day of 2026年3月 and shows the month.
func (v *Value) readRough(r *Row, col Column, c xlsx.Cell) bool {
	text := v.Text
	if c.Kind == xlsx.Date || c.Problem != nil {
		text = zh.Fold(c.Text)
	}
	p, ok := zh.ParsePeriod(text, r.Sheet.Year)
	if !ok {
		return false
	}
	v.From, v.To, v.Rough = p.From, p.From, p
	switch {
	case p.To.Month() != p.From.Month():
		r.Warn(col.Key, "%s「%s」只写到年，按%s记", col.Title, c.Text, p.From.Long())
	case doubtful(c, v.Text):
		r.Warn(col.Key, "%s「%s」只写到月，按%s记；也可能是 %s0，请看一眼", col.Title, c.Text, p.From.Long(), v.Text)
	default:
		r.Warn(col.Key, "%s「%s」只写到月，按%s记", col.Title, c.Text, p.From.Long())
	}
	return true
}

// doubtful reports whether a number may have lost a nought: 3.1 of 3.10.
func doubtful(c xlsx.Cell, text string) bool {
	return c.Kind == xlsx.Number && (strings.HasSuffix(text, ".1") || len(text) <= 4 && (strings.HasSuffix(text, ".2") || strings.HasSuffix(text, ".3")))
}

func (v *Value) readDay(r *Row, col Column, c xlsx.Cell, date1904 bool) {
	if c.Kind == xlsx.Date && c.Day != "" {
		v.From, v.To = c.Day, c.Day
		return
	}
	from, to, err := zh.ParseDays(v.Text, r.Sheet.Year, date1904)
	if err != nil {
		v.Bad = true
		if r.Sheet.Year == 0 {
			if _, _, again := zh.ParseDays(v.Text, 2000, date1904); again == nil {
				r.Wrong(col.Key, "%s「%s」没有写年份，表头也没有，请指定年份", col.Title, c.Text)
				return
			}
		}
		if col.Type == Since {
			r.Wrong(col.Key, "%s「%s」读不出日期，请写成 2024-03-05；只知道年月的写 2024年3月，只知道年份的写 2024年", col.Title, c.Text)
			return
		}
		r.Wrong(col.Key, "%s「%s」读不出日期，请写成 2024-03-05 这样", col.Title, c.Text)
		return
	}
	if doubtful(c, v.Text) && len(v.Text) <= 4 {
		r.Warn(col.Key, "%s「%s」读作%s；也可能是 %s0，请看一眼", col.Title, c.Text, from.Long(), v.Text)
	}
	v.From, v.To, v.Ranged = from, to, from != to
}

// Items are the items of a list in one cell, as written; marks within brackets, 《》 and 「」 do not part.
func Items(text string) []string { return Split(text, "、,，;；/／\n") }

// Split takes a text apart at the marks that do not stand within brackets, 《》 or 「」. Blank parts are left out.
func Split(text, marks string) []string {
	var out []string
	depth, from := 0, 0
	flush := func(to int) {
		if s := strings.TrimSpace(text[from:to]); s != "" {
			out = append(out, s)
		}
	}
	for i, r := range text {
		switch {
		case strings.ContainsRune("([（［《「", r):
			depth++
		case strings.ContainsRune(")]）］》」", r):
			depth = max(0, depth-1)
		case depth == 0 && strings.ContainsRune(marks, r):
			flush(i)
			from = i + len(string(r))
		}
	}
	flush(len(text))
	return out
}
