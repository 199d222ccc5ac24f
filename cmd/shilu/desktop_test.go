package main

import (
	"context"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shilu/internal/kit/hold"
)

// TestADoubleClickServesAndOpensTheBrowser: the first one sets up, the second one only opens the browser where the first serves, also
// when another program has the usual port.
func TestADoubleClickServesAndOpensTheBrowser(t *testing.T) {
	clearEnvironment(t)
	opened := make(chan string, 4)
	was := openBrowser
	openBrowser = func(address string) error {
		opened <- address
		return nil
	}
	t.Cleanup(func() { openBrowser = was })
	usual, err := net.Listen("tcp", "127.0.0.1:8080")
	if err == nil { // else somebody has it already
		t.Cleanup(func() { _ = usual.Close() })
	}
	dir := filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	var out, errors strings.Builder
	go func() { ended <- run(ctx, []string{"desktop", "--data", dir}, &out, &errors) }()
	next := func() string {
		t.Helper()
		select {
		case at := <-opened:
			return at
		case code := <-ended:
			t.Fatalf("it ended with %d: %s %s", code, out.String(), errors.String())
		case <-time.After(30 * time.Second):
			t.Fatal("no browser was opened")
		}
		return ""
	}
	link := next()
	if !strings.Contains(link, "/setup?code=") || strings.Contains(link, ":8080/") {
		t.Errorf("the first opens %s", link)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := (&http.Client{Jar: jar}).Get(link)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v %v", link, r, err)
	}
	_ = r.Body.Close()
	var again strings.Builder
	if code := run(t.Context(), []string{"desktop", "--data", dir}, &again, &again); code != exitDone || !strings.Contains(again.String(), "已经在运行") {
		t.Errorf("the second: %d %s", code, again.String())
	}
	if second := next(); !strings.HasPrefix(link, second) {
		t.Errorf("the second opens %s, the first %s", second, link)
	}
	cancel()
	if code := <-ended; code != exitDone {
		t.Errorf("stopped: %d %s", code, errors.String())
	}
	if _, held := hold.Look(dir); held {
		t.Error("the folder is still held")
	}
}

func TestWhatStartsWithTheSystem(t *testing.T) {
	if got := runLine(`C:\科协 办公\shilu.exe`, `D:\实录 数据`); got != `"C:\科协 办公\shilu.exe" desktop --no-browser --data "D:\实录 数据"` {
		t.Error(got)
	}
	got := unit("/opt/shilu", "/srv/实录")
	for _, want := range []string{"ExecStart=/opt/shilu serve\n", "Environment=SHILU_DATA=/srv/实录\n", "ReadWritePaths=/srv/实录\n", "CAP_NET_BIND_SERVICE"} {
		if !strings.Contains(got, want) {
			t.Errorf("the unit lacks %q:\n%s", want, got)
		}
	}
	file := filepath.Join(t.TempDir(), askedFile)
	if known(file) {
		t.Error("nobody was asked yet")
	}
	if err := os.WriteFile(file, []byte(`{"autostart":"no"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if !known(file) {
		t.Error("who said no is asked again")
	}
}
