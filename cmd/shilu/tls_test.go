package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// served is a run of `shilu serve` on a fresh folder with an account.
type served struct {
	*testing.T
	addr, password string
	said           string // the first lines
	errors         *heard
	dir            string
}

// heard is what a program has said on stderr so far.
type heard struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.String()
}

func serveNew(t *testing.T, host string, args ...string) served {
	t.Helper()
	t.Setenv("SHILU_DATABASE_URL", "")
	t.Setenv("SHILU_KEY", "")
	s := served{T: t, dir: t.TempDir(), errors: &heard{}}
	t.Setenv("SHILU_DATA", s.dir)
	file, err := exec.LookPath("shilu")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(file, "init", "--name", "云岭县科协", "--admin", "admin").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, rest, _ := strings.Cut(string(out), "一次性密码：")
	s.password, _, _ = strings.Cut(rest, "（")
	c := exec.Command(file, append([]string{"serve", "--addr", net.JoinHostPort(host, "0")}, args...)...)
	c.Stderr = s.errors
	pipe, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Signal(os.Interrupt); _ = c.Wait() })
	lines := bufio.NewReader(pipe)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("%v\n%s", err, s.errors)
	}
	s.said = line
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	if s.addr = regexp.MustCompile(`127\.0\.0\.1:[1-9][0-9]*`).FindString(line); s.addr == "" {
		t.Fatalf("it does not say where it serves: %q", line)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", s.addr); err == nil {
			_ = conn.Close()
			return s
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// signIn gives the cookie that the sign-in sets.
func (s served) signIn(client *http.Client, scheme string, header http.Header) *http.Cookie {
	s.Helper()
	r, err := http.NewRequest(http.MethodPost, scheme+"://"+s.addr+"/login", strings.NewReader(url.Values{"account": {"admin"}, "password": {s.password}}.Encode()))
	if err != nil {
		s.Fatal(err)
	}
	r.Header = header.Clone()
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	for _, c := range answer.Cookies() {
		if strings.HasSuffix(c.Name, "shilu") {
			return c
		}
	}
	body, _ := io.ReadAll(answer.Body)
	s.Fatalf("not signed in: %d\n%.1000s", answer.StatusCode, body)
	return nil
}

// TestSignInByTheOwnAuthority: a computer that was given the certificate signs in by https; the cookie never goes in the open.
func TestSignInByTheOwnAuthority(t *testing.T) {
	s := serveNew(t, "0.0.0.0", "--tls", "self")
	if !strings.Contains(s.said, "https://127.0.0.1:") {
		t.Errorf("it says %q", s.said)
	}
	carried := filepath.Join(t.TempDir(), "ca.crt")
	var out, errors strings.Builder
	if code := run(t.Context(), []string{"trust", "-o", carried}, &out, &errors); code != exitDone || !strings.Contains(out.String(), "指纹") {
		t.Fatalf("%d %s %s", code, out.String(), errors.String())
	}
	body, err := os.ReadFile(carried)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(body)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}, Timeout: 20 * time.Second}
	if c := s.signIn(client, "https", http.Header{}); c.Name != "__Host-shilu" || !c.Secure || !c.HttpOnly {
		t.Errorf("the cookie: %v", c)
	}
	get := func(path string) (string, http.Header) {
		t.Helper()
		r, err := client.Get("https://" + s.addr + path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Body.Close() }()
		body, _ := io.ReadAll(r.Body)
		return string(body), r.Header
	}
	page, _ := get("/trust")
	_, print, _ := strings.Cut(out.String(), "：")
	print, _, _ = strings.Cut(print, "\n")
	if !strings.Contains(page, print) || !strings.Contains(page, "受信任的根证书颁发机构") {
		t.Errorf("the page of trust does not show %q:\n%.2000s", print, page)
	}
	if got, head := get("/trust/shilu-ca.crt"); got != string(body) || head.Get("Content-Type") != "application/x-x509-ca-cert" {
		t.Errorf("the certificate: %v", head)
	}
	plain := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := plain.Get("http://" + s.addr + "/login")
	if err != nil {
		t.Fatal(err)
	}
	if _ = r.Body.Close(); r.Header.Get("Location") != "https://"+s.addr+"/login" {
		t.Errorf("in the open: %v", r)
	}
	if strings.Contains(s.errors.String(), "没有加密") {
		t.Error("it warns of http")
	}
}

// TestOnlyTheNamedProxyIsBelieved: behind a proxy on this machine the cookie is safe; without one, the header says nothing.
func TestOnlyTheNamedProxyIsBelieved(t *testing.T) {
	header := http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"192.0.2.9"}}
	s := serveNew(t, "127.0.0.1", "--tls", "proxy")
	if c := s.signIn(&http.Client{}, "http", header); c.Name != "__Host-shilu" || !c.Secure {
		t.Errorf("behind the proxy: %v", c)
	}
	s = serveNew(t, "127.0.0.1", "--tls", "proxy", "--proxy", "10.9.0.0/24")
	if c := s.signIn(&http.Client{}, "http", header); c.Name != "shilu" || c.Secure {
		t.Errorf("from elsewhere: %v", c)
	}
	s = serveNew(t, "127.0.0.1")
	if c := s.signIn(&http.Client{}, "http", header); c.Secure {
		t.Errorf("without a proxy: %v", c)
	}
	if s.errors.String() != "" {
		t.Errorf("on this machine alone it warns: %s", s.errors)
	}
	r, err := http.Get("http://" + s.addr + "/trust")
	if err != nil {
		t.Fatal(err)
	}
	if _ = r.Body.Close(); r.StatusCode != http.StatusNotFound {
		t.Errorf("trust where there is nothing to trust: %v", r)
	}
	s = serveNew(t, "0.0.0.0")
	for end := time.Now().Add(5 * time.Second); !strings.Contains(s.errors.String(), "网络上没有加密") && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond) // stderr is another pipe than the one that says that it serves
	}
	if !strings.Contains(s.errors.String(), "网络上没有加密") {
		t.Errorf("http on the network without a warning: %q", s.errors)
	}
}

func TestFlagsOfTLSAreChecked(t *testing.T) {
	t.Setenv("SHILU_DATABASE_URL", "")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no files":        {[]string{"--tls", "files"}, "--tls-cert"},
		"files not there": {[]string{"--tls", "files", "--tls-cert", "none.pem", "--tls-key", "none.key"}, "读不了"},
		"no name":         {[]string{"--tls", "acme"}, "--tls-name"},
		"a proxy's name":  {[]string{"--tls", "proxy", "--proxy", "nginx"}, "10.0.0.0/24"},
		"a mode":          {[]string{"--tls", "on"}, "--tls must be one of"},
	} {
		var out, errors strings.Builder
		if code := run(t.Context(), append([]string{"serve", "--data", t.TempDir()}, c.args...), &out, &errors); code != exitNothing || !strings.Contains(errors.String(), c.want) {
			t.Errorf("%s: %d %s", name, code, errors.String())
		}
	}
}
