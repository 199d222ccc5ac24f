package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"shilu/internal/app/apptest"
	"shilu/internal/core/access"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
)

// program is a program that has somebody's token.
type program struct {
	*apptest.World
	token, language string
}

func programOf(w *apptest.World, login string) program {
	w.Sign(login) // with a password of one's own
	return program{w, tokenOf(w, login, true), ""}
}

// said is what a program was answered.
type said struct {
	status int
	header http.Header
	text   string
}

// ask sends a request; headers stand in pairs.
func (p program) ask(method, path, body string, headers ...string) said {
	p.Helper()
	r, err := http.NewRequestWithContext(p.Ctx, method, p.Server.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.language != "" {
		r.Header.Set("Accept-Language", p.language)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		p.Error(err)
		return said{}
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.Error(err)
	}
	return said{answer.StatusCode, answer.Header, string(text)}
}

// has fails unless the answer has the status and says all the words.
func (s said) has(t testing.TB, status int, words ...string) said {
	t.Helper()
	if s.status != status {
		t.Errorf("status %d, want %d: %s", s.status, status, s.text)
	}
	for _, w := range words {
		if !strings.Contains(s.text, w) {
			t.Errorf("does not say %q: %s", w, s.text)
		}
	}
	return s
}

// get is a field of a JSON answer, by its path: "items.0.number".
func (s said) get(t testing.TB, path string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s.text), &v); err != nil {
		t.Fatalf("%v: %s", err, s.text)
	}
	for _, part := range strings.Split(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(at) {
				return nil
			}
			v = at[i]
		}
	}
	return v
}

func (s said) field(t testing.TB, path string) string {
	t.Helper()
	v, _ := s.get(t, path).(string)
	return v
}

// count is how many items a list has.
func (s said) count(t testing.TB) int {
	t.Helper()
	all, _ := s.get(t, "items").([]any)
	return len(all)
}

// classJSON is a class in 青溪乡 as a program of the clerk sends it.
func classJSON(w *apptest.World, name string, change ...string) string {
	unit := orgtest.Unit(w, w.Tree, "u06")
	body := map[string]any{"kind": "short", "name": name, "subject": "核桃", "unit": unit.ID, "place": unit.Place, "start": "2026-09-15", "end": "2026-09-16",
		"minutes": 360, "attendances": map[string]any{"n": 58}, "teachers": []string{"杨志远"}}
	for i := 0; i+1 < len(change); i += 2 {
		body[change[i]] = change[i+1]
	}
	text, err := json.Marshal(body)
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}

const classesAt = "/records/training"

// TestAProgramEntersAndAnotherVerifies: a clerk's program enters, an officer's verifies, an outsider's sees nothing; nobody's verifies
// what its person wrote.
func TestAProgramEntersAndAnotherVerifies(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer, outsider, viewer := programOf(w, apptest.Clerk), programOf(w, apptest.Officer), programOf(w, apptest.Outsider), programOf(w, apptest.Viewer)
		clerk.ask("GET", "/me", "").has(t, 200, "李文芳", "填报人", "2026-09-18")
		clerk.ask("GET", "/registers", "").has(t, 200, `"training"`, "培训班", "/api/v1/records/facility")

		made := clerk.ask("POST", classesAt, `{"body":`+classJSON(w, "核桃高接换优技术培训班")+`,"submit":true}`).has(t, 201, `"state":"submitted"`, `"version":1`)
		number := made.field(t, "number")
		at := classesAt + "/" + number
		if made.header.Get("ETag") != `"1"` || made.header.Get("Location") != "/api/v1"+at {
			t.Errorf("%v", made.header)
		}
		if got := clerk.ask("GET", at, ""); got.text != made.text || got.header.Get("ETag") != `"1"` {
			t.Errorf("read again it is\n%s\n%s", got.text, made.text)
		}
		viewer.ask("GET", at, "").has(t, 200, number)
		viewer.ask("POST", at+"/verify", "", "If-Match", `"1"`).has(t, 403, "只能读")
		outsider.ask("GET", at, "").has(t, 404, "urn:shilu:error:not_found")
		outsider.ask("POST", at+"/withdraw", "", "If-Match", `"1"`).has(t, 404)
		outsider.ask("PUT", at, `{"body":`+classJSON(w, "别人的")+`}`, "If-Match", `"1"`).has(t, 404)
		outsider.ask("GET", at+"/history", "").has(t, 404)
		if n := outsider.ask("GET", classesAt, "").has(t, 200).count(t); n != 0 {
			t.Errorf("an outsider sees %d classes", n)
		}
		outsider.ask("POST", classesAt, `{"body":`+classJSON(w, "别人的")+`}`).has(t, 403)
		clerk.ask("POST", at+"/verify", "", "If-Match", `"1"`).has(t, 403, "你的账号不能核实")

		officer.ask("POST", at+"/verify", "").has(t, 428, "If-Match")
		officer.ask("POST", at+"/return", "", "If-Match", `"1"`).has(t, 422, `"pointer":"#/reason"`)
		officer.ask("POST", at+"/return", `{"reason":"签到册漏计"}`, "If-Match", `"1"`).has(t, 200, `"returned"`, "签到册漏计")
		saved := clerk.ask("PUT", at, `{"body":`+classJSON(w, "核桃高接换优技术培训班（补）")+`,"submit":true}`, "If-Match", `"1"`).has(t, 200, "（补）", `"version":2`, `"submitted"`)
		if saved.header.Get("ETag") != `"2"` {
			t.Errorf("%v", saved.header)
		}
		clerk.ask("PUT", at, `{"body":`+classJSON(w, "晚了一步")+`}`, "If-Match", `"1"`).has(t, 412, "李文芳", "改过这条记录")
		clerk.ask("PUT", at, `{"body":`+classJSON(w, "没说哪一版")+`}`).has(t, 428)
		clerk.ask("PUT", at, `{"body":`+classJSON(w, "等着核实呢")+`}`, "If-Match", `"2"`).has(t, 409, "正等待核实", "最后办理", `"pointer":"#/body"`)
		officer.ask("POST", at+"/verify", "", "If-Match", `"2"`).has(t, 200, `"verified"`)
		if got := counted(t, w, "training.attendees"); got != "58" {
			t.Errorf("the figure is %s", got)
		}
		officer.ask("GET", at+"/history", "").has(t, 200, "核实", "周敏", "签到册漏计")

		// a revision says why, and voiding, too
		clerk.ask("PUT", at, `{"body":`+classJSON(w, "改名")+`}`, "If-Match", `"2"`).has(t, 422, `"pointer":"#/reason"`)
		clerk.ask("PUT", at, `{"body":`+classJSON(w, "改名")+`,"reason":"班名写错"}`, "If-Match", `"2"`).has(t, 200, `"revision":"draft"`, `"standing"`)
		clerk.ask("POST", at+"/withdraw", "", "If-Match", `"3"`).has(t, 200, `"state":"verified"`)
		officer.ask("POST", at+"/void", `{"reason":"重复填报"}`, "If-Match", `"3"`).has(t, 200, `"voided"`)

		draft := clerk.ask("POST", classesAt, `{"body":`+classJSON(w, "草稿")+`}`).has(t, 201, `"draft"`)
		clerk.ask("DELETE", classesAt+"/"+draft.field(t, "number"), "", "If-Match", `"1"`).has(t, 204)
		clerk.ask("GET", classesAt+"/"+draft.field(t, "number"), "").has(t, 404)
	})
}

// TestTheSameRequestHappensOnce: twenty at once with one key make one record, and all are told of it.
func TestTheSameRequestHappensOnce(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, other := programOf(w, apptest.Clerk), programOf(w, apptest.Officer)
		body := `{"body":` + classJSON(w, "果树修剪培训班") + `}`
		var wg sync.WaitGroup
		answers := make([]said, 20)
		for i := range answers {
			wg.Go(func() { answers[i] = clerk.ask("POST", classesAt, body, "Idempotency-Key", "a-1") })
		}
		wg.Wait()
		again := 0
		for _, a := range answers {
			if a.has(t, 201).text != answers[0].text {
				t.Errorf("told two things:\n%s\n%s", a.text, answers[0].text)
			}
			if a.header.Get("Idempotency-Replayed") != "" {
				again++
			}
		}
		if n := clerk.ask("GET", classesAt, "").count(t); n != 1 || again != 19 {
			t.Errorf("%d records, %d answers again", n, again)
		}
		at := classesAt + "/" + answers[0].field(t, "number")
		clerk.ask("POST", classesAt, `{"body":`+classJSON(w, "另一个")+`}`, "Idempotency-Key", "a-1").has(t, 422, "另一个请求")
		clerk.ask("POST", at+"/submit", "", "Idempotency-Key", "a-1", "If-Match", `"1"`).has(t, 422, "另一个请求")
		other.ask("POST", classesAt, body, "Idempotency-Key", "a-1").has(t, 201) // keys are each one's own
		first := clerk.ask("POST", at+"/submit", "", "Idempotency-Key", "a-2", "If-Match", `"1"`).has(t, 200, `"submitted"`)
		if second := clerk.ask("POST", at+"/submit", "", "Idempotency-Key", "a-2", "If-Match", `"1"`).has(t, 200); second.text != first.text {
			t.Errorf("%s\n%s", second.text, first.text)
		}
		// what failed is not kept: the key is free when the body was put right
		clerk.ask("POST", classesAt, `{"body":`+classJSON(w, "")+`}`, "Idempotency-Key", "a-3").has(t, 422, `"pointer":"#/body/name"`)
		clerk.ask("POST", classesAt, `{"body":`+classJSON(w, "写好了")+`}`, "Idempotency-Key", "a-3").has(t, 201)
		clerk.ask("POST", classesAt, body, "Idempotency-Key", strings.Repeat("x", 201)).has(t, 422)
		w.Wait(25 * time.Hour) // a day later the key is free
		clerk.ask("POST", classesAt, body, "Idempotency-Key", "a-1").has(t, 201)
	})
}

// TestPagesOfAListStandStill: rows that are added while a program turns pages neither repeat nor hide one.
func TestPagesOfAListStandStill(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk := programOf(w, apptest.Clerk)
		for i := range 12 {
			clerk.ask("POST", classesAt, `{"body":`+classJSON(w, fmt.Sprintf("第%d班", i), "start", fmt.Sprintf("2026-09-%02d", 1+i/3), "end", fmt.Sprintf("2026-09-%02d", 1+i/3))+`}`).has(t, 201)
		}
		var seen []string
		for next := ""; ; {
			page := clerk.ask("GET", classesAt+"?limit=5&cursor="+next, "").has(t, 200)
			for i := range page.count(t) {
				seen = append(seen, page.field(t, fmt.Sprintf("items.%d.title", i)))
			}
			clerk.ask("POST", classesAt, `{"body":`+classJSON(w, "插进来", "start", "2026-09-17", "end", "2026-09-17")+`}`).has(t, 201)
			if next = page.field(t, "next"); next == "" {
				break
			}
		}
		if want := "第11班 第10班 第9班 第8班 第7班 第6班 第5班 第4班 第3班 第2班 第1班 第0班"; strings.Join(seen, " ") != want {
			t.Errorf("saw %v", seen)
		}
		for query, status := range map[string]int{"limit=0": 422, "limit=201": 422, "limit=200": 200, "limit=x": 422, "cursor=x": 422, "stat=draft": 422, "state=gone": 422, "state=draft": 200,
			"place=none": 422, "unit=u06&from=2026-09-01&to=2026-09-02&q=%E7%8F%AD": 200, "from=yesterday": 422, "q=a&q=b": 422, "unproved=true": 200, "q=" + strings.Repeat("x", 300): 422} {
			clerk.ask("GET", classesAt+"?"+query, "").has(t, status)
		}
		got := clerk.ask("GET", classesAt, "", "Accept", "text/csv").has(t, 200, "第11班")
		if !strings.Contains(got.header.Get("Content-Disposition"), ".csv") {
			t.Errorf("%v", got.header)
		}
		if got := clerk.ask("GET", classesAt+"?q=%E7%AC%AC3%E7%8F%AD", "", "Accept", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet").has(t, 200); !bytes.HasPrefix([]byte(got.text), []byte("PK")) {
			t.Error("no workbook")
		}
		programOf(w, apptest.Viewer).ask("GET", classesAt, "", "Accept", "text/csv").has(t, 403, "导出")
	})
}

// TestWhatIsNotAToken: nobody gets in with a wrong token, one that is over, or one of somebody who may not sign in.
func TestWhatIsNotAToken(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		for _, token := range []string{"", "x", "shilu_", "shilu_" + strings.Repeat("x", 43), "shilu_" + strings.Repeat("x", 5000)} {
			got := program{w, token, "en"}.ask("GET", "/me", "").has(t, 401, "urn:shilu:error:sign_in")
			if got.header.Get("Content-Type") != "application/problem+json" || got.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%v", got.header)
			}
		}
		clerk := programOf(w, apptest.Clerk)
		clerk.ask("GET", "/me", "").has(t, 200)
		// a session is no token, and a token no session
		if got := w.Sign(apptest.Officer).Get("/api/v1/me"); got.Status != 401 {
			t.Errorf("a session got into the API: %d", got.Status)
		}
		r, _ := http.NewRequestWithContext(w.Ctx, http.MethodGet, w.Server.URL+"/training", nil)
		r.Header.Set("Authorization", "Bearer "+clerk.token)
		if got := w.Stranger().Send(r); got.Status != 401 {
			t.Errorf("a token got into the pages: %d", got.Status)
		}
		as := func(login string, do func(tx *db.Tx) error) {
			t.Helper()
			if err := w.App.DB.Update(w.As(login), do); err != nil {
				t.Fatal(err)
			}
		}
		clerkID := access.From(w.As(apptest.Clerk)).Account
		var tokens []access.Token
		as(apptest.Clerk, func(tx *db.Tx) (err error) {
			tokens, err = access.ListTokens(w.Ctx, tx, clerkID)
			return err
		})
		if len(tokens) != 1 || tokens[0].Used == 0 {
			t.Fatalf("%+v", tokens)
		}
		if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
			_, err := access.EndToken(w.As(apptest.Officer), tx, tokens[0].ID)
			return err
		}); err == nil {
			t.Error("somebody else ended the token")
		}
		as(apptest.Clerk, func(tx *db.Tx) error { _, err := access.EndToken(w.As(apptest.Clerk), tx, tokens[0].ID); return err })
		clerk.ask("GET", "/me", "").has(t, 401, "已经停用")

		old := programOf(w, apptest.Clerk)
		w.Wait(31 * 24 * time.Hour)
		old.ask("GET", "/me", "").has(t, 401, "已经到期")
		reset := programOf(w, apptest.Clerk)
		reset.ask("GET", "/me", "").has(t, 200)
		as(apptest.Admin, func(tx *db.Tx) error {
			_, err := access.ResetPassword(w.As(apptest.Admin), tx, clerkID, access.NewSecret(w.As(apptest.Admin), ""))
			return err
		})
		reset.ask("GET", "/me", "").has(t, 401, "已经停用")
		closed := programOf(w, apptest.Outsider)
		as(apptest.Admin, func(tx *db.Tx) error {
			return access.CloseAccount(w.As(apptest.Admin), tx, access.From(w.As(apptest.Outsider)).Account, "调走")
		})
		closed.ask("GET", "/me", "").has(t, 401, "停用")
		for range 30 {
			program{w, "shilu_wrong", ""}.ask("GET", "/me", "")
		}
		program{w, "shilu_wrong", ""}.ask("GET", "/me", "").has(t, 429, "次数太多")
		programOf(w, apptest.Second).ask("GET", "/me", "").has(t, 200) // at the same address
	})
}

// TestABodyIsReadStrictly: what a register does not have is refused by name, in the caller's language.
func TestABodyIsReadStrictly(t *testing.T) {
	w := apptest.Open(t, "")
	clerk := programOf(w, apptest.Clerk)
	good := classJSON(w, "好的")
	for _, c := range []struct {
		body   string
		status int
		words  []string
	}{
		{`{"body":` + good + `,"sumbit":true}`, 422, []string{`"pointer":"#/sumbit"`, "没有「sumbit」这一项"}},
		{`{"body":` + strings.Replace(good, `"name"`, `"nam"`, 1) + `}`, 422, []string{`"pointer":"#/body/nam"`}},
		{`{"body":` + strings.Replace(good, `"minutes":360`, `"minutes":"360"`, 1) + `}`, 422, []string{`"pointer":"#/body/minutes"`, "要写成整数"}},
		{`{"body":` + strings.Replace(good, `"minutes":360`, `"minutes":1.5`, 1) + `}`, 422, []string{"要写成整数"}},
		{`{"body":` + strings.Replace(good, `"n":58`, `"n":58,"n":59`, 1) + `}`, 422, []string{`"pointer":"#/body/attendances/n"`, "写了两次"}},
		{`{"body":` + good + `}{}`, 422, []string{"JSON 后面"}},
		{`{"body":` + good, 422, []string{"不是完整的 JSON"}},
		{`[]`, 422, []string{"要写成一个对象"}},
		{``, 422, []string{`"pointer":"#/body"`}},
		{`{"body":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, 422, []string{"一层套一层"}},
		{`{"body":` + strings.Replace(good, `58`, `99999999999999999999`, 1) + `}`, 422, nil},
		{`{"body":` + strings.Replace(good, `58`, `-3`, 1) + `}`, 422, []string{"负数"}},
		{`{"body":` + strings.Replace(good, "好的", `a\u0000b`, 1) + `}`, 422, []string{`"pointer":"#/body/name"`, "看不懂的字符"}},
		{`{"body":` + strings.Replace(good, "好的", strings.Repeat("长", 5001), 1) + `}`, 422, []string{"最多 5000 个"}},
		{`{"body":` + strings.Replace(good, "好的", "\xff", 1) + `}`, 422, []string{"UTF-8"}},
		{`{"body":"` + strings.Repeat("x", 3<<20) + `"}`, 413, nil},
	} {
		clerk.ask("POST", classesAt, c.body).has(t, c.status, append(c.words, `"type":"urn:shilu:error:`, `"instance":"urn:shilu:request:`)...)
	}
	clerk.ask("GET", classesAt+"/%00", "").has(t, 404)
	clerk.ask("GET", classesAt+"?q=%00", "").has(t, 422)
	clerk.language = "en-GB,en;q=0.8"
	clerk.ask("POST", classesAt, `{"body":`+good+`,"sumbit":true}`).has(t, 422, "There is no")
	clerk.ask("GET", "/nowhere", "").has(t, 404, "not_found", "address")
	clerk.ask("POST", classesAt, "name=x", "Content-Type", "application/x-www-form-urlencoded").has(t, 415)
	if n := clerk.ask("GET", classesAt, "").count(t); n != 0 {
		t.Errorf("%d records came of bad bodies", n)
	}
}
