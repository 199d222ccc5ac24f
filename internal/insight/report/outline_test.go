package report

import (
	"os"
	"strings"
	"testing"

	"shilu/internal/core/indicator"
	"shilu/internal/kit/errs"
)

func TestParseOutline(t *testing.T) {
	o, err := ParseOutline("x", "# {{association}}总结\n\n## 一、培训\n办班{{training.short_classes 期 tens}}，{{names training.short_subjects}}等{{training.short_subjects words}}。\n{{table month training.sessions}}\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Title) != 2 || o.Title[0].Field.Code != "association" || o.Title[1].Text != "总结" || len(o.Blocks) != 3 {
		t.Fatalf("title %+v, %d blocks", o.Title, len(o.Blocks))
	}
	f := o.Blocks[1].Inline[1].Field
	if f.Code != "training.short_classes" || f.Unit != "期" || f.Form != Tens {
		t.Errorf("field %+v", *f)
	}
	if names := o.Blocks[1].Inline[3].Field; !names.Names {
		t.Errorf("field %+v is not a list of names", *names)
	}
	if got := strings.Join(o.Codes(), " "); got != "training.short_classes training.short_subjects training.sessions" {
		t.Errorf("codes %q", got)
	}
}

func TestWrongOutlinesNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"没有标题":                             "缺标题",
		"# 题\n办班{{}}期":                     "第 2 行",
		"# 题\n\n办班{{training.x 期 班 次}}":    "第 3 行",
		"# 题\n办班{{training.x":              "第 2 行",
		"# 题\n办班}}{{training.x}}":          "花括号",
		"# 题\n{{table week a.b}}":          "第 2 行",
		"# 题\n各乡镇{{table township a.b}}":   "看不懂",
		"# 题\n{{county}}":                  "看不懂",
		"# 题\n{{year 年}}":                  "不能再写别的",
		"# 题\n{{names training.x 个}}":      "列的是名称",
		"# 题\n正文\n# 又一个":                   "第 3 行",
		"# 题\n## 一、{{training.nothing}}":   "没有代码为「training.nothing」",
		"# {{a.b}}":                        "第 1 行",
		"# 题\n\n{{table month a.b}}":       "第 3 行：没有代码为「a.b」",
		"# 题\n{{names training.sessions}}": "列不出名称",
	} {
		o, err := ParseOutline("x", text)
		if err == nil {
			err = o.Check(catalogue(t).Def)
		}
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want a sentence with %q", text, err, want)
		}
	}
}

func catalogue(t testing.TB) *indicator.Catalogue {
	t.Helper()
	c, err := indicator.ReadCatalogue(os.DirFS("../../../catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestShippedOutlinesParse(t *testing.T) {
	files := os.DirFS("../../../catalogue")
	if len(ShippedNames(files)) < 2 {
		t.Fatal("no outlines shipped")
	}
	for _, name := range ShippedNames(files) {
		text, err := Shipped(files, name)
		if err != nil {
			t.Fatal(err)
		}
		o, err := ParseOutline(name, text)
		if err != nil {
			t.Errorf("outline %s: %v", name, err)
			continue
		}
		if err := o.Check(catalogue(t).Def); err != nil {
			t.Errorf("outline %s: %v", name, err)
		}
		if err := o.Check(func(string) (indicator.Def, bool) { return indicator.Def{}, false }); err == nil {
			t.Errorf("outline %s: unknown indicators went unnoticed", name)
		}
	}
}
