package register

import (
	"slices"
	"strings"

	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/kit/day"
	"shilu/internal/kit/xlsx"
	"shilu/internal/kit/zh"
)

// SheetColumn is a column of a sheet both ways: the headings by which offices know it, how a cell of it is read into a body, and what
// the export writes into it. Key is that of a field of the book, so that what is wrong with the field is said at the cell.
type SheetColumn[T, W any] struct {
	intake.Column // Type "": it is only written
	As            xlsx.ColumnKind
	Width         float64
	// Read puts what a cell says into the body; false when it says nothing that is to be kept: a note of r says why. It is not asked about
	// blank cells and those that cannot be read. nil: the sheet reads the column itself (kind, place, unit, number).
	Read func(r *Reading[W], v intake.Value, into *T) bool
	// Merge lays what a row said over a record that is there; nil: the column changes nothing of it.
	Merge func(into *T, said T)
	// Out is what the export writes, nil for blank; without it the column is only read.
	Out func(e Entry[T], w W) any
}

// Reading is a row on its way to a body. Words are those of today until the day of the row is known, then of that day.
type Reading[W any] struct {
	*intake.Row
	Words W
	Tree  *org.Tree
	Today day.Day
	given []string
	find  func(said intake.PlaceName) (intake.Spot, bool)
}

// FindPlace is the place of that township and village as places are named today or were; false when nobody knows it.
func (r *Reading[W]) FindPlace(township, village string) (org.Place, bool) {
	at, ok := r.find(intake.PlaceName{Township: township, Village: village})
	return at.Place, ok && at.Venue == "" && township+village != ""
}

// Give says that the row gives these columns a value without a cell of their own: the end of a period that stands in one cell.
func (r *Reading[W]) Give(keys ...string) { r.given = append(r.given, keys...) }

// Or are other headings that offices give the column.
func (c SheetColumn[T, W]) Or(aliases ...string) SheetColumn[T, W] {
	c.Aliases = append(slices.Clone(c.Aliases), aliases...)
	return c
}

// Wide gives the column that width in the export.
func (c SheetColumn[T, W]) Wide(width float64) SheetColumn[T, W] { c.Width = width; return c }

// Tells marks a column by which a sheet is known to be one of the register: no sheet is without any such column.
func (c SheetColumn[T, W]) Tells() SheetColumn[T, W] { c.Main = true; return c }

// In are the units in which a column of counts is counted, as headings have them in brackets.
func (c SheetColumn[T, W]) In(units ...string) SheetColumn[T, W] { c.Units = units; return c }

// Merges puts the module's own way of laying what a row says over a record in the place of the usual one.
func (c SheetColumn[T, W]) Merges(merge func(into *T, said T)) SheetColumn[T, W] {
	c.Merge = merge
	return c
}

// Writes puts the module's own way of writing in the place of the usual one.
func (c SheetColumn[T, W]) Writes(as xlsx.ColumnKind, out func(e Entry[T], w W) any) SheetColumn[T, W] {
	c.As, c.Out = as, out
	return c
}

// FieldColumn is a column of a type of the module's own: at is where the body has it, read makes it of a cell, write writes it for the
// export; nil: it is only read.
func FieldColumn[T, W, V any](key, title string, of intake.Type, at func(b *T) *V, read func(r *Reading[W], v intake.Value) (V, bool), write func(value V, w W) any) SheetColumn[T, W] {
	c := SheetColumn[T, W]{Column: intake.Column{Key: key, Title: title, Type: of}}
	c.Read = func(r *Reading[W], v intake.Value, into *T) bool {
		value, ok := read(r, v)
		if ok {
			*at(into) = value
		}
		return ok
	}
	c.Merge = func(into *T, said T) { *at(into) = *at(&said) }
	if write != nil {
		c.Out = func(e Entry[T], w W) any { return write(*at(&e.Body), w) }
	}
	return c
}

// TextColumn is a text.
func TextColumn[T, W any](key, title string, at func(b *T) *string) SheetColumn[T, W] {
	return FieldColumn(key, title, intake.Text, at, func(_ *Reading[W], v intake.Value) (string, bool) { return v.Text, true }, func(s string, _ W) any { return Filled(s) })
}

// DayColumn is a day: the first one where the cell has two (Sheet.Days can ask for the other).
func DayColumn[T, W any](key, title string, at func(b *T) *day.Day) SheetColumn[T, W] {
	c := FieldColumn(key, title, intake.Day, at, func(_ *Reading[W], v intake.Value) (day.Day, bool) { return v.From, true }, func(d day.Day, _ W) any {
		if d == "" {
			return nil
		}
		return d
	})
	c.As = xlsx.AsDay
	return c
}

// SinceColumn is a day of which offices may only know the month or the year: then it is the first day of that, and the row says so.
func SinceColumn[T, W any](key, title string, at func(b *T) *day.Day) SheetColumn[T, W] {
	c := DayColumn[T, W](key, title, at)
	c.Type = intake.Since
	return c
}

// EndColumn is the last day of what lasts: the last one where the cell has two.
func EndColumn[T, W any](key, title string, at func(b *T) *day.Day) SheetColumn[T, W] {
	c := DayColumn[T, W](key, title, at)
	c.Read = func(_ *Reading[W], v intake.Value, into *T) bool { *at(into) = v.To; return true }
	return c
}

// CountColumn is a count with its exactness: 58, 约161, 200余.
func CountColumn[T, W any](key, title string, at func(b *T) **Count) SheetColumn[T, W] {
	return FieldColumn(key, title, intake.Count, at, func(_ *Reading[W], v intake.Value) (*Count, bool) { return CountIn(v), true }, func(n *Count, _ W) any { return n.Cell() })
}

// CountIn is the count of a cell.
func CountIn(v intake.Value) *Count {
	return &Count{N: v.Count.N, Exactness: Exactness(v.Count.Exactness)}
}

// NamesColumn is several names in one cell.
func NamesColumn[T, W any](key, title string, at func(b *T) *[]string) SheetColumn[T, W] {
	return FieldColumn(key, title, intake.List, at, func(_ *Reading[W], v intake.Value) ([]string, bool) { return v.List, true }, func(all []string, _ W) any { return Filled(strings.Join(all, "、")) })
}

// OutColumn is only written.
func OutColumn[T, W any](title string, out func(e Entry[T], w W) any) SheetColumn[T, W] {
	return SheetColumn[T, W]{Column: intake.Column{Title: title}, Out: out}
}

// SerialColumn counts the rows and says nothing.
func SerialColumn[T, W any]() SheetColumn[T, W] {
	return SheetColumn[T, W]{Column: intake.Column{Key: "serial", Title: "序号", Type: intake.Serial}}
}

// NumberColumn is the number of the record that a row is; blank for a new one.
func NumberColumn[T, W any]() SheetColumn[T, W] {
	return SheetColumn[T, W]{Column: intake.Column{Key: "number", Title: "编号", Aliases: []string{"记录编号"}, Type: intake.Text}, As: xlsx.AsText, Width: 15,
		Out: func(e Entry[T], _ W) any { return e.Number }}
}

// KindColumn is the kind of the row, where the module's records have kinds (Sheet.Groups); write says what the export calls it.
func KindColumn[T, W any](title string, write func(b T, w W) string) SheetColumn[T, W] {
	return SheetColumn[T, W]{Column: intake.Column{Key: "kind", Title: title, Type: intake.Text},
		Out: func(e Entry[T], w W) any { return Filled(write(e.Body, w)) }}
}

// UnitColumn is the unit whose record it is.
func UnitColumn[T, W any](title string, at func(b *T) *string, tree func(w W) *org.Tree) SheetColumn[T, W] {
	return SheetColumn[T, W]{Column: intake.Column{Key: "unit", Title: title, Type: intake.Text}, Width: 18,
		Merge: func(into *T, said T) { *at(into) = *at(&said) },
		Out:   func(e Entry[T], w W) any { return Filled(tree(w).Unit(*at(&e.Body)).Name) }}
}

// PlaceColumns are the township, the village, and both in one cell; a record is merged by the last. The export writes the first two.
func PlaceColumns[T, W any](at func(b *T) *string, tree func(w W) *org.Tree, aliases ...string) []SheetColumn[T, W] {
	return []SheetColumn[T, W]{
		{Column: intake.Column{Key: "township", Title: "乡镇", Aliases: []string{"乡（镇）", "乡镇街道", "乡镇（街道）", "所在乡镇", "地点/乡镇"}, Type: intake.Township}, Width: 10,
			Out: func(e Entry[T], w W) any { return TownshipOut(tree(w), e.Place) }},
		{Column: intake.Column{Key: "village", Title: "村", Aliases: []string{"村（社区）", "村委会", "行政村", "所在村", "地点/村"}, Type: intake.Village}, Width: 12,
			Out: func(e Entry[T], w W) any { return VillageOut(tree(w), e.Place) }},
		{Column: intake.Column{Key: "place", Title: "地点", Aliases: aliases, Type: intake.Place}, Merge: func(into *T, said T) { *at(into) = *at(&said) }},
	}
}

// TownshipOut is the township of a place as an export writes it; of a place above all townships its own name.
func TownshipOut(tree *org.Tree, place string) any {
	if town, ok := tree.Township(place); ok {
		return town.Name
	}
	return Filled(tree.PlaceName(place))
}

// VillageOut is the village of a place as an export writes it; nil where it is a township or above.
func VillageOut(tree *org.Tree, place string) any {
	if town, ok := tree.Township(place); ok && town.ID != place {
		return Filled(tree.Place(place).Name)
	}
	return nil
}

// folded is a text without what only looks different: for comparing names.
func folded(s string) string { return strings.Join(strings.Fields(zh.Fold(s)), "") }

// Filled is a text as an export writes it: nil for blank.
func Filled(s string) any {
	if s == "" {
		return nil
	}
	return s
}
