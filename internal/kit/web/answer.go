package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Redirect leads the browser to a page with GET. htmx is told to load it whole.
func Redirect(w http.ResponseWriter, r *http.Request, where string) {
	if hx(r) {
		w.Header().Set("HX-Redirect", where)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, where, http.StatusSeeOther)
}

// LocalPath gives s when it is an address of this site without scheme and host, else "/": what a visitor hands in as the
// page to go on to must not lead away.
func LocalPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") {
		return "/"
	}
	return s
}

// JSON answers with v.
func JSON(w http.ResponseWriter, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(append(text, '\n'))
	return err
}

// types are the kinds of files that the program hands out; a table of our own because the system's differs by machine.
var types = map[string]string{
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".pdf":  "application/pdf", ".zip": "application/zip", ".csv": "text/csv; charset=utf-8", ".json": "application/json",
	".txt": "text/plain; charset=utf-8", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
}

// Download says that the answer is a file to save under the name, which may be Chinese (RFC 6266, RFC 8187), and its type by
// the name's ending. A page of somebody's upload never opens in the browser this way.
func Download(w http.ResponseWriter, name string) {
	h := w.Header()
	h.Set("Content-Disposition", Disposition("attachment", name))
	kind := types[strings.ToLower(filepath.Ext(name))]
	if kind == "" {
		kind = "application/octet-stream"
	}
	h.Set("Content-Type", kind)
}

// Disposition is the header that gives a file its name, which may be Chinese, beside one in ASCII for old readers; how is attachment or
// inline.
func Disposition(how, name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_' // not possible in names on Windows
		}
		return r
	}, name)
	ascii := strings.Map(func(r rune) rune {
		if r > 0x7e || r == '%' {
			return '_'
		}
		return r
	}, name)
	if strings.Trim(strings.TrimSuffix(ascii, filepath.Ext(ascii)), "_ ") == "" {
		ascii = "shilu" + filepath.Ext(ascii)
	}
	return how + `; filename="` + ascii + `"; filename*=UTF-8''` + extValue(name)
}

// Send answers with a file to save under the name, which write makes: a list as xlsx or csv. It is sent on as it is made; an
// error in the first 256 KB still becomes a page, a later one cuts the connection, so that half a file is not taken for whole.
func Send(w http.ResponseWriter, name string, write func(io.Writer) error) error {
	Download(w, name)
	return write(w)
}

// Plain makes a Handler of one that answers its errors itself, as those of the standard library do.
func Plain(h http.Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}
}

// extValue escapes all but attr-char of RFC 8187.
func extValue(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// SetCookie keeps a value in the browser: out of reach of scripts, sent by this site only, over TLS only if there is TLS.
// age 0 lasts as long as the browser is open; below 0 takes the cookie away.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value string, age time.Duration) {
	c := &http.Cookie{Name: cookieName(r, name), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: OverTLS(r)}
	if age != 0 {
		c.MaxAge = int(age / time.Second)
	}
	http.SetCookie(w, c)
}

// Cookie reads what SetCookie kept; "" when there is none.
func Cookie(r *http.Request, name string) string {
	c, err := r.Cookie(cookieName(r, name))
	if err != nil {
		return ""
	}
	return c.Value
}

// cookieName binds the cookie to this very host where the browser allows it, so that a neighbour under the same domain
// cannot set it.
func cookieName(r *http.Request, name string) string {
	if OverTLS(r) {
		return "__Host-" + name
	}
	return name
}

// OverTLS reports whether the browser's way here is private: by TLS, or because a proxy of Options.Proxies says so.
func OverTLS(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	at, err := remote(r)
	return err == nil && believed(r, at) && r.Header.Get("X-Forwarded-Proto") == "https"
}

// remote is the network address at the other end of the connection.
func remote(r *http.Request) (netip.Addr, error) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	at, err := netip.ParseAddr(host)
	return at.Unmap(), err
}

// Address is the network address of who asks. What X-Forwarded-For says is believed as far as it was written by one of
// Options.Proxies: anybody can send the header.
func Address(r *http.Request) string {
	at, err := remote(r)
	if err != nil {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && believed(r, at); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop.Unmap()
	}
	return at.WithZone("").String()
}

func believed(r *http.Request, at netip.Addr) bool {
	e, ok := r.Context().Value(exchangeKey{}).(*exchange)
	return ok && slices.ContainsFunc(e.proxies, func(p netip.Prefix) bool { return p.Contains(at) })
}
