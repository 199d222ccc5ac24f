package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"shilu/internal/kit/errs"
)

// policy lets a page load only what the program itself serves; no script, style or frame from elsewhere or inline.
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// secure sets the headers that every answer has. A handler may replace Cache-Control; pages hold personal information and
// must not stay on a shared computer.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY") // browsers that do not know frame-ancestors
	h.Set("Cache-Control", "no-store")
}

// The slowest line that an upload or a download is expected on, and what is added for the rest.
const (
	slowest = 32 << 10 // bytes a second: a village on 2G
	grace   = 30 * time.Second
	answer  = 5 * time.Minute // largest time to write an answer
)

// limitBody refuses a body that says it is over the limit, without reading it, and stops one that does not say.
func limitBody(w *reply, r *http.Request, limit int64) error {
	if r.ContentLength > limit {
		return errs.E(errs.TooLarge, "文件有 %s，这里最多收 %s，请分开上传", Size(r.ContentLength), Size(limit))
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if limit <= bodyLimit {
		return nil
	}
	last := time.Now().Add(grace + time.Duration(limit/slowest)*time.Second) //nolint:forbidigo // a deadline of the network
	c := http.NewResponseController(w.ResponseWriter)
	if err := errors.Join(c.SetReadDeadline(last), c.SetWriteDeadline(last.Add(answer))); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("give the upload time: %w", err)
	}
	return nil
}

// Size writes a number of bytes as people say it: 640 KB, 20 MB, 2 GB.
func Size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%d KB", n>>10)
	case n < 1<<30:
		return decimal(n, 1<<20) + " MB"
	}
	return decimal(n, 1<<30) + " GB"
}

// decimal is n in units with at most one place, rounded up so that what is over a limit also reads so.
func decimal(n, unit int64) string {
	tenths := (n*10 + unit - 1) / unit
	if tenths%10 == 0 {
		return fmt.Sprint(tenths / 10)
	}
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}
