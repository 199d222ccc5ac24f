package intake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shilu/internal/kit/xlsx"
)

// columns are like those of training, whose own tests read the whole workbook.
var columns = []Column{
	{Key: "serial", Title: "序号", Type: Serial},
	{Key: "name", Title: "培训班名称", Aliases: []string{"班名"}, Type: Text, Main: true},
	{Key: "term", Title: "班次", Aliases: []string{"期次"}, Type: Text},
	{Key: "subject", Title: "专业", Aliases: []string{"培训专业", "培训内容"}, Type: Text, Main: true},
	{Key: "township", Title: "乡镇", Type: Township},
	{Key: "village", Title: "村", Type: Village},
	{Key: "place", Title: "地点", Aliases: []string{"办班地点"}, Type: Place},
	{Key: "start", Title: "开始日期", Aliases: []string{"培训时间/开始", "开始", "开班日期", "培训时间"}, Type: Day},
	{Key: "end", Title: "结束日期", Aliases: []string{"培训时间/结束", "结束", "结业日期"}, Type: Day},
	{Key: "attendances", Title: "培训人次", Aliases: []string{"参训人次", "人次"}, Units: []string{"人次"}, Type: Count},
	{Key: "enrolled", Title: "招收学员", Units: []string{"名", "人"}, Type: Count},
	{Key: "examined", Title: "参加考试", Units: []string{"人"}, Type: Count},
	{Key: "passed", Title: "考试合格", Units: []string{"人"}, Type: Count},
	{Key: "teachers", Title: "授课教师", Type: List},
	{Key: "note", Title: "备注", Type: Text},
}

var kinds = []SheetKind{{"short", "农村实用技术短期培训", []string{"短期培训", "技术培训"}}, {"farm_school", "农函大培训", []string{"农函大"}}}

func open(t *testing.T, path string) *xlsx.Book {
	t.Helper()
	b, err := xlsx.Open(path, xlsx.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func openCSV(t *testing.T, name, text string) *xlsx.Book {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

func understand(t *testing.T, b *xlsx.Book, g Guide) ([]*Sheet, []*Row) {
	t.Helper()
	g.Columns, g.Kinds = columns, kinds
	var rows []*Row
	sheets, err := Understand(b, g, func(r *Row) error { rows = append(rows, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return sheets, rows
}

func keys(s *Sheet) string {
	var all []string
	for _, f := range s.Fields {
		all = append(all, f.Key)
	}
	return strings.Join(all, " ")
}

func TestTheRealWorkbook(t *testing.T) {
	sheets, rows := understand(t, open(t, "testdata/000-records.xlsx"), Guide{})
	short, farm, hidden := sheets[0], sheets[1], sheets[2]
	if short.First != 3 || short.Last != 4 || short.Rows != 28 || short.Kind != "short" || short.Year != 2024 || short.Reporter != "县科协" {
		t.Errorf("short %+v", short)
	}
	if got := keys(short); got != "serial name subject township village start end attendances teachers note" {
		t.Errorf("short columns %s", got)
	}
	if short.Fields[3].Head != "地点/乡镇" || short.Fields[5].Head != "培训时间/开始" || short.Fields[0].Head != "序号" {
		t.Errorf("headings %+v", short.Fields)
	}
	if len(short.Totals) != 1 || short.Totals[0] != (Total{Cell: "H33", Word: "合计", Key: "attendances", Head: "参训人次", Stated: 5050, Sum: 5050}) {
		t.Errorf("totals %+v", short.Totals)
	}
	if len(short.Ignored) != 2 || short.Ignored[1].What != "签字" || short.Ignored[1].Line != 34 {
		t.Errorf("ignored %+v", short.Ignored)
	}
	if farm.First != 2 || farm.Last != 2 || farm.Rows != 16 || farm.Kind != "farm_school" || farm.Year != 2024 {
		t.Errorf("farm %+v", farm)
	}
	if got := keys(farm); got != "term subject place start end enrolled examined passed note" {
		t.Errorf("farm columns %s", got)
	}
	want := map[string]int64{"enrolled": 490, "examined": 490, "passed": 480}
	for _, total := range farm.Totals {
		if total.Stated != want[total.Key] || !total.OK() {
			t.Errorf("total %+v", total)
		}
		delete(want, total.Key)
	}
	if len(want) != 0 {
		t.Errorf("totals not checked: %v", want)
	}
	if !hidden.Hidden || hidden.Skipped == "" || hidden.Rows != 0 {
		t.Errorf("hidden %+v", hidden)
	}
	about, _ := rows[11].Has("attendances")
	wide, _ := rows[17].Has("attendances")
	if about.Count.N != 161 || about.Count.Exactness != "about" || len(rows[11].Notes) != 1 || wide.Count.N != 101 || wide.Count.Exactness != "exact" {
		t.Errorf("约161 %+v, １０１ %+v", about, wide)
	}
	for i, day := range []string{"2024-03-04", "2024-03-11", "2024-03-21", "2024-04-01"} {
		if v, ok := rows[i].Has("start"); !ok || string(v.From) != day {
			t.Errorf("row %d starts on %+v, want %s", i, v, day)
		}
	}
	if v, _ := rows[1].Has("teachers"); len(v.List) != 2 || v.List[1] != "王德明" {
		t.Errorf("teachers %+v", v)
	}
}

func TestTotalsAreComparedAndNeverImported(t *testing.T) {
	sheets, rows := understand(t, openCSV(t, "短期培训2025年.csv", `2025年短期培训台账,,,
班名,专业,培训时间,人次
甲班,养鸡,3月5日-7日,10
乙班,养猪,4月1日,20
小计,,,30
丙班,养牛,5月1日,40
小 计,,,41
丁班,养蜂,5月2日,约5
合  计,,,75
注:以上为上半年,,,
填表人:张三,,审核人:李四,
`), Guide{})
	s := sheets[0]
	if s.Rows != 4 || len(rows) != 4 || s.Kind != "short" || s.Year != 2025 {
		t.Fatalf("%+v", s)
	}
	var got []bool
	for _, total := range s.Totals {
		got = append(got, total.OK())
	}
	if len(got) != 3 || !got[0] || got[1] || !got[2] {
		t.Errorf("totals %+v", s.Totals)
	}
	if say(t.Context(), s.Notes); len(s.Notes) != 1 || !strings.Contains(s.Notes[0].Text, "41") || !strings.Contains(s.Notes[0].Text, "40") || s.Notes[0].Cell != "D7" {
		t.Errorf("notes %+v", s.Notes)
	}
	if v, _ := rows[0].Has("start"); v.From != "2025-03-05" || v.To != "2025-03-07" || !v.Ranged {
		t.Errorf("range %+v", v)
	}
}

func TestChoicesAndMemory(t *testing.T) {
	text := "班名,班主任,开始日期,人次,人数\n甲班,张,2025-01-02,5,6\n"
	b := openCSV(t, "a.csv", text)
	sheets, _ := understand(t, b, Guide{})
	s := sheets[0]
	if keys(s) != "name  start attendances " || s.Skipped == "" {
		t.Fatalf("%q %+v", keys(s), s)
	}
	choice := Choice{Fields: map[int]string{4: "attendances", 1: "teachers"}, Kind: "short", Year: 2023}
	sheets, _ = understand(t, b, Guide{Chosen: map[string]Choice{s.Name: choice}})
	if keys(sheets[0]) != "name teachers start  attendances" || sheets[0].Kind != "short" || sheets[0].Skipped != "" || sheets[0].Year != 2023 {
		t.Errorf("%q %+v", keys(sheets[0]), sheets[0])
	}
	sheets, _ = understand(t, b, Guide{Memory: func(shape string) (Choice, bool) { return choice, shape == s.Shape }})
	if keys(sheets[0]) != "name teachers start  attendances" || sheets[0].Fields[4].How != "remembered" || sheets[0].Year == 2023 {
		t.Errorf("%q %+v", keys(sheets[0]), sheets[0])
	}
}

func TestHeadingsWithoutMergesAndYearlessDays(t *testing.T) {
	_, rows := understand(t, openCSV(t, "短期培训.csv", "序号,班名,地点,,培训时间,,人次\n,,乡镇,村,开始,结束,\n1,甲班,河东镇,上村,3月5日,2024-03-06,三十\n2,,,,,,\n"), Guide{})
	if len(rows) != 1 || rows[0].Text("township") != "河东镇" || rows[0].Text("village") != "上村" {
		t.Fatalf("%+v", rows)
	}
	if !rows[0].Bad("start") || len(rows[0].Notes) != 1 || !strings.Contains(rows[0].Notes[0].Text, "年份") || rows[0].Notes[0].Cell != "E3" {
		t.Errorf("notes %+v", rows[0].Notes)
	}
	if v, _ := rows[0].Has("attendances"); v.Count.N != 30 {
		t.Errorf("count %+v", v)
	}
}

func TestNoHeading(t *testing.T) {
	sheets, rows := understand(t, openCSV(t, "x.csv", "一,二\n三,四\n"), Guide{})
	if sheets[0].Skipped == "" || len(rows) != 0 {
		t.Errorf("%+v", sheets[0])
	}
}

// TestANamedHeading: a heading that nobody knows is named by its lines, its columns then one by one; the next file of its shape is known.
func TestANamedHeading(t *testing.T) {
	b := openCSV(t, "怪.csv", "某县,,,\n项目,在哪,时候,\n,,起,止\n核桃嫁接,青溪乡,2024-03-05,2024-03-06\n养蜂,白塔乡,2024-04-05,2024-04-06\n")
	sheets, rows := understand(t, b, Guide{})
	if sheets[0].First != 0 || len(rows) != 0 {
		t.Fatalf("it is known already: %+v", sheets[0])
	}
	name := sheets[0].Name
	with := func(c Choice) (*Sheet, int) {
		sheets, rows := understand(t, b, Guide{Chosen: map[string]Choice{name: c}})
		return sheets[0], len(rows)
	}
	s, n := with(Choice{First: 2, Last: 3, Kind: "short"})
	if n != 0 || s.Rows != 2 || s.Skipped == "" || len(s.Fields) != 4 || s.Fields[3].Head != "时候/止" || s.Fields[0].Sample != "核桃嫁接" {
		t.Errorf("columns that nobody named: %+v, %d rows", s, n)
	}
	whole := Choice{First: 2, Last: 3, Kind: "short", Fields: map[int]string{0: "subject", 1: "place", 2: "start", 3: "end"}}
	if s, n = with(whole); n != 2 || s.Skipped != "" || s.Kind != "short" {
		t.Errorf("named columns: %+v, %d rows", s, n)
	}
	for _, c := range []Choice{{First: 40}, {First: 2, Last: 5}} {
		if s, n := with(c); s.Skipped == "" || n != 0 {
			t.Errorf("a heading that is none (%+v): %+v", c, s)
		}
	}
	again, rows := understand(t, openCSV(t, "又.csv", "项目,在哪,时候,\n,,起,止\n重楼,石门镇,2025-03-05,2025-03-06\n"), Guide{Memory: func(shape string) (Choice, bool) {
		return Choice{Fields: whole.Fields, Kind: "short"}, shape == s.Shape
	}})
	if len(rows) != 1 || rows[0].Text("subject") != "重楼" || again[0].Fields[0].How != "remembered" || again[0].First != 1 {
		t.Errorf("the next file: %+v, %d rows", again[0], len(rows))
	}
}

func TestYears(t *testing.T) {
	for text, want := range map[string]int{"2024年度台账": 2024, "二〇二四年": 2024, "二零二四年度": 2024, "２０２５年": 2025, "培训2023": 2023, "第12期": 0, "20240305": 0} {
		if got := yearIn(text); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

// Whatever a csv holds, understanding it neither panics nor loses count of its rows.
func FuzzUnderstand(f *testing.F) {
	f.Add("班名,专业,人次\n甲,乙,3\n合计,,3\n")
	f.Add("2024年台账\n班名,地点,,人次\n,乡镇,村,\n甲,乙,丙,约3\n")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := xlsx.Read(strings.NewReader(text), int64(len(text)), "f.csv", xlsx.Limits{})
		if err != nil {
			return
		}
		defer func() { _ = b.Close() }()
		n := 0
		sheets, err := Understand(b, Guide{Columns: columns, Kinds: kinds}, func(r *Row) error {
			n++
			if r.Line <= r.Sheet.Last {
				t.Errorf("row %d lies in the heading", r.Line)
			}
			return nil
		})
		if err == nil && n != sheets[0].Rows {
			t.Errorf("%d rows of %d", n, sheets[0].Rows)
		}
	})
}

// What stands beside 填报单位 in the same cell is no part of its name.
func TestTheReporterEndsWhereTheNextBegins(t *testing.T) {
	for text, want := range map[string]string{"填表单位：县科协　　单位：人次": "县科协", "填报单位：青溪乡 科协": "青溪乡 科协", "填表单位：县科协 填表时间：2026年": "县科协"} {
		s := &Sheet{First: 3}
		s.above([]xlsx.Row{{Number: 2, Cells: []xlsx.Cell{{Kind: xlsx.Text, Text: text}}}})
		if s.Reporter != want {
			t.Errorf("%s: %q", text, s.Reporter)
		}
	}
}
