package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestDistIsFresh: what is committed is what the sources make, byte for byte.
func TestDistIsFresh(t *testing.T) {
	const dir = "../../web"
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no web/node_modules: run make web first")
		}
		return // without npm there is nothing to compare with; CI has it
	}
	result, err := bundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	fresh := t.TempDir()
	if err := write(fresh, result); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadDir(fresh)
	if err != nil || len(want) < 4 {
		t.Fatalf("%d files, %v", len(want), err)
	}
	for _, f := range want {
		made, err := os.ReadFile(filepath.Join(fresh, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join(dir, "dist", f.Name()))
		if err != nil {
			t.Errorf("web/dist is stale, run make web: %v", err)
		} else if !bytes.Equal(made, kept) {
			t.Errorf("web/dist/%s is stale, run make web", f.Name())
		}
	}
}
