package app_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// storeys are the floors of the house, lowest first (design.md, section 3). An import only goes down.
var storeys = []string{"kit", "core", "work", "insight", "face", "app"}

// sideways lists the storeys whose rooms do not know each other.
var sideways = map[string]bool{"work": true, "insight": true}

type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "shilu/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// room is the storey's number and the feature folder of a package; -1 for what stands outside the house.
func room(path string) (storey int, name string) {
	parts := strings.Split(path, "/")
	if len(parts) < 3 || parts[0] != "shilu" || parts[1] != "internal" {
		if path == "shilu/internal/app" {
			return len(storeys) - 1, ""
		}
		return -1, ""
	}
	for i, s := range storeys {
		if parts[2] == s {
			if len(parts) > 3 {
				name = parts[3]
			}
			return i, name
		}
	}
	return -1, ""
}

// forbidden says why an import may not be, or "".
func forbidden(from, to string) string {
	a, roomA := room(from)
	b, roomB := room(to)
	switch {
	case a < 0 || b < 0:
		return ""
	case b > a:
		return "goes up"
	case storeys[a] == "insight" && storeys[b] == "work":
		return "a reader knows a work module"
	case a == b && sideways[storeys[a]] && roomA != roomB:
		return "goes sideways"
	}
	return ""
}

func TestImportsOnlyGoDown(t *testing.T) {
	all := packages(t)
	if len(all) < 15 {
		t.Fatalf("only %d packages listed", len(all))
	}
	for _, p := range all {
		imports := append(append(append([]string{}, p.Imports...), p.TestImports...), p.XTestImports...)
		for _, i := range imports {
			if why := forbidden(p.ImportPath, i); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, i, why)
			}
		}
	}
}

func TestForbiddenImportsAreSeen(t *testing.T) {
	for edge, want := range map[[2]string]string{
		{"shilu/internal/kit/db", "shilu/internal/core/org"}:                     "goes up",
		{"shilu/internal/work/training", "shilu/internal/work/activity"}:         "goes sideways",
		{"shilu/internal/insight/report", "shilu/internal/work/training"}:        "a reader knows a work module",
		{"shilu/internal/work/training", "shilu/internal/core/ledger"}:           "",
		{"shilu/internal/work/training/ui", "shilu/internal/work/training/form"}: "",
	} {
		if got := forbidden(edge[0], edge[1]); got != want {
			t.Errorf("%s → %s: %q, want %q", edge[0], edge[1], got, want)
		}
	}
}
