package lang_test

import (
	"encoding/csv"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// The English interface. Its texts are collected from the program, as xgettext does, and catalogue/lang/en.csv must translate each
// of them; `go test ./internal/kit/lang -run TestEnglishIsComplete -update-english` writes the list anew and keeps what is translated.

var updateEnglish = flag.Bool("update-english", false, "write catalogue/lang/en.csv anew: new texts without translation, texts no longer used left out")

const englishFile = "../../../catalogue/lang/en.csv"

func TestEnglishIsComplete(t *testing.T) {
	used := interfaceTexts(t)
	if len(used) < 1000 {
		t.Fatalf("only %d texts found: is the walk broken?", len(used))
	}
	have := readEnglish(t)
	if *updateEnglish {
		writeEnglish(t, used, have)
		return
	}
	for _, zh := range slices.Sorted(maps.Keys(used)) {
		switch en := have[zh]; {
		case en == "":
			t.Errorf("%s: %q has no translation in catalogue/lang/en.csv", used[zh], zh)
		case slices.ContainsFunc(chinese.FindAllString(en, -1), func(word string) bool { return !strings.Contains(zh, word) }):
			t.Errorf("%q is translated with other Chinese in it: %q", zh, en)
		case badForm(en) != "":
			t.Errorf("%q is translated with %q, which is no pair of forms like {row|rows}: %q", zh, badForm(en), en)
		case !slices.Equal(verbs(zh), verbs(en)):
			t.Errorf("%q takes %q, its translation %q takes %q", zh, verbs(zh), en, verbs(en))
		}
	}
	for zh := range have {
		if used[zh] == "" {
			t.Errorf("catalogue/lang/en.csv translates %q, which nothing says any more", zh)
		}
	}
}

func readEnglish(t *testing.T) map[string]string {
	t.Helper()
	rows := readCSV(t, englishFile)
	texts := make(map[string]string, len(rows))
	for _, row := range rows[1:] {
		if _, twice := texts[row[0]]; twice {
			t.Errorf("%q stands twice in catalogue/lang/en.csv", row[0])
		}
		texts[row[0]] = row[1]
	}
	return texts
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func writeEnglish(t *testing.T, used, have map[string]string) {
	t.Helper()
	f, err := os.Create(englishFile)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	rows := [][]string{{"zh", "en"}}
	for _, zh := range slices.Sorted(maps.Keys(used)) {
		rows = append(rows, []string{zh, have[zh]})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// verb finds what fmt fills in: %s, %[2]d, %+d; and {name}, which scripts fill in.
var verb = regexp.MustCompile(`%[-+# 0]*[\d.]*(\[(\d+)\])?([a-zA-Z%])|\{[a-z]+\}`)

// outlineWord finds what writers put into an outline: {{year}}.
var outlineWord = regexp.MustCompile(`\{\{[a-z]+\}\}`)

// verbs are what text takes, in the order of its arguments; {names} come last, by name.
func verbs(text string) []string {
	byArg, names, next := map[int]string{}, []string{}, 1
	for _, m := range verb.FindAllStringSubmatch(outlineWord.ReplaceAllString(text, ""), -1) {
		switch m[3] {
		case "%":
		case "":
			names = append(names, m[0])
		default:
			if m[2] != "" {
				next, _ = strconv.Atoi(m[2])
			}
			byArg[next] = m[3]
			next++
		}
	}
	var all []string
	for _, n := range slices.Sorted(maps.Keys(byArg)) {
		all = append(all, strconv.Itoa(n)+byArg[n])
	}
	slices.Sort(names)
	return append(all, names...)
}

// twoForms finds the forms of a word for one and for many: {row|rows}, {|s}.
var twoForms = regexp.MustCompile(`\{[^{}|%]*\|[^{}|%]+\}|\{[^{}|%]+\|\}`)

// badForm is what looks like two forms in a text and is none; empty when all is well.
func badForm(text string) string {
	text = twoForms.ReplaceAllString(text, "")
	at := strings.IndexByte(text, '|')
	if at < 0 {
		return ""
	}
	from := max(strings.LastIndexByte(text[:at], '{'), 0)
	if to := strings.IndexByte(text[at:], '}'); to >= 0 {
		return text[from : at+to+1]
	}
	return text[from:]
}

func TestMalformedFormsAreRefused(t *testing.T) {
	for text, want := range map[string]string{"%d {row|rows} {was|were} left": "", "%d row{|s}": "", "need{s|}": "", "{{table township CODE …}}": "", "{name} of {all}": "",
		"%d {row|rows": "{row|rows", "%d row|rows}": "%d row|rows}", "%d {|}": "{|}", "{%d row|%d rows} left": "{%d row|%d rows}", "%d {row|rows|rowses} left": "{row|rows|rowses}", "{a|{b|c}}": "{a|}"} {
		if got := badForm(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// chinese finds what stays Chinese in a translation, because it is typed or stands in a file as it is: 约50, the head of a column. It must
// be a part of the Chinese text.
var chinese = regexp.MustCompile(`\p{Han}+`)

func han(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// spoken are the functions whose literal is a text for people, by the argument that it is. Only these count in kit and app, where
// other Chinese literals are fonts, numerals and the like.
var spoken = map[string]int{"T": -1, "E": 1, "Add": 1, "Wrong": 1, "Warn": 1, "wrong": 1, "words": 1, "toast": -1, "Toast": -1, "Say": -1, "Join": 0}

// outer are the folders that have more Chinese for documents than for people, speaking the files in them that have texts in variables.
var (
	outer    = regexp.MustCompile(`^\.\./\.\./(kit|app)/`)
	speaking = regexp.MustCompile(`/kit/(web/|jobs/|xlsx/book\.go$)`)
)

// silent are calls whose literals are matched against what people wrote, or become part of what is kept, and are never shown as they stand.
var silent = regexp.MustCompile(`^((strings|slices|regexp|fmt|templ|templruntime)\.|at\.Format|len$|(\w+\.)?Or$|In$|register\.PlaceColumns$)`)

// marks are texts that are the same in every language.
var marks = map[string]string{
	"实": "drawn in the seal", "录": "drawn in the seal", "封": "drawn in the seal", "中文": "the name of the other language",
	"（请填写）": "stands in outlines, which are Chinese",
}

// catalogueTexts are the columns of the catalogue that are said in English: units, which stand beside every figure, and the labels of what
// a form asks for. Its other words, the names of indicators and categories, stay Chinese.
var catalogueTexts = map[string][]string{"indicators.csv": {"unit"}, "measures.csv": {"unit"}, "tags.csv": {"name_zh"}, "facility-fields.csv": {"name_zh", "unit"},
	"facility-logs.csv": {"name_zh"}, "activity-counts.csv": {"name_zh", "group", "unit"}, "activity-materials.csv": {"name_zh", "unit"}}

// interfaceTexts are all texts that may reach people through lang.T, with where they stand.
func interfaceTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path = filepath.ToSlash(path)
		if d.IsDir() {
			switch path {
			case "../../app/bench", "../../app/demo", "../../app/apptest", "../../core/org/orgtest":
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		if strings.HasSuffix(path, "/core/org/placename.go") { // endings of names, looked for in what people wrote
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		narrow := outer.MatchString(path) && !speaking.MatchString(path)
		var above []ast.Node
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil {
				above = above[:len(above)-1]
				return true
			}
			above = append(above, n)
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if tagged, ok := above[len(above)-2].(*ast.Field); ok && tagged.Tag == lit { // what the API's document calls a field
				text = reflect.StructTag(text).Get("label")
			}
			if err != nil || strings.TrimSpace(text) == "" || marks[text] != "" {
				return true
			}
			if said, sure := isSaid(above, lit); sure || said && !narrow && han(text) {
				if sure && !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxLatin1 }) {
					return true
				}
				texts[text] = set.Position(lit.Pos()).String()
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, columns := range catalogueTexts {
		rows := readCSV(t, "../../../catalogue/"+name)
		for _, column := range columns {
			at := slices.Index(rows[0], column)
			for _, row := range rows[1:] {
				if han(row[at]) {
					texts[row[at]] = name
				}
			}
		}
	}
	return texts
}

// isSaid reports whether the literal may be shown as it stands, and whether it surely is: the text of a call that speaks.
func isSaid(above []ast.Node, lit *ast.BasicLit) (may, surely bool) {
	for i := len(above) - 2; i >= 0; i-- {
		switch n := above[i].(type) {
		case *ast.CallExpr:
			name := ""
			switch fn := n.Fun.(type) {
			case *ast.SelectorExpr:
				if of, ok := fn.X.(*ast.Ident); ok {
					name = of.Name + "."
				}
				name += fn.Sel.Name
			case *ast.Ident:
				name = fn.Name
			}
			if silent.MatchString(name) {
				return false, false
			}
			at := slices.IndexFunc(n.Args, func(a ast.Expr) bool { return a == lit })
			if want, ok := spoken[name[strings.LastIndex(name, ".")+1:]]; ok && (at == want || want < 0 && at >= 0) {
				return true, true
			}
			return true, false
		case *ast.BinaryExpr:
			if n.Op != token.LOR && n.Op != token.LAND {
				return false, false
			}
		case *ast.CaseClause:
			if slices.ContainsFunc(n.List, func(e ast.Expr) bool { return e == lit }) {
				return false, false
			}
			return true, false
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Aliases" || key.Name == "Units") {
				return false, false
			}
			if n.Key == lit {
				return false, false
			}
		case *ast.BlockStmt:
			return true, false
		}
	}
	return true, false
}
