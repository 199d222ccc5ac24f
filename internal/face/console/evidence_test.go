package console_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/core/evidence"
	"shilu/internal/core/flow"
	"shilu/internal/core/indicator"
	"shilu/internal/core/ledger"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/day"
	"shilu/internal/kit/db"
	"shilu/internal/work/training"
)

// held is a class of 青溪乡 that its clerk submitted and 周敏 verified.
func held(t *testing.T, w *apptest.World, name string) flow.Head {
	t.Helper()
	c := training.Class{Kind: "short", Name: name, Subject: "核桃嫁接", Unit: orgtest.Unit(t, w.Tree, "u06").ID, Place: orgtest.Place(t, w.Tree, "06").ID,
		Start: "2026-03-04", End: "2026-03-05", Attendances: &training.Count{N: 52, Exactness: ledger.Exact}}
	e, err := w.App.Training.Create(w.As(apptest.Clerk), training.CreateInput{Body: c, Submit: true})
	if err != nil {
		t.Fatal(err)
	}
	h, err := w.App.Training.Verify(w.As(apptest.Officer), e.ID, e.Version, "")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// unproved is how much of the year's 人次 lacks a needed paper.
func unproved(t *testing.T, w *apptest.World) string {
	t.Helper()
	ctx := w.As(apptest.Officer)
	var f indicator.Figure
	if err := w.App.DB.View(ctx, func(tx *db.Tx) (err error) {
		all, err := w.App.Indicators.Values(ctx, tx, indicator.Scope{Period: day.Year(2026)}, "training.short_attendees")
		if err == nil {
			f = all[0]
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if f.Unproved == nil {
		return "0"
	}
	return f.Unproved.RatString()
}

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// papersOf are the papers that a record has now, by what they are.
func papersOf(t *testing.T, w *apptest.World, h flow.Head) (all []evidence.Paper) {
	t.Helper()
	if err := w.App.DB.View(w.Ctx, func(tx *db.Tx) error {
		papers, err := evidence.Of(w.Ctx, tx, h.Ref())
		for _, p := range papers {
			if p.Removed == 0 {
				all = append(all, p)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPapers(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		h := held(t, w, "核桃嫁接培训班")
		if got := unproved(t, w); got != "52" {
			t.Fatalf("without papers %s is unproved", got)
		}
		at := "/evidence/training/" + h.ID
		li, zhao := w.Sign(apptest.Clerk), w.Sign(apptest.Outsider)
		says(t, li.Get(at+"/new"), "添加佐证", "签到册（应有，还没有）", "通知文件（有就传）", "还缺签到册或花名册", "照片从不要求")

		says(t, li.Upload(at, url.Values{"kind": {"sign_in"}}, "file", "签到册.jpg", []byte("<!doctype html><script>alert(1)</script>")), "没有添加", "「签到册.jpg」不是图片")
		says(t, li.Upload(at, url.Values{"kind": {"link"}, "link": {"javascript:alert(1)"}}, "file", "", nil), "打不开")
		again := li.Post(at, url.Values{"kind": {"notice"}, "note": {"两页"}})
		says(t, again, "请选一个文件")
		if !strings.Contains(again.Body, `value="两页"`) || !strings.Contains(again.Body, `<option value="notice" selected>`) {
			t.Error("what was typed is lost")
		}
		if got := papersOf(t, w, h); len(got) != 0 {
			t.Fatalf("refused papers are there: %v", got)
		}

		got := li.Upload(at, url.Values{"kind": {"sign_in"}, "note": {"2 页，56 人"}}, "file", "签到册.png", picture(t, 640, 480))
		papers := papersOf(t, w, h)
		if len(papers) != 1 || papers[0].Kind != evidence.SignIn || papers[0].File.Width != 640 || papers[0].Note != "2 页，56 人" {
			t.Fatalf("after the upload (%d at %s): %+v", got.Status, got.Path, papers)
		}
		if got.Path != "/training/"+h.Number {
			t.Errorf("it leads to %s", got.Path)
		}
		if got := unproved(t, w); got != "0" {
			t.Errorf("with its sign-in sheet %s is unproved", got)
		}
		says(t, li.Upload(at, url.Values{"kind": {"sign_in"}}, "file", "签到册.png", picture(t, 640, 480)), "已经是这条记录的签到册了")

		// The file, and who gets it.
		paper := "/evidence/" + papers[0].ID
		full := li.Get(paper)
		if full.Status != http.StatusOK || full.Body != string(picture(t, 640, 480)) {
			t.Errorf("the file: %d, %d bytes", full.Status, len(full.Body))
		}
		if d := full.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "inline") {
			t.Errorf("a picture is sent as %s", d)
		}
		small := li.Get(paper + "/small")
		if c, _, err := image.DecodeConfig(strings.NewReader(small.Body)); err != nil || c.Width != 320 || c.Height != 240 {
			t.Errorf("the preview: %d, %v, %v", small.Status, c, err)
		}
		for _, path := range []string{paper, paper + "/small", at + "/new"} {
			if got := zhao.Get(path); got.Status != http.StatusNotFound {
				t.Errorf("赵永康 gets %d for %s", got.Status, path)
			}
		}
		if got := zhao.Upload(at, url.Values{"kind": {"notice"}}, "file", "通知.png", picture(t, 10, 10)); got.Status != http.StatusNotFound {
			t.Errorf("赵永康 adds a paper: %d", got.Status)
		}
		if got := zhao.Post(paper+"/remove", url.Values{"reason": {"不对"}}); got.Status != http.StatusNotFound {
			t.Errorf("赵永康 takes it off: %d", got.Status)
		}
		if got := w.Sign(apptest.Viewer).Get(at + "/new"); got.Status != http.StatusForbidden {
			t.Errorf("a viewer adds papers: %d", got.Status)
		}
		if got := li.Get("/evidence/figures/" + h.ID + "/new"); got.Status != http.StatusNotFound {
			t.Errorf("a kind that there is not: %d", got.Status)
		}

		// The same file elsewhere.
		other := held(t, w, "核桃嫁接第二期")
		says(t, li.Upload("/evidence/training/"+other.ID, url.Values{"kind": {"sign_in"}, "next": {"/evidence/training/" + other.ID + "/new"}}, "file", "又是它.png", picture(t, 640, 480)),
			"添加了 1 份佐证；「又是它.png」："+h.Short()+" 也用了这份文件，请核对")

		if got := li.Post(paper+"/remove", url.Values{"reason": {"传错了"}}); got.Status != http.StatusForbidden || !strings.Contains(got.Body, "要由核实人取下") {
			t.Errorf("the clerk takes a paper off a verified record: %d", got.Status)
		}
		checker := w.Sign(apptest.Officer)
		if got := checker.Post(paper+"/remove", nil); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("taken off without a reason: %d", got.Status)
		}
		checker.Post(paper+"/remove", url.Values{"reason": {"传错了"}})
		if got := papersOf(t, w, h); len(got) != 0 {
			t.Errorf("taken off, but %v is there", got)
		}
		if got := unproved(t, w); got != "52" {
			t.Errorf("without its sign-in sheet %s is unproved", got)
		}
	})
}

// TestPaperTypes: what is no picture is saved, never shown; several files go in together or not at all.
func TestPaperTypes(t *testing.T) {
	w := apptest.Open(t, "")
	h := held(t, w, "养蜂培训班")
	at := "/evidence/training/" + h.ID
	li := w.Sign(apptest.Clerk)
	li.Get(at + "/new")
	send := func(kind string, files map[string][]byte) apptest.Answer {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		_ = m.WriteField("csrf", li.CSRF())
		_ = m.WriteField("kind", kind)
		for name, content := range files {
			part, err := m.CreateFormFile("file", name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = part.Write(content)
		}
		_ = m.Close()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Server.URL+at, &body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", m.FormDataContentType())
		return li.Send(r)
	}
	says(t, send("notice", map[string][]byte{"通知.pdf": []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"), "程序.exe": []byte("MZ\x90\x00 and so on")}), "不收「程序.exe」")
	if got := papersOf(t, w, h); len(got) != 0 {
		t.Fatalf("half of the files went in: %v", got)
	}
	send("notice", map[string][]byte{"通知.pdf": []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"), "附件.txt": []byte("名单：李文芳")})
	papers := papersOf(t, w, h)
	if len(papers) != 2 {
		t.Fatalf("papers: %v", papers)
	}
	for _, p := range papers {
		got := li.Get("/evidence/" + p.ID)
		if d := got.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || got.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s is sent as %v", p.Name, got.Header)
		}
		if got := li.Get("/evidence/" + p.ID + "/small"); got.Status != http.StatusNotFound {
			t.Errorf("a preview of %s: %d", p.Name, got.Status)
		}
	}
}

// endless is a body of as many bytes as wanted, counted as they are read.
type endless struct{ left, read int64 }

func (e *endless) Read(b []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(b)), e.left)
	e.left, e.read = e.left-n, e.read+n
	return int(n), nil
}

// TestTwoGigabytes: an upload of 2 GB is refused at once when it says so, and cut off at the limit when it does not.
func TestTwoGigabytes(t *testing.T) {
	w := apptest.Open(t, "")
	h := held(t, w, "养蜂培训班")
	li := w.Sign(apptest.Clerk)
	li.Get("/training")
	for path, limit := range map[string]int64{"/evidence/training/" + h.ID: 200 << 20, "/imports/training": 64 << 20} {
		for _, told := range []bool{true, false} {
			body := &endless{left: 2 << 30}
			head := "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n" + li.CSRF() + "\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp4\"\r\n\r\n"
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.Server.URL+path, io.MultiReader(strings.NewReader(head), body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			r.ContentLength = -1
			if told {
				r.ContentLength = int64(len(head)) + body.left
			}
			resp, err := li.Client().Do(r)
			if err != nil { // the server closed the connection while we were still writing
				if told && body.read > 32<<20 || body.read > limit+32<<20 {
					t.Errorf("%s (told: %v): %d MB were taken: %v", path, told, body.read>>20, err)
				}
				continue
			}
			said, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge || !regexp.MustCompile(`最多收 \d+ MB`).MatchString(string(said)) || body.read > limit+32<<20 {
				t.Errorf("%s (told: %v): %d after %d MB: %.300s", path, told, resp.StatusCode, body.read>>20, text(string(said)))
			}
		}
	}
	if got := papersOf(t, w, h); len(got) != 0 {
		t.Errorf("papers: %v", got)
	}
}
