package docx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// unzipped is the parts of a written document by name.
func unzipped(t testing.TB, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(body)
	}
	return parts
}

func TestGolden(t *testing.T) {
	got := unzipped(t, written(t, report()))
	lines := strings.NewReplacer("<w:p>", "\n<w:p>", "<w:tbl>", "\n<w:tbl>", "<w:tr>", "\n<w:tr>", "<w:sectPr>", "\n<w:sectPr>", "<w:style ", "\n<w:style ")
	for _, name := range []string{"document.xml", "styles.xml", "footer1.xml", "footer4.xml"} {
		file := "testdata/report." + name
		text := lines.Replace(got["word/"+name]) + "\n"
		if *update {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if text == string(want) {
			continue
		}
		g, w := strings.Split(text, "\n"), strings.Split(string(want), "\n")
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				t.Errorf("%s differs in line %d (go test -update writes it anew):\n got %s\nwant %s", file, i+1, g[i], w[i])
				break
			}
		}
		if len(g) != len(w) {
			t.Errorf("%s has %d lines, want %d", file, len(g), len(w))
		}
	}
}

func TestSameBytes(t *testing.T) {
	if !bytes.Equal(written(t, report()), written(t, report())) {
		t.Error("the same document gave different bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(written(t, report())), int64(len(written(t, report()))))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if !f.Modified.Equal(epoch) {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
	}
}

// TestWellFormed checks that each part is XML, that the package names each of its parts, and that each name leads somewhere.
func TestWellFormed(t *testing.T) {
	for _, d := range []Document{report(), thirtyPages(), {Title: "空"}, {Title: "附件", Attachments: []Attachment{{Title: "甲"}}}} {
		parts := unzipped(t, written(t, d))
		for name, body := range parts {
			dec := xml.NewDecoder(strings.NewReader(body))
			for {
				if _, err := dec.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			known := strings.HasSuffix(name, ".rels") || name == "[Content_Types].xml" || strings.HasPrefix(name, "customXml/item1") ||
				strings.Contains(parts["[Content_Types].xml"], `PartName="/`+name+`"`)
			if !known {
				t.Errorf("%s has no content type", name)
			}
		}
		links := parts["word/_rels/document.xml.rels"]
		for _, piece := range strings.Split(parts["word/document.xml"], `r:id="`)[1:] {
			id, _, _ := strings.Cut(piece, `"`)
			if !strings.Contains(links, `Id="`+id+`"`) {
				t.Errorf("the document refers to %s, which is not linked", id)
			}
		}
		for _, piece := range strings.Split(links, `Target="`)[1:] {
			target, _, _ := strings.Cut(piece, `"`)
			name := "word/" + target
			if s, ok := strings.CutPrefix(target, "../"); ok {
				name = s
			}
			if parts[name] == "" {
				t.Errorf("link to %s, which is not there", name)
			}
		}
		for _, piece := range strings.Split(parts["word/document.xml"], `<w:pStyle w:val="`)[1:] {
			id, _, _ := strings.Cut(piece, `"`)
			if !strings.Contains(parts["word/styles.xml"], `w:styleId="`+id+`"`) {
				t.Errorf("style %s is not defined", id)
			}
		}
	}
}

// TestLines checks the sums that the layout rests on.
func TestLines(t *testing.T) {
	if 22*lineHeight > textHeight || 22*(lineHeight+1) <= textHeight {
		t.Errorf("22 lines are %d high in %d", 22*lineHeight, textHeight)
	}
	if 28*(character-closer) > textWidth || 29*(character-closer) <= textWidth {
		t.Errorf("28 characters are %d wide in %d", 28*(character-closer), textWidth)
	}
	for _, mm := range []struct {
		twips int
		want  float64
	}{{textWidth, 156}, {textHeight, 225}, {marginTop, 37}, {marginBottom, 35}, {marginLeft, 28}, {marginRight, 26}, {marginBottom - numberFoot - numberLine/2, 7}} {
		if got := float64(mm.twips) / 1440 * 25.4; got < mm.want-0.05 || got > mm.want+0.05 {
			t.Errorf("%d twips are %.2f mm, want %.0f", mm.twips, got, mm.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		level, n int
		want     string
	}{{1, 1, "一、"}, {1, 10, "十、"}, {1, 11, "十一、"}, {1, 20, "二十、"}, {1, 99, "九十九、"}, {1, 100, "100、"}, {2, 3, "（三）"}, {3, 12, "12."}, {4, 2, "（2）"}} {
		if got := number(c.level, c.n); got != c.want {
			t.Errorf("number(%d, %d) = %q, want %q", c.level, c.n, got, c.want)
		}
	}
	d := Document{Title: "题", Numbered: true, Body: []Block{H(1, "甲"), H(2, "子"), H(2, "丑"), H(1, "乙"), H(2, "寅")},
		Attachments: []Attachment{{Title: "附", Body: []Block{H(1, "丙")}}}}
	var got []string
	for _, p := range reread(t, d) {
		if p.Level > 0 {
			got = append(got, p.Text)
		}
	}
	if want := "一、甲|（一）子|（二）丑|二、乙|（一）寅|一、丙"; strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
}

// TestIllegal writes text that XML cannot hold, in every place where text goes.
func TestIllegal(t *testing.T) {
	bad := "甲\x00\x1f\x7f\ufffe\uffff\xff<&>\"'\r\n乙"
	d := Document{Title: bad, Issuer: bad, DateLine: bad, To: bad, Header: bad, Frozen: bad, Signature: bad, Date: bad,
		Properties: Properties{Creator: bad, Subject: bad, Keywords: bad, Company: bad},
		Body: []Block{P(Figure(bad, bad+strings.Repeat(bad, 20)), Figure(bad, bad)), H(1, bad),
			Table{Caption: bad, Unit: bad, Note: bad, Columns: []Column{{}}, Rows: [][]Cell{{TextCell(bad)}}}},
		Attachments: []Attachment{{Title: bad, Body: []Block{P(Text(bad))}}}}
	for name, body := range unzipped(t, written(t, d)) {
		if err := xml.Unmarshal([]byte(body), new(struct{})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	headings, figures := 0, 0
	for _, p := range reread(t, d) {
		if p.Level == 1 {
			headings++
		}
		figures += len(p.Figures)
		if p.Level == 1 && p.Text != "甲\x7f<&>\"'\n乙" {
			t.Errorf("heading reads %q", p.Text)
		}
		for _, f := range p.Figures {
			if !strings.HasPrefix(f.Query, "甲\x7f<&>\"'乙") {
				t.Errorf("query reads %q", f.Query)
			}
		}
	}
	if headings != 1 || figures != 2 {
		t.Errorf("%d headings and %d figures", headings, figures)
	}
}

func TestRefusals(t *testing.T) {
	cell := []Cell{TextCell("甲")}
	for want, block := range map[string]Block{
		"heading of level 5":      H(5, "深"),
		"heading of level 0":      H(0, "浅"),
		"no columns":              Table{Rows: [][]Cell{cell}},
		"no rows":                 Table{Columns: []Column{{}}},
		"1 cells fill 1 of 2":     Table{Columns: make([]Column, 2), Rows: [][]Cell{cell}},
		"more than the columns":   Table{Columns: make([]Column, 1), Rows: [][]Cell{{cell[0], cell[0]}}},
		"3 columns wide":          Table{Columns: make([]Column, 2), Rows: [][]Cell{{{Span: 3}}}},
		"2 rows high":             Table{Columns: make([]Column, 1), Rows: [][]Cell{{{Down: 2}}}},
		"reaches down from above": Table{Columns: make([]Column, 2), Rows: [][]Cell{{{}, {Down: 2}}, {{Span: 2}}}},
		"unknown block <nil>":     nil,
	} {
		err := Write(io.Discard, Document{Title: "题", Body: []Block{block}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestDigits checks which fonts are named.
func TestDigits(t *testing.T) {
	d := report()
	if s := unzipped(t, written(t, d))["word/styles.xml"]; !strings.Contains(s, `w:ascii="Times New Roman"`) {
		t.Error("digits are not in Times New Roman")
	}
	d.Digits = FangSong
	s := unzipped(t, written(t, d))["word/styles.xml"]
	if strings.Contains(s, `w:ascii="Times New Roman"`) || !strings.Contains(s, `w:ascii="仿宋_GB2312"`) || !strings.Contains(s, `w:ascii="黑体"`) {
		t.Error("digits are not in the Chinese fonts")
	}
}

func BenchmarkWrite(b *testing.B) {
	d := thirtyPages()
	var size int64
	for b.Loop() {
		var buf bytes.Buffer
		if err := Write(&buf, d); err != nil {
			b.Fatal(err)
		}
		size = int64(buf.Len())
	}
	b.ReportMetric(float64(size), "bytes/doc")
}

func BenchmarkRead(b *testing.B) {
	data := written(b, thirtyPages())
	for b.Loop() {
		if _, err := Read(bytes.NewReader(data), int64(len(data))); err != nil {
			b.Fatal(err)
		}
	}
}
