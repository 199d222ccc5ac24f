package pages

import (
	"net/http"
	"strings"

	"shilu/internal/core/desk"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
	"shilu/internal/kit/xlsx"
)

// Export is a column of the file. Headings are those that the module's import knows, so that a list that was put right in a sheet
// can be imported again. Cell gives nil for blank; w has the words of the entry's day.
type Export[T, W any] struct {
	xlsx.Column
	Cell func(v *desk.Visit, e register.Entry[T], w W) any
}

func (p *Pages[T, W]) getExport(w http.ResponseWriter, r *http.Request) error {
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error {
		asked := p.listed(v)
		asked.Sort = "day"
		if !asked.Known {
			return errs.E(errs.Invalid, "筛选里有一项已经没有了，请清除筛选后再导出")
		}
		return p.export(w, tx, v, asked.Query, v.At.Get("format"))
	})
}

// postExport exports the rows that were chosen in the list.
func (p *Pages[T, W]) postExport(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	picks, err := desk.Picks(f, p.Book.Kind)
	if err != nil {
		return p.ShowList(w, r, err, picks)
	}
	q := register.Query{Sort: "day", Filter: flow.Filter{Kinds: []string{p.Book.Kind}}}
	for _, one := range picks {
		q.IDs = append(q.IDs, one.Ref.ID)
	}
	return p.Desk.View(r, func(tx *db.Tx, v *desk.Visit) error { return p.export(w, tx, v, q, f.Values.Get("format")) })
}

// export answers with the records of a query as a file.
func (p *Pages[T, W]) export(w http.ResponseWriter, tx *db.Tx, v *desk.Visit, q register.Query, format string) error {
	words, err := p.Book.Words(v.Ctx, tx)
	if err != nil {
		return err
	}
	more := func(w W) W { return w }
	if p.Sheet != nil && p.Sheet.Writing != nil {
		if more, err = p.Sheet.Writing(v.Ctx, tx); err != nil {
			return err
		}
	}
	columns := p.List.Export
	if columns == nil && p.Sheet != nil {
		columns = append(sheetOut(p.Sheet), StandingOut[T, W]()...)
	}
	t := xlsx.Table{Name: v.T(p.Title), Rows: func(yield func([]any, error) bool) {
		for e, err := range p.Book.Each(v.Ctx, tx, q) {
			var named W
			if err == nil {
				named, err = words(e.Day)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			named = more(named)
			row := make([]any, len(columns))
			for i, c := range columns {
				row[i] = c.Cell(v, e, named)
			}
			if !yield(row, nil) {
				return
			}
		}
	}}
	for _, c := range columns {
		c.Title = v.T(c.Title)
		t.Columns = append(t.Columns, c.Column)
	}
	return desk.SendTable(w, format, v.T("%s %s", v.T(p.Title), v.Today.Long()), t)
}

// The columns that most files have.

// NumberOut is the record's number.
func NumberOut[T, W any]() Export[T, W] {
	return Export[T, W]{xlsx.Column{Title: "编号", Kind: xlsx.AsText, Width: 15}, func(_ *desk.Visit, e register.Entry[T], _ W) any { return e.Number }}
}

// FieldOut is what a field of the book says.
func FieldOut[T, W any](fields register.Fields[T, W], key, title string, width float64) Export[T, W] {
	return Export[T, W]{xlsx.Column{Title: title, Width: width}, func(_ *desk.Visit, e register.Entry[T], w W) any {
		if s := fields.Text(key, e.Body, w); s != "" {
			return s
		}
		return nil
	}}
}

// CountOut is a count: a figure to calculate with, or the words of the office where it is not exact.
func CountOut[T, W any](title string, of func(body T) *register.Count) Export[T, W] {
	return Export[T, W]{xlsx.Column{Title: title}, func(_ *desk.Visit, e register.Entry[T], _ W) any { return of(e.Body).Cell() }}
}

// PlaceOut are the two columns of the place, township and village.
func PlaceOut[T, W any](tree func(w W) *org.Tree) []Export[T, W] {
	return []Export[T, W]{
		{xlsx.Column{Title: "乡镇", Width: 10}, func(_ *desk.Visit, e register.Entry[T], w W) any { return register.TownshipOut(tree(w), e.Place) }},
		{xlsx.Column{Title: "村", Width: 12}, func(_ *desk.Visit, e register.Entry[T], w W) any { return register.VillageOut(tree(w), e.Place) }},
	}
}

// StandingOut are the columns of how the record stands: papers, those that are missing, state, who entered it.
func StandingOut[T, W any]() []Export[T, W] {
	return []Export[T, W]{{xlsx.Column{Title: "佐证件数"}, func(_ *desk.Visit, e register.Entry[T], _ W) any { return e.Papers }},
		{xlsx.Column{Title: "缺的佐证", Width: 14}, func(v *desk.Visit, e register.Entry[T], _ W) any { return missingWords(v, e.Missing) }},
		{xlsx.Column{Title: "状态"}, func(v *desk.Visit, e register.Entry[T], _ W) any { return v.T(e.State.Title()) }},
		{xlsx.Column{Title: "填报人"}, func(_ *desk.Visit, e register.Entry[T], _ W) any { return e.AuthorName }}}
}

// missingWords names the papers that are missing: 签到册或花名册 means that one of them is enough.
func missingWords(v *desk.Visit, missing string) string {
	var names []string
	for _, k := range strings.Fields(missing) {
		names = append(names, v.T(evidence.Kind(k).Title()))
	}
	return strings.Join(names, v.T("或"))
}

// sheetOut are the columns that a sheet writes: those that its import reads back, and those that are only written.
func sheetOut[T, W any](s *register.Sheet[T, W]) (all []Export[T, W]) {
	for _, c := range s.Table {
		if c.Out != nil {
			all = append(all, Export[T, W]{xlsx.Column{Title: c.Title, Kind: c.As, Width: c.Width},
				func(_ *desk.Visit, e register.Entry[T], w W) any { return c.Out(e, w) }})
		}
	}
	return all
}
