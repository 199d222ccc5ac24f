package app_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/core/register"
	"shilu/internal/work/activity"
)

const tourHeads = "类别,活动名称,巡回,活动时间,乡镇,村,具体场所,参加人数,现场咨询,展出展板,发放资料,群众的需求\n"

// tourRows are the stops of a tour, two of them in 青溪乡, and a lecture of its own among them.
const tourRows = `其他宣传,送科技到村,2026年送科技下乡,3月5日,青溪乡,青溪乡上村,村部,40,12,6,《健康读本》100册,核桃黑斑病
科普讲座,防火讲座,,3月5日,青溪乡,青溪乡上村,,60,,,,
其他宣传,,2026年送科技下乡,3月6日,青溪乡,青溪乡下村,,50,8,,《健康读本》80册,
其他宣传,,2026年送科技下乡,3月9日,河东镇,河东镇上村,小学,60,0,,,想学养蜂
`

// importing activities as somebody, of which a test wants to know what became of the rows.
type activities2026 struct {
	*testing.T
	w *apptest.World
}

func (a activities2026) run(who, name, rows, verifyAs string) intake.Result {
	a.Helper()
	r, err := a.w.App.Intake.Run(a.w.As(who), activity.Kind, name, strings.NewReader("云岭县2026年科普活动一览表\n"+rows), intake.Options{}, verifyAs)
	if err != nil {
		a.Fatal(err)
	}
	return r
}

func (a activities2026) rows(r intake.Result, verdicts ...intake.Verdict) []intake.RowView {
	a.Helper()
	rows, err := a.w.App.Intake.Rows(a.w.As(apptest.Officer), r.ID, verdicts, intake.RowPage{})
	if err != nil {
		a.Fatal(err)
	}
	return rows
}

// why is what keeps the rows of an import out, by their lines.
func (a activities2026) why(r intake.Result) string {
	a.Helper()
	var all []string
	for _, row := range r.Wrong {
		all = append(all, fmt.Sprintf("%d: %s", row.Line, intake.Reasons(row.Notes)))
	}
	return strings.Join(all, "\n")
}

func (a activities2026) activity(number string) activity.Record {
	a.Helper()
	rec, err := a.w.App.Activity.Get(a.w.As(apptest.Officer), number)
	if err != nil {
		a.Fatal(err)
	}
	return rec
}

// 周敏 imports a list in which three rows are stops of one tour; 李岩 verifies it. The tour is one, coverage counts its stops, and who takes
// the import back takes all of it.
func TestRowsOfATourBecomeOne(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		a := activities2026{t, w}
		r := a.run(apptest.Officer, "活动.csv", tourHeads+tourRows, apptest.Second)
		if r.Created != 2 || r.Counts[intake.Joined] != 2 || r.Counts[intake.Rejected] != 0 || r.Verified != 2 {
			t.Fatalf("%v, %d created, %d verified:\n%s", r.Counts, r.Created, r.Verified, a.why(r))
		}
		rows := a.rows(r)
		number := rows[0].Number
		if rows[2].Number != number || rows[3].Number != number || rows[1].Number == number || rows[3].Joins != rows[0].Line {
			t.Errorf("the rows went to %+v", rows)
		}
		tour := a.activity(number).Body
		if len(tour.Stops) != 3 || tour.Name != "2026年送科技下乡" || tour.Start != "2026-03-05" || tour.End != "2026-03-09" || tour.Place != w.Tree.Root().ID {
			t.Fatalf("the tour is %+v", tour)
		}
		last := tour.Stops[2]
		if n := last.Counts["consults"]; last.Place != orgtest.Place(t, w.Tree, "0101").ID || last.Venue != "小学" || last.Counts["onsite"].N != 60 || n.N != 0 || last.Needs != "想学养蜂" {
			t.Errorf("the last stop is %+v", last)
		}
		if tour.Counts["panels"].N != 6 || len(tour.Materials) != 1 || tour.Materials[0].Copies.N != 180 {
			t.Errorf("of the whole tour it says %+v, %+v", tour.Counts, tour.Materials)
		}
		for code, want := range map[string]string{"event.activities": "2", "event.attendances": "210", "event.villages_covered": "3"} {
			if got := counted(t, w, code); got != want {
				t.Errorf("%s is %s, want %s", code, got, want)
			}
		}
		answers(t, w.Sign(apptest.Officer).Get("/activity/"+number), 200, "各站", "3 站", "青溪乡下村", "想学养蜂")
		answers(t, w.Sign(apptest.Officer).Get("/imports/activity/"+r.ID), 200, "导入了 2 行", "并入")

		// Again, in other words: nothing. With a stop more it is the same tour, changed.
		again := a.run(apptest.Officer, "活动再来.csv", tourHeads+tourRows+"\n", apptest.Second)
		if again.Counts[intake.Same] != 2 || again.Counts[intake.New]+again.Counts[intake.Changed]+again.Counts[intake.Rejected] != 0 {
			t.Errorf("again: %v\n%s", again.Counts, a.why(again))
		}
		more := a.run(apptest.Officer, "活动补报.csv", tourHeads+tourRows+"其他宣传,,2026年送科技下乡,3月2日,青溪乡,青溪乡下村,,30,0,,,\n", apptest.Second)
		if now := a.activity(number).Body; more.Revised != 1 || len(now.Stops) != 4 || now.Start != "2026-03-02" {
			t.Errorf("one stop more: %v, %+v\n%s", more.Counts, now.Stops, a.why(more))
		}
		if got := counted(t, w, "event.attendances"); got != "240" {
			t.Errorf("with a stop more there came %s", got)
		}
		if u, err := w.App.Intake.Undo(w.As(apptest.Officer), more.ID); err != nil || u.Undone != 1 || u.Kept != 0 || len(a.activity(number).Body.Stops) != 3 {
			t.Errorf("the stop more is taken back: %d, %v", u.Undone, err)
		}

		// A file that lacks stops of it does not say whether they were moved: nothing is guessed.
		lines := strings.SplitAfter(tourRows, "\n")
		part := a.run(apptest.Officer, "只有一站.csv", tourHeads+lines[0], "")
		if part.Counts[intake.Rejected] != 1 || !strings.Contains(a.why(part), "原有 3 站，表里没有3月6日青溪乡青溪乡下村、3月9日河东镇") {
			t.Errorf("a stop alone: %v\n%s", part.Counts, a.why(part))
		}
		// Nor is a stop entered once more as an activity of its own.
		alone := a.run(apptest.Officer, "单记.csv", "类别,活动名称,活动时间,乡镇,村,参加人数\n其他宣传,2026年送科技下乡,3月6日,青溪乡,青溪乡下村,50\n", "")
		if alone.Counts[intake.Rejected] != 1 || !strings.Contains(a.why(alone), "已经记在 "+number) {
			t.Errorf("a stop as an activity: %v\n%s", alone.Counts, a.why(alone))
		}

		u, err := w.App.Intake.Undo(w.As(apptest.Officer), r.ID)
		if err != nil || u.Undone != 2 || u.Kept != 0 {
			t.Errorf("undone: %d, kept %d, %v", u.Undone, u.Kept, err)
		}
		if h := a.activity(number).Head; h.State != flow.Voided {
			t.Errorf("the tour is %s", h.State)
		}
		for _, code := range []string{"event.activities", "event.attendances"} {
			if got := counted(t, w, code); got != "0" {
				t.Errorf("%s is %s after undoing", code, got)
			}
		}
		answers(t, w.Sign(apptest.Officer).Get("/imports/activity/"+r.ID), 200, "已撤销，2 条")
		if gone := w.Sign(apptest.Outsider).Get("/imports/activity/" + r.ID); gone.Status != 404 && gone.Status != 403 {
			t.Errorf("an outsider sees the import: %d", gone.Status)
		}
		w.Verified()
	})
}

// A tour goes in whole or not at all, and what is only likely is asked about.
func TestAToursRowsThatDoNotFit(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		a := activities2026{t, w}
		lines := strings.SplitAfter(tourRows, "\n")
		for name, c := range map[string]struct{ from, to, says string }{
			"a place that nobody knows":    {"青溪乡下村", "天宫村", "第 5 行 没有"},
			"a number that is none":        {",60,0,", ",许多,0,", "读不出人数"},
			"some say how many came":       {",,50,8,", ",,,8,", "别的站写了现场参加，这一站没有写"},
			"a stop twice":                 {lines[3], lines[3] + lines[3], "像是同一站写了两遍"},
			"another category":             {lines[3], strings.Replace(lines[3], "其他宣传", "科普讲座", 1), "类别要一样"},
			"a year between the first and": {"3月9日", "2025年1月9日", "请按场分开记"},
		} {
			text := strings.ReplaceAll(tourRows, c.from, c.to)
			r := a.run(apptest.Officer, name+".csv", tourHeads+text, "")
			says := a.why(r)
			want := strings.TrimPrefix(c.says, "第 5 行 ")
			if r.Created > 1 || r.Counts[intake.Joined] != 0 || r.Counts[intake.Rejected] < 3 || !strings.Contains(says, want) || !strings.Contains(says, "这一行也先不导入") {
				t.Errorf("%s: %v\n%s", name, r.Counts, says)
			}
		}
		// Without the column the rows are activities of their own; that they may be stops of one tour is asked.
		heads, likely := "类别,活动名称,活动时间,乡镇,村,参加人数\n", "其他宣传,科普大篷车进村（第1站）,4月5日,青溪乡,青溪乡上村,40\n其他宣传,科普大篷车进村（第2站）,4月6日,青溪乡,青溪乡下村,40\n"
		r := a.run(apptest.Officer, "像是.csv", heads+likely, "")
		if notes := texts(a.rows(r, intake.New)[1].Notes); r.Created != 2 || !strings.Contains(notes, "像是同一次巡回的两站") {
			t.Errorf("likely: %v %s", r.Counts, notes)
		}
		// Once they are in, they cannot become stops as well.
		joined := a.run(apptest.Officer, "又是.csv", strings.Replace(heads, "名称,", "名称,站次,", 1)+strings.NewReplacer("（第1站）,", ",第1站,", "（第2站）,", ",第2站,").Replace(likely)+
			"其他宣传,科普大篷车进村（第3站）,3,4月7日,青溪乡,青溪乡上村,40\n", "")
		if joined.Created != 1 || joined.Counts[intake.Joined] != 2 {
			t.Errorf("named by 站次: %v\n%s", joined.Counts, a.why(joined))
		}
		twice := a.run(apptest.Officer, "单记过.csv", strings.Replace(heads, "名称,", "名称,巡回,", 1)+"其他宣传,,防火讲座,3月5日,青溪乡,青溪乡上村,60\n其他宣传,,防火讲座,3月8日,河东镇,河东镇上村,60\n", "")
		if twice.Created != 0 || !strings.Contains(a.why(twice), "已经单独记了一条") {
			t.Errorf("in by itself already: %v\n%s", twice.Counts, a.why(twice))
		}
		w.Verified()
	})
}

// The list as it is exported is read back as it was: by its numbers nothing changes, and without them it makes the same records elsewhere.
func TestTheListOfActivitiesIsReadBack(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		a := activities2026{t, w}
		lecture := lectureIn(t, w)
		lecture.Programme, lecture.Drives, lecture.Key = nil, nil, true
		a.run(apptest.Officer, "活动.csv", tourHeads+tourRows, apptest.Second)
		must[register.Entered](t)(w.App.Activity.Create(w.As(apptest.Officer), register.New[activity.Activity]{Body: lecture, Submit: true}))
		export := func() [][]string {
			t.Helper()
			all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Sign(apptest.Officer).Get("/activity/export?format=csv").Body, "\ufeff"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		file := func(rows [][]string) string {
			var b strings.Builder
			if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		first := export()
		if same := a.run(apptest.Second, "导出.csv", file(first), ""); same.Counts[intake.Same] != 3 || same.Counts[intake.New]+same.Counts[intake.Changed]+same.Counts[intake.Rejected] != 0 {
			t.Errorf("by number: %v\n%s", same.Counts, a.why(same))
		}
		at := slices.Index(first[0], "编号")
		for _, row := range first[1:] {
			h := a.activity(row[at]).Head
			if _, err := w.App.Activity.Void(w.As(apptest.Second), h.ID, h.Version, "换一个县"); err != nil {
				t.Fatal(err)
			}
			row[at] = ""
		}
		if r := a.run(apptest.Officer, "别的县.csv", file(first), ""); r.Created != 3 {
			t.Fatalf("elsewhere: %v\n%s", r.Counts, a.why(r))
		}
		second := export()
		live := func(rows [][]string) (all []string) {
			state := slices.Index(rows[0], "状态")
			for _, row := range rows[1:] {
				if row[state] == "已作废" {
					continue
				}
				one := slices.Clone(row[:slices.Index(rows[0], "佐证件数")])
				one[at] = ""
				all = append(all, strings.Join(one, "|"))
			}
			slices.Sort(all)
			return all
		}
		if was, now := live(first), live(second); !slices.Equal(was, now) {
			t.Errorf("it was\n%s\nand is\n%s", strings.Join(was, "\n"), strings.Join(now, "\n"))
		}
		w.Verified()
	})
}
