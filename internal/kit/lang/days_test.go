package lang

import (
	"context"
	"testing"
)

func TestDaysAndTextsInSentencesAreEnglish(t *testing.T) {
	Load(map[string]string{"等%s核实": "waiting for %s", "%s 才结束": "ends %s", "主席": "chair", "干事": "officer"})
	ctx := With(context.Background(), English)
	for arg, want := range map[string]string{
		"2026年9月5日": "ends 5 Sep 2026", "9月15日": "ends 15 Sep", "9月15日 08:30": "ends 15 Sep 08:30", "2026年9月5日 08:30": "ends 5 Sep 2026 08:30",
		"2026年": "ends 2026", "2026年9月": "ends Sep 2026", "2026年上半年": "ends first half 2026", "2026年第三季度": "ends Q3 2026",
		"2026年1月1日—9月18日": "ends 1 Jan to 18 Sep 2026", "2026年11月15日—2027年3月15日": "ends 15 Nov 2026 to 15 Mar 2027", "11月15日—2027年3月15日": "ends 15 Nov to 15 Mar 2027", "2026年1月—9月": "ends Jan to Sep 2026", "2025年—2026年": "ends 2025 to 2026", "13月": "ends 13月", "年月": "ends 年月", "丰年村": "ends 丰年村", "": "ends ",
	} {
		if got := T(ctx, "%s 才结束", arg); got != want {
			t.Errorf("%q: %q, want %q", arg, got, want)
		}
		if got := T(context.Background(), "%s 才结束", arg); got != arg+" 才结束" {
			t.Errorf("%q in Chinese: %q", arg, got)
		}
	}
	for arg, want := range map[string]string{"主席": "waiting for chair", "主席、干事": "waiting for chair, officer", "主席、周敏": "waiting for 主席、周敏", "周敏": "waiting for 周敏"} {
		if got := T(ctx, "等%s核实", arg); got != want {
			t.Errorf("%q: %q, want %q", arg, got, want)
		}
	}
	if got := T(ctx, "9月15日"); got != "15 Sep" {
		t.Errorf("a day alone: %q", got)
	}
}
