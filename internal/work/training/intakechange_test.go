package training

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/errs"
	"shilu/internal/kit/xlsx"
)

func TestAChangedCellBecomesARevision(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		file := read(t, "testdata/000-records.xlsx")
		c.run("liwf", "000-records.xlsx", file, intake.Options{Create: true}, "zhoumin")

		// One count corrected, one row left out, one class under another name, and a total that no longer adds up.
		edited := change(t, file, map[string]string{"短期培训 H5": "193", "短期培训 B6": "河西镇养猪培训班", "短期培训 A7": "-"})
		r := c.run("liwf", "corrected.xlsx", edited, intake.Options{}, "")
		if r.Counts[intake.Changed] != 2 || r.Counts[intake.Same] != 41 || r.Counts[intake.New] != 0 || r.Revised != 2 {
			t.Fatalf("counts %v, %v", r.Counts, r.Wrong)
		}
		if r.VanishedN != 1 || r.Vanished[0].Title != "松坪镇核桃嫁接培训班" || r.Vanished[0].Number != "PX-2024-0003" {
			t.Errorf("vanished %+v", r.Vanished)
		}
		if total := r.Sheets[0].Totals[0]; total.Stated != 5050 || total.Sum != 5050+2-172 || len(r.Sheets[0].Notes) != 1 || !strings.Contains(r.Sheets[0].Notes[0].Text, "4880") {
			t.Errorf("total %+v, notes %+v", total, r.Sheets[0].Notes)
		}
		rows, err := c.engine.Rows(c.as("liwf"), r.ID, []intake.Verdict{intake.Changed}, intake.RowPage{})
		if err != nil || len(rows) != 2 || len(rows[0].Changes) != 1 || rows[0].Changes[0].Before != "191" || rows[0].Changes[0].After != "193" ||
			rows[0].Number != "PX-2024-0001" || rows[1].Changes[0].After != "河西镇养猪培训班" {
			t.Errorf("changes %+v %v", rows, err)
		}
		if got := c.sums(); !equal(got, want2024) {
			t.Errorf("figures before the revision is verified: %v", got)
		}
		if h := c.items("liwf")[0]; h.State != flow.Verified || h.Revision != flow.Submitted || h.Body.Attendances.N != 191 {
			t.Errorf("revised %+v", h)
		}
		// What waits to be verified is not overwritten by a third file.
		third := c.run("liwf", "third.xlsx", change(t, file, map[string]string{"短期培训 H5": "195"}), intake.Options{}, "")
		if third.Counts[intake.Rejected] != 1 || third.Counts[intake.Changed] != 0 || !strings.Contains(intake.Reasons(third.Wrong[0].Notes), "PX-2024-0001 正在等核实") {
			t.Errorf("third %v %+v", third.Counts, third.Wrong)
		}
		if same, err := c.engine.Rows(c.as("liwf"), third.ID, []intake.Verdict{intake.Same}, intake.RowPage{}); err != nil || !slices.ContainsFunc(same, func(r intake.RowView) bool {
			return slices.ContainsFunc(r.Notes, func(n intake.Note) bool {
				return strings.Contains(n.Text, "有修订还没有核实；这一行和现在算数的一样")
			})
		}) {
			t.Errorf("a row that says what counts, while a revision waits, is not said to: %v", err)
		}
		undone, err := c.engine.Undo(c.as("liwf"), r.ID)
		if err != nil || undone.Undone != 2 || undone.Kept != 0 {
			t.Fatalf("undo %+v %v", undone, err)
		}
		if h := c.items("liwf")[0]; h.Revision != flow.None || h.Verified != 1 {
			t.Errorf("after undoing %+v", h.Head)
		}
		fourth := c.run("liwf", "fourth.xlsx", change(t, file, map[string]string{"短期培训 H5": "195"}), intake.Options{}, "zhoumin")
		if got := c.sums(); got[measureAttendances] != 5054 || fourth.Revised != 1 {
			t.Errorf("verified in the same run: %v %v", got, fourth.Counts)
		}
		c.consistent()
	})
}

func TestUndoVoidsWhatCameIn(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		file := read(t, "testdata/000-records.xlsx")
		r := c.run("liwf", "000-records.xlsx", file, intake.Options{Create: true}, "zhoumin")
		service := c.engine.Targets[0].(*register.Sheet[Class, Words])
		worked := c.items("liwf")[4]
		record, err := service.Get(c.as("zhoumin"), worked.Number)
		if err != nil {
			t.Fatal(err)
		}
		record.Body.Note = "补了教材"
		if _, err := service.Save(c.as("zhoumin"), SaveInput{ID: worked.ID, Version: 1, Body: record.Body, Reason: "补登"}); err != nil {
			t.Fatal(err)
		}
		undone, err := c.engine.Undo(c.as("liwf"), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if undone.State != intake.Undone || undone.Undone != 43 || undone.Kept != 1 {
			t.Errorf("undone %+v kept %d", undone.Undone, undone.Kept)
		}
		if got := c.sums(); got[measureClasses] != 1 || got[measureEnrolled] != 0 || got[measureAttendances] != 166 {
			t.Errorf("figures %v", got)
		}
		c.consistent()
		again := c.run("liwf", "000-records.xlsx", file, intake.Options{}, "zhoumin")
		if again.Created != 43 || again.Counts[intake.Same]+again.Counts[intake.Changed]+again.Counts[intake.Rejected] != 1 {
			t.Errorf("after undoing, the file goes in again: %v", again.Counts)
		}
	})
}

func TestWithoutAVerifierRowsWait(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		r := c.run("liwf", "000-records.xlsx", read(t, "testdata/000-records.xlsx"), intake.Options{Create: true}, "")
		if r.Created != 44 || len(c.sums()) != 0 {
			t.Fatalf("%v %v", r.Counts, c.sums())
		}
		for _, i := range c.items("zhoumin") {
			if i.State != flow.Submitted {
				t.Fatalf("%+v", i.Head)
			}
		}
		if _, err := c.engine.Undo(c.as("liwf"), r.ID); err != nil {
			t.Fatal(err)
		}
		c.consistent()
	})
}

func TestWrongRowsComeBackWithTheReason(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		text := `2024年短期培训台账
培训班名称,专业,乡镇,村,开始,结束,人次,参加考试,考试合格,授课教师
甲班,养鸡,河东镇,河东镇上村,3月5日,3月7日,30,20,21,张三
乙班,养猪,河东镇,,2099-01-01,,30,,,
丙班,养牛,河西镇,,3月9日,3月8日,30,,,
丁班,养蜂,河西镇,,3月9日,3月10日,-5,,,
戊班,养蜂,河西镇,,3月9日,3月10日,10000000,,,
己班,养蜂,河西镇,,3月9日,,约３０余,,,王五、赵六(县农技站、兼职)
己 班,养蜂,河西镇,,3月9日,,31,,,
庚班,养蜂,河西镇,,3月9日,,31,,,
辛班,核桃,河东真,,3月9日,,31,,,
壬班,核桃,松坪镇,,,,31,,,
合计,,,,,,61,,,
`
		r := c.run("liwf", "台账.csv", []byte(text), intake.Options{}, "")
		want := []string{"多于参加考试", "离今天太远", "早于开始日期", "G6 培训人次 -5 是负数，请核对", "超过一百万", "像是和第 8 行重复（同名、同地、同日）：那一行培训人次「约３０余」，这一行「31」", "河东镇", "请写开始日期"}
		if len(r.Wrong) != len(want) || r.Created != 2 {
			t.Fatalf("%d wrong, %d created: %+v", len(r.Wrong), r.Created, r.Wrong)
		}
		for i, w := range want {
			if why := intake.Reasons(r.Wrong[i].Notes); !strings.Contains(why, w) {
				t.Errorf("row %d: %q does not say %q", r.Wrong[i].Line, why, w)
			}
		}
		if len(r.Unknown) != 1 || r.Unknown[0].Township != "河东真" || r.Unknown[0].Near[0] != "河东镇" {
			t.Errorf("unknown %+v", r.Unknown)
		}
		noted, err := c.engine.Rows(c.as("liwf"), r.ID, []intake.Verdict{intake.New}, intake.RowPage{Noted: true})
		if err != nil || len(noted) != 2 || !strings.Contains(encodeNotes(noted[0].Notes), "像是和第 9 行重复（同名、同地、同日）：那一行培训人次「31」") || !strings.Contains(encodeNotes(noted[1].Notes), "像是同一个") || !strings.Contains(encodeNotes(noted[0].Notes), "按当天结束记") {
			t.Errorf("noted %+v %v", noted, err)
		}
		if teachers := strings.Join(c.items("liwf")[0].Body.Teachers, "、"); teachers != "王五、赵六(县农技站、兼职)" {
			t.Errorf("teachers %q", teachers)
		}
		var out bytes.Buffer
		if err := c.engine.Rejected(c.as("liwf"), r.ID, &out); err != nil {
			t.Fatal(err)
		}
		book, err := xlsx.Read(bytes.NewReader(out.Bytes()), int64(out.Len()), "r.xlsx", xlsx.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		if err := book.Sheets[0].Rows(func(row xlsx.Row) error {
			lines = append(lines, row.At(0).Text+"|"+row.At(10).Text+"|"+row.At(11).Text)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(lines) != 9 || !strings.HasPrefix(lines[0], "培训班名称|原表行号|") || !strings.HasPrefix(lines[1], "甲班|3|I3 ") {
			t.Errorf("rejected rows: %q", lines)
		}
		// The same bytes again try the rows that stayed out, and only those.
		again := c.run("liwf", "台账.csv", []byte(text), intake.Options{Create: true}, "")
		if again.Counts[intake.Same] != 2 || again.Created != 0 {
			t.Errorf("again %v", again.Counts)
		}
	})
}

// TestRowsThatAreTheSameByTheirKey: what differs is named on both rows, across sheets too; only what says the same is called the same.
// An unknown kind is said once.
func TestRowsThatAreTheSameByTheirKey(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		text := `培训班名称,类型,专业,乡镇,开始,结束,人次,授课教师
甲班,农村实用技术短期培训,养鸡,河东镇,2024-03-05,2024-03-05,30,张三
甲 班,农村实用技术短期培训,养鸡,河东镇,2024.3.5,2024年3月5日,30人,张三
甲班,农村实用技术短期培训,养鸡,河东镇,2024-03-05,2024-03-06,50,李四
乙班,太空漫步,养猪,河西镇,2024-03-05,2024-03-05,20,张三
`
		r := c.run("liwf", "台账.csv", []byte(text), intake.Options{}, "")
		if len(r.Wrong) != 3 || r.Created != 1 {
			t.Fatalf("%d created, wrong: %+v", r.Created, r.Wrong)
		}
		for i, want := range []string{"与第 2 行相同",
			"G4 像是和第 2 行重复（同名、同地、同日）：那一行培训人次「30」，这一行「50」；结束日期「2024-03-05」，这一行「2024-03-06」；授课教师「张三」，这一行「李四」；只导入那一行，确是两个的请写不同的名称",
			"B5 没有「太空漫步」这种培训，请改成其中一种：农村实用技术短期培训、农函大培训、技术讲座、纲要宣讲培训、农民工培训、创业和再就业培训"} {
			if why := intake.Reasons(r.Wrong[i].Notes); why != want {
				t.Errorf("row %d: %q, want %q", r.Wrong[i].Line, why, want)
			}
		}
		noted, err := c.engine.Rows(c.as("liwf"), r.ID, []intake.Verdict{intake.New}, intake.RowPage{Noted: true})
		if err != nil || len(noted) != 1 || noted[0].Line != 2 || !strings.Contains(encodeNotes(noted[0].Notes), "像是和第 4 行重复") {
			t.Errorf("the first of them says %+v %v", noted, err)
		}
	})
}

func encodeNotes(notes []intake.Note) string {
	var all []string
	for _, n := range notes {
		all = append(all, n.Cell+n.Text)
	}
	return strings.Join(all, "\n")
}

func TestAClerkImportsForHerTownshipOnly(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		text := "培训班名称,专业,主办单位,乡镇,开始,人次\n甲班,养鸡,河西镇科协,河西镇,2024-03-05,30\n乙班,养鸡,,河东镇,2024-03-05,30\n"
		r := c.run("zhaolei", "短期培训.csv", []byte(text), intake.Options{}, "")
		if r.Created != 1 || r.Counts[intake.Rejected] != 1 || !strings.Contains(intake.Reasons(r.Wrong[0].Notes), "河西镇科协") {
			t.Errorf("%v %+v", r.Counts, r.Wrong)
		}
		if got := c.items("zhaolei"); len(got) != 1 || c.tree.Unit(got[0].Unit).Code != "u01" {
			t.Errorf("%+v", got)
		}
		if _, err := c.engine.Run(c.ctx, Kind, "x.csv", strings.NewReader(text), intake.Options{}, ""); !errs.Is(err, errs.Forbidden) && !errs.Is(err, errs.SignIn) {
			t.Errorf("nobody signed in: %v", err)
		}
	})
}

func TestBrokenFilesDoNothing(t *testing.T) {
	d := dbtest.Open(t, db.Options{Dir: t.TempDir()}, sources)
	c := openCounty(t, d, t.TempDir())
	for name, file := range map[string]string{"a.xlsx": "PK\x03\x04 broken", "b.xls": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "c.csv": ""} {
		if _, err := c.engine.Run(c.as("liwf"), Kind, name, strings.NewReader(file), intake.Options{}, ""); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	list, err := c.engine.List(c.as("liwf"), Kind, 10)
	if err != nil || len(list) != 0 {
		t.Errorf("left behind: %+v %v", list, err)
	}
}

func TestStoppedImportsStayOutOfSight(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		im, err := c.engine.Receive(c.as("liwf"), Kind, "many.csv", bytes.NewReader(manyRows(1000)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.engine.Check(c.as("liwf"), im.ID, intake.Options{}); err != nil {
			t.Fatal(err)
		}
		bind, chunks := c.engine.Bind, 0
		c.engine.Bind = func(ctx context.Context, tx *db.Tx, rows []intake.Bound) error {
			if chunks++; chunks == 2 {
				tx.After(func() { go func() { _ = c.engine.Stop(c.as("liwf"), im.ID) }() })
			}
			if len(rows) > 480 {
				t.Errorf("%d rows in one transaction", len(rows))
			}
			if n := len(c.items("liwf")); d.Dialect == db.Postgres && n != 0 {
				t.Errorf("%d records are seen while the import runs", n)
			}
			return bind(ctx, tx, rows)
		}
		r, err := c.engine.Apply(c.as("liwf"), im.ID, "zhoumin")
		if err != nil {
			t.Fatal(err)
		}
		if r.State == intake.Stopped && (len(c.items("liwf")) != 0 || len(c.sums()) != 0) {
			t.Error("part of an import is seen")
		}
		if r, err = c.engine.Apply(c.as("liwf"), im.ID, ""); r.State != intake.Done && err == nil || len(c.items("liwf")) != 1000 {
			t.Errorf("gone on with: %+v %v, %d records", r.Import, err, len(c.items("liwf")))
		}
		if got := c.sums(); got[measureClasses] != 1000 {
			t.Errorf("figures %v: what goes on goes on to be verified", got)
		}
		c.consistent()
	})
}

// TestOnlyWhatTheFileCoversVanishes: a month's file says nothing of other months, a township's nothing of other townships, and a row that
// cannot be read does not stretch what is covered; what is asked for is the latest import that has any of it.
func TestOnlyWhatTheFileCoversVanishes(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		const heads = "培训班名称,专业,乡镇,开始,结束,人次\n"
		row := func(name, township, start, end string) string {
			return name + "," + name + "," + township + "," + start + "," + end + ",30\n"
		}
		n := 0
		gone := func(rows ...string) (names []string, r intake.Result) {
			t.Helper()
			n++
			r = c.run("liwf", fmt.Sprintf("短期培训%d.csv", n), []byte(heads+strings.Join(rows, "")), intake.Options{}, "zhoumin")
			for _, g := range r.Vanished {
				names = append(names, g.Title)
			}
			if len(names) != r.VanishedN {
				t.Errorf("%d vanished, %d listed", r.VanishedN, len(names))
			}
			return names, r
		}
		expect := func(what string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: vanished %q, want %q", what, got, want)
			}
		}
		bees := row("养蜂", "河西镇", "2024-03-20", "2024-04-02") // ends in the next month
		first, _ := gone(row("养鸡", "河东镇", "2024-03-05", "2024-03-05"), bees, row("核桃", "松坪镇", "2024-03-01", "2024-03-01"))
		expect("the first file", first)

		april, r := gone(row("大蒜", "河东镇", "2024-04-10", "2024-04-10"), row("苹果", "河西镇", "2024-04-30", "2024-04-30"))
		expect("April", april)
		if r.Covers(c.ctx) != "2024年4月" {
			t.Errorf("April covers %q", r.Covers(c.ctx))
		}
		march, r := gone(row("养鸡", "河东镇", "2024-03-05", "2024-03-05"), row("新班", "松坪镇", "2024-03-31", "2024-03-31"), row("写错", "松坪镇", "2042-04-11", "2042-04-11"))
		expect("March again, after April, with a wrong day", march, "养蜂", "核桃")
		if r.Covers(c.ctx) != "2024年3月" {
			t.Errorf("March covers %q", r.Covers(c.ctx))
		}
		town, r := gone(row("养鸡二", "河东镇", "2024-03-06", "2024-03-06"), row("葡萄", "河东镇", "2024-05-06", "2024-05-06"))
		expect("a township, three months", town, "养鸡", "大蒜")
		if r.Covers(c.ctx) != "2024年3月至5月（河东镇）" {
			t.Errorf("the township's file covers %q", r.Covers(c.ctx))
		}
		// The clerk of 河东镇 is told nothing of what she does not see.
		hers := c.run("zhaolei", "赵磊.csv", []byte(heads+row("板栗", "河东镇", "2024-03-08", "2024-03-08")+row("花椒", "河西镇", "2024-03-08", "2024-03-08")), intake.Options{}, "")
		for _, g := range hers.Vanished {
			if g.Title == "养蜂" || g.Title == "核桃" {
				t.Errorf("the clerk is told of %s", g.Title)
			}
		}
	})
}

// TestWhatVanishesIsSettledByTownship: a file of the whole county is compared with each township's own file of the month, and a row that
// is rejected is not called vanished.
func TestWhatVanishesIsSettledByTownship(t *testing.T) {
	dbtest.Both(t, sources, func(t *testing.T, d *db.DB) {
		c := openCounty(t, d, t.TempDir())
		n := 0
		gone := func(rows ...string) (names []string) {
			t.Helper()
			n++
			r := c.run("liwf", fmt.Sprintf("短期培训%d.csv", n), []byte("培训班名称,专业,乡镇,开始,结束,人次\n"+strings.Join(rows, "\n")+"\n"), intake.Options{}, "zhoumin")
			for _, g := range r.Vanished {
				names = append(names, g.Title)
			}
			return names
		}
		const hens, bees = "养鸡,养鸡,河东镇,2024-03-05,2024-03-05,30", "养蜂,养蜂,河西镇,2024-03-06,2024-03-06,30"
		gone(hens, "大蒜,大蒜,河东镇,2024-03-07,2024-03-07,30")
		gone(bees, "核桃,核桃,河西镇,2024-03-08,2024-03-08,30")
		if got := gone(hens, bees); !slices.Equal(got, []string{"核桃", "大蒜"}) {
			t.Errorf("the county's file: vanished %q", got)
		}
		if got := gone("养鸡,养鸡,河东镇,2024-03-05,2024-03-05,-5", bees); len(got) > 0 {
			t.Errorf("a rejected row: vanished %q", got)
		}
	})
}
