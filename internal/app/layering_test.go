package app_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// storeys are the floors of the house, lowest first (design.md, section 3). An import only goes down.
var storeys = []string{"kit", "core", "work", "insight", "face", "app"}

// sideways lists the storeys whose rooms do not know each other.
var sideways = map[string]bool{"work": true, "insight": true}

// vague are names that say nothing of what a package is about.
var vague = []string{"util", "utils", "common", "helper", "helpers", "manager", "misc", "shared", "base", "lib"}

// stores are what talks to databases and disks; entrances reach them only through core, work and insight.
var stores = []string{"database/sql", "modernc.org/sqlite", "github.com/jackc/pgx", "github.com/pressly/goose", "github.com/minio", "github.com/riverqueue"}

// harness is the county that scenarios work in; tests from outside a package may use it.
const harness = "shilu/internal/app/apptest"

type listed struct {
	ImportPath   string
	Dir          string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Imports,TestImports,XTestImports", "shilu/...").Output()
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

// storing says why an entrance may not import what it imports, or "".
func storing(from, to string) string {
	if a, _ := room(from); a < 0 || storeys[a] != "face" {
		return ""
	}
	for _, s := range stores {
		if to == s || strings.HasPrefix(to, s+"/") {
			return "an entrance imports a store"
		}
	}
	return ""
}

// TestPackagesAreNamedAndExplained: a name says what a package is about, and its comment what it does.
func TestPackagesAreNamedAndExplained(t *testing.T) {
	for _, p := range packages(t) {
		if name := path.Base(p.ImportPath); slices.Contains(vague, name) {
			t.Errorf("%s: %q says nothing; name it after what it is about", p.ImportPath, name)
		}
		if !strings.HasPrefix(p.ImportPath, "shilu/internal/") {
			continue
		}
		explained := false // go list would take the comment of a generated file
		for _, src := range sources(t, p.Dir) {
			explained = explained || strings.Contains("\n"+src, "\n// Package "+path.Base(p.ImportPath)+" ")
		}
		if !explained {
			t.Errorf("%s has no comment \"Package %s …\" that says what it does", p.ImportPath, path.Base(p.ImportPath))
		}
	}
}

// TestFacesHoldNoSQL: an entrance routes and shows; a query in it would be one that core's sight does not see.
func TestFacesHoldNoSQL(t *testing.T) {
	seen := 0
	for name, src := range sources(t, "../face") {
		seen++
		if m := statement.FindString(src); m != "" {
			t.Errorf("%s has a query: %s", name, m)
		}
	}
	if seen < 5 {
		t.Errorf("only %d files seen: is the walk broken?", seen)
	}
}

// statement finds SQL in a source text.
var statement = regexp.MustCompile(`(?s)["\x60](SELECT|INSERT INTO|UPDATE|DELETE FROM) .{0,60}`)

func sources(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	if err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		found[name] = string(text)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestImportsOnlyGoDown(t *testing.T) {
	all := packages(t)
	if len(all) < 15 {
		t.Fatalf("only %d packages listed", len(all))
	}
	for _, p := range all {
		imports := append(append(append([]string{}, p.Imports...), p.TestImports...), p.XTestImports...)
		for _, i := range imports {
			if slices.Contains(p.XTestImports, i) && i == harness && !slices.Contains(p.Imports, i) {
				continue // a scenario of its pages through the whole application
			}
			if why := forbidden(p.ImportPath, i); why != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, i, why)
			}
		}
		for _, i := range p.Imports {
			if why := storing(p.ImportPath, i); why != "" {
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
	for edge, want := range map[[2]string]string{
		{"shilu/internal/face/console", "database/sql"}:                    "an entrance imports a store",
		{"shilu/internal/face/console", "github.com/jackc/pgx/v5/pgxpool"}: "an entrance imports a store",
		{"shilu/internal/face/console", "shilu/internal/kit/db"}:           "",
		{"shilu/internal/kit/db", "database/sql"}:                          "",
	} {
		if got := storing(edge[0], edge[1]); got != want {
			t.Errorf("%s → %s: %q, want %q", edge[0], edge[1], got, want)
		}
	}
}

// TestEveryRoomHasItsLineInContributing: who looks for a package finds what it is for.
func TestEveryRoomHasItsLineInContributing(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages(t) {
		storey, name := room(p.ImportPath)
		if storey < 0 || storeys[storey] == "app" || strings.Count(p.ImportPath, "/") != 3 {
			continue
		}
		under := path.Dir(strings.TrimPrefix(p.ImportPath, "shilu/"))
		line := regexp.MustCompile("(?m)^\\|.*`" + under + "/[^|]*`" + name + "`|^\\|.*`" + under + "/" + name + "`")
		if !line.Match(text) {
			t.Errorf("CONTRIBUTING.md has no line for %s", p.ImportPath)
		}
	}
}
