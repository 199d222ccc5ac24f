package console

import (
	"encoding/csv"
	"fmt"
	"io/fs"
)

// Shown is data of the catalogue that the pages of figures go by.
type Shown struct {
	Headlines []string // codes of the figures of the home page, in order
	Charts    []string // codes of the figures that tiles and months can show, the usual one first
	Groups    []Group  // in the order of the list of figures
	outlines  []outlineUse
}

// Group is a part of the list of figures: those whose code begins with one word.
type Group struct{ Code, Name string }

// ReadShown reads home.csv, charts.csv and figure-groups.csv of the catalogue and the outlines of reports; known says whether an indicator
// exists.
func ReadShown(files fs.FS, known func(code string) bool) (s Shown, err error) {
	for name, into := range map[string]*[]string{"home.csv": &s.Headlines, "charts.csv": &s.Charts} {
		if err := eachRow(files, name, 1, func(row []string) error {
			if !known(row[0]) {
				return fmt.Errorf("no indicator %q", row[0])
			}
			*into = append(*into, row[0])
			return nil
		}); err != nil {
			return s, err
		}
	}
	if err := eachRow(files, "figure-groups.csv", 2, func(row []string) error {
		s.Groups = append(s.Groups, Group{Code: row[0], Name: row[1]})
		return nil
	}); err != nil {
		return s, err
	}
	s.outlines, err = readOutlineUses(files)
	return s, err
}

// eachRow calls fn with every row below the head of a csv file that has so many columns.
func eachRow(files fs.FS, name string, columns int, fn func(row []string) error) error {
	f, err := files.Open(name)
	if err != nil {
		return fmt.Errorf("open the catalogue: %w", err)
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.FieldsPerRecord = columns
	rows, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i, row := range rows[min(1, len(rows)):] {
		if err := fn(row); err != nil {
			return fmt.Errorf("%s, row %d: %w", name, i+2, err)
		}
	}
	return nil
}
