package report

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"shilu/internal/kit/docx"
	"shilu/internal/kit/lang"
)

// titleWidth is how many Chinese characters of the title's size fill a line (kit/docx: 22 pt on 156 mm).
const titleWidth = 20

// Word writes the document as a Word file in the official layout. A frozen one prints its checkpoint at the end and where each
// figure comes from in an appendix.
func (d Document) Word(ctx context.Context) ([]byte, error) {
	ctx = inChinese(ctx)
	out := docx.Document{Title: d.brokenTitle(), DateLine: d.UntilWords(ctx), Signature: d.Association, Date: d.Day.Long(), Header: lang.T(ctx, "草稿，数字未定"),
		Properties: docx.Properties{Creator: lang.T(ctx, "实录 %s", d.Program), Company: d.Association, Subject: d.Scope.Words}}
	for _, p := range d.Passages {
		switch {
		case p.Table != nil:
			out.Body = append(out.Body, d.wordTable(*p.Table))
		case p.Level > 0:
			out.Body = append(out.Body, docx.Heading{Level: p.Level, Runs: d.runs(p.Spans)})
		default:
			out.Body = append(out.Body, docx.P(d.runs(p.Spans)...))
		}
	}
	if d.Stamp != nil {
		out.Header, out.Frozen = "", d.Stamp.words(ctx)
		out.Properties.Created = d.Stamp.Day.Time().In(time.UTC)
		sources := docx.Sources(d.sources(ctx))
		sources.Caption = "" // the attachment's title says it
		out.Attachments = []docx.Attachment{{Title: lang.T(ctx, "数字来处"), Body: []docx.Block{sources}}}
	}
	var b bytes.Buffer
	if err := docx.Write(&b, out); err != nil {
		return nil, fmt.Errorf("write the report as Word file: %w", err)
	}
	return b.Bytes(), nil
}

// words is the line that a frozen report prints at its end.
func (s Stamp) words(ctx context.Context) string {
	return lang.T(ctx, "数字照存证点 № %d 定稿，根值 %s，%s，实录 %s", s.Checkpoint, s.Root, s.Day.Long(), s.Program)
}

// brokenTitle breaks a title that is too long for a line between its parts, as evenly as it can.
func (d Document) brokenTitle() string {
	whole := width(d.Title)
	if whole <= titleWidth {
		return d.Title
	}
	at, best, sum, bytes := 0, whole, 0, 0
	for _, part := range d.titleParts {
		sum += width(part)
		bytes += len(part)
		if longer := max(sum, whole-sum); longer < best {
			at, best = bytes, longer
		}
	}
	if at == 0 || at == len(d.Title) {
		return d.Title
	}
	return d.Title[:at] + "\n" + d.Title[at:]
}

// width is how many Chinese characters a text is wide; two letters or digits are one.
func width(s string) int {
	halves := 0
	for _, r := range s {
		if r < 0x2000 {
			halves++
		} else {
			halves += 2
		}
	}
	return (halves + 1) / 2
}

func (d Document) runs(spans []Span) []docx.Run {
	var runs []docx.Run
	for _, s := range spans {
		if s.Figure == 0 {
			runs = append(runs, docx.Text(s.Text))
			continue
		}
		runs = append(runs, docx.Figure(s.Text, d.Figures[s.Figure-1].question()))
	}
	return runs
}

// question is how to ask for the figure again: training.sessions?period=2024, with names in front where it lists names.
func (f Figure) question() string {
	if f.ListsNames {
		return "names " + f.Code + "?" + f.Query
	}
	return f.Code + "?" + f.Query
}

func (d Document) wordTable(t Table) docx.Table {
	out := docx.Table{Columns: []docx.Column{{Width: 3, Align: docx.Left}}}
	var heads []docx.Cell
	for i, h := range t.Heads {
		if i > 0 {
			out.Columns = append(out.Columns, docx.Column{Width: 3, Align: docx.Right})
		}
		heads = append(heads, docx.TextCell(h))
	}
	out.Header = [][]docx.Cell{heads}
	for _, row := range t.Rows {
		var cells []docx.Cell
		for _, s := range row {
			cells = append(cells, docx.Cell{Runs: d.runs([]Span{s})})
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// sources lists where the figures come from: each of the text once, and a table by its columns.
func (d Document) sources(ctx context.Context) []docx.Source {
	var all []docx.Source
	seen := map[string]bool{}
	whole := map[string]Figure{} // of the tables, by code: the last row is the whole
	var columns []string
	for _, f := range d.Figures {
		if f.Row != "" {
			if _, known := whole[f.Code]; !known {
				columns = append(columns, f.Code)
			}
			whole[f.Code] = f
			continue
		}
		if key := f.question() + f.Text; !seen[key] {
			seen[key] = true
			text := f.Text
			if f.ListsNames && f.Available {
				text = lang.T(ctx, "名称%d项", len(f.Names))
			}
			all = append(all, docx.Source{Text: text, Name: f.Name, Scope: f.Scope, From: f.from(ctx)})
		}
	}
	for _, code := range columns {
		f := whole[code]
		all = append(all, docx.Source{Text: lang.T(ctx, "见表"), Name: f.Name, Scope: f.Scope, From: f.from(ctx)})
	}
	return all
}

// from says from how much a figure was computed, and what is not sure of it.
func (f Figure) from(ctx context.Context) string {
	if !f.Available {
		switch {
		case f.NotApplicable:
			return lang.T(ctx, "不适用：%s", f.Reason)
		case f.Reason != "":
			return lang.T(ctx, "没有数：%s", f.Reason)
		}
		return lang.T(ctx, "没有数")
	}
	text := lang.T(ctx, "%d笔账目", f.Facts)
	if f.Numerator != nil && f.Denominator != nil {
		text += lang.T(ctx, "，%s÷%s", string(*f.Numerator), string(*f.Denominator))
	}
	for _, n := range f.Notes(ctx) {
		text += lang.T(ctx, "，") + n
	}
	return text
}

// Notes says what is not sure of a figure: how much of it is estimated or unproved, what is pending, what some records do not say.
func (f Figure) Notes(ctx context.Context) []string {
	var notes []string
	if !f.Available {
		return notes
	}
	unit := f.Unit
	if f.Numerator != nil {
		unit = ""
	}
	if positive(f.Estimated) {
		notes = append(notes, lang.T(ctx, "其中%s%s是估计", string(*f.Estimated), unit))
	}
	if positive(f.Unproved) {
		notes = append(notes, lang.T(ctx, "其中%s%s缺佐证", string(*f.Unproved), unit))
	}
	if f.Basis != "" {
		notes = append(notes, lang.T(ctx, "外部数据：%s", f.Basis))
	}
	if f.Reason != "" {
		notes = append(notes, f.Reason)
	}
	if f.PendingRecords > 0 {
		notes = append(notes, lang.T(ctx, "另有%s条待核实，未计入", strconv.FormatInt(f.PendingRecords, 10)))
	}
	return notes
}
