package docx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode/utf16"

	"shilu/internal/kit/errs"
)

// Limits of what Read takes. A report of 200 pages has about 3 MB of XML.
const (
	maxFile    = 64 << 20 // the file
	maxParts   = 5000     // files in it
	maxText    = 64 << 20 // XML that is unzipped, all parts together
	maxRatio   = 200      // how far a part may unzip
	ratioFloor = 1 << 20  // smaller parts may unzip as they like
	maxDepth   = 256      // elements within elements
	maxPieces  = 400000   // paragraphs, rows and cells: an empty one takes few bytes of XML and many of memory
)

// Passage is a paragraph or a table.
type Passage struct {
	Style   string // name of the paragraph's style, as «heading 1»; "" for the default
	Level   int    // of a heading, 1 to 9; 0 for other text
	Text    string // of a paragraph; a line break in it is "\n"
	Figures []Found
	Rows    [][]Box // of a table; nil for a paragraph
}

// Box is a cell of a table. A cell that a merge from above covers is there, with Covered set.
type Box struct {
	Text    string // its paragraphs, by "\n"
	Span    int    // columns
	Covered bool
	Figures []Found
}

// Found is a figure of ours, or any other content control with a tag. From and To are byte offsets in the Text it stands in.
type Found struct {
	Query    string
	Text     string
	From, To int
}

// Read reads the passages of a .docx in their order. What it cannot read it refuses with errs.Invalid or
// errs.TooLarge; a file that ends or breaks off counts as damaged.
func Read(r io.ReaderAt, size int64) ([]Passage, error) {
	if err := sniff(r, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, broken(err)
	}
	if len(z.File) > maxParts {
		return nil, tooBig()
	}
	p := &pack{parts: map[string]*zip.File{}, left: maxText}
	for _, f := range z.File {
		p.parts[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	return p.passages()
}

// Plain gives the text and the figures of the whole document as one text, the passages by "\n" and the cells of a row by "\t".
func Plain(list []Passage) (string, []Found) {
	var b strings.Builder
	var all []Found
	add := func(text string, figures []Found) {
		for _, f := range figures {
			f.From += b.Len()
			f.To += b.Len()
			all = append(all, f)
		}
		b.WriteString(text)
	}
	for _, p := range list {
		if p.Rows == nil {
			add(p.Text, p.Figures)
			b.WriteByte('\n')
		}
		for _, row := range p.Rows {
			for i, cell := range row {
				if i > 0 {
					b.WriteByte('\t')
				}
				add(cell.Text, cell.Figures)
			}
			b.WriteByte('\n')
		}
	}
	return b.String(), all
}

func broken(cause error) error {
	return errs.E(errs.Invalid, "文件打不开，可能没有传完或已损坏。请在 WPS 或 Word 里打开，另存为 docx 再上传").Because(cause)
}

func tooBig() error {
	return errs.E(errs.TooLarge, "文档解压后过大，不能读取。请删去不需要的内容，另存为 docx 再上传")
}

// sniff refuses by content what is no zip, each with its own sentence.
func sniff(r io.ReaderAt, size int64) error {
	if size <= 0 {
		return errs.E(errs.Invalid, "文件是空的，请重新选择文件")
	}
	if size > maxFile {
		return errs.E(errs.TooLarge, "文件超过 %d MB，请压缩里面的图片再上传", maxFile>>20)
	}
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("docx: read start: %w", err)
	}
	has := func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }
	switch {
	case has("PK\x03\x04"):
		return nil
	case has("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"):
		return compound(r, size)
	case has("%PDF"):
		return errs.E(errs.Invalid, "这是 PDF 文件，请选择 docx 文件")
	case has(`{\rtf`):
		return errs.E(errs.Invalid, "这是 rtf 文档，请在 WPS 或 Word 里另存为 docx 再上传")
	case has("\x89PNG"), has("\xff\xd8\xff"), has("GIF8"):
		return errs.E(errs.Invalid, "这是图片，请选择 docx 文件")
	}
	return errs.E(errs.Invalid, "这不是 Word 文档，请选择 docx 文件")
}

// compound tells an old document from one with a password: both are compound files, and the names of their streams stand in UTF-16.
func compound(r io.ReaderAt, size int64) error {
	encrypted := wide("EncryptedPackage")
	block, keep := make([]byte, 64<<10), 0
	for at := int64(0); at < size; {
		n, err := r.ReadAt(block[keep:], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("docx: read compound file: %w", err)
		}
		if n == 0 {
			break
		}
		have := block[:keep+n]
		if bytes.Contains(have, encrypted) {
			return errs.E(errs.Invalid, "文档有密码，请去掉密码，另存为 docx 再上传")
		}
		keep = min(len(have), len(encrypted)-1)
		copy(block, have[len(have)-keep:])
		at += int64(n)
	}
	return errs.E(errs.Invalid, "这是 doc 或 wps 格式，请在 WPS 或 Word 里另存为 docx 再上传")
}

// wide is s in UTF-16, low byte first.
func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// pack is the opened package.
type pack struct {
	parts map[string]*zip.File // by name in lower case, without a leading slash
	left  int64                // bytes that may still be unzipped
}

// passages finds the main part, refuses what is no plain document, and reads it.
func (p *pack) passages() ([]Passage, error) {
	if err := p.refuse(); err != nil {
		return nil, err
	}
	main, err := p.mainPart()
	if err != nil {
		return nil, err
	}
	styles, err := p.styles(path.Dir(main) + "/styles.xml")
	if err != nil {
		return nil, err
	}
	queries, err := p.figureQueries()
	if err != nil {
		return nil, err
	}
	b, err := p.read(main)
	if err != nil {
		return nil, err
	}
	return parse(b, styles, queries)
}

// refuse tells packages that are no plain document by their parts.
func (p *pack) refuse() error {
	types, err := p.read("[content_types].xml")
	if err != nil {
		return err
	}
	macro := bytes.Contains(bytes.ToLower(types), []byte("macroenabled"))
	for name := range p.parts {
		macro = macro || strings.HasSuffix(name, "vbaproject.bin")
	}
	has := func(name string) bool { _, ok := p.parts[name]; return ok }
	switch {
	case macro:
		return errs.E(errs.Invalid, "文档带宏，不能读取。请在 WPS 或 Word 里另存为不带宏的 docx 再上传")
	case has("encryptedpackage"):
		return errs.E(errs.Invalid, "文档有密码，请去掉密码，另存为 docx 再上传")
	case has("xl/workbook.xml"), has("xl/workbook.bin"):
		return errs.E(errs.Invalid, "这是工作簿，请选择 docx 文件")
	case has("ppt/presentation.xml"):
		return errs.E(errs.Invalid, "这是演示文稿，请选择 docx 文件")
	case has("ofd.xml"):
		return errs.E(errs.Invalid, "这是 OFD 文件，请选择 docx 文件")
	case has("mimetype") && has("content.xml"):
		return errs.E(errs.Invalid, "这是 odt 格式，请在 WPS 或 Word 里另存为 docx 再上传")
	}
	return nil
}

// mainPart asks the package for its main part; some programs name it word/document2.xml.
func (p *pack) mainPart() (string, error) {
	b, err := p.read("_rels/.rels")
	if err != nil {
		return "", err
	}
	var rels struct {
		List []struct {
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if b != nil {
		if err := xml.Unmarshal(b, &rels); err != nil {
			return "", broken(err)
		}
	}
	candidates := []string{}
	for _, rel := range rels.List {
		if strings.HasSuffix(rel.Type, "/officeDocument") {
			candidates = append(candidates, strings.ToLower(strings.TrimPrefix(path.Clean("/"+rel.Target), "/")))
		}
	}
	for _, name := range append(candidates, "word/document.xml") {
		if _, ok := p.parts[name]; ok {
			return name, nil
		}
	}
	return "", errs.E(errs.Invalid, "这是压缩包，不是 Word 文档，请选择 docx 文件")
}

// read unzips a part, nil when there is none. It counts what comes out and believes no size that the file claims.
func (p *pack) read(name string) ([]byte, error) {
	f, ok := p.parts[name]
	if !ok {
		return nil, nil
	}
	if f.Flags&1 != 0 {
		return nil, errs.E(errs.Invalid, "文档有密码，请去掉密码，另存为 docx 再上传")
	}
	r, err := f.Open()
	if err != nil {
		return nil, broken(err)
	}
	defer func() { _ = r.Close() }()
	limit := p.left
	if room := max(int64(f.CompressedSize64), 1); room < maxText/maxRatio {
		limit = min(limit, max(ratioFloor, room*maxRatio))
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(b)) > limit {
		return nil, tooBig()
	}
	if err != nil {
		return nil, broken(err)
	}
	p.left -= int64(len(b))
	return b, nil
}

// named is a paragraph style: its name and its heading level.
type named struct {
	name  string
	level int
}

// styles reads names and heading levels by style id. A style without a level of its own has that of the style it is based on.
func (p *pack) styles(part string) (map[string]named, error) {
	b, err := p.read(part)
	if err != nil || b == nil {
		return nil, err
	}
	type val struct {
		Val string `xml:"val,attr"`
	}
	var file struct {
		Styles []struct {
			ID      string `xml:"styleId,attr"`
			Name    val    `xml:"name"`
			Base    val    `xml:"basedOn"`
			Outline *val   `xml:"pPr>outlineLvl"`
		} `xml:"style"`
	}
	if err := xml.Unmarshal(b, &file); err != nil {
		return nil, broken(err)
	}
	styles, bases := map[string]named{}, map[string]string{}
	for _, s := range file.Styles {
		level := headingName(s.Name.Val)
		if s.Outline != nil {
			level = outline(s.Outline.Val)
		}
		if s.Outline == nil && level == 0 {
			bases[s.ID] = s.Base.Val
		}
		styles[s.ID] = named{s.Name.Val, level}
	}
	for id := range bases {
		base := bases[id]
		for range 12 { // a chain longer than this, or one that bites its tail, gives no level
			if _, more := bases[base]; !more {
				styles[id] = named{styles[id].name, styles[base].level}
				break
			}
			base = bases[base]
		}
	}
	return styles, nil
}

// headingName is the level in a built-in heading's name: Word writes «heading 1», some programs «标题 1».
func headingName(name string) int {
	name = strings.ToLower(name)
	for _, prefix := range []string{"heading ", "标题 "} {
		if n, ok := strings.CutPrefix(name, prefix); ok && len(n) == 1 && n[0] >= '1' && n[0] <= '9' {
			return int(n[0] - '0')
		}
	}
	return 0
}

// outline is the heading level of a w:outlineLvl, which counts from 0; 9 is body text.
func outline(val string) int {
	if len(val) == 1 && val[0] >= '0' && val[0] <= '8' {
		return int(val[0]-'0') + 1
	}
	return 0
}

// figureQueries reads the custom XML part of a document that Write made: number → query.
func (p *pack) figureQueries() (map[string]string, error) {
	queries := map[string]string{}
	for i := 1; i <= 20; i++ {
		b, err := p.read("customxml/item" + strconv.Itoa(i) + ".xml")
		if err != nil {
			return nil, err
		}
		if !bytes.Contains(b, []byte(figuresNames)) {
			continue
		}
		var file struct {
			Figures []struct {
				Number string `xml:"number,attr"`
				Query  string `xml:"query,attr"`
			} `xml:"figure"`
		}
		if err := xml.Unmarshal(b, &file); err != nil {
			return nil, broken(err)
		}
		for _, f := range file.Figures {
			queries[f.Number] = f.Query
		}
	}
	return queries, nil
}
