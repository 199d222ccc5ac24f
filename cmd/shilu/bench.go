package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"shilu/internal/app/bench"
	"shilu/internal/kit/errs"
)

type benchCommand struct {
	Only []string `help:"Only these works: ${works}." sep:","`
	JSON bool     `name:"json" help:"Print one JSON document."`
}

// Run measures on fresh databases that are gone afterwards: SQLite in a temporary folder or, with --database-url, schemas of
// their own on that server.
func (c *benchCommand) Run(e *environment) error {
	for _, w := range c.Only {
		if !slices.Contains(bench.Names(), w) {
			return errs.E(errs.Invalid, "没有「%s」这一项测速；有：%s", w, strings.Join(bench.Names(), "、"))
		}
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	rows := []bench.Row{}
	err = bench.Run(e, bench.Options{URL: e.flags.DatabaseURL, Only: c.Only, Program: program, Report: func(r bench.Row) {
		rows = append(rows, r)
		if !c.JSON {
			e.stdout.println(r)
		}
	}})
	if err != nil || !c.JSON {
		return err
	}
	return writeJSON(e, rows)
}
