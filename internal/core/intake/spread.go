package intake

import (
	"slices"

	"shilu/internal/kit/xlsx"
)

// wide is a sheet with a column for each kind of record: it is read once for each of them, as a sheet of its own.
type wide struct {
	*Sheet
	from    *xlsx.Sheet
	columns []Field
}

// spread gives the columns of a sheet that are each the value of another kind of record (Column.Of). Where a row says its kind or its
// value itself, they are none.
func (s *Sheet) spread(columns []Column) (all []Field) {
	for i, f := range s.Fields {
		at := slices.IndexFunc(columns, func(c Column) bool { return c.Key == f.Key })
		if at < 0 || columns[at].Of == "" {
			continue
		}
		_, kind := s.hasColumn["kind"]
		if _, value := s.hasColumn[columns[at].Into]; kind || value {
			delete(s.hasColumn, f.Key)
			s.Fields[i].Key = ""
			continue
		}
		all = append(all, f)
	}
	return all
}

// part is the sheet that one column of a wide one makes: 人口表·户数, or 户数 where there is no other sheet.
func (w wide) part(index int, f Field, g Guide, alone bool) *Sheet {
	p := *w.Sheet
	c := g.Columns[slices.IndexFunc(g.Columns, func(c Column) bool { return c.Key == f.Key })]
	p.Index, p.Name, p.Shape, p.Kind, p.Skipped, p.Spread = index, w.Name+"·"+c.Title, w.Shape+"."+c.Key, c.Of, "", c.Key
	p.Wide, p.From = 0, w.Name
	if alone {
		p.Name = c.Title
	}
	choice := g.Chosen[p.Name]
	if choice.Skip {
		p.Skipped = "已选不导入"
	}
	if choice.Kind != "" {
		p.Kind = choice.Kind
	}
	if choice.Year != 0 {
		p.Year = choice.Year
	}
	p.KindName = ""
	for _, k := range g.Kinds {
		if k.Code == p.Kind {
			p.KindName = k.Name
		}
	}
	p.Fields = nil
	for _, one := range w.Fields {
		if one.Column == f.Column {
			one.Key = c.Into
		} else if slices.ContainsFunc(w.columns, func(o Field) bool { return o.Column == one.Column }) {
			continue
		}
		p.Fields = append(p.Fields, one)
	}
	p.choose(Choice{Fields: choice.Fields}, false, g.Columns)
	p.note()
	p.Notes = nil               // of what fills the whole sheet: each part says its own
	p.fillIn(g, c.Into, "kind") // its column says both, whatever is chosen
	return &p
}

// samples are the first values that a part found in the columns of its sheet, which is not read itself.
func (w wide) samples(part *Sheet) {
	for i, f := range w.Fields {
		if one, ok := part.fieldAt(f.Column); ok && f.Sample == "" {
			w.Fields[i].Sample = one.Sample
		}
	}
}

// note keeps where the columns of the sheet's fields are.
func (s *Sheet) note() {
	s.hasColumn = map[string]int{}
	for _, f := range s.Fields {
		if f.Key != "" {
			s.hasColumn[f.Key] = f.Column
		}
	}
}

// spreadInto is the column as which one of a wide sheet is read.
func spreadInto(columns []Column, key string) string {
	for _, c := range columns {
		if c.Key == key {
			return c.Into
		}
	}
	return ""
}
