package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"shilu/internal/core/desk"
)

// actionShape is how the codes of events look.
var actionShape = regexp.MustCompile(`^(account|evidence|import|place|unit|org|setting|term|report)\.[a-z_]+$`)

// Every event that the program writes has a name in Chinese and a group: pages show no codes.
func TestActionsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	if err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if pair, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Action" {
					if lit, ok := pair.Value.(*ast.BasicLit); ok {
						if text, err := strconv.Unquote(lit.Value); err == nil && actionShape.MatchString(text) {
							seen[text] = true
						}
					}
				}
			}
			return true
		})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(seen) < 12 {
		t.Errorf("only %d actions seen: is the walk broken?", len(seen))
	}
	for code := range seen {
		if desk.ActionTitle(code) == "其他" {
			t.Errorf("the event %s has no name in desk.ActionTitle", code)
		}
		known := false
		for _, a := range desk.Areas() {
			known = known || strings.HasPrefix(code, a.Prefix)
		}
		if !known {
			t.Errorf("the event %s is in no group of desk.Areas", code)
		}
	}
}
