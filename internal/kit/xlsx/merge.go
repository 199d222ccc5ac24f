package xlsx

import (
	"bytes"
	"cmp"
	"slices"
)

const maxMerges = 50_000

// readMerge reads "A1:C2"; a range of one cell is none.
func readMerge(ref []byte) (Merge, bool) {
	from, to, found := bytes.Cut(ref, []byte(":"))
	c1, r1, ok1 := position(from)
	c2, r2, ok2 := position(to)
	if !found || !ok1 || !ok2 {
		return Merge{}, false
	}
	m := Merge{FromRow: min(r1, r2), ToRow: max(r1, r2), FromColumn: min(c1, c2), ToColumn: max(c1, c2)}
	return m, m.FromRow < m.ToRow || m.FromColumn < m.ToColumn
}

func sortMerges(m []Merge) {
	slices.SortFunc(m, func(a, b Merge) int {
		return cmp.Or(a.FromRow-b.FromRow, a.FromColumn-b.FromColumn)
	})
}

// Filled is Rows with every cell of a merged range holding the range's first value, marked Filled: so a title over
// three columns heads each of them, and a township over its rows stands in each. Do not add up filled cells.
// The ranges stand behind the rows in the file, so the sheet is read twice the first time.
func (s *Sheet) Filled(each func(Row) error) error {
	merges, err := s.Merges()
	if err != nil || len(merges) == 0 {
		if err == nil {
			err = s.Rows(each)
		}
		return err
	}
	type open struct {
		Merge
		first Cell
	}
	var active []open // ranges that reach into the row, never overlapping
	return s.Rows(func(r Row) error {
		active = slices.DeleteFunc(active, func(o open) bool { return o.ToRow < r.Number })
		for len(merges) > 0 && merges[0].FromRow <= r.Number {
			m := merges[0]
			merges = merges[1:]
			m.ToColumn = min(m.ToColumn, s.book.limits.Columns-1)
			overlaps := slices.ContainsFunc(active, func(o open) bool {
				return m.FromColumn <= o.ToColumn && o.FromColumn <= m.ToColumn
			})
			// A range whose first row was empty has no first value.
			if m.FromRow == r.Number && !overlaps && m.FromColumn <= m.ToColumn {
				first := r.At(m.FromColumn)
				first.Filled, first.Problem = true, nil
				if first.Kind != Empty {
					active = append(active, open{m, first})
				}
			}
		}
		for _, o := range active {
			for len(r.Cells) <= o.ToColumn {
				r.Cells = append(r.Cells, Cell{})
			}
			for c := o.FromColumn; c <= o.ToColumn; c++ {
				if c != o.FromColumn || r.Number != o.FromRow {
					r.Cells[c] = o.first
				}
			}
		}
		return each(r)
	})
}
