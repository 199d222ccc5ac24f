package apptest

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"shilu/internal/core/access"
	"shilu/internal/kit/db"
)

// Browser is somebody at his desk: it keeps cookies, follows redirects and sends the token of forms.
type Browser struct {
	w      *World
	Login  string
	Chosen string // the password that he has chosen
	client *http.Client
	csrf   string
}

// Answer is what the server sent, redirects followed.
type Answer struct {
	Status int
	Path   string // where it ended, with the query
	Header http.Header
	Body   string
}

// Stranger is a browser where nobody is signed in.
func (w *World) Stranger() *Browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	return &Browser{w: w, client: &http.Client{Jar: jar}}
}

// Sign signs somebody in through the pages: a fresh one-time password first, then Password.
func (w *World) Sign(login string) *Browser {
	w.Helper()
	var once string
	secret := access.NewSecret(w.Ctx, "")
	if err := w.App.DB.Update(w.Ctx, func(tx *db.Tx) error {
		a, err := access.FindAccount(w.Ctx, tx, login)
		if err != nil {
			return err
		}
		once, err = access.ResetPassword(w.Ctx, tx, a.ID, secret)
		return err
	}); err != nil {
		w.Fatal(err)
	}
	b := w.Stranger()
	b.Login = login
	b.Post("/login", url.Values{"account": {login}, "password": {once}})
	password := fmt.Sprintf("%s-%d", Password, w.signed)
	w.signed++
	b.Chosen = password
	got := b.Post("/password", url.Values{"old": {once}, "password": {password}, "again": {password}})
	if got.Status != http.StatusOK || got.Path != "/" {
		w.Fatalf("%s cannot sign in: %d at %s\n%s", login, got.Status, got.Path, got.Body)
	}
	return b
}

// Get asks for a page as a browser does.
func (b *Browser) Get(path string) Answer {
	b.w.Helper()
	return b.do(http.MethodGet, path, "", nil)
}

// Post sends a form with the token of the page seen last.
func (b *Browser) Post(path string, form url.Values) Answer {
	b.w.Helper()
	sent := url.Values{}
	for k, v := range form {
		sent[k] = v
	}
	if sent.Get("csrf") == "" && b.csrf != "" {
		sent.Set("csrf", b.csrf)
	}
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(sent.Encode()))
}

// Upload sends a form with one file under the name field.
func (b *Browser) Upload(path string, form url.Values, field, name string, content []byte) Answer {
	b.w.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	_ = m.WriteField("csrf", b.csrf)
	for k, all := range form {
		for _, v := range all {
			_ = m.WriteField(k, v)
		}
	}
	part, err := m.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		b.w.Fatal(err)
	}
	return b.do(http.MethodPost, path, m.FormDataContentType(), &body)
}

var csrfMeta = regexp.MustCompile(`<meta name="csrf" content="([^"]+)"`)

func (b *Browser) do(method, path, contentType string, body io.Reader) Answer {
	b.w.Helper()
	r, err := http.NewRequestWithContext(b.w.Ctx, method, b.w.Server.URL+path, body)
	if err != nil {
		b.w.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return b.Send(r)
}

// Send sends a request that the test made itself.
func (b *Browser) Send(r *http.Request) Answer {
	b.w.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.w.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.w.Fatal(err)
	}
	if m := csrfMeta.FindSubmatch(text); m != nil {
		b.csrf = string(m[1])
	}
	return Answer{Status: resp.StatusCode, Path: resp.Request.URL.RequestURI(), Header: resp.Header, Body: string(text)}
}

// Client is the browser's own client, for what the methods above do not do; URL is an address of the served county.
func (b *Browser) Client() *http.Client { return b.client }

// CSRF is the token that forms must carry.
func (b *Browser) CSRF() string { return b.csrf }

// Forged says that the test has changed rows by hand, so that verification must not be silent at its end.
func (w *World) Forged() { w.forged = true }
