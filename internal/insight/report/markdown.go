package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/lang"
)

// Formats are the endings that a document can be written with.
var Formats = []string{".docx", ".json", ".md"}

// File writes the document in the format of the ending. Invalid for another ending.
func (d Document) File(ctx context.Context, ending string) ([]byte, error) {
	ctx = inChinese(ctx)
	switch ending {
	case ".docx":
		return d.Word(ctx)
	case ".json":
		return d.JSON()
	case ".md":
		return []byte(d.Markdown(ctx)), nil
	}
	return nil, WrongEnding(ending)
}

// WrongEnding says which endings there are.
func WrongEnding(ending string) error {
	return errs.E(errs.Invalid, "写不成「%s」，文件名要以 %s 结尾", ending, strings.Join(Formats, "、"))
}

// JSON writes the document with all figures as one JSON document.
func (d Document) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return nil, fmt.Errorf("write the report as JSON: %w", err)
	}
	return b.Bytes(), nil
}

// Markdown writes the document as text that people can read as it is.
func (d Document) Markdown(ctx context.Context) string {
	ctx = inChinese(ctx)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", plain(d.Title))
	if words := d.UntilWords(ctx); words != "" {
		fmt.Fprintf(&b, "\n%s\n", words)
	}
	for _, p := range d.Passages {
		b.WriteString("\n")
		switch {
		case p.Table != nil:
			markdownRow(&b, p.Table.Heads)
			b.WriteString("| --- |" + strings.Repeat(" ---: |", len(p.Table.Heads)-1) + "\n")
			for _, row := range p.Table.Rows {
				cells := make([]string, len(row))
				for i, s := range row {
					cells[i] = s.Text
				}
				markdownRow(&b, cells)
			}
		case p.Level > 0:
			fmt.Fprintf(&b, "%s %s\n", strings.Repeat("#", p.Level+1), text(p.Spans))
		default:
			fmt.Fprintf(&b, "%s\n", text(p.Spans))
		}
	}
	fmt.Fprintf(&b, "\n%s\n\n%s\n", plain(d.Association), d.Day.Long())
	if d.Stamp != nil {
		fmt.Fprintf(&b, "\n%s\n\n## %s\n\n", d.Stamp.words(ctx), lang.T(ctx, "数字来处"))
		markdownRow(&b, []string{lang.T(ctx, "数字"), lang.T(ctx, "指标"), lang.T(ctx, "口径"), lang.T(ctx, "来处")})
		b.WriteString("| --- | --- | --- | --- |\n")
		for _, s := range d.sources(ctx) {
			markdownRow(&b, []string{s.Text, s.Name, s.Scope, s.From})
		}
	}
	return b.String()
}

func text(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(plain(s.Text))
	}
	return b.String()
}

// plain keeps the signs of Markdown in a writer's text from meaning anything.
func plain(s string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`).Replace(s)
}

func markdownRow(b *strings.Builder, cells []string) {
	for _, c := range cells {
		b.WriteString("| " + strings.ReplaceAll(plain(c), "|", `\|`) + " ")
	}
	b.WriteString("|\n")
}
