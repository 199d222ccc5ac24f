package page

import "github.com/a-h/templ"

// Report is a text whose figures are alive: outline, paper, and a panel for the figure chosen.
type Report struct {
	Title, State string // state of the report: draft, frozen ("" leaves the badge out)
	StateWord    string // 草稿, 已定稿
	Saved        string // 9:42 已保存
	From         string // 数字取自存证点 № 1204
	UpdateHref   string // 更新到最新; posts
	Actions      []Action
	Outline      []OutlineItem
	OutlineAdd   *Action
	Tally        []TallyLine
	Note         *Notice
	Paper        Document
	Panel        templ.Component // ChipPanel, or what a frozen report says of its corrections
}

// OutlineItem is a heading of the report.
type OutlineItem struct {
	Title, Href string
	Count       string // 17 处, 空
	Sub, Active bool
}

// TallyLine is a line under the outline: 数字 35 处.
type TallyLine struct {
	Label, Value string
	Sub, Care    bool
}

// Document is the paper in the layout of an official document.
type Document struct {
	Title  string
	Until  string // under the title: （截至2026年9月18日）; "" when the period was over
	Blocks []Block
	// Signature and Date stand at the end, as in the Word file: 云岭县科学技术协会, 2026年9月18日.
	Signature, Date string
}

// Block is a paragraph, a heading (Level 1: 一、; 2: （一）), or a table.
type Block struct {
	ID    string
	Level int
	Spans []Span
	Table *DocTable
	Seal  Proof  // in the margin, once a paragraph
	Count string // 4 处
	Care  string // 手填 1
}

// Span is plain text, or a figure.
type Span struct {
	Text string
	Chip *Chip
}

// Chip is a figure in the text; its link opens the trace, or chooses it while one edits.
type Chip struct {
	Text, Href string
	Name       string // for the accessible name: 培训班
	Now        string // the live value when it differs: 现 97
	Typed      bool
	External   bool // stated by somebody else, with its source
	Missing    bool // there is no figure: the text says what is not filled in
	Chosen     bool
	Chooses    bool // the link chooses the chip rather than opening its trace
}

// DocTable is a table of the document.
type DocTable struct {
	Title string
	Heads []string
	Rows  [][]Span
	Nums  []bool // columns of figures
}

// ChipPanel is the panel for the chosen figure and for new ones.
type ChipPanel struct {
	Chosen  *ChosenChip
	Search  *ChipSearch
	Inserts []Action // 乡镇表, 逐月图, 活动清单
}

// ChosenChip is the figure chosen in the text and how it may be written.
type ChosenChip struct {
	Value, Unit string
	Proof       Proof
	Name        string // 培训班，全县
	TraceHref   string
	Forms       []Tab // 62期, 六十二期, 60余期
	Notes       []string
}

// ChipSearch finds figures to put into the text.
type ChipSearch struct {
	At     Address
	Text   string
	Scope  string
	Found  []FoundFigure
	More   string // 再列 6 个
	MoreTo string
}

// FoundFigure is one figure that may be put in.
type FoundFigure struct {
	Name, Note, Value string
	Proof             Proof
	Href              string // posts: put it where the cursor was
	Active            bool
}
