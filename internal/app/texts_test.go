package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// halfWidth finds ASCII punctuation that stands between Chinese characters, where the page wants ，；：？！ (LOOK.md, 6).
var halfWidth = regexp.MustCompile(`\p{Han}[,;:?!]\s?[\p{Han}「《%]`)

// address finds what is typed as it stands, colon and all.
var address = regexp.MustCompile(`\w+://\S+`)

// avoided are words that the interface does not use (LOOK.md, 6).
var avoided = regexp.MustCompile(`操作成功|提交成功|非法|系统错误|管理系统`)

func TestChineseTextsUseChinesePunctuation(t *testing.T) {
	seen := 0
	eachText(t, func(where, text string) {
		seen++
		if m := halfWidth.FindString(address.ReplaceAllString(text, "")); m != "" {
			t.Errorf("%s: %q has ASCII punctuation in %q", where, m, text)
		}
		if m := avoided.FindString(text); m != "" {
			t.Errorf("%s: %q uses %q", where, text, m)
		}
	})
	if seen < 100 {
		t.Errorf("only %d Chinese texts seen: is the walk broken?", seen)
	}
}

// unseen are folders whose texts nobody reads: the files that the measurements of speed import.
var unseen = []string{"../app/bench"}

// eachText calls fn with every string literal of the program that has Chinese characters and may be shown: not with patterns.
func eachText(t *testing.T, fn func(where, text string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if d != nil && slices.Contains(unseen, filepath.ToSlash(path)) {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isPattern(call) {
				return false
			}
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && strings.ContainsFunc(text, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) {
				fn(set.Position(lit.Pos()).String(), text)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func isPattern(call *ast.CallExpr) bool {
	fn, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || fn.Sel.Name != "MustCompile" {
		return false
	}
	of, ok := fn.X.(*ast.Ident)
	return ok && of.Name == "regexp"
}
