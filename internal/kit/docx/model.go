package docx

import (
	"strconv"
	"time"
)

// Document is an official document by GB/T 9704-2012. Only Title is needed.
type Document struct {
	Title       string // "\n" breaks the line
	Issuer      string // centred under the title, as in a year's report; "" when it signs instead
	DateLine    string // centred under Issuer, as «（2026年12月20日）»
	To          string // 主送机关, flush left; the colon is added
	Body        []Block
	Attachments []Attachment
	Signature   string // 署名; "" leaves out Date too
	Date        string // 成文日期, as «2026年12月20日»
	Header      string // a line at the head of every page, as «草稿»; "" for none
	Frozen      string // small line at the foot of the last page: checkpoint, day, program version; "" for none
	Numbered    bool   // write 一、 （一） 1. （1） before the headings; otherwise they carry their own
	Digits      Digits
	Properties  Properties
}

// Digits says which font prints Latin letters and digits.
type Digits int

// The fonts of digits. The standard leaves the choice open.
const (
	TimesNewRoman Digits = iota
	FangSong             // 仿宋_GB2312, or the font of the heading
)

// Properties are the file's properties. Empty ones are left out.
type Properties struct {
	Creator  string
	Subject  string
	Keywords string
	Company  string
	Created  time.Time
}

// Attachment is listed in the 附件说明 and, when it has a Body, printed on pages of its own.
type Attachment struct {
	Title string
	Body  []Block
}

// Block is a Heading, Paragraph, Table or PageBreak.
type Block interface{ block() }

// Heading is a heading of Level 1 to 4.
type Heading struct {
	Level int
	Runs  []Run
}

// Paragraph is a paragraph of the body, its first line indented by two characters.
type Paragraph struct {
	Runs  []Run
	Flush bool // no indent
}

// PageBreak begins a new page. At the end of the document it does nothing.
type PageBreak struct{}

// Run is a piece of text in one face.
type Run struct {
	Text  string
	Bold  bool
	Query string // of a figure: how to ask for it again; "" for other text
}

// Table is a table with ruled borders as wide as the text.
type Table struct {
	Caption string   // above, centred
	Unit    string   // above at the right, as «单位：期、人次»
	Columns []Column // one for each column, in order
	Header  [][]Cell // rows that repeat at the head of each page
	Rows    [][]Cell
	Note    string // below, small
	Wide    bool   // on landscape pages
}

// Column is a column of a table.
type Column struct {
	Width int // share of the table's width; 0 counts as 1
	Align Align
}

// Cell is a cell of a table. A row lists only the cells that begin in it: what a Down of an earlier row covers is skipped.
type Cell struct {
	Runs  []Run
	Span  int // columns; 0 counts as 1
	Down  int // rows; 0 counts as 1
	Align Align
}

// Align is the alignment in a cell. The zero value takes that of the column, and Left for a column; header cells are centred.
type Align int

// The alignments.
const (
	Inherit Align = iota
	Left
	Centre
	Right
)

func (Heading) block()   {}
func (Paragraph) block() {}
func (Table) block()     {}
func (PageBreak) block() {}

// Text is a run of plain text.
func Text(text string) Run { return Run{Text: text} }

// Figure is a run that prints text and can be found again by its query.
func Figure(text, query string) Run { return Run{Text: text, Query: query} }

// P is a paragraph of the runs.
func P(runs ...Run) Paragraph { return Paragraph{Runs: runs} }

// H is a heading of plain text.
func H(level int, text string) Heading { return Heading{Level: level, Runs: []Run{Text(text)}} }

// TextCell is a cell of plain text.
func TextCell(text string) Cell { return Cell{Runs: []Run{Text(text)}} }

// Source tells where a figure of the document comes from.
type Source struct {
	Text  string // as printed, as «28期»
	Name  string // of the indicator
	Scope string // unit or place, period, tags, in words
	From  string // as «28条记录，其中1条缺佐证»
}

// Sources is the table «数字来处» of an appendix, in the order given.
func Sources(figures []Source) Table {
	t := Table{
		Caption: "数字来处",
		Columns: []Column{{Width: 2, Align: Centre}, {Width: 6, Align: Right}, {Width: 8}, {Width: 8}, {Width: 8}},
		Header:  [][]Cell{{TextCell("序号"), TextCell("数字"), TextCell("指标"), TextCell("口径"), TextCell("来处")}},
	}
	for i, f := range figures {
		t.Rows = append(t.Rows, []Cell{TextCell(strconv.Itoa(i + 1)), TextCell(f.Text), TextCell(f.Name), TextCell(f.Scope), TextCell(f.From)})
	}
	return t
}
