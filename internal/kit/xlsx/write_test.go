package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
)

func TestWrittenIsReadBack(t *testing.T) {
	long := strings.Repeat("长", 40_000)
	var buf bytes.Buffer
	err := Write(&buf, Table{Name: "培训/班:1", Title: "培训台账", Columns: []Column{{Title: "序号"}, {Title: "名称"}, {Title: "电话", Kind: AsText}, {Title: "开始", Kind: AsDay}, {Title: "结束", Kind: AsWords}, {Title: "合格率"}},
		Rows: Values([][]any{
			{1, "=1+1", "013800000000", day.Day("2024-03-05"), day.Day("2024-03-07"), 0.9796},
			{int64(2), "a\x00b\x0bc\n丁", int64(530102199001012345), day.Day(""), day.Day("1899-01-01"), true},
			{nil, long, "", nil, nil, struct{}{}},
		})}, Table{Name: "培训/班:1"}, Table{Name: strings.Repeat("很", 40)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := read(buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if b.Sheets[0].Name != "培训_班_1" || b.Sheets[1].Name != "培训_班_1(2)" || b.Sheets[2].Name != strings.Repeat("很", 31) {
		t.Error(b.Sheets[0].Name, b.Sheets[1].Name, b.Sheets[2].Name)
	}
	rows := all(t, b.Sheets[0])
	if len(rows) != 5 || rows[0].At(0).Text != "培训台账" || rows[1].At(5).Text != "合格率" {
		t.Fatalf("%+v", rows)
	}
	for i, want := range []Cell{{Kind: Number, Raw: "1", Text: "1"}, {Kind: Text, Raw: "=1+1", Text: "=1+1"}, {Kind: Text, Raw: "013800000000", Text: "013800000000"},
		{Kind: Date, Raw: "45356", Text: "2024-03-05", Day: "2024-03-05"}, {Kind: Text, Raw: "2024-03-07", Text: "2024-03-07"}, {Kind: Number, Raw: "0.9796", Text: "0.9796"}} {
		if got := rows[2].At(i); got != want {
			t.Errorf("column %d: %+v, want %+v", i, got, want)
		}
	}
	if rows[3].At(1).Raw != "abc\n丁" || rows[3].At(2).Raw != "530102199001012345" || rows[3].At(4).Text != "1899-01-01" || rows[3].At(5).Kind != Bool {
		t.Errorf("%+v", rows[3])
	}
	if n := len([]rune(rows[4].At(1).Raw)); n != maxCell {
		t.Errorf("a cell of %d characters", n)
	}
	merges, err := b.Sheets[0].Merges()
	if err != nil || len(merges) != 1 || merges[0].String() != "A1:F1" {
		t.Error(merges, err)
	}
	own := errors.New("own")
	failing := Table{Name: "x", Rows: func(yield func([]any, error) bool) { yield(nil, own) }}
	if err := Write(&bytes.Buffer{}, failing); !errors.Is(err, own) {
		t.Error(err)
	}
	if err := WriteCSV(&bytes.Buffer{}, failing); !errors.Is(err, own) {
		t.Error(err)
	}
}

// TestPrintedWide: a sheet of many columns is not squeezed onto one page; its pages repeat the first columns and the header.
func TestPrintedWide(t *testing.T) {
	for _, c := range []struct {
		columns     int
		fit         bool
		way, titles string
	}{{14, true, "landscape", "'活动'!$1:$2"}, {55, false, "landscape", "'活动'!$A:$B,'活动'!$1:$2"}} {
		table := Table{Name: "活动", Title: "科普活动"}
		for n := range c.columns {
			table.Columns = append(table.Columns, Column{Title: fmt.Sprintf("列%d", n)})
		}
		var out bytes.Buffer
		if err := Write(&out, table); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		props, err := f.GetSheetProps("活动")
		if err != nil || props.FitToPage == nil || *props.FitToPage != c.fit {
			t.Errorf("%d columns: %+v %v", c.columns, props, err)
		}
		layout, err := f.GetPageLayout("活动")
		if err != nil || layout.Orientation == nil || *layout.Orientation != c.way {
			t.Errorf("%d columns: %+v %v", c.columns, layout, err)
		}
		if names := f.GetDefinedName(); len(names) != 1 || names[0].RefersTo != c.titles {
			t.Errorf("%d columns: %+v", c.columns, names)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func readCSV(t testing.TB, data []byte) []Row {
	t.Helper()
	b, err := Read(bytes.NewReader(data), int64(len(data)), "一季度.csv", Limits{})
	if err != nil {
		t.Fatalf("%q: %v", data[:min(len(data), 80)], err)
	}
	if b.Format != CSV || len(b.Sheets) != 1 || b.Sheets[0].Name != "一季度" {
		t.Fatalf("%+v", b)
	}
	return all(t, b.Sheets[0])
}

func TestCSV(t *testing.T) {
	const plain = "名称,人次\n\"和志强,\n王\"\"德明\"\"\",191\n\n合计,５０５０\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"utf-8": []byte(plain), "mark": []byte("\xef\xbb\xbf" + plain), "gbk": gbk, "utf-16": utf16, "crlf": []byte(strings.ReplaceAll(plain, "\n", "\r\n")),
		"semicolon": []byte(strings.NewReplacer("称,", "称;", "\",1", "\";1", "计,", "计;").Replace(plain)), "tab": []byte(strings.NewReplacer("称,", "称\t", "\",1", "\"\t1", "计,", "计\t").Replace(plain)),
	} {
		rows := readCSV(t, data)
		if len(rows) != 3 || rows[1].At(0).Text != "和志强,\n王\"德明\"" || rows[1].At(1).Raw != "191" || rows[2].Number != 4 || rows[2].At(1).Text != "５０５０" {
			t.Errorf("%s: %+v", name, rows)
		}
	}
	if rows := readCSV(t, []byte(",,\n甲,,\n")); len(rows) != 1 || rows[0].Number != 2 || len(rows[0].Cells) != 1 {
		t.Errorf("%+v", rows)
	}
	open := []byte("a,b\n\"" + strings.Repeat("字", maxField+1))
	b, err := Read(bytes.NewReader(open), int64(len(open)), "x", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Sheets[0].Rows(func(Row) error { return nil }); !errs.Is(err, errs.Invalid) {
		t.Error("a quote without end:", err)
	}
	// Text beyond the first block that breaks in the middle of a character.
	far := strings.Repeat("a\n", 32<<10-1) + "a字\n"
	if rows := readCSV(t, []byte(far)); rows[len(rows)-1].At(0).Text != "a字" {
		t.Error("a character over the block's end is broken")
	}
}

func TestCSVWritten(t *testing.T) {
	texts := []string{"=1+1", "+86", "-5", "@x", "'=1", "''=1", "'tis", "013800000000", "530102199001012345", "a,\"b\"\n丙", "12"}
	var rows [][]any
	for _, s := range texts {
		rows = append(rows, []any{s, -5, day.Day("2024-03-05"), nil, 0.5, true})
	}
	var buf bytes.Buffer
	if err := WriteCSV(&buf, Table{Columns: []Column{{Title: "甲"}}, Rows: Values(rows)}); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(buf.Bytes(), []byte("\xef\xbb\xbf甲\r\n'=1+1,-5,2024-03-05,,0.5,TRUE\r\n'+86,")) {
		t.Errorf("%q", buf.String())
	}
	for i, r := range readCSV(t, buf.Bytes())[1:] {
		if r.At(0).Text != texts[i] || r.At(1).Text != "-5" {
			t.Errorf("%q reads %q", texts[i], r.At(0).Text)
		}
	}
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		code string
		n    float64
		want string
	}{
		{"#,##0", 1234567, "1,234,567"}, {"0.00", 0.285, "0.29"}, {"0.0%", 0.9796, "98.0%"}, {"0%", 0.995, "100%"}, {"G/通用格式", 12.5, "12.5"}, {"#,##0.00_);[Red](#,##0.00)", -1234.5, "-1,234.50"},
		{"000", 7, "007"}, {`"约"0"人"`, 161, "约161人"}, {"[$¥-804]#,##0", 5000, "¥5,000"}, {"0.00E+00", 161, "161"}, {"# ?/?", 0.5, "0.5"}, {"@", 5, "5"}, {"0.0,", 12345, "12.3"}, {"0", -0.4, "0"},
		{"[DBNum1]0", 5, "5"}, {"#", 0, ""},
	} {
		f := newFormat(c.code)
		if f.date || f.clock {
			t.Errorf("%s is taken for a date", c.code)
		} else if got := f.showNumber(c.n, decimal(c.n)); got != c.want {
			t.Errorf("%s of %v: %q, want %q", c.code, c.n, got, c.want)
		}
	}
	for code, want := range map[string]string{"yyyy-mm-dd": "2024-03-05", `[$-804]yyyy"年"m"月"d"日";@`: "2024年3月5日", "m/d/yy": "3/5/24", "mm/dd": "03/05", "yyyy/m/d h:mm": "2024/3/5 14:05",
		"aaaa": "星期二", `上午/下午h"时"mm"分"`: "下午2时05分", "[DBNum1]m月d日": "3月5日", "h:mm AM/PM": "2:05 下午", `yyyy\-mm\-dd\ hh:mm:ss`: "2024-03-05 14:05:30"} {
		f := newFormat(code)
		if got := f.showDate("2024-03-05", 14*3600+5*60+30); !f.date && !f.clock || got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	for serial, want := range map[float64]day.Day{1: "1900-01-01", 59: "1900-02-28", 61: "1900-03-01", 45355: "2024-03-04", 45355.9999999: "2024-03-05", 2958465: "9999-12-31"} {
		if d, _, ok := serialDay(serial, false); !ok || d != want {
			t.Errorf("%v: %s, want %s", serial, d, want)
		}
	}
	for _, serial := range []float64{-1, 0, 60, 2958466} {
		if d, _, ok := serialDay(serial, false); ok {
			t.Errorf("%v is %s", serial, d)
		}
	}
	if !slices.Equal([]string{Letters(0), Letters(25), Letters(26), Letters(701), Letters(702)}, []string{"A", "Z", "AA", "ZZ", "AAA"}) {
		t.Error("letters")
	}
}

// big is a table of n rows × 12 columns as counties keep it.
func big(n int) Table {
	t := Table{Name: "台账", Title: "台账", Columns: make([]Column, 12)}
	for i := range t.Columns {
		t.Columns[i].Title = "第" + Letters(i) + "列"
	}
	t.Rows = func(yield func([]any, error) bool) {
		for i := range n {
			d := day.Day("2024-01-01").Add(i % 366)
			if !yield([]any{i + 1, fmt.Sprintf("第%d期核桃嫁接培训班", i), "核桃嫁接", "河东镇", fmt.Sprintf("河东%d村", i%96), d, d, i % 300, "和志强、李文华", "约161", 0.98, "集中授课+现场实训"}, nil) {
				return
			}
		}
	}
	return t
}

func BenchmarkRead100k(b *testing.B) {
	var buf bytes.Buffer
	if err := Write(&buf, big(100_000)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	peak := uint64(0)
	for b.Loop() {
		book, err := read(buf.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		err = book.Sheets[0].Rows(func(r Row) error {
			if n++; n%20_000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
			return nil
		})
		if err != nil || n != 100_002 {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(peak)/(1<<20), "heap-MB")
}

func BenchmarkReadCSV100k(b *testing.B) {
	var buf bytes.Buffer
	if err := WriteCSV(&buf, big(100_000)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		readCSV(b, buf.Bytes()[:buf.Len()])
	}
}

func BenchmarkWrite3k(b *testing.B) {
	t := big(3000)
	t.Columns = append(t.Columns, Column{}, Column{}, Column{})
	for b.Loop() {
		if err := Write(&bytes.Buffer{}, t); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteCSV3k(b *testing.B) {
	t := big(3000)
	for b.Loop() {
		if err := WriteCSV(&bytes.Buffer{}, t); err != nil {
			b.Fatal(err)
		}
	}
}
