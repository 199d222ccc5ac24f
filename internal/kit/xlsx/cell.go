package xlsx

import (
	"math"
	"strconv"
	"strings"

	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/zh"
)

// Kind says what a cell holds.
type Kind string

// The kinds of cells.
const (
	Empty   Kind = ""        // nothing, or white space
	Text    Kind = "text"    // text, also digits kept as text; every cell of a csv
	Number  Kind = "number"  // a number without a date format
	Date    Kind = "date"    // a number with a date format, or an ISO date
	Time    Kind = "time"    // a number with a format for the time of day alone
	Bool    Kind = "bool"    // TRUE or FALSE
	Error   Kind = "error"   // #REF! and its kin; see Problem
	Formula Kind = "formula" // a formula whose result is not in the file; see Problem
)

// Cell is one cell as the file has it. The kind, the day and the text come from the cached result if it is a formula.
type Cell struct {
	Kind    Kind
	Raw     string      // unformatted: "0.98", "45355"; the text itself for text
	Text    string      // as the sheet shows it: "98%", "3月5日"
	Day     day.Day     // of a Date
	Formula bool        // the value was computed by the program that saved the file
	Filled  bool        // the value was copied here from the first cell of a merged range; see Sheet.Filled
	Problem *errs.Error // what a person must look at, with the address; nil mostly
}

// Row is a row that holds something. Cells[0] is column A; the last cell is the last one that is not empty.
type Row struct {
	Number int // from 1, as the sheet shows it
	Hidden bool
	Cells  []Cell
}

// At gives the cell of the column (from 0); an empty one beyond the end.
func (r Row) At(column int) Cell {
	if column < 0 || column >= len(r.Cells) {
		return Cell{}
	}
	return r.Cells[column]
}

// Address is "C5" for column 2 (from 0) and row 5.
func Address(column, row int) string { return Letters(column) + strconv.Itoa(row) }

// Letters is the name of a column (from 0): A, Z, AA.
func Letters(column int) string {
	if column < 0 {
		return ""
	}
	var b [8]byte
	i := len(b)
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		i--
		b[i] = byte('A' + (n-1)%26)
	}
	return string(b[i:])
}

// position reads "C5" or "$C$5" into column (from 0) and row; ok is false for anything else.
func position(ref []byte) (column, row int, ok bool) {
	i := 0
	for ; i < len(ref); i++ {
		c := ref[i]
		if c == '$' {
			continue
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c < 'A' || c > 'Z' {
			break
		}
		if column = column*26 + int(c-'A') + 1; column > 1<<14 {
			return 0, 0, false
		}
	}
	for ; i < len(ref); i++ {
		c := ref[i]
		if c == '$' {
			continue
		}
		if c < '0' || c > '9' {
			return 0, 0, false
		}
		if row = row*10 + int(c-'0'); row > 1<<20 {
			return 0, 0, false
		}
	}
	return column - 1, row, column > 0 && row > 0
}

// number fills c from the text of a <v> that is a number.
func (c *Cell) number(v string, f *format, date1904 bool, address func() string) {
	c.Kind, c.Raw, c.Text = Number, v, v
	n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		c.Kind = Error
		c.Problem = errs.E(errs.Invalid, "单元格 %s 的数「%s」读不出来，请重新填写", address(), zh.Brief(v, 30))
		return
	}
	if !plain(v) {
		c.Raw = decimal(n)
		c.Text = c.Raw
	}
	switch {
	case f.date:
		d, clock, ok := serialDay(n, date1904)
		if !ok {
			c.Problem = errs.E(errs.Invalid, "单元格 %s 按日期显示，但 %s 不是日期，请重新填写", address(), c.Raw)
			return
		}
		c.Kind, c.Day, c.Text = Date, d, f.showDate(d, clock)
		if !f.day {
			c.Problem = errs.E(errs.Invalid, "单元格 %s 只显示到月（%s），请补上日", address(), c.Text)
		}
	case f.clock:
		_, clock, ok := serialDay(n, date1904)
		if ok || n >= 0 && n < 1 {
			if !ok {
				clock = int(math.Round(n * 86400))
			}
			c.Kind, c.Text = Time, f.showDate("", clock)
		}
	default:
		c.Text = f.showNumber(n, c.Raw)
		if math.Abs(n) >= 1e15 {
			c.Problem = errs.E(errs.Invalid, "单元格 %s 的数超过 15 位，末几位已被表格软件改成 0，请把这一列设为文本后重新填写", address())
		}
	}
}

// plain reports whether v is a whole number that needs no normalizing.
func plain(v string) bool {
	if len(v) == 0 || len(v) > 15 || v[0] == '0' && len(v) > 1 {
		return false
	}
	for i := 0; i < len(v); i++ {
		if v[i] < '0' || v[i] > '9' {
			return false
		}
	}
	return true
}

// decimal writes n with 15 significant digits, as the sheet does, and without exponent where that stays readable.
func decimal(n float64) string {
	s := strconv.FormatFloat(n, 'g', 15, 64)
	rounded, _ := strconv.ParseFloat(s, 64)
	if a := math.Abs(rounded); a != 0 && (a >= 1e21 || a < 1e-12) {
		return s
	}
	if rounded == 0 {
		return "0"
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// blankText reports whether s shows nothing.
func blankText(s string) bool {
	for _, r := range s {
		switch r {
		case ' ', '\t', '\n', '\r', '\u00a0', '\u3000', '\u200b', '\ufeff':
		default:
			return false
		}
	}
	return true
}
