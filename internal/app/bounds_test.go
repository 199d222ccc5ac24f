package app_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"shilu/internal/app/apptest"
	"shilu/internal/kit/id"
)

// Lists go home as files with who exports; the auditor has the checkpoints.
func TestListsAreExportedByWhoMayExport(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		viewer, auditor, officer := w.Sign(apptest.Viewer), w.Sign(apptest.Auditor), w.Sign(apptest.Officer)
		if _, err := w.App.Seal(w.Ctx); err != nil { // a first checkpoint to list
			t.Fatal(err)
		}
		for _, path := range []string{"/reports", "/ledger"} {
			answers(t, viewer.Get(path), http.StatusOK)
			answers(t, viewer.Get(path+"?as=xlsx"), http.StatusForbidden, "不能导出")
			answers(t, officer.Get(path+"?as=csv"), http.StatusOK)
		}
		leavesOut(t, viewer.Get("/ledger"), "as=xlsx")
		answers(t, auditor.Get("/ledger?as=csv"), http.StatusOK)
		answers(t, auditor.Get("/ledger"), http.StatusOK, "as=xlsx")
	})
}

// fewer58 is the number −58 in a page; -58 within an id is none.
var fewer58 = regexp.MustCompile(`(?:[^0-9a-f]-|−)58(?:[^0-9a-f-]|$)`)

// What «核实后计入» says of a new class does not change with whose id it is sent.
func TestThePreviewTellsNothingOfAForeignRecord(t *testing.T) {
	apptest.Both(t, func(t *testing.T, w *apptest.World) {
		clerk, officer, outsider := w.Sign(apptest.Clerk), w.Sign(apptest.Officer), w.Sign(apptest.Outsider)
		number := enter(t, clerk, classForm())
		answers(t, officer.Post("/training/"+number+"/verify", shown(headOf(t, w, number))), http.StatusOK)
		foreign := headOf(t, w, number).ID
		form := classForm("unit", "u02", "place", "河西镇", "attendances", "1")
		said := map[string]string{}
		for _, one := range []string{id.New(), foreign} {
			form.Set("id", one)
			got := outsider.Post("/training/preview", form)
			answers(t, got, http.StatusOK)
			said[one] = plainText(got.Body)
			form.Set("attendances", "many") // the form comes back with its preview
			page := outsider.Post("/training/new", form)
			answers(t, page, http.StatusUnprocessableEntity)
			if less := fewer58.FindString(page.Body); less != "" {
				t.Errorf("the page tells of the foreign record: %q", less)
			}
			form.Set("attendances", "1")
		}
		for _, text := range said {
			if text == "" || text != said[foreign] {
				t.Errorf("a new id is told %q, the foreign one %q", text, said[foreign])
			}
		}
	})
}

// After a form one goes on to an address of this site only.
func TestFormsLeadNowhereElse(t *testing.T) {
	w := apptest.Open(t, "")
	clerk := w.Sign(apptest.Clerk)
	number := enter(t, clerk, classForm("act", "draft"))
	record := oneText(t, w, "SELECT id FROM record WHERE number = ?", number)
	clerk.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for i, next := range []string{`/\evil.example`, `//evil.example`, "https://evil.example/", "/\t/evil.example"} {
		got := clerk.Post("/evidence/training/"+record, url.Values{"kind": {"link"}, "link": {"https://a.b/" + itoa(i)}, "next": {next}})
		if to := got.Header.Get("Location"); to != "/training/"+number {
			t.Errorf("%q leads to %d %q", next, got.Status, to)
		}
	}
	got := clerk.Post("/evidence/training/"+record, url.Values{"kind": {"link"}, "link": {"https://a.b/last"}, "next": {"/todo"}})
	if to := got.Header.Get("Location"); to != "/todo" {
		t.Errorf("/todo leads to %d %q", got.Status, to)
	}
}

// counting counts what the server reads of a body.
type counting struct {
	io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

// A large form is not read from who may not send it.
func TestTheRightIsAskedBeforeAFormIsRead(t *testing.T) {
	w := apptest.Open(t, "")
	viewer := w.Sign(apptest.Viewer)
	const size = 64 << 20
	body := &counting{Reader: io.MultiReader(strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n"), io.LimitReader(zeros{}, size), strings.NewReader("\r\n--b--\r\n"))}
	r, err := http.NewRequestWithContext(w.Ctx, http.MethodPost, w.Server.URL+"/evidence/training/x", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	resp, err := viewer.Client().Do(r)
	if err == nil {
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("answered %d", resp.StatusCode)
		}
	}
	if body.n > size/4 {
		t.Errorf("%d of %d bytes were taken from who may not send them", body.n, size)
	}
	answers(t, viewer.Post("/evidence/training/x", url.Values{"csrf": {"x"}}), http.StatusForbidden, "你的账号不能填报")
	answers(t, w.Sign(apptest.Clerk).Post("/evidence/training/x", url.Values{"csrf": {"x"}}), http.StatusForbidden, "这张表单已经过期")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
