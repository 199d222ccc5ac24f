package docx

import (
	"archive/zip"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// epoch is the time of every zip entry: the earliest a zip can hold.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Write writes the document as .docx. The same document gives the same bytes. It refuses what has no place in the layout: a heading
// that is not of level 1 to 4, a table without columns or rows, a row whose cells do not fill the columns; these are faults of the caller.
func Write(to io.Writer, d Document) error {
	w := writer{doc: &d, room: -1, buf: make([]byte, 0, 64<<10)}
	if err := w.document(); err != nil {
		return err
	}
	z := zip.NewWriter(to)
	for _, p := range w.parts() {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: epoch})
		if err == nil {
			_, err = f.Write(p.body)
		}
		if err != nil {
			return fmt.Errorf("docx: write %s: %w", p.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("docx: end the zip: %w", err)
	}
	return nil
}

type part struct {
	name string
	body []byte
}

const (
	typeWord     = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	relOffice    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	relMeta      = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
	relNames     = "http://schemas.openxmlformats.org/package/2006/relationships"
	figuresNames = "urn:shilu:figures"
)

// parts lists the files of the package; the list of types comes first, as readers that stream want it.
func (w *writer) parts() []part {
	d := w.doc
	types := xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`
	links := xmlHead + `<Relationships xmlns="` + relNames + `">`
	var list []part
	link := func(id, kind, name, body string) {
		types += `<Override PartName="/word/` + name + `.xml" ContentType="` + typeWord + kind + `+xml"/>`
		links += `<Relationship Id="` + id + `" Type="` + relOffice + kind + `" Target="` + name + `.xml"/>`
		list = append(list, part{"word/" + name + ".xml", []byte(body)})
	}
	link("rStyles", "styles", "styles", stylesPart(d.Digits))
	link("rSettings", "settings", "settings", settingsPart)
	link("rFonts", "fontTable", "fontTable", fontsPart())
	link("rOdd", "footer", "footer1", footerPart(false, true))
	link("rEven", "footer", "footer2", footerPart(false, false))
	link("rOddWide", "footer", "footer3", footerPart(true, true))
	link("rEvenWide", "footer", "footer4", footerPart(true, false))
	if d.Header != "" {
		link("rHeader", "header", "header1", headerPart(d.Header))
	}
	if len(w.queries) > 0 {
		links += `<Relationship Id="rFigures" Type="` + relOffice + `customXml" Target="../customXml/item1.xml"/>`
		types += `<Override PartName="/customXml/itemProps1.xml" ContentType="application/vnd.openxmlformats-officedocument.customXmlProperties+xml"/>`
		list = append(list,
			part{"customXml/item1.xml", w.figuresPart()},
			part{"customXml/itemProps1.xml", []byte(xmlHead + `<ds:datastoreItem xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml"` +
				` ds:itemID="{5B1C3B5E-6E0A-4B53-9E55-3A6A1D2F7C10}"><ds:schemaRefs><ds:schemaRef ds:uri="` + figuresNames + `"/></ds:schemaRefs></ds:datastoreItem>`)},
			part{"customXml/_rels/item1.xml.rels", []byte(xmlHead + `<Relationships xmlns="` + relNames + `"><Relationship Id="rProps" Type="` + relOffice +
				`customXmlProps" Target="itemProps1.xml"/></Relationships>`)})
	}
	types += `<Override PartName="/word/document.xml" ContentType="` + typeWord + `document.main+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>` +
		`<Override PartName="/docProps/app.xml" ContentType="application/vnd.openxmlformats-officedocument.extended-properties+xml"/></Types>`
	start := []part{
		{"[Content_Types].xml", []byte(types)},
		{"_rels/.rels", []byte(xmlHead + `<Relationships xmlns="` + relNames + `"><Relationship Id="rDocument" Type="` + relOffice +
			`officeDocument" Target="word/document.xml"/><Relationship Id="rCore" Type="` + relMeta + `" Target="docProps/core.xml"/><Relationship Id="rApp" Type="` +
			relOffice + `extended-properties" Target="docProps/app.xml"/></Relationships>`)},
		{"word/document.xml", w.buf},
		{"word/_rels/document.xml.rels", []byte(links + `</Relationships>`)},
		{"docProps/core.xml", corePart(d)},
		{"docProps/app.xml", appPart(d)},
	}
	return append(start, list...)
}

// figuresPart lists the queries of all figures by number.
func (w *writer) figuresPart() []byte {
	b := []byte(xmlHead + `<figures xmlns="` + figuresNames + `">`)
	for i, query := range w.queries {
		b = append(b, `<figure number="`+strconv.Itoa(i+1)+`" query="`...)
		b = append(escape(b, query), `"/>`...)
	}
	return append(b, `</figures>`...)
}

const pageNumber = `<w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr><w:t xml:space="preserve">— </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r>` +
	`<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r>` +
	`<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr><w:t xml:space="preserve"> —</w:t></w:r>`

// footerPart is the page number. On a landscape page it stands in a turned cell at the left edge, which is the foot of the sheet.
func footerPart(wide, odd bool) string {
	indent, jc := `<w:ind w:leftChars="100" w:left="280"/>`, atLeft
	if odd {
		indent, jc = `<w:ind w:rightChars="100" w:right="280"/>`, atRight
	}
	number := `<w:p><w:pPr><w:pStyle w:val="` + styleFooter + `"/>` + indent + jc + `</w:pPr>` + pageNumber + `</w:p>`
	if wide {
		number = `<w:tbl><w:tblPr><w:tblpPr w:vertAnchor="page" w:horzAnchor="page" w:tblpX="` + strconv.Itoa(numberFoot) + `" w:tblpY="` + strconv.Itoa(marginLeft) + `"/>` +
			`<w:tblW w:w="` + strconv.Itoa(numberLine) + `" w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr>` +
			`<w:tblGrid><w:gridCol w:w="` + strconv.Itoa(numberLine) + `"/></w:tblGrid><w:tr><w:trPr><w:trHeight w:val="` + strconv.Itoa(textWidth) + `" w:hRule="exact"/></w:trPr>` +
			`<w:tc><w:tcPr><w:tcW w:w="` + strconv.Itoa(numberLine) + `" w:type="dxa"/><w:textDirection w:val="tbRl"/></w:tcPr>` + number + `</w:tc></w:tr></w:tbl>` +
			`<w:p><w:pPr><w:pStyle w:val="` + styleSpacer + `"/></w:pPr></w:p>`
	}
	return xmlHead + `<w:ftr` + wordNames + `>` + number + `</w:ftr>`
}

func headerPart(text string) string {
	b := []byte(xmlHead + `<w:hdr` + wordNames + `><w:p><w:pPr><w:pStyle w:val="` + styleHeader + `"/></w:pPr><w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr>`)
	return string(append(appendText(b, text), `</w:r></w:p></w:hdr>`...))
}

func corePart(d *Document) []byte {
	b := []byte(xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`)
	p := d.Properties
	for _, field := range [][2]string{{"dc:title", strings.ReplaceAll(d.Title, "\n", "")}, {"dc:subject", p.Subject}, {"dc:creator", p.Creator},
		{"cp:keywords", p.Keywords}, {"cp:lastModifiedBy", p.Creator}} {
		if field[1] != "" {
			b = append(b, `<`+field[0]+`>`...)
			b = append(escape(b, field[1]), `</`+field[0]+`>`...)
		}
	}
	if !p.Created.IsZero() {
		at := p.Created.UTC().Format("2006-01-02T15:04:05Z")
		for _, name := range []string{"created", "modified"} {
			b = append(b, `<dcterms:`+name+` xsi:type="dcterms:W3CDTF">`+at+`</dcterms:`+name+`>`...)
		}
	}
	return append(b, `</cp:coreProperties>`...)
}

func appPart(d *Document) []byte {
	b := []byte(xmlHead + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Shilu</Application>`)
	if d.Properties.Company != "" {
		b = append(escape(append(b, `<Company>`...), d.Properties.Company), `</Company>`...)
	}
	return append(b, `</Properties>`...)
}
