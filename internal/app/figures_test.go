package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/log"
	"shilu/internal/core/org"
	"shilu/internal/kit/db"
	"shilu/internal/kit/xlsx"
)

// shows fails unless the page has all the texts.
func shows(t testing.TB, a apptest.Answer, texts ...string) {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Errorf("%s answers %d: %s", a.Path, a.Status, plain(a.Body))
		return
	}
	body := plain(a.Body)
	for _, text := range texts {
		if !holds(body, text) {
			t.Errorf("%s does not show %q:\n%s", a.Path, text, body)
		}
	}
}

// hides fails when the page has any of the texts.
func hides(t testing.TB, a apptest.Answer, texts ...string) {
	t.Helper()
	if a.Status == http.StatusNotFound || a.Status >= http.StatusInternalServerError {
		t.Errorf("%s answers %d", a.Path, a.Status) // such a page hides all
	}
	for _, text := range texts {
		if holds(plain(a.Body), text) {
			t.Errorf("%s shows %q", a.Path, text)
		}
	}
}

// plain is the text of a page as a reader sees it, with one blank between words.
func plain(body string) string {
	if at := strings.Index(body, "<main"); at >= 0 {
		body = body[at:]
		if end := strings.Index(body, "</main>"); end >= 0 {
			body = body[:end]
		}
	}
	var b strings.Builder
	in := false
	for _, r := range body {
		switch {
		case r == '<':
			in = true
			b.WriteByte(' ')
		case r == '>':
			in = false
		case !in:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(b.String())), " ")
}

// sheet reads a sheet of a downloaded workbook as texts.
func sheet(t testing.TB, a apptest.Answer, name string) (rows [][]string) {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("%s answers %d: %s", a.Path, a.Status, plain(a.Body))
	}
	book, err := xlsx.Read(strings.NewReader(a.Body), int64(len(a.Body)), "export", xlsx.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	s := book.Sheet(name)
	if s == nil {
		t.Fatalf("no sheet %q", name)
	}
	if err := s.Rows(func(r xlsx.Row) error {
		cells := make([]string, len(r.Cells))
		for i, c := range r.Cells {
			cells[i] = c.Text
		}
		rows = append(rows, cells)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTracesOfTheYearsWorkbook(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		imported(t, w)
		officer := w.Sign(apptest.Officer)
		trace := func(code, more string) apptest.Answer { return officer.Get("/figures/" + code + "?period=2024" + more) }
		for code, value := range map[string]string{
			"training.short_classes": "28 期", "training.short_attendees": "5,050 人次", "training.short_subjects": "9 个", "training.farm_school_classes": "16 期",
			"training.farm_school_subjects": "14 个", "training.farm_school_students": "490 人", "training.farm_school_pass_rate": "97.96%", "training.sessions": "44",
		} {
			shows(t, trace(code, ""), value, "刚刚重算", "签名有效")
		}
		shows(t, trace("training.short_attendees", ""), "10 项相加 = 5,050，其中 161 是估计的，占 3.2%，合计不写「约」", "28 条 业务记录 1 件 佐证", "其中 161 人次是估计的：PX-2024-0012 约 161", "「短期培训」第 16 行", "28 条全部在账内",
			"河西镇 约 496", "用在", "报告「工作总结」", "全部 28 条")
		if strings.Contains(trace("training.short_attendees", "").Body, `href="/reports">报告「`) {
			t.Error("where no report uses the figure yet there is a link to none")
		}
		shows(t, trace("training.short_attendees", "&by=month"), "月份", "相加 = 5,050", "6月")
		shows(t, trace("training.short_attendees", "&by=unit"), "相加 = 5,050")
		shows(t, trace("training.short_attendees", "&by=tag:subject"), "9 项相加 = 5,050", "核桃嫁接")
		shows(t, trace("training.short_subjects", ""), "不能相加", "数到的 科学养鸡及预防、科学养猪及饲料配方、核桃嫁接")
		all := trace("training.short_attendees", "&all=1")
		shows(t, all, "PX-2024-0001", "PX-2024-0028", "按日期，新的在前")
		if officer.Get("/figures/training.short_attendees?period=2024&by=weather").Status != http.StatusUnprocessableEntity {
			t.Error("an unknown breakdown is not refused")
		}
		if officer.Get("/figures/training.nothing").Status != http.StatusNotFound {
			t.Error("an unknown indicator is not refused")
		}

		// A ratio leads to its parts, each with a trace of its own that adds up to the figure printed.
		rate := trace("training.farm_school_pass_rate", "")
		shows(t, rate, "480 人 考试合格", "490 人 参加考试", "比率不能相加")
		if !strings.Contains(rate.Body, "/figures/training.passed?period=2024&amp;tag=kind%3Afarm_school") {
			t.Error("the numerator has no trace")
		}
		shows(t, officer.Get("/figures/training.passed?period=2024&tag=kind:farm_school"), "考试合格", "480 人", "相加 = 480")

		shows(t, trace("training.class_sessions", ""), "没有数", "44 个班没有填场次")
		shows(t, trace("org.village_assocs", ""), "没有数", "对应的业务还没有启用")

		facts := sheet(t, officer.Get("/figures/training.short_attendees/export?period=2024"), "账目")
		if len(facts) != 29 || facts[0][0] != "账目编号" {
			t.Fatalf("the workbook has %d rows of facts, head %v", len(facts), facts[0])
		}
		found := false
		for _, f := range facts[1:] {
			if f[2] == "PX-2024-0012" {
				found = true
				if f[5] != "161" || f[7] != "约" || f[16] != "000-records.xlsx" || f[17] != "短期培训" || f[18] != "16" || len(f[0]) != 36 || f[1] == "" {
					t.Errorf("row 12 in the workbook: %v", f)
				}
			}
		}
		if parts := sheet(t, officer.Get("/figures/training.short_attendees/export?period=2024"), "构成"); !found || len(parts) != 12 {
			t.Errorf("row 12 in the workbook: %v; parts: %v", found, parts)
		}
	})
}

func TestProofsOfAFigureHoldOutside(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		imported(t, w)
		officer := w.Sign(apptest.Officer)
		got := officer.Get("/figures/training.short_attendees/proof?period=2024")
		var file struct {
			Value      string
			PublicKeys []string `json:"public_keys"`
			Facts      []log.Inclusion
		}
		if err := json.Unmarshal([]byte(got.Body), &file); err != nil || len(file.Facts) != 28 || file.Value != "5,050人次" {
			t.Fatalf("%v, %d proofs of %q", err, len(file.Facts), file.Value)
		}
		for _, f := range file.Facts {
			if err := f.Check(w.Ctx, file.PublicKeys...); err != nil {
				t.Errorf("proof of %d: %v", f.Seq, err)
			}
		}
		forged := file.Facts[0]
		forged.Leaf = json.RawMessage(strings.Replace(string(forged.Leaf), `"amount":`, `"amount":1`, 1))
		if forged.Check(w.Ctx, file.PublicKeys...) == nil {
			t.Error("a forged amount is proved")
		}
		var leaf struct{ ID string }
		if err := json.Unmarshal(file.Facts[3].Leaf, &leaf); err != nil {
			t.Fatal(err)
		}
		one := officer.Get("/figures/training.short_attendees/proof?period=2024&fact=" + leaf.ID)
		if err := json.Unmarshal([]byte(one.Body), &file); err != nil || len(file.Facts) != 1 || file.Facts[0].Check(w.Ctx, file.PublicKeys...) != nil {
			t.Errorf("the proof of one fact: %v, %d", err, len(file.Facts))
		}
		if outside := w.Sign(apptest.Outsider).Get("/figures/training.short_attendees/proof?period=2024&fact=" + leaf.ID); outside.Status != http.StatusNotFound && outside.Status != http.StatusForbidden && strings.Contains(outside.Body, leaf.ID) {
			t.Errorf("an outsider gets the proof: %d", outside.Status)
		}
	})
}

// TestOwnScope: without a scope in the address the pages of who does not see the whole county open on his own unit.
func TestOwnScope(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
			farm, err := org.AddUnit(w.Ctx, tx, org.Unit{Code: "m01", Name: "县农业农村局", Kind: org.KindMember})
			if err != nil {
				return err
			}
			_, err = access.CreateAccount(w.Ctx, tx, access.NewAccount{Login: "nongye", Name: "钱农", Unit: farm.ID, Grants: []access.Grant{{Role: access.Liaison, Unit: farm.ID}}}, access.NewSecret(w.Ctx, ""))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		const figure = "/figures/training.short_classes"
		for login, words := range map[string]string{apptest.Officer: "全县 · ", apptest.Viewer: "全县 · ", apptest.Liaison: "龙泉乡科协 · ", "nongye": "县农业农村局 · "} {
			shows(t, w.Sign(login).Get(figure), words)
		}
		member := w.Sign("nongye")
		shows(t, member.Get(figure+"?period=2025"), "县农业农村局 · 2025年")
		if got := member.Get(figure + "?place=01"); got.Status != http.StatusForbidden || !strings.Contains(got.Body, "看县农业农村局的") {
			t.Errorf("another's figure: %d %s", got.Status, plain(got.Body))
		}
		bar := member.Get(figure).Body
		if strings.Contains(bar, ">全县<") || strings.Contains(bar, "place=01") || strings.Contains(bar, "unit=u06") {
			t.Error("the scope bar offers what would be refused")
		}
	})
}

func TestTraceOfAYearAtWork(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		thisYear(t, w)
		officer := w.Sign(apptest.Officer)
		trace := officer.Get("/figures/training.short_attendees")
		shows(t, trace, "约 216 人次", "另有 1 条待核实，58 人次，未计入", "其中 50 人次是估计的：PX-0002 约 50", "其中 216 人次缺佐证", "账目，含更正 1 处",
			"更正前：蜜蜂养殖", "更正：重复签名 2 人", "−38", "更正后：蜜蜂养殖", "没有计入的", "待核实 58 人次", "已退回，等填报人改好 66 人次", "还是草稿，没有提交 40 人次", "缺花名册或签到册", "2 项相加 = 约 216")
		if !strings.Contains(trace.Body, `class="seal seal-outline seal-big"`) || strings.Contains(trace.Body, "seal-full seal-big") {
			t.Error("the seal is not outlined while a class waits")
		}
		// A list says of its sum what the figure says, also where no figure says the same sum.
		shows(t, officer.Get("/training?kind=short"), "约 216 人次")
		shows(t, officer.Get("/training?q=PX-0002"), "约 50 人次")
		shows(t, officer.Get("/training?q=蜜蜂养殖"), "已核实 1 期， 36 人次")
		for _, href := range []string{"state=submitted", "state=returned", "state=draft"} {
			if !strings.Contains(trace.Body, "/training?kind=short&amp;period=2026-01-01..2026-09-18&amp;"+href) {
				t.Errorf("no way to the records with %s", href)
			}
		}

		// A clerk's pages open on his own unit; the county is refused kindly.
		outsider := w.Sign(apptest.Outsider)
		shows(t, outsider.Get("/figures/training.short_attendees"), "河西镇科协 · 2026年1月1日—9月18日", "74 人次")
		hides(t, outsider.Get("/figures/training.short_attendees"), "青溪", "216")
		for _, scope := range []string{"?place=yunling", "?place=06", "?unit=u06", "?unit=office"} {
			got := outsider.Get("/figures/training.short_attendees" + scope)
			if scope == "?place=yunling" {
				root := w.Tree.Root().Code
				got = outsider.Get("/figures/training.short_attendees?place=" + root)
			}
			if got.Status != http.StatusForbidden || !strings.Contains(got.Body, "无权查看") || !strings.Contains(got.Body, "看河西镇科协的") {
				t.Errorf("%s: %d %s", scope, got.Status, plain(got.Body))
			}
			hides(t, got, "216", "142")
			if export := outsider.Get("/figures/training.short_attendees/export" + scope); scope != "?place=yunling" && export.Status != http.StatusForbidden {
				t.Errorf("the outsider exports %s: %d", scope, export.Status)
			}
		}
		shows(t, w.Sign(apptest.Clerk).Get("/figures/training.short_attendees"), "青溪乡科协 · ", "约 142 人次")
		if got := w.Sign(apptest.Admin).Get("/figures/training.short_attendees"); got.Status != http.StatusForbidden {
			t.Errorf("a keeper opens a figure: %d", got.Status)
		}

		// In the drawer only the trace is sent.
		r, err := http.NewRequestWithContext(w.Ctx, http.MethodGet, w.Server.URL+"/figures/training.short_attendees", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Target", "drawer-body")
		if part := officer.Send(r); part.Status != http.StatusOK || strings.Contains(part.Body, "<html") || !strings.Contains(part.Body, "约 216") {
			t.Errorf("the drawer gets %d: %.200s", part.Status, part.Body)
		}
	})
}
