package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"shilu/internal/kit/keys"
)

// started is the demonstration county as somebody sees it who has just started it.
type started struct {
	address   string
	passwords map[string]string
	stop      func() (code int)
}

var (
	addressLine = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	accountLine = regexp.MustCompile(`^  (\w+) +(\S{4}-\S{4}-\S{4})  (\S+)（(.+)）$`)
)

// startDemo runs `shilu demo` and reads what it prints until it serves.
func startDemo(t *testing.T, dir string) started {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	read, write := io.Pipe()
	var problems bytes.Buffer
	code := make(chan int, 1)
	go func() {
		c := run(ctx, []string{"demo", "--addr", "127.0.0.1:0", "--data", dir, "--today", "2026-09-18"}, write, &problems)
		_ = write.Close()
		code <- c
	}()
	s := started{passwords: map[string]string{}}
	lines := bufio.NewScanner(read)
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl+C") {
		if m := addressLine.FindString(lines.Text()); m != "" {
			s.address = m
		}
		if m := accountLine.FindStringSubmatch(lines.Text()); m != nil {
			s.passwords[m[1]] = m[2]
		}
	}
	if s.address == "" || len(s.passwords) < 10 {
		cancel()
		t.Fatalf("the demonstration prints the address %q and %d accounts; it exits with %d: %s", s.address, len(s.passwords), <-code, problems.String())
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	s.stop = func() int {
		cancel()
		select {
		case c := <-code:
			return c
		case <-time.After(20 * time.Second):
			t.Fatal("the demonstration does not stop")
			return -1
		}
	}
	return s
}

// enter signs in and says where that leads.
func (s started) enter(t *testing.T, login, password string) (path, body string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 20 * time.Second}
	get := func(method, path string, form url.Values) (string, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, s.address+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.Request.URL.Path, string(text)
	}
	_, page := get(http.MethodGet, "/login", nil)
	token := regexp.MustCompile(`name="csrf" (?:content|value)="([^"]+)"`).FindStringSubmatch(page)
	form := url.Values{"account": {login}, "password": {password}}
	if token != nil {
		form.Set("csrf", token[1])
	}
	return get(http.MethodPost, "/login", form)
}

func TestTheDemonstrationIsServed(t *testing.T) {
	t.Setenv("SHILU_DATABASE_URL", "")
	t.Setenv(keys.Env, "")
	dir := t.TempDir()
	first := startDemo(t, dir)
	if path, body := first.enter(t, "zhoumin", first.passwords["zhoumin"]); path != "/" || !strings.Contains(body, "周敏") {
		t.Errorf("周敏 is led to %s", path)
	}
	if code := first.stop(); code != exitDone {
		t.Errorf("stopped with %d", code)
	}
	second := startDemo(t, dir)
	if path, _ := second.enter(t, "zhoumin", first.passwords["zhoumin"]); path != "/login" {
		t.Errorf("the password of the first start leads to %s", path)
	}
	if path, _ := second.enter(t, "liwf", second.passwords["liwf"]); path != "/" {
		t.Errorf("李文芳 is led to %s", path)
	}
	if code := second.stop(); code != exitDone {
		t.Errorf("stopped with %d", code)
	}
	var out, problems bytes.Buffer
	if code := run(t.Context(), []string{"verify", "--data", dir}, &out, &problems); code != exitDone || out.Len() > 0 {
		t.Errorf("verify exits with %d: %s%s", code, out.String(), problems.String())
	}
}
