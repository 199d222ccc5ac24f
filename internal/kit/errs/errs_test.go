package errs

import "testing"

// TestMarks: a name keeps its own marks once, and quotes within quotes are the inner ones.
func TestMarks(t *testing.T) {
	for _, c := range []struct {
		text string
		args []any
		want string
	}{
		{"《%s》%s%s", []any{"《核桃管护手册》", "200", "册"}, "《核桃管护手册》200册"},
		{"《%s》%s%s", []any{"核桃管护手册", "200", "册"}, "《核桃管护手册》200册"},
		{"《%s》", []any{"《甲》和《乙》"}, "《《甲》和《乙》》"},
		{"第 %d 行的「%s」占 %d%%，「%s」没有", []any{3, "文化科技卫生「三下乡」", 5, "甲"}, "第 3 行的「文化科技卫生『三下乡』」占 5%，「甲」没有"},
		{"%s：「三下乡」", []any{"「甲」"}, "「甲」：「三下乡」"},
	} {
		if got := Sprintf(c.text, c.args); got != c.want {
			t.Errorf("%s: %s, not %s", c.text, got, c.want)
		}
	}
}
