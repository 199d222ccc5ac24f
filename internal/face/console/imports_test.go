package console_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/kit/db"
	"shilu/internal/kit/xlsx"
)

func workbook(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("../../work/training/testdata/000-records.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// upload hands a file in and waits until its rows are read.
func upload(b *apptest.Browser, name string, content []byte) apptest.Answer {
	got := b.Upload("/imports/training", nil, "file", name, content)
	return settled(b, got)
}

// settled waits until no job is at the import that the answer shows.
func settled(b *apptest.Browser, got apptest.Answer) apptest.Answer {
	for range 100 {
		if !strings.Contains(got.Body, "/progress?") {
			return got
		}
		time.Sleep(100 * time.Millisecond)
		got = b.Get(got.Path)
	}
	return got
}

var number = regexp.MustCompile(`/imports/training/([0-9a-f-]{36})`)

func importOf(t testing.TB, got apptest.Answer) string {
	t.Helper()
	m := number.FindStringSubmatch(got.Path)
	if m == nil {
		t.Fatalf("no import at %s (%d)\n%s", got.Path, got.Status, text(got.Body))
	}
	return m[1]
}

var (
	tags   = regexp.MustCompile(`(?s)<script.*?</script>|<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
)

// text is what a page says, without marks and with single spaces.
func text(body string) string { return blanks.ReplaceAllString(tags.ReplaceAllString(body, " "), " ") }

func says(t testing.TB, got apptest.Answer, wanted ...string) {
	t.Helper()
	said := text(got.Body)
	for _, w := range wanted {
		if !strings.Contains(said, w) {
			t.Errorf("%s (%d) does not say %q:\n%.2500s", got.Path, got.Status, w, said)
		}
	}
}

// inputs are the names and values that the form of a review would send as it stands.
func inputs(body string) url.Values {
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input[^>]* name="((?:year|head)\.\d+)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		form.Set(m[1], m[2])
	}
	for _, m := range regexp.MustCompile(`(?s)<select[^>]* name="((?:sheet|col)\.[\d.]+)".*?</select>`).FindAllStringSubmatch(body, -1) {
		chosen := regexp.MustCompile(`<option value="([^"]*)" selected>`).FindStringSubmatch(m[0])
		if chosen != nil {
			form.Set(m[1], chosen[1])
		}
	}
	return form
}

func (c counted) records(login, batch string) (n int) {
	c.w.Helper()
	ctx := c.w.As(login)
	if err := c.w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
		n, _, err = flow.Count(ctx, tx, flow.Filter{Kinds: []string{"training"}, Batch: batch, States: nil})
		return err
	}); err != nil {
		c.w.Fatal(err)
	}
	return n
}

type counted struct{ w *apptest.World }

// TestImportOfTheYearsWorkbook is step 1 of the main job, as its user does it.
func TestImportOfTheYearsWorkbook(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		zhou := w.Sign(apptest.Officer)
		says(t, zhou.Get("/imports/training"), "还没有导入过文件", "最大 64 MB")
		got := upload(zhou, "000-records.xlsx", workbook(t))
		id := importOf(t, got)
		says(t, got, "3 张表", "认作农村实用技术短期培训，28 行，2024年", "认作农函大培训，16 行", "隐藏的表", "按表头认出", "表上写 5,050，各行相加 5,050 相符", "表上写 480，各行相加 480 相符",
			"第 33 行 合计，不导入", "签字", "没有登记的地点", "再核对时马上新建，不导入这个文件也留着", "第 16 行", "约161")
		if n := (counted{w}).records(apptest.Officer, id); n != 0 {
			t.Fatalf("%d records before anything was imported", n)
		}

		// The villages of the workbook are not known: all are wanted.
		one := inputs(got.Body)
		one.Set("act", "check")
		one.Set("place", "河东镇\t河东上村")
		got = settled(zhou, zhou.Post("/imports/training/"+id, one))
		says(t, got, "新建了 1 个地点：河东镇河东上村", "新增 18", "河西镇河西新村")
		got = settled(zhou, zhou.Post("/imports/training/"+id, with(inputs(got.Body), "act", "places")))
		says(t, got, "新建了 19 个地点", "新增 44", "导入 44 行")

		got = settled(zhou, zhou.Post("/imports/training/"+id, with(inputs(got.Body), "act", "import")))
		says(t, got, "导入了 44 行", "都在待核实里，核实后计入指标。", "看这批记录", "撤销本次导入")
		if !strings.Contains(got.Body, "/training?batch="+id) {
			t.Error("no way to the records of the import")
		}
		says(t, zhou.Get("/training?batch="+id), "筛选内 44 期", "这一批", "红岩乡科学养鸡及预防培训班")
		if n := (counted{w}).records(apptest.Officer, id); n != 44 {
			t.Errorf("%d records", n)
		}
		says(t, upload(zhou, "改了名字.xlsx", workbook(t)), "周敏 在 ", " 导入过这个文件，一行也没有变", "那次新增 44 行、改动 0 行。 新增 0 行 改动 0 行 没有变 44 行 没进 0 行")
		says(t, zhou.Get("/imports/training"), "导入 44 行", "周敏")

		got = settled(zhou, zhou.Post("/imports/training/"+id+"/undo", nil))
		says(t, got, "已撤销，44 条")
	})
}

func with(form url.Values, name, value string) url.Values {
	form.Set(name, value)
	return form
}

// book is a workbook with one sheet.
func book(t testing.TB, name string, rows ...[]any) []byte {
	t.Helper()
	var heads []xlsx.Column
	for _, h := range rows[0] {
		heads = append(heads, xlsx.Column{Title: h.(string), Kind: xlsx.AsText})
	}
	var b bytes.Buffer
	if err := xlsx.Write(&b, xlsx.Table{Name: name, Columns: heads, Rows: xlsx.Values(rows[1:])}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestImportMapping: headings that nobody knows are named by hand, and known the next time.
func TestImportMapping(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		zhou := w.Sign(apptest.Officer)
		odd := func(people string) []byte {
			return book(t, "台账", []any{"项目", "在哪办的", "哪天", "来了多少"}, []any{"核桃嫁接", "青溪乡", "2024-03-05", people}, []any{"养蜂", "白塔乡", "2024-04-05", "31"})
		}
		got := upload(zhou, "怪表.xlsx", odd("52"))
		id := importOf(t, got)
		says(t, got, "没有认出表头", "没有读到一行")

		form := inputs(got.Body)
		form.Set("sheet.0", "short")
		form.Set("head.0", "一")
		refused := zhou.Post("/imports/training/"+id, with(form, "act", "check"))
		if refused.Status != http.StatusUnprocessableEntity {
			t.Errorf("a heading that is no line: %d", refused.Status)
		}
		says(t, refused, "请写行号")

		got = settled(zhou, zhou.Post("/imports/training/"+id, with(form, "head.0", "1")))
		form = inputs(got.Body)
		for column, key := range map[string]string{"col.0.0": "subject", "col.0.1": "place", "col.0.2": "start", "col.0.3": "subject"} {
			form.Set(column, key)
		}
		form.Set("act", "import")
		refused = zhou.Post("/imports/training/"+id, form)
		if refused.Status != http.StatusUnprocessableEntity {
			t.Errorf("two columns for one field: %d", refused.Status)
		}
		says(t, refused, "A 列和 D 列都填到「专业」，请改一列")

		form.Set("col.0.3", "attendances")
		got = settled(zhou, zhou.Post("/imports/training/"+id, form)) // asks to import, but nobody saw these rows yet
		says(t, got, "已照新的核对了一遍", "你选的", "导入 2 行")
		if n := (counted{w}).records(apptest.Officer, ""); n != 0 {
			t.Fatalf("%d records went in unseen", n)
		}
		got = settled(zhou, zhou.Post("/imports/training/"+id, with(inputs(got.Body), "act", "import")))
		says(t, got, "导入了 2 行")

		next := upload(zhou, "怪表二.xlsx", odd("53"))
		says(t, next, "上次的对应", "没有变")
	})
}

// TestAnUnknownVillageInTheColumnOfPlaces: it is listed with a box, as one that has a column of its own; a room stays a room and is said.
func TestAnUnknownVillageInTheColumnOfPlaces(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		zhou := w.Sign(apptest.Officer)
		heads := []any{"培训班名称", "类型", "培训专业", "地点", "开始日期", "人次"}
		got := upload(zhou, "一列.xlsx", book(t, "培训", heads, []any{"甲班", "农村实用技术短期培训", "养鸡", "青溪乡 青溪上村", "2024-03-05", "30"},
			[]any{"乙班", "农村实用技术短期培训", "养猪", "青溪乡 三楼会议室", "2024-03-06", "20"}))
		id := importOf(t, got)
		says(t, got, "没有登记的地点", "青溪乡青溪上村", "最接近的是青溪乡上村", "记作青溪乡，具体场所 三楼会议室", "导入 1 行")
		form := inputs(got.Body)
		form.Set("act", "check")
		form.Set("place", "青溪乡\t青溪上村")
		says(t, settled(zhou, zhou.Post("/imports/training/"+id, form)), "新建了 1 个地点：青溪乡青溪上村", "导入 2 行")
	})
}

// TestImportsOfOthers: the rows of an import may be of any township, so that only who began it sees it, and who imports for all.
func TestImportsOfOthers(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		li := w.Sign(apptest.Clerk)
		got := upload(li, "青溪.xlsx", book(t, "培训", []any{"培训班名称", "专业", "类型", "乡镇", "开始日期", "培训人次"}, []any{"核桃嫁接培训班", "核桃嫁接", "农村实用技术短期培训", "青溪乡", "2024-03-05", "52"},
			[]any{"养蜂培训班", "养蜂", "农村实用技术短期培训", "青溪乡", "2099-03-06", "12"}))
		id := importOf(t, got)
		says(t, got, "导入 1 行", "进不了")
		zhao := w.Sign(apptest.Outsider)
		for _, path := range []string{"", "/rejected.xlsx", "/progress"} {
			if got := zhao.Get("/imports/training/" + id + path); got.Status != http.StatusNotFound {
				t.Errorf("赵永康 gets %d for %s", got.Status, path)
			}
		}
		for _, path := range []string{"", "/stop", "/undo", "/go-on"} {
			if got := zhao.Post("/imports/training/"+id+path, nil); got.Status != http.StatusNotFound {
				t.Errorf("赵永康 posts to %s: %d", path, got.Status)
			}
		}
		if said := text(zhao.Get("/imports/training").Body); strings.Contains(said, "青溪.xlsx") {
			t.Error("赵永康 sees the import in the list")
		}
		if got := w.Sign(apptest.Viewer).Get("/imports/training"); got.Status != http.StatusForbidden {
			t.Errorf("a viewer may import: %d", got.Status)
		}
		zhou := w.Sign(apptest.Officer)
		says(t, zhou.Get("/imports/training/"+id), "青溪.xlsx", "导入 1 行")
		if got := zhou.Post("/imports/training/"+id, with(inputs(got.Body), "act", "import")); got.Status != http.StatusForbidden {
			t.Errorf("周敏 imports in 李文芳's name: %d", got.Status)
		}
		got = settled(li, li.Post("/imports/training/"+id, with(inputs(got.Body), "act", "import")))
		says(t, got, "导入了 1 行，1 行没进", "下载这 1 行")
		sheet, err := xlsx.Read(strings.NewReader(li.Get("/imports/training/"+id+"/rejected.xlsx").Body), int64(len(li.Get("/imports/training/"+id+"/rejected.xlsx").Body)), "x.xlsx", xlsx.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		lines := ""
		if err := sheet.Sheets[0].Rows(func(r xlsx.Row) error {
			for _, c := range r.Cells {
				lines += c.Text + "|"
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(lines, "养蜂|农村") || strings.Contains(lines, "核桃嫁接") || !strings.Contains(lines, "没有导入的原因") {
			t.Errorf("the rejected rows are %s", lines)
		}
	})
}

// TestInterruptedImportGoesOn: a start of the program goes on with what a stop left, in the name of who began it.
func TestInterruptedImportGoesOn(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		as := w.As(apptest.Clerk)
		im, err := w.App.Intake.Receive(as, "training", "青溪.csv", strings.NewReader("培训班名称,专业,类型,乡镇,开始日期,培训人次\n核桃嫁接培训班,核桃嫁接,农村实用技术短期培训,青溪乡,2024-03-05,52\n"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.App.Intake.Check(as, im.ID, intake.Options{}); err != nil {
			t.Fatal(err)
		}
		var left intake.Work
		if err := w.App.Intake.Order(as, im.ID, intake.Applying, intake.Options{}, func(_ *db.Tx, work intake.Work) error {
			left = work
			return nil // the program is stopped before a job is at it
		}); err != nil {
			t.Fatal(err)
		}
		open, err := w.App.Intake.Interrupted(w.Ctx)
		if err != nil || len(open) != 1 || open[0].Import != left.Import || open[0].By != apptest.Clerk {
			t.Fatalf("interrupted: %v, %v", open, err)
		}
		stale := open[0]
		stale.Since-- // it moved since
		if err := w.App.Intake.Do(w.Ctx, stale); err != nil {
			t.Fatal(err)
		}
		if n := (counted{w}).records(apptest.Clerk, ""); n != 0 {
			t.Error("somebody else's work was done twice")
		}
		if err := w.App.Intake.Do(w.Ctx, open[0]); err != nil {
			t.Fatal(err)
		}
		if err := w.App.Intake.Do(w.Ctx, left); err != nil { // a job that comes later finds nothing to do
			t.Fatal(err)
		}
		if n := (counted{w}).records(apptest.Clerk, im.ID); n != 1 {
			t.Errorf("%d records", n)
		}
	})
}

// TestAFillStaysWhenTheHeadingMoves: what all rows say, typed in the same form as another heading, is kept.
func TestAFillStaysWhenTheHeadingMoves(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		zhou := w.Sign(apptest.Officer)
		got := upload(zhou, "班.csv", []byte("培训班名称,类型,乡镇,开始日期,培训人次\n班名,类别,乡镇,时间,人次\n核桃嫁接培训班,农村实用技术短期培训,青溪乡,2024-03-05,52\n"))
		id := importOf(t, got)
		says(t, got, "没有「专业」这一列")
		if !strings.Contains(got.Body, `name="fill.0.subject"`) {
			t.Fatalf("no field for the subject:\n%.2500s", text(got.Body))
		}
		form := with(with(inputs(got.Body), "fill.0.subject", "核桃嫁接"), "head.0", "2")
		got = settled(zhou, zhou.Post("/imports/training/"+id, form))
		says(t, got, "导入 1 行")
		if !strings.Contains(got.Body, `value="核桃嫁接"`) {
			t.Errorf("the value for all rows is gone:\n%.2500s", text(got.Body))
		}

		// Nor is a field offered for what each row says its own.
		got = upload(zhou, "没有日期.csv", []byte("培训班名称,类型,专业,乡镇,培训人次\n养蜂培训班,农村实用技术短期培训,养蜂,青溪乡,52\n"))
		says(t, got, "没有「开始日期」这一列，1 行因此进不了。请在表里补上这一列再传")
		if strings.Contains(got.Body, `name="fill.0.start"`) {
			t.Error("a day for all rows is proposed")
		}
	})
}
