package hold

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"shilu/internal/kit/errs"
)

// TestMain lets the test program be the other process, too.
func TestMain(m *testing.M) {
	if folder := os.Getenv("HOLD_FOLDER"); folder != "" {
		h, err := Take(folder, "serve", time.Now())
		if err == nil {
			err = h.Answers("http://127.0.0.1:8080")
		}
		fmt.Println(err)
		time.Sleep(time.Minute) // until it is killed
		return
	}
	os.Exit(m.Run())
}

// another is another process that holds the folder.
func another(t *testing.T, folder string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "HOLD_FOLDER="+folder)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "<nil>\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return c
}

// TestAKilledProcessHoldsNothing: while another process has the folder, it is named; killed, it leaves nothing in the way.
func TestAKilledProcessHoldsNothing(t *testing.T) {
	folder := t.TempDir()
	before := time.Now()
	other := another(t, folder)
	_, err := Take(folder, "serve", time.Now())
	if !errs.Is(err, errs.Conflict) {
		t.Fatalf("two hold one folder: %v", err)
	}
	for _, want := range []string{"进程 " + strconv.Itoa(other.Process.Pid), "http://127.0.0.1:8080"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	since, parsed := time.ParseInLocation(time.DateTime, regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`).FindString(err.Error()), time.Local)
	if parsed != nil || since.Before(before.Add(-time.Second)) || since.After(time.Now()) {
		t.Errorf("%q does not say since when: it was taken after %v", err, before)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	h, err := Take(folder, "migrate", time.Now())
	if err != nil {
		t.Fatalf("a killed process still holds the folder: %v", err)
	}
	if _, err := Take(folder, "serve", time.Now()); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "（migrate）") || !strings.Contains(err.Error(), "请等它做完") {
		t.Errorf("one that does not answer: %v", err)
	}
	h.Release()
	h, err = Take(folder, "serve", time.Now())
	if err != nil {
		t.Fatalf("after a release: %v", err)
	}
	h.Release()
	if _, err := Take(filepath.Join(folder, "none"), "serve", time.Now()); !errs.Is(err, errs.Unavailable) {
		t.Errorf("a folder that is not there: %v", err)
	}
}
