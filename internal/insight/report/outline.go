// Package report makes the texts that an association writes from its figures: the year's report as a Word file in the
// official layout, each figure computed, frozen with its checkpoint, and open to its trace.
package report

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"shilu/internal/core/indicator"
	"shilu/internal/kit/errs"
)

// Outline is the text of a report with fields where its figures go. It is data: catalogue/outlines has the shipped ones,
// and each report keeps the text that it was written with.
//
// The text is plain: "# " the title, "## " 一、 headings, "### " (一) headings, every other line a paragraph. Fields:
//
//	{{association}} {{period}} {{year}} {{today}}    who, when
//	{{whole}}                                        全年 of a year that is over, 截至11月25日 of one that is not
//	{{training.short_classes}}                       the figure with its unit: 28期
//	{{training.short_subjects 个 words}}              another unit word, in Chinese numerals: 九个
//	{{training.short_classes tens}}                  rounded down by choice: 20余期
//	{{training.short_attendees last}}                the same figure a year earlier
//	{{names training.short_subjects}}                what a distinct figure counts, 、 between them
//	{{table township training.short_classes …}}      a table by township, alone on its line
type Outline struct {
	Name   string // of the file: annual
	Title  []Inline
	Blocks []Block
	line   int // of the title
}

// Block is a heading, a paragraph or a table.
type Block struct {
	Level  int // 0 paragraph, 1 一、, 2 (一)
	Inline []Inline
	Table  *TableField
	line   int
}

// Inline is text or a field.
type Inline struct {
	Text  string
	Field *Field
}

// Field asks for a figure or a word. Code is an indicator's, or one of association, period, year, today.
type Field struct {
	Code  string
	Names bool   // the names of what is counted instead of how many
	Unit  string // the measure word to print; "" for the indicator's own
	Form  Form
	Last  bool // of the same period a year earlier
}

// Form is how the writer wants a figure written.
type Form string

// The forms: digits 28, words 二十八, tens 20余, hundreds, thousands.
const (
	Digits    Form = ""
	Words     Form = "words"
	Tens      Form = "tens"
	Hundreds  Form = "hundreds"
	Thousands Form = "thousands"
)

// The words that a field may ask for instead of a figure.
const (
	wordAssociation = "association"
	wordPeriod      = "period"
	wordYear        = "year"
	wordToday       = "today"
	wordWhole       = "whole"
)

var fieldWords = []string{wordAssociation, wordPeriod, wordYear, wordToday, wordWhole}

// isWord reports whether the field asks for a word.
func (f Field) isWord() bool { return slices.Contains(fieldWords, f.Code) }

// TableField asks for a table of indicators by township or by month.
type TableField struct {
	By    string
	Codes []string
}

var fieldPattern = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// ParseOutline reads an outline. Errors are Invalid and name the line.
func ParseOutline(name, text string) (Outline, error) {
	o := Outline{Name: name}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		block := Block{line: i + 1}
		for _, mark := range []string{"### ", "## ", "# "} {
			if rest, ok := strings.CutPrefix(line, mark); ok {
				block.Level, line = len(mark)-2, strings.TrimSpace(rest)
				if mark == "# " {
					block.Level = -1
				}
				break
			}
		}
		if block.Level < 0 {
			if len(o.Title) > 0 {
				return o, at(i+1, errs.E(errs.Invalid, "标题「# …」只能有一行"))
			}
			var err error
			if o.Title, err = parseInline(line); err != nil {
				return o, at(i+1, err)
			}
			o.line = i + 1
			continue
		}
		if m := fieldPattern.FindStringSubmatch(line); m != nil && m[0] == line && strings.HasPrefix(m[1], "table ") {
			words := strings.Fields(m[1])
			if len(words) < 3 || (words[1] != "township" && words[1] != "month") {
				return o, at(i+1, errs.E(errs.Invalid, "表格要写成 {{table township 指标代码 …}} 或 {{table month 指标代码 …}}"))
			}
			block.Table = &TableField{By: words[1], Codes: words[2:]}
			o.Blocks = append(o.Blocks, block)
			continue
		}
		inline, err := parseInline(line)
		if err != nil {
			return o, at(i+1, err)
		}
		block.Inline = inline
		o.Blocks = append(o.Blocks, block)
	}
	if len(o.Title) == 0 {
		return o, errs.E(errs.Invalid, "提纲缺标题，请在第一行写「# 标题」")
	}
	return o, nil
}

func at(line int, err error) error {
	return errs.E(errs.Invalid, "提纲第 %d 行：%s", line, err.Error())
}

func parseInline(line string) ([]Inline, error) {
	var out []Inline
	for line != "" {
		m := fieldPattern.FindStringSubmatchIndex(line)
		if m == nil {
			if strings.Contains(line, "{{") || strings.Contains(line, "}}") {
				return nil, errs.E(errs.Invalid, "有一处花括号没有成对")
			}
			return append(out, Inline{Text: line}), nil
		}
		if before := line[:m[0]]; strings.Contains(before, "{{") || strings.Contains(before, "}}") {
			return nil, errs.E(errs.Invalid, "有一处花括号没有成对")
		} else if before != "" {
			out = append(out, Inline{Text: before})
		}
		f, err := parseField(line[m[2]:m[3]])
		if err != nil {
			return nil, err
		}
		out = append(out, Inline{Field: &f})
		line = line[m[1]:]
	}
	return out, nil
}

func parseField(text string) (Field, error) {
	words := strings.Fields(text)
	var f Field
	if len(words) > 1 && words[0] == "names" {
		f.Names, words = true, words[1:]
	}
	if len(words) == 0 {
		return f, errs.E(errs.Invalid, "有一处 {{}} 里没有写指标代码")
	}
	f.Code = words[0]
	for _, w := range words[1:] {
		switch Form(w) {
		case Words, Tens, Hundreds, Thousands:
			f.Form = Form(w)
		case "last":
			f.Last = true
		default:
			if f.Unit != "" {
				return f, errs.E(errs.Invalid, "看不懂 {{%s}} 里的「%s」", text, w)
			}
			f.Unit = w
		}
	}
	switch {
	case f.Names && (f.Form != Digits || f.Unit != ""):
		return f, errs.E(errs.Invalid, "{{%s}} 列的是名称，不能再写单位和写法", text)
	case f.isWord() && (len(words) > 1 || f.Names):
		return f, errs.E(errs.Invalid, "{{%s}} 后面不能再写别的", f.Code)
	case !f.isWord() && !strings.Contains(f.Code, "."):
		return f, errs.E(errs.Invalid, "看不懂 {{%s}}，要写指标代码，或者 association、period、year、today", text)
	}
	return f, nil
}

// Check says which line asks for what there is not: an unknown indicator, or names of what has none. def finds definitions.
func (o Outline) Check(def func(code string) (indicator.Def, bool)) error {
	inline := func(line int, all []Inline) error {
		for _, in := range all {
			if in.Field == nil || in.Field.isWord() {
				continue
			}
			d, known := def(in.Field.Code)
			if !known {
				return at(line, unknown(in.Field.Code))
			}
			if in.Field.Names && d.Kind != indicator.DistinctKeys && d.Kind != indicator.DistinctAtEnd {
				return at(line, errs.E(errs.Invalid, "「%s」数的不是不同的项，列不出名称，请去掉 names", d.Name))
			}
		}
		return nil
	}
	if err := inline(o.line, o.Title); err != nil {
		return err
	}
	for _, b := range o.Blocks {
		if err := inline(b.line, b.Inline); err != nil {
			return err
		}
		if b.Table == nil {
			continue
		}
		for _, code := range b.Table.Codes {
			if _, known := def(code); !known {
				return at(b.line, unknown(code))
			}
		}
	}
	return nil
}

func unknown(code string) error {
	return errs.E(errs.Invalid, "没有代码为「%s」的指标，请照「可以写的数字」改", code)
}

// Codes lists the indicators that the outline asks for, each once, in order.
func (o Outline) Codes() []string {
	var codes []string
	seen := map[string]bool{}
	add := func(code string) {
		if !seen[code] && strings.Contains(code, ".") {
			seen[code] = true
			codes = append(codes, code)
		}
	}
	for _, in := range o.Title {
		if in.Field != nil {
			add(in.Field.Code)
		}
	}
	for _, b := range o.Blocks {
		for _, in := range b.Inline {
			if in.Field != nil {
				add(in.Field.Code)
			}
		}
		if b.Table != nil {
			for _, c := range b.Table.Codes {
				add(c)
			}
		}
	}
	return codes
}

// Shipped reads the outlines of the catalogue, by name. NotFound when there is none of the name.
func Shipped(files fs.FS, name string) (string, error) {
	text, err := fs.ReadFile(files, path.Join("outlines", name+".md"))
	if err != nil {
		return "", errs.E(errs.NotFound, "没有名为「%s」的提纲，现有：%s", name, strings.Join(ShippedNames(files), "、"))
	}
	return string(text), nil
}

// ShippedNames lists the outlines of the catalogue.
func ShippedNames(files fs.FS) []string {
	var names []string
	entries, err := fs.ReadDir(files, "outlines")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if n, ok := strings.CutSuffix(e.Name(), ".md"); ok {
			names = append(names, n)
		}
	}
	return names
}
