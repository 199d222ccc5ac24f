package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"shilu/internal/app"
	"shilu/internal/core/access"
	"shilu/internal/core/org"
	"shilu/internal/core/org/orgtest"
	"shilu/internal/kit/db"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/id"
	"shilu/internal/kit/keys"
)

// proxy spreads requests over copies of the program, one after the other, as a load balancer does.
type proxy struct {
	*httptest.Server
	mu     sync.Mutex
	copies []*url.URL
	next   atomic.Int64
}

func newProxy(t *testing.T, addrs ...string) *proxy {
	t.Helper()
	p := &proxy{}
	p.to(addrs...)
	p.Server = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			p.mu.Lock()
			defer p.mu.Unlock()
			r.SetURL(p.copies[int(p.next.Add(1))%len(p.copies)])
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	t.Cleanup(p.Close)
	return p
}

// to names the copies that requests go to from now on.
func (p *proxy) to(addrs ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.copies = nil
	for _, addr := range addrs {
		p.copies = append(p.copies, &url.URL{Scheme: "http", Host: addr})
	}
}

// upload sends a file with the desk's token.
func (d *desk) upload(t *testing.T, path string, form url.Values, name string, content []byte) (status int, where string) {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	_ = m.WriteField("csrf", d.csrf)
	for k := range form {
		_ = m.WriteField(k, form.Get(k))
	}
	part, err := m.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.base+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	answer, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode, answer.Header.Get("Location")
}

// twoCopies is a county on PostgreSQL with its files in a bucket, and a data folder a copy of the program with nothing in it but the
// master key.
func twoCopies(t *testing.T) (one, two *victim) {
	t.Helper()
	t.Setenv(keys.Env, "")
	backend := s3mem.New()
	if err := backend.CreateBucket("papers"); err != nil {
		t.Fatal(err)
	}
	storage := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(storage.Close)
	t.Setenv("SHILU_FILES", strings.Replace(storage.URL, "http://", "s3://key:secret@", 1)+"/papers?tls=off")
	one = &victim{T: t, dir: t.TempDir(), url: dbtest.PostgresURL(t), passwords: map[string]string{}}
	a, err := app.Prepare(t.Context(), app.Config{Data: one.dir, DatabaseURL: one.url, Files: os.Getenv("SHILU_FILES"), Now: app.FixedDay(killToday, time.Now)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	ctx, tree := orgtest.County(t, a.DB)
	one.ctx, one.app = ctx, a
	unit := orgtest.Unit(t, tree, "u06").ID
	for login, grant := range map[string]access.Grant{"liwf": {Role: access.Clerk, Unit: unit}, "liyan": {Role: access.Officer}} {
		if err := a.DB.Update(ctx, func(tx *db.Tx) (err error) {
			one.passwords[login], err = access.CreateAccount(ctx, tx, access.NewAccount{Login: login, Name: login, Unit: unit, Grants: []access.Grant{grant}}, access.NewSecret(ctx, ""))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	other := *one
	two = &other
	two.dir = t.TempDir()
	key, err := os.ReadFile(filepath.Join(one.dir, keys.File))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(two.dir, keys.File), key, 0o600); err != nil {
		t.Fatal(err)
	}
	return one, two
}

// class posts a class until it is acknowledged, and gives its number.
func (d *desk) class(v *victim, record string) string {
	v.Helper()
	for range 200 {
		status, where, body, err := d.send(v.ctx, "/training/new", url.Values{"id": {record}, "kind": {"short"}, "name": {"班" + record[24:]}, "subject": {"核桃嫁接"}, "unit": {"u06"},
			"place": {"青溪乡 青溪乡上村"}, "start": {"2026-09-15"}, "end": {"2026-09-16"}, "attendances": {"58"}, "exact": {"exact"}, "act": {"submit"}})
		number, _, _ := strings.Cut(path.Base(where), "?")
		switch {
		case err == nil && status == http.StatusSeeOther && strings.HasPrefix(number, "PX-"):
			return number
		case err == nil && status != http.StatusBadGateway:
			v.Errorf("POST /training/new: %d to %q: %s", status, where, tags.ReplaceAllString(body, " "))
			return ""
		}
		time.Sleep(20 * time.Millisecond) // a copy was killed: the same form again
	}
	v.Error("no copy took the class")
	return ""
}

// TestTwoCopiesAndOneIsKilled: two copies of the program serve one county behind a proxy. Who signed in at one is known to the other,
// what was uploaded to one is read at the other, and when one is killed in the middle of an import and of people's work, the other
// goes on: nothing acknowledged is lost, nothing is there twice, and the books are sound.
func TestTwoCopiesAndOneIsKilled(t *testing.T) {
	const rows = 4000
	one, two := twoCopies(t)
	addrs := []string{freeAddress(t), freeAddress(t)}
	first, _ := one.serve(addrs[0])
	p := newProxy(t, addrs[0])
	front := p.Listener.Addr().String()

	clerk := one.desk(front, "liwf")
	notice := []byte("%PDF-1.4 通知")
	number := clerk.class(one, id.New())
	var record string
	if err := one.app.DB.View(one.ctx, func(tx *db.Tx) (err error) {
		record, err = db.One(one.ctx, tx, db.Value[string], "SELECT id FROM record WHERE number = ?", number)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	direct := *clerk
	direct.base = "http://" + addrs[0]
	if status, where := direct.upload(t, "/evidence/training/"+record, url.Values{"kind": {"notice"}}, "通知.pdf", notice); status != http.StatusSeeOther {
		t.Fatalf("the notice was not taken: %d %s", status, where)
	}
	paper := ""
	if err := one.app.DB.View(one.ctx, func(tx *db.Tx) (err error) {
		paper, err = db.One(one.ctx, tx, db.Value[string], "SELECT id FROM evidence WHERE record = ?", record)
		return err
	}); err != nil {
		t.Fatal(err)
	}

	// The import begins at the first copy, the only one so far; the second one comes while it runs.
	officer := one.desk(front, "liyan")
	status, where := officer.upload(t, "/imports/training", nil, "2025.csv", manyRows(2025, rows))
	at, _, _ := strings.Cut(where, "?")
	if status != http.StatusSeeOther || !strings.HasPrefix(at, "/imports/training/") {
		t.Fatalf("the workbook was not taken: %d %s", status, where)
	}
	one.until("the check", "SELECT COUNT(*) FROM import WHERE state = 'checked'", 1)
	if status, _, body, err := officer.send(one.ctx, at, url.Values{"act": {"import"}}); err != nil || status != http.StatusSeeOther {
		t.Fatalf("the import did not begin: %d %v\n%.500s", status, err, body)
	}
	second, _ := two.serve(addrs[1])
	defer second.kill(t)
	p.to(addrs...)

	var working sync.WaitGroup
	var mu sync.Mutex
	var numbers []string
	stop := make(chan struct{})
	halt := sync.OnceFunc(func() { close(stop); working.Wait() })
	defer halt()
	for range 3 {
		window := clerk.copy()
		working.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					number := window.class(one, id.New())
					mu.Lock()
					numbers = append(numbers, number)
					mu.Unlock()
				}
			}
		})
	}
	one.until("rows of the import", "SELECT CASE WHEN COUNT(*) > 200 THEN 1 ELSE 0 END FROM record WHERE batch <> ''", 1)
	first.kill(t)
	p.to(addrs[1])
	if n := one.count("SELECT COUNT(*) FROM batch WHERE open"); n != 1 {
		t.Fatalf("the import was over before the copy was killed: nothing is shown by this test")
	}
	direct.base = "http://" + addrs[1]
	if status, _, body, err := direct.send(one.ctx, "/evidence/"+paper, nil); err != nil || status != http.StatusOK || body != string(notice) {
		t.Errorf("what was uploaded to the killed copy reads at the other: %d %v %q", status, err, body)
	}
	one.until("the end of the import", "SELECT COUNT(*) FROM import WHERE state = 'done'", 1)
	halt()
	acknowledged := map[string]bool{number: true}
	for _, n := range numbers {
		if acknowledged[n] {
			t.Errorf("%s was given twice", n)
		}
		acknowledged[n] = true
	}
	if n := one.count("SELECT COUNT(*) FROM record WHERE batch = ''"); n != int64(len(acknowledged)) || n < 10 {
		t.Errorf("%d classes, %d were acknowledged", n, len(acknowledged))
	}
	if n := one.count("SELECT COUNT(DISTINCT title) FROM record WHERE batch <> '' AND association = ?", org.Of(one.ctx)); n != rows {
		t.Errorf("%d of %d rows came in", n, rows)
	}
	one.until("the number of the last posting", "SELECT COUNT(*) FROM log_pending", 0)
	two.sound()
}

// until waits for the answer of a query.
func (v *victim) until(what, query string, want int64) {
	v.Helper()
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		n := v.count(query)
		if n == want {
			return
		}
		if time.Now().After(end) {
			v.Fatalf("%s did not come: %s", what, fmt.Sprint(n))
		}
	}
}

var tags = regexp.MustCompile(`(?s)<script.*?</script>|<[^>]*>|\s+`)
