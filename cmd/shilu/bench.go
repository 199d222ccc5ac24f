package main

import "shilu/internal/kit/errs"

type benchCommand struct {
	Only []string `help:"Only these works: W1 to W6, import." sep:","`
	JSON bool     `name:"json" help:"Print one JSON document."`
}

// Run measures.
func (c *benchCommand) Run(_ *environment) error {
	return errs.E(errs.Unavailable, "测速还没有接上")
}
