package app_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/work/facility"
)

// sinces makes a list in which the day of a start is not always known: the spreadsheet has a day where somebody typed 2021年3月.
func sinces(t *testing.T) []byte {
	t.Helper()
	rows := [][]any{{"类别", "名称", "乡镇", "村", "启用年月", "来历", "备注"}}
	for i, since := range []any{2020, 2026.3, "2026年4月", "2020年", time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC), "2019-05-06", "九十年代", 2026.1, "二〇一八年九月", "2026年12月"} {
		rows = append(rows, []any{"科普宣传栏", "宣传栏" + string(rune('A'+i)), "青溪乡", "青溪乡上村", since, "原有", map[bool]string{true: "村口"}[i == 3]})
	}
	content := workbook(t, sheetPage{name: "设施", rows: rows})
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	format := `yyyy"年"m"月"`
	style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err == nil {
		err = f.SetCellStyle("设施", "E6", "E6", style)
	}
	var b bytes.Buffer
	if err == nil {
		err = f.Write(&b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A start of which only the month or year is known is the first day of that, and stays known for that: the row and the record say so.
func TestAStartByMonthOrYear(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		r := importBytes(t, w, facility.Kind, "设施.xlsx", sinces(t), apptest.Second)
		if r.Created != 8 || r.Counts[intake.Rejected] != 2 {
			t.Fatalf("%v: %+v", r.Counts, r.Wrong)
		}
		for i, want := range []string{"「九十年代」读不出日期，请写成 2024-03-05；只知道年月的写 2024年3月，只知道年份的写 2024年", "2026年12月1日还没有到"} {
			if got := intake.Reasons(r.Wrong[i].Notes); !strings.Contains(got, want) {
				t.Errorf("row %d that stays out says %s", i, got)
			}
		}
		entries, err := w.App.Facility.List(w.As(apptest.Officer), register.Query{})
		if err != nil {
			t.Fatal(err)
		}
		type since struct {
			start day.Day
			note  string
		}
		got := map[string]since{}
		for _, e := range entries {
			got[strings.TrimPrefix(e.Title, "宣传栏")] = since{e.Body.Start, e.Body.Note}
		}
		for name, want := range map[string]since{"A": {"2020-01-01", "启用日期原写「2020」"}, "B": {"2026-03-01", "启用日期原写「2026.3」"}, "C": {"2026-04-01", "启用日期原写「2026年4月」"},
			"D": {"2020-01-01", "村口；启用日期原写「2020年」"}, "E": {"2021-03-01", "启用日期原写「2021年3月」"}, "F": {"2019-05-06", ""}, "H": {"2026-01-01", "启用日期原写「2026.1」"}, "I": {"2018-09-01", "启用日期原写「二〇一八年九月」"}} {
			if got[name] != want {
				t.Errorf("%s is in use since %+v, want %+v", name, got[name], want)
			}
		}
		notes := ""
		rows, err := w.App.Intake.Rows(w.As(apptest.Officer), r.ID, []intake.Verdict{intake.New}, intake.RowPage{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			notes += texts(row.Notes)
		}
		for _, want := range []string{"「2020」只写到年，按2020年1月1日记", "「2026.3」只写到月，按2026年3月1日记", "也可能是 2026.10，请看一眼", "「2021年3月」只写到月"} {
			if !strings.Contains(notes, want) {
				t.Errorf("the rows do not say %s:\n%s", want, notes)
			}
		}
		// Somebody finds the day out; the list that only knows the year does not take it away again.
		for _, e := range entries {
			if e.Title != "宣传栏A" {
				continue
			}
			body := e.Body
			body.Start, body.Note = "2020-05-06", "查到了验收单"
			out, err := w.App.Facility.Save(w.As(apptest.Officer), register.Change[facility.Facility]{ID: e.ID, Version: e.Version, Body: body, Reason: "查到了", Submit: true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.App.Facility.Verify(w.As(apptest.Second), out.ID, out.Version, ""); err != nil {
				t.Fatal(err)
			}
		}
		again := importBytes(t, w, facility.Kind, "设施再来.xlsx", append(sinces(t), 0), "")
		if again.Counts[intake.Same] != 8 || again.Counts[intake.Changed] != 0 {
			t.Errorf("again: %v", again.Counts)
		}
		w.Verified()
	})
}

// table is an exported list by its headings; each row can be changed and the list be written again.
type table struct {
	heads []string
	rows  [][]string
}

func tableOf(t *testing.T, file string) *table {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.ReplaceAll(strings.TrimPrefix(file, "\ufeff"), "\t", ""))).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatal(err, file)
	}
	return &table{all[0], all[1:]}
}

// cell is a cell of the row that has the name.
func (l *table) cell(t *testing.T, name, head string) *string {
	t.Helper()
	at, by := slices.Index(l.heads, head), slices.Index(l.heads, "名称")
	for _, row := range l.rows {
		if at >= 0 && row[by] == name {
			return &row[at]
		}
	}
	t.Fatalf("no %s of %s", head, name)
	return nil
}

func (l *table) file() string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(l.heads)
	_ = w.WriteAll(l.rows)
	return b.String()
}

// without leaves a column out.
func (l *table) without(head string) *table {
	at := slices.Index(l.heads, head)
	out := &table{heads: slices.Delete(slices.Clone(l.heads), at, at+1)}
	for _, row := range l.rows {
		out.rows = append(out.rows, slices.Delete(slices.Clone(row), at, at+1))
	}
	return out
}

// A list of facilities says how each began and all that has happened to it since. It comes back unchanged, also into a county that has none of
// them; what it would take away without saying so stays out.
func TestAListOfFacilitiesComesBackWithItsChanges(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		to := c.site("0701")
		to.Spot = "文化站，二楼「东头」"
		stand := func(f facility.Facility) { c.stand(apptest.Second, f) }
		stand(facility.Facility{Kind: "gallery", Name: "搬了的画廊", Site: c.site("0601"), Start: "2025-02-01", Old: true,
			Values: facility.Values{"length": {N: 1050, Exactness: ledger.About}, "cost": num(2_345_600), "material": told("钢;玻璃、「甲」"), "built": told("2024-12-01")},
			Changes: []facility.Change{
				{Day: "2026-03-01", What: ledger.Changed, Values: facility.Values{"length": num(1500), "material": nil, "keeper": told("未填"), "condition": told("待修")}, Note: "加长；见通知，第2号"},
				{Day: "2026-06-01", What: ledger.MovedIn, Site: &to},
				{Day: "2026-06-01", What: ledger.Changed, Values: facility.Values{"condition": told("良好"), "keeper": nil, "built": told("2026-06-01")}},
				{Day: "2026-09-01", What: ledger.Out, Note: "汛期冲毁"}}})
		stand(facility.Facility{Kind: "library", Name: "关了的图书室", Site: c.site("0602"), Start: "2025-01-01", Old: true, Values: facility.Values{"books": num(500)},
			Changes: []facility.Change{{Day: "2026-05-01", What: ledger.Out}}})
		stand(facility.Facility{Kind: "station", Name: "待修的活动站", Site: c.site("0601"), Start: "2026-02-01", Values: facility.Values{"staff": num(2), "condition": told("待修")}})
		stand(facility.Facility{Kind: "library", Name: "长大的图书室", Site: c.site("06"), Start: "2026-01-01", Values: facility.Values{"books": num(500)},
			Changes: []facility.Change{{Day: "2026-05-01", What: ledger.Changed, Values: facility.Values{"books": num(800), "seats": num(0)}}}})
		stand(facility.Facility{Kind: "hall", Name: "要建的科普馆", Site: c.site("0601"), Stage: facility.Planned, Start: "2027-05-01"})
		officer := c.Sign(apptest.Officer)
		exported := func(b *apptest.Browser) *table { return tableOf(t, b.Get("/facility/export?format=csv").Body) }
		run := func(w *apptest.World, l *table, o intake.Options) intake.Result {
			t.Helper()
			r, err := w.App.Intake.Run(w.As(apptest.Second), facility.Kind, "名单.csv", strings.NewReader(l.file()), o, apptest.Officer)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		list := exported(officer)
		for name, want := range map[string][3]string{"搬了的画廊": {"已拆除停用", "15", "白塔乡上村"}, "关了的图书室": {"已拆除停用", "", "青溪乡下村"}, "待修的活动站": {"待修或停用", "", "青溪乡上村"},
			"要建的科普馆": {"计划中", "", "青溪乡上村"}, "长大的图书室": {"在用", "", ""}} {
			if got := [3]string{*list.cell(t, name, "进展"), *list.cell(t, name, "长度"), *list.cell(t, name, "村")}; got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if same := run(c.World, list, intake.Options{DryRun: true}); same.Counts[intake.Same] != 5 {
			t.Errorf("its own export: %v %+v", same.Counts, same.Wrong)
		}

		empty := county{apptest.Open(t, "")}
		fresh := exported(officer)
		for _, row := range fresh.rows {
			row[slices.Index(fresh.heads, "编号")] = ""
		}
		if r := run(empty.World, fresh, intake.Options{}); r.Created != 5 {
			t.Fatalf("into an empty county: %v %+v", r.Counts, r.Wrong)
		}
		theirs := exported(empty.Sign(apptest.Officer))
		for _, head := range []string{"编号", "填报人", "佐证件数", "缺的佐证"} {
			list, theirs = list.without(head), theirs.without(head)
		}
		sorted := func(l *table) string {
			lines := strings.Split(l.file(), "\n")
			slices.Sort(lines)
			return strings.Join(lines, "\n")
		}
		if sorted(list) != sorted(theirs) {
			t.Errorf("the other county has\n%s\nwant\n%s", sorted(theirs), sorted(list))
		}
		codes := []string{"venue.galleries", "venue.gallery_length", "venue.library_books", "venue.boards_new"}
		for _, period := range []string{"2025", "2026-01-01..2026-02-28", "2026-01-01..2026-05-31", "2026-01-01..2026-08-31", "2026"} {
			for _, place := range []string{"", "06", "07"} {
				empty.are(place, period, c.figures(place, period, codes...), codes...)
			}
		}

		// What a row may not say without being told so.
		const grown, moved = "长大的图书室", "搬了的画廊"
		for name, one := range map[string]struct {
			row, head, cell string
			numbered        bool
			want            string
		}{
			"its changes cleared":          {grown, "变动", "", true, "有 1 次变动，这一行的「变动」空着"},
			"some changes cleared":         {moved, "变动", "2026-09-01 停用拆除", true, ""},
			"another day":                  {grown, "变动", "2026-06-01 变化：在藏图书 500 册 → 800 册，座位 未填 → 0 个", true, ""},
			"as things are now":            {grown, "在藏图书", "900", true, "变动里在藏图书最后是 800 册，这一行写的是 900 册"},
			"no words of a list":           {grown, "变动", "五月加了书", false, "变动「五月加了书」看不懂"},
			"as lists were before":         {grown, "变动", "2026-05-01 变化：在藏图书 800 册，座位 0 个", false, "变动里没有写在藏图书从多少变到多少"},
			"a place that nobody knows":    {moved, "变动", "2026-06-01 搬迁：乡镇 青溪乡 → 天边乡，村 青溪乡上村 → 未填，管理单位 青溪乡科协 → 白塔乡科协", false, "没有「天边乡」这个地点"},
			"moved to nobody's":            {moved, "变动", "2026-06-01 搬迁：乡镇 青溪乡 → 白塔乡", false, "没有写管理单位"},
			"moved from nowhere":           {moved, "变动", "2026-06-01 搬迁：乡镇 白塔乡", false, "没有写乡镇从哪里变到哪里"},
			"what does not follow":         {grown, "变动", "2026-05-01 变化：在藏图书 500 册 → 700 册；2026-06-01 变化：在藏图书 600 册 → 800 册", true, "前一次变到的是 700 册"},
			"elsewhere than it was moved":  {moved, "具体场所", "村口", true, "变动里最后搬到"},
			"a field of another kind":      {grown, "变动", "2026-05-01 变化：长度 1 米 → 2 米", false, "图书室没有「长度」这一项"},
			"before it was there":          {grown, "变动", "2025-05-01 停用拆除", false, "早于启用日期"},
			"in use and retired":           {"关了的图书室", "进展", "在用", true, "进展写的是「在用」，2026年5月1日已经停用"},
			"retired on no day":            {"待修的活动站", "进展", "已拆除停用", true, "没有写哪天停用的"},
			"a new one retired on no day":  {"待修的活动站", "进展", "已拆除停用", false, "没有写哪天停用的"},
			"another end than the changes": {moved, "停用日期", "2026-08-01", true, "停用日期写的是2026年8月1日，变动里写的停用是2026年9月1日"},
			"retired":                      {"待修的活动站", "停用日期", "2026-08-01", true, "进展写的是「待修或停用」"},
		} {
			l := exported(officer)
			*l.cell(t, one.row, one.head) = one.cell
			if !one.numbered {
				*l.cell(t, one.row, "编号"), *l.cell(t, one.row, "名称") = "", one.row+"二"
				if one.head != "进展" {
					for _, head := range []string{"进展", "停用日期"} {
						*l.cell(t, one.row+"二", head) = ""
					}
				}
			}
			r := run(c.World, l, intake.Options{DryRun: true})
			if one.want == "" {
				if r.Counts[intake.Changed] != 1 || r.Counts[intake.Same] != 4 || len(r.Wrong) > 0 && one.row != moved {
					t.Errorf("%s: %v %+v", name, r.Counts, r.Wrong)
				}
				continue
			}
			if r.Counts[intake.Rejected] != 1 || len(r.Wrong) != 1 || !strings.Contains(intake.Reasons(r.Wrong[0].Notes), one.want) {
				t.Errorf("%s: %v %+v, want %s", name, r.Counts, r.Wrong, one.want)
			}
		}

		// A list that only says how things are now corrects the latest value, and may retire.
		now := &table{[]string{"类别", "名称", "乡镇", "村", "在藏图书", "停用日期"}, [][]string{{"图书室", grown, "青溪乡", "", "820", "2026-08-01"}}}
		if r := run(c.World, now, intake.Options{}); r.Counts[intake.Changed] != 1 {
			t.Fatalf("%v %+v", r.Counts, r.Wrong)
		}
		if got, want := *exported(officer).cell(t, grown, "变动"), "2026-05-01 变化：在藏图书 500 册 → 820 册，座位 未填 → 0 个；2026-08-01 停用拆除"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
