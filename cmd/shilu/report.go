package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"shilu/internal/app"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/insight/report"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
)

type reportCommand struct {
	scopeFlags `embed:""`
	Outline    string `help:"Name of the outline." default:"annual"`
	Freeze     bool   `help:"Freeze the report: it keeps its figures and the checkpoint."`
	Out        string `short:"o" required:"" help:"File to write: .docx, .json or .md." type:"path"`
}

// Run writes the report; with --freeze it is kept and frozen first, and the checkpoint printed. What came later than an earlier
// frozen report of the same outline and scope is listed.
func (c *reportCommand) Run(e *environment) error {
	ending := strings.ToLower(filepath.Ext(c.Out))
	switch {
	case !slices.Contains(report.Formats, ending):
		return report.WrongEnding(ending)
	case c.Freeze && c.AsOf != 0:
		return errs.E(errs.Invalid, "定稿照的是现在的存证点，--freeze 和 --as-of 只写一个")
	}
	if info, err := os.Stat(filepath.Dir(c.Out)); err != nil || !info.IsDir() {
		return errs.E(errs.Invalid, "没有文件夹 %s，请先建好，或换一个地方存", filepath.Dir(c.Out))
	}
	values, err := c.values()
	if err != nil {
		return err
	}
	a, err := e.open()
	if err != nil {
		return err
	}
	defer a.Close()
	inner := *e
	if inner.Context, err = a.AtMachine(e); err != nil {
		return err
	}
	scope, tree, err := c.ask(inner, a, values)
	if err != nil {
		return err
	}
	if c.Freeze {
		return c.freeze(&inner, a, values, ending)
	}
	return c.live(&inner, a, scope, tree, ending)
}

// live writes the report as it is now.
func (c *reportCommand) live(e *environment, a *app.App, scope indicator.Scope, tree *org.Tree, ending string) error {
	var d report.Document
	var frozen []report.Stored
	var corrections [][]report.Correction
	if err := a.DB.View(e, func(tx *db.Tx) error {
		o, err := a.Reports.Shipped(c.Outline)
		if err != nil {
			return err
		}
		if d, err = a.Reports.Compute(e, tx, o, scope); err != nil {
			return err
		}
		all, err := a.Reports.List(e, tx)
		if err != nil {
			return err
		}
		scope.AsOf = 0
		for _, r := range all {
			if r.State != report.Frozen || r.Outline != c.Outline || r.Scope != scope.Query(tree).Encode() {
				continue
			}
			found, err := a.Reports.Corrections(e, tx, r)
			if err != nil {
				return err
			}
			frozen, corrections = append(frozen, r), append(corrections, found)
		}
		return nil
	}); err != nil {
		return err
	}
	file, err := d.File(e, ending)
	if err != nil {
		return err
	}
	if err := writeWhole(c.Out, file); err != nil {
		return err
	}
	c.printWritten(e, d)
	for i, r := range frozen {
		printCorrections(e, r, corrections[i])
	}
	return nil
}

// freeze keeps the report, freezes it, writes it and prints the checkpoint.
func (c *reportCommand) freeze(e *environment, a *app.App, values url.Values, ending string) error {
	text, err := report.Shipped(a.Reports.Outlines, c.Outline)
	if err != nil {
		return err
	}
	r, err := a.Reports.Create(e, report.WriteInput{Outline: c.Outline, Text: text, Scope: values})
	if err != nil {
		return err
	}
	r, d, err := a.Reports.Freeze(e, r.ID, r.Version)
	if err != nil {
		return err
	}
	if _, err := a.Seal(e); err != nil { // the freezing itself gets its number
		return err
	}
	e.stdout.printf("已定稿：%s，%d 个数字\n存证点 № %d，根值 %s\n报告编号 %s\n", r.Title, len(d.Figures), r.Final.Checkpoint, r.Final.Root, r.ID)
	if n := d.Placeholders(); n > 0 {
		e.stderr.printf("shilu: 还有 %d 段「（请填写）」没有写\n", n)
	}
	file, err := d.File(e, ending)
	if ending == ".docx" {
		file, err = word(e, a, r)
	}
	if err != nil {
		return err
	}
	if err := writeWhole(c.Out, file); err != nil {
		return err
	}
	c.printWritten(e, d)
	return nil
}

// printWritten says which file was written and what stands in it.
func (c *reportCommand) printWritten(e *environment, d report.Document) {
	e.stdout.printf("已写 %s：%s，%d 个数字，存证点 № %d\n", c.Out, d.Title, len(d.Figures), d.Checkpoint)
}

// word is the Word file that is kept, byte for byte.
func word(e *environment, a *app.App, r report.Stored) ([]byte, error) {
	f, err := a.Reports.Word(e, r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read the Word file: %w", err)
	}
	return b, nil
}

// printCorrections lists what came later than a frozen report.
func printCorrections(e *environment, r report.Stored, all []report.Correction) {
	all = slices.DeleteFunc(all, func(c report.Correction) bool { return c.Again })
	if len(all) == 0 {
		return
	}
	e.stdout.printf("「%s」照存证点 № %d 定稿以后，有 %d 个数字更正：\n", r.Title, r.Final.Checkpoint, len(all))
	for _, c := range all {
		now := c.Now.Text
		if now == "" {
			now = "没有了"
		}
		e.stdout.printf("  %s %s%s：定稿 %s，现在 %s\n", c.Figure.Code, c.Figure.Name, c.Figure.Row, c.Figure.Text, now)
		for _, l := range c.Lines {
			e.stdout.printf("    %s %s %s %+d %s\n", l.Number, l.Title, l.Fact.Day, l.Fact.Amount, l.Reason)
		}
	}
}

// writeWhole writes a file entirely or not at all: beside its place first, then renamed.
func writeWhole(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return errs.E(errs.Unavailable, "写不了 %s，请看文件夹在不在、能不能写", path).Because(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}
