package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"shilu/internal/app"
	"shilu/internal/core/indicator"
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

// Run writes the report.
func (c *reportCommand) Run(e *environment) error {
	ending := strings.ToLower(filepath.Ext(c.Out))
	if !slices.Contains(report.Formats, ending) {
		return report.WrongEnding(ending)
	}
	return c.read(e, func(a *app.App, tx *db.Tx, e *environment, scope indicator.Scope) error {
		o, err := a.Reports.Shipped(c.Outline)
		if err != nil {
			return err
		}
		d, err := a.Reports.Compute(e, tx, o, scope)
		if err != nil {
			return err
		}
		file, err := d.File(e, ending)
		if err != nil {
			return err
		}
		return writeWhole(c.Out, file)
	})
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
