package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"shilu/internal/kit/errs"
)

const (
	nsMain = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	nsRels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	typeOf = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
)

// parts gives the parts of a small workbook with one sheet of the given data, to be changed by a test.
func parts(sheet string) map[string]string {
	return map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":         nsRels + `<Relationship Id="a" Type="` + typeOf + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":     `<workbook ` + nsMain + `><sheets><sheet name="表" sheetId="1" r:id="x"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": nsRels + `<Relationship Id="x" Type="` + typeOf + `worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="y" Type="` + typeOf + `styles" Target="styles.xml"/><Relationship Id="z" Type="` + typeOf + `sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
		"xl/styles.xml": `<styleSheet ` + nsMain + `><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/>` +
			`<numFmt numFmtId="165" formatCode="0&quot;人次&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/>` +
			`<xf numFmtId="57"/><xf numFmtId="20"/><xf numFmtId="165"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml":     `<sst ` + nsMain + `><si><t>甲</t></si><si><r><t xml:space="preserve">乙 </t></r><r><rPr><b/></rPr><t>丙&amp;</t></r><rPh sb="0" eb="1"><t>yi</t></rPh></si></sst>`,
		"xl/worksheets/sheet1.xml": `<worksheet ` + nsMain + `><sheetData>` + sheet + `</sheetData></worksheet>`,
	}
}

func pack(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, content := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func read(data []byte) (*Book, error) {
	return Read(bytes.NewReader(data), int64(len(data)), "表.xlsx", Limits{})
}

func all(t testing.TB, s *Sheet) []Row {
	t.Helper()
	var rows []Row
	if err := s.Rows(func(r Row) error { rows = append(rows, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

func sheetOf(t testing.TB, p map[string]string) []Row {
	t.Helper()
	b, err := read(pack(t, p))
	if err != nil {
		t.Fatal(err)
	}
	return all(t, b.Sheets[0])
}

func TestCells(t *testing.T) {
	for name, c := range map[string]struct {
		xml  string
		want Cell
	}{
		"shared":         {`<c r="A1" t="s"><v>0</v></c>`, Cell{Kind: Text, Raw: "甲", Text: "甲"}},
		"runs":           {`<c t="s"><v>1</v></c>`, Cell{Kind: Text, Raw: "乙 丙&", Text: "乙 丙&"}},
		"inline":         {`<c t="inlineStr"><is><t>&#x7532;_x000D_</t></is></c>`, Cell{Kind: Text, Raw: "甲\n", Text: "甲\n"}},
		"cdata":          {`<c t="str"><v><![CDATA[a<b]]></v></c>`, Cell{Kind: Text, Raw: "a<b", Text: "a<b"}},
		"number":         {`<c><v>191</v></c>`, Cell{Kind: Number, Raw: "191", Text: "191"}},
		"noise":          {`<c><v>0.98000000000000009</v></c>`, Cell{Kind: Number, Raw: "0.98", Text: "0.98"}},
		"percent":        {`<c s="3"><v>0.9796</v></c>`, Cell{Kind: Number, Raw: "0.9796", Text: "97.96%"}},
		"unit":           {`<c s="6"><v>191</v></c>`, Cell{Kind: Number, Raw: "191", Text: "191人次"}},
		"date":           {`<c s="1"><v>45355</v></c>`, Cell{Kind: Date, Raw: "45355", Text: "2024/3/4", Day: "2024-03-04"}},
		"plain serial":   {`<c><v>45355</v></c>`, Cell{Kind: Number, Raw: "45355", Text: "45355"}},
		"Chinese date":   {`<c s="2"><v>45355</v></c>`, Cell{Kind: Date, Raw: "45355", Text: "2024年3月4日", Day: "2024-03-04"}},
		"date and time":  {`<c s="7"><v>45355.4375</v></c>`, Cell{Kind: Date, Raw: "45355.4375", Text: "2024/3/4 10:30", Day: "2024-03-04"}},
		"time":           {`<c s="5"><v>0.4375</v></c>`, Cell{Kind: Time, Raw: "0.4375", Text: "10:30"}},
		"iso date":       {`<c t="d"><v>2024-03-04T00:00:00</v></c>`, Cell{Kind: Date, Raw: "2024-03-04T00:00:00", Text: "2024-03-04T00:00:00", Day: "2024-03-04"}},
		"bool":           {`<c t="b"><v>1</v></c>`, Cell{Kind: Bool, Raw: "1", Text: "TRUE"}},
		"cached formula": {`<c><f>SUM(A2:A9)</f><v>5050</v></c>`, Cell{Kind: Number, Raw: "5050", Text: "5050", Formula: true}},
		"alternate":      {`<mc:AlternateContent xmlns:mc="m"><mc:Choice><c><v>1</v></c></mc:Choice><mc:Fallback><c><v>2</v></c></mc:Fallback></mc:AlternateContent>`, Cell{Kind: Number, Raw: "2", Text: "2"}},
	} {
		rows := sheetOf(t, parts(`<row>`+c.xml+`</row>`))
		if len(rows) != 1 || rows[0].At(0) != c.want {
			t.Errorf("%s: %+v, want %+v", name, rows, c.want)
		}
	}
	for name, c := range map[string]struct {
		xml  string
		kind Kind
		word string
	}{
		"formula without result": {`<c r="C7"><f>[1]x!A1</f></c>`, Formula, "C7"},
		"error":                  {`<c r="C7" t="e"><f>1/0</f><v>#DIV/0!</v></c>`, Error, "#DIV/0!"},
		"lost figures":           {`<c r="C7"><v>5.3010219900101E+17</v></c>`, Number, "15 位"},
		"month alone":            {`<c r="C7" s="4"><v>45352</v></c>`, Date, "2024年3月"},
		"no such day":            {`<c r="C7" s="1"><v>-1</v></c>`, Number, "C7"},
		"no such text":           {`<c r="C7" t="s"><v>9</v></c>`, Error, "C7"},
		"no number":              {`<c r="C7"><v>x</v></c>`, Error, "C7"},
	} {
		got := sheetOf(t, parts(`<row r="7">`+c.xml+`</row>`))[0].At(2)
		if got.Kind != c.kind || got.Problem == nil || !strings.Contains(got.Problem.Error(), c.word) {
			t.Errorf("%s: %+v %v", name, got, got.Problem)
		}
	}
}

func TestRowsWithGaps(t *testing.T) {
	rows := sheetOf(t, parts(`<row/><row><c/><c><v>1</v></c></row><row r="5" hidden="1"><c r="C5"><v>2</v></c><c r="D5" s="1"/></row><row><c><v>3</v></c></row><row r="9"><c t="str"><v> </v></c></row>`))
	var got strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&got, "%d %v %d;", r.Number, r.Hidden, len(r.Cells))
	}
	if got.String() != "2 false 2;5 true 3;6 false 1;" {
		t.Error(got.String())
	}
	if rows[1].At(-1) != (Cell{}) || rows[1].At(0) != (Cell{}) || rows[1].At(99) != (Cell{}) || rows[1].At(2).Raw != "2" {
		t.Error("At")
	}
}

// What WPS and others write: absolute targets, backslashes, other cases, strict name spaces, prefixes, UTF-16.
func TestQuirks(t *testing.T) {
	const row = `<row><c><v>7</v></c></row>`
	change := map[string]func(p map[string]string){
		"absolute target": func(p map[string]string) {
			p["xl/_rels/workbook.xml.rels"] = strings.ReplaceAll(p["xl/_rels/workbook.xml.rels"], `Target="`, `Target="/xl/`)
		},
		"backslashes": func(p map[string]string) {
			p[`xl\worksheets\sheet1.xml`] = p["xl/worksheets/sheet1.xml"]
			delete(p, "xl/worksheets/sheet1.xml")
		},
		"case": func(p map[string]string) {
			p["xl/Worksheets/Sheet1.xml"] = p["xl/worksheets/sheet1.xml"]
			delete(p, "xl/worksheets/sheet1.xml")
		},
		"strict": func(p map[string]string) {
			for name, s := range p {
				s = strings.ReplaceAll(s, "http://schemas.openxmlformats.org/officeDocument/2006/", "http://purl.oclc.org/ooxml/officeDocument/")
				p[name] = strings.ReplaceAll(s, "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
			}
		},
		"prefix": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = `<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>`
		},
		"utf-16": func(p map[string]string) {
			var b strings.Builder
			b.WriteString("\xff\xfe")
			for _, r := range p["xl/worksheets/sheet1.xml"] {
				b.Write([]byte{byte(r), byte(r >> 8)})
			}
			p["xl/worksheets/sheet1.xml"] = b.String()
		},
		"no styles, no strings": func(p map[string]string) {
			delete(p, "xl/styles.xml")
			delete(p, "xl/sharedStrings.xml")
		},
		"mark, comments": func(p map[string]string) {
			p["xl/worksheets/sheet1.xml"] = "\xef\xbb\xbf<?xml version='1.0'?><!-- > -- <row> -->\n" + p["xl/worksheets/sheet1.xml"] + "\n"
		},
	}
	for name, f := range change {
		p := parts(row)
		f(p)
		if rows := sheetOf(t, p); len(rows) != 1 || rows[0].At(0).Raw != "7" {
			t.Errorf("%s: %+v", name, rows)
		}
	}
	p := parts(`<row><c s="1"><v>43894</v></c></row>`)
	p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], "<sheets>", `<workbookPr date1904="1"/><externalReferences><externalReference r:id="q"/></externalReferences><sheets>`, 1)
	p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], "</sheets>", `<sheet name="甲" state="veryHidden" r:id="x"/></sheets>`, 1)
	b, err := read(pack(t, p))
	if err != nil {
		t.Fatal(err)
	}
	if c := all(t, b.Sheets[0])[0].At(0); c.Day != "2024-03-05" || !b.Date1904 || b.External != 1 {
		t.Errorf("1904: %+v, %d external", c, b.External)
	}
	if s := b.Sheets[1]; !s.Hidden || !s.VeryHidden || b.Sheet("甲") != s || b.Sheet("乙") != nil {
		t.Errorf("very hidden: %+v", s)
	}
}

func TestFilledDown(t *testing.T) {
	p := parts(`<row r="1"><c r="A1" t="str"><v>河东镇</v></c><c r="B1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row><row r="3"><c r="A3" t="str"><v>甲</v></c></row>`)
	p["xl/worksheets/sheet1.xml"] = strings.Replace(p["xl/worksheets/sheet1.xml"], "</sheetData>",
		`</sheetData><mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="A2:B3"/><mergeCell ref="x"/><mergeCell ref="C9:XFD1048576"/></mergeCells>`, 1)
	b, err := read(pack(t, p))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := b.Sheets[0].Filled(func(r Row) error { got = append(got, r.At(0).Text+r.At(1).Text); return nil }); err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, " ") != "河东镇1 河东镇2 甲" {
		t.Error(got)
	}
	own := errors.New("own")
	if err := b.Sheets[0].Rows(func(Row) error { return own }); !errors.Is(err, own) || errs.Is(err, errs.Invalid) {
		t.Error("the caller's error is changed:", err)
	}
}
