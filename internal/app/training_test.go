package app_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/desk"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/org"
	"shilu/internal/core/register"
	"shilu/internal/kit/db"
	"shilu/internal/kit/id"
	"shilu/internal/work/training"
)

// classForm is the form of a class in 青溪乡 as the clerk fills it in.
func classForm(change ...string) url.Values {
	v := url.Values{"id": {id.New()}, "kind": {"short"}, "name": {"核桃高接换优技术培训班（第2期）"}, "subject": {"核桃"}, "unit": {"u06"}, "place": {"青溪乡 青溪乡上村"},
		"venue": {"核桃示范园"}, "start": {"2026-09-15"}, "end": {"2026-09-16"}, "hours": {"6"}, "attendances": {"58"}, "exact": {"exact"},
		"teachers": {"杨志远、王强"}, "method": {"现场"}, "audiences": {"农民"}, "campaigns": {"全国科普月"}, "act": {"submit"}}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

// enter sends the form of a new class and gives its number.
func enter(t *testing.T, b *apptest.Browser, form url.Values) string {
	t.Helper()
	got := b.Post("/training/new", form)
	number := strings.TrimPrefix(got.Path, "/training/")
	if got.Status != http.StatusOK || !strings.HasPrefix(number, "PX-") {
		t.Fatalf("the class was not taken: %d at %s\n%s", got.Status, got.Path, plainText(got.Body))
	}
	number, _, _ = strings.Cut(number, "?")
	return number
}

var tagsAndSpace = regexp.MustCompile(`(?s)<script.*?</script>|<[^>]*>|\s+`)

// plainText is what a page says, without its markup.
func plainText(body string) string { return tagsAndSpace.ReplaceAllString(body, " ") }

// aNumber is a word that stands for a number; 0001 is the end of one of a record.
var aNumber = regexp.MustCompile(`^(?:0|[1-9][0-9,]*)(?:\.[0-9]+)?%?$`)

// holds tells whether the text has the word. A number is looked for as a number: 58 within an id or a check sum is none.
func holds(text, word string) bool {
	if !aNumber.MatchString(word) {
		return strings.Contains(text, word)
	}
	return regexp.MustCompile(`(?:^|[^0-9A-Za-z.,-])` + regexp.QuoteMeta(word) + `(?:[^0-9A-Za-z-]|$)`).MatchString(text)
}

// answers fails unless the page says all the words.
func answers(t *testing.T, got apptest.Answer, status int, words ...string) {
	t.Helper()
	if got.Status != status {
		t.Errorf("%s answers %d, want %d", got.Path, got.Status, status)
	}
	for _, w := range words {
		if !holds(got.Body, w) {
			t.Errorf("%s does not say %q:\n%s", got.Path, w, plainText(got.Body))
		}
	}
}

// leavesOut fails when the page says any of the words.
func leavesOut(t *testing.T, got apptest.Answer, words ...string) {
	t.Helper()
	for _, w := range words {
		if holds(got.Body, w) {
			t.Errorf("%s says %q", got.Path, w)
		}
	}
}

// headOf reads the record of a number as the officer sees it.
func headOf(t *testing.T, w *apptest.World, number string) (h flow.Head) {
	t.Helper()
	ctx := w.As(apptest.Officer)
	if err := w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
		h, err = flow.ByNumber(ctx, tx, "training", number)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return h
}

// counted is an indicator of the whole county this year.
func counted(t *testing.T, w *apptest.World, code string) string {
	t.Helper()
	ctx := w.As(apptest.Officer)
	out := ""
	if err := w.App.DB.View(ctx, func(tx *db.Tx) error {
		scope, _, err := parseScope(ctx, tx)
		if err != nil {
			return err
		}
		f, err := w.App.Indicators.Value(ctx, tx, scope, code)
		out = f.Screen(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func shown(h flow.Head, more ...string) url.Values {
	v := url.Values{"version": {itoa(h.Version)}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// TestAClassFromFormToFigure: a clerk enters and submits, an officer returns, the clerk corrects and submits again, another
// verifies; nobody verifies his own; a revision keeps the old facts until it is verified; voiding takes all back.
func TestAClassFromFormToFigure(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer, second, outsider := w.Sign(apptest.Clerk), w.Sign(apptest.Officer), w.Sign(apptest.Second), w.Sign(apptest.Outsider)
		answers(t, clerk.Get("/training/new"), 200, "新建培训班", "提交核实", "存草稿", "青溪乡科协", "按你的账号")
		number := enter(t, clerk, classForm())
		page := "/training/" + number
		got := clerk.Get(page)
		answers(t, got, 200, "待核实", "等周敏、李岩", "撤回", "核实后计入", "未核实的数字不盖印")
		leavesOut(t, got, "核实通过", "作废")
		answers(t, got, 200, `<span class="missing">缺签到册或花名册</span>`, `<span class="missing wanted">凭证</span>`) // only what is needed is amber
		leavesOut(t, got, "缺凭证", "缺通知", "缺教材")
		answers(t, clerk.Get(page+"/edit"), http.StatusConflict, "现在是「待核实」，不能改", "人数与学时")

		answers(t, officer.Get(page), 200, "核实通过", "退回", "作废", "58")
		answers(t, officer.Get("/training?view=verify"), 200, number[3:], "待我核实")
		for _, address := range []string{page, page + "/edit"} {
			answers(t, outsider.Get(address), http.StatusNotFound)
		}
		leavesOut(t, outsider.Get("/training"), "核桃高接换优")
		leavesOut(t, outsider.Get("/training?q="+url.QueryEscape("核桃")), "核桃高接换优技术培训班")
		leavesOut(t, outsider.Get("/training/export?format=csv"), "核桃高接换优")
		answers(t, outsider.Post("/training/preview", url.Values{"id": {headOf(t, w, number).ID}, "version": {"1"}, "kind": {"short"}}), http.StatusNotFound)
		answers(t, outsider.Post(page+"/withdraw", shown(headOf(t, w, number))), http.StatusNotFound)

		answers(t, officer.Post(page+"/return", shown(headOf(t, w, number))), http.StatusUnprocessableEntity, "请写退回的原因")
		answers(t, officer.Post(page+"/return", shown(headOf(t, w, number), "reason", "人次和签到册差 3")), 200, "已退回", "退给李文芳")
		answers(t, clerk.Get("/training?view=returned"), 200, "核桃高接换优", "退回给我")
		answers(t, clerk.Get(page), 200, "人次和签到册差 3", "去改", "提交核实")
		back := officer.Get(page) // it lies with its author: the officer may change it, not send it
		answers(t, back, 200, "已退回给李文芳修改", `/edit"`)
		leavesOut(t, back, "提交核实", "去改")
		edit := clerk.Get(page + "/edit")
		answers(t, edit, 200, "退回的原因", "先存着", "杨志远、王强", "青溪乡 青溪乡上村")
		form := classForm("attendances", "61", "version", itoa(headOf(t, w, number).Version))
		answers(t, clerk.Post(page+"/edit", form), 200, "已提交", "待核实", "61")
		if got := counted(t, w, "training.attendees"); got != "0" {
			t.Errorf("before it is verified %s are counted", got)
		}
		answers(t, officer.Post(page+"/verify", shown(headOf(t, w, number))), 200, "数字已入账", "已核实", "已计入")
		inBox := strings.SplitN(officer.Get(page).Body, "已计入</h2>", 2)
		if len(inBox) < 2 {
			t.Fatal("no box of what is counted")
		}
		box, _, _ := strings.Cut(inBox[1], "</section>")
		if !strings.Contains(box, "培训人次") || strings.Contains(box, "场次") {
			t.Errorf("a class without sessions lists that it feeds them, or not what it feeds:\n%s", box)
		}
		if got := counted(t, w, "training.attendees"); got != "61" {
			t.Errorf("61 were verified, %s are counted", got)
		}
		answers(t, officer.Get(page), 200, "/figures/training.attendees?", "作废", "修订")

		// What the officer wrote himself he does not verify.
		own := enter(t, officer, classForm("name", "花椒采后修剪", "unit", "office"))
		answers(t, officer.Get("/training/"+own), 200, "填报人不能自己核实，请李岩")
		answers(t, officer.Post("/training/"+own+"/verify", shown(headOf(t, w, own))), http.StatusForbidden, "填报人不能自己核实")
		answers(t, second.Post("/training/"+own+"/verify", shown(headOf(t, w, own))), 200, "数字已入账")

		// A revision: the old number stands until somebody else has looked at it.
		answers(t, clerk.Get(page+"/edit"), 200, "为什么修订", "提交修订")
		form = classForm("attendances", "约60", "act", "save", "version", itoa(headOf(t, w, number).Version))
		answers(t, clerk.Post(page+"/edit", form), http.StatusUnprocessableEntity, "请写修订的原因", "约60")
		form.Set("reason", "签到册重数了一遍")
		form.Set("act", "submit")
		answers(t, clerk.Post(page+"/edit", form), 200, "修订待核实", "签到册重数了一遍", "核实过的", "约60")
		if got := counted(t, w, "training.attendees"); got != "119" {
			t.Errorf("before the revision is verified %s are counted, want 61 + 58", got)
		}
		answers(t, officer.Post(page+"/verify", shown(headOf(t, w, number))), 200, "数字已入账")
		if got := counted(t, w, "training.attendees"); got != "约 118" {
			t.Errorf("after the revision %s are counted, want 约 118", got)
		}
		answers(t, clerk.Post(page+"/void", shown(headOf(t, w, number), "reason", "重复")), http.StatusForbidden, "主席、干事可以")
		answers(t, officer.Post(page+"/void", shown(headOf(t, w, number))), http.StatusUnprocessableEntity, "请写作废的原因")
		answers(t, officer.Post(page+"/void", shown(headOf(t, w, number), "reason", "和另一期重复")), 200, "已作废", "和另一期重复")
		if got := counted(t, w, "training.attendees"); got != "58" {
			t.Errorf("after voiding %s are counted", got)
		}
		leavesOut(t, officer.Get("/training"), "核桃高接换优")
		answers(t, officer.Get("/training?state=voided"), 200, "核桃高接换优")
	})
}

// TestAFormIsTakenOnce: the same form sent twice is one class; changed in between it is asked about; what somebody else saved is not
// overwritten and nothing that was typed is lost.
func TestAFormIsTakenOnce(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer := w.Sign(apptest.Clerk), w.Sign(apptest.Officer)
		form := classForm("act", "save")
		number := enter(t, clerk, form)
		if again := enter(t, clerk, form); again != number {
			t.Errorf("sent twice it is %s and %s", number, again)
		}
		answers(t, officer.Get("/training"), 200, "筛选内")
		changed := classForm("act", "save", "attendances", "59")
		changed.Set("id", form.Get("id"))
		answers(t, clerk.Post("/training/new", changed), http.StatusConflict, "已经存为", "59", "58", "/training/"+number+"/edit")
		if n := len(classes(t, w)); n != 1 {
			t.Errorf("there are %d classes", n)
		}

		stale := headOf(t, w, number)
		answers(t, officer.Post("/training/"+number+"/edit", classForm("venue", "村委会", "act", "save", "version", itoa(stale.Version))), 200, "已存草稿", "村委会")
		got := clerk.Post("/training/"+number+"/edit", classForm("venue", "大院", "note", "两名驻村队员未签", "act", "save", "version", itoa(stale.Version)))
		answers(t, got, http.StatusConflict, "周敏", "也改过这条", "村委会", "大院", "两名驻村队员未签")
		now := headOf(t, w, number)
		answers(t, got, http.StatusConflict, `name="version" value="`+itoa(now.Version)+`"`)
		answers(t, clerk.Post("/training/"+number+"/edit", classForm("venue", "大院", "act", "save", "version", itoa(now.Version))), 200, "大院")

		// A likely duplicate is asked about before it is submitted, and is the person's to decide.
		twin := classForm()
		got = clerk.Post("/training/new", twin)
		answers(t, got, http.StatusConflict, "可能重复", number[8:], "不是同一期")
		twin.Del("act")
		twin.Set("distinct", number)
		if other := enter(t, clerk, twin); other == number {
			t.Error("the second class was taken for the first")
		}
		answers(t, clerk.Get("/training/"+number), 200, "可能和")
	})
}

// TestWhatCannotBeRight: each wrong input is said with its figures at its field, and nothing of it is kept.
func TestWhatCannotBeRight(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk := w.Sign(apptest.Clerk)
		for _, c := range []struct {
			change []string
			says   string
		}{
			{[]string{"start", "2099-01-01", "end", "2099-01-02"}, "离今天太远"},
			{[]string{"end", "2026-09-14"}, "早于开始日期"},
			{[]string{"start", "2026-13-40"}, "没有这一天或看不懂"},
			{[]string{"attendances", "-5"}, "培训人次 -5 是负数"},
			{[]string{"attendances", "10000000"}, "超过一百万"},
			{[]string{"attendances", "许多"}, "「许多」看不懂"},
			{[]string{"attendances", ""}, "请填培训人次"},
			{[]string{"examined", "40", "passed", "41"}, "多于参加考试 40 人"},
			{[]string{"hours", "一天"}, "「一天」看不懂"},
			{[]string{"name", ""}, "请写班名"},
			{[]string{"subject", ""}, "请选专业"},
			{[]string{"place", "青溪镇"}, "最接近的是"},
			{[]string{"place", "青溪乡 天边村"}, "青溪乡没有「天边村」，请从列表里选；不是村就写在「具体场所」"},
			{[]string{"place", "青溪乡 青溪上村"}, "没有「青溪上村」，最接近的是青溪乡上村"},
			{[]string{"place", ""}, "请选地点"},
			{[]string{"unit", "u02"}, "不归你填"},
			{[]string{"unit", "u99"}, "没有这个单位"},
			{[]string{"kind", "dance"}, "没有「dance」这个培训类型"},
			{[]string{"sessions.0.day", "2026-09-20", "sessions.0.attendances", "30"}, "不在开始和结束之间"},
			{[]string{"sessions.0.day", "2026-09-15", "sessions.0.attendances", "x"}, "「x」看不懂"},
			{[]string{"sessions.0.day", "2026-09-15", "sessions.0.attendances", "30"}, "各场人次相加是 30，这里填了 58"},
			{[]string{"sessions.0.day", "", "sessions.0.topic", "嫁接"}, "第 1 场请写日期"},
		} {
			form := classForm(append(c.change, "note", "记在备注里的话")...)
			got := clerk.Post("/training/new", form)
			answers(t, got, http.StatusUnprocessableEntity, c.says, "处要改", "记在备注里的话")
		}
		if all := classes(t, w); len(all) != 0 {
			t.Errorf("%d wrong classes were kept", len(all))
		}
		// What is unusual is asked about and kept as it is.
		number := enter(t, clerk, classForm("attendances", "900"))
		answers(t, clerk.Get("/training/"+number), 200, "一般不超过 200 人次", "900")
		answers(t, clerk.Post("/training/"+number+"/withdraw", shown(headOf(t, w, number))), 200, "已撤回")
		answers(t, clerk.Post("/training/"+number+"/verify", shown(headOf(t, w, number))), http.StatusForbidden)
		answers(t, clerk.Post("/training/"+number+"/void", shown(headOf(t, w, number), "reason", "x")), 200, "已作废")
		answers(t, clerk.Get("/training/PX-2026-9999"), http.StatusNotFound)
		answers(t, clerk.Post("/training/new", url.Values{}), http.StatusUnprocessableEntity, "请写班名", "请选培训类型")
	})
}

// TestWithoutScripts: rows come and go and the kind changes by the buttons of the form; all that was typed stays.
func TestWithoutScripts(t *testing.T) {
	w := apptest.Open(t, "")
	clerk := w.Sign(apptest.Clerk)
	form := classForm("rows", "add", "sessions.0.day", "2026-09-15", "sessions.0.attendances", "30", "attendances", "约58")
	got := clerk.Post("/training/new", form)
	answers(t, got, 200, `name="sessions.1.day"`, `value="约58"`, "杨志远、王强")
	form.Set("sessions.1.day", "2026-09-16")
	form.Set("sessions.1.attendances", "28")
	form.Set("rows", "remove:0")
	got = clerk.Post("/training/new", form)
	answers(t, got, 200, `name="sessions.0.day" value="2026-09-16"`)
	leavesOut(t, got, `name="sessions.1.day"`)
	form.Set("rows", "again")
	form.Set("kind", "farm_school")
	answers(t, clerk.Post("/training/new", form), 200, "招收学员", "考试合格", "约58")
	leavesOut(t, clerk.Get("/training/new"), "考试合格")

	// With scripts the form is kept while one types, wrong or right, and is there again.
	begun := classForm("name", "魔芋种植技术", "attendances", "许多")
	answers(t, clerk.Post("/training/keep", begun), 200, "已自动保存")
	answers(t, clerk.Get("/training/new"), 200, "有一张没交的表", "魔芋种植技术")
	answers(t, clerk.Get("/training/new?form="+begun.Get("id")), 200, "魔芋种植技术", "许多", begun.Get("id"), "丢掉这张表")
	leavesOut(t, w.Sign(apptest.Second).Get("/training/new?form="+begun.Get("id")), "魔芋种植技术")
	answers(t, clerk.Post("/training/new/drop", url.Values{"id": begun["id"]}), 200, "已丢掉")
	leavesOut(t, clerk.Get("/training/new"), "魔芋种植技术")
	answers(t, clerk.Post("/training/preview", classForm("attendances", "约161")), 200, "核实后计入", "计入 2026年9月", "约 161", "青溪乡")
	answers(t, clerk.Post("/training/preview", classForm("attendances", "约58")), 200, "培训人次是估计的，记作「约 58」")
	leavesOut(t, clerk.Post("/training/preview", classForm()), "估计")
	for typed, chosen := range map[string]string{"约58": "about", "58余": "least", "58": "exact"} { // what is typed wins, and the choice follows
		if got := clerk.Post("/training/new", classForm("rows", "add", "attendances", typed)); !regexp.MustCompile(`value="` + chosen + `"[^>]* checked`).MatchString(got.Body) {
			t.Errorf("with %s the choice %s is not taken", typed, chosen)
		}
	}
	answers(t, clerk.Post("/training/preview", classForm("attendances", "-3")), 200, "先改正培训人次")
}

// TestHeldInAnotherTownship: a class held elsewhere counts there, which the form says, and stays in the list of who entered it.
func TestHeldInAnotherTownship(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk := w.Sign(apptest.Clerk)
		away := classForm("name", "核桃采收技术", "place", "河西镇")
		answers(t, clerk.Post("/training/preview", away), 200, "在河西镇办，计入河西镇")
		leavesOut(t, clerk.Post("/training/preview", classForm()), "办，计入")
		enter(t, clerk, away)
		answers(t, clerk.Get("/training"), 200, "核桃采收技术")
	})
}

// TestHoursLeftOpen: hours that nobody filled in are named, however long the class was.
func TestHoursLeftOpen(t *testing.T) {
	w := apptest.Open(t, "")
	clerk := w.Sign(apptest.Clerk)
	got := clerk.Get("/training/" + enter(t, clerk, classForm("hours", "")))
	if text := strings.Join(strings.Fields(plainText(got.Body)), " "); !strings.Contains(text, "学时 未填") {
		t.Errorf("the hours left open are not named:\n%s", text)
	}
}

// TestManyTogether: what is chosen in the list is verified or returned together, all or none.
func TestManyTogether(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer := w.Sign(apptest.Clerk), w.Sign(apptest.Officer)
		a, b := headOf(t, w, enter(t, clerk, classForm())), headOf(t, w, enter(t, clerk, classForm("name", "生猪秋季防疫", "subject", "生猪")))
		own := headOf(t, w, enter(t, officer, classForm("name", "科普专干业务培训", "subject", "科普", "unit", "office", "place", "县直")))
		ids := func(all ...flow.Head) url.Values {
			v := url.Values{}
			for _, h := range all {
				v.Add("id", desk.PickValue(h))
			}
			return v
		}
		got := officer.Post("/training/batch/verify?subject=x", ids(a, own))
		answers(t, got, http.StatusForbidden, "填报人不能自己核实", own.Short(), "选中的 2 期都没有动")
		if counted(t, w, "training.sessions") != "0" {
			t.Error("some were verified though one could not be")
		}
		answers(t, officer.Post("/training/batch/verify", url.Values{}), http.StatusUnprocessableEntity, "一条也没有选中")
		answers(t, clerk.Post("/training/batch/verify", ids(a)), http.StatusForbidden)
		answers(t, officer.Post("/training/batch/return", ids(b)), 200, "退回 1 期", "要改什么", "生猪秋季防疫")
		again := ids(b)
		again.Set("remark", "缺签到册")
		answers(t, officer.Post("/training/batch/return", again), 200, "已退回 1 期")
		answers(t, clerk.Get("/training/"+b.Number), 200, "缺签到册")
		answers(t, officer.Post("/training/batch/verify", ids(a, b)), http.StatusConflict, "等填报人改好再交", b.Short())
		answers(t, officer.Post("/training/batch/verify?sort=-day", ids(a)), 200, "已核实 1 期", "批量核实"[:0])
		if counted(t, w, "training.sessions") != "1" {
			t.Error("the chosen class does not count")
		}
	})
}

func itoa(n int) string { return strconv.Itoa(n) }

func parseScope(ctx context.Context, tx *db.Tx) (indicator.Scope, *org.Tree, error) {
	return indicator.ParseScope(ctx, tx, url.Values{})
}

// classes is every class there is, as the officer sees it.
func classes(t *testing.T, w *apptest.World) []register.Entry[training.Class] {
	t.Helper()
	all, err := w.App.Training.List(w.As(apptest.Officer), training.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
