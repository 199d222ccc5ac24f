package docx

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// tagLimit is how many UTF-16 units Word keeps of a content control's tag.
const tagLimit = 64

// A figure has a number in the document: its bookmark is «_figure12», and its tag «figure:12» when the query is too long for one.
const (
	numberTag  = "figure:"
	numberMark = "_figure" // Word hides bookmarks that begin so
)

// writer holds word/document.xml as it grows.
type writer struct {
	buf      []byte
	doc      *Document
	room     int      // where the last block, a paragraph, takes more properties; -1 when it is a table
	newPage  bool     // the next paragraph begins a page
	wide     bool     // the section is landscape
	queries  []string // of the figures so far; the nth has number n, from 1
	counters [4]int   // of numbered headings
}

func (w *writer) add(s string) { w.buf = append(w.buf, s...) }

// look is what a paragraph has beside its style, in the order of the schema.
type look struct {
	keep  bool   // stay on the page of the next paragraph
	frame bool   // stand at the foot of the text area
	ind   string // w:ind
	jc    string // w:jc
}

// document writes the whole body. The order of things is that of GB/T 9704, section 7.
func (w *writer) document() error {
	d := w.doc
	w.add(xmlHead + `<w:document` + wordNames +
		` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
		` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"` +
		` xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml" mc:Ignorable="w15"><w:body>`)
	w.text(styleTitle, look{}, d.Title)
	for _, line := range []string{d.Issuer, d.DateLine} {
		if line != "" {
			w.text(styleLead, look{}, line)
		}
	}
	w.text(styleBody, look{}, "")
	if d.To != "" {
		w.text(styleTo, look{}, strings.TrimRight(d.To, "：:")+"：")
	}
	if err := w.blocks(d.Body, d.Signature != "" && len(d.Attachments) == 0); err != nil {
		return err
	}
	w.attachmentList()
	w.signature()
	printed := 0
	for _, a := range d.Attachments {
		printed++
		if len(a.Body) == 0 {
			continue
		}
		if err := w.attachment(a, printed); err != nil {
			return err
		}
	}
	w.newPage = false
	if d.Frozen != "" {
		w.text(styleFrozen, look{frame: true}, d.Frozen)
		w.room = -1 // a frame hangs on the paragraph after it
	}
	if w.room < 0 {
		w.text(styleSpacer, look{}, "")
	}
	w.add(w.section())
	w.add(`</w:body></w:document>`)
	return nil
}

// blocks writes the blocks; keepLast keeps the last paragraph on the page of what follows.
func (w *writer) blocks(blocks []Block, keepLast bool) error {
	w.counters = [4]int{}
	for i, block := range blocks {
		t, table := block.(Table)
		w.turn(table && t.Wide)
		switch b := block.(type) {
		case Heading:
			if b.Level < 1 || b.Level > 4 {
				return fmt.Errorf("docx: heading of level %d in block %d, want 1 to 4", b.Level, i+1)
			}
			w.heading(b)
		case Paragraph:
			l := look{keep: keepLast && i == len(blocks)-1}
			style := styleBody
			if b.Flush {
				style = styleTo
			}
			w.para(style, l, b.Runs)
		case Table:
			if err := w.table(b); err != nil {
				return fmt.Errorf("docx: table %q: %w", b.Caption, err)
			}
		case PageBreak:
			w.newPage = true
		default:
			return fmt.Errorf("docx: unknown block %T", block)
		}
	}
	return nil
}

func (w *writer) heading(h Heading) {
	runs := h.Runs
	if w.doc.Numbered {
		n := &w.counters[h.Level-1]
		*n++
		clear(w.counters[h.Level:])
		runs = append([]Run{Text(number(h.Level, *n))}, runs...)
	}
	w.para("Heading"+strconv.Itoa(h.Level), look{}, runs)
}

// number is what stands before the nth heading of a level.
func number(level, n int) string {
	switch level {
	case 1:
		return chinese(n) + "、"
	case 2:
		return "（" + chinese(n) + "）"
	case 3:
		return strconv.Itoa(n) + "."
	}
	return "（" + strconv.Itoa(n) + "）"
}

// chinese is n in Chinese, 1 to 99; digits beyond, which no outline reaches.
func chinese(n int) string {
	digits := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n < 1 || n > 99:
		return strconv.Itoa(n)
	case n < 10:
		return digits[n]
	case n < 20:
		return "十" + digits[n%10]
	}
	return digits[n/10] + "十" + digits[n%10]
}

// attachmentList is the 附件说明: one line free, then the names, each further line under the first character of the name.
func (w *writer) attachmentList() {
	list := w.doc.Attachments
	if len(list) == 0 {
		return
	}
	w.turn(false)
	w.text(styleBody, look{}, "")
	for i, a := range list {
		keep := w.doc.Signature != ""
		name := strings.ReplaceAll(a.Title, "\n", "")
		switch {
		case len(list) == 1:
			w.text(styleList, look{keep: keep, ind: hanging(5, 3)}, "附件："+name)
		case i == 0:
			w.text(styleList, look{keep: keep, ind: hanging(6, 4)}, "附件：1."+name)
		default:
			w.text(styleList, look{keep: keep, ind: hanging(6, 1)}, strconv.Itoa(i+1)+"."+name)
		}
	}
}

// hanging indents by characters, the first line less. In twips, because Word and LibreOffice read leftChars with hangingChars differently.
func hanging(left, less int) string {
	return `<w:ind w:left="` + strconv.Itoa(left*character) + `" w:hanging="` + strconv.Itoa(less*character) + `"/>`
}

// signature writes 署名 centred over 成文日期, which ends four characters before the right edge.
func (w *writer) signature() {
	d := w.doc
	if d.Signature == "" {
		return
	}
	w.turn(false)
	for range 2 {
		w.text(styleSignature, look{}, "")
	}
	if d.Date == "" {
		w.text(styleDate, look{ind: fromRight(400)}, d.Signature)
		return
	}
	in := 400 + (halves(d.Date)-halves(d.Signature))*25
	inDate := 400
	if in < 0 { // a long name: GB leaves at least its edge inside the text
		in, inDate = 0, 400-in
	}
	w.text(styleSignature, look{ind: fromRight(in)}, d.Signature)
	w.text(styleDate, look{ind: fromRight(inDate)}, d.Date)
}

// fromRight keeps the line off the right edge, in hundredths of a character.
func fromRight(hundredths int) string {
	return `<w:ind w:rightChars="` + strconv.Itoa(hundredths) + `" w:right="` + strconv.Itoa(hundredths*character/100) + `"/>`
}

// halves is the width of text in half characters.
func halves(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r >= 0x2000 {
			n++
		}
	}
	return n
}

// attachment writes the nth attachment on a new page.
func (w *writer) attachment(a Attachment, n int) error {
	first, table := a.Body[0].(Table)
	before := w.wide
	w.turn(table && first.Wide)
	w.newPage = w.wide == before // a new section begins a page anyway
	label := "附件"
	if len(w.doc.Attachments) > 1 {
		label += strconv.Itoa(n)
	}
	w.text(styleLabel, look{}, label)
	w.text(styleLabel, look{}, "")
	w.text(styleAttachment, look{}, a.Title)
	w.text(styleBody, look{}, "")
	return w.blocks(a.Body, false)
}

// turn ends the section when the next block needs the other orientation.
func (w *writer) turn(wide bool) {
	if wide == w.wide {
		return
	}
	if w.room < 0 {
		w.text(styleSpacer, look{}, "")
	}
	w.buf = slices.Insert(w.buf, w.room, []byte(w.section())...)
	w.wide, w.newPage, w.room = wide, false, -1
}

// section is the properties of the current section.
func (w *writer) section() string {
	s := `<w:sectPr>`
	if w.doc.Header != "" {
		s += `<w:headerReference w:type="default" r:id="rHeader"/><w:headerReference w:type="even" r:id="rHeader"/>`
	}
	odd, even := "rOdd", "rEven"
	width, height, orient := paperWidth, paperHeight, ""
	top, right, bottom, left := marginTop, marginRight, marginBottom, marginLeft
	if w.wide { // turned clockwise: the binding side comes to the top
		odd, even = "rOddWide", "rEvenWide"
		width, height, orient = height, width, ` w:orient="landscape"`
		top, right, bottom, left = left, top, right, bottom
	}
	s += `<w:footerReference w:type="default" r:id="` + odd + `"/><w:footerReference w:type="even" r:id="` + even + `"/>` +
		`<w:type w:val="nextPage"/><w:pgSz w:w="` + strconv.Itoa(width) + `" w:h="` + strconv.Itoa(height) + `"` + orient + `/>` +
		`<w:pgMar w:top="` + strconv.Itoa(top) + `" w:right="` + strconv.Itoa(right) + `" w:bottom="` + strconv.Itoa(bottom) + `" w:left="` + strconv.Itoa(left) +
		`" w:header="` + strconv.Itoa(min(headerTop, top-numberLine-60)) + `" w:footer="` + strconv.Itoa(min(numberFoot, bottom-numberLine-60)) + `" w:gutter="0"/><w:cols w:space="425"/>`
	return s + `</w:sectPr>`
}

func (w *writer) text(style string, l look, text string) {
	if text == "" {
		w.para(style, l, nil)
		return
	}
	w.para(style, l, []Run{{Text: text}})
}

// para writes a paragraph and notes where a section's properties would go into it.
func (w *writer) para(style string, l look, runs []Run) {
	w.add(`<w:p><w:pPr><w:pStyle w:val="` + style + `"/>`)
	if l.keep {
		w.add(keepNext)
	}
	if w.newPage {
		w.add(`<w:pageBreakBefore/>`)
		w.newPage = false
	}
	if l.frame {
		width := textWidth
		if w.wide {
			width = textHeight
		}
		w.add(`<w:framePr w:w="` + strconv.Itoa(width) + `" w:wrap="around" w:vAnchor="margin" w:hAnchor="margin" w:xAlign="left" w:yAlign="bottom"/>`)
	}
	w.add(l.ind)
	w.add(l.jc)
	w.room = len(w.buf)
	w.add(`</w:pPr>`)
	for _, r := range runs {
		w.run(r)
	}
	w.add(`</w:p>`)
}

// run writes a run. A figure is marked twice: by a content control, which goes along when people copy it, and by a bookmark, which
// programs keep that drop the control's tag (LibreOffice 7 does).
func (w *writer) run(r Run) {
	if r.Text == "" {
		return
	}
	tag := clean(r.Query)
	if tag == "" {
		w.plain(r)
		return
	}
	w.queries = append(w.queries, tag)
	id := strconv.Itoa(len(w.queries))
	if len(utf16.Encode([]rune(tag))) > tagLimit || strings.HasPrefix(tag, numberTag) {
		tag = numberTag + id
	}
	w.add(`<w:bookmarkStart w:id="` + id + `" w:name="` + numberMark + id + `"/><w:sdt><w:sdtPr><w:tag w:val="`)
	w.buf = escape(w.buf, tag)
	w.add(`"/><w:id w:val="` + id + `"/><w15:appearance w15:val="hidden"/></w:sdtPr><w:sdtContent>`)
	w.plain(r)
	w.add(`</w:sdtContent></w:sdt><w:bookmarkEnd w:id="` + id + `"/>`)
}

// plain writes a w:r. The hint makes “ ” — … · take the Chinese font.
func (w *writer) plain(r Run) {
	w.add(`<w:r><w:rPr><w:rFonts w:hint="eastAsia"/>`)
	if r.Bold {
		w.add(`<w:b/><w:bCs/>`)
	}
	w.add(`</w:rPr>`)
	w.buf = appendText(w.buf, r.Text)
	w.add(`</w:r>`)
}

// appendText writes text as w:t, with w:tab and w:br for tab and line break.
func appendText(b []byte, text string) []byte {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	for text != "" {
		i := strings.IndexAny(text, "\t\n")
		piece := text
		if i >= 0 {
			piece = text[:i]
		}
		if piece != "" {
			b = append(b, `<w:t xml:space="preserve">`...)
			b = escape(b, piece)
			b = append(b, `</w:t>`...)
		}
		if i < 0 {
			return b
		}
		if text[i] == '\t' {
			b = append(b, `<w:tab/>`...)
		} else {
			b = append(b, `<w:br/>`...)
		}
		text = text[i+1:]
	}
	return b
}

// escape appends text as XML character data that may also stand in an attribute. What XML 1.0 cannot hold is left out.
func escape(b []byte, text string) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			i++
			switch {
			case c == '&':
				b = append(b, "&amp;"...)
			case c == '<':
				b = append(b, "&lt;"...)
			case c == '>':
				b = append(b, "&gt;"...)
			case c == '"':
				b = append(b, "&quot;"...)
			case c == '\t' || c == '\n' || c >= 0x20:
				b = append(b, c)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if legal(r, n) {
			b = append(b, text[i:i+n]...)
		}
		i += n
	}
	return b
}

// legal reports whether XML 1.0 can hold r, which was decoded from n bytes.
func legal(r rune, n int) bool {
	return (r != utf8.RuneError || n != 1) && r != 0xFFFE && r != 0xFFFF && (r >= 0x20 || r == '\t' || r == '\n' || r == '\r')
}

// clean is text without what XML cannot hold and without line breaks, as an attribute keeps it.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == utf8.RuneError || !legal(r, 2) {
			return -1
		}
		return r
	}, text)
}
