package docx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// The two names of WordprocessingML: that of all programs, and that of «strict» files.
const (
	wordName   = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	strictName = "http://purl.oclc.org/ooxml/wordprocessingml/main"
	mathName   = "http://schemas.openxmlformats.org/officeDocument/2006/math"
	mcName     = "http://schemas.openxmlformats.org/markup-compatibility/2006"
)

// open is a paragraph that has begun. Text boxes hold paragraphs within a paragraph, so they form a stack.
type open struct {
	style   string
	outline string
	text    strings.Builder
	figures []Found
}

// grid is a table that has begun; its last row's last box is the current cell.
type grid struct {
	rows     [][]Box
	boxed    int // nesting of cells when it began
	rowGone  bool
	paraText bool // the current cell has a paragraph already
}

// control is a content control that has begun.
type control struct {
	query string
	in    *open // the paragraph it stands in; nil when it holds paragraphs, cells or rows
	from  int
}

// parser walks through word/document.xml.
type parser struct {
	d        *xml.Decoder
	styles   map[string]named
	queries  map[string]string // of figures, by number
	out      []Passage
	paras    []*open
	tables   []*grid
	cells    int // cells that are open, over all tables
	controls []*control
	marks    map[string]*control // bookmarks of figures that have begun, by id
	hidden   bool                // the run is hidden
	text     bool                // inside w:t
	pieces   int                 // paragraphs, rows and cells so far
}

// parse reads the main part as a person sees it with all changes accepted.
func parse(b []byte, styles map[string]named, queries map[string]string) ([]Passage, error) {
	p := &parser{d: xml.NewDecoder(bytes.NewReader(b)), styles: styles, queries: queries}
	found := false
	for depth := 0; ; {
		token, err := p.d.Token()
		if errors.Is(err, io.EOF) && depth == 0 && found {
			return p.out, nil
		}
		if err != nil {
			return nil, broken(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return nil, broken(errors.New("elements too deep"))
			}
			found = found || t.Name.Local == "body" && isWord(t.Name.Space)
			done, err := p.start(t)
			if err != nil {
				return nil, broken(err)
			}
			if p.pieces > maxPieces {
				return nil, tooBig()
			}
			if done {
				depth--
			}
		case xml.EndElement:
			depth--
			if isWord(t.Name.Space) {
				p.end(t.Name.Local)
			}
			p.text = false
		case xml.CharData:
			if p.text && !p.hidden && len(p.paras) > 0 {
				p.para().text.Write(t)
			}
		}
	}
}

func isWord(space string) bool { return space == wordName || space == strictName }

func (p *parser) para() *open { return p.paras[len(p.paras)-1] }

func (p *parser) put(text string) {
	if len(p.paras) > 0 && !p.hidden {
		p.para().text.WriteString(text)
	}
}

// start takes the beginning of an element; done means that the element was read to its end.
func (p *parser) start(t xml.StartElement) (done bool, err error) {
	if t.Name.Space == mcName && t.Name.Local == "Fallback" { // repeats what the Choice before it says
		return true, p.d.Skip()
	}
	if t.Name.Space == mathName && t.Name.Local == "t" {
		p.text = true
		return false, nil
	}
	if !isWord(t.Name.Space) {
		return false, nil
	}
	switch t.Name.Local {
	case "p", "tr", "tc":
		p.pieces++
	}
	switch t.Name.Local {
	case "p":
		p.paras = append(p.paras, &open{})
	case "pPr":
		return true, p.paraProps()
	case "r":
		p.hidden = false
	case "rPr":
		return true, p.runProps()
	case "t":
		p.text = true
	case "tab", "ptab":
		p.put("\t")
	case "br", "cr":
		p.put("\n")
	case "noBreakHyphen":
		p.put("-")
	case "tbl":
		p.tables = append(p.tables, &grid{boxed: p.cells})
	case "tr":
		if g := p.grid(); g != nil {
			g.rows, g.rowGone = append(g.rows, nil), false
		}
	case "trPr":
		return true, p.rowProps()
	case "tc":
		p.cells++
		if g := p.grid(); g != nil && len(g.rows) > 0 {
			last := &g.rows[len(g.rows)-1]
			*last = append(*last, Box{Span: 1})
			g.paraText = false
		}
	case "tcPr":
		return true, p.cellProps()
	case "sdt":
		p.controls = append(p.controls, &control{})
	case "sdtPr":
		return true, p.controlProps()
	case "sdtContent":
		if c := p.control(); c != nil && len(p.paras) > 0 {
			c.in = p.para()
			c.from = c.in.text.Len()
		}
	case "bookmarkStart":
		if number, ok := strings.CutPrefix(attr(t, "name"), numberMark); ok && p.queries[number] != "" && len(p.paras) > 0 {
			if p.marks == nil {
				p.marks = map[string]*control{}
			}
			p.marks[attr(t, "id")] = &control{query: p.queries[number], in: p.para(), from: p.para().text.Len()}
		}
	case "bookmarkEnd":
		if c := p.marks[attr(t, "id")]; c != nil && len(p.paras) > 0 && p.para() == c.in {
			c.in.mark(c.query, c.from)
		}
		delete(p.marks, attr(t, "id"))
	case "del", "moveFrom", "delText", "delInstrText", "instrText", "rt", "sectPr", "tblPr", "tblGrid", "tblPrEx", "sdtEndPr", "object":
		return true, p.d.Skip()
	}
	return false, nil
}

func (p *parser) end(name string) {
	switch name {
	case "p":
		if len(p.paras) > 0 {
			p.endPara()
		}
	case "r":
		p.hidden = false
	case "tc":
		p.cells = max(p.cells-1, 0)
	case "tr":
		if g := p.grid(); g != nil && g.rowGone {
			g.rows = g.rows[:len(g.rows)-1]
		}
	case "tbl":
		if len(p.tables) > 0 {
			p.endTable()
		}
	case "sdt":
		if len(p.controls) > 0 {
			c := p.control()
			p.controls = p.controls[:len(p.controls)-1]
			if c.in != nil && len(p.paras) > 0 && p.para() == c.in {
				c.in.mark(c.query, c.from)
			}
		}
	}
}

// mark notes a figure that reaches from here to the end of the paragraph so far.
func (o *open) mark(query string, from int) {
	if text := o.text.String(); query != "" && from < len(text) {
		o.figures = append(o.figures, Found{Query: query, Text: text[from:], From: from, To: len(text)})
	}
}

func (p *parser) grid() *grid {
	if len(p.tables) == 0 {
		return nil
	}
	return p.tables[len(p.tables)-1]
}

func (p *parser) control() *control {
	if len(p.controls) == 0 {
		return nil
	}
	return p.controls[len(p.controls)-1]
}

// cell is the cell that text goes to now; nil in the body.
func (p *parser) cell() *Box {
	g := p.grid()
	if g == nil || p.cells <= g.boxed || len(g.rows) == 0 || len(g.rows[len(g.rows)-1]) == 0 {
		return nil
	}
	row := g.rows[len(g.rows)-1]
	return &row[len(row)-1]
}

func (p *parser) endPara() {
	o := p.para()
	p.paras = p.paras[:len(p.paras)-1]
	for _, c := range p.controls { // one that holds the whole paragraph, as Word makes it when nothing stands beside
		if c.in == nil {
			o.mark(c.query, 0)
		}
	}
	slices.SortStableFunc(o.figures, func(a, b Found) int { return a.From - b.From })
	o.figures = slices.CompactFunc(o.figures, func(next, kept Found) bool { return next.Query == kept.Query && next.From < kept.To }) // control and bookmark of one figure
	p.deliver(Passage{Style: p.styles[o.style].name, Level: p.level(o), Text: o.text.String(), Figures: o.figures})
}

func (p *parser) level(o *open) int {
	if o.outline != "" {
		return outline(o.outline)
	}
	return p.styles[o.style].level
}

// deliver hands a paragraph to its cell or to the document.
func (p *parser) deliver(para Passage) {
	box := p.cell()
	if box == nil {
		if len(p.tables) == 0 { // text between rows has no place
			p.out = append(p.out, para)
		}
		return
	}
	if g := p.grid(); g.paraText {
		box.Text += "\n"
	} else {
		g.paraText = true
	}
	for _, f := range para.Figures {
		f.From += len(box.Text)
		f.To += len(box.Text)
		box.Figures = append(box.Figures, f)
	}
	box.Text += para.Text
}

// endTable hands a table to the document; a table within a cell becomes lines of the cell, its own cells by tabs.
func (p *parser) endTable() {
	g := p.grid()
	p.tables = p.tables[:len(p.tables)-1]
	p.cells = g.boxed
	rows := slices.DeleteFunc(g.rows, func(row []Box) bool { return len(row) == 0 })
	if len(rows) == 0 {
		return
	}
	if p.cell() == nil {
		if len(p.tables) == 0 {
			p.out = append(p.out, Passage{Rows: rows})
		}
		return
	}
	for _, row := range rows {
		text, figures := Plain([]Passage{{Rows: [][]Box{row}}})
		p.deliver(Passage{Text: strings.TrimSuffix(text, "\n"), Figures: figures})
	}
}

// children calls see for the direct children of the element whose start was read, and reads to its end.
func (p *parser) children(see func(xml.StartElement)) error {
	for {
		token, err := p.d.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if isWord(t.Name.Space) {
				see(t)
			}
			if err := p.d.Skip(); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

func val(t xml.StartElement) string { return attr(t, "val") }

func attr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// on reads a switch: there, and not turned off.
func on(t xml.StartElement) bool {
	v := val(t)
	return v != "0" && v != "false" && v != "off"
}

func (p *parser) paraProps() error {
	return p.children(func(t xml.StartElement) {
		if len(p.paras) == 0 {
			return
		}
		switch t.Name.Local {
		case "pStyle":
			p.para().style = val(t)
		case "outlineLvl":
			p.para().outline = val(t)
		}
	})
}

func (p *parser) runProps() error {
	return p.children(func(t xml.StartElement) {
		if t.Name.Local == "vanish" {
			p.hidden = on(t)
		}
	})
}

func (p *parser) rowProps() error {
	return p.children(func(t xml.StartElement) {
		if g := p.grid(); g != nil && len(g.rows) > 0 && t.Name.Local == "del" {
			g.rowGone = true
		}
	})
}

func (p *parser) cellProps() error {
	return p.children(func(t xml.StartElement) {
		box := p.cell()
		if box == nil {
			return
		}
		switch t.Name.Local {
		case "gridSpan":
			box.Span = span(val(t))
		case "vMerge":
			box.Covered = val(t) != "restart"
		}
	})
}

// span reads a number of columns, 1 to 63, which is what Word allows.
func span(v string) int {
	n := 0
	for _, c := range v {
		if c < '0' || c > '9' || n > 63 {
			return 1
		}
		n = n*10 + int(c-'0')
	}
	return min(max(n, 1), 63)
}

func (p *parser) controlProps() error {
	return p.children(func(t xml.StartElement) {
		if c := p.control(); c != nil && t.Name.Local == "tag" {
			c.query = val(t)
			if number, ok := strings.CutPrefix(c.query, numberTag); ok && p.queries[number] != "" {
				c.query = p.queries[number]
			}
		}
	})
}
