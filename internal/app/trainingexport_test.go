package app_test

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/kit/xlsx"
	"shilu/internal/work/training"
)

// cells is a sheet as text: a row a line, its cells between bars, with the kind of those that are not text.
func cells(t *testing.T, name, body string) string {
	t.Helper()
	book, err := xlsx.Read(bytes.NewReader([]byte(body)), int64(len(body)), name, xlsx.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, sheet := range book.Sheets {
		if err := sheet.Rows(func(row xlsx.Row) error {
			for _, c := range row.Cells {
				text := c.Text
				if c.Kind != xlsx.Text && c.Kind != xlsx.Empty {
					text += "(" + string(c.Kind) + ")"
				}
				out.WriteString(text + "|")
			}
			out.WriteString("\n")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// golden compares with a file of testdata; -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; look at it, then run with -update. It is now\n%s", path, got)
	}
}

// TestTheListAsAFile: what is filtered or chosen goes out as csv and xlsx, cell by cell as the golden files say; numbers of records
// stay text, estimates keep their words, what could be a formula stays text.
func TestTheListAsAFile(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer := w.Sign(apptest.Clerk), w.Sign(apptest.Officer)
		first := enter(t, clerk, classForm("sessions.0.day", "2026-09-15", "sessions.0.hours", "4", "sessions.0.attendances", "30", "sessions.1.day", "2026-09-16",
			"sessions.1.hours", "2.5", "sessions.1.attendances", "28", "attendances", "", "partners", "县林草局、青溪核桃合作社"))
		enter(t, clerk, classForm("name", "=1+1 花椒,采后“修剪”", "subject", "花椒", "place", "青溪乡", "attendances", "约161", "start", "2026-08-20", "end", "2026-08-20", "act", "save"))
		farm := classForm("kind", "farm_school", "name", "农函大核桃班", "enrolled", "32", "examined", "32", "passed", "31", "attendances", "", "hours", "24", "start", "2026-03-05", "end", "2026-06-05")
		enter(t, clerk, farm)
		officer.Post("/training/"+first+"/verify", shown(headOf(t, w, first)))

		csv := officer.Get("/training/export?format=csv")
		if !strings.HasPrefix(csv.Body, "\xef\xbb\xbf") || !strings.Contains(csv.Header.Get("Content-Disposition"), "csv") {
			t.Errorf("no csv for sheet programs: %q", csv.Header.Get("Content-Disposition"))
		}
		golden(t, "training-csv.golden", strings.ReplaceAll(strings.TrimPrefix(csv.Body, "\xef\xbb\xbf"), "\r\n", "\n"))
		golden(t, "training-xlsx.golden", cells(t, "a.xlsx", officer.Get("/training/export?format=xlsx").Body))

		filtered := officer.Get("/training/export?format=csv&kind=farm_school").Body
		if strings.Contains(filtered, "核桃高接换优") || !strings.Contains(filtered, "农函大核桃班") {
			t.Errorf("the filter does not hold for the file:\n%s", filtered)
		}
		chosen := officer.Post("/training/batch/export", url.Values{"id": {desk.PickValue(headOf(t, w, first))}, "format": {"csv"}}).Body
		if !strings.Contains(chosen, first) || strings.Contains(chosen, "农函大核桃班") {
			t.Errorf("not what was chosen:\n%s", chosen)
		}
		if got := officer.Get("/training/export?format=pdf"); got.Status != 422 {
			t.Errorf("a pdf: %d", got.Status)
		}
	})
}

// TestExportOf3000 measures W3 of issue 2. It fails only at ten times the target: the machine may be busy.
func TestExportOf3000(t *testing.T) {
	w := apptest.Open(t, "")
	var file strings.Builder
	file.WriteString("类型,培训班名称,专业,乡镇,村,开始日期,结束日期,培训人次,授课教师\n")
	for i := range 3000 {
		town := i%10 + 1
		place := w.Tree.Townships()[town-1].Name
		fmt.Fprintf(&file, "短期培训,核桃栽培第%d期,核桃,%s,%s上村,2026-%02d-%02d,2026-%02d-%02d,%d,杨志远\n", i, place, place, i%8+1, i%27+1, i%8+1, i%27+1, 20+i%80)
	}
	r, err := w.App.Intake.Run(w.As(apptest.Officer), training.Kind, "三千期.csv", strings.NewReader(file.String()), intake.Options{}, "")
	if err != nil || r.Created != 3000 {
		t.Fatalf("import: %v, %d created, wrong %v", err, r.Created, r.Wrong)
	}
	officer := w.Sign(apptest.Officer)
	for _, c := range []struct {
		format string
		most   time.Duration
	}{{"csv", 200 * time.Millisecond}, {"xlsx", 600 * time.Millisecond}} {
		var got apptest.Answer
		took := time.Hour
		for range 3 { // the best of three: others use the machine too
			start := time.Now()
			got = officer.Get("/training/export?format=" + c.format)
			took = min(took, time.Since(start))
		}
		t.Logf("%s of 3,000 classes: %v, %d KB", c.format, took.Round(time.Millisecond), len(got.Body)>>10)
		if took > 10*c.most {
			t.Errorf("%s took %v, wanted %v", c.format, took, c.most)
		}
		if c.format == "csv" && strings.Count(got.Body, "\n") != 3001 {
			t.Errorf("%d lines", strings.Count(got.Body, "\n"))
		}
	}
	if all := classes(t, w); len(all) != 3000 || all[0].State != flow.Submitted {
		t.Fatalf("%d classes", len(all))
	}
}
