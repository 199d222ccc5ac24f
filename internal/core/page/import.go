package page

import (
	"strconv"

	"github.com/a-h/templ"
)

// ImportStart is the page where a workbook is handed in.
type ImportStart struct {
	Title   string // 导入
	Crumbs  []NavItem
	Action  string          // takes the file under the name "file"
	Fields  templ.Component // year, kind: shown before the file
	Accept  string
	Most    int64  // bytes
	Says    string // 认得 xlsx、csv，最大 50 MB；.xls、.et 请另存为 xlsx
	Errors  []FieldError
	Samples []Link // 下载样表
	Earlier List   // imports of before, with their filters
}

// ImportReview is what a workbook was understood as, before anything is written.
type ImportReview struct {
	Title     string
	Crumbs    []NavItem
	File      string // 000-records.xlsx，3 张表
	Action    string // posts the mapping (names Sheet.Name) and starts the import
	Errors    []FieldError
	Sheets    []ImportSheet
	Verdicts  []View // 全部 67, 新增 60, 改动 2, 没进 5: filter of the rows
	Rows      []ImportRow
	Heads     []ImportHead
	Pager     Pager
	At        Address
	Sums      []ImportSum
	Places    []ImportPlace     // that are not known
	AllPlaces *Action           // has all of them made
	AskPlaces []templ.Component // fields about those that are made
	Reach     *Notice           // that making them changes what was closed
	Gone      []ImportGone      // records of the last file of this shape that are not in this one
	GoneMore  int               // further ones
	Covers    string            // of what the file speaks, so that only this is asked for: 2026年3月至5月（青溪乡）
	Notes     []Notice
	Says      string // 导入后由周敏核实；同一个文件再导入不会重复
	Buttons   []Action
	Leave     *Action
}

// ImportSheet is one sheet: what it was taken for and how its columns were read.
type ImportSheet struct {
	Name   string // of the sheet, as in the workbook
	Field  string // name of the select that says what the sheet is
	Kinds  []Option
	Kind   string     // "" is 不导入
	Says   string     // 表头在第 2—3 行；28 行，其中 1 行合计不导入
	Asks   []MapInput // 年份, 表头在第几行
	Map    []MapColumn
	Lines  []RowRemark // what is not imported, and what to look at: 第 32 行 合计
	Open   bool
	Hidden bool // a hidden sheet of the workbook
}

// MapInput is something to say of a sheet: a number, or with Text a text.
type MapInput struct {
	Field, Label, Value, Error string
	Text                       bool
}

// ImportPlace is a place that the file names and nobody knows.
type ImportPlace struct {
	Value string // sent under "place" to have it made; "" when the import cannot make it
	Name  string
	Says  string // 3 行，先在「短期培训」第 5 行；最接近的是青溪乡、青石乡
	Wish  bool   // chosen to be made
}

// ImportGone is a record that the last file had and this one has not.
type ImportGone struct {
	Number, Href, Title, Where string
}

// ImportRun is the page of an import while a step of it is under way or stands still.
type ImportRun struct {
	Title   string
	Crumbs  []NavItem
	File    string
	Work    *Work
	Notes   []Notice
	Actions []Action
}

// MapColumn is one column of a sheet and the field that it fills.
type MapColumn struct {
	Letter, Head, Sample string
	Field                string // name of the select
	Chosen               string // "" is 不用
	Options              []Option
	Sure                 string // 按表头认出, 上次的对应, 请选定
	Care                 bool   // must be looked at
	Error                string
}

// Verdict says what becomes of a row.
type Verdict string

// The verdicts on a row.
const (
	RowNew      Verdict = "new"
	RowSame     Verdict = "same"
	RowChanged  Verdict = "changed"
	RowWarned   Verdict = "warned"   // goes in, but look
	RowRejected Verdict = "rejected" // does not go in
	RowSkipped  Verdict = "skipped"  // a sum, a title, a signature
	RowJoined   Verdict = "joined"   // a part of the record of an earlier row
	RowVanished Verdict = "vanished" // was in the last file, is not in this one
)

// ImportHead is a column of the table of rows; Num has it stand right.
type ImportHead struct {
	Label string
	Num   bool
}

// ImportRow is one row of the file.
type ImportRow struct {
	Where   string // 第 12 行, or 农函大 第 12 行
	Verdict Verdict
	Cells   []string
	Says    []RowRemark
	Href    string // the record that it changes
}

// RowRemark is a sentence on a row, naming the cell: E12「约161」读作约 161.
type RowRemark struct {
	Cell, Text string
	Wrong      bool
}

// ImportSum compares a 合计 of the file with the sum of its rows.
type ImportSum struct {
	Where, Stated, Added string
	Differs              bool
}

// ImportResult says what went in and what did not.
type ImportResult struct {
	Title   string
	Crumbs  []NavItem
	Lead    string // 导入完成：1,588 行成功，12 行没进
	Text    string // 多为身份证号位数不对。
	FixHref string // a workbook of the rows that did not go in, with the reason
	FixText string // 下载这 12 行
	Wrong   bool   // some rows were rejected
	Counts  []Big
	Actions []Action // 看这批记录; 撤销本次导入 with Confirm
	Left    []ImportRow
	Heads   []ImportHead
	// LeftTitle heads the rows of Left: 没进的行, 没有撤销的记录.
	LeftTitle, LeftNote string
}

// columnsOf spans a remark over all columns but the first.
func columnsOf(heads []ImportHead) string { return strconv.Itoa(len(heads) + 1) }

// numCell is the class of a cell in the column i.
func numCell(heads []ImportHead, i int) string {
	if i < len(heads) && heads[i].Num {
		return "num"
	}
	return ""
}
