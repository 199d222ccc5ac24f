package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"shilu/internal/kit/errs"
	"shilu/internal/kit/web"
)

// start serves the routes on a port of this machine and gives the address and what stops it.
func start(t *testing.T, routes ...web.Route) (address string, stop func() error) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, listener, serve(io.Discard, routes...), slog.New(slog.DiscardHandler)) }()
	stop = func() error { cancel(); return <-ended }
	t.Cleanup(cancel)
	return listener.Addr().String(), stop
}

// zeros are as many bytes as are asked for.
type zeros struct{ n int64 }

func (z *zeros) Read(b []byte) (int, error) {
	if z.n <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(b)), z.n)
	z.n -= n
	return int(n), nil
}

func TestUploadOf2GBIsRefusedUnread(t *testing.T) {
	ran := false
	address, _ := start(t, web.Route{Pattern: "POST /import", Right: "import", Upload: 20 << 20, Handler: func(http.ResponseWriter, *http.Request) error { ran = true; return nil }})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	begin := time.Now()
	// Only the header is sent: whoever answers now has not read the body.
	_, _ = fmt.Fprintf(conn, "POST /import HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", int64(2)<<30)
	_ = conn.SetReadDeadline(begin.Add(5 * time.Second))
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(got), "HTTP/1.1 413 ") || !strings.Contains(string(got), "文件有 2 GB，这里最多收 20 MB，请分开上传") || ran {
		t.Errorf("%s", got)
	}
}

func TestBodyWithoutLengthIsCutAtTheLimit(t *testing.T) {
	read := int64(-1)
	address, _ := start(t, web.Route{Pattern: "POST /import", Right: "import", Upload: 3 << 20, Handler: func(_ http.ResponseWriter, r *http.Request) error {
		n, err := io.Copy(io.Discard, r.Body)
		read = n
		return err
	}})
	for size, want := range map[int64]int{3 << 20: 200, 3<<20 + 1: 413} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/import", io.MultiReader(&zeros{size})) // no Content-Length
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != want || read > 3<<20 || want == 413 && !strings.Contains(string(body), "文件太大，这里最多收 3 MB，请分开上传") {
			t.Errorf("%d bytes: %d, %d read, %s", size, res.StatusCode, read, body)
		}
	}
}

func TestFaultAfterTheFirstBytesCutsTheConnection(t *testing.T) {
	address, _ := start(t, web.Route{Pattern: "GET /x", Right: "read", Handler: func(w http.ResponseWriter, _ *http.Request) error {
		if _, err := io.Copy(w, &zeros{1 << 20}); err != nil {
			return err
		}
		return errs.E(errs.Conflict, "改过了")
	}})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if n, err := io.Copy(io.Discard, res.Body); err == nil {
		t.Errorf("the reader takes %d bytes for a whole answer", n)
	}
}

func TestStopLetsRequestsFinish(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	address, stop := start(t, web.Route{Pattern: "GET /x", Right: "read", Handler: func(w http.ResponseWriter, r *http.Request) error {
		close(entered)
		<-release
		if r.Context().Err() != nil {
			return r.Context().Err()
		}
		_, err := io.WriteString(w, "存好了")
		return err
	}})
	answer := make(chan string, 1)
	go func() {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/x", nil)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			answer <- err.Error()
			return
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		answer <- string(body)
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	time.Sleep(50 * time.Millisecond) // the stop is under way
	close(release)
	if got := <-answer; got != "存好了" {
		t.Errorf("answer %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
