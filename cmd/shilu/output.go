package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// output is where commands print without checking each line. It keeps the first error, which run reports: a list that was cut off
// must not look whole.
type output struct {
	to  io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	var n int
	n, o.err = o.to.Write(p)
	return n, o.err
}

func (o *output) printf(format string, args ...any) { _, _ = fmt.Fprintf(o, format, args...) }

func (o *output) println(args ...any) { _, _ = fmt.Fprintln(o, args...) }

// columns prints lines whose cells, ended by tabs, line up.
func (o *output) columns(print func(lines *output)) {
	w := tabwriter.NewWriter(o, 0, 0, 2, ' ', 0)
	print(&output{to: w})
	_ = w.Flush() // o keeps the error
}
