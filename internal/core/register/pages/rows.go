package pages

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"shilu/internal/core/desk"
	"shilu/internal/core/page"
)

// MostRows is the most rows that a table within a form takes.
const MostRows = 500

// rowName is the beginning of the names of a row's fields: sessions.0.
func rowName(table string, row int) string { return table + "." + strconv.Itoa(row) + "." }

// tableRows are the rows of a table as they were sent: a row is there when its first field is.
func tableRows(v url.Values, table string, keys []string) (rows [][]string) {
	for n := range MostRows {
		if !v.Has(rowName(table, n) + keys[0]) {
			break
		}
		row := make([]string, len(keys))
		for i, key := range keys {
			row[i] = v.Get(rowName(table, n) + key)
		}
		rows = append(rows, row)
	}
	return rows
}

// editRows adds or takes away a row, as the buttons of the form without scripts ask: add:sessions, remove:sessions:2. Where there is
// one table its name may be left out.
func (f Form[T, W]) editRows(v url.Values, ask string) { EditRows(f.Rows, v, ask) }

// EditRows is what editRows does, for a form of a module's own: tables are its tables with the keys of their columns.
func EditRows(tables map[string][]string, v url.Values, ask string) {
	parts := strings.Split(ask, ":")
	for table, keys := range tables {
		if len(parts) > 1 && parts[1] == table {
			parts = slices.Delete(parts, 1, 2)
		} else if len(tables) > 1 {
			continue
		}
		keys = sentKeys(v, table, keys)
		rows := tableRows(v, table, keys)
		switch {
		case parts[0] == "add" && len(rows) < MostRows:
			rows = append(rows, make([]string, len(keys)))
		case parts[0] == "remove" && len(parts) == 2:
			if i, err := strconv.Atoi(parts[1]); err == nil && i >= 0 && i < len(rows) {
				rows = slices.Delete(rows, i, i+1)
			}
		default:
			continue
		}
		setRows(v, table, keys, rows)
	}
}

// closeRows takes out the rows that were left empty, so that a row has the number by which it is called when something is wrong in it.
func (f Form[T, W]) closeRows(v url.Values) {
	for table, keys := range f.Rows {
		keys = sentKeys(v, table, keys)
		rows := tableRows(v, table, keys)
		setRows(v, table, keys, slices.DeleteFunc(rows, func(row []string) bool {
			return !slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" })
		}))
	}
}

// sentKeys are the keys of the columns that a table was sent with: a form may leave out those that no row needs.
func sentKeys(v url.Values, table string, keys []string) []string {
	there := map[string]bool{keys[0]: true}
	for n := 0; n < MostRows && v.Has(rowName(table, n)+keys[0]); n++ {
		for _, key := range keys {
			there[key] = there[key] || v.Has(rowName(table, n)+key)
		}
	}
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !there[key] })
}

// setRows writes the rows of a table in the place of those that are there.
func setRows(v url.Values, table string, keys []string, rows [][]string) {
	for name := range v {
		if strings.HasPrefix(name, table+".") {
			v.Del(name)
		}
	}
	for n, row := range rows {
		for i, key := range keys {
			v.Set(rowName(table, n)+key, row[i])
		}
	}
}

// Table is a table within the form with what is typed there; its columns are the heads of t in the order of the form's Rows.
func (f *Filled[T, W]) Table(t page.SubRows) templ.Component {
	keys := make([]string, len(t.Heads))
	for i, h := range t.Heads {
		keys[i] = h.Key
	}
	t.Error = f.visit.ErrorsOf(f.Errors, t.Name)
	for n, row := range tableRows(f.Values, t.Name, keys) {
		one := page.SubRow{Values: row, Errors: map[string]string{}}
		for _, key := range keys {
			if says := desk.ErrorOf(f.Errors, rowName(t.Name, n)+key); says != "" {
				one.Errors[key] = says
			}
		}
		t.Rows = append(t.Rows, one)
	}
	if len(t.Rows) == 0 { // scripts copy the last row, so there is always one
		t.Rows = []page.SubRow{{}}
	}
	return page.SubRowsField(t)
}
