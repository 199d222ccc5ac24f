package page

// Under 640 px a row of a table is a card: CSS alone makes it so from the classes and names given here (web/src/card.css), and the
// roles in the markup keep it a table for who listens.

// class says how the column stands in the table.
func (c Column) class() string {
	switch c.Kind {
	case NumColumn:
		return "num"
	case MainColumn:
		return "main"
	}
	return ""
}

// cardTitle is the column that names the row.
func cardTitle(columns []Column) int {
	for i, c := range columns {
		if c.Kind == MainColumn {
			return i
		}
	}
	return 0
}

// cardEnd says whether column i stands at the end of the title line: a state, or where there is none the first figure.
func cardEnd(columns []Column, i int) bool {
	figure := -1
	for n, c := range columns {
		switch {
		case c.Kind == StateColumn:
			return columns[i].Kind == StateColumn
		case c.Kind == NumColumn && !c.Less && figure < 0:
			figure = n
		}
	}
	return i == figure
}

// cellClass is the class of cell i of r, in the table and on the card.
func (l List) cellClass(r Row, i int) string {
	if i >= len(l.Columns) {
		return ""
	}
	c := l.Columns[i]
	switch {
	case i == cardTitle(l.Columns):
		return "card-title " + c.class()
	case cardEnd(l.Columns, i):
		return "card-end " + c.class()
	case c.Less && r.Href != "":
		return "card-less " + c.class()
	}
	return c.class()
}

// cardName is the name that stands before the value of cell i on a card; "" where the value needs none.
func (l List) cardName(i int) string {
	if i >= len(l.Columns) {
		return ""
	}
	if c := l.Columns[i]; !c.Plain && c.Kind != CodeColumn && c.Kind != StateColumn && i != cardTitle(l.Columns) {
		return c.Label
	}
	return ""
}

// sortable says whether there is anything to sort and a column to sort by.
func (l List) sortable() bool {
	for _, c := range l.Columns {
		if c.Sort != "" {
			return len(l.Rows) > 1
		}
	}
	return false
}
