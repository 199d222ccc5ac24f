package main

import "shilu/internal/kit/errs"

type reportCommand struct {
	scopeFlags `embed:""`
	Outline    string `help:"Name of the outline." default:"annual"`
	Freeze     bool   `help:"Freeze the report: it keeps its figures and the checkpoint."`
	Out        string `short:"o" required:"" help:"File to write: .docx, .json or .md." type:"path"`
}

// Run writes the report.
func (c *reportCommand) Run(_ *environment) error {
	return errs.E(errs.Unavailable, "报告还没有接上")
}
