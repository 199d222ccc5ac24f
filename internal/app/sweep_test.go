package app_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"shilu/internal/app"
	"shilu/internal/kit/db/dbtest"
	"shilu/internal/kit/keys"
)

// TestServingRemovesWhatInterruptedUploadsLeft: what a kill left of an upload a week ago goes away at the next start, what
// another program may be writing just now stays.
func TestServingRemovesWhatInterruptedUploadsLeft(t *testing.T) {
	t.Setenv(keys.Env, "")
	dir := t.TempDir()
	a, err := app.Prepare(t.Context(), app.Config{Data: dir, Now: func() time.Time { return dbtest.Now }})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	at := func(name string) string { return filepath.Join(dir, "files", "incoming", name) }
	for name, age := range map[string]time.Duration{"old": 7 * 24 * time.Hour, "young": time.Hour} {
		if err := os.WriteFile(at(name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(at(name), time.Now(), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx, listener) }()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(at("old")); errors.Is(err, os.ErrNotExist) {
			break
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(at("old")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a kill left is still there: %v", err)
	}
	if _, err := os.Stat(at("young")); err != nil {
		t.Errorf("an upload under way was taken away: %v", err)
	}
}
