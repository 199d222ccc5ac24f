package docx

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"shilu/internal/kit/errs"
)

func reread(t testing.TB, d Document) []Passage {
	t.Helper()
	b := written(t, d)
	list, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// zipped packs parts; stored ones are not compressed.
func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// foreign is a package with the body as its only part.
func foreign(t testing.TB, body string) []byte {
	return zipped(t, map[string]string{"word/document.xml": `<w:document` + wordNames +
		` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"` +
		` xmlns:x="urn:x"><w:body>` + body + `</w:body></w:document>`,
		"word/styles.xml": `<w:styles` + wordNames + `><w:style w:styleId="1"><w:name w:val="heading 1"/></w:style>` +
			`<w:style w:styleId="a"><w:name w:val="我的标题"/><w:basedOn w:val="b"/></w:style><w:style w:styleId="b"><w:name w:val="标题 3"/></w:style>` +
			`<w:style w:styleId="c"><w:name w:val="章"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>` +
			`<w:style w:styleId="d"><w:name w:val="丁"/><w:basedOn w:val="e"/></w:style><w:style w:styleId="e"><w:name w:val="戊"/><w:basedOn w:val="d"/></w:style></w:styles>`,
		"customXml/item1.xml": `<figures xmlns="urn:shilu:figures"><figure number="1" query="long"/></figures>`})
}

func TestRoundTrip(t *testing.T) {
	list := reread(t, report())
	var head []string
	for _, p := range list {
		if p.Level > 0 {
			head = append(head, strconv.Itoa(p.Level)+p.Style+" "+p.Text)
		}
	}
	want := []string{"1heading 1 一、实用技术培训", "2heading 2 （一）短期培训", "3heading 3 1.农函大", "4heading 4 （1）考核", "1heading 1 二、下一步打算", "1heading 1 三、建议"}
	if !reflect.DeepEqual(head, want) {
		t.Errorf("headings %q, want %q", head, want)
	}
	if list[0].Style != "Title" || list[0].Text != "云岭县科学技术协会\n2026年工作总结" {
		t.Errorf("title reads %+v", list[0])
	}
	text, figures := Plain(list)
	for _, piece := range []string{
		"市科协：\n今年以来，县科协围绕“四服务”职责定位，扎实开展各项工作——现将情况报告如下。\n",
		"全年共举办短期培训班28期，培训5050人次，涉及9个专业。A&B <试验> 500 m²、“科普中国”、3.5万元、98%。\n",
		"\n第一行\t制表\n第二行 \n表1　各乡镇培训情况\n单位：期、人次\n序号\t乡镇\t短期培训\n\t\t期数\t人次\n1\t河东镇\t1\t35\n",
		"\n合计\t55\t1925\n注：按举办地统计。\n表后一段。\n",
		"附件：1.2026年实用技术培训数字来处\n2.各乡镇按月", "\n云岭县科学技术协会\n2026年12月20日\n附件1\n\n2026年实用技术培训数字来处\n",
		"1\t28期\t短期培训班期数\t全县，2026年\t28条记录，其中1条缺佐证\n",
	} {
		if !strings.Contains(text, piece) {
			t.Errorf("text lacks %q", piece)
		}
	}
	if len(figures) != 13 {
		t.Fatalf("%d figures, want 13", len(figures))
	}
	wantFigures := [][2]string{{"28期", "shilu:training.short_classes?period=2026"}, {"5050人次", longQuery}, {"9", "shilu:training.short_subjects?period=2026"},
		{"1", "shilu:training.short_classes?place=1&period=2026"}}
	for i, want := range wantFigures {
		if f := figures[i]; f.Text != want[0] || f.Query != want[1] {
			t.Errorf("figure %d is %+v, want %v", i, f, want)
		}
	}
	for _, f := range figures {
		if text[f.From:f.To] != f.Text {
			t.Errorf("%q stands where %q should", text[f.From:f.To], f.Text)
		}
	}
}

// TestForeign reads what other programs write.
func TestForeign(t *testing.T) {
	para := func(text string) string { return `<w:p><w:r><w:t>` + text + `</w:t></w:r></w:p>` }
	control := func(tag, content string) string {
		return `<w:sdt><w:sdtPr><w:rPr><w:b/></w:rPr><w:tag w:val="` + tag + `"/></w:sdtPr><w:sdtContent>` + content + `</w:sdtContent></w:sdt>`
	}
	for name, c := range map[string]struct{ body, want, figures string }{
		"changes": {`<w:p><w:r><w:t>甲</w:t></w:r><w:del><w:r><w:delText>乙</w:delText><w:t>丁</w:t></w:r></w:del><w:ins><w:r><w:t>丙</w:t></w:r></w:ins>` +
			`<w:moveFrom><w:r><w:t>戊</w:t></w:r></w:moveFrom></w:p>`, "甲丙\n", ""},
		"hidden": {`<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>甲</w:t></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>乙</w:t></w:r><w:r><w:t>丙</w:t></w:r></w:p>`, "乙丙\n", ""},
		"fields": {`<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>1</w:t></w:r><w:fldSimple w:instr="DATE"><w:r><w:t>今</w:t></w:r></w:fldSimple>` +
			`<w:hyperlink><w:r><w:t>链</w:t></w:r></w:hyperlink></w:p>`, "1今链\n", ""},
		"breaks": {`<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/></w:r></w:p>`, "a\tb\nc-\n", ""},
		"text box": {`<w:p><w:r><w:t>前</w:t><mc:AlternateContent><mc:Choice><x:shape><w:txbxContent>` + para("框") + `</w:txbxContent></x:shape></mc:Choice>` +
			`<mc:Fallback><w:pict><w:txbxContent>` + para("框") + `</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent><w:t>后</w:t></w:r></w:p>`, "框\n前后\n", ""},
		"other names": {`<w:p><x:t>no</x:t><m:oMath><m:r><m:t>y=1</m:t></m:r></m:oMath></w:p>`, "y=1\n", ""},
		"ruby":        {`<w:p><w:r><w:ruby><w:rt><w:r><w:t>kē</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>科</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>`, "科\n", ""},
		"table": {`<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>` + para("一") + para("二") + `</w:tc></w:tr><w:tr><w:trPr><w:del/></w:trPr><w:tc>` + para("删") + `</w:tc></w:tr></w:tbl>` + para("后"),
			"一\n二\n后\n", ""},
		"table in table": {`<w:tbl><w:tr><w:tc>` + para("外") + `<w:tbl><w:tr><w:tc>` + para("内1") + `</w:tc><w:tc>` + para("内2") + `</w:tc></w:tr></w:tbl>` + para("尾") + `</w:tc><w:tc>` + para("右") + `</w:tc></w:tr></w:tbl>`,
			"外\n内1\t内2\n尾\t右\n", ""},
		"control of a run":       {`<w:p><w:r><w:t>共</w:t></w:r>` + control("q1", `<w:r><w:t>2</w:t></w:r><w:r><w:t>8</w:t></w:r>`) + `<w:r><w:t>期</w:t></w:r></w:p>`, "共28期\n", "q1=28@3"},
		"control of a paragraph": {control("q2", para("28")), "28\n", "q2=28@0"},
		"control of a cell":      {`<w:tbl><w:tr><w:tc>` + para("共") + `</w:tc>` + control("q3", `<w:tc>`+para("28")+`</w:tc>`) + `</w:tr></w:tbl>`, "共\t28\n", "q3=28@4"},
		"control without a tag":  {control("", para("28")), "28\n", ""},
		"control emptied":        {`<w:p>` + control("q4", ``) + `</w:p>`, "\n", ""},
		"control beside a mark":  {`<w:p><w:bookmarkStart w:id="7" w:name="_figure1"/><w:r><w:t>约</w:t></w:r>` + control("figure:1", `<w:r><w:t>28</w:t></w:r>`) + `<w:bookmarkEnd w:id="7"/></w:p>`, "约28\n", "long=约28@0"},
		"mark of another":        {`<w:p><w:bookmarkStart w:id="7" w:name="_figure9"/><w:r><w:t>约</w:t></w:r><w:bookmarkEnd w:id="7"/></w:p>`, "约\n", ""},
		"controls nested":        {`<w:p>` + control("a", `<w:r><w:t>约</w:t></w:r>`+control("b", `<w:r><w:t>28</w:t></w:r>`)) + `</w:p>`, "约28\n", "a=约28@0 b=28@3"},
	} {
		b := foreign(t, c.body)
		list, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text, figures := Plain(list)
		var got []string
		for _, f := range figures {
			got = append(got, f.Query+"="+f.Text+"@"+strconv.Itoa(f.From))
		}
		if text != c.want || strings.Join(got, " ") != c.figures {
			t.Errorf("%s: got %q %q, want %q %q", name, text, got, c.want, c.figures)
		}
	}
}

// TestBookmarks finds the figures when a program has dropped the tags of the content controls.
func TestBookmarks(t *testing.T) {
	parts := unzipped(t, written(t, report()))
	_, want := Plain(reread(t, report()))
	body := parts["word/document.xml"]
	for _, piece := range strings.Split(body, `<w:tag w:val="`)[1:] {
		tag, _, _ := strings.Cut(piece, `"`)
		body = strings.Replace(body, `<w:tag w:val="`+tag+`"/>`, "", 1)
	}
	if strings.Contains(body, "<w:tag") {
		t.Fatal("tags are left")
	}
	parts["word/document.xml"] = body
	b := zipped(t, parts)
	list, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if _, got := Plain(list); len(got) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLevels(t *testing.T) {
	b := foreign(t, `<w:p><w:pPr><w:pStyle w:val="1"/></w:pPr></w:p><w:p><w:pPr><w:pStyle w:val="a"/></w:pPr></w:p><w:p><w:pPr><w:pStyle w:val="c"/></w:pPr></w:p>`+
		`<w:p><w:pPr><w:pStyle w:val="d"/></w:pPr></w:p><w:p><w:pPr><w:outlineLvl w:val="4"/></w:pPr></w:p><w:p><w:pPr><w:pStyle w:val="1"/><w:outlineLvl w:val="9"/></w:pPr></w:p>`)
	list, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	want := []Passage{{Style: "heading 1", Level: 1}, {Style: "我的标题", Level: 3}, {Style: "章", Level: 2}, {Style: "丁"}, {Level: 5}, {Style: "heading 1"}}
	if !reflect.DeepEqual(list, want) {
		t.Errorf("got %+v, want %+v", list, want)
	}
}

func TestGuards(t *testing.T) {
	good := written(t, report())
	with := func(parts ...string) []byte {
		all := unzipped(t, good)
		for i := 0; i < len(parts); i += 2 {
			all[parts[i]] = parts[i+1]
		}
		return zipped(t, all)
	}
	ole := append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 65530)...) // the name straddles two blocks
	locked := bytes.Clone(good)
	at := bytes.Index(locked, []byte("PK\x01\x02"))
	for i := at; i >= 0; {
		locked[i+8] |= 1
		next := bytes.Index(locked[i+4:], []byte("PK\x01\x02"))
		if next < 0 {
			break
		}
		i += 4 + next
	}
	corrupt := bytes.Clone(good)
	inside := bytes.Index(corrupt, []byte("word/document.xml")) + 60
	for i := range 40 {
		corrupt[inside+i] ^= 0x5a
	}
	for name, c := range map[string]struct {
		file []byte
		kind errs.Kind
		want string
	}{
		"empty":       {nil, errs.Invalid, "文件是空的"},
		"doc":         {append(bytes.Clone(ole), wide("WordDocument")...), errs.Invalid, "请在 WPS 或 Word 里另存为 docx"},
		"password":    {append(bytes.Clone(ole), wide("EncryptedPackage")...), errs.Invalid, "文档有密码"},
		"zip locked":  {locked, errs.Invalid, "文档有密码"},
		"pdf":         {[]byte("%PDF-1.4"), errs.Invalid, "PDF"},
		"rtf":         {[]byte(`{\rtf1`), errs.Invalid, "rtf"},
		"picture":     {[]byte("\x89PNG\r\n"), errs.Invalid, "图片"},
		"text":        {[]byte("今年"), errs.Invalid, "不是 Word 文档"},
		"other zip":   {zipped(t, map[string]string{"a.txt": "a"}), errs.Invalid, "压缩包"},
		"workbook":    {zipped(t, map[string]string{"xl/workbook.xml": "<a/>"}), errs.Invalid, "工作簿"},
		"odt":         {zipped(t, map[string]string{"mimetype": "a", "content.xml": "<a/>"}), errs.Invalid, "odt"},
		"macro type":  {with("[Content_Types].xml", `<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>`), errs.Invalid, "宏"},
		"macro":       {with("word/vbaProject.bin", "x"), errs.Invalid, "宏"},
		"cut":         {good[:len(good)/2], errs.Invalid, "已损坏"},
		"corrupt":     {corrupt, errs.Invalid, "已损坏"},
		"not xml":     {with("word/document.xml", "<w:document"), errs.Invalid, "已损坏"},
		"no document": {with("word/document.xml", "<a/>"), errs.Invalid, "已损坏"},
		"bad styles":  {with("word/styles.xml", "<a"), errs.Invalid, "已损坏"},
		"entities":    {with("word/document.xml", `<!DOCTYPE a [<!ENTITY b "c">]><w:document`+wordNames+`><w:body><w:p>&b;</w:p></w:body></w:document>`), errs.Invalid, "已损坏"},
		"deep":        {foreign(t, strings.Repeat("<w:ins>", 300)+strings.Repeat("</w:ins>", 300)), errs.Invalid, "已损坏"},
		"bomb":        {foreign(t, strings.Repeat(" ", 8<<20)), errs.TooLarge, "解压后过大"},
		"many pieces": {foreign(t, distinct(maxPieces+1)), errs.TooLarge, "解压后过大"},
	} {
		_, err := Read(bytes.NewReader(c.file), int64(len(c.file)))
		if errs.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v (%s), want %s with %q", name, err, errs.KindOf(err), c.kind, c.want)
		}
	}
	if _, err := Read(bytes.NewReader(good), maxFile+1); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("too large a file: %v", err)
	}
	if _, err := Read(failing{}, 100); err == nil || errs.KindOf(err) != errs.Internal {
		t.Errorf("a failing disk: %v", err)
	}
}

// distinct is n empty paragraphs that do not compress beyond the ratio.
func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`<w:p x:a="` + strconv.Itoa(i*2654435761%1000003) + `"/>`)
	}
	return b.String()
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("disk fault") }

func FuzzRead(f *testing.F) {
	f.Add(written(f, report()))
	f.Add(written(f, Document{Title: "题"}))
	f.Add(foreign(f, `<w:tbl><w:tr><w:tc><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>`))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := Read(bytes.NewReader(b), int64(len(b)))
		if kind := errs.KindOf(err); err != nil && kind != errs.Invalid && kind != errs.TooLarge {
			t.Fatalf("error nobody can act on: %v", err)
		}
		checkFound(t, list)
	})
}

// FuzzParse changes the markup itself, which FuzzRead cannot reach through the compression.
func FuzzParse(f *testing.F) {
	f.Add(`<w:p><w:sdt><w:sdtPr><w:tag w:val="q"/></w:sdtPr><w:sdtContent><w:r><w:t>28</w:t></w:r></w:sdtContent></w:sdt></w:p>`)
	f.Add(`<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:tcPr><w:gridSpan w:val="9"/><w:vMerge/></w:tcPr><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl>`)
	f.Add(`<w:p><w:bookmarkStart w:id="1" w:name="_figure1"/><w:r><w:t>28</w:t></w:r><w:bookmarkEnd w:id="1"/></w:p>`)
	f.Add(`<w:tc><w:p><w:tbl><w:tc><w:sdt><w:p></w:p></w:sdt></w:tc></w:tbl></w:p></w:tc>`)
	f.Fuzz(func(t *testing.T, body string) {
		list, err := parse([]byte(`<w:document`+wordNames+`><w:body>`+body+`</w:body></w:document>`), nil, map[string]string{"1": "q"})
		if err == nil {
			checkFound(t, list)
		}
	})
}

func checkFound(t *testing.T, list []Passage) {
	t.Helper()
	text, figures := Plain(list)
	for _, f := range figures {
		if text[f.From:f.To] != f.Text {
			t.Fatalf("%q stands where %q should", text[f.From:f.To], f.Text)
		}
	}
}
