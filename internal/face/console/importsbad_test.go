package console_test

import (
	"archive/zip"
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"shilu/internal/app/apptest"
)

// archive is a zip of parts by name.
func archive(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
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
	return b.Bytes()
}

// compound is an OLE file whose directory has an entry of the name, as .xls, .et and workbooks with a password are.
func compound(entry string) []byte {
	b := make([]byte, 4096)
	copy(b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	at := b[1024:]
	units := utf16.Encode([]rune(entry))
	for i, u := range units {
		at[2*i], at[2*i+1] = byte(u), byte(u>>8)
	}
	at[64], at[66] = byte(2*len(units)+2), 2
	return b
}

// part replaces a part of a workbook, or adds it.
func part(t testing.TB, book []byte, name string, change func(string) string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{name: change("")}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = b.String()
		if f.Name == name {
			parts[name] = change(b.String())
		}
	}
	return archive(t, parts)
}

// TestFilesThatCannotBeImported: each is refused with its name, what is wrong and what to do; nothing is kept of it in the list.
func TestFilesThatCannotBeImported(t *testing.T) {
	w := apptest.Open(t, "")
	zhou := w.Sign(apptest.Officer)
	whole := workbook(t)
	zhou.Get("/imports/training")
	for _, c := range []struct {
		name    string
		content []byte
		says    string
	}{
		{"空.xlsx", nil, "文件是空的"},
		{"断.xlsx", whole[:len(whole)/2], "文件已损坏，打不开"},
		{"乱.xlsx", []byte("PK\x03\x04" + strings.Repeat("x", 500)), "文件已损坏，打不开"},
		{"旧表.xls", compound("Workbook"), "另存为 xlsx"},
		{"金山.et", compound("Workbook"), "另存为 xlsx"},
		{"加密.xlsx", compound("EncryptedPackage"), "文件加了密码，请去掉密码另存，再导入"},
		{"宏.xlsm", part(t, whole, "xl/vbaProject.bin", func(string) string { return "macro" }), "工作簿带宏"},
		{"炸弹.xlsx", part(t, whole, "xl/media/big.bin", func(string) string { return strings.Repeat("\x00", 32<<20) }), "压缩得过密"},
		{"通知.docx", archive(t, map[string]string{"word/document.xml": "<w:document/>"}), "这是 Word 文档"},
		{"照片.xlsx", picture(t, 4, 4), "这是图片"},
		{"网页.xls", []byte("<html><table><tr><td>1</td></tr></table>"), "另存为 xlsx"},
	} {
		got := zhou.Upload("/imports/training", nil, "file", c.name, c.content)
		if got.Status != http.StatusUnprocessableEntity || got.Path != "/imports/training" {
			t.Errorf("%s: %d at %s", c.name, got.Status, got.Path)
		}
		says(t, got, "没有导入： 「"+c.name+"」：", c.says)
	}
	says(t, zhou.Post("/imports/training", nil), "请选一个 xlsx 或 csv 文件")
	says(t, zhou.Upload("/imports/training", map[string][]string{"year": {"24"}}, "file", "a.csv", []byte("a")), "请填四位的年份")
	if got := zhou.Get("/imports/training"); !strings.Contains(got.Body, "还没有导入过文件") {
		t.Errorf("refused files are listed: %s", text(got.Body))
	}

	// What turns out only while the rows are read: the page says it, and nothing waits for ever.
	broken := part(t, whole, "xl/worksheets/sheet1.xml", func(s string) string { return s[:len(s)*2/3] })
	got := upload(zhou, "半张.xlsx", broken)
	for end := time.Now().Add(10 * time.Second); strings.Contains(got.Body, "正在核对") && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
		got = zhou.Get(got.Path)
	}
	says(t, got, "文件已损坏", "换一个文件")
	says(t, zhou.Get("/imports/training"), "半张.xlsx", "读不了")
}

// TestCSV: both encodings of the office are read, with the year that was asked for.
func TestCSV(t *testing.T) {
	w := apptest.Open(t, "")
	zhou := w.Sign(apptest.Officer)
	zhou.Get("/imports/training")
	utf8 := "培训班名称,专业,类型,乡镇,开始日期,培训人次\n核桃嫁接培训班,核桃嫁接,农村实用技术短期培训,青溪乡,3月5日,约52\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(strings.Replace(utf8, "核桃嫁接培训班", "重楼种植培训班", 1))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"甲.csv": utf8, "乙.csv": gbk, "丙.csv": "\xef\xbb\xbf" + strings.Replace(utf8, "核桃嫁接培训班", "养蜂培训班", 1)} {
		got := settled(zhou, zhou.Upload("/imports/training", map[string][]string{"year": {"2025"}}, "file", name, []byte(content)))
		says(t, got, "导入 1 行", "2025年", "按约数记", "青溪乡")
	}
}

// TestTooLargeIsNotSent: a browser that is answered in the middle of an upload shows no page, so that the page itself refuses.
func TestTooLargeIsNotSent(t *testing.T) {
	w := apptest.Open(t, "")
	c := w.Chrome(t, 3*time.Minute)
	c.Become(w.Sign(apptest.Officer))
	c.Open("/imports/training")
	choose := `((name, size) => { const d = new DataTransfer(); d.items.add(new File([new ArrayBuffer(size)], name)); const i = document.querySelector('input[type=file]');
		i.files = d.files; i.dispatchEvent(new Event('change', {bubbles: true})); return i.files.length; })`
	if n := apptest.Eval[int](c, choose+`('大.xlsx', 65 * 1024 * 1024)`); n != 0 {
		t.Errorf("%d files are chosen", n)
	}
	c.Shows("「大.xlsx」有 65 MB，最大 64 MB，没有选上")
	if n := apptest.Eval[int](c, choose+`('小.xlsx', 1024)`); n != 1 {
		t.Errorf("%d files are chosen", n)
	}
	c.Shows("小.xlsx")
	if strings.Contains(c.Text(""), "没有选上") {
		t.Error("the refusal stays when another file is chosen")
	}
}
