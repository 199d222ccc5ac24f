package app_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/flow"
	"shilu/internal/core/intake"
	"shilu/internal/core/ledger"
	"shilu/internal/core/register"
	"shilu/internal/kit/day"
	"shilu/internal/kit/errs"
	"shilu/internal/work/facility"
)

// gallery is the form of a new gallery of 青溪乡上村.
func gallery(with url.Values) url.Values {
	v := url.Values{"kind": {"gallery"}, "name": {"上村画廊"}, "place": {"青溪乡 青溪乡上村"}, "spot": {"村委会院内"}, "unit": {"u06"}, "stage": {"in_use"}, "start": {"2026-02-01"},
		"origin": {"new"}, "length": {"10"}, "cost": {"2万元"}, "condition": {"良好"}, "act": {"submit"}}
	for name, values := range with {
		v[name] = values
	}
	return v
}

func versionOf(t testing.TB, a apptest.Answer) string {
	t.Helper()
	found := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(a.Body)
	if found == nil {
		t.Fatalf("%s has no version", a.Path)
	}
	return found[1]
}

// 李文芳 reports a gallery by the form, 周敏 verifies it; she records a change, 周敏 verifies that too; 赵永康 sees nothing of it.
func TestFacilityPages(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		clerk, officer, outsider := c.Sign(apptest.Clerk), c.Sign(apptest.Officer), c.Sign(apptest.Outsider)
		shows(t, clerk.Get("/facility"), "青溪乡科协没有科普设施", "原来就有的也先登记进来", "新建科普设施")
		shows(t, clerk.Get("/facility/new?kind=library"), "在藏图书", "开放安排", "原有", "新建")
		says(t, "nothing filled in", clerk.Post("/facility/new", gallery(url.Values{"name": {""}, "length": {"长"}, "place": {"天边村"}, "start": {""}})), http.StatusUnprocessableEntity,
			"请写名称", "长度「长」看不懂", "没有「天边村」", "请写启用日期")
		got := clerk.Post("/facility/new", gallery(nil))
		says(t, "the gallery", got, http.StatusOK, "已提交 SS-0001", "上村画廊", "沿革", "新建启用", "村委会院内")
		at := "/facility/SS-2026-0001"
		if st := outsider.Get(at).Status; st != http.StatusNotFound {
			t.Errorf("an outsider sees it: %d", st)
		}
		hides(t, outsider.Get("/facility"), "上村画廊")
		if st := clerk.Post(at+"/verify", url.Values{"version": {"1"}}).Status; st != http.StatusForbidden {
			t.Errorf("its author verifies it: %d", st)
		}
		says(t, "verified", officer.Post(at+"/verify", url.Values{"version": {"1"}}), http.StatusOK, "已核实")
		shows(t, officer.Get("/facility?kind=gallery&town=06&life=in_use"), "上村画廊", "10 米，2 万元", "在用")
		shows(t, officer.Get("/facility?life=retired"), "没有", "清除筛选")
		shows(t, officer.Get("/figures/venue.galleries?period=2026"), "科普画廊（宣传栏）", "上村画廊", "确切，新增")

		shows(t, clerk.Get(at+"/edit"), "要改的是哪一种", "后来变了：记一次变动", "当初就登记错了：改正")
		form := clerk.Get(at + "/change")
		shows(t, form, "记变动", "从这天起按新的算", "长度")
		says(t, "a change of nothing", clerk.Post(at+"/change", url.Values{"version": {versionOf(t, form)}, "what": {"changed"}, "day": {"2026-05-01"}, "length": {"10"}, "cost": {"2"},
			"condition": {"良好"}, "act": {"submit"}}), http.StatusUnprocessableEntity, "没有一项和原来不同")
		says(t, "a change without day", clerk.Post(at+"/change", url.Values{"version": {versionOf(t, form)}, "what": {"changed"}, "length": {"x"}, "cost": {"2"}, "condition": {"良好"},
			"act": {"submit"}}), http.StatusUnprocessableEntity, "请写从哪天起变的", "长度「x」看不懂")
		shows(t, clerk.Post(at+"/change", url.Values{"version": {versionOf(t, form)}, "what": {"moved-in"}, "rows": {"again"}, "place": {"青溪乡 青溪乡上村"}, "unit": {"u06"}}), "搬到哪里")
		says(t, "a change", clerk.Post(at+"/change", url.Values{"version": {versionOf(t, form)}, "what": {"changed"}, "day": {"2026-05-01"}, "length": {"15"}, "cost": {"2"},
			"condition": {"良好"}, "note": {"加长 5 米"}, "act": {"submit"}}), http.StatusOK, "已提交变动", "长度 10 米 → 15 米", "加长 5 米", "修订待核实")
		says(t, "the change is verified", officer.Post(at+"/verify", url.Values{"version": {"2"}}), http.StatusOK, "已核实")
		c.are("06", "2026", "1 15", "venue.galleries", "venue.gallery_length")
		fix := officer.Get(at + "/edit?as=fix")
		shows(t, fix, "第 1 次变动：变化", "没有发生过，去掉", "为什么修订")
		says(t, "without reason", officer.Post(at+"/edit?as=fix", gallery(url.Values{"version": {versionOf(t, fix)}, "length": {"12"}, "changes.0.day": {"2026-05-01"}, "changes.0.length": {"15"}})),
			http.StatusUnprocessableEntity, "原因")
		says(t, "put right", officer.Post(at+"/edit?as=fix", gallery(url.Values{"version": {versionOf(t, fix)}, "length": {"12"}, "changes.0.day": {"2026-05-01"}, "changes.0.length": {"15"},
			"reason": {"当初量错了"}})), http.StatusOK, "修订待核实", "当初量错了")
		says(t, "李岩 verifies it", c.Sign(apptest.Second).Post(at+"/verify", url.Values{"version": {"3"}}), http.StatusOK, "已核实", "长度 12 米 → 15 米")
		c.are("06", "2026-03-31..2026-03-31", "12", "venue.gallery_length")

		for _, format := range []string{"csv", "xlsx"} {
			file := officer.Get("/facility/export?format=" + format)
			if file.Status != http.StatusOK || format == "csv" && !strings.Contains(file.Body, "上村画廊") {
				t.Errorf("the list as %s: %d", format, file.Status)
			}
		}
		asked := officer.Post(at+"/change", url.Values{"version": {versionOf(t, officer.Get(at+"/change"))}, "what": {"moved-in"}, "rows": {"1"}})
		if b := asked.Body; !strings.Contains(b, `<option value="u06" selected`) || !strings.Contains(b, "青溪乡上村") {
			t.Errorf("the form of a move does not stand on how the facility is now: %d %s", asked.Status, plain(b))
		}
		moved := officer.Get(at + "/change?what=moved-in")
		says(t, "moved to another township", officer.Post(at+"/change", url.Values{"version": {versionOf(t, moved)}, "what": {"moved-in"}, "day": {"2026-06-01"}, "place": {"白塔乡 白塔乡上村"}, "unit": {"u07"},
			"act": {"submit"}}), http.StatusOK, "搬迁到 白塔乡 白塔乡上村")
		says(t, "verified there", c.Sign(apptest.Second).Post(at+"/verify", url.Values{"version": {"4"}}), http.StatusOK, "已核实")
		c.are("07", "2026", "1 15", "venue.galleries", "venue.gallery_length")
		if st := clerk.Get(at).Status; st != http.StatusNotFound {
			t.Errorf("the clerk of the township that it left still sees it: %d", st)
		}
		gone := officer.Get(at + "/change?what=out")
		says(t, "retired", officer.Post(at+"/change", url.Values{"version": {versionOf(t, gone)}, "what": {"out"}, "day": {"2026-09-01"}, "act": {"submit"}}), http.StatusOK, "停用拆除")
		says(t, "verified", c.Sign(apptest.Second).Post(at+"/verify", url.Values{"version": {"5"}}), http.StatusOK, "已拆除停用")
		says(t, "no change of what is gone", officer.Get(at+"/change"), http.StatusConflict, "没有变动可记")
	})
}

// A sheet enters many logs at once; they are verified together. 管护提醒 and the matrix say what they mean.
func TestFacilityLogPages(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		clerk, officer, outsider := c.Sign(apptest.Clerk), c.Sign(apptest.Officer), c.Sign(apptest.Outsider)
		shows(t, clerk.Get("/facility.log/new?kind=change"), "这里没有要记更换版面的设施", "去登记设施")
		length := facility.Values{"length": num(600)}
		a := c.stand(apptest.Clerk, facility.Facility{Kind: "board", Name: "上村宣传栏", Site: c.site("0601"), Start: "2026-01-01", Old: true, Values: length})
		b := c.stand(apptest.Clerk, facility.Facility{Kind: "board", Name: "下村宣传栏", Site: c.site("0602"), Start: "2026-01-01", Values: length})
		c.stand(apptest.Clerk, facility.Facility{Kind: "station", Name: "上村活动站", Site: c.site("0601"), Start: "2026-02-01", Values: facility.Values{"staff": num(2)}})
		c.stand(apptest.Clerk, facility.Facility{Kind: "point", Name: "上村宣传点", Site: c.site("0601"), Start: "2026-02-01", Values: facility.Values{"staff": num(1)}})
		lib := c.stand(apptest.Clerk, facility.Facility{Kind: "library", Name: "青溪图书室", Site: c.site("0601"), Start: "2026-01-01", Old: true, Values: facility.Values{"books": num(500)}})

		page := clerk.Get("/facility.log/new?kind=change")
		shows(t, page, "记更换版面", "上村宣传栏", "下村宣传栏", "一次一行")
		rows := func(with url.Values) url.Values {
			v := url.Values{"id": {idOf(t, page)}, "kind": {"change"}, "rows.0.facility": {a.Number}, "rows.0.day": {"2026-08-03"}, "rows.0.topic": {"防汛"}, "rows.0.person": {""}, "rows.0.note": {""},
				"rows.1.facility": {b.Number}, "rows.1.day": {"2026-08-04"}, "rows.1.topic": {"防汛"}, "rows.1.person": {"王建国"}, "rows.1.note": {""},
				"rows.2.facility": {b.Number}, "rows.2.day": {""}, "rows.2.topic": {""}, "rows.2.person": {""}, "rows.2.note": {""}, "act": {"submit"}}
			for name, values := range with {
				v[name] = values
			}
			return v
		}
		says(t, "wrong rows", clerk.Post("/facility.log/new", rows(url.Values{"rows.0.topic": {""}, "rows.0.note": {"忘了"}, "rows.1.day": {"2026-09-19"}})), http.StatusUnprocessableEntity,
			"请填内容", "还没有到", "王建国")
		says(t, "nothing at all", clerk.Post("/facility.log/new", url.Values{"id": {idOf(t, page)}, "kind": {"change"}, "act": {"submit"}}), http.StatusUnprocessableEntity, "至少填一行")
		says(t, "a facility that is none", clerk.Post("/facility.log/new", rows(url.Values{"rows.1.facility": {"SS-1900-0001"}})), http.StatusUnprocessableEntity, "没有编号是")
		says(t, "another's facility", outsider.Post("/facility.log/new", rows(nil)), http.StatusUnprocessableEntity, "没有编号是")
		says(t, "two changes", clerk.Post("/facility.log/new", rows(nil)), http.StatusOK, "已提交 2 条，等核实", "上村宣传栏", "下村宣传栏", "防汛")
		says(t, "sent twice", clerk.Post("/facility.log/new", rows(nil)), http.StatusOK, "没有重复记")
		shows(t, officer.Get("/todo"), "上村宣传栏：更换版面，8月3日", "下村宣传栏：更换版面，8月4日")
		shows(t, officer.Get("/"), "上村宣传栏：更换版面，8月3日")
		says(t, "sent again with other words", clerk.Post("/facility.log/new", rows(url.Values{"rows.1.topic": {"防火"}})), http.StatusUnprocessableEntity, "这一行已经存成 RZ-2026-0002，和这次填的不一样", "防火")
		page = clerk.Get("/facility.log/new?kind=change")
		says(t, "the same on another sheet", clerk.Post("/facility.log/new", rows(nil)), http.StatusConflict, "可能已经记过：RZ-0001、RZ-0002", "不是重复，照样提交")
		says(t, "an unknown kind", clerk.Get("/facility.log/new?kind=x"), http.StatusNotFound, "没有「x」这种日志")

		picks := url.Values{}
		entries, err := c.App.Facility.Logs.List(c.As(apptest.Officer), register.Query{Filter: flow.Filter{Kinds: []string{facility.LogKind}}})
		if err != nil || len(entries) != 2 {
			t.Fatalf("%d logs: %v", len(entries), err)
		}
		for _, e := range entries {
			picks.Add("id", e.ID+" 1")
		}
		if got := officer.Post("/facility.log/batch/verify", pickValues(t, officer.Get("/facility.log?state=submitted"))); got.Status != http.StatusOK {
			t.Errorf("verified together: %d %s", got.Status, plain(got.Body))
		}
		c.are("", "2026", "0 2", "venue.gallery_changes", "facility.changes") // of six metres each: no galleries
		shows(t, officer.Get("/facility.log?of="+a.Number), "上村宣传栏", "更换版面")
		hides(t, officer.Get("/facility.log?of="+a.Number), "下村宣传栏")
		shows(t, officer.Get("/facility/"+a.Number), "日志", "防汛", "记日志", "看全部 1 条")
		edit := clerk.Get("/facility.log/" + entries[0].Number + "/edit")
		shows(t, edit, "内容", "为什么修订")

		for _, l := range []struct {
			kind, field, value string
			on                 day.Day
		}{{"open", "hours", "20", "2026-09-01"}, {"loan", "loans", "150", "2026-09-02"}} {
			p := clerk.Get("/facility.log/new?kind=" + l.kind + "&facility=" + lib.Number)
			v := url.Values{"id": {idOf(t, p)}, "kind": {l.kind}, "act": {"submit"}, "rows.0.facility": {lib.Number}, "rows.0.day": {string(l.on)}, "rows.0." + l.field: {l.value}}
			for _, key := range []string{"days", "person", "note"} {
				v.Set("rows.0."+key, "")
			}
			says(t, l.kind, clerk.Post("/facility.log/new", v), http.StatusOK, "已提交 1 条")
		}
		if got := officer.Post("/facility.log/batch/verify", pickValues(t, officer.Get("/facility.log?state=submitted"))); got.Status != http.StatusOK {
			t.Errorf("verified together: %d", got.Status)
		}
		care := officer.Get("/facility/care?period=2026-09-01..2026-09-14")
		shows(t, care, "版面更换", "2 处要定期更换，0 处逾期", "每年 4 次", "8月3日", "12月31日", "图书室", "30%（一年要求 40%）", "借阅 150 册次 ÷ 在藏 500 册", "10 小时，要求 32 小时", "开放 20 小时 ÷ 2 周",
			"宣传点人数", "上村宣传点", "少 2 名")
		shows(t, clerk.Get("/facility/care"), "上村宣传栏", "记一次")
		if st := outsider.Get("/facility/care?place=06").Status; st != http.StatusForbidden {
			t.Errorf("an outsider sees what 青溪乡 needs: %d", st)
		}
		matrix := officer.Get("/facility/matrix?period=2026")
		shows(t, matrix, "青溪乡上村", "期内新达到", "青溪乡下村", "缺活动站", "缺宣传员", "5%")
		shows(t, officer.Get("/facility/matrix?period=2026&only=new"), "筛选内 1 个村（社区），共 20 个")
		shows(t, officer.Get("/facility/matrix?period=2025&only=full"), "这里没有符合的村（社区）", "清除筛选")
		hides(t, officer.Get("/facility/matrix?period=2026&only=lack&town=06"), "青溪乡上村")
		csv := officer.Get("/facility/matrix/export?period=2026&format=csv")
		says(t, "the matrix as a file", csv, http.StatusOK, "乡镇,村（社区）,代码,活动站", "青溪乡,青溪乡上村,0601\t,有,有,有,是,是")
		if got := officer.Get("/facility/care/export?format=csv"); got.Status != http.StatusOK || !strings.Contains(got.Body, "上村宣传点") || strings.Contains(got.Body, "下村宣传栏") { // what is as it should be is in the workbook alone
			t.Errorf("care as a file: %d", got.Status)
		}
		for name, want := range map[string]string{"版面更换": "下村宣传栏", "图书室": "青溪图书室", "宣传点人数": "上村宣传点"} {
			if rows := fmt.Sprint(sheet(t, officer.Get("/facility/care/export?format=xlsx"), name)); !strings.Contains(rows, want) {
				t.Errorf("the sheet %s of care has no %s: %s", name, want, rows)
			}
		}
		// The records behind a figure of logs are logs, those behind a stock are facilities.
		shows(t, officer.Get("/facility?figure=venue.gallery_changes&period=2026"), "设施日志", "没有")
		shows(t, officer.Get("/facility?figure=venue.board_villages&place=0601&period=2026"), "上村宣传栏")
		if got := officer.Get("/facility?figure=venue.library_turnover&period=2026"); !strings.Contains(got.Path, facility.LogKind) {
			t.Errorf("the turnover leads to %s", got.Path)
		}
	})
}

// TestRowsOfALogSheetAreNeverDropped: 李文芳 types only a day in a row and is told what is missing; as a draft it is kept. Two rows that say
// the same are asked about like one that comes later.
func TestRowsOfALogSheetAreNeverDropped(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		clerk := c.Sign(apptest.Clerk)
		length := facility.Values{"length": num(600)}
		a := c.stand(apptest.Clerk, facility.Facility{Kind: "board", Name: "上村宣传栏", Site: c.site("0601"), Start: "2026-01-01", Old: true, Values: length})
		b := c.stand(apptest.Clerk, facility.Facility{Kind: "board", Name: "下村宣传栏", Site: c.site("0602"), Start: "2026-01-01", Values: length})
		page := clerk.Get("/facility.log/new?kind=change")
		rows := func(act string, cells ...string) url.Values {
			v := url.Values{"id": {idOf(t, page)}, "kind": {"change"}, "act": {act}}
			for i := 0; i+2 < len(cells); i += 3 {
				at := "rows." + itoa(i/3) + "."
				for name, value := range map[string]string{"facility": cells[i], "day": cells[i+1], "topic": cells[i+2], "person": "", "note": ""} {
					v.Set(at+name, value)
				}
			}
			return v
		}
		logs := func() int {
			t.Helper()
			all, err := c.App.Facility.Logs.List(c.As(apptest.Clerk), register.Query{Filter: flow.Filter{Kinds: []string{facility.LogKind}}})
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		says(t, "a day beside a whole row", clerk.Post("/facility.log/new", rows("submit", a.Number, "2026-08-03", "防汛", b.Number, "2026-08-04", "")), http.StatusUnprocessableEntity, "请填内容", "2026-08-04", "防汛")
		says(t, "a day alone", clerk.Post("/facility.log/new", rows("submit", b.Number, "2026-08-04", "", a.Number, "", "")), http.StatusUnprocessableEntity, "请填内容", "2026-08-04")
		says(t, "a day that is none", clerk.Post("/facility.log/new", rows("submit", b.Number, "八月", "")), http.StatusUnprocessableEntity, "八月")
		if n := logs(); n != 0 {
			t.Fatalf("%d logs", n)
		}
		says(t, "a draft", clerk.Post("/facility.log/new", rows("save", b.Number, "2026-08-04", "")), http.StatusOK, "已存草稿 1 条")

		page = clerk.Get("/facility.log/new?kind=change")
		twice := rows("submit", a.Number, "2026-08-03", "防汛", b.Number, "2026-08-05", "防火", a.Number, "2026-08-03", "防汛")
		asked := clerk.Post("/facility.log/new", twice)
		says(t, "twice in one sheet", asked, http.StatusConflict, "可能已经记过：第 1 行和第 3 行", "不是重复，照样提交")
		if n := logs(); n != 1 {
			t.Fatalf("%d logs", n)
		}
		twice.Del("act")
		twice.Set("distinct", "第 1 行和第 3 行")
		says(t, "they are two", clerk.Post("/facility.log/new", twice), http.StatusOK, "已提交 3 条")
		says(t, "sent twice", clerk.Post("/facility.log/new", twice), http.StatusOK, "没有重复记")
		many := make([]string, 0, 3*121)
		for range 121 {
			many = append(many, a.Number, "2026-08-03", "防汛")
		}
		page = clerk.Get("/facility.log/new?kind=change")
		says(t, "more than a sheet takes", clerk.Post("/facility.log/new", rows("submit", many...)), http.StatusUnprocessableEntity, "有 121 行，一张表最多 120 行，请分几张填")
		if n := logs(); n != 4 {
			t.Errorf("%d logs", n)
		}
	})
}

func idOf(t testing.TB, a apptest.Answer) string {
	t.Helper()
	found := regexp.MustCompile(`name="id" value="([0-9a-f-]{36})"`).FindStringSubmatch(a.Body)
	if found == nil {
		t.Fatalf("%s has no id", a.Path)
	}
	return found[1]
}

// pickValues chooses all rows of a list.
func pickValues(t testing.TB, a apptest.Answer) url.Values {
	t.Helper()
	v := url.Values{}
	for _, found := range regexp.MustCompile(`form="batch" name="id" value="([^"]+)"`).FindAllStringSubmatch(a.Body, -1) {
		v.Add("id", found[1])
	}
	if len(v) == 0 {
		t.Fatalf("%s has nothing to choose", a.Path)
	}
	return v
}

// A county's list of boards goes in once; the export of what is there adds nothing; a corrected row corrects the value where it was
// set last.
func TestFacilitiesFromAWorkbook(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		run := func(csv string) intake.Result {
			t.Helper()
			r, err := c.App.Intake.Run(c.As(apptest.Second), facility.Kind, "名单.csv", bytes.NewReader([]byte(csv)), intake.Options{}, apptest.Officer)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		list := "类别,名称,乡镇,村,具体场所,启用日期,来历,长度（米）,投资（万元）,宣传员\n" +
			"科普宣传栏,上村宣传栏,青溪乡,青溪乡上村,村口,2025-03-01,原有,12,0.5,2\n" +
			"科普宣传栏,下村宣传栏,青溪乡,青溪乡下村,,2026-03-01,新建,约6,0.2,\n" +
			"板报,河西板报,河西镇,,,,,,,\n" +
			"科普宣传栏,坏的,青溪乡,青溪乡上村,,2026-03-01,新建,很长,,\n" +
			"城堡,没有的,青溪乡,,,2026-03-01,,,,\n" +
			"科普宣传栏,天边的,青溪乡,天边村,,2026-03-01,,,,\n"
		r := run(list)
		if r.Counts[intake.New] != 2 || r.Counts[intake.Rejected] != 4 {
			t.Fatalf("the list: %v", r.Counts)
		}
		c.are("", "2026", "2 1 1 12", "venue.boards", "venue.boards_new", "venue.galleries", "venue.gallery_length")
		if again := run(list); again.Counts[intake.New] != 0 {
			t.Errorf("the same list again: %v", again.Counts)
		}
		officer := c.Sign(apptest.Officer)
		if same := run(strings.ReplaceAll(officer.Get("/facility/export?format=csv").Body, "\t", "")); same.Counts[intake.New] != 0 || same.Counts[intake.Changed] != 0 || same.Counts[intake.Rejected] != 0 {
			t.Errorf("its own export: %v", same.Counts)
		}
		heads, err := c.App.Facility.List(c.As(apptest.Officer), register.Query{Filter: flow.Filter{Kinds: []string{facility.Kind}, Text: "上村宣传栏"}})
		if err != nil || len(heads) != 1 {
			t.Fatal(err, len(heads))
		}
		c.change(apptest.Second, heads[0].Head, "加长", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-05-01", What: "changed", Values: facility.Values{"length": num(1500)}})
		})
		if r := run("类别,名称,乡镇,村,长度（米）\n科普宣传栏,上村宣传栏,青溪乡,青溪乡上村,16\n"); r.Counts[intake.Changed] != 1 {
			t.Errorf("a corrected row: %v", r.Counts)
		}
		c.are("", "2026", "16", "venue.gallery_length")
		c.are("", "2026-04-30..2026-04-30", "12", "venue.gallery_length")
		shows(t, officer.Get("/imports/facility"), "导入")
	})
}

// 管护提醒 of a period that is past is judged by what stood in it: by the books of then, with the library that is closed since. The yearly
// rule of turnover judges a year that is over, the weekly one by the weeks that are over.
func TestCareJudgesAPeriodByWhatStoodThen(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		officer := c.Sign(apptest.Officer)
		library := func(name string, books int64, changes ...facility.Change) flow.Head {
			return c.stand(apptest.Clerk, facility.Facility{Kind: "library", Name: name, Site: c.site("0601"), Start: "2025-01-01", Old: true, Values: facility.Values{"books": num(books)}, Changes: changes})
		}
		log := func(h flow.Head, kind, field string, on day.Day, n int64) {
			c.log(apptest.Clerk, facility.Log{Kind: kind, Facility: h.ID, Day: on, Values: facility.Values{field: num(n)}})
		}
		grown := library("上村图书室", 1000, facility.Change{Day: "2026-08-20", What: ledger.Changed, Values: facility.Values{"books": num(4000)}})
		closed := library("老图书室", 200)
		log(grown, "loan", "loans", "2025-06-01", 100)
		log(grown, "loan", "loans", "2026-07-05", 300)
		log(grown, "open", "hours", "2026-07-05", 31*60)
		log(closed, "loan", "loans", "2026-07-06", 20)
		log(closed, "open", "hours", "2026-08-05", 9*60)
		c.change(apptest.Clerk, closed, "合并了", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-08-10", What: ledger.Out})
		})
		july := officer.Get("/facility/care?period=2026-07")
		shows(t, july, "借阅 300 册次 ÷ 在藏 1000 册", "30%（一年要求 40%）", "老图书室", "借阅 20 册次 ÷ 在藏 200 册", "开放 31 小时 ÷ 4.4 周", "7 小时，要求 32 小时")
		hides(t, july, "30%，要求 40%", "停用）")
		c.are("", "2026-07", "26.7%", "venue.library_turnover") // 320 of 1200, as the page adds up
		shows(t, officer.Get("/facility/care?period=2026-08"), "借阅 0 册次 ÷ 在藏 4000 册", "老图书室", "开放 9 小时 ÷ 1.3 周（8月10日停用）")
		hides(t, officer.Get("/facility/care?period=2026-09"), "老图书室")
		shows(t, officer.Get("/facility/care?period=2025"), "10%，要求 40%", "老图书室")
		csv := officer.Get("/facility/care/export?format=csv&period=2026-07")
		says(t, "July as a file", csv, http.StatusOK, "每周开放")
		hides(t, csv, "借阅周转率")
		says(t, "2025 as a file", officer.Get("/facility/care/export?format=csv&period=2025"), http.StatusOK, "借阅周转率")

		shows(t, officer.Get("/facility/care?period=2026"), "开放 31 小时 ÷ 37.3 周", "10%（一年要求 40%）") // of 400 books of 4000; the year is not over
		shows(t, officer.Get("/facility/care?period=2027"), "这一期还没有开始")
		if year, upToToday := c.figures("", "2026", "venue.library_hours"), c.figures("", "2026-01-01..2026-09-18", "venue.library_hours"); year != upToToday {
			t.Errorf("hours a week of the year are %s, up to today %s", year, upToToday)
		}

		c.stand(apptest.Clerk, facility.Facility{Kind: "board", Name: "三月宣传栏", Site: c.site("0601"), Start: "2026-03-31", Values: facility.Values{"length": num(600)}})
		shows(t, officer.Get("/facility/care?period=2026-01-01..2026-06-30"), "三月宣传栏", "0 / 1 次", "6月30日")
		shows(t, officer.Get("/facility.log"), "一站一栏一员")
	})
}

// What was logged on a day on which the facility did not stand does not count: whoever moves its beginning or end is told so beforehand, and
// its page lists it.
func TestLogsOutsideTheDaysOfTheirFacility(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		clerk, officer, second := c.Sign(apptest.Clerk), c.Sign(apptest.Officer), c.Sign(apptest.Second)
		h := c.stand(apptest.Clerk, facility.Facility{Kind: "library", Name: "上村图书室", Site: c.site("0601"), Start: "2026-01-01", Old: true, Values: facility.Values{"books": num(500)}})
		loan := func(on day.Day, n int64) facility.Log {
			return facility.Log{Kind: "loan", Facility: h.ID, Day: on, Values: facility.Values{"loans": num(n)}}
		}
		early := c.log(apptest.Clerk, loan("2026-02-01", 10))
		c.log(apptest.Clerk, loan("2026-06-01", 20))
		c.log(apptest.Clerk, facility.Log{Kind: "inspect", Facility: h.ID, Day: "2026-02-10", Values: facility.Values{"result": told("正常")}})
		waits, err := c.App.Facility.Logs.Create(c.As(apptest.Clerk), register.New[facility.Log]{Body: loan("2026-02-02", 40), Submit: true})
		if err != nil {
			t.Fatal(err)
		}
		at := "/facility/" + h.Number
		hides(t, clerk.Get(at), "没有计入")
		fixed := func(start string) url.Values {
			return url.Values{"id": {h.ID}, "version": {versionOf(t, officer.Get(at+"/edit?as=fix"))}, "kind": {"library"}, "name": {"上村图书室"}, "place": {"青溪乡 青溪乡上村"}, "unit": {"u06"}, "stage": {"in_use"},
				"start": {start}, "origin": {"old"}, "books": {"500"}, "reason": {"启用日期抄错"}, "act": {"submit"}}
		}
		if got := officer.Post("/facility/preview", fixed("2026-03-01")); !strings.Contains(got.Body, "有 3 条日志的日期不在启用期间了，核实后不再计入") {
			t.Errorf("the form does not say what falls out: %s", plain(got.Body))
		}
		says(t, "a later start", officer.Post(at+"/edit?as=fix", fixed("2026-03-01")), http.StatusOK, "修订待核实", "有 3 条日志的日期不在启用期间了")
		c.are("", "2026", "30", "facility.loans") // until it is verified
		version := url.Values{"version": {"2"}}
		got := second.Post(at+"/verify", version)
		says(t, "it is verified", got, http.StatusOK, "不在启用期间，没有计入", "3 条日志的日期在启用以前或停用以后", "2月1日")
		hides(t, got, "不在启用期间了")
		c.are("", "2026", "20 0%", "facility.loans", "venue.inspected_rate")
		if _, err := c.App.Facility.Logs.Verify(c.As(apptest.Officer), waits.ID, waits.Version, ""); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "不在启用期间") {
			t.Errorf("a log of before is verified: %v", err)
		}
		shows(t, clerk.Get("/facility.log/"+early.Number), "设施2月1日不在启用期间，没有计入")
		shows(t, officer.Get("/facility/care?period=2026-01-01..2026-06-30"), "借阅 20 册次")

		form := clerk.Get(at + "/change?what=out")
		out := url.Values{"version": {versionOf(t, form)}, "what": {"out"}, "day": {"2026-05-01"}, "act": {"submit"}}
		says(t, "closed before its last log", clerk.Post(at+"/change", out), http.StatusConflict, "有 1 条日志在停用以后，停用后不再计入", "知道了，照样提交")
		out.Del("act")
		out.Set("logs", "1")
		says(t, "closed all the same", clerk.Post(at+"/change", out), http.StatusOK, "已提交变动")
		says(t, "that is verified", officer.Post(at+"/verify", url.Values{"version": {"3"}}), http.StatusOK, "4 条日志的日期在启用以前或停用以后")
		c.are("", "2026", "0", "facility.loans")
		c.change(apptest.Second, h, "启用日期没有错", func(f *facility.Facility) { f.Start = "2026-01-01" })
		c.are("", "2026", "10", "facility.loans")
	})
}

// A move shows what the one township gains and what the other loses, to who may see that; its day is written as all days are.
func TestTheFormOfAMoveSaysWhatTheOldTownshipLoses(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		clerk, officer := c.Sign(apptest.Clerk), c.Sign(apptest.Officer)
		h := c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: "上村画廊", Site: c.site("0601"), Start: "2026-02-01", Values: facility.Values{"length": num(1000)}})
		at := "/facility/" + h.Number
		move := url.Values{"version": {versionOf(t, clerk.Get(at+"/change?what=moved-in"))}, "what": {"moved-in"}, "day": {"2026-06-01"}, "place": {"白塔乡 白塔乡上村"}, "unit": {"u06"}, "act": {"submit"}}
		says(t, "moved", clerk.Post(at+"/change", move), http.StatusOK, "已提交变动")
		for _, b := range []*apptest.Browser{clerk, officer} {
			got := b.Get(at)
			shows(t, got, "青溪乡 1 → 0", "6月1日 搬迁", "在白塔乡，由青溪乡科协管理，请核对是不是换了管理单位")
			hides(t, got, "2026-06-01 搬迁")
		}
		shows(t, officer.Get(at), "白塔乡 0 → 1")
	})
}

// The township that a facility has left goes on counting it for the days when it was there. It does not see the record any more: the trace says
// so and names it nowhere, with no link that answers 404; what was logged there it sees.
func TestATownshipCountsWhatItDoesNotSeeAnyMore(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		h := c.stand(apptest.Clerk, facility.Facility{Kind: "gallery", Name: "上村画廊", Site: c.site("0601"), Start: "2026-02-01", Values: facility.Values{"length": num(1000)}})
		log := c.log(apptest.Clerk, facility.Log{Kind: "change", Facility: h.ID, Day: "2026-05-01", Values: facility.Values{"topic": told("防汛")}})
		to := c.site("0701")
		c.change(apptest.Second, h, "搬到白塔乡", func(f *facility.Facility) {
			f.Changes = append(f.Changes, facility.Change{Day: "2026-06-01", What: ledger.MovedIn, Site: &to})
		})
		clerk := c.Sign(apptest.Clerk)
		const then = "place=06&period=2026-01-01..2026-05-31"
		shows(t, clerk.Get("/figures/venue.galleries?"+then), "有 1 条账目的记录你无权查看，只计数，不列出")
		shows(t, clerk.Get("/facility.log/"+log.Number), "上村画廊", "防汛")
		for _, at := range []string{"/figures/venue.galleries?" + then, "/figures/venue.gallery_changes?" + then, "/figures/venue.galleries/changes?" + then, "/facility?figure=venue.galleries&" + then, "/facility.log", "/facility.log/" + log.Number, "/facility/care?" + then} {
			if got := clerk.Get(at); got.Status != http.StatusOK || strings.Contains(got.Body, "/facility/"+h.Number) {
				t.Errorf("%s answers %d and leads to what she may not open", at, got.Status)
			}
		}
	})
}
