package app_test

import (
	"bytes"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/lang"
	"shilu/internal/kit/xlsx"
)

// oddRows is a sheet in which almost every row has something to look at.
const oddRows = `单位,培训班名称,类型,专业,乡镇,开始,结束,人次
青溪乡科协,甲班,农村实用技术短期培训,养鸡,青溪乡,2026-03-05,2026-03-05,约30
青溪乡科协,甲班,农村实用技术短期培训,养鸡,青溪乡,2026-03-05,2026-03-06,50
青溪乡科协,甲班,农村实用技术短期培训,养鸡,青溪乡,2026-03-05,2026-03-05,约30
青溪乡科协,乙班,农村实用技术短期培训,养鸭,青溪乡,2026-03-06,,20
青溪乡科协,丙班,农村实用技术短期培训,养鸭,青溪乡,2026-03-06,2026-03-06,-20
某某科协,丁班,农村实用技术短期培训,养鸭,天宫镇,2026-03-06,2026-03-06,20
青溪乡科协,戊班,农村实用技术短期培训,养鸭,青溪乡,2099-03-06,2099-03-06,20
青溪乡科协,己班,农村实用技术短期培训,养鸭,青溪乡,3月6日,3月6日,20
合计,,,,,,,100
`

// TestNotesOfAnImportAreInTheReadersLanguage: whoever imported, and in whichever language; the Chinese in them is what the sheet says.
func TestNotesOfAnImportAreInTheReadersLanguage(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		ctx := w.As(apptest.Second)
		r, err := w.App.Intake.Run(ctx, "training", "odd.csv", strings.NewReader(oddRows), intake.Options{}, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.App.Intake.Undo(w.As(apptest.Officer), r.ID); err != nil {
			t.Fatal(err)
		}
		again := strings.Replace(oddRows, "20\n青溪乡科协,丙班", "21\n青溪乡科协,丙班", 1)
		if r, err = w.App.Intake.Run(ctx, "training", "odd2.csv", strings.NewReader(again), intake.Options{}, ""); err != nil {
			t.Fatal(err)
		}
		said := func(tag lang.Tag) string {
			t.Helper()
			reads := lang.With(ctx, tag)
			now, err := w.App.Intake.Result(reads, r.ID)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := w.App.Intake.Rows(reads, r.ID, nil, intake.RowPage{})
			if err != nil {
				t.Fatal(err)
			}
			all := texts(now.Sheets[0].Notes)
			for _, u := range now.Unknown {
				all += u.Where.String() + "\n"
			}
			for _, row := range rows {
				all += texts(row.Notes)
			}
			var file bytes.Buffer
			if err := w.App.Intake.Rejected(reads, r.ID, &file); err != nil {
				t.Fatal(err)
			}
			book, err := xlsx.Read(bytes.NewReader(file.Bytes()), int64(file.Len()), "rejected.xlsx", xlsx.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if err := book.Sheets[0].Rows(func(row xlsx.Row) error { all += row.At(9).Text + "\n"; return nil }); err != nil {
				t.Fatal(err)
			}
			return all
		}
		zh, en := said(lang.Chinese), said(lang.English)
		for _, want := range []string{"合计「人次」是 100", "「odd2」第 7 行", "人次「约30」按约数记", "像是和第 3 行重复（同名、同地、同日）：那一行", "没有结束日期", "负数", "没有「天宫镇」这个地点", "没有写年份"} {
			if !strings.Contains(zh, want) {
				t.Errorf("nothing says %q in Chinese:\n%s", want, zh)
			}
		}
		data := strings.NewReplacer("某某科协", "", "天宫镇", "", "合计", "", "约30", "", "人次", "", "3月6日", "")
		if left := hanRun.FindAllString(unitNames(w).Replace(data.Replace(en)), -1); len(left) > 0 {
			t.Errorf("Chinese is left in English: %q\n%s", left, en)
		}

		const old = `[{"text":"人次「约161」按约数记，占 5%"}]` // as notes were kept before
		if err := w.App.DB.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE import_row SET notes = ? WHERE association = ? AND import = ? AND line = 2", old, org.Of(ctx), r.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if en := said(lang.English); !strings.Contains(en, "人次「约161」按约数记，占 5%\n") {
			t.Errorf("an old note is said otherwise: %s", en)
		}
		w.Verified()
	})
}

// unitNames takes the names of units and places out of a text.
func unitNames(w *apptest.World) *strings.Replacer {
	var pairs []string
	for _, u := range w.Tree.Units() {
		pairs = append(pairs, u.Name, "")
	}
	for _, p := range w.Tree.Places() {
		pairs = append(pairs, p.Name, "")
	}
	return strings.NewReplacer(pairs...)
}
