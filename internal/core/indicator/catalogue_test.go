package indicator_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"shilu/catalogue"
	"shilu/internal/core/indicator"
)

func TestShippedCatalogue(t *testing.T) {
	c, err := indicator.ReadCatalogue(catalogue.FS)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.All()); n < 317 {
		t.Errorf("%d indicators, want the 317 of the spec and more", n)
	}
	half := regexp.MustCompile(`\p{Han}[,;:?!]|[,;:?!]\p{Han}|\p{Han}\(|\)\p{Han}`)
	reference := regexp.MustCompile(`(^|[^\d≥≤])\d{2,3} ?(÷|的|各|中)`)
	live, unscorable := 0, 0
	for _, d := range c.All() {
		if d.Available() {
			live++
		}
		if d.NotScorable {
			unscorable++
		}
		for _, text := range []string{d.Name, d.Definition, d.Record, d.MissingWords, d.Alias} {
			if half.MatchString(text) || reference.MatchString(text) {
				t.Errorf("%s: %q has ASCII punctuation or the number of another row", d.Code, text)
			}
		}
	}
	if live < 18 || unscorable == 0 {
		t.Errorf("%d have a formula, %d must not be scored", live, unscorable)
	}
	for code, where := range map[string]string{"training.sessions": "short farm_school", "training.short_classes": "short", "training.farm_school_pass_rate": "farm_school"} {
		d, ok := c.Def(code)
		if !ok || len(d.Where) != 1 || strings.Join(d.Where[0].Values, " ") != where {
			t.Errorf("%s counts %v, want kind %s", code, d.Where, where)
		}
	}
	onDisk, err := indicator.ReadCatalogue(os.DirFS("../../../catalogue"))
	if err != nil || len(onDisk.All()) != len(c.All()) {
		t.Errorf("the embedded catalogue is not that of the folder: %v", err)
	}
}

// TestWrongTables breaks the tables one at a time: each is an error that names file and row.
func TestWrongTables(t *testing.T) {
	if _, err := indicator.ReadCatalogue(tables()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, old, new, want string }{
		{"measures.csv", "w.people,人次,人次,flow,", "w.classes,人次,人次,flow,", "measures.csv row 3: measure w.classes stands twice"},
		{"measures.csv", "w.people,人次,人次,flow,", "w.people,人次,人次,heap,", "measures.csv row 3: a measure needs"},
		{"tags.csv", "subject,专业,", "kind,专业,", "tags.csv row 3"},
		{"indicators.csv", "2,i.short,", "2,i.classes,", "indicators.csv row 3: indicator i.classes stands twice"},
		{"indicators.csv", "2,i.short,", "2,local.short,", "indicators.csv row 3: indicator local.short"},
		{"indicators.csv", "报表,ratio,班,\n6", "报表,quotient,班,\n6", "indicators.csv row 6: an indicator needs"},
		{"indicators.csv", "definition_zh", "meaning", "indicators.csv row 2: it has no column definition_zh"},
		{"formulas.csv", "i.people,w.people", "i.people,w.persons", `formulas.csv row 4: i.people reads the unknown measure "w.persons"`},
		{"formulas.csv", "i.people,w.people", "i.nobody,w.people", `formulas.csv row 4: no indicator "i.nobody"`},
		{"formulas.csv", "i.people,w.people", "i.classes,w.people", "formulas.csv row 4: the formula of i.classes stands twice"},
		{"formulas.csv", "i.people,w.people", "i.people,", "formulas.csv row 4: i.people has neither"},
		{"formulas.csv", "i.people,w.people", "i.people,w.members", "cannot read the stock measure w.members"},
		{"formulas.csv", "i.heads,w.heads", "i.heads,w.people", "cannot read the flow measure w.people"},
		{"formulas.csv", "i.both,w.subjects w.heads", "i.both,w.subjects", "cannot read 1 measures"},
		{"formulas.csv", "i.full,w.stations w.boards", "i.full,w.stations", "cannot read 1 measures"},
		{"formulas.csv", "i.villages,village,", "i.villages,hamlet,", "unknown level"},
		{"formulas.csv", "i.villages,village,,", "i.villages,village,kind=a,", "a level and nothing else"},
		{"formulas.csv", "i.villages weeks", "i.villages months", "neither \"weeks\" nor a number"},
		{"formulas.csv", "place,i.people,i.classes", "place,i.people,i.mean", `formulas.csv row 7: i.mean: "i.mean" is neither`},
		{"formulas.csv", "place,i.people,i.classes", "place,i.people,i.rate", `i.mean: "i.rate" is neither an indicator that can be divided`},
		{"formulas.csv", "place,i.people,i.classes", "place,i.people,i.later", "i.mean: i.later has no formula"},
		{"formulas.csv", "kind=short|lecture", "kind=short|", "tag filter"},
		{"formulas.csv", "kind=short|lecture", "colour=red", `unknown tag "colour"`},
		{"formulas.csv", "unit,,,1000000,2", "unit,,,0,2", "divisor 0"},
		{"formulas.csv", "unit,,,1000000,2", "unit,,,1000000,3", "decimals 3"},
		{"formulas.csv", "unit,,,1000000,2", "road,,,1000000,2", "by place or by unit"},
		{"formulas.csv", ",,2026-01-01", ",2026-01-02,2026-01-01", "ends on 2026-01-01, before it begins"},
		{"formulas.csv", ",,2026-01-01", ",2026-02-30,", "row 15"},
		{"formulas.csv", "1,0,w.unsaid", "1,0,w.heads", "cannot count what is missing"},
	} {
		files := tables()
		text := string(files[c.file].Data)
		if !strings.Contains(text, c.old) {
			t.Fatalf("%s has no %q", c.file, c.old)
		}
		files[c.file] = &fstest.MapFile{Data: []byte(strings.Replace(text, c.old, c.new, 1))}
		_, err := indicator.ReadCatalogue(files)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: %v, want %q", c.file, c.new, err, c.want)
		}
	}
	files := tables()
	files["formulas.csv"] = &fstest.MapFile{Data: append(files["formulas.csv"].Data, []byte("i.quota,w.classes,,place,,,1,0,,,,,,\n")...)}
	if _, err := indicator.ReadCatalogue(files); err == nil || !strings.Contains(err.Error(), "i.quota of kind external cannot read") {
		t.Errorf("an external indicator counts what is posted: %v", err)
	}
}

func TestFormulaInWords(t *testing.T) {
	c, err := indicator.ReadCatalogue(tables())
	if err != nil {
		t.Fatal(err)
	}
	c.NameValues("kind", map[string]string{"short": "短期培训", "lecture": "技术讲座"})
	for code, want := range map[string]string{
		"i.short":   "期内「班」账目相加，只计类型为短期培训或技术讲座的，按结束日期归期，按举办地归乡镇",
		"i.money":   "期内「支出」账目相加，按结束日期归期，按主办单位归属",
		"i.rate":    "「合格」÷「考试」，分子、分母各自算出后再相除，只计类型为farm的",
		"i.members": "「会员」自有账以来的增减累计到期末，按变动日期归期，按所属单位归属",
		"i.both":    "期内在「专业」和「人员」中都出现的不同的项计数，按结束日期归期，按举办地归乡镇",
		"i.quota":   "",
	} {
		d, _ := c.Def(code)
		if got := c.Formula(t.Context(), d); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}
