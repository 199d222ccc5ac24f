package xlsx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"
	"unicode/utf16"

	"shilu/internal/kit/errs"
)

// compound is a compound file with one directory entry of the name.
func compound(name string) []byte {
	b := make([]byte, 512+1024)
	copy(b, oleMagic)
	entry := b[512+128:]
	for i, u := range utf16.Encode([]rune(name)) {
		entry[2*i], entry[2*i+1] = byte(u), byte(u>>8)
	}
	entry[64], entry[66] = byte(2*len([]rune(name))+2), 2
	return b
}

// encrypted is a compound file as an office program writes a workbook with a password: a header, a table of sectors, a directory with
// its storages and streams, and the package that nobody can read.
func encrypted() []byte {
	b := make([]byte, 512, 512*6)
	copy(b, oleMagic)
	copy(b[24:], []byte{0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0})
	binary.LittleEndian.PutUint32(b[44:], 1) // one sector of the table, the first
	binary.LittleEndian.PutUint32(b[48:], 1) // the directory is in the second
	table := bytes.Repeat([]byte{0xff}, 512)
	for i, next := range []uint32{0xfffffffd, 2, 0xfffffffe, 0xfffffffe, 0xfffffffe} {
		binary.LittleEndian.PutUint32(table[4*i:], next)
	}
	b = append(b, table...)
	for _, e := range []struct {
		name string
		kind byte
	}{{"Root Entry", 5}, {"EncryptedPackage", 2}, {"\x06DataSpaces", 1}, {"Version", 2}, {"DataSpaceMap", 2}, {"TransformInfo", 1}, {"EncryptionInfo", 2}, {"", 0}} {
		entry := make([]byte, 128)
		for i, u := range utf16.Encode([]rune(e.name)) {
			binary.LittleEndian.PutUint16(entry[2*i:], u)
		}
		if entry[66] = e.kind; e.kind != 0 {
			entry[64] = byte(2*len([]rune(e.name)) + 2)
		}
		b = append(b, entry...)
	}
	return append(b, bytes.Repeat([]byte{0x5a}, 1024)...)
}

func TestRefused(t *testing.T) {
	with := func(name, content string) []byte {
		p := parts("")
		p[name] = content
		return pack(t, p)
	}
	without := func(name string) []byte {
		p := parts("")
		maps.DeleteFunc(p, func(n, _ string) bool { return n == name })
		return pack(t, p)
	}
	good := pack(t, parts(`<row><c><v>1</v></c></row>`))
	for name, c := range map[string]struct {
		data []byte
		kind errs.Kind
		word string
	}{
		"empty":       {nil, errs.Invalid, "文件是空的"},
		"xls":         {compound("Workbook"), errs.Invalid, "另存为 xlsx"},
		"ole":         {compound("x"), errs.Invalid, "另存为 xlsx"},
		"encrypted":   {encrypted(), errs.Invalid, "文件加了密码，请去掉密码另存"},
		"doc":         {compound("WordDocument"), errs.Invalid, "Word"},
		"pdf":         {[]byte("%PDF-1.7"), errs.Invalid, "PDF"},
		"picture":     {[]byte("\x89PNG\r\n\x1a\n"), errs.Invalid, "图片"},
		"html":        {[]byte("\xef\xbb\xbf <html><table>"), errs.Invalid, "网页"},
		"rar":         {[]byte("Rar!\x1a\x07"), errs.Invalid, "压缩包"},
		"binary":      {[]byte{1, 2, 0, 200, 9, 0}, errs.Invalid, "读不出来"},
		"macro":       {with("xl/vbaProject.bin", "x"), errs.Invalid, "宏"},
		"macro type":  {with("[Content_Types].xml", `<Types x="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/>`), errs.Invalid, "宏"},
		"docx":        {with("word/document.xml", ""), errs.Invalid, "Word"},
		"ods":         {pack(t, map[string]string{"mimetype": "x", "content.xml": ""}), errs.Invalid, "ods"},
		"xlsb":        {with("xl/workbook.bin", ""), errs.Invalid, "xlsb"},
		"plain zip":   {pack(t, map[string]string{"a.txt": "x"}), errs.Invalid, "压缩包"},
		"no workbook": {without("xl/workbook.xml"), errs.Invalid, "已损坏"},
		"no sheet":    {without("xl/worksheets/sheet1.xml"), errs.Invalid, "已损坏"},
		"no sheets":   {with("xl/workbook.xml", "<workbook/>"), errs.Invalid, "没有工作表"},
		"doctype":     {with("xl/workbook.xml", `<!DOCTYPE x [<!ENTITY a "b">]><workbook/>`), errs.Invalid, "已损坏"},
		"deep":        {with("xl/styles.xml", strings.Repeat("<a>", 1000)), errs.Invalid, "已损坏"},
		"long tag":    {with("xl/styles.xml", "<a b='"+strings.Repeat("x", 3<<20)), errs.Invalid, "已损坏"},
		"cut":         {good[:len(good)-30], errs.Invalid, "已损坏"},
		"bomb":        {with("xl/media/a.bin", strings.Repeat("\x00", 9<<20)), errs.TooLarge, "压缩得过密"},
		"twice":       {with("XL/workbook.xml", ""), errs.Invalid, "已损坏"},
	} {
		b, err := read(c.data)
		if b != nil || !errs.Is(err, c.kind) || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, limits := range map[string]Limits{"file": {File: 100}, "unpacked": {Unpacked: 100}, "entries": {Entries: 3}, "strings": {Strings: 4}} {
		if _, err := Read(bytes.NewReader(good), int64(len(good)), "", limits); !errs.Is(err, errs.TooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(failing{}, 100, "", Limits{}); err == nil || errs.Is(err, errs.Invalid) {
		t.Error("a fault of the disk is blamed on the file:", err)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("disk") }

func TestBrokenSheets(t *testing.T) {
	for name, sheet := range map[string]string{"cut": `<row><c><v>1`, "tag": `<row><c <v></c></row>`, "many": `<row r="200001"><c><v>1</v></c></row>`, "wide": `<row><c r="KO1"><v>1</v></c></row>`} {
		p := parts(sheet)
		if name == "cut" {
			p["xl/worksheets/sheet1.xml"] = `<worksheet><sheetData>` + sheet
		}
		b, err := read(pack(t, p))
		if err != nil {
			t.Fatal(name, err)
		}
		err = b.Sheets[0].Rows(func(Row) error { return nil })
		if !errs.Is(err, errs.Invalid) && !errs.Is(err, errs.TooLarge) || !strings.Contains(err.Error(), "「表」") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Empty formatted rows and columns far out are no rows.
	if rows := sheetOf(t, parts(`<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row><row r="1048576"><c r="A1048576" s="1"/></row>`)); len(rows) != 1 {
		t.Error(rows)
	}
	// A part that is longer than it declares.
	r := &bounded{r: strings.NewReader("abc"), left: 2}
	if _, err := io.ReadAll(r); !errors.Is(err, errLonger) {
		t.Error(err)
	}
}
