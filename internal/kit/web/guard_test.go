package web_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

// TestGuardThatReadsTheForm: a guard looks for the token of a form. What it read of an upload that it refuses does not stay on the
// disk, and a body over the limit is the sender's fault.
func TestGuardThatReadsTheForm(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	read := 0
	h := web.New(web.Options{
		Routes: []web.Route{{Pattern: "POST /x", Right: "write", Upload: 8 << 20, Handler: func(http.ResponseWriter, *http.Request) error { return nil }}},
		Guard: func(r *http.Request, _, _ string) (context.Context, error) {
			f, err := web.ReadForm(r)
			if err != nil {
				return r.Context(), err
			}
			read = len(f.Files("file"))
			if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
				t.Errorf("the upload is not in a file while it is used: %v, %v", files, err)
			}
			return r.Context(), errs.E(errs.Forbidden, "没有照做")
		},
	})
	send := func(size int) *httptest.ResponseRecorder {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		part, err := m.CreateFormFile("file", "a.bin")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(make([]byte, size))
		_ = m.Close()
		r := httptest.NewRequest(http.MethodPost, "/x", io.MultiReader(&body)) // no Content-Length
		r.Header.Set("Content-Type", m.FormDataContentType())
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if got := send(6 << 20); got.Code != http.StatusForbidden || read != 1 {
		t.Errorf("%d, %d files", got.Code, read)
	}
	if got := send(9 << 20); got.Code != http.StatusRequestEntityTooLarge || !strings.Contains(got.Body.String(), "最多收 8 MB") {
		t.Errorf("over the limit: %d %s", got.Code, got.Body)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
