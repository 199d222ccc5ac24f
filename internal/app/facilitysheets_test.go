package app_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
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
