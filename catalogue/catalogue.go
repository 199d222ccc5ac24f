// Package catalogue has the plain data that Shilu ships: measures, indicators and how each is computed, kinds of work, needed
// papers, outlines of reports, the English of the interface. What varies by year or form is here or in settings, never a constant in code.
package catalogue

import "embed"

// FS holds the files of this folder.
//
//go:embed *.csv outlines lang
var FS embed.FS
