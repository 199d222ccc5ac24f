package web

import (
	"compress/gzip"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// held is how much of an answer waits in memory: a page fits, so that a handler that fails half-way shows its error and
// not half a page; a download is sent on.
const held = 256 << 10

// small is below what gzip gains: a packet of the network.
const small = 1400

// reply holds an answer back, compresses text and remembers the status.
type reply struct {
	http.ResponseWriter
	buf     []byte
	status  int
	gzips   bool // the reader understands gzip
	head    bool // the request is HEAD: no body is sent
	started bool // the header was sent
	zip     *gzip.Writer
}

func newReply(w http.ResponseWriter, r *http.Request) *reply {
	return &reply{ResponseWriter: w, status: http.StatusOK, head: r.Method == http.MethodHead, gzips: acceptsGzip(r.Header.Get("Accept-Encoding"))}
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3); "gzip;q=0" is a refusal.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		if strings.TrimSpace(coding) != "gzip" {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !found || err == nil && weight > 0
	}
	return false
}

// WriteHeader sets the status; it can be set anew until the first byte is sent.
func (w *reply) WriteHeader(status int) {
	if status >= 100 && status < 200 {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if !w.started {
		w.status = status
	}
}

func (w *reply) Write(b []byte) (int, error) {
	if !w.started {
		if len(w.buf)+len(b) <= held {
			w.buf = append(w.buf, b...)
			return len(b), nil
		}
		if err := w.start(false); err != nil {
			return 0, err
		}
	}
	return w.send(b)
}

func (w *reply) send(b []byte) (int, error) {
	if w.zip != nil {
		return w.zip.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// discard forgets what was not sent yet.
func (w *reply) discard() { w.buf, w.status = w.buf[:0], http.StatusOK }

var zips = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed); return z }}

// start sends the header and what was held. whole says that nothing will follow.
func (w *reply) start(whole bool) error {
	w.started = true
	h := w.Header()
	if bodyless(w.status) {
		w.ResponseWriter.WriteHeader(w.status)
		return nil
	}
	if h.Get("Content-Type") == "" && len(w.buf) > 0 {
		h.Set("Content-Type", http.DetectContentType(w.buf))
	}
	if compressible(h.Get("Content-Type")) && h.Get("Content-Encoding") == "" && h.Get("Content-Range") == "" {
		h.Add("Vary", "Accept-Encoding")
		if w.gzips && !w.head && (!whole || len(w.buf) > small) {
			h.Set("Content-Encoding", "gzip")
			h.Del("Content-Length")
			h.Del("Accept-Ranges")
			if tag := h.Get("Etag"); strings.HasPrefix(tag, `"`) {
				h.Set("Etag", "W/"+tag) // the same text, other bytes
			}
			w.zip = zips.Get().(*gzip.Writer)
			w.zip.Reset(w.ResponseWriter)
		}
	}
	if whole && w.zip == nil && !w.head {
		h.Set("Content-Length", strconv.Itoa(len(w.buf)))
	}
	w.ResponseWriter.WriteHeader(w.status)
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.send(w.buf)
	w.buf = nil
	return err
}

// FlushError sends what is held; http.ResponseController calls it.
func (w *reply) FlushError() error {
	if !w.started {
		if err := w.start(false); err != nil {
			return err
		}
	}
	if w.zip != nil {
		if err := w.zip.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection's deadlines.
func (w *reply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish ends the answer. A reader who has left is no error of ours.
func (w *reply) finish() {
	if !w.started {
		_ = w.start(true)
	}
	if w.zip != nil {
		_ = w.zip.Close()
		w.zip.Reset(nil)
		zips.Put(w.zip)
		w.zip = nil
	}
}

// bodyless reports whether an answer of the status has no body (RFC 9110, 6.4.1).
func bodyless(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified
}

// compressible reports whether gzip gains much on the type; xlsx, docx and pictures are compressed already.
func compressible(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml") ||
		kind == "application/json" || kind == "application/javascript" || kind == "application/manifest+json"
}
