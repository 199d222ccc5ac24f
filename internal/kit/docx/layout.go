package docx

import (
	"strconv"
	"strings"
)

// Lengths in twips (1/20 pt, 1440 an inch). A millimetre is 56.7.
const (
	paperWidth  = 11906 // A4
	paperHeight = 16838

	marginTop    = 2098 // 37 mm
	marginBottom = 1984 // 35 mm
	marginLeft   = 1587 // 28 mm, the binding side
	marginRight  = 1475 // 26 mm

	textWidth  = paperWidth - marginLeft - marginRight  // 156 mm
	textHeight = paperHeight - marginTop - marginBottom // 225 mm

	lineHeight = 579 // 28.95 pt: 22 lines are 12738, and 22 of 580 would be 4 more than textHeight
	character  = 320 // 16 pt
	closer     = 5   // 0.25 pt: 28 characters of 15.75 pt are 441 pt, and textWidth is 442.2 pt

	numberLine = 320  // line of the page number
	numberFoot = 1428 // below the number: 35 mm less 7 mm to the dash, less half the line
	headerTop  = 1134 // 20 mm

	tableLine = 400 // 20 pt for 12 pt text
	cellSide  = 85  // 1.5 mm inside a cell, left and right
)

// Font names. Word and WPS replace what is missing by the second name.
const (
	fangSong = "仿宋_GB2312"
	kai      = "楷体_GB2312"
	hei      = "黑体"
	song     = "宋体"
	title    = "方正小标宋简体"
	times    = "Times New Roman"
)

var fonts = [][2]string{{fangSong, "仿宋"}, {kai, "楷体"}, {hei, "SimHei"}, {song, "SimSun"}, {title, "宋体"}}

// Ids of the styles. The names people see are in styles().
const (
	styleBody       = "Body"
	styleTitle      = "Title"
	styleLead       = "Lead"
	styleTo         = "To"
	styleList       = "AttachmentList"
	styleSignature  = "Signature"
	styleDate       = "SignatureDate"
	styleLabel      = "AttachmentLabel"
	styleAttachment = "AttachmentTitle"
	styleCaption    = "Caption"
	styleUnit       = "TableUnit"
	styleNote       = "TableNote"
	styleCell       = "TableText"
	styleHead       = "TableHead"
	styleFrozen     = "Frozen"
	styleHeader     = "Header"
	styleFooter     = "Footer"
	styleSpacer     = "Spacer"
)

// style is a paragraph style; para and run are the children of w:pPr and w:rPr in the order of the schema.
type style struct {
	id, name, base, para, run string
}

// face names the Chinese font of a run; with digits in Times New Roman the Latin font stays that of the document.
func (d Digits) face(font string) string {
	if d == FangSong {
		return `<w:rFonts w:ascii="` + font + `" w:hAnsi="` + font + `" w:eastAsia="` + font + `"/>`
	}
	return `<w:rFonts w:eastAsia="` + font + `"/>`
}

func size(halfPoints int) string {
	return `<w:sz w:val="` + strconv.Itoa(halfPoints) + `"/><w:szCs w:val="` + strconv.Itoa(halfPoints) + `"/>`
}

func exact(line int) string {
	return `<w:spacing w:line="` + strconv.Itoa(line) + `" w:lineRule="exact"/>`
}

const (
	twoIn    = `<w:ind w:firstLineChars="200" w:firstLine="640"/>`
	centred  = `<w:jc w:val="center"/>`
	atLeft   = `<w:jc w:val="left"/>`
	atRight  = `<w:jc w:val="right"/>`
	keepNext = `<w:keepNext/>`
	noCloser = `<w:spacing w:val="0"/>`
)

func paragraphStyles(d Digits) []style {
	list := []style{
		{styleBody, "公文正文", "Normal", twoIn, ""},
		{styleTitle, "Title", "Normal", keepNext + centred, d.face(title) + noCloser + size(44)},
		{styleLead, "题下行", "Normal", centred, d.face(kai)},
		{styleTo, "主送机关", "Normal", atLeft, ""},
		{styleList, "附件说明", "Normal", atLeft, ""},
		{styleSignature, "署名", "Normal", keepNext + atRight, ""},
		{styleDate, "成文日期", "Normal", atRight, ""},
		{styleLabel, "附件标识", "Normal", keepNext + atLeft, d.face(hei)},
		{styleAttachment, "附件标题", styleTitle, "", ""},
		{styleCaption, "caption", "Normal", keepNext + centred, d.face(hei) + noCloser + size(28)},
		{styleCell, "表文", "Normal", exact(tableLine) + atLeft, noCloser + size(24)},
		{styleHead, "表头", styleCell, keepNext + centred, d.face(hei)},
		{styleUnit, "表单位", styleCell, keepNext + atRight, size(21)},
		{styleNote, "表注", styleCell, "", size(21)},
		{styleFrozen, "冻结说明", "Normal",
			`<w:pBdr><w:top w:val="single" w:sz="4" w:space="4" w:color="000000"/></w:pBdr>` + exact(260) + atLeft, noCloser + size(18)},
		{styleHeader, "header", "Normal", exact(numberLine) + atRight, d.face(hei) + noCloser + size(28)},
		{styleFooter, "footer", "Normal", exact(numberLine), FangSong.face(song) + noCloser + size(28)},
		{styleSpacer, "分隔", "Normal", exact(20) + atLeft, noCloser + size(2)},
	}
	for i, font := range []string{hei, kai, fangSong, fangSong} {
		level := strconv.Itoa(i + 1)
		list = append(list, style{"Heading" + level, "heading " + level, "Normal",
			keepNext + twoIn + `<w:outlineLvl w:val="` + strconv.Itoa(i) + `"/>`, d.face(font)})
	}
	return list
}

const wordNames = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// stylesPart is word/styles.xml.
func stylesPart(d Digits) string {
	latin := times
	if d == FangSong {
		latin = fangSong
	}
	var b strings.Builder
	b.WriteString(xmlHead + `<w:styles` + wordNames + `><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="` + latin + `" w:hAnsi="` + latin +
		`" w:eastAsia="` + fangSong + `" w:cs="` + times + `"/>` + size(32) +
		`<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>`)
	b.WriteString(`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr><w:widowControl w:val="0"/>` +
		`<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:snapToGrid w:val="0"/>` +
		`<w:spacing w:before="0" w:after="0" w:line="` + strconv.Itoa(lineHeight) + `" w:lineRule="exact"/><w:jc w:val="both"/></w:pPr>` +
		`<w:rPr><w:spacing w:val="-` + strconv.Itoa(closer) + `"/></w:rPr></w:style>`)
	b.WriteString(`<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/></w:style>`)
	b.WriteString(`<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/>` +
		`<w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>`)
	for _, s := range paragraphStyles(d) {
		next := s.id
		switch {
		case strings.HasPrefix(s.id, "Heading"), s.id == styleTo:
			next = styleBody
		}
		b.WriteString(`<w:style w:type="paragraph" w:styleId="` + s.id + `"><w:name w:val="` + s.name + `"/><w:basedOn w:val="` + s.base +
			`"/><w:next w:val="` + next + `"/><w:qFormat/>`)
		if s.para != "" {
			b.WriteString(`<w:pPr>` + s.para + `</w:pPr>`)
		}
		if s.run != "" {
			b.WriteString(`<w:rPr>` + s.run + `</w:rPr>`)
		}
		b.WriteString(`</w:style>`)
	}
	b.WriteString(`</w:styles>`)
	return b.String()
}

// fontsPart is word/fontTable.xml.
func fontsPart() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:fonts` + wordNames + `>`)
	for _, f := range fonts {
		b.WriteString(`<w:font w:name="` + f[0] + `"><w:altName w:val="` + f[1] + `"/><w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="default"/></w:font>`)
	}
	b.WriteString(`<w:font w:name="` + times + `"><w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font></w:fonts>`)
	return b.String()
}

// settingsPart is word/settings.xml.
const settingsPart = xmlHead + `<w:settings` + wordNames + `><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/>` +
	`<w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/>` +
	`<w:ulTrailSpace/><w:doNotExpandShiftReturn/><w:adjustLineHeightInTable/><w:useFELayout/>` +
	`<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>` +
	`<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/></w:settings>`
