package app_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/indicator"
	"shilu/internal/core/intake"
	"shilu/internal/insight/report"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/kit/docx"
	"shilu/internal/kit/errs"
)

// importYear puts the workbook behind the real report of 2024 into the county: 李岩 imports, 周敏 verifies.
func importYear(t *testing.T, w *apptest.World) {
	t.Helper()
	file, err := os.ReadFile("../work/training/testdata/000-records.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.App.Intake.Run(w.As(apptest.Second), "training", "000-records.xlsx", bytes.NewReader(file), intake.Options{Create: true}, apptest.Officer)
	if err != nil || r.Counts[intake.New] != 44 {
		t.Fatalf("import: %v, %v", r.Counts, err)
	}
	if _, err := w.App.Seal(w.Ctx); err != nil {
		t.Fatal(err)
	}
}

func compute(t *testing.T, w *apptest.World, outline string, scope indicator.Scope) report.Document {
	t.Helper()
	o, err := w.App.Reports.Shipped(outline)
	if err != nil {
		t.Fatal(err)
	}
	var d report.Document
	ctx := w.As(apptest.Officer)
	if err := w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
		d, err = w.App.Reports.Compute(ctx, tx, o, scope)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTheReportSaysWhatTheRealOneSays makes the year's report from the records behind a real one and looks for its figures, in
// every format.
func TestTheReportSaysWhatTheRealOneSays(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		importYear(t, w)
		d := compute(t, w, "annual", indicator.Scope{Period: day.Year(2024)})
		if d.Title != "云岭县科协2024年工作总结" || d.Association != "云岭县科学技术协会" {
			t.Errorf("title %q of %q", d.Title, d.Association)
		}
		says := []string{"短期培训28期", "开设科学养鸡及预防、科学养猪及饲料配方、核桃嫁接、重楼种植、当归种植、秦艽种植、羊肚菌种植、蔬菜种植、糕点制作等九个专业", "受训5050人次",
			"开设蔬菜种植、兽医、核桃嫁接、葡萄种植、小型农机具维修、养猪、养禽、养蜂、畜产品加工、养牛、农家经营、服装剪裁、中草药种植、食用菌种植等14个专业", "办班16期", "招收学员490名", "合格率达98%", "实用技术培训44期"}
		for _, ending := range report.Formats {
			file, err := d.File(t.Context(), ending)
			if err != nil {
				t.Fatal(err)
			}
			text := string(file)
			if ending == ".docx" {
				passages, err := docx.Read(bytes.NewReader(file), int64(len(file)))
				if err != nil {
					t.Fatal(err)
				}
				var figures []docx.Found
				text, figures = docx.Plain(passages)
				if len(figures) != len(d.Figures) {
					t.Errorf("the Word file has %d figures, the document %d", len(figures), len(d.Figures))
				}
				for i, f := range figures {
					if i < len(d.Figures) && (f.Text != d.Figures[i].Text || strings.TrimPrefix(f.Query, "names ") != d.Figures[i].Code+"?"+d.Figures[i].Query) {
						t.Errorf("figure %d of the Word file is %q (%s)", i, f.Text, f.Query)
					}
				}
			}
			if ending == ".json" {
				continue // spans part what is looked for
			}
			for _, want := range says {
				if !strings.Contains(text, want) {
					t.Errorf("%s lacks %q:\n%s", ending, want, text)
				}
			}
		}
		rate := d.Figures[len(d.Figures)-1]
		for _, f := range d.Figures {
			if f.Code == "training.farm_school_pass_rate" {
				rate = f
			}
		}
		if string(*rate.Value) != "97.96" || string(*rate.Numerator) != "480" || string(*rate.Denominator) != "490" || rate.Facts != 32 || rate.Exact != "4800/49" {
			t.Errorf("the rate %+v", rate)
		}
	})
}

// TestReportGolden compares the written forms of a report, one of every kind of field, with what they were: `-update` writes them anew.
func TestReportGolden(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		importYear(t, w)
		text := `# {{association}}{{period}}培训*小结*
截至{{today}}，{{year}}办班{{training.sessions 期 words}}，受训{{training.attendees hundreds}}，上年{{training.sessions 期 last}}。
## 一、专业
开设{{names training.farm_school_subjects}}；场次{{training.class_sessions}}，讲座{{training.lectures}}。
### （一）逐月
{{table month training.short_attendees training.farm_school_pass_rate}}`
		scope := mustScope(t, w, "period=2024&place=02")
		ctx := w.As(apptest.Officer)
		computed := func(text string) (d report.Document, err error) {
			o, err := report.ParseOutline("golden", text)
			if err != nil {
				return d, err
			}
			err = w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
				d, err = w.App.Reports.Compute(ctx, tx, o, scope)
				return err
			})
			return d, err
		}
		if _, err := computed(strings.Replace(text, "training.lectures", "training.nothing", 1)); !errs.Is(err, errs.NotFound) {
			t.Errorf("an unknown indicator: %v", err)
		}
		d, err := computed(text)
		if err != nil {
			t.Fatal(err)
		}
		d.Checkpoint = 0 // how many entries the county's own tree has does not matter here
		for _, ending := range []string{".json", ".md"} {
			got, err := d.File(t.Context(), ending)
			if err != nil {
				t.Fatal(err)
			}
			path := "testdata/report" + ending
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what it was:\n%s", path, got)
			}
		}
	})
}
