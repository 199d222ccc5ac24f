package app_test

import (
	"net/url"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/intake"
	"shilu/internal/kit/db"
	"shilu/internal/work/external"
)

// wideFigures is a sheet as an office keeps it: a row for each township, a column for each figure, two rows of heading.
const wideFigures = `云岭县2025年各乡镇基础数据,,,,,,
乡镇,常住人口（人）,总户数,在校学生数,,科学素质比例,来源
,,,小学,初中,,
青溪乡,32160,约8100,900,,,县统计局公报
河西镇,41020,9200,1200,800,,县统计局公报
云岭县,,,,,12.35%,省科协监测
合计,73180,17300,2100,800,,
`

// longFigures is a sheet with a row for each figure, one of them in words that nobody reads.
const longFigures = `数据,学段,乡镇,村,年份,时点,数值,来源,备注
常住人口,,青溪乡,,2024,,32000,县统计局《2024年统计公报》,
户籍人口,,青溪乡,青溪乡上村,2024年末,,约1.2万,乡政府,
学校数,完全中学,河西镇,,2024—2025学年,,0,县教育局,
科普中国APP注册人数,,青溪乡,,,2026-03-31,1800,省科协,
户数,,青溪乡,,2024-2030,,8000,县统计局,
公民具备科学素质比例,,青溪乡,,2024,,12.35,省科协,
面积,,青溪乡,,2024,,12,县统计局,
户数,,青溪乡,,2023,,-5,县统计局,
户数,,青溪乡,,2022,,8000,,
`

func TestFiguresOfASheet(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		run := func(who, name, rows, verifyAs string) intake.Result {
			t.Helper()
			r, err := w.App.Intake.Run(w.As(who), external.Kind, name, strings.NewReader(rows), intake.Options{}, verifyAs)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		why := func(r intake.Result) string {
			var all []string
			for _, row := range r.Wrong {
				all = append(all, intake.Reasons(row.Notes))
			}
			return strings.Join(all, "\n")
		}
		r := run(apptest.Officer, "长表.csv", longFigures, apptest.Second)
		if r.Created != 4 || r.Verified != 4 || r.Counts[intake.Rejected] != 5 {
			t.Errorf("%v, %d created:\n%s", r.Counts, r.Created, why(r))
		}
		for _, want := range []string{"不是一个学年", "只按县登记", "没有「面积」这种基础数据", "负数", "请写来源"} {
			if !strings.Contains(why(r), want) {
				t.Errorf("nothing says %q:\n%s", want, why(r))
			}
		}

		wide := run(apptest.Officer, "基础数据.csv", wideFigures, apptest.Second)
		if wide.Created != 8 || wide.Counts[intake.Rejected] != 0 {
			t.Errorf("a column for each figure: %v, %d created:\n%s", wide.Counts, wide.Created, why(wide))
		}
		list := w.Sign(apptest.Officer).Get("/external/export?format=csv").Body
		for _, want := range []string{"常住人口,,青溪乡,,2025年,2025-12-31,32160", "户数,,青溪乡,,2025年,2025-12-31,约8100", "在校学生数,初中,河西镇,,2025—2026学年,2025-09-01,800", "12.35", "学校数,完全中学,河西镇,,2024—2025学年,2024-09-01,0",
			"科普中国APP注册人数,,青溪乡,,,2026-03-31,1800"} {
			if !strings.Contains(list, want) {
				t.Errorf("the list lacks %q:\n%s", want, list)
			}
		}
		if same := run(apptest.Second, "导出.csv", list, ""); same.Counts[intake.Same] != 12 || same.Counts[intake.New]+same.Counts[intake.Changed]+same.Counts[intake.Rejected] != 0 {
			t.Errorf("the list again: %v\n%s", same.Counts, why(same))
		}
		if same := run(apptest.Officer, "基础数据2.csv", wideFigures+"\n", ""); same.Counts[intake.Same] != 8 || same.Counts[intake.New]+same.Counts[intake.Changed]+same.Counts[intake.Rejected] != 0 {
			t.Errorf("the wide sheet again: %v\n%s", same.Counts, why(same))
		}

		// Another value of what is there is left, and said; by its number it is a revision.
		other := "数据,乡镇,年份,数值,来源\n常住人口,青溪乡,2025,33000,县公安局\n"
		held := run(apptest.Officer, "另一个.csv", other, apptest.Second)
		if held.Counts[intake.Rejected] != 1 || !strings.Contains(why(held), "数值那里是「32160」，这里是「33000」") || !strings.Contains(why(held), "来源那里是「县统计局公报」") {
			t.Errorf("another value: %v\n%s", held.Counts, why(held))
		}
		number := strings.SplitN(why(held), "已经登记在 ", 2)[1][:len("JC-2025-0001")]
		revised := run(apptest.Officer, "按编号.csv", "编号,"+strings.Replace(other, "常住人口", number+",常住人口", 1), "")
		if rec, err := w.App.External.Get(w.As(apptest.Officer), number); err != nil || revised.Revised != 1 || rec.Revision != flow.Submitted || rec.Body.Value.N != 33000 || rec.Standing.Value.N != 32160 {
			t.Errorf("by its number: %v, %+v, %v\n%s", revised.Counts, rec.Body, err, why(revised))
		}
		if got := populationOf(t, w, "06"); got != "32160" {
			t.Errorf("the figure is %s before anybody verified the revision", got)
		}
		if u, err := w.App.Intake.Undo(w.As(apptest.Officer), revised.ID); err != nil || u.Undone != 1 {
			t.Errorf("the revision is taken back: %d, %v", u.Undone, err)
		}

		// A clerk enters those of her township only, and is not told what others entered.
		mine := run(apptest.Clerk, "乡里.csv", "数据,乡镇,年份,数值,来源\n户数,青溪乡,2021,8000,乡政府\n户数,河西镇,2021,9000,镇政府\n", "")
		if mine.Created != 1 || mine.Counts[intake.Rejected] != 1 || !strings.Contains(why(mine), "不归青溪乡科协登记") {
			t.Errorf("a clerk: %v\n%s", mine.Counts, why(mine))
		}
		if u, err := w.App.Intake.Undo(w.As(apptest.Officer), wide.ID); err != nil || u.Undone != 8 {
			t.Errorf("undone: %d, kept %d, %v", u.Undone, u.Kept, err)
		}
		w.Verified()
	})
}

// populationOf is the population of a place in 2026, as a page shows it.
func populationOf(t *testing.T, w *apptest.World, place string) (out string) {
	t.Helper()
	ctx := w.As(apptest.Officer)
	if err := w.App.DB.View(ctx, func(tx *db.Tx) error {
		scope, _, err := indicator.ParseScope(ctx, tx, url.Values{"place": {place}})
		if err != nil {
			return err
		}
		f, err := w.App.Indicators.Value(ctx, tx, scope, "place.population")
		out = f.Screen(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out, ",", "")
}

// The page of an import of a wide sheet shows one sheet for each figure; the sample has the columns of the long one.
func TestThePagesOfFiguresOfASheet(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		officer := w.Sign(apptest.Officer)
		answers(t, officer.Get("/external"), 200, "/imports/external")
		answers(t, officer.Get("/imports/external"), 200, "基础数据一览表.xlsx")
		if sample := officer.Get("/imports/external/sample.xlsx"); sample.Status != 200 || len(sample.Body) < 1000 {
			t.Errorf("the sample: %d, %d bytes", sample.Status, len(sample.Body))
		}
		page := officer.Upload("/imports/external", nil, "file", "基础数据.csv", []byte(wideFigures))
		answers(t, page, 200, "一列一个数，分成下面几张来读", "常住人口", "小学在校学生数", "导入 8 行")
		if refused := w.Sign(apptest.Viewer).Get("/imports/external"); refused.Status != 403 {
			t.Errorf("a viewer: %d", refused.Status)
		}
	})
}

// One source and one year stand for all columns of a wide sheet, and each column may say another.
func TestAWideSheetIsAskedOnce(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		officer := w.Sign(apptest.Officer)
		page := officer.Upload("/imports/external", nil, "file", "人口.csv", []byte("乡镇,常住人口（人）,总户数,在校学生数,\n,,,小学,初中\n青溪乡,32160,8100,900,\n河西镇,41020,9200,1200,800\n"))
		path, _, _ := strings.Cut(page.Path, "?")
		page = until(t, officer, path, "「来源」")
		shows(t, page, "「人口」没有「来源」这一列，", "「来源」所有行都是", "「人口」没有「年份」这一列", "没写年份的算哪一年", "都是同一年的，在下面「人口」里写上是哪一年")
		hides(t, page, "「年份」所有行都是", "没有「时点」")
		for _, once := range []string{"没有「来源」这一列，请", "没有「来源」这一列，7 行", "没有「来源」这一列。请"} {
			if n := strings.Count(page.Body, once); n > 1 {
				t.Errorf("%q is said %d times", once, n)
			}
		}
		if n := strings.Count(page.Body, "没有「来源」这一列"); n != 1+7 { // and in the reason of each row
			t.Errorf("the missing source is said %d times", n)
		}
		if n := strings.Count(page.Body, `<details class="sheet" open`); n != 1 {
			t.Errorf("%d sheets are open", n)
		}
		whole, _, _ := strings.Cut(page.Body, `name="sheet.1"`) // the sheet itself, before its parts
		for _, first := range []string{">青溪乡</td>", ">32160</td>", ">8100</td>", ">800</td>"} {
			if !strings.Contains(whole, first) {
				t.Errorf("the columns of the wide sheet have no example %s", first)
			}
		}
		form := url.Values{"act": {"check"}, "sheet.0": {"*"}, "year.0": {"2024"}, "fill.0.source": {"县统计局《2024年统计公报》"}}
		for _, part := range []string{"1", "2", "3", "4"} {
			form.Set("fill."+part+".source", "")
			form.Set("year."+part, "")
		}
		for _, part := range []string{"1", "2", "3", "4"} {
			form.Set("sheet."+part, kindShown(t, page.Body, part))
		}
		answers(t, officer.Post(path, form), 200)
		page = until(t, officer, path, "导入 7 行")
		if n := strings.Count(page.Body, ">县统计局《2024年统计公报》</td>"); n != 7 {
			t.Errorf("%d rows show the source", n)
		}
		form.Set("act", "check")
		for _, part := range []string{"1", "2", "3", "4"} {
			form.Set("fill."+part+".source", "县统计局《2024年统计公报》")
			form.Set("year."+part, "2024")
		}
		form.Set("fill.2.source", "县公安局")
		form.Set("year.2", "2023")
		answers(t, officer.Post(path, form), 200)
		page = until(t, officer, path, "县公安局")
		if n, own := strings.Count(page.Body, ">县统计局《2024年统计公报》</td>"), strings.Count(page.Body, ">县公安局</td>"); n != 5 || own != 2 {
			t.Errorf("%d and %d rows show their source", n, own)
		}
		form.Set("act", "import")
		answers(t, officer.Post(path, form), 200)
		done := until(t, officer, path, "导入了 7 行")
		shows(t, done, "「所有行都是」填错了的，撤销那次导入，再导一次。") // what is there is changed by its number only
		hides(t, done, "换「所有行都是」再导入")
		list := officer.Get("/external/export?format=csv").Body
		for _, want := range []string{"常住人口,,青溪乡,,2024年,2024-12-31,32160", "户数,,青溪乡,,2023年,2023-12-31,8100", "在校学生数,小学,河西镇,,2024—2025学年,2024-09-01,1200"} {
			if !strings.Contains(list, want) {
				t.Errorf("the list lacks %q:\n%s", want, list)
			}
		}
		if strings.Count(list, "县公安局") != 2 || strings.Count(list, "县统计局《2024年统计公报》") != 5 {
			t.Errorf("the sources:\n%s", list)
		}
	})
}

// kindShown is what the choice «认作» of a sheet says.
func kindShown(t *testing.T, body, sheet string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `name="sheet.`+sheet+`"`)
	rest, _, _ = strings.Cut(rest, "</select>")
	before, _, chosen := strings.Cut(rest, `" selected`)
	if !ok || !chosen {
		t.Fatalf("nothing is chosen for sheet %s", sheet)
	}
	return before[strings.LastIndex(before, `"`)+1:]
}
