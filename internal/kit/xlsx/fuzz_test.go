package xlsx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"shilu/internal/kit/errs"
)

// drain reads everything that a book offers; only sentences for the user may come back.
func drain(t *testing.T, data []byte) {
	b, err := Read(bytes.NewReader(data), int64(len(data)), "x", Limits{Unpacked: 8 << 20, Columns: 50, Rows: 1000})
	for i := 0; err == nil && i < len(b.Sheets); i++ {
		s := b.Sheets[i]
		last := 0
		err = s.Filled(func(r Row) error {
			if r.Number <= last && s.csv != nil {
				t.Fatalf("row %d after %d", r.Number, last)
			}
			last = r.Number
			if len(r.Cells) > 50 || r.Number > 1000 {
				t.Fatalf("row %d has %d cells", r.Number, len(r.Cells))
			}
			return nil
		})
	}
	if err != nil && !errs.Is(err, errs.Invalid) && !errs.Is(err, errs.TooLarge) {
		t.Fatal(err)
	}
}

func FuzzOpen(f *testing.F) {
	records, err := os.ReadFile("testdata/000-records.xlsx")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(records)
	f.Add(pack(f, parts(`<row><c t="s"><v>1</v></c></row>`)))
	f.Add(compound("Workbook"))
	f.Fuzz(drain)
}

// FuzzSheet puts the bytes where the parsers are: behind a valid zip.
func FuzzSheet(f *testing.F) {
	f.Add(`<row r="2"><c r="B2" s="1"><f>x</f><v>45355</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells><sheetData>`, "yyyy-mm-dd")
	f.Add(`<row><c t="inlineStr"><is><r><t>&amp;_x000D_</t></r></is></c><!-- --><![CDATA[x]]></row>`, `#,##0.00"元"`)
	f.Fuzz(func(t *testing.T, sheet, code string) {
		p := parts(sheet)
		var escaped strings.Builder
		if err := xml.EscapeText(&escaped, []byte(code)); err != nil {
			t.Fatal(err)
		}
		p["xl/styles.xml"] = strings.Replace(p["xl/styles.xml"], "0&quot;人次&quot;", escaped.String(), 1)
		p["xl/styles.xml"] = strings.Replace(p["xl/styles.xml"], `numFmtId="14"`, `numFmtId="165"`, 1)
		drain(t, pack(t, p))
	})
}

// FuzzMarkup compares the scanner with encoding/xml: what that accepts we read alike.
func FuzzMarkup(f *testing.F) {
	f.Add(`<a x="1&lt;"><b/>t&amp;u<!-- c --><![CDATA[d]]><?p i?></a>`)
	f.Fuzz(func(t *testing.T, doc string) {
		want, ok := standard(doc)
		if !ok {
			return
		}
		var got strings.Builder
		s := newScanner(strings.NewReader(doc))
		for {
			tok, err := s.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", doc, err)
			}
			switch tok {
			case opened:
				got.WriteString("<" + string(s.name))
				for _, a := range s.attrs {
					got.WriteString(" " + string(a.name) + "=" + string(s.unescape(a.value)))
				}
				got.WriteString(">")
			case closed:
				got.WriteString("</>")
			case text:
				if s.depth > 0 {
					got.Write(s.content)
				}
			}
		}
		if got.String() != want {
			t.Fatalf("%q:\n%q, want\n%q", doc, got.String(), want)
		}
	})
}

// standard reads the document with encoding/xml; ok is false for what it refuses and for what workbooks never have.
func standard(doc string) (string, bool) {
	if strings.Contains(doc, "<!D") || strings.Contains(doc, "\r") || strings.HasPrefix(doc, "\ufeff") {
		return "", false
	}
	var out strings.Builder
	d := xml.NewDecoder(strings.NewReader(doc))
	depth := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out.String(), depth == 0
		}
		if err != nil || depth > maxDepth-1 {
			return "", false
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if strings.Contains(tok.Name.Local, ":") {
				return "", false
			}
			depth++
			out.WriteString("<" + tok.Name.Local)
			for _, a := range tok.Attr {
				if strings.Contains(a.Name.Local, ":") {
					return "", false
				}
				out.WriteString(" " + a.Name.Local + "=" + a.Value)
			}
			out.WriteString(">")
		case xml.EndElement:
			depth--
			out.WriteString("</>")
		case xml.CharData:
			if depth > 0 {
				out.Write(tok)
			}
		case xml.Directive:
			return "", false
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("名称,人次\n\"甲\n乙\",191\n\n合计,5050"))
	f.Add([]byte("\xef\xbb\xbfa;b\r\n=\"01\";'=1"))
	f.Add([]byte("\xc3\xfb\xb3\xc6\t\xc8\xcb\xb4\xce\n"))
	f.Fuzz(drain)
}
