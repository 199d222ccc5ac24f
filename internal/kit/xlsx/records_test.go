package xlsx

import (
	"testing"

	"shilu/internal/kit/day"
)

// The invented workbook of an office: two-row header, mixed dates, a hidden sheet, no dimensions.
func TestRecords(t *testing.T) {
	b, err := Open("testdata/000-records.xlsx", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if len(b.Sheets) != 3 || b.Sheets[0].Name != "短期培训" || b.Sheets[1].Hidden || !b.Sheets[2].Hidden || b.Sheets[2].VeryHidden {
		t.Fatalf("sheets %+v", b.Sheets)
	}
	s := b.Sheet("短期培训")
	var rows []Row
	if err := s.Rows(func(r Row) error { rows = append(rows, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 34 {
		t.Fatalf("%d rows", len(rows))
	}
	if c := rows[4].At(5); c.Kind != Date || c.Day != "2024-03-04" || c.Raw != "45355" || c.Text != "2024/3/4" {
		t.Errorf("F5 %+v", c)
	}
	if c := rows[4].At(7); c.Kind != Number || c.Raw != "191" || c.Day != "" {
		t.Errorf("H5 %+v", c)
	}
	if c := rows[15].At(7); c.Kind != Text || c.Text != "约161" {
		t.Errorf("H16 %+v", c)
	}
	if c := rows[32].At(0); c.Text != "合计" || rows[32].Number != 33 {
		t.Errorf("A33 %+v", c)
	}
	merges, err := s.Merges()
	if err != nil || len(merges) != 9 || merges[0].String() != "A1:J1" {
		t.Errorf("merges %v %v", merges, err)
	}
	if r, c, err := s.Size(); r != 34 || c != 10 || err != nil {
		t.Errorf("size %d %d %v", r, c, err)
	}
	want := []string{"序号", "培训班名称", "培训专业", "乡镇", "村", "开始", "结束", "参训人次", "授课教师", "备注"}
	above := []string{"序号", "培训班名称", "培训专业", "地点", "地点", "培训时间", "培训时间", "参训人次", "授课教师", "备注"}
	err = s.Filled(func(r Row) error {
		for i := range want {
			if r.Number == 3 && r.At(i).Text != above[i] || r.Number == 4 && r.At(i).Text != want[i] {
				t.Errorf("row %d column %d is %q", r.Number, i, r.At(i).Text)
			}
		}
		if r.Number == 4 && (!r.At(0).Filled || r.At(3).Filled) {
			t.Error("filled cells are not marked")
		}
		if r.Number == 4 {
			return ErrStop
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	days := 0
	_ = b.Sheet("农函大").Rows(func(r Row) error {
		if r.At(3).Day >= day.Day("2024-01-01") {
			days++
		}
		return nil
	})
	if days != 4 {
		t.Errorf("%d dates in 农函大", days)
	}
}
