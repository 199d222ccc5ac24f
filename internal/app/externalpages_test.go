package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
)

// population is the form of the population of 青溪乡.
func population(with url.Values) url.Values {
	v := url.Values{"figure": {"population"}, "place": {"青溪乡"}, "year": {"2025"}, "day": {""}, "value": {"3.2万"}, "source": {"县统计局《2025年统计公报》"}, "unit": {"u06"}, "act": {"submit"}}
	for name, values := range with {
		v[name] = values
	}
	return v
}

// 李文芳 enters the population of 青溪乡, 周敏 verifies it; it cannot be entered twice, is revised when another source says otherwise,
// and 赵永康 sees nothing of it.
func TestExternalPages(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		clerk, officer, outsider := c.Sign(apptest.Clerk), c.Sign(apptest.Officer), c.Sign(apptest.Outsider)
		shows(t, clerk.Get("/external"), "青溪乡科协没有基础数据", "覆盖率和人均的分母都从这里来", "新建基础数据", "按乡镇一次填")
		shows(t, clerk.Get("/external/new"), "在校学生数（小学）", "科普中国APP注册人数", "空着就是年末")
		says(t, "all wrong", clerk.Post("/external/new", population(url.Values{"figure": {"pupils"}, "value": {"很多"}, "year": {"去年"}, "source": {""}, "place": {"天边村"}})), http.StatusUnprocessableEntity,
			"在校学生数要分学段登记", "在校学生数「很多」看不懂", "年份「去年」看不懂", "请写来源", "没有「天边村」")
		says(t, "beyond its levels and bounds", clerk.Post("/external/new", population(url.Values{"figure": {"literacy"}, "value": {"120"}, "day": {"2024-03-01"}})), http.StatusUnprocessableEntity,
			"公民具备科学素质比例只按县登记，青溪乡不登记", "120 超过 100 %", "2024年3月1日不在2025年里")
		says(t, "too many decimals", clerk.Post("/external/new", population(url.Values{"figure": {"literacy"}, "value": {"12.345"}})), http.StatusUnprocessableEntity, "小数太多，请最多写 2 位")
		got := clerk.Post("/external/new", population(nil))
		says(t, "the population", got, http.StatusOK, "已提交 JC-2025-0001", "2025年末常住人口", "32,000", "县统计局《2025年统计公报》", "缺来源文件")
		at := "/external/JC-2025-0001"
		if st := outsider.Get(at).Status; st != http.StatusNotFound {
			t.Errorf("an outsider sees it: %d", st)
		}
		for _, act := range []string{"submit", "save"} {
			again := clerk.Post("/external/new", population(url.Values{"value": {"31980"}, "source": {"县公安局"}, "act": {act}, "distinct": {"JC-2025-0001"}}))
			says(t, "a second one", again, http.StatusConflict, "已经登记过，没有存", "去看那一条", at)
			hides(t, again, "不是同一条")
		}
		if st := clerk.Post(at+"/verify", url.Values{"version": {"1"}}).Status; st != http.StatusForbidden {
			t.Errorf("its author verifies it: %d", st)
		}
		says(t, "verified", officer.Post(at+"/verify", url.Values{"version": {"1"}}), http.StatusOK, "已核实")
		shown := officer.Get(at)
		shows(t, shown, "时点 2025年12月31日")
		hides(t, shown, "2025-12-31")
		shows(t, officer.Get("/external?figure_of=population&town=06"), "2025年末常住人口", "32,000", "2025年12月31日", "未传")
		shows(t, officer.Get("/external?stage=小学"), "清除筛选")
		file := officer.Get("/external/export?format=csv").Body
		shows(t, apptest.Answer{Status: http.StatusOK, Body: file}, "JC-2025-0001,常住人口,,青溪乡,,2025年,2025-12-31,32000,人,县统计局《2025年统计公报》")
		says(t, "another source", clerk.Post(at+"/edit", population(url.Values{"version": {"1"}, "value": {"31980"}, "source": {"县统计局《2026年统计年鉴》"}, "reason": {"年鉴修订"}})), http.StatusOK,
			"修订待核实", "31,980", "32000")
		says(t, "verified again", officer.Post(at+"/verify", url.Values{"version": {"2"}}), http.StatusOK, "已核实")
		// A figure of the county is of all of it wherever it stands: 县直 would be what the county's own units do.
		h := c.state(c.stated("population", "0", 2024, 320000))
		for path, want := range map[string]string{"/external/" + h.Number + "/edit": `value="云岭县"`, "/?period=2024": ">云岭县<", "/search?q=" + h.Number: ">云岭县<"} {
			if got := officer.Get(path).Body; !strings.Contains(got, want) {
				t.Errorf("%s does not have %s", path, want)
			}
		}
	})
}

// 周敏 enters the households of all townships on one sheet: one source, one day, each township a record.
func TestExternalSheet(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		officer, second := c.Sign(apptest.Officer), c.Sign(apptest.Second)
		form := officer.Get("/external/sheet?figure=households&year=2025")
		shows(t, form, "2025年 户数", "青溪乡", "河西镇", "各乡镇")
		sheet := url.Values{"id": {valueOf(t, form, "id")}, "figure": {"households"}, "year": {"2025"}, "source": {"县统计局年报"}, "unit": {"office"}, "act": {"submit"}}
		says(t, "nothing typed", officer.Post("/external/sheet", sheet), http.StatusUnprocessableEntity, "一个数都没有填")
		with := func(pairs ...string) url.Values {
			out := url.Values{}
			for k, v := range sheet {
				out[k] = v
			}
			for i := 0; i < len(pairs); i += 2 {
				out.Set(pairs[i], pairs[i+1])
			}
			return out
		}
		bad := officer.Post("/external/sheet", with("value.06", "八千", "value.02", "很多", "source", ""))
		says(t, "some wrong", bad, http.StatusUnprocessableEntity, "户数「很多」看不懂", "请写来源", "八千")
		says(t, "two townships", officer.Post("/external/sheet", with("value.06", "8100", "value.02", "约9200")), http.StatusOK, "已提交 2 条", "8,100", "约 9,200")
		says(t, "sent twice", officer.Post("/external/sheet", with("value.06", "8100", "value.02", "约9200")), http.StatusOK, "没有重复记")
		changed := officer.Post("/external/sheet", with("value.06", "8100", "value.02", "9300", "value.01", "7000"))
		says(t, "sent again with another value", changed, http.StatusUnprocessableEntity, "河西镇已经存成 JC-2025-000", "约9200", "和这次填的不一样", `value="9300"`, `value="7000"`)
		says(t, "sent again with another source", officer.Post("/external/sheet", with("value.06", "8100", "value.02", "约9200", "source", "年鉴")), http.StatusUnprocessableEntity,
			"青溪乡已经存成 JC-2025-000", "和这次填的不一样", `value="年鉴"`)
		says(t, "sent again without one", officer.Post("/external/sheet", with("value.06", "8100")), http.StatusUnprocessableEntity, "河西镇已经存成 JC-2025-000", "这次空着")
		says(t, "sent again with one more", officer.Post("/external/sheet", with("value.06", "8100", "value.02", "约9200", "value.01", "7000")), http.StatusOK, "已提交 1 条", "7,000")
		says(t, "the same sheet of another year", officer.Post("/external/sheet", with("year", "2024", "value.06", "8000", "act", "save")), http.StatusOK, "已存草稿 1 条")
		says(t, "its drafts handed over", officer.Post("/external/sheet", with("year", "2024", "value.06", "8000")), http.StatusOK, "已提交 1 条")
		fresh := officer.Get("/external/sheet?figure=households&year=2025")
		shows(t, fresh, "已登记 8,100（JC-2025-000", "待核实")
		sheet.Set("id", valueOf(t, fresh, "id"))
		says(t, "entered before", officer.Post("/external/sheet", with("value.06", "8101")), http.StatusUnprocessableEntity, "青溪乡已经登记在 JC-2025-000")
		shows(t, officer.Post("/external/sheet", with("rows", "again", "town", "06", "value.06", "")), "青溪乡上村", "青溪乡各村")
		shows(t, officer.Post("/external/sheet", with("rows", "again", "figure", "literacy")), "公民具备科学素质比例只按县登记，这里没有可填的地方")
		shows(t, second.Get("/external?view=verify"), "2025年末户数")
	})
}

// A clerk's sheet has the places that his unit serves; what another unit holds out of his sight is said at its cell without its number.
func TestExternalSheetOfAClerk(t *testing.T) {
	inCounty(t, func(t *testing.T, c county) {
		clerk := c.Sign(apptest.Clerk)
		form := clerk.Get("/external/sheet?figure=households&year=2025")
		shows(t, form, "青溪乡")
		hides(t, form, "河西镇</label>")
		hides(t, form, `name="value.02"`)
		shows(t, clerk.Get("/external/sheet?figure=households&year=2025&town=02"), "这里的地方不归本单位登记")
		says(t, "another township", clerk.Post("/external/new", population(url.Values{"place": {"河西镇"}})), http.StatusUnprocessableEntity, "河西镇不归青溪乡科协登记，请由当地科协或县科协登记")
		says(t, "the source of a novelist", clerk.Post("/external/new", population(url.Values{"source": {strings.Repeat("长", 4000)}, "note": {strings.Repeat("长", 501)}})),
			http.StatusUnprocessableEntity, "「来源」有 4000 个字，最多 200 个", "「备注」有 501 个字，最多 500 个")
	})
}

// valueOf is the value of a hidden field of a form.
func valueOf(t testing.TB, a apptest.Answer, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(a.Body)
	if found == nil {
		t.Fatalf("%s has no field %s", a.Path, name)
	}
	return found[1]
}
