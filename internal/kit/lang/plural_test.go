package lang

import (
	"context"
	"testing"
)

func TestOneIsSaidInTheSingular(t *testing.T) {
	Load(map[string]string{
		"%d 张表": "%d {sheet|sheets}", "%d 个村里 %d 个没到过": "Of %d {village|villages} %d {was|were} not reached", "%s 小时": "%s {hour|hours}",
		"「%s」第 %d 版有 %d 行": "%[3]d {row|rows} in version %[2]d of “%[1]s”", "还有%d件": "There {is|are} %d left", "行": "{row|rows}", "核实 %d %s": "Verify %d %s",
		"占 %d%% 的%s": "%d%% of {one|many} %s", "份": "{copy|copies}", "新建%s": "New record%.0s", "%s 有 %d 份": "%s: %d {copy|copies}",
	})
	ctx := With(context.Background(), English)
	for _, c := range []struct {
		text string
		args []any
		want string
	}{
		{"%d 张表", []any{1}, "1 sheet"},
		{"%d 张表", []any{int64(0)}, "0 sheets"},
		{"%d 张表", []any{uint8(1)}, "1 sheet"},
		{"%d 个村里 %d 个没到过", []any{31, 1}, "Of 31 villages 1 was not reached"},
		{"%d 个村里 %d 个没到过", []any{1, 0}, "Of 1 village 0 were not reached"},
		{"%s 小时", []any{"1"}, "1 hour"},
		{"%s 小时", []any{"1.5"}, "1.5 hours"},
		{"%s 小时", []any{"1,001"}, "1,001 hours"},
		{"「%s」第 %d 版有 %d 行", []any{"2 班", 2, 1}, "1 row in version 2 of “2 班”"},
		{"还有%d件", []any{1}, "There is 1 left"},
		{"核实 %d %s", []any{1, "行"}, "Verify 1 row"},
		{"核实 %d %s", []any{2, "行"}, "Verify 2 rows"},
		{"占 %d%% 的%s", []any{1, "份"}, "1% of one copy"},
		{"%s 有 %d 份", []any{"{一|二}", 1}, "{一|二}: 1 copy"},
		{"行", nil, "rows"},
		{"新建%s", []any{"份"}, "New record"},
		{"{一|二}", nil, "{一|二}"},
	} {
		if got := T(ctx, c.text, c.args...); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.text, c.args, got, c.want)
		}
	}
	if got := Say("%d 张表", 1).In(ctx); got != "1 sheet" {
		t.Errorf("a kept sentence: %q", got)
	}
}
