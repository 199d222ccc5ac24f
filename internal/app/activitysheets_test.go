package app_test

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"shilu/internal/app/apptest"
	"shilu/internal/core/intake"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/work/activity"
)

// page is a sheet of a workbook that a test makes.
type sheetPage struct {
	name   string
	rows   [][]any
	merges []string // B2:C2
}

// workbook makes a real xlsx.
func workbook(t testing.TB, pages ...sheetPage) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for i, p := range pages {
		if i == 0 {
			if err := f.SetSheetName("Sheet1", p.name); err != nil {
				t.Fatal(err)
			}
		} else if _, err := f.NewSheet(p.name); err != nil {
			t.Fatal(err)
		}
		for n, row := range p.rows {
			if err := f.SetSheetRow(p.name, fmt.Sprintf("A%d", n+1), &row); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range p.merges {
			from, to, _ := strings.Cut(m, ":")
			if err := f.MergeCell(p.name, from, to); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// importBytes has 李岩 import a workbook, verified by 周敏 or by nobody.
func importBytes(t testing.TB, w *apptest.World, kind, name string, content []byte, verifyAs string) intake.Result {
	t.Helper()
	r, err := w.App.Intake.Run(w.As(apptest.Officer), kind, name, bytes.NewReader(content), intake.Options{}, verifyAs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// yearbook is a list with a heading of two rows, as a county keeps it: merged cells, the partners of an activity in one cell.
func yearbook(office string) sheetPage {
	return sheetPage{"2026年", [][]any{
		{"云岭县2026年科普活动情况表"},
		{"序号", "类别", "活动名称", "时间", "地点", "", "参加人数", "", "宣传品", "", "合作单位"},
		{"", "", "", "", "乡镇", "村", "现场", "线上", "种类", "份数", ""},
		{1, "科普讲座", "防灾讲座", "3月5日", "青溪乡", "青溪乡上村", 60, 300, "宣传单、科普手册", "500、200", "主办：县科协；协办：县农业农村局、县卫健局"},
		{2, "科普讲座", "养蜂讲座", "3月6日", "青溪乡", "青溪乡上村", 40, "", "《养蜂、养蚕》手册", 80, "主办单位：" + office + "，县卫健局\n协办单位：县疾控中心／县妇联，县总工会\n支持单位：县融媒体中心"},
		{3, "科普讲座", "防火讲座", "3月7日", "青溪乡", "青溪乡上村", 50, "", "", "", ""},
		{"合计", "", "", "", "", "", 150, 300, "", "", ""},
	}, []string{"A1:K1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:F2", "G2:H2", "I2:J2", "K2:K3"}}
}

// A heading of two rows is read with what stands below each merged cell; the partners of a cell have the role before them, and the unit whose
// record it is, is none of them.
func TestAHeadingOfTwoRowsAndTheRolesOfPartners(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		a := activities2026{t, w}
		units := members(t, w, "县卫健局")
		r := importBytes(t, w, activity.Kind, "活动.xlsx", workbook(t, yearbook(w.Tree.Office().Name)), apptest.Second)
		if r.Created != 3 || r.Verified != 3 || r.Sheets[0].First != 2 || r.Sheets[0].Last != 3 {
			t.Fatalf("%v, heading %d–%d\n%s", r.Counts, r.Sheets[0].First, r.Sheets[0].Last, a.why(r))
		}
		for _, f := range r.Sheets[0].Fields {
			if f.Key == "" {
				t.Errorf("the column %s is not known", f.Head)
			}
		}
		for _, total := range r.Sheets[0].Totals {
			if !total.OK() {
				t.Errorf("the total is %+v", total)
			}
		}
		rows := a.rows(r, intake.New)
		first, second := a.activity(rows[0].Number), a.activity(rows[1].Number)
		if b := first.Body; b.Counts["onsite"].N != 60 || b.Counts["online"].N != 300 || b.Place != orgtest.Place(t, w.Tree, "0601").ID {
			t.Errorf("the first is %+v", b)
		}
		text := func(rec activity.Record, key string) string {
			return w.App.Activity.Fields.Text(key, rec.Body, rec.Words)
		}
		if got := text(first, "partners"); got != "县农业农村局（协办）、县卫健局（协办）" || first.Body.Partners[1].Unit != units[0].ID {
			t.Errorf("the first was held with %s", got)
		}
		if got := text(second, "partners"); got != "县卫健局（主办）、县疾控中心（协办）、县妇联（协办）、县总工会（协办）、县融媒体中心（协办）" {
			t.Errorf("the second was held with %s", got)
		}
		if got := text(first, "materials"); got != "《宣传单》500份、《科普手册》200册" {
			t.Errorf("the first gave away %s", got)
		}
		if got := text(second, "materials"); got != "《《养蜂、养蚕》手册》80册" {
			t.Errorf("the second gave away %s", got)
		}
		if got := counted(t, w, "event.attendances"); got != "150" {
			t.Errorf("there came %s", got)
		}
		again := importBytes(t, w, activity.Kind, "活动再来.xlsx", workbook(t, yearbook(w.Tree.Office().Name), sheetPage{name: "空"}), "")
		if again.Counts[intake.Same] != 3 {
			t.Errorf("again: %v\n%s", again.Counts, a.why(again))
		}
		w.Verified()
	})
}

// A partner that no unit is called goes in as a body from outside, but a row says which unit may have been meant; and a main activity that says
// it only leads others, and has people of its own, is asked about.
func TestPartnersThatMayBeUnitsAndPeopleOfAnUmbrella(t *testing.T) {
	w := apptest.Open(t, "")
	a := activities2026{t, w}
	admin := w.Sign(apptest.Admin)
	answers(t, admin.Post("/settings/units", url.Values{"name": {"云岭县卫生健康局"}, "kind": {"member"}, "parent": {"office"}}), 200, "云岭县卫生健康局")
	r := a.run(apptest.Officer, "参加单位.csv", "类别,活动名称,活动时间,乡镇,村,参加人数,合作单位,只统领子活动\n"+
		"科普讲座,防火讲座,3月5日,青溪乡,青溪乡上村,60,县卫健局、云岭县卫生建康局、云岭县卫生健康局、市科协、县电视台,\n科普讲座,讲座月,3月6日,青溪乡,青溪乡下村,60,,是\n", "")
	if r.Created != 2 {
		t.Fatalf("%v\n%s", r.Counts, a.why(r))
	}
	rows := a.rows(r, intake.New)
	said := texts(rows[0].Notes)
	for _, name := range []string{"县卫健局", "云岭县卫生建康局"} {
		if !strings.Contains(said, "「"+name+"」不在单位表里，按外单位记；说的是云岭县卫生健康局的话，请改成单位表里的名称") {
			t.Errorf("nothing is said of %s:\n%s", name, said)
		}
	}
	if n := strings.Count(said, "不在单位表里"); n != 2 {
		t.Errorf("%d are asked about:\n%s", n, said)
	}
	if said := texts(rows[1].Notes); !strings.Contains(said, "说只统领子活动，自己又有现场参加 60 人次") {
		t.Errorf("nothing is said of its people:\n%s", said)
	}
	w.Verified()
}

// What a cell of partners or materials does not say clearly is said, with the cell.
func TestPartnersAndMaterialsThatAreNotClear(t *testing.T) {
	w := apptest.Open(t, "")
	a := activities2026{t, w}
	for name, c := range map[string]struct{ heads, row, says string }{
		"a role that is none":           {"合作单位", "赞助：某公司", "「赞助」看不懂是什么角色，可以写主办、承办"},
		"a foreign host":                {"合作单位", "主办：县委宣传部；协办：县广播站", "主办是「县委宣传部」，没有写本单位在其中做什么"},
		"copies of nothing":             {"宣传品份数", "500", "写了 500，没有写是什么资料"},
		"kinds without copies":          {"宣传品种类", "宣传单、手册", "发放资料「宣传单」看不懂"},
		"more kinds than copies":        {"宣传品种类,宣传品份数", "宣传单、手册,500", "资料写了 2 种，份数写了 1 个"},
		"a number where a kind belongs": {"宣传品种类,宣传品份数", "3,500", "「3」只说有几种，没有说是什么"},
		"how many kinds":                {"宣传品种类,宣传品份数", "3种,800余份", "「3种」只说有几种，没有说是什么"},
		"less than nothing":             {"发放资料", "《科普手册》-5册", "发放资料「《科普手册》-5册」看不懂"},
		"less than nothing, no marks":   {"发放资料", "科普手册 -5册", "看不懂"},
	} {
		r := a.run(apptest.Officer, name+".csv", "类别,活动名称,活动时间,乡镇,村,参加人数,"+c.heads+"\n科普讲座,防火讲座,3月5日,青溪乡,青溪乡上村,60,"+c.row+"\n", "")
		if r.Created != 0 || !strings.Contains(a.why(r), c.says) {
			t.Errorf("%s: %v\n%s", name, r.Counts, a.why(r))
		}
	}
	for name, place := range map[string]string{"two villages": "青溪乡上村、青溪乡下村", "two of one township": "青溪乡青溪乡上村、青溪乡下村", "two townships": "青溪乡、白塔乡", "and": "青溪乡和白塔乡", "one is unknown": "青溪乡云外村、青溪乡上村"} {
		r := a.run(apptest.Officer, name+".csv", "类别,活动名称,活动时间,地点,参加人数\n科普讲座,防火讲座,3月5日,"+place+",60\n", "")
		if r.Created != 0 || !strings.Contains(a.why(r), "不止一个地点，一行只能记一个") {
			t.Errorf("%s: %v\n%s", name, r.Counts, a.why(r))
		}
	}
	if r := a.run(apptest.Officer, "一个乡一个场所.csv", "类别,活动名称,活动时间,地点,参加人数\n科普讲座,防虫讲座,3月6日,青溪乡和平广场、文化站,60\n", ""); r.Created != 1 {
		t.Errorf("a venue with such marks: %v\n%s", r.Counts, a.why(r))
	}
	// The unit whose list it is has the role that stands there.
	r := a.run(apptest.Officer, "外面主办.csv", "类别,活动名称,活动时间,乡镇,村,参加人数,合作单位\n科普讲座,防火讲座,3月5日,青溪乡,青溪乡上村,60,主办：县委宣传部；协办：县科协、县科协、县广播站\n", "")
	if r.Created != 1 {
		t.Fatalf("%v\n%s", r.Counts, a.why(r))
	}
	b := a.activity(a.rows(r, intake.New)[0].Number).Body
	if b.Host != "县委宣传部" || b.OwnRole != "协办" || b.Unit != w.Tree.Office().ID || len(b.Partners) != 1 {
		t.Errorf("held by another: %+v", b)
	}
	w.Verified()
}
